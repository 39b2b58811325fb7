"""Grow the hair of a scalp: units, the hairs that share an opening, and the course of every shaft."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from densitometer.errors import RenderError
from densitometer.synthetic.centreline import Course, trace, under_skin
from densitometer.synthetic.clippings import scatter_clippings
from densitometer.synthetic.dice import Range, between, stream
from densitometer.synthetic.placement import check_size, place_units
from densitometer.synthetic.strand import WIDTH_LIMITS_UM, Scalp, Strand
from densitometer.synthetic.style import ExtrasStyle, HairStyle

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
LONG_MM = 3.0  # from here on hair counts as untrimmed: fine hair tapers to a point, no stubs
MOST_HAIRS = 40_000
_TOUCHING, _STUB_SHARE = 0.35, 0.03
_STRAY_SHARE = 0.08  # long hairs that go their own way, across the others
_LIFT_LIMITS = np.radians((4.0, 88.0))
_LIGHTER = {
    "black": "dark_brown",
    "dark_brown": "brown",
    "brown": "light_brown",
    "light_brown": "blond",
    "red": "blond",
    "grey": "white",
}


@dataclass(frozen=True)
class Habit:
    """What one scalp drew from the ranges of its style; units as in `HairStyle`, angles in radians.

    ``towards`` is the usual direction of the hair, from x towards y; ``swirl`` how it drifts over the patch.
    """

    density_per_cm2: float
    width_um: float
    width_spread: float
    fine_share: float
    fine_width_um: Range
    length_mm: float
    length_spread: float
    lift: float
    comb_spread: float
    fan: float
    opening_mm: float
    bend_per_mm: float
    curl_mm: float
    gravity_per_mm: float
    taper: float
    unevenness: float
    colour: str
    grey_share: float
    under_mm: float
    towards: float
    swirl: FloatArray


@dataclass(frozen=True)
class Follicles:
    """What of n hairs is in the skin, and stays when they are cut or combed; arrays of n rows, a unit's hairs together.

    ``azimuth`` and ``lift`` are the direction at the skin in radians, ``width_um`` is the mean width of the shaft.
    """

    hair: IntArray
    unit: IntArray
    root_mm: FloatArray
    azimuth: FloatArray
    lift: FloatArray
    width_um: FloatArray
    fine: NDArray[np.bool_]
    colour: tuple[str, ...]


def grow_scalp(hair: HairStyle, extras: ExtrasStyle, seed: int, size_mm: tuple[float, float], visit: int = 0) -> Scalp:
    """Grow a patch of scalp with its hair and the loose cut pieces that lie on it.

    The hair depends on ``hair``, ``seed`` and ``size_mm`` alone; the loose pieces on ``visit`` also.

    Parameters
    ----------
    hair, extras : HairStyle, ExtrasStyle
        Ranges to draw from.
    seed : int
        Seed of the scalp, 0 or more.
    size_mm : tuple of float
        Width and height of the patch.
    visit : int
        Number of the visit.

    Raises
    ------
    RenderError
        A seed or size that makes no sense, or more hair than fits.
    """
    check_size(size_mm)
    if seed < 0 or visit < 0:
        raise RenderError(f"seed {seed} and visit {visit} must be 0 or more")
    habit = draw_habit(hair, seed)
    follicles = plant(hair, habit, seed, size_mm)
    strands = grow(follicles, habit, seed, "grown", size_mm)
    loose = scatter_clippings(extras, habit.colour, habit.width_um, seed, size_mm, visit)
    return Scalp(seed, (float(size_mm[0]), float(size_mm[1])), strands + loose)


def draw_habit(hair: HairStyle, seed: int) -> Habit:
    """Draw a scalp's own values from the ranges of a style."""
    dice = stream(seed, "habit")
    drawn = {
        name: between(stream(seed, "habit", name), getattr(hair, name))
        for name in (
            "density_per_cm2", "width_um", "width_spread", "fine_share", "length_mm", "length_spread", "bend_per_mm",
            "gravity_per_mm", "taper", "unevenness", "grey_share", "under_mm",
        )
    }  # fmt: skip
    angles = {
        name: float(np.radians(between(stream(seed, "habit", name), limits)))
        for name, limits in (("lift", hair.lift_deg), ("comb_spread", hair.comb_spread_deg), ("fan", hair.fan_deg))
    }
    return Habit(
        **drawn,
        **angles,
        fine_width_um=hair.fine_width_um,
        opening_mm=between(stream(seed, "habit", "opening"), hair.opening_um) / 1000,
        curl_mm=between(stream(seed, "habit", "curl"), hair.curl_mm) if hair.curl_mm else 0.0,
        colour=hair.colours[int(dice.integers(len(hair.colours)))],
        towards=np.radians(between(dice, hair.comb_deg)),
        swirl=dice.uniform(-1, 1, 5),
    )


def check_number(hairs: float) -> None:
    """Refuse more hairs than are sensible to draw.

    Raises
    ------
    RenderError
        They are more than `MOST_HAIRS`.
    """
    if hairs > MOST_HAIRS:
        raise RenderError(
            f"{hairs:.0f} hairs are too many for one scalp (up to {MOST_HAIRS}); render a smaller picture, "
            "fewer um per px, or less hair"
        )


def expect_hairs(habit: Habit, size_mm: tuple[float, float]) -> float:
    """Hairs that a patch of scalp should have.

    Raises
    ------
    RenderError
        They are more than `MOST_HAIRS`.
    """
    hairs = habit.density_per_cm2 * size_mm[0] * size_mm[1] / 100
    check_number(hairs)
    return hairs


def comb_field(habit: Habit, places_mm: FloatArray, size_mm: tuple[float, float]) -> FloatArray:
    """Usual direction of hair at places (n, 2), radians: it drifts by up to about 20 degrees over the patch."""
    u, v = (places_mm / size_mm - 0.5).T
    one, two, three, four, five = habit.swirl
    drift = one * u + two * v + 0.6 * three * u * v + 0.25 * four * np.sin(2 * np.pi * (u * five + v) + 3 * three)
    return np.asarray(habit.towards + np.radians(10.0) * drift)


def plant(hair: HairStyle, habit: Habit, seed: int, size_mm: tuple[float, float]) -> Follicles:
    """Follicles of a scalp, in units.

    Raises
    ------
    RenderError
        More hair than fits, or than is sensible to draw.
    """
    weights = np.array(hair.unit_weights) / sum(hair.unit_weights)
    mean_size = float(weights @ np.arange(1, len(weights) + 1))
    count = round(expect_hairs(habit, size_mm) / mean_size)
    places = place_units(count, size_mm, hair.regularity, stream(seed, "openings"))
    sizes = 1 + stream(seed, "unit sizes").choice(len(weights), count, p=weights)
    unit = np.repeat(np.arange(count), sizes)
    fine, width = _widths(habit, len(unit), stream(seed, "widths"))
    azimuth = comb_field(habit, places, size_mm) + habit.comb_spread * stream(seed, "comb").standard_normal(count)
    roots, turn = _arrange(unit, sizes, azimuth, width, habit, stream(seed, "arrange"))
    roots = np.clip(places[unit] + roots, 0, size_mm)
    dice = stream(seed, "lift")
    lift = habit.lift + np.radians(5) * (dice.standard_normal(count)[unit] + 0.8 * dice.standard_normal(len(unit)))
    return Follicles(
        hair=np.arange(1, len(unit) + 1),
        unit=unit + 1,
        root_mm=roots,
        azimuth=azimuth[unit] + turn,
        lift=np.clip(lift, *_LIFT_LIMITS),
        width_um=width,
        fine=fine,
        colour=_colours(habit, fine, stream(seed, "colours")),
    )


def draw_follicles(
    hair: IntArray, unit: IntArray, root_mm: FloatArray, azimuth: FloatArray, habit: Habit, dice: np.random.Generator
) -> Follicles:
    """Follicles of given numbers, places and directions that draw the rest from a scalp's habit."""
    fine, width = _widths(habit, len(hair), dice)
    lift = habit.lift + np.radians(6) * dice.standard_normal(len(hair))
    return Follicles(
        hair, unit, root_mm, azimuth, np.clip(lift, *_LIFT_LIMITS), width, fine, _colours(habit, fine, dice)
    )


def _widths(habit: Habit, count: int, dice: np.random.Generator) -> tuple[NDArray[np.bool_], FloatArray]:
    """Which hairs are fine, and the mean width of each shaft."""
    fine = dice.random(count) < habit.fine_share
    terminal = habit.width_um * np.exp(habit.width_spread * dice.standard_normal(count))
    width = np.where(fine, dice.uniform(*habit.fine_width_um, count), terminal)
    return fine, np.clip(width, *WIDTH_LIMITS_UM)


def _colours(habit: Habit, fine: NDArray[np.bool_], dice: np.random.Generator) -> tuple[str, ...]:
    grey, lighter = dice.random(len(fine)) < habit.grey_share, fine & (dice.random(len(fine)) < 0.6)
    light = _LIGHTER.get(habit.colour, habit.colour)
    return tuple("white" if g else light if paler else habit.colour for g, paler in zip(grey, lighter, strict=True))


def _arrange(
    unit: IntArray, sizes: IntArray, azimuth: FloatArray, width_um: FloatArray, habit: Habit, dice: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Offsets (n, 2) of the roots in their units, mm, and how far each hair turns from its unit's direction.

    Hairs leave the skin in a row, mostly across their direction but often askew, or in a small cluster. Many neighbours
    touch and run side by side; the others fan out, run on alike, or meet and cross.
    """
    count, units = len(unit), len(sizes)
    first = np.concatenate([[True], unit[1:] != unit[:-1]]) if count else np.zeros(0, bool)
    touch = np.where(dice.random(count) < _TOUCHING, dice.uniform(0.9, 1.1, count), np.inf)
    half = width_um / 2000
    mean_gap = half + np.concatenate([[0.0], half[:-1]]) if count else half
    gap = np.minimum(
        touch * mean_gap, np.maximum(habit.opening_mm * np.exp(0.35 * dice.standard_normal(count)), mean_gap)
    )
    across = np.cumsum(np.where(first, 0.0, gap))
    middle = np.bincount(unit, across, units) / sizes if units else across
    across = across - middle[unit]
    cluster = (dice.random(units) < 0.3) & (sizes >= 3)
    along = np.where(cluster[unit], 0.9, 0.12) * habit.opening_mm * dice.standard_normal(count)
    along[first & (sizes[unit] == 1)] = 0.0
    row = azimuth + np.pi / 2 + np.radians(30) * np.clip(dice.standard_normal(units), -2.2, 2.2)
    cos, sin = np.cos(row)[unit], np.sin(row)[unit]
    offsets = np.column_stack([across * cos + along * sin, across * sin - along * cos])
    return offsets, _fan(unit, sizes, across, touch < np.inf, habit, dice)


def _fan(
    unit: IntArray,
    sizes: IntArray,
    across: FloatArray,
    touching: NDArray[np.bool_],
    habit: Habit,
    dice: np.random.Generator,
) -> FloatArray:
    """How far each hair turns from its unit's direction: alike, apart, or towards one another (V and X)."""
    habits = dice.choice(3, len(sizes), p=(0.15, 0.45, 0.4))[unit]
    loose = habit.fan * dice.standard_normal(len(unit))
    outwards = across / max(habit.opening_mm, 1e-6) * np.abs(loose + 1.5 * habit.fan)
    meet = np.arctan2(across, 0.8 * min(habit.length_mm, 1.0)) * dice.uniform(0.4, 1.3, len(unit))
    turn = np.where(habits == 0, 0.8 * loose, np.where(habits == 1, outwards, -meet))
    turn = np.where(touching & (habits == 0), 0.6 * turn, turn)
    turn[sizes[unit] == 1] = 0.0
    return np.clip(turn, -2.5 * habit.fan, 2.5 * habit.fan)


def grow(
    follicles: Follicles,
    habit: Habit,
    seed: int,
    cut: str | int,
    size_mm: tuple[float, float],
    turned: FloatArray | float = 0.0,
) -> tuple[Strand, ...]:
    """Let the hairs of follicles grow; what is not in the skin is drawn from streams named after ``cut``.

    ``turned`` is by how much the hair above the skin was combed away from its follicle, in radians.
    """
    count = len(follicles.hair)
    if not count:
        return ()
    dice = stream(seed, "shafts", cut)
    length, pointed = _lengths(follicles, habit, dice)
    course = _course(follicles, habit, length, dice)
    lines = trace(replace(course, azimuth=course.azimuth + turned), np.asarray(size_mm))
    under_length = habit.under_mm * np.clip(1 + 0.2 * stream(seed, "under", cut).standard_normal(count), 0.4, 1.6)
    under = under_skin(follicles.root_mm, follicles.azimuth, follicles.lift, under_length)
    widths = shaft_widths(lines, follicles.width_um, length, pointed, habit, dice)
    return tuple(
        Strand(
            int(follicles.hair[i]), int(follicles.unit[i]), "fine" if follicles.fine[i] else "terminal",
            follicles.colour[i], lines[i], widths[i], under[i],
        )
        for i in range(count)
    )  # fmt: skip


def _lengths(follicles: Follicles, habit: Habit, dice: np.random.Generator) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Lengths in mm, and which hairs end in a point: fine hair that was not cut."""
    count = len(follicles.hair)
    length = habit.length_mm * np.clip(1 + habit.length_spread * dice.standard_normal(count), 0.4, 2.0)
    stub, softer, short = (
        dice.random(count) < _STUB_SHARE,
        dice.uniform(0.6, 1.05, count),
        dice.uniform(1.0, 6.0, count),
    )
    if habit.length_mm < LONG_MM:
        length = np.where(stub, length * softer / 2, np.where(follicles.fine, length * softer, length))
        return np.maximum(length, 0.08), np.zeros(count, bool)
    return np.where(follicles.fine, np.minimum(short, length), length), follicles.fine


def _course(follicles: Follicles, habit: Habit, length: FloatArray, dice: np.random.Generator) -> Course:
    """Draw the bends and curls; hairs of a unit share half of them."""
    count, (units, unit) = len(follicles.hair), np.unique(follicles.unit, return_inverse=True)

    def shared(columns: int) -> FloatArray:
        of_unit, own = dice.standard_normal((len(units), columns)), dice.standard_normal((count, columns))
        return np.asarray((of_unit[unit] + own) / np.sqrt(2))

    astray = (length > LONG_MM) & (dice.random(count) < _STRAY_SHARE)
    softer = np.where(astray, 2.5, np.where(follicles.fine, 1.6, 1.0))[:, None]
    bend = habit.bend_per_mm * softer * shared(2) * (1.0, 0.5)
    wave = np.stack([
        0.5 * habit.bend_per_mm * softer * dice.standard_normal((count, 2)),
        dice.uniform(0.8, 2.0, (count, 2)) * np.clip(length, 0.5, 6.0)[:, None],
        dice.uniform(0, 2 * np.pi, (count, 2)),
    ], axis=2)  # fmt: skip
    bed = np.where(length > LONG_MM, dice.uniform(0, 0.2, count), 0.0)
    # fewer turns a mm than this and loops shrink to cusps
    many = 3.0 * np.exp(np.clip(0.25 * dice.standard_normal(count), -0.12, 0.6))
    turns = np.sign(shared(1)[:, 0]) * many / max(habit.curl_mm, 1e-6)
    tilt = np.minimum(0.6 * np.abs(shared(1)[:, 0]), 1.1)
    coil = np.column_stack([turns, tilt, 2 * np.pi * dice.random((count, 2))])
    return Course(
        follicles.root_mm, follicles.azimuth, follicles.lift, length, follicles.width_um / 2000, bend, wave,
        habit.gravity_per_mm, bed, habit.curl_mm, coil,
    )  # fmt: skip


def shaft_widths(
    lines: list[FloatArray],
    mean_um: FloatArray,
    length_mm: FloatArray,
    pointed: NDArray[np.bool_],
    habit: Habit,
    dice: np.random.Generator,
) -> list[FloatArray]:
    """Widths at every point of the lines, um: tapering, swelling and thinning about the given means."""
    taper = np.clip(habit.taper + 0.05 * dice.standard_normal(len(lines)), 0.2, 1.0)
    phase, span = dice.uniform(0, 2 * np.pi, (len(lines), 3)), dice.uniform(0.25, 1.2, (len(lines), 3))
    widths = []
    for i, line in enumerate(lines):
        arc = np.concatenate([[0.0], np.cumsum(np.sqrt((np.diff(line, axis=0) ** 2).sum(axis=1)))])
        u = np.minimum(arc / length_mm[i], 1.0)
        shape = 1 - 0.9 * u**3 if pointed[i] else 1 - (1 - taper[i]) * u
        swell = np.sin(arc[:, None] * (2 * np.pi / span[i]) + phase[i]).sum(axis=1) * (habit.unevenness / 1.22)
        shape *= 1 + swell - swell.mean()
        widths.append(mean_um[i] * shape / shape.mean())
    return widths
