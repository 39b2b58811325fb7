"""Dark regions: which may hold hair, their windows, and what clear hairs say of the photograph."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from densitometer.hairs.blobs import blob_of, find_regions, prior_of
from densitometer.prepare import Prepared
from densitometer.settings import BundleSettings
from densitometer.strands import StrandMap
from densitometer.strands.ridge import find_strands
from drawn import Scene, Stroke, fan, straight, stroke

SETTINGS = BundleSettings()
UM = 8.0


def strands_of(
    hairs: Sequence[Stroke], size_um: tuple[float, float] = (2400.0, 1800.0), dark: float = 1.2
) -> StrandMap:
    scene = Scene([], size_um=size_um, um_per_px=UM)
    darkness = np.zeros(scene.shape, np.float32)
    for hair in hairs:
        np.maximum(darkness, dark * stroke(scene, hair.points_um, hair.width_um), out=darkness)
    nothing = np.zeros_like(darkness)
    return find_strands(Prepared(darkness, nothing, nothing > 0, nothing == 0, nothing == 0, UM, 1.0))


def grid(degrees: float = 20.0, width_um: float = 60.0, count: int = 12) -> list[Stroke]:
    return [straight((300 + 550 * (i % 4), 300 + 550 * (i // 4)), degrees, 420, width_um) for i in range(count)]


def test_each_hair_that_stands_alone_is_a_region() -> None:
    regions = find_regions(strands_of(grid()), SETTINGS)
    assert len(regions.kept) == 12
    assert all(regions.extent_px(label) * UM == pytest.approx(440, abs=40) for label in regions.kept)
    x, y = regions.pixels(regions.kept[0])
    assert (regions.labels[y, x] == regions.kept[0]).all()
    assert len(x) == regions.boxes[regions.kept[0]][4]


def test_hairs_from_one_opening_are_one_region() -> None:
    assert len(find_regions(strands_of(fan(3, 20)), SETTINGS).kept) == 1


def test_pale_small_and_round_regions_hold_no_hair() -> None:
    assert find_regions(strands_of(grid(), dark=0.3), SETTINGS).kept == ()
    specks = [straight((300 + 200 * i, 500), 0, 40, 40) for i in range(8)]
    assert find_regions(strands_of(specks), SETTINGS).kept == ()
    squares = [straight((400 + 500 * i, 700), 30 * i, size, size) for i, size in enumerate((120.0, 200.0, 300.0))]
    assert find_regions(strands_of(squares), SETTINGS).kept == ()
    assert find_regions(strands_of([]), SETTINGS).kept == ()


@pytest.mark.parametrize("degrees", [30.0, 60.0, 90.0])
def test_crossing_hairs_are_no_round_region(degrees: float) -> None:
    crossing = [straight((1200, 900), 10, 400, 70), straight((1200, 900), 10 + degrees, 400, 70)]
    assert len(find_regions(strands_of(crossing), SETTINGS).kept) == 1


def test_window_shows_its_own_region_alone() -> None:
    one, other = straight((800, 900), 0, 600), straight((900, 1010), 0, 600)
    strands = strands_of([one, other])
    regions = find_regions(strands, SETTINGS)
    assert len(regions.kept) == 2
    for label in regions.kept:
        blob, offset = blob_of(strands, regions, label)
        dark = np.count_nonzero(blob.evidence > 0)
        assert dark * UM**2 == pytest.approx(600 * 60, rel=0.1)
        whole = strands.evidence[int(offset[1]) :, int(offset[0]) :]
        x, y = blob.x.astype(int), blob.y.astype(int)
        np.testing.assert_array_equal(blob.values, blob.evidence[y, x])
        own = regions.labels[int(offset[1]) :, int(offset[0]) :][y, x] == label
        np.testing.assert_array_equal(blob.values[own], whole[y, x][own])


@pytest.mark.parametrize("degrees", [0.0, 20.0, 85.0, 140.0])
def test_direction_of_the_hairs_modulo_a_half_turn(degrees: float) -> None:
    strands = strands_of(grid(degrees))
    prior = prior_of(strands, find_regions(strands, SETTINGS), SETTINGS)
    assert prior.direction is not None
    turn = np.degrees(prior.direction) + degrees  # y runs down
    assert (turn + 90) % 180 - 90 == pytest.approx(0, abs=2)


def test_hairs_in_every_direction_have_no_typical_one() -> None:
    places = [(x, y) for y in (350, 900, 1450) for x in (400, 1000, 1600, 2200)]
    every_way = [straight(place, 15.0 * i, 450) for i, place in enumerate(places)]
    strands = strands_of(every_way)
    regions = find_regions(strands, SETTINGS)
    assert len(regions.kept) == len(places)
    assert prior_of(strands, regions, SETTINGS).direction is None


@pytest.mark.parametrize("width_um", [45.0, 70.0, 110.0])
def test_typical_width_is_one_that_hair_has(width_um: float) -> None:
    strands = strands_of(grid(width_um=width_um))
    prior = prior_of(strands, find_regions(strands, SETTINGS), SETTINGS)
    assert 40 < prior.width_px * UM < 120


def test_without_hairs_there_is_no_direction_and_a_usual_width() -> None:
    strands = strands_of([])
    prior = prior_of(strands, find_regions(strands, SETTINGS), SETTINGS)
    assert prior.direction is None
    assert 40 < prior.width_px * UM < 100
