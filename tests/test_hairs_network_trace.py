"""From what a perfect network would answer, and the photograph, to hairs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from densitometer.field import find_field
from densitometer.hairs import Hair, trace_vectors
from densitometer.prepare import prepare
from densitometer.settings import Settings, VectorSettings
from densitometer.strands.hair_fields import HairFields
from drawn import BLUISH, DARK_SKIN, LIGHT_HAIR, Scene, Stroke, arc, draw, meadow, nearest_ends_px, straight
from drawn_vectors import answer_to

SURE = replace(Settings(), vectors=VectorSettings(confidence_weights=(1.0, 1.0, *(0.0,) * 6)))
"""Confidence by the network's score alone, whatever was fitted to photographs."""
FOUR = ((500.0, 330.0), (1200.0, 330.0), (500.0, 970.0), (1200.0, 970.0))


def traced(
    scene: Scene, answer: HairFields | None = None, settings: Settings = SURE, hidden_um: float = 0.0
) -> tuple[Hair, ...]:
    """Hairs of a scene; so many um from the left may be hidden."""
    rgb = draw(scene)
    prepared = prepare(rgb, find_field(rgb, scene.um_per_px), scene.um_per_px)
    seen = prepared.visible.copy()
    seen[:, : round(hidden_um / prepared.um_per_px)] = False
    prepared = replace(prepared, visible=seen, countable=prepared.countable & seen)
    return trace_vectors(answer_to(scene) if answer is None else answer, prepared, rgb, settings)


@pytest.mark.parametrize("um_per_px", [3.0, 5.556, 8.0])
def test_hairs_are_counted_and_lie_where_they_were_drawn(um_per_px: float) -> None:
    scene = meadow(um_per_px)
    found = [hair for hair in traced(scene) if hair.counted]
    assert len(found) == len(scene.hairs) == 12
    for drawn in scene.hairs:
        ends = scene.to_px(drawn.points_um[[0, -1]])
        hair = min(found, key=lambda one: nearest_ends_px(one, *ends))
        assert nearest_ends_px(hair, *ends) * um_per_px < 20
        assert hair.width_px * um_per_px == pytest.approx(drawn.width_um, abs=4)


@pytest.mark.parametrize("degrees", [20.0, 45.0, 90.0])
def test_hairs_that_cross_are_two(degrees: float) -> None:
    hairs = [straight((850, 650), 10, 700), straight((850, 700), 10 + degrees, 700)]
    scene = Scene(hairs)
    found = traced(scene)
    assert len(found) == 2
    for drawn in hairs:
        assert min(nearest_ends_px(hair, *scene.to_px(drawn.points_um[[0, -1]])) for hair in found) * 5.556 < 40


def root_off_um(scene: Scene, hair: Hair) -> float:
    roots = np.array([scene.to_px(drawn.points_um[0]) for drawn in scene.hairs])
    return float(np.hypot(*(roots - hair.root_px).T).min() * scene.um_per_px)


@pytest.mark.parametrize("degrees", [0.0, 70.0, 145.0, 220.0, 300.0])
def test_trails_under_the_skin_tell_the_root_where_the_network_does_not(degrees: float) -> None:
    scene = Scene([straight(place, degrees, 450, trail=BLUISH) for place in FOUR])
    found = traced(scene, answer_to(scene, knows_root=0.01))
    assert len(found) == 4
    assert max(root_off_um(scene, hair) for hair in found) < 40
    assert min(hair.root_confidence for hair in found) > 0.8


def test_trails_correct_a_network_that_is_not_sure_of_a_wrong_root() -> None:
    scene = Scene([straight(place, 30, 450, trail=BLUISH) for place in FOUR])
    wrong = answer_to(scene, knows_root=-0.3)
    assert max(root_off_um(scene, hair) for hair in traced(scene, wrong)) < 40


@pytest.mark.parametrize("degrees", [0.0, 145.0])
def test_without_trails_the_network_tells_the_root(degrees: float) -> None:
    scene = Scene([straight(place, degrees, 450) for place in FOUR], texture=0.2)
    found = traced(scene)
    assert max(root_off_um(scene, hair) for hair in found) < 40
    assert min(hair.root_confidence for hair in found) > 0.8
    unsure = traced(scene, answer_to(scene, knows_root=0.01))
    assert all("root_unclear" in hair.flags for hair in unsure)


def test_hairs_outside_what_is_visible_are_dropped() -> None:
    scene = Scene([straight(place, 30, 450, trail=BLUISH) for place in FOUR])
    found = traced(scene, hidden_um=850.0)
    assert len(traced(scene)) == 4 and len(found) == 2
    assert all(hair.root_px[0] * 5.556 > 850 for hair in found)
    assert traced(scene, hidden_um=1700.0) == ()


def test_less_sure_hairs_are_not_counted_and_the_least_sure_not_listed() -> None:
    scene = Scene([straight(place, 30, 450, trail=BLUISH) for place in FOUR])
    answer = answer_to(scene, scores=(0.9, 0.8, 0.15, 0.05))
    settings = replace(
        SURE, vectors=replace(SURE.vectors, confidence_weights=(0.0, 1.0, *(0.0,) * 6), least_listed=0.1)
    )
    found = traced(scene, answer, settings)
    assert [hair.counted for hair in sorted(found, key=lambda hair: -hair.confidence)] == [True, True, False]
    (unsure,) = (hair for hair in found if not hair.counted)
    assert "low_confidence" in unsure.flags and unsure.confidence < SURE.vectors.least_confidence
    everything = replace(settings, vectors=replace(settings.vectors, least_listed=0.001, least_score=0.01))
    assert len(traced(scene, answer, everything)) == 4


@pytest.mark.parametrize("bow_um", [0.0, 250.0])
def test_a_long_hair_is_followed_beyond_its_root_segment(bow_um: float) -> None:
    drawn = Stroke(arc((400, 500), (3600, 2300), bow_um), 70, BLUISH)
    scene = Scene([drawn, straight((1000, 2200), -60, 500)], size_um=(4000.0, 3000.0))
    found = traced(scene)
    assert len(found) == 2
    hair = max(found, key=lambda one: one.length_px)
    assert nearest_ends_px(hair, *scene.to_px(drawn.points_um[[0, -1]])) * 5.556 < 60
    assert hair.length_px * 5.556 == pytest.approx(drawn.length_um, rel=0.02)
    assert hair.width_px * 5.556 == pytest.approx(70, abs=3)


def test_light_hair_among_dark_hair_is_measured_as_well() -> None:
    hairs = [straight(place, 30, 450, colour=(24, 18, 16) if k % 2 else LIGHT_HAIR) for k, place in enumerate(FOUR)]
    found = traced(Scene(hairs, skin=(150, 104, 84)))
    assert [hair.width_px * 5.556 for hair in found] == pytest.approx([60] * 4, abs=4)
    assert not any("width_estimated" in hair.flags for hair in found)
    blond = traced(Scene([replace(hair, colour=LIGHT_HAIR) for hair in hairs], skin=DARK_SKIN))
    assert [hair.width_px * 5.556 for hair in blond] == pytest.approx([60] * 4, abs=4)


def test_what_cannot_be_measured_has_the_width_that_the_network_gives() -> None:
    scene = Scene([straight(place, 30, 450, 60) for place in FOUR])
    told = answer_to(scene)
    found = traced(scene, replace(told, width_um=1.6 * told.width_um))
    assert [hair.width_px * 5.556 for hair in found] == pytest.approx([96] * 4, rel=0.02)
    assert all("width_estimated" in hair.flags for hair in found)


def test_where_the_network_sees_nothing_there_is_nothing() -> None:
    assert traced(Scene([straight((850, 650), 20, 600)]), answer_to(Scene([]))) == ()


def test_the_same_answer_gives_the_same_hairs() -> None:
    first, second = traced(meadow()), traced(meadow())
    for one, other in zip(first, second, strict=True):
        assert one.points_px.tobytes() == other.points_px.tobytes()
        assert one.widths_px.tobytes() == other.widths_px.tobytes()
        assert (one.confidence, one.root_confidence, one.flags) == (
            other.confidence,
            other.root_confidence,
            other.flags,
        )
