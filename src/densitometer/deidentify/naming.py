"""What the copy of each photograph is called."""

from __future__ import annotations

import logging
import re
import secrets
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from densitometer.deidentify.key import Entry, Key, Kind
from densitometer.deidentify.pseudonyms import CODE, Choose, codes_in, new_code

log = logging.getLogger(__name__)

SUFFIX = ".png"
_NAMED_BY = ("site", "visit", "replicate")
_LONGEST = 40


@dataclass(frozen=True)
class Original:
    """A photograph to be copied.

    Attributes
    ----------
    photo : str
        Its name, relative to the folder given.
    path : Path
    sha256 : str or None
        Of its content; None where it could not be read.
    visit : mapping or None
        Cells of its row in a visits table: subject, site, visit, visit_date, replicate and further columns; empty
        without a row, None without a table.
    um_per_px : float or None
        Its scale as stated.
    reason : str or None
        Why it cannot be read, where that is known already.
    """

    photo: str
    path: Path
    sha256: str | None = None
    visit: Mapping[str, str] | None = None
    um_per_px: float | None = None
    reason: str | None = None

    @property
    def subject(self) -> str:
        """Code of the subject; empty where none is known."""
        return (self.visit or {}).get("subject", "")


@dataclass(frozen=True)
class Named:
    """A photograph with the name of its copy.

    Attributes
    ----------
    original : Original
    name : str
        Path of the copy within the folder of copies.
    subject : str
        Pseudonym of the subject; empty where none is known.
    former : tuple of str
        Names that copies of the same content had before.
    """

    original: Original
    name: str
    subject: str = ""
    former: tuple[str, ...] = ()


def name_copies(originals: Sequence[Original], key: Key, choose: Choose = secrets.choice) -> list[Named]:
    """Name the copy of each photograph, as the key says, and add to the key what is new.

    Subjects keep their pseudonym for ever. A photograph keeps the name of its copy as long as its content is the same
    and it shows the same subject, site, visit and replicate.
    """
    return _Naming(key, choose).of(originals)


class _Naming:
    def __init__(self, key: Key, choose: Choose) -> None:
        self._key, self._choose = key, choose
        self._codes = {code for entry in key.entries for code in codes_in(entry.pseudonym)}
        self._names: set[str] = set()
        self._known: dict[str, list[Entry]] = defaultdict(list)
        for entry in key.entries:
            if entry.kind == "photograph":
                self._names.add(_same(entry.pseudonym))
                self._known[entry.original].append(entry)

    def of(self, originals: Sequence[Original]) -> list[Named]:
        """Name them all, in any order of theirs: names are random or say what a table says."""
        return [self._named(original) for original in originals]

    def _named(self, original: Original) -> Named:
        sha256 = original.sha256 or ""
        earlier = [entry for entry in self._known[original.photo] if entry.sha256 == sha256]
        # a file that could not be read has a name already, which waits for its content
        waiting = [entry for entry in self._known[original.photo] if not entry.sha256]
        folder, code, rest = self._parts(original)
        fitting = re.compile(
            rf"{re.escape(folder)}{re.escape(code) or CODE}{re.escape(rest)}(-\d+)?{re.escape(SUFFIX)}"
        )
        for entry in reversed([*waiting, *earlier]):
            if fitting.fullmatch(entry.pseudonym):
                if entry.sha256 != sha256:
                    if self._taken_over(entry):
                        continue
                    self._add(original.photo, entry.pseudonym, sha256)
                return Named(original, entry.pseudonym, code, _others(earlier, entry.pseudonym))
        name = self._free(f"{folder}{code or self._new_code()}{rest}")
        self._add(original.photo, name, sha256)
        return Named(original, name, code, _others(earlier, name))

    def _parts(self, original: Original) -> tuple[str, str, str]:
        """Folder of a copy, the pseudonym that it starts with (empty for one of its own), and what follows."""
        visit = original.visit
        if visit is None:
            return self._folder(PurePosixPath(original.photo).parent), "", ""
        subject = visit.get("subject", "")
        parts = [_safe(visit.get(column, "")) for column in _NAMED_BY]
        rest = "".join(f"_{part}" for part in parts if part)
        return "", self._subject(subject) if subject else "", rest

    def _folder(self, folder: PurePosixPath) -> str:
        levels = [level for level in (folder, *folder.parents) if level.parts]
        return "".join(f"{self._coded('folder', str(level))}/" for level in reversed(levels))

    def _subject(self, subject: str) -> str:
        if self._key.pseudonym("subject", subject) is None:
            for other in _mangled(subject, self._key):
                log.warning(
                    "subject %r is new to the key, which has %r: if a spreadsheet took the zeros off, correct the key "
                    "and start anew with an empty folder of copies",
                    subject,
                    other,
                )
        return self._coded("subject", subject)

    def _coded(self, kind: Kind, original: str) -> str:
        known = self._key.pseudonym(kind, original)
        if known is None:
            known = self._new_code()
            self._key.add(kind, original, known)
        return known

    def _new_code(self) -> str:
        code = new_code(self._codes, self._choose)
        self._codes.add(code)
        return code

    def _free(self, stem: str) -> str:
        name, number = f"{stem}{SUFFIX}", 1
        while _same(name) in self._names:
            number += 1
            name = f"{stem}-{number}{SUFFIX}"
        return name

    def _taken_over(self, waiting: Entry) -> bool:
        """Whether some content has the name of a file that could not be read."""
        known = self._known[waiting.original]
        return any(entry.sha256 and entry.pseudonym == waiting.pseudonym for entry in known)

    def _add(self, photo: str, name: str, sha256: str) -> None:
        self._key.add("photograph", photo, name, sha256)
        self._known[photo].append(Entry("photograph", photo, name, sha256))
        self._names.add(_same(name))


def _others(entries: Sequence[Entry], name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(entry.pseudonym for entry in entries if entry.pseudonym != name))


def _same(name: str) -> str:
    """Names with the same key are one file on some file system."""
    return unicodedata.normalize("NFC", name).casefold()


def _safe(text: str) -> str:
    """Part of a file name: letters, digits, dots and plus signs, all else a hyphen; the underscore divides parts."""
    plain = unicodedata.normalize("NFC", text)
    signs = "".join(sign if sign.isalnum() or sign in ".+" else "-" for sign in plain)
    return re.sub(r"-+", "-", signs)[:_LONGEST].strip("-.")


def _mangled(subject: str, key: Key) -> Iterator[str]:
    """Subjects of a key that a spreadsheet may have made of this one, by taking zeros off."""
    if subject.startswith("0") and subject.isdecimal():
        shorter = subject.lstrip("0") or "0"
        if key.pseudonym("subject", shorter) is not None:
            yield shorter
