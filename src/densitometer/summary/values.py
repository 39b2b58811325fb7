"""Values of each subject at each site and visit: replicates averaged, and the change since the baseline.

Replicates are averaged first, so that each subject counts once; a file that stands for two replicates counts once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import isfinite, nan
from statistics import fmean

from densitometer.study.model import Photograph, Row, Study
from densitometer.summary.measured import DENSITY, PARAMETERS
from densitometer.summary.model import EVERYBODY, Place, SubjectValue
from densitometer.summary.parameter import Measured, Method

_MATCHED_BASELINE = "baseline_per_cm2"


@dataclass(frozen=True)
class Visited:
    """Photographs of one subject, arm, site and visit, in the order of the study."""

    arm: str
    photographs: tuple[Photograph, ...]

    @property
    def first(self) -> Photograph:
        """The first of them."""
        return self.photographs[0]

    @property
    def key(self) -> tuple[str, str]:
        """Subject and site."""
        return self.first.subject.code, self.first.site.label

    def values(self, parameter: Measured) -> list[float]:
        """Numbers of a parameter, one a file."""
        files: dict[object, float] = {}
        for one in self.photographs:
            number = number_of(one, parameter)
            if isfinite(number):
                files.setdefault(one.row["sha256"], number)
        return list(files.values())

    def mean(self, parameter: Measured) -> float:
        """Mean of a parameter over replicates; NaN where none could be measured."""
        found = self.values(parameter)
        return fmean(found) if found else nan


def number_of(one: Photograph, parameter: Measured) -> float:
    """Number of a photograph; NaN where it was not measured."""
    cell = one.row.get(parameter.name)
    return float(cell) * parameter.factor if one.measured and isinstance(cell, int | float) else nan


def arms_by_site(study: Study) -> dict[tuple[str, str], tuple[str, ...]]:
    """Names of the arms of each subject (code) and site (label), in the order in which they come."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for one in study.photographs:
        names = found.setdefault((one.subject.code, one.site.label), {})
        if one.arm:
            names[one.arm.name] = None
    return {key: tuple(names) for key, names in found.items()}


def _arm_of(one: Photograph, arms: tuple[str, ...]) -> str:
    """Arm of a photograph; where none is told, the one that the others of its subject and site have."""
    if one.arm:
        return one.arm.name
    return arms[0] if len(arms) == 1 else EVERYBODY


def visits_of(study: Study) -> tuple[Visited, ...]:
    """Photographs by site, arm, subject and visit, in the order of the study, but those without subject or visit.

    Of the visit that is a baseline the photographs that were taken after the first treatment are left out: see
    :func:`after_their_baselines`.
    """
    after, arms = after_their_baselines(study), arms_by_site(study)
    groups: dict[tuple[str, str, str, float], list[Photograph]] = {}
    for one in study.photographs:
        if one.subject.code and one.visit and one.name not in after:
            key = (
                one.subject.code,
                _arm_of(one, arms[one.subject.code, one.site.label]),
                one.site.label,
                one.visit.number,
            )
            groups.setdefault(key, []).append(one)
    visited = [Visited(arm, tuple(some)) for (_, arm, _, _), some in groups.items()]
    return tuple(sorted(visited, key=lambda one: place_in(study, one.first.site.label, one.arm)))


def after_their_baselines(study: Study) -> frozenset[str]:
    """Names of photographs that have the label of a baseline visit, and were taken after the first treatment."""
    baselines = {(one.subject.code, one.site.label, one.visit) for one in study.photographs if one.baseline}
    return frozenset(
        one.name
        for one in study.photographs
        if not one.baseline and (one.subject.code, one.site.label, one.visit) in baselines
    )


def place_in(study: Study, site: str, arm: str) -> tuple[int, int]:
    """Places of a site and of an arm in the order of the study; without an arm last."""
    arms = [one.name for one in study.arms]
    sites = [one.label for one in study.sites]
    return sites.index(site), arms.index(arm) if arm in arms else len(arms)


def subject_values(study: Study, parameters: Sequence[Measured] = PARAMETERS) -> tuple[SubjectValue, ...]:
    """Give the value of every parameter for each subject, site and visit, parameter by parameter.

    A change by subtraction is the mean of the visit less that of the baseline. A matched change is the mean over the
    photographs of the visit of their changes against a photograph of the baseline.

    Parameters
    ----------
    study : Study
    parameters : sequence of Measured
    """
    visited = visits_of(study)
    return tuple(value for parameter in parameters for value in _values(visited, parameter, study))


def _values(visited: Sequence[Visited], parameter: Measured, study: Study) -> Iterator[SubjectValue]:
    baselines = _baselines(visited, parameter)
    for one in visited:
        baseline, value = baselines.get(one.key, nan), one.mean(parameter)
        matched = list(_matched(one.photographs, study)) if one.first.later and parameter.matched else []
        yield SubjectValue(
            place=_place(one, parameter),
            subject=one.first.subject.code,
            date=next((photo.date for photo in one.photographs if photo.date), ""),
            value=value,
            baseline=baseline,
            is_baseline=one.first.baseline,
            later=one.first.later,
            change=_changes(one, value - baseline, _mean_of(matched, parameter.matched)),
            photographs=len(one.photographs),
            measured=len(one.values(parameter)),
            matched_baseline=_mean_of(matched, _MATCHED_BASELINE) if parameter is DENSITY else nan,
        )


def _place(one: Visited, parameter: Measured) -> Place:
    visit = one.first.visit
    assert visit is not None  # those without are left out
    return Place(one.arm, one.first.site.label, visit.label, visit.number, parameter)


def _baselines(visited: Iterable[Visited], parameter: Measured) -> dict[tuple[str, str], float]:
    """Value of the baseline of each subject and site, where there is one."""
    return {one.key: one.mean(parameter) for one in visited if one.first.baseline}


def _changes(one: Visited, subtracted: float, matched: float) -> dict[Method, float]:
    found: dict[Method, float] = {"subtracted": subtracted, "matched": matched}
    return {method: change for method, change in found.items() if one.first.later and isfinite(change)}


def _matched(photographs: Iterable[Photograph], study: Study) -> Iterator[Row]:
    """Comparisons of photographs with the baseline, one a file."""
    files: dict[object, Row] = {}
    for one in photographs:
        if (row := study.changes.get(one.name)) is not None:
            files.setdefault(one.row["sha256"], row)
    yield from files.values()


def _mean_of(rows: Iterable[Row], column: str) -> float:
    found = [float(cell) for row in rows if isinstance(cell := row.get(column), int | float)]
    return fmean(found) if found else nan
