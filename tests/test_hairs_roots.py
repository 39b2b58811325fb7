"""Telling root from tip."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from densitometer.hairs import rods as rod
from densitometer.hairs.roots import root_votes, trails
from densitometer.prepare import Prepared
from densitometer.settings import RootSettings
from densitometer.strands import StrandMap

SETTINGS = RootSettings()
SHAPE = (200, 260)
UM = 8.0


def strands(
    trail: NDArray[np.float64] | None = None,
    *,
    blue: float = 0.0,
    dark: float = 0.3,
    hair: NDArray[np.float64] | None = None,
    visible: NDArray[np.bool_] | None = None,
) -> StrandMap:
    """Bare skin with the shade of trails, and with other hairs, given as rods."""
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]].astype(np.float32)

    def inside(rods: NDArray[np.float64] | None) -> NDArray[np.bool_]:
        none = rod.no_rods() if rods is None else rods
        return rod.cover(none, x.ravel(), y.ravel()).any(axis=0).reshape(SHAPE)

    shade = inside(trail).astype(np.float32)
    evidence = np.where(inside(hair), 1.4, -1.2).astype(np.float32)
    seen = np.ones(SHAPE, bool) if visible is None else visible
    prepared = Prepared(np.float32(dark) * shade, np.float32(blue) * shade, ~seen & False, seen, seen, UM, 1.0)
    return StrandMap(evidence, np.zeros(SHAPE, np.float32), prepared)


def row(x0: float, x1: float, y: float, width: float = 8.0) -> NDArray[np.float64]:
    return np.array([[x0, y, x1, y, width, 0, 0]])


def point_rods(
    found_in: StrandMap, rods: NDArray[np.float64], settings: RootSettings
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Rods with the root first, and how sure that is."""
    votes = root_votes(found_in.prepared, found_in.evidence, (rods, rod.turned(rods)), rods, settings)
    return np.where((votes < 0)[:, None], rod.turned(rods), rods), 1 / (1 + np.exp(-np.abs(votes)))


def trail_of(found_in: StrandMap, rods: NDArray[np.float64]) -> NDArray[np.float64]:
    return trails(found_in.prepared, found_in.evidence, rods, SETTINGS)


HAIR = row(100, 160, 100)
BEFORE, AFTER = row(75, 97, 100), row(163, 185, 100)


def test_root_is_where_the_trail_is() -> None:
    for trail, turned in ((BEFORE, False), (AFTER, True)):
        pointed, confidence = point_rods(strands(trail), HAIR, SETTINGS)
        np.testing.assert_array_equal(pointed, rod.turned(HAIR) if turned else HAIR)
        assert confidence[0] > 0.9


def test_bluish_trail_tells_without_darkness() -> None:
    pointed, confidence = point_rods(strands(AFTER, dark=0.0, blue=0.3), HAIR, SETTINGS)
    assert pointed[0, 0] == 160
    assert confidence[0] > 0.9


def test_without_a_trail_nothing_is_told() -> None:
    for trail in (None, np.concatenate([BEFORE, AFTER])):
        _, confidence = point_rods(strands(trail), HAIR, SETTINGS)
        assert confidence[0] == pytest.approx(0.5, abs=0.05)
        assert confidence[0] < SETTINGS.least_confidence


def test_turning_a_rod_changes_nothing() -> None:
    for rods in (HAIR, rod.turned(HAIR)):
        pointed, confidence = point_rods(strands(AFTER), rods, SETTINGS)
        np.testing.assert_allclose(pointed, rod.turned(HAIR))
        assert confidence[0] == pytest.approx(point_rods(strands(AFTER), HAIR, SETTINGS)[1][0])


def test_neighbours_tell_where_a_hair_itself_does_not() -> None:
    hairs = np.concatenate([row(100, 160, y) for y in (40, 70, 100, 130, 160)])
    trail = np.concatenate([row(163, 185, y) for y in (40, 70, 130, 160)])
    pointed, confidence = point_rods(strands(trail), hairs, SETTINGS)
    assert (pointed[:, 0] == 160).all()
    assert confidence[2] > 0.8
    mixed = hairs.copy()
    mixed[::2] = rod.turned(mixed[::2])
    np.testing.assert_allclose(point_rods(strands(trail), mixed, SETTINGS)[0], pointed)


def test_another_hair_beyond_the_end_is_no_trail() -> None:
    _, confidence = point_rods(strands(AFTER, dark=1.0, hair=AFTER), HAIR, SETTINGS)
    assert confidence[0] < SETTINGS.least_confidence


def test_what_is_hidden_tells_nothing() -> None:
    visible = np.ones(SHAPE, bool)
    visible[:, 161:] = False
    assert np.isnan(trail_of(strands(AFTER, visible=visible), rod.turned(HAIR))).all()
    _, confidence = point_rods(strands(AFTER, visible=visible), HAIR, SETTINGS)
    assert confidence[0] == pytest.approx(0.5)
    at_the_frame = row(2, 60, 100)
    assert np.isnan(trail_of(strands(), at_the_frame)).all()


def test_no_rods() -> None:
    pointed, confidence = point_rods(strands(), rod.no_rods(), SETTINGS)
    assert pointed.shape == (0, 7) and confidence.shape == (0,)


def test_confidence_is_a_probability_of_at_least_a_half() -> None:
    rng = np.random.default_rng(3)
    rods = rod.straight_rods(rng.uniform(20, 180, (40, 4)), rng.uniform(3, 12, 40))
    _, confidence = point_rods(strands(AFTER), rods, SETTINGS)
    assert ((confidence >= 0.5) & (confidence <= 1)).all()
