"""``densitometer verify``: what someone forges who knows how a results folder is made, but for a trail made anew."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from tests.test_cli_verify import cell_changed, clean, copy, faults, is_told, lines_changed, measure, run, sql, study

from densitometer.results.account import stated_files
from densitometer.results.files import may_move
from densitometer.results.schema import altered_schema
from densitometer.results.trail import Trail, read_trail

__all__ = ["copy", "study"]  # fixtures

TRIGGER = "CREATE TRIGGER x AFTER INSERT ON photos BEGIN UPDATE photos SET density_per_cm2 = 999; END"


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        (TRIGGER, "altered: results.sqlite, trigger x: it is not as densitometer makes it"),
        ("CREATE TABLE further (x)", "altered: results.sqlite, table further: it is not as"),
        ("DROP TABLE tracks", "altered: results.sqlite"),
        ("UPDATE superseded SET photo = 'visit_2.jpg' WHERE result = 1",
         "altered: results.sqlite, superseded result 1 (visit_2.jpg): entry # of audit.jsonl tells of it as one"),
        ("UPDATE superseded SET status = 'not_measured' WHERE result = 1",
         "altered: results.sqlite, superseded result 1 (visit_1.jpg): its status is not_measured instead of measured"),
        ("UPDATE superseded SET superseded_at = '2020-01-01T00:00:00.000Z' WHERE result = 2",
         "altered: results.sqlite, superseded result 2 (visit_2.jpg): it says that it was superseded at 2020-01-01"),
        ("UPDATE superseded SET superseded_at = 'once' WHERE result = 2",
         "altered: results.sqlite, superseded result 2 (visit_2.jpg): it says that it was superseded at once"),
        ("UPDATE comparison_pictures SET baseline_photo = followup_photo, followup_photo = baseline_photo",
         "altered: results.sqlite, table comparison_pictures (visit_2.jpg and visit_1.jpg): comparisons/visit_1.jpg"),
        ("UPDATE comparison_pictures SET picture = blink, blink = picture",
         "altered: results.sqlite, table comparison_pictures (visit_1.jpg and visit_2.jpg): comparisons/visit_1.jpg"),
        ("UPDATE run SET value = replace(value, 'a', 'b') WHERE key = 'written'",
         "altered: audit.jsonl: it does not tell of"),
        ("UPDATE run SET value = '{\"photos.csv\": \"00\"}' WHERE key = 'written'",
         "altered: audit.jsonl: it does not tell of photos.csv as the record says"),
        ("UPDATE run SET value = '[' WHERE key = 'written'", "altered: results.sqlite: it cannot be read"),
        ("UPDATE run SET value = '{}' WHERE key = 'written'", "unfinished: results.sqlite: the run was killed"),
        ("INSERT INTO moves VALUES (1, '../victim', NULL)",
         "altered: results.sqlite, table moves: it would have '../victim' renamed or deleted: it was put in"),
        ("INSERT INTO outbox (line) VALUES ('x')", "altered: results.sqlite, table outbox: a line in it is no entry"),
    ],
)  # fmt: skip
def test_what_is_forged_in_the_record_is_named(copy: Path, statement: str, told: str) -> None:
    sql_any(copy / "out", statement)
    result = run("verify", copy / "out")
    assert result.exit_code == 3
    assert is_told(told, faults(result)), result.stdout


def sql_any(out: Path, statement: str) -> None:
    with closing(sqlite3.connect(out / "results.sqlite")) as connection:
        connection.execute(statement)
        connection.commit()


def test_overlays_that_were_swapped_are_found(copy: Path) -> None:
    overlays = copy / "out" / "overlays"
    for old, new in (("visit_1.jpg.png", "x"), ("visit_2.jpg.png", "visit_1.jpg.png"), ("x", "visit_2.jpg.png")):
        os.replace(overlays / old, overlays / new)
    sql(copy / "out", "UPDATE pictures SET overlay = 'overlays/visit_' || (3 - place) || '.jpg.png'")
    told = faults(run("verify", copy / "out"))
    begin = "altered: results.sqlite, table pictures (visit_1.jpg): it names overlays/visit_2.jpg.png for its overlay"
    assert is_told(begin, told), told


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_trail_that_was_cut_off_is_found_without_its_head(study: Path, tmp_path: Path, count: int) -> None:
    shutil.copytree(study / "in", tmp_path / "in")
    shutil.copyfile(study / "visits.csv", tmp_path / "visits.csv")
    measure(tmp_path)
    lines_changed(tmp_path / "out" / "audit.jsonl", lambda lines: lines[:-count])
    with (tmp_path / "out" / "report.html").open("a") as file:
        file.write("forged")
    told = faults(run("verify", tmp_path / "out"))
    assert any("audit.jsonl: " in line and "its end was cut off" in line for line in told), told
    assert any(line.split(": ")[1] == "report.html" for line in told), told


def test_a_trail_cut_off_after_comparing_is_found(copy: Path) -> None:
    lines_changed(copy / "out" / "audit.jsonl", lambda lines: lines[:-1])
    told = faults(run("verify", copy / "out"))
    assert is_told("altered: audit.jsonl: it does not tell of ", told), told


def test_a_line_that_does_not_follow_the_trail_is_taken_by_no_one(copy: Path) -> None:
    other = Trail.open(copy / "other.jsonl")
    other.write("started")
    line = other.compose("finished")
    with closing(sqlite3.connect(copy / "out" / "results.sqlite")) as connection:
        connection.execute("INSERT INTO outbox (line) VALUES (?)", (line,))
        connection.commit()
    before = (copy / "out" / "audit.jsonl").read_bytes()
    told = faults(run("verify", copy / "out"))
    assert is_told("altered: results.sqlite, table outbox: entry 2 in it does not follow entry ", told), told
    result = measure(copy)
    assert result.exit_code in (1, 2)
    assert "does not follow its last entry" in " ".join(result.stderr.split())
    assert (copy / "out" / "audit.jsonl").read_bytes() == before


@pytest.mark.parametrize("target", [None, "overlays/visit_1.jpg.png"])
def test_a_file_outside_of_the_folder_is_neither_deleted_nor_moved(copy: Path, target: str | None) -> None:
    (copy / "victim").write_text("mine")
    with closing(sqlite3.connect(copy / "out" / "results.sqlite")) as connection:
        connection.execute("INSERT INTO moves VALUES (1, '../victim', ?)", (target,))
        connection.commit()
    for result in (measure(copy), run("compare", copy / "out", "-q", "--workers", 1)):
        assert result.exit_code in (1, 2)
        assert "it would have '../victim' renamed or deleted" in " ".join(result.stderr.split())
    assert (copy / "victim").read_text() == "mine"


@pytest.mark.parametrize(
    ("source", "target", "may"),
    [
        ("overlays/a.png", "superseded/1.png", True),
        ("overlays/a.png.part", "overlays/a.png", True),
        ("comparisons/a--b.gif", None, True),
        ("changes.csv", None, True),
        ("photos.csv.part", "photos.csv", True),
        ("results.sqlite", None, False),
        ("audit.jsonl", None, False),
        ("overlays/../../a", None, False),
        ("overlays/..", None, False),
        ("overlays/a.png", "../a.png", False),
        ("overlays/a.png", "/a.png", False),
        ("/etc/passwd", None, False),
        ("overlays/a\\..\\..\\b", None, False),
        ("set-aside/a", None, False),
        ("", None, False),
        (None, None, False),
    ],
)
def test_only_our_own_files_may_be_moved(source: str | None, target: str | None, may: bool) -> None:
    assert may_move(source, target) is may


def test_a_record_as_it_was_made_has_no_altered_schema(copy: Path) -> None:
    from densitometer.results.folder import read_results

    with closing(read_results(copy / "out")) as record:
        assert altered_schema(record.connection, record.columns) == []


def test_a_record_with_a_trigger_is_not_gone_on_with(copy: Path) -> None:
    sql_any(copy / "out", TRIGGER)
    result = run("compare", copy / "out", "-q", "--workers", 1)
    assert result.exit_code == 2
    assert "is damaged" in result.stderr
    result = measure(copy)
    assert result.exit_code == 0
    assert b",999." not in (copy / "out" / "photos.csv").read_bytes()
    (entry,) = (one for one in read_trail(copy / "out" / "audit.jsonl") if one.action == "set_aside")
    assert entry.facts["why"] == "results.sqlite was altered (trigger x)"
    clean(copy)


# ---- what a run that was killed leaves


def killed_within_a_change(out: Path) -> None:
    """Leave a record with a journal beside it that is to be rolled back."""
    with closing(sqlite3.connect(out / "results.sqlite", isolation_level=None)) as connection:
        connection.execute("PRAGMA cache_size = 1")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE kept SET view_jpeg = zeroblob(length(view_jpeg)), mask_png = zeroblob(90000)")
        connection.execute("UPDATE hairs SET width_um = 1")
        for name in ("results.sqlite", "results.sqlite-journal"):
            shutil.copyfile(out / name, out / f"{name}.x")
        connection.execute("ROLLBACK")
    for name in ("results.sqlite", "results.sqlite-journal"):
        os.replace(out / f"{name}.x", out / name)


def test_verifying_changes_nothing_where_a_run_was_killed_within_a_change(copy: Path) -> None:
    killed_within_a_change(copy / "out")
    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    told = "unfinished: results.sqlite-journal: a run was killed in the middle of a change; run the same command again"
    assert faults(run("verify", copy / "out")) == [told]
    assert {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()} == before
    measure(copy)
    clean(copy)


def test_a_record_that_another_program_holds_is_unchecked(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("densitometer.results.record._PATIENCE_S", 0.1)
    with closing(sqlite3.connect(copy / "out" / "results.sqlite", isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        result = run("verify", copy / "out")
    (told,) = faults(result)
    assert is_told("unchecked: results.sqlite: it cannot be read: ", [told])
    assert "did not write" not in result.stdout


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda out: cell_changed(out / "photos.csv"), "altered: photos.csv: "),
        (lambda out: cell_changed(out / "changes.csv", "lost"), "altered: changes.csv: "),
        (lambda out: (out / "report.html").write_text("mine"), "altered: report.html: "),
        (lambda out: (out / "hairs.csv").unlink(), "missing: hairs.csv: "),
    ],
)
def test_altered_files_are_named_in_an_unfinished_folder_too(
    copy: Path, change: Callable[[Path], object], where: str
) -> None:
    sql(copy / "out", "DELETE FROM run WHERE key = 'written'")
    change(copy / "out")
    told = faults(run("verify", copy / "out"))
    assert is_told("unfinished: results.sqlite: ", told)
    assert is_told(where, told), told
    assert len(told) == 2


def test_files_as_last_stated_are_read_from_the_trail(copy: Path) -> None:
    with closing(sqlite3.connect(copy / "out" / "results.sqlite")) as connection:
        (written,) = connection.execute("SELECT value FROM run WHERE key = 'written'").fetchone()
    assert stated_files(copy / "out" / "audit.jsonl") == json.loads(written)


# ---- photographs


@pytest.mark.skipif(os.name != "posix", reason="file names that are not UTF-8")
def test_a_folder_whose_name_is_not_utf_8_is_found_again(study: Path, tmp_path: Path) -> None:
    try:
        shutil.copytree(study / "in", tmp_path / "f\udce9" / "in")
    except OSError:
        pytest.skip("not on this file system")
    place = ("-o", tmp_path / "out", "--method", "ridge", "--workers", 1, "-q")
    assert run("measure", os.fspath(tmp_path / "f\udce9" / "in"), *place).exit_code == 0
    clean(tmp_path)
