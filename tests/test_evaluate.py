"""Scores of drawn truths, and agreement against published worked examples."""

from __future__ import annotations

import numpy as np
import pytest

from densitometer.evaluate import (
    Score,
    bland_altman,
    bootstrap_interval,
    icc_agreement,
    match_hairs,
    match_points,
    mean_count_error,
    midpoints,
    pool,
    right_roots,
    score_matching,
)


def hair_at(x: float, y: float) -> list[float]:
    """Draw a hair of 20 px with its middle at (x, y), rooted above its tip."""
    return [x, y - 10, x, y + 10]


def test_midpoints_lie_half_way_and_may_be_none() -> None:
    assert midpoints([[0, 0, 4, 2]]).tolist() == [[2, 1]]
    assert midpoints([]).shape == (0, 2)


def test_a_found_hair_is_matched_to_one_true_hair_only() -> None:
    pairs = match_points([[0, 0], [4, 0]], [[2, 0]], 5)
    assert len(pairs) == 1


def test_as_many_pairs_as_can_be_before_short_distances() -> None:
    # The nearest pair, true 0 with found 1 at distance 1, would leave true 1 and found 0 without a partner.
    pairs = match_points([[0, 0], [5, 0]], [[-4, 0], [1, 0]], 4.5)
    assert pairs.tolist() == [[0, 0], [1, 1]]


def test_among_as_many_pairs_the_shortest_are_taken() -> None:
    pairs = match_points([[0, 0], [10, 0]], [[9, 0], [1, 0]], 20)
    assert pairs.tolist() == [[0, 1], [1, 0]]


def test_the_tolerance_is_included_and_not_passed() -> None:
    assert len(match_points([[0, 0]], [[3, 4]], 5)) == 1
    assert len(match_points([[0, 0]], [[3, 4.01]], 5)) == 0


@pytest.mark.parametrize(("true", "found"), [([], [[1, 1]]), ([[1, 1]], []), ([], [])])
def test_nothing_to_match(true: list[list[float]], found: list[list[float]]) -> None:
    assert match_points(true, found, 5).shape == (0, 2)


def test_score_of_a_drawn_truth() -> None:
    true = [hair_at(0, 0), hair_at(100, 0), hair_at(200, 0), hair_at(300, 0)]
    turned = [102, 10, 102, -10]
    found = [hair_at(2, 0), turned, hair_at(205, 0), hair_at(500, 0), hair_at(600, 0)]
    score = score_matching(true, found, match_hairs(true, found, 10))
    assert score == Score(true_positives=3, false=2, missed=1, right_roots=2)
    assert score.precision == pytest.approx(3 / 5)
    assert score.recall == pytest.approx(3 / 4)
    assert score.f1 == pytest.approx(6 / 9)
    assert score.count_bias == pytest.approx(0.25)
    assert score.root_share == pytest.approx(2 / 3)


def test_a_root_as_near_the_true_tip_as_the_true_root_is_not_right() -> None:
    pairs = np.array([[0, 0]])
    assert not right_roots([[0, 0, 10, 0]], [[5, 0, 5, 5]], pairs)[0]
    assert right_roots([[0, 0, 10, 0]], [[4.9, 0, 5, 5]], pairs)[0]


def test_found_on_an_ignored_truth_is_neither_right_nor_wrong() -> None:
    true, found = [hair_at(0, 0), hair_at(100, 0)], [hair_at(1, 0), hair_at(101, 0), hair_at(102, 0), hair_at(300, 0)]
    matching = match_hairs(true, found, 10, true_ignored=[False, True])
    assert matching.ignored.tolist() == [1, 2]
    assert matching.false.tolist() == [3]
    assert score_matching(true, found, matching) == Score(1, 1, 0, 1)


def test_an_ignored_truth_does_not_take_a_find_from_a_scored_one() -> None:
    true, found = [hair_at(0, 0), hair_at(8, 0)], [hair_at(7, 0)]
    matching = match_hairs(true, found, 10, true_ignored=[False, True])
    assert matching.pairs.tolist() == [[0, 0]]
    assert matching.ignored.size == 0


def test_an_ignored_truth_that_is_not_found_is_not_missed() -> None:
    assert match_hairs([hair_at(0, 0)], [], 10, true_ignored=[True]).missed.size == 0


def test_found_outside_the_scored_area_is_never_matched_and_never_wrong() -> None:
    true, found = [hair_at(0, 0)], [hair_at(1, 0), hair_at(50, 0)]
    matching = match_hairs(true, found, 10, found_ignored=[True, True])
    assert matching.missed.tolist() == [0]
    assert matching.ignored.tolist() == [0, 1]
    assert matching.false.size == 0


def test_every_hair_has_one_fate() -> None:
    random = np.random.default_rng(3)
    true, found = random.uniform(0, 200, (60, 4)), random.uniform(0, 200, (70, 4))
    off_true, off_found = random.random(60) < 0.3, random.random(70) < 0.3
    m = match_hairs(true, found, 15, true_ignored=off_true, found_ignored=off_found)
    fates = np.concatenate([m.pairs[:, 1], m.false, m.ignored])
    assert sorted(fates) == list(range(70))
    assert sorted([*m.pairs[:, 0], *m.missed]) == np.flatnonzero(~off_true).tolist()


def test_pooled_scores_weigh_hairs_and_the_count_error_weighs_photographs() -> None:
    scores = [Score(8, 0, 2, 8), Score(1, 1, 0, 0), Score(0, 3, 0, 0)]
    assert pool(scores) == Score(9, 4, 2, 8)
    assert mean_count_error(scores) == pytest.approx((0.2 + 1.0) / 2)


def test_empty_scores_are_not_numbers_rather_than_zero() -> None:
    nothing = pool([])
    for value in (nothing.f1, nothing.precision, nothing.recall, nothing.count_bias, nothing.root_share):
        assert np.isnan(value)
    assert np.isnan(mean_count_error([]))


def test_bootstrap_is_deterministic_and_draws_whole_subjects() -> None:
    items = [1.0, 1.0, 1.0, 5.0]
    low, high = bootstrap_interval(items, ["a", "a", "a", "b"], np.mean, draws=300, seed=1)
    again = bootstrap_interval(items, ["a", "a", "a", "b"], np.mean, draws=300, seed=1)
    assert (low, high) == again
    # Whole subjects: either a alone, b alone or both are drawn, so the ends are the pure ones.
    assert (float(low), float(high)) == (1.0, 5.0)


def test_bootstrap_interval_of_a_mean_is_near_the_known_one() -> None:
    values = np.random.default_rng(0).normal(10, 2, 400)
    low, high = bootstrap_interval(list(values), range(400), np.mean, draws=1000)
    half = 1.96 * values.std() / 20
    assert float(low) == pytest.approx(values.mean() - half, abs=0.03)
    assert float(high) == pytest.approx(values.mean() + half, abs=0.03)


def test_bootstrap_of_several_figures_at_once_passes_over_what_cannot_be_told() -> None:
    def both(items: list[Score]) -> list[float]:
        return [pool(items).f1, pool(items).root_share]

    low, high = bootstrap_interval([Score(5, 0, 5, 4), Score(0, 1, 1, 0)], [1, 2], both, draws=200)
    assert low.shape == high.shape == (2,)
    assert low[1] == high[1] == pytest.approx(0.8)


@pytest.mark.parametrize(("items", "groups"), [([], []), ([1.0], [1, 2])])
def test_bootstrap_refuses_what_it_cannot_draw_from(items: list[float], groups: list[int]) -> None:
    with pytest.raises(ValueError, match="group"):
        bootstrap_interval(items, groups, np.mean)


def test_bland_altman_of_peak_flow() -> None:
    # Bland and Altman, Lancet 1986, table 1: Wright large against mini meter, first readings; published
    # mean difference -2.1 l/min, standard deviation 38.8 l/min (large minus mini).
    wright = [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427]
    mini = [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451]
    agreement = bland_altman(mini, wright)
    assert agreement.bias == pytest.approx(-2.1, abs=0.05)
    assert agreement.sd == pytest.approx(38.8, abs=0.05)
    assert agreement.low == pytest.approx(-2.1 - 1.96 * 38.8, abs=0.2)


@pytest.mark.parametrize(("first", "second"), [([1], [1]), ([1, 2], [1, 2, 3])])
def test_bland_altman_refuses_what_has_no_spread(first: list[float], second: list[float]) -> None:
    with pytest.raises(ValueError, match="same length"):
        bland_altman(first, second)


def test_icc_of_shrout_and_fleiss() -> None:
    # Psychological Bulletin 86 (1979), table 2: six targets, four judges; table 4 gives ICC(2,1) = .29.
    ratings = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    assert icc_agreement(ratings) == pytest.approx(0.29, abs=0.005)


def test_icc_sees_a_constant_difference_and_perfect_agreement() -> None:
    counts = np.array([10.0, 20, 30, 40])
    assert icc_agreement(np.column_stack([counts, counts])) == pytest.approx(1)
    assert icc_agreement(np.column_stack([counts, counts + 10])) < 0.9
    assert np.isnan(icc_agreement([[5, 5], [5, 5]]))


@pytest.mark.parametrize("ratings", [[[1, 2]], [[1], [2]], [[1, 2], [3, float("nan")]]])
def test_icc_refuses_gaps_and_too_few(ratings: list[list[float]]) -> None:
    with pytest.raises(ValueError, match="two or more"):
        icc_agreement(ratings)
