"""The page of subjects in a results folder: written, held against the trail, kept where altered, and taken away."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from densitometer.errors import ResultsError
from densitometer.results import ComparedFolder, ResultsFolder
from densitometer.results.atomic import write_part
from densitometer.results.outside import Outside
from densitometer.results.trail import read_trail
from densitometer.results.verify import verify
from densitometer.settings import Settings
from written_folders import failed, result, snapshot, write

A, B = result("a.jpg", subject="S"), result("b.jpg", subject="S")
PAGE = "subjects.html"


def written(out: Path, page: str | None = "of S", *given: object) -> Path:
    return write(out, *(given or (A,)), further=(), subjects=page)  # type: ignore[arg-type]


def found(out: Path) -> list[str]:
    """What verify finds, but for the photographs, which never were files."""
    return [f"{one.kind}: {one.where}" for one in verify(out) if one.where != "photographs"]


def last(out: Path, action: str) -> dict[str, object]:
    return dict([entry for entry in read_trail(out / "audit.jsonl") if entry.action == action][-1].facts)


def compare(out: Path, page: str | None) -> None:
    with ComparedFolder.open(out) as folder:
        folder.write_tables(folder.describe(Settings()))
        folder.write_report("report")
        if page is not None:
            folder.write_subjects(page)
        folder.publish()


def test_it_is_written_and_stated_with_the_tables(tmp_path: Path) -> None:
    written(tmp_path)
    assert (tmp_path / PAGE).read_text() == "of S"
    assert PAGE in last(tmp_path, "tables_written")["files"]  # type: ignore[operator]
    assert found(tmp_path) == []
    before = snapshot(tmp_path)
    written(tmp_path)
    assert snapshot(tmp_path) == before


def test_an_altered_or_missing_one_is_found_and_written_anew(tmp_path: Path) -> None:
    written(tmp_path)
    (tmp_path / PAGE).write_text("of T")
    assert found(tmp_path) == [f"altered: {PAGE}"]
    written(tmp_path)
    assert (tmp_path / PAGE).read_text() == "of S"
    assert (tmp_path / "set-aside" / "subjects-1.html").read_text() == "of T"
    assert found(tmp_path) == []
    (tmp_path / PAGE).unlink()
    assert found(tmp_path) == [f"missing: {PAGE}"]
    written(tmp_path)
    assert (tmp_path / PAGE).read_text() == "of S"
    assert found(tmp_path) == []


def test_a_later_run_without_one_takes_it_away(tmp_path: Path) -> None:
    written(tmp_path)
    written(tmp_path, None, A, B)
    assert not (tmp_path / PAGE).exists()
    assert last(tmp_path, "tables_written")["removed"] == [PAGE]
    assert found(tmp_path) == []
    written(tmp_path, "of S again", A)
    assert (tmp_path / PAGE).read_text() == "of S again"
    assert found(tmp_path) == []


def test_an_altered_one_is_kept_where_a_later_run_takes_it_away(tmp_path: Path) -> None:
    written(tmp_path)
    (tmp_path / PAGE).write_text("mine")
    written(tmp_path, None, A, B)
    assert not (tmp_path / PAGE).exists()
    assert (tmp_path / "set-aside" / "subjects-1.html").read_text() == "mine"
    assert found(tmp_path) == []


def test_a_run_that_is_killed_before_it_takes_it_away_is_finished_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path)

    class KilledError(BaseException):
        pass

    follow = Outside._follow

    def killed(self: Outside) -> None:
        if self.record.connection.execute("SELECT 1 FROM moves WHERE source = ?", (PAGE,)).fetchone():
            raise KilledError
        follow(self)

    with monkeypatch.context() as patch, pytest.raises(KilledError):
        patch.setattr(Outside, "_follow", killed)
        written(tmp_path, None, failed("a.jpg"))
    assert (tmp_path / PAGE).exists()
    assert {kind.split(":")[0] for kind in found(tmp_path)} == {"unfinished"}
    written(tmp_path, None, failed("a.jpg"))
    assert not (tmp_path / PAGE).exists()
    assert found(tmp_path) == []


def test_one_of_somebody_else_is_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    written(tmp_path, None)
    (tmp_path / PAGE).write_text("mine")
    assert found(tmp_path) == [f"added: {PAGE}"]
    written(tmp_path, "of S", A, B)
    assert (tmp_path / PAGE).read_text() == "of S"
    assert (tmp_path / "set-aside" / "subjects-1.html").read_text() == "mine"
    assert "subjects.html was not written by densitometer; it is kept as set-aside/subjects-1.html" in caplog.text
    assert found(tmp_path) == []


@pytest.mark.parametrize("run", ["measuring", "comparing"])
def test_where_there_is_no_room_for_it_nothing_is_put_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: str
) -> None:
    written(tmp_path)
    names = ("report.html", PAGE, "photos.csv", "run.json")
    before = {name: (tmp_path / name).read_bytes() for name in names}

    def full(path: Path, *given: object) -> str:
        if PAGE in path.name:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write_part(path, *given)  # type: ignore[arg-type]

    def full_open(path: Path, *given: object, **more: object) -> object:
        if path.name == PAGE:
            raise OSError(errno.ENOSPC, "No space left on device")
        return open_path(path, *given, **more)  # type: ignore[call-overload]

    open_path = Path.open
    with monkeypatch.context() as patch, pytest.raises(ResultsError, match=f"{PAGE} cannot be written.*No space left"):
        patch.setattr("densitometer.results.folder.write_part", full)
        patch.setattr(Path, "open", full_open)
        compare(tmp_path, "new") if run == "comparing" else written(tmp_path, "new", A, B)
    assert {name: (tmp_path / name).read_bytes() for name in names} == before
    assert [path for path in tmp_path.rglob("*") if path.name.endswith(".part")] == []
    written(tmp_path, "new", A, B)
    assert (tmp_path / PAGE).read_text() == "new"
    assert found(tmp_path) == []


def test_a_folder_of_somebody_else_with_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / PAGE).write_text("mine")
    with pytest.raises(ResultsError, match="holds subjects.html of other origin"):
        ResultsFolder.open(tmp_path)


def test_a_folder_without_one_is_verified_and_gone_on_with(tmp_path: Path) -> None:
    written(tmp_path, None)
    assert found(tmp_path) == []
    before = snapshot(tmp_path)
    written(tmp_path, None)
    assert snapshot(tmp_path) == before
    compare(tmp_path, None)
    assert found(tmp_path) == []


def test_with_a_record_that_cannot_be_gone_on_with_it_is_set_aside(tmp_path: Path) -> None:
    written(tmp_path)
    data = (tmp_path / "results.sqlite").read_bytes()
    (tmp_path / "results.sqlite").write_bytes(data[: len(data) // 2])
    written(tmp_path, None)
    assert not (tmp_path / PAGE).exists()
    assert (tmp_path / "set-aside" / "subjects-1.html").read_text() == "of S"
    assert "removed" not in last(tmp_path, "tables_written")
    assert found(tmp_path) == ["note: results.sqlite"]


def test_comparing_writes_it_anew_or_takes_it_away(tmp_path: Path) -> None:
    written(tmp_path)
    compare(tmp_path, "of S, compared")
    assert (tmp_path / PAGE).read_text() == "of S, compared"
    assert found(tmp_path) == []
    compare(tmp_path, None)
    assert not (tmp_path / PAGE).exists()
    assert last(tmp_path, "compared")["removed"] == [PAGE]
    assert found(tmp_path) == []
    compare(tmp_path, "of S again")
    assert (tmp_path / PAGE).read_text() == "of S again"
    assert "removed" not in last(tmp_path, "compared")
    assert found(tmp_path) == []


def test_comparing_keeps_one_of_somebody_else(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    written(tmp_path, None)
    (tmp_path / PAGE).write_text("mine")
    compare(tmp_path, None)
    assert (tmp_path / PAGE).read_text() == "mine"
    assert found(tmp_path) == [f"added: {PAGE}"]
    compare(tmp_path, "of S")
    assert (tmp_path / PAGE).read_text() == "of S"
    assert (tmp_path / "set-aside" / "subjects-1.html").read_text() == "mine"
    assert "subjects.html was not written by densitometer; it is kept as set-aside/subjects-1.html" in caplog.text
    assert found(tmp_path) == []


def test_comparing_keeps_an_altered_one(tmp_path: Path) -> None:
    written(tmp_path)
    (tmp_path / PAGE).write_text("mine")
    compare(tmp_path, None)
    assert not (tmp_path / PAGE).exists()
    assert (tmp_path / "set-aside" / "subjects-1.html").read_text() == "mine"
    assert found(tmp_path) == []
