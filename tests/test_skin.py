"""Redness and scale of drawn skin of known answer."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from skimage.color import rgb2lab

from densitometer.field import Field
from densitometer.hairs import Hair
from densitometer.settings import SkinSettings
from densitometer.skin import skin_values

Rgb = NDArray[np.uint8]

UM = 5.556
SIZE = (512, 640)
SKIN = (205, 165, 145)
RED = (210, 140, 130)
SCALE = (226, 222, 216)


def even(colour: tuple[int, int, int] = SKIN, size: tuple[int, int] = SIZE, noise: float = 0.0) -> Rgb:
    """Skin of one colour."""
    grey = np.random.default_rng(1).normal(0, noise, (*size, 1)) if noise else 0.0
    return np.clip(np.round(np.array(colour, float) + np.zeros((*size, 3)) + grey), 0, 255).astype(np.uint8)


def flaky(
    side_um: float = 250.0, step_um: float = 900.0, colour: tuple[int, int, int] = SCALE, um: float = UM
) -> tuple[Rgb, float]:
    """Skin with square flakes at even distances, and the share of it that they cover."""
    size = (round(SIZE[0] * UM / um), round(SIZE[1] * UM / um))
    x, y = np.meshgrid(np.arange(size[1]) * um, np.arange(size[0]) * um)
    flakes = ((x + 200) % step_um < side_um) & ((y + 200) % step_um < side_um)
    rgb = even(size=size, noise=1.5)
    rgb[flakes] = colour
    return rgb, float(flakes.mean())


def values(
    rgb: Rgb, hairs: tuple[Hair, ...] = (), usable: NDArray[np.bool_] | None = None, um: float = UM, **more: bool
) -> dict[str, float | None]:
    usable = np.ones(rgb.shape[:2], bool) if usable is None else usable
    return skin_values(rgb, hairs, Field(usable, ~usable), um, **more)


def number(found: dict[str, float | None], name: str) -> float:
    value = found[name]
    assert value is not None
    return value


def hair(*points: tuple[float, float], width_px: float = 12.0) -> Hair:
    return Hair(np.array(points), np.full(len(points), width_px), 0.9, 0.9)


NOTHING = {"redness_a": None, "flaking_share": None, "skin_area_cm2": None}


@pytest.mark.parametrize("colour", [SKIN, RED, (112, 78, 58), (226, 196, 180), (90, 140, 120)])
def test_redness_is_that_of_the_colour(colour: tuple[int, int, int]) -> None:
    found = values(even(colour))
    assert found["redness_a"] == pytest.approx(rgb2lab(np.array(colour) / 255)[1], abs=0.15)
    assert found["flaking_share"] == 0


@pytest.mark.parametrize("grey", [60, 128, 200])
def test_a_grey_picture_is_not_red(grey: int) -> None:
    assert values(even((grey,) * 3, noise=3))["redness_a"] == pytest.approx(0, abs=0.05)


def test_the_area_is_that_of_the_bare_skin() -> None:
    whole = SIZE[0] * SIZE[1] * (UM * 1e-4) ** 2
    assert values(even())["skin_area_cm2"] == pytest.approx(whole, rel=0.01)
    half = np.ones(SIZE, bool)
    half[:, : SIZE[1] // 2] = False
    assert values(even(), usable=half)["skin_area_cm2"] == pytest.approx(whole / 2, rel=0.01)


def test_at_an_assumed_scale_there_is_no_area() -> None:
    found = values(even(), assumed=True)
    assert found["skin_area_cm2"] is None
    assert found["redness_a"] is not None and found["flaking_share"] is not None


def test_redder_skin_is_redder() -> None:
    assert number(values(even(RED)), "redness_a") > number(values(even()), "redness_a") + 5


@pytest.mark.parametrize(("side_um", "step_um"), [(250.0, 900.0), (150.0, 900.0), (400.0, 1600.0), (120.0, 500.0)])
def test_the_share_of_flakes_is_found(side_um: float, step_um: float) -> None:
    rgb, share = flaky(side_um, step_um)
    assert values(rgb)["flaking_share"] == pytest.approx(share, rel=0.35)


@pytest.mark.parametrize("um", [2.5, 4.0, 9.0])
def test_the_share_does_not_hang_on_the_scale(um: float) -> None:
    rgb, share = flaky(um=um)
    assert values(rgb, um=um)["flaking_share"] == pytest.approx(share, rel=0.35)


def test_scale_does_not_pale_the_redness_of_the_skin() -> None:
    rgb, _ = flaky()
    assert number(values(rgb), "redness_a") == pytest.approx(rgb2lab(np.array(SKIN) / 255)[1], abs=0.6)


def test_glints_are_no_scale() -> None:
    rgb = even(noise=1.5)
    places = np.random.default_rng(2).integers(4, 500, (900, 2))
    for y, x in places:
        rgb[y : y + 2, x : x + 2] = 255
    assert number(values(rgb), "flaking_share") < 0.005


def test_light_of_the_colour_of_the_skin_is_no_scale() -> None:
    rgb, _ = flaky(colour=(236, 190, 167))
    assert number(values(rgb), "flaking_share") < 0.005


def test_a_slow_fall_of_light_is_no_scale() -> None:
    fall = np.linspace(0.7, 1.15, SIZE[1])[None, :, None]
    rgb = np.clip(even(noise=1.5) * fall, 0, 255).astype(np.uint8)
    assert number(values(rgb), "flaking_share") < 0.005


def test_hair_and_what_is_near_it_is_left_out() -> None:
    rgb = even()
    hairs = tuple(hair((60.0 + 80 * i, 40.0), (60.0 + 80 * i, 480.0)) for i in range(7))
    for one in hairs:
        x = round(one.root_px[0])
        rgb[40:480, x - 8 : x + 9] = (235, 235, 235)  # white hair with its blur: neither scale nor skin
    found = values(rgb, hairs)
    assert found["flaking_share"] == 0
    assert found["redness_a"] == pytest.approx(rgb2lab(np.array(SKIN) / 255)[1], abs=0.15)
    assert number(found, "skin_area_cm2") < 0.85 * number(values(even()), "skin_area_cm2")


def test_a_hair_without_a_width_is_left_out_too() -> None:
    lost = Hair(np.array([[60.0, 250.0], [580.0, 250.0]]), np.full(2, np.nan), 0.9, 0.9)
    assert number(values(even(), (lost,)), "skin_area_cm2") < number(values(even()), "skin_area_cm2")


def test_ink_and_hair_that_was_not_found_do_not_change_the_redness() -> None:
    rgb = even(noise=1.5)
    rgb[200:260, 100:300] = (40, 40, 120)
    found = values(rgb)
    assert found["redness_a"] == pytest.approx(rgb2lab(np.array(SKIN) / 255)[1], abs=0.3)
    assert number(found, "skin_area_cm2") < number(values(even()), "skin_area_cm2") - 0.0025


def test_too_little_skin_is_not_judged() -> None:
    usable = np.zeros(SIZE, bool)
    assert values(even(), usable=usable) == NOTHING
    usable[:100, :100] = True
    assert values(even(), usable=usable) == NOTHING
    assert values(np.full((*SIZE, 3), 255, np.uint8)) == NOTHING
    wide = tuple(hair((0.0, 30.0 * i), (640.0, 30.0 * i), width_px=25.0) for i in range(18))
    assert values(even(), wide) == NOTHING


@pytest.mark.parametrize("size", [(64, 64), (1, 1), (2, 300)])
def test_tiny_pictures_are_not_judged_or_are(size: tuple[int, int]) -> None:
    assert values(even(size=size)) == NOTHING
    if min(size) > 1:
        assert values(even(size=size), um=100.0)["redness_a"] is not None


def test_mirrored_and_turned_pictures_give_the_same() -> None:
    rgb, _ = flaky()
    first = values(rgb)
    for other in (rgb[:, ::-1], rgb[::-1], np.rot90(rgb)):
        assert values(np.ascontiguousarray(other)) == pytest.approx(first, rel=0.05)


def test_settings_decide() -> None:
    rgb, share = flaky()
    everywhere = np.ones(rgb.shape[:2], bool)
    strict = SkinSettings(lighter=60.0)
    assert share > 0.05
    assert skin_values(rgb, (), Field(everywhere, ~everywhere), UM, strict)["flaking_share"] == 0


def test_the_same_picture_gives_the_same_values() -> None:
    rgb, _ = flaky()
    assert values(rgb) == values(rgb.copy())
