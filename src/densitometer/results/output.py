"""What is written from the record: tables and provenance, and the record itself anew."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from densitometer.dictionary import HAIR_COLUMNS
from densitometer.errors import ResultsError
from densitometer.results.atomic import PART, replace, sha256_of, sync
from densitometer.results.files import RECORD
from densitometer.results.record import Record
from densitometer.results.schema import COMPARISON_TABLES
from densitometer.results.set_aside import set_aside
from densitometer.results.tables import csv_pieces, run_text
from densitometer.results.trail import Trail

log = logging.getLogger(__name__)


def table_files(record: Record) -> Iterator[tuple[str, Iterable[bytes]]]:
    """Give every table with its name, in pieces, and ``run.json``; those of comparisons where there are any."""
    yield "photos.csv", csv_pieces(record.columns, record.photo_cells())
    yield "hairs.csv", csv_pieces(HAIR_COLUMNS, record.hair_cells())
    if record.comparisons.there:
        for name, columns in COMPARISON_TABLES.items():
            yield f"{name}.csv", csv_pieces(columns, record.comparisons.cells(name))
    yield "run.json", [run_text(record.run()).encode("utf-8")]


def keep_altered(out: Path, written: Mapping[str, str], trail: Trail) -> None:
    """Set aside what someone changed since it was written, before it is written anew."""
    for name, sha256 in written.items():
        if sha256_of(out / name) not in (None, sha256):
            kept = set_aside(out, [name], "it was changed since it was written", trail)[name]
            log.warning("%s was changed since it was written; it is kept as %s and written anew", name, kept)


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
