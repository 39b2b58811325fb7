from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from densitometer.settings import MatchSettings
from densitometer.visits.fates import changed, with_prior
from densitometer.visits.pairing import pair_hairs
from densitometer.visits.places import common_places
from densitometer.visits.view import View
from drawn_matches import laid, lattice, view, without

ROOTS = lattice()
SETTINGS = MatchSettings()


def chance_of(baseline: View, followup: View, hair: int) -> float:
    """Probability that this hair of the baseline (index) is lost."""
    pairing = pair_hairs(baseline, followup, laid(), SETTINGS)
    places = common_places(baseline, followup, laid(), pairing)
    chances = changed(baseline, followup, laid(), pairing, places, SETTINGS)
    return float(chances[places.baseline == hair][0])


def altered(hair: int, **values: float) -> View:
    """All hairs, one of them with another confidence or width."""
    whole = view(ROOTS)
    for name, value in values.items():
        getattr(whole, name)[hair] = value
    return whole


def test_thin_or_unsure_hair_is_not_called_lost_with_certainty() -> None:
    usual = chance_of(view(ROOTS), without(view(ROOTS), 20), 20)
    thin = chance_of(altered(20, width_um=20.0), without(view(ROOTS), 20), 20)
    unsure = chance_of(altered(20, confidence=0.5), without(view(ROOTS), 20), 20)
    assert usual > 0.5
    assert thin < usual - 0.1
    assert unsure < 0.4


def test_hair_under_a_neighbour_may_have_been_missed() -> None:
    crowded = np.vstack([ROOTS, ROOTS[20] + [10.0, 35.0]])
    alone = chance_of(view(ROOTS), without(view(ROOTS), 20), 20)
    fused = chance_of(view(crowded), view(ROOTS), len(ROOTS))
    assert fused < alone / 2


def test_hair_whose_shaft_leaves_the_other_photograph_may_have_been_missed() -> None:
    followup = without(view(ROOTS), 20)
    column = int((ROOTS[20, 0] + 60.0) / 20.0)
    hidden = replace(followup, usable=followup.usable.copy())
    hidden.usable[:, column:] = False
    assert chance_of(view(ROOTS), hidden, 20) < chance_of(view(ROOTS), followup, 20) - 0.3


def test_paired_hairs_have_hardly_changed() -> None:
    assert chance_of(view(ROOTS), view(ROOTS), 20) < 0.01


def test_the_pair_itself_tells_how_often_hair_changed() -> None:
    logit = np.full(10, 1.5)
    few = with_prior(logit[:1], 60.0, SETTINGS)
    many = with_prior(logit, 60.0, SETTINGS)
    assert many[0] > few[0]
    assert with_prior(np.zeros(0), 60.0, SETTINGS).shape == (0,)


def test_prior_solves_its_own_equation() -> None:
    logit = np.array([3.0, 0.5, -1.0, 4.0])
    chance = with_prior(logit, 50.0, SETTINGS)
    share = (chance.sum() + SETTINGS.prior_hairs * SETTINGS.changed_share) / (50.0 + SETTINGS.prior_hairs)
    assert np.log(chance / (1 - chance)) == pytest.approx(logit + np.log(share / (1 - share)), abs=1e-3)
