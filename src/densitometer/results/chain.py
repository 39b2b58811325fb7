"""Check the chain of an audit trail: every line, its hash, its number and its link to the one before."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from densitometer.results.findings import Finding, Kind
from densitometer.results.trail import FIRST_PREVIOUS, TRAIL, Entry, Line, read_lines

_ALTERED = "this entry was altered: its hash does not fit what it says"
_UNLINKED = "it is not chained to the entry before it: one of the two was replaced"
_TWICE = "a further entry with this number was put in"
_NO_ENTRY = "no entry can be read in it: it was altered or put in"
_TORN = "it was torn when a run was killed; run the same command again"
_MENDED = "it was torn when a run was killed or the power failed, as entry {} says"
_CLOCK = "its time is before that of the entry before it: the clock was set back in between"
_NO_HEAD = "no entry has this hash: the trail was cut off or written anew since it was noted down"


class Chain:
    """What reading a trail from its first line to its last shows; hand every line to :meth:`take`.

    Attributes
    ----------
    entries : int
        How many entries there are.
    last : Entry or None
        The last of them.
    """

    def __init__(self) -> None:
        self.entries = 0
        self.last: Entry | None = None
        self._lines: dict[int, int] = {}  # number of an entry: its first line
        self._hashes: dict[int, tuple[str, ...]] = {}  # one, unless there are further entries with this number
        self._links: list[tuple[int, str, int]] = []
        self._broken: dict[tuple[int, str], list[Line]] = {}
        self._gaps: list[tuple[int, int, int]] = []
        self._highest = 0
        self._found: list[tuple[int, Finding]] = []

    def take(self, line: Line) -> Entry | None:
        """Take the next line and return the entry in it, if there is one."""
        entry = line.entry
        if entry is None:
            digest = hashlib.sha256(line.raw).hexdigest()
            self._broken.setdefault((len(line.raw), digest), []).append(line)
            return None
        self._mended(entry)
        self._own(entry)
        self._order(entry)
        self.entries, self.last = self.entries + 1, entry
        return entry

    def findings(self, head: str | None = None) -> Iterator[Finding]:
        """Tell all that was found, in the order of the lines; ``head`` is a hash that an entry must have."""
        for lines in self._broken.values():
            for line in lines:
                kind, told = ("altered", _NO_ENTRY) if line.ended else ("unfinished", _TORN)
                self._tell(kind, line.number, f"line {line.number}", told)  # type: ignore[arg-type]
        for first, last, line_number in self._gaps:
            self._tell_gap(first, last, line_number)
        for number, previous, line_number in self._links:
            before = (FIRST_PREVIOUS,) if number == 1 else self._hashes.get(number - 1)
            if before and previous not in before:
                self._tell("altered", line_number, f"entry {number}, line {line_number}", _UNLINKED)
        yield from (finding for _, finding in sorted(self._found, key=lambda one: one[0]))
        if head and not self.has(head):
            yield Finding("missing", TRAIL, f"hash {head}", _NO_HEAD)

    def has(self, head: str) -> bool:
        """Tell whether an entry has a hash, which may be shortened at its end."""
        return any(own.startswith(head.lower()) for hashes in self._hashes.values() for own in hashes)

    def holds(self, entry: Entry) -> bool:
        """Tell whether an entry is there already."""
        return entry.hash in self._hashes.get(entry.entry, ())

    def _mended(self, entry: Entry) -> None:
        if entry.action != "mended" or not entry.genuine:
            return
        size, digest = entry.facts.get("torn_bytes"), entry.facts.get("sha256")
        if not (isinstance(size, int) and isinstance(digest, str)):
            return
        for line in self._broken.pop((size, digest), []):
            self._tell("note", line.number, f"line {line.number}", _MENDED.format(entry.entry))

    def _own(self, entry: Entry) -> None:
        place = f"entry {entry.entry}, line {entry.line}"
        if not entry.genuine:
            self._tell("altered", entry.line, place, _ALTERED)
        elif self.last and str(entry.facts.get("time")) < str(self.last.facts.get("time")):
            self._tell("note", entry.line, place, _CLOCK)

    def _order(self, entry: Entry) -> None:
        number, place = entry.entry, f"entry {entry.entry}, line {entry.line}"
        if number in self._lines:
            self._tell("added", entry.line, place, _TWICE)
        elif number < self._highest:
            self._tell("altered", entry.line, place, f"it stands after entry {self._highest}: entries were moved")
        elif number > self._highest + 1:
            self._gaps.append((self._highest + 1, number - 1, entry.line))
        self._lines.setdefault(number, entry.line)
        self._hashes[number] = (*self._hashes.get(number, ()), entry.hash)
        self._links.append((number, entry.previous, entry.line))
        self._highest = max(self._highest, number)

    def _tell_gap(self, first: int, last: int, line: int) -> None:
        """Tell which entries of a gap stand nowhere else either."""
        present = sorted(number for number in self._lines if first <= number <= last)
        for before, after in pairwise([first - 1, *present, last + 1]):
            if after - before > 1:
                one = after - before == 2  # noqa: PLR2004
                place = f"entry {before + 1}" if one else f"entries {before + 1} to {after - 1}"
                told = f"{'it was' if one else 'they were'} taken out, before line {line}"
                self._tell("missing", line, place, told)

    def _tell(self, kind: Kind, line: int, place: str, told: str) -> None:
        self._found.append((line, Finding(kind, TRAIL, place, told)))


def check_chain(path: Path, head: str | None = None) -> list[Finding]:
    """Find what was altered in an audit trail, put in, taken out or moved.

    Parameters
    ----------
    path : Path
    head : str, optional
        Hash of an entry that was noted down elsewhere. Only by such a one can it be seen that the end of the trail was
        cut off, or that all of it was written anew.

    Raises
    ------
    ResultsError
        When the file is not there or cannot be read.
    """
    chain = Chain()
    for line in read_lines(path):
        chain.take(line)
    return list(chain.findings(head))
