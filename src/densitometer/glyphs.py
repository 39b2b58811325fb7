"""Tell which character a small picture of ink shows, by comparing it with rendered characters at its own size."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

_HIGH = 64
"""Font size at which characters are rendered, in px."""
_SINGLE = "0123456789.munc"
_OTHERS = "xrkaeso=-kpi:dhtvzK"
"""Characters that no label holds, so that a letter of other print is not forced into a digit."""
_JOINED = ("mm", "um", "cm", "nm")
_MIN_SCORE, _MIN_MARGIN = 0.62, 0.05


@dataclass(frozen=True)
class _Template:
    """A rendered character: its ink from 0 to 1; its size and bottom in heights of a digit."""

    text: str
    ink: NDArray[np.float32]
    wide: float
    high: float
    drop: float


def classify(glyph: NDArray[np.float32], digit_px: int, drop_px: int) -> str | None:
    """Character of a glyph, or None where none fits or two fit about equally well.

    Parameters
    ----------
    glyph : float32 array, shape (height, width)
        Ink from 0 to 1, cut to its bounds.
    digit_px : int
        Height of the digits of the same row.
    drop_px : int
        How far the glyph's bottom lies below that of the digits; negative above.

    Returns
    -------
    str or None
        One character, or two where they touch ("mm", "um", "cm", "nm"); "u" stands for the micro sign too.
    """
    scores = ranking(glyph, digit_px, drop_px)
    if not scores:
        return None
    best = max(scores, key=lambda text: scores[text])
    second = max((score for text, score in scores.items() if text != best), default=0.0)
    return best if scores[best] >= _MIN_SCORE and scores[best] - second >= _MIN_MARGIN else None


def ranking(glyph: NDArray[np.float32], digit_px: int, drop_px: int) -> dict[str, float]:
    """Score, at most 1, of each character whose size and place suit the glyph."""
    scores: dict[str, float] = {}
    for template in _templates():
        misfit = _misfit(template, glyph.shape, digit_px, drop_px)
        if misfit <= 1:
            score = _likeness(template.ink, glyph) - 0.15 * misfit**2
            scores[template.text] = max(scores.get(template.text, -1.0), score)
    return scores


def _misfit(template: _Template, shape: tuple[int, ...], digit_px: int, drop_px: int) -> float:
    """How far size and place are off, in tolerances; about one pixel more is granted for the raster."""
    wide, high = template.wide * digit_px, template.high * digit_px
    return max(
        abs(shape[1] - wide) / (0.3 * wide + 1.0),
        abs(shape[0] - high) / (0.08 * high + 0.04 * digit_px + 0.8),
        abs(drop_px - template.drop * digit_px) / (0.08 * digit_px + 1.0),
    )


def _likeness(template: NDArray[np.float32], glyph: NDArray[np.float32]) -> float:
    """Normalised correlation at the glyph's own size; of a dot of few pixels, mostly its place counts."""
    height, width = glyph.shape
    if height * width <= 16:
        return 0.5 + 0.5 * float(glyph.max())
    small = cv2.resize(template, (width, height), interpolation=cv2.INTER_AREA)
    # as if both had a rim of one pixel without ink, so that the outline counts too
    count = (height + 2) * (width + 2)
    a, b = float(small.sum()), float(glyph.sum())
    common = float(np.vdot(small, glyph)) - a * b / count
    spread = (float(np.vdot(small, small)) - a * a / count) * (float(np.vdot(glyph, glyph)) - b * b / count)
    return common / max(spread, 1e-9) ** 0.5


@lru_cache(maxsize=1)
def _templates() -> tuple[_Template, ...]:
    return tuple(template for write in _writers() for template in _rendered(write))


def _rendered(write: Callable[[str], NDArray[np.uint8]]) -> Iterator[_Template]:
    digit = _bounds(write("0"))
    one = digit[3] - digit[1]
    for text in (*_SINGLE, *_OTHERS, *_JOINED):
        yield _template(text, write(text), digit[3], one)
    for text in ("u", "um"):
        yield _template(text, _with_stem(write(text), write("u"), one), digit[3], one)


def _template(text: str, picture: NDArray[np.uint8], base: int, one: int) -> _Template:
    x0, y0, x1, y1 = _bounds(picture)
    ink = picture[y0:y1, x0:x1].astype(np.float32) / np.float32(255)
    return _Template(text, ink, (x1 - x0) / one, (y1 - y0) / one, (y1 - base) / one)


def _with_stem(picture: NDArray[np.uint8], u: NDArray[np.uint8], one: int) -> NDArray[np.uint8]:
    """Make the micro sign of a "u", which the fonts at hand lack, by lengthening its left stem downwards."""
    x0, y0, _, y1 = _bounds(u)
    middle = (y0 + y1) // 2
    stem = int(np.count_nonzero(np.cumprod(u[middle, x0 + 2 :] > 127))) + 2
    result = picture.copy()
    result[middle : y1 + round(0.28 * one), x0 : x0 + stem] = 255
    return result


def _bounds(picture: NDArray[np.uint8]) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(picture.max(axis=1) > 127), np.flatnonzero(picture.max(axis=0) > 127)
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _writers() -> list[Callable[[str], NDArray[np.uint8]]]:
    """Functions that write a text in one style each: Pillow's own font in three weights, OpenCV's line fonts."""
    pillow = [lambda text, s=stroke: _by_pillow(text, s) for stroke in (0, 2, 4)]
    styles = ((cv2.FONT_HERSHEY_SIMPLEX, 5), (cv2.FONT_HERSHEY_SIMPLEX, 9), (cv2.FONT_HERSHEY_DUPLEX, 5),
              (cv2.FONT_HERSHEY_COMPLEX, 4))  # fmt: skip
    return [*pillow, *(lambda text, f=face, t=thick: _by_opencv(text, f, t) for face, thick in styles)]


def _by_pillow(text: str, stroke: int) -> NDArray[np.uint8]:
    canvas = Image.new("L", (4 * _HIGH, 2 * _HIGH))
    font = ImageFont.load_default(_HIGH)
    ImageDraw.Draw(canvas).text((16, 16), text, fill=255, font=font, stroke_width=stroke)
    return np.asarray(canvas)


def _by_opencv(text: str, face: int, thickness: int) -> NDArray[np.uint8]:
    canvas = np.zeros((2 * _HIGH, 4 * _HIGH), np.uint8)
    cv2.putText(canvas, text, (16, _HIGH + 16), face, 2.2, 255, thickness, cv2.LINE_AA)
    return canvas
