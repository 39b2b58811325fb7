"""Hairs followed through a strand field drawn without a fault: what is wrong here is wrong in the tracer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from densitometer.hairs.follow import follow
from densitometer.settings import FollowSettings
from drawn_fields import Line, arc, draw_fields, root_segment, straight, through, without

SETTINGS = FollowSettings()
SHAPE = (260, 300)
MIDDLE = (150.0, 130.0)
GAP_PX = SETTINGS.gap_um / 16


def traced(hairs: list[Line], drawn: list[Line] | None = None, settings: FollowSettings = SETTINGS) -> list[Line]:
    """Lines traced from the true root segments of hairs, in a field that shows them, or something else."""
    fields = draw_fields(hairs if drawn is None else drawn, SHAPE)
    return follow(fields, np.array([root_segment(hair) for hair in hairs]), settings)


def off(line: Line, hair: Line) -> float:
    """How far a traced line leaves a true one, or leaves it out, at most."""
    apart = np.hypot(*(line[:, None] - hair[None]).transpose(2, 0, 1))
    return float(max(apart.min(axis=1).max(), apart.min(axis=0).max()))


def beside(line: Line, hair: Line) -> float:
    """How far a traced line lies beside a true one, at most, their ends left out."""
    return float(np.hypot(*(line[3:-3, None] - hair[None]).transpose(2, 0, 1)).min(axis=1).max())


def tip_off(line: Line, hair: Line) -> float:
    return float(np.hypot(*(line[-1] - hair[-1])))


def length(line: Line) -> float:
    return float(np.hypot(*np.diff(line, axis=0).T).sum())


def assert_followed(lines: list[Line], hairs: list[Line]) -> None:
    assert len(lines) == len(hairs)
    for line, hair in zip(lines, hairs, strict=True):
        assert np.allclose(line[0], hair[0], atol=0.01)  # root first
        assert beside(line, hair) < 1.0
        assert tip_off(line, hair) < 3


@pytest.mark.parametrize("turn", [0.0, 37.0, 90.0, 156.0])
def test_one_hair_is_followed_from_root_to_tip_in_even_steps(turn: float) -> None:
    """The whole of a hair is found, in points evenly spaced about one px apart."""
    hair = through(arc((0, 0), turn, 200, 300), MIDDLE)
    lines = traced([hair])
    assert_followed(lines, [hair])
    steps = np.hypot(*np.diff(lines[0], axis=0).T)
    assert steps.min() > 0.9 * steps.max() > 0.8
    assert length(lines[0]) == pytest.approx(200, abs=4)


@pytest.mark.parametrize("degrees", range(10, 91, 10))
@pytest.mark.parametrize("turn", [0.0, 33.0, 100.0])
def test_straight_hairs_that_cross_at_any_angle_are_each_followed(degrees: float, turn: float) -> None:
    """Crossing hairs lie in other maps, or go straight on where they share one: neither takes the other's way."""
    hairs = [through(straight((0, 0), turn + way, 200), MIDDLE) for way in (0, degrees)]
    assert_followed(traced(hairs), hairs)


@pytest.mark.parametrize("degrees", range(10, 91, 10))
@pytest.mark.parametrize("radii", [(300, 300), (300, -300), (-150, 400)])
def test_bowed_hairs_that_cross_at_any_angle_are_each_followed(degrees: float, radii: tuple[float, float]) -> None:
    """As straight ones: a hair goes on with the bend that it has."""
    ways = [20 - np.degrees(100 / radii[0]), 20 + degrees - np.degrees(100 / radii[1])]
    hairs = [through(arc((0, 0), way, 200, radius), MIDDLE) for way, radius in zip(ways, radii, strict=True)]
    lines = traced(hairs)
    for line, hair in zip(lines, hairs, strict=True):
        assert beside(line, hair) < 1.2  # at 10 degrees they share a ridge for 25 px
        assert tip_off(line, hair) < 3


@pytest.mark.parametrize("degrees", [30, 60, 90])
def test_hairs_that_meet_head_on_keep_to_their_own_line(degrees: float) -> None:
    """One runs from left to right, the other back: the direction of growth does not matter at a crossing."""
    hairs = [through(straight((0, 0), way, 200), MIDDLE) for way in (10, 190 + degrees)]
    assert_followed(traced(hairs), hairs)


@pytest.mark.parametrize("count", [2, 3, 4])
@pytest.mark.parametrize("apart_deg", [10.0, 15.0, 20.0])
def test_hairs_of_one_opening_that_diverge_are_each_followed(count: int, apart_deg: float) -> None:
    """The roots of a unit lie 40 um apart, and the hairs side by side for a while: each is found, none is cut."""
    ways = 25 + apart_deg * np.arange(count)
    roots = [(40.0 - 2.5 * np.sin(np.radians(45)) * k, 40.0 + 2.5 * np.cos(np.radians(45)) * k) for k in range(count)]
    hairs = [straight(root, way, 180) for root, way in zip(roots, ways, strict=True)]
    assert_followed(traced(hairs), hairs)


@pytest.mark.parametrize("turn", [0.0, 12.0, 45.0, 80.0])
def test_parallel_hairs_60_um_apart_stay_two(turn: float) -> None:
    """Neither slips over to its neighbour."""
    normal = np.array([-np.sin(np.radians(turn)), np.cos(np.radians(turn))])
    hair = through(straight((0, 0), turn, 200), MIDDLE)
    hairs = [hair, hair + 60 / 16 * normal]
    assert_followed(traced(hairs), hairs)


@pytest.mark.parametrize("share", [0.4, 0.9])
def test_a_gap_shorter_than_allowed_is_bridged(share: float) -> None:
    """Response that goes on in the same direction beyond a gap is the same hair, straight or bowed."""
    for hair in (straight((30, 40), 20, 220), arc((30, 40), 10, 220, 250)):
        (line,) = traced([hair], without(hair, 120, 120 + share * GAP_PX))
        assert_followed([line], [hair])


def test_a_longer_gap_is_not_bridged() -> None:
    """Nor does its beginning count as hair."""
    hair = straight((30, 40), 20, 220)
    (line,) = traced([hair], without(hair, 120, 125 + 1.6 * GAP_PX))
    assert length(line) == pytest.approx(120, abs=3)


def test_a_gap_is_not_bridged_to_a_hair_beside() -> None:
    """Response beyond the tip must go on in about the same direction: a parallel hair 100 um aside does not."""
    hair, beyond = straight((30, 60), 0, 120), straight((155, 66), 0, 100)
    (line,) = traced([hair], [hair, beyond])
    assert_followed([line], [hair])


def test_a_tip_that_touches_another_hair_is_the_end() -> None:
    """A hair does not turn into the one on whose flank it ends."""
    across = through(straight((0, 0), 90, 220), (150, 130))
    hair = straight((50, 80), 27, 110)
    assert_followed(traced([hair, across]), [hair, across])


@pytest.mark.parametrize("turn", [0.0, 40.0, 90.0, 200.0, 330.0])
def test_a_hair_is_followed_to_the_frame_and_not_beyond(turn: float) -> None:
    """A hair that leaves the picture ends at its border."""
    hair = straight(MIDDLE, turn, 300)
    inside = ((hair > -0.5) & (hair < np.array(SHAPE[::-1]) - 0.5)).all(axis=1)
    (line,) = traced([hair])
    assert ((line > -0.5) & (line < np.array(SHAPE[::-1]) - 0.5)).all()
    assert np.hypot(*(line[-1] - hair[inside][-1])) < 4.5
    assert beside(line, hair) < 1.0


@pytest.mark.parametrize("bow_um", [0.0, 40.0, 90.0])
def test_a_short_bowed_hair_lies_on_its_ridge_and_keeps_its_ends(bow_um: float) -> None:
    """The chord of a bowed hair is not its centre line; where its ends are is known already."""
    chord, bow = 34.0, bow_um / 16
    radius = chord**2 / (8 * bow) + bow / 2 if bow else 1e6
    hair = through(arc((0, 0), 70, 2 * radius * np.arcsin(chord / 2 / radius), radius), MIDDLE)
    (line,) = traced([hair])
    assert np.allclose(line[[0, -1]], hair[[0, -1]])
    assert off(line, hair) < 0.8


def test_a_short_segment_that_nothing_supports_is_its_chord() -> None:
    """Without response there is nothing to lie on."""
    fields = draw_fields([], SHAPE)
    (line,) = follow(fields, np.array([[50.0, 50.0, 80.0, 90.0]]), SETTINGS)
    assert np.allclose(line, np.linspace((50, 50), (80, 90), len(line)))
    assert length(line) == pytest.approx(50)


def test_a_short_hair_is_not_followed_even_where_the_field_goes_on() -> None:
    """A segment shorter than ``least_length_um`` ends at the tip, whatever lies beyond."""
    longer = straight((40, 60), 30, 200)
    segment = np.array([*longer[0], *longer[4 * 40]])
    (line,) = follow(draw_fields([longer], SHAPE), segment[None], SETTINGS)
    assert np.allclose(line[-1], longer[4 * 40])
    more = follow(draw_fields([longer], SHAPE), segment[None], replace(SETTINGS, least_length_um=600.0))
    assert tip_off(more[0], longer) < 3


@pytest.mark.parametrize("radius_um", [500.0, 700.0, -500.0])
@pytest.mark.parametrize("way", [0.0, 65.0])
def test_a_curl_is_followed(radius_um: float, way: float) -> None:
    """A hair of 2.4 mm bent on a radius of half a millimetre, whose root segment's chord lies 15 px off it."""
    hair = through(arc((0, 0), way, 150, radius_um / 16), MIDDLE)
    (line,) = traced([hair])
    assert beside(line, hair) < 1.5
    assert tip_off(line, hair) < 3


def test_a_field_that_leads_in_a_circle_ends() -> None:
    """A walk stops where it comes upon its own beginning: the rim of a bubble is no endless hair."""
    ring = through(arc((0, 0), 0, 2 * np.pi * 40, 40), MIDDLE)
    (line,) = traced([ring])
    assert length(line) < 1.25 * 2 * np.pi * 40


def test_no_walk_is_longer_than_allowed() -> None:
    """``most_length_um`` bounds it."""
    hair = straight((10, 60), 0, 280)
    (line,) = traced([hair], settings=replace(SETTINGS, most_length_um=800.0))
    assert length(line) == pytest.approx(1000 / 16 + 800 / 16, abs=5)


def test_noise_does_not_lead_astray() -> None:
    """False response everywhere and weaker response on the hairs: crossing hairs are still each followed."""
    hairs = [through(straight((0, 0), way, 200), MIDDLE) for way in (0, 25, 70)]
    fields = draw_fields(hairs, SHAPE, strength=0.7)
    noise = np.random.default_rng(1).normal(0, 0.15, fields.strand.shape).astype(np.float32)
    noisy = replace(fields, strand=np.clip(fields.strand + noise, 0, 1))
    lines = follow(noisy, np.array([root_segment(hair) for hair in hairs]), SETTINGS)
    for line, hair in zip(lines, hairs, strict=True):
        assert beside(line, hair) < 1.5
        assert tip_off(line, hair) < 6


@pytest.mark.parametrize("aside_px", [-3.0, 2.0, 3.0])
def test_an_end_a_little_beside_the_hair_does_no_harm(aside_px: float) -> None:
    """The end of a root segment is known to 50 um: the walk finds the ridge beside it."""
    hair = straight((40, 60), 20, 200)
    segment = root_segment(hair)
    segment[2:] += aside_px * np.array([-np.sin(np.radians(20)), np.cos(np.radians(20))])
    (line,) = follow(draw_fields([hair], SHAPE), segment[None], SETTINGS)
    assert beside(line[70:], hair) < 1.0
    assert tip_off(line, hair) < 3


def test_of_two_hairs_on_one_line_the_one_that_turned_into_it_ends_where_they_meet() -> None:
    """A hair that bends into another's line is no second hair from there on."""
    stays = straight((20, 130), 0, 250)
    joins = arc((60, 130 - 80 * (1 - np.cos(np.radians(80)))), 80, 80 * np.radians(80), -80)  # level at its end
    lines = traced([stays, joins])
    assert tip_off(lines[0], stays) < 3
    assert abs(length(lines[1]) - length(joins)) < 15


def test_two_roots_of_one_hair_do_not_make_two_hairs_of_its_whole_length() -> None:
    """Where a walk comes upon another hair's root segment from its tip, the line is the other's."""
    hair = straight((20, 60), 15, 250)
    segments = np.array([root_segment(hair), root_segment(hair[::-1])])
    lines = follow(draw_fields([hair], SHAPE), segments, SETTINGS)
    assert sorted(map(length, lines)) == pytest.approx([1000 / 16, 250], abs=5)


def test_a_doubtful_hair_takes_nothing_from_a_sure_one() -> None:
    """A root segment that is hardly believed, half-way along a hair, does not end the hair; a believed one does."""
    hair = straight((20, 60), 15, 250)
    segments = np.array([root_segment(hair), root_segment(hair[4 * 120 :])])
    fields = draw_fields([hair], SHAPE)
    whole, doubtful = follow(fields, segments, SETTINGS, np.array([0.9, 0.1]))
    assert tip_off(whole, hair) < 3
    assert length(doubtful) == pytest.approx(1000 / 16, abs=2)  # too doubtful to be followed itself
    cut, believed = follow(fields, segments, SETTINGS, np.array([0.9, 0.8]))
    assert length(cut) == pytest.approx(120, abs=10)
    assert tip_off(believed, hair) < 3


def test_the_answer_is_the_same_each_time_and_in_any_order() -> None:
    """Line by line, to the last bit, however the segments are ordered; merges included."""
    rng = np.random.default_rng(5)
    hairs = [
        arc(
            (rng.uniform(0, 300), rng.uniform(0, 260)), rng.uniform(0, 360), rng.uniform(30, 200), rng.uniform(100, 900)
        )
        for _ in range(40)
    ]
    segments = np.array([root_segment(hair) for hair in hairs])
    fields = draw_fields(hairs, SHAPE)
    lines, again = follow(fields, segments, SETTINGS), follow(fields, segments, SETTINGS)
    assert all(np.array_equal(one, other) for one, other in zip(lines, again, strict=True))
    order = rng.permutation(len(segments))
    turned = follow(fields, segments[order], SETTINGS)
    assert all(np.array_equal(lines[k], line) for k, line in zip(order, turned, strict=True))


def test_nothing_in_is_nothing_out() -> None:
    """No segments, and segments where the field is empty or the frame has ended."""
    fields = draw_fields([], SHAPE)
    assert follow(fields, np.zeros((0, 4)), SETTINGS) == []
    segments = np.array([[290.0, 100.0, 350.0, 100.0], [-90.0, -70.0, -20.0, -60.0], [20.0, 20.0, 20.0, 20.0]])
    leaves, beyond, point = follow(fields, segments, SETTINGS)
    assert np.allclose(leaves[0], [290, 100]) and leaves[-1, 0] == pytest.approx(299, abs=1)
    assert all(np.isfinite(line).all() and len(line) >= 1 for line in (beyond, point))
