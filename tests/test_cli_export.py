"""``densitometer export``: exit codes, what it tells, and that nothing is written where something does not fit."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import plain_form
from densitometer.cli.main import main
from densitometer.datasets import formats
from trial_study import NO_BASELINE, STUDY_FILE, subject_rows, write_study_file, write_subjects, write_trial
from written_folders import failed, result, snapshot, write

NAMES = ["photographs.txt", "more/subjects.txt", "export.json"]


def run(*words: object) -> Result:
    result = CliRunner().invoke(main, ["export", *map(str, words)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def refused(*words: object) -> str:
    """Run what must be refused, and return the one sentence that says why."""
    told = run(*words)
    assert told.exit_code == 2, told.output
    (line,) = told.stderr.splitlines()
    assert line.startswith("densitometer: ")
    return line.removeprefix("densitometer: ")


@pytest.fixture(autouse=True)
def plain_forms(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let adam and sdtm write next to nothing: what all forms have in common is tested here."""
    for name in ("adam", "sdtm", "tidy"):
        like = formats.FORMATS[name]
        plain = formats.Format(name, like.about, plain_form.__name__, (), like.whole, like.baseline)
        monkeypatch.setitem(formats.FORMATS, name, plain)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The trial with four subjects alone; not to be changed."""
    return write_trial(tmp_path_factory.mktemp("small") / "out", compared=False, only=lambda one: one.number < 5)


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """An empty folder in which the data sets are to be put; whatever else is in it afterwards was left behind."""
    return tmp_path / "here"


def left(here: Path) -> list[str]:
    return sorted(path.name for path in here.parent.iterdir())


def test_everything_is_written_and_told(small: Path, here: Path) -> None:
    before = snapshot(small)
    told = run(small, "--as", "sdtm", "-o", here)
    assert told.exit_code == 0, told.output
    lines = told.stdout.splitlines()
    assert lines[0] == f"3 files in {here}: {', '.join(NAMES)}"
    assert re.fullmatch(r"\d+ photographs of \d+ subjects, \d+ of them not measured.*", lines[1]) and len(lines) == 2
    assert {*snapshot(here)} == {*NAMES}
    assert (snapshot(small), left(here)) == (before, ["here"])


def test_the_same_results_give_the_same_bytes(small: Path, here: Path, trial_subjects: Path) -> None:
    for folder in (here, here.with_name("again"), here):
        assert run(small, "--as", "adam", "-o", folder, "--subjects", trial_subjects, "-q").stdout == ""
    assert snapshot(here) == snapshot(here.with_name("again"))
    shutil.copytree(small, here.with_name("copy"))
    assert run(here.with_name("copy"), "--as", "adam", "-o", here, "--subjects", trial_subjects).exit_code == 0
    assert snapshot(here) == snapshot(here.with_name("again"))


def test_what_the_data_sets_were_made_from_is_told(
    trial_out: Path, here: Path, trial_subjects: Path, trial_study_file: Path
) -> None:
    run(trial_out, "--as", "sdtm", "-o", here, "--subjects", trial_subjects, "--study", trial_study_file)
    told = json.loads((here / "export.json").read_text("utf-8"))
    assert told["format"] == "sdtm" and told["photographs"] == 306
    assert {"photos.csv", "changes.csv"} <= told["results_sha256"].keys()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", told["results_written"])
    assert str(here.parent) not in json.dumps(told)


# ---- what does not fit


def test_an_arm_that_the_study_file_does_not_name_is_refused(trial_out: Path, here: Path, tmp_path: Path) -> None:
    text = STUDY_FILE.replace("Placebo", "Vehicle")
    told = refused(trial_out, "--as", "sdtm", "-o", here, "--study", write_study_file(tmp_path / "s.toml", text))
    assert "the arm 'Placebo' of subject 'S-02' is not one of the study file ('Lösung 5 %', 'Vehicle')" in told
    assert "S-02/Scheitel baseline 1.jpg and 9 more: " in told and told.count("'Placebo' of subject") == 15
    assert left(here) == ["s.toml"]


def test_an_arm_that_is_another_in_the_table_of_subjects_is_refused(small: Path, here: Path, tmp_path: Path) -> None:
    rows = [{**row, "ARM": "Placebo", "ARMCD": "PBO"} if row["subject"] == "S-04" else row for row in subject_rows()]
    told = refused(small, "--as", "sdtm", "-o", here, "--subjects", write_subjects(tmp_path / "s.csv", rows))
    assert "S-04/" in told and "'Lösung 5 %' in the visits table and 'Placebo' in the table of subjects" in told
    rows = [{**row, "ARM": "Placebo"} for row in subject_rows()]
    told = refused(small, "--as", "sdtm", "-o", here, "--subjects", write_subjects(tmp_path / "s.csv", rows))
    assert "the arm 'Lösung 5 %' of subject 'S-01' is not one of the table of subjects ('Placebo')" in told
    assert left(here) == ["s.csv"]


def test_subjects_that_are_not_in_the_table_are_named(small: Path, here: Path, tmp_path: Path) -> None:
    rows = [row for row in subject_rows() if row["subject"] not in ("S-02", "S-04")]
    told = refused(small, "--as", "tidy", "-o", here, "--subjects", write_subjects(tmp_path / "s.csv", rows))
    assert told.endswith(
        "S-02/Scheitel baseline 1.jpg and 9 more: subject 'S-02' is not in the table of subjects; add it; "
        "S-04/Scheitel baseline 1.jpg and 11 more: subject 'S-04' is not in the table of subjects; add it"
    )
    assert left(here) == ["s.csv"]


def test_a_subject_spelt_in_capitals_elsewhere_is_told(small: Path, here: Path, tmp_path: Path) -> None:
    rows = [{**row, "subject": row["subject"].lower()} for row in subject_rows()]
    told = refused(small, "--as", "tidy", "-o", here, "--subjects", write_subjects(tmp_path / "s.csv", rows))
    assert "subject 'S-02' is not in the table of subjects, which has 's-02'; spell both the same" in told


@pytest.mark.parametrize("with_dates", [True, False])
def test_a_baseline_that_nobody_took_is_refused_for_adam_alone(
    tmp_path: Path, here: Path, trial_subjects: Path, with_dates: bool
) -> None:
    out = write_trial(
        tmp_path / "trial" / "out", without_baseline=True, compared=False, only=lambda one: 4 < one.number < 7
    )
    words = ("-o", here, *(("--subjects", trial_subjects) if with_dates else ()))
    told = refused(out, "--as", "adam", *words)
    why = "there is no photograph " + ("up to the first treatment on 2026-01-24" if with_dates else "of the baseline")
    assert told.startswith(f"adam needs a baseline: subject '{NO_BASELINE}', site 'Scheitel' (Müller/{NO_BASELINE}/")
    assert why in told and told.endswith("--allow-no-baseline")
    assert left(here) == ["trial"]
    assert run(out, "--as", "adam", *words, "--allow-no-baseline").exit_code == 0
    assert refused(out, "--as", "sdtm", *words) == f"{here} holds an export as adam; choose another folder for -o"
    there = ("-o", here.with_name("there"), *words[2:])
    assert run(out, "--as", "sdtm", *there).exit_code == 0


def test_a_baseline_that_could_not_be_measured_is_not_refused(
    trial_out: Path, here: Path, trial_subjects: Path
) -> None:
    assert run(trial_out, "--as", "adam", "-o", here, "--subjects", trial_subjects).exit_code == 0


def test_the_option_for_adam_is_refused_elsewhere(small: Path, here: Path) -> None:
    told = run(small, "--as", "sdtm", "-o", here, "--allow-no-baseline")
    assert told.exit_code == 2 and "--allow-no-baseline is for --as adam" in told.stderr
    assert left(here) == []


def test_two_photographs_of_one_replicate_are_refused(tmp_path: Path, here: Path) -> None:
    def twice(row: dict[str, Any]) -> dict[str, Any]:
        return {**row, "replicate": {"2": "01"}.get(row["replicate"], row["replicate"])}

    out = write_trial(tmp_path / "out", compared=False, only=lambda one: one.number == 2, change=twice)
    told = refused(out, "--as", "sdtm", "-o", here)
    both = "S-02/left temporal baseline 1.jpg and S-02/left temporal baseline 2.jpg"
    assert f"{both} have the same subject, site, visit and replicate; give them 1 and 2" in told
    assert not here.exists()


def test_a_run_without_visits_is_refused_where_subjects_are_needed(tmp_path: Path, here: Path) -> None:
    out = write(tmp_path / "out", result(), failed("b.jpg"))
    assert "measured without a visits table" in refused(out, "--as", "sdtm", "-o", here)
    assert run(out, "--as", "tidy", "-o", here).exit_code == 0


def test_photographs_without_subject_or_visit_are_named(tmp_path: Path, here: Path) -> None:
    def gaps(row: dict[str, Any]) -> dict[str, Any]:
        if row["visit"] == "week 12":
            return {**row, "subject": ""}
        return {**row, "visit": "", "visit_date": ""} if row["visit"] == "week 24" else row

    out = write_trial(tmp_path / "out", compared=False, only=lambda one: one.number == 2, change=gaps)
    told = refused(out, "--as", "sdtm", "-o", here)
    assert "S-02/Scheitel week 12 1.jpg has no subject in the visits table; fill it in" in told
    assert "S-02/Scheitel week 24 1.jpg has neither visit nor visit_date in the visits table" in told
    assert run(out, "--as", "tidy", "-o", here).exit_code == 0


def test_visits_of_which_nothing_tells_the_order_are_refused(tmp_path: Path, here: Path) -> None:
    out = write_trial(
        tmp_path / "out", compared=False, only=lambda one: one.number == 4, change=lambda row: {**row, "visit_date": ""}
    )
    told = refused(out, "--as", "sdtm", "-o", here)
    assert "neither labels nor dates tell the order of the visits" in told and "'追加'" in told
    study_file = write_study_file(tmp_path / "study.toml")
    assert run(out, "--as", "sdtm", "-o", here, "--study", study_file).exit_code == 0


@pytest.mark.parametrize("what", ["nothing", "empty", "other", "file"])
def test_a_folder_without_results_is_refused(tmp_path: Path, here: Path, what: str) -> None:
    out = tmp_path / "foreign"
    if what == "file":
        out.write_text("x")
    elif what != "nothing":
        out.mkdir()
    if what == "other":
        (out / "results.sqlite").write_bytes(b"not a database")
    before = snapshot(out) if out.is_dir() else None
    assert str(out) in refused(out, "--as", "tidy", "-o", here)
    assert not here.exists()
    assert before is None or snapshot(out) == before


def test_photographs_that_were_not_reached_are_named(tmp_path: Path, here: Path) -> None:
    out = write(tmp_path / "out", result("a.jpg"), result("b.jpg"), stop_after=1)
    told = refused(out, "--as", "tidy", "-o", here)
    assert told.startswith(f"{out} is of a run that was stopped: b.jpg has not been looked at yet; run the same")


def test_results_that_were_altered_are_refused(tmp_path: Path, here: Path) -> None:
    out = write(tmp_path / "out", result(), failed("b.jpg"))
    (out / "audit.jsonl").write_text("")
    assert "audit.jsonl does not say when the tables were written" in refused(out, "--as", "tidy", "-o", here)
    assert not here.exists()


@pytest.mark.parametrize("needs", [("pyarrow_that_is_not_there",), ("nothing_here", "pyarrow_that_is_not_there")])
def test_an_extra_that_is_missing_is_named(
    small: Path, here: Path, monkeypatch: pytest.MonkeyPatch, needs: tuple[str, ...]
) -> None:
    monkeypatch.setitem(formats.FORMATS, "tidy", formats.Format("tidy", "", plain_form.__name__, needs))
    told = refused(small, "--as", "tidy", "-o", here)
    assert told == f"writing tidy needs {', '.join(needs)}, not installed here; in the checkout of densitometer " \
                   f'run: {sys.executable} -m pip install -c constraints.txt ".[trial]"'  # fmt: skip
    assert left(here) == []


def test_every_form_has_a_module() -> None:
    for form in formats.FORMATS.values():
        assert importlib.util.find_spec(form.module) is not None


# ---- the folder


def test_a_folder_with_other_files_is_refused(small: Path, here: Path) -> None:
    here.mkdir()
    (here / "mine.txt").write_text("mine")
    assert f"{here} holds files that are no export" in refused(small, "--as", "sdtm", "-o", here)
    assert {name: data for name, data in snapshot(here).items()} == {"mine.txt": b"mine"}
    assert left(here) == ["here"]


def test_the_results_folder_is_no_place_for_data_sets(small: Path) -> None:
    before = snapshot(small)
    for folder in (small, small / "sdtm", small / "overlays" / "deep"):
        assert f"{folder} lies in {small}, which is only read" in refused(small, "--as", "sdtm", "-o", folder)
    assert snapshot(small) == before


def test_the_folder_one_is_in_is_refused(small: Path, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here.mkdir()
    monkeypatch.chdir(here)
    told = refused(small, "--as", "sdtm", "-o", ".")
    assert told == ". is mounted, or is the folder you are in, and so cannot be replaced as a whole; name a new " \
                   "folder in it for -o, such as export"  # fmt: skip
    assert run(small, "--as", "sdtm", "-o", "export").exit_code == 0


def test_a_folder_without_a_name_is_refused(small: Path, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here.mkdir()
    monkeypatch.chdir(here)
    told = run(small, "--as", "sdtm", "-o", "")
    assert told.exit_code == 2 and "'-o' / '--out': the name of the folder is empty" in told.stderr


def test_something_that_fails_midway_leaves_nothing(small: Path, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, deep = snapshot(small), here / "new" / "deep"
    for form in ("sdtm", "adam"):
        assert run(small, "--as", form, "-o", here.with_name(form)).exit_code == 0
    earlier = snapshot(here.with_name("sdtm"))

    def one_file(study: object) -> Any:
        yield "first.txt", b"1"
        raise ZeroDivisionError("a mistake of ours")

    monkeypatch.setattr(plain_form, "files", one_file)
    for folder in (deep, here.with_name("sdtm")):
        told = run(small, "--as", "sdtm", "-o", folder)
        assert told.exit_code == 1 and "internal error: ZeroDivisionError" in told.stderr
    assert left(here) == ["adam", "sdtm"]
    assert (snapshot(here.with_name("sdtm")), snapshot(small)) == (earlier, before)


KILLED = """\
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
import plain_form
from densitometer.cli.main import main
from densitometer.datasets import formats
def files(study):
    yield "first.txt", b"1"
    print("writing", flush=True)
    signal.pause()
plain_form.files = files
formats.FORMATS["tidy"] = formats.Format("tidy", "", "plain_form", (), False)
main(["export", {out!r}, "--as", "tidy", "-o", {folder!r}])
"""


@pytest.mark.skipif(os.name != "posix", reason="signals are sent as POSIX has them")
@pytest.mark.parametrize("how", ["KILL", "TERM", "INT"])
def test_an_export_that_is_stopped_leaves_nothing_in_its_folder(small: Path, here: Path, how: str) -> None:
    assert run(small, "--as", "tidy", "-o", here).exit_code == 0
    earlier, before = snapshot(here), snapshot(small)
    code = KILLED.format(tests=str(Path(__file__).parent), out=str(small), folder=str(here))
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stdout.readline() == b"writing\n"
        time.sleep(0.1)
        process.send_signal(getattr(signal, f"SIG{how}"))
        _, told = process.communicate(timeout=60)
    assert process.returncode == (1 if how != "KILL" else -signal.SIGKILL), told
    assert snapshot(here) == earlier and snapshot(small) == before
    beside = [name for name in left(here) if name != "here"]
    if how == "KILL":
        assert len(beside) == 1 and re.fullmatch(r"\.here-\w{8}\.part", beside[0])
    else:
        assert beside == [] and b"densitometer: stopped" in told
    assert run(small, "--as", "tidy", "-o", here).exit_code == 0  # takes away what the other left
    assert (snapshot(here), left(here)) == (earlier, ["here"])
