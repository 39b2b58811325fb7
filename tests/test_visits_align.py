from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from densitometer.settings import AlignSettings
from densitometer.visits.align import align
from densitometer.visits.comparison import Alignment, NotAligned
from densitometer.visits.view import View
from drawn_constellations import SIZE_UM, WIDE_UM, FloatArray, Pose, posed, scalp, seen, view_at

ROOTS = scalp(1)
GRID = np.stack(np.meshgrid(np.linspace(0, SIZE_UM[0], 8), np.linspace(0, SIZE_UM[1], 8)), axis=-1).reshape(-1, 2)


def aligned(baseline: View, followup: View) -> Alignment:
    found = align(baseline, followup)
    assert isinstance(found, Alignment), found
    return found


def refused(baseline: View, followup: View) -> NotAligned:
    found = align(baseline, followup)
    assert isinstance(found, NotAligned)
    assert found.reason.count(". ") == 0
    return found


def errors_um(found: Alignment, before: Pose, after: Pose, on_scalp: FloatArray = ROOTS) -> FloatArray:
    """How far the warp puts places seen in both pictures from where they lie."""
    here, there = before(on_scalp), after(on_scalp)
    both = np.all([(p >= 0) & (p < np.array(SIZE_UM)) for p in (here, there)], axis=0).all(axis=1)
    assert both.sum() > 10
    return np.hypot(*(found.warp.forward(here[both]) - there[both]).T)


def test_a_photograph_lies_exactly_on_itself() -> None:
    view = seen(ROOTS)
    found = aligned(view, view)
    assert np.abs(found.warp.forward(GRID) - GRID).max() < 1
    assert found.rms_um < 1e-3
    assert found.matched == len(view)
    assert found.overlap_cm2 == pytest.approx(view.area_cm2)
    assert found.log_odds > 200


def test_a_pure_shift_is_found_exactly() -> None:
    shift = (2300.0, -1800.0)
    found = aligned(seen(ROOTS), seen(ROOTS, posed(shift)))
    assert np.abs(found.warp.forward(GRID) - (GRID - shift)).max() < 1
    shared = (SIZE_UM[0] - 2300) * (SIZE_UM[1] - 1800) * 1e-8
    assert found.overlap_cm2 == pytest.approx(shared, rel=0.02)


def test_a_half_turn_is_found_exactly() -> None:
    found = aligned(seen(ROOTS), seen(ROOTS, posed(turn_deg=180)))
    assert np.abs(found.warp.forward(GRID) - (np.array(SIZE_UM) - GRID)).max() < 1
    assert abs(found.warp.turn_rad) == pytest.approx(np.pi, abs=1e-3)


@pytest.mark.parametrize("scale", [0.95, 1.05])
def test_scales_may_disagree_by_five_percent(scale: float) -> None:
    after = posed((500, 400), -33, scale)
    found = aligned(seen(ROOTS, error_um=15), seen(ROOTS, after, error_um=15, seed=1))
    assert found.warp.scale_ratio == pytest.approx(scale, abs=0.005)
    assert errors_um(found, posed(), after).max() < 40


@pytest.mark.parametrize("seed", range(6))
def test_roots_are_found_through_loss_gain_misses_and_inventions(seed: int) -> None:
    roots = scalp(seed)
    dice = np.random.default_rng(seed)
    later = np.concatenate([roots[dice.random(len(roots)) > 0.4], scalp(seed + 50, 100)])
    after = posed(tuple(dice.uniform(-1200, 1200, 2)), dice.uniform(-180, 180), dice.uniform(0.97, 1.03))
    before = seen(roots, missed=0.12, invented=0.1, error_um=15, seed=seed)
    found = aligned(before, seen(later, after, missed=0.12, invented=0.1, error_um=15, seed=seed + 1))
    assert np.median(errors_um(found, posed(), after, roots)) < 30


def test_a_smooth_warp_of_the_skin_is_followed() -> None:
    def after(places: FloatArray) -> FloatArray:
        x, y = (places / 3500).T
        bend = 90 * np.column_stack([x * y + 0.5 * x, x**2 - 0.5 * y**2])
        return posed((700, -300), 71)(places + bend)

    found = aligned(seen(ROOTS, error_um=12), seen(ROOTS, after, error_um=12, seed=1))
    wrong = errors_um(found, posed(), after)
    assert np.median(wrong) < 12
    assert wrong.max() < 45
    stiff = replace(found, warp=replace(found.warp, bend=np.zeros_like(found.warp.bend)))
    assert np.median(errors_um(stiff, posed(), after)) > 2 * np.median(wrong)
    back = found.warp.backward(found.warp.forward(GRID))
    assert np.abs(back - GRID).max() < 0.5


def test_scales_that_contradict_each_other_are_refused_with_both() -> None:
    assert aligned(seen(ROOTS), seen(ROOTS, posed(scale=1.05), error_um=10)).warp.scale_ratio == pytest.approx(
        1.05, abs=0.005
    )
    found = refused(seen(ROOTS), seen(ROOTS, posed(scale=1.11), error_um=10, photo="second.jpg"))
    assert "contradict each other by 11%" in found.reason
    assert "second.jpg" in found.reason


def test_a_mirror_image_is_refused_and_named() -> None:
    found = refused(seen(ROOTS), seen(ROOTS, posed(turn_deg=20, mirror=True), error_um=15, photo="second.jpg"))
    assert "mirror" in found.reason
    assert "second.jpg" in found.reason
    assert found.log_odds < 0


def test_roots_much_like_their_own_mirror_image_do_not_pass_mirrored() -> None:
    dice = np.random.default_rng(5)
    half, alone = dice.uniform(-2500, 2500, (6, 2)), dice.uniform(-2500, 2500, (24, 2))
    roots = np.concatenate([half, half * [-1, 1], alone])
    straight = aligned(seen(roots), seen(roots, posed(turn_deg=20), error_um=15))
    assert straight.log_odds > 10
    found = refused(seen(roots), seen(roots, posed(turn_deg=20, mirror=True), error_um=15, photo="second.jpg"))
    assert found.log_odds > 0, "it fits straight as well, or this test shows nothing"
    assert "mirror" in found.reason


@pytest.mark.parametrize("seed", range(8))
def test_another_scalp_is_refused(seed: int) -> None:
    found = refused(seen(scalp(seed)), seen(scalp(seed + 100), photo="second.jpg"))
    assert "second.jpg" in found.reason
    assert "mirror" not in found.reason
    assert found.log_odds < 0


def test_no_overlap_is_refused() -> None:
    found = refused(seen(ROOTS), seen(ROOTS, posed((7500, 0))))
    assert "common skin;" in found.reason


def test_few_hairs_are_named_among_the_reasons() -> None:
    few = view_at(scalp(3)[:9], "few.jpg")
    assert "or too few hairs (9 and " in refused(few, seen(scalp(4))).reason


@pytest.mark.parametrize(("count", "says"), [(0, "no hair roots"), (1, "only 1 hair root;"), (3, "only 3 hair roots")])
def test_too_few_roots_are_refused(count: int, says: str) -> None:
    few = view_at(seen(ROOTS).root_um[:count], "bald.jpg")
    for pair in ((few, seen(ROOTS)), (seen(ROOTS), few)):
        reason = refused(*pair).reason
        assert says in reason
        assert "bald.jpg" in reason


@pytest.mark.parametrize("spread_um", [0.0, 100.0])
def test_roots_on_one_spot_are_no_constellation(spread_um: float) -> None:
    spot = view_at(np.full((8, 2), 3000.0) + spread_um * np.random.default_rng(2).random((8, 2)))
    for pair in ((spot, seen(ROOTS)), (seen(ROOTS), spot), (spot, spot)):
        assert refused(*pair).log_odds != -np.inf


def test_roots_in_one_line_are_aligned_or_refused_without_a_warning() -> None:
    line = view_at(np.column_stack([np.linspace(500, 6500, 20), np.full(20, 2000.0)]))
    assert isinstance(align(line, line), Alignment | NotAligned)


def test_a_view_without_countable_skin_is_refused() -> None:
    view = seen(ROOTS, photo="dark.jpg")
    reason = refused(view, replace(view, usable=np.zeros_like(view.usable))).reason
    assert "dark.jpg" in reason
    assert "no countable skin" in reason


def test_combing_and_thickening_do_not_matter() -> None:
    before, after = seen(ROOTS), seen(ROOTS, posed((300, 200)))
    combed = replace(after, tip_um=after.root_um - 400, width_um=after.width_um * 2)
    assert str(align(before, after)) == str(align(before, combed))


def test_the_order_of_hairs_does_not_matter_and_the_answer_is_the_same_each_time() -> None:
    before, after = seen(ROOTS, error_um=15), seen(ROOTS, posed((900, 200), 100), error_um=15, seed=2)
    found = aligned(before, after)
    assert str(found) == str(align(before, after))
    order = np.random.default_rng(0).permutation(len(before))
    mixed = replace(before, root_um=before.root_um[order], confidence=before.confidence[order])
    assert str(found) == str(align(mixed, after))


def test_marks_help_where_hair_is_sparse() -> None:
    thin = scalp(4, 25)
    marks = np.random.default_rng(1).uniform(-2000, 2000, (4, 2))
    after = posed((500, 300), 50)
    plain = align(seen(thin), seen(thin, after, error_um=15, missed=0.3))
    helped = aligned(seen(thin, marks=marks), seen(thin, after, error_um=15, missed=0.3, marks=marks))
    assert helped.log_odds > plain.log_odds + 10
    assert np.median(errors_um(helped, posed(), after, thin)) < 30


def test_a_wide_view_of_two_thousand_hairs_is_found_too() -> None:
    many = scalp(9, 350, 60_000)
    before, after = posed(size_um=WIDE_UM), posed((7500, -5000), 140, size_um=WIDE_UM)
    views = [
        seen(many, pose, size_um=WIDE_UM, error_um=15, missed=0.3, seed=seed)
        for seed, pose in enumerate((before, after))
    ]
    assert len(views[0]) > 1400
    found = aligned(*views)
    wrong = np.hypot(*(found.warp.forward(before(many)) - after(many)).T)
    assert np.median(wrong[views[0].shows(before(many)) & views[1].shows(after(many))]) < 10


def test_more_evidence_can_be_asked_for() -> None:
    before, after = seen(ROOTS), seen(ROOTS, posed((900, 200), 100), error_um=15)
    usual = aligned(before, after).log_odds
    asked = AlignSettings(least_log_odds=AlignSettings().least_log_odds + usual + 1)
    assert isinstance(align(before, after, asked), NotAligned)
