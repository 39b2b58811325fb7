"""What comparing prints at the end."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from densitometer.cli.change_summary import show_changes
from densitometer.cli.summary import Summary

Row = dict[str, str | int | float | None]
WHO: Row = {"subject": "Cora", "site": "vertex", "baseline_photo": "a.jpg", "followup_photo": "b.jpg",
            "against": "baseline", "baseline_visit": "week 24", "followup_visit": "week 48", "baseline_date": "",
            "followup_date": "", "replicate": "", "flags": ""}  # fmt: skip
MADE: Row = {**WHO, "comparable": 1, "reason": "", "verdict": "within_error", "change_per_cm2": -12.3,
             "change_low_per_cm2": -30.0, "change_high_per_cm2": 5.0, "lost": 12, "gained": 3, "ambiguous": 4,
             "mdc95_per_cm2": 21.0}  # fmt: skip
PHOTOS: list[Row] = [{"photo": "a.jpg", "flags": ""}, {"photo": "b.jpg", "flags": "blurred;coarse_scale;glare"}]
WHY = "The hair roots of a.jpg and b.jpg do not agree beyond chance: another site, another person, or a wrong scale"
REFUSED: Row = {**WHO, "subject": "Dan", "comparable": 0, "reason": WHY, "verdict": "not_comparable"}


def shown(capsys: pytest.CaptureFixture[str], *changes: Row, note: str = "") -> list[str]:
    show_changes(changes, [], PHOTOS, Path("out"), note)
    return click.unstyle(capsys.readouterr().out).splitlines()


def cells(line: str) -> list[str]:
    return line.split()


def test_the_verdict_is_early_and_the_numbers_follow(capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown(capsys, MADE)
    (row,) = (line for line in lines if "Cora" in line)
    assert " ".join(cells(row)) == "Cora vertex week 24 to week 48 within_error -12 -30 to +5 12 3 4 21"
    assert any("verdict" in line and line.index("verdict") < line.index("lost") for line in lines)
    assert "1 of 1 comparisons made." in lines


def test_reasons_stand_below_the_table_whole_and_once(capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown(capsys, MADE, REFUSED, REFUSED)
    assert lines.count(f"Dan vertex, week 24 to week 48: not comparable: {WHY}") == 1
    assert sum("not_comparable" in line for line in lines) == 2
    assert sum(WHY in line for line in lines) == 1
    assert "1 of 3 comparisons made; 2 refused, see above." in lines


def test_flags_are_shown_with_their_advice(capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown(capsys, MADE, {**REFUSED, "flags": "same_photograph;order_unknown"})
    assert "Dan vertex, week 24 to week 48: look at same_photograph, order_unknown" in lines
    assert any(line.startswith("same_photograph: Both visits name") and "Find the photograph" in line for line in lines)
    assert not any("look at" in line for line in lines if "Cora" in line)
    lines = shown(capsys, *3 * [{**MADE, "flags": "many_changed"}])
    assert lines.count("Cora vertex, week 24 to week 48: look at many_changed (3 comparisons)") == 1
    lines = shown(capsys, {**MADE, "flags": "device_differs;one_visit_flagged"})
    assert "Cora vertex, week 24 to week 48: look at device_differs, one_visit_flagged (b.jpg: blurred, glare)" in lines


def test_a_pair_has_no_empty_columns_for_subject_and_site(capsys: pytest.CaptureFixture[str]) -> None:
    nameless = {**MADE, "subject": "", "site": "", "baseline_visit": "1", "followup_visit": "2"}
    lines = shown(capsys, nameless, {**REFUSED, "subject": "", "site": "", "baseline_visit": "1"})
    assert not any("subject" in line or "site  " in line for line in lines)
    assert f"1 to week 48: not comparable: {WHY}" in lines


@pytest.mark.parametrize(
    ("width", "left_out"),
    [
        (120, ""),
        (90, "Left out for want of width: mdc95."),
        (80, "Left out for want of width: mdc95, unsure."),
        (40, "Left out for want of width: mdc95, unsure, gained, lost, interval, site, change/cm2."),
    ],
)
def test_on_a_narrow_terminal_the_least_important_columns_go(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int, left_out: str
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", str(width))
    lines = shown(capsys, MADE, REFUSED)
    table = [line for line in lines if line.startswith(" ")]
    assert max(map(len, table)) <= width
    assert any("not_comparable" in line for line in table) and any("within_error" in line for line in table)
    assert [line for line in lines if "Left out" in line] == ([left_out] if left_out else [])


def test_of_many_comparisons_the_first_reasons_and_all_flags_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{**REFUSED, "subject": f"S{i}", "flags": "device_differs"} for i in range(25)]
    lines = shown(capsys, *rows, note="Only one visit, so nothing to compare: 1 (E vertex).")
    assert sum(WHY in line for line in lines) == 20
    assert "... and 5 more; see changes.csv." in lines
    assert any(cells(line) == ["look", "at", "device_differs", "25"] for line in lines)
    assert "Only one visit, so nothing to compare: 1 (E vertex)." in lines


def test_photographs_that_were_not_measured_have_their_reason_below_the_table(
    capsys: pytest.CaptureFixture[str],
) -> None:
    names = ("hair_count", "density_per_cm2", "density_low_per_cm2", "density_high_per_cm2", "median_width_um")
    row: Row = {"photo": "a.jpg", "status": "not_measured", "reason": "it is broken; take another", "flags": ""}
    kinds = (("not_measured", "it is broken; take another", "", 1),)
    Summary(kinds, (row | dict.fromkeys(names),)).show()
    lines = capsys.readouterr().out.splitlines()
    assert "a.jpg: not measured: it is broken; take another" in lines
    assert any(cells(line) == ["a.jpg", "not", "measured"] for line in lines)
