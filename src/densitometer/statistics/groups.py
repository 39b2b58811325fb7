"""A group of subjects: its values, its change from baseline, and its difference from another group.

Intervals of means are Student's, of medians those of order statistics, which suppose no form of the distribution
(Campbell and Gardner, BMJ 1988;296:1454-1456). What was not measured is left out and counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, nan, sqrt

import numpy as np
from numpy.typing import ArrayLike

from densitometer.statistics.estimate import (
    NO_SPREAD,
    NO_VALUE,
    ONE_VALUE,
    Estimate,
    FloatArray,
    is_measured,
    measured,
    measured_rows,
    spreads,
)
from densitometer.statistics.tails import binomial_half_below, t_quantile, t_two_sided

_MOST_RATIO = 1e9
"""Of two means; what is more comes of a mean that is 0 but for rounding."""


@dataclass(frozen=True)
class Summary:
    """Values of a group.

    Attributes
    ----------
    n, not_measured : int
        Values that count, and values left out.
    mean, median : Estimate
    sd : float
        Standard deviation (n - 1); NaN of fewer than two values.
    """

    n: int
    not_measured: int
    mean: Estimate
    sd: float
    median: Estimate


@dataclass(frozen=True)
class Change:
    """Change of a group from baseline, subject by subject.

    Attributes
    ----------
    n, not_measured : int
        Subjects with both values, and subjects left out because one or both are missing.
    baseline_mean, followup_mean : float
        Of the n subjects.
    mean, median : Estimate
        Of the changes, in the unit of the values.
    sd : float
        Of the changes.
    mean_of_percents : Estimate
        Mean of the subjects' changes in per cent of their own baselines: each subject counts the same.
    percent_of_means : Estimate
        Change of the mean in per cent of the mean baseline: each hair counts the same. Where thin baselines gain most
        it is the smaller of the two.
    """

    n: int
    not_measured: int
    baseline_mean: float
    followup_mean: float
    mean: Estimate
    sd: float
    median: Estimate
    mean_of_percents: Estimate
    percent_of_means: Estimate


@dataclass(frozen=True)
class Difference:
    """Difference of two means, with its test.

    Attributes
    ----------
    estimate : Estimate
        First minus second.
    freedom, p : float
        Degrees of freedom and two-sided probability of Student's t; NaN where the estimate has no interval.
    n_first, n_second, not_measured : int
        Values that count (of pairs: the same number twice), and those left out (of pairs: pairs).
    """

    estimate: Estimate
    freedom: float
    p: float
    n_first: int
    n_second: int
    not_measured: int


def summary(values: ArrayLike, *, level: float = 0.95) -> Summary:
    """Number, mean, standard deviation and median of a group, with intervals.

    Parameters
    ----------
    values : array
        One a subject; NaN and None are left out and counted.
    level : float
        Of the intervals.
    """
    found, left_out = measured(values)
    return Summary(found.size, left_out, mean(found, level=level), _sd(found), median(found, level=level))


def mean(values: ArrayLike, *, level: float = 0.95) -> Estimate:
    """Mean with the interval of Student's t; of one value, and of values that are all the same, without."""
    found, _ = measured(values)
    if found.size < 2:  # a spread needs two
        return Estimate(float(found[0]), reason=ONE_VALUE) if found.size else Estimate.missing(NO_VALUE)
    middle, sd = float(found.mean()), _sd(found)
    if not spreads(sd, found):
        return Estimate(middle, reason=NO_SPREAD)
    return Estimate.by_t(middle, sd / sqrt(found.size), found.size - 1, level)


def median(values: ArrayLike, *, level: float = 0.95) -> Estimate:
    """Median with the interval of order statistics, whose level is at least the one asked for.

    The ends are the r-th smallest and the r-th largest value, r being the largest number for which the binomial
    distribution of n and 1/2 has no more than half the error below r. Fewer than six values have none at 95 %.
    """
    found, _ = measured(values)
    if not found.size:
        return Estimate.missing(NO_VALUE)
    middle, ordered, rank = float(np.median(found)), np.sort(found), 0
    if found.size > 1 and not spreads(_sd(found), found):
        return Estimate(middle, reason=NO_SPREAD)
    while binomial_half_below(rank, found.size) <= (1 - level) / 2:
        rank += 1
    if not rank:
        return Estimate(middle, reason="too few values for an interval of the median")
    return Estimate(middle, float(ordered[rank - 1]), float(ordered[-rank]))


def change(baseline: ArrayLike, followup: ArrayLike, *, level: float = 0.95) -> Change:
    """Change from baseline of a group, in the unit of the values and in per cent.

    The interval of the per cent of the means is that of the logarithm of the ratio of the two means by Taylor's
    series, the subjects' two values taken as pairs; the others are Student's and of order statistics.

    Parameters
    ----------
    baseline, followup : array, shape (n,)
        Values of the same subjects in the same order; a subject of which one is NaN or None is left out and counted.
    level : float
        Of the intervals.

    Raises
    ------
    ValueError
        When the lists differ in length.
    """
    (before, after), left_out = measured_rows(baseline, followup)
    changes = after - before
    return Change(
        before.size,
        left_out,
        float(before.mean()) if before.size else nan,
        float(after.mean()) if after.size else nan,
        mean(changes, level=level),
        _sd(changes),
        median(changes, level=level),
        _mean_of_percents(before, after, level),
        _percent_of_means(before, after, level),
    )


def difference(first: ArrayLike, second: ArrayLike, *, level: float = 0.95) -> Difference:
    """Difference of the means of two arms, first minus second, by Welch's t (Biometrika 1947;34:28-35).

    Parameters
    ----------
    first, second : array
        One value a subject (of changes: a change each); NaN and None are left out and counted.
    level : float
        Of the interval.
    """
    (a, left_a), (b, left_b) = measured(first), measured(second)
    counts = (a.size, b.size, left_a + left_b)
    if not a.size or not b.size:
        return Difference(Estimate.missing("one of the two groups has no measured value"), nan, nan, *counts)
    value = float(a.mean() - b.mean())
    if min(a.size, b.size) < 2:  # a spread needs two
        return Difference(Estimate(value, reason="one of the two groups has a single value"), nan, nan, *counts)
    squares = a.var(ddof=1) / a.size, b.var(ddof=1) / b.size
    error = sqrt(sum(squares))
    if not spreads(error, a, b):
        return Difference(Estimate(value, reason=NO_SPREAD), nan, nan, *counts)
    freedom = float(sum(squares) ** 2 / (squares[0] ** 2 / (a.size - 1) + squares[1] ** 2 / (b.size - 1)))
    estimate = Estimate.by_t(value, error, freedom, level)
    return Difference(estimate, freedom, t_two_sided(value / error, freedom), *counts)


_NO_PAIR = "no subject has a value of both"


def paired_difference(first: ArrayLike, second: ArrayLike, *, level: float = 0.95) -> Difference:
    """Mean difference of two sites of the same subjects, first minus second (treated minus control), by paired t.

    Parameters
    ----------
    first, second : array, shape (n,)
        Values (or changes) of both sites of the same subjects in the same order; a subject of which one is NaN or None
        is left out and counted.
    level : float
        Of the interval.

    Raises
    ------
    ValueError
        When the lists differ in length.
    """
    (a, b), left_out = measured_rows(first, second)
    estimate = mean(a - b, level=level) if a.size else Estimate.missing(_NO_PAIR)
    if estimate.reason:
        return Difference(estimate, nan, nan, a.size, a.size, left_out)
    t = estimate.value / (_sd(a - b) / sqrt(a.size))
    return Difference(estimate, a.size - 1, t_two_sided(t, a.size - 1), a.size, a.size, left_out)


def _sd(values: FloatArray) -> float:
    return float(values.std(ddof=1)) if values.size > 1 else nan


def _mean_of_percents(before: FloatArray, after: FloatArray, level: float) -> Estimate:
    if (before <= 0).any():
        return Estimate.missing("a baseline is 0 or less, and has no percentage")
    with np.errstate(over="ignore"):
        percents = 100 * (after / before - 1)
    if not is_measured(percents).all():
        return Estimate.missing("a baseline is as good as 0, and has no percentage")
    return mean(percents, level=level)


def _percent_of_means(before: FloatArray, after: FloatArray, level: float) -> Estimate:
    if not before.size:
        return Estimate.missing(NO_VALUE)
    base, later, n = float(before.mean()), float(after.mean()), before.size
    if base <= 0:
        return Estimate.missing("the mean baseline is 0 or less, and has no percentage")
    ratio = later / base
    if abs(ratio) > _MOST_RATIO:
        return Estimate.missing("the mean baseline is as good as 0, and has no percentage")
    value = 100 * (ratio - 1)
    if n < 2 or ratio < 1 / _MOST_RATIO:  # no spread, or no logarithm
        return Estimate(value, reason=ONE_VALUE if n < 2 else "the mean at follow-up is 0 or less")
    error = float((after / later - before / base).std(ddof=1)) / sqrt(n)
    if not spreads(error, np.ones(1)):
        return Estimate(value, reason=NO_SPREAD)
    half = t_quantile((1 + level) / 2, n - 1) * error
    low, high = (100 * (exp(log(ratio) + side * half) - 1) for side in (-1, 1))
    return Estimate(value, low, high)
