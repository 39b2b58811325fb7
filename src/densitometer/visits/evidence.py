"""What the two photographs show of every hair, found once or twice, that tells a change from a miss or an invention."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from densitometer.visits.bare_place import darkness_left
from densitometer.visits.comparison import Alignment
from densitometer.visits.pairing import Habit, Pairing, Strokes
from densitometer.visits.places import Places, taken
from densitometer.visits.view import View

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
Evidence = dict[str, FloatArray]

SINGLE_FEATURES = (
    "sure", "width", "clear", "clear_there", "covered", "beside", "edge", "unseen", "found_around", "dark",
)  # fmt: skip
PAIR_FEATURES = ("sure", "width", "partner", "fit", "on_line")

_RINGS_UM, _SPOKES = (40.0, 80.0, 120.0), 8
_COVERED_UM, _BESIDE_UM, _ON_LINE_UM = 45.0, 60.0, 30.0
_STOPS = (0.1, 0.3, 0.5, 0.7, 0.9)
_SEEN_STOPS = tuple(k / 10 for k in range(1, 11))
_USUAL_WIDTH_UM, _USUAL_LOGIT = 50.0, 2.0
_AROUND_UM, _AROUND_MOST_UM, _SURE, _FOUND = 400.0, 500.0, 0.6, 0.9
_REAL = 0.3
_LEAST_DARK, _USUAL_DARK, _MOST_DARK = 0.35, 0.4, 1.2
"""Bare skin says less than a dark shaft: loose pieces of cut hair leave it too."""


@dataclass(frozen=True)
class _Side:
    """One photograph as seen from a hair of it: its hairs there, and in the other photograph's frame as they were."""

    own: View
    other: View
    strokes: Strokes  # own hairs, in their own frame
    there: Strokes  # own hairs as they would lie at the other visit
    others: Strokes  # hairs of the other visit
    partner: NDArray[np.int64]
    paired_there: BoolArray


def evidence(
    baseline: View,
    followup: View,
    alignment: Alignment,
    pairing: Pairing,
    places: Places,
) -> Evidence:
    """Features of every place, (n,) each, of the hair at the visit that shows it more surely.

    ``sure`` and ``partner`` are logits of the confidences at that visit and at the other; ``width`` the logarithm of
    the width over 50 um; ``clear`` and ``clear_there`` the median logits of the paired hairs of that photograph and of
    the other. At the other visit: ``covered`` and ``beside`` say how far a paired, or an unpaired, hair lies over the
    place (share of its length, times its confidence), ``edge`` how much of the surroundings and ``unseen`` how much of
    the hair is not countable skin. ``found_around`` is the share of sure hairs around that were found again; ``dark``
    the logarithm of how much of the hair's darkness is left there. Of pairs: ``fit`` as in `Pairing`, and ``on_line``
    how near the root comes to any hair there.
    """
    first, second = _sides(baseline, followup, alignment, pairing)
    before, after = _of_side(first, pairing.habit), _of_side(second, pairing.habit)
    late = places.surest_after
    found = {
        name: np.where(late, taken(after[name], places.followup, 0.0), taken(before[name], places.baseline, 0.0))
        for name in before
    }
    found["partner"] = np.where(
        late, taken(before["sure"], places.baseline, 0.0), taken(after["sure"], places.followup, 0.0)
    )
    found["edge"] = np.where(late, _edge(baseline, places.baseline_um), _edge(followup, places.followup_um))
    return {**found, "fit": places.fit}


def _sides(baseline: View, followup: View, alignment: Alignment, pairing: Pairing) -> tuple[_Side, _Side]:
    habit, warp = pairing.habit, alignment.warp
    own_before, own_after = Strokes(baseline.root_um, baseline.tip_um), Strokes(followup.root_um, followup.tip_um)
    there = Strokes(warp.forward(baseline.root_um), warp.forward(baseline.tip_um)).changed(habit.turn, habit.longer)
    back = own_after.changed(-habit.turn, -habit.longer)
    back = Strokes(warp.backward(back.root), warp.backward(back.tip))
    partners = np.full(len(baseline), -1), np.full(len(followup), -1)
    partners[0][pairing.baseline], partners[1][pairing.followup] = pairing.followup, pairing.baseline
    return (
        _Side(baseline, followup, own_before, there, own_after, partners[0], partners[1] >= 0),
        _Side(followup, baseline, own_after, back, own_before, partners[1], partners[0] >= 0),
    )


def _of_side(side: _Side, habit: Habit) -> Evidence:
    count = len(side.own)
    sure = log_odds(side.own.confidence)
    paired = side.partner >= 0
    unpaired_there = ~side.paired_there
    root_gap = distance_to(side.there.root, side.others)
    real = side.other.confidence > _REAL
    near = np.where(real, root_gap, np.inf).min(axis=1, initial=np.inf)
    return {
        "sure": sure,
        "width": np.log(np.maximum(np.nan_to_num(side.own.width_um, nan=_USUAL_WIDTH_UM), 10.0) / _USUAL_WIDTH_UM),
        "clear": np.full(count, _median(sure[paired])),
        "clear_there": np.full(count, _median(log_odds(side.other.confidence)[side.paired_there])),
        "covered": overlaid(side.there, side.others, side.other.confidence * side.paired_there, _COVERED_UM),
        "beside": overlaid(side.there, side.others, side.other.confidence * unpaired_there, _BESIDE_UM),
        "unseen": _unseen(side.there, side.other),
        "found_around": _found_around(side, paired),
        "on_line": np.exp(-near / _ON_LINE_UM),
        "dark": _dark(side, habit),
    }


def _dark(side: _Side, habit: Habit) -> FloatArray:
    """Logarithm of the darkness left where hairs without a partner would lie; 0 where that cannot be told."""
    dark, alone = np.zeros(len(side.own)), np.flatnonzero(side.partner < 0)
    painted = side.paired_there & (side.other.confidence > _REAL)
    left = darkness_left(side.own, side.other, alone, side.there, side.others, painted, habit)
    dark[alone] = np.log(np.clip(np.nan_to_num(left, nan=_USUAL_DARK), _LEAST_DARK, _MOST_DARK) / _USUAL_DARK)
    return dark


def _median(values: FloatArray) -> float:
    return float(np.median(values)) if len(values) else _USUAL_LOGIT


def _found_around(side: _Side, paired: BoolArray) -> FloatArray:
    """Share of the sure hairs around each that were found again, with two that usually are."""
    if not len(side.own):
        return np.zeros(0)
    apart = np.linalg.norm(side.own.root_um[:, None] - side.own.root_um[None], axis=2)
    weight = np.exp(-apart / _AROUND_UM) * (apart < _AROUND_MOST_UM) * (side.own.confidence > _SURE)
    np.fill_diagonal(weight, 0.0)
    return np.asarray((weight @ paired + 2 * _FOUND) / (weight.sum(axis=1) + 2))


def _unseen(there: Strokes, other: View) -> FloatArray:
    seen = [other.shows(there.root + stop * (there.tip - there.root)) for stop in _SEEN_STOPS]
    return np.asarray(1 - np.mean(seen, axis=0))


def _edge(view: View, places_um: FloatArray) -> FloatArray:
    """Share of the surroundings, up to 120 um off, that is not countable skin."""
    angles = 2 * np.pi * np.arange(_SPOKES) / _SPOKES
    ring = np.concatenate([r * np.column_stack([np.cos(angles), np.sin(angles)]) for r in _RINGS_UM])
    return np.asarray(1 - view.shows(places_um[:, None] + ring).mean(axis=1))


def overlaid(hairs: Strokes, others: Strokes, weight: FloatArray, reach_um: float) -> FloatArray:
    """Share of each hair, (n,), that one other lies over, times that one's weight, at most."""
    near = [distance_to(hairs.root + stop * (hairs.tip - hairs.root), others) < reach_um for stop in _STOPS]
    return np.asarray((np.mean(near, axis=0) * weight).max(axis=1, initial=0.0))


def distance_to(points: FloatArray, strokes: Strokes) -> FloatArray:
    """Distance of points (n, 2) to strokes, (n, m)."""
    along = strokes.tip - strokes.root
    gap = points[:, None] - strokes.root[None]
    at = np.clip((gap * along).sum(axis=2) / np.maximum((along**2).sum(axis=1), 1.0), 0, 1)
    return np.asarray(np.linalg.norm(gap - at[..., None] * along, axis=2))


def log_odds(confidence: FloatArray) -> FloatArray:
    """Logit of a confidence, which is never quite 0 or 1."""
    held = np.clip(confidence, 0.01, 0.99)
    return np.asarray(np.log(held / (1 - held)))
