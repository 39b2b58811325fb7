from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from densitometer.settings import MatchSettings, PrepareSettings
from densitometer.visits.bare_place import darkness_left
from densitometer.visits.match import match_hairs_of
from densitometer.visits.pairing import Habit, Strokes
from densitometer.visits.sight import with_darkness
from densitometer.visits.view import View
from drawn_matches import SIZE_UM, laid, lattice, view, without

ROOTS = lattice()
UM_PER_PX = 10.0
STILL = Habit(10.0, 10.0, 0.0, 0.1, 0.0, 0.1)


def photographed(whole: View, *gone: int) -> View:
    """The view with a picture in which its hairs are drawn, but for these (indices)."""
    rgb: NDArray[np.uint8] = np.full((int(SIZE_UM[1] / UM_PER_PX), int(SIZE_UM[0] / UM_PER_PX), 3), 190, np.uint8)
    for k in np.setdiff1d(np.arange(len(whole)), gone):
        ends = [tuple(np.round(end[k] / UM_PER_PX).astype(int).tolist()) for end in (whole.root_um, whole.tip_um)]
        cv2.line(rgb, ends[0], ends[1], (40, 35, 30), 6)
    return with_darkness(whole, rgb, UM_PER_PX, np.ones(rgb.shape[:2], bool), PrepareSettings())


def left(here: View, there: View, hair: int, painted: NDArray[np.bool_] | None = None) -> float:
    laid, others = Strokes(here.root_um, here.tip_um), Strokes(there.root_um, there.tip_um)
    none = np.zeros(len(there), bool) if painted is None else painted
    return float(darkness_left(here, there, np.array([hair]), laid, others, none, STILL)[0])


def test_hair_that_was_overlooked_is_as_dark_as_it_was_and_bare_skin_is_not() -> None:
    here = photographed(view(ROOTS))
    assert left(here, photographed(view(ROOTS)), 20) == pytest.approx(1.0, abs=0.1)
    assert left(here, photographed(view(ROOTS), 20), 20) < 0.1


def test_a_neighbour_is_not_taken_for_the_hair() -> None:
    crowded = view(np.vstack([ROOTS, ROOTS[20] + [0.0, 30.0]]))
    here, there = photographed(crowded), photographed(crowded, 20)
    painted = np.zeros(len(crowded), bool)
    assert left(here, there, 20, painted) > 0.5
    painted[-1] = True
    told = left(here, there, 20, painted)
    assert np.isnan(told) or told < 0.3


def test_without_pictures_nothing_is_told() -> None:
    here = photographed(view(ROOTS))
    assert np.isnan(left(here, replace(here, prepared=None), 20))
    assert np.isnan(left(view(ROOTS), here, 20))


def test_a_hair_that_is_still_seen_is_not_called_lost() -> None:
    here = photographed(view(ROOTS))
    overlooked, gone = (
        replace(without(view(ROOTS), 20), prepared=picture.prepared, picture_um_per_px=UM_PER_PX)
        for picture in (photographed(view(ROOTS)), photographed(view(ROOTS), 20))
    )
    chance = [
        next(m.probability for m in match_hairs_of(here, there, laid(), MatchSettings()) if m.followup_hair is None)
        for there in (overlooked, gone)
    ]
    assert chance[0] < chance[1] / 2
