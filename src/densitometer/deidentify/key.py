"""The key: a table of who has which pseudonym. It stays with the clinic, and it is only ever added to."""

from __future__ import annotations

import csv
import io
import os
import re
import stat
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeGuard, get_args

from filelock import FileLock, Timeout

from densitometer.errors import DensitometerError
from densitometer.results.atomic import PART, replace, write_part

Kind = Literal["subject", "photograph", "folder"]

COLUMNS = ("kind", "original", "pseudonym", "sha256")
_KINDS: tuple[Kind, ...] = get_args(Kind)
_MARKS = (b"\xff\xfe", b"\xfe\xff")
_AS_CSV = "save it as 'CSV UTF-8'"
_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
"""What a spreadsheet would run, with the ' that keep it from that."""

_NAME = re.compile(r"[^\W_][\w+-]*")
_COPY = re.compile(r"([^\W_][\w+-]*/)*[^\W_][\w.+-]*\.png")
"""Pseudonyms that lead nowhere but into the folder of copies."""


@dataclass(frozen=True)
class Entry:
    """One row of a key.

    Attributes
    ----------
    kind : {"subject", "photograph", "folder"}
    original : str
        Code of a subject; path of a photograph or folder within the folder given.
    pseudonym : str
        Of a photograph, the path of its copy within the folder of copies.
    sha256 : str
        Of the content of a photograph as it was; empty for others, and where it could not be read.
    further : tuple of str
        Cells of columns that somebody else added.
    """

    kind: Kind
    original: str
    pseudonym: str
    sha256: str = ""
    further: tuple[str, ...] = ()


class Key:
    """All rows of a key file, and what is to be added to it.

    Parameters
    ----------
    path : Path
        Need not be there yet.

    Raises
    ------
    DensitometerError
        When the file cannot be used; the text says where and why.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._further: tuple[str, ...] = ()
        self._entries: list[Entry] = []
        self._added = False
        if path.exists():
            self._further, self._entries = _read(path)
        self._pseudonyms: dict[tuple[str, str], str] = {
            (entry.kind, entry.original): entry.pseudonym for entry in self._entries
        }

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All rows, in the order in which they came."""
        return tuple(self._entries)

    def pseudonym(self, kind: Kind, original: str) -> str | None:
        """Pseudonym of a subject or folder; None where there is none yet."""
        return self._pseudonyms.get((kind, original))

    def add(self, kind: Kind, original: str, pseudonym: str, sha256: str = "") -> None:
        """Add a row, in memory until :meth:`save`."""
        self._entries.append(Entry(kind, original, pseudonym, sha256))
        self._pseudonyms[kind, original] = pseudonym
        self._added = True

    def save(self) -> None:
        """Have what was added on disk: a new file readable by its owner alone, in the place of the one before.

        Raises
        ------
        DensitometerError
            When it cannot be written; what was there before is as it was.
        """
        if not self._added and self.path.exists():
            return
        part = self.path.with_name(self.path.name + PART)
        try:
            part.unlink(missing_ok=True)
            os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            write_part(part, _text(self._further, self._entries).encode())
            if self.path.exists():  # somebody may have let colleagues read it
                os.chmod(part, stat.S_IMODE(self.path.stat().st_mode))
            replace(part, self.path)
        except OSError as error:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            raise _cannot_be_written(self.path, error) from error
        self._added = False


@contextmanager
def opened_key(path: Path) -> Iterator[Key]:
    """Read a key and keep it to this process meanwhile; the system gives it free when the process ends.

    Raises
    ------
    DensitometerError
        When another run uses it, or it cannot be read or written.
    """
    path = Path(os.path.realpath(path))
    if not path.parent.is_dir():
        raise DensitometerError(f"there is no folder {path.parent} for the key; make it, or choose another with --key")
    lock = FileLock(path.with_name(f".{path.name}.lock"), mode=0o600)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a drive without locks gets a file that says that there is one
            lock.acquire(blocking=False)
    except Timeout as error:
        raise DensitometerError(f"another run is using the key {path}; wait for it to end") from error
    except (OSError, NotImplementedError) as error:
        raise _cannot_be_written(path, error) from error
    try:
        yield Key(path)
    finally:
        lock.release()


def _cannot_be_written(path: Path, error: Exception) -> DensitometerError:
    why = getattr(error, "strerror", None) or str(error) or "it cannot be locked"
    return DensitometerError(f"the key {path} cannot be written ({why}); choose another place with --key")


def _text(further: tuple[str, ...], entries: list[Entry]) -> str:
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\r\n")  # so that a lone line break in a name is quoted, too
    writer.writerow([*COLUMNS, *map(_guarded, further)])
    for entry in entries:
        own = (entry.kind, _guarded(entry.original), entry.pseudonym, entry.sha256)
        writer.writerow([*own, *map(_guarded, entry.further)])
    return file.getvalue()


def _guarded(text: str) -> str:
    """Put a ' before what a spreadsheet would run; :func:`_unguarded` takes it off again."""
    return f"'{text}" if _FORMULA.match(text) else text


def _unguarded(text: str) -> str:
    return text[1:] if text.startswith("'") and _FORMULA.match(text[1:]) else text


def _read(path: Path) -> tuple[tuple[str, ...], list[Entry]]:
    """Further columns and rows of a key file, with the separator that a spreadsheet may have given it."""
    text = _content(path)
    header = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=header.count), strict=True)
    try:
        rows = [(number, row) for number, row in enumerate(reader, start=1) if any(row)]
    except csv.Error as error:
        raise DensitometerError(
            f"the key {path} is not a CSV file (line {reader.line_num}: {error}); {_AS_CSV}"
        ) from error
    if not rows:
        raise DensitometerError(f"the key {path} is empty; restore it from a copy, or choose a new file with --key")
    names = [name.strip().lower() for name in rows[0][1]]
    missing = [name for name in COLUMNS if names.count(name) != 1]
    if missing:
        raise DensitometerError(
            f"the key {path} has no column {', '.join(missing)}, or has it twice; its first row must name the columns "
            f"{', '.join(COLUMNS)}"
        )
    others = [at for at, name in enumerate(names) if name not in COLUMNS]
    entries = [_entry(path, number, row + [""] * (len(names) - len(row)), names, others) for number, row in rows[1:]]
    _check(path, [number for number, _ in rows[1:]], entries)
    return tuple(_unguarded(rows[0][1][at]) for at in others), entries


def _content(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DensitometerError(f"the key {path} cannot be read: {error.strerror}; ask for permission") from error
    try:
        text = data.decode("utf-16" if data.startswith(_MARKS) else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise DensitometerError(f"the key {path} is not in UTF-8; {_AS_CSV}") from error
    if "\0" in text:
        raise DensitometerError(f"the key {path} is not a text file; {_AS_CSV}")
    return text


def _entry(path: Path, number: int, row: list[str], names: list[str], others: list[int]) -> Entry:
    kind, original, pseudonym, sha256 = (row[names.index(name)] for name in COLUMNS)
    kind, pseudonym, sha256 = kind.strip(), pseudonym.strip(), sha256.strip()
    if not _is_kind(kind):
        raise DensitometerError(f"the key {path}, row {number}: {kind!r} is no kind; it is one of {', '.join(_KINDS)}")
    if not original or not pseudonym:
        raise DensitometerError(f"the key {path}, row {number}: the original or the pseudonym is empty; restore it")
    if not (_COPY if kind == "photograph" else _NAME).fullmatch(pseudonym):
        raise DensitometerError(
            f"the key {path}, row {number}: the pseudonym {pseudonym!r} cannot be part of a file name; restore the one "
            "that was there, or write one of letters, digits and hyphens"
        )
    return Entry(kind, _unguarded(original), pseudonym, sha256, tuple(_unguarded(row[at]) for at in others))


def _is_kind(text: str) -> TypeGuard[Kind]:
    return text in _KINDS


def _check(path: Path, numbers: list[int], entries: list[Entry]) -> None:
    """Refuse a key in which one pseudonym stands for two, or one subject has two pseudonyms."""
    originals: dict[tuple[str, str], tuple[str, int]] = {}
    owners: dict[tuple[str, str], tuple[str, int]] = {}
    for number, entry in zip(numbers, entries, strict=True):
        # content that was replaced has a copy of its own, so that a photograph may have several
        name = f"{entry.original}\0{entry.sha256}\0{entry.pseudonym}" if entry.kind == "photograph" else entry.original
        first = originals.setdefault((entry.kind, name), (entry.pseudonym, number))
        if first[1] != number:
            what = (
                f"the {entry.kind} {entry.original!r} is in row {first[1]} already; keep the row that was there first"
            )
            raise DensitometerError(f"the key {path}, row {number}: {what}")
        owner = owners.setdefault((entry.kind, entry.pseudonym.casefold()), (entry.original, number))
        if owner[0] != entry.original:
            what = f"the pseudonym {entry.pseudonym} belongs to row {owner[1]} already; restore the one that was here"
            raise DensitometerError(f"the key {path}, row {number}: {what}")
