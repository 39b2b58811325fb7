"""The tables of the record that comparing adds: changes, matches, tracks, repeatability, and the pictures."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from densitometer.errors import ResultsError
from densitometer.results.rows import Cell
from densitometer.results.schema import COMPARISON_TABLES, comparison_schema, listed


class ComparisonTables:
    """What comparing stored in the record of a run, and the way to store it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @property
    def there(self) -> bool:
        """True once the visits of the run have been compared."""
        query = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'comparison_pictures'"
        return bool(self._connection.execute(query).fetchone()[0])

    def start(self) -> None:
        """Make the tables anew, empty."""
        with _writing(), self._connection:
            for statement in comparison_schema():
                self._connection.execute(statement)

    def add(self, table: str, rows: Iterable[Mapping[str, Cell]]) -> None:
        """Add rows to one of the tables; ResultsError when they cannot be written."""
        columns = COMPARISON_TABLES[table]
        marks = ", ".join("?" * len(columns))
        cells = ([row.get(column.name) for column in columns] for row in rows)
        with _writing(), self._connection:
            self._connection.executemany(f"INSERT INTO {table} VALUES ({marks})", cells)

    def add_pictures(self, baseline: str, followup: str, picture: str | None, blink: str | None) -> None:
        """Store where the pictures of a comparison lie, relative to the results folder."""
        with _writing(), self._connection:
            cells = (baseline, followup, picture, blink)
            self._connection.execute("INSERT INTO comparison_pictures VALUES (?, ?, ?, ?)", cells)

    def cells(self, table: str) -> Iterator[tuple[Cell, ...]]:
        """Rows of a table as they stand in its CSV file."""
        yield from self._connection.execute(f"SELECT {listed(COMPARISON_TABLES[table])} FROM {table} ORDER BY rowid")

    def matches(self, baseline: str, followup: str) -> list[dict[str, Cell]]:
        """Matches of one comparison, cells by column."""
        columns = COMPARISON_TABLES["matches"]
        query = f"SELECT {listed(columns)} FROM matches WHERE baseline_photo = ? AND followup_photo = ? ORDER BY rowid"
        names = [column.name for column in columns]
        found = self._connection.execute(query, (baseline, followup))
        return [dict(zip(names, cells, strict=True)) for cells in found]

    def pictures_of(self, baseline: str, followup: str) -> tuple[str | None, str | None]:
        """Paths of the side-by-side and of the animated picture of one comparison; None where there is none."""
        query = "SELECT picture, blink FROM comparison_pictures WHERE baseline_photo = ? AND followup_photo = ?"
        picture, blink = self._connection.execute(query, (baseline, followup)).fetchone() or (None, None)
        return picture, blink

    def pictures(self) -> list[str]:
        """Paths of all pictures, relative to the results folder."""
        query = "SELECT picture, blink FROM comparison_pictures ORDER BY rowid"
        return [path for pair in self._connection.execute(query) for path in pair if path]

    def compact(self, path: Path) -> None:
        """Write the whole record anew: the same content gives the same bytes, whatever stood in the file before."""
        with _writing():
            self._connection.execute("VACUUM INTO ?", (str(path),))
            with closing(sqlite3.connect(path)) as anew:
                anew.execute("PRAGMA schema_version = 1")  # it counts how often tables were made before
                anew.commit()


@contextmanager
def _writing() -> Iterator[None]:
    """Say what it means for the user when SQLite cannot write."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise ResultsError(f"the results cannot be written: {error}; is the disk full?") from error
