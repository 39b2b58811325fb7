"""The command itself on a folder of nasty files: a row for each, and nothing on the terminal but what is meant."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))

from fuzz_mutate import case  # noqa: E402
from fuzz_seeds import IMAGES, seeds  # noqa: E402

EACH = 5
NAMES = ("line\nbreak.jpg", "esc\x1b[31m.png", "ä ☂ 😀.jpg", "=1+1.jpg", "a,b;'c\".jpg", "x" * 240 + ".jpg", "-o.jpg",
         "%s.tif", "dots...jpg", "UPPER.JPG", " .png", "<b>&amp;.png", "\u202egpj.jpg")  # fmt: skip


def run(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "densitometer", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, errors="replace", check=False, timeout=300)


def assert_clean(text: str) -> None:
    for word in (
        "Traceback",
        "Warning",
        "libpng",
        "TIFFRead",
        "TIFFFetch",
        "TIFF_",
        "[ WARN",
        "[ERROR",
        "<Tiff",
        "internal error",
    ):
        assert word not in text, text
    odd = {sign for sign in text if not sign.isprintable() and sign not in "\n\r"}
    assert not odd, text


def nasty_folder(folder: Path) -> int:
    """Fill a folder and tell how many photographs it seems to hold."""
    folder.mkdir()
    kinds = [kind for kind in IMAGES if seeds(kind)]
    files = {f"{kind}{number}.{kind}": case(kind, 11, number) for kind in kinds for number in range(EACH)}
    files = {name.replace(".heic", ".HEIC"): data for name, data in files.items()}
    names = NAMES if os.name == "posix" else [name for name in NAMES if not set(name) & set('\n\x1b;<>"%')]
    files |= dict.fromkeys(names, seeds("jpeg")[0])
    files |= {"empty.jpg": b"", "text.png": b"no picture\n", "bomb.png": seeds("png")[0][:16] + b"\0\0\xff\xff" * 2}
    for name, data in files.items():
        (folder / name).write_bytes(data)
    (folder / "folder.jpg").mkdir()
    more = 1
    if os.name == "posix":
        (folder / "dangling.jpg").symlink_to("nowhere")
        os.mkfifo(folder / "pipe.jpg")
        more += 2
        if sys.platform == "linux":
            Path(os.fsdecode(os.fsencode(folder) + b"/not\xffutf8.jpg")).write_bytes(seeds("jpeg")[0])
            more += 1
    return len(files) + more


@pytest.mark.slow
def test_a_folder_of_nasty_files(tmp_path: Path) -> None:
    photographs = nasty_folder(tmp_path / "in")
    done = run("measure", tmp_path / "in", "-o", tmp_path / "out", "--um-per-px", 8, "--method", "ridge")
    assert done.returncode == 3, done.stderr
    assert_clean(done.stderr)
    assert_clean(done.stdout)
    with (tmp_path / "out" / "photos.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == photographs == len({row["photo"] for row in rows})
    for row in rows:
        assert row["status"] in {"measured", "not_measured"}
        assert bool(row["reason"]) == (row["status"] == "not_measured")
        assert row["reason"].isprintable()
        assert len(row["reason"]) < 500
        assert "internal error" not in row["reason"]
    assert sum(row["status"] == "measured" for row in rows) > len(NAMES) // 2


@pytest.mark.parametrize(
    ("option", "name", "data"),
    [
        ("--settings", "s.toml", b"a = " + b"[" * 9000),
        ("--settings", "s.toml", b'"\\u001b[2J\\n" = 1'),
        ("--settings", "s.toml", b"\xff\xfe\0"),
        ("--visits", "v.csv", b"photo\n" + b"a\x1b[2J.jpg\n" * 3),
        ("--visits", "v.csv", b'photo,"a\nb"\n"' + b"x" * 200_000),
        ("--visits", "v.csv", b"PK\x03\x04" + bytes(100)),
    ],
)
def test_nasty_settings_and_visits(tmp_path: Path, option: str, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    (tmp_path / "a.jpg").write_bytes(seeds("jpeg")[0])
    done = run("measure", tmp_path / "a.jpg", "-o", tmp_path / "out", option, tmp_path / name)
    assert done.returncode == 2, done.stderr
    assert_clean(done.stderr)
    assert len(done.stderr) < 9000
    assert not (tmp_path / "out" / "photos.csv").exists()
