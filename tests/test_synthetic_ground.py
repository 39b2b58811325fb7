"""Places map to pixels and back, and noise belongs to the scalp: another camera sees the same noise elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

from densitometer.synthetic.ground import Ground, View


def view(
    um_per_px: float = 5.0, shift_px: tuple[float, float] = (0.0, 0.0), size: tuple[int, int] = (240, 200)
) -> View:
    scale = 1000.0 / um_per_px
    to_px = np.array([[scale, 0, shift_px[0]], [0, scale, shift_px[1]], [0, 0, 1.0]])
    return View(size, to_px, np.zeros(2), um_per_px)


def test_pixels_and_places_are_inverse() -> None:
    tilted = View((100, 80), np.array([[90.0, 10, 3], [-8, 95, 7], [0.01, 0.02, 1]]), np.zeros(2), 11.0)
    places = np.random.default_rng(1).uniform(0, 1, (20, 2))
    assert np.allclose(tilted.unproject(tilted.project(places)), places)


def test_height_leans_by_the_tilt() -> None:
    leaning = View((100, 80), np.diag([100.0, 100.0, 1.0]), np.array([-5.0, 2.0]), 10.0)
    assert np.allclose(leaning.project(np.array([[0.2, 0.3, 0.5]])), [[20 - 2.5, 30 + 1.0]])


def test_every_pixel_knows_its_place() -> None:
    ground = Ground(1, view())
    x, y = ground.xy_mm
    assert x.shape == y.shape == ground.shape == (200, 240)
    assert x[17, 40] == pytest.approx(40 * 0.005) and y[17, 40] == pytest.approx(17 * 0.005)


@pytest.mark.parametrize("grain_mm", [0.02, 0.1, 1.0])
def test_noise_moves_with_the_scalp(grain_mm: float) -> None:
    here = Ground(3, view()).grain(grain_mm, "test")
    there = Ground(3, view(shift_px=(30.0, -12.0))).grain(grain_mm, "test")
    assert np.abs(there[:150, 40:] - here[12:162, 10:-30]).max() < 0.25 * here.std()


def test_noise_keeps_its_size_in_mm_at_another_scale() -> None:
    fine, coarse = Ground(3, view(4.0)).grain(0.15, "test"), Ground(3, view(8.0)).grain(0.15, "test")
    assert np.corrcoef(fine[::2, ::2].ravel(), coarse[:100, :120].ravel())[0, 1] > 0.99


def test_noise_has_unit_spread_and_depends_on_its_name_and_seed() -> None:
    ground = Ground(3, view(size=(600, 600)))
    noise = ground.grain(0.03, "test")
    assert abs(noise.mean()) < 0.05 and noise.std() == pytest.approx(1.0, abs=0.1)
    assert np.array_equal(noise, ground.grain(0.03, "test"))
    assert abs(np.corrcoef(noise.ravel(), ground.grain(0.03, "other").ravel())[0, 1]) < 0.1
    assert abs(np.corrcoef(noise.ravel(), Ground(4, ground.view).grain(0.03, "test").ravel())[0, 1]) < 0.1


def test_stretched_grains_are_longer_along_their_angle() -> None:
    noise = Ground(5, view(size=(500, 500))).grain(0.03, "test", stretch=5.0, angle=0.0)
    along, across = np.abs(np.diff(noise, axis=1)).mean(), np.abs(np.diff(noise, axis=0)).mean()
    assert along < across / 3
