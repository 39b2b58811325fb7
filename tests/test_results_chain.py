"""Whatever is done to an audit trail is found, and named by entry and line."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from densitometer.results.chain import check_chain
from densitometer.results.trail import Trail, _hash, _spelt

Lines = list[bytes]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A trail of eight entries."""
    trail = Trail.open(tmp_path / "audit.jsonl", clock=lambda: datetime(2026, 3, 1, tzinfo=UTC))
    trail.append([trail.compose("measured", photo=f"{i}.jpg") for i in range(1, 9)])
    return trail.path


def found(path: Path, head: str | None = None) -> list[tuple[str, str]]:
    return [(finding.kind, finding.place) for finding in check_chain(path, head)]


def edited(line: bytes, **facts: object) -> bytes:
    """An entry with other facts and the hash that fits them."""
    told = json.loads(line) | facts
    return _spelt(told | {"hash": _hash(told)}).encode()


def without(*numbers: int) -> Callable[[Lines], Lines]:
    return lambda lines: [line for number, line in enumerate(lines, 1) if number not in numbers]


def swapped(lines: Lines) -> Lines:
    return [*lines[:3], lines[4], lines[3], *lines[5:]]


def moved_to_the_end(lines: Lines) -> Lines:
    return [*lines[:1], *lines[2:], lines[1]]


def with_a_copy(lines: Lines) -> Lines:
    return [*lines[:3], lines[2], *lines[3:]]


def forged(lines: Lines) -> Lines:
    return [*lines[:3], edited(lines[3], photo="x.jpg"), *lines[4:]]


def put_in(lines: Lines) -> Lines:
    return [*lines[:4], edited(lines[4], photo="x.jpg"), *lines[4:]]


@pytest.mark.parametrize(
    ("done", "expected"),
    [
        (lambda lines: lines, []),
        (without(1), [("missing", "entry 1")]),
        (without(3, 4, 5), [("missing", "entries 3 to 5")]),
        (without(2, 6), [("missing", "entry 2"), ("missing", "entry 6")]),
        (swapped, [("altered", "entry 4, line 5")]),
        (moved_to_the_end, [("altered", "entry 2, line 8")]),
        (with_a_copy, [("added", "entry 3, line 4")]),
        (forged, [("altered", "entry 5, line 5")]),
        (lambda lines: [*lines, edited(lines[0], entry=10**12)], [("missing", "entries 9 to 999999999999")]),
        (
            lambda lines: [*lines, edited(lines[0], action="mended", torn_bytes=[], sha256={}, entry=9)],
            [("altered", "entry 9, line 9")],
        ),
        (put_in, [("added", "entry 5, line 6")]),
        (lambda lines: [lines[0].replace(b"1.jpg", b"x.jpg"), *lines[1:]], [("altered", "entry 1, line 1")]),
        (lambda lines: [lines[0], b"", *lines[1:]], [("altered", "line 2")]),
        (lambda lines: [*lines[:7], lines[7][:-9] + b"}"], [("altered", "line 8")]),
        (lambda lines: [*lines, b"[1, 2]", b"nothing"], [("altered", "line 9"), ("altered", "line 10")]),
    ],
)
def test_what_was_done_is_named(path: Path, done: Callable[[Lines], Lines], expected: list[tuple[str, str]]) -> None:
    lines = path.read_bytes().splitlines()
    path.write_bytes(b"".join(line + b"\n" for line in done(lines)))
    assert found(path) == expected


def test_first_entry_starts_the_chain(path: Path) -> None:
    first, *others = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join([edited(first, previous="1" * 64), *others, b""]))
    assert found(path) == [("altered", "entry 1, line 1"), ("altered", "entry 2, line 2")]


def test_every_byte_counts(path: Path) -> None:
    whole = path.read_bytes()
    for place in range(0, len(whole), 7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert found(path), place


@pytest.mark.parametrize("kept", [64, 16])
def test_what_was_cut_off_is_found_by_the_head_that_was_noted_down(path: Path, kept: int) -> None:
    whole = path.read_bytes()
    head = json.loads(whole.splitlines()[-1])["hash"][:kept]
    assert found(path, head) == []
    path.write_bytes(b"".join(whole.splitlines(keepends=True)[:5]))
    assert found(path) == []
    assert found(path, head) == [("missing", f"hash {head}")]


def test_an_older_head_will_do_after_more_was_done(path: Path) -> None:
    trail = Trail.open(path)
    head = trail.head
    trail.write("finished")
    assert found(path, head) == []


def test_a_torn_end_is_unfinished_and_a_mended_one_a_note(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b'{"entry": 9')
    assert found(path) == [("unfinished", "line 9")]
    Trail.open(path).write("finished")
    assert found(path) == [("note", "line 9")]
    path.write_bytes(path.read_bytes().replace(b'{"entry": 9\n', b'{"entry": 8\n'))
    assert found(path) == [("altered", "line 9")]


def test_a_clock_that_was_set_back_is_a_note(path: Path) -> None:
    Trail.open(path, clock=lambda: datetime(2020, 1, 1, tzinfo=UTC)).write("finished")
    assert found(path) == [("note", "entry 9, line 9")]
