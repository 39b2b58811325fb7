"""A number with its interval, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite, nan

import numpy as np
from numpy.typing import ArrayLike, NDArray

from densitometer.statistics.tails import t_quantile

FloatArray = NDArray[np.float64]
NO_VALUE = "no value was measured"
ONE_VALUE = "one value alone has no spread"
NO_SPREAD = "all values are the same, so that their spread cannot be told"
LARGEST = 1e30
"""Size above which a number is no measurement, and its fourth power near the end of what a computer can hold."""
_EQUAL = 1e-12
"""Spread, relative to the values, below which they differ by rounding alone."""


@dataclass(frozen=True)
class Estimate:
    """A number with its interval.

    Attributes
    ----------
    value : float
        NaN where it could not be told, which is never 0.
    low, high : float
        Ends of the interval, of 95 % unless another level was asked for; NaN where there is none. A value may have
        no interval: the mean of one subject.
    reason : str or None
        Why the value or its interval is missing; None where both are there.
    """

    value: float
    low: float = nan
    high: float = nan
    reason: str | None = None

    @classmethod
    def missing(cls, reason: str) -> Estimate:
        """Tell no value."""
        return cls(nan, reason=reason)

    @classmethod
    def by_t(cls, value: float, error: float, freedom: float, level: float = 0.95) -> Estimate:
        """Give a value with its standard error the interval of Student's t."""
        half = t_quantile((1 + level) / 2, freedom) * error
        return cls(value, value - half, value + half)

    @property
    def known(self) -> bool:
        """Whether there is a value, with its interval or without."""
        return isfinite(self.value)


def as_numbers(values: ArrayLike) -> FloatArray:
    """Make numbers of values: NaN of None, and 0 of what is as good as that, whose squares a computer cannot hold."""
    array = np.asarray(values, dtype=float)
    return np.where(np.abs(array) < 1 / LARGEST, 0.0, array)


def is_measured(values: FloatArray) -> NDArray[np.bool_]:
    """Whether each value is a measurement."""
    return np.abs(values) <= LARGEST  # false of NaN


def measured(values: ArrayLike) -> tuple[FloatArray, int]:
    """Leave out what was not measured: NaN, None, and the infinite or as good as that.

    Returns
    -------
    values : float array, shape (m,)
    left_out : int
    """
    array = as_numbers(values).ravel()
    kept = array[is_measured(array)]
    return kept, array.size - kept.size


def measured_rows(*columns: ArrayLike) -> tuple[tuple[FloatArray, ...], int]:
    """Keep the places where all of several lists were measured.

    Raises
    ------
    ValueError
        When the lists differ in length: they are then not of the same subjects.
    """
    table = [as_numbers(column).ravel() for column in columns]
    if len({column.size for column in table}) != 1:
        raise ValueError(f"need lists of the same length: got {[column.size for column in table]}")
    kept = is_measured(np.array(table)).all(axis=0)
    return tuple(column[kept] for column in table), int((~kept).sum())


def spreads(deviation: float, *values: FloatArray) -> bool:
    """Whether a deviation (of the values' unit) is more than rounding of the values."""
    size = max((float(np.abs(array).max()) for array in values if array.size), default=0.0)
    return _EQUAL * size < deviation < inf
