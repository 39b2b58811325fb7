"""Set aside what cannot be gone on with: never deleted, out of the way, under a number of its own."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from densitometer.errors import ResultsError
from densitometer.results.atomic import replace
from densitometer.results.record import Record, is_record

if TYPE_CHECKING:
    from densitometer.results.trail import Trail

SET_ASIDE = "set-aside"
_MAGIC = b"SQLite format 3\0"


def unusable(record: Path) -> str | None:
    """Say why a run cannot go on with a record; None when it can."""
    try:
        with closing(Record.open(record)) as opened:
            if not opened.current:
                return "is from another version of densitometer"
            return None if opened.rows_intact else "is damaged"
    except ResultsError:
        return "is damaged"


def is_ours(record: Path, trail: Path) -> bool:
    """Tell whether a file is a record of densitometer, even a damaged one."""
    if is_record(record):
        return True
    try:
        with record.open("rb") as file:
            begins_so = file.read(len(_MAGIC)) == _MAGIC
    except OSError:
        return False
    return trail.exists() or (begins_so and not _can_be_read(record))


def _can_be_read(record: Path) -> bool:
    """Tell whether a file is a sound SQLite file of another program."""
    import sqlite3

    try:
        with closing(sqlite3.connect(f"{record.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
    except sqlite3.Error:
        return False


def set_aside(out: Path, names: list[str], why: str, trail: Trail) -> dict[str, str]:
    """Move files and folders into ``set-aside`` and note it in the trail; returns the new name of each.

    The last of ``names`` is moved last: as long as it is there, a run that was killed meanwhile does the rest again.

    Raises
    ------
    ResultsError
        When one cannot be moved.
    """
    there = [name for name in names if os.path.lexists(out / name)]
    folder = out / SET_ASIDE
    try:
        folder.mkdir(exist_ok=True)
        number = 1
        while any(os.path.lexists(folder / _numbered(name, number)) for name in there):
            number += 1
        moved = {name: f"{SET_ASIDE}/{_numbered(name, number)}" for name in there}
        trail.write("set_aside", files=moved, why=why)
        for name, target in moved.items():
            replace(out / name, out / target)
    except OSError as error:
        raise ResultsError(f"{out} cannot be written ({error.strerror}); choose another folder for -o") from error
    return moved


def _numbered(name: str, number: int) -> str:
    stem, dot, suffix = name.partition(".")
    return f"{stem}-{number}{dot}{suffix}"
