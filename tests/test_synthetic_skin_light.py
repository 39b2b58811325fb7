"""Skin, its relief, what surrounds an opening, and the light on all of it."""

from __future__ import annotations

import numpy as np
import pytest

from densitometer.synthetic.ground import Ground
from densitometer.synthetic.light import light_up
from densitometer.synthetic.openings import round_openings, under_skin
from densitometer.synthetic.relief import make_relief
from densitometer.synthetic.skin import skin_colour
from densitometer.synthetic.strand import Strand
from densitometer.synthetic.style import CameraStyle, HairStyle, SkinStyle, build
from synthetic_views import view

GROUND = Ground(5, view(5.5, size_px=(400, 300)))


def skin(**values: object) -> SkinStyle:
    return build(SkinStyle, **values)  # type: ignore[no-any-return]


def rooted() -> Strand:
    """A hair that leaves the skin in the middle of the picture and points to the right."""
    points = np.array([10.0, 8.0, 0.0]) + np.linspace(0, 0.5, 8)[:, None] * [1.0, 0.0, 0.3]
    under = np.array([10.0, 8.0, 0.0]) - np.linspace(0, 0.5, 8)[:, None] * [1.0, 0.0, 0.5]
    return Strand(1, 1, "terminal", "black", points, np.full(8, 75.0), under)


def test_skin_types_run_from_pale_to_dark() -> None:
    tones = [skin_colour(GROUND, skin(fitzpatrick=(t, t), redness=(0.0, 0.0))).mean() for t in range(1, 7)]
    assert tones == sorted(tones, reverse=True)
    assert tones[0] > 8 * tones[-1]


def test_redness_takes_green_and_leaves_red() -> None:
    plain, red = (skin_colour(GROUND, skin(redness=(r, r))).mean(axis=(0, 1)) for r in (0.0, 1.0))
    assert red[1] / plain[1] < 0.75 < 0.85 < red[0] / plain[0]


def test_lines_and_wrinkles_roughen_the_skin() -> None:
    def roughness(**values: object) -> float:
        relief = make_relief(GROUND, skin(**values))
        return float(relief.slope_x.std() + relief.slope_y.std())

    smooth = roughness(lines=(0.0, 0.0), wrinkles=(0.0, 0.0))
    assert roughness(lines=(1.0, 1.0), wrinkles=(0.0, 0.0)) > 1.2 * smooth
    assert roughness(lines=(0.0, 0.0), wrinkles=(1.3, 1.3), wrinkle_mm=(0.2, 0.2)) > 1.1 * smooth


def test_grooves_are_shares() -> None:
    groove = make_relief(GROUND, skin(lines=(1.0, 1.0), wrinkles=(1.0, 1.0))).groove
    assert groove.min() >= 0 and groove.max() <= 1 and groove.std() > 0.01


@pytest.mark.parametrize("lamp", ["usb", "ring", "warm", "flat"])
def test_without_glare_nothing_is_mirrored_and_light_is_about_white(lamp: str) -> None:
    camera = build(CameraStyle, glare=(0.0, 0.0), light=lamp, cast=(0.5, 0.5))
    light = light_up(GROUND, make_relief(GROUND, skin()), camera, 0)
    assert light.glare.max() == 0
    assert light.rgb.mean() == pytest.approx(1.0, abs=0.35) and light.rgb.min() > 0
    assert np.hypot(*light.towards) == pytest.approx(1.0)


def test_glare_of_the_usb_light_is_bluish_and_in_glints() -> None:
    camera = build(CameraStyle, glare=(0.8, 0.8), light="usb")
    glare = light_up(GROUND, make_relief(GROUND, skin()), camera, 0).glare
    assert glare[..., 2].mean() > 1.5 * glare[..., 0].mean()
    assert np.percentile(glare, 99) > 3 * np.median(glare)


def test_light_changes_between_visits() -> None:
    relief, camera = make_relief(GROUND, skin()), build(CameraStyle)
    first, second = (light_up(GROUND, relief, camera, visit) for visit in (0, 1))
    assert not np.allclose(first.rgb, second.rgb)


def test_the_shaft_shows_through_the_skin_behind_the_root_only() -> None:
    albedo = np.full((*GROUND.shape, 3), 0.5, np.float32)
    seen = under_skin(albedo, GROUND, [rooted()], build(HairStyle, under_strength=(0.8, 0.8)))
    row = seen[150, :, 1]
    root = 200
    assert row[root - 12] < 0.35 and row[root - 12] < row[root - 45] < 0.5
    assert row[root + 25] == pytest.approx(0.5)
    none = under_skin(albedo, GROUND, [rooted()], build(HairStyle, under_strength=(0.0, 0.0)))
    assert none is albedo


def test_scale_whitens_and_a_halo_darkens_round_the_opening() -> None:
    albedo = np.full((*GROUND.shape, 3), 0.3, np.float32)

    def seen(scale: float, halo: float) -> np.ndarray:
        return round_openings(albedo, GROUND, [rooted()], skin(scale=(scale, scale), halo=(halo, halo)), 0)

    near = (slice(130, 170), slice(160, 200))
    assert seen(1.5, 0.0)[near].mean() > 0.31
    assert seen(0.0, 1.0)[near][..., 0].mean() < seen(0.0, 1.0)[near][..., 2].mean() < 0.3
    assert np.array_equal(seen(0.0, 0.0), albedo)
    corner = seen(1.5, 1.0)[:40, :40]
    assert corner.mean() == pytest.approx(0.3, abs=0.01)


def test_the_light_comes_from_where_it_is_seen_to_come_whichever_way_the_camera_is_turned() -> None:
    camera = build(CameraStyle)
    straight = light_up(GROUND, make_relief(GROUND, skin()), camera, 0).towards
    turned_ground = Ground(5, view(5.5, size_px=(400, 300), turn=np.pi / 2))
    turned = light_up(turned_ground, make_relief(turned_ground, skin()), camera, 0).towards
    assert straight @ turned == pytest.approx(0.0, abs=1e-6)  # one place on the picture, two on the scalp
