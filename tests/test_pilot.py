"""The pilot of docs/tutorial.md, from photographs to a report, by the page's own commands, against the truth."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

import pilot  # noqa: E402  found by the line above, as a script in its folder would
import pilot_numbers  # noqa: E402
import pilot_study  # noqa: E402
import pilot_tables  # noqa: E402
from pilot_numbers import LATER, Mean, Told, group, less_control, read_rows, told  # noqa: E402
from pilot_study import SITES, SMALL, WHOLE, Design, Truth, read_truth  # noqa: E402

TUTORIAL = BENCHMARKS.parent / "docs" / "tutorial.md"
LAST = LATER[-1]


def steps() -> list[tuple[list[str], list[str]]]:
    """Commands of the tutorial in order, each with the lines that the page shows of what it says."""
    found: list[tuple[list[str], list[str]]] = []
    text = TUTORIAL.read_text(encoding="utf-8")
    for command, block in re.findall(r"^    (\S[^\n]*)$|^```text\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        if command:
            found.append((shlex.split(command, comments=True), []))
        else:
            found[-1][1].extend(block.splitlines())
    return found


def belongs(words: list[str], design: Design) -> bool:
    """Whether a command of the tutorial is one of the whole pilot, or of the small one."""
    return words[0] != "python" or ("--small" in words) is (design is SMALL)


def run(words: list[str], folder: Path) -> str:
    """Run a command of the tutorial in a folder; what it says."""
    program = {"python": [sys.executable], "densitometer": [sys.executable, "-m", "densitometer"]}[words[0]]
    rest = [str(BENCHMARKS.parent / word) if word.startswith("benchmarks/") else word for word in words[1:]]
    done = subprocess.run(
        [*program, *rest], cwd=folder, capture_output=True, encoding="utf-8", errors="replace", check=False
    )
    assert done.returncode == 0, f"{shlex.join(words)}\n{done.stdout}\n{done.stderr}"
    return done.stderr + done.stdout


def is_told(shown: list[str], said: list[str]) -> list[str]:
    """Lines that the page shows and no command said; who measured and when is in the head of a trail."""
    told = [line.rstrip() for text in said for line in text.splitlines()]
    return [line for line in shown if line.rstrip() not in told and not line.startswith("Audit trail: ")]


@pytest.mark.parametrize(
    "design", [pytest.param(SMALL, id="small"), pytest.param(WHOLE, id="whole", marks=pytest.mark.slow)]
)
def test_the_pilot_of_the_tutorial(tmp_path: Path, design: Design) -> None:
    said: dict[str, str] = {}
    for words, shown in steps():
        if belongs(words, design):
            said[words[1]] = said.get(words[1], "") + run(words, tmp_path)
        if design is WHOLE and shown:
            assert is_told(shown, list(said.values())) == [], shlex.join(words)
    assert {"check", "measure", "compare", "summarise", "power", "export", "verify"} <= set(said)
    assert "nothing to mend" in said["check"]
    truth = read_truth(tmp_path / "pilot")
    every_photograph_is_accounted_for(tmp_path / "results", truth, design)
    some = told(tmp_path / "results", truth)
    the_change_is_recovered(some, design)
    replicates_tell_the_error(tmp_path / "results", some)
    the_summary_says_the_same(tmp_path / "summary", some)
    the_exports_hold_it(tmp_path, truth)


def every_photograph_is_accounted_for(results: Path, truth: tuple[Truth, ...], design: Design) -> None:
    assert len(truth) == design.subjects * 2 * len(design.slots)
    rows = {row["photo"]: row for row in read_rows(results / "photos.csv")}
    assert sorted(rows) == sorted(one.photo for one in truth)
    assert {row["status"] for row in rows.values()} == {"measured"}
    found = np.array([float(rows[one.photo]["density_per_cm2"]) for one in truth])
    true = np.array([one.density_per_cm2 for one in truth])
    assert abs(found.mean() / true.mean() - 1) < 0.1
    assert np.corrcoef(found, true)[0, 1] > 0.9
    for page in ("report.html", "subjects.html"):
        text = (results / page).read_text(encoding="utf-8")
        assert all(f"P{at:02d}" in text for at in range(1, design.subjects + 1))


def the_change_is_recovered(some: list[Told], design: Design) -> None:
    treated, control = group(some, "treated", LAST), group(some, "control", LAST)
    assert treated.found.n == control.found.n == design.subjects
    assert treated.true / treated.true_before == pytest.approx(pilot_study.MORE_HAIR, abs=0.05)
    assert treated.found.holds(treated.true) and treated.found.value > control.found.high
    assert control.true == 0 and control.found.holds(0)
    difference, true = less_control(some, LAST)
    assert difference.holds(true)
    if design is WHOLE:
        assert not treated.found.holds(0) and not difference.holds(0)
    increased = [site.verdicts.count("increase") for site in (treated, control)]
    assert increased[0] >= design.subjects / 3 > design.subjects / 10 >= increased[1]


def replicates_tell_the_error(results: Path, some: list[Told]) -> None:
    repeats = read_rows(results / "repeatability.csv")
    assert {row["comparable"] for row in repeats} == {"1"}
    assert {row["mdc95_source"] for row in read_rows(results / "changes.csv")} == {"replicates"}
    mdc95 = 1.96 * 2**0.5 * pilot.sem(repeats, "change_per_cm2")
    assert 0 < np.mean([one.mdc95 for one in some]) == pytest.approx(mdc95, rel=0.3)
    assert mdc95 < group(some, "treated", LAST).true


def the_summary_says_the_same(summary: Path, some: list[Told]) -> None:
    matched = {"parameter": "density_per_cm2", "method": "matched"}
    for site in SITES:
        for visit in LATER:
            here, row = group(some, site, visit), only(summary / "group_changes.csv", site=site, visit=visit, **matched)
            assert row["controlled"] == "true"
            assert interval(row, "change_mean", "change") == pytest.approx(numbers(here.found), abs=0.02)
            assert float(row["baseline_mean"]) == pytest.approx(here.before, abs=0.02)
            told_of = only(summary / "responders.csv", site=site, visit=visit)
            counts = [int(told_of[f"{name}_count"]) for name in pilot_tables.VERDICTS]
            assert counts == [here.verdicts.count(name) for name in pilot_tables.VERDICTS]
    for visit in LATER:
        row = only(summary / "group_differences.csv", first="treated", second="control", visit=visit, **matched)
        assert interval(row, "difference", "difference") == pytest.approx(
            numbers(less_control(some, visit)[0]), abs=0.02
        )


def only(path: Path, **cells: str) -> pilot_numbers.Row:
    (row,) = (row for row in read_rows(path) if cells.items() <= row.items())
    return row


def interval(row: pilot_numbers.Row, value: str, stem: str) -> tuple[int, float, float, float]:
    number = row.get("n") or row["n_first"]
    return int(number), float(row[value]), float(row[f"{stem}_low"]), float(row[f"{stem}_high"])


def numbers(mean: Mean) -> tuple[int, float, float, float]:
    return mean.n, mean.value, mean.low, mean.high


def the_exports_hold_it(folder: Path, truth: tuple[Truth, ...]) -> None:
    wide = {row["photo"]: row for row in read_rows(folder / "tidy" / "wide.csv")}
    assert sorted(wide) == sorted(one.photo for one in truth)
    changed = [row for row in read_rows(folder / "adam" / "adhair.csv") if row["PARAM"].startswith("Hair Density (")]
    assert {row["USUBJID"] for row in changed} == {f"PILOT-{one.subject}" for one in truth}
    assert {row["AVISIT"] for row in changed} == set(pilot_study.VISITS)
    densities = sorted(float(row["density_per_cm2"]) for row in wide.values())
    of_photographs = sorted(float(row["AVAL"]) for row in changed if row["SRCDOM"] == "IG" and not row["DTYPE"])
    assert densities == pytest.approx(of_photographs, abs=0.01)


def made(subject: str, site: str, change: float, true: float) -> Told:
    return Told(subject, site, LAST, change, true, change + 1, 100.0, 100.0, 5.0, "increase")


def test_the_page_has_both_designs_and_shows_what_commands_say() -> None:
    words = [words for words, _ in steps()]
    first = [one for one in words if one[0] == "python"]
    assert [belongs(one, WHOLE) for one in first] == [True, False] == [not belongs(one, SMALL) for one in first]
    assert all(belongs(one, WHOLE) and belongs(one, SMALL) for one in words if one not in first)
    shown = {one[1]: lines for one, lines in steps()}
    assert "360 of 360 photographs measured; 4 other files in the folders passed over." in shown["measure"]
    assert is_told(shown["summarise"], ["\n".join(shown["summarise"][1:])]) == shown["summarise"][:1]


def test_groups_against_numbers_worked_out_by_hand() -> None:
    some = [made("P1", "treated", 20, 25), made("P2", "treated", 30, 31), made("P3", "treated", 40, 34)]
    some += [made("P1", "control", 1, 0), made("P2", "control", -1, 0)]
    treated = group(some, "treated", LAST)
    half = 4.302653 * 10 / 3**0.5  # t of 2 degrees of freedom times the standard error
    assert (treated.found.n, treated.found.value, treated.true) == (3, 30, 30)
    assert (treated.found.low, treated.found.high) == pytest.approx((30 - half, 30 + half))
    assert treated.error.value == pytest.approx(0) and treated.subtracted.value == 31
    difference, true = less_control(some, LAST)
    assert (difference.n, difference.value, true) == (2, 25, 28)
    assert not Mean(2, 1.0, 0.5, 1.5).holds(0)
    assert "+30.0 (+5.2 to +54.8)" in pilot_tables.changes({("treated", LAST): treated})


def test_a_site_is_rendered_as_the_pilot_says(tmp_path: Path) -> None:
    design = Design(1, (256, 192), 12.0, 1)
    truth = pilot_study.render_pilot(tmp_path / "a", design, 8)
    assert [(one.visit, one.replicate) for one in truth] == 2 * design.slots
    assert truth == read_truth(tmp_path / "a")
    assert all(one.change_per_cm2 == 0 for one in truth if one.site == "control" or one.visit == "baseline")
    (last,) = (one for one in truth if one.site == "treated" and one.visit == LAST)
    assert last.change_per_cm2 > 0
    pilot_study.render_pilot(tmp_path / "b", design, 8)
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert len(names) == 8 + 4
    assert all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in names)


def test_gains_are_spread_about_their_mean() -> None:
    gains = pilot_study.gains(30, 5)
    assert np.mean(gains) == pytest.approx(pilot_study.MORE_HAIR)
    assert 0.1 < min(gains) < 0.12 and 0.44 < max(gains) < 0.46 and gains != sorted(gains)


def test_replicates_that_disagree_are_no_increase() -> None:
    rows = [
        {"followup_photo": "b", "baseline_photo": "a", "change_per_cm2": str(change), "baseline_per_cm2": "100",
         "mdc95_per_cm2": "4", "verdict": verdict}
        for change, verdict in ((10, "increase"), (4, "within_error"))
    ]  # fmt: skip
    true = {"b": Truth("b", "P1", "treated", LAST, 1, 9, 0.1, 90.0, 0.1, 80.0, 8.0)}
    one = pilot_numbers._told(("P1", "treated", LAST), rows, true, {"a": 70.0, "b": 90.0})
    assert (one.change, one.true_change, one.subtracted, one.verdict) == (7, 8, 20, "within_error")


def test_only_a_whole_run_rewrites_its_section() -> None:
    assert pilot.arguments([]).whole
    for words in (["--dry"], ["--small"], ["--half", "choose"]):
        assert not pilot.arguments(words).whole
    results = (BENCHMARKS / "RESULTS.md").read_text(encoding="utf-8")
    assert results.count("<!-- begin:pilot -->") == results.count("<!-- end:pilot -->") == 1
