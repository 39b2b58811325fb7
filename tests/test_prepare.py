"""Even light, hair positive, one working scale."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from densitometer.field import Field
from densitometer.prepare import Prepared, assumed_um_per_px, prepare
from densitometer.settings import PrepareSettings
from drawn import BLUISH, DARK_SKIN, HAIR, LIGHT_HAIR, SKIN, Rgb, Scene, draw, meadow, straight

MIDDLE = (850.0, 650.0)


def prepared(rgb: NDArray[np.uint8], um_per_px: float, usable: NDArray[np.bool_] | None = None) -> Prepared:
    usable = np.ones(rgb.shape[:2], bool) if usable is None else usable
    return prepare(rgb, Field(usable, np.zeros_like(usable)), um_per_px)


def at(picture: NDArray[np.float32], one: Prepared, x_um: float, y_um: float) -> float:
    return float(picture[round(y_um / one.um_per_px - 0.5), round(x_um / one.um_per_px - 0.5)])


@pytest.mark.parametrize("um_per_px", [1.5, 3.0, 5.556, 8.0, 12.0, 25.0])
def test_arrays_come_near_the_working_scale(um_per_px: float) -> None:
    one = prepared(draw(Scene([], um_per_px=um_per_px)), um_per_px)
    wanted = max(8.0, um_per_px / PrepareSettings().max_enlargement)
    assert one.um_per_px == pytest.approx(wanted, rel=0.02)
    assert one.px_per_px == pytest.approx(one.um_per_px / um_per_px)
    assert one.darkness.shape == one.blueness.shape == one.glare.shape == one.visible.shape
    assert one.darkness.dtype == np.float32


@given(
    st.floats(0.2, 8.0),
    st.lists(st.tuples(st.floats(-100, 5000), st.floats(-100, 5000)), min_size=1, max_size=5),
)
def test_points_go_there_and_back(px_per_px: float, points: list[tuple[float, float]]) -> None:
    nothing = np.zeros((1, 1), np.float32)
    one = Prepared(nothing, nothing, nothing > 0, nothing > 0, nothing > 0, 8.0, px_per_px)
    there = one.to_photo(np.array(points))
    np.testing.assert_allclose(one.from_photo(there), points, atol=1e-6)
    # The outer corner of the first pixel is the corner of both.
    np.testing.assert_allclose(one.to_photo(np.array([[-0.5, -0.5]])), [[-0.5, -0.5]])


@pytest.mark.parametrize("hair", [HAIR, (90, 70, 60)])
@pytest.mark.parametrize("light", [1.0, 0.6])
def test_darkness_is_the_logarithm_of_skin_over_hair(hair: Rgb, light: float) -> None:
    scene = Scene([straight(MIDDLE, 0, 700, 90, colour=hair)], texture=0.0, noise=0.0)
    one = prepared(np.round(draw(scene) * light).astype(np.uint8), scene.um_per_px)
    weights = np.array([0.299, 0.587, 0.114])
    offset = 8.0  # of the logarithm
    tones = [(weights @ np.array(colour) * light, colour[2] * light) for colour in (SKIN, hair)]
    wanted = np.mean([np.log((s + offset) / (h + offset)) for s, h in zip(*tones, strict=True)])
    assert at(one.darkness, one, *MIDDLE) == pytest.approx(wanted, rel=0.12)
    assert at(one.darkness, one, 850, 300) == pytest.approx(0, abs=0.03)


def test_uneven_light_is_evened_out() -> None:
    scene = meadow()
    rgb = draw(scene)
    light = np.linspace(0.5, 1.2, rgb.shape[1])[None, :, None]
    plain, lit = (prepared(np.clip(a, 0, 255).astype(np.uint8), 5.556) for a in (rgb, rgb * light))
    skin = plain.darkness < 0.1
    assert abs(lit.darkness[skin].mean()) < 0.05
    assert lit.darkness[skin].std() < 0.1
    dark = plain.darkness > 0.8
    assert np.median(lit.darkness[dark]) == pytest.approx(np.median(plain.darkness[dark]), abs=0.1)


def test_light_hair_is_turned_to_positive() -> None:
    scene = Scene([straight(MIDDLE, 20, 900, 70, colour=LIGHT_HAIR)], skin=DARK_SKIN)
    one = prepared(draw(scene), scene.um_per_px)
    assert one.light_hair
    assert at(one.darkness, one, *MIDDLE) > 0.4
    assert not one.glare.any()


@pytest.mark.parametrize("skin", [SKIN, DARK_SKIN, (230, 200, 188)])
def test_bare_skin_and_dark_hair_are_not_taken_for_light_hair(skin: Rgb) -> None:
    assert not prepared(draw(Scene([], skin=skin)), 5.556).light_hair
    assert not prepared(draw(Scene([straight(MIDDLE, 20, 900, colour=(20, 16, 16))], skin=skin)), 5.556).light_hair


def test_glare_on_wet_skin_is_not_taken_for_light_hair() -> None:
    places = [(x, y) for x in range(150, 1700, 250) for y in range(150, 1300, 250)]
    scene = Scene([straight(MIDDLE, 20, 500)], spots=[(x, y, 45.0, 10.0, (255, 255, 255)) for x, y in places])
    one = prepared(draw(scene), scene.um_per_px)
    assert not one.light_hair
    assert at(one.glare.astype(np.float32), one, 150, 150) == 1
    assert 0.02 < one.glare.mean() < 0.15


def test_bluish_shadow_is_bluer_and_less_dark_than_a_hair_as_dark() -> None:
    grey = tuple([float(np.mean(BLUISH))] * 3)
    for colour, bluish in ((BLUISH, True), (grey, False)):
        scene = Scene([straight(MIDDLE, 0, 700, 120, colour=colour)], texture=0.0)  # type: ignore[arg-type]
        one = prepared(draw(scene), scene.um_per_px)
        if bluish:
            shadow = at(one.darkness, one, *MIDDLE)
            assert at(one.blueness, one, *MIDDLE) > 0.15
        else:
            assert at(one.darkness, one, *MIDDLE) > shadow + 0.1


def test_thin_print_is_filled_and_broad_print_is_not() -> None:
    scene = Scene([straight(MIDDLE, 90, 1000, 80)], texture=0.0)
    rgb = draw(scene)
    usable = np.ones(rgb.shape[:2], bool)
    usable[115:118] = False
    usable[60:95] = False
    rgb[~usable] = (0, 255, 255)
    one = prepared(rgb, scene.um_per_px, usable)
    line_um, block_um = 116.5 * scene.um_per_px, 77.5 * scene.um_per_px
    assert at(one.visible.astype(np.float32), one, 850, line_um) == 1
    assert at(one.darkness, one, 850, line_um) > 0.5  # the hair goes on
    assert at(one.darkness, one, 400, line_um) == pytest.approx(0, abs=0.1)  # and so does the skin
    assert at(one.visible.astype(np.float32), one, 850, block_um) == 0
    assert (one.darkness[~one.visible] == 0).all()


def test_nothing_usable_is_no_failure() -> None:
    rgb = draw(Scene([]))
    one = prepared(rgb, 5.556, np.zeros(rgb.shape[:2], bool))
    assert not one.visible.any()
    assert (one.darkness == 0).all()


@pytest.mark.parametrize("um_per_px", [4.0, 5.556, 8.0])
def test_scale_is_guessed_within_a_factor(um_per_px: float) -> None:
    rgb = draw(meadow(um_per_px))
    usable = np.ones(rgb.shape[:2], bool)
    guess = assumed_um_per_px(rgb, Field(usable, ~usable))
    assert um_per_px / 1.7 < guess < um_per_px * 1.7


def test_guess_halves_when_the_picture_is_twice_as_fine() -> None:
    guesses = []
    for um_per_px in (4.0, 8.0):
        rgb = draw(replace(meadow(um_per_px), noise=0.5))
        usable = np.ones(rgb.shape[:2], bool)
        guesses.append(assumed_um_per_px(rgb, Field(usable, ~usable)))
    assert guesses[1] / guesses[0] == pytest.approx(2, rel=0.2)
