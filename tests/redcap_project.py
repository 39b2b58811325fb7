"""A REDCap project in small: takes a data dictionary and an import file as REDCap does, or tells why not.

Written from REDCap's own rules and from nothing of densitometer: headers and checks of a dictionary
(``MetaData::error_checking``), reserved names (``Project::$reserved_field_names``), names of records
(``recordNameValid``), the import (``DataImport``), the "Data Dictionary Tutorial" of Vanderbilt University, and
the help of ``importRecords`` in redcapAPI. What REDCap mends with a warning counts as wrong here.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

HEADERS = [
    *("Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label"),
    *("Choices, Calculations, OR Slider Labels", "Field Note", "Text Validation Type OR Show Slider Number"),
    *("Text Validation Min", "Text Validation Max", "Identifier?", "Branching Logic (Show field only if...)"),
    *("Required Field?", "Custom Alignment", "Question Number (surveys only)", "Matrix Group Name"),
    *("Matrix Ranking?", "Field Annotation"),
]
TYPES = {
    "text",
    "notes",
    "radio",
    "dropdown",
    "calc",
    "file",
    "checkbox",
    "yesno",
    "truefalse",
    "descriptive",
    "slider",
}
WITH_CHOICES = {"radio", "dropdown", "checkbox"}
VALIDATIONS = {
    "": r"(?s).*",
    "integer": r"[-+]?\d+",
    "number": r"[-+]?\d*\.?\d+",
    "date_ymd": r"\d{4}-\d{2}-\d{2}",
}
RESERVED = {
    *("redcap_event_name", "redcap_csrf_token", "redcap_survey_timestamp", "redcap_survey_identifier"),
    *("redcap_survey_return_code", "redcap_data_access_group", "hidden_edit_flag", "instance"),
    *("redcap_repeat_instance", "redcap_repeat_instrument", "submit", "new", "return", "continue", "case", "switch"),
    *("class", "enum", "catch", "throw", "document", "super", "focus", "elements", "action", "event_id", "target"),
    "field_label",
}
REPEAT = ["redcap_repeat_instrument", "redcap_repeat_instance"]
WARNED_LENGTH, MOST_LENGTH = 26, 100


def read_csv(content: bytes) -> list[list[str]]:
    assert not content.startswith(b"\xef\xbb\xbf"), "no byte order mark: not every version takes it off"
    return list(csv.reader(io.StringIO(content.decode("utf-8"), newline=""), strict=True))


@dataclass
class Project:
    """Fields in their order, by name, each a row of the dictionary by header."""

    repeating: set[str]
    fields: dict[str, dict[str, str]] = field(default_factory=dict)
    records: dict[tuple[str, str, str], dict[str, str]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def upload_dictionary(self, content: bytes) -> None:
        header, *rows = read_csv(content)
        assert header == HEADERS
        forms: list[str] = []
        for row in rows:
            assert len(row) == len(HEADERS)
            one = dict(zip(HEADERS, row, strict=True))
            name = one["Variable / Field Name"]
            assert name not in self.fields, f"{name} is there twice"
            self.fields[name] = one
            if one["Form Name"] not in forms[-1:]:
                assert one["Form Name"] not in forms, "forms must be in one piece"
                forms.append(one["Form Name"])
        first = next(iter(self.fields.values()))
        assert first["Field Type"] == "text" and not first["Section Header"], "the first field names the record"
        assert self.repeating <= set(forms) and forms[0] not in self.repeating
        for one in self.fields.values():
            self._check_name(one["Variable / Field Name"], forms)
            self._check_field(one)

    def _check_name(self, name: str, forms: list[str]) -> None:
        assert re.fullmatch(r"[a-z](?:_?[a-z0-9])*", name), name
        assert len(name) <= MOST_LENGTH
        if len(name) > WARNED_LENGTH:
            self.warnings.append(name)
        assert name not in RESERVED
        assert name not in {f"{form}_{end}" for form in forms for end in ("complete", "timestamp", "return_code")}

    def _check_field(self, one: dict[str, str]) -> None:
        kind, validation = one["Field Type"], one["Text Validation Type OR Show Slider Number"]
        form, label = one["Form Name"], one["Field Label"]
        assert re.fullmatch(r"[a-z](?:_?[a-z0-9])*", form) and len(form) <= 50
        assert kind in TYPES
        assert label and label == label.strip()
        shown = label + one["Choices, Calculations, OR Slider Labels"]
        assert not re.search(r"\[[a-z0-9_]+\]|<(?! )", shown), "would be piped, or taken for HTML"
        if kind in WITH_CHOICES:
            assert self.choices(one)
        else:
            assert not one["Choices, Calculations, OR Slider Labels"]
        assert validation in VALIDATIONS
        assert kind == "text" or not validation
        for end in (one["Text Validation Min"], one["Text Validation Max"]):
            assert not end or (validation and re.fullmatch(VALIDATIONS[validation], end))
        assert one["Identifier?"] in ("", "y") and one["Required Field?"] in ("", "y")

    @staticmethod
    def choices(one: dict[str, str]) -> dict[str, str]:
        """'0, label | 1, label' as REDCap takes it apart: codes of letters, digits, point, minus and underscore."""
        pairs = [part.split(",", 1) for part in one["Choices, Calculations, OR Slider Labels"].split("|")]
        found = {pair[0].strip(): pair[1].strip() for pair in pairs}
        assert len(found) == len(pairs), "two choices have one code"
        for code, told in found.items():
            assert re.fullmatch(r"[a-zA-Z0-9._-]+", code) and told
        return found

    def columns(self) -> dict[str, str]:
        """Columns that an import file may have, and the field of each: a checkbox has one for each choice."""
        found = {}
        for name, one in self.fields.items():
            if one["Field Type"] == "checkbox":
                found |= {f"{name}___{code.lower().replace('-', '_')}": name for code in self.choices(one)}
            else:
                found[name] = name
        return found

    def import_records(self, content: bytes) -> None:
        header, *rows = read_csv(content)
        record_field = next(iter(self.fields))
        assert header[0] == record_field
        columns = self.columns()
        assert len(set(header)) == len(header)
        for name in header:
            assert name in columns or name in REPEAT, f"{name} is no field of the project"
        spelt: dict[str, str] = {}
        for row in rows:
            assert len(row) == len(header)
            cells = {name: cell for name, cell in zip(header, row, strict=True) if cell}
            assert all(cell == cell.strip() for cell in cells.values()), "blanks would be taken off"
            record, instrument, instance = self._place(cells, record_field)
            assert spelt.setdefault(record.casefold(), record) == record
            assert (record, instrument, instance) not in self.records, "this instance is there already"
            self.records[record, instrument, instance] = dict(self._values(cells, columns, instrument))

    def _place(self, cells: dict[str, str], record_field: str) -> tuple[str, str, str]:
        record = cells.pop(record_field)
        assert len(record) <= 100 and not re.search(r"[#'&+\x00-\x1f\"]", record)
        instrument, instance = (cells.pop(name, "") for name in REPEAT)
        assert bool(instrument) == bool(instance)
        assert not instrument or (instrument in self.repeating and re.fullmatch(r"[1-9]\d*", instance))
        return record, instrument, instance

    def _values(self, cells: dict[str, str], columns: dict[str, str], instrument: str) -> Iterator[tuple[str, str]]:
        for column, value in cells.items():
            one = self.fields[columns[column]]
            if instrument:
                assert one["Form Name"] == instrument, f"{column} is not of {instrument}"
            else:
                assert one["Form Name"] not in self.repeating, f"{column} repeats"
            self._check_value(one, value)
            yield column, value

    def _check_value(self, one: dict[str, str], value: str) -> None:
        name, kind = one["Variable / Field Name"], one["Field Type"]
        validation = one["Text Validation Type OR Show Slider Number"]
        if kind in ("checkbox", "yesno"):
            assert value in ("0", "1"), name
        elif kind in WITH_CHOICES:
            assert value in self.choices(one), f"{name} = {value}"
        else:
            assert re.fullmatch(VALIDATIONS[validation], value), f"{name} = {value}"
        if validation == "date_ymd":
            date.fromisoformat(value)
        low, high = one["Text Validation Min"], one["Text Validation Max"]
        assert not low or float(value) >= float(low), f"{name} = {value}"
        assert not high or float(value) <= float(high), f"{name} = {value}"
