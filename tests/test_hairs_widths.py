"""Widths from brightness profiles, to a part of a pixel."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from densitometer.hairs.finish import _LINEAR as LINEAR
from densitometer.hairs.widths import _first_crossing, measure_widths
from drawn import Scene, Stroke, arc, draw, straight

MIDDLE = (850.0, 650.0)


def widths_um(scene: Scene, which: int = 0, aside_px: float = 0.0, expected: float = 1.0) -> NDArray[np.float64]:
    """Widths along the middle part of one drawn hair, whose line and rough width may be a little wrong."""
    hair = scene.hairs[which]
    ends = np.linspace(0.1, 0.9, 13)[:, None]
    points = hair.points_um[0] + ends * (hair.points_um[-1] - hair.points_um[0])
    grey = LINEAR[cv2.cvtColor(draw(scene), cv2.COLOR_RGB2GRAY)]
    line = scene.to_px(points) + aside_px
    found = measure_widths(grey, line, expected * hair.width_um / scene.um_per_px, 28 / scene.um_per_px)
    return found * scene.um_per_px


ABOVE_THE_BLUR = [
    (w, um) for um, least in ((5.556, 25), (3.0, 15), (1.5, 10)) for w in (10, 15, 25, 40, 60, 100) if w >= least
]


@pytest.mark.parametrize(("width_um", "um_per_px"), ABOVE_THE_BLUR)
@pytest.mark.parametrize("degrees", [0.0, 13.0, 45.0, 90.0, 118.0])
def test_width_of_a_shaft(width_um: float, degrees: float, um_per_px: float) -> None:
    scene = Scene([straight(MIDDLE, degrees, 700, width_um)], um_per_px=um_per_px)
    found = widths_um(scene)
    assert np.isfinite(found).all()
    assert np.median(found) == pytest.approx(width_um, abs=0.6 + 0.1 * um_per_px)
    assert found.std() < 3


@pytest.mark.parametrize("width_um", [8.0, 12.0, 16.0])
def test_shaft_thinner_than_the_blur_reads_too_wide_but_never_too_thin(width_um: float) -> None:
    scene = Scene([straight(MIDDLE, 25, 700, width_um)], blur_px=1.0)
    found = float(np.nanmedian(widths_um(scene)))
    blur_um = 2.355 * 1.0 * scene.um_per_px
    assert width_um < found < np.hypot(width_um, blur_um) + 5


@pytest.mark.parametrize("blur_px", [0.0, 0.7, 1.5, 2.5])
def test_blur_does_not_change_the_width(blur_px: float) -> None:
    scene = Scene([straight(MIDDLE, 25, 700, 60)], blur_px=blur_px)
    assert np.median(widths_um(scene)) == pytest.approx(60, abs=2)


@pytest.mark.parametrize("aside_px", [-1.0, 1.0])
@pytest.mark.parametrize("expected", [0.7, 1.4])
def test_rough_line_and_width_need_not_be_right(aside_px: float, expected: float) -> None:
    scene = Scene([straight(MIDDLE, 25, 700, 60)])
    assert np.nanmedian(widths_um(scene, aside_px=aside_px, expected=expected)) == pytest.approx(60, abs=1.5)


@pytest.mark.parametrize("factor", [0.4, 1.0])
def test_brightness_does_not_change_the_width(factor: float) -> None:
    skin = tuple(factor * c for c in (196, 164, 150))
    hair = tuple(factor * c for c in (42, 34, 32))
    scene = Scene([straight(MIDDLE, 25, 700, 60, colour=hair)], skin=skin)  # type: ignore[arg-type]
    assert np.median(widths_um(scene)) == pytest.approx(60, abs=1)


def test_taper_is_followed() -> None:
    pieces = [straight((400 + 100 * i, 650), 0, 102, 90 - 6 * i) for i in range(9)]
    whole = Stroke(np.array([[350.0, 650.0], [1250.0, 650.0]]), 66)
    scene = Scene([*pieces])
    grey = LINEAR[cv2.cvtColor(draw(scene), cv2.COLOR_RGB2GRAY)]
    line = scene.to_px(whole.points_um[0] + np.linspace(0, 1, 19)[1:-1:2, None] * [900.0, 0.0])
    found = measure_widths(grey, line, 66 / 5.556, 28 / 5.556) * 5.556
    np.testing.assert_allclose(found, 90 - 6 * np.arange(9), atol=2.5)


def test_touching_neighbour_leaves_no_width_and_a_near_one_no_error() -> None:
    def pair(gap_um: float) -> Scene:
        return Scene([straight((850, 650), 0, 700), straight((850, 710 + gap_um), 0, 700)], blur_px=0.5)

    assert np.isnan(widths_um(pair(0))).mean() > 0.8
    near = widths_um(pair(25))
    assert np.isnan(near).all() or np.nanmedian(near) == pytest.approx(60, abs=4)
    assert np.median(widths_um(pair(70))) == pytest.approx(60, abs=1)


def test_skin_without_a_hair_has_no_width() -> None:
    scene = Scene([straight(MIDDLE, 25, 700)])
    bare = replace(scene, texture=0.0, noise=0.0)
    grey = np.full(bare.shape, 150, np.float32)
    line = bare.to_px(bare.hairs[0].points_um)
    assert np.isnan(measure_widths(grey, line, 11.0, 5.0)).all()


def test_no_width_where_the_frame_cuts_the_shaft() -> None:
    scene = Scene([straight((850, 20), 0, 700)])
    assert np.isnan(widths_um(scene)).all()


def test_bowed_hair() -> None:
    points = arc((400, 900), (1300, 500), 120)
    scene = Scene([Stroke(points, 60)])
    grey = LINEAR[cv2.cvtColor(draw(scene), cv2.COLOR_RGB2GRAY)]
    found = measure_widths(grey, scene.to_px(points[4:-4:3]), 60 / 5.556, 5.0) * 5.556
    assert np.median(found) == pytest.approx(60, abs=1)


def test_first_crossing_to_a_part_of_a_sample() -> None:
    profiles = np.array([[0.0, 1, 3, 8, 8], [0, 0, 0, 0, 0], [9, 0, 0, 9, 9]])
    found = _first_crossing(profiles, np.array([2.0, 2.0, 4.5]))
    assert found[0] == pytest.approx(1.5)
    assert np.isnan(found[1])
    assert found[2] == pytest.approx(2.5)
