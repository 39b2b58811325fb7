"""A photograph as if taken again: by a known map turned, moved and its skin stretched, then relit and compressed."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from densitometer.field import Field
from densitometer.synthetic.dice import between, stream

Floats = NDArray[np.float64]
Rgb = NDArray[np.uint8]

_SCALE, _SHIFT = (0.95, 1.05), (-1 / 3, 1 / 3)
_STRETCH_UM, _WAVE_UM, _WAVES = (10.0, 30.0), (4000.0, 9000.0), 3
_GAMMA, _GAIN, _VIGNETTE, _QUALITY = (0.75, 1.35), (0.92, 1.08), (0.0, 0.45), (70.0, 92.0)
_INPAINT_PX, _STEPS = 5, 25


@dataclass(frozen=True)
class Map:
    """Where a pixel of the new photograph lay in the old one: a similarity, and waves of stretch on top.

    Attributes
    ----------
    similarity : (2, 3) float array
        From new to old pixels.
    waves : (k, 5) float array
        Of each: how far it moves along x and along y, its frequencies along x and y in radians per px, its phase.
    """

    similarity: Floats
    waves: Floats

    def backward(self, new_px: Floats) -> Floats:
        """Old pixels, (n, 2), of new ones."""
        return new_px @ self.similarity[:, :2].T + self.similarity[:, 2] + self._stretch(new_px)

    def forward(self, old_px: Floats) -> Floats:
        """New pixels, (n, 2), of old ones, by iteration: the stretch is far less than one."""
        new = np.zeros_like(old_px, dtype=float)
        for _ in range(_STEPS):
            new = np.linalg.solve(self.similarity[:, :2], (old_px - self._stretch(new) - self.similarity[:, 2]).T).T
        return new

    def _stretch(self, new_px: Floats) -> Floats:
        at = new_px @ self.waves[:, 2:4].T + self.waves[:, 4]
        return np.asarray(np.sin(at) @ self.waves[:, :2])


def draw_map(seed: int, size_px: tuple[int, int], um_per_px: float) -> Map:
    """Turn by any angle, shift by up to a third of the frame, scale by up to 5 %, and stretch by a few per cent."""
    dice = stream(seed, "benchmark", "map")
    turn, scale = between(dice, (-np.pi, np.pi)), between(dice, _SCALE)
    part = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) / scale
    middle = (np.array(size_px) - 1) / 2
    shift = np.array([between(dice, _SHIFT) * side for side in size_px])
    waves = []
    for _ in range(_WAVES):
        towards, along = between(dice, (0, 2 * np.pi)), between(dice, (0, 2 * np.pi))
        far, often = between(dice, _STRETCH_UM) / um_per_px, 2 * np.pi * um_per_px / between(dice, _WAVE_UM)
        moves = far * np.cos(towards), far * np.sin(towards)
        waves.append([*moves, often * np.cos(along), often * np.sin(along), between(dice, (0, 2 * np.pi))])
    return Map(np.column_stack([part, middle + shift - part @ middle]), np.array(waves))


def disturb(rgb: Rgb, field: Field, mapped: Map, seed: int) -> Rgb:
    """The photograph taken again: print painted over, what lies outside black, other light, compressed anew."""
    return recompressed(relit(moved(without_print(rgb, field), mapped), seed), seed)


def without_print(rgb: Rgb, field: Field) -> Rgb:
    """Print and padding would turn with the skin, which none does: the skin around covers it, or black."""
    printed = cv2.dilate(field.obscured.astype(np.uint8), np.ones((3, 3), np.uint8))
    painted = np.array(cv2.inpaint(np.ascontiguousarray(rgb), printed, _INPAINT_PX, cv2.INPAINT_TELEA))
    painted[~(field.usable | field.obscured)] = 0
    return painted


def moved(rgb: Rgb, mapped: Map) -> Rgb:
    """Every pixel from where it lay."""
    height, width = rgb.shape[:2]
    rows, columns = np.mgrid[0:height, 0:width]
    old = mapped.backward(np.column_stack([columns.ravel(), rows.ravel()]).astype(float))
    x, y = (old[:, axis].reshape(height, width).astype(np.float32) for axis in (0, 1))
    return np.asarray(cv2.remap(rgb, x, y, cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_CONSTANT, borderValue=(0, 0, 0)))


def relit(rgb: Rgb, seed: int) -> Rgb:
    """Other brightness, white balance and fall-off towards the corners."""
    dice = stream(seed, "benchmark", "light")
    height, width = rgb.shape[:2]
    rows, columns = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    fall = 1 - between(dice, _VIGNETTE) * (rows**2 + columns**2) / 2
    gains = np.array([between(dice, _GAIN) for _ in range(3)])
    light = (rgb / 255.0) ** between(dice, _GAMMA) * gains * fall[..., None]
    return np.asarray(np.clip(np.round(light * 255), 0, 255), np.uint8)


def recompressed(rgb: Rgb, seed: int) -> Rgb:
    """What a JPEG file of lower quality keeps of it."""
    quality = round(between(stream(seed, "benchmark", "quality"), _QUALITY))
    _, data = cv2.imencode(".jpg", rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.ascontiguousarray(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))[..., ::-1])
