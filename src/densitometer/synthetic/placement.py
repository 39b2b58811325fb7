"""Follicular openings, scattered over the skin as nature scatters them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from densitometer.errors import RenderError

FloatArray = NDArray[np.float64]
_CLOSEST = 0.80  # least distance of the most even layout, as a share of that in a hexagonal lattice (rows show above)
_ROUNDS = 24
_MOST_PER_MM2 = 100.0
_MOST = 60_000
MOST_MM = 100.0


def place_units(count: int, size_mm: tuple[float, float], regularity: float, dice: np.random.Generator) -> FloatArray:
    """Places of follicular openings.

    Places drawn in a loosely jittered grid push one another apart until none is nearer than a distance that grows with
    ``regularity``; that is blue noise without the rows of a lattice. The patch is taken as a torus meanwhile, so that
    openings are as dense at its border as inside.

    Parameters
    ----------
    count : int
        Number of openings.
    size_mm : tuple of float
        Width and height of the patch, mm.
    regularity : float
        0: at random (Poisson); 1: as evenly as can be.
    dice : numpy Generator
        Source of chance.

    Returns
    -------
    (count, 2) float array
        x and y in mm, 0 up to the size.

    Raises
    ------
    RenderError
        A size, count or regularity that makes no sense, or more openings than skin has room for.
    """
    size = check_size(size_mm)
    if not 0 <= regularity <= 1:
        raise RenderError(f"regularity is {regularity:g}; it lies between 0 (random) and 1 (even)")
    if count < 0:
        raise RenderError(f"the number of hair openings is {count}; it cannot be negative")
    room = int(min(size.prod() * _MOST_PER_MM2, _MOST))
    if count > room:
        raise RenderError(
            f"{count} hair openings do not fit on {size[0]:g} x {size[1]:g} mm of skin (room for {room}); "
            "lower the density or change the size"
        )
    places = _first_places(count, size, regularity, dice)
    lattice = np.sqrt(2 / np.sqrt(3) * size.prod() / max(count, 1))
    return _push_apart(places, size, _CLOSEST * regularity * lattice)


def check_size(size_mm: tuple[float, float]) -> FloatArray:
    """Width and height of a patch as an array, mm.

    Raises
    ------
    RenderError
        They are not two positive numbers up to 100 mm.
    """
    size = np.asarray(size_mm, dtype=np.float64)
    if size.shape != (2,) or not np.isfinite(size).all() or size.min() <= 0 or size.max() > MOST_MM:
        sides = " x ".join(f"{side:.4g}" for side in size.ravel())
        raise RenderError(f"the scalp's size is {sides} mm; give a width and a height above 0 and up to {MOST_MM:g}")
    return size


def _first_places(count: int, size: FloatArray, regularity: float, dice: np.random.Generator) -> FloatArray:
    """One place in each of about ``count`` cells; the cells grow over the whole patch as regularity goes to 0."""
    anywhere = dice.random((count, 2))
    if regularity <= 0 or count == 0:
        return np.asarray(anywhere * size)
    columns = int(np.ceil(np.sqrt(count * size[0] / size[1])))
    rows = int(np.ceil(count / columns))
    cells = dice.permutation(columns * rows)[:count]
    cell = size / (columns, rows)
    middle = (np.column_stack([cells % columns, cells // columns]) + 0.5) * cell
    return np.asarray((middle + (anywhere - 0.5) * np.minimum(cell / regularity, size)) % size)


def _push_apart(places: FloatArray, size: FloatArray, apart: float) -> FloatArray:
    """Push neighbours nearer than ``apart`` away from each other, on a torus."""
    if len(places) < 2 or apart <= 0 or apart * 2 >= size.min():
        return places
    for _ in range(_ROUNDS):
        pairs = cKDTree(places, boxsize=size).query_pairs(apart, output_type="ndarray")
        if not len(pairs):
            break
        between = places[pairs[:, 0]] - places[pairs[:, 1]]
        between -= np.round(between / size) * size
        distance = np.maximum(np.hypot(*between.T), 1e-9)
        push = between * (0.55 * (apart / distance - 1))[:, None]
        step = np.stack(
            [
                np.bincount(pairs.ravel(), np.stack([push[:, axis], -push[:, axis]], 1).ravel(), len(places))
                for axis in (0, 1)
            ],
            axis=1,
        )
        longest = np.maximum(np.hypot(*step.T) / (0.5 * apart), 1)
        places = (places + step / longest[:, None]) % size
        places = np.where(places >= size, 0.0, places)  # the remainder of a tiny negative number rounds up to the size
    return places
