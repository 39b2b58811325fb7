"""Mixed model for repeated measures: what each arm came to at each visit, and how far the arms differ.

Fixed effects are the visits by the arms and the baseline; the subjects are a random intercept. Every visit of a
subject counts, also of one who left early: what is missing may depend on what was measured (missing at random;
Mallinckrodt and others, Drug Inf J 2008;42:303-319). Errors are of the sandwich: an unstructured covariance, which
trials commonly take, asks for more subjects than many have; the sandwich holds for any.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import nan, sqrt
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from densitometer.statistics.estimate import NO_VALUE, Estimate, FloatArray, as_numbers, is_measured
from densitometer.statistics.mixed_fit import Fit, fit_random_intercept


@dataclass(frozen=True)
class Cell:
    """Least-squares mean of an arm at a visit, for subjects of the mean baseline.

    Attributes
    ----------
    arm, visit : str
    n : int
        Subjects with a value.
    mean : Estimate
        Without an interval where a single subject decides it.
    error, freedom : float
        Standard error of the mean, and its degrees of freedom.
    """

    arm: str
    visit: str
    n: int
    mean: Estimate
    error: float
    freedom: float


@dataclass(frozen=True)
class Contrast:
    """Difference of an arm from the control at a visit, of least-squares means.

    Attributes
    ----------
    arm, control, visit : str
    difference : Estimate
        Arm minus control; without an interval where a single subject decides either.
    error, freedom, p : float
        Standard error, Satterthwaite's degrees of freedom, and the two-sided probability.
    """

    arm: str
    control: str
    visit: str
    difference: Estimate
    error: float
    freedom: float
    p: float


@dataclass(frozen=True)
class RepeatedMeasures:
    """A fitted model for repeated measures, or the reason why there is none.

    Attributes
    ----------
    reason : str or None
        Why there are no numbers; None where there are.
    method : {"mixed model", "least squares", ""}
        Least squares where no subject has two visits (analysis of covariance), too few have, or none differs from
        another.
    means : tuple of Cell
        Arm by arm and visit by visit, of those that have values.
    differences : tuple of Contrast
        Of each arm from the control; empty for a single arm.
    baseline_slope : Estimate
        Change of the value with the baseline; NaN where no baseline is given.
    subject_sd, residual_sd : float
        Standard deviation between subjects and of what is left; the former NaN where too few have two visits.
    subjects, n, not_measured : int
        Subjects and values that count, and values left out, because they or their baseline are missing.
    """

    reason: str | None
    subjects: int
    n: int
    not_measured: int
    method: Literal["mixed model", "least squares", ""] = ""
    means: tuple[Cell, ...] = ()
    differences: tuple[Contrast, ...] = ()
    baseline_slope: Estimate = Estimate.missing("no model was fitted")
    subject_sd: float = nan
    residual_sd: float = nan


@dataclass(frozen=True)
class _Rows:
    """What is measured of a study: one row a subject, arm and visit."""

    values: FloatArray
    subject: tuple[str, ...]
    visit: tuple[str, ...]
    arm: tuple[str, ...]
    baseline: FloatArray | None
    not_measured: int

    @property
    def cells(self) -> tuple[tuple[str, str], ...]:
        """Arms and visits that have values, in the order in which they come first."""
        arms, visits = dict.fromkeys(self.arm), dict.fromkeys(self.visit)
        there = set(zip(self.arm, self.visit, strict=True))
        return tuple((arm, visit) for arm in arms for visit in visits if (arm, visit) in there)


def repeated_measures(
    values: ArrayLike,
    subject: Sequence[str],
    visit: Sequence[str],
    arm: Sequence[str] | None = None,
    baseline: ArrayLike | None = None,
    *,
    control: str | None = None,
    level: float = 0.95,
) -> RepeatedMeasures:
    """Fit the mixed model for repeated measures by REML.

    Parameters
    ----------
    values : array, shape (N,)
        One a subject, arm and visit after baseline: values, or changes from baseline. Replicates are averaged before.
        NaN and None are left out and counted.
    subject, visit : sequence of str, length N
    arm : sequence of str, length N, optional
        Arms; or sites of the same subjects, such as treated and control. None for a single arm.
    baseline : array, shape (N,), optional
        The baseline of each row's subject and arm; a row without one is left out and counted.
    control : str, optional
        The arm that the others are compared with; the one that comes first if not given.
    level : float
        Of the intervals.

    Returns
    -------
    RepeatedMeasures
        With a reason in place of numbers where subjects are too few, columns of the model cannot be told apart or
        the fit did not converge.

    Raises
    ------
    ValueError
        When the lists differ in length, or the control is none of the arms.
    """
    rows = _rows(values, subject, visit, arm, baseline)
    subjects = tuple(dict.fromkeys(rows.subject))
    counts = (len(subjects), rows.values.size, rows.not_measured)
    arms = tuple(dict.fromkeys(() if arm is None else arm)) or ("",)
    if control is not None and control not in arms:
        raise ValueError(f"the control {control!r} is none of the arms")
    reason = _too_few(rows)
    if reason:
        return RepeatedMeasures(reason, *counts)
    places = {name: place for place, name in enumerate(subjects)}
    fit = fit_random_intercept(rows.values, _design(rows), np.array([places[name] for name in rows.subject]))
    if isinstance(fit, str):
        return RepeatedMeasures(fit, *counts)
    return RepeatedMeasures(
        None,
        *counts,
        "mixed model" if fit.subject_variance > 0 else "least squares",
        _means(fit, rows, level),
        _differences(fit, rows, control if control is not None else arms[0], level),
        _slope(fit, rows, level),
        sqrt(fit.subject_variance),
        sqrt(fit.residual_variance),
    )


def _rows(
    values: ArrayLike,
    subject: Sequence[str],
    visit: Sequence[str],
    arm: Sequence[str] | None,
    baseline: ArrayLike | None,
) -> _Rows:
    y = as_numbers(values).ravel()
    arms = tuple(arm) if arm is not None else ("",) * y.size
    base = np.zeros(y.size) if baseline is None else as_numbers(baseline).ravel()
    if not y.size == len(subject) == len(visit) == len(arms) == base.size:
        raise ValueError("need one subject, visit, arm and baseline for each value")
    kept = is_measured(y) & is_measured(base)

    def of(names: Sequence[str]) -> tuple[str, ...]:
        return tuple(name for name, keep in zip(names, kept, strict=True) if keep)

    left = None if baseline is None else base[kept]
    return _Rows(y[kept], of(subject), of(visit), of(arms), left, int((~kept).sum()))


def _too_few(rows: _Rows) -> str | None:
    if not rows.values.size:
        return NO_VALUE
    (subject, arm, visit), count = Counter(zip(rows.subject, rows.arm, rows.visit, strict=True)).most_common(1)[0]
    if count > 1:
        return f"subject {subject} has {count} values at visit {visit}{f' in arm {arm}' if arm else ''}, and one counts"
    members = Counter(name for name, _ in set(zip(rows.arm, rows.subject, strict=True)))
    small = [name for name, subjects in members.items() if subjects < 2]  # a spread needs two
    if small:
        return f"arm {small[0]} has a single subject" if small[0] else "there is a single subject"
    needed = len(members) + 2 + (rows.baseline is not None)
    subjects = len(set(rows.subject))
    return f"{subjects} subjects are too few for this model, which needs {needed}" if subjects < needed else None


def _design(rows: _Rows) -> FloatArray:
    """Give each arm and visit its column, and the baseline one about its mean over subjects and arms."""
    places = {cell: place for place, cell in enumerate(rows.cells)}
    design = np.eye(len(places))[[places[cell] for cell in zip(rows.arm, rows.visit, strict=True)]]
    if rows.baseline is None:
        return design
    own = dict(zip(zip(rows.subject, rows.arm, strict=True), rows.baseline, strict=True))
    return np.column_stack([design, rows.baseline - np.mean(list(own.values()))])


def _unit(place: int, size: int) -> FloatArray:
    return np.eye(size)[place]


def _means(fit: Fit, rows: _Rows, level: float) -> tuple[Cell, ...]:
    counts = Counter(zip(rows.arm, rows.visit, strict=True))
    cells = []
    for place, cell in enumerate(rows.cells):
        told = fit.estimate(_unit(place, fit.coefficients.size), level)
        cells.append(Cell(*cell, counts[cell], told.estimate, told.error, told.freedom))
    return tuple(cells)


def _differences(fit: Fit, rows: _Rows, control: str, level: float) -> tuple[Contrast, ...]:
    places = {cell: place for place, cell in enumerate(rows.cells)}
    size = fit.coefficients.size
    found = []
    for (arm, visit), place in places.items():
        other = places.get((control, visit))
        if arm != control and other is not None:
            told = fit.estimate(_unit(place, size) - _unit(other, size), level)
            found.append(Contrast(arm, control, visit, told.estimate, told.error, told.freedom, told.p))
    return tuple(found)


def _slope(fit: Fit, rows: _Rows, level: float) -> Estimate:
    if rows.baseline is None:
        return Estimate.missing("no baseline was given")
    size = fit.coefficients.size
    return fit.estimate(_unit(size - 1, size), level).estimate
