"""The camera above a scalp: its scale, tilt and turn come back from what it projects."""

import math

import numpy as np
import pytest

from densitometer.errors import RenderError
from densitometer.synthetic.camera import choose_view, draw_scale, scalp_size_mm
from densitometer.synthetic.ground import View
from densitometer.synthetic.style import CameraStyle

SIZE_PX = (1280, 1024)
SCALP_MM = (10.0, 8.0)
MIDDLE_MM = np.array([5.0, 4.0])
STRAIGHT = CameraStyle(um_per_px=(5.0, 5.0), tilt_deg=(0.0, 0.0))


def tilted(degrees: float, seed: int = 1) -> View:
    camera = CameraStyle(um_per_px=(5.0, 5.0), tilt_deg=(degrees, degrees))
    return choose_view(camera, seed, 0, SIZE_PX, SCALP_MM)


def stretch(view: View) -> np.ndarray:
    """Px per mm along and across the tilt at the middle of the picture: the two singular values."""
    step = 0.01
    around = view.project(MIDDLE_MM + np.array([[step, 0], [-step, 0], [0, step], [0, -step]]))
    return np.linalg.svd(np.column_stack([around[0] - around[1], around[2] - around[3]]) / (2 * step))[1]


def test_looks_at_the_middle_with_the_stated_scale():
    view = choose_view(STRAIGHT, 1, 0, SIZE_PX, SCALP_MM)
    corners = view.project(MIDDLE_MM + np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]]))
    assert corners.mean(axis=0) == pytest.approx([639.5, 511.5])
    assert np.diff(corners, axis=0) == pytest.approx(np.array([[200, 0], [0, 200], [-200, 0]]))
    assert view.um_per_px == 5.0
    assert view.lean_px_per_mm == pytest.approx([0, 0])


@pytest.mark.parametrize("degrees", [3.0, 12.0, 30.0])
def test_tilt_foreshortens_along_itself_only(degrees):
    across, along = stretch(tilted(degrees))
    assert across == pytest.approx(200, rel=1e-3)
    assert along == pytest.approx(200 * math.cos(math.radians(degrees)), rel=1e-3)


def test_what_stands_up_leans_away_from_the_camera():
    view = tilted(10.0)
    assert np.hypot(*view.lean_px_per_mm) == pytest.approx(200 * math.sin(math.radians(10)))
    # the camera stands where a pixel spans less skin, so what is high leans to where it spans more
    ahead = view.lean_px_per_mm / np.hypot(*view.lean_px_per_mm)
    middle = np.array([639.5, 511.5])
    near, far = (view.unproject(np.array([middle + s * 400 * ahead, middle + s * 410 * ahead])) for s in (-1, 1))
    assert np.hypot(*np.diff(far, axis=0)[0]) > np.hypot(*np.diff(near, axis=0)[0])


def test_unproject_undoes_project():
    view = choose_view(CameraStyle(), 7, 2, SIZE_PX, SCALP_MM, shift_mm=(0.3, -0.2), turn_rad=0.4)
    points = np.random.default_rng(1).uniform((2, 2), (8, 6), (50, 2))
    assert view.unproject(view.project(points)) == pytest.approx(points)


def test_shift_and_turn_move_the_picture_the_other_way():
    view = choose_view(STRAIGHT, 1, 1, SIZE_PX, SCALP_MM, shift_mm=(0.5, 0.0), turn_rad=math.radians(90))
    assert view.project(np.array([[5.5, 4.0]])) == pytest.approx(np.array([[639.5, 511.5]]))
    assert view.project(np.array([[6.5, 4.0]])) == pytest.approx(np.array([[639.5, 311.5]]))


def test_one_device_at_every_visit():
    camera = CameraStyle()
    first, second = (choose_view(camera, 3, visit, SIZE_PX, SCALP_MM) for visit in (0, 1))
    assert first.um_per_px == second.um_per_px == draw_scale(camera, 3)
    assert not np.allclose(first.to_px, second.to_px)
    assert np.array_equal(first.to_px, choose_view(camera, 3, 0, SIZE_PX, SCALP_MM).to_px)
    assert choose_view(camera, 3, 1, SIZE_PX, SCALP_MM, um_per_px=9.0).um_per_px == 9.0


@pytest.mark.parametrize("seed", range(12))
def test_scalp_is_large_enough_for_every_allowed_view(seed):
    camera = CameraStyle(tilt_deg=(15.0, 15.0))
    extent = scalp_size_mm(6.0, SIZE_PX, shift_mm=0.4, turn_rad=0.5, tilt_deg=15.0)
    dice = np.random.default_rng(seed)
    shift = tuple(dice.choice([-0.4, 0.4], 2))
    turn = dice.uniform(-0.5, 0.5)
    view = choose_view(camera, seed, 0, SIZE_PX, extent, shift_mm=shift, turn_rad=turn, um_per_px=6.0)
    corners = view.unproject(np.array([[0, 0], [1279, 0], [1279, 1023], [0, 1023.0]]))
    assert corners.min() >= 0
    assert (corners <= extent).all()


def test_scalp_is_hardly_larger_than_an_upright_view():
    width, height = scalp_size_mm(5.0, SIZE_PX, 0.25, tilt_deg=0.0)
    assert (width, height) == pytest.approx((6.9, 5.62))


@pytest.mark.parametrize("size_px", [(63, 500), (500, 8001), (0, 0)])
def test_refuses_impossible_pictures(size_px):
    with pytest.raises(RenderError, match="64 to 8000"):
        choose_view(STRAIGHT, 1, 0, size_px, SCALP_MM)


def test_refuses_impossible_scales_scalps_and_tilts():
    with pytest.raises(RenderError, match="um per px"):
        choose_view(STRAIGHT, 1, 0, SIZE_PX, SCALP_MM, um_per_px=float("nan"))
    with pytest.raises(RenderError, match="scalp"):
        choose_view(STRAIGHT, 1, 0, SIZE_PX, (0.0, 5.0))
    with pytest.raises(RenderError, match="tilt"):
        scalp_size_mm(5.0, SIZE_PX, tilt_deg=80.0)
    with pytest.raises(RenderError, match=r"8000 x 8000 px at 40 um per px takes \d+ x \d+ mm of scalp"):
        scalp_size_mm(40.0, (8000, 8000))
