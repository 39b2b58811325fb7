"""How follicular units grew or shrank between two visits, from the fates of their hairs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from densitometer.visits.comparison import HairMatch, Values
from densitometer.visits.view import View

_NONE = -1
_Unit = tuple[str, int]


def unit_values(baseline: View, followup: View, matches: Sequence[HairMatch], opening_um: float) -> Values:
    """Change of the mean number of hairs in a unit, and how many units grew and shrank, new and vanished ones too.

    A unit is one of the baseline with the hairs gained within the opening of a hair of it; hairs gained elsewhere form
    units as the follow-up has them. Ambiguous hairs are taken to have stood at both visits.
    """
    stood = [match for match in matches if _unit_of(baseline, match.baseline_hair) != _NONE]
    before = Counter(_home(baseline, match) for match in stood)
    after = Counter(_home(baseline, match) for match in stood if match.fate != "lost")
    roots = np.array([match.baseline_um for match in stood]).reshape(-1, 2)
    for match in matches:
        if match.fate == "gained":
            after[_new_home(baseline, followup, match, stood, roots, opening_um)] += 1
    units = before.keys() | after.keys()
    sizes = [len(before), len(after)]
    if not all(sizes):
        return {"units_grown": _count(before, after, units), "units_shrunk": _count(after, before, units)}
    return {
        "hairs_per_unit_change": after.total() / sizes[1] - before.total() / sizes[0],
        "units_grown": _count(before, after, units),
        "units_shrunk": _count(after, before, units),
    }


def _count(small: Counter[_Unit], large: Counter[_Unit], units: set[_Unit]) -> int:
    return sum(large[unit] > small[unit] for unit in units)


def _unit_of(view: View, hair: int | None) -> int:
    return _NONE if hair is None else int(view.unit[np.searchsorted(view.hair, hair)])


def _home(baseline: View, match: HairMatch) -> _Unit:
    return "baseline", _unit_of(baseline, match.baseline_hair)


def _new_home(
    baseline: View,
    followup: View,
    match: HairMatch,
    stood: Sequence[HairMatch],
    roots: np.ndarray[tuple[int, int], np.dtype[np.float64]],
    opening_um: float,
) -> _Unit:
    """Unit to which a gained hair is reckoned."""
    if len(stood):
        apart = np.linalg.norm(roots - np.array(match.baseline_um), axis=1)
        nearest = int(apart.argmin())
        if apart[nearest] <= opening_um:
            return _home(baseline, stood[nearest])
    unit = _unit_of(followup, match.followup_hair)
    return "followup", unit if unit != _NONE else -(match.followup_hair or 0) - 1
