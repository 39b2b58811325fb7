"""Fields of a REDCap project: one for each column of the tables, with type, label, choices and bounds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from densitometer.datasets.parameters import PARAMETERS, in_percent
from densitometer.datasets.redcap_rules import LONGEST_NAME, field_name, is_code, label
from densitometer.dictionary import CHANGE_COLUMNS, PHOTO_COLUMNS, VISIT_COLUMNS, Column
from densitometer.flags import REGISTRY
from densitometer.results.rows import Cell
from densitometer.results.tables import format_cell
from densitometer.study.model import Arm, Study
from densitometer.visits.problems import quoted

PARTICIPANT, PHOTOGRAPH, CHANGE = "participant", "scalp_photograph", "hair_change"
FORMS = (PARTICIPANT, PHOTOGRAPH, CHANGE)
Kind = Literal["text", "notes", "radio", "checkbox", "yesno"]


@dataclass(frozen=True)
class Field:
    """A field of an instrument.

    Attributes
    ----------
    name : str
    form : str
        The instrument.
    column : Column
        What it holds.
    label : str
    choices : tuple of (str, str)
        Code and label of each.
    section : str
        Heading above it; empty for none.
    identifies : bool
        True where it may tell who somebody is.
    percent : bool
        True for a share that is written in per cent.
    """

    name: str
    form: str
    column: Column
    label: str
    choices: tuple[tuple[str, str], ...] = ()
    section: str = ""
    identifies: bool = False
    percent: bool = False

    @property
    def kind(self) -> Kind:
        """Type of the field as REDCap names it."""
        if self.column.several:
            return "checkbox"
        if self.column.allowed == ("0", "1"):
            return "yesno"
        return "radio" if self.choices else "notes" if self.name == "reason" else "text"

    @property
    def validation(self) -> str:
        """Validation of a text field; empty for any text."""
        if self.kind != "text":
            return ""
        return "date_ymd" if self.name.endswith("_date") else self.column.type.replace("text", "")

    @property
    def bounds(self) -> tuple[str, str]:
        """Least and greatest value; empty where there is none."""
        if not self.validation:
            return "", ""
        factor = 100 if self.percent else 1
        low, high = ("" if end is None else f"{end * factor:g}" for end in (self.column.low, self.column.high))
        return low, high

    @property
    def note(self) -> str:
        """Unit, shown under the field; empty for none."""
        return "%" if self.percent else self.column.unit.replace("1/cm2", "/cm2").removeprefix("1")

    @property
    def headers(self) -> tuple[str, ...]:
        """Columns of the import file: one, or one for each choice of a checkbox."""
        return tuple(f"{self.name}___{code}" for code, _ in self.choices) if self.kind == "checkbox" else (self.name,)

    def texts(self, cells: Mapping[str, Cell]) -> tuple[str, ...]:
        """Write the values of a row for ``headers``; empty where nothing was measured."""
        cell = cells.get(self.column.name)
        if self.kind == "checkbox":
            there = None if cell is None else str(cell).split(";")
            return tuple("" if there is None else str(int(code in there)) for code, _ in self.choices)
        if self.column.type == "text" or cell is None:
            return ("" if cell is None else str(cell),)
        text = format_cell(cell, self.column)
        return (in_percent(text) if self.percent else f"{Decimal(text):f}",)


def participant_fields(arms: Sequence[Arm]) -> list[Field]:
    """Fields that a subject has once."""
    record = Column("record_id", "text", "", "")
    return [Field("record_id", PARTICIPANT, record, "Subject"), *arm_field(PARTICIPANT, arms)]


def arm_field(form: str, arms: Sequence[Arm]) -> list[Field]:
    """Return the field for the arm, if there are arms."""
    if not arms:
        return []
    column = Column("arm", "text", "", "")
    choices = tuple((arm_code(arms, arm), label(arm.name)) for arm in arms)
    return [Field("arm", form, column, "Arm of the study", choices)]


def arm_code(arms: Sequence[Arm], arm: Arm) -> str:
    """Code of an arm as a choice: its own, if all have codes that REDCap takes, else its number."""
    own = all(is_code(one.code) for one in arms)
    return arm.code if own else str(arms.index(arm) + 1)


def photograph_fields(study: Study, arms: Sequence[Arm]) -> list[Field]:
    """Fields of one photograph; with ``arms`` also its arm."""
    return [
        *_visit_fields(),
        *arm_field(PHOTOGRAPH, arms),
        *_measured_fields(),
        *_further_fields(study.further),
    ]


def change_fields() -> list[Field]:
    """Fields of one comparison with the baseline."""
    columns = {column.name: column for column in CHANGE_COLUMNS}
    renamed = {"site": "change_site", "replicate": "change_replicate", "flags": "change_flags"}
    known = ("subject", "comparable", "reason", "against", "baseline_photo", "followup_photo")
    told = [column for name, column in columns.items() if name not in known]
    who = {"baseline_date", "followup_date"}
    return [
        *_pair_fields(columns),
        *(_change_field(column, renamed.get(column.name, ""), identifies=column.name in who) for column in told),
    ]


def _instance(which: str) -> Column:
    """Column that holds the instance of a photograph on its instrument."""
    return Column(f"{which}_instance", "integer", "1", "", low=1, spec="d")


def _pair_fields(columns: Mapping[str, Column]) -> list[Field]:
    names = ("baseline_photo", "followup_photo")
    photos = [_field(CHANGE, columns[name], identifies=True) for name in names]
    return [*photos, *(_field(CHANGE, _instance(which)) for which in ("baseline", "followup"))]


def _visit_fields() -> list[Field]:
    columns = {column.name: column for column in VISIT_COLUMNS}
    count = "Which of several photographs of one site at one visit, from 1."
    return [
        _field(PHOTOGRAPH, PHOTO_COLUMNS[0], section="Visit", identifies=True),
        _field(PHOTOGRAPH, columns["visit"]),
        _field(PHOTOGRAPH, Column("visit_number", "number", "1", "Number of the visit in their order.", spec="g")),
        _field(PHOTOGRAPH, columns["visit_date"], identifies=True),
        _field(PHOTOGRAPH, Column("study_day", "integer", "1", "Days from the reference date, which is 1.", spec="d")),
        _field(PHOTOGRAPH, columns["site"]),
        _field(PHOTOGRAPH, Column("replicate", "integer", "1", count, low=1, spec="d")),
        _field(PHOTOGRAPH, Column("baseline", "integer", "1", "Taken at the baseline.", ("0", "1"), spec="d")),
    ]


def _measured_fields() -> Iterator[Field]:
    percent = {one.column.name for one in PARAMETERS if one.percent}
    for column in PHOTO_COLUMNS[1:]:
        section = {"sha256": "Photograph", "area_cm2": "Measurement"}.get(column.name, "")
        names_file = column.name == "reason"
        yield _field(PHOTOGRAPH, column, section=section, identifies=names_file, percent=column.name in percent)


def _further_fields(further: Iterable[str]) -> Iterator[Field]:
    """Further columns of the visits table, but for the arm, which has a field of its own."""
    names = [name for name in further if name.casefold() != "arm"]
    for place, name in enumerate(names):
        column = Column(name, "text", "", "")
        section = "" if place else "As in the visits table"
        field = field_name(name, FORMS)
        yield Field(field, PHOTOGRAPH, column, label(name) or field, section=section, identifies=True)


def _field(
    form: str, column: Column, name: str = "", *, section: str = "", identifies: bool = False, percent: bool = False
) -> Field:
    name = _short(name or column.name)
    name = name.removesuffix("_share") + "_percent" if percent else name
    return Field(name, form, column, _label(column), _choices(column), section, identifies, percent)


def _change_field(column: Column, name: str, *, identifies: bool) -> Field:
    """Field of a comparison; the change of a share is in per cent as the share is."""
    share = column.name == "flaking_change"
    return _field(CHANGE, column, name, identifies=identifies, percent=share)


def _short(name: str) -> str:
    return name.replace("_per_cm2", "_cm2") if len(name) > 26 else name


def _choices(column: Column) -> tuple[tuple[str, str], ...]:
    if column.allowed == ("0", "1"):
        return ()  # REDCap has them itself
    meanings = {flag.name: flag.meaning.rstrip(".") for flag in REGISTRY} if column.several else {}
    return tuple((code, meanings.get(code, code.replace("_", " "))) for code in column.allowed)


_LABELS = {
    "median_width_um": "Median of the widths of the counted hairs that have one",
    "width_sd_um": "Standard deviation of the widths, from hair to hair",
    "followup_per_cm2": "Density on the common field at the follow-up, from both photographs",
    "skin_area_cm2": "Area of the countable skin without hair on which redness and flaking were judged",
    "baseline_instance": f"Instance of the earlier photograph on {PHOTOGRAPH}",
    "followup_instance": f"Instance of the later photograph on {PHOTOGRAPH}",
}
"""For columns whose meaning leans on the one before, or names a column that has another name here."""
_INTERVALS = {end.name: one.name for one in PARAMETERS for end in (one.low, one.high) if end}


def _label(column: Column) -> str:
    """First part of the meaning, up to a semicolon or the end of a sentence; of an interval, also of what."""
    first = _LABELS.get(column.name) or column.meaning.split("; ")[0].split(". ")[0].rstrip(".")
    of = _INTERVALS.get(column.name, "Hair Density" if column.name.startswith("density_") and "95 %" in first else "")
    return label(f"{of}: {first}" if of else first)


def faults(fields: Sequence[Field]) -> Iterator[str]:
    """Tell which fields would have one name, or too long a name."""
    first: dict[str, Field] = {}
    for field in fields:
        before = first.setdefault(field.name, field)
        if before is not field:
            both = f"the columns {quoted(before.column.name)} and {quoted(field.column.name)}"
            yield f"{both} would both be the field {field.name}; rename one in the visits table"
        if len(field.name) > LONGEST_NAME:
            long = f"the column {quoted(field.column.name)} has a name of more than {LONGEST_NAME} characters"
            yield f"{long}; shorten it in the visits table"
