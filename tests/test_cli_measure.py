from __future__ import annotations

import csv
import functools
import hashlib
import json
import logging
import os
import re
import shutil
import sqlite3
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import densitometer.batch.pool
from densitometer.batch import Job
from densitometer.batch.work import Draw, Task, work
from densitometer.cli.main import main
from densitometer.errors import DensitometerError
from densitometer.results import PhotoResult
from densitometer.settings import Settings
from densitometer.strands import weights
from fakes import BUG, FINE, KILL, fake_measure, make_photo
from written_folders import stamps

Run = Callable[..., Result]

TABLES = ("photos.csv", "hairs.csv", "run.json", "results.sqlite", "report.html")
WRITTEN = {*TABLES, "overlays", "audit.jsonl", ".lock"}


def in_this_process(
    jobs: Sequence[Job], settings: Settings, *, draw: Draw, stop: threading.Event, **_: object
) -> Iterator[PhotoResult]:
    """Measure with the fake measurement, without the time that processes take to start."""
    for job in jobs:
        if stop.is_set():
            return
        outcome = work(Task(job, settings, draw, fake_measure))
        if outcome.log:
            logging.getLogger("densitometer.batch").error("%s", outcome.log)
        yield outcome.result


@pytest.fixture
def measure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run the verb with the fake measurement, in ``tmp_path``, into ``out``."""
    monkeypatch.setattr(densitometer.batch, "measure_batch", in_this_process)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object, out: str = "out") -> Result:
        result = CliRunner().invoke(main, ["measure", *map(str, arguments), "-o", out])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return run


@pytest.fixture
def measure_in_processes(measure: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Like ``measure``, but in processes of their own."""
    batch = functools.partial(densitometer.batch.pool.measure_batch, measure=fake_measure)
    monkeypatch.setattr(densitometer.batch, "measure_batch", batch)
    return measure


def rows(out: Path | str = "out", table: str = "photos.csv") -> list[dict[str, str]]:
    with (Path(out) / table).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_folder_becomes_every_file_of_the_contract(measure: Run) -> None:
    for name in ("a.png", "v1/b.png"):
        make_photo(Path("in") / name)
    result = measure("in", "--um-per-px", "5.5")
    assert result.exit_code == 0
    assert {path.name for path in Path("out").iterdir()} == WRITTEN
    assert sorted(path.name for path in Path("out/overlays").iterdir()) == ["a.png.png", "v1__b.png.png"]
    assert [(row["photo"], row["status"], row["um_per_px"], row["scale_source"]) for row in rows()] == [
        ("a.png", "measured", "5.5", "stated"),
        ("v1/b.png", "measured", "5.5", "stated"),
    ]
    assert [(row["photo"], row["hair"]) for row in rows(table="hairs.csv")] == [
        ("a.png", "1"), ("a.png", "2"), ("v1/b.png", "1"), ("v1/b.png", "2"),
    ]  # fmt: skip
    assert "2 of 2 photographs measured" in result.stdout
    assert f"Report: {Path('out') / 'report.html'}" in result.stdout
    assert result.stderr == ""


def test_one_or_two_workers_write_the_same_bytes(measure_in_processes: Run) -> None:
    for i, order in enumerate([FINE, BUG, FINE, FINE]):
        make_photo(Path("in") / f"{i}.png", order, grey=90 + i)
    for workers in ("1", "2"):
        assert measure_in_processes("in", "--workers", workers, out=workers).exit_code == 3
    assert [row["status"] for row in rows("1")] == ["measured", "not_measured", "measured", "measured"]
    files = {path.relative_to("1") for path in Path("1").rglob("*") if path.is_file()}
    assert files == {path.relative_to("2") for path in Path("2").rglob("*") if path.is_file()}
    for file in files - {Path("audit.jsonl")}:
        assert ("1" / file).read_bytes() == ("2" / file).read_bytes(), file


def test_no_output_holds_the_place_of_the_photographs(measure: Run, tmp_path: Path) -> None:
    make_photo(tmp_path / "in" / "a.png")
    make_photo(tmp_path / "in" / "b.png", BUG)
    measure(tmp_path / "in", tmp_path / "none.jpg", out=str(tmp_path / "out"))
    for name in TABLES:
        assert str(tmp_path).encode() not in (tmp_path / "out" / name).read_bytes(), name


def test_whatever_cannot_be_measured_is_a_row_and_exit_code_3(measure_in_processes: Run) -> None:
    make_photo(Path("in/a.png"))
    make_photo(Path("in/b.png"), BUG)
    make_photo(Path("in/kill.png"), KILL)
    make_photo(Path("in/tiny.png")).write_bytes(make_photo(Path("in/tiny.png")).read_bytes()[:50])
    Path("in/empty.jpg").write_bytes(b"")
    Path("in/text.jpg").write_text("no picture")
    Path("in/folder.jpg").mkdir()
    Path("in/notes.txt").write_text("x")
    result = measure_in_processes("in", "in/notes.txt", "gone.jpg", "--workers", "2")
    assert result.exit_code == 3
    status = {row["photo"]: (row["status"], bool(row["reason"])) for row in rows()}
    assert status.pop("a.png") == ("measured", False)
    assert set(status) == {
        "b.png", "kill.png", "tiny.png", "empty.jpg", "text.jpg", "folder.jpg", "notes.txt", "gone.jpg",
    }  # fmt: skip
    assert set(status.values()) == {("not_measured", True)}
    assert all(row["hair_count"] == "" for row in rows() if row["status"] == "not_measured")
    assert "1 of 9 photographs measured; 1 other file in the folders passed over" in result.stdout
    assert "Traceback" in result.stderr  # of the bug, so that it can be reported


posix = pytest.mark.skipif(os.name != "posix", reason="such names need a POSIX system")


@posix
def test_nasty_names_stay_in_the_folder_and_harm_no_table(measure: Run) -> None:
    names = [
        "a b.png", "Größe é.png", "it's \"quoted\".png", "<script>alert(1)<script>.png", "=cmd|' C calc'!A0.png",
        "-1+1.png", "@x.png", "line\nbreak.png", "esc\x1b[31m.png", "[bold]x[/bold.png", "{{7*7}}.png", "%s%n.png",
    ]  # fmt: skip
    for name in names:
        make_photo(Path("in") / name)
    result = measure("in", "--um-per-px", "5")
    assert result.exit_code == 0
    assert "\x1b" not in result.output
    photos = [row["photo"] for row in rows()]
    assert len(photos) == len(set(photos)) == len(names)
    assert {photo for photo in photos if photo[0] in "=+-@"} == set()
    assert {photo.removeprefix("'") for photo in photos} == set(names)
    with closing(sqlite3.connect("out/results.sqlite")) as record:
        assert {photo for (photo,) in record.execute("SELECT photo FROM photos")} == set(names)
        overlays = [overlay for (overlay,) in record.execute("SELECT overlay FROM pictures")]
    assert sorted(os.listdir("out/overlays")) == sorted(Path(overlay).name for overlay in overlays)
    assert {path.name for path in Path().iterdir()} == {"in", "out"}
    assert {path.name for path in Path("out").iterdir()} == WRITTEN
    page = Path("out/report.html").read_text(encoding="utf-8")
    assert "<script>alert(1)" not in page
    assert "{{7*7}}" in page
    assert "49.png" not in page


@posix
def test_a_name_that_is_not_utf8_is_no_hindrance(measure: Run) -> None:
    try:
        make_photo(Path("in") / os.fsdecode(b"caf\xe9.png"))
    except OSError:
        pytest.skip("the file system refuses such names")
    assert measure("in").exit_code == 0
    assert rows()[0]["photo"] == "caf\\xe9.png"


# ---- wrong use: one sentence, exit code 2, nothing written


def refused(result: Result, sentence: str) -> None:
    assert result.exit_code == 2
    assert re.search(sentence, result.stderr), result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith("densitometer: ")
    assert not Path("out").exists() or Path("out").is_file()


def test_nothing_to_measure_is_wrong_use(measure: Run) -> None:
    Path("empty").mkdir()
    refused(measure("empty"), "there are no photographs")
    refused(measure("fodler"), "there is no such file or folder")


@pytest.mark.parametrize("scale", ["0", "-1", "nan", "inf", "1e9"])
def test_a_scale_that_cannot_be_true_is_wrong_use(measure: Run, scale: str) -> None:
    refused(measure(make_photo(Path("a.png")), f"--um-per-px={scale}"), "scale of .* cannot be true")


def test_bad_settings_are_wrong_use(measure: Run) -> None:
    photo = make_photo(Path("a.png"))
    Path("s.toml").write_text("[field]\nregoin = 'all'\n[phto]\n")
    refused(measure(photo, "--settings", "s.toml"), "s.toml.*regoin")
    refused(measure(photo, "--settings", "none.toml"), "none.toml")
    refused(measure(photo, "--region", "square:3"), "--region square:3: it is not a region")


@pytest.fixture
def damaged_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Let the package find weights that are not those its facts are of."""
    models = Path(str(files("densitometer"))) / "models"
    shutil.copytree(models, tmp_path / "package" / "models")
    with (tmp_path / "package" / "models" / f"{weights.NAME}.onnx").open("ab") as onnx:
        onnx.write(b"x")
    monkeypatch.setattr(weights, "files", lambda _: tmp_path / "package")
    weights.packaged_model.cache_clear()
    yield
    weights.packaged_model.cache_clear()


@pytest.mark.usefixtures("damaged_model")
def test_a_damaged_model_is_told_before_anything_is_measured(measure: Run) -> None:
    photo = make_photo(Path("a.png"))
    refused(measure(photo, "--method", "network"), "SHA-256 is another.*--method ridge")
    Path("s.toml").write_text('method = "network"')
    refused(measure(photo, "--settings", "s.toml"), "--method ridge")
    assert measure(photo, "--settings", "s.toml", "--method", "ridge").exit_code == 0


def test_an_unknown_method_is_wrong_use(measure: Run) -> None:
    result = measure(make_photo(Path("a.png")), "--method", "eye")
    assert result.exit_code == 2
    assert "'network', 'ridge'" in result.stderr
    Path("s.toml").write_text('method = "eye"')
    refused(measure("a.png", "--settings", "s.toml"), "s.toml: method: .*'network' or 'ridge'")


def test_bad_visits_are_wrong_use(measure: Run) -> None:
    photo = make_photo(Path("a.png"))
    Path("visits.csv").write_text("photo,hair_count\na.png,3\n")
    refused(measure(photo, "--visits", "visits.csv"), "column hair_count has a name that densitometer itself writes")
    refused(measure(photo, "--visits", "none.csv"), "none.csv cannot be read")


def test_a_results_folder_that_is_a_file_is_wrong_use(measure: Run) -> None:
    Path("out").write_text("x")
    refused(measure(make_photo(Path("a.png"))), "out is a file")


def test_verbose_shows_where_an_error_came_from(measure: Run) -> None:
    result = measure("fodler", "-v")
    assert result.exit_code == 2
    assert "Traceback" in result.stderr


# ---- options


def test_quiet_prints_nothing(measure: Run) -> None:
    result = measure(make_photo(Path("a.png")), "-q")
    assert (result.exit_code, result.output) == (0, "")


def test_verbose_tells_each_photograph(measure: Run) -> None:
    result = measure(make_photo(Path("a.png")), make_photo(Path("b.png")), "-v")
    assert "INFO: a.png: 1 hairs" in result.stderr


def test_many_photographs_are_summed_up_by_kind(measure: Run) -> None:
    for i in range(24):
        make_photo(Path("in") / f"{i}.png")
    Path("in/x.jpg").write_bytes(b"")
    result = measure("in")
    shown = re.sub(r" +", " ", result.stdout)
    assert "status measured 24" in shown
    assert "status not_measured 1" in shown
    assert "flag no_scale 24" in shown
    assert "7.png" not in shown
    assert "24 of 25 photographs measured" in shown


def test_visits_are_carried_through_and_nothing_is_lost(measure: Run) -> None:
    for name in ("v1/a.png", "b.png", "new.png"):
        make_photo(Path("in") / name)
    Path("visits.csv").write_text(
        "photo;subject;visit_date;um_per_px;arm;days\nv1\\A.png;007;2024-01-31;4,5;=verum;-3\nb.png;8;;;;\ngone.png;9;;;;\n"
    )
    result = measure("in", "--visits", "visits.csv", "--um-per-px", "6")
    assert result.exit_code == 3
    table = {row["photo"]: row for row in rows()}
    first = table["v1/a.png"]
    assert [first[name] for name in ("subject", "visit_date", "um_per_px", "scale_source", "arm", "days")] == [
        "007", "2024-01-31", "4.5", "visits", "'=verum", "-3",
    ]  # fmt: skip
    assert list(first)[-7:] == ["subject", "site", "visit", "visit_date", "replicate", "arm", "days"]
    assert (table["b.png"]["um_per_px"], table["b.png"]["scale_source"]) == ("6", "stated")
    assert (table["new.png"]["status"], table["new.png"]["subject"]) == ("measured", "")
    assert (table["gone.png"]["status"], table["gone.png"]["subject"]) == ("not_measured", "9")
    assert table["gone.png"]["reason"].startswith("named in visits.csv but not found")
    assert "WARNING: 1 photograph not in visits.csv" in result.stderr


def test_the_run_says_what_was_asked(measure: Run) -> None:
    measure(make_photo(Path("a.png")), "--region", "circle:11.3", "--workers", "1")
    run = json.loads(Path("out/run.json").read_text(encoding="utf-8"))
    assert run["settings"]["field"]["region"] == "circle:11.3"
    assert run["options"]["region"] == "circle:11.3"
    assert "workers" not in run["options"]


@pytest.mark.parametrize("method", ["network", "ridge"])
def test_the_run_says_the_method_and_its_model(measure: Run, method: str) -> None:
    assert measure(make_photo(Path("a.png")), "--method", method).exit_code == 0
    run = json.loads(Path("out/run.json").read_text(encoding="utf-8"))
    assert run["settings"]["method"] == run["options"]["method"] == method
    facts = weights.packaged_model().facts
    known = (facts.name, facts.version, facts.sha256) if method == "network" else (None, None, None)
    assert (run["model"], run["model_version"], run["model_sha256"]) == known


def test_help_says_what_is_used_without_a_method(measure: Run) -> None:
    help_text = " ".join(CliRunner().invoke(main, ["measure", "--help"]).stdout.split())
    assert f"which is {Settings().method} unless changed" in help_text


# ---- going on


def test_the_same_command_again_has_nothing_to_do(measure: Run) -> None:
    for name in ("a.png", "b.png"):
        make_photo(Path("in") / name)
    measure("in", "--um-per-px", "5")
    before = stamps(Path("out"))
    result = measure("in", "--um-per-px", "5")
    assert result.exit_code == 0
    assert "All 2 photographs were measured before; nothing to do." in result.stdout
    assert stamps(Path("out")) == before


def test_a_photograph_that_is_added_is_measured_and_the_others_are_not(measure: Run) -> None:
    make_photo(Path("in/b.png"))
    measure("in")
    make_photo(Path("in/a.png"))
    result = measure("in", "-v")
    assert "2 of 2 photographs measured, 1 of them before." in result.stdout
    assert [line for line in result.stderr.splitlines() if "hairs" in line] == ["INFO: a.png: 1 hairs"]
    assert [row["photo"] for row in rows()] == ["a.png", "b.png"]


@pytest.mark.parametrize(
    "change",
    [
        ["--um-per-px", "6"],
        ["--region", "circle:3"],
        ["--method", "ridge"],
        ["--visits", "v.csv"],
        ["--settings", "s.toml"],
    ],
)
def test_whatever_changes_the_numbers_means_measuring_again(measure: Run, change: list[str]) -> None:
    make_photo(Path("in/a.png"))
    Path("v.csv").write_text("photo,um_per_px\na.png,5\n")
    Path("s.toml").write_text("[field]\nregion = 'circle:4'\n")
    measure("in", "--um-per-px", "5")
    before = Path("out/overlays/a.png.png").read_bytes()
    result = measure("in", "--um-per-px", "5", *change)
    assert "1 of 1 photographs measured." in result.stdout
    assert [path.read_bytes() for path in Path("out/superseded").iterdir()] == [before]
    back = measure("in", "--um-per-px", "5")
    assert "All 1 photographs were measured before" in back.stdout
    assert Path("out/overlays/a.png.png").read_bytes() == before


def test_a_file_that_changed_is_measured_again(measure: Run) -> None:
    make_photo(Path("in/a.png"), grey=100)
    measure("in", "--um-per-px", "5")
    first = rows()[0]
    make_photo(Path("in/a.png"), grey=200)
    measure("in", "--um-per-px", "5")
    assert rows()[0]["sha256"] != first["sha256"]
    assert rows()[0]["density_per_cm2"] != first["density_per_cm2"]


def test_columns_of_visits_change_without_measuring(measure: Run) -> None:
    make_photo(Path("in/a.png"))
    for arm in ("verum", "placebo"):
        Path("visits.csv").write_text(f"photo,subject,arm\na.png,7,{arm}\n")
        result = measure("in", "--visits", "visits.csv")
        assert rows()[0]["arm"] == arm
    assert "All 1 photographs were measured before" in result.stdout


def test_a_photograph_that_is_no_longer_given_is_told(measure: Run) -> None:
    for name in ("a.png", "b.png"):
        make_photo(Path("in") / name)
    measure("in")
    result = measure("in/a.png")
    assert "WARNING: 1 photograph is not among those given now" in result.stderr
    assert [row["photo"] for row in rows()] == ["a.png"]


def test_the_trail_tells_what_was_given_and_with_what_it_was_measured(measure: Run, tmp_path: Path) -> None:
    make_photo(Path("in/a.png"))
    measure("in", tmp_path / "in" / "a.png", "--region", "circle:3")
    trail = [json.loads(line) for line in Path("out/audit.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [entry["action"] for entry in trail] == ["started", "measured", "tables_written", "finished"]
    started, measured, written, _ = trail
    assert started["sources"] == ["../in", "../in/a.png"]
    assert started["settings"]["field"]["region"] == started["options"]["region"] == "circle:3"
    assert (started["photographs"], started["to_measure"], started["done"]) == (1, 1, 0)
    assert measured["photo_sha256"] == rows()[0]["sha256"]
    assert measured["settings_sha256"] == started["settings_sha256"]
    assert set(written["files"]) == {"photos.csv", "hairs.csv", "run.json", "report.html"}


def test_what_was_measured_by_another_version_of_the_record_is_set_aside(measure: Run) -> None:
    make_photo(Path("in/a.png"))
    measure("in")
    with closing(sqlite3.connect("out/results.sqlite")) as record:
        record.execute("PRAGMA user_version = 0")
    result = measure("in")
    assert result.exit_code == 0
    assert "is from another version of densitometer; it is kept as set-aside/results-1.sqlite" in result.stderr
    assert Path("out/set-aside/overlays-1/a.png.png").exists()


# ---- stopping


@pytest.fixture
def stopped_after_one(measure: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while the first photograph is being measured."""

    def batch(jobs: Sequence[Job], settings: Settings, *, stop: threading.Event, **how: Any) -> Iterator[PhotoResult]:
        yield from in_this_process(jobs[:1], settings, stop=stop, **how)
        stop.set()

    monkeypatch.setattr(densitometer.batch, "measure_batch", batch)


@pytest.mark.usefixtures("stopped_after_one")
def test_stopping_keeps_what_is_done_and_gives_the_rest_a_row(measure: Run) -> None:
    for name in ("a.png", "b.png", "c.png"):
        make_photo(Path("in") / name)
    result = measure("in")
    assert result.exit_code == 1
    assert "the same command goes on from there" in result.stderr
    assert "1 of 3 photographs measured." in result.stdout
    assert [(row["photo"], row["status"]) for row in rows()] == [
        ("a.png", "measured"), ("b.png", "not_measured"), ("c.png", "not_measured"),
    ]  # fmt: skip
    assert rows()[2]["reason"].startswith("the run was stopped before")
    assert "2 of 3 photographs measured, 1 of them before." in measure("in").stdout
    last = measure("in")
    assert last.exit_code == 0
    assert "3 of 3 photographs measured, 2 of them before." in last.stdout


def test_a_run_that_is_ended_at_once_keeps_what_was_measured(measure: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    make_photo(Path("in/a.png"))
    make_photo(Path("in/b.png"))

    def batch(jobs: Sequence[Job], *rest: Any, **how: Any) -> Iterator[PhotoResult]:
        yield from in_this_process(jobs[:1], *rest, **how)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(densitometer.batch, "measure_batch", batch)
        result = measure("in")
    assert result.exit_code == 1
    assert "stopped at once; what was measured until then is kept" in result.stderr
    assert "2 of 2 photographs measured, 1 of them before." in measure("in").stdout


def test_a_disk_that_is_full_is_told_and_the_same_command_finishes(
    measure: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_photo(Path("in/a.png"))

    def full(*_: object) -> str:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("densitometer.results.folder.write_part", full)
        result = measure("in")
    assert result.exit_code == 1
    assert re.search("a.png.png.part cannot be written: No space left on device; is the disk full", result.stderr)
    assert measure("in").exit_code == 0


def test_a_report_that_fails_does_not_cost_the_tables(measure: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("template")

    with monkeypatch.context() as patch:
        patch.setattr("densitometer.report.page.render_report", fail)
        result = measure(make_photo(Path("a.png")))
    assert result.exit_code == 1
    assert len(rows()) == 1
    assert "report.html could not be written" in result.stderr
    assert measure("a.png").exit_code == 0
    assert Path("out/report.html").exists()


def test_what_was_done_is_written_where_the_work_cannot_go_on(measure: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "ab":
        make_photo(Path(f"in/{name}.png"))
    batch = densitometer.batch.measure_batch

    def lost(*words: object, **more: object) -> Generator[object, None, None]:
        yield next(iter(batch(*words, **more)))  # type: ignore[arg-type]
        raise DensitometerError("the scheduler was lost")

    monkeypatch.setattr(densitometer.batch, "measure_batch", lost)
    done = measure("in", "-o", "out")
    assert done.exit_code == 1
    assert "the scheduler was lost" in done.stderr
    assert sorted(row["status"] for row in rows()) == ["measured", "not_measured"]


def test_a_table_of_visits_that_is_missing_now_is_told(measure: Run) -> None:
    make_photo(Path("in/a.png"))
    Path("v.csv").write_text("photo,subject,visit\na.png,7,1\n")
    assert "earlier run" not in measure("in", "-o", "out", "--visits", "v.csv").stderr
    done = measure("in", "-o", "out")
    assert "the earlier run had a table of visits, and this one has none" in done.stderr
    assert "columns of 1 photograph were brought up to date: subject, visit" in done.stderr
    assert "measured before; 0" not in done.stdout and "nothing to do" not in done.stdout
    started = [line for line in Path("out/audit.jsonl").read_text().splitlines() if '"action": "started"' in line]
    sha256 = hashlib.sha256(Path("v.csv").read_bytes()).hexdigest()
    assert [json.loads(line)["files"] for line in started] == [{"v.csv": sha256}, {}]
