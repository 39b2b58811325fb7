"""Read visits.csv: one row a photograph, with subject, site, visit, date, replicate, scale and further columns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic_core import PydanticCustomError

from densitometer.dictionary import PHOTO_COLUMNS
from densitometer.errors import ScaleError, VisitsError
from densitometer.results.names import storable
from densitometer.scale import Scale
from densitometer.visits.columns import OWN, doubtful_columns, meant_by
from densitometer.visits.problems import Kind, Problem, quoted, refuse
from densitometer.visits.table_file import Sheet, read_sheet

TAKEN = frozenset(column.name for column in PHOTO_COLUMNS) - OWN | {"rowid", "oid", "_rowid_"}
"""Columns that densitometer itself writes beside those of the table."""
_MOST_COLUMNS = 500
KIND_OF_COLUMN: dict[str, Kind] = {"visit_date": "dates", "um_per_px": "scales"}
_NO_DATE = (
    "is not a date of the form YYYY-MM-DD; write YYYY-MM-DD, such as 2024-03-31; in an Excel workbook (.xlsx) a real "
    "date cell will do"
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_WITH_TIME = re.compile(r"(\d{4}-\d{2}-\d{2}) \d{2}:\d{2}:\d{2}")


def normal_name(photo: str) -> str:
    """Return the name of a photograph as a spreadsheet states it, with forward slashes and without a leading './'."""
    name = re.sub(r"/+", "/", photo.strip().replace("\\", "/"))
    while name.startswith("./"):
        name = name[2:]
    return name


def _relative(photo: str) -> str:
    name = normal_name(photo)
    if not name:
        raise PydanticCustomError("photo", "is empty; name the photograph or delete the row")
    if _CONTROL.search(name):
        raise PydanticCustomError("photo", "holds a line break or another control character; write the name anew")
    if name.startswith("/") or re.match(r"[A-Za-z]:", name) or ".." in name.split("/"):
        raise PydanticCustomError(
            "photo",
            "must be a path within the folder that is measured, such as visit1/a.jpg; write that part of it only",
        )
    return name


def _iso_date(text: object) -> object:
    if not isinstance(text, str):
        return text
    if not text:
        return None
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError as error:
        raise PydanticCustomError("date", _NO_DATE) from error


def _number(text: object) -> object:
    if not isinstance(text, str):
        return text
    if not text:
        return None
    if not re.fullmatch(r"[+-]?(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?", text):
        raise PydanticCustomError("number", "is not a number; write the number alone, such as 5.56")
    return float(text.replace(",", "."))  # with a comma for thousands it would be no scale


def _plausible(um_per_px: float | None) -> float | None:
    if um_per_px is not None:
        try:
            Scale.stated(um_per_px)
        except ScaleError as error:
            raise PydanticCustomError("scale", "{text}", {"text": str(error)}) from error
    return um_per_px


class VisitRow(BaseModel):
    """One photograph in a visits table; every cell but ``photo`` may be empty."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    photo: Annotated[str, AfterValidator(_relative)]
    subject: str = ""
    site: str = ""
    visit: str = ""
    visit_date: Annotated[date | None, BeforeValidator(_iso_date)] = None
    replicate: str = ""
    um_per_px: Annotated[float | None, BeforeValidator(_number), AfterValidator(_plausible)] = None
    further: Mapping[str, str] = {}

    @property
    def carried(self) -> dict[str, str]:
        """Cells that are carried over to ``photos.csv``, by column, as text."""
        visit_date = self.visit_date.isoformat() if self.visit_date else ""
        own = {"subject": self.subject, "site": self.site, "visit": self.visit, "visit_date": visit_date}
        return {**own, "replicate": self.replicate, **self.further}


@dataclass(frozen=True)
class Visits:
    """A visits table: its rows in the order of the file, and the names of its further columns.

    ``unlisted`` says in words what a photograph without a row lacks; ``name`` is what the file of the table is called,
    and ``doubts`` are what may be wrong with it although it can be used.
    """

    rows: tuple[VisitRow, ...]
    further: tuple[str, ...] = ()
    unlisted: str = "not in visits.csv"
    name: str = "visits.csv"
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Line:
    """One row as far as it can be used: cells that cannot be are empty in it.

    Attributes
    ----------
    number : int or None
        As a spreadsheet shows it; None where the file name stands for a row.
    row : VisitRow
    bad : frozenset of str
        Columns whose cell cannot be used.
    """

    number: int | None
    row: VisitRow
    bad: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Examined:
    """All that can be used of a table, and all that is wrong with it.

    ``letters`` are what a spreadsheet calls the columns, where the table is a workbook; ``columns`` are the names of
    all, and ``name`` is that of the file. ``doubtful`` are columns that may be meant for others.
    """

    lines: tuple[Line, ...]
    further: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    unlisted: str = "not in visits.csv"
    letters: Mapping[str, str] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    name: str = "visits.csv"
    doubtful: tuple[Problem, ...] = ()

    @property
    def visits(self) -> Visits:
        """The table, with the first row of each photograph."""
        rows: dict[str, VisitRow] = {}
        for line in self.lines:
            rows.setdefault(line.row.photo, line.row)
        doubts = tuple(str(problem) for problem in self.doubtful)
        return Visits(tuple(rows.values()), self.further, self.unlisted, self.name, doubts)


def read_visits(path: str | Path) -> Visits:
    """Read a visits table: CSV with commas, semicolons or tabs, or an Excel workbook (.xlsx).

    Only the column ``photo`` must be there. CSV may be in UTF-8 with or without a mark, or in UTF-16 with one.
    ``um_per_px`` may have a decimal comma in every kind of file, in quotes where commas separate the cells: a number
    with one comma cannot be one of thousands, for no scale is that large.

    Raises
    ------
    VisitsError
        When the file cannot be read or used; the text names every offending row (as a spreadsheet numbers it) and
        column.
    """
    examined = examine(path)
    refuse(examined.problems, path)
    return examined.visits


def examine(path: str | Path) -> Examined:
    """Read a visits table as far as it can be used, with everything that is wrong with it.

    Raises
    ------
    VisitsError
        When the file cannot be read at all.
    """
    sheet = read_sheet(Path(path))
    if not sheet.rows:
        raise VisitsError(f"{path} is empty; its first row must name the columns, one of them photo")
    names, problems = _header(sheet)
    lines: list[Line] = []
    if "photo" in names:
        for number, cells in sheet.rows[1:]:
            line, wrong = _line(number, cells, names, sheet)
            problems += wrong
            lines += [line] if line else []
        problems += _faults(sheet, names)
        problems += _duplicates(lines, names, sheet)
        if not lines and not problems:
            problems.append(Problem(None, None, None, "there is no row below the first; name the photographs there"))
    order = {name: i for i, name in enumerate(names)}
    problems.sort(key=lambda problem: (problem.row or 0, order.get(problem.column or "", 0)))
    further = tuple(name for name in names if name and name not in OWN)
    name = storable(Path(path).name)
    return Examined(
        tuple(lines),
        further,
        tuple(problems),
        f"not in {name}",
        _letters(names) if sheet.workbook else {},
        tuple(filter(None, names)),
        name,
        tuple(doubtful_columns(names)),
    )


def _header(sheet: Sheet) -> tuple[list[str], list[Problem]]:
    """Column names in order, ours in lower case, an empty string for a column without name and content."""
    number, cells = sheet.rows[0]
    names = [name.lower() if name.lower() in OWN else name for name in cells]
    counts = Counter(name.lower() for name in names if name)
    wrong = [
        (name, f"column {name} has a name that densitometer itself writes; rename it")
        for name in names
        if name.lower() in TAKEN
    ]
    wrong += [(name, f"column {name} is there {n} times; keep one") for name, n in counts.items() if n > 1]
    used = {i for _, row in sheet.rows[1:] for i, cell in enumerate(row[: len(names)]) if cell}
    wrong += [
        ("", f"column {i + 1} has no name in the first row; name it")
        for i, name in enumerate(names)
        if not name and i in used
    ]
    if "photo" not in names:
        text = f"there is no column photo in the first row, which holds {quoted(', '.join(names))}; "
        meant = next((name for name in names if meant_by(name) == "photo"), None)
        text += f"rename {quoted(meant)} to photo" if meant else "add it"
        wrong.append(("photo", text))
    if len(names) > _MOST_COLUMNS:
        wrong.append(("", f"there are {len(names)} columns; at most {_MOST_COLUMNS} can be carried over"))
    return names, [Problem(None, name or None, None, text) for name, text in wrong]


def _line(number: int, cells: list[str], names: list[str], sheet: Sheet) -> tuple[Line | None, list[Problem]]:
    """One row as far as it can be used, and what is wrong with it."""
    named = dict(zip(names, cells + [""] * (len(names) - len(cells)), strict=False))
    own = _own_cells(named, sheet)
    if any(cells[len(names) :]):  # nobody knows which cell belongs where
        text = "has more cells than the first row; put texts that hold the separator in quotes, and numbers with it"
        return None, [Problem(number, None, normal_name(own["photo"]) or None, text)]
    further = {name: cell for name, cell in named.items() if name and name not in OWN}
    row, errors = validated(own, further)
    photo = row.photo if row else None
    problems = [fault.problem(number, photo, cell=_cell(sheet, names, fault.column, number)) for fault in errors]
    return (Line(number, row, frozenset(fault.column for fault in errors)) if row else None), problems


def _own_cells(named: Mapping[str, str], sheet: Sheet) -> dict[str, str]:
    own = {name: cell for name, cell in named.items() if name in OWN}
    with_time = _WITH_TIME.fullmatch(own.get("visit_date", "")) if sheet.workbook else None
    return {**own, "visit_date": with_time[1]} if with_time else own


@dataclass(frozen=True)
class BadCell:
    """A cell that cannot be used: its column, its text, and what is wrong with that."""

    column: str
    value: str
    fault: str

    def problem(self, row: int | None, photo: str | None, *, before: str = "", cell: str = "") -> Problem:
        """Problem of a row or photograph; ``before`` begins its text."""
        text = f"{before}{quoted(self.value)} {self.fault}"
        kind = KIND_OF_COLUMN.get(self.column, "table")
        return Problem(row, self.column, photo, text, kind, cell, self.value, self.fault)


def validated(own: Mapping[str, str], further: Mapping[str, str]) -> tuple[VisitRow | None, list[BadCell]]:
    """Make a row of texts, with empty cells where one cannot be used; without the photograph there is none."""
    cells: dict[str, Any] = {**own, "further": further}
    try:
        return VisitRow.model_validate(cells), []
    except ValidationError as error:
        errors = [BadCell(str(e["loc"][0]), str(e["input"]), e["msg"]) for e in error.errors()]
    bad = {one.column for one in errors}
    return None if "photo" in bad else VisitRow.model_validate({**cells, **dict.fromkeys(bad, "")}), errors


def _letters(names: list[str]) -> dict[str, str]:
    from densitometer.visits.workbook import letters

    return {name: letters(i) for i, name in enumerate(names) if name}


def _cell(sheet: Sheet, names: list[str], column: str, row: int) -> str:
    """Name of a cell in a workbook."""
    if not sheet.workbook:
        return ""
    from densitometer.visits.workbook import letters

    return f"{letters(names.index(column))}{row}"


def _faults(sheet: Sheet, names: list[str]) -> Iterator[Problem]:
    """Cells of a workbook whose value cannot be told, in columns that are read."""
    photo_at = names.index("photo")
    photos = {number: normal_name(cells[photo_at]) if len(cells) > photo_at else "" for number, cells in sheet.rows}
    for fault in sheet.faults:
        name = names[fault.column] if fault.column < len(names) else ""
        if name and fault.row != sheet.rows[0][0]:
            cell = _cell(sheet, names, name, fault.row)
            yield Problem(fault.row, name, photos.get(fault.row) or None, fault.text, "table", cell)


def _duplicates(lines: list[Line], names: list[str], sheet: Sheet) -> Iterator[Problem]:
    """Say which rows name a photograph that an earlier one named."""
    first: dict[str, int] = {}
    for line in lines:
        photo, number = line.row.photo, line.number or 0
        if first.setdefault(photo, number) != number:
            text = f"{quoted(photo)} is named in row {first[photo]} already; keep one row"
            yield Problem(number, "photo", photo, text, "table", _cell(sheet, names, "photo", number))
