"""Damage pictures where it tells: whole segments, chunks and tags, with lengths and checksums mended."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from functools import lru_cache
from random import Random

from fuzz_texts import damaged_pattern, damaged_settings, damaged_table, damaged_workbook

_SIDES = (0, 1, 8, 63, 64, 65, 80, 255, 1000, 4000, 14142, 65500, 65535)
_LONG_SIDES = (*_SIDES, 10**5, 10**6, 2**31 - 1, 2**31, 2**32 - 1)
_WORDS = (0, 1, 2, 3, 4, 5, 8, 16, 32, 64, 80, 255, 256, 1000, 65535)
_LONGS = (*_WORDS, 65536, 10**6, 2**31 - 1, 2**31, 2**32 - 1)
_EXIF = b"Exif\0\0"
_ORIENTED = b"II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0"

Parts = list[tuple[bytes, bytes]]


def odd_exif(random: Random) -> bytes:
    """Make an EXIF block: an odd orientation, a chain of tags that ends in itself, or nonsense."""
    return random.choice(
        (
            _ORIENTED + struct.pack("<HH", random.choice(_WORDS), 0) + bytes(4),
            b"II*\0\x08\0\0\0\1\0"
            + struct.pack("<HHII", random.choice((0x8769, 0x8825, 0xA005)), 4, 1, 8)
            + b"\x08\0\0\0",
            b"MM\0*\0\0\0\x08" + struct.pack(">HHHII", 1, 274, random.randrange(20), random.choice(_LONGS), 8),
            b"II*\0\xff\xff\xff\x7f",
            random.randbytes(random.randrange(60)),
        )
    )


def _shuffled(random: Random, parts: Parts, new: Callable[[], tuple[bytes, bytes]]) -> Parts:
    """Leave out, repeat, exchange, damage or add one part."""
    parts, at = list(parts), random.randrange(len(parts))
    match random.randrange(6):
        case 0:
            del parts[at]
        case 1:
            parts[at:at] = [parts[at]] * random.choice((1, 2, 300))
        case 2:
            other = random.randrange(len(parts))
            parts[at], parts[other] = parts[other], parts[at]
        case 3:
            parts.insert(at, new())
        case _:
            parts[at] = (parts[at][0], _nudged(random, parts[at][1]))
    return parts


def _nudged(random: Random, body: bytes) -> bytes:
    """Change a few bytes of a body, or its length."""
    if not body or random.random() < 1 / 6:
        return body[: random.randint(0, len(body))] + random.randbytes(random.randrange(20))
    changed = bytearray(body)
    for _ in range(random.choice((1, 1, 2, 5))):
        changed[random.randrange(min(len(changed), random.choice((24, 10**9))))] = random.choice(
            (0, 1, 255, random.randrange(256))
        )
    return bytes(changed)


# JPEG


def damaged_jpeg(random: Random, data: bytes) -> bytes:
    """Damage the segments of a JPEG file: their bodies, order and number, the frame's size, the tables."""
    parts = _segments(data)
    if len(parts) < 2:
        return data
    if random.random() < 1 / 3:
        parts = [_odd_frame(random, *part) if _is_frame(part[0]) else part for part in parts]
    else:
        parts = _shuffled(random, parts, lambda: _new_segment(random))
    return b"\xff\xd8" + b"".join(_segment(random, *part) for part in parts)


def _segments(data: bytes) -> Parts:
    """Split into (marker, body); what was coded stays with the body of its start of scan."""
    parts, at = [], 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        end = at + 2 + struct.unpack_from(">H", data, at + 2)[0]
        if data[at + 1] == 0xDA:
            while end + 1 < len(data) and not (data[end] == 0xFF and data[end + 1] not in {0, *range(0xD0, 0xD8)}):
                end += 1
        parts.append((data[at : at + 2], data[at + 4 : end]))
        at = end
    return [*parts, (b"", data[at:])]


def _segment(random: Random, marker: bytes, body: bytes) -> bytes:
    if not marker:
        return body
    length = 2 + len(body)
    if marker == b"\xff\xda" and body:
        length = min(length, 6 + 2 * body[0])
    if random.random() < 1 / 100:
        length = random.choice(_WORDS)
    return marker + struct.pack(">H", min(length, 65535)) + body


def _is_frame(marker: bytes) -> bool:
    return marker[1:] in {b"\xc0", b"\xc1", b"\xc2"}


def _odd_frame(random: Random, marker: bytes, body: bytes) -> tuple[bytes, bytes]:
    changed = bytearray(body.ljust(9, b"\0"))
    match random.randrange(5):
        case 0:
            struct.pack_into(">H", changed, 1, random.choice(_SIDES))
        case 1:
            struct.pack_into(">H", changed, 3, random.choice(_SIDES))
        case 2:
            changed[random.choice((0, 5))] = random.choice((0, 1, 2, 3, 4, 8, 12, 16, 255))
        case 3:
            changed[random.randrange(6, len(changed))] = random.choice((0, 0x11, 0x12, 0x21, 0x22, 0x41, 0x44, 255))
        case _:
            marker = bytes((0xFF, random.choice((*range(0xC0, 0xD0), 0xF7))))
    return marker, bytes(changed)


def _new_segment(random: Random) -> tuple[bytes, bytes]:
    return random.choice(
        (
            (b"\xff\xe1", _EXIF + odd_exif(random)),
            (b"\xff\xe1", b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta" + b"<a>" * random.choice((1, 5000))),
            (b"\xff\xe2", b"MPF\0II*\0\x08\0\0\0" + random.randbytes(40)),
            (b"\xff\xe2", b"ICC_PROFILE\0" + bytes((random.randrange(4), random.randrange(4))) + random.randbytes(50)),
            (b"\xff\xee", b"Adobe\0d\0\0\0\0" + bytes([random.choice((0, 1, 2, 9))])),
            (b"\xff\xed", b"Photoshop 3.0\x008BIM" + random.randbytes(30)),
            (b"\xff\xe0", b"JFIF\0\1\2" + bytes([random.randrange(4)]) + random.randbytes(4) + b"\xff\xff"),
            (b"\xff\xdd", random.randbytes(2)),
            (b"\xff\xdc", struct.pack(">H", random.choice(_SIDES))),
            (b"\xff\xfe", random.randbytes(100)),
            (bytes((0xFF, random.randrange(0xC0, 0xFF))), random.randbytes(random.randrange(70))),
        )
    )


# PNG


def damaged_png(random: Random, data: bytes) -> bytes:
    """Damage the chunks of a PNG file; every checksum is right afterwards."""
    parts = _chunks(data)
    if not parts:
        return data
    choice = random.randrange(4)
    if choice == 0 and parts[0][0] == b"IHDR":
        parts[0] = (b"IHDR", _odd_png_header(random, parts[0][1]))
    elif choice == 1:
        parts = _odd_rows(random, parts)
    else:
        parts = _shuffled(random, parts, lambda: _new_chunk(random))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(random, *part) for part in parts)


def _chunks(data: bytes) -> Parts:
    parts, at = [], 8
    while at + 12 <= len(data):
        size = struct.unpack_from(">I", data, at)[0]
        parts.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + size]))
        at += 12 + size
    return parts


def _chunk(random: Random, name: bytes, body: bytes) -> bytes:
    size = random.choice(_LONGS) if random.random() < 1 / 200 else len(body)
    return struct.pack(">I", size) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _odd_png_header(random: Random, body: bytes) -> bytes:
    changed = bytearray(body.ljust(13, b"\0"))
    match random.randrange(4):
        case 0:
            struct.pack_into(">I", changed, random.choice((0, 4)), random.choice(_LONG_SIDES))
        case 1:
            changed[8] = random.choice((1, 2, 4, 8, 16, 0, 3, 32))
        case 2:
            changed[9] = random.choice((0, 2, 3, 4, 6, 1, 7))
        case _:
            changed[random.choice((10, 11, 12))] = random.choice((0, 1, 2, 255))
    return bytes(changed)


def _odd_rows(random: Random, parts: Parts) -> Parts:
    """Damage what is packed in a PNG's data, or how it is packed."""
    packed = b"".join(body for name, body in parts if name == b"IDAT")
    try:
        rows = zlib.decompressobj().decompress(packed, 2**22)
    except zlib.error:
        return parts
    rows = random.choice((_nudged(random, rows), rows[: random.randint(0, len(rows))], rows * 2, rows + bytes(10**6)))
    body = zlib.compress(rows, random.choice((0, 1, 9)))
    if random.random() < 1 / 4:
        body = _nudged(random, body)
    cut = random.randint(0, len(body))
    new = [(b"IDAT", body[:cut]), (b"IDAT", body[cut:])] if random.random() < 1 / 2 else [(b"IDAT", body)]
    at = next((i for i, part in enumerate(parts) if part[0] == b"IDAT"), len(parts))
    rest = [part for part in parts if part[0] != b"IDAT"]
    return rest[:at] + new + rest[at:]


@lru_cache
def _packed_zeros(count: int) -> bytes:
    return zlib.compress(bytes(count), 9)


def _new_chunk(random: Random) -> tuple[bytes, bytes]:
    bomb = _packed_zeros(random.choice((10, 10**6, 3 * 10**7)))
    return random.choice(
        (
            (b"tEXt", b"Comment\0" + random.randbytes(50)),
            (b"zTXt", b"Comment\0\0" + bomb),
            (b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + bomb),
            (b"iTXt", random.randbytes(40)),
            (b"iCCP", b"icc\0\0" + bomb),
            (b"iCCP", random.randbytes(30)),
            (b"eXIf", odd_exif(random)),
            (b"pHYs", struct.pack(">IIB", random.choice(_LONGS), random.choice(_LONGS), random.choice((0, 1, 9)))),
            (b"gAMA", struct.pack(">I", random.choice(_LONGS))),
            (b"cHRM", random.randbytes(32)),
            (b"sBIT", random.randbytes(random.randrange(6))),
            (b"tRNS", random.randbytes(random.choice((0, 1, 2, 6, 300)))),
            (b"PLTE", random.randbytes(random.choice((0, 1, 3, 768, 771)))),
            (b"bKGD", random.randbytes(random.randrange(8))),
            (b"acTL", struct.pack(">II", random.choice(_LONGS), 0)),
            (b"fcTL", random.randbytes(26)),
            (b"fdAT", random.randbytes(40)),
            (b"tIME", random.randbytes(7)),
            (b"IEND", b""),
            (random.randbytes(4), random.randbytes(20)),
        )
    )


# TIFF


def damaged_tiff(random: Random, data: bytes) -> bytes:
    """Damage one entry of a TIFF directory: its tag, type, count or value; or where the next directory lies."""
    order = "<" if data[:2] == b"II" else ">"
    big = data[2:4] in (b"+\0", b"\0+")
    try:
        start = struct.unpack_from(order + ("Q" if big else "I"), data, 8 if big else 4)[0]
        count = struct.unpack_from(order + ("Q" if big else "H"), data, start)[0]
    except struct.error:
        return data
    at, size = start + (8 if big else 2), 20 if big else 12
    if not 0 < count < 200 or at + count * size + 8 > len(data):
        return data
    changed = bytearray(data)
    long = order + ("Q" if big else "I")
    if random.random() < 1 / 10:
        struct.pack_into(long, changed, at + count * size, random.choice((start, at, len(data), len(data) - 9, 2**31)))
        return bytes(changed)
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        _odd_entry(random, changed, at + size * random.randrange(count), order, big)
    return bytes(changed)


def _odd_entry(random: Random, data: bytearray, at: int, order: str, big: bool) -> None:
    word, long, value = order + "H", order + ("Q" if big else "I"), at + (12 if big else 8)
    longs = (*_LONGS, at, len(data), len(data) - 1, *((2**63, 2**64 - 1) if big else ()))
    match random.randrange(6):
        case 0:
            struct.pack_into(word, data, at, random.choice(_TIFF_TAGS))
        case 1:
            struct.pack_into(
                word, data, at + 2, random.choice((0, 1, 2, 3, 4, 5, 6, 7, 11, 12, 13, 16, 18, 255, 65535))
            )
        case 2:
            struct.pack_into(long, data, at + 4, random.choice(longs))
        case 3:
            struct.pack_into(long, data, value, random.choice(longs))
        case 4:
            struct.pack_into(word, data, value, random.choice((*_WORDS, *_TIFF_VALUES)))
        case _:
            data[at + random.randrange(20 if big else 12)] = random.randrange(256)


_TIFF_TAGS = (254, 256, 257, 258, 259, 262, 266, 269, 270, 273, 274, 277, 278, 279, 282, 284, 292, 296, 305, 317, 318,
              320, 322, 323, 324, 325, 330, 332, 338, 339, 347, 512, 529, 530, 532, 700, 32997, 33432, 34377, 34665,
              34675, 34853, 37724, 50706, 50838, 65000)  # fmt: skip
_TIFF_VALUES = (1, 2, 3, 4, 5, 6, 7, 8, 9, 32766, 32771, 32773, 32809, 32845, 32844, 32946, 33003, 33005, 34661, 34676,
                34712, 34925, 50000, 50001, 50002, 52546)  # fmt: skip


# BMP, WebP, HEIC


def damaged_bmp(random: Random, data: bytes) -> bytes:
    """Write odd numbers into the fields of a BMP header."""
    fields = ((10, "<I"), (14, "<I"), (18, "<i"), (22, "<i"), (26, "<H"), (28, "<H"), (30, "<I"), (34, "<I"),
              (38, "<I"), (46, "<I"), (50, "<I"), (54, "<I"), (58, "<I"), (62, "<I"))  # fmt: skip
    changed = bytearray(data)
    for at, kind in random.sample(fields, random.choice((1, 1, 2, 3))):
        if at + 4 > len(changed):
            continue
        numbers = {
            "<H": _WORDS,
            "<i": (*_SIDES, -64, -72, -80, -1, -(2**31)),
            "<I": (*_LONGS, 12, 40, 52, 56, 108, 124),
        }
        struct.pack_into(kind, changed, at, random.choice(numbers[kind]))
    return bytes(changed)


def damaged_webp(random: Random, data: bytes) -> bytes:
    """Damage the chunks of a WebP file; the sizes are right afterwards."""
    parts, at = [], 12
    while at + 8 <= len(data):
        size = struct.unpack_from("<I", data, at + 4)[0]
        parts.append((data[at : at + 4], data[at + 8 : at + 8 + size]))
        at += 8 + size + size % 2
    if not parts:
        return data
    parts = _shuffled(random, parts, lambda: _new_webp_chunk(random))
    body = b"".join(
        name
        + struct.pack("<I", random.choice(_LONGS) if random.random() < 1 / 50 else len(part))
        + part
        + b"\0" * (len(part) % 2)
        for name, part in parts
    )
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def _new_webp_chunk(random: Random) -> tuple[bytes, bytes]:
    side = struct.pack("<I", (random.choice(_SIDES) - 1) & 0xFFFFFF)[:3]
    return random.choice(
        (
            (b"VP8X", bytes([random.randrange(256), 0, 0, 0]) + side + side),
            (b"EXIF", odd_exif(random)),
            (b"ICCP", random.randbytes(40)),
            (b"XMP ", b"<a>" * 100),
            (b"ANIM", random.randbytes(6)),
            (b"ANMF", bytes(6) + side + side + random.randbytes(20)),
            (b"ALPH", random.randbytes(30)),
            (random.randbytes(4), random.randbytes(9)),
        )
    )


def damaged_heic(random: Random, data: bytes) -> bytes:
    """Write odd numbers after the name of a box or property, where its fields and sizes are."""
    names = [name for name in _BOXES if name in data]
    if not names:
        return data
    name, changed = random.choice(names), bytearray(data)
    at = random.choice([i for i in range(len(data)) if data.startswith(name, i)])
    match random.randrange(4):
        case 0 if at >= 4:
            struct.pack_into(">I", changed, at - 4, random.choice(_LONGS))
        case 1:
            changed[at : at + 4] = random.choice(_BOXES)
        case _:
            for _ in range(random.choice((1, 1, 2, 4))):
                changed[min(at + 4 + random.randrange(40), len(data) - 1)] = random.choice(
                    (0, 1, 2, 255, random.randrange(256))
                )
    return bytes(changed)


_BOXES = (b"ftyp", b"meta", b"hdlr", b"pitm", b"iloc", b"iinf", b"infe", b"iprp", b"ipco", b"hvcC", b"ispe", b"pixi",
          b"ipma", b"iref", b"mdat", b"idat", b"auxC", b"colr", b"irot", b"imir", b"clap", b"grid",
          b"mime")  # fmt: skip

AWARE: dict[str, Callable[[Random, bytes], bytes]] = {
    "jpeg": damaged_jpeg, "png": damaged_png, "tiff": damaged_tiff, "bmp": damaged_bmp, "webp": damaged_webp,
    "heic": damaged_heic, "csv": damaged_table, "toml": damaged_settings, "xlsx": damaged_workbook,
    "pattern": damaged_pattern,
}  # fmt: skip
