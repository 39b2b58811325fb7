"""Groups: textbook examples, independent computations, and what cannot be told."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from densitometer.statistics import change, difference, mean, median, paired_difference, summary

NAN = float("nan")
# Student 1908 (R's sleep): hours of sleep gained by ten patients on two drugs; published mean difference 1.58,
# t = 4.06 with 9 degrees of freedom, p = 0.00283, interval 0.70 to 2.46; as two groups Welch's t = -1.86 with 17.776
# degrees of freedom, p = 0.07939, interval -3.365 to 0.205 (R's documentation of t.test).
FIRST = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
SECOND = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]


def test_paired_difference_of_student() -> None:
    found = paired_difference(SECOND, FIRST)
    assert found.estimate.value == pytest.approx(1.58)
    assert (found.estimate.low, found.estimate.high) == pytest.approx((0.7001142, 2.4598858), abs=1e-7)
    assert found.p == pytest.approx(0.002833, abs=5e-7)
    assert (found.freedom, found.n_first, found.n_second) == (9, 10, 10)


def test_difference_of_two_arms_by_welch() -> None:
    found = difference(FIRST, SECOND)
    assert found.freedom == pytest.approx(17.776, abs=0.0005)
    assert found.p == pytest.approx(0.07939, abs=5e-6)
    assert (found.estimate.low, found.estimate.high) == pytest.approx((-3.3654832, 0.2054832), abs=1e-7)


def test_change_of_student() -> None:
    found = change(FIRST, SECOND)
    assert found.mean == paired_difference(SECOND, FIRST).estimate
    assert found.sd == pytest.approx(1.229995, abs=1e-6)
    assert found.median.value == pytest.approx(1.3)
    assert found.mean_of_percents.reason is not None  # a gain of 0 or less has no percentage
    assert np.isnan(found.mean_of_percents.value)


def test_summary() -> None:
    found = summary([4, NAN, 8, 6, None])  # type: ignore[list-item]
    assert (found.n, found.not_measured, found.mean.value, found.sd) == (3, 2, 6, 2)
    half = 4.302653 * 2 / 3**0.5  # Student's t of 2 degrees of freedom
    assert (found.mean.low, found.mean.high) == pytest.approx((6 - half, 6 + half), abs=1e-5)


@pytest.mark.parametrize(("n", "rank"), [(6, 1), (8, 1), (9, 2), (10, 2), (20, 6), (30, 10), (50, 18)])
def test_interval_of_the_median_takes_the_published_ranks(n: int, rank: int) -> None:
    # Campbell and Gardner, BMJ 1988;296:1454-1456, and Geigy's tables: 95 % ranks of the median.
    found = median(np.arange(1, n + 1))
    assert (found.value, found.low, found.high) == ((n + 1) / 2, rank, n + 1 - rank)


def test_five_values_have_a_median_without_interval() -> None:
    found = median([1, 2, 3, 4, 50])
    assert found.value == 3
    assert found.reason is not None
    assert np.isnan([found.low, found.high]).all()


def test_both_per_cents_of_change() -> None:
    found = change([50, 100, 150], [75, 120, 165])
    assert found.mean_of_percents.value == pytest.approx((50 + 20 + 10) / 3)
    assert found.percent_of_means.value == pytest.approx(20)
    assert (found.baseline_mean, found.followup_mean) == (100, 120)


def test_per_cent_of_means_lies_within_the_interval_of_bootstrap() -> None:
    generator = np.random.default_rng(0)
    before = generator.normal(150, 40, 60)
    after = 1.12 * before + generator.normal(0, 20, 60)
    found = change(before, after).percent_of_means
    drawn = generator.integers(60, size=(20_000, 60))
    low, high = np.quantile(100 * (after[drawn].mean(axis=1) / before[drawn].mean(axis=1) - 1), [0.025, 0.975])
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.25)


def test_a_subject_without_both_values_is_left_out_and_counted() -> None:
    found = change([100, NAN, 120, 130], [110, 120, NAN, 150])
    assert (found.n, found.not_measured, found.mean.value) == (2, 2, 15)
    pair = paired_difference([3, NAN], [1, 2])
    assert (pair.n_first, pair.not_measured, pair.estimate.value) == (1, 1, 2)
    assert difference([1, 2, NAN], [3, 5]).not_measured == 1


def test_a_group_without_values_has_a_reason() -> None:
    found = summary([NAN])
    assert (found.n, found.not_measured) == (0, 1)
    assert found.mean.reason == found.median.reason == "no value was measured"
    assert np.isnan([found.mean.value, found.sd, found.median.value]).all()
    empty = change([], [])
    assert empty.n == 0
    assert np.isnan([empty.baseline_mean, empty.mean.value, empty.percent_of_means.value, empty.sd]).all()
    assert empty.mean.reason
    assert empty.mean_of_percents.reason
    assert empty.percent_of_means.reason


def test_one_value_has_a_mean_and_no_interval() -> None:
    found = change([100], [120])
    assert (found.mean.value, found.median.value, found.percent_of_means.value) == pytest.approx((20, 20, 20))
    for estimate in (found.mean, found.median, found.percent_of_means, found.mean_of_percents):
        assert estimate.reason
        assert np.isnan([estimate.low, estimate.high]).all()


def test_values_without_spread_have_no_interval_of_width_0() -> None:
    found = change([100, 100, 100, 100, 100, 100], [110] * 6)
    for estimate in (found.mean, found.median, found.percent_of_means, found.mean_of_percents):
        assert estimate.value == pytest.approx(10)
        assert estimate.reason
        assert np.isnan([estimate.low, estimate.high]).all()
    assert difference([3, 3], [1, 1]).estimate.value == 2
    assert np.isnan(difference([3, 3], [1, 1]).p)


@pytest.mark.parametrize(("first", "second", "value"), [([], [1, 2], NAN), ([1], [2, 4], -2), ([], [], NAN)])
def test_two_groups_of_which_one_is_too_small(first: list[float], second: list[float], value: float) -> None:
    found = difference(first, second)
    assert found.estimate.reason
    assert found.estimate.value == pytest.approx(value, nan_ok=True)
    assert np.isnan([found.estimate.low, found.freedom, found.p]).all()


@pytest.mark.parametrize(
    ("before", "after"), [([0, 100], [10, 120]), ([-5, 1], [1, 2]), ([10, 20], [0, 0]), ([1e-320, 1], [5, 5])]
)
def test_a_per_cent_that_means_nothing_has_a_reason(before: list[float], after: list[float]) -> None:
    found = change(before, after)
    assert found.mean.value == pytest.approx(np.mean(after) - np.mean(before))
    assert found.mean_of_percents.reason or found.percent_of_means.reason


def test_level_of_the_interval() -> None:
    found = mean(FIRST, level=0.9)
    expected = stats.t.interval(0.9, 9, np.mean(FIRST), stats.sem(FIRST))
    assert (found.low, found.high) == pytest.approx(expected)


def test_lists_of_different_length_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="same length"):
        change([1, 2], [1])
