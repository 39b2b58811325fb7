"""The audit trail: chained, appended to and nothing else, whole again after a crash."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from densitometer.errors import ResultsError
from densitometer.results import trail as trails
from densitometer.results.trail import Trail, Who, read_lines, read_trail, who, written_time

NOON = datetime(2026, 3, 1, 12, 0, 0, 1999, tzinfo=UTC)


def opened(folder: Path) -> Trail:
    return Trail.open(folder / "audit.jsonl", clock=lambda: NOON)


def lines_of(folder: Path) -> list[bytes]:
    return (folder / "audit.jsonl").read_bytes().split(b"\n")[:-1]


def hash_by_hand(line: bytes) -> str:
    told = json.loads(line)
    del told["hash"]
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def test_entry_says_who_when_and_what(tmp_path: Path) -> None:
    opened(tmp_path).write("measured", photo="a.jpg", um_per_px=4.5)
    (line,) = lines_of(tmp_path)
    told = json.loads(line)
    fields = "entry time user host pid densitometer action photo um_per_px previous hash"
    assert list(told) == fields.split()
    assert told["entry"] == 1
    assert told["time"] == "2026-03-01T12:00:00.001Z"
    assert told["pid"] == os.getpid()
    assert told["host"] == platform.node()
    assert told["previous"] == "0" * 64
    assert told["hash"] == hash_by_hand(line)


def test_time_is_told_in_utc() -> None:
    there = datetime(2026, 3, 1, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    assert written_time(there) == "2026-02-28T23:30:00.000Z"


def test_each_entry_holds_the_hash_of_the_one_before(tmp_path: Path) -> None:
    trail = opened(tmp_path)
    trail.append([trail.compose("started"), trail.compose("measured", photo="a.jpg")])
    opened(tmp_path).write("finished")
    entries = list(read_trail(tmp_path / "audit.jsonl"))
    assert [entry.entry for entry in entries] == [1, 2, 3]
    assert [entry.previous for entry in entries] == ["0" * 64, entries[0].hash, entries[1].hash]
    assert [entry.line for entry in entries] == [1, 2, 3]
    assert all(entry.genuine for entry in entries)


def test_composing_writes_nothing(tmp_path: Path) -> None:
    opened(tmp_path).compose("started")
    assert not list(tmp_path.iterdir())


def test_what_did_not_come_to_pass_is_forgotten(tmp_path: Path) -> None:
    trail = opened(tmp_path)
    trail.write("started")
    trail.compose("measured", photo="a.jpg")
    trail.forget()
    trail.write("measured", photo="b.jpg")
    assert [entry.facts.get("photo") for entry in read_trail(trail.path)] == [None, "b.jpg"]
    assert [entry.entry for entry in read_trail(trail.path)] == [1, 2]


def test_lines_that_are_there_are_not_written_again(tmp_path: Path) -> None:
    trail = opened(tmp_path)
    lines = [trail.compose("measured", photo=f"{i}.jpg") for i in range(5)]
    trail.append(lines[:3])
    opened(tmp_path).append(lines)
    opened(tmp_path).append(lines)
    assert lines_of(tmp_path) == [line.encode() for line in lines]


def test_a_replay_longer_than_the_first_look_finds_all_its_lines(tmp_path: Path) -> None:
    trail = opened(tmp_path)
    lines = [trail.compose("superseded", photo=f"{i}.jpg", why="x" * 300) for i in range(2000)]
    trail.append(lines)
    opened(tmp_path).append(lines)
    assert len(lines_of(tmp_path)) == 2000


@pytest.mark.parametrize("kept", [1, 50, -1])
def test_torn_line_that_is_the_beginning_of_the_next_one_is_completed(tmp_path: Path, kept: int) -> None:
    trail = opened(tmp_path)
    trail.write("started")
    lines = [trail.compose("measured", photo="ä.jpg"), trail.compose("finished")]
    with trail.path.open("ab") as file:
        file.write((lines[0].encode() + b"\n")[:kept])
    opened(tmp_path).append(lines)
    assert [line.decode() for line in lines_of(tmp_path)[1:]] == lines


def test_a_line_that_lacks_only_its_end_counts(tmp_path: Path) -> None:
    trail = opened(tmp_path)
    trail.write("started")
    trail.path.write_bytes(trail.path.read_bytes()[:-1])
    opened(tmp_path).write("finished")
    assert [entry.action for entry in read_trail(trail.path)] == ["started", "finished"]


def test_another_torn_line_is_closed_and_named(tmp_path: Path) -> None:
    trail = opened(tmp_path)
    trail.write("started")
    torn = b'{"entry": 2, "time": "20'
    with trail.path.open("ab") as file:
        file.write(torn)
    opened(tmp_path).write("finished")
    before, broken, mended, after = read_lines(trail.path)
    assert broken.raw == torn
    assert mended.entry is not None
    assert mended.entry.action == "mended"
    assert mended.entry.facts["torn_bytes"] == len(torn)
    assert mended.entry.facts["sha256"] == hashlib.sha256(torn).hexdigest()
    assert before.entry is not None
    assert mended.entry.previous == before.entry.hash
    assert after.entry is not None
    assert after.entry.previous == mended.entry.hash


def test_a_replay_over_another_torn_line_keeps_the_chain(tmp_path: Path) -> None:
    trail = opened(tmp_path)
    trail.write("started")
    lines = [trail.compose("measured", photo="a.jpg")]
    with trail.path.open("ab") as file:
        file.write(b"something")
    opened(tmp_path).append(lines)
    opened(tmp_path).append(lines)
    entries = list(read_trail(trail.path))
    assert [entry.action for entry in entries] == ["started", "measured", "mended"]
    assert [entry.previous for entry in entries[1:]] == [entry.hash for entry in entries[:-1]]


def test_a_mending_that_was_torn_itself_is_mended_with_what_it_mended(tmp_path: Path) -> None:
    trail = opened(tmp_path)
    trail.write("started")
    with trail.path.open("ab") as file:
        file.write(b'{"torn\n{"entry": 2, "act')
    opened(tmp_path).append([])
    assert len(list(read_trail(trail.path))) == 1  # what is in the record's outbox goes first
    opened(tmp_path).compose("finished")
    entries = list(read_trail(trail.path))
    assert [entry.action for entry in entries] == ["started", "mended", "mended"]
    assert [entry.facts.get("torn_bytes") for entry in entries] == [None, 6, 17]


def test_nothing_that_stands_in_the_file_is_changed(tmp_path: Path) -> None:
    (tmp_path / "audit.jsonl").write_bytes(b"of other origin\n\xff\xfe\n{}")
    opened(tmp_path).write("started")
    assert (tmp_path / "audit.jsonl").read_bytes().startswith(b"of other origin\n\xff\xfe\n{}\n")
    (started,) = (entry for entry in read_trail(tmp_path / "audit.jsonl") if entry.action == "started")
    assert started.entry == 4  # after three that name the lines in which nothing could be read


def test_names_in_any_script_and_in_none_are_stored(tmp_path: Path) -> None:
    opened(tmp_path).write("measured", photo="頭皮 \udcff\u2028.jpg", given={"\udcfe": ["\ud800"]})
    (entry,) = read_trail(tmp_path / "audit.jsonl")
    assert entry.facts["photo"] == "頭皮 \\xff\u2028.jpg"
    assert entry.facts["given"] == {"\\xfe": ["\\ud800"]}
    assert entry.genuine


def test_user_without_an_entry_is_named_by_number(monkeypatch: pytest.MonkeyPatch) -> None:
    pwd = pytest.importorskip("pwd")

    def missing(uid: int) -> None:
        raise KeyError(uid)

    monkeypatch.setattr(pwd, "getpwuid", missing)
    assert who() == Who(f"uid {os.getuid()}", platform.node(), os.getpid())


def test_the_environment_is_not_believed_on_who_runs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pwd")
    told = who().user
    monkeypatch.setenv("LOGNAME", "somebody.else")
    assert who().user == told


def test_opening_a_long_trail_reads_only_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trail = opened(tmp_path)
    trail.append([trail.compose("measured", photo=f"{i}.jpg", reason="x" * 200) for i in range(10_000)])
    assert trail.path.stat().st_size > 5_000_000
    parsed: list[int] = []
    genuine = trails._parsed
    monkeypatch.setattr(trails, "_parsed", lambda raw, number=0: parsed.append(len(raw)) or genuine(raw, number))
    again = opened(tmp_path)
    assert (again.entry, again.head) == (10_000, trail.head)
    assert sum(parsed) < 10_000


def test_a_last_line_longer_than_the_first_look_is_found(tmp_path: Path) -> None:
    opened(tmp_path).write("started", sources=["x" * 1000] * 1000)
    assert opened(tmp_path).entry == 1


def test_a_field_of_its_own_is_not_taken_for_a_fact(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="user"):
        opened(tmp_path).compose("measured", user="nobody")


def test_what_cannot_be_written_is_said_and_can_be_appended_later(tmp_path: Path) -> None:
    trail = opened(tmp_path)
    lines = [trail.compose("started")]
    trail.path.mkdir()
    with pytest.raises(ResultsError, match="cannot be"):
        trail.append(lines)
    trail.path.rmdir()
    opened(tmp_path).append(lines)
    assert len(lines_of(tmp_path)) == 1


@pytest.mark.parametrize(
    "altered",
    [
        lambda raw: raw.replace(b"a.jpg", b"b.jpg"),
        lambda raw: raw.replace(b'": ', b'":', 1),
        lambda raw: raw.replace(b'"action"', b'"photo": "b.jpg", "action"'),
    ],
    ids=["cell", "spelling", "key twice"],
)
def test_an_edited_entry_is_not_genuine(tmp_path: Path, altered) -> None:  # type: ignore[no-untyped-def]
    trail = opened(tmp_path)
    trail.write("measured", photo="a.jpg")
    raw = trail.path.read_bytes()
    assert altered(raw) != raw
    trail.path.write_bytes(altered(raw))
    (entry,) = read_trail(trail.path)
    assert not entry.genuine
