"""Fine hairs as lines."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from densitometer.hairs import rods as rod
from densitometer.hairs.cost import Prior
from densitometer.hairs.fine import find_fine_hairs
from densitometer.prepare import Prepared
from densitometer.settings import FineSettings
from densitometer.strands import StrandMap
from densitometer.strands.ridge import find_strands
from drawn import Scene, straight, stroke

UM = 8.0
MIDDLE = (1000.0, 800.0)
SCENE = Scene([], size_um=(2000.0, 1600.0), um_per_px=UM)
NO_DIRECTION = Prior(8.0, None)


def strands_of(*lines: tuple[float, float, float, float], middle: tuple[float, float] = MIDDLE) -> StrandMap:
    """Lines by direction, length, width and darkness."""
    darkness = np.zeros(SCENE.shape, np.float32)
    for degrees, length, width, dark in lines:
        darkness += dark * stroke(SCENE, straight(middle, degrees, length).points_um, width)
    nothing = np.zeros_like(darkness)
    return find_strands(Prepared(darkness, nothing, nothing > 0, nothing == 0, nothing == 0, UM, 1.0))


def found(strands: StrandMap, thick: NDArray[np.float64] | None = None, prior: Prior = NO_DIRECTION) -> int:
    rods, contrast = find_fine_hairs(strands, rod.no_rods() if thick is None else thick, prior, FineSettings())
    assert rods.shape == (len(contrast), 7)
    return len(rods)


@pytest.mark.parametrize("degrees", [0.0, 25.0, 60.0, 90.0, 135.0])
@pytest.mark.parametrize("dark", [0.5, 1.2])
def test_fine_hair_has_its_place_direction_and_length(degrees: float, dark: float) -> None:
    hair = straight(MIDDLE, degrees, 500)
    rods, contrast = find_fine_hairs(strands_of((degrees, 500, 20, dark)), rod.no_rods(), NO_DIRECTION, FineSettings())
    assert len(rods) == 1
    ends = SCENE.to_px(hair.points_um[[0, -1]])
    own = rods[0, :4].reshape(2, 2)
    off = min(np.hypot(*(own[order] - ends).T).max() for order in ([0, 1], [1, 0]))
    # The line of the filter is 140 um long; its ends must not lengthen the hair by as much.
    assert off * UM < 40
    assert rod.lengths(rods)[0] * UM == pytest.approx(500, abs=60)
    assert 0.1 < contrast[0] < dark


def test_contrast_grows_with_darkness() -> None:
    contrasts = [
        find_fine_hairs(strands_of((30, 500, 20, dark)), rod.no_rods(), NO_DIRECTION, FineSettings())[1][0]
        for dark in (0.4, 0.7, 1.0)
    ]
    assert contrasts[0] < contrasts[1] < contrasts[2]


def test_too_pale_too_short_and_too_broad_is_no_fine_hair() -> None:
    assert found(strands_of((30, 500, 20, 0.12))) == 0
    assert found(strands_of((30, 50, 20, 0.6))) == 0
    assert found(strands_of((30, 900, 200, 0.6))) == 0
    assert found(strands_of()) == 0


def test_net_of_furrows_is_no_fine_hair() -> None:
    assert found(strands_of(*[(degrees, 300, 16, 0.4) for degrees in range(0, 180, 30)])) == 0


def test_hair_across_the_photographs_direction_is_none() -> None:
    strands = strands_of((30, 500, 20, 0.6))  # anticlockwise as seen, clockwise with y down
    assert found(strands, prior=Prior(8.0, np.radians(-30))) == 1
    assert found(strands, prior=Prior(8.0, np.radians(150))) == 1
    assert found(strands, prior=Prior(8.0, np.radians(60))) == 0


def test_line_within_a_thick_hair_is_not_found_again() -> None:
    strands = strands_of((30, 500, 20, 0.6))
    ends = SCENE.to_px(straight(MIDDLE, 30, 520).points_um[[0, -1]]).reshape(1, 4)
    assert found(strands, rod.straight_rods(ends, np.array([8.0]))) == 0
    elsewhere = ends + [0, 40, 0, 40]
    assert found(strands, rod.straight_rods(elsewhere, np.array([8.0]))) == 1


def test_two_fine_hairs_apart_are_two() -> None:
    darkness = np.zeros(SCENE.shape, np.float32)
    for middle in ((700.0, 600.0), (1300.0, 1000.0)):
        darkness += 0.6 * stroke(SCENE, straight(middle, 20, 500).points_um, 20)
    nothing = np.zeros_like(darkness)
    assert found(find_strands(Prepared(darkness, nothing, nothing > 0, nothing == 0, nothing == 0, UM, 1.0))) == 2
