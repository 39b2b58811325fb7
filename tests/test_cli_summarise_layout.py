from __future__ import annotations

import re
from math import nan

import pytest
from rich.cells import cell_len

from densitometer.cli.summarise_layout import WIDTH, Footnotes, Group, fold, grid, paragraph
from densitometer.cli.summarise_words import ends, number, probability, share, told
from densitometer.statistics import Estimate
from densitometer.statistics import share as share_of
from densitometer.summary.measured import PARAMETERS

DENSITY = PARAMETERS[0]
PER_UNIT = next(one for one in PARAMETERS if one.name == "hairs_per_unit")


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("", 5, [""]),
        ("left temple", 11, ["left temple"]),
        ("left temple", 10, ["left", "temple"]),
        ("minoxidil 5 %", 11, ["minoxidil", "5 %"]),
        ("temporal", 5, ["tempo", "ral"]),
        ("[1] temporal", 6, ["[1] te", "mporal"]),
        ("追加追加", 5, ["追加", "追加"]),
        ("a\x1b[31mb", 20, ["a\\x1b[31mb"]),
    ],
)
def test_a_text_is_broken_between_words_where_it_can(text: str, width: int, lines: list[str]) -> None:
    assert fold(text, width) == lines


def test_a_paragraph_is_indented_below_its_first_line() -> None:
    first, *others = paragraph("Visits:      " + "week 12; " * 30, 13)
    assert first.startswith("Visits:") and len(others) == 3
    assert all(re.match(r" {13}\S", line) and len(line) <= WIDTH for line in others)


def test_a_table_stands_in_columns_whatever_the_letters() -> None:
    rows = [("追加", "1", "+2.0"), ("week 12", "12", "-10.5")]
    lines = list(grid(("visit", "n", "change"), [Group("Site A", rows), Group("Site B", rows[:1])], ("visit",)))
    assert lines == [
        "  visit     n  change",
        "  -------  --  ------",
        "Site A",
        "  追加      1    +2.0",
        "  week 12  12   -10.5",
        "",
        "Site B",
        "  追加      1    +2.0",
    ]
    assert {cell_len(line) for line in lines if line.startswith("  ")} == {21}


def test_long_texts_give_way_and_numbers_do_not() -> None:
    lines = list(grid(("visit", "arm", "n"), [Group("", [("v" * 90, "a " * 60, "1234567")])], ("visit", "arm")))
    assert max(map(cell_len, lines)) <= WIDTH
    assert lines[2].endswith("1234567")
    width = len(lines[1].split()[0])
    assert "".join(line[2 : 2 + width].strip() for line in lines[2:]) == "v" * 90


def test_reasons_are_marked_once_each() -> None:
    notes = Footnotes()
    assert [notes.mark(reason) for reason in ("one", "two", "one", None, "")] == ["(a)", "(b)", "(a)", "", ""]
    assert list(notes.lines()) == ["(a) one", "(b) two"]
    many = Footnotes([str(place) for place in range(30)])
    assert (many.mark("25"), many.mark("26"), many.mark("27")) == ("(z)", "(aa)", "(ab)")


def test_numbers_have_the_places_of_their_parameter_and_no_signed_zero() -> None:
    assert [number(value, DENSITY, signed=True) for value in (2.04, -0.04, 0.0, nan)] == ["+2.0", "0.0", "0.0", "-"]
    assert number(1.806, PER_UNIT) == "1.81"
    assert (ends(1, nan, DENSITY), ends(-1, 2.26, DENSITY, signed=True)) == ("", "-1.0 to +2.3")
    assert [probability(p) for p in (0.04999, 0.0004, 1.0, nan)] == ["0.050", "<0.001", "1.000", ""]


def test_what_is_missing_leads_to_its_reason() -> None:
    notes = Footnotes()
    assert told(Estimate.missing("nobody came"), notes, DENSITY) == ("(a)", "")
    assert told(Estimate(12.34, reason="one alone"), notes, DENSITY) == ("12.3", "(b)")
    assert told(Estimate(12.34, 10, 14), notes, DENSITY) == ("12.3", "10.0 to 14.0")
    assert share(share_of(0, 0), notes)[0] == "(c)"
    assert share(share_of(2, 8), notes) == ("2 (25 %)", "7 to 59 %")
    assert share(share_of(1, 4), notes) == ("1 of 4", "")
