"""Loose cut hairs lie on the skin and change from visit to visit."""

import numpy as np
import pytest

from densitometer.errors import RenderError
from densitometer.synthetic.clippings import scatter_clippings
from densitometer.synthetic.strand import Strand
from densitometer.synthetic.style import ExtrasStyle

SIZE = (30.0, 30.0)
MANY = ExtrasStyle(clippings_per_cm2=(80.0, 80.0))


def pieces(seed: int = 1, visit: int = 0, extras: ExtrasStyle = MANY) -> tuple[Strand, ...]:
    return scatter_clippings(extras, "black", 70.0, seed, SIZE, visit)


def test_as_many_as_asked_and_none_of_them_rooted() -> None:
    found = pieces()
    assert len(found) == pytest.approx(720, abs=4 * np.sqrt(720))
    assert {piece.kind for piece in found} == {"loose"}
    assert {piece.unit for piece in found} == {0}
    assert all(piece.under_mm.shape == (0, 3) for piece in found)
    assert len({piece.hair for piece in found}) == len(found)


def test_none_where_none_are_asked() -> None:
    assert pieces(extras=ExtrasStyle(clippings_per_cm2=(0.0, 0.0))) == ()


def test_most_are_short_and_some_long() -> None:
    length = np.array([piece.length_mm for piece in pieces()])
    assert length.min() > 0.05
    assert 0.02 < (length > 0.85).mean() < 0.09
    assert 0.15 < np.median(length) < 0.4


def test_they_lie_on_the_skin_in_every_direction() -> None:
    found = pieces()
    for piece in found:
        assert piece.points_mm[:, 2].min() >= piece.widths_um.mean() / 2000 - 1e-9
        assert piece.points_mm[:, 2].max() < 1.2
    ahead = np.array([piece.points_mm[-1, :2] - piece.points_mm[0, :2] for piece in found])
    assert abs(np.exp(1j * np.arctan2(*ahead.T)).mean()) < 0.15


def test_their_points_are_evenly_spaced() -> None:
    raised = 0
    for piece in pieces():
        steps = np.linalg.norm(np.diff(piece.points_mm, axis=0), axis=1)
        np.testing.assert_allclose(steps, steps.mean(), rtol=2e-3)
        raised += len(set(np.round(piece.points_mm[:, 2], 9))) > 1
    assert raised > 100


def test_they_gather_in_heaps() -> None:
    middle = np.array([piece.points_mm[:, :2].mean(axis=0) for piece in pieces()])
    apart = np.linalg.norm(middle[:, None] - middle, axis=2)
    near = (apart < 0.5).sum() - len(middle)
    at_random = len(middle) ** 2 * np.pi * 0.5**2 / 900
    assert near > 1.5 * at_random


def test_another_visit_shows_others() -> None:
    one, again, later = pieces(visit=0), pieces(visit=0), pieces(visit=1)
    np.testing.assert_array_equal(one[3].points_mm, again[3].points_mm)
    assert not np.allclose(one[3].points_mm, later[3].points_mm)
    assert not {piece.hair for piece in one} & {piece.hair for piece in later}


def test_too_many_are_refused() -> None:
    with pytest.raises(RenderError, match="too many"):
        pieces(extras=ExtrasStyle(clippings_per_cm2=(9e5, 9e5)))
