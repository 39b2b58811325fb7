"""Compare two photographs as the package does, and score what it says of rendered ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import median
from time import perf_counter

from change_pairs import COURSES, Seen, Sight, rendered_visits
from change_scores import PairOutcome, score_pair
from change_truth import true_pair
from densitometer.visits.change import verdict_of
from densitometer.visits.compare import compare_views
from densitometer.visits.comparison import Comparison, Values
from densitometer.visits.repeatability import Repeatability
from densitometer.visits.view import View

SightPair = tuple[Sight, Sight]


def compared(baseline: View, followup: View) -> tuple[Comparison, str]:
    """What the package says of two photographs, and its verdict by the validated repeatability."""
    comparison = compare_views(baseline, followup)
    if not comparison.comparable:
        return comparison, "not_comparable"
    values = comparison.values | {"mdc95_per_cm2": Repeatability().mdc95_per_cm2(comparison.values)}
    return replace(comparison, values=values), verdict(values, Repeatability())


def verdict(values: Values, repeatability: Repeatability) -> str:
    """Whether a change exceeds what measuring twice differs by."""
    return verdict_of(values, repeatability.mdc95_per_cm2(values))


def outcome_of(pair: str, baseline: Seen, followup: Seen) -> PairOutcome:
    """Compare two rendered visits and score that."""
    views = baseline.view, followup.view
    comparison, said = compared(*views)
    whole = baseline.measurement.values, followup.measurement.values
    return score_pair(pair, true_pair(baseline.scene, followup.scene), views, whole, comparison, said)


def examine(style: str, course: str, seed: int) -> list[PairOutcome]:
    """Render a course, measure its visits, compare its pairs."""
    visits = rendered_visits(style, course, seed)
    return [outcome_of(name, visits[i], visits[j]) for name, i, j in COURSES[course].pairs]


def two_sights(style: str, course: str, seed: int) -> SightPair:
    """Render and measure two visits, to be compared against the clock."""
    visits = rendered_visits(style, course, seed)
    return visits[0].sight, visits[1].sight


def times(pairs: Sequence[SightPair]) -> list[float]:
    """Seconds that comparing takes, loading the pictures included, of each pair; the middle one of three."""
    for a, b in pairs[:1]:
        compare_views(a.load(), b.load())  # loads the libraries
    return [median(timed(*pair) for _ in range(3)) for pair in pairs]


def timed(baseline: Sight, followup: Sight) -> float:
    """Seconds from what a results folder keeps of two photographs to their comparison."""
    started = perf_counter()
    compare_views(baseline.load(), followup.load())
    return perf_counter() - started
