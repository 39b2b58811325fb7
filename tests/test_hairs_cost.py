"""What explanations of a dark blob are worth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from densitometer.hairs import rods as rod
from densitometer.hairs.cost import Blob, Cost, Prior
from densitometer.settings import BundleSettings

UM = 8.0
COST = Cost(Prior(8.0, 0.0), BundleSettings(), UM)


def of(*rods: tuple[float, ...]) -> NDArray[np.float64]:
    return np.array(rods, float)


def price(*shape: float, direction: float | None = 0.0) -> float:
    """Price of one rod from (0, 0): end, width, taper, bow."""
    cost = replace(COST, prior=Prior(8.0, direction))
    return float(cost.price(of((0, 0, *shape)))[0])


def noise(seed: int) -> Blob:
    evidence = np.random.default_rng(seed).uniform(-1.2, 1.4, (40, 60)).astype(np.float32)
    y, x = np.mgrid[:40, :60].astype(np.float32)
    return Blob(evidence, x.ravel(), y.ravel(), evidence.ravel())


def test_ordinary_hair_has_the_price_of_one() -> None:
    assert price(60, 0, 8, 0, 0) == pytest.approx(COST.hair_px2)
    assert pytest.approx(BundleSettings().hair_cost_um2 / 64) == COST.hair_px2
    assert pytest.approx(BundleSettings().min_length_um / 8) == COST.min_length_px


def test_what_is_unusual_costs_more() -> None:
    plain = price(60, 0, 8, 0, 0)
    assert plain < price(60, 0, 10, 0, 0) < price(60, 0, 14, 0, 0)
    assert plain < price(60, 0, 6, 0, 0) < price(60, 0, 4, 0, 0)
    assert price(60, 0, 6, 0, 0) < price(60, 0, 8 * 8 / 6, 0, 0)  # thin hairs are common, thick ones rare
    assert plain < price(60, 0, 8, 0.2, 0) < price(60, 0, 8, 0.4, 0)
    assert plain < price(60, 0, 8, 0, 3) < price(60, 0, 8, 0, 6)
    assert price(60, 0, 8, 0.2, 3) == pytest.approx(price(60, 0, 8, -0.2, -3))


def test_turn_against_the_photographs_direction_costs() -> None:
    free = BundleSettings().free_turn_deg

    def turned(degrees: float) -> float:
        return price(60 * np.cos(np.radians(degrees)), 60 * np.sin(np.radians(degrees)), 8, 0, 0)

    plain = price(60, 0, 8, 0, 0)
    assert turned(0.9 * free) == turned(-0.9 * free) == turned(180 - 0.9 * free) == pytest.approx(plain)
    assert plain < turned(free + 20) < turned(free + 40)
    assert turned(90) == pytest.approx(turned(-90))
    assert price(0, 60, 8, 0, 0, direction=None) == pytest.approx(plain)


@given(st.integers(0, 20), st.integers(1, 4))
def test_total_counts_each_pixel_once_and_overlap_a_little(seed: int, number: int) -> None:
    rng = np.random.default_rng(seed)
    ends = rng.uniform((0, 0, 0, 0), (60, 40, 60, 40), (number, 4))
    rods = rod.straight_rods(ends, rng.uniform(3, 12, number))
    blob = noise(seed)
    total, worth = COST.total(rods, blob)
    times = rod.cover(rods, blob.x, blob.y).sum(axis=0)
    by_hand = -COST.price(rods).sum()
    for value, count in zip(blob.values, times, strict=True):
        by_hand += value * (count > 0) - COST.settings.overlap_cost * max(0, count - 1)
    assert total == pytest.approx(by_hand, abs=0.05)
    for i in range(number):
        without, _ = COST.total(np.delete(rods, i, axis=0), blob)
        assert worth[i] == pytest.approx(total - without, abs=0.05)


def test_gain_over_nothing_is_the_evidence_and_over_all_the_overlap() -> None:
    blob = noise(1)
    none = np.zeros(len(blob.values), bool)
    np.testing.assert_array_equal(COST.gain_over(blob, none), blob.values)
    assert (COST.gain_over(blob, ~none) == np.float32(-COST.settings.overlap_cost)).all()


def test_no_rods_are_worth_nothing() -> None:
    total, worth = COST.total(rod.no_rods(), noise(0))
    assert total == 0
    assert worth.shape == (0,)
