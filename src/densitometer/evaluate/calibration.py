"""Whether confidences and intervals keep what they promise: of hairs with confidence 0.8, 80 % are real."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

BINS = 10


@dataclass(frozen=True)
class Bin:
    """Hairs of about the same confidence.

    Attributes
    ----------
    low, high : float
        Confidences that fall in, `low` included; `high` too in the last bin alone.
    count : int
        Number of hairs.
    mean_confidence, real_share : float
        What is promised and what is kept; NaN when the bin is empty.
    """

    low: float
    high: float
    count: int
    mean_confidence: float
    real_share: float


def reliability(confidence: ArrayLike, real: ArrayLike, bins: int = BINS) -> tuple[Bin, ...]:
    """Reliability curve: promised and kept share of real hairs in bins of equal width (Guo et al., ICML 2017).

    Parameters
    ----------
    confidence : array, shape (n,)
        Probabilities, 0 to 1.
    real : bool array, shape (n,)
    bins : int
        Number of bins, the empty ones included.

    Raises
    ------
    ValueError
        When the lists differ in length, or a confidence is no probability.
    """
    c, y = _checked(confidence, real)
    at = np.minimum((c * bins).astype(int), bins - 1)
    count = np.bincount(at, minlength=bins)
    some = np.where(count, count, np.nan)
    promised, kept = np.bincount(at, c, bins) / some, np.bincount(at, y, bins) / some
    return tuple(Bin(k / bins, (k + 1) / bins, int(count[k]), float(promised[k]), float(kept[k])) for k in range(bins))


def calibration_error(confidence: ArrayLike, real: ArrayLike, bins: int = BINS) -> float:
    """Expected calibration error: mean over hairs of |promised - kept| of the hair's bin (Naeini et al., AAAI 2015).

    Chance alone keeps it above 0, the more so the fewer hairs there are.

    Parameters
    ----------
    confidence, real, bins
        As for :func:`reliability`, which also says what is raised.

    Returns
    -------
    float
        NaN when there is no hair.
    """
    filled = [one for one in reliability(confidence, real, bins) if one.count]
    hairs = sum(one.count for one in filled)
    apart = sum(one.count * abs(one.mean_confidence - one.real_share) for one in filled)
    return apart / hairs if hairs else float("nan")


def brier_score(confidence: ArrayLike, real: ArrayLike) -> float:
    """Mean squared difference of confidence and truth (Brier 1950): 0 is perfect, 0.25 is always saying one half.

    Parameters
    ----------
    confidence, real
        As for :func:`reliability`, which also says what is raised.

    Returns
    -------
    float
        NaN when there is no hair.
    """
    c, y = _checked(confidence, real)
    return float(np.mean((c - y) ** 2)) if c.size else float("nan")


def log_loss(confidence: ArrayLike, real: ArrayLike, least: float = 1e-3) -> float:
    """Mean negative logarithm of the probability given to what was the case: 0 is perfect, 0.693 says nothing.

    Parameters
    ----------
    confidence, real
        As for :func:`reliability`, which also says what is raised.
    least : float
        Probabilities are taken to be no nearer to 0 and 1 than this, so that one sure error does not cost everything.

    Returns
    -------
    float
        NaN when there is no hair.
    """
    c, y = _checked(confidence, real)
    if not c.size:
        return float("nan")
    c = np.clip(c, least, 1 - least)
    return float(-np.mean(np.where(y, np.log(c), np.log1p(-c))))


def covered(low: ArrayLike, high: ArrayLike, truth: ArrayLike) -> BoolArray:
    """Tell which intervals hold the truth, their ends included.

    Parameters
    ----------
    low, high, truth : array, shape (n,)

    Returns
    -------
    bool array, shape (n,)
    """
    value = np.asarray(truth, dtype=float)
    return np.asarray((np.asarray(low, dtype=float) <= value) & (value <= np.asarray(high, dtype=float)))


def _checked(confidence: ArrayLike, real: ArrayLike) -> tuple[FloatArray, BoolArray]:
    c, y = np.asarray(confidence, dtype=float), np.asarray(real, dtype=bool)
    if c.ndim != 1 or c.shape != y.shape:
        raise ValueError(f"need two lists of the same length: got {c.shape} and {y.shape}")
    if not ((c >= 0) & (c <= 1)).all():  # NaN is no probability either
        raise ValueError("confidences are probabilities: each must lie from 0 to 1")
    return c, y
