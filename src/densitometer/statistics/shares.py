"""Shares of a group, such as the responders among its subjects, and differences of shares, with intervals."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, sqrt
from typing import Literal

from numpy.typing import ArrayLike

from densitometer.statistics.estimate import NO_VALUE, Estimate, measured
from densitometer.statistics.tails import beta_quantile, normal_quantile


@dataclass(frozen=True)
class Share:
    """A share of a group.

    Attributes
    ----------
    estimate : Estimate
        From 0 to 1; NaN of an empty group.
    count : int or None
        So many of the n; None where it could not be told.
    n : int
        Subjects that were measured.
    not_measured : int
        Subjects who were not; they are not among the n.
    """

    estimate: Estimate
    count: int | None
    n: int
    not_measured: int = 0


def share(
    count: int, n: int, *, method: Literal["wilson", "exact"] = "wilson", level: float = 0.95, not_measured: int = 0
) -> Share:
    """Share of so many in so many, with its interval.

    Parameters
    ----------
    count, n : int
    method : {"wilson", "exact"}
        Wilson's score interval, whose mean coverage is the level (Newcombe, Stat Med 1998;17:857-872, method 3), or
        that of Clopper and Pearson, whose coverage is never below it (method 5).
    level : float
        Of the interval.
    not_measured : int
        Carried into the result.
    """
    if n < 1 or not 0 <= count <= n:
        reason = NO_VALUE if n < 1 else f"{count} is not a number of {n}"
        return Share(Estimate.missing(reason), None, n, not_measured)
    low, high = (_wilson if method == "wilson" else _exact)(count, n, level)
    return Share(Estimate(count / n, low, high), count, n, not_measured)


def responders(
    changes: ArrayLike, detectable: float, *, method: Literal["wilson", "exact"] = "wilson", level: float = 0.95
) -> Share:
    """Share of subjects whose rise is more than the minimal detectable change.

    Parameters
    ----------
    changes : array
        One a subject; NaN and None are left out and counted.
    detectable : float
        Minimal detectable change, in the unit of the changes; NaN where it is unknown.
    """
    found, left_out = measured(changes)
    if not 0 < detectable < inf:
        reason = "the smallest change that error does not explain is unknown"
        return Share(Estimate.missing(reason), None, found.size, left_out)
    return share(int((found > detectable).sum()), found.size, method=method, level=level, not_measured=left_out)


def share_difference(first: Share, second: Share, *, level: float = 0.95) -> Estimate:
    """Difference of two shares, first minus second, with the interval of Newcombe (Stat Med 1998;17:873-890).

    His method 10, from Wilson's intervals of both shares, without correction for continuity. The groups must be of
    different subjects.
    """
    if first.count is None or second.count is None or not (first.estimate.known and second.estimate.known):
        return Estimate.missing(first.estimate.reason or second.estimate.reason or NO_VALUE)
    a, b = first.estimate.value, second.estimate.value
    (low_a, high_a), (low_b, high_b) = _wilson(first.count, first.n, level), _wilson(second.count, second.n, level)
    below, above = sqrt((a - low_a) ** 2 + (high_b - b) ** 2), sqrt((high_a - a) ** 2 + (b - low_b) ** 2)
    return Estimate(a - b, a - b - below, a - b + above)


def _wilson(count: int, n: int, level: float) -> tuple[float, float]:
    z, p = normal_quantile((1 + level) / 2), count / n
    half = z * sqrt(z * z + 4 * n * p * (1 - p))
    # The ends are exact where the count is none or all, and not what rounding leaves of them.
    low = 0.0 if count == 0 else (2 * n * p + z * z - half) / (2 * (n + z * z))
    high = 1.0 if count == n else (2 * n * p + z * z + half) / (2 * (n + z * z))
    return low, high


def _exact(count: int, n: int, level: float) -> tuple[float, float]:
    error = (1 - level) / 2
    low = 0.0 if count == 0 else beta_quantile(error, count, n - count + 1)
    high = 1.0 if count == n else beta_quantile(1 - error, count + 1, n - count)
    return low, high
