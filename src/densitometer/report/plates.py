"""Legible plates on a photograph: rows of text with a key, and a scale bar."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

# White letters on skin dimmed to a quarter keep a contrast above 7:1 even where the photograph is white.
_PLATE_BRIGHTNESS = 0.25
_INK_RGB = (255, 255, 255)
_MIN_LETTER_PX = 11
_LEAST_LETTER_PX = 6  # only where a picture is too narrow for more
_LETTER_PX = 24.0
_KEY_SHARE = 0.8
_BAR_SHARE = 0.2
_FINE = 4

Rgb = NDArray[np.uint8]
Box = tuple[int, int, int, int]
Ink = tuple[int, int, int]


@dataclass(frozen=True)
class Swatch:
    """A sample of how something is drawn: a line, a dashed line or a hatched patch."""

    rgb: tuple[int, int, int]
    dashed: bool = False
    hatched: bool = False


@dataclass(frozen=True)
class Row:
    """One line of text on a plate; "²" is the only sign outside ASCII it may hold."""

    text: str
    swatch: Swatch | None = None


def letter_px(pen: float) -> int:
    """Height of the letters for a pen size (see ``overlay.pen_scale``)."""
    return max(_MIN_LETTER_PX, round(_LETTER_PX * pen))


def draw_rows(canvas: Rgb, rows: list[Row], pen: float, *, busy: NDArray[np.uint8], avoid: Box) -> Box:
    """Draw rows of text on a plate in the corner where it covers the least, in place.

    Parameters
    ----------
    canvas : uint8 array, shape (height, width, 3)
    rows : list of Row
        The first is set larger.
    pen : float
    busy : uint8 array, shape (height, width)
        Non-zero where something is drawn that a plate should not cover.
    avoid : tuple of int
        Box (x0, y0, x1, y1) of what must stay visible: the scale bar.

    Returns
    -------
    tuple of int
        Box (x0, y0, x1, y1) of the plate.
    """
    size = letter_px(pen)
    while size > _LEAST_LETTER_PX and _rows_size(rows, size)[0] > canvas.shape[1]:
        size -= 1
    box = _quietest(_corners(canvas.shape[:2], _rows_size(rows, size)), busy, avoid)
    plate = _Plate(canvas, box)
    pad = _pad(size)
    y = pad
    for number, row in enumerate(rows):
        row_px = _row_px(size, number)
        x = pad + (plate.swatch(row.swatch, pad, y, row_px) if row.swatch else 0)
        plate.text(row.text, x, y, row_px)
        y += _advance(row_px)
    plate.print()
    return box


def draw_scale_bar(canvas: Rgb, um_per_px: float | None, pen: float) -> Box:
    """Draw a scale bar of a round length, or the words "no scale", in the lower right corner, in place.

    Parameters
    ----------
    canvas : uint8 array, shape (height, width, 3)
    um_per_px : float or None
    pen : float

    Returns
    -------
    tuple of int
        Box (x0, y0, x1, y1) of the plate.
    """
    size = letter_px(pen)
    height, width = canvas.shape[:2]
    bar_mm = None if um_per_px is None else round_length_mm(width * _BAR_SHARE * um_per_px / 1000.0)
    bar_px = 0 if bar_mm is None or um_per_px is None else round(bar_mm * 1000.0 / um_per_px)
    label = "no scale" if bar_mm is None else f"{bar_mm:g} mm"
    pad = _pad(size)
    tick = max(5, size // 2) if bar_px else 0
    inner = max(bar_px, text_width_px(label, size))
    box = (max(0, width - inner - 2 * pad), max(0, height - 2 * pad - _advance(size) - tick), width, height)
    plate = _Plate(canvas, box)
    if bar_px:
        plate.bar(pad + (inner - bar_px) // 2, pad, bar_px, tick)
    plate.text(label, pad + (inner - text_width_px(label, size)) // 2, pad + tick, size)
    plate.print()
    return box


def round_length_mm(at_most_mm: float) -> float:
    """Give the largest length of the series 1, 2, 5, 10 and so on (mm) that is at most ``at_most_mm`` (> 0)."""
    decade = 10.0 ** math.floor(math.log10(at_most_mm))
    return max((step * decade for step in (1.0, 2.0, 5.0) if step * decade <= at_most_mm * (1 + 1e-9)), default=decade)


class _Plate:
    """A dimmed part of a canvas that is drawn upon and then printed back; coordinates are the plate's own."""

    def __init__(self, canvas: Rgb, box: Box) -> None:
        x0, y0, x1, y1 = box
        self._part = canvas[y0:y1, x0:x1]
        self._image = Image.fromarray(cv2.convertScaleAbs(np.ascontiguousarray(self._part), alpha=_PLATE_BRIGHTNESS))
        self._draw = ImageDraw.Draw(self._image)

    def print(self) -> None:
        self._part[:] = np.asarray(self._image)

    def text(self, text: str, x: int, y: int, size: int) -> None:
        """Print text from (x, y) down."""
        draw_text(self._image, text, (x, y), size)

    def bar(self, x: int, y: int, length_px: int, tick_px: int) -> None:
        """Draw a bar that spans ``length_px`` from the outer edge of one tick to that of the other."""
        stroke = max(2, tick_px // 4)
        right = x + length_px - 1
        middle = y + tick_px // 2
        self._draw.rectangle((x, middle - stroke // 2, right, middle - stroke // 2 + stroke - 1), fill=_INK_RGB)
        self._draw.rectangle((x, y, x + stroke - 1, y + tick_px - 1), fill=_INK_RGB)
        self._draw.rectangle((right - stroke + 1, y, right, y + tick_px - 1), fill=_INK_RGB)

    def swatch(self, swatch: Swatch, x: int, y: int, size: int) -> int:
        """Draw a sample and return the room it takes, in px."""
        width, stroke = 2 * size, max(1, size // 7)
        middle = y + round(0.62 * size)
        if swatch.hatched:
            self._hatched(x, y + size // 4, width, round(0.75 * size), swatch.rgb)
        elif swatch.dashed:
            step = width // 5
            for start in range(x, x + width, 2 * step):
                self._draw.line((start, middle, min(start + step, x + width), middle), fill=swatch.rgb, width=stroke)
        else:
            self._draw.line((x, middle, x + width, middle), fill=swatch.rgb, width=stroke)
        return width + size // 2

    def _hatched(self, x: int, y: int, width: int, height: int, rgb: tuple[int, int, int]) -> None:
        patch = np.asarray(self._image)[y : y + height, x : x + width].copy()
        row, column = np.ogrid[: patch.shape[0], : patch.shape[1]]
        patch[(row + column) % max(4, height // 2) < max(1, height // 10)] = rgb
        self._image.paste(Image.fromarray(patch), (x, y))
        self._draw.rectangle((x, y, x + width - 1, y + height - 1), outline=rgb)


def draw_text(image: Image.Image, text: str, at: tuple[int, int], size: int, rgb: Ink = _INK_RGB) -> None:
    """Print text from ``at`` down, drawn larger and reduced so that small type keeps its spaces."""
    mask = Image.new("L", ((text_width_px(text, size) + 1) * _FINE, 2 * size * _FINE))
    draw = ImageDraw.Draw(mask)
    for part, part_size, dx in _letters(text, size):
        draw.text((dx, 0), part, font=_font(part_size), fill=255)
    image.paste(rgb, at, mask.reduce(_FINE))


def text_width_px(text: str, size: int) -> int:
    """Room that a text takes."""
    part, part_size, x = _letters(text, size)[-1]
    return math.ceil((x + _font(part_size).getlength(part)) / _FINE)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _letters(text: str, size: int) -> list[tuple[str, int, float]]:
    """Split at "²", which the font lacks and a small 2 replaces, into parts with their fine size and offset."""
    large, small = size * _FINE, round(0.62 * size * _FINE)
    parts: list[tuple[str, int, float]] = []
    x = 0.0
    for number, piece in enumerate(text.split("²")):
        for part, part_size in ([("2", small)] if number else []) + ([(piece, large)] if piece else []):
            parts.append((part, part_size, x))
            x += _font(part_size).getlength(part)
    return parts


def _pad(size: int) -> int:
    return max(4, size // 2)


def _advance(size: int) -> int:
    return round(1.35 * size)


def _row_px(size: int, number: int) -> int:
    return size if number == 0 else max(min(size, _MIN_LETTER_PX), round(_KEY_SHARE * size))


def _rows_size(rows: list[Row], size: int) -> tuple[int, int]:
    """Width and height, in px, of a plate for these rows."""
    widths, height = [], 0
    for number, row in enumerate(rows):
        row_px = _row_px(size, number)
        widths.append(text_width_px(row.text, row_px) + (2 * row_px + row_px // 2 if row.swatch else 0))
        height += _advance(row_px)
    return max(widths) + 2 * _pad(size), height + 2 * _pad(size)


def _corners(shape: tuple[int, ...], plate: tuple[int, int]) -> list[Box]:
    """Boxes of a plate in the upper left, upper right and lower left corner."""
    height, width = shape[:2]
    w, h = min(plate[0], width), min(plate[1], height)
    return [(0, 0, w, h), (width - w, 0, width, h), (0, height - h, w, height)]


def _quietest(corners: list[Box], busy: NDArray[np.uint8], avoid: Box) -> Box:
    """Give the box that covers the least of what is drawn and none of ``avoid``, where that can be had."""

    def covered(box: Box) -> tuple[bool, int]:
        x0, y0, x1, y1 = box
        clash = x0 < avoid[2] and avoid[0] < x1 and y0 < avoid[3] and avoid[1] < y1
        return clash, int(np.count_nonzero(busy[y0:y1, x0:x1]))

    return min(corners, key=covered)
