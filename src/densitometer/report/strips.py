"""Strips above and below a picture, with titles and a key, so that no photograph is covered by words."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from densitometer.report.fate_marks import Mark, Shown, draw_marks
from densitometer.report.plates import draw_text, round_length_mm, text_width_px

Rgb = NDArray[np.uint8]
STRIP_RGB = (27, 31, 36)
_INK_RGB = (255, 255, 255)
_BAR_SHARE = 0.2


@dataclass(frozen=True)
class KeyEntry:
    """What one sort of mark means; ``found`` as in `Mark`."""

    fate: Shown
    found: bool
    text: str


def printable(text: str) -> str:
    """Text with the letters that the built-in font has: accents are dropped, other signs become a question mark."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return "".join(sign if " " <= sign <= "~" else "?" for sign in plain.replace("–", "-").replace("−", "-"))


def fitted(text: str, size: int, width_px: int) -> str:
    """Text cut to a width, with three dots where it was cut."""
    text = printable(text)
    if text_width_px(text or " ", size) <= width_px:
        return text
    # Searched by halves: a label of thousands of letters, shortened one by one, takes minutes.
    beyond = bisect_right(range(len(text)), width_px, key=lambda end: text_width_px(text[:end] + "...", size))
    return text[: max(beyond - 1, 0)] + "..."


def title_strip(titles: Sequence[str], widths_px: Sequence[int], gap_px: int, size: int) -> Rgb:
    """Strip with one title over each panel."""
    strip = _strip(sum(widths_px) + gap_px * (len(widths_px) - 1), round(2.0 * size))
    left = 0
    for title, width in zip(titles, widths_px, strict=True):
        draw_text(
            strip, fitted(title, size, width - size) or " ", (left + size // 2, round(0.4 * size)), size, _INK_RGB
        )
        left += width + gap_px
    return np.array(strip)


def key_strip(entries: Sequence[KeyEntry], notes: Sequence[str], width_px: int, um_per_px: float, size: int) -> Rgb:
    """Strip with a key to the marks, notes, and a scale bar at its right end; as many rows as it takes."""
    bar_mm = round_length_mm(min(1.0, width_px * um_per_px / 1000.0 * _BAR_SHARE))
    bar_px = round(bar_mm * 1000.0 / um_per_px)
    label = f"{bar_mm:g} mm"
    right = max(bar_px, text_width_px(label, size)) + 2 * size
    rows = _wrapped(
        [(entry, entry.text) for entry in entries] + [(None, note) for note in notes], width_px - right, size
    )
    advance = round(2.0 * size)
    strip = _strip(width_px, max(len(rows), 1) * advance + size)
    for number, row in enumerate(rows):
        for x, entry, text in row:
            middle = size // 2 + number * advance + advance // 2
            strip = _entry(strip, entry, fitted(text, size, width_px - right), (x, middle), size)
    _bar(strip, width_px - right + (right - bar_px) // 2, bar_px, size)
    draw_text(strip, label, (width_px - right + (right - text_width_px(label, size)) // 2, round(1.3 * size)), size)
    return np.array(strip)


def _strip(width_px: int, height_px: int) -> Image.Image:
    return Image.new("RGB", (width_px, height_px), STRIP_RGB)


def _wrapped(
    cells: Sequence[tuple[KeyEntry | None, str]], width_px: int, size: int
) -> list[list[tuple[int, KeyEntry | None, str]]]:
    """Set entries side by side, in rows of at most so many px."""
    rows: list[list[tuple[int, KeyEntry | None, str]]] = []
    x = width_px + 1
    for entry, text in cells:
        room = text_width_px(printable(text), size) + (0 if entry is None else 3 * size)
        if x + room > width_px:
            rows.append([])
            x = size // 2
        rows[-1].append((x, entry, text))
        x += room + round(1.6 * size)
    return rows


def _entry(strip: Image.Image, entry: KeyEntry | None, text: str, at: tuple[int, int], size: int) -> Image.Image:
    x, middle = at
    if entry is not None:
        root = (float(x + 0.8 * size), float(middle))
        tip = (float(x + 2.4 * size), float(middle)) if entry.found else None
        canvas = np.array(strip)
        draw_marks(canvas, [Mark(entry.fate, entry.found, root, tip, "")], size / 20.0)
        strip = Image.fromarray(canvas)
        x += 3 * size
    draw_text(strip, text or " ", (x, middle - round(0.6 * size)), size, _INK_RGB)
    return strip


def _bar(strip: Image.Image, left: int, length_px: int, size: int) -> None:
    """Draw a bar that spans ``length_px`` from the outer edge of one tick to that of the other."""
    thick, tick, top = max(2, size // 8), max(5, size // 2), round(0.6 * size)
    right = left + length_px
    middle = top + tick // 2
    strip.paste(_INK_RGB, (left, middle - thick // 2, right, middle - thick // 2 + thick))
    strip.paste(_INK_RGB, (left, top, left + thick, top + tick))
    strip.paste(_INK_RGB, (right - thick, top, right, top + tick))
