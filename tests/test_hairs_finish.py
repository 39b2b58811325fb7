"""Widths of traced hairs: measured, estimated by the network, or none; and which of them count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from densitometer.field import find_field
from densitometer.hairs import Hair
from densitometer.hairs.finish import Sureness, away_from_border, finish_hairs
from densitometer.prepare import Prepared, prepare
from densitometer.settings import Settings
from drawn import DARK_SKIN, LIGHT_HAIR, Scene, Stroke, draw, straight

SETTINGS = Settings()
MIDDLE = (850.0, 650.0)
BETWEEN = (150, 104, 84)
"""Skin on which black hair is darker, and blond hair lighter."""


def prepared_of(scene: Scene) -> tuple[Prepared, NDArray[np.uint8]]:
    rgb = draw(scene)
    return prepare(rgb, find_field(rgb, scene.um_per_px), scene.um_per_px), rgb


def finished(
    scene: Scene,
    rough_um: Sequence[float],
    *,
    traced: Sequence[Stroke] | None = None,
    sure: float = 0.9,
    root_sure: float = 0.9,
    **more: object,
) -> tuple[Hair, ...]:
    """Hairs of a scene, or others, finished from their true centre lines and rough widths."""
    prepared, rgb = prepared_of(scene)
    paths = [
        prepared.from_photo(scene.to_px(np.linspace(hair.points_um[0], hair.points_um[-1], 60)))
        for hair in (scene.hairs if traced is None else traced)
    ]
    rough_px = np.array(rough_um, float) / prepared.um_per_px
    sureness = Sureness(np.full(len(paths), sure), np.full(len(paths), root_sure), 0.3)
    return finish_hairs(prepared, rgb, paths, rough_px, sureness, SETTINGS, **more)  # type: ignore[arg-type]


# Width


@pytest.mark.parametrize("width_um", [40.0, 60.0, 85.0])
@pytest.mark.parametrize("off", [0.9, 1.0, 1.1])
@pytest.mark.parametrize("estimated", [False, True])
def test_a_width_that_agrees_with_the_estimate_is_the_measured_one(
    width_um: float, off: float, estimated: bool
) -> None:
    (hair,) = finished(Scene([straight(MIDDLE, 25, 600, width_um)]), [off * width_um], estimated=estimated)
    assert hair.width_px * 5.556 == pytest.approx(width_um, abs=2.5)
    assert len(set(hair.widths_px)) > 5
    assert not {"bundled", "width_estimated"} & set(hair.flags)


@pytest.mark.parametrize("factor", [0.6, 1.5])
def test_far_from_the_estimate_the_estimate_stands(factor: float) -> None:
    scene = Scene([straight(MIDDLE, 25, 600, 60)])
    (hair,) = finished(scene, [factor * 60], estimated=True)
    assert hair.widths_px * 5.556 == pytest.approx(np.full(len(hair.widths_px), factor * 60), rel=0.01)
    assert "width_estimated" in hair.flags and "bundled" not in hair.flags
    (measured,) = finished(scene, [factor * 60])
    assert measured.width_px * 5.556 == pytest.approx(60, abs=3)
    assert "width_estimated" not in measured.flags


def test_a_quarter_is_how_far_off_the_estimate_a_measured_width_may_be() -> None:
    def flags(factor: float) -> tuple[str, ...]:
        return finished(Scene([straight(MIDDLE, 25, 600, 60)]), [factor * 60], estimated=True)[0].flags

    for near, far in ((1.18, 1.35), (0.85, 0.74)):
        assert "width_estimated" not in flags(near)
        assert "width_estimated" in flags(far)


def test_where_nothing_can_be_measured_the_estimate_stands_and_says_so() -> None:
    nothing_there = [straight(MIDDLE, 25, 600)]
    scene = Scene([], noise=0.3, texture=0.0)
    (hair,) = finished(scene, [47.0], traced=nothing_there, estimated=True)
    assert hair.flags[-2:] == ("bundled", "width_estimated")
    assert hair.width_px * 5.556 == pytest.approx(47, rel=0.01)


def test_where_nothing_can_be_measured_nor_is_estimated_the_width_is_empty() -> None:
    (hair,) = finished(Scene([], noise=0.3, texture=0.0), [47.0], traced=[straight(MIDDLE, 25, 600)])
    assert np.isnan(hair.widths_px).all() and np.isnan(hair.width_px)
    assert "bundled" in hair.flags and "width_estimated" not in hair.flags


def test_estimates_of_one_hair_do_not_touch_another() -> None:
    hairs = [straight((500, 400), 20, 500, 60), straight((1200, 900), 20, 500, 60)]
    first, second = finished(Scene(hairs), [60.0, 100.0], estimated=True)
    assert first.width_px * 5.556 == pytest.approx(60, abs=2.5)
    assert "width_estimated" not in first.flags and "width_estimated" in second.flags


# Light hair


def test_each_hair_may_be_lighter_or_darker_than_the_skin() -> None:
    hairs = [straight((500, 400), 20, 500, 60), straight((1200, 900), 20, 500, 60, colour=LIGHT_HAIR)]
    scene = Scene(hairs, skin=BETWEEN)
    right = finished(scene, [60.0, 60.0], light=np.array([False, True]))
    assert [hair.width_px * 5.556 for hair in right] == pytest.approx([60, 60], abs=3)
    wrong = finished(scene, [60.0, 60.0], light=np.array([True, False]))
    assert not any(np.isfinite(hair.width_px) and abs(hair.width_px * 5.556 - 60) < 3 for hair in wrong)


def test_without_a_word_on_each_all_are_as_the_photograph_is() -> None:
    places = ((500.0, 330.0), (1200.0, 330.0), (500.0, 970.0), (1200.0, 970.0))
    scene = Scene([straight(place, 20, 500, 60, colour=LIGHT_HAIR) for place in places], skin=DARK_SKIN)
    assert prepared_of(scene)[0].light_hair
    assert [hair.width_px * 5.556 for hair in finished(scene, [60.0] * 4)] == pytest.approx([60] * 4, abs=3)


# What counts


@pytest.mark.parametrize(
    ("middle", "sure", "root_sure", "counted", "flags"),
    [
        (MIDDLE, 0.9, 0.9, True, set()),
        (MIDDLE, 0.9, 0.6, True, {"root_unclear"}),
        (MIDDLE, 0.1, 0.9, False, {"low_confidence"}),
        ((200.0, 650.0), 0.9, 0.9, False, {"root_outside", "touches_border"}),
        ((1500.0, 650.0), 0.9, 0.9, True, {"touches_border"}),
        ((1500.0, 650.0), 0.9, 0.6, False, {"touches_border", "root_unclear"}),
    ],
)
def test_a_hair_counts_by_its_root(
    middle: tuple[float, float], sure: float, root_sure: float, counted: bool, flags: set[str]
) -> None:
    (hair,) = finished(Scene([straight(middle, 0, 700)]), [60.0], sure=sure, root_sure=root_sure)
    assert (hair.counted, set(hair.flags)) == (counted, flags)
    assert (hair.confidence, hair.root_confidence) == (sure, root_sure)


def test_hairs_come_in_reading_order_with_their_root_first() -> None:
    hairs = [straight((1200, 900), 20, 500), straight((500, 400), 200, 500)]
    scene = Scene(hairs)
    found = finished(scene, [60.0, 60.0])
    assert [hair.root_px for hair in found] == [
        pytest.approx(tuple(scene.to_px(hair.points_um[0])), abs=0.01) for hair in hairs[::-1]
    ]


def test_nothing_in_is_nothing_out() -> None:
    assert finished(Scene([]), [], estimated=True, light=np.zeros(0, bool)) == ()


def test_the_border_of_what_is_visible_is_left_out_by_a_distance() -> None:
    prepared, _ = prepared_of(Scene([]))
    half = np.zeros(prepared.visible.shape, bool)
    half[:, :100] = True
    inner = away_from_border(replace(prepared, visible=half), 40.0)
    width = round(40 / prepared.um_per_px)
    assert inner[width:-width, width : 100 - width].all()
    assert inner.sum() == (half.shape[0] - 2 * width) * (100 - 2 * width)
