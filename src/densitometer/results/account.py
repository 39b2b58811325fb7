"""What an audit trail says should be in its folder: every result, every file, and where the photographs lay."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from densitometer.results.files import COMPARISON_FILES, COMPARISONS, RECORD
from densitometer.results.trail import Entry, read_lines

_OF_MEASURING = ("photo_sha256", "um_per_px", "settings_sha256", "model_sha256", "status", "reason")
_OF_FILES = ("tables_written", "compared", "comparisons_removed", "set_aside")


@dataclass(frozen=True)
class Stated:
    """What the trail says of one result.

    Attributes
    ----------
    photo : str
    result_sha256 : str
        Digest of all of it, as last stated.
    overlay_sha256 : str or None
        Of its overlay's file.
    entry : int
        Number of the entry that says so.
    why : str or None
        Why it was superseded; None while it stands.
    superseded_at : str
        When that was told; empty while it stands.
    facts : mapping
        What the entry said that told of its measuring.
    """

    photo: str
    result_sha256: str
    overlay_sha256: str | None
    entry: int
    why: str | None = None
    superseded_at: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class File:
    """What the trail says of one file: its sha256, and the number of the entry that says so."""

    sha256: str
    entry: int


class Account:
    """What the entries of a trail, taken one after the other, say should be there.

    Attributes
    ----------
    results : dict
        By number of the result.
    files : dict
        By name relative to the folder: those that the last writing of each names.
    aside : dict
        Files and folders that were set aside, with the number of the entry that says so.
    records_aside : dict
        Records that were set aside: the new name of each, with the entry that says so.
    to_write : set of str
        Files that were set aside and not written anew since.
    sources : tuple of str
        What was given to be measured last, relative to the folder.
    last_action : str
        Of the last entry; empty when there is none.
    """

    def __init__(self) -> None:
        self.results: dict[int, Stated] = {}
        self.files: dict[str, File] = {}
        self.aside: dict[str, int] = {}
        self.records_aside: dict[str, Entry] = {}
        self.to_write: set[str] = set()
        self.sources: tuple[str, ...] = ()
        self.last_action = ""
        self._ways: Mapping[str, Callable[[Entry], None]] = {
            **{"started": self._started, "measured": self._measured, "superseded": self._superseded},
            **{"restored": self._restated, "columns_changed": self._restated, "set_aside": self._set_aside},
            **{"tables_written": self._written, "compared": self._compared},
            **{"comparisons_removed": self._comparisons_removed},
        }

    def take(self, entry: Entry) -> None:
        """Take the next entry."""
        self.last_action = entry.action
        if way := self._ways.get(entry.action):
            way(entry)

    def photographs(self) -> list[tuple[str, str]]:
        """Each photograph of the results that stand, with the sha256 of its file."""
        standing = (one for one in self.results.values() if one.why is None)
        return [(one.photo, str(one.facts["photo_sha256"])) for one in standing if one.facts.get("photo_sha256")]

    def _started(self, entry: Entry) -> None:
        sources = entry.facts.get("sources")
        if isinstance(sources, list):
            self.sources = tuple(str(source) for source in sources)

    def _measured(self, entry: Entry) -> None:
        facts = entry.facts
        overlay = facts.get("overlay_sha256")
        stated = Stated(
            str(facts.get("photo")),
            str(facts.get("result_sha256")),
            None if overlay is None else str(overlay),
            entry.entry,
            facts={name: facts[name] for name in _OF_MEASURING if name in facts},
        )
        for number in _number(entry):
            self.results[number] = stated

    def _superseded(self, entry: Entry) -> None:
        for number in _number(entry):
            if before := self.results.get(number):
                why, at = str(entry.facts.get("why")), str(entry.facts.get("time"))
                self.results[number] = replace(before, why=why, superseded_at=at)

    def _restated(self, entry: Entry) -> None:
        """Restored, or with other columns of visits.csv: the result stands, with the digest that is stated now."""
        for number in _number(entry):
            if before := self.results.get(number):
                now = str(entry.facts.get("result_sha256", before.result_sha256))
                self.results[number] = replace(before, result_sha256=now, entry=entry.entry, why=None, superseded_at="")

    def _set_aside(self, entry: Entry) -> None:
        """With the record goes all that came from it; a table alone will be written anew."""
        moved = entry.facts.get("files")
        moved = moved if isinstance(moved, Mapping) else {}
        if RECORD in moved:
            self.records_aside[str(moved[RECORD])] = entry
            self.results.clear()
            self.files.clear()
            self.to_write.clear()
        self.to_write |= self.files.keys() & moved.keys()
        self.files = {name: file for name, file in self.files.items() if name not in moved}
        self.aside |= {str(target): entry.entry for target in moved.values()}

    def _written(self, entry: Entry) -> None:
        files = entry.facts.get("files")
        if isinstance(files, Mapping):
            self.to_write -= files.keys()
            self.files |= {str(name): File(str(sha256), entry.entry) for name, sha256 in files.items()}
        removed = entry.facts.get("removed")
        for name in removed if isinstance(removed, list) else ():
            self.files.pop(str(name), None)
            self.to_write.discard(str(name))

    def _compared(self, entry: Entry) -> None:
        self._comparisons_removed(entry)
        self._written(entry)

    def _comparisons_removed(self, entry: Entry) -> None:
        self.files = {name: file for name, file in self.files.items() if not of_comparing(name)}


def of_comparing(name: str) -> bool:
    """Tell whether a file, by its name relative to the folder, is one that comparing writes."""
    return name in COMPARISON_FILES or name.startswith(f"{COMPARISONS}/")


def stated_files(trail: Path) -> dict[str, str]:
    """Sha256 of each file as a trail last states it, by name; reads the whole file but parses few of its lines.

    Raises
    ------
    ResultsError
        When it is not there or cannot be read.
    """
    account, marks = Account(), [f'"action": "{action}"'.encode() for action in _OF_FILES]
    for line in read_lines(trail):
        if any(mark in line.raw for mark in marks) and line.entry:
            account.take(line.entry)
    return {name: file.sha256 for name, file in account.files.items()}


def _number(entry: Entry) -> Iterator[int]:
    """Yield the number of the result that an entry tells of, if it names one."""
    number = entry.facts.get("result")
    if isinstance(number, int):
        yield number
