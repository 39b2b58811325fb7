"""How sure a statistic over photographs is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
