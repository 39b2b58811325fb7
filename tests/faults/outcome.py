"""What a results folder must be after any number of faults and one run that went through."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

from densitometer.results import read_results
from densitometer.results.verify import verify

TABLES = ("photos.csv", "hairs.csv", "run.json", "report.html")
LEFT = {*TABLES, "results.sqlite", "audit.jsonl", "overlays"}
COMPARED = {"changes.csv", "matches.csv", "tracks.csv", "repeatability.csv", "comparisons", "subjects.html"}
KEPT = {".lock", "superseded", "set-aside"}
"""May be in a results folder, or not: the lock, and what is kept on purpose."""
_OTHERS = {"results.sqlite", "results.sqlite-journal", "audit.jsonl", *KEPT}


def assert_as_if_nothing_had_happened(out: Path, reference: Path) -> None:
    """The same bytes as an uninterrupted run wrote; nothing lost, nothing twice, nothing left behind."""
    ours, theirs = files(out), files(reference)
    assert list(ours) == list(theirs)
    assert [name for name in ours if ours[name] != theirs[name]] == []
    assert recorded(out) == recorded(reference)
    assert_sound(out)


def assert_sound(out: Path, but_for: str = "nothing") -> None:
    """The trail is whole and tells of each result once; nothing half-written lies about."""
    entries = trail(out)
    assert_chained(entries)
    told = Counter(entry["result"] for entry in entries if entry["action"] == "measured")
    assert [result for result, times in told.items() if times != 1] == []
    assert set(results(out).values()) <= set(told)
    left = {path.name for path in out.iterdir() if not is_idle_journal(path)}
    assert left - KEPT - COMPARED == LEFT, left
    assert [path for path in out.rglob("*") if path.name.endswith(".part")] == []
    assert set(outbox(out)) <= set((out / "audit.jsonl").read_text(encoding="utf-8").splitlines())
    assert moves(out) == []
    assert_verified(out, but_for)


def assert_verified(out: Path, but_for: str = "nothing") -> None:
    """The package's own check finds nothing either, but for what is known of one file."""
    faults = [str(finding) for finding in verify(out) if finding.fault and finding.where != but_for]
    assert faults == [], faults


def is_idle_journal(path: Path) -> bool:
    """Tell the journal of a transaction that had not begun to write: SQLite passes over it, and uses it up one day."""
    return path.name == "results.sqlite-journal" and path.read_bytes()[:8] in (b"", bytes(8))


def files(out: Path) -> dict[str, bytes]:
    """Bytes of the tables, the pages and the overlays, by name."""
    overlays = sorted((out / "overlays").iterdir())
    pages = out.glob("subjects.html")
    paths = [*(out / name for name in TABLES), *pages, *overlays]
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in paths}


def recorded(out: Path) -> list[tuple[object, ...]]:
    """All that the record holds of each photograph, in the order of the run."""
    with closing(read_results(out)) as record:
        return [(result, record.kept(result.photo) if result.measured else None) for result in record]


def results(out: Path) -> dict[str, int]:
    """Numbers of the results of the photographs that have one."""
    with closing(sqlite3.connect(out / "results.sqlite")) as record:
        query = "SELECT photo, result FROM pictures WHERE result IS NOT NULL"
        return {photo: int(result) for photo, result in record.execute(query)}


def outbox(out: Path) -> list[str]:
    """Lines of the trail that the record holds until its next change."""
    with closing(sqlite3.connect(out / "results.sqlite")) as record:
        return [line for (line,) in record.execute("SELECT line FROM outbox")]


def moves(out: Path) -> list[str]:
    """Files that were to be renamed and were not."""
    with closing(sqlite3.connect(out / "results.sqlite")) as record:
        return [source for (source,) in record.execute("SELECT source FROM moves") if (out / source).exists()]


def superseded(out: Path) -> list[tuple[int, str, str]]:
    """Number, photograph and why of each result that was replaced."""
    with closing(sqlite3.connect(out / "results.sqlite")) as record:
        return list(record.execute("SELECT result, photo, why FROM superseded ORDER BY result"))


def trail(out: Path) -> list[dict[str, Any]]:
    """Entries of the audit trail; each line must be whole, but for one that a later entry says was torn."""
    *lines, last = (out / "audit.jsonl").read_bytes().split(b"\n")
    assert last == b""
    entries = []
    torn = 0
    for line in lines:
        try:
            entries.append(json.loads(line))
        except ValueError:
            torn += 1
    assert torn <= sum(entry["action"] == "mended" for entry in entries)
    return entries


def assert_chained(entries: list[dict[str, Any]]) -> None:
    """Check the chain as the documentation tells it, not by the code that made it."""
    previous = "0" * 64
    for number, entry in enumerate(entries, 1):
        told = {key: value for key, value in entry.items() if key != "hash"}
        text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert (entry["entry"], entry["previous"]) == (number, previous)
        assert entry["hash"] == hashlib.sha256(text.encode()).hexdigest()
        previous = entry["hash"]
