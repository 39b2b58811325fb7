"""What lies on skin and hair: scale, dust, lint, bubbles, ink, dye. Loose hairs are strands, see `clippings`."""

from __future__ import annotations

import numpy as np

from densitometer.synthetic.bubbles import add_bubbles
from densitometer.synthetic.dice import Range, between, chance, stream
from densitometer.synthetic.flakes import add_flakes
from densitometer.synthetic.ground import Array, Ground
from densitometer.synthetic.ink import add_dye, add_ink, add_tattoo
from densitometer.synthetic.places import Points, blend, cover, patch_at, sow, spread, texture
from densitometer.synthetic.style import ExtrasStyle

SPECK_UM = (10.0, 60.0)
LINT_UM = (8.0, 18.0)
_LINT_SHARE = 0.05
_LINT_REACH_MM = 3.0
_LINT_STEP_UM = 6.0
_LINT_COLOURS = (
    (0.75, 0.77, 0.80),
    (0.70, 0.72, 0.78),
    (0.16, 0.27, 0.60),
    (0.10, 0.12, 0.20),
    (0.62, 0.14, 0.16),
    (0.30, 0.30, 0.31),
)
_DUST_COLOURS = ((0.05, 0.045, 0.04), (0.16, 0.10, 0.05), (0.30, 0.21, 0.11), (0.10, 0.11, 0.13), (0.10, 0.18, 0.5))
_DUST_WEIGHTS = (0.4, 0.25, 0.2, 0.12, 0.03)


def add_debris(
    radiance: Array,
    light: Array,
    ground: Ground,
    extras: ExtrasStyle,
    seed: int,
    visit: int,
    *,
    middle_mm: tuple[float, float] | None = None,
    roots_mm: Points | None = None,
    groove: Array | None = None,
) -> Array:
    """Lay stains and loose things over a picture of linear light.

    Parameters
    ----------
    radiance : (height, width, 3) float32 array
        Linear light, R G B.
    light : (height, width, 3) float32 array
        Light that falls on the skin: what a white surface would send back.
    ground : Ground
        What the camera sees.
    extras : ExtrasStyle
        Amounts are drawn from its ranges: once a scalp what stays (ink, dye, tattoo), once a visit what does not.
    seed, visit : int
    middle_mm : tuple of float, optional
        Where a tattoo is looked for on the scalp; the middle of the frame if not given, which another camera moves.
    roots_mm : (n, 2) float array, optional
        Openings that dye stains.
    groove : (height, width) float32 array, optional
        How deep in a line of the skin each pixel lies, 0 to 1, see `densitometer.synthetic.relief.Relief`: dye settles
        there. Without it dye settles in lines of its own.

    Returns
    -------
    (height, width, 3) float32 array
        A new array.
    """
    result = np.array(radiance, dtype=np.float32)
    if chance(stream(seed, "tattoo drawn"), extras.tattoo_chance):
        add_tattoo(result, ground, _middle(ground) if middle_mm is None else np.asarray(middle_mm, dtype=np.float64))
    if (dye := _amount(seed, "dye", 0, extras.dye)) > 0:
        add_dye(result, ground, dye, roots_mm, groove)
    if chance(stream(seed, "ink drawn"), extras.ink_chance):
        add_ink(result, light, ground)
    if (flakes := _amount(seed, "flakes", visit, extras.flakes_per_cm2)) > 0:
        add_flakes(result, light, ground, flakes, visit)
    if (specks := _amount(seed, "debris", visit, extras.debris_per_cm2)) > 0:
        _dust(result, light, ground, specks * (1 - _LINT_SHARE), visit)
        _lint(result, light, ground, specks * _LINT_SHARE, visit)
    if (bubbles := _amount(seed, "bubbles", visit, extras.bubbles_per_cm2)) > 0:
        add_bubbles(result, light, ground, bubbles, visit)
    return result


def _amount(seed: int, name: str, visit: int, limits: Range) -> float:
    return between(stream(seed, "amount on the skin", name, visit), limits)


def _middle(ground: Ground) -> Points:
    height, width = ground.shape
    return ground.view.unproject(np.array([[(width - 1) / 2, (height - 1) / 2]]))[0]


def _dust(radiance: Array, light: Array, ground: Ground, per_cm2: float, visit: int) -> None:
    """Small crumbs, mostly dark, some translucent brown, each with a trace of shadow."""
    places, luck = sow(ground, per_cm2, 0.2, "dust", visit)
    bounds = np.cumsum(_DUST_WEIGHTS)
    for at, own in zip(places, luck, strict=True):
        size = SPECK_UM[0] * (SPECK_UM[1] / SPECK_UM[0]) ** float(own[0] ** 1.3)
        patch = patch_at(ground, at, 0.85 * size + 8)
        if patch is None:
            continue
        dice = stream(ground.seed, "speck", visit, int(own[1] * 2**31))
        depth = _crumb(*patch.along(float(own[2] * np.pi)), size, dice)
        radiance[patch.box] *= 1 - np.float32(0.2) * cover(depth + np.float32(4), 12.0, ground.um_per_px)[..., None]
        tone = np.array(_DUST_COLOURS[int(np.searchsorted(bounds[:-1], own[3]))], dtype=np.float32)
        shade = np.clip(1 + 0.4 * texture(patch, 12.0, dice), 0.3, 2)[..., None]
        alpha = cover(depth, 6.0, ground.um_per_px) * np.float32(0.55 + 0.4 * own[4])
        blend(radiance, patch, alpha, light[patch.box] * tone * shade)


def _crumb(along: Array, across: Array, size_um: float, dice: np.random.Generator) -> Array:
    """Depth in um inside an angular crumb whose longest side is ``size_um``."""
    depth = np.float32(size_um / 2) - np.abs(along)
    slender = size_um * float(dice.uniform(0.25, 0.5))
    for turn, side in zip(dice.normal(0, 0.5, 2), (1.0, -1.0), strict=True):
        cos, sin = np.float32(np.cos(turn)), np.float32(np.sin(turn))
        depth = np.minimum(depth, np.float32(slender) - np.float32(side) * (across * cos + along * sin))
    return np.asarray(depth)


def _lint(radiance: Array, light: Array, ground: Ground, per_cm2: float, visit: int) -> None:
    """Textile fibres: fine coloured lines that no root holds."""
    places, luck = sow(ground, per_cm2, _LINT_REACH_MM, "lint", visit)
    for at, own in zip(places, luck, strict=True):
        dice = stream(ground.seed, "lint", visit, int(own[0] * 2**31))
        line = _fibre(at, 400 * 10 ** float(own[1]), dice)
        width = LINT_UM[0] + (LINT_UM[1] - LINT_UM[0]) * own[2]
        tone = np.array(_LINT_COLOURS[int(own[3] * len(_LINT_COLOURS))], dtype=np.float32)
        _draw_fibre(radiance, light, ground, line, width, tone, 0.5 + 0.5 * own[4])


def _fibre(start: Points, length_um: float, dice: np.random.Generator) -> Points:
    """Points of a springy line, `_LINT_STEP_UM` apart."""
    steps = max(20, int(length_um / _LINT_STEP_UM))
    bend = np.interp(np.linspace(0, 1, steps), np.linspace(0, 1, 6), dice.normal(0, 1.1, 6))
    heading = dice.uniform(0, 2 * np.pi) + np.cumsum(bend) * _LINT_STEP_UM / 500
    ways = np.column_stack([np.cos(heading), np.sin(heading)]) * (_LINT_STEP_UM / 1000)
    return np.asarray(start + np.cumsum(ways, axis=0))


def _draw_fibre(
    radiance: Array, light: Array, ground: Ground, line: Points, width_um: float, tone: Array, strength: float
) -> None:
    """One fibre and its faint shadow."""
    at = ground.view.project(line)
    height, width = ground.shape
    left, top = np.clip(np.floor(at.min(axis=0)) - 9, 0, (width, height)).astype(int)
    right, bottom = np.clip(np.ceil(at.max(axis=0)) + 10, 0, (width, height)).astype(int)
    if left >= right or top >= bottom:
        return
    part, lit = radiance[top:bottom, left:right], light[top:bottom, left:right]
    sigma = np.full(len(line), width_um / 2.355 / ground.um_per_px)
    weight = np.full(len(line), 2.5066 * _LINT_STEP_UM / ground.um_per_px) * sigma
    body = spread((bottom - top, right - left), at - (left, top), weight, sigma)
    shade = spread((bottom - top, right - left), at - (left, top) + 12 / ground.um_per_px, weight, sigma * 2)
    part *= 1 - np.float32(0.15) * np.clip(shade, 0, 1)[..., None]
    part += (np.float32(strength) * np.clip(body * 1.4, 0, 1))[..., None] * (lit * tone - part)
