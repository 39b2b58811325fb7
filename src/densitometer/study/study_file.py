"""Read study.toml: what a data set says of a study and photographs do not tell; all of it may be left out."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from densitometer.errors import StudyError
from densitometer.study.faults import refuse
from densitometer.visits.order import plain
from densitometer.visits.problems import quoted

_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
_Term = Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, min_length=1, max_length=40)]
_WORD = re.compile(r"[^\W\d_]+")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_NO_SECTION = ("model_type", "mapping_type", "dict_type")
_LATERALITY = {"LEFT": {"left", "l"}, "RIGHT": {"right", "r"}}
_DIRECTION = {
    "FRONTAL": {"frontal", "front"},
    "OCCIPITAL": {"occipital", "occiput"},
    "TEMPORAL": {"temporal", "temple"},
    "CENTRAL": {"central", "centre", "center"},
    "MIDLINE": {"midline"},
}
"""Terms of the codelist DIR, which has none for vertex and crown."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class About(_Section):
    """The study as a whole.

    Attributes
    ----------
    id : str
        STUDYID; empty where none is stated.
    name, description, protocol : str
    baseline : str
        Label of the visit from which change is counted, where no date of first treatment is known; empty for the
        first.
    """

    id: Annotated[str, StringConstraints(strip_whitespace=True, max_length=20)] = ""
    name: str = ""
    description: str = ""
    protocol: str = ""
    baseline: str = ""

    @property
    def study_id(self) -> str:
        """STUDYID, or a word in its place where none is stated."""
        return self.id or "STUDY"


class SiteFacts(_Section):
    """Where a site of the visits table lies, in terms of the codelists LOC, LAT and DIR."""

    location: _Term = "SCALP"
    laterality: _Term | None = None
    direction: _Term | None = None

    @classmethod
    def of(cls, label: str) -> SiteFacts:
        """Facts of a site whose label is all that is known of it; words that tell nothing leave the scalp."""
        words = set(_WORD.findall(label.casefold()))
        return cls(
            laterality=next((term for term, names in _LATERALITY.items() if words & names), None),
            direction=next((term for term, names in _DIRECTION.items() if words & names), None),
        )


class VisitFacts(_Section):
    """Number of a visit, and the day for which it is planned."""

    number: Annotated[float, Field(gt=0, lt=10_000)]
    day: int | None = None


class DeviceFacts(_Section):
    """A device of the visits table, in terms of the codelist DIPARM; those not stated are left out."""

    type: _Text = "CAMERA"
    manufacturer: _Text | None = None
    model: _Text | None = None
    serial: _Text | None = None


class StudyFile(_Section):
    """The content of study.toml.

    Attributes
    ----------
    study : About
    arms : mapping of str to str
        Names of the arms by their codes.
    sites, visits, devices : mapping
        Facts by the label in the visits table.
    """

    study: About = About()
    arms: Mapping[_Text, _Text] = {}
    sites: Mapping[str, SiteFacts] = {}
    visits: Mapping[str, VisitFacts] = {}
    devices: Mapping[str, DeviceFacts] = {}


def read_study_file(path: Path) -> StudyFile:
    """Read a study file.

    Raises
    ------
    StudyError
        When it cannot be read or used; the text names every offending key.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise StudyError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise StudyError(f"{path} is not in UTF-8; save it so from the editor") from error
    except tomllib.TOMLDecodeError as error:
        advice = 'names with a blank need straight quotes, as in [visits."week 12"], and so do texts'
        raise StudyError(f"{path} cannot be read as TOML: {error}; {advice}") from error
    try:
        facts = StudyFile.model_validate(table)
    except ValidationError as error:
        told = "; ".join(_told(one["loc"], one["type"], one["msg"], one["input"]) for one in error.errors())
        raise StudyError(f"{path} cannot be used: {told}") from error
    refuse([*_same_arms(facts.arms), *_same_labels(facts)], f"{path} cannot be used")
    return facts


def _same_arms(arms: Mapping[str, str]) -> Iterator[str]:
    """Codes and names that stand for two arms, so that nobody could tell which is meant."""
    first: dict[str, str] = {}
    for code, text in [(own, text) for own, name in arms.items() for text in (own, name)]:
        if first.setdefault(plain(text), code) != code:
            yield f"{quoted(text)} stands for the arms {first[plain(text)]} and {code}; name them apart"


def _same_labels(facts: StudyFile) -> Iterator[str]:
    """Labels of one section that are spelt in two ways: they mean the same, and the later would count."""
    for section in ("sites", "visits", "devices"):
        first: dict[str, str] = {}
        for label in getattr(facts, section):
            if first.setdefault(plain(label), label) != label:
                yield f"{section} names {quoted(first[plain(label)])} and {quoted(label)}, which are the same; keep one"


_SECTIONS: dict[str, type[_Section]] = {
    "study": About,
    "sites": SiteFacts,
    "visits": VisitFacts,
    "devices": DeviceFacts,
}


def _told(place: tuple[int | str, ...], kind: str, message: str, value: object) -> str:
    key = ".".join(str(part) for part in place)
    if kind == "extra_forbidden":
        kind_of = _SECTIONS.get(str(place[0]), StudyFile) if len(place) > 1 else StudyFile
        known = list(kind_of.model_fields)
        meant = get_close_matches(str(place[-1]), known, n=1)
        advice = f"is {quoted(meant[0])} meant?" if meant else f"there are {', '.join(known)} (docs/export.md)"
        return f"{key} is not a key of a study file; {advice}"
    if kind in _NO_SECTION:
        section = ".".join(_key(str(part)) for part in place)
        return f"{key} = {quoted(value)}: this must be a section such as [{section}], with its keys below"
    return f"{key} = {quoted(value)}: {message[0].lower()}{message[1:]}"


def _key(part: str) -> str:
    """A key as TOML writes it."""
    return part if _BARE.fullmatch(part) else f'"{part}"'
