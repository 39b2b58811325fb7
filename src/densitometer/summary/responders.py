"""Who changed by more than error explains, and the change of each subject beside its error."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import isnan, nan
from statistics import fmean

from densitometer.statistics import share
from densitometer.study.model import Photograph, Row, Study
from densitometer.summary.model import Responders, SubjectChange
from densitometer.summary.values import Visited, place_in, visits_of

_VERDICTS = ("increase", "decrease", "within_error")
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
                found.append(SubjectChange(*_where(one), subject, change, low, high, mdc95, _verdict(rows)))
    return tuple(sorted(found, key=lambda one: (*place_in(study, one.site, one.arm), one.visit_number)))


def responders_of(study: Study, changes: Sequence[SubjectChange]) -> tuple[Responders, ...]:
    """Shares of subjects with each verdict, by arm, site and visit; Wilson's intervals."""
    not_compared: dict[tuple[str, str, str, float], int] = {}
    known = {(one.subject, one.arm, one.site, one.visit_number) for one in changes}
    for one in visits_of(study):
        if one.first.later:
            where = _where(one)
            missing = (one.first.subject.code, where[0], where[1], where[3]) not in known
            not_compared[where] = not_compared.get(where, 0) + missing
    groups: dict[tuple[str, str, str, float], list[SubjectChange]] = {where: [] for where in not_compared}
    for change in changes:
        groups[change.arm, change.site, change.visit, change.visit_number].append(change)
    found = [_responders(where, some, not_compared[where]) for where, some in groups.items()]
    return tuple(sorted(found, key=lambda one: (*place_in(study, one.site, one.arm), one.visit_number)))


def _responders(where: tuple[str, str, str, float], changes: Sequence[SubjectChange], left_out: int) -> Responders:
    verdicts = [one.verdict for one in changes]
    increase, decrease, within = (
        share(verdicts.count(name), len(verdicts), not_measured=left_out) for name in _VERDICTS
    )
    return Responders(*where, increase, decrease, within, left_out)


def _where(one: Visited) -> tuple[str, str, str, float]:
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
