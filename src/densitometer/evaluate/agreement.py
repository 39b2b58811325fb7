"""How far two counts agree, and how sure a statistic over photographs is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
T = TypeVar("T")


def bootstrap_interval(
    items: Sequence[T],
    groups: Sequence[object],
    statistic: Callable[[list[T]], ArrayLike],
    *,
    draws: int = 2000,
    seed: int = 0,
) -> tuple[FloatArray, FloatArray]:
    """95 % percentile bootstrap interval, drawing whole subjects with replacement.

    Hairs of one photograph, and photographs of one subject, are alike, so subjects are what is drawn
    (Efron and Tibshirani 1993, ch. 8 and 13).

    Parameters
    ----------
    items : sequence of length n
        One entry a photograph, e.g. its :class:`Score`.
    groups : sequence of length n
        The subject of each entry.
    statistic : callable
        From a list of entries to a number or an array of numbers.
    draws, seed : int
        Number of draws and seed of the generator: the same seed, the same interval.

    Returns
    -------
    low, high : float array, of the statistic's shape

    Raises
    ------
    ValueError
        When there is no item, or not one group for each.
    """
    if not items or len(items) != len(groups):
        raise ValueError(f"need one group for each item and at least one: {len(items)} items, {len(groups)} groups")
    members: dict[object, list[T]] = {}
    for item, group in zip(items, groups, strict=True):
        members.setdefault(group, []).append(item)
    subjects = list(members.values())
    random = np.random.default_rng(seed)
    drawn = random.integers(len(subjects), size=(draws, len(subjects)))
    values = np.array([statistic([item for at in draw for item in subjects[at]]) for draw in drawn], dtype=float)
    # A draw whose statistic cannot be told (no matched hair, say) has no say in the interval.
    low, high = np.nanquantile(values, [0.025, 0.975], axis=0)
    return np.asarray(low), np.asarray(high)


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


def bland_altman(first: ArrayLike, second: ArrayLike) -> Agreement:
    """Bias and 95 % limits of agreement of two methods on the same subjects (Bland and Altman, Lancet 1986).

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
    return Agreement(bias, sd, bias - 1.96 * sd, bias + 1.96 * sd)


def icc_agreement(ratings: ArrayLike) -> float:
    """Intraclass correlation ICC(2,1): two-way random effects, absolute agreement, single rating.

    Shrout and Fleiss, Psychological Bulletin 86 (1979) 420-428:
    (BMS - EMS) / (BMS + (k - 1) EMS + k (JMS - EMS) / n).

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
    n, k = x.shape
    subject, rater, mean = x.mean(axis=1), x.mean(axis=0), x.mean()
    between = k * ((subject - mean) ** 2).sum() / (n - 1)
    raters = n * ((rater - mean) ** 2).sum() / (k - 1)
    error = ((x - subject[:, None] - rater + mean) ** 2).sum() / ((n - 1) * (k - 1))
    whole = between + (k - 1) * error + k * (raters - error) / n
    return float((between - error) / whole) if whole else float("nan")
