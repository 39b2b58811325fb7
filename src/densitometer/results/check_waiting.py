"""Look at a record without changing it, and check what waits in it to be done, and that nothing was put in."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from densitometer.errors import ResultsError
from densitometer.results.account import Account
from densitometer.results.chain import Chain
from densitometer.results.files import RECORD, may_move
from densitometer.results.findings import Finding
from densitometer.results.put_in_place import DECIDED
from densitometer.results.record import Record
from densitometer.results.schema import altered_schema
from densitometer.results.trail import FIRST_PREVIOUS, TRAIL, Line

_AGAIN = "run the same command again"
_BESIDE = ("-journal", "-wal")


@contextmanager
def looked_at(path: Path) -> Iterator[Record]:
    """Open a record such that nothing beside or in it changes: a copy of it, where a run was killed half way.

    Raises
    ------
    ResultsError
        When it cannot be opened, or there is no room for a copy.
    """
    beside = [path.with_name(path.name + end) for end in _BESIDE]
    if not any(one.exists() and one.stat().st_size for one in beside):
        with closing(Record.read(path, mend=False)) as record:
            yield record
        return
    with TemporaryDirectory(prefix="densitometer-") as folder:
        try:
            for one in (path, *(one for one in beside if one.exists())):
                shutil.copyfile(one, Path(folder) / one.name)
        except OSError as error:
            raise ResultsError(f"a run was killed half way, and it cannot be copied: {error.strerror}") from error
        with closing(Record.read(Path(folder) / path.name)) as record:
            yield record


def check_schema(record: Record) -> Iterator[Finding]:
    """Find what was put into a record that changes it by itself, or that no version of densitometer puts there."""
    for part in altered_schema(record.connection, record.columns):
        yield Finding(
            "altered", RECORD, part, "it is not as densitometer makes it: it was put in, taken out or altered"
        )


def check_outbox(record: Record, chain: Chain, account: Account) -> Iterator[Finding]:
    """Take in what a run that was killed had not yet written to the trail."""
    waiting = 0
    number, head = (chain.last.entry, chain.last.hash) if chain.last else (0, FIRST_PREVIOUS)
    for text in record.outbox():
        entry = Line(0, str(text).encode(errors="surrogatepass")).entry
        if entry is None or not entry.genuine:
            yield Finding("altered", RECORD, "table outbox", "a line in it is no entry of an audit trail")
        elif chain.holds(entry):
            continue
        elif not entry.follows(number, head):
            told = f"entry {entry.entry} in it does not follow entry {number} of {TRAIL}: one of the two was altered"
            yield Finding("altered", RECORD, "table outbox", told)
        else:
            waiting += 1
            number, head = entry.entry, entry.hash
            account.take(entry)
    if waiting:
        yield Finding("unfinished", TRAIL, "", f"{waiting} of its entries are not yet written to it; {_AGAIN}")


def check_moves(record: Record) -> Iterator[Finding]:
    """Find moves of files that no run would have noted."""
    for source, target in record.connection.execute("SELECT source, target FROM moves"):
        if not may_move(source, target):
            yield Finding(
                "altered", RECORD, "table moves", f"it would have {source!r} renamed or deleted: it was put in"
            )


def check_journal(out: Path) -> Iterator[Finding]:
    """Tell that a run was killed in the middle of a change, which the next one takes back."""
    if (left := out / f"{RECORD}-journal").exists() and left.stat().st_size:
        yield Finding("unfinished", left.name, "", f"a run was killed in the middle of a change; {_AGAIN}")


def check_unfinished(out: Path, record: Record) -> Iterator[Finding]:
    """Tell what a run that was killed left half done, so that tables and results need not agree."""
    if (out / DECIDED).exists():
        told = "comparing was killed while its files were put in place; compare again"
        yield Finding("unfinished", DECIDED, "", told)
    elif not record.written() or any(True for _ in record.connection.execute("SELECT 1 FROM moves LIMIT 1")):
        told = f"the run was killed before its tables were written; {_AGAIN}"
        yield Finding("unfinished", RECORD, "", told)
