"""Photographs through the strand network: sizes, places, tiles, and the same answer every time."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import fields

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from densitometer.errors import SettingsError
from densitometer.settings import NetworkSettings
from densitometer.strands.hair_fields import HairFields
from densitometer.strands.network import _decoded, _spans, find_fields, raw_fields, resized
from densitometer.strands.weights import packaged_model
from drawn import Scene, draw, straight

UM = 8.0
PLACES = [((500.0, 500.0), 20.0), ((1100.0, 1000.0), 100.0), ((700.0, 1200.0), 160.0)]
MAPS = ("middle", "axis", "half_length_um", "to_root", "width_um", "strand")


def speckled(height: int, width: int, seed: int = 0) -> NDArray[np.uint8]:
    """Texture of every size, on which the network has something to say everywhere."""
    rng = np.random.default_rng(seed)
    picture = np.full((height, width, 3), 150, np.float32)
    for sigma in (1.0, 4.0, 16.0):
        blurred = cv2.GaussianBlur(rng.standard_normal((height, width, 3)).astype(np.float32), (0, 0), sigma)
        picture += 30 * blurred / blurred.std()
    return np.clip(picture, 0, 255).astype(np.uint8)


def same(one: HairFields, other: HairFields) -> bool:
    return all(np.array_equal(getattr(one, f.name), getattr(other, f.name)) for f in fields(HairFields))


@pytest.mark.parametrize(
    ("height", "width", "um_per_px"),
    [(1024, 1280, 5.556), (40, 30, UM), (30, 40, 3.0), (64, 64, 0.05), (1, 1, UM), (97, 131, 12.0), (200, 7, 20.0)],
)
def test_every_size_and_scale_gives_maps_of_one_shape(height: int, width: int, um_per_px: float) -> None:
    given = find_fields(speckled(height, width), um_per_px)
    rows, columns = given.middle.shape
    assert rows == pytest.approx(height / given.px_per_px, abs=1) and rows >= 1
    assert columns == pytest.approx(width / given.px_per_px, abs=1) and columns >= 1
    assert given.um_per_px == pytest.approx(um_per_px * given.px_per_px)
    for name, channels in zip(MAPS, [(), (2,), (), (2,), (), (8,)], strict=True):
        values = getattr(given, name)
        assert values.shape == (*channels, rows, columns)
        assert values.dtype == np.float32
        assert np.isfinite(values).all()


def test_usual_photographs_are_looked_at_in_the_scale_of_the_network() -> None:
    assert find_fields(speckled(100, 120), 5.0).um_per_px == pytest.approx(16.0)
    assert find_fields(speckled(100, 120), 30.0).um_per_px == pytest.approx(16.0)


def test_scores_lengths_and_directions_keep_their_bounds() -> None:
    given = find_fields(speckled(300, 300), UM)
    for scores in (given.middle, given.strand):
        assert scores.min() >= 0
        assert scores.max() <= 1
    assert given.half_length_um.min() > 0
    assert given.width_um.min() > 0
    assert np.hypot(*given.axis) == pytest.approx(1, abs=1e-5)
    assert np.hypot(*given.to_root).max() <= 1 + 1e-6


def raw(**heads: float | tuple[float, ...]) -> NDArray[np.float32]:
    facts, answer = packaged_model().facts, np.zeros((15, 1, 1), np.float32)
    for name, values in heads.items():
        answer[facts.head(name), 0, 0] = values
    return answer


def test_raw_output_is_turned_into_units() -> None:
    answer = raw(
        middle=np.log(3.0),
        axis=(3.0, -4.0),
        half_length=np.log(2.0),
        to_root=(0.3, 0.4),
        width=np.log(0.5),
        strand=-99.0,
    )
    given = _decoded(answer, packaged_model().facts, 16.0, 2.0)
    assert given.middle[0, 0] == pytest.approx(0.75)
    assert given.axis[:, 0, 0] == pytest.approx([0.6, -0.8])
    assert given.half_length_um[0, 0] == pytest.approx(500)
    assert given.to_root[:, 0, 0] == pytest.approx([0.3, 0.4])
    assert given.width_um[0, 0] == pytest.approx(30)
    assert given.strand.max() < 1e-6


def test_raw_output_of_any_size_stays_finite() -> None:
    answer = raw(middle=-1e4, axis=(0.0, 0.0), half_length=1e4, to_root=(0.0, 5.0), width=-1e4)
    given = _decoded(answer, packaged_model().facts, 16.0, 2.0)
    assert all(np.isfinite(getattr(given, name)).all() for name in MAPS)
    assert given.width_um[0, 0] > 0
    assert given.to_root[:, 0, 0] == pytest.approx([0, 1])


def test_lengths_stay_true_where_a_photograph_is_not_enlarged_enough() -> None:
    picture = speckled(200, 200)
    usual = find_fields(picture, UM)
    bounded = find_fields(picture, 2 * UM, NetworkSettings(max_working_megapixels=0.04))
    assert bounded.um_per_px == 2 * usual.um_per_px
    assert bounded.px_per_px == usual.px_per_px
    assert bounded.middle == pytest.approx(usual.middle)
    assert bounded.half_length_um == pytest.approx(2 * usual.half_length_um)
    assert bounded.width_um == pytest.approx(2 * usual.width_um)


def test_enlarging_is_bounded_but_nothing_is_shrunk_for_its_size() -> None:
    settings = NetworkSettings(max_working_megapixels=0.05)
    assert find_fields(speckled(100, 100), 40.0, settings).px_per_px == pytest.approx(2 / 5**0.5)
    assert find_fields(speckled(300, 300), 40.0, settings).px_per_px == 2
    assert find_fields(speckled(300, 300), UM, settings).um_per_px == 2 * UM


@pytest.mark.parametrize("factor", [0.31, 0.6945, 0.999, 1.3, 3.77])
def test_places_hold_to_the_far_corner(factor: float) -> None:
    """A blot near the corner away from the origin must lie where the factor says, along x and along y."""
    y, x = np.mgrid[:511, :703]
    wanted = np.array([655.3, 471.8])
    blot = 200 * np.exp(-((x - wanted[0]) ** 2 + (y - wanted[1]) ** 2) / (2 * 9.0**2))
    small = resized(np.repeat(blot[..., None], 3, axis=2).round().astype(np.uint8), factor)[..., 1].astype(float)
    rows, columns = np.indices(small.shape)
    found = np.array([(columns * small).sum(), (rows * small).sum()]) / small.sum()
    assert (found + 0.5) / factor - 0.5 == pytest.approx(wanted, abs=0.05)


def test_points_go_to_the_photograph_and_back() -> None:
    given = find_fields(speckled(90, 70), 5.556)
    points = np.array([[0.0, 0.0], [12.5, 3.25]])
    assert given.from_photo(given.to_photo(points)) == pytest.approx(points)
    # The centre of a map's first pixel lies between the first two pixels of the network's input.
    assert given.to_photo(points)[0] == pytest.approx((0.5 + 0.5) * 8.0 / 5.556 - 0.5)


@pytest.mark.parametrize("um_per_px", [UM, 4.0])
def test_strands_lie_where_hairs_were_drawn(um_per_px: float) -> None:
    hairs = [
        straight((x, y), degrees, 900.0) for x, y, degrees in [(500, 500, 20), (1100, 1000, 100), (700, 1200, 160)]
    ]
    scene = Scene(hairs, um_per_px=um_per_px)
    given = find_fields(draw(scene), um_per_px)
    best = given.strand.max(axis=0)
    for hair in hairs:
        inner = hair.points_um[len(hair.points_um) // 4 : -len(hair.points_um) // 4]
        x, y = given.from_photo(inner / um_per_px - 0.5).round().astype(int).T
        along = np.median(best[y, x])
        assert along > 5 * np.median(best)


@pytest.mark.parametrize("settings", [NetworkSettings(), NetworkSettings(tile_px=640), NetworkSettings(overlap_px=1)])
@pytest.mark.parametrize("length", [32, 640, 672, 1280, 1312, 4000 // 32 * 32, 9984])
def test_tiles_cover_a_side_without_gap(length: int, settings: NetworkSettings) -> None:
    spans = _spans(length, settings)
    assert [spans[0].used.start, spans[-1].used.stop] == [0, length]
    assert [span.used.stop for span in spans[:-1]] == [span.used.start for span in spans[1:]]
    sides = {span.seen.stop - span.seen.start for span in spans}
    assert len(sides) == 1 and max(sides) <= settings.tile_px
    for span in spans:
        assert 0 <= span.seen.start <= span.used.start < span.used.stop <= span.seen.stop <= length
        assert span.seen.start % 32 == span.seen.stop % 32 == 0
        assert span.seen.start == 0 or span.used.start - span.seen.start >= settings.overlap_px / 2
        assert span.seen.stop == length or span.seen.stop - span.used.stop >= settings.overlap_px / 2


def test_tiles_are_as_good_as_the_whole() -> None:
    model, picture = packaged_model(), speckled(1003, 1241)
    whole = raw_fields(picture, model, NetworkSettings())
    tiles = raw_fields(picture, model, NetworkSettings(tile_px=640))
    assert len(_spans(1024, NetworkSettings(tile_px=640))) == 3
    assert np.abs(tiles - whole).max() < 1e-3  # rounding: OpenCV 4 gives 2e-4 in logits of 12
    blind = raw_fields(picture, model, NetworkSettings(tile_px=640, overlap_px=32))
    assert np.abs(blind - whole).max() > 1e-2  # so the check above can fail


def test_tiles_that_overlap_by_more_than_half_are_refused() -> None:
    with pytest.raises(SettingsError, match=r"network\.tile_px"):
        NetworkSettings(tile_px=600)


def test_a_second_call_gives_the_same() -> None:
    first = find_fields(speckled(200, 260), 6.0)
    find_fields(speckled(340, 120, seed=1), 6.0)
    assert same(first, find_fields(speckled(200, 260), 6.0))


def test_the_number_of_threads_changes_nothing() -> None:
    threads = cv2.getNumThreads()
    try:
        cv2.setNumThreads(1)
        one = find_fields(speckled(300, 260), 6.0)
        cv2.setNumThreads(2)
        assert same(one, find_fields(speckled(300, 260), 6.0))
    finally:
        cv2.setNumThreads(threads)


def test_another_process_gives_the_same() -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\nfrom test_strands_network import *\n"
        "print(float(find_fields(speckled(120, 90), 7.0).strand.astype(float).sum()).hex())"
    )
    words = [sys.executable, "-c", code, os.path.dirname(__file__)]
    told = subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
    assert told == float(find_fields(speckled(120, 90), 7.0).strand.astype(float).sum()).hex()


def test_the_photograph_is_left_as_it_was() -> None:
    picture = speckled(64, 64)
    before = picture.copy()
    find_fields(picture, UM)
    find_fields(picture[::-1, ::-1], 5.0)  # and may be a view
    assert np.array_equal(picture, before)
