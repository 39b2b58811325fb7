"""How far two measurements of the same thing may lie apart: limits of agreement, each with its interval.

Bland and Altman, Lancet 1986;i:307-310, and Stat Methods Med Res 1999;8:135-160; for several pairs of one subject
J Biopharm Stat 2007;17:571-582.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import nan, sqrt
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from densitometer.statistics.estimate import NO_SPREAD, NO_VALUE, Estimate, FloatArray, measured, measured_rows, spreads
from densitometer.statistics.tails import chi_square_quantile, noncentral_t_quantile, normal_quantile, t_quantile

_Z = 1.96
"""As published: limits of Bland and Altman are bias -+ 1.96 sd."""


@dataclass(frozen=True)
class Agreement:
    """Bland-Altman agreement of two methods, in the unit of the measurements.

    Attributes
    ----------
    bias : float
        Mean of second minus first.
    sd : float
        Standard deviation of the differences (n - 1).
    low, high : float
        95 % limits of agreement, bias -+ 1.96 sd.
    """

    bias: float
    sd: float
    low: float
    high: float


@dataclass(frozen=True)
class Limits:
    """Bland-Altman agreement with the intervals of what it states, in the unit of the measurements.

    Attributes
    ----------
    bias : Estimate
        Mean of second minus first.
    sd : float
        Standard deviation of the difference of one pair.
    low, high : Estimate
        95 % limits of agreement, bias -+ 1.96 sd, each with its interval.
    pairs, subjects : int
        What they rest on.
    not_measured : int
        Pairs left out because one or both are missing.
    """

    bias: Estimate
    sd: float
    low: Estimate
    high: Estimate
    pairs: int
    subjects: int
    not_measured: int

    @property
    def reason(self) -> str | None:
        """Why there are no limits; None where there are."""
        return self.low.reason


def bland_altman(first: ArrayLike, second: ArrayLike) -> Agreement:
    """Bias and 95 % limits of agreement of two methods on the same subjects (Bland and Altman, Lancet 1986).

    With intervals, and with what was not measured left out: :func:`limits_of_agreement`.

    Parameters
    ----------
    first, second : array, shape (n,)
        n >= 2 paired measurements without NaN.

    Raises
    ------
    ValueError
        When the arrays differ in length or hold fewer than two pairs.
    """
    a, b = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if a.ndim != 1 or a.shape != b.shape or a.size < 2:  # a spread needs two
        raise ValueError(f"need two lists of the same length, two or more: got {a.shape} and {b.shape}")
    difference = b - a
    bias, sd = float(difference.mean()), float(difference.std(ddof=1))
    return Agreement(bias, sd, bias - _Z * sd, bias + _Z * sd)


def limits_of_agreement(
    first: ArrayLike,
    second: ArrayLike,
    *,
    method: Literal["exact", "approximate"] = "exact",
    level: float = 0.95,
) -> Limits:
    """Limits of agreement of one pair a subject, with their intervals.

    Parameters
    ----------
    first, second : array, shape (n,)
        Paired measurements; a pair with NaN or None is left out and counted.
    method : {"exact", "approximate"}
        Of the limits' intervals: by noncentral t (Carkeet, Optom Vis Sci 2015;92:e71-80), each limit for itself, or by
        the standard error sd sqrt(1/n + 1.96^2 / (2 (n - 1))) of Bland and Altman (1999), too narrow where n is small.
    level : float
        Of the intervals.

    Raises
    ------
    ValueError
        When the lists differ in length.
    """
    (a, b), left_out = measured_rows(first, second)
    difference, n = b - a, a.size
    few = _too_few(difference, a, b)
    if few:
        return _unknown(difference, few, n, left_out)
    bias, sd = float(difference.mean()), float(difference.std(ddof=1))
    ends = (_exact if method == "exact" else _approximate)(n, level)
    low = Estimate(bias - _Z * sd, bias - ends[1] * sd, bias - ends[0] * sd)
    high = Estimate(bias + _Z * sd, bias + ends[0] * sd, bias + ends[1] * sd)
    return Limits(Estimate.by_t(bias, sd / sqrt(n), n - 1, level), sd, low, high, n, n, left_out)


def limits_of_pairs(subjects: Iterable[ArrayLike], *, level: float = 0.95) -> Limits:
    """Limits of agreement of several pairs a subject, whose true value may differ from pair to pair.

    The variance of the difference of a pair is the sum of that between subjects and that within, from the one-way
    analysis of variance of the differences (Bland and Altman 2007, section 3). The intervals of the limits recover
    the variances of its parts (MOVER: Zou, Stat Methods Med Res 2013;22:630-642).

    Parameters
    ----------
    subjects : iterable of array
        Differences second minus first of each subject; NaN and None are left out and counted.
    level : float
        Of the intervals.
    """
    found = [measured(differences) for differences in subjects]
    several = [differences for differences, _ in found if differences.size]
    left_out = sum(count for _, count in found)
    every = np.concatenate(several) if several else np.empty(0)
    sizes = np.array([differences.size for differences in several], dtype=float)
    few = _too_few(every, every) or ("pairs of two or more subjects are needed" if len(several) < 2 else None)
    if few:
        return _unknown(every, few, len(several), left_out)
    if every.size == len(several):
        return replace(limits_of_agreement(np.zeros_like(every), every, level=level), not_measured=left_out)
    return _of_parts(several, every, sizes, left_out, level)


def _of_parts(several: list[FloatArray], every: FloatArray, sizes: FloatArray, left_out: int, level: float) -> Limits:
    n, total = len(several), every.size
    bias, means = float(every.mean()), np.array([group.mean() for group in several])
    within = sum(float(((group - group.mean()) ** 2).sum()) for group in several) / (total - n)
    size = (total - (sizes**2).sum() / total) / (n - 1)
    between = max(float((sizes * (means - bias) ** 2).sum() / (n - 1) - within) / size, 0.0)
    sd = sqrt(between + within)
    error = sqrt(between * float((sizes**2).sum()) / total**2 + within / total)
    bias_interval = Estimate.by_t(bias, error, n - 1, level)
    share = 1 - float((1 / sizes).mean())  # one over the harmonic mean of the sizes
    smaller, larger = _sd_interval(sd, ((float(means.var(ddof=1)), n - 1), (share * within, total - n)), level)
    half = bias - bias_interval.low
    inner, outer = (sqrt(half**2 + (_Z * far) ** 2) for far in (sd - smaller, larger - sd))
    low, high = bias - _Z * sd, bias + _Z * sd
    return Limits(
        bias_interval,
        sd,
        Estimate(low, low - outer, low + inner),
        Estimate(high, high - inner, high + outer),
        total,
        n,
        left_out,
    )


def _sd_interval(sd: float, parts: tuple[tuple[float, float], ...], level: float) -> tuple[float, float]:
    """Interval of the root of a sum of mean squares of these degrees of freedom."""
    down = up = 0.0
    for square, freedom in parts:
        down += (square * (1 - freedom / chi_square_quantile((1 + level) / 2, freedom))) ** 2
        up += (square * (freedom / chi_square_quantile((1 - level) / 2, freedom) - 1)) ** 2
    return sqrt(max(sd**2 - sqrt(down), 0.0)), sqrt(sd**2 + sqrt(up))


def _exact(n: int, level: float) -> tuple[float, float]:
    """Ends of the interval of the upper limit, in standard deviations from the bias."""
    root = sqrt(n)
    low, high = (noncentral_t_quantile(p, n - 1, _Z * root) / root for p in ((1 - level) / 2, (1 + level) / 2))
    return low, high


def _approximate(n: int, level: float) -> tuple[float, float]:
    half = t_quantile((1 + level) / 2, n - 1) * sqrt(1 / n + normal_quantile(0.975) ** 2 / (2 * (n - 1)))
    return _Z - half, _Z + half


def _too_few(difference: FloatArray, *values: FloatArray) -> str | None:
    if difference.size < 2:  # a spread needs two
        return "two pairs are needed" if difference.size else NO_VALUE
    return None if spreads(float(difference.std()), *values) else NO_SPREAD


def _unknown(difference: FloatArray, reason: str, subjects: int, left_out: int) -> Limits:
    bias = float(difference.mean()) if difference.size else nan
    none = Estimate.missing(reason)
    return Limits(Estimate(bias, reason=reason), nan, none, none, difference.size, subjects, left_out)
