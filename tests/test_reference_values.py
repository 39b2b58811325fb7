from __future__ import annotations

import re
from math import inf, isfinite
from pathlib import Path

import pytest

from densitometer.dictionary import PHOTO_COLUMNS
from densitometer.report.reference_values import (
    NOT_A_LIMIT,
    REFERENCE_VALUES,
    WIDTHS_DIFFER,
    ReferenceValue,
    reference_values,
)

CLINICIAN = (Path(__file__).resolve().parent.parent / "docs" / "clinician.md").read_text(encoding="utf-8")
# Typed anew from the sources, in their own units: column, part of the group, low, high, source.
STATED = (
    ("density_per_cm2", "Hispanic", 169 - 31, 178 + 33, "PMC6219221"),
    ("density_per_cm2", "African", 148 - 25, 160 + 27, "PMC6219221"),
    ("density_per_cm2", "Caucasian", 214 - 28, 230 + 33, "PMC6219221"),
    ("density_per_cm2", "by microscope", 175, 300, "14282465"),
    ("density_per_cm2", "Egyptian women, frontal", 190 - 29, 190 + 29, "826887"),
    ("density_per_cm2", "Egyptian women, temporal", 154 - 25, 154 + 25, "826887"),
    ("mean_width_um", "healthy women, frontal", 61 - 8, 61 + 8, "PMC3157785"),
    ("mean_width_um", "healthy women, occiput", 57 - 7, 57 + 7, "PMC3157785"),
    ("mean_width_um", "healthy women, left temporal", 58 - 8, 58 + 8, "PMC3157785"),
    ("mean_width_um", "healthy women, right temporal", 59 - 8, 59 + 8, "PMC3157785"),
    ("mean_width_um", "healthy women, frontal", 53, inf, "PMC3157785"),
    ("mean_width_um", "healthy women, occiput and temporal", 50, inf, "PMC3157785"),
    ("mean_width_um", "Egyptian women, frontal", 63 - 8, 63 + 8, "826887"),
    ("mean_width_um", "Egyptian women, temporal", 60 - 9, 60 + 9, "826887"),
    ("mean_width_um", "androgenetic alopecia, frontal", 47 - 7, 47 + 7, "PMC2938574"),
    ("mean_width_um", "androgenetic alopecia, occiput", 52 - 8, 52 + 8, "PMC2938574"),
    ("cumulative_width_mm_per_cm2", "Egyptian women, frontal", 12 - 2, 12 + 2, "826887"),
    ("cumulative_width_mm_per_cm2", "Egyptian women, temporal", 9 - 2, 9 + 2, "826887"),
    ("units_per_cm2", "adults", 65, 110, "hairforlife"),
    ("units_per_cm2", "Egyptian women, frontal", 82 - 8, 82 + 8, "826887"),
    ("units_per_cm2", "Egyptian women, temporal", 70 - 8, 70 + 8, "826887"),
    ("units_per_cm2", "one site", 48, 110, "v028n05"),
    ("hairs_per_unit", "Caucasian", 2.2, 2.2, "baldingblog"),
    ("hairs_per_unit", "Asian", 1.9, 1.9, "baldingblog"),
    ("hairs_per_unit", "one site", 1.8, 3.3, "v028n05"),
    ("single_hair_unit_share", "healthy women, frontal", 0.232 - 0.135, 0.232 + 0.135, "PMC3157785"),
    ("single_hair_unit_share", "healthy women, occiput", 0.184 - 0.121, 0.184 + 0.121, "PMC3157785"),
    ("single_hair_unit_share", "healthy women, temporal", 0.291 - 0.162, 0.291 + 0.162, "PMC3157785"),
    ("single_hair_unit_share", "healthy women, frontal", 0, 0.35, "PMC3157785"),
    ("single_hair_unit_share", "healthy women, occiput", 0, 0.30, "PMC3157785"),
    ("single_hair_unit_share", "healthy women, temporal", 0, 0.40, "PMC3157785"),
    ("single_hair_unit_share", "Egyptian women, temporal", 0.23 - 0.07, 0.23 + 0.07, "826887"),
)


@pytest.mark.parametrize(("column", "group", "low", "high", "source"), STATED)
def test_a_value_is_as_its_source_states(column: str, group: str, low: float, high: float, source: str) -> None:
    found = [
        value
        for value in REFERENCE_VALUES
        if value.column == column and group in value.group and (value.low, value.high) == pytest.approx((low, high))
    ]
    assert [source in value.source for value in found] == [True]


def test_no_value_is_untested() -> None:
    assert len(REFERENCE_VALUES) == len(STATED) == len(set(REFERENCE_VALUES))


@pytest.mark.parametrize("value", REFERENCE_VALUES, ids=lambda value: f"{value.column}-{value.group}-{value.low:g}")
def test_every_value_can_stand_on_a_page(value: ReferenceValue) -> None:
    assert value.column in {column.name for column in PHOTO_COLUMNS}
    assert value.low <= value.high
    assert isfinite(value.low)
    assert re.search(r"PMC\d+|PubMed \d+|https://", value.source)
    assert re.search(r"mean|range|norm", value.text), "says what the range is"
    assert re.search(r"\d people|\d women|not found|without method or number", value.text), "says of how many"
    if value.column.endswith("_share"):
        assert 0 <= value.low <= value.high <= 1


@pytest.mark.parametrize(
    ("low", "high", "column", "shown"),
    [
        (138, 211, "density_per_cm2", "138 to 211"),
        (53, inf, "mean_width_um", "above 53"),
        (0, 0.35, "single_hair_unit_share", "below 35 %"),
        (0.097, 0.367, "single_hair_unit_share", "10 to 37 %"),
        (2.2, 2.2, "hairs_per_unit", "about 2.2"),
    ],
)
def test_a_range_in_words(low: float, high: float, column: str, shown: str) -> None:
    assert ReferenceValue(column, "", low, high, "", "").shown == shown


def test_the_range_in_words_holds_the_mean_that_the_text_states() -> None:
    (frontal,) = (value for value in REFERENCE_VALUES if "23 ± 14" in value.text)
    assert (frontal.shown, frontal.group) == ("10 to 37 %", "healthy women, frontal")


def test_values_of_a_column() -> None:
    widths = reference_values("mean_width_um")
    assert len(widths) == 8
    assert all(value.healthy and value.column == "mean_width_um" for value in widths)
    assert {value.group for value in set(reference_values("mean_width_um", healthy=False)) - set(widths)} == {
        "women with androgenetic alopecia, frontal",
        "women with androgenetic alopecia, occiput",
    }
    assert reference_values("sha256") == ()


def test_what_must_be_said_beside_them() -> None:
    for word in ("not limits", "device", "method", "place", "age", "ancestry"):
        assert word in NOT_A_LIMIT
    assert "41 % wider" in WIDTHS_DIFFER
    assert "e-aaps.org" in WIDTHS_DIFFER


@pytest.mark.parametrize("value", REFERENCE_VALUES, ids=lambda value: f"{value.column}-{value.group}-{value.low:g}")
def test_the_clinicians_page_lists_every_value(value: ReferenceValue) -> None:
    rows = [line for line in CLINICIAN.splitlines() if f"| {value.group} | {value.shown} |" in line]
    address = re.search(r"PMC\d+|PubMed (\d+)|https://\S+", value.source)
    assert address
    assert any((address[1] or address[0]) in row for row in rows)


def test_the_clinicians_page_lists_no_other_value() -> None:
    _, _, section = CLINICIAN.partition("| number | group | usual |")
    rows = re.match(r"(?:.*\n){2}((?:\|.*\n)+)", section)
    assert rows
    assert rows[1].count("\n") == len(REFERENCE_VALUES)
