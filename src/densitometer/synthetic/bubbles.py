"""Air bubbles in the fluid between skin and plate."""

from __future__ import annotations

import cv2
import numpy as np

from densitometer.synthetic.dice import stream
from densitometer.synthetic.ground import Array, Ground
from densitometer.synthetic.places import Patch, Points, blend, cover, patch_at, round_depth, sow

BUBBLE_UM = (50.0, 800.0)
_REACH_MM = 0.6
_PER_CLUSTER = 2.2


def add_bubbles(radiance: Array, light: Array, ground: Ground, per_cm2: float, visit: int) -> None:
    """Put bubbles over a picture of linear light, in place; every visit has its own."""
    lamps = stream(ground.seed, "bubbles", visit).random(3)
    places, luck = sow(ground, per_cm2 / _PER_CLUSTER, _REACH_MM, "bubbles", visit)
    for at, own in zip(places, luck, strict=True):
        dice = stream(ground.seed, "bubble", visit, int(own[0] * 2**31))
        size = BUBBLE_UM[0] * (BUBBLE_UM[1] / BUBBLE_UM[0]) ** float(own[1] ** 1.5)
        _bubble(radiance, light, ground, at, size, lamps, dice)
        for _ in range(int(dice.poisson(_PER_CLUSTER - 1))):  # small ones cling to the large one
            small = max(BUBBLE_UM[0], size * float(dice.uniform(0.12, 0.5)))
            turn, gap = float(dice.uniform(0, 2 * np.pi)), float(dice.uniform(1.02, 1.6))
            shift = np.array([np.cos(turn), np.sin(turn)]) * (size + small) * 0.5e-3 * gap
            _bubble(radiance, light, ground, at + shift, small, lamps, dice)


def _bubble(
    radiance: Array,
    light: Array,
    ground: Ground,
    at: Points,
    size_um: float,
    lamps: Points,
    dice: np.random.Generator,
) -> None:
    """One bubble: a dark rim, where light is thrown out of the picture, a bright ring, and glints of the lamps."""
    radius = size_um / 2
    patch = patch_at(ground, at, radius * 1.2 + 12)
    looks = dice.random(3)
    if patch is None:
        return
    depth = round_depth(patch, radius, 0.012, dice)
    inside = cover(depth, 5.0, ground.um_per_px)
    part = radiance[patch.box]
    part += inside[..., None] * (_through(part, patch, radius) * np.float32(0.92 + 0.16 * looks[0]) - part)
    rim_um = np.float32(max(5.0, (0.05 + 0.05 * looks[1]) * radius))
    edge = np.exp(-np.square((depth - rim_um) / (rim_um * 1.1)))
    part *= 1 - np.float32(0.55 + 0.25 * looks[2]) * edge[..., None]
    ring = np.exp(-np.square((depth - 3.4 * rim_um) / (rim_um * 1.3))) * inside
    turn = np.arctan2(patch.y_um, patch.x_um)
    side = 0.5 + 0.5 * np.cos(turn - np.float32(lamps[0] * 2 * np.pi))
    blend(radiance, patch, np.clip(ring * (0.10 + 0.55 * side**3), 0, 1), light[patch.box] * np.float32(1.05))
    halo = np.exp(-np.square((depth + 1.5 * rim_um) / (rim_um * 1.2))) * (1 - inside)
    radiance[patch.box] *= 1 + np.float32(0.10) * (halo * side)[..., None]
    _glints(radiance, light, ground, patch, radius, lamps)


def _through(part: Array, patch: Patch, radius: float) -> Array:
    """What is seen through a bubble: the skin, drawn a little smaller towards the rim."""
    height, width = part.shape[:2]
    far = np.clip(np.hypot(patch.x_um, patch.y_um) / np.float32(radius), 0, 1)
    stretch = np.float32(0.22) * far**2
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    extent_um = float(np.hypot(np.ptp(patch.x_um), np.ptp(patch.y_um)))
    step = np.float32(max(extent_um, 1.0) / max(float(np.hypot(height - 1, width - 1)), 1.0))
    return np.asarray(
        cv2.remap(
            part,
            columns + stretch * patch.x_um / step,
            rows + stretch * patch.y_um / step,
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
    )


def _glints(radiance: Array, light: Array, ground: Ground, patch: Patch, radius: float, lamps: Points) -> None:
    """Images of the lamps: a bright spot on one side and a weaker one across."""
    turn = lamps[0] * 2 * np.pi
    for side, strength, size in ((1.0, 0.95, 0.10), (-1.0, 0.2, 0.14)):
        far = (0.45 + 0.2 * lamps[1]) * radius * side
        x, y = patch.x_um - np.float32(far * np.cos(turn)), patch.y_um - np.float32(far * np.sin(turn))
        along = x * np.float32(np.cos(turn)) + y * np.float32(np.sin(turn))
        across = y * np.float32(np.cos(turn)) - x * np.float32(np.sin(turn))
        # the spot bends along the bubble
        bent = np.hypot((along + across**2 / np.float32(2 * abs(far))) * 1.6, across * 0.8)
        alpha = cover(np.float32(size * radius) - bent, 0.08 * radius, ground.um_per_px) * np.float32(strength)
        blend(radiance, patch, alpha, light[patch.box] * np.float32(1.25))
