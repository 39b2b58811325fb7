"""What became of every hair: how likely one that the other photograph does not show is really lost or gained.

A hair with no partner was lost (or gained), was missed by the other photograph, or never was a hair. What tells these
apart (`visits.evidence`) is put together by logistic regression. How often hair is lost, and how often gained, is read
from the pair itself by expectation and maximisation, from a weak prior.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from densitometer.settings import MatchSettings
from densitometer.visits.comparison import Alignment
from densitometer.visits.evidence import PAIR_FEATURES, SINGLE_FEATURES, Evidence, evidence
from densitometer.visits.pairing import Pairing
from densitometer.visits.places import Places
from densitometer.visits.view import View

FloatArray = NDArray[np.float64]

_ROUNDS = 60
_LEAST_SHARE, _MOST_SHARE = 1e-4, 0.6


def changed(
    baseline: View,
    followup: View,
    alignment: Alignment,
    pairing: Pairing,
    places: Places,
    settings: MatchSettings,
) -> FloatArray:
    """Probability, (n,), that the hair of each place was really lost or gained."""
    if not len(places):
        return np.zeros(0)
    found = evidence(baseline, followup, alignment, pairing, places)
    alone = _weighed(found, SINGLE_FEATURES, settings.single_weights)
    paired = _weighed(found, PAIR_FEATURES, settings.pair_weights)
    logit = np.where(places.paired, paired, alone)
    hairs = (np.count_nonzero(baseline.counted) + np.count_nonzero(followup.counted)) / 2
    chance = np.zeros(len(places))
    for gained in (False, True):
        some = places.surest_after == gained
        chance[some] = with_prior(logit[some], hairs, settings)
    return chance


def with_prior(logit: FloatArray, hairs: float, settings: MatchSettings) -> FloatArray:
    """Probabilities with the share of hair that changed as these hairs themselves tell it, from a weak prior.

    Parameters
    ----------
    logit : (n,) float array
        Evidence of a change, as the logarithm of a likelihood ratio.
    hairs : float
        Hairs of which so many might have changed.
    settings : MatchSettings
    """
    share, chance = settings.changed_share, np.zeros(len(logit))
    for _ in range(_ROUNDS):
        chance = _expit(logit + np.log(share / (1 - share)))
        more = (chance.sum() + settings.prior_hairs * settings.changed_share) / (hairs + settings.prior_hairs)
        share = float(np.clip(more, _LEAST_SHARE, _MOST_SHARE))
    return chance


def _weighed(found: Evidence, names: tuple[str, ...], weights: tuple[float, ...]) -> FloatArray:
    """Constant first, then a weight for each feature."""
    return np.asarray(weights[0] + sum(w * found[name] for w, name in zip(weights[1:], names, strict=True)))


def _expit(logit: FloatArray) -> FloatArray:
    return np.asarray(1 / (1 + np.exp(-np.clip(logit, -500.0, 500.0))))
