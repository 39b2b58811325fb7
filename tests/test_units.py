"""Follicular units: hairs that share an opening."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from densitometer.hairs import Hair
from densitometer.settings import UnitSettings
from densitometer.units import form_units

REACH_PX = UnitSettings().opening_um / 5.0


def hair(x: float, y: float = 0.0, *, counted: bool = True) -> Hair:
    return Hair(np.array([[x, y], [x + 400.0, y]]), np.full(2, 10.0), 0.9, 0.9, counted=counted)


def units(hairs: Sequence[Hair], um_per_px: float = 5.0) -> list[int | None]:
    return [one.unit for one in form_units(hairs, um_per_px)]


def test_hairs_within_reach_share_a_unit() -> None:
    assert units([hair(0), hair(0.98 * REACH_PX), hair(3 * REACH_PX)]) == [1, 1, 2]
    assert units([hair(0), hair(1.02 * REACH_PX)]) == [1, 2]


def test_reach_is_in_micrometres() -> None:
    pair = [hair(0), hair(1.5 * REACH_PX)]
    assert units(pair, 5.0) == [1, 2]
    assert units(pair, 2.5) == [1, 1]


def test_hairs_share_a_unit_through_others() -> None:
    chain = [hair(0.9 * REACH_PX * k) for k in (0, 4, 2, 3, 1)]
    assert units(chain) == [1] * 5


def test_units_are_numbered_in_the_order_of_their_first_hair() -> None:
    assert units([hair(9 * REACH_PX), hair(0), hair(9.5 * REACH_PX), hair(5 * REACH_PX)]) == [1, 2, 1, 3]


def test_hairs_that_do_not_count_have_no_unit_and_join_none() -> None:
    hairs = [hair(0), hair(0.9 * REACH_PX, counted=False), hair(1.8 * REACH_PX)]
    assert units(hairs) == [1, None, 2]
    assert units([hair(0, counted=False)]) == [None]


def test_few_hairs() -> None:
    assert form_units([], 5.0) == ()
    assert units([hair(3)]) == [1]


def test_only_the_root_tells() -> None:
    one, other = hair(0), hair(5 * REACH_PX)
    tips_meet = Hair(other.points_px[::-1] * [0, 1] + [[5 * REACH_PX, 0], [400, 0]], other.widths_px, 0.9, 0.9)
    assert units([one, tips_meet]) == [1, 2]


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), min_size=1, max_size=14))
def test_units_are_the_connected_groups(roots: list[tuple[int, int]]) -> None:
    found = units([hair(float(x), float(y)) for x, y in roots])
    group = list(range(len(roots)))
    for i, one in enumerate(roots):
        for j, other in enumerate(roots):
            if np.hypot(one[0] - other[0], one[1] - other[1]) <= REACH_PX:
                group = [group[i] if g == group[j] else g for g in group]
    assert len(set(found)) == len(set(group))
    same = [[a == b for b in group] for a in group]
    assert [[a == b for b in found] for a in found] == same
    firsts = [found.index(unit) for unit in sorted(set(found))]  # type: ignore[type-var]
    assert firsts == sorted(firsts)


@pytest.mark.parametrize("field", ["points_px", "widths_px", "confidence", "flags", "counted"])
def test_nothing_else_changes(field: str) -> None:
    before = (hair(0), hair(10), hair(900, counted=False))
    for old, new in zip(before, form_units(before, 5.0), strict=True):
        assert np.all(getattr(old, field) == getattr(new, field))
