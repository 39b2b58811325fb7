"""A run goes on where an earlier one ended, however that ended; nothing is lost and nothing counted twice."""

from __future__ import annotations

import json
import multiprocessing
import os
import re
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from densitometer.errors import ResultsError
from densitometer.results import PhotoResult, Record, ResultsFolder, Wanted, read_results
from densitometer.results.atomic import PART, write_whole
from densitometer.results.chain import check_chain
from densitometer.results.made import agrees, difference, made_of
from densitometer.results.resume import NOT_REACHED, Stored, decide
from densitometer.results.schema import COMPARISON_TABLES
from densitometer.results.tables import run_text, write_csv
from densitometer.results.trail import read_trail
from densitometer.settings import FieldSettings, Settings
from written_folders import Run, cells, failed, numbers, result, snapshot, stamps, superseded, wanted, write

A, B, C = result("a.jpg"), result("b.jpg"), result("c.jpg")
VARYING = ("audit.jsonl", "results.sqlite")


def actions(out: Path) -> list[str]:
    return [entry.action for entry in read_trail(out / "audit.jsonl")]


def to_measure(out: Path, *given: PhotoResult) -> set[str]:
    """What a command would measure, without any of it happening after planning."""
    with ResultsFolder.open(out) as folder:
        return Run(folder, given, {}).to_measure


# ---- what a result is made of


MADE = made_of("ab12", 5.0, False, Settings())
OTHER: Mapping[str, tuple[object, str]] = {
    "sha256": ("cd34", "the file is another"),
    "um_per_px": (
        5.5,
        "measured with 5.0 um per px stated by the command, now with 5.5 um per px stated by the command",
    ),
    "scale_from": ("visits", "measured with 5.0 um per px .* command, now with 5.0 um per px stated by the visits"),
    "settings_sha256": ("0", "the settings differ"),
    "densitometer": ("9.9", "measured by densitometer .*, now 9.9"),
    "model_sha256": ("0", "the weights of the network differ"),
    "libraries": ({"numpy": "0.1"}, "measured by numpy .*, now 0.1"),
}


def test_what_a_result_is_made_of_is_plain_and_complete() -> None:
    assert set(MADE) == set(OTHER)
    assert json.loads(json.dumps(MADE)) == MADE
    assert made_of("ab12", None, True, Settings())["scale_from"] is None
    assert made_of("ab12", 5.0, True, Settings())["scale_from"] == "visits"
    ridge = Settings(method="ridge")
    assert made_of("ab12", None, False, ridge)["model_sha256"] is None
    assert made_of("ab12", None, False, ridge)["settings_sha256"] != MADE["settings_sha256"]
    region = Settings(field=FieldSettings(region="circle:5"))
    assert made_of("ab12", None, False, region)["settings_sha256"] != MADE["settings_sha256"]


@pytest.mark.parametrize("name", OTHER)
def test_every_single_thing_that_differs_is_told_and_means_measuring_again(tmp_path: Path, name: str) -> None:
    other, sentence = OTHER[name]
    now = {**MADE, name: other}
    assert not agrees(MADE, now)
    write(tmp_path, result(made=MADE))
    again = result(made=now, hair_count=7)
    assert to_measure(tmp_path, again) == {"a.jpg"}
    assert [row["reason"] for row in cells_of_record(tmp_path)] == [NOT_REACHED]
    write(tmp_path, again)
    assert [row["hair_count"] for row in cells(tmp_path / "photos.csv")] == ["7"]
    ((number, photo, why),) = superseded(tmp_path)
    assert (number, photo) == (1, "a.jpg")
    assert re.search(sentence, why), why
    assert difference(MADE, now) == why
    assert (tmp_path / "superseded" / "1.png").read_bytes() == b"png"
    assert numbers(tmp_path) == {"a.jpg": 2}


def test_what_differs_in_several_ways_is_told_in_one_sentence() -> None:
    now = {**MADE, "sha256": "cd34", "settings_sha256": "0"}
    assert difference(MADE, now) == "the file is another; the settings differ"
    assert difference(MADE, MADE) == ""
    ridge = made_of("ab12", 5.0, False, Settings(method="ridge"))
    assert difference(ridge, MADE) == "the method was ridge, now network"
    assert difference(MADE, ridge) == "the method was network, now ridge"


def test_a_file_that_cannot_be_read_is_never_taken_for_one_that_could_not() -> None:
    unread = {**MADE, "sha256": None}
    assert not agrees(unread, unread)
    assert agrees(unread, MADE, but_file=True)


def cells_of_record(out: Path) -> list[dict[str, object]]:
    with closing(Record.read(out / "results.sqlite")) as record:
        return [dict(row) for row in record.photo_rows()]


# ---- going on


def test_only_what_is_not_done_is_measured(tmp_path: Path) -> None:
    write(tmp_path, A, B)
    with ResultsFolder.open(tmp_path) as folder:
        run = Run(folder, [A, B, C], {})
        assert run.to_measure == {"c.jpg"}
        folder.add(C)
        run.finish()
    assert [row["photo"] for row in cells(tmp_path / "photos.csv")] == ["a.jpg", "b.jpg", "c.jpg"]
    assert superseded(tmp_path) == []
    fresh = write(tmp_path / "fresh", A, B, C)
    assert snapshot(fresh, VARYING) == {
        name: data for name, data in snapshot(tmp_path, VARYING).items() if not name.startswith("fresh")
    }


@pytest.mark.parametrize("done", [0, 1, 2])
def test_a_run_that_was_stopped_and_goes_on_gives_the_bytes_of_one_that_was_not(tmp_path: Path, done: int) -> None:
    given = (A, failed("b.jpg"), C)
    out = write(tmp_path / "out", *given, order=[2, 0, 1], stop_after=done)
    rows = cells(out / "photos.csv")
    assert [row["photo"] for row in rows] == ["a.jpg", "b.jpg", "c.jpg"]
    assert sum(row["reason"] == NOT_REACHED for row in rows) == 3 - done
    assert actions(out)[-1] == "stopped"
    write(out, *given)
    whole = write(tmp_path / "whole", *given)
    assert snapshot(out, VARYING) == snapshot(whole, VARYING)
    assert superseded(out) == []


def test_a_command_of_which_all_is_done_writes_nothing(tmp_path: Path) -> None:
    write(tmp_path, A, B)
    before = stamps(tmp_path)
    write(tmp_path, A, B)
    assert stamps(tmp_path) == before


def test_what_still_cannot_be_measured_changes_nothing_but_the_trail(tmp_path: Path) -> None:
    write(tmp_path, A, failed("b.jpg"))
    before = snapshot(tmp_path, ["audit.jsonl"])
    write(tmp_path, A, failed("b.jpg"))
    assert snapshot(tmp_path, ["audit.jsonl"]) == before
    assert actions(tmp_path)[-2:] == ["started", "finished"]


def test_what_can_be_measured_now_takes_the_place_of_its_reason(tmp_path: Path) -> None:
    write(tmp_path, A, failed("b.jpg"))
    write(tmp_path, A, B)
    assert [row["status"] for row in cells(tmp_path / "photos.csv")] == ["measured", "measured"]
    assert superseded(tmp_path) == [(2, "b.jpg", "it could not be measured then, and was tried again")]
    write(tmp_path, A, failed("b.jpg"))  # its file cannot be read any more
    assert superseded(tmp_path)[-1][1:] == ("b.jpg", "its file is not there or cannot be read now")
    assert cells(tmp_path / "photos.csv")[1]["reason"] == "it is blurred"


def test_an_overlay_that_is_gone_is_drawn_again(tmp_path: Path) -> None:
    write(tmp_path, A, B)
    (tmp_path / "overlays" / "a.jpg.png").unlink()
    assert to_measure(tmp_path, A, B) == {"a.jpg"}
    write(tmp_path, A, B)
    assert (tmp_path / "overlays" / "a.jpg.png").exists()
    assert superseded(tmp_path) == [(1, "a.jpg", "its overlay is missing")]


def test_only_files_that_may_be_done_are_worth_reading(tmp_path: Path) -> None:
    write(tmp_path, A, failed("b.jpg"), C)
    unread = [Wanted(one.photo, {**(one.made or {}), "sha256": None}) for one in (A, failed("b.jpg"), result("d.jpg"))]
    other = Wanted("c.jpg", made_of(None, 5.0, False, Settings()))
    with ResultsFolder.open(tmp_path) as folder:
        assert folder.candidates([*unread, other]) == {"a.jpg"}


def test_a_second_result_of_one_photograph_is_not_counted(tmp_path: Path) -> None:
    with ResultsFolder.open(tmp_path) as folder:
        run = Run(folder, [A, B], {})
        assert folder.add(A)
        assert not folder.add(result("a.jpg", hair_count=99))
        folder.add(B)
        run.finish()
    assert [row["hair_count"] for row in cells(tmp_path / "photos.csv")] == ["2", "2"]


# ---- superseded and restored


def test_a_photograph_no_longer_given_is_kept_and_restored_unmeasured(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path, A, B, C)
    first = snapshot(tmp_path, VARYING)
    write(tmp_path, B)
    assert "2 photographs are not among those given now" in caplog.text
    assert [row["photo"] for row in cells(tmp_path / "hairs.csv")] == ["b.jpg", "b.jpg"]
    why = "not among the photographs of the command"
    assert superseded(tmp_path) == [(1, "a.jpg", why), (3, "c.jpg", why)]
    assert {path.name for path in (tmp_path / "overlays").iterdir()} == {"b.jpg.png"}
    assert {path.name for path in (tmp_path / "superseded").iterdir()} == {"1.png", "3.png"}
    assert to_measure(tmp_path, A, B, C) == set()
    write(tmp_path, A, B, C)
    assert snapshot(tmp_path, VARYING) == first
    assert superseded(tmp_path) == []
    assert numbers(tmp_path) == {"a.jpg": 1, "b.jpg": 2, "c.jpg": 3}
    assert actions(tmp_path).count("restored") == 2
    with closing(read_results(tmp_path)) as record:
        assert record.kept("a.jpg") == A.kept
        assert record[0].thumbnail_jpeg == A.thumbnail_jpeg


def test_of_two_results_that_took_turns_each_is_measured_once(tmp_path: Path) -> None:
    one, two = result(made=MADE), result(made={**MADE, "um_per_px": 7.0}, hair_count=9, overlay_png=b"other")
    for given in (one, two, one, two):
        write(tmp_path, given)
    assert actions(tmp_path).count("measured") == 2
    assert [row["hair_count"] for row in cells(tmp_path / "photos.csv")] == ["9"]
    assert (tmp_path / "overlays" / "a.jpg.png").read_bytes() == b"other"
    assert (tmp_path / "superseded" / "1.png").read_bytes() == b"png"


def test_a_result_is_not_restored_without_its_overlay(tmp_path: Path) -> None:
    write(tmp_path, A, B)
    write(tmp_path, B)
    (tmp_path / "superseded" / "1.png").unlink()
    assert to_measure(tmp_path, A, B) == {"a.jpg"}


def test_a_superseded_result_is_known_by_the_same_hash(tmp_path: Path) -> None:
    write(tmp_path, A, B)
    with closing(read_results(tmp_path)) as record:
        before = record.digest(1)
    (told,) = [entry.facts["result_sha256"] for entry in read_trail(tmp_path / "audit.jsonl")
               if entry.action == "measured" and entry.facts["photo"] == "a.jpg"]  # fmt: skip
    write(tmp_path, B)
    with closing(read_results(tmp_path)) as record:
        assert record.digest(1) == before == told
        assert record.digest(2) != before
        with pytest.raises(KeyError):
            record.digest(3)


def test_results_change_places_with_their_overlays(tmp_path: Path) -> None:
    """Names that some system takes for one: the second gets a hash, so that another order changes both."""
    one, two = result("x.jpg", overlay_png=b"one"), result("X.jpg", overlay_png=b"two")
    write(tmp_path, one, two)
    first = {name: data for name, data in snapshot(tmp_path).items() if name.startswith("overlays/")}
    write(tmp_path, two, one)
    assert actions(tmp_path).count("measured") == 2
    with closing(read_results(tmp_path)) as record:
        for photo, png in (("x.jpg", b"one"), ("X.jpg", b"two")):
            (overlay,) = [found.overlay for found in record if found.photo == photo]
            assert (tmp_path / str(overlay)).read_bytes() == png
        assert [found.photo for found in record] == ["X.jpg", "x.jpg"]
    write(tmp_path, one, two)
    assert {name: data for name, data in snapshot(tmp_path).items() if name.startswith("overlays/")} == first


# ---- columns of visits.csv


def test_columns_of_visits_are_brought_up_to_date_without_measuring(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    visits = {"subject": "7", "visit": "1"}
    write(tmp_path, result(**visits, arm="verum"), result("b.jpg", **visits, arm="placebo"), further=["arm"])
    changed = (result(**visits, arm="verum", ward="3"), result("b.jpg", **visits, arm="verum", ward="3"))
    write(tmp_path, *changed, further=["arm", "ward"])
    rows = cells(tmp_path / "photos.csv")
    assert [(row["arm"], row["ward"], row["subject"]) for row in rows] == [("verum", "3", "7")] * 2
    assert list(rows[0])[-2:] == ["arm", "ward"]
    assert actions(tmp_path).count("measured") == actions(tmp_path).count("columns_changed") == 2
    told = [json.loads(line) for line in (tmp_path / "audit.jsonl").read_text().splitlines()]
    assert [entry["changes"] for entry in told if entry["action"] == "columns_changed"] == [
        {"ward": ["", "3"]},
        {"arm": ["placebo", "verum"], "ward": ["", "3"]},
    ]
    assert "columns of 2 photographs were brought up to date: arm, ward" in caplog.text
    fresh = write(tmp_path / "fresh", *changed, further=["arm", "ward"])
    for name in ("photos.csv", "hairs.csv"):
        assert (tmp_path / name).read_bytes() == (fresh / name).read_bytes()
    write(tmp_path, A, B)
    assert "arm" not in cells(tmp_path / "photos.csv")[0]
    assert actions(tmp_path).count("measured") == 2


def test_columns_of_visits_change_while_a_result_is_restored(tmp_path: Path) -> None:
    write(tmp_path, result(subject="7", arm="verum"), B, further=["arm"])
    write(tmp_path, B)
    write(tmp_path, result(subject="8", ward="3"), B, further=["ward"])
    assert [(row["subject"], row["ward"]) for row in cells(tmp_path / "photos.csv")] == [("8", "3"), ("", "")]
    assert actions(tmp_path).count("measured") == 2


def test_columns_change_of_one_that_cannot_be_measured(tmp_path: Path) -> None:
    def unfit(arm: str) -> PhotoResult:
        one = failed()
        return PhotoResult(one.photo, {**one.row, "arm": arm}, made=one.made)

    write(tmp_path, unfit("verum"), further=["arm"])
    write(tmp_path, unfit("placebo"), further=["arm"])
    assert [row["arm"] for row in cells(tmp_path / "photos.csv")] == ["placebo"]
    assert superseded(tmp_path) == []


# ---- files that someone changed


@pytest.mark.parametrize("name", ["photos.csv", "hairs.csv", "run.json", "report.html"])
def test_a_table_that_was_changed_is_kept_and_written_anew(
    tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path, A)
    before = snapshot(tmp_path, VARYING)
    (tmp_path / name).write_bytes(b"changed")
    write(tmp_path, A)
    after = snapshot(tmp_path, VARYING)
    stem, suffix = name.split(".")
    assert after.pop(f"set-aside/{stem}-1.{suffix}") == b"changed"
    assert after == before
    assert f"{name} was changed since it was written" in caplog.text
    assert "set_aside" in actions(tmp_path)
    (tmp_path / name).unlink()
    write(tmp_path, A)
    assert (tmp_path / name).read_bytes() == before[name]


def test_other_options_are_noted_without_measuring(tmp_path: Path) -> None:
    write(tmp_path, A, options={"visits": False})
    write(tmp_path, A, options={"visits": True})
    assert json.loads((tmp_path / "run.json").read_text())["options"] == {"visits": True}
    assert actions(tmp_path).count("measured") == 1


# ---- comparisons


def compared(out: Path) -> None:
    """Put comparisons into a folder as comparing does."""
    (out / "comparisons").mkdir()
    (out / "comparisons" / "a--b.jpg").write_bytes(b"picture")
    with closing(Record.open(out / "results.sqlite")) as record:
        written = record.written()
        record.comparisons.start()
        record.comparisons.add("changes", [{"baseline_photo": "a.jpg", "followup_photo": "b.jpg"}])
        record.comparisons.add_pictures("a.jpg", "b.jpg", "comparisons/a--b.jpg", None)
        record.describe({**record.run(), "compare": {"x": 1}})
        for name, columns in COMPARISON_TABLES.items():
            sha256 = write_csv(out / f"{name}.csv", columns, record.comparisons.cells(name))
            written[f"{name}.csv"] = sha256
        written["run.json"] = write_whole(out / "run.json", run_text(record.run()).encode())
        record.set_written(written)


def test_comparisons_go_when_a_result_changes(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write(tmp_path, A, failed("b.jpg"))
    compared(tmp_path)
    write(tmp_path, A, failed("b.jpg"))
    assert (tmp_path / "comparisons" / "a--b.jpg").exists()
    assert "comparisons_removed" not in actions(tmp_path)
    write(tmp_path, A, B)
    assert "the comparisons of visits" in caplog.text
    assert actions(tmp_path).count("comparisons_removed") == 1
    fresh = write(tmp_path / "fresh", A, B)
    left = {name.split("/")[0] for name in snapshot(tmp_path)} - {"fresh", "superseded"}
    assert left == {name.split("/")[0] for name in snapshot(fresh)}
    assert not (tmp_path / "comparisons").exists()
    assert (tmp_path / "run.json").read_bytes() == (fresh / "run.json").read_bytes()


def test_provenance_is_stored_anew_without_forgetting_what_was_written(tmp_path: Path) -> None:
    write(tmp_path, A)
    with closing(Record.open(tmp_path / "results.sqlite")) as record:
        written = record.written()
        record.describe({"x": 1})
        assert record.run() == {"x": 1}
        assert record.written() == written != {}


def test_comparisons_stay_when_only_a_table_was_changed(tmp_path: Path) -> None:
    write(tmp_path, A, B)
    compared(tmp_path)
    before = snapshot(tmp_path, VARYING)
    for name in ("changes.csv", "photos.csv", "run.json"):
        (tmp_path / name).unlink()
    write(tmp_path, A, B)
    assert snapshot(tmp_path, VARYING) == before
    before_again = stamps(tmp_path)
    write(tmp_path, A, B)
    assert stamps(tmp_path) == before_again


# ---- a record that cannot be gone on with


def test_a_record_of_another_version_is_set_aside_whole(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write(tmp_path, A)
    with closing(sqlite3.connect(tmp_path / "results.sqlite")) as connection:
        connection.execute("PRAGMA user_version = 0")
    before = snapshot(tmp_path)
    for number in (1, 2):
        write(tmp_path, A)
        assert "is from another version of densitometer; it is kept as set-aside/results-1.sqlite" in caplog.text
        after = snapshot(tmp_path)
        for name in ("results.sqlite", "photos.csv", "report.html", "overlays/a.jpg.png"):
            first, dot, rest = name.replace("/", "./", 1).partition(".")
            assert after[f"set-aside/{first}-{number}{dot if '/' not in rest else ''}{rest}"] == before[name]
        with closing(sqlite3.connect(tmp_path / "results.sqlite")) as connection:
            connection.execute("PRAGMA user_version = 0")
        before = snapshot(tmp_path)
    assert actions(tmp_path).count("set_aside") == 2


def test_a_damaged_record_is_set_aside_whole(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write(tmp_path, *(result(f"{i}.jpg") for i in range(40)))
    record = tmp_path / "results.sqlite"
    half = record.read_bytes()[: record.stat().st_size // 2]
    record.write_bytes(half)
    write(tmp_path, A)
    assert (tmp_path / "set-aside" / "results-1.sqlite").read_bytes() == half
    assert len(list((tmp_path / "set-aside" / "overlays-1").iterdir())) == 40
    assert "is damaged; it is kept as" in caplog.text
    assert numbers(tmp_path) == {"a.jpg": 1}


# ---- two at once


def hold(out: Path, ready: multiprocessing.synchronize.Event) -> None:
    with ResultsFolder.open(out):
        ready.set()
        time.sleep(120)


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[multiprocessing.process.BaseProcess]:
    """Another process that has a results folder open."""
    spawn = multiprocessing.get_context("spawn")
    ready = spawn.Event()
    other = spawn.Process(target=hold, args=(tmp_path, ready))
    other.start()
    assert ready.wait(60)
    yield other
    other.kill()
    other.join()
    other.close()


def test_a_second_run_is_refused_with_who_the_first_is(
    tmp_path: Path, holder: multiprocessing.process.BaseProcess
) -> None:
    who = rf"process {holder.pid} of \S+ on \S+, since \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d UTC"
    sentence = rf"another run is writing to .*: {who}; wait for it to end, or use another folder"
    with pytest.raises(ResultsError, match=sentence):
        ResultsFolder.open(tmp_path)


def test_a_run_that_was_killed_holds_nothing_up(tmp_path: Path, holder: multiprocessing.process.BaseProcess) -> None:
    holder.kill()
    holder.join()
    assert (tmp_path / ".running.json").exists()
    write(tmp_path, A)
    assert not (tmp_path / ".running.json").exists()


def test_the_lock_is_given_up_where_opening_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Record, "create", lambda *_: (_ for _ in ()).throw(ResultsError("no")))
        with pytest.raises(ResultsError, match="no"):
            ResultsFolder.open(tmp_path)
    write(tmp_path, A)


def test_others_may_read_while_a_run_goes_on(tmp_path: Path) -> None:
    with ResultsFolder.open(tmp_path) as folder:
        Run(folder, [A, B], {})
        folder.add(A)
        with closing(read_results(tmp_path)) as record:
            assert [one.measured for one in record] == [True, False]
            folder.add(B)
            assert [one.measured for one in record] == [True, True]


# ---- killed at every step


STEPS = ("os.replace", "os.fsync", "pathlib.Path.unlink")


class Killed(BaseException):
    """Stands for the end of the process: nothing that follows in it has any effect."""


def broken_off(out: Path, monkeypatch: pytest.MonkeyPatch, at: int, *commands: tuple[PhotoResult, ...]) -> bool:
    """Run commands and end them just before the given step on the disk; False when there are not as many steps."""
    seen = 0

    def counted(real: object) -> object:
        def step(*args: object, **kwargs: object) -> object:
            nonlocal seen
            seen += 1
            if seen >= at:
                raise Killed
            return real(*args, **kwargs)  # type: ignore[operator]

        return step

    with monkeypatch.context() as patch:
        for module, name in (("os", "replace"), ("os", "fsync")):
            patch.setattr(f"{module}.{name}", counted(getattr(os, name)))
        try:
            for given in commands:
                write(out, *given)
        except Killed:
            return True
    return False


def test_killed_before_any_step_on_the_disk_and_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Supersede, restore, measure and rename, broken off everywhere; then the same command again."""
    other = result("b.jpg", made={**MADE}, hair_count=5, overlay_png=b"other")
    first, second, third = (A, B), (other, C), (A, B, C)
    whole = tmp_path / "whole"
    for given in (first, second, third):
        write(whole, *given)
    at = 1
    while True:
        out = tmp_path / str(at)
        write(out, *first)
        if not broken_off(out, monkeypatch, at, second, third):
            break
        for given in (second, third):
            write(out, *given)
        assert snapshot_of_tables(out) == snapshot_of_tables(whole), at
        assert list(check_chain(out / "audit.jsonl")) == [], at
        assert list(out.rglob(f"*{PART}")) == [], at
        assert measured_once(out), at
        at += 1
    assert at > 30


def snapshot_of_tables(out: Path) -> dict[str, bytes]:
    files = snapshot(out, VARYING)
    return {name: data for name, data in files.items() if not name.startswith(("superseded", "set-aside"))}


def measured_once(out: Path) -> bool:
    """Tell whether the trail and the record agree on what was measured, and on how often."""
    told = [entry.facts["result"] for entry in read_trail(out / "audit.jsonl") if entry.action == "measured"]
    held = [number for number in numbers(out).values() if number] + [number for number, *_ in superseded(out)]
    return sorted(told) == sorted(held)  # type: ignore[type-var]


def test_lines_that_were_not_yet_in_the_trail_are_appended_once(tmp_path: Path) -> None:
    write(tmp_path, A)
    before = (tmp_path / "audit.jsonl").read_bytes()
    with ResultsFolder.open(tmp_path) as folder:
        Run(folder, [A, B], {})
        folder.add(B)
    whole = (tmp_path / "audit.jsonl").read_bytes()
    assert whole.startswith(before)
    lines = whole.splitlines(keepends=True)
    for cut in (len(lines[-1]), len(lines[-1]) - 20, 1, 0):  # not at all, in part, but for its end, entirely
        (tmp_path / "audit.jsonl").write_bytes(whole[: len(whole) - cut])
        with ResultsFolder.open(tmp_path):
            pass
        assert (tmp_path / "audit.jsonl").read_bytes() == whole, cut


def test_an_overlay_is_in_place_only_once_its_result_is_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_put(*_: object) -> None:
        raise Killed

    with ResultsFolder.open(tmp_path) as folder:
        Run(folder, [A, B], {})
        with monkeypatch.context() as patch:
            patch.setattr(Record, "put", no_put)
            with pytest.raises(Killed):
                folder.add(A)
        assert [path.name for path in (tmp_path / "overlays").iterdir()] == [f"a.jpg.png{PART}"]
    with ResultsFolder.open(tmp_path) as folder:
        assert list((tmp_path / "overlays").iterdir()) == []
        assert Run(folder, [A, B], {}).to_measure == {"a.jpg", "b.jpg"}


def test_a_full_disk_ends_the_run_and_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with ResultsFolder.open(tmp_path) as folder:
        Run(folder, [A, B], {})
        folder.add(A)
        with monkeypatch.context() as patch:
            patch.setattr("os.fsync", full)
            with pytest.raises(ResultsError, match="No space left on device; is the disk full?"):
                folder.add(B)
    assert to_measure(tmp_path, A, B) == {"b.jpg"}
    write(tmp_path, A, B)
    assert snapshot(tmp_path, VARYING) == snapshot(write(tmp_path.parent / "whole", A, B), VARYING)


# ---- decisions alone


def test_an_older_result_that_holds_is_taken_rather_than_measuring() -> None:
    old = Stored("a.jpg", 4, True, MADE, "superseded/4.png", "0")
    now = Stored("a.jpg", 9, True, {**MADE, "um_per_px": 9.0}, "overlays/a.jpg.png", "1", place=1)
    files = {"superseded/4.png", "overlays/a.jpg.png"}
    decision = decide([Wanted("a.jpg", MADE)], {"a.jpg": now}, {"a.jpg": [old]}, files)
    (place,) = decision.places
    assert (place.stored, place.restored, place.to_measure) == (old, True, False)
    assert decision.superseded == ((now, difference({**MADE, "um_per_px": 9.0}, MADE)),)
    assert wanted(A).photo == "a.jpg"
