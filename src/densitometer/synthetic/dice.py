"""Named streams of random numbers, so that one more speck of dust changes nothing but the dust."""

from __future__ import annotations

from zlib import crc32

import numpy as np

Range = tuple[float, float]


def stream(seed: int, *names: str | int) -> np.random.Generator:
    """Random numbers that depend on the seed and the names alone, the same on every machine.

    Parameters
    ----------
    seed : int
        Seed of the scene, 0 or more.
    *names : str or int
        What the numbers are for, such as ``"camera", 2`` for the camera of the second visit.
    """
    keys = [crc32(name.encode()) if isinstance(name, str) else name for name in names]
    return np.random.default_rng([seed, *keys])


def between(dice: np.random.Generator, limits: Range) -> float:
    """Draw one number evenly between the two limits."""
    return float(dice.uniform(*limits))


def chance(dice: np.random.Generator, share: float) -> bool:
    """Draw whether something that happens in ``share`` of all cases does."""
    return bool(dice.random() < share)
