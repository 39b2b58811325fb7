"""Who changed by more than error explains, and the change of each subject beside its error."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from math import isnan, nan
from statistics import fmean

from densitometer.statistics import Estimate, share, share_difference
from densitometer.study.model import Photograph, Row, Study
from densitometer.summary.differences import CHANGED_ARMS
from densitometer.summary.model import EVERYBODY, Design, Responders, SubjectChange
from densitometer.summary.values import Visited, place_in, visits_of

_VERDICTS = ("increase", "decrease", "within_error")
Where = tuple[str, str, str, float]
"""Arm, site, label and number of a visit."""
_COLUMNS = ("change_per_cm2", "change_low_per_cm2", "change_high_per_cm2", "mdc95_per_cm2")


def subject_changes(study: Study) -> tuple[SubjectChange, ...]:
    """Change of density of each subject and site at each later visit, hair by hair, where there is a verdict of it.

    Where several photographs of a visit were compared, the change, its ends and the MDC95 are their means, and the
    verdict is theirs where all agree; where they do not, no change is certain, and the verdict is within error. Those
    without a verdict are left out of both.
    """
    found = []
    for one in visits_of(study):
        if one.first.later and (rows := list(_compared(one.photographs, study))):
            change, low, high, mdc95 = (_mean(rows, column) for column in _COLUMNS)
            if not isnan(change):
                subject = one.first.subject.code
                source = ";".join(sorted({str(row.get("mdc95_source") or "") for row in rows} - {""}))
                found.append(SubjectChange(*_where(one), subject, change, low, high, mdc95, _verdict(rows), source))
    return tuple(sorted(found, key=lambda one: (*place_in(study, one.site, one.arm), one.visit_number)))


def responders_of(study: Study, changes: Sequence[SubjectChange], design: Design) -> tuple[Responders, ...]:
    """Shares of subjects with each verdict, by arm, site and visit, with Wilson's intervals.

    The share of those who rose is compared with that of the control arm, if there is one, by Newcombe's interval.
    """
    photographed: dict[Where, set[str]] = {}
    expected: dict[tuple[str, str], set[str]] = {}
    visited = visits_of(study)
    for one in visited:
        arm, site, *_ = where = _where(one)
        expected.setdefault((arm, site), set()).add(one.first.subject.code)
        if one.first.later:
            photographed.setdefault(where, set()).add(one.first.subject.code)
    for one in visited:  # who has no baseline was photographed all the same
        key = one.first.subject.code, one.first.site.label
        if key in study.without_baseline and _where(one) in photographed:
            photographed[_where(one)].add(key[0])
    groups: dict[Where, list[SubjectChange]] = {where: [] for where in photographed}
    for change in changes:
        groups[change.arm, change.site, change.visit, change.visit_number].append(change)
    found = [
        _responders(where, some, len(photographed[where]), len(expected[where[:2]])) for where, some in groups.items()
    ]
    found = list(_beside_control(found, expected, design.control_arm))
    return tuple(sorted(found, key=lambda one: (*place_in(study, one.site, one.arm), one.visit_number)))


def _beside_control(
    found: Sequence[Responders], expected: Mapping[tuple[str, str], set[str]], control: str
) -> Iterator[Responders]:
    there = {(one.site, one.visit_number): one for one in found if control and one.arm == control}
    for one in found:
        other = there.get((one.site, one.visit_number))
        if other is None or one.arm in (control, EVERYBODY):
            yield one
        elif expected[one.arm, one.site] & expected[control, one.site]:
            yield replace(one, control=control, beside_control=Estimate.missing(CHANGED_ARMS))
        else:
            yield replace(one, control=control, beside_control=share_difference(one.increase, other.increase))


def _responders(where: Where, changes: Sequence[SubjectChange], photographed: int, expected: int) -> Responders:
    verdicts = [one.verdict for one in changes]
    left_out = photographed - len({one.subject for one in changes})
    increase, decrease, within = (
        share(verdicts.count(name), len(verdicts), not_measured=left_out) for name in _VERDICTS
    )
    limits = [one.mdc95 for one in changes if not isnan(one.mdc95)]
    sources = sorted({source for one in changes for source in one.mdc95_source.split(";") if source})
    return Responders(
        *where,
        increase,
        decrease,
        within,
        not_comparable=left_out,
        expected=expected,
        missed=expected - photographed,
        mdc95_low=min(limits, default=nan),
        mdc95_high=max(limits, default=nan),
        mdc95_source=";".join(sources),
    )


def _where(one: Visited) -> Where:
    visit = one.first.visit
    assert visit is not None  # those without are left out
    return one.arm, one.first.site.label, visit.label, visit.number


def _compared(photographs: Iterable[Photograph], study: Study) -> Iterator[Row]:
    files: dict[object, Row] = {}
    for one in photographs:
        if (row := study.changes.get(one.name)) is not None and row.get("verdict") in _VERDICTS:
            files.setdefault(one.row["sha256"], row)
    yield from files.values()


def _mean(rows: Iterable[Row], column: str) -> float:
    found = [float(cell) for row in rows if isinstance(cell := row.get(column), int | float)]
    return fmean(found) if found else nan


def _verdict(rows: Sequence[Row]) -> str:
    verdicts = {str(row["verdict"]) for row in rows}
    return verdicts.pop() if len(verdicts) == 1 else "within_error"
