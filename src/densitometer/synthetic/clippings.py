"""Loose cut hairs that lie on the skin: they look like hair, and are none to be counted."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from densitometer.errors import RenderError
from densitometer.synthetic.dice import between, stream
from densitometer.synthetic.placement import check_size
from densitometer.synthetic.strand import WIDTH_LIMITS_UM, Strand
from densitometer.synthetic.style import ExtrasStyle

FloatArray = NDArray[np.float64]
LOOSE_FROM = 1_000_000_000
"""Loose pieces are numbered from here, in a block a visit; hairs below it (see `densitometer.synthetic.fates`)."""
LOOSE_A_VISIT = 100_000
_MOST = 20_000
_POINTS = 9
_LONG_SHARE, _IN_HEAPS, _HEAP_MM = 0.05, 0.45, 0.35


def scatter_clippings(
    extras: ExtrasStyle, colour: str, width_um: float, seed: int, size_mm: tuple[float, float], visit: int = 0
) -> tuple[Strand, ...]:
    """Scatter loose cut pieces over the skin; other ones at every visit.

    Parameters
    ----------
    extras : ExtrasStyle
        Holds how many there are per cm2.
    colour, width_um : str, float
        Colour and usual width of the scalp's hair.
    seed, visit : int
        Seed of the scalp and number of the visit.
    size_mm : tuple of float
        Width and height of the patch.

    Returns
    -------
    tuple of Strand
        Pieces of kind ``loose``, unit 0, numbered from ``LOOSE_FROM + LOOSE_A_VISIT * visit + 1``, with nothing under
        the skin.

    Raises
    ------
    RenderError
        A size that makes no sense, or more pieces than fit.
    """
    size = check_size(size_mm)
    dice = stream(seed, "clippings", visit)
    expected = between(dice, extras.clippings_per_cm2) * size.prod() / 100
    if expected > _MOST:
        raise RenderError(
            f"{expected:.0f} loose hairs are too many for one scalp (up to {_MOST}); lower clippings_per_cm2"
        )
    count = int(dice.poisson(expected))
    middle, direction = _lay(count, size, dice)
    length, width = _sizes(count, width_um, dice)
    height = width / 2000 + np.where(dice.random(count) < 0.3, dice.uniform(0, 0.2, count), 0.0)
    lines = _lines(middle, direction, length, height, width / 2000, dice)
    taper = dice.uniform(0.85, 1.0, count)
    first = LOOSE_FROM + LOOSE_A_VISIT * visit + 1
    return tuple(
        Strand(
            first + i, 0, "loose", colour, lines[i],
            width[i] * np.linspace(1, taper[i], _POINTS) * 2 / (1 + taper[i]), np.zeros((0, 3)),
        )
        for i in range(count)
    )  # fmt: skip


def _lay(count: int, size: FloatArray, dice: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Middles (n, 2) and directions (n,): nearly half of the pieces lie in small heaps, where some lie alike."""
    middle, direction = dice.random((count, 2)) * size, dice.uniform(0, 2 * np.pi, count)
    heaps = max(1, count // 8)
    heap = dice.integers(heaps, size=count)
    heaped = dice.random(count) < _IN_HEAPS
    centre, lie = dice.random((heaps, 2)) * size, dice.uniform(0, 2 * np.pi, heaps)
    near = np.clip(centre[heap] + _HEAP_MM * dice.standard_normal((count, 2)), 0, size)
    alike = heaped & (dice.random(count) < 0.4)
    middle = np.where(heaped[:, None], near, middle)
    return middle, np.where(alike, lie[heap] + 0.3 * dice.standard_normal(count), direction)


def _sizes(count: int, width_um: float, dice: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Lengths in mm, most of them 0.1 to 0.8 and some long, and widths in um."""
    length = np.clip(0.22 * np.exp(0.55 * dice.standard_normal(count)), 0.06, 0.8)
    length = np.where(dice.random(count) < _LONG_SHARE, dice.uniform(0.8, 3.5, count), length)
    return length, np.clip(width_um * np.exp(-0.4 + 0.35 * dice.standard_normal(count)), *WIDTH_LIMITS_UM)


def _lines(
    middle: FloatArray,
    direction: FloatArray,
    length: FloatArray,
    height: FloatArray,
    half_width: FloatArray,
    dice: np.random.Generator,
) -> list[FloatArray]:
    """Slightly bent centre lines (9, 3), evenly spaced, some with one end raised."""
    count = len(length)
    at = np.linspace(-0.5, 0.5, _POINTS) * length[:, None]
    heading = direction[:, None] + at * np.clip(0.2 * dice.standard_normal(count), -0.5, 0.5)[:, None]
    tilt = np.where(dice.random(count) < 0.3, dice.normal(0, 0.15, count), 0.0)[:, None]
    z = np.maximum(height[:, None] + at * np.sin(tilt), half_width[:, None])
    steps = np.sqrt(np.diff(at, axis=1) ** 2 - np.diff(z, axis=1) ** 2)
    between_points = (heading[:, 1:] + heading[:, :-1]) / 2
    x, y = (np.pad(np.cumsum(steps * part(between_points), axis=1), ((0, 0), (1, 0))) for part in (np.cos, np.sin))
    flat = np.stack([x - x.mean(axis=1, keepdims=True), y - y.mean(axis=1, keepdims=True)], axis=2) + middle[:, None]
    return list(np.concatenate([flat, z[..., None]], axis=2))
