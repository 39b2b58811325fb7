"""Long hairs as lines."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from densitometer.hairs.long import _smoothed, _walk, trace_lines
from densitometer.settings import LongSettings
from drawn import Scene, arc, stroke

SCENE = Scene([], size_um=(4000.0, 3000.0), um_per_px=8.0)
SETTINGS = LongSettings()


def masked(*lines_um: NDArray[np.float64], width_um: float = 70.0) -> NDArray[np.bool_]:
    return np.max([stroke(SCENE, line, width_um) for line in lines_um], axis=0) > 0.5


def traced(*lines_um: NDArray[np.float64], width_um: float = 70.0) -> list[NDArray[np.float64]]:
    return trace_lines(masked(*lines_um, width_um=width_um), 8.0, SETTINGS)


def off_px(line: NDArray[np.float64], points_um: NDArray[np.float64]) -> float:
    """How far the two ends of a traced line lie from those of a drawn one."""
    ends = SCENE.to_px(points_um[[0, -1]])
    return float(min(np.hypot(*(line[[0, -1]] - each).T).max() for each in (ends, ends[::-1])))


def length(line: NDArray[np.float64]) -> float:
    return float(np.hypot(*np.diff(line, axis=0).T).sum())


@pytest.mark.parametrize("bow", [0.0, 200.0, 600.0])
def test_one_hair_is_one_line_with_all_of_its_length(bow: float) -> None:
    hair = arc((300, 600), (3600, 2000), bow)
    lines = traced(hair)
    assert len(lines) == 1
    assert off_px(lines[0], hair) < 4
    assert length(lines[0]) * 8 == pytest.approx(length(hair), rel=0.015)
    apart = np.hypot(*(SCENE.to_px(hair)[:, None] - lines[0][None]).transpose(2, 0, 1)).min(axis=1)
    assert apart.max() < 4


@pytest.mark.parametrize("degrees", [20.0, 30.0, 45.0, 60.0, 90.0])
@pytest.mark.parametrize("width_um", [40.0, 70.0])
def test_crossing_hairs_go_straight_on(degrees: float, width_um: float) -> None:
    way = np.array([np.cos(np.radians(degrees)), -np.sin(np.radians(degrees))])
    hairs = [arc((500, 1500), (3500, 1500), 60), np.array([2000, 1500]) + np.linspace(-1200, 1200, 30)[:, None] * way]
    lines = traced(*hairs, width_um=width_um)
    assert len(lines) == 2
    assert all(min(off_px(line, hair) for line in lines) < 6 for hair in hairs)


def test_one_hair_over_many_parallel_ones() -> None:
    parallel = [arc((300, 500 + 180 * i), (3700, 700 + 180 * i), 100) for i in range(6)]
    across = arc((1800, 150), (2300, 2850), 50)
    lines = traced(*parallel, across, width_um=50)
    assert len(lines) == 7
    assert all(min(off_px(line, hair) for line in lines) < 6 for hair in (*parallel, across))


def test_hair_that_ends_on_another_leaves_it_whole() -> None:
    through, touching = arc((300, 1500), (3700, 1600), 100), arc((700, 400), (1900, 1650), 60)
    lines = traced(through, touching)
    assert len(lines) == 2
    assert min(off_px(line, through) for line in lines) < 4


def test_hair_that_leaves_the_picture_ends_at_its_border() -> None:
    hair = arc((500, 700), (4300, 2300), 200)
    lines = traced(hair)
    assert len(lines) == 1
    assert lines[0][:, 0].max() > SCENE.shape[1] - 2


def test_short_pieces_and_spurs_are_dropped() -> None:
    assert traced(arc((500, 500), (800, 600), 5)) == []
    hair = arc((300, 1500), (3700, 1500), 30)
    spur = np.array([[2000.0, 1500.0], [2000.0, 1580.0]])
    assert len(traced(hair, spur)) == 1
    assert trace_lines(np.zeros((50, 60), bool), 8.0, SETTINGS) == []
    assert trace_lines(np.ones((1, 1), bool), 8.0, SETTINGS) == []


def test_ring_is_no_failure() -> None:
    t = np.linspace(0, 2 * np.pi, 60)
    ring = np.stack([2000 + 900 * np.cos(t), 1500 + 900 * np.sin(t)], axis=1)
    assert len(traced(ring)) <= 2


def test_smoothing_keeps_the_ends() -> None:
    rng = np.random.default_rng(0)
    line = np.stack([np.arange(60.0), 0.3 * np.arange(60.0)], axis=1)
    rough = line + rng.normal(0, 0.5, line.shape)
    smooth = _smoothed(rough, 5.0)
    np.testing.assert_allclose(smooth[[0, -1]], rough[[0, -1]], atol=1e-9)
    straight = _smoothed(line, 5.0)
    np.testing.assert_allclose(straight[:, 1], 0.3 * straight[:, 0], atol=1e-9)
    assert np.abs(smooth[5:-5, 1] - 0.3 * smooth[5:-5, 0]).max() < 0.5


def test_walk_orders_pixels_from_end_to_end() -> None:
    path = np.array([[0, 0], [1, 0], [2, 1], [2, 2], [3, 3], [4, 3]], float)
    for seed in range(5):
        walked = _walk(np.random.default_rng(seed).permutation(path))
        assert walked.tolist() in (path.tolist(), path[::-1].tolist())


def test_same_mask_gives_the_same_bytes() -> None:
    hairs = [arc((300, 600), (3600, 2000), 200), arc((400, 2500), (3600, 700), -200)]
    for one, other in zip(traced(*hairs), traced(*hairs), strict=True):
        assert one.tobytes() == other.tobytes()
