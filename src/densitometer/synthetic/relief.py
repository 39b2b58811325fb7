"""The relief of skin: fine lines, wrinkles and folds, as the slope of its surface at every pixel."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from densitometer.synthetic.dice import between, stream
from densitometer.synthetic.ground import Ground
from densitometer.synthetic.style import SkinStyle

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Relief:
    """Surface of the skin, each (height, width).

    Attributes
    ----------
    slope_x, slope_y : float32 arrays
        Slope of the surface, in mm of height a mm.
    groove : float32 array
        How deep in a line or fold a pixel lies, 0 (open skin) to 1: light hardly gets there.
    """

    slope_x: Array
    slope_y: Array
    groove: Array
    angles: tuple[float, float]
    """Directions in which the two families of skin lines run, from x towards y."""
    warp: tuple[Array, Array]
    """Shift in mm that bends these lines."""


def make_relief(ground: Ground, skin: SkinStyle) -> Relief:
    """Relief of the skin under a camera: fine lines that cross, wrinkles and folds, and slow waves.

    The lines of the skin run in two families that cross at 50 to 110 degrees and enclose small plateaus; folds are
    fewer, longer and deeper.
    """
    dice = stream(ground.seed, "relief")
    depth, folds = between(dice, skin.lines), between(dice, skin.wrinkles)
    fold_mm = between(dice, skin.wrinkle_mm)
    main, crossing = float(dice.uniform(0, np.pi)), float(dice.uniform(0.9, 1.9))
    warp = (_bend(ground, 0), _bend(ground, 1))
    lines, height = _lines(ground, depth, (main, main + crossing), warp)
    wrinkles = _wrinkles(ground, folds, fold_mm, main + float(dice.normal(0, 0.3)))
    height = height - np.float32(0.35 * fold_mm) * wrinkles
    height += np.float32(0.04) * ground.grain(0.9, "waves", stretch=1.6, angle=main)
    height += np.float32(0.012) * ground.grain(0.22, "hills", stretch=2.0, angle=main, warp=warp)
    height += np.float32(0.0035) * ground.grain(0.07, "hills", 1, stretch=2.5, angle=main + crossing, warp=warp)
    slope_x, slope_y = _slope(height, ground.um_per_px / 1000.0)
    return Relief(slope_x, slope_y, np.maximum(lines, wrinkles), (main, main + crossing), warp)


def _bend(ground: Ground, axis: int) -> Array:
    slow = np.float32(0.14) * ground.grain(1.5, "relief warp", axis)
    return slow + np.float32(0.035) * ground.grain(0.35, "relief warp", axis, 1)


def _lines(ground: Ground, depth: float, angles: tuple[float, float], warp: tuple[Array, Array]) -> tuple[Array, Array]:
    """Fine lines: how deep in one each pixel lies, and their height in mm."""
    groove = np.zeros(ground.shape, np.float32)
    height = np.zeros(ground.shape, np.float32)
    for number, (angle, grain_mm, stretch, deep) in enumerate(
        (
            (angles[0], 0.075, 4.5, 0.0055),
            (angles[1], 0.070, 4.0, 0.0045),
            (angles[0] + 0.25, 0.028, 3.0, 0.0016),
            (angles[1] - 0.2, 0.026, 2.5, 0.0014),
        )
    ):
        noise = ground.grain(grain_mm, "lines", number, stretch=stretch, angle=angle, warp=warp)
        # Where noise changes its sign runs a thin line; between these are plateaus.
        valley = np.exp(np.float32(-3.0) * np.abs(noise))
        height -= np.float32(deep * depth) * (valley - np.float32(0.25) * noise)
        np.maximum(groove, valley * np.float32(depth * deep / 0.005), out=groove)
    height += np.float32(0.0016 * depth) * ground.grain(0.010, "horn", stretch=3.5, angle=angles[0], warp=warp)
    return np.clip(groove - np.float32(0.25), 0, 1), height


def _wrinkles(ground: Ground, amount: float, width_mm: float, angle: float) -> Array:
    """Folds along one direction, 0 to 1: where slow noise crosses zero, as wide as asked."""
    if amount <= 0.02:
        return np.zeros(ground.shape, np.float32)
    noise = ground.grain(0.7 + 4.0 * width_mm, "folds", stretch=3.5, angle=angle)
    bends = ground.grain(0.3, "fold bends") * np.float32(0.12)
    gradient = np.hypot(*_slope(noise, ground.um_per_px / 1000.0)) + np.float32(0.25)
    distance = np.abs(noise / gradient + bends * np.float32(width_mm))
    deep = np.clip(ground.grain(1.6, "fold depth") * np.float32(0.5) + np.float32(1.6 * amount - 0.6), 0, 1)
    return np.asarray(np.exp(-((distance / np.float32(0.5 * width_mm)) ** 2)) * deep, np.float32)


def _slope(height: Array, mm_per_px: float) -> tuple[Array, Array]:
    scale = 1.0 / (8.0 * mm_per_px)
    return (
        np.asarray(cv2.Sobel(height, cv2.CV_32F, 1, 0, ksize=3, scale=scale)),
        np.asarray(cv2.Sobel(height, cv2.CV_32F, 0, 1, ksize=3, scale=scale)),
    )
