"""The rows of ADHAIR as values in the order of its variables, and what must be clear for that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from densitometer.datasets.cdisc.adam_rows import Row
from densitometer.datasets.cdisc.adam_subjects import SubjectVariables
from densitometer.datasets.cdisc.adam_variables import AVERAGE, CRITERION
from densitometer.datasets.cdisc.dataset import Value
from densitometer.datasets.cdisc.layout import link_id, place_values, whole
from densitometer.study.dates import sas_day
from densitometer.study.model import Photograph, Study
from densitometer.visits.problems import quoted

_FLAG = {True: "Y", False: None}
_MET = {True: "Y", False: "N", None: None}

Cells = tuple[Value, ...]


def table(study: Study, subjects: SubjectVariables, rows: Sequence[Row]) -> list[Cells]:
    """Values of all rows; ASEQ counts within a subject.

    Parameters
    ----------
    study : Study
    subjects : SubjectVariables
    rows : sequence of Row
        In order, those of a subject together.
    """
    shared = _Shared(study, subjects)
    judged = {row.parameter.number for row in rows if row.beyond_error is not None}
    cells: list[Cells] = []
    counts: dict[str, int] = {}
    for row in rows:
        one, parameter = row.value.photograph, row.parameter
        counts[one.subject.code] = number = counts.get(one.subject.code, 0) + 1
        before, after = shared.of(one)
        told = (parameter.code, parameter.name, parameter.number, parameter.test.category)
        # As ADaMIG wants it of a criterion that is Y or N: the text is on every row of a parameter, or on none.
        criterion = CRITERION if parameter.number in judged else None
        cells.append((*before, *told, *after, *_own(row, criterion), number))
    return cells


class _Shared:
    """What all rows of a photograph have in common, made once: what stands before PARAMCD, and what after PARCAT1."""

    def __init__(self, study: Study, subjects: SubjectVariables) -> None:
        self._study = study
        self._numbers = {arm: number for number, arm in enumerate(study.arms, start=1)}
        everyone = {one.subject.code: one.subject for one in study.photographs}
        self._subjects = {code: subjects.values(subject) for code, subject in everyone.items()}
        self._made: dict[int, tuple[Cells, Cells]] = {}

    def of(self, one: Photograph) -> tuple[Cells, Cells]:
        if one.number not in self._made:
            self._made[one.number] = self._before(one), self._after(one)
        return self._made[one.number]

    def _before(self, one: Photograph) -> Cells:
        arm = (one.arm.name, self._numbers.get(one.arm)) if one.arm else (None, None)
        return (self._study.about.study_id, one.subject.usubjid, *self._subjects[one.subject.code], *arm)

    def _after(self, one: Photograph) -> Cells:
        visit = (one.visit.label, whole(one.visit.number)) if one.visit else (None, None)
        return (*visit, sas_day(one.date), self._study.day(one), one.site.label or None, *place_values(one))


def _own(row: Row, criterion: str | None) -> Cells:
    """IGREPNUM to SRCSEQ."""
    one = row.value
    photograph = (None, None) if row.averaged else (one.photograph.replicate, link_id(one.photograph))
    source = (None, None, None) if row.parameter.test.matched else ("IG", "IGSTRESN", one.seq)
    return (
        *photograph,
        *(one.value, row.base, row.change, row.percent),
        *(_FLAG[row.baseline], AVERAGE if row.averaged else None, _FLAG[row.analysed]),
        *(criterion, _MET[row.beyond_error], row.mdc95, row.source or None, row.verdict or None),
        *source,
    )


def unclear_arms(study: Study) -> Iterator[str]:
    """Faults of photographs of one subject, site and visit, and of several arms: their average would be of none."""
    first: dict[tuple[str, int, object], Photograph] = {}
    for one in study.photographs:
        other = first.setdefault((one.subject.code, one.site.number, one.visit), one)
        if other.arm != one.arm:
            both = " and ".join(quoted(arm.name) if arm else "none" for arm in (other.arm, one.arm))
            yield f"{other.name} and {one.name} are of one visit and have the arms {both}; give them one"
