"""Candidate hairs: the best run on every line of every direction."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from densitometer.hairs import rods as rod
from densitometer.hairs.candidates import _best_runs, _without_twins, find_candidates
from densitometer.hairs.cost import Blob, Cost, Prior
from densitometer.settings import BundleSettings

COST = Cost(Prior(8.0, None), BundleSettings(), 8.0)


def blob_of_rods(rods: NDArray[np.float64], shape: tuple[int, int] = (110, 130)) -> Blob:
    """Sure evidence within rods, sure skin elsewhere."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    inside = rod.cover(rods, x.ravel(), y.ravel()).any(axis=0)
    values = np.where(inside, 1.4, -1.2).astype(np.float32)
    return Blob(values.reshape(shape), x.ravel(), y.ravel(), values)


def straight(middle: tuple[float, float], degrees: float, length: float = 80, width: float = 8) -> NDArray[np.float64]:
    way = length / 2 * np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))])
    return np.array([[*(middle - way), *(middle + way), width, 0, 0]])


# Multiples of a quarter: their sums are exact, so that the best sum is one number.
ROWS = arrays(np.float32, (4, 9), elements=st.integers(-8, 8).map(lambda i: i / 4))


@given(ROWS)
def test_best_runs_against_every_run(rows: NDArray[np.float32]) -> None:
    start, end, score = _best_runs(rows)
    for row, first, last, best in zip(rows, start, end, score, strict=True):
        every = [row[a:b].sum() for a in range(10) for b in range(a, 10)]
        assert best == max(every)
        assert 0 <= first <= last <= 9
        assert row[first:last].sum() == best


@given(ROWS)
def test_best_runs_have_nothing_to_lose_at_either_end(rows: NDArray[np.float32]) -> None:
    for row, first, last in zip(rows, *_best_runs(rows)[:2], strict=True):
        if last > first:
            assert row[first] > 0
            assert row[last - 1] > 0


@pytest.mark.parametrize("degrees", [0.0, 11.0, 30.0, 48.0, 90.0, 135.0, 171.0])
@pytest.mark.parametrize("width", [6.0, 8.0, 10.0])
def test_best_candidate_of_one_hair_lies_on_it(degrees: float, width: float) -> None:
    truth = straight((65.3, 54.6), degrees, width=width)
    found = find_candidates(blob_of_rods(truth), COST)
    assert 1 <= len(found) <= COST.settings.max_candidates
    ends = found[0, :4].reshape(2, 2)
    off = [np.abs(ends[order] - truth[0, :4].reshape(2, 2)).max() for order in ([0, 1], [1, 0])]
    # Directions come in steps of 7.5 degrees; fitting does the rest.
    assert min(off) < 10
    turn = (rod.angles(found)[0] - np.radians(degrees) + np.pi / 2) % np.pi - np.pi / 2
    assert abs(np.degrees(turn)) <= 180 / COST.settings.directions


def test_each_of_two_crossing_hairs_has_its_candidate() -> None:
    truth = np.concatenate([straight((65, 55), 20), straight((65, 55), 80)])
    found = find_candidates(blob_of_rods(truth), COST)
    angles = np.degrees(rod.angles(found)) % 180
    for wanted in (20, 80):
        assert np.abs((angles[:10] - wanted + 90) % 180 - 90).min() < 8


def test_nothing_in_nothing() -> None:
    assert find_candidates(blob_of_rods(rod.no_rods()), COST).shape == (0, 7)
    assert find_candidates(blob_of_rods(straight((65, 55), 20, length=8, width=8)), COST).shape == (0, 7)


def test_twins_are_dropped_whichever_end_comes_first() -> None:
    one, far, wide = (straight((65, 55), 20, width=w) for w in (8, 8, 12))
    far[:, :4] += 5
    near = one.copy()
    near[:, :4] += 1
    kept = _without_twins(np.concatenate([one, near, rod.turned(one), far, wide]), most=10)
    np.testing.assert_array_equal(kept, np.concatenate([one, far, wide]))
    np.testing.assert_array_equal(_without_twins(np.concatenate([one, far, wide]), most=2), np.concatenate([one, far]))


def test_same_blob_gives_the_same_bytes() -> None:
    blob = blob_of_rods(np.concatenate([straight((65, 55), 20), straight((60, 50), 55)]))
    assert find_candidates(blob, COST).tobytes() == find_candidates(blob, COST).tobytes()
