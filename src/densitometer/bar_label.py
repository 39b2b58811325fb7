"""Read the label of a scale bar, such as "1.0 mm" or "500 µm", by comparing its glyphs with rendered ones.

Own method. Glyphs are the parts that stand out from their surroundings; a row of them is read only as a whole,
a number and a unit and nothing else, and only where each glyph is clearly nearer to one character than to others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from densitometer.glyphs import classify

_LEVELS = (100, 55, 30)
_SHARES = (0.5, 0.38, 0.28)
"""Shares of the ink's full strength at which glyphs are cut out; a fine decimal point needs the lower ones."""
_STRAY_INK, _LOST_DOT = 0.45, 0.25
"""Shares of the ink's full strength above which a lost glyph is feared beside the row, and a lost point in it."""
_POINT_LOST_PX = 11
"""Digits lower than this may have lost their decimal point altogether: "10 mm" is not believed then."""
_MIN_GLYPH_PX = 6
_MAX_PARTS = 400
_MAX_GAP = 2.5
"""Distance of a label from its bar, at most, in heights of the label."""
_MM_PER = {"mm": 1.0, "um": 1e-3, "cm": 10.0}
_MANTISSAS = (1.0, 2.0, 2.5, 5.0)
"""First digits that scale bars have; a misread digit falls on another number most of the time."""
_LABEL = re.compile(r"(\d{1,4}|\d{1,2}\.\d{1,2})(mm|um|cm)")

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Label:
    """A label that was read: its text, the length it states, and its box x0, y0, x1, y1 (px, last two exclusive)."""

    text: str
    length_mm: float
    box: Box


@dataclass(frozen=True)
class _Part:
    """A connected part of the ink; its box as x, y, width, height, and its area, in px."""

    x: int
    y: int
    width: int
    height: int
    area: int
    number: int

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def bottom(self) -> int:
        return self.y + self.height


def read_labels(gray: NDArray[np.uint8], bar: tuple[float, float, float, float]) -> list[Label]:
    """All labels that can be read near a bar; usually none or one.

    Parameters
    ----------
    gray : uint8 array, shape (height, width)
    bar : tuple of float
        x0, y0, x1, y1 of the bar's horizontal line, in px.
    """
    x0, y0, x1, y1 = bar
    margin = int(np.clip(0.8 * (x1 - x0), 60, 500))
    top, left = max(int(y0) - margin, 0), max(int(x0) - margin, 0)
    view = gray[top : int(y1) + margin, left : int(x1) + margin]
    labels: dict[tuple[str, Box], Label] = {}
    for ink_is_light in (True, False):
        ink = _ink(view if ink_is_light else cv2.bitwise_not(view), x1 - x0)
        # the bar itself must not be taken for a glyph
        ink[max(int(y0) - 1 - top, 0) : int(y1) + 3 - top, max(int(x0) - 2 - left, 0) : int(x1) + 3 - left] = 0
        for label in _labels_in(ink):
            a, b, c, d = label.box
            box = (a + left, b + top, c + left, d + top)
            if _belongs(box, bar):
                labels[label.text, box] = Label(label.text, label.length_mm, box)
    return list(labels.values())


def _ink(view: NDArray[np.uint8], length_px: float) -> NDArray[np.uint8]:
    """How much lighter than its surroundings each pixel is; wide enough for the strokes of letters up to L/2 high."""
    size = int(np.clip(length_px / 12, 9, 41)) | 1
    return cv2.morphologyEx(view, cv2.MORPH_TOPHAT, np.ones((size, size), np.uint8))


def _belongs(box: Box, bar: tuple[float, float, float, float]) -> bool:
    """Whether a label stands beside a bar, and the line is not an underline or the rim of the label's own box."""
    width, high = box[2] - box[0], box[3] - box[1]
    across = max(bar[0] - box[2], box[0] - bar[2])
    down = max(bar[1] - box[3], box[1] - bar[3])
    if max(across, down) > _MAX_GAP * high or (across > 0 and down > high):
        return False
    if across > 0:
        return across >= 0.2 * high
    rim = abs(bar[2] - bar[0] - width) <= 2 * high
    return down >= (0.6 if rim else 0.2) * high


def _labels_in(ink: NDArray[np.uint8]) -> list[Label]:
    labels = []
    done: set[Box] = set()
    for level in _LEVELS:
        for row in _rows(_parts(ink, level)[0]):
            box = _box_of(row)
            key = (round(box[0] / 4), round(box[1] / 4), round(box[2] / 4), round(box[3] / 4))
            if key in done:
                continue
            label = _read_again(ink, box)
            if label is not None:
                done.add(key)
            if label is not None:
                labels.append(label)
    return labels


def _parts(ink: NDArray[np.uint8], level: float) -> tuple[list[_Part], NDArray[np.int32]]:
    mask = cv2.threshold(ink, level, 255, cv2.THRESH_BINARY)[1]
    count, marks, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    if count > _MAX_PARTS * 10:
        return [], marks
    # x, y, width, height and area, in OpenCV's order
    boxes = [[int(value) for value in row] for row in stats[1:count]]
    parts = [_Part(x, y, width, height, area, i) for i, (x, y, width, height, area) in enumerate(boxes, 1)]
    return parts, marks


def _rows(parts: Sequence[_Part]) -> list[list[_Part]]:
    """Rows of three to nine parts that a label could consist of, each begun by a tall part."""
    rows = []
    tall = [part for part in parts if part.height >= _MIN_GLYPH_PX and part.width <= 1.2 * part.height]
    for first in tall[:_MAX_PARTS]:
        row = _row_from(first, parts)
        if 3 <= len(row) <= 9:
            rows.append(row)
    return rows


def _row_from(first: _Part, parts: Sequence[_Part]) -> list[_Part]:
    """Parts level with ``first`` and joined to it by gaps below its height; empty where ``first`` is not leftmost."""
    high = first.height
    level = [
        part
        for part in parts
        if part.y >= first.y - 0.15 * high - 1
        and part.bottom <= first.bottom + 0.4 * high
        and part.bottom >= first.y + 0.5 * high
        and part.area >= 0.012 * high * high
        and part.width <= 3.2 * high
    ]
    level.sort(key=lambda part: part.x)
    row = [first]
    for part in level:
        if part.number == first.number:
            continue
        if part.x < first.x:
            if first.x - part.right < 0.9 * high and part.height > 0.3 * high:
                return []
        elif part.x - max(other.right for other in row) <= high:
            row.append(part)
    return row


def _box_of(row: Sequence[_Part]) -> Box:
    return (
        min(part.x for part in row),
        min(part.y for part in row),
        max(part.right for part in row),
        max(part.bottom for part in row),
    )


def _read_again(ink: NDArray[np.uint8], box: Box) -> Label | None:
    """Read a row at about half of its own ink's strength, where glyphs have their true outlines."""
    x0, y0, x1, y1 = box
    inside = ink[y0:y1, x0:x1]
    full = float(np.percentile(inside[inside > 0.5 * inside.max()], 60))
    high = y1 - y0
    left, top = max(x0 - 2 * high, 0), max(y0 - high, 0)
    view = ink[top : y1 + high, left : x1 + 2 * high]
    for parts, marks in _cuts(view, full):
        for row in _rows(parts):
            a, b, c, d = _box_of(row)
            if abs(a + left - x0) <= 2 and abs(c + left - x1) <= 2:
                text = _text_of(view, marks, row, full)
                length = _length_mm(text, row[0].height)
                if length is not None and _is_clean(view, row, full):
                    return Label(_spaced(text), length, (a + left, b + top, c + left, d + top))
    return None


def _cuts(view: NDArray[np.uint8], full: float) -> Iterator[tuple[list[_Part], NDArray[np.int32]]]:
    """Ways to cut ink into parts: at half its strength, so with fainter points between the parts, and fainter."""
    parts, marks = _parts(view, _SHARES[0] * full)
    yield parts, marks
    fainter = [_parts(view, share * full) for share in _SHARES[1:]]
    tall = [part for part in parts if part.height >= _MIN_GLYPH_PX]
    for faint, faint_marks in fainter:
        points = [
            replace(part, number=part.number + len(parts))
            for part in faint
            if part.height < 0.5 * _MIN_GLYPH_PX + 1
            and any(a.right < part.x < a.right + a.height and a.y < part.y < a.bottom for a in tall)
            and not any(a.x <= part.right and part.x <= a.right for a in tall)
        ]
        both = np.where(marks > 0, marks, np.where(faint_marks > 0, faint_marks + len(parts), 0))
        yield [*(part for part in parts if part.height > 2), *points], both
    yield from fainter


def _text_of(view: NDArray[np.uint8], marks: NDArray[np.int32], row: Sequence[_Part], full: float) -> str:
    """Characters of a row without its blanks, up to the first that is in doubt, which is "?"."""
    high, base = row[0].height, row[0].bottom
    text = ""
    for part in row:
        where = (slice(part.y, part.bottom), slice(part.x, part.right))
        glyph = np.where(marks[where] == part.number, view[where], 0) / np.float32(full)
        text += classify(np.minimum(glyph, 1.0), high, part.bottom - base) or "?"
        if text[-1] == "?" or text[0] not in "0123456789":
            break
    return text


def _length_mm(text: str, digit_px: int) -> float | None:
    """Length that a label states; None where it is none that bars have, or may be another that lost its point."""
    found = _LABEL.fullmatch(text)
    if found is None or (text[0] == "0" and text[1] != "."):
        return None
    number = float(found.group(1))
    if number <= 0 or (number >= 10 and found.group(2) != "um" and digit_px < _POINT_LOST_PX):
        return None
    mantissa = number / 10.0 ** np.floor(np.log10(number) + 1e-9)
    if not any(abs(mantissa - usual) < 1e-6 for usual in _MANTISSAS):
        return None
    return number * _MM_PER[found.group(2)]


def _is_clean(view: NDArray[np.uint8], row: Sequence[_Part], full: float) -> bool:
    """Whether nothing was lost: no ink beside the row or low between digits, and no gap that a glyph would fill."""
    high, top, base = row[0].height, row[0].y, row[0].bottom
    left, right = row[0].x, row[-1].right
    margins = (view[top:base, max(left - round(1.3 * high), 0) : left - 1], view[top:base, right + 1 : right + high])
    for margin in margins:
        inked = (margin > _STRAY_INK * full).any(axis=1)
        if np.count_nonzero(inked) > 0.3 * high:
            return False
    foot = slice(base - max(high // 4, 2), base + 1)
    if view[foot, max(left - round(0.45 * high), 0) : left - 1].max(initial=0) > _STRAY_INK * full:
        return False
    # the unit is one joined part or two; what stands before it are digits and the decimal point
    digits = len(row) - (1 if row[-1].width > 1.9 * row[-1].height else 2)
    for i, (a, b) in enumerate(zip(row, row[1:], strict=False), 1):
        gap = b.x - a.right
        if i >= digits:
            if gap > (1.0 if i == digits else 0.5) * high:
                return False
            continue
        low = view[foot, a.right + 1 : b.x - 1]
        dotted = min(a.height, b.height) < 0.4 * high
        limit = 0.5 if dotted or min(a.width, b.width) < 0.5 * high else 0.38
        if gap > limit * high + 0.6 or (not dotted and low.max(initial=0) > _LOST_DOT * full):
            return False
    return True


def _spaced(text: str) -> str:
    return re.sub(r"(?<=[\d])(?=[a-z])", " ", text)
