"""From what data sets were made, and what is refused before any is."""

from __future__ import annotations

import json
import os
from hashlib import sha256
from pathlib import Path

import pytest

import plain_form
from densitometer.datasets import export, formats
from densitometer.datasets.export import export_study
from densitometer.errors import StudyError
from densitometer.study.model import Study
from trial_study import subject_rows, write_study_file, write_subjects, write_trial


@pytest.fixture(autouse=True)
def plain_forms(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let adam write next to nothing."""
    like = formats.FORMATS["adam"]
    plain = formats.Format("adam", like.about, plain_form.__name__, (), like.whole, like.baseline)
    monkeypatch.setitem(formats.FORMATS, "adam", plain)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The trial with four subjects alone; not to be changed."""
    return write_trial(tmp_path_factory.mktemp("small") / "out", compared=False, only=lambda one: one.number < 5)


@pytest.fixture
def subjects(tmp_path: Path) -> Path:
    write_subjects(tmp_path / "subjects.csv")
    return tmp_path / "subjects.csv"


@pytest.fixture
def study_file(tmp_path: Path) -> Path:
    write_study_file(tmp_path / "study.toml")
    return tmp_path / "study.toml"


def test_hashes_are_those_of_the_files_given(small: Path, subjects: Path, study_file: Path, tmp_path: Path) -> None:
    export_study(small, "adam", tmp_path / "here", study_file, subjects)
    told = json.loads((tmp_path / "here" / "export.json").read_text(encoding="utf-8"))
    assert told["subjects_sha256"] == sha256(subjects.read_bytes()).hexdigest()
    assert told["study_file_sha256"] == sha256(study_file.read_bytes()).hexdigest()


@pytest.mark.parametrize("which", ["subjects", "study_file"])
def test_a_file_that_is_saved_while_it_is_read_is_refused(
    small: Path, subjects: Path, study_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, which: str
) -> None:
    read = export.read_study

    def read_and_saved(*given: Path, whole: bool) -> Study:
        study = read(*given, whole=whole)
        with {"subjects": subjects, "study_file": study_file}[which].open("a", encoding="utf-8") as file:
            file.write("\n")
        return study

    monkeypatch.setattr(export, "read_study", read_and_saved)
    with pytest.raises(StudyError, match="altered while it was read; export again"):
        export_study(small, "adam", tmp_path / "here", study_file, subjects)
    assert not (tmp_path / "here").exists()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_pipe_is_refused_unread(small: Path, study_file: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(StudyError, match=r"pipe\.csv is not a file on disk; save it, and name that"):
        export_study(small, "adam", tmp_path / "here", study_file, tmp_path / "pipe.csv")


def test_a_baseline_after_treatment_is_told_with_what_to_mend(
    small: Path, subjects: Path, study_file: Path, tmp_path: Path
) -> None:
    """Its advice must not be to add a photograph that is there."""
    late = [{**row, "RFXSTDTC": "2025-12"} if row["subject"] == "S-02" else row for row in subject_rows()]
    write_subjects(subjects, late)
    with pytest.raises(StudyError) as raised:
        export_study(small, "adam", tmp_path / "here", study_file, subjects)
    told = str(raised.value)
    assert "after the first treatment on 2025-12; mend the visits table or the date of first treatment" in told
    first = told.split(": ", 1)[1].split(";", maxsplit=1)[0]
    assert first.count(".jpg") == 1, "the photograph is named once"
