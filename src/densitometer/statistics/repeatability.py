"""How far measurements of one thing differ, and the smallest change that this does not explain.

Nothing changes between the replicates of a subject, site and visit, so that their spread about its mean is error of
measurement: the within-subject standard deviation of Bland and Altman (BMJ 1996;313:744), which others call the
standard error of measurement (SEM), pooled by degrees of freedom, so that groups may differ in size.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import expm1, nan, sqrt

import numpy as np
from numpy.typing import ArrayLike

from densitometer.statistics.estimate import Estimate, FloatArray, measured, spreads
from densitometer.statistics.tails import chi_square_quantile, normal_quantile

_MOST_LOGS = 100.0


@dataclass(frozen=True)
class Repeatability:
    """Error of measurement from replicates.

    Attributes
    ----------
    sem : Estimate
        Standard error of one measurement (within-subject standard deviation), in the unit of the values, with the
        interval of chi square.
    cv_logs_percent : float
        Within-subject coefficient of variation from logarithms, (exp(SEM of logs) - 1) 100 (Bland and Altman, BMJ
        1996;313:106); NaN where a value is not above 0.
    cv_squares_percent : float
        The same as the root mean square of the coefficients of all groups, weighted by their degrees of freedom.
    mdc95 : float
        Minimal detectable change at 95 % between two single measurements.
    groups, measurements, freedom : int
        Groups of two or more values, the values in them, and their degrees of freedom.
    single, not_measured : int
        Groups of one value, which tell nothing of error, and values left out.
    """

    sem: Estimate
    cv_logs_percent: float
    cv_squares_percent: float
    mdc95: float
    groups: int
    measurements: int
    freedom: int
    single: int
    not_measured: int

    @property
    def reason(self) -> str | None:
        """Why there is no SEM; None where there is one."""
        return self.sem.reason


def repeatability_of(groups: Iterable[ArrayLike], *, least_groups: int = 1, level: float = 0.95) -> Repeatability:
    """Error of measurement from groups of replicates, which may differ in number.

    Parameters
    ----------
    groups : iterable of array
        The values of each subject, site and visit, all in one unit; NaN and None are left out and counted.
    least_groups : int
        How many groups of two or more values it takes.
    level : float
        Of the interval.

    Returns
    -------
    Repeatability
        Of NaN and a reason where there are too few groups, or where all replicates agree wholly: an error of 0 would
        call any change real.
    """
    pairs = [measured(group) for group in groups]
    several = [values for values, _ in pairs if values.size > 1]
    freedom = sum(values.size - 1 for values in several)
    sem = _sem(several, freedom, max(least_groups, 1), level)
    counts = (
        len(several),
        sum(values.size for values in several),
        freedom,
        sum(values.size == 1 for values, _ in pairs),
        sum(left_out for _, left_out in pairs),
    )
    if not sem.known:
        return Repeatability(sem, nan, nan, nan, *counts)
    return Repeatability(sem, _cv_logs(several), _cv_squares(several), detectable_change(sem.value), *counts)


def detectable_change(sem: float, before: int = 1, after: int = 1, level: float = 0.95) -> float:
    """Minimal detectable change between the means of so many replicates before and after.

    1.96 SEM sqrt(1/before + 1/after), which of single measurements is the 1.96 sqrt(2) SEM of Weir (J Strength Cond
    Res 2005;19:231-240).

    Returns
    -------
    float
        In the unit of ``sem``; NaN where the SEM is unknown or not above 0, or there is no replicate.
    """
    if not sem > 0 or before < 1 or after < 1:
        return nan
    return normal_quantile((1 + level) / 2) * sem * sqrt(1 / before + 1 / after)


def _sem(several: Sequence[FloatArray], freedom: int, least: int, level: float) -> Estimate:
    if len(several) < least:
        return Estimate.missing(
            "no visit has two or more replicates"
            if not several
            else f"{least} visits with replicates are needed, and there are {len(several)}"
        )
    sem = _pooled(several)
    if not spreads(sem, *several):
        return Estimate.missing("all replicates agree wholly, so that their error cannot be told")
    low, high = (sqrt(freedom / chi_square_quantile(p, freedom)) for p in ((1 + level) / 2, (1 - level) / 2))
    return Estimate(sem, sem * low, sem * high)


def _pooled(several: Sequence[FloatArray]) -> float:
    squares = sum(float(((values - values.mean()) ** 2).sum()) for values in several)
    return sqrt(squares / sum(values.size - 1 for values in several))


def _cv_logs(several: Sequence[FloatArray]) -> float:
    if any((values <= 0).any() for values in several):
        return nan
    pooled = _pooled([np.log(values) for values in several])
    return 100 * expm1(pooled) if pooled < _MOST_LOGS else nan


def _cv_squares(several: Sequence[FloatArray]) -> float:
    if any((values <= 0).any() for values in several):
        return nan
    return 100 * _pooled([values / values.mean() for values in several])
