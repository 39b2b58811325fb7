"""A trial as one is run: thirty subjects, three visits six weeks apart, 28 % more hair at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from change_compare import outcome_of, verdict
from change_figures import finite, mean_interval
from change_pairs import Dice, recombed, see, set_down, style_of
from change_scores import PairOutcome
from densitometer.synthetic.dice import stream
from densitometer.synthetic.style import Style
from densitometer.synthetic.visits import Visit, render_visits
from densitometer.visits.repeatability import Repeatability
from rendered import SEEDS

SUBJECTS = 30
MORE_HAIR = 0.28
STYLES = (*["trimmed_70x"] * 14, *("dark_skin", "fine_hair", "crowded_units", "grey_mixed") * 2, "flaking", "red_hair")
STYLES = (*STYLES, "clippings", "blond", "oily_glare", "wrinkled", "trimmed_crossing", "blurred")
"""Style of each subject: half of them as the photographs of a USB microscope are, the others mixed."""
PAIRS = (("replicate", 0, 1), ("week 6", 0, 2), ("week 12", 0, 3))
_SEED_PLACE = 50_000  # beyond those of the courses


@dataclass(frozen=True)
class TrialResult:
    """One time of the trial, all subjects together.

    Attributes
    ----------
    pair : str
    outcomes : tuple of PairOutcome
    verdicts : tuple of str
        By the repeatability that the study's own replicates give.
    mdc95_per_cm2 : float
        Its median over subjects.
    source : str
        Where the repeatability comes from.
    """

    pair: str
    outcomes: tuple[PairOutcome, ...]
    verdicts: tuple[str, ...]
    mdc95_per_cm2: float
    source: str

    def mean(self, which: str) -> tuple[float, float, float]:
        """Mean change with its 95 % t-interval, as a share of the true baseline count.

        Parameters
        ----------
        which : str
            ``change``, ``plain`` or ``recount`` as they are found, or ``true_change``.
        """
        return mean_interval([getattr(o, which) / o.true_count for o in self.outcomes if o.true_count])


def visits_of(style: Style, seed: int) -> tuple[Visit, ...]:
    """Baseline, a replicate of it, and two later visits, hair cut and combed anew at both."""
    dice = stream(seed, "benchmark", "trial")
    each = (1 + MORE_HAIR) ** 0.5 - 1
    return (
        Visit(),
        _again(dice),
        set_down(dice, recombed(style, gained_share=each)),
        set_down(dice, recombed(style, gained_share=each)),
    )


def _again(dice: Dice) -> Visit:
    placed = set_down(dice)
    return Visit(None, placed.shift, placed.turn_deg, placed.scale_factor, replicate=True)


def examine_subject(style: str, seed: int) -> list[PairOutcome]:
    """Render, measure and compare the visits of one subject."""
    drawn = style_of(style)
    scenes = render_visits(drawn, seed, visits_of(drawn, seed)).scenes
    seen = [see(scene, f"{style}/{seed}/{at}") for at, scene in enumerate(scenes)]
    return [outcome_of(name, seen[i], seen[j]) for name, i, j in PAIRS]


def jobs(half: str, subjects: int) -> list[tuple[str, int]]:
    """Style and seed of each subject, as the arguments of `examine_subject`; few subjects are of mixed styles too."""
    step = max(1, SUBJECTS // subjects)
    return [(STYLES[at * step % SUBJECTS], SEEDS[half] + _SEED_PLACE + at) for at in range(subjects)]


def results(subjects: Sequence[Sequence[PairOutcome]]) -> list[TrialResult]:
    """Put the subjects together, the verdicts by the study's own replicates."""
    repeatability = study_repeatability([subject[0] for subject in subjects])
    return [result(name, [subject[at] for subject in subjects], repeatability) for at, (name, _, _) in enumerate(PAIRS)]


def study_repeatability(replicates: Sequence[PairOutcome]) -> Repeatability:
    """Repeatability as the study's replicates show it."""
    return Repeatability.of_replicates([outcome.values for outcome in replicates if outcome.comparable])


def result(pair: str, outcomes: Sequence[PairOutcome], repeatability: Repeatability) -> TrialResult:
    """Put one time of the trial together."""
    said = [verdict(o.values, repeatability) if o.comparable else "not_comparable" for o in outcomes]
    limits = finite([repeatability.mdc95_per_cm2(o.values) or np.nan for o in outcomes if o.comparable])
    middle = float(np.median(limits)) if limits.size else float("nan")
    return TrialResult(pair, tuple(outcomes), tuple(said), middle, repeatability.source)
