"""What was found at a site, in sentences for the patient."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from densitometer.report.subjects.order import measured_of, visit_key
from densitometer.report.subjects.words import change_told, density_told, shared_skin_told, when, why_not_compared
from densitometer.study.model import Photograph, Row, Study


def findings_of(group: Sequence[Photograph], study: Study) -> Iterator[str]:
    """Say what the last visit showed, and what could not be told."""
    measured = measured_of(group)
    if not measured:
        yield "No photograph of this site could be measured."
        return
    changed = [one for one in measured if one.name in study.changes]
    last = [one for one in changed if visit_key(one) == visit_key(changed[-1])]
    if last:
        yield from filter(None, _changes_told(last, study, group))
    else:
        yield density_told(measured[-1])
    reason = why_not_compared(measured[-1], study, group)
    if not last and reason:
        yield f"It could not be compared with the start: {reason}."
    elif last and visit_key(measured[-1]) != visit_key(last[0]):
        yield f"The last visit, {when(measured[-1])}, could not be compared{': ' + reason if reason else ''}."
    placed = [one for one in group if one.visit]
    if placed and visit_key(placed[-1]) not in map(visit_key, measured):
        yield f"The last visit, {when(placed[-1])}, could not be measured."


def _changes_told(last: Sequence[Photograph], study: Study, group: Sequence[Photograph]) -> Iterator[str]:
    """Say what the photographs of the last visit that was compared show."""
    rows = [study.changes[one.name] for one in last]
    yield change_told(_start(rows[0], group), when(last[0]), rows[0])
    if len({row.get("verdict") for row in rows}) > 1:
        yield "This is the first photograph of the visit; the others do not say the same, see the table."
    elif len(rows) > 1:
        yield "This is the first photograph of the visit; the others say the same, see the table."
    yield shared_skin_told(rows[0])


def _start(row: Row, group: Sequence[Photograph]) -> str:
    return next((when(one) for one in group if one.name == row["baseline_photo"]), "the start")
