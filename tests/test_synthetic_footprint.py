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


def test_every_pixel_comes_once_along_a_bow() -> None:
    angle = np.linspace(0, 2.0, 12)
    arc = np.column_stack([150 + 80 * np.cos(angle), 100 + 80 * np.sin(angle), angle])
    foot = footprint(arc, np.full(12, 4.0), SHAPE, 2.0)
    assert len(np.unique(foot.pixel)) == len(foot.pixel)
    inside = foot.coverage().sum()
    row, column = np.divmod(foot.pixel, SHAPE[1])
    radius = np.hypot(column - 150, row - 100)
    assert np.abs(radius - 80 - foot.across * -1).max() < 0.3 or np.abs(radius - 80 - foot.across).max() < 0.3
    whole = (angle[-1] - angle[0]) * 80 * 8.0
    seen = whole * 1.0
    assert inside == pytest.approx(seen, rel=0.06)  # a part of the bow leaves the picture at its lower end


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
