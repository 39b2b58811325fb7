"""Read what human readers saw: their counts, densities or marks, one table for all readers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Literal
from unicodedata import normalize

import numpy as np
from numpy.typing import NDArray

from densitometer.errors import StudyError, VisitsError
from densitometer.study.faults import has_control, refuse
from densitometer.visits.order import plain
from densitometer.visits.problems import quoted
from densitometer.visits.table import normal_name
from densitometer.visits.table_file import Sheet, read_sheet

FloatArray = NDArray[np.float64]
Kind = Literal["count", "density_per_cm2", "marks"]

ONE_READER = "reader"
"""What the reader of a table without a column ``reader`` is called."""
_PLACE = ("x_px", "y_px")
_VALUES = ("count", "density_per_cm2")
_KNOWN = ("photo", "reader", *_VALUES, *_PLACE)
_MOST_UNKNOWN = 3
_WHOLE = re.compile(r"\d{1,9}(\.0*)?")
_NUMBER = re.compile(r"[+-]?(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?")
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
_MOST = {"density_per_cm2": 10_000.0, "x_px": 1e6, "y_px": 1e6}
_EXPECTED = "a table of counts has photo and count, or photo and density_per_cm2; one of marks has photo, x_px and y_px"


@dataclass(frozen=True)
class Reading:
    """What one reader saw on one photograph.

    Attributes
    ----------
    photo : str
        Its name, as in ``photos.csv``.
    reader : str
    rows : tuple of int
        Rows of the table that tell it, as a spreadsheet numbers them; of marks one a mark.
    value : float
        Count, or density in hairs per cm2; NaN where the table has marks.
    marks_px : float array, shape (n, 2), or None
        x and y of each mark, in the pixels of the photograph; None where the table has counts.
    """

    photo: str
    reader: str
    rows: tuple[int, ...]
    value: float = float("nan")
    marks_px: FloatArray | None = None


@dataclass(frozen=True)
class Reference:
    """The table of the readers.

    Attributes
    ----------
    kind : {"count", "density_per_cm2", "marks"}
    readings : tuple of Reading
        At most one a reader and photograph, in the order of the table.
    name : str
        Of the file.
    """

    kind: Kind
    readings: tuple[Reading, ...]
    name: str

    @property
    def readers(self) -> tuple[str, ...]:
        """Names of the readers in the order of the table."""
        return tuple(dict.fromkeys(one.reader for one in self.readings))

    def only(self, reader: str) -> Reference:
        """Readings of one reader alone.

        Raises
        ------
        StudyError
            When there is none of that name.
        """
        if self.readers == (ONE_READER,) != (reader,):
            raise StudyError(
                f"{self.name} has no column reader, so that {quoted(reader)} is nobody; leave --reader out"
            )
        if reader not in self.readers:
            named = ", ".join(quoted(one) for one in self.readers)
            near = get_close_matches(reader, self.readers, n=1)
            meant = f"is {quoted(near[0])} meant? " if near else ""
            raise StudyError(f"{self.name} has no reader {quoted(reader)}; {meant}there is {named}")
        return replace(self, readings=tuple(one for one in self.readings if one.reader == reader))


@dataclass(frozen=True)
class _Line:
    """One row: its number, photograph and reader, and its numbers by column, None where a cell is empty."""

    number: int
    photo: str
    reader: str
    numbers: Mapping[str, float | None]


def read_reference(path: Path) -> Reference:
    """Read a table of counts or of marks (CSV or Excel).

    Counts have the columns ``photo`` and ``count`` or ``density_per_cm2``; marks have ``photo``, ``x_px`` and
    ``y_px``, one row a hair, and a row without a place for a photograph on which the reader saw none. Either may have a
    column ``reader``.

    Raises
    ------
    StudyError
        When the file cannot be read or used; the text names every offending row and column.
    """
    try:
        sheet = read_sheet(path)
    except VisitsError as error:
        raise StudyError(str(error)) from error
    if not sheet.rows:
        raise StudyError(f"{path} is empty; {_EXPECTED}")
    names = [name.lower() for name in sheet.rows[0][1]]
    what = f"{path} cannot be used"
    refuse([*_wrong_names(names, sheet)], what)
    refuse([*_faults_of_cells(names, sheet)], what)
    kind = _kind(names)
    lines, faults = _lines(names, sheet, _PLACE if kind == "marks" else (kind,))
    refuse(faults, what)
    if not lines:
        raise StudyError(f"{path} has no row below the first; name the photographs there")
    faults = [*_two_spellings(lines), *(_doubtful_marks(lines) if kind == "marks" else _doubles(lines))]
    refuse(faults, what)
    return Reference(kind, tuple(_marked(lines) if kind == "marks" else _counted(lines, kind)), path.name)


def same_photo(name: str) -> str:
    """Name of a photograph with every ö spelt in one way: systems spell it in two."""
    return normalize("NFC", normal_name(name))


# ---- columns


def _kind(names: Sequence[str]) -> Kind:
    if "count" in names:
        return "count"
    return "density_per_cm2" if "density_per_cm2" in names else "marks"


def _wrong_names(names: Sequence[str], sheet: Sheet) -> Iterator[str]:
    for name in dict.fromkeys(filter(None, names)):
        if names.count(name) > 1:
            yield f"column {name} is there several times; keep one"
    yield from _unknown_names([name for name in dict.fromkeys(filter(None, names)) if name not in _KNOWN])
    nameless = {i for _, row in sheet.rows[1:] for i, cell in enumerate(row[: len(names)]) if cell and not names[i]}
    yield from (f"column {i + 1} has no name in the first row; name it" for i in sorted(nameless))
    if "photo" not in names:
        yield f"there is no column photo; {_EXPECTED}"
    yield from _wrong_kinds(names)


def _unknown_names(names: Sequence[str]) -> Iterator[str]:
    """Columns that no reference has; of a table of something else all in one."""
    if len(names) > _MOST_UNKNOWN:
        shown = ", ".join(quoted(name) for name in names[:_MOST_UNKNOWN])
        yield f"{len(names)} columns are none of a reference ({', '.join(_KNOWN)}), such as {shown}; take them out"
        return
    for name in names:
        meant = get_close_matches(name, _KNOWN, n=1)
        advice = f"is {quoted(meant[0])} meant?" if meant else "take it out"
        yield f"column {quoted(name)} is none of a reference ({', '.join(_KNOWN)}); {advice}"


def _wrong_kinds(names: Sequence[str]) -> Iterator[str]:
    """Columns of several kinds of table, or of none."""
    values, places = ([name for name in some if name in names] for some in (_VALUES, _PLACE))
    if len(values) > 1:
        yield "there are both count and density_per_cm2; keep one, or make two tables"
    if values and places:
        yield f"there are both {values[0]} and {places[0]}, of counts and of marks; make two tables"
    elif len(places) == 1:
        yield f"there is {places[0]} without {_PLACE[places[0] == _PLACE[0]]}; add it"
    elif not values and not places:
        yield f"there is neither count nor density_per_cm2 nor x_px and y_px; {_EXPECTED}"


# ---- rows


def _faults_of_cells(names: Sequence[str], sheet: Sheet) -> Iterator[str]:
    """Cells that nobody knows the column of, and those of a workbook whose value cannot be told."""
    for number, cells in sheet.rows[1:]:
        if any(cells[len(names) :]):
            yield f"row {number} has more cells than the first row; put numbers with a comma in quotes"
    for fault in sheet.faults:
        if fault.column < len(names) and names[fault.column]:
            yield f"row {fault.row}, column {names[fault.column]}: {fault.text}"


def _lines(names: Sequence[str], sheet: Sheet, columns: Sequence[str]) -> tuple[list[_Line], list[str]]:
    """Rows that can be used, and what is wrong with the others."""
    lines, faults = [], []
    for number, texts in sheet.rows[1:]:
        cells = dict(zip(names, [*texts, *[""] * len(names)], strict=False))
        wrong = [f"row {number}{fault}" for fault in _wrong_cells(cells, columns)]
        faults += wrong
        if not wrong:
            numbers = {name: _number(cells[name]) if cells[name] else None for name in columns}
            reader = " ".join(cells.get("reader", ONE_READER).split())
            lines.append(_Line(number, same_photo(cells["photo"]), reader, numbers))
    return lines, faults


def _wrong_cells(cells: Mapping[str, str], columns: Sequence[str]) -> Iterator[str]:
    if not normal_name(cells["photo"]):
        yield " has no photo; name it or delete the row"
    if not cells.get("reader", ONE_READER).strip():
        yield " has no reader; name who read it"
    for name in ("photo", "reader"):
        if has_control(cells.get(name, "")):
            yield f", column {name}: {quoted(cells[name])} holds a control character; take it out"
    empty = [name for name in columns if not cells[name]]
    if empty and columns != _PLACE:
        yield f" has no {columns[0]}; write it, 0 where no hair was seen, or delete the row"
    elif len(empty) == 1:
        yield f" has no {empty[0]}; write it, or leave both empty where no hair was seen"
    for name in columns:
        if cells[name] and (fault := _wrong_number(cells[name], name)):
            yield f", column {name}: {quoted(cells[name])} {fault}"


def _wrong_number(cell: str, column: str) -> str:
    """Say what is wrong with a number; empty where nothing is."""
    if not _NUMBER.fullmatch(cell):
        return "is not a number; write the number alone"
    if _THOUSANDS.fullmatch(cell):
        return "may be thousands or a decimal; write decimals with a point"
    number = _number(cell)
    if column not in _PLACE and number < 0:
        return "is below 0; write 0 or more"
    if column == "count":
        return "" if _WHOLE.fullmatch(cell) else "is not a whole number of hairs; write digits alone"
    return "" if abs(number) <= _MOST[column] else f"is more than {_MOST[column]:g}; mend it"


def _number(cell: str) -> float:
    return float(cell.replace(",", "."))


# ---- rows together


def _two_spellings(lines: Sequence[_Line]) -> Iterator[str]:
    """Readers that are spelt in two ways, and would be two."""
    first: dict[str, _Line] = {}
    told = set()
    for line in lines:
        before = first.setdefault(plain(line.reader), line)
        if before.reader != line.reader and line.reader not in told:
            told.add(line.reader)
            yield f"the reader {quoted(before.reader)} of row {before.number} is {quoted(line.reader)} in row " + (
                f"{line.number}; spell both the same"
            )


def _doubles(lines: Sequence[_Line]) -> Iterator[str]:
    first: dict[tuple[str, str], int] = {}
    for line in lines:
        before = first.setdefault((line.reader, line.photo), line.number)
        if before != line.number:
            whose = "" if line.reader == ONE_READER else f" of {quoted(line.reader)}"
            advice = "keep one, or name several readers in a column reader"
            yield f"row {line.number}{whose} has {quoted(line.photo)}, as row {before} has; {advice}"


def _doubtful_marks(lines: Sequence[_Line]) -> Iterator[str]:
    """Marks that are there twice, and rows that say that there is none where there are some."""
    first: dict[object, int] = {}
    marked = {(line.reader, line.photo): line.number for line in lines if line.numbers["x_px"] is not None}
    for line in lines:
        own, place = (line.reader, line.photo), tuple(line.numbers.values())
        before = first.setdefault((own, place), line.number)
        if before != line.number:
            yield f"row {line.number} has the same mark as row {before}; keep one"
        elif line.numbers["x_px"] is None and own in marked:
            yield (
                f"row {line.number} says that no hair was seen on {quoted(line.photo)}, but row {marked[own]} has a "
                + ("mark; delete one")
            )


def _counted(lines: Sequence[_Line], kind: Kind) -> Iterator[Reading]:
    for line in lines:
        value = line.numbers[kind]
        yield Reading(line.photo, line.reader, (line.number,), float("nan") if value is None else value)


def _marked(lines: Sequence[_Line]) -> Iterator[Reading]:
    groups: dict[tuple[str, str], list[_Line]] = {}
    for line in lines:
        groups.setdefault((line.reader, line.photo), []).append(line)
    for (reader, photo), group in groups.items():
        with_place = [line for line in group if line.numbers["x_px"] is not None]
        marks = np.array([[line.numbers[name] for name in _PLACE] for line in with_place], float).reshape(-1, 2)
        yield Reading(photo, reader, tuple(line.number for line in with_place or group), marks_px=marks)
