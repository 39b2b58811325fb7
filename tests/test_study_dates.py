"""Dates of ISO 8601, whole and in part, and days counted from them."""

from __future__ import annotations

from datetime import date

import pytest

from densitometer.study.dates import day_of, is_iso, sas_day, study_day


@pytest.mark.parametrize(
    "text", ["2026", "2026-02", "2024-02-29", "2026-02-03T07", "2026-02-03T07:30", "2026-02-03T23:59:59"]
)
def test_dates_of_iso_8601(text: str) -> None:
    assert is_iso(text)
    assert (day_of(text) is None) == (len(text) < len("2026-02-03"))


@pytest.mark.parametrize(
    "text",
    ["", "26", "2026-2-3", "2026-13", "2025-02-29", "0000", "20260203", "2026-02T07", "2026-02-03T24", "2026-02-03T7"]
    + ["2026-02-03 07:30", "2026-02-03T07:60", "２０２６-02-03", "2026-02-03\n", "03.02.2026"],
)  # fmt: skip
def test_what_is_no_date(text: str) -> None:
    assert not is_iso(text)


@pytest.mark.parametrize(
    ("text", "reference", "day"),
    [
        ("2026-02-03", "2026-02-03", 1),
        ("2026-02-02", "2026-02-03", -1),
        ("2026-03-01", "2026-02-28", 2),
        ("2026-02-03T23:00", "2026-02-03T08:00", 1),
        ("2026-02", "2026-02-03", None),
        ("2026-02-03", "", None),
        ("", "2026-02-03", None),
    ],
)
def test_there_is_no_day_0(text: str, reference: str, day: int | None) -> None:
    assert study_day(text, reference) == day


def test_days_as_sas_counts_them() -> None:
    assert (sas_day("1960-01-01"), sas_day("1959-12-31"), sas_day("2026-02-03")) == (0, -1, 24140)
    assert sas_day("2026-02") is None
    assert date(1960, 1, 1).toordinal() + 24140 == date(2026, 2, 3).toordinal()
