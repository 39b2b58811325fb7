"""Verify a results folder: the trail, every result, every file written from them, and the photographs."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock, Timeout

from densitometer.dictionary import HAIR_COLUMNS
from densitometer.errors import ResultsError
from densitometer.results.account import RECORD, Account, of_comparing
from densitometer.results.atomic import PART
from densitometer.results.chain import Chain
from densitometer.results.check_files import (
    Hashes,
    Known,
    Place,
    absolute_source,
    check_known,
    check_photographs,
    hash_one_by_one,
)
from densitometer.results.check_record import check_results, check_whole, held_results
from densitometer.results.check_tables import Difference, check_json, check_table
from densitometer.results.findings import Finding
from densitometer.results.lock import LOCK, RUNNING, writer_of
from densitometer.results.put_in_place import ASIDE, DECIDED
from densitometer.results.record import Record
from densitometer.results.schema import COMPARISON_TABLES
from densitometer.results.tables import csv_lines, run_text
from densitometer.results.trail import TRAIL, Line, read_lines

_TABLES = ("photos.csv", "hairs.csv")
_OURS = (*_TABLES, "run.json", "report.html", *(f"{table}.csv" for table in COMPARISON_TABLES))
_FOLDERS = ("overlays", "superseded", "comparisons")
_PRIVATE = (LOCK, RUNNING, TRAIL, RECORD, ASIDE, DECIDED, "set-aside")
_AGAIN = "run the same command again"
_MOST_STRANGERS = 10


@dataclass
class Verified:
    """What was looked at, for the user to be told; filled while the findings are gone through.

    Attributes
    ----------
    entries : int
        Of the audit trail.
    head : str
        Hash of the last of them; empty when there is none.
    results, superseded, files, photographs : int
        How many were checked.
    """

    entries: int = 0
    head: str = ""
    results: int = 0
    superseded: int = 0
    files: int = 0
    photographs: int = 0


@dataclass
class _Folder:
    out: Path
    account: Account = field(default_factory=Account)
    chain: Chain = field(default_factory=Chain)
    seen: Verified = field(default_factory=Verified)
    hashes: Hashes = hash_one_by_one


def verify(
    out: Path,
    photographs: Sequence[Place] = (),
    *,
    head: str | None = None,
    hashes: Hashes = hash_one_by_one,
    seen: Verified | None = None,
) -> Iterator[Finding]:
    """Find everything in a results folder that is not as it was written, and photographs that are not as they were.

    Nothing is written. What is found is relative to the folder itself: whoever can write to it can write all of it
    anew, trail included, so that it agrees. Only a ``head`` that was kept elsewhere shows that.

    Parameters
    ----------
    out : Path
    photographs : sequence of Path or str
        Where to look for the photographs; without it, where they lay when they were measured.
    head : str, optional
        Hash of an entry of the trail, as noted down earlier; may be shortened at its end.
    hashes : callable
        Gives the sha256 of each of a sequence of files.
    seen : Verified, optional
        Filled with what was looked at.

    Raises
    ------
    ResultsError
        When ``out`` is not a results folder, or a run is writing to it.
    """
    folder = _Folder(out, seen=seen or Verified(), hashes=hashes)
    if not ((out / RECORD).is_file() or (out / TRAIL).is_file()):
        raise ResultsError(f"{out} holds no {RECORD}; name a folder that 'densitometer measure' wrote")
    _refuse_running(out)
    size = _size(out / TRAIL)
    yield from _check_trail(folder, head)
    wanted: list[tuple[str, str]] = []
    try:
        yield from _check_record(folder, wanted)
    except (ResultsError, sqlite3.Error) as error:
        there = (out / RECORD).exists()
        told = f"it cannot be read: {' '.join(str(error).split())}" if there else "it is not there"
        yield Finding("altered" if there else "missing", RECORD, "", told)
        wanted = folder.account.photographs()
    yield from _strangers(folder)
    sources = list(photographs) or [absolute_source(source, out) for source in folder.account.sources]
    folder.seen.photographs = len(wanted)
    yield from check_photographs(wanted, sources, hashes, named=bool(photographs))
    if _size(out / TRAIL) != size:
        raise ResultsError(f"a run was writing to {out} while it was verified; verify it again")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _refuse_running(out: Path) -> None:
    """Refuse a folder to which a run is writing; one that was killed says so too, but holds no lock."""
    running = writer_of(out)
    if running is None:
        return
    lock = FileLock(out / LOCK)
    try:
        lock.acquire(blocking=False)
    except Timeout as error:
        raise ResultsError(f"a run is writing to {out}: {running}; verify it when that is done") from error
    except (OSError, NotImplementedError):  # as on a medium that is read-only, where none can be writing
        return
    lock.release()


def _check_trail(folder: _Folder, head: str | None) -> Iterator[Finding]:
    path, chain = folder.out / TRAIL, folder.chain
    if not path.exists():
        told = "it is not there; no result can be checked against it"
        yield Finding("missing", TRAIL, "", told)
        return
    for line in read_lines(path):
        if entry := chain.take(line):
            folder.account.take(entry)
    folder.seen.entries = chain.entries
    folder.seen.head = chain.last.hash if chain.last else ""
    yield from chain.findings(head)


def _check_record(folder: _Folder, wanted: list[tuple[str, str]]) -> Iterator[Finding]:
    """Check the record, and all that is written from it; ``wanted`` is filled with its photographs."""
    if not (folder.out / RECORD).exists():
        raise ResultsError("")
    with closing(Record.read(folder.out / RECORD)) as record:
        if not record.current:
            raise ResultsError("it is from another version of densitometer, which this one cannot verify")
        stated = dict(folder.account.photographs())
        wanted += [(photo, stated.get(photo, sha256)) for photo, sha256 in record.hashes() if sha256]
        yield from check_whole(record)
        yield from _pending(folder, record)
        unfinished = list(_unfinished(folder, record))
        yield from unfinished
        differing = {}
        if not unfinished:
            yield from _check_comparing(folder, record)
            differing = yield from _check_written(folder, record)
        if folder.chain.entries:
            altered = {table: one.photos for table, one in differing.items()}
            yield from check_results(record, folder.account, altered)
        yield from _check_overlays(folder, record)
        yield from _not_reached(record)


def _not_reached(record: Record) -> Iterator[Finding]:
    """Mention photographs of which there is no result yet, because the run was stopped."""
    (count,) = record.connection.execute("SELECT count(*) FROM pictures WHERE result IS NULL").fetchone()
    if count:
        told = f"{count} photograph{'s' * (count != 1)} of the run {'are' if count != 1 else 'is'} not measured yet"
        yield Finding("note", RECORD, "", f"{told}; {_AGAIN}")


def _pending(folder: _Folder, record: Record) -> Iterator[Finding]:
    """Take in what a run that was killed had not yet written to the trail."""
    waiting = 0
    for text in record.outbox():
        entry = Line(0, text.encode(errors="surrogatepass")).entry
        if entry is None or not entry.genuine:
            yield Finding("altered", RECORD, "table outbox", "a line in it is no entry of an audit trail")
        elif not folder.chain.holds(entry):
            waiting += 1
            folder.account.take(entry)
    if waiting:
        yield Finding("unfinished", TRAIL, "", f"{waiting} of its entries are not yet written to it; {_AGAIN}")


def _unfinished(folder: _Folder, record: Record) -> Iterator[Finding]:
    """Tell what a run that was killed left half done."""
    if (folder.out / DECIDED).exists():
        told = "comparing was killed while its files were put in place; compare again"
        yield Finding("unfinished", DECIDED, "", told)
    elif not record.written() or any(True for _ in record.connection.execute("SELECT 1 FROM moves LIMIT 1")):
        told = f"the run was killed before its tables were written; {_AGAIN}"
        yield Finding("unfinished", RECORD, "", told)


def _check_written(folder: _Folder, record: Record) -> Generator[Finding, None, dict[str, Difference]]:
    """Check every file that the record gives, and those of which only the hash is known.

    Returns what the record itself was found to differ in, by table.
    """
    stated = folder.account.files
    folder.seen.files = len(stated)
    known = [Known(name, folder.out / name, file.sha256, f"entry {file.entry} of {TRAIL}")
             for name, file in stated.items()]  # fmt: skip
    faults = {finding.where: finding for finding in check_known(known, folder.hashes)}
    expected = _expected(record)
    yield from (fault for name, fault in faults.items() if name not in expected or fault.kind != "altered")
    differing = {}
    for name, lines in expected.items():
        fault = faults.get(name)
        if (fault and fault.kind != "altered") or not (folder.out / name).exists():
            continue
        as_written = name in stated and fault is None
        found = _compare(folder.out / name, lines, as_written=as_written)
        yield from found.findings or ([fault] if fault else [])
        if as_written:
            differing[name.removesuffix(".csv")] = found
    return differing


def _check_comparing(folder: _Folder, record: Record) -> Iterator[Finding]:
    """Check that the record holds comparisons where the trail tells of them, and no others."""
    stated = {name for name in folder.account.files if of_comparing(name)}
    there = record.comparisons.there
    if there and not stated and folder.chain.entries:
        yield Finding("added", RECORD, "tables of comparing", f"no entry of {TRAIL} tells of them")
    elif stated and not there:
        yield Finding("missing", RECORD, "tables of comparing", f"{TRAIL} tells of them: they were taken out")
    elif stated and set(record.comparisons.pictures()) != {name for name in stated if "/" in name}:
        told = f"it names other pictures than {TRAIL} does"
        yield Finding("altered", RECORD, "table comparison_pictures", told)


def _compare(path: Path, expected: Iterable[str], *, as_written: bool) -> Difference:
    try:
        if path.suffix == ".json":
            return Difference(check_json(path, "".join(expected), as_written=as_written))
        return check_table(path, expected, as_written=as_written)
    except OSError as error:
        return Difference([Finding("unchecked", path.name, "", f"it cannot be read ({error.strerror})")])


def _expected(record: Record) -> dict[str, Iterable[str]]:
    """What the record gives for each of its tables."""
    tables: dict[str, Iterable[str]] = {
        "photos.csv": csv_lines(record.columns, record.photo_cells()),
        "hairs.csv": csv_lines(HAIR_COLUMNS, record.hair_cells()),
        "run.json": (run_text(run) for run in [record.run()]),
    }
    if record.comparisons.there:
        for name, columns in COMPARISON_TABLES.items():
            tables[f"{name}.csv"] = csv_lines(columns, record.comparisons.cells(name))
    return tables


def _check_overlays(folder: _Folder, record: Record) -> Iterator[Finding]:
    """Check the overlays of all results, those superseded included, against what the trail says of them."""
    known = []
    moving = {target for (target,) in record.connection.execute("SELECT target FROM moves")}
    for held in held_results(record):
        folder.seen.results += held.why is None
        folder.seen.superseded += held.why is not None
        stated = folder.account.results.get(held.number)
        if stated is None or stated.overlay_sha256 is None or held.overlay in moving:
            continue
        if held.overlay is None:
            place = f"table pictures ({held.photo})"
            yield Finding(
                "altered", RECORD, place, f"it has no overlay, but entry {stated.entry} of {TRAIL} tells of one"
            )
        else:
            by = f"entry {stated.entry} of {TRAIL}"
            known.append(Known(held.overlay, folder.out / held.overlay, stated.overlay_sha256, by))
    folder.seen.files += len(known)
    yield from check_known(known, folder.hashes)


def _strangers(folder: _Folder) -> Iterator[Finding]:
    """Mention files that no run wrote; those that bear the name of a table are a fault."""
    known = set(folder.account.files) | _overlays_known(folder)
    strangers = [name for name in _names(folder.out) if name not in known]
    for name in strangers:
        if name in _OURS and folder.account.files:
            yield Finding("added", name, "", f"no entry of {TRAIL} tells of it")
    for name, entry in folder.account.aside.items():
        if not (folder.out / name).exists():
            yield Finding(
                "missing", name, "", f"entry {entry} of {TRAIL} tells that it was set aside, but it is not there"
            )
    others = [name for name in strangers if name not in _OURS]
    for name in others[:_MOST_STRANGERS]:
        yield Finding("note", name, "", "densitometer did not write this file")
    if len(others) > _MOST_STRANGERS:
        told = f"{len(others) - _MOST_STRANGERS} further files that densitometer did not write"
        yield Finding("note", str(folder.out), "", told)


def _overlays_known(folder: _Folder) -> set[str]:
    try:
        with closing(Record.read(folder.out / RECORD)) as record:
            return {held.overlay for held in held_results(record) if held.overlay}
    except (ResultsError, sqlite3.Error):
        return {f"superseded/{number}.png" for number in folder.account.results}


def _names(out: Path) -> Iterator[str]:
    """Files in a results folder, relative to it, but for those that only runs themselves look at."""
    for path in sorted(out.iterdir()):
        if path.name in _PRIVATE or path.name.startswith(f"{RECORD}-") or path.name.endswith(PART):
            continue
        if path.is_dir() and path.name in _FOLDERS:
            names = (entry.name for entry in sorted(path.iterdir()))
            yield from (f"{path.name}/{name}" for name in names if not name.endswith(PART))
        else:
            yield path.name
