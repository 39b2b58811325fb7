"""Photographs: every format and kind of samples, all orientations, and one clear reason for each bad file."""

from __future__ import annotations

import hashlib
import io
import struct
import sys
import zlib
from pathlib import Path

import cv2
import numpy as np
import PIL
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin

from densitometer import photo, samples
from densitometer.errors import PhotoError
from densitometer.photo import SUFFIXES, read_photo
from densitometer.settings import PhotoSettings

Rgb = NDArray[np.uint8]
HIGH, WIDE = 80, 120


def scene() -> Rgb:
    """Smooth colours, different in every corner, so that lossy formats and turned pictures can be told."""
    y, x = np.mgrid[0:HIGH, 0:WIDE]
    return np.stack((x * 2, y * 3, 200 - x), axis=-1).astype(np.uint8)


def saved(folder: Path, name: str, image: Image.Image, **options: object) -> Path:
    path = folder / name
    image.save(path, **options)
    return path


def reason(path: Path, settings: PhotoSettings | None = None) -> str:
    with pytest.raises(PhotoError) as caught:
        read_photo(path, settings or PhotoSettings())
    sentence = caught.value.reason
    assert str(path.parent) not in sentence
    assert "\n" not in sentence
    return sentence


@pytest.mark.parametrize(
    ("name", "options", "worst"),
    [
        ("a.jpg", {"quality": 95}, 8), ("a.png", {}, 0), ("a.tif", {}, 0), ("b.tif", {"compression": "tiff_lzw"}, 0),
        ("a.bmp", {}, 0), ("a.webp", {"lossless": True}, 0),
    ],
)  # fmt: skip
def test_formats(tmp_path: Path, name: str, options: dict[str, object], worst: int) -> None:
    path = saved(tmp_path, name, Image.fromarray(scene()), **options)
    read = read_photo(path)
    assert read.rgb.dtype == np.uint8
    assert read.rgb.flags.c_contiguous
    assert np.abs(read.rgb.astype(int) - scene()).max() <= worst
    assert read.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert read.capture.um_per_px is None
    assert path.suffix in SUFFIXES


def test_suffix_does_not_matter(tmp_path: Path) -> None:
    path = saved(tmp_path, "a.png", Image.fromarray(scene()))
    path = path.rename(tmp_path / "a.jpg")
    assert np.array_equal(read_photo(path).rgb, scene())


def test_heic(tmp_path: Path) -> None:
    heif = pytest.importorskip("pillow_heif")
    heif.register_heif_opener()
    path = saved(tmp_path, "a.heic", Image.fromarray(scene()), quality=95)
    assert np.abs(read_photo(path).rgb.astype(int) - scene()).mean() < 4
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    assert "damaged" in reason(path)


def test_heic_without_its_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.heic"
    path.write_bytes(b"\0\0\0\x18ftypheic" + bytes(100))
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    assert "pip install densitometer[heif]" in reason(path)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.tif", "a.webp", "deep.tif", "opencv.tif", "deep.png"])
def test_orientation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, orientation: int) -> None:
    upright = scene()
    # the inverse of what a reader must do, from the meaning of the tag: where row 0 and column 0 are to be shown
    stored = {
        1: upright, 2: upright[:, ::-1], 3: upright[::-1, ::-1], 4: upright[::-1], 5: upright.transpose(1, 0, 2),
        6: np.rot90(upright, 1), 7: np.rot90(upright, 2).transpose(1, 0, 2), 8: np.rot90(upright, -1),
    }[orientation]  # fmt: skip
    stored = np.ascontiguousarray(stored)
    path = tmp_path / name
    if name in {"deep.tif", "opencv.tif"}:
        tag = [(274, "H", 1, orientation, True)]
        tifffile.imwrite(path, stored.astype(np.uint16) * 257, photometric="rgb", extratags=tag)
        if name == "opencv.tif":
            monkeypatch.setattr(photo, "_READ_BY_TIFFFILE", frozenset())
    elif name == "deep.png":
        _write_deep_png(path, stored, orientation)
    else:
        exif = Image.Exif()
        exif[274] = orientation
        Image.fromarray(stored).save(path, exif=exif, **({"quality": 95} if name != "a.png" else {}))
    worst = 0 if name.endswith(("png", "tif")) else 30
    assert np.abs(read_photo(path).rgb.astype(int) - upright).max() <= worst


def _write_deep_png(path: Path, rgb: Rgb, orientation: int) -> None:
    data = cv2.imencode(".png", rgb[..., ::-1].astype(np.uint16) * 257)[1].tobytes()
    exif = Image.Exif()
    exif[274] = orientation
    body = exif.tobytes().removeprefix(b"Exif\0\0")
    chunk = struct.pack(">I", len(body)) + b"eXIf" + body + struct.pack(">I", zlib.crc32(b"eXIf" + body))
    path.write_bytes(data[:33] + chunk + data[33:])


def test_deep_samples_keep_their_range(tmp_path: Path) -> None:
    deep = (scene().astype(np.uint16) << 8) + 77
    tifffile.imwrite(tmp_path / "a.tif", deep, photometric="rgb")
    cv2.imwrite(str(tmp_path / "a.png"), deep[..., ::-1])
    for name in ("a.tif", "a.png"):
        assert np.array_equal(read_photo(tmp_path / name).rgb, np.rint(deep / 257).astype(np.uint8)), name


def test_deep_lzw_tiff(tmp_path: Path) -> None:
    deep = scene().astype(np.uint16) * 257
    assert cv2.imwrite(str(tmp_path / "a.tif"), deep[..., ::-1], [cv2.IMWRITE_TIFF_COMPRESSION, 5])
    assert np.array_equal(read_photo(tmp_path / "a.tif").rgb, scene())


@pytest.mark.parametrize("white_is_zero", [False, True])
def test_deep_grey(tmp_path: Path, white_is_zero: bool) -> None:
    grey = scene()[..., 0].astype(np.uint16) * 257
    stored = 65535 - grey if white_is_zero else grey
    tifffile.imwrite(tmp_path / "a.tif", stored, photometric="miniswhite" if white_is_zero else "minisblack")
    assert np.array_equal(read_photo(tmp_path / "a.tif").rgb, np.repeat(scene()[..., :1], 3, axis=2))


def test_twelve_bits_in_sixteen(tmp_path: Path) -> None:
    twelve = np.rint(scene() * (4095 / 255)).astype(np.uint16)
    twelve[0, 0] = 4095
    tifffile.imwrite(tmp_path / "a.tif", twelve, photometric="rgb")
    read = read_photo(tmp_path / "a.tif").rgb
    assert np.abs(read[1:].astype(int) - scene()[1:]).max() <= 1
    assert read[0, 0].tolist() == [255, 255, 255]


def test_dark_sixteen_bits_are_not_stretched() -> None:
    dark = np.full((4, 4), 8000, np.uint16)
    assert np.all(samples.array_to_rgb(dark) == round(8000 / 257))


def test_planar_deep_tiff(tmp_path: Path) -> None:
    deep = np.moveaxis(scene().astype(np.uint16) * 257, 2, 0)
    tifffile.imwrite(tmp_path / "a.tif", deep, photometric="rgb", planarconfig="separate")
    assert np.array_equal(read_photo(tmp_path / "a.tif").rgb, scene())


YCBCR = pytest.param(
    "YCbCr",
    marks=pytest.mark.skipif(int(PIL.__version__.split(".")[0]) < 13, reason="Pillow reads it uncompressed from 13 on"),
)


@pytest.mark.parametrize("mode", ["L", "1", "CMYK", YCBCR])
def test_modes_turned_to_rgb(tmp_path: Path, mode: str) -> None:
    image = Image.fromarray(scene()).convert(mode)
    read = read_photo(saved(tmp_path, "a.tif", image)).rgb
    assert np.array_equal(read, np.asarray(image.convert("RGB")))


def test_cmyk_jpeg(tmp_path: Path) -> None:
    path = saved(tmp_path, "a.jpg", Image.fromarray(scene()).convert("CMYK"), quality=95)
    assert np.abs(read_photo(path).rgb.astype(int) - scene()).mean() < 5


def test_float_tiff(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", scene()[..., 0].astype(np.float32) / 255)
    assert np.abs(read_photo(tmp_path / "a.tif").rgb[..., 1].astype(int) - scene()[..., 0]).max() <= 1
    tifffile.imwrite(tmp_path / "b.tif", np.full((HIGH, WIDE), np.nan, np.float32))
    assert "no common range" in reason(tmp_path / "b.tif")


def test_transparent_parts_turn_black(tmp_path: Path) -> None:
    alpha = np.full((HIGH, WIDE), 255, np.uint8)
    alpha[:, :40], alpha[:, 40:60] = 0, 128
    rgba = Image.fromarray(np.dstack((scene(), alpha)))
    for name, image in (("rgba.png", rgba), ("la.png", rgba.convert("LA"))):
        read = read_photo(saved(tmp_path, name, image)).rgb
        full = np.asarray(image.convert("RGB"))
        assert not read[:, :40].any()
        assert np.array_equal(read[:, 60:], full[:, 60:])
        assert np.abs(read[:, 40:60] - full[:, 40:60] * (128 / 255)).max() <= 1


def test_unused_alpha_is_ignored(tmp_path: Path) -> None:
    image = Image.fromarray(np.dstack((scene(), np.zeros((HIGH, WIDE), np.uint8))))
    assert np.array_equal(read_photo(saved(tmp_path, "a.png", image)).rgb, scene())


def test_palette_with_transparency(tmp_path: Path) -> None:
    index = np.zeros((HIGH, WIDE), np.uint8)
    index[:, 60:] = 1
    image = Image.fromarray(index, mode=None)
    image = image.convert("P")
    image.putpalette([200, 10, 20, 30, 150, 60])
    read = read_photo(saved(tmp_path, "a.png", image, transparency=0)).rgb
    assert read[0, 0].tolist() == [0, 0, 0]
    assert read[0, -1].tolist() == [30, 150, 60]
    read = read_photo(saved(tmp_path, "b.png", image)).rgb
    assert read[0, 0].tolist() == [200, 10, 20]


@pytest.mark.parametrize(
    ("dpi", "um_per_px"),
    [(72, None), (96, None), (300, None), (600, None), (1200, None), (4800, None), (5080, 5.0), (2540, 10.0),
     (100000, None), (6350, 4.0)],
)  # fmt: skip
def test_resolution_of_tiff_and_png(tmp_path: Path, dpi: float, um_per_px: float | None) -> None:
    for name in ("a.tif", "a.png"):
        path = saved(tmp_path, name, Image.fromarray(scene()), dpi=(dpi, dpi))
        expected = None if um_per_px is None else pytest.approx(um_per_px, rel=1e-3)
        assert read_photo(path).capture.um_per_px == expected, name


def test_resolution_in_centimetres_and_unlike_axes(tmp_path: Path) -> None:
    image = Image.fromarray(scene())
    path = saved(tmp_path, "a.tif", image, x_resolution=2000, y_resolution=2000, resolution_unit=3)
    assert read_photo(path).capture.um_per_px == pytest.approx(5.0)
    path = saved(tmp_path, "b.tif", image, x_resolution=2000, y_resolution=1000, resolution_unit=3)
    assert read_photo(path).capture.um_per_px is None
    path = saved(tmp_path, "c.tif", image, x_resolution=2000, y_resolution=2000, resolution_unit=1)
    assert read_photo(path).capture.um_per_px is None


def test_jpeg_resolution_is_never_trusted(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[282], exif[283], exif[296] = 2540.0, 2540.0, 3
    path = saved(tmp_path, "a.jpg", Image.fromarray(scene()), exif=exif, dpi=(5080, 5080))
    assert read_photo(path).capture.um_per_px is None


@pytest.mark.parametrize(("unit", "per_px"), [("um", 4.5), ("micron", 4.5), ("mm", 0.0045), ("\\u00B5m", 4.5)])
def test_imagej(tmp_path: Path, unit: str, per_px: float) -> None:
    tifffile.imwrite(tmp_path / "a.tif", scene(), imagej=True, photometric="rgb", metadata={"unit": unit},
                     resolution=(1 / per_px, 1 / per_px))  # fmt: skip
    assert read_photo(tmp_path / "a.tif").capture.um_per_px == pytest.approx(4.5, rel=1e-3)


def test_ome(tmp_path: Path) -> None:
    size = {"axes": "YXS", "PhysicalSizeX": 3.2, "PhysicalSizeY": 3.2}
    tifffile.imwrite(tmp_path / "a.ome.tif", scene(), photometric="rgb", metadata=size)
    assert read_photo(tmp_path / "a.ome.tif").capture.um_per_px == pytest.approx(3.2)


def test_each_bad_file_has_its_own_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image = Image.fromarray(scene())
    whole = saved(tmp_path, "whole.jpg", image).read_bytes()
    files = {"empty": b"", "text": "Sehr geehrte Frau Ö,\n".encode() * 9, "cut": whole[: len(whole) // 2]}
    files |= {"gif": b"GIF89a" + bytes(300), "dicom": bytes(128) + b"DICM" + bytes(300), "bomb": _bomb()}
    for name, data in files.items():
        (tmp_path / f"{name}.jpg").write_bytes(data)
    saved(tmp_path, "small.jpg", Image.new("RGB", (10, 10)))
    (tmp_path / "folder.jpg").mkdir()
    names = [*files, "small", "folder", "missing"]
    reasons = {name: reason(tmp_path / f"{name}.jpg") for name in names}

    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    reasons["unreadable"] = reason(tmp_path / "whole.jpg")
    words = {
        "empty": "0 bytes", "text": "holds text", "cut": "truncated", "gif": "no picture format", "dicom": "DICOM",
        "bomb": "max_megapixels", "small": "10 x 10", "folder": "folder", "missing": "no such file",
        "unreadable": "permission",
    }  # fmt: skip
    for name, word in words.items():
        assert word in reasons[name], name
    assert len(set(reasons.values())) == len(reasons)


def _bomb() -> bytes:
    """A PNG of a few bytes whose header claims 30000 x 30000 px."""
    header = b"IHDR" + struct.pack(">IIBBBBB", 30000, 30000, 8, 2, 0, 0, 0)
    body = b"IDAT" + zlib.compress(bytes(1000))
    chunks = b"".join(struct.pack(">I", len(c) - 4) + c + struct.pack(">I", zlib.crc32(c)) for c in (header, body))
    return b"\x89PNG\r\n\x1a\n" + chunks


def test_bomb_is_refused_before_decoding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path, "a.png", Image.fromarray(scene()))
    monkeypatch.setattr(Image.Image, "load", lambda _: pytest.fail("decoded"))
    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", lambda _: pytest.fail("decoded"))
    before = Image.MAX_IMAGE_PIXELS
    assert "max_megapixels" in reason(path, PhotoSettings(max_megapixels=0.001))
    assert before == Image.MAX_IMAGE_PIXELS


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "bmp", "webp"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_truncated(tmp_path: Path, suffix: str, share: float) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (100, 100, 3), dtype=np.uint8)
    path = saved(tmp_path, f"a.{suffix}", Image.fromarray(noise))
    data = path.read_bytes()
    path.write_bytes(data[: max(int(len(data) * share), 20)])
    assert "damaged" in reason(path)


def test_random_damage_never_escapes(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    for suffix in ("jpg", "png", "tif", "bmp", "webp"):
        data = bytearray(saved(tmp_path, f"a.{suffix}", Image.fromarray(scene())).read_bytes())
        for _ in range(30):
            bad = bytearray(data)
            for place in rng.integers(0, min(len(bad), 400), 5):
                bad[place] = int(rng.integers(0, 256))
            path = tmp_path / f"bad.{suffix}"
            path.write_bytes(bad)
            try:
                read_photo(path)
            except PhotoError as error:
                assert error.reason


def test_several_pictures_are_refused(tmp_path: Path) -> None:
    image = Image.fromarray(scene())
    second = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    for name in ("a.tif", "a.png", "a.webp"):
        path = saved(tmp_path, name, image, save_all=True, append_images=[second])
        assert "on its own" in reason(path), name


def test_thumbnail_page_is_no_second_picture(tmp_path: Path) -> None:
    path = saved(tmp_path, "a.tif", Image.fromarray(scene()), save_all=True,
                 append_images=[Image.fromarray(scene()).resize((30, 20))])  # fmt: skip
    assert np.array_equal(read_photo(path).rgb, scene())


def test_own_mistakes_are_not_taken_for_broken_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path, "a.png", Image.fromarray(scene()))
    monkeypatch.setattr(photo, "_orientation", lambda: 1)
    with pytest.raises(TypeError):
        read_photo(path)


def test_broken_exif_costs_nothing(tmp_path: Path) -> None:
    stream = io.BytesIO()
    Image.fromarray(scene()).save(stream, "JPEG", quality=95, exif=b"Exif\0\0II*\0\xff\xff\xff\x7f")
    path = tmp_path / "a.jpg"
    path.write_bytes(stream.getvalue())
    assert read_photo(path).rgb.shape == (HIGH, WIDE, 3)
