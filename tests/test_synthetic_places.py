"""Places on the scalp and the soft shapes drawn there."""

from __future__ import annotations

import numpy as np
import pytest

from densitometer.synthetic.ground import Ground
from densitometer.synthetic.places import cover, dots, luck_at, near_frame, patch_at, sow, spread, strokes
from synthetic_views import view


def half_width_um(profile: np.ndarray, um_per_px: float) -> float:
    """Width at half the height of a peak, between pixels."""
    half, top = profile.max() / 2, int(profile.argmax())
    left = top - next(k for k in range(top) if profile[top - k] < half)
    right = top + next(k for k in range(len(profile) - top) if profile[top + k] < half)
    first = left + (half - profile[left]) / (profile[left + 1] - profile[left])
    last = right - (half - profile[right]) / (profile[right - 1] - profile[right])
    return float((last - first) * um_per_px)


@pytest.mark.parametrize("um_per_px", [3.0, 5.5, 12.0])
def test_a_stroke_is_as_wide_and_as_deep_as_asked(um_per_px: float) -> None:
    ground = Ground(1, view(um_per_px))
    line = np.column_stack([np.arange(9.0, 11.0, 0.008), np.full(250, 8.01)])
    drawn = strokes(ground, line, np.full(250, 60 / 2.355), np.full(250, 0.5), 8.0)
    profile = drawn[:, 160]
    assert half_width_um(profile, um_per_px) == pytest.approx(60, rel=0.05)
    assert drawn[:, 150:170].max(axis=0) == pytest.approx(0.5, rel=0.06)


@pytest.mark.parametrize("um_per_px", [5.5, 12.0])
def test_a_dot_is_as_wide_as_asked_even_on_a_coarse_grid(um_per_px: float) -> None:
    ground = Ground(1, view(um_per_px))
    drawn = dots(ground, np.array([[10.02, 8.01]]), np.array([200 / 2.355]), np.array([0.7]))
    row = int(drawn.max(axis=1).argmax())
    assert half_width_um(drawn[row], um_per_px) == pytest.approx(200, rel=0.08)
    assert drawn.max() == pytest.approx(0.7, rel=0.08)


@pytest.mark.parametrize("sigma", [0.8, 2.3, 9.0])
def test_spread_puts_the_weight_where_the_points_are(sigma: float) -> None:
    at = np.array([[100.3, 60.7]])
    drawn = spread((140, 200), at, np.array([5.0]), np.array([sigma]))
    rows, columns = np.mgrid[:140, :200]
    assert drawn.sum() == pytest.approx(5.0, rel=0.02)
    assert (drawn * columns).sum() / drawn.sum() == pytest.approx(100.3, abs=0.05)
    assert (drawn * rows).sum() / drawn.sum() == pytest.approx(60.7, abs=0.05)


def test_spread_without_points_is_nothing() -> None:
    assert not spread((20, 30), np.empty((0, 2)), np.empty(0), np.empty(0)).any()


def test_sown_places_are_the_same_under_another_camera() -> None:
    wide, _ = sow(Ground(4, view(12.0)), 300.0, 0.1, "test")
    near, luck = sow(Ground(4, view(5.5, (10.3, 8.2), 0.4)), 300.0, 0.1, "test")
    inside = near_frame(Ground(4, view(12.0)), near, 0.0)
    assert len(inside) > 5
    assert {tuple(p) for p in inside} <= {tuple(p) for p in wide}
    assert luck.shape == (len(near), 6)
    assert ((luck >= 0) & (luck < 1)).all()


def test_more_places_keep_the_ones_of_fewer() -> None:
    ground = Ground(4, view(20.0))
    few, _ = sow(ground, 50.0, 0.1, "test")
    many, _ = sow(ground, 200.0, 0.1, "test")
    assert {tuple(p) for p in few} < {tuple(p) for p in many}


def test_as_many_places_as_asked() -> None:
    ground = Ground(2, view(40.0, size_px=(1000, 1000)))  # 16 cm2
    points, _ = sow(ground, 60.0, 0.0, "test")
    assert len(points) == pytest.approx(960, abs=4 * 31)


def test_luck_depends_on_its_own_place_only() -> None:
    points = np.random.default_rng(0).uniform(0, 20, (500, 2))
    luck = luck_at(3, points, "a")
    assert np.array_equal(luck_at(3, points[100:110], "a"), luck[100:110])
    assert not np.array_equal(luck_at(4, points, "a"), luck)
    assert luck.mean(axis=0) == pytest.approx(0.5, abs=0.06)
    assert abs(np.corrcoef(luck.T) - np.eye(6)).max() < 0.2


def test_a_patch_knows_its_places_and_none_lies_outside() -> None:
    ground = Ground(1, view(5.5, turn=0.5))
    patch = patch_at(ground, np.array([10.1, 8.05]), 100.0)
    assert patch is not None
    x, y = (side[patch.box] for side in ground.xy_mm)
    assert patch.x_um == pytest.approx((x - 10.1) * 1000, abs=0.05)
    assert patch.y_um == pytest.approx((y - 8.05) * 1000, abs=0.05)
    assert np.hypot(patch.x_um, patch.y_um).min() < 5.5
    assert patch_at(ground, np.array([20.0, 8.0]), 100.0) is None


def test_an_edge_is_half_covered_and_never_sharper_than_a_pixel() -> None:
    depth = np.array([-30.0, 0.0, 30.0], dtype=np.float32)
    assert cover(depth, 20.0, 5.0) == pytest.approx([0, 0.5, 1])
    assert 0 < cover(depth, 1.0, 100.0)[0] < 0.5
