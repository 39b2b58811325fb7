"""Subjects that a study needs, or its power, for each way to measure it: by formula and by simulation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import floor, isfinite

from densitometer.statistics.estimate import Estimate
from densitometer.statistics.power import (
    Needed,
    Plan,
    power_by_formula,
    power_by_simulation,
    subjects_by_formula,
    subjects_by_simulation,
)
from densitometer.statistics.repeatability import detectable_change

STUDIES = 10_000
"""Simulated studies of each number: a power is then known to within 1 %."""
MOST_TO_SEARCH = 1_500
MOST_TO_COUNT = 20_000
"""Photographs of an arm above which numbers of subjects, and power, are not simulated: it would take minutes."""


@dataclass(frozen=True)
class Way:
    """A way to measure: its name, its standard error in hairs per cm2, and where that comes from."""

    name: str
    sem: Estimate
    source: str


@dataclass(frozen=True)
class Answer:
    """What a plan comes to with one way to measure.

    Attributes
    ----------
    way : Way
    mdc95 : float
        Smallest change of one subject that the error does not explain, with the replicates of the plan, in hairs per
        cm2.
    formula : Needed or None
        Of noncentral t; None where a number of subjects was given.
    simulated : Needed or None
        None where it was not asked for, or would take minutes.
    low, high : Needed or None
        By formula at both ends of the interval of the error; None where it has none.
    power : float
        By formula, with the number given; NaN where none was.
    power_low, power_high : float
        At both ends of the interval of the error.
    counted : Estimate or None
        The same in simulated studies.
    """

    way: Way
    mdc95: float
    formula: Needed | None = None
    simulated: Needed | None = None
    low: Needed | None = None
    high: Needed | None = None
    power: float = float("nan")
    power_low: float = float("nan")
    power_high: float = float("nan")
    counted: Estimate | None = None


def subjects_needed(plan: Plan, way: Way, power: float, *, seed: int | None) -> Answer:
    """Subjects that a plan needs when measured in one way; simulated where there is a seed."""
    own = replace(plan, sem=way.sem.value)
    formula = subjects_by_formula(own, power)
    photographs = (formula.per_arm or 0) * (plan.before + plan.after)
    simulate = seed is not None and formula.per_arm is not None and photographs <= MOST_TO_SEARCH
    simulated = subjects_by_simulation(own, power, studies=STUDIES, seed=seed or 0) if simulate else None
    ends = [
        subjects_by_formula(replace(plan, sem=end), power) if isfinite(end) else None
        for end in (way.sem.low, way.sem.high)
    ]
    return Answer(way, _mdc95(plan, way), formula, simulated, ends[0], ends[1])


def power_reached(plan: Plan, way: Way, per_arm: int, *, seed: int | None) -> Answer:
    """Power of a plan with so many subjects who finish, when measured in one way; simulated where there is a seed."""
    own = replace(plan, sem=way.sem.value)
    simulate = seed is not None and per_arm * (plan.before + plan.after) <= MOST_TO_COUNT
    counted = power_by_simulation(own, per_arm, studies=STUDIES, seed=seed or 0) if simulate else None
    ends = [
        power_by_formula(replace(plan, sem=end), per_arm) if isfinite(end) else float("nan")
        for end in (way.sem.high, way.sem.low)
    ]
    power = power_by_formula(own, per_arm)
    return Answer(way, _mdc95(plan, way), None, None, None, None, power, ends[0], ends[1], counted)


def finishing(enrolled: int, dropout: float) -> int:
    """Subjects who finish of those enrolled."""
    return floor(round(enrolled * (1 - dropout), 9))


def _mdc95(plan: Plan, way: Way) -> float:
    return detectable_change(way.sem.value, plan.before, plan.after)
