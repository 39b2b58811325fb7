"""The pages on rendering and on the self-test name what the code has."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import fields
from pathlib import Path

import pytest

from densitometer.selftest import run_selftest
from densitometer.synthetic import render_scene, truth_record
from densitometer.synthetic.clippings import LOOSE_FROM
from densitometer.synthetic.style import CameraStyle, ExtrasStyle, HairStyle, Ranges, SkinStyle, build

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGE = (DOCS / "rendering.md").read_text(encoding="utf-8")
STYLES = (DOCS / "styles.md").read_text(encoding="utf-8")


def first_cells(text: str) -> list[str]:
    return re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)


def test_the_table_of_the_truth_names_its_keys() -> None:
    record = truth_record(render_scene("clippings", 1, (128, 128)).truth)
    scene = PAGE.partition("<!-- truth of a scene -->")[2].partition("<!-- truth of a hair -->")[0]
    hair = PAGE.partition("<!-- truth of a hair -->")[2].partition("<!-- end of truth -->")[0]
    assert first_cells(scene) == list(record)
    assert first_cells(hair) == list(record["hairs"][0])
    loose = [hair for hair in record["hairs"] if hair["kind"] == "loose"]
    assert loose and all(hair["hair"] > LOOSE_FROM and hair["unit"] == 0 for hair in loose)
    assert f"{LOOSE_FROM:,}".replace(",", " ") in hair


def test_the_page_of_styles_is_up_to_date() -> None:
    spec = importlib.util.spec_from_file_location("make_pages", DOCS / "make_pages.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.styles_page() == STYLES, "out of date: run make docs"


@pytest.mark.parametrize("kind", [HairStyle, SkinStyle, CameraStyle, ExtrasStyle])
def test_every_value_of_a_style_is_told_with_limits_that_hold(kind: type[Ranges]) -> None:
    assert [f"{kind.part}.{item.name}" for item in fields(kind)] == [
        name for name in first_cells(STYLES) if name.startswith(f"{kind.part}.")
    ]
    for item in fields(kind):
        limits, usual = kind.limits_of(item.name), getattr(build(kind), item.name)
        values = usual if isinstance(usual, tuple) else (usual,)
        assert all(limits.hold(value) for value in values if isinstance(value, float))
    for row in re.findall(rf"^\| `{kind.part}\..*$", STYLES, re.MULTILINE):
        assert len(row.split("|")[5].strip()) > 3, row


def test_the_page_of_the_self_test_names_every_line(monkeypatch: pytest.MonkeyPatch) -> None:
    page = (DOCS / "selftest.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| ([^|]+) \| [^|]+ \|$", page.partition("## Exit")[0], re.MULTILINE)[1:]
    assert told == [check.name for check in run_selftest().checks]
