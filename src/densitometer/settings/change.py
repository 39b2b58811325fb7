"""Settings of what is made of two aligned visits: which hair is which, what became of it, and the change."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from densitometer.settings.strict import STRICT

SingleWeights = Annotated[tuple[float, ...], Field(min_length=11, max_length=11)]
PairWeights = Annotated[tuple[float, ...], Field(min_length=6, max_length=6)]
"""A constant and a weight for each feature."""


@dataclass(frozen=True, config=STRICT)
class MatchSettings:
    """How hairs of two aligned photographs are told to be one, and what became of those that are found once.

    Attributes
    ----------
    reach_um : float
        Farthest that a root may lie from where the other photograph says.
    root_um, turn_deg, length_log : float
        Least spreads that are believed of roots, of directions and of lengths (logarithm): the spreads that the two
        photographs show are used where they are larger.
    stray_share, stray_reach : float
        Share of hairs of which direction or length says nothing, and whose roots scatter so many times as far.
    single_weights : tuple of 11 floats
        Evidence (logit) that a hair found once is really lost or gained: constant, then a weight for each of
        `visits.evidence.SINGLE_FEATURES`. Fitted as ``benchmarks/fit_fates.py`` does, to 203 rendered pairs of choosing
        seeds (twelve styles); those that the script draws itself give weights that do no better.
    pair_weights : tuple of 6 floats
        The same for two that were matched, with `visits.evidence.PAIR_FEATURES`.
    changed_share, prior_hairs : float
        Share of hair that is usually lost, or gained, and how many hairs' worth that prior is beside the pair's own.
    least_changed : float
        Probability from which a hair found once is said to be lost or gained.
    least_ambiguous : float
        Probability of a change up to which two that were matched are said to persist.
    """

    reach_um: float = 150.0
    root_um: float = 8.0
    turn_deg: float = 6.0
    length_log: float = 0.12
    stray_share: float = 0.1
    stray_reach: float = 3.0
    single_weights: SingleWeights = (0.89, 0.79, 1.07, -0.27, -0.02, -1.89, -2.75, -1.67, -2.25, 1.09, -1.63)
    pair_weights: PairWeights = (-0.58, 0.43, 1.42, -0.17, -0.32, -1.90)
    changed_share: float = 0.04
    prior_hairs: float = 60.0
    least_changed: float = 0.5
    least_ambiguous: float = 0.4


@dataclass(frozen=True, config=STRICT)
class ChangeSettings:
    """How fates become a change of density.

    Attributes
    ----------
    found_share : float
        Share of a true change that the probabilities of the hairs that were found add up to: some that are lost were
        never found, and a weak prior holds every change back. Their sum is divided by it.
    unit_spread : float
        Variance of the change in parts of the sum of p (1 - p) of single hairs: hairs of one unit err together.
    match_error_share : float
        Standard deviation of the change from matching at large, as a share of the hairs on the common field.
    width_error_um : float
        Standard deviation of the mean width change that all hairs of a photograph share, from light and focus.
    least_width_pairs : int
        Persisting hairs measured at both visits below which no width change is given.
    opening_um : float
        Farthest that a gained hair may lie from a hair of the unit that it is reckoned to.
    mdc_error : float
        Validated on rendered pairs of choosing seeds: root mean square of the change between photographs without any,
        a quarter of them replicates and a quarter of hair cut and combed anew, in parts of the square root of the
        number of hairs on the common field.
    least_replicates : int
        Pairs of replicates from which the study's own repeatability is used.
    """

    found_share: float = 0.7
    unit_spread: float = 2.0
    match_error_share: float = 0.005
    width_error_um: float = 1.4
    least_width_pairs: int = 5
    opening_um: float = 250.0
    mdc_error: float = 0.30
    least_replicates: int = 5
