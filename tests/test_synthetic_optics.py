"""Lens, sensor and file: blur, motion, noise, exposure and darkening come out as asked for."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from densitometer.errors import RenderError
from densitometer.srgb import linear
from densitometer.synthetic.optics import compress, decode, field_mask, photograph, through_lens, vignette
from densitometer.synthetic.style import CameraStyle

SHAPE = (240, 320)
SKIN = np.array([0.31, 0.25, 0.22], np.float32)


def camera(**values: tuple[float, float] | float) -> CameraStyle:
    """A plain camera with one setting changed."""
    plain: dict[str, tuple[float, float] | float] = {
        "blur_um": (0.0, 0.0),
        "defocus_px": (0.0, 0.0),
        "vignette": (0.0, 0.0),
        "exposure": (0.55, 0.55),
        "contrast": (1.0, 1.0),
        "saturation": (1.0, 1.0),
        "noise": (0.0, 0.0),
        "sharpening": (0.0, 0.0),
    }
    return CameraStyle(**(plain | values))  # type: ignore[arg-type]


def skin(shape: tuple[int, int] = SHAPE) -> np.ndarray:
    return np.tile(SKIN, (*shape, 1))


def edge() -> np.ndarray:
    """Skin with a black upright bar of 80 px, whose left border lies between the columns 199 and 200."""
    scene = skin()
    scene[:, 200:280] *= 0.02
    return scene


def luma(rgb: np.ndarray) -> np.ndarray:
    return cv2.transform(rgb.astype(np.float64), np.array([[0.299, 0.587, 0.114]]))


def spread(profile: np.ndarray) -> float:
    """Standard deviation of the point spread that an edge shows."""
    steps = np.abs(np.diff(profile))
    at = np.arange(steps.size)
    return float(np.sqrt((steps * (at - (steps * at).sum() / steps.sum()) ** 2).sum() / steps.sum()))


def test_lens_blur_is_as_wide_as_stated():
    seen = through_lens(edge(), camera(blur_um=(12.0, 12.0)), 6.0, 1, 0)
    assert spread(seen[100, 150:240, 1]) == pytest.approx(2.0, rel=0.05)


def test_defocus_spreads_edges_as_a_disc_does():
    spreads = [
        spread(through_lens(edge(), camera(defocus_px=(r, r)), 6.0, 1, 0)[100, 150:240, 1]) for r in (1, 2, 4, 8)
    ]
    assert spreads[1:] == pytest.approx([1.0, 2.0, 4.0], rel=0.08)
    assert spreads[0] < spreads[1]


def test_light_is_kept_by_blur():
    scene = np.zeros((101, 101, 3), np.float32)
    scene[50, 50] = 1
    seen = through_lens(scene, camera(blur_um=(6.0, 6.0), defocus_px=(3.3, 3.3), motion_px=(7.0, 7.0)), 6.0, 4, 0)
    assert seen.sum(axis=(0, 1)) == pytest.approx(1.0, rel=1e-4)
    assert cv2.moments(seen[..., 0])["m10"] == pytest.approx(50, abs=0.01)


def test_motion_blurs_along_one_direction_only():
    point = np.zeros((101, 101, 3), np.float32)
    point[50, 50] = 1
    seen = through_lens(point, camera(motion_px=(12.0, 12.0)), 6.0, 2, 0)[..., 0].astype(np.float64)
    m = cv2.moments(seen)
    across, along = np.linalg.eigvalsh([[m["mu20"], m["mu11"]], [m["mu11"], m["mu02"]]])
    assert along == pytest.approx(12**2 / 12, rel=0.05)
    assert across < 0.2


@pytest.mark.parametrize("exposure", [0.35, 0.55, 0.7])
def test_median_of_the_scene_gets_the_exposure(exposure):
    rgb = photograph(edge(), camera(exposure=(exposure, exposure), contrast=(1.2, 1.2)), 6.0, 1, 0)
    assert np.median(luma(rgb)) == pytest.approx(255 * exposure, abs=4)
    assert linear(exposure) == pytest.approx(exposure**2.2, rel=0.06)


def test_contrast_and_saturation_spread_tones_and_colours():
    scene = skin()
    scene[:, :100] *= 0.4
    flat, hard = (luma(photograph(scene, camera(contrast=(c, c)), 6.0, 1, 0)) for c in (0.9, 1.2))
    assert np.ptp(hard) > 1.2 * np.ptp(flat)
    grey, pale, vivid = (photograph(scene, camera(saturation=(s, s)), 6.0, 1, 0)[100, 200] for s in (0, 0.7, 1.3))
    assert np.ptp(grey) <= 1
    assert np.ptp(pale.astype(int)) < 0.7 * np.ptp(vivid.astype(int))


@pytest.mark.parametrize("noise", [1.0, 3.0, 8.0])
def test_noise_is_as_strong_as_asked(noise):
    rgb = photograph(
        np.full((*SHAPE, 3), 0.3, np.float32), camera(noise=(noise, noise), exposure=(0.5, 0.5)), 6.0, 1, 0
    )
    assert luma(rgb).std() == pytest.approx(noise, rel=0.12)


def test_noise_is_fine_in_brightness_and_coarse_in_colour():
    rgb = photograph(np.full((*SHAPE, 3), 0.3, np.float32), camera(noise=(6.0, 6.0)), 6.0, 1, 0).astype(np.float64)
    colour = rgb[..., 2] - luma(rgb)

    def kinship(plane: np.ndarray) -> float:
        plane = plane - plane.mean()
        return float((plane[:, 2:] * plane[:, :-2]).mean() / plane.var())

    assert kinship(luma(rgb)) < 0.2
    assert kinship(colour) > 0.4


def test_bluish_light_shows_the_mesh_of_the_sensor():
    def mesh(tint: tuple[float, float, float]) -> float:
        rgb = photograph(np.tile(np.array(tint, np.float32), (*SHAPE, 1)), camera(noise=(2.0, 2.0)), 6.0, 1, 0)
        return float(abs(luma(rgb)[:, ::2].mean() - luma(rgb)[:, 1::2].mean()))

    assert mesh((0.25, 0.25, 0.45)) > 0.3
    assert mesh((0.35, 0.25, 0.18)) < 0.6 * mesh((0.25, 0.25, 0.45))


def test_sharpening_leaves_a_halo():
    plain, sharp = (luma(photograph(edge(), camera(sharpening=(s, s)), 6.0, 1, 0))[100] for s in (0.0, 0.8))
    assert plain[190:200].max() <= plain[150] + 1
    assert sharp[190:200].max() > sharp[150] + 8


def test_veil_keeps_black_from_being_black():
    scene = skin()
    scene[80:160, 100:200] = 0
    rgb = photograph(scene, camera(), 6.0, 1, 0)
    assert 8 < luma(rgb)[100:140, 120:180].mean() < 40


def test_vignette_darkens_steadily_towards_the_corners():
    left = vignette((320, 240), 0.6)
    assert left[119, 159] == pytest.approx(1, abs=1e-3)
    assert left[0, 0] == pytest.approx(0.4, abs=0.01)
    assert (np.diff(left[119, 160:]) < 0).all()
    assert (np.diff(np.diag(left[120:, 160:])) < 0).all()
    assert vignette((320, 240), 1.0, (0.3, 0.3)).min() == 0
    rgb = photograph(skin(), camera(vignette=(0.6, 0.6)), 6.0, 1, 0)
    assert luma(rgb).max() - luma(rgb).min() > 40


def test_round_field_is_black_outside_and_true_inside():
    round_one = camera(round_field_chance=1.0)
    field = field_mask(round_one, (320, 240), 1, 0)
    tone = luma(photograph(skin(), round_one, 6.0, 1, 0))
    assert 0.35 < field.mean() < 0.75
    assert tone[cv2.erode(field.astype(np.uint8), np.ones((21, 21))) > 0].min() > 100
    assert tone[cv2.dilate(field.astype(np.uint8), np.ones((21, 21))) == 0].max() < 20
    assert field_mask(camera(), (320, 240), 1, 0).all()
    assert not np.array_equal(field, field_mask(round_one, (320, 240), 1, 1))


def test_same_seed_gives_the_same_bytes_and_another_visit_does_not():
    everything = CameraStyle(motion_px=(2.0, 4.0), round_field_chance=0.5)
    first, again, later = (compress(photograph(edge(), everything, 6.0, 5, v), 85) for v in (0, 0, 1))
    assert first == again
    assert first != later


def test_scene_is_left_as_it_was():
    scene = edge()
    before = scene.copy()
    photograph(scene, CameraStyle(), 6.0, 1, 0)
    assert np.array_equal(scene, before)


def test_file_is_a_plain_jpeg():
    rgb = photograph(edge(), CameraStyle(), 6.0, 1, 0)
    small, large = compress(rgb, 60), compress(rgb, 94)
    assert small.startswith(b"\xff\xd8")
    assert len(small) < len(large)
    assert decode(large).shape == rgb.shape
    assert np.abs(decode(large).astype(int) - rgb).mean() < 2
    with Image.open(io.BytesIO(small)) as image:
        assert not image.getexif()
        assert image.layer[0][1:3] == (2, 2)  # type: ignore[attr-defined]


@pytest.mark.parametrize("scene", [np.zeros((50, 50, 3)), np.full((50, 50, 3), np.nan), np.ones((50, 50)), -skin()])
def test_refuses_scenes_without_light(scene):
    with pytest.raises(RenderError):
        photograph(scene.astype(np.float32), CameraStyle(), 6.0, 1, 0)


def test_refuses_impossible_scale_and_quality():
    with pytest.raises(RenderError, match="um per px"):
        photograph(skin(), CameraStyle(), 0.0, 1, 0)
    with pytest.raises(RenderError, match="quality"):
        compress(np.zeros((64, 64, 3), np.uint8), 101)
