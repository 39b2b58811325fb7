"""Evidence and line contrast of drawn darkness."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from densitometer.field import Field
from densitometer.prepare import Prepared, prepare
from densitometer.settings import RidgeSettings
from densitometer.strands import StrandMap
from densitometer.strands.ridge import find_strands
from drawn import Scene, draw, straight, stroke

MIDDLE = (850.0, 650.0)
UM = 8.0


def of_darkness(darkness: NDArray[np.float32], visible: NDArray[np.bool_] | None = None) -> StrandMap:
    no = np.zeros(darkness.shape, bool)
    seen = ~no if visible is None else visible
    return find_strands(Prepared(darkness.astype(np.float32), no.astype(np.float32), no, seen, seen, UM, 1.0))


def bar(width_um: float, darkness: float, degrees: float = 20.0, length_um: float = 900.0) -> NDArray[np.float32]:
    """Darkness of one hair at 8 um per px."""
    scene = Scene([], um_per_px=UM)
    return darkness * stroke(scene, straight(MIDDLE, degrees, length_um).points_um, width_um)


def index(x_um: float, y_um: float) -> tuple[int, int]:
    return round(y_um / UM - 0.5), round(x_um / UM - 0.5)


def test_evidence_is_bounded_and_tells_hair_from_skin() -> None:
    settings = RidgeSettings()
    strands = of_darkness(bar(80, 1.2))
    assert strands.evidence.min() == pytest.approx(settings.skin_evidence)
    assert strands.evidence.max() <= settings.hair_evidence
    assert strands.evidence[index(*MIDDLE)] > 0.9 * settings.hair_evidence
    assert strands.evidence[index(850, 300)] == pytest.approx(settings.skin_evidence)
    assert strands.um_per_px == UM


@pytest.mark.parametrize("darkness", [0.6, 1.0, 1.5])
@pytest.mark.parametrize("width_um", [60.0, 90.0, 120.0])
def test_area_of_positive_evidence_is_the_hairs(width_um: float, darkness: float) -> None:
    strands = of_darkness(bar(width_um, darkness, length_um=800.0))
    area_um2 = np.count_nonzero(strands.evidence > 0) * UM**2
    # An edge at less than half of the darkness lies a little outside; black hair is not fattened by more.
    assert area_um2 / 800 == pytest.approx(width_um + 2, abs=5)


def test_faint_shade_is_no_evidence_for_hair() -> None:
    assert of_darkness(bar(80, 0.2)).evidence.max() < 0


def test_hidden_and_burnt_out_pixels_say_nothing_of_hair() -> None:
    darkness = bar(80, 1.2, degrees=0)
    visible = np.ones(darkness.shape, bool)
    visible[:, : index(*MIDDLE)[1]] = False
    strands = of_darkness(darkness, visible)
    assert (strands.evidence[~visible] == np.float32(RidgeSettings().skin_evidence)).all()
    assert (strands.line[~visible] == 0).all()
    glare = darkness > 0.5
    nothing = np.zeros_like(darkness)
    glaring = find_strands(Prepared(darkness, nothing, glare, np.ones_like(glare), np.ones_like(glare), UM, 1.0))
    assert (glaring.evidence[glare] == 0).all()


@pytest.mark.parametrize("width_um", [12.0, 20.0, 28.0])
@pytest.mark.parametrize("degrees", [0.0, 20.0, 45.0, 100.0, 160.0])
def test_fine_line_stands_out_whatever_its_direction(width_um: float, degrees: float) -> None:
    strands = of_darkness(bar(width_um, 0.6, degrees))
    middle = strands.line[index(*MIDDLE)[0] - 2 : index(*MIDDLE)[0] + 3, index(*MIDDLE)[1] - 2 : index(*MIDDLE)[1] + 3]
    # Thinner than one sample, a line shows by its share of the sample's width; wide ones reach their own darkness.
    assert middle.max() > 0.33 * min(1.0, width_um / 16)
    assert strands.line[index(850, 300)] < 0.02


@pytest.mark.parametrize("degrees", [0.0, 33.0, 90.0])
def test_edge_of_a_broad_shadow_is_no_line(degrees: float) -> None:
    strands = of_darkness(bar(600, 0.8, degrees, length_um=1600.0))
    inner = strands.line[20:-20, 20:-20]
    # Lines across the corners of a broad bar stand out a little; along its sides nothing does.
    assert np.percentile(inner, 99) < 0.08
    assert strands.line[index(*MIDDLE)] < 0.02


def test_middle_of_a_thick_shaft_is_no_fine_line() -> None:
    assert of_darkness(bar(160, 1.0)).line[index(*MIDDLE)] < 0.05


def test_line_contrast_is_in_units_of_darkness() -> None:
    one, twice = (of_darkness(bar(20, darkness)).line.max() for darkness in (0.3, 0.6))
    assert twice == pytest.approx(2 * one, rel=0.02)


def test_same_picture_gives_the_same_bytes() -> None:
    scene = Scene([straight(MIDDLE, 33, 700)])
    rgb = draw(scene)
    usable = np.ones(rgb.shape[:2], bool)
    maps = [find_strands(prepare(rgb, Field(usable, ~usable), scene.um_per_px)) for _ in range(2)]
    assert maps[0].evidence.tobytes() == maps[1].evidence.tobytes()
    assert maps[0].line.tobytes() == maps[1].line.tobytes()
    assert maps[0].evidence.dtype == maps[0].line.dtype == np.float32
