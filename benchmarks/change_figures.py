"""The few statistics that the tables of comparisons need: shares and means with their intervals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

_Z95 = 1.959964


def wilson(hits: int, of: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson, JASA 1927), which also holds near 0 and 1; NaN of nothing."""
    if not of:
        return float("nan"), float("nan")
    share, more = hits / of, _Z95**2 / of
    middle = (share + more / 2) / (1 + more)
    half = _Z95 * np.sqrt(share * (1 - share) / of + more / (4 * of)) / (1 + more)
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def mean_interval(values: ArrayLike) -> tuple[float, float, float]:
    """Mean with its 95 % t-interval; NaN bounds of fewer than two values."""
    some = finite(values)
    if some.size < 2:  # a spread needs two
        return (float(some.mean()) if some.size else float("nan")), float("nan"), float("nan")
    half = float(stats.t.ppf(0.975, some.size - 1) * some.std(ddof=1) / np.sqrt(some.size))
    mean = float(some.mean())
    return mean, mean - half, mean + half


def finite(values: ArrayLike) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """The values that are numbers."""
    some = np.asarray(values, float).ravel()
    return some[np.isfinite(some)]


def share_cell(hits: int, of: int) -> str:
    """A share with its interval and what it is a share of."""
    if not of:
        return "–"
    low, high = wilson(hits, of)
    return f"{hits / of:.1%} ({low:.1%}–{high:.1%}) of {of}"


def counted(flags: Sequence[bool]) -> str:
    """The same, of a list of right and wrong."""
    return share_cell(sum(map(bool, flags)), len(flags))
