"""Verify a results folder: the trail, every result, every file written from them, and the photographs."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock, Timeout

from densitometer.errors import ResultsError
from densitometer.results.account import Account
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
    of_photographs,
)
from densitometer.results.check_record import check_results, check_whole, held_results
from densitometer.results.check_waiting import (
    check_journal,
    check_moves,
    check_outbox,
    check_schema,
    check_unfinished,
    looked_at,
)
from densitometer.results.check_written import check_comparing, check_left, check_stated, check_written
from densitometer.results.files import COMPARISON_FILES, FILES, PICTURES, RECORD
from densitometer.results.findings import Finding
from densitometer.results.lock import LOCK, RUNNING, writer_of
from densitometer.results.names import overlay_names
from densitometer.results.opening import refuse_other
from densitometer.results.put_in_place import ASIDE, DECIDED
from densitometer.results.record import Record
from densitometer.results.schema import VERSION, says_damaged, version_of
from densitometer.results.set_aside import SET_ASIDE
from densitometer.results.trail import TRAIL, read_lines

_PRIVATE = (LOCK, RUNNING, TRAIL, RECORD, ASIDE, DECIDED, SET_ASIDE)
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
    not_reached : int
        Photographs of the run that have no result yet, because it was stopped.
    """

    entries: int = 0
    head: str = ""
    results: int = 0
    superseded: int = 0
    files: int = 0
    photographs: int = 0
    not_reached: int = 0


@dataclass
class _Folder:
    out: Path
    account: Account = field(default_factory=Account)
    chain: Chain = field(default_factory=Chain)
    seen: Verified = field(default_factory=Verified)
    hashes: Hashes = hash_one_by_one
    overlays: set[str] | None = None  # those that the record names; None where it cannot be read
    finished: bool = False


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
    refuse_other(out, RECORD, TRAIL)
    _refuse_running(out)
    size = _size(out / TRAIL)
    yield from _check_trail(folder, head)
    wanted: list[tuple[str, str]] = []
    try:
        yield from _check_record(folder, wanted)
    except (ResultsError, sqlite3.Error, ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
        yield _unreadable(out, error)
        wanted = folder.account.photographs()
    yield from _strangers(folder)
    lay = [absolute_source(source, out) for source in folder.account.sources]
    sources = list(photographs) or of_photographs(lay, [photo for photo, _ in wanted])
    folder.seen.photographs = len(wanted)
    yield from check_photographs(wanted, sources, hashes, named=bool(photographs))
    if _size(out / TRAIL) != size:
        raise ResultsError(f"a run was writing to {out} while it was verified; verify it again")


def _unreadable(out: Path, error: Exception) -> Finding:
    """Tell why a record cannot be read: because it was altered, or as things are now."""
    if not (out / RECORD).exists():
        return Finding("missing", RECORD, "", "it is not there")
    told = f"it cannot be read: {' '.join(str(error).split())}"
    cause = error if isinstance(error, sqlite3.Error) else error.__cause__
    now = isinstance(cause, sqlite3.Error) and not says_damaged(cause)
    if now or (isinstance(error, ResultsError) and cause is None) or isinstance(cause, OSError):
        return Finding("unchecked", RECORD, "", told)
    return Finding("altered", RECORD, "", told)


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
    yield from check_journal(folder.out)
    with looked_at(folder.out / RECORD) as record:
        if version_of(record.connection) > VERSION:
            raise ResultsError("it is from a newer version of densitometer; verify it with that one")
        if not record.current:
            raise ResultsError("it is from another version of densitometer, which this one cannot verify")
        stated = dict(folder.account.photographs())
        wanted += [(photo, stated.get(photo, sha256)) for photo, sha256 in record.hashes() if sha256]
        yield from check_whole(record)
        yield from check_schema(record)
        yield from check_outbox(record, folder.chain, folder.account)
        yield from check_moves(record)
        unfinished = list(check_unfinished(folder.out, record))
        folder.finished = not unfinished
        yield from unfinished
        where, told = (folder.out, folder.account, record, folder.hashes), folder.chain.entries > 0
        differing: dict[str, set[str]] = {}
        if not unfinished:
            folder.seen.files = len(folder.account.files)
            if told:
                yield from check_stated(folder.account, record)
            yield from check_comparing(folder.account, record, told=told)
            differing = yield from check_written(*where)
        elif not (folder.out / DECIDED).exists():
            yield from check_left(*where)
        if told:
            yield from check_results(record, folder.account, differing)
        yield from _check_overlays(folder, record)
        yield from _not_reached(folder, record)


def _not_reached(folder: _Folder, record: Record) -> Iterator[Finding]:
    """Mention photographs of which there is no result yet, because the run was stopped."""
    (count,) = record.connection.execute("SELECT count(*) FROM pictures WHERE result IS NULL").fetchone()
    folder.seen.not_reached = count
    if count:
        told = f"{count} photograph{'s' * (count != 1)} of the run {'are' if count != 1 else 'is'} not measured yet"
        yield Finding("note", RECORD, "", f"{told}; {_AGAIN}")


def _check_overlays(folder: _Folder, record: Record) -> Iterator[Finding]:
    """Check the overlays of all results, those superseded included, against what the trail says of them."""
    known = []
    moving = {target for (target,) in record.connection.execute("SELECT target FROM moves")}
    photos = [photo for (photo,) in record.connection.execute("SELECT photo FROM pictures ORDER BY place")]
    planned = dict(zip(photos, overlay_names(map(str, photos)), strict=True))
    folder.overlays = set()
    for held in held_results(record):
        folder.overlays |= {held.overlay} if held.overlay else set()
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
        elif held.why is None and held.overlay != planned[held.photo]:
            told = f"it names {held.overlay} for its overlay, instead of {planned[held.photo]}"
            yield Finding("altered", RECORD, f"table pictures ({held.photo})", told)
        else:
            by = f"entry {stated.entry} of {TRAIL}"
            known.append(Known(held.overlay, folder.out / held.overlay, stated.overlay_sha256, by))
    folder.seen.files += len(known)
    yield from check_known(known, folder.hashes)


def _strangers(folder: _Folder) -> Iterator[Finding]:
    """Mention files that no run wrote; those that bear the name of a table are a fault."""
    known = set(folder.account.files) | (folder.overlays or set())
    strangers = [name for name in _names(folder) if name not in known]
    ours = {*FILES, *COMPARISON_FILES}
    for name in strangers:
        if name in ours and folder.finished and folder.chain.entries:
            yield Finding("added", name, "", f"no entry of {TRAIL} tells of it")
    for name, entry in folder.account.aside.items():
        if not (folder.out / name).exists():
            yield Finding(
                "missing", name, "", f"entry {entry} of {TRAIL} tells that it was set aside, but it is not there"
            )
    yield from _records_aside(folder)
    others = [name for name in strangers if name not in ours]
    for name in others[:_MOST_STRANGERS]:
        yield Finding("note", name, "", "densitometer did not write this file")
    if len(others) > _MOST_STRANGERS:
        told = f"{len(others) - _MOST_STRANGERS} further files that densitometer did not write"
        yield Finding("note", str(folder.out), "", told)


def _records_aside(folder: _Folder) -> Iterator[Finding]:
    """Mention records that a run could not go on with and set aside, as far as they are still there."""
    for name, entry in folder.account.records_aside.items():
        if (folder.out / name).exists():
            date = str(entry.facts.get("time"))[:10]
            why = str(entry.facts.get("why")).replace(f"{RECORD} ", "it ", 1)
            told = f"it was set aside on {date} ({why}) as {name}; the older results are in it"
            yield Finding("note", RECORD, "", told)


def _names(folder: _Folder) -> Iterator[str]:
    """Files in a results folder, relative to it, but for those that only runs look at, or of which nothing is known."""
    for path in sorted(folder.out.iterdir()):
        if path.name in _PRIVATE or path.name.startswith(f"{RECORD}-") or path.name.endswith(PART):
            continue
        if path.is_dir() and path.name in PICTURES:
            if folder.overlays is None:
                continue
            names = (entry.name for entry in sorted(path.iterdir()))
            yield from (f"{path.name}/{name}" for name in names if not name.endswith(PART))
        else:
            yield path.name
