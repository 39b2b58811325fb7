from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from densitometer.dictionary import HAIR_COLUMNS, PHOTO_COLUMNS, Column, photo_columns
from densitometer.errors import ResultsError
from densitometer.results import PhotoResult, ResultsFolder, describe_run, read_results
from densitometer.results.rows import unmeasured_row
from densitometer.results.tables import format_cell, safe_text
from densitometer.settings import Settings

OURS = {"results.sqlite", "photos.csv", "hairs.csv", "run.json", "overlays"}


def result(
    photo: str = "a.jpg", overlay: str | None = "overlays/a.jpg.png", **cells: str | float | None
) -> PhotoResult:
    row = {**unmeasured_row(photo, ""), "status": "measured", "hair_count": 2, "density_per_cm2": 101.23456, **cells}
    hair = {column.name: None for column in HAIR_COLUMNS} | {"photo": photo, "counted": 1, "root_x_px": 1 / 3}
    return PhotoResult(photo, row, ({**hair, "hair": 1}, {**hair, "hair": 2}), overlay, b"jpeg")


def write(out: Path, *results: PhotoResult, further: tuple[str, ...] | None = None, complete: bool = True) -> Path:
    with ResultsFolder.create(out, further) as folder:
        for one in results:
            folder.record.add(one)
            if one.overlay:
                (folder.staging / one.overlay).write_bytes(b"png")
        folder.write_tables(describe_run(Settings(), {"um_per_px": None}, folder.record))
        return folder.publish(complete=complete)


def cells(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_writes_every_file_and_nothing_else(tmp_path: Path) -> None:
    assert write(tmp_path / "new" / "out", result()) == tmp_path / "new" / "out"
    assert {path.name for path in (tmp_path / "new" / "out").iterdir()} == OURS
    assert [path.name for path in (tmp_path / "new" / "out" / "overlays").iterdir()] == ["a.jpg.png"]


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
    given = [result("b.jpg", "overlays/b.png"), result("a.jpg", None)]
    record = read_results(write(tmp_path, *given))
    assert list(record) == given
    assert record[-1] == given[1]
    assert record[:1] == given[:1]
    assert record.overlays() == ["overlays/b.png"]
    assert record.run()["settings_sha256"] == Settings().sha256
    with pytest.raises(IndexError):
        record[2]
    record.close()


@pytest.mark.parametrize(("table", "column"), [("photos", "mean_length_mm"), ("hairs", "width_px")])
def test_a_record_without_a_column_of_today_is_refused_but_may_be_replaced(
    tmp_path: Path, table: str, column: str
) -> None:
    out = write(tmp_path, result())
    connection = sqlite3.connect(out / "results.sqlite")
    connection.execute(f"ALTER TABLE {table} RENAME COLUMN {column} TO other")
    connection.commit()
    connection.close()
    with pytest.raises(ResultsError, match=f"without {column}; measure the photographs again"):
        read_results(out)
    read_results(write(tmp_path, result())).close()


def test_the_schema_holds_the_allowed_values(tmp_path: Path) -> None:
    with ResultsFolder.create(tmp_path) as folder, pytest.raises(sqlite3.IntegrityError):
        folder.record.add(result(status="perhaps"))


def test_the_run_says_what_is_needed_to_repeat_it_and_nothing_that_differs(tmp_path: Path) -> None:
    out = write(tmp_path / "out", result(sha256="ab12"))
    text = (out / "run.json").read_text(encoding="utf-8")
    run = json.loads(text)
    assert run["photographs"] == [{"photo": "a.jpg", "sha256": "ab12"}]
    assert run["settings"] == json.loads(Settings().to_json())
    assert {"model", "model_version", "model_sha256"} <= set(run)
    assert run["densitometer"]
    assert run["dependencies"]["numpy"]
    assert str(tmp_path) not in text


def test_the_same_results_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = (write(tmp_path / name, result(), result("é.jpg", None)) for name in ("1", "2"))
    for name in ("results.sqlite", "photos.csv", "hairs.csv", "run.json"):
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
    out = write(tmp_path, *(result(name, None) for name in names), further=("=col",))
    raw = (out / "photos.csv").read_bytes()
    assert not raw.startswith(b"\xef\xbb\xbf")
    assert raw.count(b"\n") == len(names) + 2  # one within a name
    rows = cells(out / "photos.csv")
    assert [row["photo"] for row in rows] == ["'" + names[0], *names[1:]]
    assert list(rows[0])[-1] == "'=col"
    assert {hair["photo"] for hair in cells(out / "hairs.csv")} == {"'" + names[0], *names[1:]}


# ---- the folder


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_an_earlier_run_is_replaced_with_its_overlays_and_others_files_stay(tmp_path: Path) -> None:
    write(tmp_path, result("old.jpg", "overlays/old.png"))
    (tmp_path / "overlays" / "mine.png").write_bytes(b"mine")
    (tmp_path / "report.docx").write_bytes(b"mine")
    write(tmp_path, result("new.jpg", "overlays/new.png"))
    assert {path.name for path in tmp_path.iterdir()} == OURS | {"report.docx"}
    assert {path.name for path in (tmp_path / "overlays").iterdir()} == {"mine.png", "new.png"}
    assert [row["photo"] for row in cells(tmp_path / "photos.csv")] == ["new.jpg"]


def test_a_run_that_fails_leaves_the_earlier_one_as_it_was(tmp_path: Path) -> None:
    write(tmp_path, result("old.jpg"))
    before = snapshot(tmp_path)

    def failing() -> None:
        with ResultsFolder.create(tmp_path) as folder:
            folder.record.add(result("new.jpg"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        failing()
    after = snapshot(tmp_path)
    assert {name: data for name, data in after.items() if not name.startswith(".unfinished")} == before
    write(tmp_path, result("new.jpg"))
    assert not (tmp_path / ".unfinished").exists()


def test_a_stopped_run_stands_beside_an_earlier_one(tmp_path: Path) -> None:
    write(tmp_path, result("old.jpg"))
    before = snapshot(tmp_path)
    for _ in range(2):
        assert write(tmp_path, result("new.jpg"), complete=False) == tmp_path / "stopped"
    assert [row["photo"] for row in cells(tmp_path / "stopped" / "photos.csv")] == ["new.jpg"]
    assert {name: data for name, data in snapshot(tmp_path).items() if not name.startswith("stopped")} == before


def test_a_stopped_run_is_kept_where_there_is_no_other(tmp_path: Path) -> None:
    assert write(tmp_path / "out", result(), complete=False) == tmp_path / "out"


def test_two_runs_cannot_write_to_one_folder(tmp_path: Path) -> None:
    with ResultsFolder.create(tmp_path), pytest.raises(ResultsError, match="another run is writing"):
        ResultsFolder.create(tmp_path)


def test_half_a_record_of_a_killed_run_is_cleared(tmp_path: Path) -> None:
    (tmp_path / ".unfinished").mkdir()
    (tmp_path / ".unfinished" / "results.sqlite").write_bytes(b"half a page" * 100)
    write(tmp_path, result())
    assert not (tmp_path / ".unfinished").exists()


@pytest.mark.parametrize("name", ["photos.csv", "results.sqlite", "report.html", "overlays/x.png"])
def test_a_file_of_others_under_a_name_of_ours_is_never_overwritten(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_bytes(b"precious")
    with pytest.raises(ResultsError, match=f"{name.split('/', maxsplit=1)[0]} of other origin; choose another folder"):
        ResultsFolder.create(tmp_path)
    assert snapshot(tmp_path) == {name: b"precious"}


def test_a_file_is_no_results_folder(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("x")
    with pytest.raises(ResultsError, match="out is a file; name a folder"):
        ResultsFolder.create(tmp_path / "out")
    with pytest.raises(ResultsError, match=r"cannot be written \(Not a directory\); choose another folder"):
        ResultsFolder.create(tmp_path / "out" / "deeper")


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(ResultsError, match=r"cannot be written \(Permission denied\)"):
        ResultsFolder.create(tmp_path / "out")


def test_a_file_held_open_elsewhere_is_told_and_the_results_stay_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(source: Path, target: Path) -> None:
        raise PermissionError(13, "Permission denied", str(source), None, str(target))

    monkeypatch.setattr("os.replace", refuse)
    with pytest.raises(ResultsError, match=r"results.sqlite in .* cannot be replaced .*; close it where it is open"):
        write(tmp_path, result())
    assert (tmp_path / ".unfinished" / "photos.csv").exists()


def test_reading_where_there_is_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match=r"holds no results.sqlite"):
        read_results(tmp_path)
    (tmp_path / "results.sqlite").write_bytes(b"x" * 5000)
    with pytest.raises(ResultsError, match="is not a record of densitometer"):
        read_results(tmp_path)


@pytest.fixture(autouse=True)
def nothing_left_open() -> Iterator[None]:
    """Turn a record that was not closed into a failure of its own test."""
    import gc

    yield
    gc.collect()
