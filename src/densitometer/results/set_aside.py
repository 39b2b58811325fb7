"""Set aside what cannot be gone on with: never deleted, out of the way, under a number of its own."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from densitometer.errors import ResultsError
from densitometer.results.atomic import replace
from densitometer.results.record import Record, is_record
from densitometer.results.schema import altered_schema, says_damaged

if TYPE_CHECKING:
    from densitometer.results.trail import Trail

SET_ASIDE = "set-aside"
_MAGIC = b"SQLite format 3\0"


def unusable(record: Path) -> str | None:
    """Say why a run can never go on with a record; None when it can.

    Raises
    ------
    ResultsError
        When it cannot be opened now and nothing says that it is damaged, as while another program holds it.
    """
    try:
        with closing(Record.open(record)) as opened:
            if not opened.current:
                return "is from another version of densitometer"
            if not opened.rows_intact:
                return "is damaged"
            altered = altered_schema(opened.connection, opened.columns)
            return f"was altered ({', '.join(altered)})" if altered else None
    except (ResultsError, sqlite3.Error) as error:
        cause = error if isinstance(error, sqlite3.Error) else error.__cause__
        if says_damaged(cause):
            return "is damaged"
        advice = "close it where it is open, then run the same command again"
        raise ResultsError(f"{record} cannot be opened now ({cause or error}); {advice}") from error


def is_ours(record: Path, trail: Path) -> bool:
    """Tell whether a file is a record of densitometer, even a damaged one."""
    if is_record(record):
        return True
    try:
        with record.open("rb") as file:
            begins_so = file.read(len(_MAGIC)) == _MAGIC
    except FileNotFoundError:
        return False
    except OSError:
        return trail.exists()
    return trail.exists() or (begins_so and not _can_be_read(record))


def _can_be_read(record: Path) -> bool:
    """Tell whether a file is a sound SQLite file of another program."""
    try:
        with closing(sqlite3.connect(f"{record.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
    except sqlite3.Error:
        return False


def set_aside(out: Path, names: list[str], why: str, trail: Trail) -> dict[str, str]:
    """Move files and folders into ``set-aside`` and note it in the trail; returns the new name of each.

    The last of ``names`` is moved last: as long as it is there, a run that was killed meanwhile does the rest again.
    What the trail says is true once all are moved; where one cannot be, the next run gives it the name that was noted.

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
        for target in moved.values():
            (out / target).parent.mkdir(exist_ok=True)
        trail.write("set_aside", files=moved, why=why)
        for name, target in moved.items():
            replace(out / name, out / target)
    except OSError as error:
        raise ResultsError(f"{out} cannot be written ({error.strerror}); choose another folder for -o") from error
    return moved


def _numbered(name: str, number: int) -> str:
    path = PurePosixPath(name)
    return path.with_name(f"{path.stem}-{number}{path.suffix}").as_posix()
