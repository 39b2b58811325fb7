"""Variables of subjects joined to ADHAIR, as the table of subjects gives them: texts, numbers and numeric dates."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from densitometer.datasets.cdisc.dataset import Type, Value, Variable
from densitometer.study.dates import day_of, sas_day
from densitometer.study.faults import refuse
from densitometer.study.subjects import Subject
from densitometer.visits.problems import quoted

_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")
_MOST_DIGITS = 15
"""So many any number keeps in 8 bytes."""
_DATE = re.compile(r"[A-Z0-9_]*DT")
_WHOLE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME = re.compile(r"[A-Z0-9_]*(DTM|TM)")
_TEXT = re.compile(r"[A-Z0-9_]*(ID|CD|FL|DTC|GR\d+)|SEX|RACE|ETHNIC|COUNTRY|ACTARM|ARM|TRT\d\d[PA]|TRTSEQ[PA]|AGEU")
"""Variables that ADaM has in characters, though all of their values should be digits."""
_NUMERIC = re.compile(
    r"AGE|(HEIGHT|WEIGHT|BMI)BL|[A-Z0-9_]*((?<!STU)(?<!BO)DY|FN|GR\d+N|DUR[DWMY]?)|(TRT\d\d[PA]|TRT[PA]|TRTSEQ[PA]|SEX|RACE|ETHNIC)N"
)
"""Variables that ADaM has in numbers."""

_TREATED = Variable(
    "TRTSDT", "Date of First Exposure to Treatment", "numeric date", "Predecessor", comment="DM.RFXSTDTC"
)
_LABELS = {
    "SITEID": "Study Site Identifier",
    "SUBJID": "Subject Identifier for the Study",
    "AGE": "Age",
    "AGEU": "Age Units",
    "AGEGR1": "Pooled Age Group 1",
    "AGEGR1N": "Pooled Age Group 1 (N)",
    "SEX": "Sex",
    "RACE": "Race",
    "ETHNIC": "Ethnicity",
    "COUNTRY": "Country",
    "INVID": "Investigator Identifier",
    "INVNAM": "Investigator Name",
    "ARM": "Description of Planned Arm",
    "ARMCD": "Planned Arm Code",
    "ACTARM": "Description of Actual Arm",
    "ACTARMCD": "Actual Arm Code",
    "TRT01P": "Planned Treatment for Period 01",
    "TRT01PN": "Planned Treatment for Period 01 (N)",
    "TRT01A": "Actual Treatment for Period 01",
    "TRT01AN": "Actual Treatment for Period 01 (N)",
    "TRTA": "Actual Treatment",
    "TRTAN": "Actual Treatment (N)",
    "TRTSDT": _TREATED.label,
    "TRTEDT": "Date of Last Exposure to Treatment",
    "RANDDT": "Date of Randomization",
    "RFSTDTC": "Subject Reference Start Date/Time",
    "RFENDTC": "Subject Reference End Date/Time",
    "RFXSTDTC": "Date/Time of First Study Treatment",
    "RFXENDTC": "Date/Time of Last Study Treatment",
    "RFICDTC": "Date/Time of Informed Consent",
    "BRTHDTC": "Date/Time of Birth",
    "DTHFL": "Subject Death Flag",
    "SAFFL": "Safety Population Flag",
    "ITTFL": "Intent-To-Treat Population Flag",
    "FASFL": "Full Analysis Set Population Flag",
    "PPROTFL": "Per-Protocol Population Flag",
    "COMPLFL": "Completers Population Flag",
    "RANDFL": "Randomized Population Flag",
    "ENRLFL": "Enrolled Population Flag",
    "HEIGHTBL": "Baseline Height",
    "WEIGHTBL": "Baseline Weight",
    "BMIBL": "Baseline BMI",
}  # fmt: skip

_TAKEN_ALREADY = frozenset({"TRTP"})
"""Read as the arm, and written as such."""


class SubjectVariables:
    """Variables of subjects, in order, and their values.

    Attributes
    ----------
    variables : tuple of Variable
        SUBJID, SITEID and TRTSDT where there are any, then the others as in the table.
    """

    def __init__(self, subjects: Iterable[Subject], reserved: Iterable[str]) -> None:
        """Settle types from the values of all subjects.

        Raises
        ------
        StudyError
            When a variable has a name of ADHAIR, a numeric date is known in part, or what ADaM has in numbers
            is none.
        """
        everyone = list({subject.code: subject for subject in subjects}.values())
        names = dict.fromkeys(name for one in everyone for name in one.cells if name not in _TAKEN_ALREADY)
        first = [name for name in ("SITEID",) if name in names]
        names = dict.fromkeys([*first, *names])
        refuse([*_clashes(names, reserved), *_wrong(everyone, names)], "the table of subjects does not fit ADHAIR")
        dated = "TRTSDT" not in names and any(day_of(one.first_treatment) for one in everyone)
        names.pop("SUBJID", None)
        self._given = tuple(_variable(name, everyone) for name in names)
        own = "Subject of the visits table, unless the table of subjects states another"
        subjid = Variable("SUBJID", _LABELS["SUBJID"], origin="Predecessor", comment=own, mandatory=True)
        self._treated = (_TREATED,) if dated else ()
        self.variables = (subjid, *self._given, *self._treated)

    def values(self, subject: Subject) -> tuple[Value, ...]:
        """Values of one subject, in the order of ``variables``."""
        given = (_value(subject.cells.get(one.name, ""), one.type) for one in self._given)
        treated = [sas_day(subject.first_treatment)] * len(self._treated)
        return (subject.cells.get("SUBJID") or subject.code, *given, *treated)


def _clashes(names: Iterable[str], reserved: Iterable[str]) -> Iterator[str]:
    for name in sorted({*names} & {*reserved}):
        yield f"column {name} has the name of a variable of ADHAIR; rename it or take it out"
    for name in names:
        if _TIME.fullmatch(name):
            yield f"column {name} would have to hold numeric times, which are not written; end its name in DTC"


def _wrong(subjects: Sequence[Subject], names: Iterable[str]) -> Iterator[str]:
    for name in filter(_DATE.fullmatch, names):
        for one in subjects:
            cell = one.cells.get(name, "")
            if cell and not _WHOLE.fullmatch(cell):
                advice = "no day can be made up: leave it empty, or end the column's name in DTC, for texts"
                yield f"subject {quoted(one.code)}, column {name}: {quoted(cell)} is not a whole date; {advice}"

    for name in filter(_NUMERIC.fullmatch, names):
        for one in subjects:
            cell = one.cells.get(name, "")
            if cell and not _is_number(cell):
                advice = "leave it empty where it is not known, or give the column a name of your own"
                yield f"subject {quoted(one.code)}, column {name}: {quoted(cell)} is not a number; {advice}"


def _is_number(cell: str) -> bool:
    """Whether a cell is a number as people write it, of which no digit is lost."""
    digits = cell.lstrip("-0.").replace(".", "")
    return _NUMBER.fullmatch(cell) is not None and len(digits) <= _MOST_DIGITS


def _variable(name: str, subjects: Sequence[Subject]) -> Variable:
    label = _LABELS.get(name, f"{name} of the table of subjects")
    cells = [cell for one in subjects if (cell := one.cells.get(name, ""))]
    return Variable(name, label, _type(name, cells), "Predecessor", comment=f"Table of subjects, column {name}")


def _type(name: str, cells: Sequence[str]) -> Type:
    if _DATE.fullmatch(name):
        return "numeric date"
    if not _NUMERIC.fullmatch(name) and (not cells or _TEXT.fullmatch(name) or not all(map(_is_number, cells))):
        return "text"
    return "float" if any("." in cell for cell in cells) else "integer"


def _value(cell: str, kind: Type) -> Value:
    if not cell:
        return None
    if kind == "numeric date":
        return sas_day(cell)
    if kind in ("integer", "float"):
        return int(cell) if kind == "integer" else float(cell)
    return cell
