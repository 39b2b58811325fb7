from __future__ import annotations

from pathlib import Path

import pytest

from densitometer.visits.columns import OWN, doubtful_columns, meant_by, missing_columns
from densitometer.visits.name_pattern import examine_names
from densitometer.visits.table import read_visits


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("Subject ID", "subject"), ("subjct", "subject"), ("Patient", "patient"), ("date", "visit_date"),
        ("visit date", "visit_date"), ("Visit-Date", "visit_date"), ("um/px", "um_per_px"), ("µm/px", "um_per_px"),
        ("μm per px", "um_per_px"), ("um_per_pixel", "um_per_px"), ("photo name", "photo"), ("Visit No.", "visit"),
        ("replicates", "replicate"), ("sites", "site"),
    ],
)  # fmt: skip
def test_near_misses_are_known(name: str, own: str) -> None:
    assert meant_by(name) == own.replace("patient", "subject")


@pytest.mark.parametrize(
    "name",
    [*sorted(OWN), "arm", "device", "session", "age", "sex", "treatment", "operator", "side", "light", "days", "camera",
     "notes", "study", "centre", "subject_age", "date_of_birth", "visit_type", "visit_time", "lens", "group", "title"],
)  # fmt: skip
def test_further_columns_are_no_near_misses(name: str) -> None:
    assert meant_by(name) is None


def test_a_near_miss_counts_where_the_column_is_not_there() -> None:
    (only,) = doubtful_columns(["photo", "Subject ID", "Patient", "visit", "date", "visit_date"])
    assert only.column == "Subject ID"
    assert only.text.startswith("column 'Subject ID' is not one that densitometer uses; is 'subject' meant?")
    assert list(doubtful_columns(["photo", "subject", "Subject ID", "visit", "visit_date", "date"])) == []


def test_columns_without_which_nothing_is_compared() -> None:
    assert [problem.column for problem in missing_columns(["photo", "um_per_px", "arm"])] == ["subject", "visit"]
    assert [problem.column for problem in missing_columns(["photo", "subject", "arm"])] == ["visit"]
    assert list(missing_columns(["photo", "um_per_px"])) == []
    assert list(missing_columns(["photo", "subject", "visit_date"])) == []
    assert list(missing_columns(["photo", "Subject ID", "date"])) == []  # told as near misses


def test_measuring_is_told_of_them_too(tmp_path: Path) -> None:
    path = tmp_path / "visits.csv"
    path.write_text("photo,Subject ID,visit\na.jpg,1,2\n", encoding="utf-8")
    (doubt,) = read_visits(path).doubts
    assert "is 'subject' meant?" in doubt
    (doubt,) = examine_names(["1_2.jpg"], "{subjct}_{visit}").visits.doubts
    assert doubt.startswith("{subjct} is not one that densitometer uses; is 'subject' meant?")
