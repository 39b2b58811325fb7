"""The surroundings of an opening: white scale, a blue-grey halo, and the shaft that shows through the skin."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from densitometer.synthetic.dice import between, stream
from densitometer.synthetic.footprint import footprint, soft_stripe
from densitometer.synthetic.ground import Ground
from densitometer.synthetic.shafts import PIGMENTS
from densitometer.synthetic.strand import Strand
from densitometer.synthetic.style import HairStyle, SkinStyle

Array = NDArray[np.float32]
Unit = tuple[NDArray[np.float64], NDArray[np.float64], int, float]
_EMERGES_MM = 0.09  # skin still lies thinly over the shaft this far beyond its root
_SMALLER = 2  # what lies under the skin is soft, and drawn on every second pixel
# Skin over something dark gives back blue more than red, for it scatters blue nearer to the surface.
_VEIL = np.array([1.12, 0.97, 0.9], np.float32)
_SCALE = np.array([0.80, 0.82, 0.84], np.float32)
_HALO = np.array([1.4, 0.9, 0.35], np.float32)


def under_skin(albedo: Array, ground: Ground, strands: Sequence[Strand], hair: HairStyle) -> Array:
    """Reflectance with the shafts that show through the skin below their openings, darker the nearer to it."""
    strength = between(stream(ground.seed, "under the skin"), hair.under_strength)
    if strength <= 0:
        return albedo
    shape = (-(-ground.shape[0] // _SMALLER), -(-ground.shape[1] // _SMALLER))
    veil = np.zeros(shape[0] * shape[1], np.float32)
    for strand in strands:
        if len(strand.under_mm) > 1:
            _darken(veil, strand, ground, shape)
    whole = cv2.resize(veil.reshape(shape), ground.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return albedo * np.exp(np.float32(-strength) * whole[..., None] * _VEIL)


def _darken(veil: Array, strand: Strand, ground: Ground, shape: tuple[int, int]) -> None:
    """Add the shaft of one hair under the skin to a picture of darkness."""
    px = ground.um_per_px * _SMALLER
    ahead = strand.root_mm - strand.under_mm[1, :2]
    ahead = strand.root_mm + ahead * (_EMERGES_MM / max(float(np.hypot(*ahead)), 1e-9))
    line = np.vstack([ahead, strand.under_mm[:, :2]])
    at = ground.view.project(line) / _SMALLER - 0.25
    depth_um = np.concatenate([[0.0], -1000.0 * strand.under_mm[:, 2]])
    half = np.full(len(at), strand.widths_um[0] / 2 / px)
    widest = (6.0 + 0.34 * float(depth_um.max())) / px
    foot = footprint(np.column_stack([at, depth_um]), half, shape, 2.0 * widest + 1, 2.0)
    if not len(foot.pixel):
        return
    soft = np.hypot((6.0 + np.float32(0.34) * foot.height) / np.float32(px), np.float32(0.4))
    stripe = soft_stripe(foot.across, foot.half, soft)
    stripe *= np.clip(foot.along + 1.5, 0, 1) * np.clip(np.float32(1.2) * (1 - foot.along / foot.length), 0, 1)
    stripe *= np.exp(-foot.height / np.float32(230.0)) * np.float32(2.0 * _darkness(strand))
    np.add.at(veil, foot.pixel, stripe * np.maximum(0, 1 - veil[foot.pixel] / 3))


def _darkness(strand: Strand) -> float:
    """Share of red light that a shaft swallows at its root."""
    return float(1 - np.exp(-strand.widths_um[0] * PIGMENTS[strand.colour].absorbs[0]))


def round_openings(albedo: Array, ground: Ground, strands: Sequence[Strand], skin: SkinStyle, visit: int) -> Array:
    """Reflectance with white scale and a blue-grey halo round the openings of the units."""
    dice = stream(ground.seed, "openings")
    scale = between(dice, skin.scale) * float(stream(ground.seed, "flaking", visit).uniform(0.8, 1.2))
    halo = between(dice, skin.halo)
    units = _units(strands)
    if not units or scale + halo <= 0:
        return albedo
    white, blue = _spots(units, ground)
    if halo > 0:
        albedo = albedo * np.exp(np.float32(-0.34 * halo) * blue[..., None] * _HALO)
    albedo = _collar(albedo, units, ground)
    return _whiten(albedo, ground, white, scale, visit) if scale > 0 else albedo


def _collar(albedo: Array, units: dict[int, Unit], ground: Ground) -> Array:
    """Creases of the skin round an opening: parts of a few rings, the innermost the deepest."""
    albedo = albedo.copy()
    for unit, (middle, way, size, _) in units.items():
        dice = stream(ground.seed, "collar", unit)
        depth, first, apart = (
            dice.uniform(0.0, 0.35),
            dice.uniform(0.045, 0.075) + 0.02 * size,
            dice.uniform(0.02, 0.04),
        )
        open_to, turn = dice.uniform(0.6, 1.6), dice.normal(0, 0.5)
        (x, y), box = _box(ground, middle - 0.3 * first * way, first + 4 * apart)
        if box is None:
            continue
        across, down = (side * ground.um_per_px / 1000 for side in (x, y))
        bearing = np.arctan2(down, across) - np.arctan2(way[1], way[0]) - turn
        ring = (np.hypot(across, down) * (1 + 0.12 * np.cos(2 * bearing + turn)) - first) / apart
        crease = np.cos(np.pi * np.clip(ring, -0.5, 4.0)) ** 4 * np.exp(-0.8 * np.clip(ring, 0, None)) * (ring < 3.5)
        behind = 1 / (1 + np.exp((np.cos(bearing) * 2.0 + open_to - 1.2) * 3))  # the rings lie behind the hair
        albedo[box] *= (1 - depth * crease * behind)[..., None].astype(np.float32)
    return albedo


def _box(
    ground: Ground, middle_mm: NDArray[np.float64], radius_mm: float
) -> tuple[tuple[NDArray[np.float64], NDArray[np.float64]], tuple[slice, slice] | None]:
    """Pixels round a place: their distances from it in px along x and y, and where they lie; None outside."""
    x, y = ground.view.project(middle_mm[None])[0]
    reach = int(radius_mm * 1000 / ground.um_per_px) + 2
    x0, x1 = max(0, int(x) - reach), min(ground.shape[1], int(x) + reach + 2)
    y0, y1 = max(0, int(y) - reach), min(ground.shape[0], int(y) + reach + 2)
    if x1 <= x0 or y1 <= y0:
        return (np.empty(0), np.empty(0)), None
    offsets = (np.arange(x0, x1)[None, :] - x, np.arange(y0, y1)[:, None] - y)
    return offsets, (slice(y0, y1), slice(x0, x1))


def _units(strands: Sequence[Strand]) -> dict[int, Unit]:
    """Middle and direction (mm, length 1) of each unit's openings, number of its hairs, and how dark they are."""
    members: dict[int, list[Strand]] = {}
    for strand in strands:
        members.setdefault(strand.unit, []).append(strand)
    found = {}
    for unit, hairs in members.items():
        way = np.mean([hair.points_mm[min(2, len(hair.points_mm) - 1), :2] - hair.root_mm for hair in hairs], axis=0)
        middle = np.mean([hair.root_mm for hair in hairs], axis=0)
        dark = float(np.mean([_darkness(hair) for hair in hairs]))
        found[unit] = (middle, way / max(float(np.hypot(*way)), 1e-9), len(hairs), dark)
    return found


def _spots(units: dict[int, Unit], ground: Ground) -> tuple[Array, Array]:
    """How much scale and halo lies at each pixel, 0 to about 1, both behind the opening as seen from the hair."""
    shape = (-(-ground.shape[0] // 4), -(-ground.shape[1] // 4))
    white, blue = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    for unit, (middle, way, size, dark) in units.items():
        dice = stream(ground.seed, "spot", unit)
        much, more = float(np.exp(dice.normal(-0.3, 0.7))), float(np.exp(dice.normal(-0.1, 0.35)))
        wide = 0.09 + 0.03 * size
        place = middle - way * dice.uniform(0.06, 0.22)
        _soft_spot(white, ground, place, wide * dice.uniform(0.8, 1.5), way, min(much, 2.0))
        place = middle - way * dice.uniform(0.12, 0.26)
        _soft_spot(blue, ground, place, wide * dice.uniform(1.0, 1.5), way, min(more, 1.6) * dark)
    size_px = ground.shape[::-1]
    return (
        np.asarray(cv2.resize(white, size_px, interpolation=cv2.INTER_LINEAR)),
        np.asarray(cv2.resize(blue, size_px, interpolation=cv2.INTER_LINEAR)),
    )


def _soft_spot(
    spots: Array,
    ground: Ground,
    middle_mm: NDArray[np.float64],
    radius_mm: float,
    way: NDArray[np.float64],
    much: float,
) -> None:
    """Add one soft spot, a little longer along ``way``, to a picture of every fourth pixel."""
    ends = ground.view.project(np.stack([middle_mm, middle_mm + 0.1 * way]))
    (x, y), step = ends[0] / 4 - 0.375, ends[1] - ends[0]
    cos, sin = step / max(float(np.hypot(*step)), 1e-9)
    radius = radius_mm * 250.0 / ground.um_per_px
    reach = int(3.2 * radius) + 1
    x0, x1 = max(0, int(x) - reach), min(spots.shape[1], int(x) + reach + 2)
    y0, y1 = max(0, int(y) - reach), min(spots.shape[0], int(y) + reach + 2)
    if x1 <= x0 or y1 <= y0:
        return
    across, down = np.arange(x0, x1)[None, :] - x, np.arange(y0, y1)[:, None] - y
    along, aside = (across * cos + down * sin) / 1.9, down * cos - across * sin
    spots[y0:y1, x0:x1] += (much * np.exp(-(along**2 + aside**2) / (2 * radius**2))).astype(np.float32)


def _whiten(albedo: Array, ground: Ground, white: Array, scale: float, visit: int) -> Array:
    """Lay scale over the skin: fibres and small plates that show only where enough of it gathers."""
    turn = float(stream(ground.seed, "plates").uniform(0, np.pi))
    fibres = ground.grain(0.012, "fibres", visit, stretch=4.0, angle=turn)
    fibres += ground.grain(0.014, "fibres", visit, 1, stretch=3.0, angle=turn + 1.1)
    plates = ground.grain(0.035, "plates", visit) * np.float32(0.8)
    much = np.float32(scale) * white * (1 + np.float32(0.5) * plates)
    fine = np.clip(np.float32(0.28) * much * (np.float32(0.7) + np.float32(0.8) * fibres), 0, 0.6)
    flakes = np.clip(much + np.float32(0.3) * plates + np.float32(0.25) * fibres - np.float32(1.3), 0, 1)
    share = np.clip(fine + np.float32(0.6) * flakes, 0, 0.85)[..., None]
    # Thin scale lets skin show through: it is never as white on dark skin as on fair.
    scale_colour = np.float32(0.3) * _SCALE + np.float32(0.7) * np.minimum(np.float32(2.4) * albedo, _SCALE)
    return albedo + share * (scale_colour - albedo)
