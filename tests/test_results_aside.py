"""What is in the way of a run is set aside or left where it is; nothing is overwritten, and nothing moved in vain."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from densitometer.errors import ResultsError
from densitometer.results import Record, ResultsFolder, made, record
from densitometer.results.outside import Outside
from densitometer.results.set_aside import set_aside
from densitometer.results.trail import Trail, read_trail
from test_results_resume import compared
from written_folders import Run, failed, result, snapshot, write

A, B = result("a.jpg"), result("b.jpg")


def aside(out: Path) -> list[dict[str, str]]:
    """What the trail says was set aside."""
    return [dict(entry.facts["files"]) for entry in read_trail(out / "audit.jsonl") if entry.action == "set_aside"]  # type: ignore[call-overload]


# ---- the record


def test_a_record_that_another_program_holds_is_left_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, A)
    before = snapshot(tmp_path)
    monkeypatch.setattr(record, "_PATIENCE_S", 0.05)
    with closing(sqlite3.connect(tmp_path / "results.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(ResultsError, match=r"cannot be opened now \(database is locked\); close it where it is"):
            ResultsFolder.open(tmp_path)
        other.execute("ROLLBACK")
    assert snapshot(tmp_path) == before
    write(tmp_path, A)
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize("code", [sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_PERM])
def test_a_record_that_cannot_be_read_now_is_left_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    write(tmp_path, A)
    before = snapshot(tmp_path)
    cause = sqlite3.OperationalError("disk I/O error")
    cause.sqlite_errorcode = code

    def refuse(_: Path) -> Record:
        raise ResultsError("not a record") from cause

    with monkeypatch.context() as patch:
        patch.setattr(Record, "open", refuse)
        with pytest.raises(ResultsError, match=r"cannot be opened now \(disk I/O error\)"):
            ResultsFolder.open(tmp_path)
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize("content", [b"", b"x" * 5000, b"SQLite format 3\0" + b"x" * 5000])
def test_what_is_no_record_any_more_is_damaged(tmp_path: Path, content: bytes) -> None:
    write(tmp_path, A)
    (tmp_path / "results.sqlite").write_bytes(content)
    write(tmp_path, A)
    assert (tmp_path / "set-aside" / "results-1.sqlite").read_bytes() == content


def test_a_record_that_is_gone_is_said_to_be_missing(tmp_path: Path) -> None:
    write(tmp_path, A)
    (tmp_path / "results.sqlite").rename(tmp_path / "elsewhere")
    with pytest.raises(ResultsError, match=r"results.sqlite is missing from .*; put it back, or move photos.csv"):
        ResultsFolder.open(tmp_path)
    (tmp_path / "audit.jsonl").unlink()
    with pytest.raises(ResultsError, match="holds photos.csv, .* of other origin"):
        ResultsFolder.open(tmp_path)


def test_what_a_killed_run_began_of_a_record_is_taken_away(tmp_path: Path) -> None:
    write(tmp_path, A)
    for name in ("results.sqlite.part", "results.sqlite.part-journal", "photos.csv.part"):
        (tmp_path / name).write_bytes(b"x")
    write(tmp_path, A)
    assert not list(tmp_path.glob("*.part*"))


# ---- files that come from it


def test_what_lies_in_a_folder_is_set_aside_under_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "comparisons").mkdir()
    name = "comparisons/f v1-1.jpg--f v2-1.jpg.gif"
    for number in (1, 2):
        (tmp_path / name).write_bytes(b"x")
        moved = set_aside(tmp_path, [name], "", Trail.open(tmp_path / "audit.jsonl"))
        assert moved == {name: f"set-aside/comparisons/f v1-1.jpg--f v2-1.jpg-{number}.gif"}
        assert (tmp_path / moved[name]).exists()
    assert len(aside(tmp_path)) == 2


def test_a_changed_picture_of_a_comparison_stays_and_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write(tmp_path, A, B)
    compared(tmp_path)
    picture = tmp_path / "comparisons" / "a--b.jpg"
    with closing(Record.open(tmp_path / "results.sqlite")) as held:
        held.set_written({**held.written(), "comparisons/a--b.jpg": "0" * 64})
    for _ in range(2):
        caplog.clear()
        write(tmp_path, A, B)
        assert "comparisons/a--b.jpg is not as it was written; compare again" in caplog.text
        assert picture.read_bytes() == b"picture"
    assert aside(tmp_path) == []
    with closing(Record.read(tmp_path / "results.sqlite")) as held:
        assert held.written()["comparisons/a--b.jpg"] == "0" * 64


def test_changed_comparisons_are_kept_when_they_are_taken_away(tmp_path: Path) -> None:
    write(tmp_path, A, failed("b.jpg"))
    compared(tmp_path)
    with closing(Record.open(tmp_path / "results.sqlite")) as held:
        held.set_written({**held.written(), "comparisons/a--b.jpg": "0" * 64})
    (tmp_path / "changes.csv").write_bytes(b"mine")
    write(tmp_path, A, B)
    assert not (tmp_path / "changes.csv").exists()
    assert (tmp_path / "set-aside" / "changes-1.csv").read_bytes() == b"mine"
    assert (tmp_path / "set-aside" / "comparisons" / "a--b-1.jpg").read_bytes() == b"picture"


def test_a_table_that_was_changed_after_a_killed_run_is_kept(tmp_path: Path) -> None:
    write(tmp_path, A)
    with ResultsFolder.open(tmp_path) as folder:
        assert Run(folder, [A, B], {}).to_measure == {"b.jpg"}
    (tmp_path / "photos.csv").write_bytes(b"mine")
    write(tmp_path, A, B)
    assert (tmp_path / "set-aside" / "photos-1.csv").read_bytes() == b"mine"
    assert aside(tmp_path) == [{"photos.csv": "set-aside/photos-1.csv"}]


def test_tables_are_put_in_place_together_with_what_the_record_says_of_them(tmp_path: Path) -> None:
    write(tmp_path, A)
    before = (tmp_path / "photos.csv").read_bytes()
    with ResultsFolder.open(tmp_path) as folder:
        Run(folder, [A, B], {})
        folder.add(B)
        folder.write_tables({})
        folder.write_report("report")
        assert (tmp_path / "photos.csv").read_bytes() == before
    write(tmp_path, A, B)
    assert aside(tmp_path) == []
    assert not list(tmp_path.glob("*.part"))


def test_nothing_stays_noted_when_a_run_was_killed_at_its_very_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(_: Outside) -> None:
        raise KeyboardInterrupt

    with ResultsFolder.open(tmp_path) as folder, monkeypatch.context() as patch:
        run = Run(folder, [A], {})
        folder.add(A)
        patch.setattr(Outside, "settle", die)
        with pytest.raises(KeyboardInterrupt):
            run.finish()
    assert (tmp_path / "photos.csv").exists()
    write(tmp_path, A)
    with closing(Record.read(tmp_path / "results.sqlite")) as held:
        assert held.outbox() == []
        assert list(held.connection.execute("SELECT * FROM moves")) == []


def test_names_that_the_trail_does_not_write_are_never_set_aside(tmp_path: Path) -> None:
    out = write(tmp_path / "out", A)
    (tmp_path / "mine.txt").write_bytes(b"mine")
    with closing(Record.open(out / "results.sqlite")) as held:
        held.set_written({**held.written(), "../mine.txt": "0" * 64})
    write(out, A)
    assert (tmp_path / "mine.txt").read_bytes() == b"mine"


# ---- what is told of where the photographs lie, and of what measured them


def test_photographs_that_lie_elsewhere_are_told(tmp_path: Path) -> None:
    for source in ("../a", "../a", "../b\udce9", "../b\udce9"):
        with ResultsFolder.open(tmp_path) as folder:
            run = Run(folder, [], {})
            run.finish()
        with ResultsFolder.open(tmp_path) as folder:
            folder.plan([], {"sources": [source]})
            folder.finish()
    told = [entry.facts.get("sources") for entry in read_trail(tmp_path / "audit.jsonl") if entry.action == "started"]
    assert [sources for sources in told if sources] == [["../a"], ["../b\\xe9"]]


@pytest.mark.parametrize("wheel", ["opencv-python", "opencv-contrib-python", None])
def test_another_wheel_of_opencv_has_a_version_too(monkeypatch: pytest.MonkeyPatch, wheel: str | None) -> None:
    import cv2

    def version(name: str) -> str:
        if name != wheel:
            raise PackageNotFoundError(name)
        return "4.5.6"

    monkeypatch.setattr(made, "version", version)
    found = made.installed_version.__wrapped__("opencv-python-headless")
    assert found == ("4.5.6" if wheel else cv2.__version__)
    assert made.installed_version.__wrapped__("another") is None
