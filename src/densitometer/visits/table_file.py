"""Turn the file of a visits table into rows of text: CSV as spreadsheets write it, or an Excel workbook."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

from densitometer.errors import VisitsError

MOST_ROWS = 200_000
MOST_CELLS = 5_000_000
_MOST_BYTES = 64_000_000
_AS_CSV = "save it from the spreadsheet as 'CSV UTF-8'"
_AS_XLSX = "save it as an Excel workbook (.xlsx) or as 'CSV UTF-8'"
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_SEPARATOR_LINE = re.compile(r"sep=([,;\t])\r?\n", re.IGNORECASE)


@dataclass(frozen=True)
class Fault:
    """A cell of a workbook whose value cannot be told: row and column (from 0), and why."""

    row: int
    column: int
    text: str


@dataclass(frozen=True)
class Sheet:
    """The cells of a table.

    Attributes
    ----------
    rows : tuple of (int, list of str)
        Rows that hold anything, with their number as a spreadsheet shows it; the first names the columns.
    workbook : bool
        Whether it comes from a workbook, whose cells have names.
    faults : tuple of Fault
    """

    rows: tuple[tuple[int, list[str]], ...]
    workbook: bool = False
    faults: tuple[Fault, ...] = ()


def read_sheet(path: Path, key: str = "photo") -> Sheet:
    """Read the cells of a table; what the file is, its content alone decides.

    CSV may have commas, semicolons or tabs, and be in UTF-8 with or without a mark, or in UTF-16 with one (what Excel
    calls Unicode text). Of a workbook the first sheet that is shown and has a column ``key`` is taken.

    Raises
    ------
    VisitsError
        When the file cannot be read, is of another kind, or is too large.
    """
    data = _bytes_of(path)
    if data.startswith(_ZIP):
        from densitometer.visits.workbook import read_workbook

        return read_workbook(path, data, key)
    if data.startswith(_OLE):
        what = "is protected by a password" if _ENCRYPTED in data else "is a spreadsheet of a kind that is not read"
        raise VisitsError(f"{path} {what}; {_AS_XLSX}{' without a password' if _ENCRYPTED in data else ''}")
    return _of_csv(path, _text_of(path, data))


def _bytes_of(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise VisitsError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:  # a name with a null character
        raise VisitsError(f"{path!s:.60} cannot be read: {error}") from error
    if len(data) > _MOST_BYTES:
        raise VisitsError(
            f"{path} has more than {_MOST_BYTES // 10**6} MB, which no table of visits has; check the name"
        )
    return data


def _text_of(path: Path, data: bytes) -> str:
    try:
        text = data.decode("utf-16" if data.startswith(_UTF16_MARKS) else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise VisitsError(f"{path} is not in UTF-8; {_AS_CSV}") from error
    if "\x00" in text:
        raise VisitsError(f"{path} is not a text file in UTF-8; {_AS_CSV}")
    return text


def _of_csv(path: Path, text: str) -> Sheet:
    told = _SEPARATOR_LINE.match(text)  # a line for Excel, which does not show it
    text = text[told.end() :] if told else text
    delimiter = told[1] if told else _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows = []
    count = 0
    try:
        for number, cells in enumerate(reader, start=1):
            texts = [cell.strip() for cell in cells]
            if any(texts):
                rows.append((number, texts))
                count += len(texts)
                check_size(path, len(rows), count)
    except csv.Error as error:
        raise VisitsError(f"{path} is not a CSV file (line {reader.line_num}: {error}); {_AS_CSV}") from error
    return Sheet(tuple(rows))


def check_size(path: Path, rows: int, cells: int) -> None:
    """Refuse a table that has more rows or cells than can be held in memory.

    Raises
    ------
    VisitsError
    """
    if rows > MOST_ROWS + 1 or cells > MOST_CELLS:
        raise VisitsError(f"{path} has more than {MOST_ROWS} rows or {MOST_CELLS} cells; divide it into several")


def _delimiter(text: str) -> str:
    """Comma, semicolon or tab, whichever stands most often in the header."""
    header = text.lstrip().split("\n", 1)[0]
    return max(",;\t", key=header.count)
