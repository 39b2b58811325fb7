"""The scores of comparisons, on small made-up scalps and comparisons whose answers are known."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "benchmarks"))

import change  # noqa: E402
import change_alignment  # noqa: E402
import change_compare  # noqa: E402
import change_disturbed  # noqa: E402
import change_figures  # noqa: E402
import change_more_tables  # noqa: E402
import change_pairs  # noqa: E402
import change_real  # noqa: E402
import change_tables  # noqa: E402
import change_trial  # noqa: E402
import real  # noqa: E402
from change_scores import PairOutcome, score_pair, tally_fates  # noqa: E402
from change_truth import TruePair, in_photograph, on_scalp, true_pair  # noqa: E402
from densitometer.field import Field  # noqa: E402
from densitometer.synthetic.scene import Scene  # noqa: E402
from densitometer.synthetic.truth import TrueHair, Truth  # noqa: E402
from densitometer.visits.comparison import Alignment, Comparison, HairMatch  # noqa: E402
from densitometer.visits.view import GRID_UM, View  # noqa: E402
from densitometer.visits.warp import Warp  # noqa: E402

UM_PER_PX = 5.0
SIZE_PX = (400, 300)
SHIFT_PX = 100.0
AREA_CM2 = (SIZE_PX[0] - SHIFT_PX) * SIZE_PX[1] * (UM_PER_PX * 1e-4) ** 2


def homography(shift_px: float) -> np.ndarray:
    """A camera that looks straight down, moved to the right by so many pixels."""
    scale = 1000 / UM_PER_PX
    return np.array([[scale, 0.0, -shift_px], [0.0, scale, 0.0], [0.0, 0.0, 1.0]])


def scene(roots_px: dict[int, tuple[float, float]], shift_px: float = 0.0, **more: float) -> Scene:
    """A photograph of hairs given by number and place in the first photograph's pixels."""
    hairs = []
    for number, (x, y) in roots_px.items():
        line = np.column_stack([np.full(5, x - shift_px), np.linspace(y, y + 60, 5)])
        inside = 0 <= line[0, 0] < SIZE_PX[0] and 0 <= line[0, 1] < SIZE_PX[1]
        width, seen = more.get("width_um", 60.0), 0.0 if number == more.get("hidden") else 1.0
        root_mm = np.array([x, y]) * UM_PER_PX / 1000
        if inside:
            hairs.append(
                TrueHair(number, number, "terminal", "black", line, np.full(5, width), root_mm, 0.3, seen, inside)
            )
    area = SIZE_PX[0] * SIZE_PX[1] * (UM_PER_PX * 1e-4) ** 2
    truth = Truth("trimmed_70x", 7, 0, UM_PER_PX, SIZE_PX, area, tuple(hairs), homography(shift_px))
    height, width_px = SIZE_PX[1], SIZE_PX[0]
    return Scene(
        np.zeros((height, width_px, 3), np.uint8), b"", np.zeros((height, width_px), np.float32),
        np.ones((height, width_px), bool), truth,
    )  # fmt: skip


BEFORE = {1: (150.0, 50.0), 2: (250.0, 60.0), 3: (350.0, 100.0), 4: (150.0, 180.0), 5: (30.0, 50.0)}
AFTER = {1: (150.0, 50.0), 2: (250.0, 60.0), 3: (350.0, 100.0), 6: (300.0, 200.0), 7: (350.0, 230.0), 8: (470.0, 50.0)}


def pair(**more: float) -> TruePair:
    """Hairs 1 to 3 stay, 4 is lost, 6 and 7 are gained; 5 and 8 lie outside one of the two fields."""
    return true_pair(scene(BEFORE), scene(AFTER, SHIFT_PX, **more))


def match(
    before: int | None, after: int | None, fate: str, at_px: tuple[float, float], chance: float = 0.9
) -> HairMatch:
    here = (at_px[0] * UM_PER_PX, at_px[1] * UM_PER_PX)
    return HairMatch(before, after, fate, chance, None, here, (here[0] - SHIFT_PX * UM_PER_PX, here[1]))  # type: ignore[arg-type]


RIGHT = (
    *(match(n, n, "persisting", BEFORE[n]) for n in (1, 2, 3)),
    match(4, None, "lost", BEFORE[4]),
    *(match(None, n, "gained", AFTER[n]) for n in (6, 7)),
)


def view(roots_px: list[tuple[float, float]], name: str = "a") -> View:
    roots = np.array(roots_px, float).reshape(-1, 2) * UM_PER_PX
    n = len(roots)
    cells = int(SIZE_PX[1] * UM_PER_PX / GRID_UM), int(SIZE_PX[0] * UM_PER_PX / GRID_UM)
    return View(
        photo=name, um_per_px=UM_PER_PX, hair=np.arange(1, n + 1), root_um=roots, tip_um=roots + [0.0, 300.0],
        width_um=np.full(n, 60.0), estimated=np.zeros(n, bool), confidence=np.full(n, 0.9),
        root_confidence=np.full(n, 0.9), counted=np.ones(n, bool),
        unit=np.full(n, -1), usable=np.ones(cells, bool), marks_um=np.empty((0, 3)),
    )  # fmt: skip


def shifted(by_um: float) -> Alignment:
    return Alignment(Warp(np.array([[1.0, 0.0, by_um], [0.0, 1.0, 0.0]])), 5.0, 5, AREA_CM2, 30.0)


def outcome(comparison: Comparison, verdict: str = "increase", truth: TruePair | None = None) -> PairOutcome:
    views = view(list(BEFORE.values())), view([(x - SHIFT_PX, y) for x, y in AFTER.values()])
    area = SIZE_PX[0] * SIZE_PX[1] * (UM_PER_PX * 1e-4) ** 2
    whole = {"density_per_cm2": 5 / area, "redness_a": 10.0}, {"density_per_cm2": 6 / area, "redness_a": 12.5}
    return score_pair("gain", truth or pair(), views, whole, comparison, verdict)


def compared(by_um: float = -SHIFT_PX * UM_PER_PX, change: float = 1.0, half: float = 1.5) -> Comparison:
    values = {
        "change_per_cm2": change / AREA_CM2,
        "change_low_per_cm2": (change - half) / AREA_CM2,
        "change_high_per_cm2": (change + half) / AREA_CM2,
        "baseline_per_cm2": 4 / AREA_CM2,
        "mdc95_per_cm2": 1 / AREA_CM2,
    }
    return Comparison(True, "", shifted(by_um), RIGHT, values)


def test_truth_of_a_pair_is_that_of_the_common_skin() -> None:
    truth = pair(width_um=66.0)
    assert (truth.count, truth.change) == (4, 1)
    assert truth.overlap == pytest.approx(0.75, abs=0.01)
    assert truth.area_cm2 == pytest.approx(AREA_CM2, rel=0.01)
    assert truth.width_change_mean_um == pytest.approx(6.0)
    places = np.array([[10.0, 20.0], [300.0, 7.0]])
    assert np.allclose(in_photograph(truth.followup, on_scalp(truth.baseline, places)), places - [SHIFT_PX, 0])


def test_a_right_comparison_scores_right() -> None:
    one = outcome(compared())
    assert one.aligned and not one.misplaced
    assert one.apart_um == pytest.approx(0, abs=1e-6)
    assert one.error == pytest.approx(0, abs=0.01)
    assert one.held == 1
    assert one.redness_change == 2.5


def test_an_alignment_is_wrong_from_60_um_off() -> None:
    assert outcome(compared(-SHIFT_PX * UM_PER_PX + 59)).aligned
    wrong = outcome(compared(-SHIFT_PX * UM_PER_PX + 61))
    assert wrong.misplaced and not wrong.aligned


def test_a_pair_that_is_refused_has_no_error_and_is_not_misplaced() -> None:
    refused = outcome(Comparison(False, "They show different skin"))
    assert not refused.aligned and not refused.misplaced
    assert np.isnan(refused.error)
    assert refused.verdict == "not_comparable"
    row = change_tables.error_row("all", [refused])
    assert row[1:5] == ["4", "0 of 1", "0", "–"]


def test_peers_count_twice_and_subtract_densities() -> None:
    one = outcome(compared())
    # 4 hairs of the baseline and 5 of the follow-up lie on the common skin; the whole photographs hold 5 and 6
    assert one.recount == 1 and one.recount_error == 0
    assert one.plain == pytest.approx(0.75, abs=0.01)
    assert one.plain_error == pytest.approx((0.75 - 1) / 4, abs=0.01)


def test_error_is_relative_to_the_true_baseline() -> None:
    one = outcome(compared(change=2.0, half=0.5))
    assert one.error == pytest.approx(1 / 4, abs=0.01)
    assert one.held == 0


def test_all_right_fates() -> None:
    tally = tally_fates(RIGHT, pair())
    assert tally.named == tally.right == tally.true == tally.recalled == {"persisting": 3, "lost": 1, "gained": 2}
    assert tally.kept.all() and len(tally.kept) == 6


def test_a_hair_missed_and_called_lost_is_wrong_and_told_as_missed() -> None:
    rows = (match(1, None, "lost", BEFORE[1]), *RIGHT[1:])
    tally = tally_fates(rows, pair())
    assert (tally.named["lost"], tally.right["lost"], tally.missed) == (2, 1, 1)
    assert (tally.true["persisting"], tally.recalled["persisting"]) == (3, 2)


def test_an_invention_is_wrong_but_stands_nowhere_in_both() -> None:
    tally = tally_fates((*RIGHT, match(9, None, "lost", (200.0, 250.0))), pair())
    assert (tally.named["lost"], tally.right["lost"], tally.missed) == (2, 1, 0)


def test_a_pair_of_two_different_hairs_is_no_persisting_hair() -> None:
    here, there = np.array(BEFORE[1]) * UM_PER_PX, (np.array(BEFORE[3]) - [SHIFT_PX, 0]) * UM_PER_PX
    wrong = HairMatch(1, 3, "persisting", 0.9, None, tuple(here), tuple(there))  # type: ignore[arg-type]
    tally = tally_fates((wrong,), pair())
    assert (tally.named["persisting"], tally.right["persisting"]) == (1, 0)


def test_what_lies_outside_the_common_field_or_is_hidden_is_left_out() -> None:
    outside = tally_fates((*RIGHT, match(5, None, "lost", BEFORE[5])), pair())
    assert outside.named["lost"] == 1
    hidden = tally_fates(RIGHT, true_pair(scene(BEFORE, hidden=4), scene(AFTER, SHIFT_PX)))
    assert hidden.named["lost"] == hidden.true["lost"] == 0


def test_a_hair_left_open_counts_as_open_and_its_probability_as_that_of_a_change() -> None:
    rows = (match(1, None, "ambiguous", BEFORE[1], 0.2), match(4, None, "ambiguous", BEFORE[4], 0.3))
    tally = tally_fates(rows, pair())
    assert (tally.ambiguous, tally.ambiguous_changed) == (2, 1)
    assert tally.kept.tolist() == [False, True]
    assert tally.recalled["lost"] == 0


def test_no_hairs_at_all() -> None:
    empty = true_pair(scene({}), scene({}))
    assert tally_fates((), empty).named["lost"] == 0
    assert np.isnan(outcome(Comparison(True, "", shifted(0.0)), truth=empty).error)


def test_wilson_and_means() -> None:
    low, high = change_figures.wilson(98, 100)
    assert (low, high) == (pytest.approx(0.930, abs=0.001), pytest.approx(0.994, abs=0.001))
    assert change_figures.wilson(100, 100)[1] == 1.0
    assert np.isnan(change_figures.wilson(0, 0)[0])
    mean, low, high = change_figures.mean_interval([1.0, 2.0, 3.0, np.nan])
    assert (mean, low, high) == (2.0, pytest.approx(2 - 2.484, abs=1e-3), pytest.approx(2 + 2.484, abs=1e-3))


def test_courses_are_drawn_for_every_trimmed_style_and_seeds_do_not_meet() -> None:
    names = change_pairs.trimmed_styles()
    assert "trimmed_70x" in names and "untrimmed_crossing" not in names and "clipped_wide" not in names
    assert all(change_pairs.style_of(name).camera.um_per_px[1] <= 7 for name in names)
    seeds = [
        change_pairs.seed_of("choose", course, name, at)
        for course in change_pairs.COURSES
        for name in names
        for at in range(20)
    ]
    assert len(set(seeds)) == len(seeds)
    assert all(800_000 <= seed < 850_000 for seed in seeds)
    for course in change_pairs.COURSES.values():
        visits = course.draw(change_pairs.style_of("trimmed_70x"), 1)
        assert max(max(i, j) for _, i, j in course.pairs) < len(visits)
    quiet = change_pairs.quiet(change_pairs.style_of("blond"), 3)
    assert not any(v.change and (v.change.lost_share or v.change.gained_share) for v in quiet)


def test_the_trial_grows_28_per_cent() -> None:
    visits = change_trial.visits_of(change_pairs.style_of("trimmed_70x"), 5)
    grown = np.prod([1 + v.change.gained_share for v in visits if v.change])
    assert grown == pytest.approx(1.28)
    assert visits[1].replicate
    assert len(change_trial.STYLES) == change_trial.SUBJECTS == len(change_trial.jobs("choose", 30))


def test_the_trial_says_whose_mean_holds_the_truth_and_whose_verdicts_are_right() -> None:
    right, late = outcome(compared(), "increase"), outcome(compared(change=0.0), "within_error")
    result = change_trial.TrialResult("week 12", (right, late), ("increase", "within_error"), 4.0, "replicates")
    row = change_more_tables.trial_row(result, limit=0.05)
    assert row[1] == "+25.0%"
    assert row[3].startswith("-12.5%")  # one subject's change was found, the other's missed
    assert row[6] == "yes"
    assert row[7].startswith("50.0%") and row[8].startswith("100.0%")


def test_verdicts_are_judged_by_the_way_of_the_true_change() -> None:
    row = change_tables.verdict_row("gain", [outcome(compared(), "decrease"), outcome(compared(), "increase")])
    assert row[2].startswith("0.0%") and row[3].startswith("50.0%") and row[4] == "1"
    assert row[-1] == "25.0%"


def test_a_placing_of_strangers_is_always_wrong() -> None:
    there = change_alignment.Placing("strangers", "a/1 b/2", *[float("nan")] * 3, True, *[float("nan")] * 4, 0.1)
    assert there.misplaced and not there.right
    text = change_more_tables.false_table([("strangers", [there])])
    assert "| strangers | 1 | 1 |" in text and "must not be: `a/1 b/2`" in text


def test_strangers_are_never_of_one_group() -> None:
    views = [view([(float(at), 10.0)], str(at)) for at in range(6)]
    pairs = change_alignment.strangers(views, ["x", "x", "y", "y", "z", "z"], 100, 1)
    assert len(pairs) == 12
    assert not {("0", "1"), ("2", "3"), ("4", "5")} & {(a.photo, b.photo) for a, b in pairs}
    assert len(change_alignment.strangers(views, list("abcdef"), 4, 1)) == 4


def test_mirroring_twice_gives_the_same_view() -> None:
    one = view([(10.0, 20.0), (380.0, 250.0)])
    once = change_alignment.mirrored(one)
    assert once.root_um[0, 0] == pytest.approx((SIZE_PX[0] - 14) * UM_PER_PX)
    assert np.allclose(change_alignment.mirrored(once).root_um, one.root_um)


def test_the_map_of_a_photograph_taken_again_goes_both_ways() -> None:
    mapped = change_disturbed.draw_map(11, (1280, 1024), 5.556)
    old = np.array([[100.0, 50.0], [640.0, 512.0], [1200.0, 1000.0]])
    new = mapped.forward(old)
    assert np.allclose(mapped.backward(new), old, atol=1e-3)
    assert np.hypot(*(new - old).T).max() > 50


def test_a_photograph_taken_again_lies_where_the_map_says() -> None:
    rgb = np.full((300, 400, 3), 200, np.uint8)
    rgb[140:147, 190:197] = 20
    field = Field(np.ones((300, 400), bool), np.zeros((300, 400), bool))
    mapped = change_disturbed.draw_map(3, (400, 300), 5.556)
    again = change_disturbed.disturb(rgb, field, mapped, 3)
    x, y = mapped.forward(np.array([[193.0, 143.0]]))[0]
    rows, columns = np.mgrid[0:300, 0:400]
    near = np.hypot(columns - x, rows - y)
    inside = np.zeros((300, 400), bool)
    inside[:] = near < 2
    assert inside.any() and again[inside].mean() < 90
    assert again[(near > 15) & (near < 25)].mean() > 110


def test_parts_and_whole_runs() -> None:
    assert change.arguments([]).whole
    assert not change.arguments(["--dry"]).whole
    assert not change.arguments(["--pairs", "1"]).whole
    assert not change.arguments(["--styles", "blond"]).whole
    with pytest.raises(SystemExit):
        change.arguments(["--pairs", "21"])
    results = (REPOSITORY / "benchmarks" / "RESULTS.md").read_text(encoding="utf-8")
    for part in change.PARTS:
        for half in ("choose", "report"):
            assert results.count(f"<!-- begin:change_{part}_{half} -->") == 1


def test_tables_of_a_few_outcomes_can_be_laid_out() -> None:
    some = [outcome(compared()), replace(outcome(compared()), pair="flare"), outcome(Comparison(False, "No"))]
    text = change_tables.rendered_tables(some, [0.2, 0.4])
    assert "0.30 s (median), 0.40 s (worst)" in text
    assert "trimmed_70x" in text


def test_a_rendered_course_from_end_to_end() -> None:
    job = "trimmed_70x", "loss", change_pairs.seed_of("choose", "loss", "trimmed_70x", 9)
    (one,) = change_compare.examine(*job)
    assert one.pair == "loss" and one.aligned
    assert one.true_change < 0 < one.true_count
    assert abs(one.error) < 0.3
    assert one.fates.true["lost"] > 0 and one.fates.right["persisting"] > 0.7 * one.fates.true["persisting"]
    assert np.isfinite([one.redness_change, one.flaking_change]).all()
    assert len(change_compare.times([change_compare.two_sights(*job)])) == 1


@pytest.mark.skipif(not real.available(), reason="no annotated photographs beside this repository")
def test_marked_skin_leaves_out_the_seams() -> None:
    photo = real.halves()["choose"][0]
    marked = change_real.marked_view(photo)
    assert marked.shows(np.array([[300.0, 250.0]]) * photo.um_per_px).all()
    assert not marked.shows(np.array([[640.0, 250.0], [300.0, 512.0], [10.0, 250.0]]) * photo.um_per_px).any()
    assert len(marked) == (real.hairs(photo).kind != "loose").sum()
