"""Root segments read from maps drawn without a fault."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from densitometer.hairs.vectors import Vectors, find_vectors
from densitometer.settings import VectorSettings
from densitometer.strands.hair_fields import HairFields
from drawn_fields import UM_PER_PX
from drawn_vectors import Segment, draw_vectors, segment

SHAPE = (60, 80)


def found(*segments: Segment, settings: VectorSettings | None = None) -> Vectors:
    return find_vectors(draw_vectors(segments, SHAPE), settings)


def off(vectors: Vectors, one: Segment) -> float:
    """How far the nearest vector's root and end lie from a segment's, at most, px."""
    root, end = (np.hypot(*(ends - there).T) for ends, there in ((vectors.root, one.root), (vectors.end, one.end)))
    return float(np.maximum(root, end).min())


def test_every_hair_is_found_once() -> None:
    drawn = [segment((10.0 + 13.3 * (k % 5), 9.0 + 12.7 * (k // 5)), 25 * k, 300 + 20 * k) for k in range(20)]
    vectors = found(*drawn)
    assert len(vectors) == 20
    assert all(off(vectors, one) < 0.5 for one in drawn)


@pytest.mark.parametrize("aside", [(0.0, 0.0), (0.25, -0.4), (0.5, 0.0), (0.5, 0.5), (-0.3, 0.1)])
def test_the_middle_is_known_better_than_a_pixel(aside: tuple[float, float]) -> None:
    # At half a pixel two pixels are equally high: that is still one hair.
    middle = (40 + aside[0], 30 + aside[1])
    vectors = found(segment(middle, 33))
    assert len(vectors) == 1
    assert vectors.middle[0] == pytest.approx(middle, abs=0.1)


@pytest.mark.parametrize("degrees", [0.0, 0.5, 44.0, 89.9, 90.0, 135.0, 179.5, 180.0, 225.0, 270.0, 359.0])
def test_the_root_lies_where_the_network_says(degrees: float) -> None:
    drawn = segment((40, 30), degrees)
    vectors = found(drawn)
    assert len(vectors) == 1
    assert vectors.root[0] == pytest.approx(drawn.root, abs=0.1)
    assert vectors.end[0] == pytest.approx(drawn.end, abs=0.1)


@pytest.mark.parametrize("degrees", [0.0, 90.0, 180.0, 270.0])
def test_an_axis_told_from_both_sides_of_the_turn_over_is_no_other_axis(degrees: float) -> None:
    # Pixels side by side that say 176 and 4 degrees mean 0, not 90.
    drawn = segment((40, 30), degrees)
    vectors = find_vectors(draw_vectors([drawn], SHAPE, jitter_deg=4.0))
    assert vectors.root[0] == pytest.approx(drawn.root, abs=1.0)
    turned = np.degrees(np.arctan2(vectors.half[0, 1], vectors.half[0, 0])) - degrees
    assert (turned + 180) % 360 - 180 == pytest.approx(0, abs=2)


def test_length_width_score_and_knowledge_of_the_root_are_read() -> None:
    vectors = found(segment((40, 30), 70, 500, width_um=35.0, knows_root=0.4))
    assert 2 * np.hypot(*vectors.half[0]) * UM_PER_PX == pytest.approx(500, rel=0.01)
    assert vectors.width_um[0] == pytest.approx(35, rel=0.01)
    assert vectors.root_evidence[0] == pytest.approx(0.4, abs=0.01)
    assert 0.7 < vectors.score[0] <= 0.9


def test_the_best_comes_first_and_the_hopeless_not_at_all() -> None:
    scores = (0.3, 0.9, 0.02, 0.6)
    vectors = found(*(segment((10.0 + 18 * k, 30), 60, score=score) for k, score in enumerate(scores)))
    assert vectors.middle[:, 0] == pytest.approx([28, 64, 10], abs=0.1)
    assert (np.diff(vectors.score) < 0).all()
    everything = replace(VectorSettings(), least_score=0.005)
    assert (
        len(found(*(segment((10.0 + 18 * k, 30), 60, score=s) for k, s in enumerate(scores)), settings=everything)) == 4
    )


@pytest.mark.parametrize("turn", [0.0, 10.0, 180.0])
@pytest.mark.parametrize("along_px", [4.0, 12.0])
def test_a_second_telling_of_a_hair_is_left_out(turn: float, along_px: float) -> None:
    way = np.array([np.cos(np.radians(30)), np.sin(np.radians(30))])
    first = segment((40, 30), 30)
    second = segment(tuple(np.array([40, 30]) + along_px * way), 30 + turn, score=0.7)
    vectors = found(first, second)
    assert len(vectors) == 1
    assert off(vectors, first) < 0.5


@pytest.mark.parametrize("turn", [30.0, 60.0, 90.0, 150.0])
def test_hairs_that_cross_at_their_middles_are_both_kept(turn: float) -> None:
    drawn = [segment((40, 30), 10), segment((40.0, 33.5), 10 + turn, score=0.8)]
    vectors = found(*drawn)
    assert len(vectors) == 2
    assert all(off(vectors, one) < 1.0 for one in drawn)


@pytest.mark.parametrize("degrees", [0.0, 30.0, 45.0, 90.0, 120.0])
def test_parallel_hairs_45_um_apart_are_both_kept(degrees: float) -> None:
    normal = np.array([-np.sin(np.radians(degrees)), np.cos(np.radians(degrees))]) * 45 / UM_PER_PX
    drawn = [segment(tuple(np.array([40, 30]) + side * normal), degrees) for side in (-0.5, 0.5)]
    vectors = found(*drawn)
    assert len(vectors) == 2
    assert all(off(vectors, one) < 1.0 for one in drawn)


def test_hairs_that_follow_each_other_on_one_line_are_both_kept() -> None:
    assert len(found(segment((20, 30), 0, 480), segment((55, 30), 0, 480))) == 2


def test_how_near_and_how_alike_two_tellings_are_can_be_set() -> None:
    drawn = [segment((40, 30), 10), segment((40.0, 33.5), 50, score=0.8)]
    alike = VectorSettings(same_across_um=80.0, same_turn_deg=45.0)
    assert len(found(*drawn)) == 2
    assert len(found(*drawn, settings=alike)) == 1


@pytest.mark.parametrize("corner", [(0.0, 0.0), (79.0, 59.0), (79.4, 20.0)])
def test_a_middle_at_the_frame_is_found(corner: tuple[float, float]) -> None:
    vectors = found(segment(corner, 45))
    assert len(vectors) == 1
    assert vectors.middle[0] == pytest.approx(corner, abs=0.51)


def test_empty_maps_hold_nothing() -> None:
    vectors = found()
    assert len(vectors) == 0
    assert vectors.root.shape == vectors.end.shape == (0, 2)


def test_the_same_maps_give_the_same_vectors() -> None:
    rng = np.random.default_rng(3)
    drawn = [segment(tuple(rng.uniform(5, 55, 2)), rng.uniform(0, 360)) for _ in range(30)]
    fields = draw_vectors(drawn, SHAPE)
    before = HairFields(**{name: np.copy(value) for name, value in vars(fields).items()})
    first, second = find_vectors(fields), find_vectors(fields)
    for name, value in vars(first).items():
        assert value.tobytes() == getattr(second, name).tobytes()
    for name, value in vars(before).items():
        np.testing.assert_array_equal(value, getattr(fields, name))


def test_some_can_be_chosen() -> None:
    vectors = found(segment((20, 30), 0, 480), segment((55, 30), 0, 480, score=0.5))
    assert vectors.chosen(np.array([False, True])).middle.tolist() == vectors.middle[1:].tolist()
    assert vectors.chosen(np.array([1, 0])).score.tolist() == vectors.score[::-1].tolist()
