"""Nothing that a camera writes into a file, and no folder above the one given, gets into the outputs.

The audit trail is the exception as to folders: it says who did what, when and to which folder, and stays with the lab.
"""

from __future__ import annotations

import base64
import re
import shutil
import subprocess
import sys
from pathlib import Path

from PIL import ExifTags, Image

SAMPLE = Path(__file__).resolve().parent.parent / "sample_images" / "trimmed_dark.jpg"
SECRETS = (b"Jane Doe", b"SN-987654", b"1967:03:21", b"shot in room 12", b"Roe-family")


def photograph_with_secrets(path: Path) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = "Jane Doe"
    exif[ExifTags.Base.DateTime] = "1967:03:21 10:11:12"
    exif[ExifTags.Base.ImageDescription] = "shot in room 12"
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.BodySerialNumber] = "SN-987654"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (51.0, 30.0, 12.345)
    with Image.open(SAMPLE) as image:
        image.save(path, exif=exif, comment=b"shot in room 12", quality=95)


def told(path: Path) -> list[bytes]:
    """What of the secrets a file may tell: the audit trail alone says which folder was measured, seen from its own."""
    return [b"Roe-family"] if path.name == "audit.jsonl" else []


def embedded(page: bytes) -> bytes:
    """Bytes of the pictures inside a page, which base64 hides from a search."""
    return b"".join(base64.b64decode(data) for data in re.findall(rb"base64,([A-Za-z0-9+/=]+)", page))


def test_capture_facts_and_folders_above_stay_out_of_the_outputs(tmp_path: Path) -> None:
    folder = tmp_path / "Roe-family" / "photographs"
    folder.mkdir(parents=True)
    photograph_with_secrets(folder / "a.jpg")
    data = (folder / "a.jpg").read_bytes()
    assert all(secret in data for secret in SECRETS[:-1])  # else this test could not fail
    code = "from densitometer.cli.main import main; main()"
    words = ["measure", str(folder), "-o", str(tmp_path / "out"), "--workers", "1"]
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    written = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert len(written) > 4
    for path in written:
        content = path.read_bytes()
        content += embedded(content)
        assert [secret for secret in SECRETS if secret in content] == told(path), path.name
        assert str(tmp_path).encode() not in content, path.name
    for overlay in (tmp_path / "out" / "overlays").iterdir():
        with Image.open(overlay) as image:
            assert not image.getexif()
            assert not set(image.info) - {"dpi"}


def test_comparing_adds_nothing_of_the_camera_and_needs_no_original(tmp_path: Path) -> None:
    folder = tmp_path / "Roe-family" / "photographs"
    folder.mkdir(parents=True)
    for name in ("a.jpg", "b.jpg"):
        photograph_with_secrets(folder / name)
    code = "from densitometer.cli.main import main; main()"
    words = ["compare", str(folder / "a.jpg"), str(folder / "b.jpg"), "-o", str(tmp_path / "out"), "--workers", "1"]
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    written = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert len(written) > 10
    for path in written:
        content = path.read_bytes()
        content += embedded(content)
        assert [secret for secret in SECRETS if secret in content] == told(path), path.name
        assert str(tmp_path).encode() not in content, path.name
    for picture in (tmp_path / "out" / "comparisons").iterdir():
        with Image.open(picture) as image:
            assert not image.getexif()
            assert not {"comment", "exif", "xmp", "icc_profile"} & set(image.info), picture.name


def test_two_runs_give_the_same_bytes(tmp_path: Path) -> None:
    folder = tmp_path / "photographs"
    folder.mkdir()
    shutil.copy(SAMPLE, folder / "a.jpg")
    shutil.copy(SAMPLE, folder / "b.jpg")
    code = "from densitometer.cli.main import main; main()"
    outputs = []
    for out, workers in (("one", "1"), ("two", "2")):
        words = ["measure", str(folder), "-o", str(tmp_path / out), "--workers", workers]
        done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        files = sorted(path for path in (tmp_path / out).rglob("*") if path.is_file())
        outputs.append({path.relative_to(tmp_path / out).as_posix(): path.read_bytes() for path in files})
    first, second = outputs
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == ["audit.jsonl"]  # which says when and who
