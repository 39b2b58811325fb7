"""Check every result in a record, those superseded included, against what the audit trail says of it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import datetime

from densitometer.results.account import Account, Stated
from densitometer.results.files import RECORD
from densitometer.results.findings import Finding
from densitometer.results.record import Record

_ELSEWHERE = (
    "in what was kept of it for comparing, in its thumbnail, in what it was made from and with, or in digits that the "
    "tables do not show"
)
_MOST_APART_S = 600  # of very many results that are superseded at once
_LEFT_OVER = {
    "hairs": "SELECT DISTINCT photo FROM hairs WHERE photo NOT IN (SELECT photo FROM pictures)",
    "photos": "SELECT photo FROM photos WHERE photo NOT IN (SELECT photo FROM pictures)",
    "pictures": "SELECT photo FROM pictures WHERE photo NOT IN (SELECT photo FROM photos)",
}
_OF_NO_RESULT = (
    "SELECT result FROM {} WHERE result NOT IN (SELECT result FROM pictures WHERE result IS NOT NULL) "
    "AND result NOT IN (SELECT result FROM superseded)"
)
_NOT_REACHED = (
    "SELECT photo, (SELECT count(*) FROM hairs WHERE hairs.photo = pictures.photo), status, hair_count "
    "FROM pictures JOIN photos USING (photo) WHERE result IS NULL"
)


@dataclass(frozen=True)
class Held:
    """A result as the record names it; ``why`` it was superseded is None while it stands."""

    number: int
    photo: str
    why: str | None
    overlay: str | None
    overlay_sha256: str | None


def held_results(record: Record) -> Iterator[Held]:
    """Every result that a record holds: those of the run in its order, then those superseded."""
    query = "SELECT result, photo, NULL, overlay, overlay_sha256 FROM pictures WHERE result IS NOT NULL ORDER BY place"
    yield from (Held(*cells) for cells in record.connection.execute(query))
    query = "SELECT result, photo, why, 'superseded/' || result || '.png', overlay_sha256 FROM superseded ORDER BY 1"
    yield from (Held(*cells) for cells in record.connection.execute(query))


def check_results(record: Record, account: Account, altered: Mapping[str, Set[str]]) -> Iterator[Finding]:
    """Find results that were altered, added or removed since the trail was told of them.

    Parameters
    ----------
    record : Record
    account : Account
        What the trail says.
    altered : mapping
        By table of the record, photographs of which the table differs from a file that is as it was written.

    Raises
    ------
    sqlite3.DatabaseError
        When the record cannot be read.
    """
    seen: set[int] = set()
    for held in held_results(record):
        seen.add(held.number)
        yield from _check(record, held, account.results.get(held.number), altered)
    for number, stated in account.results.items():
        if number not in seen:
            told = f"entry {stated.entry} of audit.jsonl tells of it, but it is not there: it was taken out"
            yield Finding("missing", RECORD, _place(number, stated.photo, stated.why), told)
    yield from _check_left_over(record)


def _place(number: int, photo: str, why: str | None) -> str:
    return f"{'superseded ' if why is not None else ''}result {number} ({photo})"


def _check(record: Record, held: Held, stated: Stated | None, altered: Mapping[str, Set[str]]) -> Iterator[Finding]:
    place = _place(held.number, held.photo, held.why)
    if stated is None:
        yield Finding("added", RECORD, place, "no entry of audit.jsonl tells of it")
        return
    if _digest(record, held.number) != stated.result_sha256:
        told = f"it is not the result of which entry {stated.entry} of audit.jsonl tells; it was altered "
        yield Finding("altered", RECORD, place, told + _where(record, held, stated, altered))
    elif held.photo != stated.photo:
        told = f"entry {stated.entry} of audit.jsonl tells of it as one of {stated.photo}"
        yield Finding("altered", RECORD, place, told)
    elif stated.why != held.why:
        then = "standing" if stated.why is None else f"superseded because {stated.why}"
        now = "as standing" if held.why is None else f"as superseded because {held.why}"
        yield Finding("altered", RECORD, place, f"the record has it {now}, audit.jsonl as {then}")
    elif held.why is not None:
        yield from _check_superseded(record, held, stated, place)


def _check_superseded(record: Record, held: Held, stated: Stated, place: str) -> Iterator[Finding]:
    """Check what the digest of a superseded result does not cover."""
    query = "SELECT status, superseded_at FROM superseded WHERE result = ?"
    status, at = record.connection.execute(query, (held.number,)).fetchone()
    if status != stated.facts.get("status", status):
        told = f"its status is {status} instead of {stated.facts['status']}"
        yield Finding("altered", RECORD, place, told)
    if not _about(at, stated.superseded_at):
        told = f"it says that it was superseded at {at}, audit.jsonl at {stated.superseded_at}"
        yield Finding("altered", RECORD, place, told)


def _about(time: object, stated: str) -> bool:
    """Tell whether two times are about the same: the entry is made a moment after what it tells of."""
    try:
        apart = datetime.fromisoformat(str(time)) - datetime.fromisoformat(stated)
        return abs(apart.total_seconds()) <= _MOST_APART_S
    except (ValueError, TypeError):
        return False


def _digest(record: Record, number: int) -> str | None:
    """Digest of a result; None where what is stored no longer is what results are made of."""
    try:
        return record.digest(number)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _where(record: Record, held: Held, stated: Stated, altered: Mapping[str, Set[str]]) -> str:
    """Say in which table a result was altered, as far as that can be told."""
    tables = [table for table, photos in altered.items() if held.photo in photos] if held.why is None else []
    if tables:
        return f"in table {' and '.join(tables)}"
    if held.overlay_sha256 != stated.overlay_sha256:
        return "in the hash of its overlay"
    facts = _facts_of(record, held)
    for name in ("photo_sha256", "um_per_px", "settings_sha256", "model_sha256", "status", "reason"):
        if name in stated.facts and name in facts and facts[name] != stated.facts[name]:
            return f"in its {name}"
    return _ELSEWHERE if held.why is None else "in table superseded, kept or thumbnails"


def _facts_of(record: Record, held: Held) -> dict[str, object]:
    """Of a result, what the entry of its measuring states as well."""
    try:
        if held.why is None:
            query, key = "SELECT made FROM pictures WHERE result = ?", held.number
            row: Mapping[str, object] = record.photo_row(held.photo)
            (made,) = record.connection.execute(query, (key,)).fetchone()
        else:
            query = 'SELECT "row", made FROM superseded WHERE result = ?'
            text, made = record.connection.execute(query, (held.number,)).fetchone()
            row = json.loads(text)
        of = json.loads(made) if made else {}
        facts = {name: of[name] for name in ("settings_sha256", "model_sha256") if name in of}
        return {**facts, "photo_sha256": row.get("sha256"), "status": row.get("status"), "reason": row.get("reason")}
    except (ValueError, TypeError, KeyError, AttributeError):
        return {}


def _check_left_over(record: Record) -> Iterator[Finding]:
    """Find rows that belong to no result."""
    for table, query in _LEFT_OVER.items():
        for (photo,) in record.connection.execute(query):
            yield Finding("added", RECORD, f"table {table} ({photo})", "the run has no such photograph")
    for table in ("kept", "thumbnails"):
        for (number,) in record.connection.execute(_OF_NO_RESULT.format(table)):
            yield Finding("added", RECORD, f"table {table}, result {number}", "there is no such result")
    for photo, hairs, status, count in record.connection.execute(_NOT_REACHED):
        if hairs or status != "not_measured" or count is not None:
            told = "it has numbers but no result, and no entry of audit.jsonl tells of any"
            yield Finding("added", RECORD, f"table photos ({photo})", told)


def check_whole(record: Record) -> Iterator[Finding]:
    """Check that the file is whole, as SQLite sees it."""
    try:
        (found,) = record.connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        found = str(error)
    if found != "ok":
        yield Finding("altered", RECORD, "", f"it is damaged: {' '.join(str(found).split())}")
