"""A strand's pixels hold its area, its width and its place to a small part of a pixel, whichever way it runs."""

from __future__ import annotations

import numpy as np
import pytest

from densitometer.synthetic.footprint import Footprint, footprint, overlap

SHAPE = (200, 300)


def straight(degrees: float, length: float, width: float, middle: tuple[float, float] = (150.3, 100.7)) -> Footprint:
    way = np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))])
    points = np.array(middle) + np.linspace(-0.5, 0.5, 7)[:, None] * length * way
    return footprint(np.column_stack([points, np.linspace(0, 1, 7)]), np.full(7, width / 2), SHAPE, 2.0)


@pytest.mark.parametrize("width", [0.6, 1.7, 4.3, 12.9])
@pytest.mark.parametrize("degrees", [0.0, 17.0, 45.0, 90.0, 133.0])
def test_the_area_is_length_times_width(width: float, degrees: float) -> None:
    foot = straight(degrees, 90.0, width)
    assert foot.length == pytest.approx(90.0)
    assert foot.coverage().sum() / foot.length == pytest.approx(width, abs=0.03)


@pytest.mark.parametrize("degrees", [0.0, 31.0, 90.0])
def test_the_middle_lies_where_it_was_put(degrees: float) -> None:
    foot = straight(degrees, 60.0, 5.0)
    share = foot.coverage()
    row, column = np.divmod(foot.pixel, SHAPE[1])
    assert (share * column).sum() / share.sum() == pytest.approx(150.3, abs=0.05)
    assert (share * row).sum() / share.sum() == pytest.approx(100.7, abs=0.05)


def circle(radius: float, turns: float = 0.9, count: int = 40) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi * turns, count)
    return np.column_stack([150 + radius * np.cos(angle), 100 + radius * np.sin(angle), angle])


@pytest.mark.parametrize("margin", [1.0, 20.0])
def test_a_tight_curl_is_round_and_the_same_for_any_margin(margin: float) -> None:
    foot = footprint(circle(40.0), np.full(40, 4.0), SHAPE, margin)
    row, column = np.divmod(foot.pixel, SHAPE[1])
    covered = foot.coverage()
    edge = (covered > 0.2) & (covered < 0.8) & (foot.along > 5) & (foot.along < foot.length - 5)
    beside = np.abs(np.hypot(column - 150, row - 100)[edge] - 40)
    assert np.abs(beside - 4.0).max() < 0.75  # a pixel's half diagonal and a little
    assert covered.sum() == pytest.approx(0.9 * 2 * np.pi * 40 * 8, rel=0.003)
    assert len(np.unique(foot.pixel[covered > 0])) == (covered > 0).sum()


def test_a_loop_that_crosses_itself_comes_in_layers_of_single_pixels() -> None:
    way = np.linspace(-1, 1, 41)
    loop = np.column_stack([150 + 60 * np.sin(np.pi * way), 100 + 45 * np.sin(2 * np.pi * way) / 1.2, way])
    foot = footprint(loop, np.full(41, 4.0), SHAPE, 2.0)
    layers = foot.layers
    assert len(layers) >= 2 and sum(len(some) for some in layers) == len(foot.pixel)
    assert all(len(np.unique(foot.pixel[some])) == len(some) for some in layers)
    first, again = (foot.along[some].min() for some in layers[:2])
    assert first < again


def test_width_and_height_run_along_the_strand() -> None:
    points = np.array([[50.0, 100.0, 0.0], [150.0, 100.0, 1.0], [250.0, 100.0, 2.0]])
    foot = footprint(points, np.array([1.0, 2.0, 3.0]), SHAPE, 1.0)
    at_start, at_end = foot.along < 5, foot.along > foot.length - 5
    assert foot.half[at_start].mean() == pytest.approx(1.0, abs=0.1)
    assert foot.half[at_end].mean() == pytest.approx(3.0, abs=0.1)
    assert foot.height[at_end].mean() == pytest.approx(2.0, abs=0.1)


def test_a_strand_outside_the_picture_has_no_pixels() -> None:
    assert len(straight(0.0, 50.0, 5.0, (900.0, 900.0)).pixel) == 0


def test_a_strand_half_inside_keeps_its_inner_half() -> None:
    foot = straight(0.0, 80.0, 6.0, (-0.5, 100.0))
    assert foot.coverage().sum() == pytest.approx(40.0 * 6.0, rel=0.02)


def test_a_strand_of_no_length_is_a_speck_not_an_error() -> None:
    points = np.tile([[100.0, 100.0, 0.0]], (3, 1))
    assert footprint(points, np.full(3, 2.0), SHAPE, 1.0).coverage().sum() < 1.0


def test_overlap_of_intervals() -> None:
    centres = np.array([0.0, 0.75, 3.0], np.float32)
    assert overlap(centres, -1.0, 1.0).tolist() == [1.0, 0.75, 0.0]
