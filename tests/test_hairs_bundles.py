"""Taking dark blobs apart into hairs."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from densitometer.hairs import rods as rod
from densitometer.hairs.bundles import _combine, _variants, explain
from densitometer.hairs.candidates import find_candidates
from densitometer.hairs.cost import Cost, Prior
from densitometer.settings import BundleSettings
from test_hairs_candidates import blob_of_rods, straight

COST = Cost(Prior(8.0, None), BundleSettings(), 8.0)


def off_px(found: NDArray[np.float64], truth: NDArray[np.float64]) -> float:
    """How far the nearest found rod's ends lie from those of a true one."""
    ends = truth.reshape(-1)[:4].reshape(2, 2)
    each = found[:, :4].reshape(-1, 2, 2)
    there, back = (np.hypot(*np.moveaxis(each[:, order] - ends, 2, 0)).max(axis=1) for order in ([0, 1], [1, 0]))
    return float(np.minimum(there, back).min())


@pytest.mark.parametrize("degrees", [0.0, 17.0, 45.0, 90.0, 131.0])
@pytest.mark.parametrize("width", [4.0, 6.0, 8.0, 9.5])
def test_one_hair_is_one_rod_fitted_to_its_ends_and_width(degrees: float, width: float) -> None:
    truth = straight((65.3, 54.6), degrees, width=width)
    found, worth = explain(blob_of_rods(truth), COST)
    assert len(found) == 1 and worth[0] > 0
    assert off_px(found, truth) < 2.5
    assert found[0, rod.WIDTH] == pytest.approx(width, abs=1.3)


@pytest.mark.parametrize("bow", [-5.0, 4.0])
def test_bowed_hair_is_one_rod_bowed_the_same_way(bow: float) -> None:
    truth = straight((65, 55), 25)
    truth[0, rod.BOW] = bow
    found, _ = explain(blob_of_rods(truth), COST)
    assert len(found) == 1
    same_way = np.sign((found[0, 2:4] - found[0, :2]) @ (truth[0, 2:4] - truth[0, :2]))
    assert np.sign(found[0, rod.BOW] * same_way) == np.sign(bow)
    assert off_px(found, truth) < 6


@pytest.mark.parametrize("degrees", [20.0, 35.0, 60.0, 90.0])
def test_crossing_hairs_are_taken_apart(degrees: float) -> None:
    truth = np.concatenate([straight((65, 55), 10), straight((65, 55), 10 + degrees)])
    found, worth = explain(blob_of_rods(truth), COST)
    assert len(found) == 2 and (worth > 0).all()
    assert max(off_px(found, one) for one in truth) < 4


@pytest.mark.parametrize("spread", [12.0, 18.0, 25.0])
def test_three_hairs_from_one_opening(spread: float) -> None:
    ways = [np.radians(30 + spread * k) for k in (-1, 0, 1)]
    truth = np.array([[20, 30, 20 + 80 * np.cos(a), 30 + 80 * np.sin(a), 8, 0, 0] for a in ways])
    found, worth = explain(blob_of_rods(truth), COST)
    assert len(found) == 3 and (worth > 0).all()
    # Where the three lie on one another near the opening none of them is seen to end.
    assert max(off_px(found, one) for one in truth) < 25
    roots = found[:, :4].reshape(-1, 2)
    tips = truth[:, 2:4]
    assert all(np.hypot(*(roots - tip).T).min() < 5 for tip in tips)


@pytest.mark.parametrize("members", [2, 3, 4])
def test_hairs_side_by_side_without_a_gap(members: int) -> None:
    truth = np.concatenate([straight((65, 40 + 8 * k), 0) for k in range(members)])
    found, _ = explain(blob_of_rods(truth), COST)
    assert len(found) == members


def test_skin_alone_has_no_hair() -> None:
    found, worth = explain(blob_of_rods(rod.no_rods()), COST)
    assert found.shape == (0, 7) and worth.shape == (0,)


def test_longer_hair_is_worth_more() -> None:
    worths = [explain(blob_of_rods(straight((65, 55), 15, length=length)), COST)[1][0] for length in (30, 50, 90)]
    assert worths[0] < worths[1] < worths[2]


def test_beam_search_returns_one_combination_a_size_without_repeats() -> None:
    blob = blob_of_rods(np.concatenate([straight((65, 55), 10), straight((65, 55), 50), straight((60, 45), 30)]))
    candidates = find_candidates(blob, COST)
    combinations = _combine(candidates, blob, COST)
    sizes = [len(chosen) for chosen in combinations]
    assert sizes == sorted(set(sizes))
    assert all(len(set(chosen)) == len(chosen) and max(chosen) < len(candidates) for chosen in combinations)
    assert _combine(candidates, blob, COST) == combinations
    assert _combine(rod.no_rods(), blob, COST) == []


def test_variants_start_with_the_rod_itself_and_move_no_end_far() -> None:
    one = straight((65, 55), 33)[0]
    variants = _variants(one, step=1.0)
    np.testing.assert_array_equal(variants[0], one)
    assert len(np.unique(variants.round(9), axis=0)) == len(variants)
    assert np.abs(variants[:, :4] - one[:4]).max() <= 2.0 + 1e-9
    assert (variants[:, rod.WIDTH] >= 2).all()
    assert (np.abs(variants[:, rod.TAPER]) <= 0.7).all()


def test_same_blob_gives_the_same_bytes() -> None:
    blob = blob_of_rods(np.concatenate([straight((65, 55), 20), straight((60, 50), 55)]))
    first, second = explain(blob, COST), explain(blob, COST)
    assert first[0].tobytes() == second[0].tobytes()
    assert first[1].tobytes() == second[1].tobytes()
