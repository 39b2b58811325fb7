"""Whole and honest inputs of every kind that is read, small and made anew: what fuzzing begins from."""

from __future__ import annotations

import io
import json
import re
import warnings
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin

from densitometer.settings import Settings

IMAGES = ("jpeg", "png", "tiff", "bmp", "webp", "heic")
TEXTS = ("csv", "toml", "xlsx", "pattern")
FORMATS = IMAGES + TEXTS
HIGH, WIDE = 72, 80
"""Just above the least side that is read."""

_TABLE = (
    "photo,subject,site,visit,visit_date,replicate,um_per_px,arm\n"
    "v1/a.jpg,S01,vertex,1,2024-03-01,1,5.56,A\n"
    'v1/b.jpg,S01,vertex,1,2024-03-01,2,5.56,"A, later B"\n'
    "v2/a.jpg,S01,vertex,2,2024-09-01,1,,A\n"
)


@cache
def seeds(kind: str) -> tuple[bytes, ...]:
    """Return the honest inputs of one of `FORMATS`; none of a kind whose library is not installed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return tuple(_MAKERS[kind]())


def scene(high: int = HIGH, wide: int = WIDE) -> NDArray[np.uint8]:
    """Draw dark strokes on a smooth bright ground, RGB with 8 bits a sample."""
    y, x = np.mgrid[0:high, 0:wide]
    rgb = np.stack((200 - x / 4, 170 + y / 4, 160 - y / 8), axis=-1).astype(np.uint8)
    for place in range(10, wide - 10, 12):
        cv2.line(rgb, (place, 10), (place + 6, high - 14), (60, 45, 40), 2)
    return rgb


def _jpegs() -> Iterator[bytes]:
    image, exif = Image.fromarray(scene()), Image.Exif()
    exif[274], exif[282], exif[283], exif[296] = 6, 2540.0, 2540.0, 3
    exif.get_ifd(0x8769)[36867] = "2024:03:01 10:00:00"
    yield _saved(image, "JPEG", quality=80)
    yield _saved(image, "JPEG", quality=60, progressive=True, restart_marker_blocks=4)
    yield _saved(image, "JPEG", exif=exif, dpi=(300, 300), comment=b"seen", subsampling=2)
    yield _saved(image, "JPEG", icc_profile=bytes(range(256)) * 2, quality=70)
    yield _saved(image.convert("CMYK"), "JPEG")
    yield _saved(image.convert("L"), "JPEG", optimize=True)
    yield _saved(image, "MPO", save_all=True, append_images=[image.resize((40, 36))])


def _pngs() -> Iterator[bytes]:
    rgb = scene()
    image, info = Image.fromarray(rgb), PngImagePlugin.PngInfo()
    info.add_text("Comment", "words " * 30, zip=True)
    info.add_itxt("Title", "Ansicht ä", lang="de", zip=True)
    exif = Image.Exif()
    exif[274] = 8
    yield _saved(image, "PNG", dpi=(5080, 5080), pnginfo=info, exif=exif)
    yield _saved(image, "PNG", icc_profile=bytes(range(256)))
    alpha = np.dstack((rgb, np.where(rgb[..., 0] > 185, 255, 90).astype(np.uint8)))
    yield _saved(Image.fromarray(alpha), "PNG")
    for mode in ("L", "LA", "P", "1"):
        yield _saved(image.convert(mode), "PNG", **({"transparency": 0} if mode == "P" else {}))
    deep = rgb.astype(np.uint16) * 257
    for samples in (deep[..., ::-1], deep[..., 0], np.dstack((deep, deep[..., 0]))):
        yield cv2.imencode(".png", np.ascontiguousarray(samples))[1].tobytes()
    yield _interlaced(rgb)
    yield _saved(image, "PNG", save_all=True, append_images=[image.rotate(180)])


def _interlaced(rgb: NDArray[np.uint8]) -> bytes:
    """Write an interlaced PNG, which neither Pillow nor OpenCV writes: seven passes, each without filters."""
    import struct
    import zlib

    rows = []
    for y, x, dy, dx in (
        (0, 0, 8, 8),
        (0, 4, 8, 8),
        (4, 0, 8, 4),
        (0, 2, 4, 4),
        (2, 0, 4, 2),
        (0, 1, 2, 2),
        (1, 0, 2, 1),
    ):
        rows += [b"\0" + row.tobytes() for row in rgb[y::dy, x::dx]]
    header = struct.pack(">IIBBBBB", rgb.shape[1], rgb.shape[0], 8, 2, 0, 0, 1)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"".join(rows))), (b"IEND", b""))
    parts = [
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _tiffs() -> Iterator[bytes]:
    rgb = scene()
    image, deep = Image.fromarray(rgb), rgb.astype(np.uint16) * 257
    for compression in (None, "tiff_lzw", "packbits", "tiff_adobe_deflate", "jpeg"):
        yield _saved(image, "TIFF", compression=compression, dpi=(5080, 5080))
    for mode in ("L", "1", "P", "CMYK", "RGBA", "YCbCr", "LAB"):
        yield _saved(image.convert("RGB") if mode == "LAB" else image.convert(mode), "TIFF")
    yield _saved(image.convert("1"), "TIFF", compression="group4")
    yield _saved(image, "TIFF", save_all=True, append_images=[image.resize((40, 36))])
    for options in (
        {"photometric": "rgb"},
        {"photometric": "rgb", "bigtiff": True},
        {"photometric": "rgb", "tile": (32, 32)},
        {"photometric": "rgb", "byteorder": ">", "compression": "zlib"},
        {"photometric": "rgb", "compression": "zlib", "rowsperstrip": 16},
        {"photometric": "rgb", "extratags": [(274, "H", 1, 6, True)], "compression": "zlib", "predictor": True},
    ):
        yield _by_tifffile(deep, **options)
    yield _by_tifffile(np.moveaxis(deep, 2, 0), photometric="rgb", planarconfig="separate")
    yield _by_tifffile(deep[..., 0], photometric="miniswhite")
    yield _by_tifffile(rgb[..., 0].astype(np.float32) / 255, photometric="minisblack")
    yield _by_tifffile(rgb, photometric="rgb", tile=(32, 32), compression="zlib")
    yield _by_tifffile(rgb, photometric="rgb", imagej=True, metadata={"unit": "um"}, resolution=(0.2, 0.2))
    yield _by_tifffile(
        rgb,
        photometric="rgb",
        ome=True,
        metadata={"axes": "YXS", "PhysicalSizeX": 5, "PhysicalSizeY": 5, "UUID": "urn:uuid:0"},
    )
    yield cv2.imencode(".tif", deep, [cv2.IMWRITE_TIFF_COMPRESSION, 5])[1].tobytes()


def _by_tifffile(samples: NDArray[np.generic], **options: object) -> bytes:
    stream = io.BytesIO()
    tifffile.imwrite(stream, samples, **options)  # type: ignore[arg-type]
    return stream.getvalue()


def _bmps() -> Iterator[bytes]:
    image = Image.fromarray(scene())
    for mode in ("RGB", "L", "P", "1", "RGBA"):
        yield _saved(image.convert(mode), "BMP")


def _webps() -> Iterator[bytes]:
    image, exif = Image.fromarray(scene()), Image.Exif()
    exif[274] = 3
    yield _saved(image, "WEBP", quality=70)
    yield _saved(image, "WEBP", lossless=True, exif=exif, icc_profile=bytes(range(200)), xmp=b"<x:xmpmeta/>")
    yield _saved(image.convert("RGBA"), "WEBP")
    yield _saved(image, "WEBP", save_all=True, append_images=[image.rotate(180)])


def _heics() -> Iterator[bytes]:
    try:
        import pillow_heif
    except ImportError:
        return
    pillow_heif.register_heif_opener()
    image = Image.fromarray(scene())
    yield _saved(image, "HEIF", quality=60)
    yield _saved(image.convert("RGBA"), "HEIF", quality=60)
    yield _saved(image, "HEIF", save_all=True, append_images=[image.rotate(180)])


def _saved(image: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def _tables() -> Iterator[bytes]:
    yield _TABLE.encode()
    yield b"\xef\xbb\xbf" + _TABLE.replace(",", ";").replace("5.56", "5,56").replace("\n", "\r\n").encode()
    yield _TABLE.replace(",", "\t").encode("utf-16")
    yield _TABLE.replace("v1/a.jpg", "C:\\Fotos\\Ärztin ☂.jpg").encode()
    yield _TABLE.replace("arm", "Gerät").encode("cp1252")


def _settings() -> Iterator[bytes]:
    yield b"method = 'ridge'\n[photo]\nmax_megapixels = 50\n[field]\nregion = 'circle:11.3'\n"
    lines = []
    for name, value in asdict(Settings()).items():
        if isinstance(value, dict):
            lines += [f"[{name}]", *(f"{key} = {json.dumps(part)}" for key, part in value.items())]
        else:
            lines.insert(0, f"{name} = {json.dumps(value)}")
    yield "\n".join(lines).encode()


def _workbooks() -> Iterator[bytes]:
    from datetime import date

    import openpyxl

    for odd in (False, True):
        book = openpyxl.Workbook()
        sheet = book.active
        assert sheet is not None
        for line in _TABLE.splitlines():
            sheet.append(line.replace('"A, later B"', "B").split(","))
        if odd:
            sheet["E2"], sheet["G2"], sheet["H2"] = date(2024, 3, 1), 5.56, "=1+1"
            sheet["B3"], sheet["F3"] = True, 3
            book.create_sheet("other").append(["x"])
        with TemporaryDirectory() as folder:
            path = Path(folder) / "visits.xlsx"
            book.save(path)
            yield _without_dates(path.read_bytes())


def _without_dates(book: bytes) -> bytes:
    """Pack a workbook anew without the time of its making, so that seeds are the same tomorrow."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            body = re.sub(rb"\d{4}-\d\d-\d\dT[\d:.]+Z", b"2024-01-01T00:00:00Z", old.read(name))
            new.writestr(zipfile.ZipInfo(name), body, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def _patterns() -> Iterator[bytes]:
    yield b"{subject}_{site}_{visit}_{replicate}"
    yield b"{visit}/{subject}-{visit_date}"
    yield b"{subject}"


_MAKERS: dict[str, Callable[[], Iterator[bytes]]] = {
    "jpeg": _jpegs, "png": _pngs, "tiff": _tiffs, "bmp": _bmps, "webp": _webps, "heic": _heics,
    "csv": _tables, "toml": _settings, "xlsx": _workbooks, "pattern": _patterns,
}  # fmt: skip
