"""What becomes of every hair of a scalp until the next visit: lost, gained, thinned, thickened, cut, combed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator
from pydantic.dataclasses import dataclass as checked

from densitometer.errors import RenderError
from densitometer.settings.strict import STRICT
from densitometer.synthetic.clippings import LOOSE_FROM, scatter_clippings
from densitometer.synthetic.dice import Range, between, stream
from densitometer.synthetic.growth import (
    Follicles,
    Habit,
    check_number,
    comb_field,
    draw_follicles,
    draw_habit,
    grow,
)
from densitometer.synthetic.limits import Limits
from densitometer.synthetic.strand import WIDTH_LIMITS_UM, Scalp, Strand
from densitometer.synthetic.style import ExtrasStyle, HairStyle, Ranges

FloatArray = NDArray[np.float64]
GAINED_A_VISIT = 100_000
"""New hairs and units of a visit are numbered from here times its number: no number is ever used again."""
_MOST_VISITS = LOOSE_FROM // GAINED_A_VISIT
_NEW_UNIT_SHARE, _FULL_UNIT, _DARTS = 0.5, 5, 40


@checked(frozen=True, config=STRICT)
class Change(Ranges):
    """What happens between two visits; shares are of the hairs that the first visit shows (loose pieces left out).

    Attributes
    ----------
    lost_share, gained_share : float
        Hairs that are gone at the second visit, and new ones. Counts are exact: the share times the hairs, rounded.
    thinned_share, thickened_share : float
        Hairs that stay and grow thinner or thicker.
    width_change_um : Range
        By how much.
    recut_mm : Range or None
        New length if the hair was cut again, or has grown out.
    recomb_deg : Range
        How far the hair's usual direction above the skin turns.
    comb_spread_deg : Range
        How far units turn besides, each by itself (standard deviation).
    """

    limits: ClassVar[dict[str, Limits]] = {"recomb_deg": Limits(-180.0, 180.0)}

    lost_share: float = 0.0
    gained_share: float = 0.0
    thinned_share: float = 0.0
    thickened_share: float = 0.0
    width_change_um: Range = (8.0, 20.0)
    recut_mm: Range | None = None
    recomb_deg: Range = (0.0, 0.0)
    comb_spread_deg: Range = (0.0, 0.0)

    @model_validator(mode="after")
    def _check_change(self) -> Self:
        gone = self.lost_share + self.thinned_share + self.thickened_share
        if gone > 1:
            raise ValueError(f"lost, thinned and thickened shares add up to {gone:g}; together they can be 1 at most")
        if self.width_change_um[1] > 100:
            raise ValueError(f"width_change_um reaches {self.width_change_um[1]:g}; hair changes by up to 100")
        if self.recut_mm is not None and self.recut_mm[0] <= 0:
            raise ValueError("recut_mm must lie above 0")
        if not 0 <= self.comb_spread_deg[0] <= self.comb_spread_deg[1] <= 90:
            raise ValueError("comb_spread_deg lies between 0 and 90")
        return self

    @property
    def regrows(self) -> bool:
        """Whether the shafts that stay take another course."""
        return self.recut_mm is not None or any(self.recomb_deg) or any(self.comb_spread_deg)


@dataclass(frozen=True)
class Fate:
    """What became of a hair, and the true change of its mean width in um (0 for a hair lost or gained)."""

    fate: Literal["persisting", "lost", "gained"]
    width_change_um: float = 0.0


def change_scalp(
    scalp: Scalp, hair: HairStyle, change: Change, seed: int, visit: int, extras: ExtrasStyle | None = None
) -> tuple[Scalp, dict[int, Fate]]:
    """Let time pass over a scalp.

    Hairs that stay keep their number, unit, root and shaft under the skin. They keep their course too, unless they were
    cut or combed. Loose pieces of the first visit are gone; new ones lie there if ``extras`` is given.

    Parameters
    ----------
    scalp : Scalp
        The scalp at the visit before.
    hair : HairStyle
        The style that it was grown in.
    change : Change
        What happens.
    seed, visit : int
        Seed of the change, and number of the second visit (1 or more).
    extras : ExtrasStyle, optional
        How many loose pieces lie there now.

    Returns
    -------
    Scalp, dict of int to Fate
        The scalp now, and the fate of every hair of either visit by its number.

    Raises
    ------
    RenderError
        A seed or visit that makes no sense, or more hair than can be drawn.
    """
    if seed < 0 or not 1 <= visit < _MOST_VISITS:
        raise RenderError(f"seed {seed} must be 0 or more and visit {visit} 1 to {_MOST_VISITS - 1}")
    before = [strand for strand in scalp.strands if strand.kind != "loose"]
    lost, width_change = _chances(before, change, stream(seed, "fates", visit))
    habit = draw_habit(hair, scalp.seed)
    if change.recut_mm is not None:
        habit = replace(habit, length_mm=between(stream(seed, "recut", visit), change.recut_mm))
    widened = [_widen(strand, more) for strand, more in zip(before, width_change, strict=True)]
    turn = float(np.radians(between(stream(seed, "recomb", visit), change.recomb_deg)))
    stay = _regrow(scalp, widened, habit, change, seed, visit, turn) if change.regrows else widened
    stay = [strand for strand, gone in zip(stay, lost, strict=True) if not gone]
    gained = round(change.gained_share * len(before))
    check_number(len(stay) + gained)
    new = _gain(scalp, before, gained, habit, seed, visit, turn)
    fates = {
        strand.hair: Fate("lost") if gone else Fate("persisting", float(more))
        for strand, gone, more in zip(before, lost, width_change, strict=True)
    }
    fates |= {strand.hair: Fate("gained") for strand in new}
    loose = scatter_clippings(extras, habit.colour, habit.width_um, scalp.seed, scalp.size_mm, visit) if extras else ()
    return replace(scalp, strands=(*stay, *new, *loose)), fates


def _chances(before: list[Strand], change: Change, dice: np.random.Generator) -> tuple[NDArray[np.bool_], FloatArray]:
    """Which hairs are lost, and by how much the mean width of each changes; exact numbers of each fate."""
    count = len(before)
    order = dice.permutation(count)
    shares = (change.lost_share, change.thinned_share, change.thickened_share)
    gone, thin, thick = np.cumsum([round(share * count) for share in shares])
    sense = np.zeros(count)
    sense[order[gone:thin]], sense[order[thin:thick]] = -1, 1
    width = np.array([strand.width_um for strand in before])
    wanted = width + sense * dice.uniform(*change.width_change_um, count)
    limits = np.minimum(width, WIDTH_LIMITS_UM[0]), np.maximum(width, WIDTH_LIMITS_UM[1])
    lost = np.zeros(count, bool)
    lost[order[:gone]] = True
    return lost, np.where(lost | (sense == 0), 0.0, np.clip(wanted, *limits) - width)


def _widen(strand: Strand, more_um: float) -> Strand:
    """Scale a shaft's widths so that their mean changes by so much."""
    return replace(strand, widths_um=strand.widths_um * (1 + more_um / strand.width_um)) if more_um else strand


def _regrow(
    scalp: Scalp, strands: list[Strand], habit: Habit, change: Change, seed: int, visit: int, turn: float
) -> list[Strand]:
    """Let hairs that were cut or combed take a new course from the same follicles."""
    if not strands:
        return []
    follicles = _follicles_of(strands)
    spread = np.radians(between(stream(seed, "recomb spread", visit), change.comb_spread_deg))
    units, unit = np.unique(follicles.unit, return_inverse=True)
    own = stream(seed, "recomb units", visit).standard_normal(len(units))
    grown = grow(follicles, habit, seed, f"visit {visit}", scalp.size_mm, turn + spread * own[unit])
    return [replace(new, under_mm=old.under_mm) for old, new in zip(strands, grown, strict=True)]


def _follicles_of(strands: list[Strand]) -> Follicles:
    """Read back what is in the skin: roots, directions and widths of the hairs as they stand."""
    under = np.array([strand.under_mm[0] - strand.under_mm[1] for strand in strands])
    return Follicles(
        hair=np.array([strand.hair for strand in strands]),
        unit=np.array([strand.unit for strand in strands]),
        root_mm=np.array([strand.root_mm for strand in strands]),
        azimuth=np.arctan2(under[:, 1], under[:, 0]),
        lift=np.array([_lift(strand) for strand in strands]),
        width_um=np.array([strand.width_um for strand in strands]),
        fine=np.array([strand.kind == "fine" for strand in strands]),
        colour=tuple(strand.colour for strand in strands),
    )


def _lift(strand: Strand) -> float:
    """Angle above the skin at the root."""
    first = strand.points_mm[1] - strand.points_mm[0]
    return float(np.arctan2(first[2], np.hypot(first[0], first[1])))


def _gain(
    scalp: Scalp, before: list[Strand], count: int, habit: Habit, seed: int, visit: int, turn: float
) -> tuple[Strand, ...]:
    """Grow new hairs: half beside others in their units, half from openings that stood empty."""
    if not count:
        return ()
    dice = stream(seed, "gained", visit)
    roots = np.array([strand.root_mm for strand in before])
    units = np.array([strand.unit for strand in before])
    azimuth = np.array([np.arctan2(*(strand.under_mm[0] - strand.under_mm[1])[1::-1]) for strand in before])
    sizes = Counter(units.tolist())
    own_number = first = visit * GAINED_A_VISIT + 1
    places, numbers, directions = [], [], []
    for _ in range(count):
        beside = int(dice.integers(len(before)))
        if dice.random() < _NEW_UNIT_SHARE or sizes[int(units[beside])] >= _FULL_UNIT:
            at, number = _empty_place(roots, scalp.size_mm, dice), own_number
            towards = float(comb_field(habit, at[None], scalp.size_mm)[0] + habit.comb_spread * dice.standard_normal())
            own_number += 1
        else:
            number = int(units[beside])
            at, towards = _place_beside(roots, beside, azimuth[beside], habit, scalp.size_mm, dice)
            sizes[number] += 1
        roots = np.vstack([roots, at])
        places.append(at)
        numbers.append(number)
        directions.append(towards)
    follicles = draw_follicles(
        np.arange(first, first + count), np.array(numbers), np.array(places), np.array(directions), habit, dice
    )
    return grow(follicles, habit, seed, f"gained {visit}", scalp.size_mm, turn)


def _empty_place(roots: FloatArray, size_mm: tuple[float, float], dice: np.random.Generator) -> FloatArray:
    """Take, of some places at random, one far from every hair: between openings, where one may have stood empty."""
    darts = dice.random((_DARTS, 2)) * size_mm
    nearest = np.linalg.norm(darts[:, None] - roots, axis=2).min(axis=1)
    return np.asarray(darts[np.argsort(nearest)[-1 - int(dice.integers(_DARTS // 4))]])


def _place_beside(
    roots: FloatArray,
    beside: int,
    azimuth: float,
    habit: Habit,
    size_mm: tuple[float, float],
    dice: np.random.Generator,
) -> tuple[FloatArray, float]:
    """Place and direction of a new hair in the unit of another, where it has most room around that one."""
    angle = azimuth + np.pi / 2 + np.pi * np.arange(2) + np.radians(30) * dice.standard_normal(2)
    gap = habit.opening_mm * np.exp(0.2 * dice.standard_normal())
    tries = np.clip(roots[beside] + gap * np.column_stack([np.cos(angle), np.sin(angle)]), 0, size_mm)
    room = np.linalg.norm(tries[:, None] - roots, axis=2).min(axis=1)
    return np.asarray(tries[room.argmax()]), float(azimuth + 0.5 * habit.fan * dice.standard_normal())
