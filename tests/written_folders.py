"""Results folders written without measuring anything."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from densitometer.dictionary import HAIR_COLUMNS, PHOTO_COLUMNS
from densitometer.results import PhotoResult, ResultsFolder, Wanted, describe_run
from densitometer.results.lock import LOCK
from densitometer.results.made import made_of
from densitometer.results.record import Kept
from densitometer.results.rows import Cell, unmeasured_row
from densitometer.settings import Settings

_OWN = {column.name for column in PHOTO_COLUMNS}


def result(
    photo: str = "a.jpg", overlay_png: bytes | None = b"png", made: Mapping[str, object] | None = None, **cells: Cell
) -> PhotoResult:
    """Two hairs."""
    made = made_of(photo.encode().hex(), None, False, Settings()) if made is None else made
    row = {**unmeasured_row(photo, "", str(made["sha256"])), "status": "measured"}
    row |= {"hair_count": 2, "density_per_cm2": 101.23456, **cells}
    hair = {column.name: None for column in HAIR_COLUMNS} | {"photo": photo, "counted": 1, "root_x_px": 1 / 3}
    hairs = ({**hair, "hair": 1}, {**hair, "hair": 2})
    kept = Kept(b"mask", f"view of {photo}".encode(), ((1.5, 2.0, 3.0),))
    return PhotoResult(photo, row, hairs, None, b"jpeg", kept, made, overlay_png)


def failed(photo: str = "a.jpg", reason: str = "it is blurred", sha256: str | None = None) -> PhotoResult:
    """One that could not be measured."""
    return PhotoResult(photo, unmeasured_row(photo, reason, sha256), made=made_of(sha256, None, False, Settings()))


def wanted(one: PhotoResult) -> Wanted:
    """What would yield a result."""
    return Wanted(one.photo, one.made, {name: str(cell) for name, cell in one.row.items() if name not in _OWN})


class Run:
    """One command, step by step."""

    def __init__(self, folder: ResultsFolder, given: Sequence[PhotoResult], options: Mapping[str, object]) -> None:
        self.folder = folder
        self._options = options
        self.to_measure = folder.plan([wanted(one) for one in given], {}, lambda record: self._run())

    def _run(self) -> dict[str, object]:
        return describe_run(Settings(), self._options, self.folder.record)

    def finish(self, *, stopped: bool = False, subjects: str | None = None) -> None:
        """Write everything where it is not as it should be."""
        if not self.folder.is_up_to_date(self._run()):
            self.folder.write_tables(self._run())
            self.folder.write_report("report")
            if subjects is not None:
                self.folder.write_subjects(subjects)
        self.folder.finish(stopped=stopped)


def write(
    out: Path,
    *given: PhotoResult,
    further: Sequence[str] | None = None,
    order: Sequence[int] | None = None,
    stop_after: int | None = None,
    options: Mapping[str, object] | None = None,
    subjects: str | None = None,
) -> Path:
    """Run a command whose photographs yield what is given, in the order in which they are done."""
    with ResultsFolder.open(out, further) as folder:
        run = Run(folder, given, options or {})
        todo = [given[i] for i in order or range(len(given)) if given[i].photo in run.to_measure]
        for one in todo[:stop_after]:
            folder.add(one)
        run.finish(stopped=stop_after is not None and stop_after < len(todo), subjects=subjects)
    return out


def cells(path: Path) -> list[dict[str, str]]:
    """Rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def snapshot(folder: Path, but: Sequence[str] = ()) -> dict[str, bytes]:
    """Content of every file in a folder, but for the names given and the mark of the lock."""
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in files.items() if name not in {*but, ".lock"}}


def stamps(folder: Path) -> dict[str, int]:
    """When each file in a folder was last written, but for the lock, which some versions of its library touch."""
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {name: path.stat().st_mtime_ns for name, path in files.items() if name != LOCK}


def superseded(out: Path) -> list[tuple[int, str, str]]:
    """Number, photograph and reason of every superseded result."""
    with closing(sqlite3.connect(out / "results.sqlite")) as connection:
        return list(connection.execute("SELECT result, photo, why FROM superseded ORDER BY result"))


def numbers(out: Path) -> dict[str, int | None]:
    """Number of the result of each photograph."""
    with closing(sqlite3.connect(out / "results.sqlite")) as connection:
        return dict(connection.execute("SELECT photo, result FROM pictures ORDER BY place"))
