"""Tattooed dots of known place, and what must not be taken for them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from densitometer.field import Field
from densitometer.hairs import Hair
from densitometer.marks import Mark, find_marks
from densitometer.photo import Photo
from densitometer.pipeline import measure_photo
from densitometer.settings import MarkSettings

Rgb = NDArray[np.uint8]

UM = 5.556
SIZE = (640, 512)
SKIN = np.array([205.0, 170.0, 155.0])
CARBON = (2.3, 1.9, 1.35)
PEN = (2.6, 1.8, 0.14)
MELANIN = (0.5, 0.8, 1.2)
WHERE = (291.3, 244.8)


def skin_with(
    absorbs: tuple[float, ...] = CARBON,
    *,
    at: tuple[float, float] = WHERE,
    radius_um: float = 250.0,
    strength: float = 0.7,
    um_per_px: float = UM,
    size: tuple[int, int] = SIZE,
    stretch: float = 1.0,
    noise: float = 2.0,
) -> Rgb:
    """Skin with one soft spot that absorbs light as some pigment does; ``stretch`` makes it longer than wide."""
    x, y = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    inside = radius_um - np.hypot((x - at[0]) / stretch, y - at[1]) * um_per_px
    cover = np.clip(inside / (0.8 * radius_um) + 0.5, 0, 1)
    light = (SKIN / 255) ** 2.2 * np.exp(-strength * cover[..., None] * np.array(absorbs))
    grey = 255 * light ** (1 / 2.2) + np.random.default_rng(1).normal(0, noise, (size[1], size[0], 1))
    return np.clip(np.round(grey), 0, 255).astype(np.uint8)


def found(
    rgb: Rgb, hairs: tuple[Hair, ...] = (), um_per_px: float = UM, usable: NDArray[np.bool_] | None = None
) -> tuple[Mark, ...]:
    usable = np.ones(rgb.shape[:2], bool) if usable is None else usable
    return find_marks(rgb, hairs, Field(usable, ~usable), um_per_px)


def hair(*points: tuple[float, float], confidence: float = 0.95, width_px: float = 12.0) -> Hair:
    return Hair(np.array(points), np.full(len(points), width_px), confidence, 0.9)


def draw(rgb: Rgb, *hairs: Hair) -> Rgb:
    """The same picture with hairs on it."""
    rgb = rgb.copy()
    for one in hairs:
        line = np.round(one.points_px * 16).astype(np.int32).reshape(-1, 1, 2)
        cv2.polylines(rgb, [line], False, (36, 30, 28), round(one.width_px), cv2.LINE_AA, 4)
    return rgb


@pytest.mark.parametrize("radius_um", [170.0, 250.0, 380.0])
@pytest.mark.parametrize("um_per_px", [2.8, UM, 9.0])
def test_a_dot_is_found_in_its_place(radius_um: float, um_per_px: float) -> None:
    at = (WHERE[0] * UM / um_per_px, WHERE[1] * UM / um_per_px)
    size = (round(SIZE[0] * UM / um_per_px), round(SIZE[1] * UM / um_per_px))
    ((x, y, radius),) = found(
        skin_with(at=at, radius_um=radius_um, um_per_px=um_per_px, size=size), um_per_px=um_per_px
    )
    assert np.hypot(x - at[0], y - at[1]) <= 1.0
    assert radius * um_per_px == pytest.approx(radius_um, rel=0.15)


def test_a_dot_on_dark_skin_is_found() -> None:
    dark = (skin_with().astype(float) * (0.55, 0.45, 0.42)).astype(np.uint8)
    ((x, y, _),) = found(dark)
    assert (x, y) == pytest.approx(WHERE, abs=1.0)


def test_a_dot_that_hair_crosses_is_found_near_its_place() -> None:
    across = hair((250, 205), (300, 290))
    ((x, y, _),) = found(draw(skin_with(radius_um=330.0), across), (across,))
    assert (x, y) == pytest.approx(WHERE, abs=4.0)


def test_a_dot_that_is_taken_for_an_unlikely_hair_is_found() -> None:
    assert len(found(skin_with(), (hair((260, 240), (320, 250), confidence=0.1, width_px=40.0),))) == 1


def test_a_dot_under_hair_is_not() -> None:
    hairs = tuple(hair((250 + 16 * i, 180), (250 + 16 * i, 310), width_px=14.0) for i in range(6))
    assert found(draw(skin_with(), *hairs), hairs) == ()


@pytest.mark.parametrize(
    ("absorbs", "strength"),
    [(PEN, 0.7), (MELANIN, 0.3), (MELANIN, 1.5), (CARBON, 0.15)],
    ids=["pen", "freckle", "mole", "faint"],
)
def test_other_spots_are_no_marks(absorbs: tuple[float, ...], strength: float) -> None:
    assert found(skin_with(absorbs, strength=strength)) == ()


@pytest.mark.parametrize("radius_um", [60.0, 900.0], ids=["dust", "a blotch"])
def test_spots_of_other_sizes_are_no_marks(radius_um: float) -> None:
    assert found(skin_with(radius_um=radius_um)) == ()


def test_a_long_spot_is_no_mark() -> None:
    assert found(skin_with(stretch=3.0)) == ()


def test_hair_stubs_and_cut_pieces_are_no_marks() -> None:
    stubs = tuple(hair((80 + 90 * i, 100), (90 + 90 * i, 100 + 8 * i), width_px=16.0) for i in range(6))
    pieces = tuple(hair((80 + 90 * i, 300), (98 + 90 * i, 306)) for i in range(6))
    rgb = draw(skin_with(strength=0.0), *stubs, *pieces)
    assert found(rgb, stubs + pieces) == ()
    assert found(rgb, stubs) == ()  # nor where the pieces were not found


def test_a_dot_cut_by_the_border_or_outside_the_field_is_no_mark() -> None:
    assert found(skin_with(at=(20.0, 250.0))) == ()
    usable = np.ones((SIZE[1], SIZE[0]), bool)
    usable[:, :400] = False
    assert found(skin_with(), usable=usable) == ()


def test_a_mirrored_and_a_turned_picture_show_the_same_dot() -> None:
    rgb = skin_with()
    ((x, y, radius),) = found(rgb)
    assert found(np.ascontiguousarray(rgb[:, ::-1]))[0] == pytest.approx((SIZE[0] - 1 - x, y, radius), abs=0.3)
    assert found(np.ascontiguousarray(np.rot90(rgb)))[0] == pytest.approx((y, SIZE[0] - 1 - x, radius), abs=0.3)


def test_two_dots_are_two_marks_in_the_order_of_their_places() -> None:
    both = np.minimum(skin_with(at=(420.0, 200.0)), skin_with(at=(150.0, 300.0)))
    assert [round(x) for x, _, _ in found(both)] == pytest.approx([150, 420], abs=1)


def test_settings_decide() -> None:
    rgb, everywhere = skin_with(), np.ones((SIZE[1], SIZE[0]), bool)
    strict = MarkSettings(least_density=3.0)
    assert find_marks(rgb, (), Field(everywhere, ~everywhere), UM, strict) == ()


@pytest.mark.parametrize("size", [(64, 64), (1, 1), (3, 200)])
def test_small_and_even_pictures_have_none(size: tuple[int, int]) -> None:
    assert found(np.full((*size, 3), 150, np.uint8)) == ()
    assert found(np.zeros((*size, 3), np.uint8)) == ()


def test_without_skin_there_are_none() -> None:
    assert found(skin_with(), usable=np.zeros((SIZE[1], SIZE[0]), bool)) == ()


def test_the_same_picture_gives_the_same_marks() -> None:
    assert found(skin_with()) == found(skin_with())


def test_a_measurement_holds_marks_and_the_condition_of_the_skin() -> None:
    rgb = draw(skin_with(), hair((80, 80), (190, 110)), hair((450, 380), (560, 420)))
    measurement = measure_photo(Photo(rgb), stated_um_per_px=UM)
    ((x, y, _),) = measurement.marks
    assert (x, y) == pytest.approx(WHERE, abs=1.5)
    assert measurement.values["flaking_share"] == pytest.approx(0, abs=0.005)
    assert measurement.values["redness_a"] == pytest.approx(10, abs=5)
    assert 0 < (measurement.values["skin_area_cm2"] or 0) < (measurement.values["area_cm2"] or 0)
