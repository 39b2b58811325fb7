"""The audit trail: who did what, when and with what; one JSON line an entry, each chained to the one before by hash.

The chain proves that nothing in it was altered, taken out or put in between only to someone who kept its last hash
elsewhere: whoever can write to the folder can write a whole new chain.
"""

from __future__ import annotations

import getpass
import hashlib
import json
import os
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from densitometer.errors import ResultsError
from densitometer.results.atomic import sync_folder
from densitometer.results.made import installed_version
from densitometer.results.names import storable

TRAIL = "audit.jsonl"
FIRST_PREVIOUS = "0" * 64
_HEAD = ("entry", "time", "user", "host", "pid", "densitometer", "action")
_ENDS = ("previous", "hash")
_TAIL_BYTES = 65536


@dataclass(frozen=True)
class Who:
    """Who runs this process: name of the user, name of the computer, number of the process."""

    user: str
    host: str
    pid: int


def who() -> Who:
    """Tell who runs this process; a user without an entry among the users is named by number, as in ``uid 1000``."""
    return Who(storable(_user()), storable(platform.node() or "unknown"), os.getpid())


def _user() -> str:
    if hasattr(os, "getuid"):
        import pwd  # only there on POSIX; unlike getpass, it does not believe the environment

        try:
            return pwd.getpwuid(os.getuid()).pw_name
        except KeyError:
            return f"uid {os.getuid()}"
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"


def now_utc() -> datetime:
    """Return the time now."""
    return datetime.now(UTC)


def written_time(moment: datetime) -> str:
    """Return a time as the trail states it: UTC, ISO 8601, to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True)
class Line:
    """One line of the file.

    Attributes
    ----------
    number : int
        From 1.
    raw : bytes
        Without its line end.
    ended : bool
        False for a last line that was torn, without a line end.
    """

    number: int
    raw: bytes
    ended: bool = True

    @cached_property
    def entry(self) -> Entry | None:
        """The entry that stands in the line; None where none can be read."""
        return _parsed(self.raw, self.number)


@dataclass(frozen=True)
class Entry:
    """One entry of the trail.

    Attributes
    ----------
    entry : int
        Its number, from 1.
    action : str
    previous, hash : str
        Hash of the entry before, and its own as it states it.
    facts : Mapping
        All of its fields by name, those above included.
    line : int
        Number of its line in the file, from 1; 0 where that is not known.
    raw : bytes
        The line, without its line end.
    """

    entry: int
    action: str
    previous: str
    hash: str
    facts: Mapping[str, object]
    line: int
    raw: bytes

    @property
    def genuine(self) -> bool:
        """True when its hash fits what it says, and the line is spelt as entries are."""
        return self.hash == _hash(self.facts) and self.raw == _spelt(self.facts).encode(errors="surrogatepass")

    def follows(self, number: int, head: str) -> bool:
        """Tell whether it is chained to the entry of that number and hash."""
        return self.entry == number + 1 and self.previous == head


def _parsed(raw: bytes, number: int = 0) -> Entry | None:
    try:
        facts = json.loads(raw, parse_constant=_no_number)
        entry, action, previous, own = (facts[name] for name in ("entry", "action", *_ENDS))
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    if not (type(entry) is int and all(isinstance(text, str) for text in (action, previous, own))):
        return None
    return Entry(entry, action, previous, own, facts, number, raw)


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no JSON")


def _spelt(facts: Mapping[str, object]) -> str:
    return json.dumps(facts, ensure_ascii=False, allow_nan=False)


def _hash(facts: Mapping[str, object]) -> str:
    """Sha256 of the canonical JSON of everything in an entry but its hash."""
    told = {name: value for name, value in facts.items() if name != "hash"}
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def _storable(value: object) -> object:
    """Return a value for JSON with every text in it such that it can be encoded."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, Mapping):
        return {storable(str(key)): _storable(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(one) for one in value]
    return value


class Trail:
    """The trail of a folder, to which entries are added; nothing that stands in it is ever written again.

    Only one process may have it open: the lock of the results folder sees to that.

    Attributes
    ----------
    path : Path
    entry : int
        Number of the last entry that was written; 0 when there is none.
    head : str
        Hash of that entry.
    """

    def __init__(self, path: Path, clock: Callable[[], datetime], by: Who) -> None:
        self.path = path
        self._clock = clock
        self._who = by
        self.entry, self.head = 0, FIRST_PREVIOUS
        self._next = (0, FIRST_PREVIOUS)  # number and hash of the last one composed
        self._torn = b""  # a last line without its end
        self._broken: list[bytes] = []  # lines after the last entry in which none can be read
        self._look()

    @classmethod
    def open(cls, path: Path, *, clock: Callable[[], datetime] = now_utc) -> Trail:
        """Open a trail for adding to it, which may not exist yet; only its end is read, and nothing is written yet.

        Raises
        ------
        ResultsError
            When it cannot be read.
        """
        return cls(path, clock, who())

    def compose(self, action: str, **facts: object) -> str:
        """Return the next line of the trail, without its line end; it is chained but not yet written.

        Several may be composed before they are appended, in the same order. A torn end of the file is mended first.

        Raises
        ------
        ResultsError
            When a torn end cannot be mended.
        """
        if taken := {*_HEAD, *_ENDS} & set(facts):
            raise ValueError(f"an entry has fields of its own called {', '.join(sorted(taken))}")
        self._mend()
        by = self._who
        told: dict[str, object] = {"entry": self._next[0] + 1, "time": written_time(self._clock())}
        told |= {
            "user": by.user,
            "host": by.host,
            "pid": by.pid,
            "densitometer": installed_version("densitometer"),
            "action": action,
        }
        told |= {name: _storable(value) for name, value in facts.items()} | {"previous": self._next[1]}
        told["hash"] = _hash(told)
        self._next = (self._next[0] + 1, str(told["hash"]))
        return _spelt(told)

    def forget(self) -> None:
        """Forget what was composed and not appended, because it did not come to pass."""
        self._next = (self.entry, self.head)

    def append(self, lines: Sequence[str]) -> None:
        """Write composed lines; they are on disk when this returns, and those that are there already are left out.

        A torn last line that is the beginning of the first of them is completed. Another one is closed, and an entry
        ``mended`` that names it is written after them.

        Raises
        ------
        ResultsError
            When they cannot be written; what was written by then is completed by appending the same lines again.
        """
        if not lines:
            return
        there = self._last_lines(sum(len(line) for line in lines)) if self._may_be_there(lines) else set()
        new = [raw for raw in (line.encode() for line in lines) if raw not in there]
        self._check_link(new)
        data = b"".join(raw + b"\n" for raw in new)
        if self._torn and new and new[0].startswith(self._torn):
            data, self._torn = data[len(self._torn) :], b""
        self._write(self._closing() + data)
        if new and (last := _parsed(new[-1])):
            self.entry, self.head = last.entry, last.hash
            self.forget()
        self._mend()

    def _check_link(self, new: Sequence[bytes]) -> None:
        """Refuse lines that do not follow what the file ends with."""
        number, head = self.entry, self.head
        for raw in new:
            entry = _parsed(raw)
            if entry is None or not entry.genuine or not (entry.follows(number, head) or entry.hash == self.head):
                told = f"what is to be added to {self.path} does not follow its last entry, {number}"
                advice = "one of it and results.sqlite was altered or is an older copy: put back the one that fits"
                raise ResultsError(f"{told}; {advice}")
            number, head = entry.entry, entry.hash

    def _mend(self) -> None:
        """Close a torn last line, and name in entries of their own the lines in which no entry can be read."""
        self._write(self._closing())
        broken, self._broken = self._broken, []
        for raw in broken:
            self.write("mended", torn_bytes=len(raw), sha256=hashlib.sha256(raw).hexdigest())

    def _closing(self) -> bytes:
        """Return the line end that a torn last line lacks; where no entry stands in it, it is noted to be mended."""
        torn, self._torn = self._torn, b""
        self._broken += [torn] * (torn != b"" and _parsed(torn) is None)
        return b"\n" if torn else b""

    def write(self, action: str, **facts: object) -> None:
        """Compose one entry and append it at once; for what has no counterpart in the record."""
        self.append([self.compose(action, **facts)])

    def _may_be_there(self, lines: Sequence[str]) -> bool:
        first = _parsed(lines[0].encode()) if lines else None
        return first is not None and first.entry <= self.entry

    def _last_lines(self, at_least: int) -> set[bytes]:
        data, _ = self._tail(4 * at_least + _TAIL_BYTES)
        return set(data.split(b"\n")[:-1])

    def _look(self) -> None:
        """Find the last entry, and what is torn or broken after it, reading no more of the file than that takes."""
        size, whole = _TAIL_BYTES, False
        last = None
        while last is None and not whole:
            data, whole = self._tail(size)
            *lines, self._torn = data.split(b"\n")
            self._broken = []
            for raw in reversed(lines):
                if last := _parsed(raw):
                    break
                self._broken.insert(0, raw)
            size *= 8
        if (unended := _parsed(self._torn)) is not None:
            last = unended  # all of a line but its end
        self.entry, self.head = (last.entry, last.hash) if last else (0, FIRST_PREVIOUS)
        self.forget()

    def _tail(self, size: int) -> tuple[bytes, bool]:
        """Return the end of the file from the beginning of a line on, and whether that is all of it."""
        try:
            with self.path.open("rb") as file:
                start = max(0, file.seek(0, os.SEEK_END) - size)
                file.seek(start)
                data = file.read()
        except FileNotFoundError:
            return b"", True
        except OSError as error:
            raise ResultsError(f"{self.path} cannot be read: {error.strerror}") from error
        if start == 0:
            return data, True
        return data[data.find(b"\n") + 1 :] if b"\n" in data else b"", False

    def _write(self, data: bytes) -> None:
        if not data:
            return
        made = not self.path.exists()
        try:
            with self.path.open("ab") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            if made:
                sync_folder(self.path.parent)
        except OSError as error:
            self._look()
            raise ResultsError(f"{self.path} cannot be written: {error.strerror}; is the disk full?") from error


def read_lines(path: Path) -> Iterator[Line]:
    """Lines of a trail from the first on, whether entries stand in them or not.

    Raises
    ------
    ResultsError
        When the file is not there or cannot be read.
    """
    try:
        with path.open("rb") as file:
            for number, raw in enumerate(file, start=1):
                yield Line(number, raw.removesuffix(b"\n"), raw.endswith(b"\n"))
    except OSError as error:
        raise ResultsError(f"{path} cannot be read: {error.strerror}") from error


def read_trail(path: Path) -> Iterator[Entry]:
    """Entries of a trail in the order of its lines; lines in which none can be read are passed over.

    Raises
    ------
    ResultsError
        When the file is not there or cannot be read.
    """
    return (line.entry for line in read_lines(path) if line.entry)
