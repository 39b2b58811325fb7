"""The sizes of the pages of a TIFF file, from its directories alone, however damaged they are."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import islice

MOST_PAGES = 1000
"""Further directories are not looked at."""

_WIDTH, _HEIGHT = 256, 257
_NUMBERS = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q"}
"""Types of the entries that a side may have."""
_MOST_ENTRIES = 256
"""Entries of a directory that are looked at; they come in the order of tags, and these tags are among the first."""


def page_areas(data: bytes) -> list[int]:
    """Width times height of each page in px, 0 where its directory does not say; at most `MOST_PAGES` of them.

    A chain of directories that leads back to itself or out of the file ends there.
    """
    order = "<" if data[:2] == b"II" else ">"
    return list(islice(_areas(data, order, big=data[2:4] in (b"+\0", b"\0+")), MOST_PAGES))


def _areas(data: bytes, order: str, *, big: bool) -> Iterator[int]:
    pointer, count, size = (order + "Q", order + "Q", 20) if big else (order + "I", order + "H", 12)
    seen: set[int] = set()
    at = _number(data, 8 if big else 4, pointer)
    while 0 < at < len(data) and at not in seen:
        seen.add(at)
        entries = _number(data, at, count)
        first = at + struct.calcsize(count)
        yield _area(data, order, range(first, first + size * min(entries, _MOST_ENTRIES), size))
        at = _number(data, first + size * entries, pointer)


def _area(data: bytes, order: str, entries: range) -> int:
    """Area of a page by the entries of its directory."""
    sides = {_WIDTH: 0, _HEIGHT: 0}
    for at in entries:
        tag = _number(data, at, order + "H")
        if tag in sides:
            kind = _NUMBERS.get(_number(data, at + 2, order + "H"))
            sides[tag] = _number(data, at + entries.step // 2 + 2, order + kind) if kind else 0
    return sides[_WIDTH] * sides[_HEIGHT]


def _number(data: bytes, at: int, form: str) -> int:
    """Read one number; 0 beyond the end of the file."""
    try:
        return int(struct.unpack_from(form, data, at)[0])
    except (struct.error, OverflowError):
        return 0
