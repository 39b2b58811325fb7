"""Visits from the names of photographs: a pattern says which part of a name is the subject, the site, the visit.

A pattern is text with fields in braces, such as ``{subject}_{site}_{visit}_{replicate}``. A field stands for one
character or more, but never for a '/'. A name that could be read in two ways is not guessed at: it does not match. Only
a ``visit_date`` is told by its shape, YYYY-MM-DD or YYYYMMDD.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from densitometer.errors import VisitsError
from densitometer.photo import SUFFIXES
from densitometer.visits.columns import OWN, doubtful_columns
from densitometer.visits.problems import Problem, quoted, refuse
from densitometer.visits.table import TAKEN, Examined, Line, VisitRow, Visits, validated

_EXAMPLE = "as in {subject}_{site}_{visit}_{replicate}"
_FIELD = re.compile(r"\{([^{}]*)\}")
_IDENTIFIER = re.compile(r"[^\W\d]\w*")
_DATE = re.compile(r"(?=(\d{4}-\d{2}-\d{2}|\d{8}))")
_SHORT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")

_Reading = tuple[str, ...]
"""Values of the fields, in the order of the pattern."""


@dataclass(frozen=True)
class _Part:
    """A piece of a path: fields with the texts before, between and after them, one more than there are fields."""

    texts: tuple[str, ...]
    fields: tuple[str, ...]

    def readings(self, name: str) -> set[_Reading]:
        """Up to two of the ways to read ``name``; one alone is the only one."""
        if "visit_date" in self.fields:
            dated = self._dated(name)
            if dated:
                return dated
        return self._undated(name)

    def _undated(self, name: str) -> set[_Reading]:
        """Fields as short as can be from the left, and from the right: they agree where there is no other way."""
        forth = _split(name, self.texts)
        back = _split(name[::-1], tuple(text[::-1] for text in reversed(self.texts)))
        return set() if forth is None or back is None else {forth, tuple(value[::-1] for value in reversed(back))}

    def _dated(self, name: str) -> set[_Reading]:
        """Ways to read ``name`` in which the date has the shape of one."""
        at = self.fields.index("visit_date")
        before, after = (
            _Part(self.texts[: at + 1], self.fields[:at]),
            _Part(self.texts[at + 1 :], self.fields[at + 1 :]),
        )
        return {
            (*left, found[1], *right)
            for found in _DATE.finditer(name)
            for left in before._undated(name[: found.start()])
            for right in after._undated(name[found.end(1) :])
        }


def _split(name: str, texts: tuple[str, ...]) -> _Reading | None:
    """Parts of ``name`` between some texts, each as short as can be from the left, none empty."""
    if len(texts) == 1:
        return () if name == texts[0] else None
    start, end = len(texts[0]), len(name) - len(texts[-1])
    if not (name.startswith(texts[0]) and name.endswith(texts[-1])):
        return None
    values = []
    for text in texts[1:-1]:
        at = name.find(text, start + 1, max(end, 0))
        if at < 0:
            return None
        values.append(name[start:at])
        start = at + len(text)
    return (*values, name[start:end]) if start < end else None


@dataclass(frozen=True)
class NamePattern:
    """A pattern that names of photographs follow; made by `parse_pattern`.

    Attributes
    ----------
    text : str
        As the user wrote it.
    parts : tuple
        One for each folder, and one for the file name; of a pattern without '/', the file name alone counts.
    """

    text: str
    parts: tuple[_Part, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the fields, in order."""
        return tuple(name for part in self.parts for name in part.fields)

    def readings(self, photo: str) -> list[dict[str, str]]:
        """Ways to read the name of a photograph: none, the only one, or two of several."""
        path = PurePosixPath(unicodedata.normalize("NFC", photo))
        parts = list(path.parts) if len(self.parts) > 1 else [path.name]
        if path.suffix.lower() in SUFFIXES:
            parts[-1] = parts[-1][: -len(path.suffix)]
        if len(parts) != len(self.parts):
            return []
        ways: list[_Reading] = [()]
        for part, name in zip(self.parts, parts, strict=True):
            ways = [(*way, *reading) for way in ways for reading in sorted(part.readings(name))][:2]
        return [dict(zip(self.fields, (value.strip() for value in way), strict=True)) for way in ways]


def parse_pattern(text: str) -> NamePattern:
    """Read a pattern such as ``{subject}_{site}_{visit}_{replicate}``.

    Raises
    ------
    VisitsError
        When it is none; the text says why.
    """
    path = unicodedata.normalize("NFC", text).replace("\\", "/").removeprefix("./")
    trouble = _trouble(path)
    if trouble:
        raise VisitsError(f"--name-pattern {quoted(text)}: {trouble}, {_EXAMPLE}")
    return NamePattern(text, tuple(_part(part) for part in path.split("/")))


def _part(text: str) -> _Part:
    pieces = _FIELD.split(text)
    return _Part(tuple(pieces[::2]), tuple(_own_case(name) for name in pieces[1::2]))


def _own_case(name: str) -> str:
    return name.lower() if name.lower() in OWN else name


def _trouble(path: str) -> str:
    """What is wrong with a pattern, and what to do; empty where nothing is."""
    names = _FIELD.findall(path)
    rest = _FIELD.sub("", path)
    if "{" in rest or "}" in rest:
        return "a brace has no counterpart; put each field in one pair of braces"
    if not names:
        return "it has no field; put what the name tells in braces"
    for name in names:
        if not _IDENTIFIER.fullmatch(name):
            return f"{{{name}}} is no name of a field; write it with letters, digits and _"
        if name.lower() in TAKEN or name.lower() == "photo":
            return f"{{{name}}} is a column that densitometer itself writes; give the field another name"
    lower = [name.lower() for name in names]
    twice = next((name for name in lower if lower.count(name) > 1), None)
    if twice:
        return f"{{{twice}}} is there twice; name each field once"
    if "}{" in path:
        return "two fields touch, so that nobody can tell where one ends; put a separator between them"
    return _trouble_of_rest(path, rest)


def _trouble_of_rest(path: str, rest: str) -> str:
    suffix = PurePosixPath(path).suffix.lower()
    if suffix in SUFFIXES:
        return f"it ends in {suffix}; leave the ending of the files off"
    if not rest.isprintable():
        return "it holds a control character; leave that out"
    if any(not part or part in {".", ".."} for part in path.split("/")):
        return "it leads out of the folder or names a folder without a name; start within the folder that is given"
    return ""


def examine_names(photos: Sequence[str], pattern: str) -> Examined:
    """Read the names of photographs as far as they follow a pattern, with everything that is wrong with them.

    Problems of photographs whose name does not follow the pattern have no column.

    Raises
    ------
    VisitsError
        When the pattern is none.
    """
    parsed = parse_pattern(pattern)
    lines: list[Line] = []
    problems: list[Problem] = []
    for photo in photos:
        ways = parsed.readings(photo)
        if len(ways) == 1:
            line, wrong = _line(photo, ways[0])
            lines.append(line)
            problems += wrong
        else:
            problems.append(Problem(None, None, photo, _mismatch(pattern, ways), "files"))
    further = tuple(name for name in parsed.fields if name not in OWN)
    return Examined(
        tuple(lines),
        further,
        tuple(problems),
        "not named as --name-pattern says",
        columns=parsed.fields,
        doubtful=tuple(doubtful_columns(parsed.fields, "{{{}}}")),
    )


def visits_of_names(photos: Sequence[str], pattern: str) -> Visits:
    """Visits of the photographs whose names follow a pattern; the others have no row.

    Parameters
    ----------
    photos : sequence of str
        As every table names them: paths within the folder given, with forward slashes.
    pattern : str
        Matched on the file name without its ending, or on the whole path where the pattern has a '/'. Fields are
        those of a visits table; any other becomes a further column.

    Raises
    ------
    VisitsError
        When the pattern is none, when no name follows it, or when a date or scale in a name cannot be used.
    """
    examined = examine_names(photos, pattern)
    refuse([problem for problem in examined.problems if problem.column], f"--name-pattern {quoted(pattern)}")
    if photos and not examined.lines:
        what = f"no photograph of {len(photos)} is named so; the first is {quoted(photos[0])}"
        raise VisitsError(f"--name-pattern {quoted(pattern)}: {what}")
    return examined.visits


def _line(photo: str, values: dict[str, str]) -> tuple[Line, list[Problem]]:
    own = {name: value for name, value in values.items() if name in OWN}
    if "visit_date" in own:
        own["visit_date"] = _SHORT_DATE.sub(r"\1-\2-\3", own["visit_date"])
    further = {name: value for name, value in values.items() if name not in OWN}
    row, errors = validated({**own, "photo": "a"}, further)
    assert row is not None  # its photo is fine
    problems = [fault.problem(None, photo, before=f"its {fault.column} ") for fault in errors]
    named: VisitRow = row.model_copy(update={"photo": photo})  # as it is found, whatever a table would call it
    return Line(None, named, frozenset(fault.column for fault in errors)), problems


def _mismatch(pattern: str, ways: list[dict[str, str]]) -> str:
    if not ways:
        return f"is not named as {pattern} says; rename it, or give a pattern that fits"
    one, other = (", ".join(_told(ways)) for ways in _differing(*ways))
    return f"can be read in two ways by {pattern}: {one}, or {other}; rename it, or separate the fields by other signs"


def _differing(one: dict[str, str], other: dict[str, str]) -> Iterator[dict[str, str]]:
    differ = [name for name in one if one[name] != other[name]]
    for way in (one, other):
        yield {name: way[name] for name in differ}


def _told(values: dict[str, str]) -> Iterator[str]:
    for name, value in values.items():
        yield f"{name} {quoted(value)}"
