"""What the strand network is asked to answer, for hairs whose place, angle, length and width are known."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "training"))

import targets  # noqa: E402
from targets import LENGTH_UNIT_UM, ORIENTATIONS, STRIDE, UM_PER_PX, WIDTH_UNIT_UM, Marks, Targets  # noqa: E402

SHAPE = (128, 128)
ANGLES = np.deg2rad(np.arange(0.0, 360.0, 22.5))


def line(middle: tuple[float, float], angle: float, long_px: float, points: int = 9) -> NDArray[np.float64]:
    """A straight hair in px of the picture; `angle` is that from its tip to its root, from x towards y."""
    along = np.linspace(long_px / 2, -long_px / 2, points)
    return np.array(middle) + along[:, None] * [np.cos(angle), np.sin(angle)]


def asked_for(
    *lines: NDArray[np.float64], width_um: float = 60.0, asked: bool = True, loose: bool = False
) -> Targets:  # fmt: skip
    count = len(lines)
    marks = Marks(list(lines), np.full(count, width_um), np.full(count, asked), np.full(count, loose))
    return targets.make_targets(marks, np.ones(SHAPE, bool))


def peaks(found: Targets) -> NDArray[np.float64]:
    """Pixels of the maps that stand for a middle each, as x and y of the picture."""
    rows, columns = np.nonzero(found.middle == 1)
    return in_picture(np.column_stack([columns, rows]))


def in_picture(at: NDArray[np.int_]) -> NDArray[np.float64]:
    """Pixels of the maps in px of the picture: pixel k looks at 2k and 2k + 1."""
    return (at + 0.5) * STRIDE - 0.5


def vector_at(found: Targets, x: float, y: float) -> NDArray[np.float32]:
    column, row = (round((v + 0.5) / STRIDE - 0.5) for v in (x, y))
    assert found.around[row, column] == 1
    return found.vector[:, row, column]


@pytest.mark.parametrize("angle", ANGLES)
def test_the_vector_of_a_hair_leads_from_its_middle_to_its_root(angle: float) -> None:
    hair = line((121.3, 97.8), angle, 60.0)
    found = asked_for(hair, width_um=75.0)
    row, column = np.unravel_index(found.middle.argmax(), SHAPE)
    middle = in_picture(np.array([column, row]))
    assert np.abs(middle - [121.3, 97.8]).max() <= STRIDE
    cos2, sin2, half_length, to_root_x, to_root_y, width = found.vector[:, row, column]
    assert (cos2, sin2) == pytest.approx((np.cos(2 * angle), np.sin(2 * angle)), abs=1e-5)
    half_px = np.exp(half_length) * LENGTH_UNIT_UM / UM_PER_PX
    assert half_px == pytest.approx(30.0, rel=1e-5)
    assert np.hypot(to_root_x, to_root_y) == pytest.approx(1.0, rel=1e-5)
    assert middle + half_px * np.array([to_root_x, to_root_y]) == pytest.approx(hair[0], abs=STRIDE)
    assert np.exp(width) * WIDTH_UNIT_UM == pytest.approx(75.0, rel=1e-5)


@pytest.mark.parametrize("angle", ANGLES)
def test_a_line_lies_in_the_map_of_its_angle(angle: float) -> None:
    found = asked_for(line((128.0, 128.0), angle, 120.0))
    shares = found.strand.sum(axis=(1, 2)) / found.strand.sum(axis=(1, 2)).max()
    mine = round(angle / np.pi * ORIENTATIONS) % ORIENTATIONS
    assert shares[mine] == 1
    assert shares.sum() == 1  # 22.5 degrees is the step between maps: in no other one


def test_a_line_between_two_angles_lies_in_both_maps() -> None:
    found = asked_for(line((128.0, 128.0), 2.5 * np.pi / ORIENTATIONS, 120.0))
    assert np.nonzero(found.strand.any(axis=(1, 2)))[0].tolist() == [2, 3]
    assert np.array_equal(found.strand[2], found.strand[3])


def test_the_drawn_line_runs_along_the_hair() -> None:
    hair = line((100.0, 150.0), np.deg2rad(67.5), 100.0)
    found = asked_for(hair)
    rows, columns = np.nonzero(found.strand[3])
    at = in_picture(np.column_stack([columns, rows])) - [100.0, 150.0]
    unit = np.array([np.cos(np.deg2rad(67.5)), np.sin(np.deg2rad(67.5))])
    along, across = at @ unit, at @ [-unit[1], unit[0]]
    assert np.abs(across).max() <= 1.5 * STRIDE and abs(across.mean()) < 0.15
    assert np.abs([along.min() + 50, along.max() - 50]).max() <= STRIDE
    assert np.histogram(along, bins=25, range=(-50, 50))[0].min() > 0  # no gaps


def test_a_bent_hair_changes_maps() -> None:
    turn = np.linspace(0, np.pi / 2, 40)
    bow = 128 + 80 * np.column_stack([np.cos(turn), np.sin(turn)])
    found = asked_for(bow)
    assert np.nonzero(found.strand.any(axis=(1, 2)))[0].tolist() == [0, 4, 5, 6, 7]  # from downwards to leftwards


def test_hairs_that_cross_lie_in_different_maps() -> None:
    first, second = (line((128.0, 128.0), np.deg2rad(angle), 100.0) for angle in (22.5, 112.5))
    both, one, other = asked_for(first, second), asked_for(first), asked_for(second)
    assert np.array_equal(both.strand[1], one.strand[1])
    assert np.array_equal(both.strand[5], other.strand[5])
    assert (both.strand[1] * both.strand[5]).sum() > 0  # they do share the crossing
    assert both.strand.sum() == both.strand[[1, 5]].sum()


def test_only_the_first_millimetre_of_a_long_hair_has_a_middle() -> None:
    found = asked_for(line((128.0, 128.0), 0.0, 240.0))  # root at x = 248
    ((x, y),) = peaks(found)
    assert (x, y) == pytest.approx((248.0 - 500.0 / UM_PER_PX, 128.0), abs=1.0)
    assert np.exp(vector_at(found, x, y)[2]) * LENGTH_UNIT_UM == pytest.approx(500.0, rel=1e-3)


def test_the_segment_of_a_bent_hair_is_its_chord() -> None:
    bend = np.array([[100.0, 100.0], [140.0, 100.0], [140.0, 140.0]])
    found = asked_for(bend)
    ((x, y),) = peaks(found)
    assert (x, y) == pytest.approx((120.0, 120.0), abs=1.0)
    length_px = 2 * np.exp(vector_at(found, x, y)[2]) * LENGTH_UNIT_UM / UM_PER_PX
    assert length_px == pytest.approx(40.0 * np.sqrt(2), rel=1e-4)


def test_every_hair_has_one_pixel_that_stands_for_it() -> None:
    middles = [(40.0 + 0.37 * k, 20.0 + 30.1 * k) for k in range(8)]
    found = asked_for(*(line(middle, 0.3 * k, 50.0) for k, middle in enumerate(middles)))
    assert (found.middle == 1).sum() == len(middles)
    assert found.middle.max() == 1 and found.middle.min() == 0


def test_a_middle_at_the_centre_of_a_pixel_falls_off_evenly() -> None:
    middle = asked_for(line((100.5, 80.5), 0.0, 60.0)).middle
    assert middle[40, 50] == 1
    assert middle[40, 49] == pytest.approx(middle[40, 51]) and middle[39, 50] == pytest.approx(middle[41, 50])


def test_a_middle_is_vaguer_along_a_hair_than_across() -> None:
    found = asked_for(line((127.0, 127.0), 0.0, 110.0))
    row, column = np.unravel_index(found.middle.argmax(), SHAPE)
    assert found.middle[row, column + 2] > found.middle[row + 2, column]


def test_between_neighbours_each_vector_is_that_of_the_nearer_middle() -> None:
    left, right = line((100.0, 128.0), np.pi / 2, 60.0), line((104.0, 128.0), -np.pi / 2, 60.0)
    for order in ((left, right), (right, left)):
        found = asked_for(*order)
        assert vector_at(found, 100.0, 128.0)[4] == pytest.approx(1.0)  # its root lies below
        assert vector_at(found, 104.0, 128.0)[4] == pytest.approx(-1.0)


def test_vectors_are_asked_for_around_middles_only() -> None:
    found = asked_for(line((128.0, 128.0), 0.4, 90.0))
    rows, columns = np.nonzero(found.around)
    apart = np.hypot(*(in_picture(np.column_stack([columns, rows])) - 128.0).T) / STRIDE
    assert 8 < len(apart) < 40
    assert apart.max() < 4
    assert not found.vector[:, found.around == 0].any()


def test_of_a_hair_that_is_not_asked_for_nothing_is_wrong() -> None:
    hair, hidden = line((60.0, 60.0), 0.0, 50.0), line((180.0, 180.0), 1.0, 50.0)
    marks = Marks([hair, hidden], np.full(2, 60.0), np.array([True, False]), np.zeros(2, bool))
    found = targets.make_targets(marks, np.ones(SHAPE, bool))
    assert len(peaks(found)) == 1
    assert found.counts[89:91, 89:91].max() == 0
    assert found.counts[29:31, 29:31].min() == 1
    assert 4 < (found.counts == 0).sum() < 80  # around the hidden middle and nowhere else
    assert found.around[80:100, 80:100].sum() == 0
    assert found.strand_counts.min() == 1 and found.strand[:, 80:100, 80:100].any()  # but hair it is


def test_loose_pieces_have_no_middle_and_no_say_in_the_strand_field() -> None:
    piece, hair = line((128.0, 128.0), 0.0, 60.0), line((128.0, 128.0), np.pi / 2, 60.0)
    marks = Marks([piece, hair], np.full(2, 60.0), np.array([False, True]), np.array([True, False]))
    found = targets.make_targets(marks, np.ones(SHAPE, bool))
    alone = asked_for(hair)
    assert np.array_equal(found.strand, alone.strand)
    assert np.array_equal(found.middle, alone.middle)
    assert found.counts.min() == 1  # a piece taken for a hair is wrong
    rows, columns = np.nonzero(found.strand_counts == 0)
    assert len(rows) > 20 and rows.min() >= 61 and rows.max() <= 65
    assert (found.strand_counts[found.strand.any(axis=0)] == 1).all()  # where the hair crosses it, hair is asked for


def test_nothing_is_asked_outside_the_picture() -> None:
    inside = np.ones(SHAPE, bool)
    inside[:, 100:] = False
    marks = Marks([line((128.0, 128.0), 0.0, 60.0)], np.full(1, 60.0), np.ones(1, bool), np.zeros(1, bool))
    found = targets.make_targets(marks, inside)
    for counts in (found.counts, found.strand_counts):
        assert np.array_equal(counts > 0, inside)


def test_a_picture_without_hair_has_empty_maps() -> None:
    found = asked_for()
    assert not found.middle.any() and not found.around.any() and not found.strand.any()
    assert found.counts.min() == found.strand_counts.min() == 1
    assert found.strand.shape == (ORIENTATIONS, *SHAPE) and found.vector.shape == (6, *SHAPE)


def test_hairs_far_outside_the_maps_leave_no_mark() -> None:
    found = asked_for(line((-200.0, 50.0), 0.0, 60.0), line((400.0, 400.0), 1.0, 60.0))
    assert not found.middle.any() and not found.around.any() and not found.strand.any()
