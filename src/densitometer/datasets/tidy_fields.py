"""Columns of the tidy tables: name, type, unit, meaning and allowed values, most of them as in the dictionary."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from densitometer.datasets.parameters import PARAMETERS
from densitometer.dictionary import CHANGE_COLUMNS, PHOTO_COLUMNS, Column
from densitometer.flags import REGISTRY
from densitometer.results.rows import Cell
from densitometer.results.tables import format_cell
from densitometer.study.model import Photograph, Row, Study

FieldType = Literal["string", "integer", "number", "date", "boolean"]


@dataclass(frozen=True)
class Field:
    """One column of a tidy table, in the words of a Frictionless table schema.

    Attributes
    ----------
    name : str
    type : {"string", "integer", "number", "date", "boolean"}
    meaning : str
    unit : str
        Empty for what has none, "1" for a number without a unit.
    allowed : tuple of str
        Every value that may stand there; empty where any may.
    several : bool
        True when a cell may hold several of them, joined by ";".
    low, high : float or None
        Bounds of a number, both included.
    required : bool
        True when it is never empty.
    """

    name: str
    type: FieldType
    meaning: str
    unit: str = ""
    allowed: tuple[str, ...] = ()
    several: bool = False
    low: float | None = None
    high: float | None = None
    required: bool = False


Named = tuple[Field, Callable[[Photograph], str]]
"""A column, and what gives its cell of a photograph as text; an empty text means that there is no value."""

_TYPES: dict[str, FieldType] = {"text": "string", "integer": "integer", "number": "number"}
_OF_CHANGE = ("subject", "site", "followup_photo", "followup_visit", "followup_date", "replicate")
"""Columns of ``changes.csv`` that say what the row of a photograph says already."""
_RENAMED = {"reason": "change_reason", "flags": "change_flags"}
_AS_ARM = frozenset({"ARM", "ARMCD"})


def field_of(column: Column, name: str = "", *, required: bool = False) -> Field:
    """Return a column of the dictionary as a field."""
    return Field(
        name or column.name,
        _TYPES[column.type],
        column.meaning,
        column.unit,
        column.allowed,
        column.several,
        column.low,
        column.high,
        required,
    )


def cell_text(value: Cell, column: Column) -> str:
    """Write a cell as the CSV files of a results folder do, but a text always as it is."""
    return str(value or "") if column.type == "text" else format_cell(value, column)


def place_columns(study: Study) -> list[Named]:
    """Columns that say of whom a photograph is, where and when; the first of both tables."""
    return [
        (Field("subject", "string", "Whom the photograph shows, as in visits.csv."), lambda one: one.subject.code),
        (Field("site", "string", "Where on the scalp it was taken, as in visits.csv."), lambda one: one.site.label),
        (
            Field("visit", "string", "The visit, as visits.csv first spells it; VISIT and its number without a label."),
            lambda one: one.visit.label if one.visit else "",
        ),
        (
            Field("replicate", "integer", "Which of several photographs of one subject, site and visit.", "1", low=1),
            lambda one: str(one.replicate) if one.visit else "",
        ),
        (Field("photo", "string", "The photograph, as in photos.csv.", required=True), lambda one: one.name),
        (
            Field("visit_number", "number", "Number of the visit in the study.", "1", low=0),
            lambda one: f"{one.visit.number:.10g}" if one.visit else "",
        ),
        (Field("visit_date", "date", "Date of the visit, as in visits.csv."), lambda one: one.date),
        (
            Field("study_day", "integer", "Days since day 1, which counts as 1; the day before is -1.", "1"),
            lambda one: _text(study.day(one)),
        ),
        (
            Field("arm", "string", "Arm of the subject.", allowed=tuple(arm.name for arm in study.arms)),
            lambda one: one.arm.name if one.arm else "",
        ),
        (
            Field("baseline", "boolean", "Whether it is of the visit from which change is counted.", required=True),
            lambda one: "true" if one.baseline else "false",
        ),
    ]


def _text(value: object) -> str:
    return "" if value is None else str(value)


def wide_columns(study: Study) -> list[Named]:
    """Columns of the wide table: place, subject, every column of photos.csv, the comparison, and further columns."""
    usubjid = Field("usubjid", "string", "The subject, unique over all studies of a sponsor.")
    columns = place_columns(study) + [(usubjid, lambda one: one.subject.usubjid if one.subject.code else "")]
    columns += [_of_photo(column) for column in PHOTO_COLUMNS if column.name != "photo"]
    if study.changes or study.without_change:
        columns += [_of_change(column, study) for column in CHANGE_COLUMNS if column.name not in _OF_CHANGE]
    columns += further_columns(study, columns)
    return [*columns, *_subject_columns(study, columns)]


def _of_photo(column: Column) -> Named:
    return (
        field_of(column, required=column.name == "status"),
        lambda one: cell_text(one.row.get(column.name), column),
    )


def _of_change(column: Column, study: Study) -> Named:
    name = _RENAMED.get(column.name, column.name)
    field = replace(field_of(column, name), meaning=f"Against the baseline: {column.meaning}")
    return field, lambda one: cell_text(change_row(study, one).get(column.name), column)


def change_row(study: Study, one: Photograph) -> Row:
    """Row of ``changes.csv`` against the baseline; of one that could not be compared what is known; else empty."""
    if one.name in study.without_change:
        return {"comparable": 0, "reason": study.without_change[one.name], "verdict": "not_comparable"}
    return study.changes.get(one.name, {})


def further_columns(study: Study, before: Iterable[Named]) -> list[Named]:
    """Further columns of the visits table; one whose name is taken has ``visits_`` before it.

    A column ``arm`` that says no more than ours is left out, and ``replicate`` comes along where it is no number.
    """
    taken = {field.name.casefold() for field, _ in before}
    names = ["replicate"] * any(
        _row_cell("replicate", one) not in ("", str(one.replicate)) for one in study.photographs
    )
    names += [name for name in study.further if not _says_the_arm(name, study)]
    columns: list[Named] = []
    for name in names:
        field = Field(_free(name, "visits_", taken), "string", f"Carried over from visits.csv ({name}).")
        columns.append((field, partial(_row_cell, name)))
    return columns


def _row_cell(name: str, one: Photograph) -> str:
    return str(one.row.get(name) or "")


def _subject_cell(name: str, one: Photograph) -> str:
    return one.subject.cells.get(name, "")


def _says_the_arm(name: str, study: Study) -> bool:
    pairs = ((_row_cell(name, one), one.arm.name if one.arm else "") for one in study.photographs)
    return name.casefold() == "arm" and all(cell == arm for cell, arm in pairs)


def _subject_columns(study: Study, before: Iterable[Named]) -> Iterator[Named]:
    taken = {field.name.casefold() for field, _ in before}
    names = dict.fromkeys(name for one in study.photographs for name in one.subject.cells if name not in _AS_ARM)
    for name in names:
        field = Field(_free(name, "subjects_", taken), "string", f"Of the table of subjects ({name}).")
        yield field, partial(_subject_cell, name)


def _free(name: str, prefix: str, taken: set[str]) -> str:
    """Return a name that no other column has, whatever the case of its letters, and take it."""
    free = name
    while free.casefold() in taken:
        free = prefix + free
    taken.add(free.casefold())
    return free


_COMPARED = tuple(
    column
    for name in ("change_per_cm2", "change_percent", "mdc95_per_cm2", "width_change_um")
    for column in CHANGE_COLUMNS
    if column.name == name
)
COMPARED_ENDS = {"change_per_cm2": ("change_low_per_cm2", "change_high_per_cm2"),
                 "width_change_um": ("width_change_low_um", "width_change_high_um")}  # fmt: skip


def compared_columns(study: Study) -> tuple[Column, ...]:
    """Columns of ``changes.csv`` that are parameters of the long table; none where nothing was compared."""
    return _COMPARED if study.changes or study.without_change else ()


def value_fields(study: Study) -> list[Field]:
    """Columns of the long table that hold a number and what is to be known of it."""
    columns = [*(parameter.column for parameter in PARAMETERS), *compared_columns(study)]
    flags = tuple(dict.fromkeys(flag.name for flag in REGISTRY if flag.of in ("photo", "change")))
    verdicts = next(column.allowed for column in CHANGE_COLUMNS if column.name == "verdict")
    allowed = tuple(column.name for column in columns)
    units = tuple(dict.fromkeys(column.unit for column in columns))
    of = "what photos.csv calls it, or changes.csv for a change since the baseline"
    return [
        Field("parameter", "string", f"What was measured: {of}.", allowed=allowed, required=True),
        Field("value", "number", "The number, in the unit that stands beside it; empty where it was not measured."),
        Field("unit", "string", "Unit of value, low and high; 1 for a number without one.", allowed=units,
              required=True),
        Field("low", "number", "Lower end of the 95 % interval."),
        Field("high", "number", "Upper end of the 95 % interval."),
        Field("status", "string", "Whether there is a value.", allowed=("measured", "not_measured"), required=True),
        Field("reason", "string", "Why there is none."),
        Field("flags", "string", "Reasons to look twice, at the photograph or at the comparison.", allowed=flags,
              several=True),
        Field("verdict", "string", "What may be said of this subject's change; at change_per_cm2 alone.",
              allowed=verdicts),
    ]  # fmt: skip
