from __future__ import annotations

from pathlib import Path
from typing import get_args

from densitometer import flags
from densitometer.dictionary import HAIR_COLUMNS, PHOTO_COLUMNS, VISIT_COLUMNS, Column, as_markdown, photo_columns
from densitometer.scale import ScaleSource

PAGE = Path(__file__).resolve().parent.parent / "docs" / "columns.md"

# The public API: copied by hand from the contract, so that a column cannot be renamed or moved unseen.
PHOTOS = [
    "photo",
    "sha256",
    "status",
    "reason",
    "flags",
    "um_per_px",
    "um_per_px_sd",
    "scale_source",
    "area_cm2",
    "hair_count",
    "density_per_cm2",
    "density_low_per_cm2",
    "density_high_per_cm2",
    "terminal30_per_cm2",
    "vellus30_per_cm2",
    "terminal40_per_cm2",
    "vellus40_per_cm2",
    "mean_width_um",
    "median_width_um",
    "width_sd_um",
    "cumulative_width_mm_per_cm2",
    "unit_count",
    "units_per_cm2",
    "hairs_per_unit",
    "single_hair_unit_share",
]
HAIRS = [
    "photo",
    "hair",
    "root_x_px",
    "root_y_px",
    "tip_x_px",
    "tip_y_px",
    "length_mm",
    "width_um",
    "unit",
    "counted",
    "confidence",
    "flags",
]


def names(columns: tuple[Column, ...]) -> list[str]:
    return [column.name for column in columns]


def test_columns_are_those_of_the_contract_in_its_order() -> None:
    assert names(PHOTO_COLUMNS)[: len(PHOTOS)] == PHOTOS
    assert names(HAIR_COLUMNS)[: len(HAIRS)] == HAIRS
    assert names(VISIT_COLUMNS) == ["subject", "site", "visit", "visit_date", "replicate"]


def test_no_column_is_there_twice() -> None:
    for columns in (photo_columns(()), HAIR_COLUMNS):
        assert len(set(names(columns))) == len(columns)


def test_every_column_says_what_it_means_and_in_what_unit() -> None:
    for column in photo_columns(("arm",)) + HAIR_COLUMNS:
        assert column.meaning.endswith(".")
        assert bool(column.unit) == (column.type != "text"), column.name
        assert bool(column.spec) == (column.type != "text"), column.name


def test_the_unit_in_the_name_is_the_unit() -> None:
    ends = {"_um": "um", "_px": "px", "_mm": "mm", "_cm2": "cm2", "_per_cm2": "1/cm2", "_mm_per_cm2": "mm/cm2"}
    for column in PHOTO_COLUMNS + HAIR_COLUMNS:
        end = max((end for end in ends if column.name.endswith(end)), key=len, default=None)
        if end and not column.name.startswith("um_per_px"):
            assert column.unit == ends[end], column.name


def test_allowed_values_are_those_of_the_code() -> None:
    of_photos = {column.name: column.allowed for column in PHOTO_COLUMNS}
    assert of_photos["scale_source"] == get_args(ScaleSource)
    assert set(of_photos["flags"]) == {flag.name for flag in flags.REGISTRY if flag.of == "photo"}


def test_visit_columns_come_only_with_a_visits_table() -> None:
    assert photo_columns() == PHOTO_COLUMNS
    assert names(photo_columns(("arm", "device")))[len(PHOTO_COLUMNS) :] == [*names(VISIT_COLUMNS), "arm", "device"]


def test_the_page_of_columns_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == as_markdown(), "write docs/columns.md anew from as_markdown()"


def test_the_page_tells_every_column() -> None:
    page = as_markdown()
    for column in photo_columns(()) + HAIR_COLUMNS:
        assert f"| `{column.name}` | {column.type} | {column.unit} |" in page


def test_the_page_tells_what_each_flag_means_and_what_to_do() -> None:
    page = as_markdown()
    for flag in flags.REGISTRY:
        assert f"| `{flag.name}` | {flag.meaning} | {flag.advice} |" in page
