"""Codes and names of parameters fit the data sets they are for, and their numbers are those of photos.csv."""

import re
from pathlib import Path

import numpy as np
import pytest

from densitometer.cli.export import export
from densitometer.datasets.formats import FORMATS
from densitometer.datasets.parameters import PARAMETERS, Parameter, why_empty
from densitometer.dictionary import PHOTO_COLUMNS
from densitometer.field import Field
from densitometer.hairs import Hair
from densitometer.measure import measure_hairs
from densitometer.results.rows import unmeasured_row
from densitometer.scale import Scale
from densitometer.study.study_file import read_study_file

ROOT = Path(__file__).parents[1]
# What is no number of a subject: names, scale and size of the picture, and ends of intervals (with their parameter).
ELSEWHERE = {"photo", "sha256", "status", "reason", "flags", "um_per_px", "um_per_px_sd", "scale_source"}
ELSEWHERE |= {"width_px", "height_px"}
TIDY_ALONE = {f"density_{of}_{end}_per_cm2" for of in ("detection", "sampling") for end in ("low", "high")}


def by_code(code: str) -> Parameter:
    (found,) = (one for one in PARAMETERS if one.code == code)
    return found


@pytest.mark.parametrize(("kind", "longest"), [("code", 8), ("stem", 6), ("name", 40)])
def test_codes_and_names_are_unique_and_short_enough(kind: str, longest: int) -> None:
    texts = [getattr(one, kind) for one in PARAMETERS]
    assert len(set(texts)) == len(texts)
    assert [text for text in texts if len(text) > longest or not text.isascii()] == []


def test_codes_are_names_that_sas_takes() -> None:
    assert [one.code for one in PARAMETERS if not re.fullmatch(r"[A-Z][A-Z0-9]*", one.code + one.stem)] == []


def test_every_number_of_a_photograph_is_a_parameter_or_known_to_go_elsewhere() -> None:
    used = {one.column.name for one in PARAMETERS}
    used |= {end.name for one in PARAMETERS for end in (one.low, one.high) if end}
    assert {column.name for column in PHOTO_COLUMNS} - used == ELSEWHERE | TIDY_ALONE


def test_numbers_are_those_of_the_table_and_shares_are_in_per_cent() -> None:
    row = {
        **unmeasured_row("a.jpg", ""),
        "density_per_cm2": 101.23456,
        "single_hair_unit_share": 0.2549,
        "hair_count": 7,
    }
    assert by_code("HAIRDENS").text(row) == "101.23"
    assert by_code("HAIRDENS").number(row) == 101.23
    assert (by_code("SGLFUPCT").text(row), by_code("SGLFUPCT").number(row)) == ("25.5", 25.5)
    assert (by_code("HAIRCNT").text(row), by_code("HAIRWID").text(row)) == ("7", "")
    assert by_code("HAIRWID").number(row) is None


@pytest.mark.parametrize(
    ("code", "cells", "reason"),
    [
        ("HAIRDENS", {"um_per_px": None, "hair_count": 4}, "NO SCALE"),
        (
            "TERMD40",
            {"um_per_px": 9.0, "flags": "coarse_scale;crowded"},
            "SCALE TOO COARSE TO TELL TERMINAL FROM VELLUS",
        ),
        ("FUCNT", {"um_per_px": None, "hair_count": 4}, "NO SCALE"),
        ("HAIRWCNT", {"um_per_px": None, "hair_count": 4}, "NO SCALE"),
        ("HAIRWID", {"um_per_px": 5.0, "hair_count": 0}, "NO HAIR FOUND"),
        ("SKINA", {"um_per_px": 5.0, "hair_count": 0}, "TOO LITTLE SEEN TO JUDGE"),
        ("SKINA", {"um_per_px": None, "hair_count": 9}, "TOO LITTLE SEEN TO JUDGE"),
    ],
)
def test_an_empty_number_has_a_reason(code: str, cells: dict[str, object], reason: str) -> None:
    assert why_empty(by_code(code), {**unmeasured_row("a.jpg", ""), **cells}) == reason  # type: ignore[dict-item]


def test_every_number_that_a_missing_scale_takes_away_says_so() -> None:
    """Asked of the measurement itself: what it gives of one hair with a scale, and not without one."""
    hair = Hair(np.array([[0.0, 0.0], [30.0, 40.0]]), np.full(2, 12.0), 0.9, 0.95, unit=1)
    seen = Field(np.ones((400, 1000), bool), np.zeros((400, 1000), bool))
    scaled, plain = (measure_hairs([hair], seen, scale) for scale in (Scale.stated(5.0), Scale.unknown()))
    lost = {name for name, value in scaled.items() if value is not None} - plain.keys()
    empty = unmeasured_row("a.jpg", "") | plain
    reasons = {one.code: why_empty(one, empty) for one in PARAMETERS if one.column.name in lost}
    assert {"HAIRDENS", "HAIRWID", "HAIRWCNT", "FUCNT", "SGLFUPCT"} <= reasons.keys()
    assert set(reasons.values()) == {"NO SCALE"}


def test_the_command_knows_every_form() -> None:
    (choice,) = (one for one in export.params if one.name == "form")
    assert list(choice.type.choices) == list(FORMATS)  # type: ignore[attr-defined]
    assert all(f"--as {form} " in (export.help or "") for form in FORMATS)


def test_the_study_file_of_the_documentation_can_be_read(tmp_path: Path) -> None:
    (text,) = re.findall(r"```toml\n(.*?)```", (ROOT / "docs" / "export.md").read_text(encoding="utf-8"), re.DOTALL)
    path = tmp_path / "study.toml"
    path.write_text(text, encoding="utf-8")
    facts = read_study_file(path)
    assert (facts.study.id, facts.arms["PBO"], facts.visits["week 12"].day) == ("HAIR-01", "Placebo", 85)
    assert facts.sites["vertex"].direction == "SUPERIOR"
    assert facts.devices["Scope 2"].serial == "0815"
