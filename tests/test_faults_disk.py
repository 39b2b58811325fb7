"""A full disk, for real; files that cannot be read, and files that change while a run is under way."""

from __future__ import annotations

import csv
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes import make_photo
from faults.command import Running
from faults.forks import Forks, shared
from faults.outcome import assert_as_if_nothing_had_happened
from faults.stand_in import WAIT

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs fork")

NAMESPACE = ("unshare", "--user", "--map-root-user", "--mount")
SMALL_KIB = (16, 90)


def photographs(folder: Path) -> Path:
    for number in range(4):
        make_photo(folder / "in" / f"{number}.png", grey=90 + number)
    return folder / "in"


def rows(out: Path) -> dict[str, dict[str, str]]:
    with (out / "photos.csv").open(encoding="utf-8", newline="") as file:
        return {row["photo"]: row for row in csv.DictReader(file)}


def may_mount() -> bool:
    """Tell whether this user may have a file system of a size of his own, in a namespace that nobody else sees."""
    if not shutil.which("unshare"):
        return False
    mount = [*NAMESPACE, "mount", "-t", "tmpfs", "-o", "size=1m", "none", "/mnt"]
    return subprocess.run(mount, capture_output=True, check=False).returncode == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Forks]:
    """Runs that see a small disk at ``tmp_path/disk``, which nobody else sees."""
    if not may_mount():
        pytest.skip("mounting a small disk in a namespace of its own is not allowed here")
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = (*NAMESPACE, "sh", "-c", f'mount -t tmpfs -o size=64m none "{disk}" && exec "$@"', "sh")
    with Forks(mounted) as forks:
        yield forks


FULL = ("is the disk full?", "disk is full", "No space left", "File too large", "disk I/O error")


def assert_full(code: int, text: str) -> None:
    """The run stopped, or did not begin, and said why in a sentence."""
    assert code in (1, 2), text
    assert "Traceback" not in text
    assert any(words in text for words in FULL), text


def fills_up(forks: Forks, folder: Path, room_kib: int) -> bool:
    """Fill the disk up to some room, measure, make space and measure again; tell whether the room was too little."""
    photos, disk = folder / "in", folder / "disk"
    out = disk / f"out{room_kib}"
    forks.shell(f'rm -rf "{disk}"/*; mount -o remount,size={room_kib}k "{disk}"')
    first = forks.run("measure", photos, "-o", out, "--workers", "1", cwd=folder)
    if first.code != 0:
        assert_full(first.code, first.text)
    forks.shell(f'mount -o remount,size=64m "{disk}"')
    second = forks.run("measure", photos, "-o", out, "--workers", "1", cwd=folder)
    assert second.code == 0, second.text
    kept = folder / "kept"
    kept.mkdir(exist_ok=True)
    forks.shell(f'cp -a "{out}" "{kept}"')
    assert_as_if_nothing_had_happened(kept / out.name, folder / "reference")
    return first.code != 0


def test_a_disk_that_is_full(small_disk: Forks, tmp_path: Path) -> None:
    small_disk.run("measure", photographs(tmp_path), "-o", "reference", "--workers", "1", cwd=tmp_path)
    assert all(fills_up(small_disk, tmp_path, room_kib) for room_kib in SMALL_KIB)


@pytest.mark.slow
def test_a_disk_that_is_full_at_any_moment(small_disk: Forks, tmp_path: Path) -> None:
    small_disk.run("measure", photographs(tmp_path), "-o", "reference", "--workers", "1", cwd=tmp_path)
    room_kib = 4
    while fills_up(small_disk, tmp_path, room_kib):
        room_kib += 8


def too_large(forks: Forks, folder: Path, most_bytes: int) -> bool:
    """Measure where no file may grow beyond a size, then where it may; tell whether the size was too small."""
    out = folder / f"out{most_bytes}"
    first = forks.run("measure", folder / "in", "-o", out, "--workers", "1", cwd=folder, file_bytes=most_bytes)
    if first.code != 0:
        assert_full(first.code, first.text)
    second = forks.run("measure", folder / "in", "-o", out, "--workers", "1", cwd=folder)
    assert second.code == 0, second.text
    assert_as_if_nothing_had_happened(out, folder / "reference")
    return first.code != 0


def test_files_that_may_not_grow(tmp_path: Path) -> None:
    photographs(tmp_path)
    shared().run("measure", "in", "-o", "reference", "--workers", "1", cwd=tmp_path)
    assert all(too_large(shared(), tmp_path, kib * 1024) for kib in (4, 60))


@pytest.mark.slow
def test_files_that_may_not_grow_to_any_size(tmp_path: Path) -> None:
    photographs(tmp_path)
    shared().run("measure", "in", "-o", "reference", "--workers", "1", cwd=tmp_path)
    kib = 1
    while too_large(shared(), tmp_path, kib * 1024):
        kib += 4


# ---- photographs


def test_a_file_that_cannot_be_read_costs_only_itself(tmp_path: Path) -> None:
    photographs(tmp_path)
    os.mkfifo(tmp_path / "in" / "pipe.png")
    expected = {"pipe.png"}
    if Path("/proc/self/mem").exists():
        (tmp_path / "in" / "error.png").symlink_to("/proc/self/mem")  # reading its first byte is an error: EIO
        expected.add("error.png")
    if os.geteuid() != 0:
        make_photo(tmp_path / "in" / "secret.png").chmod(0)
        expected.add("secret.png")
    end = shared().run("measure", "in", "-o", "out", "--workers", "1", cwd=tmp_path)
    assert end.code == 3, end.text
    assert {photo for photo, row in rows(tmp_path / "out").items() if row["status"] != "measured"} == expected
    assert all(rows(tmp_path / "out")[photo]["reason"] for photo in expected)


def test_files_that_vanish_and_change_while_others_are_measured(tmp_path: Path) -> None:
    photos = photographs(tmp_path)
    make_photo(photos / "0.png", WAIT, grey=90)
    with Running("measure", "in", "-o", "out", "--workers", "1", cwd=tmp_path) as run:
        run.begun(90)
        (photos / "3.png").unlink()
        changed = make_photo(photos / "2.png", grey=200)
        run.go()
        assert run.ended() == 3, run.text
    table = rows(tmp_path / "out")
    assert table["2.png"]["sha256"] == hashlib.sha256(changed.read_bytes()).hexdigest()
    assert (table["3.png"]["status"], bool(table["3.png"]["reason"])) == ("not_measured", True)
    make_photo(photos / "3.png", grey=93)
    measured = (tmp_path / "gate" / "measured").read_text()
    end = shared().run("measure", "in", "-o", "out", "--workers", "1", cwd=tmp_path)
    assert end.code == 0, end.text
    assert (tmp_path / "gate" / "measured").read_text() == measured + "93\n"
