"""Tables of the record as SQL, from the data dictionary."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing

from densitometer.dictionary import (
    CHANGE_COLUMNS,
    HAIR_COLUMNS,
    MATCH_COLUMNS,
    REPEATABILITY_COLUMNS,
    TRACK_COLUMNS,
    Column,
)

COMPARISON_TABLES: Mapping[str, tuple[Column, ...]] = {
    "changes": CHANGE_COLUMNS,
    "matches": MATCH_COLUMNS,
    "tracks": TRACK_COLUMNS,
    "repeatability": REPEATABILITY_COLUMNS,
}
"""Tables that comparing adds, each written to a CSV file of the same name."""
_DAMAGED = (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)  # the first: no such table
_SQL_TYPES = {"text": "TEXT", "integer": "INTEGER", "number": "REAL"}


VERSION = 2
"""Number of this schema, which ``PRAGMA user_version`` gives; those before it did not number their results."""


def version_of(connection: sqlite3.Connection) -> int:
    """Give the number of the schema of a record."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def record_schema(columns: Sequence[Column]) -> Iterator[str]:
    """Statements that make the tables of a run of measuring; ``columns`` are those of its ``photos.csv``.

    Tables whose rows come in the order in which photographs are done have no ``rowid``: the same content gives the
    same bytes then, whatever came first.
    """
    hairs = f"{_definitions(HAIR_COLUMNS)}, PRIMARY KEY (photo, hair)"
    yield photos_schema(columns)
    yield f"CREATE TABLE hairs ({hairs}, FOREIGN KEY (photo) REFERENCES photos (photo)) WITHOUT ROWID"
    yield (
        "CREATE TABLE pictures (place INTEGER PRIMARY KEY, photo TEXT UNIQUE, result INTEGER UNIQUE, overlay TEXT, "
        "overlay_sha256 TEXT, made TEXT)"
    )
    yield "CREATE TABLE thumbnails (result INTEGER PRIMARY KEY, jpeg BLOB)"
    yield "CREATE TABLE kept (result INTEGER PRIMARY KEY, mask_png BLOB, view_jpeg BLOB, marks_px TEXT)"
    yield (
        "CREATE TABLE superseded (result INTEGER PRIMARY KEY, photo TEXT, status TEXT, superseded_at TEXT, why TEXT, "
        'made TEXT, "row" TEXT, hairs TEXT, overlay_sha256 TEXT)'
    )
    yield "CREATE TABLE run (key TEXT PRIMARY KEY, value TEXT)"
    yield "CREATE TABLE outbox (number INTEGER PRIMARY KEY, line TEXT)"
    yield "CREATE TABLE moves (step INTEGER, source TEXT, target TEXT, PRIMARY KEY (step, source)) WITHOUT ROWID"
    yield f"PRAGMA user_version = {VERSION}"


def photos_schema(columns: Sequence[Column]) -> str:
    """Statement that makes the table of photographs."""
    return f"CREATE TABLE photos ({_definitions(columns)}, PRIMARY KEY (photo)) WITHOUT ROWID"


def comparison_schema() -> Iterator[str]:
    """Statements that make the tables of comparing anew, empty."""
    for table, columns in COMPARISON_TABLES.items():
        yield f"DROP TABLE IF EXISTS {table}"
        yield f"CREATE TABLE {table} ({_definitions(columns)})"
    yield "CREATE INDEX matches_of ON matches (baseline_photo, followup_photo)"
    yield "DROP TABLE IF EXISTS comparison_pictures"
    yield "CREATE TABLE comparison_pictures (baseline_photo TEXT, followup_photo TEXT, picture TEXT, blink TEXT)"


def altered_schema(connection: sqlite3.Connection, columns: Sequence[Column]) -> list[str]:
    """Name what was put into the schema of a record, taken out of it or altered: a trigger would change results.

    Parameters
    ----------
    connection : sqlite3.Connection
    columns : sequence of Column
        Those of its ``photos.csv``.
    """
    there = _schema_of(connection)
    with closing(sqlite3.connect(":memory:")) as anew:
        for statement in record_schema(columns):
            anew.execute(statement)
        if ("table", "comparison_pictures") in there:
            for statement in comparison_schema():
                anew.execute(statement)
        wanted = _schema_of(anew)
    names = sorted(name for name in {*there, *wanted} if there.get(name) != wanted.get(name))
    return [f"{kind} {name}" for kind, name in names]


def _schema_of(connection: sqlite3.Connection) -> dict[tuple[str, str], object]:
    found = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master")
    return {(str(kind), str(name)): rest for kind, name, *rest in found}


def says_damaged(error: BaseException | None) -> bool:
    """Tell whether SQLite says that a file is no sound record, rather than that it cannot be read now."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_IOERR) & 0xFF in _DAMAGED


def quoted(name: str) -> str:
    """Name of a column as SQL takes it, whatever characters it holds."""
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def listed(columns: Sequence[Column]) -> str:
    """Names of columns as SQL takes them, with commas."""
    return ", ".join(quoted(column.name) for column in columns)


def _definitions(columns: Sequence[Column]) -> str:
    return ", ".join(_definition(column) for column in columns)


def _definition(column: Column) -> str:
    check = ""
    if column.allowed and not column.several:
        values = ", ".join(value if column.type == "integer" else f"'{value}'" for value in column.allowed)
        check = f" CHECK ({quoted(column.name)} IN ({values}))"
    return f"{quoted(column.name)} {_SQL_TYPES[column.type]}{check}"
