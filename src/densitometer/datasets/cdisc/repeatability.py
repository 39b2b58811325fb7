"""How far photographs of one visit differ, and the smallest change that this does not explain.

Nothing changes between the replicates of a visit, so that their spread about its mean is error of measurement: the
within-subject standard deviation of Bland and Altman (BMJ 1996;313:744), pooled over visits by their degrees of
freedom. The minimal detectable change at 95 % is 1.96 times the standard error of the difference of two means of
replicates, which for single photographs is the 1.96 sqrt(2) SEM of Weir (2005).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from math import fsum, sqrt

from densitometer.settings import ChangeSettings

Z95 = 1.959964
LEAST_GROUPS = ChangeSettings().least_replicates
"""Visits with replicates below which the error is not told: the same as for changes found hair by hair."""


def standard_error(groups: Iterable[Sequence[float]], least: int = LEAST_GROUPS) -> float | None:
    """Standard error of measurement (SEM) of one photograph, from replicates.

    Parameters
    ----------
    groups : iterable of sequence of float
        The values of each subject, site and visit, all in one unit; those of a single photograph tell nothing.
    least : int
        How many groups with replicates it takes.

    Returns
    -------
    float or None
        In the unit of the values. None where there are too few groups, or all agree wholly: an error of 0 would call
        any change real.
    """
    several = [group for group in groups if len(group) > 1]
    if len(several) < least:
        return None
    squares = fsum(_squares(group) for group in several)
    freedom = sum(len(group) - 1 for group in several)
    return sqrt(squares / freedom) if squares > 0 else None


def independent(photographs: Sequence[object]) -> float:
    """How many single photographs have a mean as sure as that of these; one that stands several times is one."""
    return len(photographs) ** 2 / sum(count**2 for count in Counter(photographs).values())


def detectable_change(sem: float, before: float, after: float) -> float:
    """Minimal detectable change at 95 % (MDC95) between the means of so many photographs before and after."""
    return Z95 * sem * sqrt(1 / before + 1 / after)


def detectable_mean_change(single: Sequence[float], before: Sequence[object], after: Sequence[object]) -> float:
    """MDC95 of the mean of several changes, each of one photograph against one of the baseline.

    Parameters
    ----------
    single : sequence of float
        MDC95 of each change; their root mean square stands for 1.96 sqrt(2) SEM.
    before, after : sequence
        The two photographs of each: the error of one that serves several times does not average out.

    Returns
    -------
    float
        In the unit of ``single``; of one change it is its own.
    """
    square = fsum(value * value for value in single) / len(single)
    return sqrt(square * (1 / independent(before) + 1 / independent(after)) / 2)


def _squares(group: Sequence[float]) -> float:
    mean = fsum(group) / len(group)
    return fsum((value - mean) ** 2 for value in group)
