"""Columns that may identify are known by their names, and codes of subjects are found in other cells."""

from __future__ import annotations

import pytest

from densitometer.deidentify.columns import kept_columns, may_identify, telling_columns
from densitometer.errors import DensitometerError


@pytest.mark.parametrize(
    "column",
    [
        "Name", "surname", "First name", "first_name", "firstName", "PatientName", "patient_id", "Date of birth",
        "DOB", "dob.", "birthYear", "Initials", "Home address", "e-mail", "Email", "MRN", "mobile phone", "Telefon-Nr",
        "Geburtsdatum", "Prénom", "date de naissance", "file_name", "Straße", "ZIP code", "NHS number",
    ],
)  # fmt: skip
def test_columns_that_may_identify(column: str) -> None:
    assert may_identify(column)


@pytest.mark.parametrize(
    "column",
    ["arm", "treatment", "age", "sex", "camera", "dose", "region", "comment", "operator", "magnification", "adobe"],
)
def test_columns_that_do_not(column: str) -> None:
    assert not may_identify(column)


def test_columns_are_kept_when_asked() -> None:
    further = ["arm", "Initials", "Name"]
    assert kept_columns(further, []) == (["arm"], ["Initials", "Name"])
    assert kept_columns(further, ["Name"]) == (["arm", "Name"], ["Initials"])
    with pytest.raises(
        DensitometerError, match=r"--keep-column initials: there is no such column; there are arm, Init"
    ):
        kept_columns(further, ["initials"])


def test_codes_in_other_cells() -> None:
    rows = [
        {"visit": "baseline", "comment": "like s-017", "arm": "S-0171"},
        {"visit": "S-017 week 4", "comment": "S-018", "arm": "7"},
    ]
    assert telling_columns(rows, ["S-017", "S-018", "7", ""]) == {"comment": 2, "visit": 1}
    assert telling_columns(rows, ["7"]) == {}
