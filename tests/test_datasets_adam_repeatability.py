from __future__ import annotations

import numpy as np
import pytest

from densitometer.datasets.cdisc.repeatability import (
    detectable_change,
    detectable_mean_change,
    independent,
    standard_error,
)

# Bland and Altman, Measurement error, BMJ 1996;313:744, table 1: peak expiratory flow of 20 children, four times each.
PEAK_FLOW = np.array([
    [190, 220, 200, 200], [220, 200, 240, 230], [260, 260, 240, 280], [210, 300, 280, 265], [270, 265, 280, 270],
    [280, 280, 270, 275], [260, 280, 280, 300], [275, 275, 275, 305], [280, 290, 300, 290], [320, 290, 300, 290],
    [300, 300, 310, 300], [270, 250, 330, 370], [320, 330, 330, 330], [335, 320, 335, 375], [350, 320, 340, 365],
    [360, 320, 350, 345], [330, 340, 380, 390], [335, 385, 360, 370], [400, 420, 425, 420], [430, 460, 480, 470],
], float)  # fmt: skip


def test_published_example() -> None:
    """The article gives the within-subject standard deviation as the square root of 460.52, 21.5 l/min."""
    sem = standard_error(PEAK_FLOW.tolist())
    assert sem is not None
    assert sem**2 == pytest.approx(460.52, abs=0.005)
    # Its repeatability, the difference that 95 % of pairs of measurements do not exceed: sqrt(2) x 1.96 x 21.5 = 60.
    assert detectable_change(sem, 1, 1) == pytest.approx(2**0.5 * 1.96 * 21.46, rel=1e-3)


def test_groups_of_several_sizes_are_weighted_by_their_freedom() -> None:
    groups = [[1.0, 3.0], [5.0, 5.0, 8.0], [2.0], [4.0, 4.0], [0.0, 1.0], [7.0, 9.0]]
    # Squares 2 + 6 + 0 + 0.5 + 2 on 1 + 2 + 1 + 1 + 1 degrees; a single value tells nothing.
    assert standard_error(groups) == pytest.approx((10.5 / 6) ** 0.5)


def test_fewer_than_five_groups_are_too_few() -> None:
    assert standard_error([[1.0, 2.0]] * 4 + [[3.0]] * 9) is None
    assert standard_error([[1.0, 2.0]] * 5) == pytest.approx(0.5**0.5)


def test_replicates_that_agree_wholly_tell_no_error() -> None:
    """An error of 0 would make any change real, no change at all among them."""
    assert standard_error([[3.0, 3.0]] * 9) is None


def test_averages_of_replicates_detect_smaller_changes() -> None:
    assert detectable_change(2.0, 2, 3) == pytest.approx(1.959964 * 2 * (1 / 2 + 1 / 3) ** 0.5)


def test_mean_of_comparisons() -> None:
    assert detectable_mean_change([8.0], "a", "x") == pytest.approx(8.0)
    assert detectable_mean_change([8.0, 8.0], "ab", "xy") == pytest.approx(8 / 2**0.5)
    # One photograph of the baseline for both: its error stays whole, that of the later ones is halved in variance.
    assert detectable_mean_change([8.0, 8.0], "aa", "xy") == pytest.approx(8 * (0.5 * (1 + 0.5)) ** 0.5)
    assert detectable_mean_change([6.0, 8.0], "ab", "xy") == pytest.approx(5.0)


def test_copies_of_one_photograph_are_one() -> None:
    assert [independent(files) for files in ("a", "abc", "aaa")] == [1, 3, 1]
    # Of the mean (2 a + b) / 3 the variance is 5/9 of that of one photograph.
    assert independent("aab") == pytest.approx(9 / 5)
    assert detectable_mean_change([8.0, 8.0], "aa", "xx") == pytest.approx(8.0)


def test_mean_of_comparisons_agrees_with_drawn_errors() -> None:
    """Three later photographs against two of the baseline, of which one serves twice."""
    rng = np.random.default_rng(4)
    before, after = rng.normal(size=(2, 200_000)), rng.normal(size=(3, 200_000))
    means = ((after[0] - before[0]) + (after[1] - before[1]) + (after[2] - before[0])) / 3
    single = 1.959964 * 2**0.5
    drawn = 1.959964 * means.std()
    assert detectable_mean_change([single] * 3, "aba", "xyz") == pytest.approx(drawn, rel=0.01)
