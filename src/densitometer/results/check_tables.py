"""Check a CSV file and run.json against what the record gives, and name what differs by row and column."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path

from densitometer.results.check_form import Row, changes_of_form, rows_given, rows_of, same_number
from densitometer.results.files import RECORD
from densitometer.results.findings import Finding, Kind

_MOST_HELD = 100_000
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
        One a cell that differs, and one a row that was put in or taken out.
    photos : set of str
        Photographs whose rows differ.
    """

    findings: list[Finding] = field(default_factory=list)
    photos: set[str] = field(default_factory=set)


def check_table(
    path: Path, expected: Iterable[str], *, as_written: bool, numbers: Set[str] = frozenset()
) -> Difference:
    """Compare a CSV file with the lines that the record gives.

    A file that another program saved again is one finding as long as no value differs.

    Parameters
    ----------
    path : Path
    expected : iterable of str
        The header first; each with its line end.
    as_written : bool
        True when the sha256 of the file is the one in the trail: then it is the record that was altered.
    numbers : set of str
        Names of the columns that hold numbers, which may be spelt in more than one way.

    Raises
    ------
    OSError
        When the file cannot be read.
    """
    with path.open("rb") as file:
        return _Comparing(path.name, as_written, numbers).compare(rows_of(file), rows_given(expected))


class _Ahead:
    """Rows of which the next one can be looked at before it is taken."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows = iter(rows)
        self._next: deque[Row] = deque()

    def take(self) -> Row | None:
        return self._next.popleft() if self._next else next(self._rows, None)

    def peek(self) -> Row | None:
        if not self._next and (row := next(self._rows, None)) is not None:
            self._next.append(row)
        return self._next[0] if self._next else None

    def put_back(self, row: Row) -> None:
        self._next.appendleft(row)


class _Comparing:
    """Compares two tables row by row; a row that was put in or taken out does not make all that follow differ."""

    def __init__(self, name: str, as_written: bool, numbers: Set[str]) -> None:
        self._name = name
        self._as_written = as_written
        self._numbers = numbers
        self._names: list[str] = []
        self._found = Difference()
        self._told = 0
        self._form: dict[str, None] = {}  # in the order in which they were found

    def compare(self, actual: Iterable[Row], expected: Iterable[Row]) -> Difference:
        there, wanted = _Ahead(actual), _Ahead(expected)
        while True:
            is_, should = there.take(), wanted.take()
            if is_ is None and should is None:
                break
            if not self._names and should is not None:
                self._names = should.cells
            if is_ is None or should is None or not is_.plain or is_.text != should.text:
                self._row(is_, should, there, wanted)
        if self._told > _MOST_HELD:
            told = f"it differs in {self._told - _MOST_HELD} further places"
            self._found.findings.append(Finding("altered", self._where, self._table, told))
        if self._form and not self._told:
            told = f"it was saved by another program ({', '.join(self._form)} changed); no value differs"
            told = "other quotes or another line end" if self._as_written else told
            self._found.findings.append(Finding("altered", self._where, self._table, told))
        return self._found

    @property
    def _where(self) -> str:
        return RECORD if self._as_written else self._name

    @property
    def _table(self) -> str:
        return f"table {self._name.removesuffix('.csv')}" if self._as_written else ""

    def _row(self, is_: Row | None, should: Row | None, there: _Ahead, wanted: _Ahead) -> None:
        if is_ is not None and (should is None or (self._other(is_, should) and self._same(there.peek(), should))):
            if should is not None:
                wanted.put_back(should)
            self._one_sided(is_, in_file=True)
        elif should is not None and (is_ is None or (self._other(is_, should) and self._same(is_, wanted.peek()))):
            if is_ is not None:
                there.put_back(is_)
            self._one_sided(should, in_file=False)
        elif is_ is not None and should is not None:
            self._cells(is_, should)

    def _other(self, is_: Row, should: Row) -> bool:
        """Tell whether two rows are different ones, by the columns that name one."""
        keys = [place for place, name in enumerate(self._names) if name in _KEYS]
        if any(place >= min(len(is_.cells), len(should.cells)) for place in keys):
            return len(is_.cells) != len(should.cells)
        return not set(keys).isdisjoint(self._differing(is_, should))

    def _same(self, is_: Row | None, should: Row | None) -> bool:
        """Tell whether a row is there and holds the same values."""
        if is_ is None or should is None or len(is_.cells) != len(should.cells):
            return False
        return not self._differing(is_, should)

    def _differing(self, is_: Row, should: Row) -> list[int]:
        """Columns in which the values of two rows differ."""
        pairs = enumerate(zip(is_.cells, should.cells, strict=False))
        return [
            place
            for place, (a, b) in pairs
            if a != b and not (self._column(place) in self._numbers and same_number(a, b, is_.separator))
        ]

    def _column(self, place: int) -> str:
        return self._names[place] if place < len(self._names) else str(place + 1)

    def _one_sided(self, row: Row, *, in_file: bool) -> None:
        kind: Kind = "added" if in_file != self._as_written else "missing"
        self._tell(kind, row.number, row.cells, "", "it was put in" if kind == "added" else "it was taken out")

    def _cells(self, is_: Row, should: Row) -> None:
        now, then = (should.cells, is_.cells) if self._as_written else (is_.cells, should.cells)
        differing = self._differing(is_, should)
        if len(now) != len(then):
            self._tell("altered", is_.number, then, "", f"it has {len(now)} cells instead of {len(then)}")
        elif not differing:
            self._form |= dict.fromkeys(changes_of_form(is_, should))
            return
        else:
            for place in differing:
                told = f"it says {_shown(now[place])} instead of {_shown(then[place])}"
                self._tell("altered", is_.number, then, self._column(place), told)
        self._found.photos |= self._photos(now)

    def _tell(self, kind: Kind, number: int, cells: Sequence[str], column: str, told: str) -> None:
        self._told += 1
        self._found.photos |= self._photos(cells)
        if self._told > _MOST_HELD:
            return
        if number == 1:
            row = "row 1 (header)"
        else:
            named = " and ".join(_shown(cell) for cell in self._cells_named(cells))
            row = f"row {number}" + (f" ({named})" if named else "")
        place = ", ".join(filter(None, (self._table, row, column and f"column {column}")))
        self._found.findings.append(Finding(kind, self._where, place, told))

    def _cells_named(self, cells: Sequence[str]) -> list[str]:
        return [cell for name, cell in zip(self._names, cells, strict=False) if name in _NAMING]

    def _photos(self, cells: Sequence[str]) -> set[str]:
        return set(self._cells_named(cells))


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
