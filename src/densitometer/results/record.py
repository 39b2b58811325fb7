"""The record: what each photograph yielded, in and out of one SQLite file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import overload

from densitometer.dictionary import HAIR_COLUMNS, Column, photo_columns
from densitometer.errors import ResultsError
from densitometer.results.comparisons import ComparisonTables
from densitometer.results.rows import Cell
from densitometer.results.schema import listed, record_schema


@dataclass(frozen=True)
class Kept:
    """What comparing a photograph with another visit needs beyond its rows, so that the file itself is not needed.

    Attributes
    ----------
    mask_png : bytes
        Countable skin, one bit a pixel of the photograph.
    view_jpeg : bytes
        The photograph, made smaller where it is large; without anything that the camera wrote.
    marks_px : tuple of (x, y, radius)
        Skin marks that stay, in px of the photograph.
    """

    mask_png: bytes
    view_jpeg: bytes
    marks_px: tuple[tuple[float, float, float], ...] = ()


@dataclass(frozen=True)
class PhotoResult:
    """What one photograph yielded.

    Attributes
    ----------
    photo : str
        Its name in every table.
    row : dict
        Its cells by column of ``photos.csv``; None where not measured.
    hairs : tuple of dict
        Cells by column of ``hairs.csv``, one dict a hair.
    overlay : str or None
        Path of the overlay, relative to the results folder, with forward slashes.
    thumbnail_jpeg : bytes or None
    kept : Kept or None
        Stored with the rest; read back by :meth:`Record.kept` alone, since it is large.
    made : mapping or None
        What it was made from and with, by :func:`densitometer.results.made.made_of`; None where that is not known.
    overlay_png : bytes or None
        The overlay itself, to be written to ``overlay``; not read back.
    """

    photo: str
    row: dict[str, Cell]
    hairs: tuple[dict[str, Cell], ...] = ()
    overlay: str | None = None
    thumbnail_jpeg: bytes | None = None
    kept: Kept | None = None
    made: Mapping[str, object] | None = None
    overlay_png: bytes | None = None

    @property
    def measured(self) -> bool:
        """True when the photograph was measured."""
        return self.row["status"] == "measured"


class Record(Sequence[PhotoResult]):
    """All results of one run, in the order of the run, held in an SQLite file and read one at a time.

    Tables: ``photos`` and ``hairs`` with the columns of the data dictionary, ``run`` with the provenance as JSON by
    key, ``pictures`` with the order of the photographs, their overlays and their thumbnails, and ``kept`` with what
    comparing needs.
    """

    def __init__(self, connection: sqlite3.Connection, columns: tuple[Column, ...]) -> None:
        self._connection = connection
        self.columns = columns

    @classmethod
    def create(cls, path: Path, further: Iterable[str] | None = None) -> Record:
        """Start an empty record, locked against every other process until it is closed.

        Raises
        ------
        ResultsError
            When the file cannot be written, or another run is writing to it.
        """
        columns = photo_columns(further)
        connection = _connect(str(path))
        try:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            with connection:
                connection.execute("BEGIN EXCLUSIVE")
                for statement in record_schema(columns):
                    connection.execute(statement)
        except sqlite3.Error as error:
            connection.close()
            raise ResultsError(f"{path} cannot be written: {error}") from error
        return cls(connection, columns)

    def lacking(self) -> list[str]:
        """Columns of the data dictionary that the file lacks; SQLite would read their names for their content."""
        tables = {"photos": self.columns, "hairs": HAIR_COLUMNS}
        present = {
            table: {row[1] for row in self._connection.execute(f"PRAGMA table_info({table})")} for table in tables
        }
        return [
            column.name for table, columns in tables.items() for column in columns if column.name not in present[table]
        ]

    @classmethod
    def read(cls, path: Path, *, to_add: bool = False) -> Record:
        """Open the record of an earlier run for reading only; or ``to_add`` comparisons, locked until it is closed.

        Raises
        ------
        ResultsError
            When there is none, it is not one of densitometer, or it is locked.
        """
        connection = _connect(f"{path.resolve().as_uri()}?mode={'rw' if to_add else 'ro'}")
        try:
            if to_add:
                connection.execute("PRAGMA locking_mode = EXCLUSIVE")
                connection.execute("BEGIN EXCLUSIVE")
                connection.commit()
            names = [row[1] for row in connection.execute("PRAGMA table_info(photos)")]
            connection.execute("SELECT 1 FROM pictures, hairs, run LIMIT 1")
        except sqlite3.Error as error:
            connection.close()
            raise ResultsError(f"{path} is not a record of densitometer: {error}") from error
        known = len(photo_columns(()))
        return cls(connection, photo_columns(names[known:]) if len(names) >= known else photo_columns())

    def add(self, result: PhotoResult) -> None:
        """Store one result; it is on disk when this returns."""
        try:
            with self._connection:
                self._insert("photos", self.columns, [result.row])
                self._insert("hairs", HAIR_COLUMNS, result.hairs)
                picture = (None, result.photo, result.overlay, result.thumbnail_jpeg)  # place: the next
                self._connection.execute("INSERT INTO pictures VALUES (?, ?, ?, ?)", picture)
                if kept := result.kept:
                    cells = (result.photo, kept.mask_png, kept.view_jpeg, json.dumps(kept.marks_px))
                    self._connection.execute("INSERT INTO kept VALUES (?, ?, ?, ?)", cells)
        except sqlite3.OperationalError as error:
            raise ResultsError(f"the results cannot be written: {error}; is the disk full?") from error

    def _insert(self, table: str, columns: Sequence[Column], rows: Iterable[Mapping[str, Cell]]) -> None:
        marks = ", ".join("?" * len(columns))
        cells = ([row.get(column.name) for column in columns] for row in rows)
        self._connection.executemany(f"INSERT INTO {table} VALUES ({marks})", cells)

    def describe(self, run: Mapping[str, object]) -> None:
        """Store the provenance of the run, one row a key; what was there under a key is replaced."""
        with self._connection:
            rows = [(key, json.dumps(value, ensure_ascii=False)) for key, value in run.items()]
            self._connection.executemany(_SET_KEY, rows)

    def kept(self, photo: str) -> Kept:
        """Return what was kept of a photograph for comparing it.

        Raises
        ------
        ResultsError
            When nothing was: it was not measured, or by a version that did not yet keep it.
        """
        query = "SELECT mask_png, view_jpeg, marks_px FROM kept WHERE photo = ?"
        try:
            found = self._connection.execute(query, (photo,)).fetchone()
        except sqlite3.OperationalError:  # no such table
            found = None
        if found is None:
            raise ResultsError(f"of {photo} nothing was kept to compare it by; measure the photographs again")
        mask_png, view_jpeg, marks = found
        return Kept(mask_png, view_jpeg, tuple((float(x), float(y), float(r)) for x, y, r in json.loads(marks)))

    def hairs(self, photo: str) -> list[dict[str, Cell]]:
        """Rows of the hairs of one photograph, cells by column."""
        return self._rows("hairs", HAIR_COLUMNS, photo)

    def widths_um(self, photo: str) -> dict[int, Cell]:
        """Widths in um of the hairs of one photograph, by number."""
        return dict(self._connection.execute("SELECT hair, width_um FROM hairs WHERE photo = ?", (photo,)))

    def photo_row(self, photo: str) -> dict[str, Cell]:
        """Row of one photograph, cells by column; KeyError when it is not in the run."""
        for row in self._rows("photos", self.columns, photo):
            return row
        raise KeyError(photo)

    def photo_rows(self) -> list[dict[str, Cell]]:
        """Rows of all photographs, cells by column, in the order of the run."""
        names = [column.name for column in self.columns]
        return [dict(zip(names, cells, strict=True)) for cells in self.photo_cells()]

    @property
    def keeps(self) -> bool:
        """True when what comparing needs was kept; the first versions did not."""
        query = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'kept'"
        return bool(self._connection.execute(query).fetchone()[0])

    @property
    def intact(self) -> bool:
        """False when parts of the file were cut off or overwritten."""
        try:
            (found,) = self._connection.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.DatabaseError:
            return False
        return bool(found == "ok")

    @property
    def comparisons(self) -> ComparisonTables:
        """The tables that comparing adds."""
        return ComparisonTables(self._connection)

    def run(self) -> dict[str, object]:
        """Return the provenance of the run."""
        return {key: json.loads(value) for key, value in self._connection.execute("SELECT key, value FROM run")}

    def photo_cells(self) -> Iterator[tuple[Cell, ...]]:
        """Rows of ``photos.csv``, cells in the order of :attr:`columns`."""
        yield from self._connection.execute(f"SELECT {listed(self.columns)} FROM photos {_IN_ORDER}")

    def hair_cells(self) -> Iterator[tuple[Cell, ...]]:
        """Rows of ``hairs.csv``, cells in the order of the data dictionary."""
        columns = listed(HAIR_COLUMNS)
        yield from self._connection.execute(f"SELECT {columns} FROM hairs {_IN_ORDER}, hairs.hair")

    def hashes(self) -> list[tuple[str, str | None]]:
        """Each photograph with the hash of its file, in the order of the run."""
        return list(self._connection.execute(f"SELECT photo, sha256 FROM photos {_IN_ORDER}"))

    def overlays(self) -> list[str]:
        """Paths of all overlays, relative to the results folder."""
        return [overlay for (overlay,) in self._connection.execute("SELECT overlay FROM pictures") if overlay]

    def __len__(self) -> int:
        """Return the number of photographs."""
        return int(self._connection.execute("SELECT count(*) FROM pictures").fetchone()[0])

    @overload
    def __getitem__(self, index: int) -> PhotoResult: ...
    @overload
    def __getitem__(self, index: slice) -> list[PhotoResult]: ...
    def __getitem__(self, index: int | slice) -> PhotoResult | list[PhotoResult]:
        """Return one result by its place in the run, from 0."""
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        place = (index + len(self) if index < 0 else index) + 1
        query = "SELECT photo, overlay, thumbnail_jpeg FROM pictures WHERE place = ?"
        picture = self._connection.execute(query, (place,)).fetchone()
        if picture is None:
            raise IndexError(index)
        photo, overlay, thumbnail_jpeg = picture
        (row,) = self._rows("photos", self.columns, photo)
        hairs = self._rows("hairs", HAIR_COLUMNS, photo)
        return PhotoResult(photo, row, tuple(hairs), overlay, thumbnail_jpeg)

    def _rows(self, table: str, columns: Sequence[Column], photo: str) -> list[dict[str, Cell]]:
        names = [column.name for column in columns]
        query = f"SELECT {listed(columns)} FROM {table} WHERE photo = ? ORDER BY rowid"
        found = self._connection.execute(query, (photo,))
        return [dict(zip(names, cells, strict=True)) for cells in found]

    def close(self) -> None:
        """Close the file and give up its lock."""
        self._connection.close()


def _connect(place: str) -> sqlite3.Connection:
    try:
        return sqlite3.connect(place, timeout=0.2, uri=place.startswith("file:"))
    except sqlite3.Error as error:
        raise ResultsError(f"{place} cannot be opened: {error}") from error


def is_being_written(path: Path) -> bool:
    """Tell whether a run that is alive holds the lock on a record."""
    try:
        with closing(sqlite3.connect(path, timeout=0.2)) as connection:
            connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        return "locked" in str(error)
    except sqlite3.DatabaseError:  # half a file, left behind by a run that was killed
        return False
    return False


def is_record(path: Path) -> bool:
    """Tell whether a file is a record of densitometer."""
    try:
        with closing(Record.read(path)):
            return True
    except ResultsError:
        return False


_SET_KEY = "INSERT INTO run VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
_IN_ORDER = "JOIN pictures USING (photo) ORDER BY pictures.place"
