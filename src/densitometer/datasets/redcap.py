"""Write a study for REDCap: a data dictionary, and an import file with one repeat instance a photograph."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence

from densitometer.datasets.redcap_fields import (
    CHANGE,
    PHOTOGRAPH,
    Field,
    arm_code,
    change_fields,
    faults,
    participant_fields,
    photograph_fields,
)
from densitometer.datasets.redcap_rules import record_faults
from densitometer.results.rows import Cell
from densitometer.study.dates import day_of, study_day
from densitometer.study.faults import refuse
from densitometer.study.model import Photograph, Study
from densitometer.visits.problems import quoted

_HEADERS = (
    "Variable / Field Name",
    "Form Name",
    "Section Header",
    "Field Type",
    "Field Label",
    "Choices, Calculations, OR Slider Labels",
    "Field Note",
    "Text Validation Type OR Show Slider Number",
    "Text Validation Min",
    "Text Validation Max",
    "Identifier?",
    "Branching Logic (Show field only if...)",
    "Required Field?",
    "Custom Alignment",
    "Question Number (surveys only)",
    "Matrix Group Name",
    "Matrix Ranking?",
    "Field Annotation",
)
_REPEAT = ("redcap_repeat_instrument", "redcap_repeat_instance")
Instance = tuple[str, str, str, Mapping[str, Cell]]
"""Record, instrument, number of the instance, and cells by column; instrument and number are empty for a subject."""


def files(study: Study) -> Iterator[tuple[str, bytes]]:
    """Write the data dictionary and the import file, UTF-8 without a byte order mark.

    Raises
    ------
    StudyError
        When something does not fit REDCap; the text names each subject, photograph or column.
    """
    fields = _fields(study)
    refuse([*faults(fields), *_study_faults(study, fields)], "the study cannot be written for REDCap")
    yield "data_dictionary.csv", _csv(_HEADERS, map(_dictionary_row, fields))
    yield "import.csv", _csv(*_import_table(study, fields))


def _fields(study: Study) -> list[Field]:
    own = _one_arm_each(study)
    fields = participant_fields(study.arms if own else ())
    fields += photograph_fields(study, () if own else study.arms)
    return fields + (change_fields() if study.changes else [])


def _one_arm_each(study: Study) -> bool:
    """Tell whether arms are those of subjects; where they go by site or visit, they are those of photographs."""
    arms: dict[str, set[str]] = {}
    for one in study.photographs:
        arms.setdefault(one.subject.code, set()).add(one.arm.code if one.arm else "")
    return all(len(codes) == 1 for codes in arms.values())


def _dictionary_row(field: Field) -> tuple[str, ...]:
    choices = " | ".join(f"{code}, {told}" for code, told in field.choices)
    identifier = "y" if field.identifies else ""
    shown = (field.name, field.form, field.section, field.kind, field.label, choices, field.note)
    return (*shown, field.validation, *field.bounds, identifier, *[""] * 7)


def _import_table(study: Study, fields: Sequence[Field]) -> tuple[tuple[str, ...], Iterator[tuple[str, ...]]]:
    first, rest = fields[0], fields[1:]
    headers = (first.name, *_REPEAT, *(header for field in rest for header in field.headers))
    return headers, (_import_row(instance, rest) for instance in _instances(study))


def _import_row(instance: Instance, fields: Iterable[Field]) -> tuple[str, ...]:
    """Row of one instance: only the fields of its instrument are filled."""
    record, instrument, number, cells = instance
    own = instrument or "participant"
    values = (text for field in fields for text in field.texts(cells if field.form == own else {}))
    return (record, instrument, number, *values)


def _instances(study: Study) -> Iterator[Instance]:
    """Rows of the import file: each subject, then its photographs in the order of the study, then its changes."""
    groups: dict[str, list[Photograph]] = {}
    for one in study.photographs:
        groups.setdefault(one.subject.code, []).append(one)
    for code, group in groups.items():
        yield code, "", "", _arm_cells(study, group[0])
        numbers = {one.name: number for number, one in enumerate(group, start=1)}
        for one in group:
            yield code, PHOTOGRAPH, str(numbers[one.name]), _photograph_cells(study, one)
        compared = [one.name for one in group if one.name in study.changes]
        for number, name in enumerate(compared, start=1):
            yield code, CHANGE, str(number), _change_cells(study.changes[name], numbers)


def _arm_cells(study: Study, one: Photograph) -> dict[str, Cell]:
    return {"arm": arm_code(study.arms, one.arm) if one.arm else None}


def _photograph_cells(study: Study, one: Photograph) -> dict[str, Cell]:
    days = study_day(one.date, study.references.get(one.subject.code, ""))
    return {
        **one.row,
        **_arm_cells(study, one),
        "flags": (one.row.get("flags") or "") if one.measured else None,
        "site": one.site.label,
        "visit": one.visit.label if one.visit else None,
        "visit_number": one.visit.number if one.visit else None,
        "visit_date": one.date,
        "study_day": days,
        "replicate": one.replicate,
        "baseline": int(one.baseline),
    }


def _change_cells(row: Mapping[str, Cell], numbers: Mapping[str, int]) -> dict[str, Cell]:
    instances = {f"{which}_instance": numbers.get(str(row[f"{which}_photo"])) for which in ("baseline", "followup")}
    return {**row, "flags": row.get("flags") or "", **instances}


def _study_faults(study: Study, fields: Sequence[Field]) -> Iterator[str]:
    yield from record_faults(dict.fromkeys(one.subject.code for one in study.photographs))
    for arm in study.arms:
        if "|" in arm.name:
            yield f"arm {quoted(arm.name)} has a |, which parts choices in REDCap; take it out of the name"
    texts = [field for field in fields if field.form == PHOTOGRAPH and field.kind in ("text", "notes")]
    for one in study.photographs:
        if one.date and not day_of(one.date):
            yield f"{one.name}: the date {quoted(one.date)} is not a whole day, as REDCap asks for"
        cells = _photograph_cells(study, one)
        for field in texts:
            if (text := field.texts(cells)[0]) != text.strip():
                told = f"{one.name}: {quoted(text)} in the column {quoted(field.column.name)}"
                yield f"{told} begins or ends with a blank, which REDCap takes off; take it off in the visits table"


def _csv(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(headers)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8")
