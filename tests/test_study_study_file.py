"""The study file: what it may say, and how every key that cannot be used is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from densitometer.errors import StudyError
from densitometer.study.study_file import SiteFacts, StudyFile, read_study_file
from trial_study import ARMS, STUDY_ID, UNPLANNED


def file(folder: Path, text: str | bytes) -> Path:
    path = folder / "study.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_the_study_file_of_the_trial_is_read(trial_study_file: Path) -> None:
    facts = read_study_file(trial_study_file)
    assert (facts.study.id, facts.study.study_id, facts.arms) == (STUDY_ID, STUDY_ID, ARMS)
    assert facts.sites["left temporal"] == SiteFacts(laterality="LEFT", direction="TEMPORAL")
    assert (facts.visits["week 6"].number, facts.visits["week 6"].day) == (2, 43)
    assert (facts.visits[UNPLANNED].number, facts.visits[UNPLANNED].day) == (3.1, None)
    assert facts.devices["Dermatoskop A"].type == "CAMERA"


@pytest.mark.parametrize("text", ["", "\ufeff", "[study]\n"])
def test_all_of_it_may_be_left_out(tmp_path: Path, text: str) -> None:
    facts = read_study_file(file(tmp_path, text))
    assert facts == StudyFile()
    assert facts.study.study_id == "STUDY"


def test_what_the_label_of_a_site_tells() -> None:
    told = {label: SiteFacts.of(label) for label in ("Scheitel", "Left Temporal 2", "vertex", "R-frontal", "upright")}
    assert told["Left Temporal 2"] == SiteFacts(laterality="LEFT", direction="TEMPORAL")
    assert told["R-frontal"] == SiteFacts(laterality="RIGHT", direction="FRONTAL")
    assert told["Scheitel"] == told["vertex"] == told["upright"] == SiteFacts()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[study]\nidd = 'x'\n", "study.idd is not a key of a study file"),
        ("[studies]\nid = 'x'\n", "studies is not a key of a study file"),
        ("[sites.vertex]\nside = 'left'\n", "sites.vertex.side is not a key of a study file"),
        (f"[study]\nid = '{'x' * 21}'\n", "study.id = 'xxx"),
        ("[study]\nid = 7\n", "study.id = '7': input should be a valid string"),
        ("[visits]\nbaseline = 1\n", "visits.baseline = '1': "),
        ("[visits.baseline]\nday = 1\n", "visits.baseline.number = "),
        ("[visits.baseline]\nnumber = 0\n", "visits.baseline.number = '0': input should be greater than 0"),
        ("[visits.baseline]\nnumber = nan\n", "visits.baseline.number = 'nan': "),
        ("[visits.baseline]\nnumber = 1\nday = 1.5\n", "visits.baseline.day = '1.5': "),
        ("[arms]\nA = ''\n", "arms.A = '': string should have at least 1 character"),
        ("[arms]\nA = 'Placebo'\nB = 'placebo'\n", "'placebo' stands for the arms A and B; name them apart"),
        ("[arms]\nA = 'B'\nB = 'Placebo'\n", "'B' stands for the arms A and B; name them apart"),
        ("[sites]\nVertex = {}\nvertex = {}\n", "sites names 'Vertex' and 'vertex', which are the same; keep one"),
        ("[visits]\nA = {number = 1}\na = {number = 2}\n", "visits names 'A' and 'a', which are the same; keep one"),
        ("[devices]\n'A  1' = {}\n'a 1' = {}\n", "devices names 'A  1' and 'a 1', which are the same; keep one"),
        ("study = '3'\n", "study = '3': this must be a section such as [study], with its keys below"),
        ("arms = 3\n", "arms = '3': this must be a section such as [arms]"),
        ("[visits]\n'week 4' = 1\n", 'this must be a section such as [visits."week 4"]'),
        ("[study\n", "cannot be read as TOML: "),
        ("[visits.week 12]\nnumber = 2\n", 'names with a blank need straight quotes, as in [visits."week 12"]'),
        (b"[study]\nname = 'J\xf6rg'\n", "is not in UTF-8; save it so from the editor"),
        ("[study]\nbasline = 'x'\n", "study.basline is not a key of a study file; is 'baseline' meant?"),
        ("[arm]\nA = 'x'\n", "arm is not a key of a study file; is 'arms' meant?"),
        ("[sites.x]\ncolour = 'x'\n", "there are location, laterality, direction (docs/export.md)"),
    ],
)
def test_a_study_file_that_cannot_be_used_is_told(tmp_path: Path, text: str | bytes, told: str) -> None:
    with pytest.raises(StudyError) as error:
        read_study_file(file(tmp_path, text))
    assert str(error.value).startswith(str(tmp_path / "study.toml")) and told in str(error.value)
    assert "\n" not in str(error.value)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"study.a is not a key.*; study.b is not a key"):
        read_study_file(file(tmp_path, "[study]\na = 1\nb = 2\n"))


def test_a_study_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="none.toml cannot be read: No such file or directory"):
        read_study_file(tmp_path / "none.toml")
    with pytest.raises(StudyError, match="cannot be read: Is a directory"):
        read_study_file(tmp_path)
