"""From strands to hairs: which count, and what is said of them."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from densitometer import flags
from densitometer.field import Field
from densitometer.hairs import trace_hairs
from densitometer.hairs.finish import _status, holds
from densitometer.hairs.trace import _confidence
from densitometer.prepare import prepare
from densitometer.settings import Settings
from densitometer.strands.ridge import find_strands
from drawn import BLUISH, Scene, draw, fan, measure, straight

SETTINGS = Settings()
OPEN = np.zeros((40, 60), np.uint8)
OPEN[3:-3, 3:-3] = 1
INSIDE, OUTSIDE = (20.0, 20.0), (0.5, 20.0)
SURE, UNSURE = 0.95, 0.05


@pytest.mark.parametrize(
    ("root", "tip", "confidence", "root_confidence", "counted", "said"),
    [
        (INSIDE, (50.0, 20.0), SURE, SURE, True, ()),
        (INSIDE, (50.0, 20.0), SURE, 0.5, True, ("root_unclear",)),
        (INSIDE, OUTSIDE, SURE, SURE, True, ("touches_border",)),
        (OUTSIDE, INSIDE, SURE, SURE, False, ("root_outside", "touches_border")),
        (INSIDE, OUTSIDE, SURE, 0.5, False, ("root_unclear", "touches_border")),
        (OUTSIDE, (59.0, 20.0), SURE, SURE, False, ("root_outside", "touches_border")),
        (INSIDE, (50.0, 20.0), UNSURE, SURE, False, ("low_confidence",)),
    ],
)
def test_hair_counts_by_its_root(
    root: tuple[float, float],
    tip: tuple[float, float],
    confidence: float,
    root_confidence: float,
    counted: bool,
    said: tuple[str, ...],
) -> None:
    got, counts = _status(
        np.array([root, tip]), OPEN, OPEN, (confidence, root_confidence), SETTINGS.hairs.least_confidence, SETTINGS
    )
    assert (got, counts) == (said, counted)
    assert set(got) <= flags.NAMES


def test_points_outside_are_not_inside() -> None:
    assert holds(OPEN, np.array([20.0, 20.0]))
    for point in ((-1.0, 20.0), (20.0, -1.0), (60.0, 20.0), (20.0, 40.0), (1.0, 1.0)):
        assert not holds(OPEN, np.array(point))


def test_confidence_grows_with_worth_and_with_contrast() -> None:
    for curve, strongest in ((SETTINGS.hairs.by_worth, 9.0), (SETTINGS.hairs.by_contrast, 0.4)):
        confidence = _confidence(np.linspace(0, strongest, 40), curve)
        assert (np.diff(confidence) >= 0).all() and np.ptp(confidence) > 0.3
        assert ((confidence >= 0) & (confidence <= 1)).all()
        assert _confidence(np.zeros(0), curve).shape == (0,)


def masked(scene: Scene, usable: NDArray[np.bool_]) -> list[tuple[bool, tuple[str, ...]]]:
    rgb = draw(scene)
    strands = find_strands(prepare(rgb, Field(usable, ~usable), scene.um_per_px))
    return [(hair.counted, hair.flags) for hair in trace_hairs(strands, rgb, SETTINGS)]


def test_border_of_the_field_counts_as_the_frame_does() -> None:
    hairs = [straight((x, y), 0, 450, trail=BLUISH) for x, y in ((500, 300), (1200, 300), (500, 900), (1200, 900))]
    scene = Scene(hairs)
    usable = np.ones(scene.shape, bool)
    whole = masked(scene, usable)
    assert len(whole) == 4 and all(counted for counted, _ in whole)
    usable[:, : round(500 / scene.um_per_px)] = False  # through the middle of the two left ones
    cut = masked(scene, usable)
    assert len(cut) == 4
    assert sum("root_outside" in said and not counted for counted, said in cut) == 2
    assert sum(counted for counted, _ in cut) == 2


def test_hair_in_a_masked_part_is_not_there() -> None:
    scene = Scene([straight((500, 650), 0, 400), straight((1300, 650), 0, 400)])
    usable = np.ones(scene.shape, bool)
    usable[:, : round(850 / scene.um_per_px)] = False
    assert len(masked(scene, usable)) == 1


def test_bundle_members_without_a_width_say_so() -> None:
    for hair in measure(Scene(fan(3, 8))).hairs:
        assert ("bundled" in hair.flags) == (np.isfinite(hair.widths_px).sum() < 3)
        assert np.isnan(hair.width_px) or "bundled" not in hair.flags


def test_fine_and_thick_hairs_together() -> None:
    thick = [straight((x, y), 25, 420, 65, trail=BLUISH) for x, y in ((450, 350), (1250, 350), (450, 950), (1250, 950))]
    fine = [straight((x, 650), 25, 400, 22, colour=(112, 86, 74)) for x in (450, 1250)]
    found = measure(Scene([*thick, *fine])).hairs
    widths = sorted(hair.width_px * 5.556 for hair in found if hair.counted)
    assert len(widths) == 6
    assert widths[:2] == pytest.approx([22, 22], abs=5)
    assert widths[2:] == pytest.approx([65] * 4, abs=3)


def test_no_hair_at_all() -> None:
    scene = Scene([])
    assert masked(scene, np.ones(scene.shape, bool)) == []
    assert masked(scene, np.zeros(scene.shape, bool)) == []
