from __future__ import annotations

import numpy as np

from densitometer.visits.compare import compare_views
from drawn_matches import lattice, view, without

ROOTS = lattice(9, 7) + np.random.default_rng(8).uniform(-150.0, 150.0, (63, 2))


def test_one_photograph_compared_with_itself() -> None:
    one = view(ROOTS)
    comparison = compare_views(one, one)
    assert comparison.comparable
    assert comparison.reason == ""
    assert len(comparison.matches) == len(ROOTS)
    assert comparison.values["change_per_cm2"] == 0
    assert comparison.values["width_change_um"] == 0
    assert "verdict" not in comparison.values


def test_lost_hairs_are_found_after_a_shift_and_a_turn() -> None:
    whole = view(ROOTS, angle_deg=30.0)
    turn = np.deg2rad(12.0)
    by = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    moved = view((ROOTS - 2800.0) @ by.T + 2900.0, angle_deg=42.0)
    comparison = compare_views(whole, without(moved, 30, 31, 32))
    assert comparison.comparable
    gone = {match.baseline_hair for match in comparison.matches if match.followup_hair is None}
    assert gone == {31, 32, 33}
    assert float(comparison.values["change_per_cm2"] or 0) < 0


def test_another_place_gets_a_reason_and_no_numbers() -> None:
    other = np.random.default_rng(5).uniform(500.0, 4500.0, (60, 2))
    comparison = compare_views(view(ROOTS), view(other))
    assert not comparison.comparable
    assert comparison.reason
    assert comparison.matches == ()
    assert "change_per_cm2" not in comparison.values


def test_view_without_hair_cannot_be_compared() -> None:
    assert not compare_views(view(ROOTS), view(np.zeros((0, 2)))).comparable


def test_same_views_give_the_same_comparison() -> None:
    one, other = view(ROOTS), without(view(ROOTS + 5.0), 3)
    assert compare_views(one, other).matches == compare_views(one, other).matches
