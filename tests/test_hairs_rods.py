"""Rods: what they cover, their middle line, and the same rod from its other end."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from densitometer.hairs import rods as rod

PLACE = st.floats(-60, 60)


@st.composite
def one_rod(draw: st.DrawFn) -> NDArray[np.float64]:
    """One rod, shape (1, 7)."""
    ends = [draw(PLACE) for _ in range(4)]
    length = np.hypot(ends[2] - ends[0], ends[3] - ends[1])
    assume(length > 5)
    shape = [draw(st.floats(2, 20)), draw(st.floats(-0.7, 0.7)), draw(st.floats(-0.15, 0.15)) * length]
    return np.array([[*ends, *shape]])


def covered(rods: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.bool_]:
    return rod.cover(rods, points[:, 0].astype(np.float32), points[:, 1].astype(np.float32))


def beside(one: NDArray[np.float64], t: float, side: float) -> NDArray[np.float64]:
    """Point beside the middle line, ``side`` half widths off it across the chord."""
    chord = one[2:4] - one[:2]
    normal = np.array([-chord[1], chord[0]]) / np.hypot(*chord)
    half = one[rod.WIDTH] / 2 * (1 + one[rod.TAPER] * (2 * t - 1))
    return one[:2] + t * chord + (4 * one[rod.BOW] * t * (1 - t) + side * half) * normal


@given(one_rod())
def test_middle_line_is_covered_and_runs_from_end_to_end(rods: NDArray[np.float64]) -> None:
    line = rod.centre_line(rods[0], 11)
    np.testing.assert_allclose(line[[0, -1]], rods[0, :4].reshape(2, 2), atol=1e-9)
    assert covered(rods, line[1:-1]).all()
    middle = rods[0, :4].reshape(2, 2).mean(axis=0)
    assert np.hypot(*(line[5] - middle)) == pytest.approx(abs(rods[0, rod.BOW]), abs=1e-6)


@given(one_rod(), st.floats(0.05, 0.95), st.sampled_from([-1, 1]))
def test_covers_its_width_and_no_more(rods: NDArray[np.float64], t: float, sign: int) -> None:
    inside, outside = beside(rods[0], t, 0.98 * sign), beside(rods[0], t, 1.02 * sign)
    assert covered(rods, np.stack([inside, outside]))[0].tolist() == [True, False]


@given(one_rod(), st.floats(0.01, 0.5))
def test_covers_nothing_beyond_its_ends(rods: NDArray[np.float64], beyond: float) -> None:
    chord = rods[0, 2:4] - rods[0, :2]
    points = np.stack([rods[0, :2] - beyond * chord, rods[0, 2:4] + beyond * chord])
    assert not covered(rods, points).any()


@given(one_rod(), st.lists(st.tuples(PLACE, PLACE), min_size=30, max_size=30))
def test_turned_rod_covers_the_same(rods: NDArray[np.float64], points: list[tuple[float, float]]) -> None:
    other = rod.turned(rods)
    np.testing.assert_array_equal(rod.turned(other), rods)
    np.testing.assert_allclose(rod.centre_line(other[0])[::-1], rod.centre_line(rods[0]), atol=1e-9)
    inside = np.array([beside(rods[0], t, side) for t in (0.1, 0.4, 0.8) for side in (-0.9, 0.0, 0.9)])
    assert covered(other, inside).all()
    everywhere = np.array(points)
    # A float32 of difference may put a point on the other side of the edge, no more.
    assert (covered(rods, everywhere) != covered(other, everywhere)).sum() <= 1


@given(one_rod())
def test_length_and_angle_are_those_of_the_chord(rods: NDArray[np.float64]) -> None:
    chord = rods[0, 2:4] - rods[0, :2]
    length, angle = rod.lengths(rods)[0], rod.angles(rods)[0]
    np.testing.assert_allclose(length * np.array([np.cos(angle), np.sin(angle)]), chord, atol=1e-6)
    turn = rod.angles(rod.turned(rods))[0] - angle
    assert np.cos(turn) == pytest.approx(-1)


def test_area_covered_is_length_times_width() -> None:
    y, x = np.mgrid[:120, :160].astype(np.float32)
    rods = rod.straight_rods(np.array([[30.2, 30.7, 130.4, 80.1], [80.3, 20.2, 80.3, 100.1]]), np.array([9.3, 14.0]))
    area = rod.cover(rods, x.ravel(), y.ravel()).sum(axis=1)
    np.testing.assert_allclose(area, rod.lengths(rods) * rods[:, rod.WIDTH], rtol=0.08)
    tapered = rods.copy()
    tapered[:, rod.TAPER] = 0.5  # as much wider at one end as narrower at the other
    np.testing.assert_allclose(rod.cover(tapered, x.ravel(), y.ravel()).sum(axis=1), area, rtol=0.05)


def test_taper_widens_the_second_end_and_bow_lies_to_the_left_in_image_coordinates() -> None:
    one = np.array([[0.0, 0, 100, 0, 10, 0.5, 0]])
    assert covered(one, np.array([[95.0, 6.0], [5.0, 6.0]]))[0].tolist() == [True, False]
    bowed = np.array([[0.0, 0, 100, 0, 10, 0, 20]])
    assert rod.centre_line(bowed[0], 3)[1].tolist() == pytest.approx([50, 20])


def test_no_rods() -> None:
    none = rod.no_rods()
    assert none.shape == rod.turned(none).shape == (0, 7)
    assert covered(none, np.zeros((3, 2))).shape == (0, 3)
    assert rod.lengths(none).shape == rod.angles(none).shape == (0,)
