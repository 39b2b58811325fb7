"""Find what a program has printed onto a photograph: letters with their boxes, circles, leader lines, scale bars.

Nothing is taken for print by its colour or darkness alone, since hair, ink and vessels have those too: letters must
stand in a row within a box of straight edges (or be of one pure colour), circles and lines must be exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from densitometer.bar_label import read_labels
from densitometer.print_lines import Circle, Segment, circle_and_leaders, scale_bars
from densitometer.print_text import Box, Label, coloured_text, light_text, patches

_HUES = 6
_PURE_RANGE = 45
_PURE_SATURATION = 90
_STANDS_OUT = 40
_FEWEST_PIXELS = 60
_DRAWN_PX = 3
"""OpenCV draws a line of three px, placed to a fraction of a px, four to five wide: a printed one and its soft edge."""

BLANK_RGB = (128, 128, 128)
"""What burned-in text is painted over with; where it is flat, nothing is counted."""
_LEAST_BLANK_PX = 7
"""Odd: OpenCV would shift what it opens with an even square by a pixel."""


@dataclass(frozen=True)
class Print:
    """What is printed onto a photograph.

    Attributes
    ----------
    covered : bool array, shape (height, width)
        True where nothing may be counted.
    obscured : bool array, shape (height, width)
        True where print hides the skin; under the rest of a translucent box the skin can be seen.
    texts : tuple of boxes
        Where letters were found that are more than the length beside a scale bar, which names nobody.
    """

    covered: NDArray[np.bool_]
    obscured: NDArray[np.bool_]
    texts: tuple[Box, ...] = ()


def find_print(rgb: NDArray[np.uint8]) -> Print:
    """Find letters, label boxes, scale bars, measuring circles and leader lines.

    Parameters
    ----------
    rgb : uint8 array, shape (height, width, 3)
    """
    light = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    labels, maybe = light_text(light)
    pure = pure_colours(rgb)
    for ink in pure:
        labels += [label for label in coloured_text(light, ink) if not _within(label.box, labels)]
    bars, named = scale_bars(light, [label.box for label in labels], [label.box for label in maybe])
    labels += [label for label in maybe if label.box in named]
    boxes = [label.box for label in labels]
    covered, obscured = np.zeros(light.shape, np.uint8), np.zeros(light.shape, np.uint8)
    for label in labels:
        _draw_label(label, covered, obscured)
    lines = np.zeros(light.shape, np.uint8)
    for ink in pure:
        _draw_lines(lines, *circle_and_leaders(ink, boxes))
    _draw_lines(lines, None, bars)
    texts = tuple(label.box for label in labels if not _states_a_length(light, label, bars))
    hidden = lines | _blanked(rgb)
    return Print((covered | hidden) > 0, (obscured | hidden) > 0, texts)


def _blanked(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Find the flat grey areas that text was painted over with: 1 in them, else 0. No camera records so flat a grey."""
    grey = cv2.inRange(rgb, BLANK_RGB, BLANK_RGB)
    if not cv2.countNonZero(grey):
        return np.zeros(grey.shape, np.uint8)
    square = np.ones((_LEAST_BLANK_PX, _LEAST_BLANK_PX), np.uint8)
    # beyond the border nothing is grey, so that a single grey pixel in a corner makes no area
    opened = cv2.morphologyEx(grey, cv2.MORPH_OPEN, square, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    return cv2.min(opened, 1)


def pure_colours(rgb: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    """Pixels of a pure colour that stands out from the skin around, as one 0/1 mask for each of six hues.

    Hues with hardly any such pixel are left out.
    """
    hue, saturation, value = cv2.split(cv2.cvtColor(rgb, cv2.COLOR_RGB2HSV_FULL))
    purity = cv2.multiply(saturation, value, scale=1 / 255)
    strong = (purity >= _PURE_RANGE) & (saturation >= _PURE_SATURATION)
    if np.count_nonzero(strong) < _FEWEST_PIXELS:
        return []
    size = (max(1, rgb.shape[1] // 8), max(1, rgb.shape[0] // 8))
    around = cv2.medianBlur(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), 5)
    around = cv2.resize(around, rgb.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    red, green, blue = cv2.split(cv2.subtract(rgb, around, dtype=cv2.CV_16S))
    most, least = cv2.max(cv2.max(red, green), blue), cv2.min(cv2.min(red, green), blue)
    strong &= cv2.subtract(most, least) >= _STANDS_OUT
    sector = ((hue.astype(np.uint16) + 21) * _HUES // 256) % _HUES
    masks = [(strong & (sector == number)).astype(np.uint8) for number in range(_HUES)]
    return [mask for mask in masks if cv2.countNonZero(mask) >= _FEWEST_PIXELS]


def _within(box: Box, labels: list[Label]) -> bool:
    """Whether the middle of a box lies in a label."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return any(a <= x < c and b <= y < d for a, b, c, d in (label.box for label in labels))


def _states_a_length(light: NDArray[np.uint8], label: Label, bars: list[Segment]) -> bool:
    """Whether a label beside a scale bar can be read as its length, such as "1.0 mm", and holds no other letters."""
    level = [bar for bar in bars if bar[1] == bar[3] and bar[0] < bar[2]]
    return any(
        not _letters_beside(label, read.box)
        for x0, y0, x1, y1 in level
        for read in read_labels(light, (x0, y0 - 1, x1, y1 + 1))
        if _within(read.box, [label])
    )


def _letters_beside(label: Label, read: Box) -> bool:
    """Whether anything as high as half a letter stands in a label outside of what was read."""
    (x0, y0, x1, y1), (a, b, c, d) = label.box, read
    rest = label.ink[y0:y1, x0:x1].copy()
    rest[max(0, b - y0 - 2) : d - y0 + 2, max(0, a - x0 - 2) : c - x0 + 2] = 0
    return bool((patches(rest)[:, 3] >= (d - b) / 2).any())


def _draw_label(label: Label, covered: NDArray[np.uint8], obscured: NDArray[np.uint8]) -> None:
    """Cover the box of a label; hide all of it where it is dark, else only its letters and its border."""
    x0, y0, x1, y1 = label.box
    covered[y0:y1, x0:x1] = 1
    hidden = obscured[y0:y1, x0:x1]
    if label.dark_box:
        hidden[:] = 1
        return
    hidden |= cv2.dilate(label.ink[y0:y1, x0:x1], np.ones((3, 3), np.uint8))
    if label.boxed:
        hidden[:2], hidden[-2:], hidden[:, :2], hidden[:, -2:] = 1, 1, 1, 1


def _draw_lines(mask: NDArray[np.uint8], circle: Circle | None, segments: list[Segment]) -> None:
    """Draw a circle and straight lines, placed to an eighth of a pixel."""
    if circle is not None:
        centre = (round(circle.x * 8), round(circle.y * 8))
        cv2.circle(mask, centre, round(circle.radius * 8), 1, thickness=_DRAWN_PX, shift=3)
        if circle.dotted:
            cv2.circle(mask, centre, 5 * 8, 1, thickness=-1, shift=3)
    for x0, y0, x1, y1 in segments:
        start, end = (round(x0 * 8), round(y0 * 8)), (round(x1 * 8), round(y1 * 8))
        cv2.line(mask, start, end, 1, thickness=_DRAWN_PX, shift=3)
