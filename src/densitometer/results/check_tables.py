"""Check a CSV file and run.json against what the record gives, and name what differs by row and column."""

from __future__ import annotations

import csv
import json
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from densitometer.results.files import RECORD
from densitometer.results.findings import Finding, Kind

_MOST_NAMED = 10
_LONGEST = 60
# Columns that tell one row of a table from the others.
_KEYS = frozenset(
    [
        *("photo", "hair", "baseline_photo", "followup_photo", "against", "baseline_hair", "followup_hair"),
        *("photo_1", "photo_2", "subject", "site", "track", "visit"),
    ]
)
_NAMING = ("photo", "baseline_photo", "followup_photo", "photo_1", "photo_2")


@dataclass
class Difference:
    """What differs between a file and the record.

    Attributes
    ----------
    findings : list of Finding
        One a row, of the first few; then how many more there are.
    photos : set of str
        Photographs whose rows differ.
    """

    findings: list[Finding] = field(default_factory=list)
    photos: set[str] = field(default_factory=set)


def check_table(path: Path, expected: Iterable[str], *, as_written: bool) -> Difference:
    """Compare a CSV file with the lines that the record gives.

    Parameters
    ----------
    path : Path
    expected : iterable of str
        The header first; each with its line end.
    as_written : bool
        True when the sha256 of the file is the one in the trail: then it is the record that was altered.

    Raises
    ------
    OSError
        When the file cannot be read.
    """
    with path.open("rb") as file:
        rows = (record.decode("utf-8", "backslashreplace") for record in _records(file))
        return _Comparing(path.name, as_written).compare(rows, expected)


def _records(file: BinaryIO) -> Iterator[bytes]:
    """Rows of a CSV file as they stand in it, those that hold line breaks in quotes included."""
    begun = b""
    for line in file:
        begun += line
        if begun.count(b'"') % 2 == 0:
            yield begun
            begun = b""
    if begun:
        yield begun


class _Ahead:
    """Lines of which the next one can be looked at before it is taken."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._next: deque[str] = deque()

    def take(self) -> str | None:
        return self._next.popleft() if self._next else next(self._lines, None)

    def peek(self) -> str | None:
        if not self._next and (line := next(self._lines, None)) is not None:
            self._next.append(line)
        return self._next[0] if self._next else None

    def put_back(self, line: str) -> None:
        self._next.appendleft(line)


class _Comparing:
    """Compares two tables row by row; a row that was put in or taken out does not make all that follow differ."""

    def __init__(self, name: str, as_written: bool) -> None:
        self._name = name
        self._as_written = as_written
        self._names: list[str] = []
        self._found = Difference()
        self._rows = 0

    def compare(self, actual: Iterable[str], expected: Iterable[str]) -> Difference:
        there, wanted = _Ahead(actual), _Ahead(expected)
        number = 0
        while True:
            is_, should = there.take(), wanted.take()
            if number == 0 and should is not None:
                self._names = _cells(should)
            if is_ is None and should is None:
                break
            if is_ != should:
                self._row(number, is_, should, there, wanted)
            number += 1
        if self._rows > _MOST_NAMED:
            told = f"{self._rows - _MOST_NAMED} further rows differ"
            self._found.findings.append(Finding("altered", self._where, self._table, told))
        return self._found

    @property
    def _where(self) -> str:
        return RECORD if self._as_written else self._name

    @property
    def _table(self) -> str:
        return f"table {self._name.removesuffix('.csv')}" if self._as_written else ""

    def _row(self, number: int, is_: str | None, should: str | None, there: _Ahead, wanted: _Ahead) -> None:
        if is_ is not None and (should is None or (self._other(is_, should) and there.peek() == should)):
            if should is not None:
                wanted.put_back(should)
            self._one_sided(number, is_, in_file=True)
        elif should is not None and (is_ is None or (self._other(is_, should) and wanted.peek() == is_)):
            if is_ is not None:
                there.put_back(is_)
            self._one_sided(number, should, in_file=False)
        elif is_ is not None and should is not None:
            self._cells(number, _cells(is_), _cells(should))

    def _other(self, a: str, b: str) -> bool:
        """Tell whether two lines are of different rows, by the columns that name one."""
        keys = [place for place, name in enumerate(self._names) if name in _KEYS]
        first, second = _cells(a), _cells(b)
        return [first[i : i + 1] for i in keys] != [second[i : i + 1] for i in keys]

    def _one_sided(self, number: int, line: str, *, in_file: bool) -> None:
        kind: Kind = "added" if in_file != self._as_written else "missing"
        cells = _cells(line)
        self._tell(kind, number, cells, "", "it was put in" if kind == "added" else "it was taken out")

    def _cells(self, number: int, is_: Sequence[str], should: Sequence[str]) -> None:
        now, then = (should, is_) if self._as_written else (is_, should)
        differing = [i for i, pair in enumerate(zip(now, then, strict=False)) if pair[0] != pair[1]]
        self._found.photos |= self._photos(is_) | self._photos(should)
        if len(now) != len(then):
            self._tell("altered", number, then, "", f"it has {len(now)} cells instead of {len(then)}")
        elif not differing:
            self._tell("altered", number, then, "", "other quotes or another line end")
        else:
            first = differing[0]
            column = self._names[first] if first < len(self._names) else str(first + 1)
            told = f"it says {_shown(now[first])} instead of {_shown(then[first])}"
            more = len(differing) - 1
            told += f", and {more} further column{'s' * (more > 1)} differ{'s' * (more == 1)}" if more else ""
            self._tell("altered", number, then, column, told)

    def _tell(self, kind: Kind, number: int, cells: Sequence[str], column: str, told: str) -> None:
        self._rows += 1
        self._found.photos |= self._photos(cells)
        if self._rows > _MOST_NAMED:
            return
        if number == 0:
            row = "header"
        else:
            named = " and ".join(_shown(cell) for cell in self._cells_named(cells))
            row = f"row {number}" + (f" ({named})" if named else "")
        place = ", ".join(filter(None, (self._table, row, column and f"column {column}")))
        self._found.findings.append(Finding(kind, self._where, place, told))

    def _cells_named(self, cells: Sequence[str]) -> list[str]:
        return [cell for name, cell in zip(self._names, cells, strict=False) if name in _NAMING]

    def _photos(self, cells: Sequence[str]) -> set[str]:
        return set(self._cells_named(cells))


def _cells(line: str) -> list[str]:
    try:
        return next(csv.reader([line], strict=False), [])
    except csv.Error:
        return [line]


def _shown(text: str) -> str:
    shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
    return shown or "nothing"


def check_json(path: Path, expected: str, *, as_written: bool) -> list[Finding]:
    """Compare ``run.json`` with what the record gives, and name the first key that differs.

    Raises
    ------
    OSError
        When the file cannot be read.
    """
    data = path.read_bytes()
    if data == expected.encode("utf-8"):
        return []
    where = RECORD if as_written else path.name
    try:
        there = json.loads(data)
    except (ValueError, RecursionError):
        return [Finding("altered", where, "", "it is not JSON any more")]
    then, now = (there, json.loads(expected)) if as_written else (json.loads(expected), there)
    key = _first_difference(then, now)
    table = "table run, " if as_written else ""
    if key is None:
        return [Finding("altered", where, "", "its content is the same, its spelling is another")]
    return [Finding("altered", where, f"{table}{key[0] or 'all of it'}", f"it says {key[2]} instead of {key[1]}")]


def _first_difference(then: object, now: object, key: str = "") -> tuple[str, str, str] | None:
    if isinstance(then, Mapping) and isinstance(now, Mapping):
        names = [*then, *(name for name in now if name not in then)]
        pairs = [(f"{key}.{name}" if key else str(name), then.get(name), now.get(name)) for name in names]
    elif isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        pairs = [(f"{key}[{i}]", a, b) for i, (a, b) in enumerate(zip(then, now, strict=True), start=1)]
    else:
        told = [_shown(json.dumps(value, ensure_ascii=False)) for value in (then, now)]
        return None if then == now and type(then) is type(now) else (key, told[0], told[1])
    return next((found for name, a, b in pairs if (found := _first_difference(a, b, name))), None)
