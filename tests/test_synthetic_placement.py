"""Openings lie as densely and as evenly as asked."""

import numpy as np
import pytest
from scipy.spatial import cKDTree

from densitometer.errors import RenderError
from densitometer.synthetic.dice import stream
from densitometer.synthetic.placement import place_units

SIZE = (20.0, 30.0)


def nearest(places: np.ndarray) -> np.ndarray:
    return np.asarray(cKDTree(places, boxsize=SIZE).query(places, 2)[0][:, 1])


def evenness(regularity: float) -> float:
    """Mean distance to the nearest neighbour as a share of that of places at random (Clark and Evans)."""
    distance = np.array([nearest(place_units(600, SIZE, regularity, stream(seed, "test"))) for seed in range(6)])
    return float(distance.mean() / (0.5 * np.sqrt(SIZE[0] * SIZE[1] / 600)))


def test_as_many_places_as_asked_all_on_the_patch() -> None:
    for count in (0, 1, 2, 7, 600):
        places = place_units(count, SIZE, 0.8, stream(1, "test"))
        assert places.shape == (count, 2)
        assert (places >= 0).all()
        assert (places <= SIZE).all()


def test_evenness_grows_from_random_to_regular() -> None:
    steps = [evenness(regularity) for regularity in (0.0, 0.4, 0.7, 1.0)]
    assert steps[0] == pytest.approx(1.0, abs=0.04)
    assert steps == sorted(steps)
    assert 1.6 < steps[-1] < 1.95, "a lattice would have 2.15"


def test_even_openings_keep_their_distance() -> None:
    places = place_units(600, SIZE, 1.0, stream(3, "test"))
    assert nearest(places).min() > 0.75 * np.sqrt(SIZE[0] * SIZE[1] / 600)


def test_even_openings_show_no_rows() -> None:
    """In a lattice the directions to the nearest neighbour pile up at a few angles."""
    places = place_units(2400, SIZE, 1.0, stream(2, "test"))
    other = places[cKDTree(places).query(places, 2)[1][:, 1]]
    angles = np.arctan2(*(other - places).T)
    for folds in (2, 4, 6):
        assert abs(np.exp(1j * folds * angles).mean()) < 0.12


def test_the_border_is_as_dense_as_the_middle() -> None:
    inside = np.concatenate([place_units(600, SIZE, 0.8, stream(seed, "test")) for seed in range(20)])
    rim = ((inside < 1.5) | (inside > np.subtract(SIZE, 1.5))).any(axis=1).mean()
    assert rim == pytest.approx(1 - 17 * 27 / 600, abs=0.02)


def test_the_same_dice_give_the_same_places() -> None:
    one, two, other = (place_units(100, SIZE, 0.8, stream(seed, "test")) for seed in (5, 5, 6))
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize(
    ("count", "size", "regularity", "says"),
    [
        (-1, SIZE, 0.5, "cannot be negative"),
        (5, (0.0, 3.0), 0.5, "size"),
        (5, (3.0, -1.0), 0.5, "size"),
        (5, (3.0, float("nan")), 0.5, "size"),
        (5, (1000.0, 3.0), 0.5, "size"),
        (5, SIZE, 1.5, "regularity"),
        (500, (1.0, 1.0), 0.5, "do not fit"),
    ],
)
def test_nonsense_is_refused(count: int, size: tuple[float, float], regularity: float, says: str) -> None:
    with pytest.raises(RenderError, match=says):
        place_units(count, size, regularity, stream(1, "test"))
