"""Loose scale on the skin: single plates, clumps of them, and powder."""

from __future__ import annotations

import numpy as np

from densitometer.synthetic.dice import stream
from densitometer.synthetic.ground import Array, Ground
from densitometer.synthetic.places import Patch, Points, blend, cover, dots, patch_at, sow, texture

FLAKE_UM = (50.0, 600.0)
_REACH_MM = 1.0
_PER_CLUMP = 2.4  # plates that lie together, on the average
_POWDER_SHARE = 0.3  # patches of powder for every plate
_WHITE = np.array([0.86, 0.85, 0.83], dtype=np.float32)
_YELLOW = np.array([0.82, 0.75, 0.58], dtype=np.float32)


def add_flakes(radiance: Array, light: Array, ground: Ground, per_cm2: float, visit: int) -> None:
    """Strew flakes over a picture of linear light, in place; every visit has its own."""
    dice = stream(ground.seed, "flakes", visit)
    greasy, from_where = float(dice.random() ** 2), float(dice.uniform(0, 2 * np.pi))
    powdery = float(dice.random())
    tone = _WHITE + np.float32(greasy) * (_YELLOW - _WHITE)
    if powdery > 0.35:
        _powder(radiance, light, ground, per_cm2 * _POWDER_SHARE * (powdery - 0.35), visit)
    clumps, luck = sow(ground, per_cm2 / _PER_CLUMP, _REACH_MM, "flakes", visit)
    for at, own in zip(clumps, luck, strict=True):
        dice = stream(ground.seed, "flake", visit, int(own[0] * 2**31))
        plates = 1 + int(dice.poisson(_PER_CLUMP - 1))
        size = FLAKE_UM[0] * (FLAKE_UM[1] / FLAKE_UM[0]) ** float(own[1] ** 2.6)
        for plate in range(plates):
            spot = at + (0 if plate == 0 else dice.normal(0, size * 0.6e-3, 2))
            share = 1.0 if plate == 0 else float(dice.uniform(0.25, 0.8))
            _plate(radiance, light, ground, spot, max(FLAKE_UM[0], size * share), tone, from_where, dice)


def _plate(
    radiance: Array,
    light: Array,
    ground: Ground,
    at: Points,
    size_um: float,
    tone: Array,
    from_where: float,
    dice: np.random.Generator,
) -> None:
    """One translucent plate: edges that catch the light, a soft shadow away from it."""
    patch = patch_at(ground, at, 0.75 * size_um + 40)
    looks = dice.random(4)
    if patch is None:
        return
    depth = _plate_depth(patch, size_um, dice)
    inside = cover(depth, 9.0, ground.um_per_px)
    rough = texture(patch, 16.0, dice) * 0.6 + texture(patch, max(45.0, size_um / 5), dice) * 0.5
    lift = 6 + 16 * looks[0]
    slope_y, slope_x = np.gradient(depth) if min(depth.shape) > 1 else (depth * 0, depth * 0)
    steep = np.hypot(slope_x, slope_y) + np.float32(1e-3)
    facing = (slope_x * -np.cos(from_where) + slope_y * -np.sin(from_where)) / steep  # 1: this edge looks at the light
    behind = cover(depth + np.float32(lift) * np.clip(-facing, 0, 1) * 1.4, 30.0, ground.um_per_px)
    radiance[patch.box] *= 1 - np.float32(0.28 * (0.4 + looks[0])) * (behind * (1 - 0.8 * inside))[..., None]
    rim = np.exp(-np.square(np.clip(depth, 0, None) / np.float32(max(9.0, ground.um_per_px))))
    rim *= np.clip(0.25 + 0.75 * facing + 0.5 * rough, 0, 1.2)
    tilt = patch.x_um * np.cos(from_where + looks[3]) + patch.y_um * np.sin(from_where + looks[3])
    bright = 0.66 + 0.3 * looks[1] + 0.2 * tilt / np.float32(size_um) + 0.10 * rough + 0.22 * rim
    # thin in places: the skin shines through, and the plate ends raggedly there
    alpha = inside * np.clip(0.15 + 0.55 * looks[2] ** 1.3 + 0.22 * rough + 0.35 * rim, 0.03, 0.95)
    colour = light[patch.box] * tone * np.clip(bright, 0.2, 1.25)[..., None]
    blend(radiance, patch, alpha, colour.astype(np.float32))


def _plate_depth(patch: Patch, size_um: float, dice: np.random.Generator) -> Array:
    """Depth in um inside a plate: a few straight breaks, none of them quite straight."""
    slender = np.float32(dice.uniform(0.4, 1.0))
    along, across = patch.along(float(dice.uniform(0, np.pi)))
    across = across / slender
    sides = int(dice.integers(5, 9))
    turns = (np.arange(sides) + dice.uniform(-0.35, 0.35, sides)) * 2 * np.pi / sides
    reach = size_um * dice.uniform(0.36, 0.54, sides)
    depth = np.full(patch.x_um.shape, np.float32(size_um))
    for turn, far in zip(turns, reach, strict=True):
        depth = np.minimum(
            depth, np.float32(far) - along * np.float32(np.cos(turn)) - across * np.float32(np.sin(turn))
        )
    depth += texture(patch, 18.0, dice) * np.float32(min(7.0, 0.05 * size_um))
    return np.asarray(depth + texture(patch, max(30.0, size_um / 4), dice) * np.float32(0.08 * size_um))


def _powder(radiance: Array, light: Array, ground: Ground, per_cm2: float, visit: int) -> None:
    """Fine white dust of scale that lies in loose patches."""
    places, luck = sow(ground, per_cm2, _REACH_MM, "powder", visit)
    if not len(places):
        return
    points, sizes, depths = [], [], []
    for at, own in zip(places, luck, strict=True):
        dice = stream(ground.seed, "powder", visit, int(own[0] * 2**31))
        count = int(20 + 130 * own[1] ** 2)
        points.append(at + dice.normal(0, 0.09 + 0.22 * own[2], (count, 2)) * (1.0, 0.5 + 0.5 * own[3]))
        sizes.append(3.0 + 6.0 * dice.random(count) ** 2)
        depths.append((0.25 + 0.75 * own[4]) * dice.random(count) ** 1.5)
    specks = dots(ground, np.concatenate(points), np.concatenate(sizes), np.concatenate(depths))
    alpha = np.float32(0.9) * (1 - np.exp(-specks))
    radiance += alpha[..., None] * (light * (_WHITE * np.float32(1.02)) - radiance)
