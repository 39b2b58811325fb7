"""What a microscope's program prints onto its pictures: header, scale bar, measuring circle, camera's mark, padding.

Everything is drawn by coverage, to a small part of a pixel, so that bars and circles are as long as their labels say.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from densitometer.errors import RenderError
from densitometer.synthetic.canvas import Canvas, Rgb, text_size
from densitometer.synthetic.dice import chance, stream
from densitometer.synthetic.style import ExtrasStyle

Picture = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Dice = np.random.Generator

_BOX: Rgb = (58, 58, 60)
_WHITE: Rgb = (250, 250, 250)
_CYAN: Rgb = (40, 235, 225)
_INK: Rgb = (26, 26, 30)
_RED: Rgb = (240, 8, 8)
_BLUE: Rgb = (8, 8, 235)
_PADDING: Rgb = (224, 224, 224)
_BARS_MM = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
_LEAST_LETTER_PX = 14
_MAKERS = ("Haarblick", "Pilovista", "Tuftcam", "Skalpetto", "Crinolux")


def print_marks(rgb: Picture, extras: ExtrasStyle, um_per_px: float, seed: int, visit: int) -> tuple[Picture, Mask]:
    """Print onto a picture what the style's program prints.

    Whether something is printed is drawn once for all visits; what it says differs between them.

    Parameters
    ----------
    rgb : uint8 array, shape (height, width, 3)
        Left as it is.
    extras : ExtrasStyle
    um_per_px : float
    seed, visit : int

    Returns
    -------
    rgb : uint8 array, shape (height, width, 3)
    printed : bool array, shape (height, width)
        True where print or padding hides the skin.

    Raises
    ------
    RenderError
        The scale makes no sense.
    """
    if not (math.isfinite(um_per_px) and um_per_px > 0):
        raise RenderError(f"a scale of {um_per_px:g} um per px cannot be printed; it must be above 0")
    canvas = Canvas.on(rgb)
    parts = (
        ("padding", extras.padding_chance, print_padding),
        ("watermark", extras.watermark_chance, print_watermark),
        ("circle", extras.circle_chance, print_circle),
        ("header", extras.header_chance, print_header),
        ("bar", extras.bar_chance, print_bar),
    )
    for name, share, draw in parts:
        if chance(stream(seed, "print", name), share):
            draw(canvas, um_per_px, stream(seed, "print", name, visit))
    return canvas.rgb, canvas.hidden


def print_header(canvas: Canvas, um_per_px: float, dice: Dice) -> None:
    """Print a line of boxed text at the top left: code, size, date, unit, magnification."""
    width, height = canvas.size_px
    day = f"{dice.integers(2016, 2026)}/{dice.integers(1, 13):02d}/{dice.integers(1, 29):02d}"
    hour = f"{dice.integers(8, 18):02d}:{dice.integers(0, 60):02d}:{dice.integers(0, 60):02d}"
    words = (
        f"{'ABCSH'[dice.integers(5)]}{dice.integers(1, 1000):03d}",
        f"{width}x{height}",
        f"{day} {hour}",
        "unit: mm",
        f"{_magnification(um_per_px)}x",
    )
    size = _letter_px(canvas, 0.0165)
    x = y = round(0.22 * size)
    for number, text in enumerate(words):
        if x >= width:
            break
        x += _boxed(canvas, x, y, text, size, _CYAN if number == 0 else _WHITE) + 2


def print_bar(canvas: Canvas, um_per_px: float, dice: Dice) -> None:
    """Print an L of two thin arms, each exactly as long as the label says, from the middle of the other to its end."""
    width, height = canvas.size_px
    size = _letter_px(canvas, 0.0165)
    bar_mm = _bar_mm(um_per_px, width)
    length = bar_mm * 1000 / um_per_px
    thick = 1.0 if height < 1400 else 2.0
    half = thick / 2
    left = round(0.0145 * width + float(dice.uniform(0, 4))) - 0.5 + half
    foot = round(min(0.952 * height, canvas.bottom - 1.3 * size)) + 0.5 - half
    canvas.rectangle((left - half, foot - half, left + length, foot + half), _INK)
    canvas.rectangle((left - half, foot - length, left + half, foot + half), _INK)
    _boxed(canvas, round(left + length) + 6, round(foot - 0.72 * size), _millimetres(bar_mm), size, _WHITE)


def print_circle(canvas: Canvas, um_per_px: float, dice: Dice) -> None:
    """Print a measuring circle with its radius and a label that states circumference, area and radius."""
    width, height = canvas.size_px
    radius = float(dice.uniform(0.30, 0.46)) * min(width, height)
    x = float(dice.uniform(radius + 4, max(radius + 4, width - radius - 4)))
    y = float(dice.uniform(radius + 4, max(radius + 4, height - radius - 4)))
    x, y = 0.6 * x + 0.2 * width, 0.6 * y + 0.2 * height
    angle = float(dice.uniform(-0.7, 0.9))
    end = (x + radius * math.cos(angle), y + radius * math.sin(angle))
    canvas.ring(x, y, radius, 1.2, _RED)
    canvas.segment((x, y), end, 1.2, _RED)
    canvas.rectangle((x - 2, y - 2, x + 2, y + 2), _WHITE)
    _circle_label(canvas, end, radius * um_per_px / 1000)


def print_watermark(canvas: Canvas, um_per_px: float, dice: Dice) -> None:
    """Print the mark of an invented maker at the bottom, translucent."""
    del um_per_px
    name = _MAKERS[int(dice.integers(len(_MAKERS)))]
    width, height = canvas.size_px
    size, small = _letter_px(canvas, 0.062), _letter_px(canvas, 0.021)
    wide, high = text_size(name, size)
    x, y = (width - wide) // 2, canvas.bottom - round(1.5 * high)
    opacity = float(dice.uniform(0.16, 0.32))
    canvas.ring(x - 0.8 * high, y + 0.6 * high, 0.5 * high, 0.16 * high, _WHITE, opacity)
    canvas.text(x, y, name, size, _WHITE, opacity)
    canvas.text(x + wide // 8, y + high, f"www.{name.lower()}.example", small, _WHITE, opacity)


def print_padding(canvas: Canvas, um_per_px: float, dice: Dice) -> None:
    """Cover the lowest rows with the light grey by which a program fills up its frame."""
    del um_per_px
    width, height = canvas.size_px
    rows = max(1, round(float(dice.uniform(0.012, 0.022)) * height))
    canvas.bottom = height - rows
    canvas.rectangle((-0.5, canvas.bottom - 0.5, width - 0.5, height - 0.5), _PADDING)


def _circle_label(canvas: Canvas, at: tuple[float, float], radius_mm: float) -> None:
    """Write what a circle measures onto a translucent box beside a place, moved into the picture where need be."""
    lines = (
        "RC0",
        f"C={2 * math.pi * radius_mm:.3f} mm",
        f"A={math.pi * radius_mm**2:.3f} mm^2",
        f"r={radius_mm:.3f} mm",
    )
    size = _letter_px(canvas, 0.0285)
    wide = max(text_size(line, size)[0] for line in lines) + round(0.8 * size)
    step = text_size(lines[0], size)[1]
    high = len(lines) * step + round(0.3 * size)
    x = round(min(at[0] + 0.3 * size, canvas.size_px[0] - wide - 2))
    y = round(min(max(at[1], 2), canvas.bottom - high - 2))
    canvas.rectangle((x - 0.5, y - 0.5, x + wide - 0.5, y + high - 0.5), _WHITE, 0.42)
    for number, line in enumerate(lines):
        canvas.text(x + 0.4 * size, y + 0.15 * size + number * step, line, size, _BLUE)


def _boxed(canvas: Canvas, x: int, y: int, words: str, size: float, colour: Rgb) -> int:
    """Write words into a dark box whose top left corner lies at a place; gives the width of the box."""
    wide, high = text_size(words, size)
    room = round(0.3 * size)
    canvas.rectangle((x - 0.5, y - 0.5, x + wide + 2 * room - 0.5, y + high - 0.5), _BOX, 0.86)
    canvas.text(x + room, y, words, size, colour)
    return wide + 2 * room


def _letter_px(canvas: Canvas, share: float) -> float:
    """Height of letters: a share of the picture's, never too small to read."""
    return float(max(_LEAST_LETTER_PX, round(share * canvas.size_px[1])))


def _bar_mm(um_per_px: float, width: int) -> float:
    """Length of bar that takes about an eighth of the picture's width, of those that programs offer."""
    wanted = width * um_per_px / 1000 / 7
    return min(_BARS_MM, key=lambda length: abs(math.log(length / wanted)))


def _millimetres(length_mm: float) -> str:
    return f"{length_mm:.1f} mm"


def _magnification(um_per_px: float) -> int:
    """Magnification by which such a microscope is named: 70 at 5.6 um per px."""
    return max(5, 5 * round(390 / um_per_px / 5))
