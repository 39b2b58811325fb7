"""Open a results folder to read it or go on with it: refuse what is not ours, set aside what is of no use, tidy up."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from pathlib import Path

from densitometer.errors import ResultsError
from densitometer.results.atomic import PART, sync
from densitometer.results.atomic import replace as put_in_place
from densitometer.results.files import COMPARISON_FILES, COMPARISONS, FILES, OVERLAYS, RECORD
from densitometer.results.record import Record
from densitometer.results.schema import VERSION, version_of
from densitometer.results.set_aside import is_ours, set_aside, unusable
from densitometer.results.superseded import SUPERSEDED
from densitometer.results.trail import TRAIL, Trail

log = logging.getLogger(__name__)


def refuse_other(out: Path, *names: str) -> None:
    """Refuse a folder that holds none of these files, as one that no run wrote."""
    if not os.path.lexists(out):
        raise ResultsError(f"there is no folder {out}; name one that 'densitometer measure' wrote")
    if not any((out / name).is_file() for name in names):
        raise ResultsError(f"{out} holds no {RECORD}; name a folder that 'densitometer measure' wrote")


def read_results(out: Path) -> Record:
    """Open the results of an earlier run for reading; close the record when done.

    Raises
    ------
    ResultsError
        When there is no such folder, or it holds none, or those of a version that is newer than this one or did not
        know all of today's columns.
    """
    refuse_other(out, RECORD)
    record = Record.read(out / RECORD)
    if record.current:
        return record
    newer, lacking = version_of(record.connection) > VERSION, record.lacking()
    record.close()
    if newer:
        raise ResultsError(f"{out} is from a newer version of densitometer; read it with that one")
    columns = f", without {', '.join(lacking)}" if lacking else ""
    raise ResultsError(f"{out} is from an earlier version{columns}; measure the photographs again")


def refuse_foreign(out: Path) -> None:
    """Refuse a folder in which files of others bear our names."""
    if os.path.lexists(out) and not out.is_dir():
        raise ResultsError(f"{out} is a file; name a folder for -o")
    if is_ours(out / RECORD, out / TRAIL):
        return
    foreign = [name for name in FILES if os.path.lexists(out / name)]
    if (out / OVERLAYS).exists() and any((out / OVERLAYS).iterdir()):
        foreign.append(OVERLAYS)
    if foreign and (out / TRAIL).exists() and not os.path.lexists(out / RECORD):
        advice = f"put it back, or move {', '.join(foreign)} away and measure again"
        raise ResultsError(f"{RECORD} is missing from {out}; {advice}")
    if foreign:
        raise ResultsError(f"{out} holds {', '.join(foreign)} of other origin; choose another folder for -o")


def record_of(out: Path, further: Iterable[str] | None, trail: Trail) -> Record:
    """Open the record of a folder; where there is none with which a run can go on, a new one."""
    path, journal = out / RECORD, f"{RECORD}-journal"
    if path.exists():
        why = unusable(path)
        if why is None:
            return Record.open(path)
        names = [OVERLAYS, SUPERSEDED, COMPARISONS, *COMPARISON_FILES, *FILES]
        kept = set_aside(out, [*names[:-1], journal, names[-1]], f"{RECORD} {why}", trail)
        log.warning(
            "%s in %s %s; it is kept as %s, and every photograph is measured again", RECORD, out, why, kept[RECORD]
        )
    elif (out / journal).exists():
        set_aside(out, [journal], "its record is gone", trail)
    part = out / (RECORD + PART)
    for left in (part, part.with_name(f"{part.name}-journal")):
        left.unlink(missing_ok=True)
    (out / OVERLAYS).mkdir(exist_ok=True)
    Record.create(part, further).close()
    sync(part)
    put_in_place(part, path)
    return Record.open(path)


def remove_parts(out: Path) -> None:
    """Take away what a run that was killed had begun to write."""
    names = [name + PART for name in (*FILES, *COMPARISON_FILES)] + [f"{RECORD}{PART}-journal"]
    folder = out / OVERLAYS
    if folder.is_dir():
        names += [f"{OVERLAYS}/{entry.name}" for entry in os.scandir(folder) if entry.name.endswith(PART)]
    for name in names:
        (out / name).unlink(missing_ok=True)


def overlays_in(out: Path) -> set[str]:
    """Overlays that are there, by their paths relative to the folder."""
    return {
        f"{name}/{entry.name}"
        for name in (OVERLAYS, SUPERSEDED)
        if (out / name).is_dir()
        for entry in os.scandir(out / name)
    }
