"""How many subjects a study needs, given how well it measures and how much subjects differ.

The observed change of a subject varies by what truly differs between subjects and by the error of measurement, which
replicates lessen: sd^2 = sd_true^2 + SEM^2 (1/before + 1/after), and with a control site twice the latter. Power is
that of the two-sided t test, from noncentral t (Chow, Shao and Wang, Sample Size Calculations in Clinical Research,
2008, ch. 3), or counted in simulated studies, photograph by photograph, as a check on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, isfinite, nan, sqrt
from typing import Literal

import numpy as np

from densitometer.statistics.estimate import LARGEST, Estimate, FloatArray
from densitometer.statistics.shares import share
from densitometer.statistics.tails import noncentral_t_below, normal_quantile, t_quantile

Comparison = Literal["baseline", "arms", "sites"]
MOST = 100_000
"""Subjects above which no number is told."""
_AT_ONCE = 4_000_000  # numbers drawn at once: 32 MB


@dataclass(frozen=True)
class Plan:
    """A study to be planned.

    Attributes
    ----------
    effect : float
        What is to be detected, in the unit of the measurements, of either sign: the mean change from baseline, or the
        difference of the mean changes of two arms or of two sites.
    sd_true : float
        Standard deviation between subjects of the true change (of ``sites``: of the true difference of the changes).
    sem : float
        Standard error of one measurement.
    before, after : int
        Replicates at the baseline and at the later visit.
    compare : {"arms", "baseline", "sites"}
        Two arms of different subjects; one arm with its own baseline, which has no control; or a treated with a control
        site of the same subjects.
    alpha : float
        Two-sided error.
    dropout : float
        Share of subjects expected to leave before the end.
    """

    effect: float
    sd_true: float
    sem: float
    before: int = 1
    after: int = 1
    compare: Comparison = "arms"
    alpha: float = 0.05
    dropout: float = 0.0

    @property
    def sd_change(self) -> float:
        """Standard deviation of what is observed of one subject."""
        sites = 2 if self.compare == "sites" else 1
        return sqrt(self.sd_true**2 + sites * self.sem**2 * (1 / self.before + 1 / self.after))

    @property
    def reason(self) -> str | None:
        """Why the plan cannot be computed; None where it can."""
        if not 0 < abs(self.effect) <= LARGEST:
            return "the change to be detected must be a number other than 0"
        if not (0 <= self.sd_true <= LARGEST and 0 <= self.sem <= LARGEST):
            return "the standard deviation of true changes and the error of measurement must be numbers of 0 or more"
        if min(self.before, self.after) < 1:
            return "at least one photograph is needed at each visit"
        if not (0 < self.alpha < 1 and 0 <= self.dropout < 1):
            return "the error must lie between 0 and 1, and the share of dropouts be 0 or more and below 1"
        return None if self.sd_change > 0 else "subjects cannot all change alike and be measured without error"


@dataclass(frozen=True)
class Needed:
    """Subjects that a study needs.

    Attributes
    ----------
    per_arm : int or None
        Subjects who finish, in each arm (of ``baseline`` and ``sites``: in all); None where it cannot be told.
    enrolled_per_arm : int or None
        The same with those who are expected to leave.
    power : float
        With this many who finish.
    reason : str or None
        Why there is no number.
    """

    per_arm: int | None
    enrolled_per_arm: int | None
    power: float
    reason: str | None = None


def power_by_formula(plan: Plan, per_arm: int) -> float:
    """Power of the two-sided t test with so many subjects an arm, from noncentral t.

    Returns
    -------
    float
        NaN where the plan cannot be computed or there are fewer than two subjects.
    """
    if plan.reason or per_arm < 2:  # a spread needs two
        return nan
    arms = 2 if plan.compare == "arms" else 1
    freedom = arms * (per_arm - 1)
    shift = abs(plan.effect) / (plan.sd_change * sqrt(arms / per_arm))
    edge = t_quantile(1 - plan.alpha / 2, freedom)
    power = 1 - noncentral_t_below(edge, freedom, shift) + noncentral_t_below(-edge, freedom, shift)
    # Where noncentral t gives up, far beyond any doubt, the test is certain.
    return min(power, 1.0) if isfinite(power) else 1.0


def subjects_by_formula(plan: Plan, power: float = 0.8) -> Needed:
    """Smallest number of subjects an arm whose power, from noncentral t, is at least the one asked for."""
    reason = _impossible(plan, power)
    if reason:
        return Needed(None, None, nan, reason)
    arms = 2 if plan.compare == "arms" else 1
    ratio = plan.sd_change / abs(plan.effect)
    if ratio > MOST:
        return Needed(None, None, nan, f"more than {MOST} subjects would be needed")
    normal = arms * (ratio * (normal_quantile(1 - plan.alpha / 2) + normal_quantile(power))) ** 2
    if normal > MOST:
        return Needed(None, None, nan, f"more than {MOST} subjects would be needed")
    # Student's t needs a few more than the normal distribution, never less.
    subjects = max(2, int(normal))
    while power_by_formula(plan, subjects) < power:
        subjects += 1
    return _needed(plan, subjects, power_by_formula(plan, subjects))


def power_by_simulation(plan: Plan, per_arm: int, *, studies: int = 10_000, seed: int = 0) -> Estimate:
    """Power counted in simulated studies, with the interval of the counting (Wilson).

    Each subject has a true change, each photograph its own error; the replicates of a visit are averaged and the
    changes tested as they are in practice: by Welch's t between arms, by paired t otherwise.

    Parameters
    ----------
    per_arm : int
        Subjects in each arm.
    studies, seed : int
        Number of simulated studies, and seed of the generator: the same seed, the same answer.
    """
    if plan.reason or per_arm < 2 or studies < 1:  # a spread needs two
        return Estimate.missing(plan.reason or "two subjects an arm and one study are needed")
    generator = np.random.default_rng(seed)
    at_once = max(1, _AT_ONCE // (per_arm * (plan.before + plan.after) * 4))
    found = sum(
        _detected(plan, per_arm, min(at_once, studies - start), generator) for start in range(0, studies, at_once)
    )
    return share(found, studies).estimate


def subjects_by_simulation(plan: Plan, power: float = 0.8, *, studies: int = 10_000, seed: int = 0) -> Needed:
    """Smallest number of subjects an arm whose simulated power is at least the one asked for.

    Each number is tried with the same seed, and found by halving from twice what the formula tells; the number of
    studies limits how exact it is: with 10,000 the power is known to 0.008.
    """
    formula = subjects_by_formula(plan, power)
    if formula.per_arm is None or studies < 1:
        return Needed(None, None, nan, formula.reason or "one study at least is needed")

    def simulated(subjects: int) -> float:
        return power_by_simulation(plan, subjects, studies=studies, seed=seed).value

    low, high = 1, 2 * formula.per_arm + 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if simulated(middle) >= power else (middle, high)
    return _needed(plan, high, simulated(high))


def _impossible(plan: Plan, power: float) -> str | None:
    if plan.reason:
        return plan.reason
    return None if plan.alpha < power < 1 else "the power must lie above the error and below 1"


def _needed(plan: Plan, subjects: int, power: float) -> Needed:
    return Needed(subjects, ceil(round(subjects / (1 - plan.dropout), 9)), power)


def _detected(plan: Plan, per_arm: int, studies: int, generator: np.random.Generator) -> int:
    """Count the studies, of so many, whose test tells an effect."""
    treated = _changes(plan, plan.effect, plan.sd_true, (studies, per_arm), generator)
    if plan.compare == "arms":
        control = _changes(plan, 0.0, plan.sd_true, (studies, per_arm), generator)
        return _apart(treated, control, plan.alpha)
    if plan.compare == "sites":
        treated = treated - _changes(plan, 0.0, 0.0, (studies, per_arm), generator)
    return _apart(treated, None, plan.alpha)


def _changes(
    plan: Plan, effect: float, sd: float, shape: tuple[int, int], generator: np.random.Generator
) -> FloatArray:
    """Draw observed changes, photograph by photograph."""
    true = generator.normal(effect, sd, shape)
    before, after = (
        generator.normal(0.0, plan.sem, (*shape, count)).mean(axis=2) for count in (plan.before, plan.after)
    )
    return np.asarray(true + after - before)


def _apart(first: FloatArray, second: FloatArray | None, alpha: float) -> int:
    """Count the rows that a two-sided t test, of Welch where there are two, tells from 0 or apart."""
    from scipy.special import stdtr

    n = first.shape[1]
    squares = [group.var(axis=1, ddof=1) / n for group in (first, second) if group is not None]
    middle = first.mean(axis=1) - (0.0 if second is None else second.mean(axis=1))
    freedom = (n - 1) * sum(squares) ** 2 / sum(square**2 for square in squares)
    return int((2 * stdtr(freedom, -np.abs(middle) / np.sqrt(sum(squares))) < alpha).sum())
