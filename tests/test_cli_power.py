"""``densitometer power``: textbook numbers, a site's own error computed by other means, and what is refused."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from collections import defaultdict
from math import sqrt
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from densitometer.cli.main import main
from densitometer.study.own_error import _matched, _Pair, read_own_error
from densitometer.study.published import placebo_sd_per_cm2, true_sd_per_cm2
from trial_study import Picture, Row, write_trial

NO_ERROR = ("--sem", "0.000001")


def run(*words: object) -> Result:
    result = CliRunner().invoke(main, ["power", *map(str, words)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def told(*words: object) -> str:
    result = run(*words)
    assert result.exit_code == 0, result.output
    return result.stdout


def refused(*words: object) -> str:
    """Run what must be refused, and return the one sentence that says why."""
    result = run(*words)
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    (line,) = result.stderr.splitlines()
    assert line.startswith("densitometer: ")
    return line.removeprefix("densitometer: ")


def cells(text: str, way: str) -> list[str]:
    """Cells of one way to measure in the table of answers."""
    (line,) = [line for line in text.splitlines() if line.startswith(f" {way} ")]
    return re.split(r" {2,}", line.removeprefix(f" {way}").strip())


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("words", "subjects"),
    [
        # Cohen, Statistical Power Analysis (1988), table 2.4.1, and G*Power 3: two-sided 5 %, 80 %.
        (("--detect", 5, "--sd-change", 10), 64),
        (("--detect", 8, "--sd-change", 10), 26),
        (("--detect", 5, "--sd-change", 10, "--compare", "baseline"), 34),
        (("--detect", 5, "--sd-change", 10, "--power", 0.9), 86),
    ],
)
def test_subjects_of_the_textbook(words: tuple[object, ...], subjects: int) -> None:
    answer = cells(told(*words, *NO_ERROR), "as stated")
    assert answer[2] == str(subjects)
    assert abs(int(answer[3]) - subjects) <= 0.03 * subjects + 1


@pytest.mark.parametrize(
    ("words", "sd_true", "sem", "subjects"),
    [
        # Each makes a standard deviation of observed change of 10.
        ((), 6, sqrt(32), "64"),
        (("--replicates", 2), 6, 8, "64"),
        (("--compare", "baseline"), 6, sqrt(32), "34"),
        (("--compare", "sites"), 6, 4, "34"),
        (("--compare", "sites", "--replicates", 4), 0, 10, "34"),
    ],
)
def test_replicates_lessen_the_error_and_a_control_site_doubles_it(
    words: tuple[object, ...], sd_true: float, sem: float, subjects: str
) -> None:
    text = told("--detect", 5, "--sd-change", sd_true, "--sem", sem, *words)
    assert cells(text, "as stated")[2] == subjects


def test_power_is_that_of_pingouin() -> None:
    # power_ttest(d=0.9, n=14) of pingouin 0.7.0: 0.6303.
    answer = cells(told("--detect", 9, "--sd-change", 10, "--per-arm", 14, *NO_ERROR), "as stated")
    assert answer[2] == "63.0"
    assert float(answer[-1]) == pytest.approx(63.0, abs=2)


def test_who_leaves_is_enrolled_in_addition() -> None:
    words = ("--detect", 5, "--sd-change", 10, *NO_ERROR, "--dropout", 0.1)
    assert cells(told(*words), "as stated")[-1] == "72"  # 64 / 0.9
    text = told(*words, "--per-arm", 72)
    assert "of whom finish per arm 64" in " ".join(text.split())
    assert cells(text, "as stated")[2] == "80.1"


def test_the_same_seed_tells_the_same_and_another_another() -> None:
    words = ("--detect", 8, "--sem", 7, "--per-arm", 40)
    first, again, other = (told(*words, *seed) for seed in ((), ("--seed", 1), ("--seed", 2)))
    assert cells(first, "as stated") == cells(again, "as stated")
    assert cells(first, "as stated")[:-1] == cells(other, "as stated")[:-1]
    assert cells(first, "as stated")[-1] != cells(other, "as stated")[-1]
    assert told(*words) == first
    assert "seed 2" in other


def test_defaults_are_named_with_their_source() -> None:
    text = " ".join(told("--detect", 12).split())
    for words in (
        "power 80 % default: by convention",
        "two-sided error 5 % default: by convention",
        "dropout 0 % default: nobody leaves",
        "replicates 1 photograph a site and visit default",
        "SD of true change 17.8 hairs/cm2 default: derived from the SD of change in placebo arms",
        "error (SEM) see the end default: TrichoScan, two operators, ICC 0.97",
        "seed 1",
    ):
        assert words in text
    given = ("--power", 0.9, "--alpha", 0.01, "--dropout", 0.2, "--replicates", 2, "--sd-change", 20, "--sem", 5)
    assert "default" not in told("--detect", 12, *given)
    assert "a correlation of 0.5" in told("--detect", 12, "--compare", "sites")
    assert "no control" in told("--detect", 12, "--compare", "baseline")
    assert "no control" not in text


def test_the_spread_of_true_change_is_that_of_placebo_arms_less_the_error() -> None:
    assert placebo_sd_per_cm2() == pytest.approx(sqrt((171 * 19.7**2 + 77 * 21.7**2) / 248))
    assert true_sd_per_cm2(0) == placebo_sd_per_cm2()
    assert true_sd_per_cm2() ** 2 + 2 * 40**2 * 0.03 == pytest.approx(placebo_sd_per_cm2() ** 2)


def test_published_errors_are_those_of_the_literature() -> None:
    text = told("--detect", 12)
    found = {
        way: cells(text, way)[:2] for way in ("TrichoScan, one operator", "TrichoScan, two operators",
                                              "phototrichogram, CV 2.6 %", "phototrichogram, CV 9.8 %")
    }  # fmt: skip
    assert list(found.values()) == [["12.0", "33.3"], ["6.9", "19.2"], ["4.4", "12.3"], ["16.7", "46.2"]]


def test_too_many_photographs_are_not_simulated() -> None:
    text = told("--detect", 1)
    assert cells(text, "default")[-1].endswith("not done")
    assert "Simulating was not done" in text
    assert "over 100000" in told("--detect", 0.001)


# ---- with the replicates of a folder


def test_the_error_of_a_folder_is_that_of_its_replicates(trial_out: Path) -> None:
    groups = defaultdict(list)
    for row in rows_of(trial_out / "photos.csv"):
        if row["density_per_cm2"]:
            groups[row["subject"], row["site"], row["visit"]].append(float(row["density_per_cm2"]))
    several = [group for group in groups.values() if len(group) > 1]
    assert {len(group) for group in several} == {2}
    sem = sqrt(sum((one - other) ** 2 / 2 for one, other in several) / len(several))
    changes = [
        float(row["change_per_cm2"]) for row in rows_of(trial_out / "repeatability.csv") if row["change_per_cm2"]
    ]
    matched = sqrt(sum(change**2 for change in changes) / 2 / len(changes))

    own = read_own_error(trial_out)
    assert (own.visits, own.photographs, own.pairs, own.copies) == (len(several), 2 * len(several), len(changes), 0)
    assert own.plain.value == pytest.approx(sem, rel=1e-3)
    assert own.matched.value == pytest.approx(matched, rel=1e-3)
    # Chi square with 76 degrees of freedom: 53.782 and 101.999 at 2.5 and 97.5 % (tables).
    assert len(several) == 76
    for estimate in (own.plain, own.matched):
        assert estimate.low == pytest.approx(estimate.value * sqrt(76 / 101.999), rel=1e-4)
        assert estimate.high == pytest.approx(estimate.value * sqrt(76 / 53.782), rel=1e-4)

    (of_compare,) = {row["mdc95_per_cm2"] for row in rows_of(trial_out / "changes.csv")} - {""}
    text = told("--detect", 4, "--sd-change", 3, "--from", trial_out)
    plain, hairs = cells(text, "plain subtraction"), cells(text, "hairs matched")
    assert plain[0] == f"{sem:.1f}"
    assert hairs[0] == f"{matched:.1f}"
    assert plain[2] == f"{1.96 * sqrt(2) * sem:.1f}"
    assert hairs[2] == f"{float(of_compare):.1f}"
    assert f"SEM from {len(several)} visits with replicates ({2 * len(several)} photographs)" in text
    assert f"SEM from {len(changes)} pairs" in text
    more = int(plain[3]) - int(hairs[3])
    assert more > 5
    assert f"{more} more subjects per arm than matching hairs ({plain[3]} against {hairs[3]}, by formula)" in text
    low, high = map(int, plain[4].split(" to "))
    assert low < int(plain[3]) < high
    assert abs(int(plain[5]) - int(plain[3])) <= 3


def test_without_comparing_the_plain_way_alone_is_told(tmp_path: Path) -> None:
    out = write_trial(tmp_path / "out", compared=False, subjects=4)
    text = told("--detect", 12, "--from", out)
    assert "hairs matched: not known: 5 pairs of replicates that could be matched hair by hair are needed" in text
    assert f"densitometer compare {out}" in text
    cells(text, "plain subtraction")
    assert not any(line.startswith(" hairs matched") for line in text.splitlines())


def test_copies_of_a_file_tell_nothing_of_error(tmp_path: Path) -> None:
    def copied(row: Row) -> Row:
        same = row["subject"] == "S-01" and row["visit"] == "baseline"
        return {**row, "sha256": "a" * 64} if same and row["site"] == "Scheitel" else row

    kept, plain = (
        read_own_error(write_trial(tmp_path / name / "out", compared=False, subjects=5, change=change))
        for name, change in (("copied", copied), ("plain", dict))
    )
    assert (kept.copies, plain.copies) == (1, 0)
    assert kept.visits == plain.visits - 1


def test_three_pairs_of_three_photographs_tell_as_much_as_two() -> None:
    changes = (1.0, -2.0, 3.0)
    pairs = [
        _Pair((place,), files, change)
        for place in range(6)
        for files, change in zip((("a", "b"), ("b", "c"), ("a", "c")), changes, strict=True)
    ]
    found = _matched(pairs, Path("out"))
    assert found.value == pytest.approx(sqrt(14 / 3 / 2))
    # Chi square with 12 degrees of freedom: 4.404 and 23.337 at 2.5 and 97.5 % (tables).
    assert found.low == pytest.approx(found.value * sqrt(12 / 23.337), rel=1e-4)
    assert found.high == pytest.approx(found.value * sqrt(12 / 4.404), rel=1e-4)
    assert "are needed, and there are 4" in str(_matched(pairs[:4], Path("out")).reason)


def test_too_few_replicates_are_refused(tmp_path: Path) -> None:
    def single(one: Picture) -> bool:
        return one.replicate == 1 or one.number == 2  # noqa: PLR2004

    out = write_trial(tmp_path / "few" / "out", compared=False, subjects=4, only=single)
    said = refused("--detect", 12, "--from", out)
    assert "5 visits with replicates are needed, and there are 2" in said
    assert said.endswith("or state the error with --sem")
    none = write_trial(tmp_path / "none" / "out", compared=False, subjects=2, only=lambda one: one.replicate == 1)
    without = refused("--detect", 12, "--from", none)
    assert "no visit has two or more replicates" in without and "in the column replicate" in without
    assert "docs/power.md has a pilot to try it on" in without


def test_the_answer_stands_below_what_others_published() -> None:
    text = told("--detect", 12, "--sem", 7, "--per-arm", 20)
    at = [text.index(part) for part in ("planned with", "For orientation", "Your study, planned as above", "as stated")]
    assert at == sorted(at) and "TrichoScan" not in text[at[2] :]


def test_a_decimal_comma_is_told_how_to_write() -> None:
    done = CliRunner().invoke(main, ["power", "--detect", "12,5"])
    assert (done.exit_code, done.stdout) == (2, "") and "'12,5' is not a number; write 12.5" in done.stderr


def test_a_folder_that_holds_no_results_is_refused(tmp_path: Path) -> None:
    assert "name a folder that 'densitometer measure' wrote" in refused("--detect", 12, "--from", tmp_path)
    assert "name one that 'densitometer measure' wrote" in refused("--detect", 12, "--from", tmp_path / "none")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--detect", 0), "--detect must be more than 0"),
        (("--detect", -12), "--detect must be more than 0"),
        (("--detect", "nan"), "--detect must be more than 0"),
        (("--detect", "inf"), "--detect must be more than 0"),
        (("--detect", 12, "--sem", 0), "--sem must be more than 0"),
        (("--detect", 12, "--sem", -1), "--sem must be more than 0"),
        (("--detect", 12, "--sd-change", -1), "--sd-change must be 0 or more"),
        (("--detect", 12, "--sd-change", "nan"), "--sd-change must be 0 or more"),
        (("--detect", 12, "--power", 1), "--power must lie above --alpha (0.05) and below 1"),
        (("--detect", 12, "--power", 80), "--power must lie above --alpha (0.05) and below 1"),
        (("--detect", 12, "--power", 0), "--power must lie above --alpha (0.05) and below 1"),
        (("--detect", 12, "--power", "nan"), "--power must lie above --alpha (0.05) and below 1"),
        (("--detect", 12, "--alpha", 0), "--alpha must lie above 0 and below 1"),
        (("--detect", 12, "--alpha", 5), "--alpha must lie above 0 and below 1"),
        (("--detect", 12, "--alpha", 0.9), "--alpha must lie below the power of 0.8"),
        (("--detect", 12, "--dropout", 10), "--dropout must be 0 or more and below 1, such as 0.1 for 10 %"),
        (("--detect", 12, "--dropout", -0.1), "--dropout must be 0 or more and below 1"),
        (("--detect", 12, "--replicates", 0), "--replicates must be 1 to 100"),
        (("--detect", 12, "--seed", -1), "--seed must be 0 or more"),
        (("--detect", 12, "--per-arm", 1), "--per-arm must be at least 2 subjects"),
        (("--detect", 12, "--per-arm", -5), "--per-arm must be at least 2 subjects"),
        (("--detect", 12, "--per-arm", 3, "--dropout", 0.5), "--per-arm must be at least 2 subjects who finish"),
        (("--detect", 12, "--per-arm", 10**9), "--per-arm must be at most 100000 subjects"),
        (("--detect", 12, "--per-arm", 40, "--power", 0.9), "give one of them"),
        (("--detect", 12, "--sem", 5, "--from", "out"), "give one of them"),
    ],
)
def test_what_makes_no_plan_is_refused_in_one_sentence(words: tuple[object, ...], said: str) -> None:
    assert refused(*words).startswith(said) or said in refused(*words)


def test_no_simulation_ends_in_an_error_where_numbers_are_extreme() -> None:
    for words in (
        ("--detect", 10_000, "--sd-change", 0, "--sem", 1e-9),
        ("--detect", 1e-300),
        ("--detect", 12, "--sd-change", 10_000, "--sem", 10_000, "--replicates", 100),
        ("--detect", 12, "--per-arm", 100_000, "--replicates", 100, "--compare", "sites"),
    ):
        told(*words)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no disk that is always full")
def test_a_full_disk_behind_a_redirect_is_no_fault_of_the_program() -> None:
    with Path("/dev/full").open("w") as full:
        words = [sys.executable, "-m", "densitometer", "power", "--detect", "12", "--per-arm", "5"]
        done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, encoding="utf-8", check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("densitometer: nothing more can be written (No space left on device); free some")
    assert "internal error" not in done.stderr and "Traceback" not in done.stderr
