from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from densitometer.settings import PrepareSettings, SecondLookSettings
from densitometer.visits.second_look import look_again, with_darkness
from densitometer.visits.view import View

UM_PER_PX = 6.0
SHAPE = (400, 500)
ROOTS = np.array([[600.0, 600.0], [1500.0, 900.0], [2200.0, 1700.0]])
STILL = (0.0, 0.0)


def photograph(roots: NDArray[np.float64], turn: float = 0.0, level: int = 60) -> NDArray[np.uint8]:
    """Hairs of 60 um and 480 um length on light skin, from their roots to the right and down."""
    picture = np.full((*SHAPE, 3), (205, 180, 165), np.uint8)
    for root in roots:
        first, last = root / UM_PER_PX, (root + reach(turn)) / UM_PER_PX
        ends = [tuple(int(round(16 * v)) for v in end) for end in (first, last)]
        cv2.line(picture, ends[0], ends[1], (level, level, level), 10, cv2.LINE_AA, 4)
    return picture


def reach(turn: float = 0.0) -> NDArray[np.float64]:
    return 480.0 * np.array([np.cos(0.5 + turn), np.sin(0.5 + turn)])


def view(picture: NDArray[np.uint8] | None, roots: NDArray[np.float64] = ROOTS) -> View:
    n = len(roots)
    usable = np.ones(SHAPE, bool)
    made = View(
        photo="drawn.png", um_per_px=UM_PER_PX, hair=np.arange(1, n + 1), root_um=roots, tip_um=roots + reach(),
        width_um=np.full(n, 60.0), estimated=np.zeros(n, bool), confidence=np.full(n, 0.9),
        root_confidence=np.full(n, 0.9), counted=np.ones(n, bool), at_border=np.zeros(n, bool),
        unit=np.arange(1, n + 1), usable=np.ones((120, 150), bool), marks_um=np.zeros((0, 3)),
    )  # fmt: skip
    return made if picture is None else with_darkness(made, picture, UM_PER_PX, usable, PrepareSettings())


def same(places: NDArray[np.float64]) -> NDArray[np.float64]:
    return places


ALL = np.arange(3)


def test_a_hair_that_stands_is_as_dark_and_one_that_is_gone_leaves_bare_skin() -> None:
    here, there = view(photograph(ROOTS)), view(photograph(ROOTS[:2]))
    told = look_again(here, ALL, there, same, STILL)
    assert told[:2] == pytest.approx(1, abs=0.1)
    assert abs(told[2]) < 0.1


def test_a_hair_is_found_where_the_warp_says() -> None:
    shift = np.array([180.0, -120.0])
    here, there = view(photograph(ROOTS)), view(photograph(ROOTS + shift))
    assert look_again(here, ALL, there, lambda places: places + shift, STILL) == pytest.approx(1, abs=0.1)
    assert look_again(here, ALL, there, same, STILL).max() < 0.3


def test_hair_that_was_combed_is_looked_for_where_the_others_point() -> None:
    turn = np.radians(30)
    here, there = view(photograph(ROOTS)), view(photograph(ROOTS, turn))
    assert look_again(here, ALL, there, same, STILL).max() < 0.6
    assert look_again(here, ALL, there, same, (float(turn), 0.0)).min() > 0.8
    assert look_again(here, ALL, there, same, (0.0, float(np.radians(20)))).min() > 0.8


def test_less_light_does_not_tell_of_lost_hair() -> None:
    dim = (photograph(ROOTS) * 0.6).astype(np.uint8)
    assert look_again(view(photograph(ROOTS)), ALL, view(dim), same, STILL).min() > 0.75


def test_without_a_picture_or_a_dark_hair_nothing_is_told() -> None:
    shown = view(photograph(ROOTS))
    assert np.isnan(look_again(view(None), ALL, shown, same, STILL)).all()
    assert np.isnan(look_again(shown, ALL, view(None), same, STILL)).all()
    assert np.isnan(look_again(view(photograph(ROOTS[:0])), ALL, shown, same, STILL)).all()
    assert look_again(shown, ALL[:0], shown, same, STILL).shape == (0,)


def test_a_smaller_picture_tells_the_same() -> None:
    small = cv2.resize(photograph(ROOTS[:2]), (250, 200), interpolation=cv2.INTER_AREA)
    there = with_darkness(view(None), small, 2 * UM_PER_PX, np.ones(SHAPE, bool), PrepareSettings())
    told = look_again(view(photograph(ROOTS)), ALL, there, same, STILL)
    assert told[:2].min() > 0.7
    assert abs(told[2]) < 0.15


def test_how_far_aside_it_looks_is_a_setting() -> None:
    here, there = view(photograph(ROOTS)), view(photograph(ROOTS + [[0.0, 60.0]]))
    near = look_again(here, ALL, there, same, STILL, SecondLookSettings(aside_um=5.0))
    far = look_again(here, ALL, there, same, STILL, replace(SecondLookSettings(), aside_um=50.0))
    assert far.min() > near.max()
