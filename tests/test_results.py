from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from densitometer.dictionary import HAIR_COLUMNS, PHOTO_COLUMNS, Column, photo_columns
from densitometer.errors import ResultsError
from densitometer.results import ComparedFolder, Record, ResultsFolder, read_results
from densitometer.results.made import made_of
from densitometer.results.tables import format_cell, safe_text
from densitometer.results.verify import verify
from densitometer.settings import Settings
from written_folders import cells, result, snapshot, write

OURS = {"results.sqlite", "photos.csv", "hairs.csv", "run.json", "report.html", "overlays", "audit.jsonl", ".lock"}


def test_writes_every_file_and_nothing_else(tmp_path: Path) -> None:
    out = write(tmp_path / "new" / "out", result())
    assert {path.name for path in out.iterdir()} == OURS
    assert [path.name for path in (out / "overlays").iterdir()] == ["a.jpg.png"]


def test_the_tables_have_the_columns_of_the_dictionary(tmp_path: Path) -> None:
    out = write(tmp_path, result(subject="7", arm="verum"), further=("arm",))
    (row,) = cells(out / "photos.csv")
    assert list(row) == [column.name for column in photo_columns(("arm",))]
    assert (row["hair_count"], row["density_per_cm2"], row["area_cm2"], row["arm"]) == ("2", "101.23", "", "verum")
    hairs = cells(out / "hairs.csv")
    assert list(hairs[0]) == [column.name for column in HAIR_COLUMNS]
    assert [(hair["hair"], hair["root_x_px"], hair["width_um"]) for hair in hairs] == [
        ("1", "0.33", ""),
        ("2", "0.33", ""),
    ]


def test_the_record_gives_back_what_was_put_in_unrounded(tmp_path: Path) -> None:
    given = [result("b.jpg"), result("a.jpg", overlay_png=None)]
    stored = [
        replace(given[0], kept=None, overlay_png=None, overlay="overlays/b.jpg.png"),
        replace(given[1], kept=None),
    ]
    with closing(read_results(write(tmp_path, *given))) as record:
        assert list(record) == stored
        assert record[-1] == stored[1]
        assert record[:1] == stored[:1]
        assert record.kept("a.jpg") == given[1].kept
        assert record.run()["settings_sha256"] == Settings().sha256
        with pytest.raises(IndexError):
            record[2]


@pytest.mark.parametrize(("table", "column"), [("photos", "mean_length_mm"), ("hairs", "width_px")])
def test_a_record_without_a_column_of_today_is_refused_for_reading(tmp_path: Path, table: str, column: str) -> None:
    out = write(tmp_path, result())
    with closing(sqlite3.connect(out / "results.sqlite")) as connection:
        connection.execute(f"ALTER TABLE {table} RENAME COLUMN {column} TO other")
        connection.commit()
    with pytest.raises(ResultsError, match=f"without {column}; measure the photographs again"):
        read_results(out)


def test_a_record_that_does_not_number_its_results_is_refused_for_reading(tmp_path: Path) -> None:
    out = write(tmp_path, result())
    with closing(sqlite3.connect(out / "results.sqlite")) as connection:
        connection.execute("PRAGMA user_version = 0")
    with pytest.raises(ResultsError, match="is from an earlier version; measure the photographs again"):
        read_results(out)


def test_a_record_of_a_newer_version_is_refused_for_reading_and_left_as_it_is(tmp_path: Path) -> None:
    out = write(tmp_path, result())
    with closing(sqlite3.connect(out / "results.sqlite")) as connection:
        connection.execute("PRAGMA user_version = 3")
        connection.execute("ALTER TABLE photos RENAME COLUMN hair_count TO hairs_counted")
        connection.commit()
    before = snapshot(out)
    for read in (read_results, ComparedFolder.open):
        with pytest.raises(ResultsError, match="is from a newer version of densitometer; read it with that one"):
            read(out)
    (told,) = [one.told for one in verify(out) if one.where == "results.sqlite"]
    assert told == "it cannot be read: it is from a newer version of densitometer; verify it with that one"
    assert snapshot(out) == before


def test_the_schema_holds_the_allowed_values(tmp_path: Path) -> None:
    with closing(Record.create(tmp_path / "results.sqlite")) as record, pytest.raises(sqlite3.IntegrityError):
        record.add(result(status="perhaps"))


def test_the_run_says_what_is_needed_to_repeat_it_and_nothing_that_differs(tmp_path: Path) -> None:
    out = write(tmp_path / "out", result(made=made_of("ab12", None, False, Settings())))
    text = (out / "run.json").read_text(encoding="utf-8")
    run = json.loads(text)
    assert run["photographs"] == [{"photo": "a.jpg", "sha256": "ab12"}]
    assert run["settings"] == json.loads(Settings().to_json())
    assert {"model", "model_version", "model_sha256"} <= set(run)
    assert run["densitometer"]
    assert run["dependencies"]["numpy"]
    assert str(tmp_path) not in text


def test_the_same_results_give_the_same_bytes_in_whatever_order_they_are_done(tmp_path: Path) -> None:
    given = [result(), result("é.jpg", overlay_png=None), result("c.jpg")]
    first = write(tmp_path / "1", *given)
    second = write(tmp_path / "2", *given, order=[2, 0, 1])
    for name in ("results.sqlite", "photos.csv", "hairs.csv", "run.json", "overlays/c.jpg.png"):
        assert (first / name).read_bytes() == (second / name).read_bytes(), name


# ---- cells


def column(name: str) -> Column:
    return next(column for column in PHOTO_COLUMNS + HAIR_COLUMNS if column.name == name)


@pytest.mark.parametrize(
    ("value", "name", "text"),
    [
        (5.5555555, "um_per_px", "5.55556"),
        (1e-9, "density_per_cm2", "0.00"),
        (-1e-9, "root_x_px", "0.00"),
        (-0.5, "root_x_px", "-0.50"),
        (0.98765, "confidence", "0.988"),
        (12, "hair_count", "12"),
        (None, "hair_count", ""),
        (0, "hair_count", "0"),
        ("", "reason", ""),
    ],
)
def test_numbers_have_fixed_formats(value: str | float | None, name: str, text: str) -> None:
    assert format_cell(value, column(name)) == text


@pytest.mark.parametrize(
    "text", ["=1+1", "+cmd", "-cmd", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "-1+1", "+1-1", "-"]
)
def test_a_text_that_a_spreadsheet_would_run_is_disarmed(text: str) -> None:
    assert safe_text(text) == "'" + text


@pytest.mark.parametrize("text", ["", "a=1", "-3", "+4.5", "-1e-3", "'x", "a\n=1", " a"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert safe_text(text) == text


def test_nasty_names_survive_the_tables(tmp_path: Path) -> None:
    names = ["=cmd|' /C calc'!A0.jpg", "a\nb.jpg", 'a"b,c.jpg', "<script>.jpg", "é ü.jpg", "a\rb.jpg"]
    out = write(tmp_path, *(result(name, overlay_png=None) for name in names), further=("=col",))
    raw = (out / "photos.csv").read_bytes()
    assert not raw.startswith(b"\xef\xbb\xbf")
    assert raw.count(b"\n") == len(names) + 2  # one within a name
    rows = cells(out / "photos.csv")
    assert [row["photo"] for row in rows] == ["'" + names[0], *names[1:]]
    assert list(rows[0])[-1] == "'=col"
    assert {hair["photo"] for hair in cells(out / "hairs.csv")} == {"'" + names[0], *names[1:]}


# ---- the folder


def test_files_of_others_stay(tmp_path: Path) -> None:
    write(tmp_path, result("old.jpg"))
    (tmp_path / "overlays" / "mine.png").write_bytes(b"mine")
    (tmp_path / "report.docx").write_bytes(b"mine")
    write(tmp_path, result("new.jpg"))
    assert {path.name for path in tmp_path.iterdir()} == OURS | {"report.docx", "superseded"}
    assert {path.name for path in (tmp_path / "overlays").iterdir()} == {"mine.png", "new.jpg.png"}
    assert [row["photo"] for row in cells(tmp_path / "photos.csv")] == ["new.jpg"]


def test_an_overlay_of_others_is_never_overwritten(tmp_path: Path) -> None:
    write(tmp_path, result("old.jpg"))
    (tmp_path / "overlays" / "new.jpg.png").write_bytes(b"mine")
    before = snapshot(tmp_path)
    with pytest.raises(ResultsError, match="holds new.jpg.png of other origin; move it, then measure again"):
        write(tmp_path, result("new.jpg"))
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize("name", ["photos.csv", "results.sqlite", "report.html", "overlays/x.png"])
def test_a_file_of_others_under_a_name_of_ours_is_never_overwritten(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_bytes(b"precious")
    with pytest.raises(ResultsError, match=f"{name.split('/', maxsplit=1)[0]} of other origin; choose another folder"):
        ResultsFolder.open(tmp_path)
    assert snapshot(tmp_path) == {name: b"precious"}


def test_a_database_of_another_program_is_never_touched(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "results.sqlite")) as other:
        other.execute("CREATE TABLE photos (name TEXT)")
        other.commit()
    before = snapshot(tmp_path)
    with pytest.raises(ResultsError, match="holds results.sqlite of other origin; choose another folder"):
        ResultsFolder.open(tmp_path)
    assert snapshot(tmp_path) == before


def test_a_file_is_no_results_folder(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("x")
    with pytest.raises(ResultsError, match="out is a file; name a folder"):
        ResultsFolder.open(tmp_path / "out")
    with pytest.raises(ResultsError, match=r"cannot be written \(Not a directory\); choose another folder"):
        ResultsFolder.open(tmp_path / "out" / "deeper")


@pytest.mark.parametrize("what", ["pathlib.Path.mkdir", "filelock.FileLock.acquire", "pathlib.Path.open"])
def test_a_folder_that_cannot_be_written_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(what, refuse)
    with pytest.raises(ResultsError, match=r"out cannot be written \(Permission denied\); choose another folder"):
        ResultsFolder.open(tmp_path / "out")


def test_a_table_that_cannot_be_written_is_told_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(source: Path, target: Path) -> None:
        if str(target).endswith("photos.csv"):
            raise PermissionError(13, "Permission denied", str(source), None, str(target))
        os.rename(source, target)

    write(tmp_path, result("old.jpg"))
    before = (tmp_path / "photos.csv").read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr("os.replace", refuse)
        with pytest.raises(ResultsError, match=r"photos.csv in .* cannot be renamed \(Permission denied\)"):
            write(tmp_path, result("old.jpg"), result("new.jpg"))
    assert (tmp_path / "photos.csv").read_bytes() == before
    with closing(read_results(tmp_path)) as record:
        assert len(record) == 2
    with ResultsFolder.open(tmp_path):
        assert (tmp_path / "photos.csv").read_bytes() != before  # as soon as it can be
    assert list(tmp_path.glob("*.part")) == []


def test_reading_where_there_is_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match=r"holds no results.sqlite"):
        read_results(tmp_path)
    told = "there is no folder .*nowhere; name one that 'densitometer measure' wrote"
    for read in (read_results, ComparedFolder.open):
        with pytest.raises(ResultsError, match=told):
            read(tmp_path / "nowhere")
    (tmp_path / "results.sqlite").write_bytes(b"x" * 5000)
    with pytest.raises(ResultsError, match="is not a record of densitometer"):
        read_results(tmp_path)


@pytest.fixture(autouse=True)
def nothing_left_open() -> Iterator[None]:
    """Turn a record that was not closed into a failure of its own test."""
    import gc

    yield
    gc.collect()
