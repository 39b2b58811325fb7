"""Lay the hairs on the lit skin: their shadows first, then shaft over shaft from the lowest to the highest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from densitometer.synthetic.dice import between, stream
from densitometer.synthetic.footprint import Footprint, footprint, soft_stripe
from densitometer.synthetic.ground import Ground
from densitometer.synthetic.light import Light
from densitometer.synthetic.shafts import PIGMENTS, Finish, look_of
from densitometer.synthetic.strand import Strand
from densitometer.synthetic.style import Style

Array = NDArray[np.float32]
_ROUGHLY_PX = 0.5  # what is blurred need not lie exactly
_WANDER_UM = 90.0
_WARM = np.array([0.65, 1.0, 1.7], np.float32)
_SMALLER = 2  # shadows are soft, and drawn on every second pixel


@dataclass(frozen=True)
class Painted:
    """Hairs on skin.

    Attributes
    ----------
    radiance, skin : (height, width, 3) float32 arrays
        Light towards the camera, and what it would be without the hairs.
    mask : (height, width) float32 array
        Share of each pixel that growing hairs cover, 0 to 1 (loose pieces are not growing hairs).
    visible : dict of int to float
        Share of each hair's area in the picture that no other hair lies over, by its number; hairs that cover no
        part of the picture are left out.
    """

    radiance: Array
    skin: Array
    mask: Array
    visible: dict[int, float]


def finish_of(ground: Ground, style: Style, light: Light, visit: int) -> Finish:
    """Draw what all shafts of a picture share."""
    hair, camera, extras = style.hair, style.camera, style.extras
    dice = stream(ground.seed, "finish", visit)
    return Finish(
        um_per_px=ground.um_per_px,
        shine=between(dice, camera.hair_shine),
        debris=between(dice, extras.shaft_debris),
        amber=between(dice, hair.amber_share),
        towards=light.towards,
        focus_mm=between(dice, camera.focus_mm),
        depth_mm=between(dice, camera.depth_mm),
    )


def cast_shadows(ground: Ground, strands: Sequence[Strand], light: Light, strength: float) -> Array:
    """Share of the light that reaches each pixel of the skin past the hairs, (height, width, 3).

    A hair's shadow falls away from the main light and grows softer and fainter with the hair's height. Round it skin
    is dimmer and warmer, for light that has wandered through the skin is missing there.
    """
    if strength <= 0:
        return np.ones((*ground.shape, 3), np.float32)
    shape = (-(-ground.shape[0] // _SMALLER), -(-ground.shape[1] // _SMALLER))
    dark = np.zeros(shape[0] * shape[1], np.float32)
    for strand in strands:
        _shadow(dark, strand, ground, light, shape)
    whole = cv2.resize(dark.reshape(shape), ground.shape[::-1], interpolation=cv2.INTER_LINEAR)
    around = cv2.GaussianBlur(dark.reshape(shape), (0, 0), _WANDER_UM / ground.um_per_px / _SMALLER)
    around = cv2.resize(around, ground.shape[::-1], interpolation=cv2.INTER_LINEAR)
    shade = whole[..., None] + np.float32(2.4) * around[..., None] * _WARM
    return np.asarray(np.exp(np.float32(-strength) * shade), np.float32)


def _shadow(dark: Array, strand: Strand, ground: Ground, light: Light, shape: tuple[int, int]) -> None:
    px = ground.um_per_px * _SMALLER
    low = strand.points_mm[:, 2] < 0.8
    count = len(low) if low.all() else max(2, int(np.argmin(low)))
    points = strand.points_mm[:count]
    cast = points[:, :2] - 0.6 * points[:, 2:] * light.towards
    at = ground.view.project(cast) / _SMALLER - 0.25
    half = np.maximum(strand.widths_um[:count] / 2 / px, 0.3)
    height_um = 1000.0 * points[:, 2]
    softest = (10.0 + 0.30 * float(height_um.max())) / px
    foot = footprint(np.column_stack([at, height_um]), half, shape, 2.2 * softest, 2.0, _ROUGHLY_PX)
    soft = (10.0 + np.float32(0.30) * foot.height) / np.float32(px)
    stripe = soft_stripe(foot.across, foot.half, soft)
    stripe *= np.clip(foot.along + 1, 0, 1) * np.clip(foot.length - foot.along + 1, 0, 1)
    stripe *= np.float32(1 - np.exp(-strand.widths_um[0] * PIGMENTS[strand.colour].absorbs[1] - 0.25))
    np.add.at(dark, foot.pixel, stripe * np.maximum(0, 1 - dark[foot.pixel] / np.float32(1.6)))


def lay_hairs(radiance: Array, ground: Ground, strands: Sequence[Strand], light: Light, finish: Finish) -> Painted:
    """Lay hairs over the radiance of the skin, the lowest first."""
    height, width = ground.shape
    flat, lit = radiance.reshape(-1, 3).copy(), light.rgb.reshape(-1, 3)
    laid: list[tuple[Strand, Footprint]] = []
    for strand in sorted(strands, key=lambda one: (float(one.points_mm[:, 2].mean()), one.hair)):
        foot = _on_picture(strand, ground, finish)
        if not len(foot.pixel):
            continue
        look = look_of(strand, foot, finish, ground.seed)
        for some in foot.layers:
            pixel = foot.pixel[some]
            behind = flat[pixel]
            shaft = behind * look.through[some] + lit[pixel] * look.returned[some]
            flat[pixel] = behind + look.cover[some, None] * (shaft - behind)
        laid.append((strand, foot))
    mask, visible = _seen_from_above(laid, height * width)
    return Painted(flat.reshape(height, width, 3), radiance, mask.reshape(height, width), visible)


def _on_picture(strand: Strand, ground: Ground, finish: Finish) -> Footprint:
    at = ground.view.project(strand.points_mm)
    scale = ground.view.px_per_um(strand.points_mm[len(strand.points_mm) // 2, :2])
    softest = float(finish.blur_px(strand.points_mm[:, 2].astype(np.float32)).max())
    line = np.column_stack([at, strand.points_mm[:, 2]])
    margin = 2.2 * softest + 1.5 + (16.0 / finish.um_per_px if finish.debris > 0 else 0.0)
    return footprint(line, strand.widths_um / 2 * scale, ground.shape, margin, 2.0 * softest + 1.5)


def _seen_from_above(laid: Sequence[tuple[Strand, Footprint]], size: int) -> tuple[Array, dict[int, float]]:
    """Union of the hairs' areas, and the share of each that lies open, from the topmost hair down."""
    free, bare = np.ones(size, np.float32), np.ones(size, np.float32)
    visible: dict[int, float] = {}
    for strand, foot in reversed(laid):
        share = foot.coverage()
        area = float(share.sum())
        if strand.kind != "loose" and area > 0:
            visible[strand.hair] = min(1.0, float((share * free[foot.pixel]).sum() / area))
        for some in foot.layers:
            free[foot.pixel[some]] *= 1 - share[some]
            if strand.kind != "loose":
                bare[foot.pixel[some]] *= 1 - share[some]
    return np.clip(1 - bare, 0, 1), visible
