"""The folder with the copies: nothing in it but copies and two tables, and nothing of the originals."""

from __future__ import annotations

import csv
import os
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from densitometer.deidentify.columns import is_harmless
from densitometer.deidentify.key import Key
from densitometer.dictionary import Column
from densitometer.errors import ResultsError
from densitometer.results.atomic import PART, write_whole
from densitometer.results.tables import write_csv

TABLE, VISITS = "deidentified.csv", "visits.csv"
_LOCK = ".lock"
_STATE = (
    Column("photo", "text", "", "Name of the copy."),
    Column("status", "text", "", "copied or not_copied."),
    Column("reason", "text", "", "Why there is no copy."),
    Column("burned_in_text", "integer", "", "1 where text was found in the photograph.", spec="d"),
    Column("text_regions", "integer", "", "In how many places.", spec="d"),
    Column("blanked", "integer", "", "1 where they were painted over.", spec="d"),
    Column("metadata_um_per_px", "text", "um/px", "Scale that the original stated and the copy does not show."),
)
_OWN = ("photo", "subject", "site", "visit", "visit_date", "replicate", "um_per_px")
"""The order of the table of copies; further columns follow."""
_CLUTTER = frozenset({".ds_store", "thumbs.db", "desktop.ini", _LOCK})
"""What file managers leave in folders; and ~$ begins what spreadsheets leave while a table is open."""

Row = dict[str, str]


@dataclass(frozen=True)
class State:
    """A row of ``deidentified.csv``; attributes as its columns."""

    photo: str
    reason: str = ""
    text_regions: int = 0
    blanked: bool = False
    um_per_px: float | None = None

    @property
    def copied(self) -> bool:
        """Whether there is a copy."""
        return not self.reason

    @property
    def cells(self) -> tuple[str | int | float | None, ...]:
        """In the order of the columns."""
        status = "copied" if self.copied else "not_copied"
        told = (int(self.text_regions > 0), self.text_regions, int(self.blanked)) if self.copied else (None,) * 3
        return (self.photo, status, self.reason, *told, shown(self.um_per_px))


def shown(um_per_px: float | None) -> str:
    """Return a scale as it is written: exactly, so that measuring the copy gives the numbers of the original."""
    return "" if um_per_px is None else repr(um_per_px)


class Output:
    """The folder with the copies.

    Parameters
    ----------
    out : Path
        It must be there.
    key : Key
        Says which copies are ours.

    Raises
    ------
    ResultsError
        When it holds anything but copies of this key, and tables of ours.
    """

    def __init__(self, out: Path, key: Key) -> None:
        self.out = out
        names = {entry.pseudonym for entry in key.entries if entry.kind == "photograph"}
        _check(out, names)
        self.states = {state.photo: state for state in _states(out / TABLE) if self.has(state.photo) and state.copied}
        self.visits = {row["photo"]: row for row in _rows(out / VISITS) if row.get("photo") in self.states}

    def has(self, name: str) -> bool:
        """Whether there is a copy of this name."""
        return (self.out / name).is_file()

    def write_copy(self, name: str, png: bytes) -> None:
        """Write a copy, whole or not at all."""
        path = self.out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, png)

    def remove(self, name: str) -> None:
        """Remove a copy that has another name now."""
        (self.out / name).unlink(missing_ok=True)
        self.states.pop(name, None)
        self.visits.pop(name, None)

    def write_states(self) -> None:
        """Write what is known of each copy; what is in the table need not be done again."""
        states = sorted(self.states.values(), key=lambda state: state.photo)
        write_csv(self.out / TABLE, _STATE, [state.cells for state in states])

    def write_visits(self, rows: Mapping[str, Row], left_out: Iterable[str], keep: Sequence[str]) -> None:
        """Write the table of the copies: of those that stay from earlier runs, and of this one.

        Parameters
        ----------
        rows : mapping of str to dict
            The rows of this run by name of the copy, in their order.
        left_out : iterable of str
            Columns that are not to be written.
        keep : sequence of str
            Columns to be kept though they may identify.
        """
        copied = {name: row for name, row in rows.items() if name in self.states and self.states[name].copied}
        earlier = {name: row for name, row in self.visits.items() if name in self.states and name not in rows}
        for name in self.states:  # a run that was killed may have left a copy without a row
            if self.states[name].copied and name not in copied:
                earlier.setdefault(name, {"photo": name, "um_per_px": shown(self.states[name].um_per_px)})
        ordered = _ordered([*earlier.values(), *copied.values()])
        there = {column: None for row in ordered for column, cell in row.items() if cell}
        columns = [name for name in _OWN if name in there or name in {"photo", "um_per_px"}]
        columns += [name for name in there if name not in _OWN and name not in left_out]
        columns = [name for name in columns if name in _OWN or name in keep or is_harmless(name)]
        heads = [Column(name, "text", "", "") for name in columns]
        write_csv(self.out / VISITS, heads, [[row.get(name, "") for name in columns] for row in ordered])


@contextmanager
def opened_output(out: Path, key: Key) -> Iterator[Output]:
    """Make the folder where it is not there, and keep it to this process meanwhile.

    Raises
    ------
    ResultsError
        When it cannot be written, another run writes to it, or it holds files of others.
    """
    if out.exists() and not out.is_dir():
        raise ResultsError(f"{out} is a file; choose another folder for -o")
    new = not out.exists()
    try:
        out.mkdir(parents=True, exist_ok=True)
        lock = FileLock(out / _LOCK)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            lock.acquire(blocking=False)
    except Timeout as error:
        raise ResultsError(f"another run is writing to {out}; wait for it or choose another folder for -o") from error
    except (OSError, NotImplementedError) as error:
        raise cannot_be_written(out, error) from error
    try:
        yield Output(out, key)
    finally:
        with suppress(OSError):
            if new and [path.name for path in out.iterdir()] in ([], [_LOCK]):  # nothing came of it
                (out / _LOCK).unlink(missing_ok=True)
                out.rmdir()
        lock.release()


def cannot_be_written(out: Path, error: Exception) -> ResultsError:
    """Say that the folder cannot be written, and what to do."""
    why = getattr(error, "strerror", None) or str(error) or "it cannot be locked"
    return ResultsError(f"{out} cannot be written ({why}); what was copied stays, and the same command goes on")


def _ordered(rows: Iterable[Row]) -> list[Row]:
    """By subject, those without one by name: the order of the originals would tell their names.

    Within a subject the order stays, for it may be that of the visits.
    """
    return sorted(rows, key=lambda row: (row.get("subject", ""), "" if row.get("subject") else row["photo"]))


def _check(out: Path, names: set[str]) -> None:
    """Refuse a folder with anything in it that is not ours, and remove what a killed run left half written."""
    known = names | {TABLE, VISITS}
    for folder, _, files in os.walk(out):
        for file in files:
            path = Path(folder) / file
            name = path.relative_to(out).as_posix()
            if name.endswith(PART) and name.removesuffix(PART) in known:
                path.unlink()
            elif name not in known and file.lower() not in _CLUTTER and not file.startswith("~$"):
                raise _foreign(out, name)
    there = (out / TABLE).exists()
    if (there and _header(out / TABLE) != [column.name for column in _STATE]) or (
        not there and (out / VISITS).exists()
    ):
        raise _foreign(out, TABLE if there else VISITS)


def _foreign(out: Path, name: str) -> ResultsError:
    return ResultsError(
        f"{out} holds {name}, which is none of the copies that the key knows; choose a new folder for -o, or give the "
        "--key with which the copies in it were made"
    )


def _header(path: Path) -> list[str]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return next(csv.reader(file), [])
    except (OSError, ValueError, csv.Error):
        return []


def _rows(path: Path) -> Iterator[Row]:
    """Rows of a table of ours; none where it is not there."""
    if not path.exists():
        return
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                yield {name: cell for name, cell in row.items() if name and isinstance(cell, str)}
    except (OSError, ValueError, csv.Error) as error:
        raise ResultsError(f"{path} cannot be read: it was altered; choose another folder for -o") from error


def _states(path: Path) -> Iterator[State]:
    for row in _rows(path):
        try:
            scale = row["metadata_um_per_px"]
            regions, blanked = int(row["text_regions"] or 0), row["blanked"] == "1"
            yield State(row["photo"], row["reason"], regions, blanked, float(scale) if scale else None)
        except (KeyError, ValueError) as error:
            raise ResultsError(f"{path} cannot be read: it was altered; choose another folder for -o") from error
