"""Columns that may identify are known by their names, and codes of subjects are found in other cells."""

from __future__ import annotations

import pytest

from densitometer.deidentify.columns import kept_columns, telling_columns
from densitometer.errors import DensitometerError


def test_columns_are_kept_when_asked() -> None:
    further = ["arm", "Initials", "Name"]
    assert kept_columns(further, []) == (["arm"], ["Initials", "Name"])
    assert kept_columns(further, ["Name"]) == (["arm", "Name"], ["Initials"])
    with pytest.raises(
        DensitometerError, match=r"--keep-column initials: there is no such column; there are arm, Init"
    ):
        kept_columns(further, ["initials"])


@pytest.mark.parametrize("column", ["comment", "Name", "DOB", "GebDat", "PatNr", "Bemerkung", "KVNR", "age", "7", ""])
def test_a_column_that_is_not_known_to_be_harmless_is_left_out(column: str) -> None:
    assert kept_columns([column, "Arm", "days since treatment"], []) == (["Arm", "days since treatment"], [column])


def test_codes_in_other_cells() -> None:
    rows = [
        {"visit": "baseline", "comment": "like s-017", "arm": "S-0171"},
        {"visit": "S-017 week 4", "comment": "S-018", "arm": "7"},
    ]
    assert telling_columns(rows, ["S-017", "S-018", "7", ""]) == {"comment": 2, "visit": 1}
    assert telling_columns(rows, ["7"]) == {}
