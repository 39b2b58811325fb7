"""What became of every hair: how likely one that the other photograph does not show is really lost or gained.

A hair with no partner was lost (or gained), was missed by the other photograph, or never was a hair. What tells these
apart is put together by logistic regression: how sure it is and how wide, whether another hair lies over the place at
the other visit (hairs that touch are often found as one), and how near the border is. How often hair is lost at all is
read from the pair itself, by expectation and maximisation, from a weak prior.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from densitometer.settings import MatchSettings
from densitometer.visits.comparison import Alignment
from densitometer.visits.pairing import Pairing, Strokes
from densitometer.visits.view import View

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

SINGLE_FEATURES = ("logit_confidence", "log_width", "covered", "edge")
PAIR_FEATURES = ("logit_confidence", "log_width", "logit_partner", "fit")
_NONE = -1
_RINGS_UM, _SPOKES = (40.0, 80.0, 120.0), 8
_COVER_UM, _STOPS = 30.0, (0.1, 0.3, 0.5, 0.7, 0.9)
_USUAL_WIDTH_UM = 50.0
_ROUNDS = 100


@dataclass(frozen=True)
class Places:
    """Places of hairs in the common field, each found at one visit or at both.

    Attributes
    ----------
    baseline, followup : (n,) int arrays
        Index into either view; -1 where it was not found.
    baseline_um, followup_um : (n, 2) float arrays
        Where its root lies, or would lie, in each photograph.
    fit : (n,) float array
        Log odds that the two are one; 0 where there is one only.
    surest_after : (n,) bool array
        Whether the follow-up shows it more surely: what may have been gained rather than lost.
    """

    baseline: IntArray
    followup: IntArray
    baseline_um: FloatArray
    followup_um: FloatArray
    fit: FloatArray
    surest_after: BoolArray

    def __len__(self) -> int:
        return len(self.baseline)

    @property
    def paired(self) -> BoolArray:
        """Whether it was found at both visits."""
        return (self.baseline >= 0) & (self.followup >= 0)


def common_places(baseline: View, followup: View, alignment: Alignment, pairing: Pairing) -> Places:
    """All hairs of the common field, paired ones first; roots that both photographs show lie in the middle of both."""
    alone = [
        np.setdiff1d(np.arange(len(v)), i) for v, i in ((baseline, pairing.baseline), (followup, pairing.followup))
    ]
    first = np.concatenate([pairing.baseline, alone[0], np.full(len(alone[1]), _NONE)]).astype(np.int64)
    second = np.concatenate([pairing.followup, np.full(len(alone[0]), _NONE), alone[1]]).astype(np.int64)
    fit = np.concatenate([pairing.fit, np.zeros(len(alone[0]) + len(alone[1]))])
    before = _taken(baseline.root_um, first, np.nan)
    after = _taken(followup.root_um, second, np.nan)
    before = np.where(first[:, None] >= 0, before, alignment.warp.backward(np.nan_to_num(after)))
    after = np.where(second[:, None] >= 0, after, alignment.warp.forward(np.nan_to_num(before)))
    middle = (before + alignment.warp.backward(after)) / 2
    both = baseline.shows(middle) & followup.shows(alignment.warp.forward(middle))
    surest = _taken(followup.confidence, second, 0.0) > _taken(baseline.confidence, first, 0.0)
    return Places(first[both], second[both], before[both], after[both], fit[both], surest[both])


def changed(
    baseline: View, followup: View, alignment: Alignment, pairing: Pairing, places: Places, settings: MatchSettings
) -> FloatArray:
    """Probability, (n,), that the hair of each place was really lost or gained."""
    if not len(places):
        return np.zeros(0)
    own, other = _sides(baseline, followup, places)
    sure, width = _logit(own[0]), np.log(np.maximum(own[1], 10.0) / _USUAL_WIDTH_UM)
    covered = _covered(baseline, followup, alignment, pairing, places)
    edge = _edge(baseline, places.baseline_um) + _edge(followup, places.followup_um)
    ones = np.ones(len(places))
    alone = np.column_stack([ones, sure, width, covered, edge]) @ settings.single_weights
    paired = np.column_stack([ones, sure, width, _logit(other[0]), places.fit]) @ settings.pair_weights
    logit = np.where(places.paired, paired, alone)
    hairs = (np.count_nonzero(baseline.counted) + np.count_nonzero(followup.counted)) / 2
    chance = np.zeros(len(places))
    for gained in (False, True):
        some = places.surest_after == gained
        chance[some] = _with_prior(logit[some], hairs, settings)
    return chance


def _with_prior(logit: FloatArray, hairs: float, settings: MatchSettings) -> FloatArray:
    """Probabilities with the share of hair that changed as these hairs themselves tell it, from a weak prior."""
    usual = settings.changed_share
    share, chance = usual, _expit(logit)
    for _ in range(_ROUNDS):
        chance = _expit(logit + _log_odds(share) - _log_odds(usual))
        share = (chance.sum() + settings.prior_hairs * usual) / (hairs + settings.prior_hairs)
        share = float(np.clip(share, 1e-4, 0.6))
    return chance


def _sides(baseline: View, followup: View, places: Places) -> list[tuple[FloatArray, FloatArray]]:
    """Confidence and width at the visit that shows the hair more surely, and at the other."""
    after = places.surest_after
    sides = []
    for flag in (after, ~after):
        confidence = np.where(
            flag, _taken(followup.confidence, places.followup, 0.0), _taken(baseline.confidence, places.baseline, 0.0)
        )
        width = np.where(
            flag, _taken(followup.width_um, places.followup, np.nan), _taken(baseline.width_um, places.baseline, np.nan)
        )
        sides.append((confidence, np.nan_to_num(width, nan=_USUAL_WIDTH_UM)))
    return sides


def _covered(baseline: View, followup: View, alignment: Alignment, pairing: Pairing, places: Places) -> FloatArray:
    """Share of a hair over which another hair lies at the other visit, times how sure that one is."""
    habit = pairing.habit
    before = Strokes(alignment.warp.forward(baseline.root_um), alignment.warp.forward(baseline.tip_um))
    after = Strokes(followup.root_um, followup.tip_um)
    first = _overlaid(before.changed(habit.turn, habit.longer), after, followup.confidence)
    second = _overlaid(after.changed(-habit.turn, -habit.longer), before, baseline.confidence)
    first[pairing.baseline], second[pairing.followup] = 0.0, 0.0
    return np.where(places.surest_after, _taken(second, places.followup, 0.0), _taken(first, places.baseline, 0.0))


def _overlaid(hairs: Strokes, others: Strokes, confidence: FloatArray) -> FloatArray:
    if not (len(hairs.root) and len(others.root)):
        return np.zeros(len(hairs.root))
    near = [_distance_to(hairs.root + stop * (hairs.tip - hairs.root), others) < _COVER_UM for stop in _STOPS]
    return np.asarray((np.mean(near, axis=0) * confidence).max(axis=1))


def _distance_to(points: FloatArray, strokes: Strokes) -> FloatArray:
    """Distance of points (n, 2) to strokes, (n, m)."""
    along = strokes.tip - strokes.root
    gap = points[:, None] - strokes.root[None]
    at = np.clip((gap * along).sum(axis=2) / np.maximum((along**2).sum(axis=1), 1.0), 0, 1)
    return np.asarray(np.linalg.norm(gap - at[..., None] * along, axis=2))


def _edge(view: View, places_um: FloatArray) -> FloatArray:
    """Share of the surroundings, up to 120 um off, that is not countable skin."""
    angles = 2 * np.pi * np.arange(_SPOKES) / _SPOKES
    ring = np.concatenate([r * np.column_stack([np.cos(angles), np.sin(angles)]) for r in _RINGS_UM])
    return np.asarray(1 - view.shows(places_um[:, None] + ring).mean(axis=1))


def _taken(values: NDArray[np.float64], index: IntArray, missing: float) -> FloatArray:
    """Values at indices, and another where the index is -1."""
    padded = np.concatenate([values, np.full((1, *values.shape[1:]), missing)])
    return np.asarray(padded[index])


def _logit(confidence: FloatArray) -> FloatArray:
    return np.asarray(_log_odds(np.clip(confidence, 0.01, 0.99)))


def _log_odds(chance: FloatArray | float) -> FloatArray:
    return np.asarray(np.log(chance / (1 - np.asarray(chance))))


def _expit(logit: FloatArray) -> FloatArray:
    return np.asarray(1 / (1 + np.exp(-logit)))
