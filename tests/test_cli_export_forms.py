"""Every form of data sets, of the trial and of odd studies: written whole, the same every time, OUT left alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from densitometer.cli.main import main
from densitometer.datasets import formats
from densitometer.datasets.export import export_study
from densitometer.dictionary import PHOTO_COLUMNS
from densitometer.results.rows import unmeasured_row
from trial_study import FURTHER, LONG_REASON, Picture, write_trial
from written_folders import snapshot

Row = dict[str, Any]
OWN = {column.name for column in PHOTO_COLUMNS}
WRITTEN = {
    "tidy": {"long.csv", "long.parquet", "wide.csv", "wide.parquet", "datapackage.json"},
    "sdtm": {"ig.xpt", "ig.json", "ig.csv", "suppig.xpt", "pr.xpt", "di.xpt", "du.xpt", "do.xpt", "relrec.xpt",
             "define.xml"},
    "adam": {"adhair.xpt", "adhair.json", "adhair.csv", "define.xml"},
    "redcap": {"data_dictionary.csv", "import.csv"},
    "fhir": {"bundle.json"},
}  # fmt: skip


@pytest.fixture(params=[*WRITTEN])
def form(request: pytest.FixtureRequest) -> str:
    """Every form, where what it needs is installed."""
    for name in formats.FORMATS[request.param].needs:
        pytest.importorskip(name)
    return str(request.param)


def test_every_form_is_tried() -> None:
    assert {*WRITTEN} == {*formats.FORMATS}


def test_the_trial_is_written_whole_and_the_results_are_left_alone(
    trial_out: Path, trial_study_file: Path, trial_subjects: Path, tmp_path: Path, form: str
) -> None:
    before, names = snapshot(trial_out), sorted(trial_out.rglob("*"))
    words = ["export", trial_out, "--as", form, "-o", tmp_path / "x" / form]
    words += ["--study", trial_study_file, "--subjects", trial_subjects]
    done = CliRunner().invoke(main, [*map(str, words)])
    assert done.exit_code == 0, done.output
    assert WRITTEN[form] | {"export.json"} <= {*snapshot(tmp_path / "x" / form)}
    assert (snapshot(trial_out), sorted(trial_out.rglob("*"))) == (before, names)
    assert [path.name for path in (tmp_path / "x").iterdir()] == [form]


def test_every_process_writes_the_same_bytes(
    trial_out: Path, trial_study_file: Path, trial_subjects: Path, tmp_path: Path, form: str
) -> None:
    command = [sys.executable, "-m", "densitometer", "export", trial_out, "--as", form, "-q"]
    command += ["--study", trial_study_file, "--subjects", trial_subjects, "-o"]
    for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo")):
        env = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone}
        subprocess.run([*command, tmp_path / seed], env=env, check=True, timeout=120, capture_output=True)
    assert snapshot(tmp_path / "1") == snapshot(tmp_path / "2")


def refused(row: Row) -> Row:
    """Row of a photograph that could not be measured, in the place of one that was."""
    carried = {name: cell for name, cell in row.items() if name not in OWN}
    return {**unmeasured_row(row["photo"], LONG_REASON, row["sha256"]), **carried}


def without(*names: str) -> Callable[[Row], Row]:
    return lambda row: {name: cell for name, cell in row.items() if name not in names}


ODD: dict[str, dict[str, Any]] = {
    "dates alone": {"change": lambda row: {**row, "visit": ""}},
    "labels alone": {"change": lambda row: {**row, "visit_date": ""}},
    "not compared": {"compared": False},
    "no site": {"change": lambda row: {**row, "site": ""}, "only": lambda one: one.site == "Scheitel"},
    "no further columns": {"change": without(*FURTHER)},
    "one visit": {"only": lambda one: one.visit == "baseline", "compared": False},
    "labels of replicates": {"change": lambda row: {**row, "replicate": {"1": "b", "2": "a"}[row["replicate"]]}},
    "odd columns": {"change": lambda row: {**row, "Größe (cm)": "1,8", "2nd": "<b>&'", "value": "=1+1", "AVAL": "x"}},
    "long texts": {"change": lambda row: {**row, "remark": "ä" * 150}},
}  # fmt: skip


@pytest.mark.parametrize("odd", [*ODD])
def test_odd_studies_are_written(tmp_path: Path, form: str, odd: str) -> None:
    only: Callable[[Picture], bool] = ODD[odd].get("only", lambda one: True)
    some = {**ODD[odd], "only": lambda one: one.number in (2, 3, 7) and only(one)}
    out = write_trial(tmp_path / "out", **some)
    assert WRITTEN[form] - {"suppig.xpt"} <= {*export_study(out, form, tmp_path / "x").files}


def test_a_study_of_which_nothing_was_measured(tmp_path: Path, form: str) -> None:
    out = write_trial(tmp_path / "out", compared=False, only=lambda one: one.number == 2, change=refused)
    done = CliRunner().invoke(main, ["export", str(out), "--as", form, "-o", str(tmp_path / "x")])
    if form == "adam":
        assert (done.exit_code, (tmp_path / "x").exists()) == (2, False)
        assert "no photograph was measured" in done.stderr
    else:
        assert done.exit_code == 0, done.output


@pytest.mark.parametrize("form", WRITTEN)
def test_missing_changes_are_told_where_they_belong_and_what_wrote_it_is_noted(tmp_path: Path, form: str) -> None:
    out = write_trial(tmp_path / "trial" / "out", compared=False, only=lambda one: one.number < 3)
    done = CliRunner().invoke(main, ["export", str(out), "--as", form, "-o", str(tmp_path / "x")])
    assert done.exit_code == 0, done.output
    told = f"changes found hair by hair are missing: no visit was compared; run 'densitometer compare' on {out}"
    assert done.stderr.count(told) == (form != "sdtm")
    noted = json.loads((tmp_path / "x" / "export.json").read_text("utf-8"))
    assert set(noted["written_with"]) == set(formats.FORMATS[form].libraries)
    assert all(noted["written_with"].values())


@pytest.mark.parametrize("form", [name for name in WRITTEN if formats.FORMATS[name].needs])
def test_an_extra_that_is_missing_is_named(
    trial_out: Path, tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs = formats.FORMATS[form].needs
    monkeypatch.setattr(formats, "find_spec", lambda name: None if name == needs[-1] else object())
    done = CliRunner().invoke(main, ["export", str(trial_out), "--as", form, "-o", str(tmp_path / "x")])
    assert done.exit_code == 2
    package = formats.FORMATS[form].libraries[-1]
    told = f"densitometer: writing {form} needs {package}, not installed here; in the checkout of densitometer run: "
    assert done.stderr == f'{told}{sys.executable} -m pip install -c constraints.txt ".[trial]"\n'
    assert not (tmp_path / "x").exists()
