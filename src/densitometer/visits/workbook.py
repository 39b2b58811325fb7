"""Read a table from an Excel workbook (.xlsx): the values as they are shown, and cells of which none can be told."""

from __future__ import annotations

import io
import logging
import re
import warnings
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from densitometer.errors import VisitsError
from densitometer.visits.table_file import Fault, Sheet, check_size

log = logging.getLogger(__name__)

_MOST_UNPACKED = 200_000_000
_LAST_ROW = 1_048_576  # of a sheet in Excel
_WORKBOOK = "xl/workbook.xml"
_ODS = b"application/vnd.oasis.opendocument.spreadsheet"
_SAVE = "open it in the spreadsheet and save it as an Excel workbook (.xlsx) or as 'CSV UTF-8'"
_ZEROS = re.compile(r"0{2,15}")
_WHOLE = 1e15
"""Below this a spreadsheet shows every digit of a whole number."""

_UNCACHED = re.compile(
    rb'<c (?![^>]*\bt="str")[^>]*\br="([A-Z]{1,3})([0-9]{1,7})"[^>]*>\s*'
    rb"<f\b[^>]*(?:/>|>[^<]*</f>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>"
)
"""A formula without a result; one of text may have an empty one."""
_MERGED = re.compile(rb'<mergeCell\s+ref="([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})"')


def read_workbook(path: Path, data: bytes, key: str = "photo") -> Sheet:
    """Read the first sheet that is shown and has a column ``key``, or the only one that is shown.

    Dates become YYYY-MM-DD (with the time of day where there is one), whole numbers have no point and as many leading
    zeros as their format shows, formulas give their result.

    Raises
    ------
    VisitsError
        When the file is no such workbook, damaged or too large, or has no sheet with a column ``key``.
    """
    try:
        with warnings.catch_warnings(), zipfile.ZipFile(io.BytesIO(data)) as archive:
            warnings.simplefilter("ignore")  # of openpyxl, on styles and extensions that do not matter here
            _check(path, archive)
            return _read(path, data, archive, key)
    except VisitsError:
        raise
    except MemoryError as error:
        raise VisitsError(f"{path} does not fit into memory; save it as 'CSV UTF-8'") from error
    except Exception as error:  # openpyxl raises whatever the broken parts lead it to
        raise VisitsError(f"{path} is damaged or no Excel workbook; {_SAVE}") from error


def letters(column: int) -> str:
    """Name of a column (from 0) in a spreadsheet: A to Z, AA and so on."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def _check(path: Path, archive: zipfile.ZipFile) -> None:
    """Refuse other files that are ZIP archives as well, and those that would fill the memory."""
    names = set(archive.namelist())
    if _WORKBOOK not in names:
        mime = archive.read("mimetype") if "mimetype" in names and archive.getinfo("mimetype").file_size < 99 else b""  # noqa: PLR2004
        kind = "an OpenDocument spreadsheet" if mime.startswith(_ODS) else "an archive or a file of another program"
        kind = "a binary Excel workbook (.xlsb)" if "xl/workbook.bin" in names else kind
        raise VisitsError(f"{path} is {kind}, which is not read; {_SAVE}")
    if sum(part.file_size for part in archive.infolist()) > _MOST_UNPACKED:
        raise VisitsError(
            f"{path} would unpack to more than {_MOST_UNPACKED // 10**6} MB, which no table of visits has; "
            "save its sheet alone as 'CSV UTF-8'"
        )


def _read(path: Path, data: bytes, archive: zipfile.ZipFile, key: str) -> Sheet:
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    try:
        sheet = _chosen(path, [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"], key)
        rows: list[tuple[int, list[str]]] = []
        faults: list[Fault] = []
        count = 0
        for number, cells in _filled(sheet):
            texts = [_text(cell) for cell in cells]
            rows.append((number, texts))
            count += len(texts)
            check_size(path, len(rows), count)
            faults += [
                Fault(number, i, f"{text} is an error of the spreadsheet; mend its formula")
                for i, (cell, text) in enumerate(zip(cells, texts, strict=True))
                if cell.value is not None and cell.data_type == "e"
            ]
        member = str(getattr(sheet, "_worksheet_path", ""))
        if rows and member in archive.namelist():
            faults += _hidden_faults(archive.read(member), rows)
        return Sheet(tuple(rows), workbook=True, faults=tuple(faults))
    finally:
        book.close()


def _chosen(path: Path, sheets: list[Any], key: str) -> Any:
    if not sheets:
        raise VisitsError(f"{path} has no sheet that is shown; show the one with the column {key}")
    fitting = [sheet for sheet in sheets if _names(sheet, key)]
    if len(fitting) > 1:
        others = ", ".join(sheet.title for sheet in fitting[1:])
        log.warning("%s: only the sheet %s is read; a column %s is on %s as well", path, fitting[0].title, key, others)
    if not fitting and len(sheets) > 1:
        titles = ", ".join(sheet.title for sheet in sheets)
        raise VisitsError(f"{path} has no column {key} in the first row of any sheet ({titles}); add it to one of them")
    return (fitting or sheets)[0]


def _names(sheet: Any, key: str) -> bool:
    _, header = next(_filled(sheet), (0, []))
    return any(_text(cell).strip().lower() == key for cell in header)


def _filled(sheet: Any) -> Iterator[tuple[int, list[Any]]]:
    """Rows that hold anything, with their number, up to their last cell that does."""
    sheet.reset_dimensions()  # which some programs state wrongly
    for number, row in enumerate(sheet.iter_rows(), start=1):
        if number > _LAST_ROW:
            raise ValueError("a row that no sheet has")
        cells = list(row)
        while cells and (cells[-1].value is None or not str(cells[-1].value).strip()):
            cells.pop()
        if cells:
            yield number, cells


def _text(cell: Any) -> str:
    """Value of a cell as a spreadsheet shows it, in one form for all countries."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime):
        text = value.isoformat(" ", "seconds")
        return text.removesuffix(" 00:00:00")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and not (value.is_integer() and abs(value) < _WHOLE):
        return format(value, ".15g")  # as many digits as a spreadsheet keeps
    if isinstance(value, int | float):
        shown = cell.number_format
        return f"{int(value):0{len(shown)}d}" if _ZEROS.fullmatch(shown or "") else str(int(value))
    return str(value).strip()


def _hidden_faults(xml: bytes, rows: list[tuple[int, list[str]]]) -> Iterator[Fault]:
    """Cells that look empty and are not meant to be: formulas without a result, and what is merged with a cell."""
    (head, header), last = rows[0], rows[-1][0]
    for column, row in _UNCACHED.findall(xml):
        if head <= int(row) <= last and _index(column) < len(header):
            yield Fault(int(row), _index(column), f"a formula without a result; {_SAVE}")
    for left, top, right, bottom in _MERGED.findall(xml):
        if head < int(bottom) and int(top) <= last and _index(left) < len(header):
            cells = f"{left.decode()}{int(top)}:{right.decode()}{int(bottom)}"
            text = f"{cells} are merged into one cell, of which only the first has a value; split it and fill in each"
            yield Fault(int(top), _index(left), text)


def _index(name: bytes) -> int:
    number = 0
    for letter in name:
        number = number * 26 + letter - ord("A") + 1
    return number - 1
