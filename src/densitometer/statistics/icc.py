"""Intraclass correlation: how much of the spread of measurements lies between the subjects.

Names as in Shrout and Fleiss (Psychol Bull 1979;86:420-428); intervals as in McGraw and Wong (Psychol Methods
1996;1:30-46).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import ArrayLike

from densitometer.statistics.estimate import NO_SPREAD, Estimate, FloatArray, as_numbers, is_measured, measured, spreads
from densitometer.statistics.tails import f_quantile

_NO_INTERVAL = "subjects differ too little, beside their replicates, for an interval"
_AGREE_WHOLLY = "all replicates agree wholly, so that the interval cannot be told"


@dataclass(frozen=True)
class Icc:
    """An intraclass correlation.

    Attributes
    ----------
    estimate : Estimate
        1 where all measurements of a subject agree; below 0 where they differ more than the subjects do.
    subjects, measurements : int
        What it rests on.
    not_measured : int
        For complete tables the subjects left out because a measurement is missing, otherwise the measurements.
    """

    estimate: Estimate
    subjects: int
    measurements: int
    not_measured: int


@dataclass(frozen=True)
class _TwoWay:
    """Mean squares of a table: of subjects, of raters, and what is left."""

    subjects: float
    raters: float
    error: float
    n: int
    k: int

    @classmethod
    def of(cls, table: FloatArray) -> _TwoWay:
        n, k = table.shape
        subject, rater, mean = table.mean(axis=1), table.mean(axis=0), table.mean()
        error = ((table - subject[:, None] - rater + mean) ** 2).sum() / ((n - 1) * (k - 1))
        between = k * ((subject - mean) ** 2).sum() / (n - 1)
        return cls(float(between), float(n * ((rater - mean) ** 2).sum() / (k - 1)), float(error), n, k)

    def agreement(self) -> float:
        whole = self.subjects + (self.k - 1) * self.error + self.k * (self.raters - self.error) / self.n
        return (self.subjects - self.error) / whole if whole else nan

    def consistency(self) -> float:
        whole = self.subjects + (self.k - 1) * self.error
        return (self.subjects - self.error) / whole if whole else nan


def icc_agreement(ratings: ArrayLike) -> float:
    """Intraclass correlation ICC(2,1): two-way random effects, absolute agreement, single rating.

    Shrout and Fleiss, Psychological Bulletin 86 (1979) 420-428:
    (BMS - EMS) / (BMS + (k - 1) EMS + k (JMS - EMS) / n). With its interval: :func:`icc_two_way`.

    Parameters
    ----------
    ratings : array, shape (n, k)
        n subjects by k raters or methods, both >= 2, without gaps.

    Returns
    -------
    float
        1 for perfect agreement; NaN when all ratings are the same.

    Raises
    ------
    ValueError
        When there are fewer than two subjects or two raters, or a rating is missing.
    """
    x = np.asarray(ratings, dtype=float)
    if x.ndim != 2 or min(x.shape) < 2 or not np.isfinite(x).all():  # a table of two by two or more
        raise ValueError(f"need a table of two or more subjects by two or more raters without gaps: got {x.shape}")
    return _TwoWay.of(x).agreement()


def icc_two_way(ratings: ArrayLike, *, level: float = 0.95) -> Icc:
    """ICC(2,1) with its interval: two-way random effects, absolute agreement, single rating.

    McGraw and Wong (1996), case 2A, ICC(A,1), whose interval takes Satterthwaite's degrees of freedom.

    Parameters
    ----------
    ratings : array, shape (n, k)
        n subjects by k raters, methods or replicates. A subject with a gap is left out and counted.
    """
    table, left_out = _complete(ratings)
    return Icc(_estimate(table, level, consistency=False), table.shape[0], table.size, left_out)


def icc_consistency(ratings: ArrayLike, *, level: float = 0.95) -> Icc:
    """ICC(3,1) with its interval: two-way mixed effects, consistency, single rating (McGraw and Wong's ICC(C,1)).

    A constant difference between raters does not lower it: beside ICC(2,1) it tells whether a low agreement is bias.
    """
    table, left_out = _complete(ratings)
    return Icc(_estimate(table, level, consistency=True), table.shape[0], table.size, left_out)


def icc_one_way(groups: Iterable[ArrayLike], *, level: float = 0.95) -> Icc:
    """ICC(1,1) with its interval, from replicates that may differ in number and are in no order.

    The estimate is that of the one-way analysis of variance with n0 = (N - sum k^2 / N) / (n - 1) in place of the
    number of replicates; the interval that of Thomas and Hultquist (Ann Stat 1978;6:582-587) on the unweighted means,
    which for equal numbers is the exact one of Shrout and Fleiss.

    Parameters
    ----------
    groups : iterable of array
        The values of each subject; NaN and None are left out and counted.
    """
    pairs = [measured(group) for group in groups]
    several = [values for values, _ in pairs if values.size]
    left_out = sum(count for _, count in pairs)
    return Icc(_one_way(several, level), len(several), sum(values.size for values in several), left_out)


def _complete(ratings: ArrayLike) -> tuple[FloatArray, int]:
    table = as_numbers(ratings)
    if table.ndim != 2:  # of rows and columns
        table = table.reshape(table.size, 1)
    kept = table[is_measured(table).all(axis=1)]
    return kept, table.shape[0] - kept.shape[0]


def _estimate(table: FloatArray, level: float, *, consistency: bool) -> Estimate:
    if min(table.shape) < 2:  # neither subjects nor raters can differ
        return Estimate.missing("two subjects with two measurements each are needed")
    if not spreads(float(table.std()), table):
        return Estimate.missing(NO_SPREAD)
    square = _TwoWay.of(table)
    value = square.consistency() if consistency else square.agreement()
    if not spreads(square.error**0.5, table):  # else F would be infinite
        return Estimate(value, reason=_AGREE_WHOLLY)
    low, high = (_consistency_interval if consistency else _agreement_interval)(square, level)
    # Of a few subjects who differ less than their replicates the approximate interval may miss the value.
    return Estimate(value, low, high) if low <= value <= high else Estimate(value, reason=_NO_INTERVAL)


def _agreement_interval(square: _TwoWay, level: float) -> tuple[float, float]:
    n, k, p, icc = square.n, square.k, (1 + level) / 2, square.agreement()
    # Their a and b times n (1 - ICC), which the degrees of freedom do not care for.
    raters, error = k * icc * square.raters, (n * (1 - icc) + k * icc * (n - 1)) * square.error
    if not raters and not error:
        return nan, nan
    freedom = (raters + error) ** 2 / (raters**2 / (k - 1) + error**2 / ((n - 1) * (k - 1)))
    below, above = f_quantile(p, n - 1, freedom), f_quantile(p, freedom, n - 1)
    rest = k * square.raters + (k * n - k - n) * square.error
    low = n * (square.subjects - below * square.error) / (below * rest + n * square.subjects)
    high = n * (above * square.subjects - square.error) / (rest + n * above * square.subjects)
    return low, high


def _consistency_interval(square: _TwoWay, level: float) -> tuple[float, float]:
    ratio, between, within = square.subjects / square.error, square.n - 1, (square.n - 1) * (square.k - 1)
    return _ratio_interval(ratio, square.k, between, within, level)


def _one_way(several: list[FloatArray], level: float) -> Estimate:
    sizes = np.array([values.size for values in several], dtype=float)
    n, total = len(several), float(sizes.sum())
    if n < 2 or total <= n:  # neither between nor within subjects
        return Estimate.missing("two subjects are needed, and replicates of one of them")
    values = np.concatenate(several)
    if not spreads(float(values.std()), values):
        return Estimate.missing(NO_SPREAD)
    means = np.array([group.mean() for group in several])
    error = sum(float(((group - group.mean()) ** 2).sum()) for group in several) / (total - n)
    between = float((sizes * (means - values.mean()) ** 2).sum()) / (n - 1)
    size = (total - (sizes**2).sum() / total) / (n - 1)
    icc = float((between - error) / (between + (size - 1) * error))
    if not spreads(error**0.5, values):
        return Estimate(icc, reason=_AGREE_WHOLLY)
    harmonic = float(n / (1 / sizes).sum())
    ratio = harmonic * float(means.var(ddof=1)) / error
    return Estimate(icc, *_ratio_interval(ratio, harmonic, n - 1, total - n, level))


def _ratio_interval(ratio: float, k: float, between: float, within: float, level: float) -> tuple[float, float]:
    """Interval of (F - 1) / (F + k - 1), from that of F."""
    p = (1 + level) / 2
    low, high = ratio / f_quantile(p, between, within), ratio * f_quantile(p, within, between)
    return (low - 1) / (low + k - 1), (high - 1) / (high + k - 1)
