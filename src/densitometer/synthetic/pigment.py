"""Pigment in the skin: the honeycomb network, freckles and lentigines, a rare mole."""

from __future__ import annotations

import cv2
import numpy as np

from densitometer.synthetic.dice import Range, between, stream
from densitometer.synthetic.ground import Array, Ground
from densitometer.synthetic.places import Points, cover, dots, patch_at, round_depth, sow, texture

_MESH_MM: Range = (0.10, 0.25)
_TILE_CELLS = 40
_TILE_PX = 10  # pixels a mesh in the tile that the network is read from
_FRECKLE_REACH_MM = 2.0
_MOLE_CHANCE_PER_CM2 = 0.05


def network(ground: Ground, amount: float) -> Array:
    """Melanin of the network: brown lines round the pale tops of the papillae, (height, width).

    The meshes are the cells of a jittered grid (Worley 1996); lines run where two centres are equally near.
    """
    dice = stream(ground.seed, "pigment network")
    mesh = between(dice, _MESH_MM)
    tile = np.pad(_honeycomb(dice, width=float(dice.uniform(0.26, 0.45))), 2, mode="wrap")
    shift = [ground.grain(mesh * 2.5, "network bent", axis) * np.float32(0.25 * mesh) for axis in "xy"]
    scale, around = np.float32(_TILE_PX / mesh), np.float32(_TILE_CELLS * _TILE_PX)
    x, y = (side + bend for side, bend in zip(ground.xy_mm, shift, strict=True))
    angle = float(dice.uniform(0, np.pi / 2))  # the grid that the cells stand on must not line up with the picture
    cos, sin = np.float32(np.cos(angle)) * scale, np.float32(np.sin(angle)) * scale
    column, row = (side % around + np.float32(1.5) for side in (x * cos + y * sin, y * cos - x * sin))
    lines = np.asarray(cv2.remap(tile, column, row, cv2.INTER_LINEAR))
    patchy = np.clip(
        0.6 + 0.35 * ground.grain(1.1, "network patches") + 0.3 * ground.grain(0.3, "network gaps"), 0, 1.4
    )
    return np.asarray(lines * patchy * np.float32(0.40 * amount))


def _honeycomb(dice: np.random.Generator, width: float) -> Array:
    """One tile of the network that repeats itself, 1 on the lines."""
    jitter = dice.uniform(0.05, 0.95, size=(_TILE_CELLS, _TILE_CELLS, 2)).astype(np.float32)
    side = (np.arange(_TILE_CELLS * _TILE_PX, dtype=np.float32) + 0.5) / _TILE_PX
    cell = side.astype(int)
    nearest = np.full((len(side), len(side)), 9.0, dtype=np.float32)
    second = nearest.copy()
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            centre = jitter[np.ix_((cell + down) % _TILE_CELLS, (cell + right) % _TILE_CELLS)]
            dx = (cell + right - side)[None, :] + centre[..., 0]
            dy = (cell + down - side)[:, None] + centre[..., 1]
            far = np.hypot(dx, dy)
            second = np.minimum(second, np.maximum(nearest, far))
            nearest = np.minimum(nearest, far)
    return np.asarray(np.exp(-(((second - nearest) / np.float32(width)) ** 2)))


def sweat_dots(ground: Ground, amount: float) -> Array:
    """Pale dots where sweat glands open between the hairs of dark skin, as a share of melanin missing."""
    points, luck = sow(ground, 260.0 * min(amount * 2, 1.0), 0.2, "sweat dots")
    return dots(ground, points, 14 + 16 * luck[:, 0], 0.25 + 0.35 * luck[:, 1])


def freckles(ground: Ground, amount: float) -> Array:
    """Melanin of freckles, lentigines and a rare mole, (height, width)."""
    melanin = np.zeros(ground.shape, dtype=np.float32)
    points, luck = sow(ground, 55.0 * amount, _FRECKLE_REACH_MM, "freckles")
    for at, chances in zip(points, luck, strict=True):
        radius = 100 * 10 ** (chances[0] ** 3.5)  # most are small: 0.2 to 2 mm across
        depth = (0.15 + 0.38 * chances[1]) * (1.0 if radius < 500 else 0.75)
        _spot(ground, melanin, at, radius, depth, int(chances[2] * 2**31))
    points, luck = sow(ground, _MOLE_CHANCE_PER_CM2 * min(amount, 1.0), _FRECKLE_REACH_MM, "moles")
    for at, chances in zip(points, luck, strict=True):
        _spot(ground, melanin, at, 500 + 900 * chances[0], 0.9 + 0.7 * chances[1], int(chances[2] * 2**31))
    return melanin


def _spot(ground: Ground, melanin: Array, at: Points, radius: float, depth: float, number: int) -> None:
    """A brown spot with an uneven edge that is darker in flecks."""
    patch = patch_at(ground, at, radius * 1.5)
    if patch is None:
        return
    dice = stream(ground.seed, "brown spot", number)
    inside = round_depth(patch, radius, 0.05, dice)
    inside += np.float32(0.14 * radius) * texture(patch, radius * 0.45, dice)
    inside += np.float32(14) * texture(patch, 45.0, dice)
    flecks = np.clip(1 + 0.10 * texture(patch, 60.0, dice) + 0.14 * texture(patch, radius * 0.5, dice), 0.3, 1.7)
    melanin[patch.box] += np.float32(depth) * flecks * cover(inside, 0.85 * radius + 20, ground.um_per_px)
