"""Putting an export into its folder: all or nothing, and never in the place of files of others."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from densitometer.datasets import aside, folder
from densitometer.datasets.folder import check_folder, write_export
from densitometer.errors import StudyError
from written_folders import snapshot

FILES = [("a.csv", b"a\n"), ("more/b.csv", b"b\n")]
OTHERS = [("a.csv", b"other\n"), ("c.csv", b"c\n")]


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "here"


def beside(target: Path) -> list[str]:
    return sorted(path.name for path in target.parent.iterdir() if path != target)


def test_all_files_are_there_with_their_hashes(target: Path) -> None:
    assert write_export(target, FILES, {"format": "x"}) == ["a.csv", "more/b.csv", "export.json"]
    told = json.loads((target / "export.json").read_text())
    assert told["format"] == "x" and [*told["files"]] == ["a.csv", "more/b.csv"]
    assert (target / "more" / "b.csv").read_bytes() == b"b\n"
    assert beside(target) == []


def test_an_earlier_export_is_replaced_as_a_whole(target: Path) -> None:
    write_export(target, FILES, {})
    write_export(target, OTHERS, {})
    assert {*snapshot(target)} == {"a.csv", "c.csv", "export.json"}
    assert beside(target) == []


def test_a_new_folder_has_the_rights_of_new_folders(target: Path) -> None:
    write_export(target, FILES, {})
    (target.parent / "other").mkdir()
    assert target.stat().st_mode == (target.parent / "other").stat().st_mode


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes of folders")
@pytest.mark.parametrize("mode", [0o700, 0o750, 0o2775])
def test_a_folder_that_is_replaced_keeps_its_rights(target: Path, mode: int) -> None:
    write_export(target, FILES, {})
    target.chmod(mode)
    before = target.stat()
    write_export(target, OTHERS, {})
    after = target.stat()
    assert (after.st_mode, after.st_gid) == (before.st_mode, before.st_gid)


@pytest.mark.skipif(not hasattr(os, "chown"), reason="no groups of folders here")
def test_a_group_that_cannot_be_kept_lets_no_other_group_in(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_export(target, FILES, {})
    target.chmod(0o770)
    other_group = target.stat().st_gid + 1
    real = Path.stat

    def refused(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    def of_other_group(path: Path, **how: bool) -> os.stat_result:
        found = real(path, **how)
        values = list(found)
        values[5] = other_group if path == target else values[5]
        return os.stat_result(values)

    monkeypatch.setattr(os, "chown", refused)
    monkeypatch.setattr(Path, "stat", of_other_group)
    write_export(target, OTHERS, {})
    monkeypatch.undo()
    assert target.stat().st_mode & 0o777 == 0o700


def test_an_empty_folder_is_taken_and_what_a_link_leads_to_is_written(target: Path) -> None:
    target.mkdir()
    target.with_name("link").symlink_to(target, target_is_directory=True)
    write_export(target.with_name("link"), FILES, {})
    assert target.with_name("link").is_symlink() and (target / "a.csv").exists()


@pytest.mark.parametrize("change", ["altered", "added", "altered below", "link", "provenance gone", "no json"])
def test_an_export_that_was_changed_is_not_replaced(target: Path, change: str) -> None:
    write_export(target, FILES, {})
    if change == "altered":
        (target / "a.csv").write_bytes(b"A\n")
    elif change == "altered below":
        (target / "more" / "b.csv").write_bytes(b"B\n")
    elif change == "added":
        (target / "more" / "notes.txt").write_bytes(b"mine\n")
    elif change == "link":
        (target / "notes").symlink_to(target.parent)
    elif change == "provenance gone":
        (target / "export.json").unlink()
    else:
        (target / "export.json").write_text("[]")
    before = snapshot(target)
    with pytest.raises(StudyError, match="holds files"):
        write_export(target, OTHERS, {})
    assert (snapshot(target), beside(target)) == (before, [])


def test_files_that_are_odd_are_named(target: Path) -> None:
    write_export(target, FILES, {})
    (target / "a.csv").write_bytes(b"A\n")
    (target / "notes.txt").write_bytes(b"mine\n")
    with pytest.raises(StudyError, match=r"not as an export wrote them \(notes.txt, a.csv\); choose another folder"):
        check_folder(target)


def test_an_export_of_which_files_were_taken_is_replaced(target: Path) -> None:
    write_export(target, FILES, {})
    (target / "a.csv").unlink()
    write_export(target, OTHERS, {})
    assert (target / "c.csv").exists()


@pytest.mark.parametrize("name", ["here", "here/in/it"])
def test_a_file_in_the_way_is_named(target: Path, name: str) -> None:
    target.write_text("mine")
    with pytest.raises(StudyError, match=f"^{target} is a file; name a folder for -o$"):
        write_export(target.parent / name, FILES, {})
    assert target.read_text() == "mine"


def test_a_link_that_leads_nowhere_is_followed(target: Path) -> None:
    target.with_name("link").symlink_to(target)
    write_export(target.with_name("link"), FILES, {})
    assert (target / "a.csv").exists()


def test_a_name_that_is_too_long_is_told(target: Path) -> None:
    with pytest.raises(StudyError, match="cannot be written"):
        write_export(target / ("x" * 300), FILES, {})
    assert beside(target) == [] and not target.exists()


def test_a_mounted_folder_is_refused(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target.mkdir()
    monkeypatch.setattr(os.path, "ismount", lambda path: Path(path) == target)
    with pytest.raises(StudyError, match=f"{target} is mounted.*such as {target / 'export'}$"):
        write_export(target, FILES, {})


# ---- errors on the way


def full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(
    ("module", "name"), [(folder, "write_part"), (aside.os, "rename"), (aside.tempfile, "mkdtemp")]
)
@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("earlier", [False, True])
def test_a_full_disk_leaves_everything_as_it_was(
    target: Path, monkeypatch: pytest.MonkeyPatch, module: object, name: str, deep: bool, earlier: bool
) -> None:
    target = target / "new" / "deep" if deep else target
    if earlier:
        write_export(target, FILES, {})
    there = sorted(target.parent.parent.rglob("*"))
    with monkeypatch.context() as patched:
        patched.setattr(module, name, full)
        with pytest.raises(StudyError, match=r"cannot be written \(No space left on device\); allow writing to it, "):
            write_export(target, OTHERS, {})
    assert sorted(target.parent.parent.rglob("*")) == there
    assert not earlier or (target / "a.csv").read_bytes() == b"a\n"


def test_a_disk_that_is_full_on_the_second_file_leaves_everything(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_export(target, FILES, {})
    before, real, count = snapshot(target), folder.write_part, iter(range(9))
    monkeypatch.setattr(folder, "write_part", lambda *args: full() if next(count) == 1 else real(*args))
    with pytest.raises(StudyError, match="No space left"):
        write_export(target, OTHERS, {})
    assert (snapshot(target), beside(target)) == (before, [])


def test_when_the_new_cannot_be_put_in_place_the_old_comes_back(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_export(target, FILES, {})
    before, real = snapshot(target), os.rename

    def rename(source: Path, to: Path) -> None:
        if source.name == aside.NEW:
            full()
        real(source, to)

    monkeypatch.setattr(os, "rename", rename)
    with pytest.raises(StudyError, match="No space left"):
        write_export(target, OTHERS, {})
    assert (snapshot(target), beside(target)) == (before, [])


def test_ctrl_c_between_the_renames_brings_the_old_back(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_export(target, FILES, {})
    before, real = snapshot(target), os.rename

    def rename(source: Path, to: Path) -> None:
        if source.name == aside.NEW:
            raise KeyboardInterrupt
        real(source, to)

    monkeypatch.setattr(os, "rename", rename)
    with pytest.raises(KeyboardInterrupt):
        write_export(target, OTHERS, {})
    assert (snapshot(target), beside(target)) == (before, [])


def test_errors_of_what_makes_the_files_come_through(target: Path) -> None:
    def files() -> Iterator[tuple[str, bytes]]:
        yield "a.csv", b"1"
        raise StudyError("row 7 does not fit")

    with pytest.raises(StudyError, match="^row 7 does not fit$"):
        write_export(target / "deep", files(), {})
    assert beside(target) == [] and not target.exists()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can run as another user")
@pytest.mark.parametrize("what", ["parent", "folder unreadable"])
def test_a_folder_without_rights_is_told(target: Path, what: str) -> None:
    target.mkdir()
    place = target / "x" if what == "parent" else target
    (target / "mine").write_text("mine")
    target.chmod(0o555 if what == "parent" else 0o311)
    for path in [target.parent, *target.parent.parents][:3]:
        path.chmod(0o755)
    code = (
        "import os, sys; from pathlib import Path; from densitometer.datasets.folder import write_export\n"
        "from densitometer.errors import StudyError\n"
        "os.setuid(65534)\n"
        "try: write_export(Path(sys.argv[1]), [('a', b'1')], {})\n"
        "except StudyError as error: print(error)\n"
    )
    told = subprocess.run([sys.executable, "-c", code, place], capture_output=True, text=True, timeout=60, check=False)
    if "Permission denied" in told.stderr:
        pytest.skip("the other user cannot read this interpreter's files")
    assert f"{place} cannot be written (Permission denied); allow writing to it" in told.stdout, told.stderr
    assert [*snapshot(target)] == ["mine"]


# ---- what killed exports left


def killed(target: Path, *, old: bool = False, mine: str = "") -> Path:
    """What an export that was killed leaves beside its folder."""
    left = target.with_name(f".{target.name}-abcd_123.part")
    (left / "new").mkdir(parents=True)
    (left / "new" / "a.csv").write_bytes(b"half")
    (left / ".densitometer-export").touch()
    if old:
        target.rename(left / "old")
    if mine:
        (left / mine).write_text("mine")
    return left


def test_what_a_killed_export_left_is_taken_away(target: Path) -> None:
    killed(target)
    write_export(target, FILES, {})
    assert beside(target) == []


def test_an_export_killed_while_it_replaced_another_is_undone(target: Path) -> None:
    write_export(target, FILES, {})
    before = snapshot(target)
    killed(target, old=True)
    assert not target.exists()

    def files() -> Iterator[tuple[str, bytes]]:
        yield "a.csv", b"1"
        raise StudyError("row 7 does not fit")

    with pytest.raises(StudyError, match="row 7"):
        write_export(target, files(), {})
    assert (snapshot(target), beside(target)) == (before, [])


def test_one_killed_after_it_replaced_another_leaves_the_new(target: Path) -> None:
    write_export(target, FILES, {})
    killed(target, old=True)
    shutil.copytree(target.with_name(".here-abcd_123.part") / "old", target)
    write_export(target, OTHERS, {})
    assert beside(target) == [] and (target / "c.csv").exists()


@pytest.mark.parametrize("how", ["of another", "no lock", "of another folder", "a link", "a file", "other name"])
def test_what_is_not_surely_of_a_killed_export_stays(target: Path, how: str) -> None:
    left = killed(target, mine="notes.txt" if how == "of another" else "")
    if how == "no lock":
        (left / ".densitometer-export").unlink()
    elif how == "of another folder":
        left = left.rename(target.with_name(".there-abcd_123.part"))
    elif how == "other name":
        left = left.rename(target.with_name(".here-mine.part"))
    elif how in ("a link", "a file"):
        shutil.move(left, target.with_name("elsewhere"))
        left.symlink_to(target.with_name("elsewhere")) if how == "a link" else left.write_text("mine")
    before = beside(target)
    write_export(target, FILES, {})
    assert beside(target) == before
    assert not left.is_dir() or {"new"} <= {path.name for path in left.iterdir()}


def test_an_export_at_work_is_left_alone(target: Path) -> None:
    left = killed(target)
    with FileLock(left / ".densitometer-export"):
        write_export(target, FILES, {})
    assert (left / "new" / "a.csv").read_bytes() == b"half"


def test_two_exports_to_one_folder_leave_one_of_them_whole(target: Path) -> None:
    def files() -> Iterator[tuple[str, bytes]]:
        write_export(target, OTHERS, {})
        yield from FILES

    write_export(target, files(), {})
    assert {*snapshot(target)} == {"a.csv", "more/b.csv", "export.json"}
    assert beside(target) == []
