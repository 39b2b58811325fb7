"""Draw what became of each hair: which shape and colour stand for which fate, and its number beside it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from densitometer.report.plates import draw_text, text_width_px
from densitometer.visits.comparison import Fate, HairMatch

Rgb = NDArray[np.uint8]
FloatArray = NDArray[np.float64]
Ink = tuple[int, int, int]
Shown = Literal[Fate, "overlooked"]
"""How a hair is drawn: by its fate, or as one that was probably overlooked in the other photograph."""

OVERLOOKED_BELOW = 0.1
"""An unsure hair of one photograph alone that is less likely than this to be lost or gained is drawn as overlooked.

At less than one in ten there is hardly a change to show, and such hairs are the most: marked like the others, they
would bury those that a person should look at. It does not touch numbers: all count with their probability.
"""

# Okabe and Ito's palette: told apart with every common colour blindness. Shapes and letters say the same without.
FATE_RGB: Mapping[Shown, Ink] = {
    "persisting": (86, 180, 233),
    "overlooked": (86, 180, 233),
    "lost": (213, 94, 0),
    "gained": (0, 158, 115),
    "ambiguous": (240, 228, 66),
}
_CORNERS: Mapping[Shown, int] = {"persisting": 0, "overlooked": 0, "lost": 0, "gained": 4, "ambiguous": 3}
_CALM = ("persisting", "overlooked")
_DOTS_PX, _DOT_PX = 7.0, 2.2
_SUBPIXEL_BITS = 4
_SEAM_RGB = (0, 0, 0)
_PLATE_BRIGHTNESS = 0.3
_SMALL_LETTER_PX = 11


@dataclass(frozen=True)
class Mark:
    """One hair, or the place of a missing one, in one panel.

    Attributes
    ----------
    fate : str
    found : bool
        False where the hair is missing in this panel: its mark is dashed.
    root_px : tuple of float
        (x, y) in the panel.
    tip_px : tuple of float or None
        End of the hair; None where it is missing.
    label : str
        Printed beside it; empty for none.
    """

    fate: Shown
    found: bool
    root_px: tuple[float, float]
    tip_px: tuple[float, float] | None
    label: str


def label_of(fate: str, baseline_hair: int | None, followup_hair: int | None) -> str:
    """Name of a hair in pictures and tables: L and its number at the baseline if lost, G and that at the follow-up if
    gained, with a question mark where the fate is not known; empty for persisting hairs.
    """  # noqa: D205
    doubt = {"lost": "", "gained": "", "ambiguous": "?"}.get(fate)
    if doubt is None:
        return ""
    if baseline_hair is not None:
        return f"L{baseline_hair}{doubt}"
    return "" if followup_hair is None else f"G{followup_hair}{doubt}"


def label_of_match(match: HairMatch) -> str:
    """See :func:`label_of`; empty for a hair that was probably overlooked."""
    return label_of(shown_as(match), match.baseline_hair, match.followup_hair)


def is_overlooked(fate: str, baseline_hair: object, followup_hair: object, probability: float | None) -> bool:
    """Whether a hair was found in one photograph alone and is very likely neither lost nor gained."""
    once = (baseline_hair is None) != (followup_hair is None)
    return fate == "ambiguous" and once and probability is not None and probability < OVERLOOKED_BELOW


def shown_as(match: HairMatch) -> Shown:
    """Give what a hair is drawn as."""
    missed = is_overlooked(match.fate, match.baseline_hair, match.followup_hair, match.probability)
    return "overlooked" if missed else match.fate


def radius_px(fate: Shown, pen: float) -> float:
    """Radius of a mark; ``pen`` is 1 in a panel whose shorter side has 1024 px."""
    return max(3.0, 4.0 * pen) if fate in _CALM else max(7.0, 15.0 * pen)


def draw_marks(canvas: Rgb, marks: Sequence[Mark], pen: float) -> None:
    """Draw marks and then their labels onto a panel, in place: persisting hairs first, so that change lies on top."""
    ordered = sorted(marks, key=lambda mark: mark.fate not in _CALM)
    for mark in ordered:
        _draw_mark(canvas, mark, pen)
    _draw_labels(canvas, ordered, pen, letter_px(pen))


def draw_rings(canvas: Rgb, marks: Sequence[Mark], pen: float) -> None:
    """Draw thin outlines at the places of hairs that were lost or gained, in place, with small labels."""
    changed = [mark for mark in marks if mark.fate in ("lost", "gained")]
    for mark in changed:
        for stroke in outline(mark.fate, mark.root_px, radius_px(mark.fate, pen), dashed=False):
            _line(canvas, stroke, FATE_RGB[mark.fate], 2.0 * pen)
    _draw_labels(canvas, changed, pen, _SMALL_LETTER_PX)


def _draw_labels(canvas: Rgb, marks: Sequence[Mark], pen: float, size: int) -> None:
    labelled = [mark for mark in marks if mark.label]
    busy = np.zeros(canvas.shape[:2], np.uint8)
    for mark in labelled:
        _block(busy, mark.root_px, radius_px(mark.fate, pen))
    for mark in labelled:
        _draw_label(canvas, mark, radius_px(mark.fate, pen), size, busy)


def _draw_mark(canvas: Rgb, mark: Mark, pen: float) -> None:
    """Draw the outline on a dark seam, and the hair as a line alone, thinner than itself, so that it stays visible."""
    if mark.fate == "overlooked":
        _draw_dotted(canvas, mark, pen)
        return
    colour, radius = FATE_RGB[mark.fate], radius_px(mark.fate, pen)
    wide, seam = (1.3, 1.6) if mark.fate in _CALM else (3.4, 3.2)  # in grey print the seam alone can be told from skin
    width = max(1.0, wide * pen)
    strokes = list(outline(mark.fate, mark.root_px, radius, dashed=not mark.found))
    for ink, across in ((_SEAM_RGB, width + seam * max(1.0, pen)), (colour, width)):
        for stroke in strokes:
            _line(canvas, stroke, ink, across)
    if mark.tip_px is not None:
        for stroke in _shaft(mark.root_px, mark.tip_px, radius):
            _line(canvas, stroke, colour, max(1.0, 0.5 * width))


def _shaft(root: tuple[float, float], tip: tuple[float, float], radius: float) -> Iterator[FloatArray]:
    """Give the line from the mark's rim to the tip; nothing for a hair that ends within."""
    (x, y), (dx, dy) = root, (tip[0] - root[0], tip[1] - root[1])
    length = math.hypot(dx, dy)
    if length > radius:
        start = radius / length
        yield np.array([[x + start * dx, y + start * dy], tip])


def _draw_dotted(canvas: Rgb, mark: Mark, pen: float) -> None:
    """Draw dots from root to tip, one at each, and no outline; nothing where the hair is missing."""
    if mark.tip_px is None:
        return
    pen = max(1.0, pen)
    count = max(2, 1 + round(math.dist(mark.root_px, mark.tip_px) / (_DOTS_PX * pen)))
    for dot in np.linspace(mark.root_px, mark.tip_px, count):
        _line(canvas, dot[None].repeat(2, axis=0), FATE_RGB[mark.fate], _DOT_PX * pen)


def outline(fate: Shown, at: tuple[float, float], radius: float, *, dashed: bool) -> Iterator[FloatArray]:
    """Give the lines of a mark's shape, (n, 2) px each: a circle, a diamond or a triangle."""
    corners = _CORNERS[fate]
    turns = np.linspace(0, 2 * np.pi, (corners or 48) + 1) - np.pi / 2
    reach = radius * {0: 1.0, 4: 1.2, 3: 1.35}[corners]
    points = np.column_stack([at[0] + reach * np.cos(turns), at[1] + reach * np.sin(turns)])
    if not dashed:
        yield points
        return
    dashes = 2 * (corners or 3)
    along = np.linspace(0, len(points) - 1, 12 * dashes + 1)
    fine = np.column_stack([np.interp(along, np.arange(len(points)), points[:, axis]) for axis in (0, 1)])
    for number in range(dashes):  # one at each corner, so that the shape can be told, and one between
        yield fine[np.arange(12 * number - 2, 12 * number + 3) % (len(fine) - 1)]


def _line(canvas: Rgb, points_px: FloatArray, colour: Ink, width_px: float) -> None:
    corners = [np.round(points_px * (1 << _SUBPIXEL_BITS)).astype(np.int32).reshape(-1, 1, 2)]
    cv2.polylines(canvas, corners, False, colour, max(1, round(width_px)), cv2.LINE_AA, _SUBPIXEL_BITS)


def _block(busy: NDArray[np.uint8], at: tuple[float, float], radius: float) -> None:
    cv2.circle(busy, (round(at[0]), round(at[1])), round(radius), 1, cv2.FILLED)


def letter_px(pen: float) -> int:
    """Height of the letters of a label."""
    return max(_SMALL_LETTER_PX, round(17 * pen))


def _draw_label(canvas: Rgb, mark: Mark, radius: float, size: int, busy: NDArray[np.uint8]) -> None:
    """Print a label on a dimmed plate beside its mark, where it covers the least of other marks and of its hair."""
    wide, high = text_width_px(mark.label, size) + 4, size + 4
    boxes = list(_places(mark, radius, (wide, high), canvas.shape))
    x, y = min(boxes, key=lambda at: (int(busy[at[1] : at[1] + high, at[0] : at[0] + wide].sum()), boxes.index(at)))
    part = canvas[y : y + high, x : x + wide]
    busy[y : y + high, x : x + wide] = 1
    plate = Image.fromarray(cv2.convertScaleAbs(np.ascontiguousarray(part), alpha=_PLATE_BRIGHTNESS))
    draw_text(plate, mark.label, (2, 1), size)
    part[:] = np.asarray(plate)


def _places(mark: Mark, radius: float, size: tuple[int, int], shape: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    """Give corners of plates around a mark, first those farthest from its hair, kept within the panel."""
    x, y = mark.root_px
    away = 0.0 if mark.tip_px is None else math.atan2(y - mark.tip_px[1], x - mark.tip_px[0])
    wide, high = size
    for turn in sorted(np.arange(8) * np.pi / 4, key=lambda turn: -math.cos(turn - away)):
        across, down = math.cos(turn), math.sin(turn)
        middle_x = x + across * (1.25 * radius + 2 + wide / 2)
        middle_y = y + down * (1.25 * radius + 2 + high / 2)
        left = min(max(0, round(middle_x - wide / 2)), max(0, shape[1] - wide))
        yield left, min(max(0, round(middle_y - high / 2)), max(0, shape[0] - high))
