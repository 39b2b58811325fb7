"""Estimates, what counts as measured, quantiles, and that nothing fails on odd numbers."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from densitometer import statistics
from densitometer.statistics import Estimate, Plan, tails
from densitometer.statistics.estimate import measured, measured_rows

NAN = float("nan")
ODD = st.one_of(
    st.sampled_from([NAN, None, float("inf"), 0.0, 1.0, -1.0, 5.5, 1e-300, 3e300, 0.3, 0.1 + 0.2, 1e9]),
    st.floats(-500, 500),
)


def test_what_was_not_measured_is_left_out_and_counted() -> None:
    kept, left_out = measured([1, NAN, None, float("inf"), 3e300, -2])  # type: ignore[list-item]
    assert kept.tolist() == [1, -2]
    assert left_out == 4
    (first, second), lost = measured_rows([1, 2, NAN], [NAN, 5, 6])
    assert (first.tolist(), second.tolist(), lost) == ([2], [5], 2)


def test_an_estimate_without_interval_is_known_and_one_without_value_is_not() -> None:
    assert Estimate(3.0, reason="one value").known
    assert not Estimate.missing("no value").known
    assert Estimate.by_t(10, 2, 9).high == pytest.approx(10 + 2 * 2.262157, abs=1e-5)


def test_quantiles_are_those_of_scipy() -> None:
    assert tails.normal_quantile(0.975) == pytest.approx(1.959964, abs=1e-6)
    assert tails.t_quantile(0.975, 7.5) == pytest.approx(stats.t.ppf(0.975, 7.5))
    assert tails.t_two_sided(-2.2, 11) == pytest.approx(2 * stats.t.sf(2.2, 11))
    assert tails.f_quantile(0.975, 5, 4.79) == pytest.approx(stats.f.ppf(0.975, 5, 4.79))
    assert tails.chi_square_quantile(0.025, 60) == pytest.approx(stats.chi2.ppf(0.025, 60))
    assert tails.beta_quantile(0.975, 2, 28) == pytest.approx(stats.beta.ppf(0.975, 2, 28))
    assert tails.noncentral_t_below(1.9, 20, 2.5) == pytest.approx(stats.nct.cdf(1.9, 20, 2.5))
    assert tails.noncentral_t_quantile(0.025, 16, 8.08) == pytest.approx(stats.nct.ppf(0.025, 16, 8.08))
    assert tails.binomial_half_below(2, 9) == pytest.approx(stats.binom.cdf(2, 9, 0.5))


@given(st.lists(st.tuples(ODD, ODD), max_size=8), st.lists(st.lists(ODD, max_size=4), max_size=5))
def test_no_numbers_make_a_statistic_fail(pairs: list[tuple[float, float]], groups: list[list[float]]) -> None:
    first, second = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    found = [
        statistics.repeatability_of(groups).sem,
        statistics.icc_one_way(groups).estimate,
        statistics.icc_two_way(pairs).estimate,
        statistics.icc_consistency(pairs).estimate,
        statistics.limits_of_pairs(groups).low,
        statistics.limits_of_agreement(first, second).high,
        statistics.summary(first).mean,
        statistics.difference(first, second).estimate,
        statistics.paired_difference(first, second).estimate,
        statistics.responders(first, 2.0).estimate,
    ]
    whole = statistics.change(first, second)
    found += [whole.mean, whole.median, whole.mean_of_percents, whole.percent_of_means]
    for estimate in found:
        ends = np.isfinite([estimate.value, estimate.low, estimate.high])
        assert bool(ends.all()) == (estimate.reason is None)  # a reason wherever something is missing
        assert estimate.reason or estimate.low <= estimate.value <= estimate.high


@given(st.lists(st.tuples(ODD, st.sampled_from("abcde"), st.sampled_from("12"), ODD), max_size=12))
def test_no_numbers_make_a_mixed_model_fail(rows: list[tuple[float, str, str, float]]) -> None:
    values, subject, visit, baseline = ([row[place] for row in rows] for place in range(4))
    found = statistics.repeated_measures(values, subject, visit, None, baseline)  # type: ignore[arg-type]
    assert (found.reason is None) == bool(found.means)
    assert found.n + found.not_measured == len(rows)


@given(ODD, ODD, ODD)
def test_no_numbers_make_a_plan_fail(effect: float, sd: float, sem: float) -> None:
    plan = Plan(*(NAN if number is None else number for number in (effect, sd, sem)))
    needed = statistics.subjects_by_formula(plan)
    assert (needed.per_arm is None) == (needed.reason is not None)


def test_heavy_libraries_wait_until_they_are_needed() -> None:
    script = "import sys, densitometer.statistics; sys.exit(any(m in sys.modules for m in ('scipy', 'statsmodels')))"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
