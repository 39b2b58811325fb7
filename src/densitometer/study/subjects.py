"""Read a table of subjects: who belongs to which arm, when treatment began, and what else their rows shall carry."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations
from pathlib import Path
from unicodedata import normalize

from densitometer.errors import StudyError, VisitsError
from densitometer.study.dates import is_iso
from densitometer.study.faults import has_control, refuse
from densitometer.visits.order import plain
from densitometer.visits.problems import quoted
from densitometer.visits.table_file import read_sheet

_NAME = re.compile(r"[A-Z_][A-Z0-9_]{0,7}")
_ARM = ("ARM", "TRT01P", "TRTP")
_ARM_CODE = ("ARMCD",)
_FIRST_TREATMENT = ("RFXSTDTC", "TRTSDT", "TRTSDTC")
_REFERENCE = ("RFSTDTC",)
_LABELS = frozenset({"SUBJECT", "USUBJID", *_ARM, *_ARM_CODE})
_DATE = re.compile(r".*(DTC|SDT|EDT|ADT|DT)")
_DAY = len("2026-01-31")
_AS_XLSX = "; Excel rewrites dates when it saves CSV: save the workbook as .xlsx and name that"
_OURS = frozenset({"STUDYID", "DOMAIN"})


@dataclass(frozen=True)
class Subject:
    """One person of a study.

    Attributes
    ----------
    code : str
        As in the visits table.
    usubjid : str
        Unique over all studies of a sponsor.
    arm, arm_code : str
        As the table of subjects states them; empty where it does not.
    reference : str
        Date that is day 1 (ISO 8601, perhaps in part); empty where none is stated.
    first_treatment : str
        Date of first treatment; empty where none is stated.
    cells : mapping of str to str
        Further variables of the table of subjects by name, such as AGE and SITEID.
    untreated : bool
        True where the table of subjects has dates of first treatment, and none of this subject.
    """

    code: str
    usubjid: str
    arm: str = ""
    arm_code: str = ""
    reference: str = ""
    first_treatment: str = ""
    cells: Mapping[str, str] = field(default_factory=dict)
    untreated: bool = False


def read_subjects(path: Path, study_id: str) -> dict[str, Subject]:
    """Read a table of subjects (CSV or Excel): a column ``subject`` as in the visits table, the others as in ADSL.

    Known are ``USUBJID``, ``ARM`` (or ``TRT01P``), ``ARMCD``, ``RFSTDTC`` and ``RFXSTDTC`` (or ``TRTSDT``); dates are
    of ISO 8601 and may be known in part. Any other column must have a name that a data set can have. Of a workbook the
    first sheet with a column ``subject`` is read.

    Returns
    -------
    dict of str to Subject
        By the code of the visits table.

    Raises
    ------
    StudyError
        When the file cannot be read or used; the text names every offending row and column.
    """
    try:
        sheet = read_sheet(path, key="subject")
    except VisitsError as error:
        raise StudyError(str(error)) from error
    if not sheet.rows:
        raise StudyError(f"{path} is empty; its first row must name the columns, one of them subject")
    names = [name.upper() for name in sheet.rows[0][1]]
    refuse([*_wrong_names(names), *_nameless(names, sheet.rows[1:])], f"{path} cannot be used")
    rows = [(number, _by_name(names, cells)) for number, cells in sheet.rows[1:]]
    too_long = [number for number, cells in sheet.rows[1:] if any(cells[len(names) :])]
    faults = [f"row {number} has more cells than the first row; put texts with commas in quotes" for number in too_long]
    named = dict(enumerate(names))
    faults += [f"row {one.row}, column {named.get(one.column) or one.column + 1}: {one.text}" for one in sheet.faults]
    refuse([*faults, *_wrong_rows(rows, study_id)], f"{path} cannot be used")
    subjects = [_subject(cells, study_id) for _, cells in rows]
    dated = any(one.first_treatment for one in subjects)  # else nobody knows who was treated
    return {one.code: replace(one, untreated=dated and not one.first_treatment) for one in subjects}


def plain_subject(code: str, study_id: str) -> Subject:
    """Return a subject of whom the visits table alone tells."""
    return Subject(code, f"{study_id}-{code}")


def _by_name(names: list[str], cells: list[str]) -> dict[str, str]:
    """Cells of a row by the names of their columns, without those of columns that have none."""
    full = [*cells, *[""] * len(names)]
    return {name: cell for name, cell in zip(names, full, strict=False) if name}


def _nameless(names: list[str], rows: Iterable[tuple[int, list[str]]]) -> Iterator[str]:
    """Columns without a name that hold something; spreadsheets write others, which are empty."""
    told = set()
    for number, cells in rows:
        for i, (name, cell) in enumerate(zip(names, cells, strict=False)):
            if cell and not name and i not in told:
                told.add(i)
                yield f"row {number} has {quoted(cell)} in a column without a name; name it in the first row"


def _wrong_names(names: list[str]) -> Iterator[str]:
    if "SUBJECT" not in names:
        yield "there is no column subject in the first row; add it, with the codes of the visits table"
    for name in sorted({name for name in names if name and names.count(name) > 1}):
        yield f"column {quoted(name)} is there several times; keep one"
    for name in names:
        if name in _OURS:
            yield f"column {name} is written by densitometer itself; take it out"
        elif name and name != "SUBJECT" and not _NAME.fullmatch(name):
            yield f"column {quoted(name)} cannot be a variable (A to Z, digits and _, at most 8 signs); rename it"


def _wrong_rows(rows: list[tuple[int, dict[str, str]]], study_id: str) -> Iterator[str]:
    first: dict[tuple[str, str], int] = {}
    for number, cells in rows:
        if not cells["SUBJECT"]:
            yield f"row {number} has no subject; fill it in or delete the row"
            continue
        for key, value in (("SUBJECT", cells["SUBJECT"]), ("USUBJID", _subject(cells, study_id).usubjid)):
            before = first.setdefault((key, normalize("NFC", value)), number)  # systems spell an ö in two ways
            if before != number:
                yield f"row {number}: {key} {quoted(value)} stands in row {before} already; keep one"
                break
        for name, cell in cells.items():
            if has_control(cell, lines=name not in _LABELS):
                yield f"row {number}, column {name}: {quoted(cell)} holds a control character; take it out"
            if cell and name != "SUBJECT" and _DATE.fullmatch(name) and not is_iso(cell):
                what = f"{quoted(cell)} is not a date such as 2026-01-31, 2026-01 or 2026"
                yield f"row {number}, column {name}: {what}{_AS_XLSX}"
        yield from (f"row {number}: {fault}" for fault in _contradictions(cells))


def _contradictions(cells: Mapping[str, str]) -> Iterator[str]:
    """Columns that say the same of a subject, and do not."""
    for names, differ in ((_ARM, _are_two_arms), (_FIRST_TREATMENT, _are_two_days)):
        said = [(name, cells[name]) for name in names if cells.get(name)]
        for (name, cell), (other, another) in combinations(said, 2):
            if differ(cell, another):
                both = f"{name} {quoted(cell)} and {other} {quoted(another)}"
                yield f"{both} contradict each other; mend one of them, or leave one of the columns out"


def _are_two_arms(one: str, other: str) -> bool:
    return plain(one) != plain(other)


def _are_two_days(one: str, other: str) -> bool:
    """Tell whether two dates, each perhaps known in part, cannot be of one day."""
    known = min(len(one), len(other), _DAY)
    return is_iso(one) and is_iso(other) and one[:known] != other[:known]


def _subject(cells: Mapping[str, str], study_id: str) -> Subject:
    def first(names: tuple[str, ...]) -> str:
        return next((cells[name] for name in names if cells.get(name)), "")

    code = cells["SUBJECT"]
    treated = max((cells.get(name, "") for name in _FIRST_TREATMENT), key=lambda cell: len(cell[:_DAY]))
    further = {name: cell for name, cell in cells.items() if name not in ("SUBJECT", "USUBJID")}
    usubjid = cells.get("USUBJID") or plain_subject(code, study_id).usubjid
    reference = first(_REFERENCE) or treated
    return Subject(code, usubjid, first(_ARM), first(_ARM_CODE), reference, treated, further)
