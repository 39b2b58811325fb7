"""Error of measurement: published examples, and what cannot be told."""

from __future__ import annotations

from math import exp, log, sqrt

import numpy as np
import pytest

from densitometer.datasets.cdisc.repeatability import standard_error
from densitometer.statistics import detectable_change, repeatability_of

# Bland and Altman, BMJ 1996;313:744, table: peak expiratory flow of 20 schoolchildren, four times each, in l/min;
# published residual mean square 460.52, within-subject standard deviation 21.5 l/min, repeatability 2.77 x 21.5 = 60.
PEAK_FLOW = [
    [190, 220, 200, 200],
    [220, 200, 240, 230],
    [260, 260, 240, 280],
    [210, 300, 280, 265],
    [270, 265, 280, 270],
    [280, 280, 270, 275],
    [260, 280, 280, 300],
    [275, 275, 275, 305],
    [280, 290, 300, 290],
    [320, 290, 300, 290],
    [300, 300, 310, 300],
    [270, 250, 330, 370],
    [320, 330, 330, 330],
    [335, 320, 335, 375],
    [350, 320, 340, 365],
    [360, 320, 350, 345],
    [330, 340, 380, 390],
    [335, 385, 360, 370],
    [400, 420, 425, 420],
    [430, 460, 480, 470],
]


def test_peak_flow_of_schoolchildren() -> None:
    found = repeatability_of(PEAK_FLOW)
    assert found.sem.value**2 == pytest.approx(460.52, abs=0.005)
    assert found.mdc95 == pytest.approx(2.77 * 21.46, abs=0.1)
    assert (found.groups, found.measurements, found.freedom) == (20, 80, 60)
    # Chi square of 60 degrees of freedom: 40.482 and 83.298 (any table).
    assert found.sem.low == pytest.approx(sqrt(60 * 460.52 / 83.298), abs=0.01)
    assert found.sem.high == pytest.approx(sqrt(60 * 460.52 / 40.482), abs=0.01)
    assert found.reason is None


def test_groups_of_unequal_number_are_pooled_by_degrees_of_freedom() -> None:
    found = repeatability_of([[10, 12], [20, 23, 26], [7]])
    assert found.sem.value == pytest.approx(sqrt((2 + 18) / 3))
    assert (found.groups, found.measurements, found.freedom, found.single) == (2, 5, 3, 1)


def test_it_is_what_exports_compute() -> None:
    groups = [[150.0, 155], [80.5, 84, 79], [200], [120, 133.25]]
    assert repeatability_of(groups, least_groups=3).sem.value == pytest.approx(standard_error(groups, 3), rel=1e-12)


def test_coefficients_of_variation_of_pairs() -> None:
    # Of a pair x, y: within-group variance of logs log(x/y)^2 / 2, squared coefficient 2 ((x - y) / (x + y))^2.
    found = repeatability_of([[100, 110], [50, 54]])
    logs = (log(1.1) ** 2 + log(1.08) ** 2) / 4
    assert found.cv_logs_percent == pytest.approx(100 * (exp(sqrt(logs)) - 1))
    squares = ((10 / 210) ** 2 + (4 / 104) ** 2) * 2 / 2
    assert found.cv_squares_percent == pytest.approx(100 * sqrt(squares))


def test_a_value_of_0_has_no_coefficient_of_variation_but_an_error() -> None:
    found = repeatability_of([[0, 2], [5, 6]])
    assert np.isnan([found.cv_logs_percent, found.cv_squares_percent]).all()
    assert found.sem.value == pytest.approx(sqrt(2.5 / 2))


def test_what_was_not_measured_is_left_out_and_counted() -> None:
    found = repeatability_of([[10, 12, float("nan")], [None, 5], [float("nan")]])
    assert found.sem.value == pytest.approx(sqrt(2))
    assert (found.groups, found.single, found.not_measured) == (1, 1, 3)


@pytest.mark.parametrize(
    ("groups", "least", "reason"),
    [
        ([], 1, "no visit has two or more"),
        ([[1], [2]], 1, "no visit has two or more"),
        ([[1, 2]], 3, "3 visits with replicates are needed, and there are 1"),
        ([[5, 5], [0.3, 0.1 + 0.2]], 1, "agree wholly"),
    ],
)
def test_an_error_that_cannot_be_told_is_none_and_never_0(groups: list[list[float]], least: int, reason: str) -> None:
    found = repeatability_of(groups, least_groups=least)
    assert found.reason is not None
    assert reason in found.reason
    numbers = (found.sem.value, found.sem.low, found.mdc95, found.cv_logs_percent, found.cv_squares_percent)
    assert np.isnan(numbers).all()


def test_detectable_change_of_means() -> None:
    assert detectable_change(6) == pytest.approx(1.959964 * sqrt(2) * 6)
    assert detectable_change(6, 2, 3) == pytest.approx(1.959964 * 6 * sqrt(1 / 2 + 1 / 3))
    for sem, before in ((float("nan"), 1), (0, 1), (-1, 1), (6, 0)):
        assert np.isnan(detectable_change(sem, before))
