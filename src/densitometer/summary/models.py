"""The mixed model for repeated measures of the change from baseline: a site, parameter and method at a time.

Subject random, visit and arm with their interaction fixed, the baseline as covariate (Mallinckrodt et al., Drug Inf J
2008;42:303-319, with a random intercept rather than an unstructured covariance, and errors that hold for any).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from math import nan

from densitometer.statistics import Estimate, RepeatedMeasures, repeated_measures
from densitometer.summary.differences import CHANGED_ARMS
from densitometer.summary.groups import METHODS, by_place
from densitometer.summary.model import EVERYBODY, Design, SubjectValue
from densitometer.summary.model_row import ModelRow
from densitometer.summary.parameter import Measured, Method

NOT_INSTALLED = (
    "statsmodels, which fits the model, is not installed; install densitometer with its extra 'statistics': "
    'python -m pip install "densitometer[statistics]"'
)
_NO_CONTROL = "the control arm has no value at this visit"


def model_rows(values: Sequence[SubjectValue], design: Design) -> tuple[ModelRow, ...]:
    """Fit the model to the change of every parameter at every site.

    Parameters
    ----------
    values : sequence of SubjectValue
    design : Design

    Returns
    -------
    tuple of ModelRow
        One row a cell; a model that could not be fitted is one row with the reason.
    """
    found: list[ModelRow] = []
    for (parameter, site), some in _by_site(values).items():
        for method in METHODS if parameter.matched else METHODS[1:]:
            found += _of_one(parameter, site, method, some, design)
    return tuple(found)


def _by_site(values: Sequence[SubjectValue]) -> dict[tuple[Measured, str], list[SubjectValue]]:
    """Later values by parameter and site, arms and visits in order."""
    groups: dict[tuple[Measured, str], list[SubjectValue]] = {}
    for place, some in by_place(values).items():
        later = [one for one in some if one.later]
        if later:
            groups.setdefault((place.parameter, place.site), []).extend(later)
    return groups


def _of_one(
    parameter: Measured, site: str, method: Method, values: Sequence[SubjectValue], design: Design
) -> Iterator[ModelRow]:
    values = _in_arms(values)
    fitted = _fit(values, method, design)
    if isinstance(fitted, str) or fitted.reason:
        reason = fitted if isinstance(fitted, str) else fitted.reason
        subjects = 0 if isinstance(fitted, str) else fitted.subjects
        yield ModelRow(
            site, "", "", nan, parameter, method, 0, subjects, Estimate.missing(reason or ""), None, "", "", reason
        )
        return
    there = design.control_arm in {one.place.arm for one in values}
    compared = fitted.differences if design.control_arm and there else ()  # else the first arm would be the control
    differences = {(one.arm, one.visit): one for one in compared}
    numbers = {one.place.visit: one.place.visit_number for one in values}
    for cell in fitted.means:
        beside = differences.get((cell.arm, cell.visit))
        lacks = there and beside is None and cell.arm != design.control_arm
        yield ModelRow(
            site=site,
            arm=cell.arm,
            visit=cell.visit,
            visit_number=numbers[cell.visit],
            parameter=parameter,
            method=method,
            n=cell.n,
            subjects=fitted.subjects,
            mean=cell.mean,
            mean_error=cell.error,
            mean_freedom=cell.freedom,
            difference=beside.difference if beside else Estimate.missing(_NO_CONTROL) if lacks else None,
            difference_error=beside.error if beside else nan,
            difference_freedom=beside.freedom if beside else nan,
            p=beside.p if beside else nan,
            control=design.control_arm if beside or lacks else "",
            fitted=fitted.method,
            reason=cell.mean.reason,
        )


def _in_arms(values: Sequence[SubjectValue]) -> Sequence[SubjectValue]:
    """Leave out who is in no arm, where others are: together they would be an arm of the model."""
    return [one for one in values if one.place.arm != EVERYBODY] or values


def _fit(values: Sequence[SubjectValue], method: Method, design: Design) -> RepeatedMeasures | str:
    """Fit the model, or say why there is none."""
    if find_spec("statsmodels") is None:
        return NOT_INSTALLED
    arms_of: dict[str, set[str]] = {}
    for one in values:
        arms_of.setdefault(one.subject, set()).add(one.place.arm)
    if any(len(arms) > 1 for arms in arms_of.values()):
        return CHANGED_ARMS
    changes = [one.change.get(method, nan) for one in values]
    arms = {one.place.arm for one in values}
    control = design.control_arm if design.control_arm in arms else None
    return repeated_measures(
        changes,
        [one.subject for one in values],
        [one.place.visit for one in values],
        [one.place.arm for one in values],
        [one.baseline for one in values],
        control=control,
    )
