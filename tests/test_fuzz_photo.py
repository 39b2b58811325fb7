"""What fuzzing found in reading photographs, each as the fewest bytes that show it."""

from __future__ import annotations

import io
import os
import struct
import sys
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from densitometer import quiet, samples, tiff_pages
from densitometer.errors import PhotoError
from densitometer.field import Field, find_field
from densitometer.photo import decode_photo
from densitometer.prepare import prepare
from densitometer.samples import to_rgb

WIDE, HIGH = 80, 72
RGB = np.random.default_rng(0).integers(0, 256, (HIGH, WIDE, 3), dtype=np.uint8)


def reason(data: bytes) -> str:
    with pytest.raises(PhotoError) as caught:
        decode_photo(data)
    return caught.value.reason


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def deep_tiff(**options: object) -> bytes:
    stream = io.BytesIO()
    tifffile.imwrite(stream, RGB.astype(np.uint16) * 257, photometric="rgb", **options)
    return stream.getvalue()


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(*chunks: bytes) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks) + chunk(b"IEND", b"")


def header(wide: int, high: int, bits: int = 8) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", wide, high, bits, 2, 0, 0, 0))


def entry(data: bytes, tag: int) -> int:
    """Where the entry of a tag begins in the only directory of a little-endian TIFF file."""
    start = struct.unpack_from("<I", data, 4)[0]
    count = struct.unpack_from("<H", data, start)[0]
    places = range(start + 2, start + 2 + 12 * count, 12)
    return next(at for at in places if struct.unpack_from("<H", data, at)[0] == tag)


def test_a_png_with_two_headers_is_damaged() -> None:
    rows = chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row.tobytes() for row in RGB)))
    assert decode_photo(png(header(WIDE, HIGH), rows)).rgb.shape == (HIGH, WIDE, 3)
    assert "damaged" in reason(png(header(WIDE, 1), header(WIDE, HIGH), rows))


@pytest.mark.parametrize(("tag", "replaced"), [(254, 277), (258, 258), (262, 262)])
def test_tags_that_hold_text_where_a_number_belongs(tag: int, replaced: int) -> None:
    data = bytearray(saved(Image.fromarray(RGB), "TIFF"))
    struct.pack_into("<HHI4s", data, entry(bytes(data), replaced), tag, 2, 4, b"abc\0")
    try:
        decode_photo(bytes(data))
    except PhotoError as error:
        assert error.reason


def test_a_deep_tiff_with_a_bogus_depth_asks_for_no_memory() -> None:
    data = bytearray(deep_tiff())
    assert decode_photo(bytes(data)).rgb.shape == (HIGH, WIDE, 3)
    struct.pack_into("<HHII", data, entry(bytes(data), 305), 32997, 4, 1, 10**6)  # ImageDepth instead of Software
    assert "damaged" in reason(bytes(data))


@pytest.mark.parametrize(("wide", "high", "refused"), [(2000, 64, True), (64, 2000, True), (1280, 64, False)])
def test_a_strip_is_no_photograph(wide: int, high: int, refused: bool) -> None:
    data = saved(Image.new("L", (wide, high), 99), "PNG")
    if refused:
        assert "strip" in reason(data)
    else:
        assert decode_photo(data).rgb.shape == (high, wide, 3)


def test_the_longest_photograph_can_be_worked_at() -> None:
    """OpenCV takes no side of 32,767 px or more to sample from."""
    assert "strip" in reason(saved(Image.new("1", (32_800, 4000)), "PNG"))
    field = Field(np.ones((64, 20_000), bool), np.zeros((64, 20_000), bool))
    prepared = prepare(np.full((64, 20_000, 3), 150, np.uint8), field, 16.0)
    assert max(prepared.darkness.shape) <= 32_000


def test_a_jpeg_of_countless_scans_is_damaged() -> None:
    """Each costs 20 bytes here, and on 200 megapixels a tenth of a second."""
    data = saved(Image.fromarray(RGB), "JPEG", progressive=True, exif=b"Exif\0\0\xff\xd9\xff\xda")
    assert decode_photo(data).rgb.shape == (HIGH, WIDE, 3)
    last = data.rindex(b"\xff\xda")
    assert decode_photo(data[:-2] + data[last:-2] * 100 + data[-2:]).rgb.shape == (HIGH, WIDE, 3)
    assert "damaged" in reason(data[:-2] + data[last:-2] * 300 + data[-2:])


def chain(count: int, *, loop: bool = False) -> bytes:
    """A TIFF of directories alone, of 2 x 3 px each."""
    size = 2 + 2 * 12 + 4
    parts = [b"II*\0\x08\0\0\0"]
    for number in range(count):
        following = 8 + size * (number + 1) if number + 1 < count else 8 * loop
        parts.append(struct.pack("<HHHIIHHIII", 2, 256, 4, 1, 2, 257, 3, 1, 3, following))
    return b"".join(parts)


def test_pages_are_counted_without_end_or_error() -> None:
    assert tiff_pages.page_areas(chain(3)) == [6, 6, 6]
    assert tiff_pages.page_areas(chain(3, loop=True)) == [6, 6, 6]
    assert len(tiff_pages.page_areas(chain(5000))) == tiff_pages.MOST_PAGES
    assert tiff_pages.page_areas(chain(2)[:-7]) == [6, 0]  # cut within its height
    big = b"MM\0+\0\x08\0\0" + struct.pack(">QQ", 16, 2)
    big += struct.pack(">HHQQHHQHHI", 256, 16, 1, 7, 257, 3, 1, 5, 0, 0) + struct.pack(">Q", 2**64 - 1)
    assert tiff_pages.page_areas(big) == [35]


def test_pages_as_others_count_them() -> None:
    stream = io.BytesIO()
    with tifffile.TiffWriter(stream, bigtiff=True, byteorder=">") as tiff:
        for side in (32, 64, 16):
            tiff.write(RGB[:side, :side], photometric="rgb")
    assert tiff_pages.page_areas(stream.getvalue()) == [1024, 4096, 256]


def test_nothing_that_libraries_say_reaches_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    fax = bytearray(saved(Image.fromarray(RGB[..., 0]).convert("1"), "TIFF", compression="group4"))
    fax[8:40] = bytes(32)
    deflated = bytearray(saved(Image.fromarray(RGB), "TIFF", compression="tiff_adobe_deflate"))
    deflated[20] ^= 255
    deep = bytearray(deep_tiff(compression="zlib"))
    struct.pack_into("<H", deep, entry(bytes(deep), 284) + 8, 9)  # tifffile logs what it does not know
    rows = zlib.compress(b"\x07" * (6 * WIDE + 1) * HIGH)  # no such filter
    bad = [bytes(fax), bytes(deflated), bytes(deep), png(header(WIDE, HIGH, 16), chunk(b"IDAT", rows))]
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        for data in bad:
            try:
                decode_photo(data)
            except PhotoError as error:
                assert "damaged" in error.reason
    shown = capfd.readouterr()
    assert shown.out == ""
    assert shown.err == ""


def test_standard_error_is_whole_again(capfd: pytest.CaptureFixture[str]) -> None:
    before = Image.MAX_IMAGE_PIXELS
    with quiet.quiet_stderr(), quiet.quiet_libraries(), quiet.quiet_stderr():
        os.write(2, b"lost")
        assert Image.MAX_IMAGE_PIXELS is None
    os.write(2, b"seen")
    assert capfd.readouterr().err == "seen"
    assert before == Image.MAX_IMAGE_PIXELS


@pytest.mark.parametrize("mode", ["RGB", "L", "1", "P", "LA", "RGBA", "CMYK", "YCbCr", "PA"])
def test_strips_of_rows_make_the_same_picture(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Image.fromarray(RGB).convert("P" if mode == "PA" else mode)
    image = source.convert(mode)
    whole = to_rgb(image)
    monkeypatch.setattr(samples, "_STRIP_PX", 5 * WIDE + 1)
    assert np.array_equal(to_rgb(image), whole)
    if mode not in {"LA", "RGBA", "PA"}:
        assert np.array_equal(whole, np.asarray(image.convert("RGB")))


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_strips_of_deep_samples_make_the_same_picture(depth: int, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = np.random.default_rng(depth).integers(0, 65536, (HIGH, WIDE, depth)).astype(np.uint16)
    whole = samples.array_to_rgb(deep)
    monkeypatch.setattr(samples, "_STRIP_PX", 5 * WIDE + 1)
    assert np.array_equal(samples.array_to_rgb(deep), whole)


def test_a_broken_exif_block_does_not_cost_the_photograph() -> None:
    for exif in (
        b"II*\0\x08\0\0\0\1\0\x69\x87\4\0\1\0\0\0\x08\0\0\0",
        b"MM\0*\0\0\0\x08\0\1\1\x12\0\2\xff\xff\xff\xff\0\0\0\x08",
    ):
        data = saved(Image.fromarray(RGB), "JPEG", exif=b"Exif\0\0" + exif)
        assert decode_photo(data).rgb.shape == (HIGH, WIDE, 3)


@pytest.mark.parametrize("turned", [False, True])
def test_a_picture_of_two_flat_halves_is_no_padding(turned: bool) -> None:
    halves = np.full((HIGH, WIDE, 3), 200, np.uint8)
    halves[30:] = 60
    field = find_field(halves.transpose(1, 0, 2) if turned else halves, 10.0)
    assert field.usable.shape == ((WIDE, HIGH) if turned else (HIGH, WIDE))


def test_reading_takes_little_more_memory_than_the_picture(tmp_path: Path) -> None:
    """Pillow's picture, the array, and a few rows: not one copy of the whole for each step."""
    resource = pytest.importorskip("resource")
    import subprocess

    path = tmp_path / "a.png"
    Image.new("RGB", (6000, 6000), (9, 99, 199)).save(path, compress_level=1)
    code = (
        "import resource, sys; from pathlib import Path; from densitometer.photo import read_photo\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "before = peak(); rgb = read_photo(Path(sys.argv[1])).rgb; print(rgb[-1, -1].tolist(), peak() - before)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    pixel, grown = done.stdout.rsplit(" ", 1)
    assert pixel == "[9, 99, 199]"
    unit = 1 if sys.platform == "darwin" else 1024
    assert int(grown) * unit < 10 * 6000 * 6000, f"{int(grown) * unit / 36e6:.1f} bytes a pixel"
    assert resource


def test_want_of_memory_while_turning_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(np, "ascontiguousarray", refuse)
    exif = Image.Exif()
    exif[274] = 6
    assert "memory" in reason(saved(Image.fromarray(RGB), "JPEG", exif=exif))
