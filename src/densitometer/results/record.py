"""The record: what each photograph yielded, in and out of one SQLite file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from pathlib import Path
from typing import overload

from densitometer.dictionary import HAIR_COLUMNS, PHOTO_COLUMNS, Column, photo_columns
from densitometer.errors import ResultsError
from densitometer.results.comparisons import ComparisonTables
from densitometer.results.digest import canonical, result_sha256
from densitometer.results.result import Kept, PhotoResult
from densitometer.results.rows import Cell
from densitometer.results.schema import VERSION, altered_schema, listed, record_schema, says_damaged, version_of

__all__ = ["NOT_OF_RUN", "Kept", "PhotoResult", "Record", "is_record"]

NOT_OF_RUN = ("written",)
"""Keys of the table ``run`` that do not belong in ``run.json``."""
_PATIENCE_S = 5.0
_PATIENCE_OF_WRITER_S = 60.0


class Record(Sequence[PhotoResult]):
    """All results of one run, in the order of the run, held in an SQLite file and read one at a time.

    Tables: ``photos`` and ``hairs`` with the columns of the data dictionary; ``run`` with the provenance as JSON by
    key; ``pictures`` with the order of the photographs, the number of each one's result, what that was made of, and
    its overlay; ``thumbnails`` and ``kept``, by the number of the result, with what the report and comparing need;
    ``superseded`` with older results; ``outbox`` and ``moves`` with what is still to be done outside of the file.
    """

    def __init__(self, connection: sqlite3.Connection, columns: tuple[Column, ...]) -> None:
        self.connection = connection
        self.columns = columns

    @classmethod
    def create(cls, path: Path, further: Iterable[str] | None = None) -> Record:
        """Start an empty record.

        Raises
        ------
        ResultsError
            When the file cannot be written.
        """
        columns = photo_columns(further)
        connection = _connect(str(path))
        try:
            with connection:
                connection.execute("BEGIN EXCLUSIVE")
                for statement in record_schema(columns):
                    connection.execute(statement)
        except sqlite3.Error as error:
            connection.close()
            raise ResultsError(f"{path} cannot be written: {error}") from error
        return cls(connection, columns)

    @classmethod
    def open(cls, path: Path) -> Record:
        """Open a record to go on with it; what a run that was killed had half written is taken back first.

        Raises
        ------
        ResultsError
            When there is none, or it is not one of densitometer.
        """
        record = cls._opened(path, "rw")
        record.connection.execute("PRAGMA synchronous = EXTRA")  # the trail tells nothing that a loss of power undoes
        record.connection.execute("PRAGMA temp_store = MEMORY")
        record.connection.execute(f"PRAGMA busy_timeout = {_PATIENCE_OF_WRITER_S * 1000:.0f}")  # others may read it
        return record

    @classmethod
    def read(cls, path: Path, *, to_add: bool = False, mend: bool = True) -> Record:
        """Open the record of an earlier run for reading only; or ``to_add`` comparisons, locked until it is closed.

        Raises
        ------
        ResultsError
            When there is none, it is not one of densitometer, or it is locked; and, unless to ``mend``, when a run that
            was killed left something half written in it.
        """
        if to_add:
            return cls._opened(path, "rw", alone=True)
        try:
            return cls._opened(path, "ro")
        except ResultsError:
            if not (mend and path.with_name(f"{path.name}-journal").exists()):
                raise
            cls._opened(path, "rw").close()  # takes back what a run that was killed had half written
            return cls._opened(path, "ro")

    @classmethod
    def _opened(cls, path: Path, mode: str, *, alone: bool = False) -> Record:
        connection = _connect(f"{path.resolve().as_uri()}?mode={mode}")
        try:
            if alone:
                connection.execute("PRAGMA locking_mode = EXCLUSIVE")
                connection.execute("BEGIN EXCLUSIVE")
                connection.commit()
            names = [row[1] for row in connection.execute("PRAGMA table_info(photos)")]
            connection.execute("SELECT 1 FROM pictures, hairs, run LIMIT 1")
        except sqlite3.Error as error:
            connection.close()
            raise ResultsError(f"{path} is not a record of densitometer: {error}") from error
        further = len(photo_columns(()))
        if len(names) == len(PHOTO_COLUMNS):
            return cls(connection, PHOTO_COLUMNS)
        return cls(connection, photo_columns(names[further:]) if len(names) >= further else photo_columns())

    # ---- what kind of record it is

    def lacking(self) -> list[str]:
        """Columns of the data dictionary that the file lacks; SQLite would read their names for their content."""
        tables = {"photos": self.columns, "hairs": HAIR_COLUMNS}
        present = {
            table: {row[1] for row in self.connection.execute(f"PRAGMA table_info({table})")} for table in tables
        }
        return [
            column.name for table, columns in tables.items() for column in columns if column.name not in present[table]
        ]

    @property
    def current(self) -> bool:
        """True when it has the tables and the columns of today, so that a run can go on with it."""
        return version_of(self.connection) == VERSION and not self.lacking()

    @property
    def keeps(self) -> bool:
        """True when what comparing needs was kept; the first versions did not."""
        return bool(self.connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'kept'").fetchone())

    @property
    def intact(self) -> bool:
        """False when parts of the file were cut off or overwritten, or tables or triggers put in."""
        return self._checked("") and not altered_schema(self.connection, self.columns)

    @property
    def rows_intact(self) -> bool:
        """Like :attr:`intact` but for the pictures that the record holds, which take most of its room and time."""
        pages = self.connection.execute("PRAGMA page_count").fetchone()[0]
        return bool(pages) and all(self._checked(table) for table in ("photos", "hairs", "pictures", "superseded"))

    def _checked(self, table: str) -> bool:
        try:
            (found,) = self.connection.execute(f"PRAGMA quick_check({table or 1})").fetchone()
        except sqlite3.DatabaseError as error:
            if not says_damaged(error):
                raise ResultsError(f"results.sqlite cannot be read now: {error}") from error
            return False
        return bool(found == "ok")

    # ---- writing

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Do several things together or not at all; they are on disk afterwards.

        Raises
        ------
        ResultsError
            When they cannot be written; nothing was changed then.
        """
        try:
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.connection.commit()
            except BaseException:
                self.connection.rollback()
                raise
        except sqlite3.IntegrityError:  # a programming error
            raise
        except sqlite3.OperationalError as error:
            advice = "close it where it is open" if "locked" in str(error) else "is the disk full?"
            raise ResultsError(f"results.sqlite cannot be written: {error}; {advice}") from error
        except sqlite3.DatabaseError as error:
            raise ResultsError(f"results.sqlite is damaged ({error}); run the same command again") from error

    def add(self, result: PhotoResult) -> None:
        """Store one more result, with the next place and the next number; it is on disk when this returns."""
        with self.transaction():
            place = self.connection.execute("SELECT coalesce(max(place), 0) + 1 FROM pictures").fetchone()[0]
            self.put(result, place, self.highest + 1)

    def put(self, result: PhotoResult, place: int, number: int, overlay_sha256: str | None = None) -> None:
        """Store a result in the place of what is there of the photograph, within a transaction."""
        self.take_out(result.photo)
        self.insert("photos", self.columns, [result.row])
        self.insert("hairs", HAIR_COLUMNS, result.hairs)
        made = None if result.made is None else canonical(result.made)
        cells = (place, result.photo, number, result.overlay, overlay_sha256, made)
        self.connection.execute("INSERT INTO pictures VALUES (?, ?, ?, ?, ?, ?)", cells)
        if result.thumbnail_jpeg is not None:
            self.connection.execute("INSERT INTO thumbnails VALUES (?, ?)", (number, result.thumbnail_jpeg))
        if kept := result.kept:
            blobs = (number, kept.mask_png, kept.view_jpeg, json.dumps(kept.marks_px))
            self.connection.execute("INSERT INTO kept VALUES (?, ?, ?, ?)", blobs)

    def take_out(self, photo: str) -> None:
        """Delete the rows of a photograph, within a transaction; what goes by the number of its result stays."""
        for table in ("hairs", "photos", "pictures"):
            self.connection.execute(f"DELETE FROM {table} WHERE photo = ?", (photo,))

    def insert(self, table: str, columns: Sequence[Column], rows: Iterable[Mapping[str, Cell]]) -> None:
        """Add rows to a table, within a transaction."""
        marks = ", ".join("?" * len(columns))
        cells = ([row.get(column.name) for column in columns] for row in rows)
        self.connection.executemany(f"INSERT INTO {table} VALUES ({marks})", cells)

    def describe(self, run: Mapping[str, object]) -> None:
        """Store the provenance of the run, one row a key, in the place of what was there."""
        with self._together():
            written = self.written()
            self.connection.execute("DELETE FROM run")
            rows = ((key, json.dumps(value, ensure_ascii=False)) for key, value in run.items())
            self.connection.executemany("INSERT INTO run VALUES (?, ?)", rows)
            self.set_written(written)

    def set_written(self, files: Mapping[str, str]) -> None:
        """Store the sha256 of files as they were last written from the record; empty where they are not to be."""
        with self._together():
            self.connection.execute("DELETE FROM run WHERE key = 'written'")
            if files:
                self.connection.execute("INSERT INTO run VALUES ('written', ?)", (json.dumps(dict(files)),))

    def _together(self) -> AbstractContextManager[None]:
        return nullcontext() if self.connection.in_transaction else self.transaction()

    # ---- reading

    def run(self) -> dict[str, object]:
        """Return the provenance of the run, as ``run.json`` holds it."""
        found = self.connection.execute("SELECT key, value FROM run ORDER BY rowid")
        return {key: json.loads(value) for key, value in found if key not in NOT_OF_RUN}

    def written(self) -> dict[str, str]:
        """Sha256 by name of the files that were last written from the record, where nothing changed since."""
        found = self.connection.execute("SELECT value FROM run WHERE key = 'written'").fetchone()
        return {str(name): str(sha256) for name, sha256 in json.loads(found[0]).items()} if found else {}

    def outbox(self) -> list[str]:
        """Lines of the audit trail that may not have been appended to it yet."""
        return [line for (line,) in self.connection.execute("SELECT line FROM outbox ORDER BY number")]

    @property
    def highest(self) -> int:
        """The highest number that a result ever had; 0 where there never was one."""
        query = "SELECT max(coalesce(max(result), 0), (SELECT coalesce(max(result), 0) FROM superseded)) FROM pictures"
        return int(self.connection.execute(query).fetchone()[0])

    def digest(self, number: int) -> str:
        """Hash of everything that a result holds, by its number, be it of this run or superseded; KeyError if neither.

        Raises
        ------
        KeyError
            When there is no such result.
        """
        query = "SELECT photo, made, overlay_sha256 FROM pictures WHERE result = ?"
        if found := self.connection.execute(query, (number,)).fetchone():
            photo, made, overlay = found
            row, hairs = self.photo_row(photo), self.hairs(photo)
        else:
            query = 'SELECT made, overlay_sha256, "row", hairs FROM superseded WHERE result = ?'
            found = self.connection.execute(query, (number,)).fetchone()
            if found is None:
                raise KeyError(number)
            made, overlay = found[:2]
            row, hairs = json.loads(found[2]), json.loads(found[3])
        thumbnail = self.thumbnail(number)
        return result_sha256(json.loads(made) if made else None, row, hairs, self._kept(number), thumbnail, overlay)

    def kept(self, photo: str) -> Kept:
        """Return what was kept of a photograph for comparing it.

        Raises
        ------
        ResultsError
            When nothing was: it was not measured, or by a version that did not yet keep it.
        """
        try:
            query = "SELECT result FROM pictures WHERE photo = ? AND result IS NOT NULL"
            number = self.connection.execute(query, (photo,)).fetchone()
            kept = self._kept(number[0]) if number else None
        except sqlite3.OperationalError:  # no such table
            kept = None
        if kept is None:
            raise ResultsError(f"of {photo} nothing was kept to compare it by; measure the photographs again")
        return kept

    def _kept(self, number: int) -> Kept | None:
        query = "SELECT mask_png, view_jpeg, marks_px FROM kept WHERE result = ?"
        if (found := self.connection.execute(query, (number,)).fetchone()) is None:
            return None
        mask_png, view_jpeg, marks = found
        return Kept(mask_png, view_jpeg, tuple((float(x), float(y), float(r)) for x, y, r in json.loads(marks)))

    def thumbnail(self, number: int | None) -> bytes | None:
        """Small picture of a photograph, by the number of its result."""
        found = self.connection.execute("SELECT jpeg FROM thumbnails WHERE result = ?", (number,)).fetchone()
        return found[0] if found else None

    def hairs(self, photo: str) -> list[dict[str, Cell]]:
        """Rows of the hairs of one photograph, cells by column."""
        return self._rows("hairs", HAIR_COLUMNS, photo, "ORDER BY hair")

    def widths_um(self, photo: str) -> dict[int, Cell]:
        """Widths in um of the hairs of one photograph, by number."""
        return dict(self.connection.execute("SELECT hair, width_um FROM hairs WHERE photo = ?", (photo,)))

    def photo_row(self, photo: str) -> dict[str, Cell]:
        """Row of one photograph, cells by column; KeyError when it is not in the run."""
        for row in self._rows("photos", self.columns, photo):
            return row
        raise KeyError(photo)

    def photo_rows(self) -> list[dict[str, Cell]]:
        """Rows of all photographs, cells by column, in the order of the run."""
        return [dict(zip((column.name for column in self.columns), cells, strict=True)) for cells in self.photo_cells()]

    @property
    def comparisons(self) -> ComparisonTables:
        """The tables that comparing adds."""
        return ComparisonTables(self.connection)

    def photo_cells(self) -> Iterator[tuple[Cell, ...]]:
        """Rows of ``photos.csv``, cells in the order of :attr:`columns`."""
        yield from self.connection.execute(f"SELECT {listed(self.columns)} FROM photos {_IN_ORDER}")

    def hair_cells(self) -> Iterator[tuple[Cell, ...]]:
        """Rows of ``hairs.csv``, cells in the order of the data dictionary."""
        columns = listed(HAIR_COLUMNS)
        yield from self.connection.execute(f"SELECT {columns} FROM hairs {_IN_ORDER}, hairs.hair")

    def hashes(self) -> list[tuple[str, str | None]]:
        """Each photograph with the hash of its file, in the order of the run."""
        return list(self.connection.execute(f"SELECT photo, sha256 FROM photos {_IN_ORDER}"))

    def kinds(self) -> list[tuple[str, str | None, str | None, int]]:
        """Status, reason and flags that photographs have, and how many have these."""
        return list(self.connection.execute("SELECT status, reason, flags, count(*) FROM photos GROUP BY 1, 2, 3"))

    def __len__(self) -> int:
        """Return the number of photographs."""
        return int(self.connection.execute("SELECT count(*) FROM pictures").fetchone()[0])

    @overload
    def __getitem__(self, index: int) -> PhotoResult: ...
    @overload
    def __getitem__(self, index: slice) -> list[PhotoResult]: ...
    def __getitem__(self, index: int | slice) -> PhotoResult | list[PhotoResult]:
        """Return one result by its place in the run, from 0."""
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        place = (index + len(self) if index < 0 else index) + 1
        query = "SELECT photo, result, overlay, made FROM pictures WHERE place = ?"
        if (picture := self.connection.execute(query, (place,)).fetchone()) is None:
            raise IndexError(index)
        photo, number, overlay, made = picture
        row, hairs = self.photo_row(photo), tuple(self.hairs(photo))
        of = json.loads(made) if made else None
        return PhotoResult(photo, row, hairs, overlay, self.thumbnail(number), made=of)

    def _rows(self, table: str, columns: Sequence[Column], photo: str, order: str = "") -> list[dict[str, Cell]]:
        names = [column.name for column in columns]
        query = f"SELECT {listed(columns)} FROM {table} WHERE photo = ? {order}"
        found = self.connection.execute(query, (photo,))
        return [dict(zip(names, cells, strict=True)) for cells in found]

    def close(self) -> None:
        """Close the file."""
        self.connection.close()


def _connect(place: str) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(place, timeout=_PATIENCE_S, uri=place.startswith("file:"))
        connection.execute("PRAGMA trusted_schema = OFF")  # whatever someone put into the file
        return connection
    except sqlite3.Error as error:
        raise ResultsError(f"{place} cannot be opened: {error}") from error


def is_record(path: Path) -> bool:
    """Tell whether a file is a record of densitometer."""
    try:
        with closing(Record.read(path)):
            return True
    except ResultsError:
        return False


_IN_ORDER = "JOIN pictures USING (photo) ORDER BY pictures.place"
