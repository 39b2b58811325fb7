from __future__ import annotations

import numpy as np
import pytest

from densitometer.settings import ChangeSettings
from densitometer.visits.change import change_values, verdict_of
from densitometer.visits.comparison import Fate, HairMatch, Values
from densitometer.visits.match import match_hairs_of
from densitometer.visits.warp import Warp
from drawn_matches import laid, lattice, view, without

ROOTS = lattice()
EXACT = ChangeSettings(found_share=1.0, unit_spread=1.0, match_error_share=0.0, width_error_um=0.0)


def match(
    before: int | None, after: int | None, fate: Fate, probability: float, width_change_um: float | None = None
) -> HairMatch:
    place = tuple(ROOTS[(before or after or 1) - 1])
    return HairMatch(before, after, fate, probability, width_change_um, place, place)


def persisting(count: int, widths: float | None = None) -> list[HairMatch]:
    return [match(k, k, "persisting", 1.0, widths) for k in range(1, count + 1)]


def test_identical_views_have_not_changed_at_all() -> None:
    one = view(ROOTS)
    values = change_values(one, one, laid(), match_hairs_of(one, one, laid()))
    for name in ("change_per_cm2", "change_percent", "width_change_um", "hairs_per_unit_change"):
        assert values[name] == 0
    assert (values["lost"], values["gained"], values["ambiguous"]) == (0, 0, 0)
    assert values["baseline_per_cm2"] == values["followup_per_cm2"] == len(ROOTS) / 0.3
    assert (values["units_grown"], values["units_shrunk"]) == (0, 0)
    assert values["plain_change_per_cm2"] == 0


def test_how_the_views_were_laid_stands_beside_the_change() -> None:
    turn = np.array([[0.0, 1.02, 0.0], [-1.02, 0.0, 0.0]])  # a quarter turn anticlockwise on screen, y running down
    values = change_values(view(ROOTS), view(ROOTS), laid(0.5, Warp(turn)), persisting(3))
    assert (values["overlap_cm2"], values["alignment_rms_um"], values["matched_roots"]) == (0.5, 5.0, 40)
    assert values["alignment_log_odds"] == 50.0
    assert (values["turn_deg"], values["scale_ratio"]) == (pytest.approx(90.0), pytest.approx(1.02))


def test_change_is_gained_less_lost_by_their_probabilities() -> None:
    matches = [
        *persisting(10),
        match(11, None, "lost", 0.9),
        match(12, None, "ambiguous", 0.2),
        match(None, 13, "gained", 0.8),
    ]
    values = change_values(view(ROOTS), view(ROOTS), laid(0.5), matches, EXACT)
    change = 0.8 - 0.9 - 0.2
    assert values["change_per_cm2"] == pytest.approx(change / 0.5)
    assert values["baseline_per_cm2"] == pytest.approx((10 + 0.97 + 0.97 + 0.17) / 0.5)
    assert values["followup_per_cm2"] == pytest.approx(values["baseline_per_cm2"] + change / 0.5)
    assert values["change_percent"] == pytest.approx(100 * change / (10 + 0.97 + 0.97 + 0.17))
    half = 1.959964 * (0.9 * 0.1 + 0.2 * 0.8 + 0.8 * 0.2) ** 0.5
    assert values["change_low_per_cm2"] == pytest.approx((change - half) / 0.5)
    assert values["change_high_per_cm2"] == pytest.approx((change + half) / 0.5)
    assert [values[fate] for fate in ("persisting", "lost", "gained", "ambiguous")] == [10, 1, 1, 1]


def test_changes_never_found_are_made_up_for() -> None:
    matches = [*persisting(10), match(11, None, "lost", 1.0)]
    settings = ChangeSettings(found_share=0.8, match_error_share=0.0)
    values = change_values(view(ROOTS), view(ROOTS), laid(1.0), matches, settings)
    assert values["change_per_cm2"] == pytest.approx(-1.25)


def test_width_change_is_the_mean_of_paired_hairs_without_outliers() -> None:
    changes = [-4.0, -3.0, -5.0, -4.5, -3.5, 40.0]
    matches = [match(k, k, "persisting", 1.0, change) for k, change in enumerate(changes, start=1)]
    values = change_values(view(ROOTS), view(ROOTS), laid(), matches, EXACT)
    half = 2.776445 * np.std(changes[:5], ddof=1) / 5**0.5
    assert values["width_pairs"] == 6
    assert values["width_change_um"] == pytest.approx(-4.0)
    assert values["width_change_low_um"] == pytest.approx(-4.0 - half)
    assert values["width_change_high_um"] == pytest.approx(-4.0 + half)


def test_few_measured_widths_give_no_width_change() -> None:
    values = change_values(view(ROOTS), view(ROOTS), laid(), persisting(4, widths=-3.0))
    assert values["width_pairs"] == 4
    assert "width_change_um" not in values


def test_units_grow_by_hairs_gained_beside_them_and_shrink_by_those_lost() -> None:
    beside = HairMatch(None, 47, "gained", 0.9, None, tuple(ROOTS[0] + 40.0), tuple(ROOTS[0] + 40.0))
    elsewhere = HairMatch(None, 48, "gained", 0.9, None, (300.0, 4700.0), (300.0, 4700.0))
    matches = [*persisting(9), match(10, None, "lost", 0.9), beside, elsewhere]
    values = change_values(view(ROOTS), view(ROOTS), laid(), matches)
    assert (values["units_grown"], values["units_shrunk"]) == (2, 1)
    assert values["hairs_per_unit_change"] == pytest.approx(11 / 10 - 1)


def test_no_hair_at_all() -> None:
    none = view(np.zeros((0, 2)))
    values = change_values(none, none, laid(), ())
    assert values["change_per_cm2"] == 0
    assert values["baseline_per_cm2"] == 0
    assert values["change_percent"] is None


def test_no_common_field_gives_no_densities() -> None:
    values = change_values(view(ROOTS), view(ROOTS), laid(0.0), ())
    assert "change_per_cm2" not in values
    assert verdict_of(values, 5.0) == "not_comparable"


def said(change: float, low: float, high: float) -> Values:
    return {"change_per_cm2": change, "change_low_per_cm2": low, "change_high_per_cm2": high}


@pytest.mark.parametrize(
    ("values", "mdc95", "verdict"),
    [
        (said(12.0, 4.0, 20.0), 8.0, "increase"),
        (said(-12.0, -20.0, -4.0), 8.0, "decrease"),
        (said(12.0, 4.0, 20.0), 12.0, "within_error"),
        (said(12.0, -1.0, 25.0), 8.0, "within_error"),
        (said(-12.0, -25.0, 0.0), 8.0, "within_error"),
        (said(0.0, -1.0, 1.0), 8.0, "within_error"),
        (said(12.0, 4.0, 20.0), None, "not_comparable"),
        ({}, 8.0, "not_comparable"),
        ({"change_per_cm2": None, "change_low_per_cm2": None, "change_high_per_cm2": None}, 8.0, "not_comparable"),
    ],
)
def test_verdict(values: Values, mdc95: float | None, verdict: str) -> None:
    assert verdict_of(values, mdc95) == verdict


def test_lost_hairs_show_in_numbers() -> None:
    whole = view(ROOTS)
    followup = without(whole, *range(0, 20))
    values = change_values(whole, followup, laid(), match_hairs_of(whole, followup, laid()))
    assert values["lost"] == 20
    assert float(values["change_high_per_cm2"] or 0) < -10 / 0.3
    assert verdict_of(values, 5.0) == "decrease"
