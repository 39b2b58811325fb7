"""How far photographs of one subject, site and visit differ, where nothing changed: the error of measurement.

Replicates are photographs of one day; a file that stands for two of them counts once, for its error would be 0. The
intraclass correlation takes one pair of each subject: further sites and visits of one head are not further subjects,
and would make its interval narrower than it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite, nan

from densitometer.statistics import icc_two_way, limits_of_pairs, repeatability_of
from densitometer.statistics.repeatability import detectable_change
from densitometer.study.model import Photograph, Study
from densitometer.study.own_error import LEAST, matched_error
from densitometer.summary.measured import PARAMETERS
from densitometer.summary.model import WithinVisit
from densitometer.summary.parameter import Measured
from densitometer.summary.values import number_of, visits_of

Groups = list[list[Photograph]]
_PAIR = 2


def within_visits(study: Study, parameters: Sequence[Measured] = PARAMETERS) -> tuple[WithinVisit, ...]:
    """Repeatability of every parameter from the replicates of the study, and that of a density found hair by hair."""
    groups, copies = _replicates(study)
    return tuple(
        one
        for parameter in parameters
        for one in (
            *([_matched(parameter, study)] if parameter.name == "density_per_cm2" else []),
            _plain(parameter, groups, copies),
        )
    )


def _replicates(study: Study) -> tuple[Groups, int]:
    """Photographs of one subject, site, visit and day, in order, one a file; and how many copies were left out."""
    groups: dict[tuple[object, ...], dict[object, Photograph]] = {}
    copies = 0
    for visited in visits_of(study):
        for one in visited.photographs:
            files = groups.setdefault((*visited.key, visited.first.visit, one.date), {})
            copies += one.measured and one.row["sha256"] in files
            files.setdefault(one.row["sha256"], one)
    return [list(files.values()) for files in groups.values()], copies


def _plain(parameter: Measured, groups: Groups, copies: int) -> WithinVisit:
    numbers = [[number_of(one, parameter) for one in some] for some in groups]
    measured = [[number for number in some if isfinite(number)] for some in numbers]
    several = [(some[0].subject.code, found) for some, found in zip(groups, measured, strict=True) if len(found) > 1]
    pairs = [(subject, found[:_PAIR]) for subject, found in several]
    differences: dict[str, list[float]] = {}
    firsts: dict[str, list[float]] = {}
    for subject, (first, second) in pairs:
        firsts.setdefault(subject, [first, second])
        differences.setdefault(subject, []).append(second - first)
    found = repeatability_of(numbers, least_groups=LEAST)
    return WithinVisit(
        parameter=parameter,
        method="subtracted",
        repeatability=found,
        matched_sem=None,
        mdc95=found.mdc95,
        icc=icc_two_way(list(firsts.values())) if len(firsts) >= LEAST else None,
        limits=limits_of_pairs(differences.values()) if pairs else None,
        pairs=tuple((pair[0], pair[1]) for _, pair in pairs),
        copies=copies,
        subjects=len(differences),
    )


def _matched(parameter: Measured, study: Study) -> WithinVisit:
    error = matched_error(study)
    sem = error.sem
    return WithinVisit(
        parameter=parameter,
        method="matched",
        repeatability=None,
        matched_sem=sem,
        mdc95=detectable_change(sem.value) if sem.known else nan,
        icc=None,
        limits=None,
        matched_pairs=len(error.changes),
        subjects=len(error.subjects),
    )
