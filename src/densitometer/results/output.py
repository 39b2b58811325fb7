"""What is written from the record: tables and provenance, and the record itself anew."""

from __future__ import annotations

import logging
import os
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from densitometer.dictionary import HAIR_COLUMNS
from densitometer.errors import ResultsError
from densitometer.results.account import Account
from densitometer.results.atomic import PART, replace, sha256_of, sync
from densitometer.results.files import OF_RECORD, RECORD, is_picture
from densitometer.results.names import storable
from densitometer.results.record import Record
from densitometer.results.schema import COMPARISON_TABLES
from densitometer.results.set_aside import set_aside
from densitometer.results.tables import csv_pieces, run_text
from densitometer.results.trail import TRAIL, Trail, read_lines, read_trail

log = logging.getLogger(__name__)


def table_files(record: Record) -> Iterator[tuple[str, Iterable[bytes]]]:
    """Give every table with its name, in pieces, and ``run.json``; those of comparisons where there are any."""
    yield "photos.csv", csv_pieces(record.columns, record.photo_cells())
    yield "hairs.csv", csv_pieces(HAIR_COLUMNS, record.hair_cells())
    if record.comparisons.there:
        for name, columns in COMPARISON_TABLES.items():
            yield f"{name}.csv", csv_pieces(columns, record.comparisons.cells(name))
    yield "run.json", [run_text(record.run()).encode("utf-8")]


def last_written(out: Path, record: Record) -> dict[str, str]:
    """Sha256 by name of the files as they were last put in place.

    Where the last run did not come to write them, the record does not tell; then the audit trail does.
    """
    if written := record.written():
        return written
    if not (out / TRAIL).exists() or not any(os.path.lexists(out / name) for name in OF_RECORD):
        return {}
    account = Account()
    for entry in read_trail(out / TRAIL):
        account.take(entry)
    return {name: file.sha256 for name, file in account.files.items()}


def given_elsewhere(trail: Path, facts: Mapping[str, object]) -> bool:
    """Tell whether the photographs of a command lie elsewhere than those of the last one that the trail tells of."""
    sources = facts.get("sources")
    if not isinstance(sources, list) or not trail.exists():
        return False
    lines = (line.entry for line in read_lines(trail) if b'"started"' in line.raw)
    last = deque((entry for entry in lines if entry is not None and entry.action == "started"), maxlen=1)
    return not last or last[0].facts.get("sources") != [storable(source) for source in sources]


def keep_altered(out: Path, written: Mapping[str, str], trail: Trail) -> None:
    """Set aside what someone changed since it was written, before it is written anew."""
    for name, sha256 in written.items():
        if (name in OF_RECORD or is_picture(name)) and sha256_of(out / name) not in (None, sha256):
            kept = set_aside(out, [name], "it was changed since it was written", trail)[name]
            log.warning("%s was changed since it was written; it is kept as %s and written anew", name, kept)


def keep_foreign(out: Path, name: str, trail: Trail) -> None:
    """Set aside a file that bears one of our names and that no run wrote, before one is written."""
    if os.path.lexists(out / name):
        kept = set_aside(out, [name], "it was not written by densitometer", trail)[name]
        log.warning("%s was not written by densitometer; it is kept as %s", name, kept)


def compact(out: Path, record: Record) -> None:
    """Write the record anew where there is room for it, and leave it as it is where there is not.

    The same content gives the same bytes, whatever stood in the file before.
    """
    part = out / (RECORD + PART)
    try:
        part.unlink(missing_ok=True)
        record.comparisons.compact(part)
        sync(part)
    except (OSError, ResultsError):
        _remove(part)
        return
    record.close()
    try:
        replace(part, out / RECORD)
    except OSError:  # another program reads it
        _remove(part)
    anew = Record.open(out / RECORD)
    record.connection, record.columns = anew.connection, anew.columns


def _remove(part: Path) -> None:
    with suppress(OSError):
        part.unlink(missing_ok=True)
