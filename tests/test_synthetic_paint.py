"""Hairs cover the skin by their true area, higher ones lie on top, and what is seen of each is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from densitometer.synthetic.camera import choose_view
from densitometer.synthetic.ground import Ground
from densitometer.synthetic.light import Light
from densitometer.synthetic.paint import Painted, cast_shadows, finish_of, lay_hairs
from densitometer.synthetic.strand import Strand
from densitometer.synthetic.style import CameraStyle, build
from densitometer.synthetic.styles import find_style
from synthetic_views import view

SIZE = (320, 240)
GROUND = Ground(5, view(5.0, size_px=SIZE))
PLAIN = find_style("blond", {
    "hair": {"amber_share": (0.0, 0.0)}, "extras": {"shaft_debris": (0.0, 0.0)},
    "camera": {"hair_shine": (0.0, 0.0), "focus_mm": (0.0, 0.0), "depth_mm": (5.0, 5.0)},
})  # fmt: skip


def light(towards: tuple[float, float] = (1.0, 0.0)) -> Light:
    shape = GROUND.shape
    return Light(np.ones((*shape, 3), np.float32), np.zeros((*shape, 3), np.float32), np.ones(shape, np.float32),
                 np.array(towards))  # fmt: skip


def strand(
    hair: int = 1, degrees: float = 0.0, width_um: float = 70.0, height_mm: float = 0.04, **more: object
) -> Strand:
    way = np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))])
    points = np.array([10.0, 8.0]) + np.linspace(-0.3, 0.3, 8)[:, None] * way
    line = np.column_stack([points, np.full(8, height_mm)])
    one = Strand(hair, hair, "terminal", "black", line, np.full(8, width_um), np.zeros((0, 3)))
    return replace(one, **more)  # type: ignore[arg-type]


def lay(*strands: Strand, skin: float = 0.5) -> Painted:
    radiance = np.full((*GROUND.shape, 3), skin, np.float32)
    return lay_hairs(radiance, GROUND, strands, light(), finish_of(GROUND, PLAIN, light(), 0))


@pytest.mark.parametrize("width_um", [14.0, 43.0, 110.0])
@pytest.mark.parametrize("degrees", [0.0, 20.0, 90.0])
def test_the_mask_has_the_area_of_the_hair(width_um: float, degrees: float) -> None:
    area_um2 = float(lay(strand(degrees=degrees, width_um=width_um)).mask.sum()) * 25.0
    assert area_um2 / 600.0 == pytest.approx(width_um, abs=0.5)


def test_black_hair_is_dark_and_the_skin_beside_it_untouched() -> None:
    painted = lay(strand())
    assert painted.radiance[painted.mask > 0.99].mean() < 0.1
    far = painted.radiance[:60]
    assert np.array_equal(far, np.full_like(far, 0.5))
    assert np.array_equal(painted.skin, np.full((*GROUND.shape, 3), 0.5, np.float32))


def test_white_hair_is_lighter_than_dark_skin() -> None:
    painted = lay(strand(colour="white"), skin=0.05)
    assert painted.radiance[painted.mask > 0.99].mean() > 0.15


def test_fine_hair_lets_more_light_through_than_thick_hair_of_its_colour() -> None:
    fine, thick = (lay(strand(width_um=w, colour="brown")) for w in (20.0, 90.0))
    assert fine.radiance[fine.mask > 0.9].mean() > 1.5 * thick.radiance[thick.mask > 0.9].mean()


def test_of_two_that_cross_the_lower_is_hidden_where_they_do() -> None:
    painted = lay(strand(1, 0.0, height_mm=0.04), strand(2, 90.0, height_mm=0.2))
    assert painted.visible[2] == pytest.approx(1.0)
    assert painted.visible[1] == pytest.approx(1 - 70.0 / 600.0, abs=0.01)
    assert painted.mask.sum() * 25.0 == pytest.approx(2 * 600 * 70 - 70 * 70, rel=0.01)


def test_a_hair_that_crosses_itself_is_whole_where_it_does() -> None:
    way = np.linspace(-1, 1, 41)
    loop = np.column_stack([10 + 0.5 * np.sin(np.pi * way), 8 + 0.35 * np.sin(2 * np.pi * way), 0.04 + 0.1 * (way + 1)])
    painted = lay(replace(strand(), points_mm=loop, widths_um=np.full(41, 60.0)))
    middle = (slice(115, 125), slice(155, 165))
    assert painted.mask[middle].min() > 0.99
    assert painted.radiance[middle].max() < 0.15
    assert painted.mask.max() <= 1


@pytest.mark.parametrize("tilt_deg", [0.0, 6.0, 15.0, 30.0])
def test_a_hair_is_as_wide_under_a_tilted_camera(tilt_deg: float) -> None:
    camera = build(CameraStyle, um_per_px=(5.0, 5.0), tilt_deg=(tilt_deg, tilt_deg))
    ground = Ground(5, choose_view(camera, 5, 0, SIZE, (20.0, 16.0)))
    finish = finish_of(ground, PLAIN, light(), 0)
    radiance = np.full((*ground.shape, 3), 0.5, np.float32)
    for degrees in (0.0, 45.0, 90.0):
        one = strand(degrees=degrees, width_um=80.0, height_mm=0.0)
        mask = lay_hairs(radiance, ground, [one], light(), finish).mask
        at = ground.view.project(one.points_mm)
        length_px = float(np.hypot(*np.diff(at, axis=0).T).sum())
        assert float(mask.sum()) / length_px * 5.0 == pytest.approx(80.0, abs=0.5)


def test_a_loose_piece_hides_but_is_not_in_the_mask() -> None:
    painted = lay(strand(1), strand(9, 90.0, height_mm=0.3, kind="loose", unit=0))
    assert set(painted.visible) == {1} and painted.visible[1] < 0.95
    assert painted.mask.sum() * 25.0 == pytest.approx(600 * 70, rel=0.01)


def test_hair_that_covers_no_part_of_the_picture_is_not_seen() -> None:
    away = strand()
    painted = lay(replace(away, points_mm=away.points_mm + [50.0, 0.0, 0.0]))
    assert painted.visible == {} and painted.mask.sum() == 0


def test_hair_out_of_focus_is_softer() -> None:
    near = find_style("blond", {"camera": {"focus_mm": (0.0, 0.0), "depth_mm": (0.1, 0.1)}})
    radiance = np.full((*GROUND.shape, 3), 0.5, np.float32)
    finish = finish_of(GROUND, near, light(), 0)
    low, high = (
        lay_hairs(radiance, GROUND, [strand(height_mm=z)], light(), finish).radiance[:, 160, 0] for z in (0.0, 0.5)
    )
    assert np.abs(np.diff(low)).max() > 2 * np.abs(np.diff(high)).max()


def test_shadows_fall_away_from_the_light_and_fade_without_it() -> None:
    hair = [strand(degrees=90.0, height_mm=0.15)]
    shade = cast_shadows(GROUND, hair, light((1.0, 0.0)), 0.6)[120, :, 1]
    assert shade[:160].sum() < shade[160:].sum() - 0.5  # the light comes from the right
    assert np.array_equal(cast_shadows(GROUND, hair, light(), 0.0), np.ones((*GROUND.shape, 3), np.float32))


def test_the_same_seed_lays_the_same_hairs() -> None:
    assert np.array_equal(lay(strand()).radiance, lay(strand()).radiance)
