"""A copy holds the pixels and nothing else; burned-in text is found and painted over, and the scale survives."""

from __future__ import annotations

import hashlib
import io
import os
import struct
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import ExifTags, Image, ImageDraw, ImageFont, PngImagePlugin, TiffImagePlugin

from densitometer.deidentify.burned_in import burned_in
from densitometer.deidentify.copies import Copy, Task, copy_of
from densitometer.field import find_field, find_text
from densitometer.photo import decode_photo, read_photo
from densitometer.pipeline import measure_photo
from densitometer.scale import find_bar
from densitometer.settings import Settings
from test_field import bar_with, header, skin

SECRETS = (b"Jane Doe", b"SN-987654", b"1967:03:21", b"room 12", b"Roe/Jane", b"trailing Roe", b"profile of Roe")
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a creator="Jane Doe" source="Roe/Jane"/></x:xmpmeta>'
IPTC = b"\x1c\x02\x50\x00\x08Jane Doe\x1c\x02\x78\x00\x07room 12"
PHOTOSHOP = b"Photoshop 3.0\x008BIM\x04\x04\x00\x00" + struct.pack(">I", len(IPTC)) + IPTC
PROFILE = b"profile of Roe".ljust(200, b"\0")


def picture() -> Image.Image:
    random = np.random.default_rng(3)
    return Image.fromarray(random.integers(60, 200, (90, 130, 3), dtype=np.uint8))


def exif() -> Image.Exif:
    tags = Image.Exif()
    tags[ExifTags.Base.Artist] = "Jane Doe"
    tags[ExifTags.Base.DateTime] = "1967:03:21 10:11:12"
    tags[ExifTags.Base.ImageDescription] = "shot in room 12"
    tags[ExifTags.Base.Orientation] = 6
    tags.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.BodySerialNumber] = "SN-987654"
    tags.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (51.0, 30.0, 12.345)
    return tags


def segment(marker: int, data: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def jpeg() -> bytes:
    file = io.BytesIO()
    picture().save(file, "JPEG", exif=exif(), comment=b"room 12", icc_profile=PROFILE, xmp=XMP)
    data = file.getvalue()
    return data[:2] + segment(0xED, PHOTOSHOP) + data[2:] + b"trailing Roe"


def mpo() -> bytes:
    file = io.BytesIO()
    second = picture().resize((40, 30))
    second.encoderinfo = {"comment": b"trailing Roe", "exif": exif().tobytes()}  # type: ignore[attr-defined]
    picture().save(file, "MPO", save_all=True, append_images=[second], exif=exif(), comment=b"room 12")
    return file.getvalue()


def png() -> bytes:
    told = PngImagePlugin.PngInfo()
    told.add_text("Author", "Jane Doe, born 1967:03:21")
    told.add_text("Comment", "room 12", zip=True)
    told.add_itxt("XML:com.adobe.xmp", XMP.decode())
    file = io.BytesIO()
    picture().save(file, "PNG", pnginfo=told, exif=exif(), icc_profile=PROFILE)
    return file.getvalue() + b"trailing Roe"


def tiff() -> bytes:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[270], tags[315], tags[306] = "shot in room 12", "Jane Doe", "1967:03:21 10:11:12"
    tags[700], tags[33723], tags[34377] = XMP, IPTC, PHOTOSHOP
    tags.tagtype[700] = tags.tagtype[33723] = tags.tagtype[34377] = 7
    tags[42033] = "SN-987654"
    file = io.BytesIO()
    picture().save(file, "TIFF", tiffinfo=tags, icc_profile=PROFILE)
    return file.getvalue() + b"trailing Roe"


def webp() -> bytes:
    file = io.BytesIO()
    picture().save(file, "WEBP", exif=exif(), xmp=XMP, icc_profile=PROFILE, quality=90)
    return file.getvalue() + b"trailing Roe"


def heic() -> bytes:
    heif = pytest.importorskip("pillow_heif")
    heif.register_heif_opener()
    file = io.BytesIO()
    picture().save(file, "HEIF", exif=exif(), xmp=XMP)
    return file.getvalue()


def copied(path: Path, *, blank: bool = False) -> Copy:
    return copy_of(Task("a.png", path, hashlib.sha256(path.read_bytes()).hexdigest(), blank))


def chunks(data: bytes) -> list[bytes]:
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    kinds, at = [], 8
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        kinds.append(data[at + 4 : at + 8])
        at += 12 + length
    assert at == len(data)
    return kinds


@pytest.mark.parametrize("make", [jpeg, mpo, png, tiff, webp, heic])
def test_a_copy_holds_the_pixels_and_nothing_else(tmp_path: Path, make: Callable[[], bytes]) -> None:
    path = tmp_path / "Jane Doe.jpg"
    path.write_bytes(make())
    assert sum(secret in path.read_bytes() for secret in SECRETS) >= 3  # else this test could not fail
    os.utime(path, (1e9, 1e9))
    before = path.read_bytes(), path.stat().st_mtime_ns
    done = copied(path)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert done.png is not None
    assert done.reason == ""
    assert [secret for secret in SECRETS if secret in done.png] == []
    kinds = chunks(done.png)
    assert (kinds[0], kinds[-1]) == (b"IHDR", b"IEND")
    assert set(kinds[1:-1]) == {b"IDAT"}
    with Image.open(io.BytesIO(done.png)) as image:
        assert not image.info
        assert not image.getexif()
    assert np.array_equal(decode_photo(done.png).rgb, read_photo(path).rgb)


def test_a_copy_is_upright(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg())
    done = copied(path)
    assert done.png is not None
    assert decode_photo(done.png).rgb.shape == (130, 90, 3)


def test_measuring_the_copy_gives_the_numbers_of_the_original(sample_images: Path) -> None:
    path = sample_images / "trimmed_dark.jpg"
    done = copied(path)
    assert done.png is not None
    settings = Settings(method="ridge")
    one, other = measure_photo(read_photo(path), settings), measure_photo(decode_photo(done.png), settings)
    assert one.scale == other.scale
    assert repr(one.values) == repr(other.values)
    assert one.flags == other.flags


def test_a_scale_of_the_metadata_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    picture().save(path, "TIFF", dpi=(25400 / 5.25, 25400 / 5.25))
    told = read_photo(path).capture.um_per_px
    assert told == pytest.approx(5.25, rel=1e-4)
    assert copied(path).um_per_px == told


def test_a_bar_goes_before_metadata(tmp_path: Path, sample_images: Path) -> None:
    path = tmp_path / "a.tif"
    with Image.open(sample_images / "trimmed_dark.jpg") as image:
        image.save(path, "TIFF", dpi=(25400 / 7.25, 25400 / 7.25))
    assert read_photo(path).capture.um_per_px is not None
    assert copied(path).um_per_px is None  # the copy shows the bar, too


@pytest.mark.parametrize(("text", "width"), [("1.0 mm Roe", 98), ("A. Roe 21", 88)])
@pytest.mark.parametrize("blank", [False, True])
def test_text_is_told_and_painted_over_when_asked(tmp_path: Path, text: str, width: int, blank: bool) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(bar_with(text, width)).save(path)
    done = copied(path, blank=blank)
    assert done.png is not None
    assert (done.text_regions, done.blanked, done.text_left) == (1, blank, False)
    rgb, before = decode_photo(done.png).rgb, read_photo(path).rgb
    if not blank:
        assert np.array_equal(rgb, before)
        return
    ((x0, y0, x1, y1),) = find_text(before)
    assert not find_text(rgb)
    outside = np.ones(rgb.shape[:2], bool)
    outside[y0:y1, x0:x1] = False
    assert np.array_equal(rgb[outside], before[outside])
    assert (rgb[y0:y1, x0:x1] == 128).all()  # with such a label the bar cannot be read, so that nothing is spared


def test_the_length_of_a_bar_is_no_text_that_was_painted_over(sample_images: Path) -> None:
    path = sample_images / "trimmed_dark.jpg"
    before = read_photo(path).rgb
    assert find_text(before)  # which is the length, and nothing else
    done = copied(path, blank=True)
    assert done.png is not None
    assert (done.text_regions, done.blanked, done.text_left, done.um_per_px) == (0, False, False, None)
    assert np.array_equal(decode_photo(done.png).rgb, before)


def with_name(sample_images: Path, tmp_path: Path) -> Path:
    """A photograph with a scale bar and a name."""
    rgb = header(
        read_photo(sample_images / "trimmed_dark.jpg").rgb.copy(), "ROE, JANE 1967", (0, 0, 200, 24), (250,) * 3
    )
    path = tmp_path / "a.png"
    Image.fromarray(rgb).save(path)
    return path


def test_a_length_stays_when_a_name_is_painted_over(sample_images: Path, tmp_path: Path) -> None:
    path = with_name(sample_images, tmp_path)
    before = read_photo(path).rgb
    done = copied(path, blank=True)
    assert done.png is not None
    assert (done.text_regions, done.blanked, done.text_left, done.um_per_px) == (1, True, False, None)
    painted = decode_photo(done.png).rgb
    assert (painted[2:22, 2:190] == 128).all()
    assert find_bar(painted) == find_bar(before)


TURNS = (1, 2, 3)


@pytest.mark.parametrize("turns", TURNS)
def test_print_is_found_however_the_picture_is_turned(sample_images: Path, tmp_path: Path, turns: int) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(np.rot90(read_photo(sample_images / "printed.jpg").rgb, turns)).save(path)
    done = copied(path, blank=True)
    assert done.png is not None
    assert (done.text_regions, done.blanked, done.text_left) == (2, True, False)
    assert (np.rot90(decode_photo(done.png).rgb, -turns)[4:19, 2:340] == 128).all()


@pytest.mark.parametrize("ink", [0, 60])
@pytest.mark.parametrize("turned", [False, True])
def test_dark_letters_on_a_light_box_are_found(tmp_path: Path, ink: int, turned: bool) -> None:
    rgb = skin()
    rgb[100:124, 200:390] = 245
    cv2.putText(rgb, "ROE, JANE 1967", (208, 117), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (ink,) * 3, 1, cv2.LINE_AA)
    path = tmp_path / "a.png"
    Image.fromarray(np.rot90(rgb) if turned else rgb).save(path)
    done = copied(path, blank=True)
    assert done.png is not None
    assert (done.text_regions, done.blanked, done.text_left) == (1, True, False)
    painted = np.rot90(decode_photo(done.png).rgb, -1) if turned else decode_photo(done.png).rgb
    assert (painted[104:120, 206:330] == 128).all()


@pytest.mark.parametrize("ground", [0, 60, 255])
@pytest.mark.parametrize("size", [12, 28])
@pytest.mark.parametrize("turns", [0, 1, 2])
def test_a_strip_along_the_border_is_painted_whole(tmp_path: Path, ground: int, size: int, turns: int) -> None:
    strip = Image.new("RGB", (800, 2 * size), (ground,) * 3)
    ImageDraw.Draw(strip).text(
        (10, 4), "Roe, Jane 21.03.1967", fill=(255 - ground,) * 3 if ground != 60 else (230,) * 3,
        font=ImageFont.load_default(size),
    )  # fmt: skip
    rgb = np.vstack([skin(), np.array(strip)])
    path = tmp_path / "a.png"
    Image.fromarray(np.rot90(rgb, turns)).save(path)
    done = copied(path, blank=True)
    assert done.png is not None
    assert (done.text_regions, done.blanked, done.text_left) == (1, True, False)
    painted = np.rot90(decode_photo(done.png).rgb, -turns)
    assert (painted[600:] == 128).all()
    assert np.array_equal(painted[:590], rgb[:590])


def test_a_plain_strip_and_plain_skin_hold_no_text(sample_images: Path) -> None:
    assert not burned_in(np.vstack([skin(), np.zeros((40, 800, 3), np.uint8)]))
    for name in ("round_field", "clipped_wide", "curly", "red_freckled", "light_on_dark", "untrimmed", "visit_1"):
        rgb = read_photo(sample_images / f"{name}.jpg").rgb
        assert not burned_in(rgb), name


def test_a_scale_that_is_lost_by_painting_is_told(
    sample_images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("densitometer.deidentify.copies._spared", lambda shape, bar: np.zeros(shape, bool))
    monkeypatch.setattr("densitometer.deidentify.copies._is_length", lambda box, bar: False)
    path = with_name(sample_images, tmp_path)
    bar = find_bar(read_photo(path).rgb)
    done = copied(path, blank=True)
    assert done.png is not None
    assert bar is not None
    assert find_bar(decode_photo(done.png).rgb) is None
    assert done.um_per_px == bar.um_per_px


def test_the_scale_bar_survives_painting_over(tmp_path: Path) -> None:
    rgb = header(bar_with("1.0 mm", 62), "ROE, JANE 1967-03-21", (0, 0, 260, 24), (250, 250, 250))
    path = tmp_path / "a.png"
    Image.fromarray(rgb).save(path)
    bar = find_bar(rgb)
    assert bar is not None
    done = copied(path, blank=True)
    assert done.png is not None
    assert done.blanked
    painted = decode_photo(done.png).rgb
    after = find_bar(painted)
    assert after is not None
    assert after.um_per_px == bar.um_per_px
    assert done.um_per_px is None
    assert (painted[:24, :250] == 128).all()
    assert not find_field(painted, 5.5).usable[2:22, 2:250].any()


def test_a_sample_image_with_print_is_clean_afterwards(sample_images: Path) -> None:
    done = copied(sample_images / "printed.jpg", blank=True)
    assert done.png is not None
    assert done.text_regions == 2
    assert not done.text_left
    rgb = decode_photo(done.png).rgb
    assert (rgb[4:19, 2:340] == 128).all()
    assert not find_text(rgb)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty"),
        (b"Jane Doe was here\n", "the file holds text, not a picture"),
        (jpeg()[:400], "truncated or damaged"),
    ],
)
def test_why_there_is_no_copy(tmp_path: Path, data: bytes, reason: str) -> None:
    path = tmp_path / "Jane Doe.jpg"
    path.write_bytes(data)
    done = copied(path)
    assert done.png is None
    assert reason in done.reason
    assert "Jane" not in done.reason


def test_a_file_that_changes_meanwhile_is_not_copied(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg())
    done = copy_of(Task("a.png", path, "0" * 64, blank=False))
    assert done.png is None
    assert "changed while it was read" in done.reason


def test_a_mistake_of_ours_tells_no_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(rgb: object) -> None:
        raise ValueError(f"in {tmp_path}")

    monkeypatch.setattr("densitometer.deidentify.copies.burned_in", broken)
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg())
    done = copied(path)
    assert done.reason == "internal error: ValueError; please report it"
    assert f"ValueError: in {tmp_path}" in done.log


def test_text_that_is_found_again_and_again_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places = iter((x, 0, x + 5, 9) for x in range(0, 90, 5))
    monkeypatch.setattr("densitometer.deidentify.copies.burned_in", lambda rgb: (next(places),))
    path = tmp_path / "a.png"
    picture().save(path)
    done = copied(path, blank=True)
    assert done.blanked
    assert done.text_left


def test_painting_keeps_the_array_that_was_given() -> None:
    from densitometer.deidentify.copies import without_text

    rgb = header(skin(), "ROE, JANE 1967", (0, 0, 200, 24), (250, 250, 250))
    before = rgb.copy()
    painted, left = without_text(rgb, None)
    assert np.array_equal(rgb, before)
    assert not left
    assert cv2.absdiff(painted, rgb)[:24, :190].any()
