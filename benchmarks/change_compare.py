"""Compare two photographs as the package does, and score what it says of rendered ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import median
from time import perf_counter

from change_pairs import COURSES, Seen, rendered_visits
from change_scores import PairOutcome, score_pair
from change_truth import true_pair
from densitometer.visits.change import verdict_of
from densitometer.visits.compare import compare_views
from densitometer.visits.comparison import Comparison, Values
from densitometer.visits.repeatability import Repeatability
from densitometer.visits.view import View

ViewPair = tuple[View, View]


def compared(baseline: View, followup: View) -> tuple[Comparison, str, float]:
    """What the package says of two photographs, its verdict by the validated repeatability, and seconds taken."""
    started = perf_counter()
    comparison = compare_views(baseline, followup)
    seconds = perf_counter() - started
    if not comparison.comparable:
        return comparison, "not_comparable", seconds
    values = comparison.values | {"mdc95_per_cm2": Repeatability().mdc95_per_cm2(comparison.values)}
    return replace(comparison, values=values), verdict(values, Repeatability()), seconds


def verdict(values: Values, repeatability: Repeatability) -> str:
    """Whether a change exceeds what measuring twice differs by."""
    return verdict_of(values, repeatability.mdc95_per_cm2(values))


def outcome_of(pair: str, baseline: Seen, followup: Seen) -> PairOutcome:
    """Compare two rendered visits and score that."""
    views = baseline.view, followup.view
    comparison, said, seconds = compared(*views)
    whole = baseline.measurement.values, followup.measurement.values
    return score_pair(pair, true_pair(baseline.scene, followup.scene), views, whole, comparison, said, seconds)


def examine(style: str, course: str, seed: int) -> tuple[list[PairOutcome], ViewPair]:
    """Render a course, measure its visits, compare its pairs; with two views, to be timed later on a quiet machine."""
    visits = rendered_visits(style, course, seed)
    outcomes = [outcome_of(name, visits[i], visits[j]) for name, i, j in COURSES[course].pairs]
    return outcomes, (visits[0].view, visits[1].view)


def times(pairs: Sequence[ViewPair]) -> list[float]:
    """Seconds that comparing takes, of each pair of views; one round before loads the libraries."""
    if pairs:
        compare_views(*pairs[0])
    return [median(compared(*views)[2] for _ in range(3)) for views in pairs]
