"""Read visits.csv: one row a photograph, with subject, site, visit, date, replicate, scale and further columns."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic_core import PydanticCustomError

from densitometer.dictionary import PHOTO_COLUMNS, VISIT_COLUMNS
from densitometer.errors import ScaleError, VisitsError
from densitometer.scale import Scale

_OWN = frozenset({"photo", "um_per_px"} | {column.name for column in VISIT_COLUMNS})
_TAKEN = frozenset(column.name for column in PHOTO_COLUMNS) - _OWN | {"rowid", "oid", "_rowid_"}
_MOST_ERRORS_SHOWN = 20
_MOST_COLUMNS = 500


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
    if name.startswith("/") or re.match(r"[A-Za-z]:", name) or ".." in name.split("/"):
        raise PydanticCustomError("photo", "must be a path within the folder that is measured, such as visit1/a.jpg")
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
        raise PydanticCustomError("date", "is not a date of the form YYYY-MM-DD, such as 2024-03-31") from error


def _number(text: object) -> object:
    if not isinstance(text, str):
        return text
    if not text:
        return None
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text):
        raise PydanticCustomError("number", "is not a number with a decimal point, such as 5.56")
    return float(text)


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
    """A visits table: its rows in the order of the file, and the names of its further columns."""

    rows: tuple[VisitRow, ...]
    further: tuple[str, ...] = ()


def read_visits(path: str | Path) -> Visits:
    """Read a visits table from a CSV file with commas, semicolons or tabs, in UTF-8 with or without a mark.

    Only the column ``photo`` must be there. In a file with semicolons or tabs, as spreadsheets of many countries
    write them, ``um_per_px`` may have a decimal comma.

    Raises
    ------
    VisitsError
        When the file cannot be read or used; the text names every offending row (as a spreadsheet numbers it, the
        header being row 1) and column.
    """
    text = _text_of(Path(path))
    delimiter = _delimiter(text)
    try:
        records = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise VisitsError(f"{path} is not a CSV file: {error}; save it from the spreadsheet as 'CSV UTF-8'") from error
    if not records:
        raise VisitsError(f"{path} is empty; its first row must name the columns, one of them photo")
    header = _header(records, path)
    rows: list[VisitRow] = []
    problems: list[str] = []
    for number, cells in _filled(records):
        try:
            rows.append(_row(header, cells, decimal_comma=delimiter != ","))
        except ValidationError as error:
            problems += [
                f"row {number}, column {e['loc'][0]}: {_quoted(e['input'])} {e['msg']}" for e in error.errors()
            ]
        except ValueError as error:
            problems.append(f"row {number}: {error}")
    problems += _duplicates(records, header)
    _refuse(problems, path)
    return Visits(tuple(rows), tuple(name for name in header if name and name not in _OWN))


def _text_of(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise VisitsError(f"{path} cannot be read: {error.strerror}") from error
    advice = "save it from the spreadsheet as 'CSV UTF-8'"
    if data.startswith(b"PK\x03\x04") or data.startswith(b"\xd0\xcf\x11\xe0"):
        raise VisitsError(f"{path} is a spreadsheet, not a CSV file; {advice}")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise VisitsError(f"{path} is not in UTF-8; {advice}") from error
    if "\x00" in text:
        raise VisitsError(f"{path} is not a text file in UTF-8; {advice}")
    return text


def _delimiter(text: str) -> str:
    """Comma, semicolon or tab, whichever stands most often in the header."""
    header = text.split("\n", 1)[0]
    return max(",;\t", key=header.count)


def _header(records: list[list[str]], path: str | Path) -> list[str]:
    """Column names in order, ours in lower case, an empty string for a column without name and content."""
    names = [name.strip() for name in records[0]]
    names = [name.lower() if name.lower() in _OWN else name for name in names]
    problems = [
        f"column {name} has a name that densitometer itself writes; rename it"
        for name in names
        if name.lower() in _TAKEN
    ]
    counts = Counter(name.lower() for name in names if name)
    problems += [f"column {name} is there {n} times; keep one" for name, n in counts.items() if n > 1]
    for i, name in enumerate(names):
        if not name and any(len(cells) > i and cells[i].strip() for cells in records[1:]):
            problems.append(f"column {i + 1} has no name in the first row; name it")
    if "photo" not in names:
        problems.append(f"there is no column photo in the first row, which holds {_quoted(', '.join(names))}; add it")
    if len(names) > _MOST_COLUMNS:
        problems.append(f"there are {len(names)} columns; at most {_MOST_COLUMNS} can be carried over")
    _refuse(problems, path)
    return names


def _filled(records: list[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Rows that hold anything, with their number as a spreadsheet shows it."""
    for number, cells in enumerate(records[1:], start=2):
        if any(cell.strip() for cell in cells):
            yield number, [cell.strip() for cell in cells]


def _row(header: list[str], cells: list[str], *, decimal_comma: bool) -> VisitRow:
    if any(cells[len(header) :]):
        raise ValueError("has more cells than the first row; put texts that hold the separator in quotes")
    named = dict(zip(header, cells + [""] * (len(header) - len(cells)), strict=False))
    own = {name: cell for name, cell in named.items() if name in _OWN}
    if decimal_comma and "um_per_px" in own:
        own["um_per_px"] = own["um_per_px"].replace(",", ".", 1)
    further = {name: cell for name, cell in named.items() if name and name not in _OWN}
    return VisitRow.model_validate({**own, "further": further})


def _duplicates(records: list[list[str]], header: list[str]) -> list[str]:
    """Say which photographs have several rows."""
    at = header.index("photo")
    numbers: dict[str, list[int]] = {}
    for number, cells in _filled(records):
        name = normal_name(cells[at]) if len(cells) > at else ""
        if name:
            numbers.setdefault(name, []).append(number)
    return [
        f"rows {', '.join(map(str, rows))}, column photo: {_quoted(name)} is named {len(rows)} times; keep one row"
        for name, rows in numbers.items()
        if len(rows) > 1
    ]


def _quoted(value: object) -> str:
    text = str(value)
    return repr(text if len(text) <= 60 else text[:57] + "...")  # noqa: PLR2004  a line's worth


def _refuse(problems: list[str], path: str | Path) -> None:
    """Raise one error for all problems, when there are any."""
    if problems:
        more = len(problems) - _MOST_ERRORS_SHOWN
        shown = problems[:_MOST_ERRORS_SHOWN] + ([f"and {more} more"] if more > 0 else [])
        raise VisitsError(f"{path} cannot be used: " + "; ".join(shown))
