"""A study read from a results folder: photographs in order, with all that belongs to them."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pytest

from densitometer.errors import StudyError
from densitometer.study.model import Arm, Study
from densitometer.study.read import read_study
from densitometer.visits.order import natural
from trial_study import (
    ARMS,
    BALD,
    DEVICES,
    FURTHER,
    NO_BASELINE,
    NON_ASCII,
    PARTIAL_DATE,
    REFUSED_BASELINE,
    SITES,
    STUDY_FILE,
    first_treatment,
    write_study_file,
    write_trial,
)
from written_folders import snapshot


@pytest.fixture(scope="module")
def study(trial_out: Path, trial_study_file: Path, trial_subjects: Path) -> Study:
    return read_study(trial_out, trial_study_file, trial_subjects)


def small(folder: Path, change: Any = dict, numbers: range = range(2, 3)) -> Path:
    return write_trial(folder / "out", compared=False, only=lambda one: one.number in numbers, change=change)


def test_photographs_stand_in_the_order_of_the_study(study: Study) -> None:
    keys = [(natural(p.subject.code), p.site.number, p.visit.number, p.replicate) for p in study.photographs if p.visit]
    assert keys == sorted(keys) and len(set(keys)) == len(keys) == 306
    assert [one.number for one in study.photographs] == list(range(1, 307))
    assert [site.label for site in study.sites] == sorted(SITES, key=natural)
    assert [visit.number for visit in study.visits] == [1, 2, 3, 3.1, 4]
    assert study.arms == tuple(Arm(name, code) for code, name in ARMS.items())
    assert study.further == FURTHER


def test_what_belongs_to_a_photograph(study: Study) -> None:
    one = next(p for p in study.photographs if p.name == "Müller/Jörg-07/Scheitel baseline 1.jpg")
    assert (one.subject.code, one.site.label, one.replicate, one.measured) == (NON_ASCII, "Scheitel", 1, True)
    assert one.arm == Arm("Placebo", "PBO") and one.device == DEVICES[0]
    assert one.date == one.row["visit_date"] and one.baseline
    assert study.day(one) in (1, -1, -2)
    assert study.references[NON_ASCII] == first_treatment(7).isoformat()
    assert isinstance(one.row["density_per_cm2"], float)


def test_the_baseline_is_one_for_each_subject_and_site(study: Study) -> None:
    baselines = {(p.subject.code, p.site.label, p.visit) for p in study.photographs if p.baseline}
    assert len(baselines) == 30 * 2 - 1
    assert [*study.without_baseline] == [REFUSED_BASELINE] and study.without_baseline[REFUSED_BASELINE].photographed
    assert all(visit is study.visits[0] or visit == study.visits[0] for _, _, visit in baselines)
    assert any(p.subject.code == PARTIAL_DATE and p.baseline for p in study.photographs)
    assert [p.row["hair_count"] for p in study.photographs if (p.subject.code, p.site.label) == BALD and p.baseline]


def test_changes_are_those_against_the_baseline_that_could_be_made(study: Study) -> None:
    baselines = {p.name for p in study.photographs if p.baseline}
    assert len(study.changes) > 150
    for name, row in study.changes.items():
        assert row["followup_photo"] == name and row["baseline_photo"] in baselines and row["comparable"] == 1


def test_when_the_results_were_written_and_from_what(study: Study, trial_out: Path) -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", study.written_at)
    assert {"photos.csv", "changes.csv", "run.json"} <= study.sources.keys()
    assert study.run["model"] is not None


def test_nothing_is_written_to_the_results_folder(trial_out: Path) -> None:
    before, names = snapshot(trial_out), sorted(trial_out.iterdir())
    read_study(trial_out)
    assert (snapshot(trial_out), sorted(trial_out.iterdir())) == (before, names)


def test_a_folder_that_may_only_be_read_is_read(trial_out: Path, study: Study) -> None:
    modes = {path: path.stat().st_mode for path in (trial_out, trial_out / "results.sqlite")}
    for path in modes:
        path.chmod(0o555)
    try:
        assert len(read_study(trial_out).photographs) == len(study.photographs)
    finally:
        for path, mode in modes.items():
            path.chmod(mode)


def test_without_files_the_visits_table_tells_arms_and_days(trial_out: Path) -> None:
    study = read_study(trial_out)
    assert study.arms == tuple(Arm(name, name) for name in ARMS.values())
    assert [visit.number for visit in study.visits] == [1, 2, 3, 4, 5]
    assert {study.day(one) for one in study.photographs if one.baseline} == {1}
    assert study.photographs[0].subject.usubjid == f"STUDY-{NON_ASCII}"


def test_a_study_that_was_not_compared_has_no_changes(tmp_path: Path) -> None:
    assert read_study(small(tmp_path)).changes == {}


def test_replicates_are_numbered_as_labelled_where_all_are(tmp_path: Path) -> None:
    def labels(row: dict[str, Any]) -> dict[str, Any]:
        given = {"Scheitel": {"1": "3", "2": "7"}, "left temporal": {"1": "b", "2": "a"}}[row["site"]]
        return {**row, "replicate": given[row["replicate"]] if row["visit"] == "baseline" else ""}

    photographs = read_study(small(tmp_path, labels)).photographs
    told = [(p.row["replicate"], p.replicate) for p in photographs if p.baseline]
    assert sorted(told) == [("3", 3), ("7", 7), ("a", 1), ("b", 2)]
    assert {p.replicate for p in photographs if not p.baseline} == {1}


def test_photographs_of_nobody_stand_at_the_end_of_tidy_tables(tmp_path: Path) -> None:
    def gaps(row: dict[str, Any]) -> dict[str, Any]:
        return {**row, "subject": "" if row["visit"] == "week 6" else row["subject"]}

    photographs = read_study(small(tmp_path, gaps), whole=False).photographs
    assert [p.subject.code for p in photographs] == ["S-02"] * 8 + [""] * 2
    assert [p.visit for p in photographs[-2:]] == [None, None]


def test_an_unknown_baseline_is_refused(trial_out: Path, tmp_path: Path) -> None:
    path = write_study_file(tmp_path / "s.toml", STUDY_FILE.replace('baseline = "baseline"', 'baseline = "day 0"'))
    with pytest.raises(
        StudyError, match="names 'day 0' as the baseline, but there are the visits 'baseline', 'week 6', "
    ):
        read_study(trial_out, path)


def test_the_study_file_names_the_baseline(tmp_path: Path) -> None:
    path = write_study_file(tmp_path / "s.toml", STUDY_FILE.replace('baseline = "baseline"', 'baseline = "Week 6"'))
    study = read_study(small(tmp_path), path)
    assert {p.visit.label for p in study.photographs if p.baseline and p.visit} == {"week 6"}


def test_a_site_of_the_study_file_that_no_photograph_shows_is_mentioned(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = write_study_file(tmp_path / "s.toml", STUDY_FILE.replace("left temporal", "left tempral"))
    with caplog.at_level(logging.WARNING):
        read_study(small(tmp_path), path)
    assert caplog.messages == ["the study file describes 'left tempral', which no photograph shows; check the spelling"]


def test_a_baseline_that_nobody_took_is_known(tmp_path: Path, trial_subjects: Path) -> None:
    out = write_trial(tmp_path / "out", without_baseline=True, compared=False, only=lambda one: one.number == 5)
    lacking = read_study(out, None, trial_subjects).without_baseline
    assert [*lacking] == [(NO_BASELINE, SITES[0])] and not lacking[NO_BASELINE, SITES[0]].photographed


def test_a_letter_that_is_spelt_in_two_ways_is_the_same(tmp_path: Path, trial_subjects: Path) -> None:
    def apart(row: dict[str, Any]) -> dict[str, Any]:
        return {**row, "subject": normalize("NFD", row["subject"])}

    study = read_study(small(tmp_path, apart, range(7, 8)), None, trial_subjects)
    assert {one.subject.usubjid for one in study.photographs} == {"HG-2026-102-007"}


def refused(out: Path, *files: Path | None, whole: bool = True) -> str:
    with pytest.raises(StudyError) as error:
        read_study(out, *files, whole=whole)
    return str(error.value)


def at(which: str, **cells: str) -> Any:
    """Change cells of the photographs of one visit."""
    return lambda row: {**row, **(cells if row["visit"] == which else {})}


@pytest.mark.parametrize("whole", [True, False])
def test_a_subject_whose_letters_are_spelt_in_two_ways_is_refused(
    tmp_path: Path, trial_subjects: Path, whole: bool
) -> None:
    out = small(tmp_path, at("week 6", subject=normalize("NFD", NON_ASCII)), range(7, 8))
    for subjects in (None, trial_subjects):
        told = refused(out, None, subjects, whole=whole)
        assert "is spelt with other characters that look the same; spell it in one and run the same" in told
        assert "Scheitel baseline 1.jpg)" in told and "Scheitel week 6 1.jpg)" in told and told.count("spelt") == 1


def test_sites_that_differ_in_case_alone_are_refused(tmp_path: Path) -> None:
    def mixed(row: dict[str, Any]) -> dict[str, Any]:
        return {**row, "site": row["site"].lower() if row["visit"] == "week 6" else row["site"]}

    told = refused(small(tmp_path, mixed, range(2, 4)))
    first, other = "'Scheitel' (S-02/Scheitel baseline 1.jpg)", "'scheitel' (S-02/Scheitel week 6 1.jpg)"
    assert told.startswith(f"the study cannot be read: the site {first} and {other} is spelt in two ways; spell it")
    assert told.count("spelt") == 1


@pytest.mark.parametrize(
    ("column", "cell", "whole"),
    [
        ("visit", "week\x076", True),
        ("site", "Scheitel\nhinten", False),
        ("arm", "Placebo\t", True),
        ("remark", "\x01", False),
    ],
)  # fmt: skip
def test_control_characters_are_refused_for_all_forms(tmp_path: Path, column: str, cell: str, whole: bool) -> None:
    told = refused(small(tmp_path, at("week 6", **{column: cell})), whole=whole)
    both = "S-02/Scheitel week 6 1.jpg and S-02/left temporal week 6 1.jpg"
    assert f"{both}: {column} " in told and "holds a control character" in told and told.count("holds") == 1


def test_lines_in_a_remark_are_no_control_characters(tmp_path: Path) -> None:
    study = read_study(small(tmp_path, at("week 6", remark="red\r\n\tand sore")))
    assert "red\r\n\tand sore" in {one.row["remark"] for one in study.photographs}


def test_an_arm_that_lacks_at_some_visits_is_refused(tmp_path: Path) -> None:
    out = small(tmp_path, at("baseline", arm=""))
    told = refused(out)
    assert "subject 'S-02', site 'Scheitel': S-02/Scheitel baseline 1.jpg has no arm, while S-02/" in told
    assert "has 'Placebo'; fill in the column arm and run" in told and told.count("has no arm") == 2
    assert len(read_study(out, whole=False).photographs) == 10
    assert read_study(small(tmp_path / "none", lambda row: {**row, "arm": ""})).arms == ()


def test_an_arm_that_changes_is_mentioned(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    read_study(small(tmp_path, at("week 24", arm="Other")))
    both = "2 subjects and sites such as 'S-02', 'left temporal' have several arms ('Placebo', 'Other')"
    assert caplog.messages == [f"{both}; mend the arms unless subjects cross over"]


def test_a_baseline_cannot_be_named_where_visits_have_dates_alone(tmp_path: Path) -> None:
    out = small(tmp_path, lambda row: {**row, "visit": ""})
    path = write_study_file(tmp_path / "s.toml", '[study]\nbaseline = "baseline"\n')
    assert refused(out, path).endswith("; the visits table has dates alone: label its visits, or name one of these")
    study = read_study(out, write_study_file(path, '[study]\nbaseline = "visit 2"\n'))
    assert {one.visit.label for one in study.photographs if one.baseline and one.visit} == {"VISIT 2"}


def test_a_replicate_of_very_many_digits_is_a_label(tmp_path: Path) -> None:
    def long(row: dict[str, Any]) -> dict[str, Any]:
        return {**row, "replicate": row["replicate"] * 5000}

    assert {one.replicate for one in read_study(small(tmp_path, long)).photographs} == {1, 2}


def test_a_damaged_record_is_refused(tmp_path: Path) -> None:
    out = small(tmp_path)
    data = (out / "results.sqlite").read_bytes()
    (out / "results.sqlite").write_bytes(data[: len(data) // 2])
    with pytest.raises(Exception, match=r"results.sqlite|cannot be read") as error:
        read_study(out)
    assert type(error.value).__name__ in ("StudyError", "ResultsError")


def test_names_that_differ_in_case_alone_stand_in_one_order_in_every_process(tmp_path: Path) -> None:
    def mixed(row: dict[str, Any]) -> dict[str, Any]:
        upper = row["visit"] in ("week 6", "week 12")
        return {**row, "subject": str(row["subject"]).lower() if upper else row["subject"]}

    out = small(tmp_path, mixed)
    code = (
        "import sys; from pathlib import Path; from densitometer.study.read import read_study\n"
        "study = read_study(Path(sys.argv[1]))\n"
        "print([site.label for site in study.sites], [one.name for one in study.photographs])\n"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", code, out],
            env={**os.environ, "PYTHONHASHSEED": str(seed), "PYTHONIOENCODING": "utf-8"},
            capture_output=True, check=True, timeout=60,
        ).stdout
        for seed in range(4)
    }  # fmt: skip
    assert len(told) == 1
