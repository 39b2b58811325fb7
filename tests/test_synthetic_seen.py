"""Which points a picture shows, and which of them lie in its field."""

from __future__ import annotations

import numpy as np

from densitometer.synthetic.seen import in_field, in_picture, seen_part

SIZE_PX = (6, 4)


def test_the_picture_ends_half_a_pixel_beyond_its_outer_centres() -> None:
    points = np.array([[-0.5, -0.5], [-0.51, 0], [5.49, 3.49], [5.5, 0], [0, 3.5]])
    assert in_picture(points, SIZE_PX).tolist() == [True, False, True, False, False]


def test_a_point_lies_in_the_field_where_its_pixel_does() -> None:
    field = np.zeros((4, 6), bool)
    field[1, 2] = field[0, 5] = field[3, 0] = True
    points = np.array([[2.4, 0.6], [2.6, 1.0], [5.4, -0.4], [5.6, 0.0], [-0.6, 3.0], [-0.4, 3.4]])
    assert in_field(points, field).tolist() == [True, False, True, False, False, True]
    assert bool(in_field(np.array([2.0, 1.0]), field))
    assert in_field(np.empty((0, 2)), field).shape == (0,)


def test_a_line_is_seen_from_its_first_point_in_the_picture_to_its_last() -> None:
    line = np.column_stack([np.arange(-3.0, 9.0), np.zeros(12)])
    assert line[seen_part(line, SIZE_PX), 0].tolist() == [0, 1, 2, 3, 4, 5]
    back = line[::-1]
    assert back[seen_part(back, SIZE_PX), 0].tolist() == [5, 4, 3, 2, 1, 0]
    bent = np.array([[1.0, 1.0], [1.0, -2.0], [3.0, 1.0], [3.0, 9.0]])  # leaves and comes back
    assert seen_part(bent, SIZE_PX) == slice(0, 3)


def test_of_a_line_beside_the_picture_the_root_is_left() -> None:
    assert seen_part(np.array([[-9.0, 0.0], [-8.0, 0.0]]), SIZE_PX) == slice(0, 1)
