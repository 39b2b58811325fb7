from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from densitometer.settings import PrepareSettings
from densitometer.visits.sight import with_darkness
from densitometer.visits.view import View

UM_PER_PX = 6.0
SHAPE = (400, 500)
HAIR_UM, SKIN_UM = np.array([[1500.0, 1200.0]]), np.array([[900.0, 1200.0]])


def photograph() -> NDArray[np.uint8]:
    """One upright hair of 60 um on light skin, through `HAIR_UM`."""
    picture = np.full((*SHAPE, 3), (205, 180, 165), np.uint8)
    cv2.line(picture, (250, 160), (250, 240), (60, 60, 60), 10, cv2.LINE_AA)
    return picture


def bare_view() -> View:
    none, places = np.zeros(0), np.zeros((0, 2))
    return View(
        photo="drawn.png", um_per_px=UM_PER_PX, hair=none.astype(int), root_um=places, tip_um=places, width_um=none,
        estimated=none > 0, confidence=none, root_confidence=none, counted=none > 0,
        unit=none.astype(int), usable=np.ones((120, 150), bool), marks_um=np.zeros((0, 3)),
    )  # fmt: skip


def darkness_at(view: View, place_um: NDArray[np.float64]) -> float:
    assert view.prepared is not None
    column, row = np.round(view.prepared.from_photo(place_um / view.picture_um_per_px)[0]).astype(int)
    return float(view.prepared.darkness[row, column])


def test_places_in_um_are_found_in_the_photograph() -> None:
    view = with_darkness(bare_view(), photograph(), UM_PER_PX, np.ones(SHAPE, bool), PrepareSettings())
    assert darkness_at(view, HAIR_UM) > 0.5
    assert abs(darkness_at(view, SKIN_UM)) < 0.05


def test_they_are_found_in_a_smaller_picture_as_well() -> None:
    small = cv2.resize(photograph(), (250, 200), interpolation=cv2.INTER_AREA)
    view = with_darkness(bare_view(), small, 2 * UM_PER_PX, np.ones(SHAPE, bool), PrepareSettings())
    assert darkness_at(view, HAIR_UM) > 0.5
    assert abs(darkness_at(view, SKIN_UM)) < 0.05


def test_skin_that_does_not_count_is_not_looked_at() -> None:
    usable = np.ones(SHAPE, bool)
    usable[:, 200:300] = False
    view = with_darkness(bare_view(), photograph(), UM_PER_PX, usable, PrepareSettings())
    assert darkness_at(view, HAIR_UM) == 0
