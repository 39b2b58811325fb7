"""Draw rectangles, lines, rings and letters over a picture, each pixel by the share of it that is covered."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Array = NDArray[np.float32]
Rgb = tuple[int, int, int]
Edges = tuple[float, float, float, float]
"""x0, y0, x1, y1 of the outer edges, in px whose centres are whole numbers."""

_HIDES = 0.35
"""Share of the print in a pixel from which on the skin beneath counts as hidden."""


@dataclass
class Canvas:
    """A picture that is printed on, and where print hides what was there.

    Attributes
    ----------
    rgb : uint8 array, shape (height, width, 3)
    hidden : bool array, shape (height, width)
    bottom : int
        Row of the first padding below the photograph.
    """

    rgb: NDArray[np.uint8]
    hidden: NDArray[np.bool_]
    bottom: int

    @classmethod
    def on(cls, rgb: NDArray[np.uint8]) -> Canvas:
        """A canvas over a copy of a picture."""
        return cls(rgb.copy(), np.zeros(rgb.shape[:2], bool), len(rgb))

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height."""
        return self.rgb.shape[1], self.rgb.shape[0]

    def rectangle(self, edges: Edges, colour: Rgb, opacity: float = 1.0, *, hides: bool = True) -> None:
        """Fill a rectangle."""
        left, top, right, bottom = self._around(edges)
        x, y = np.arange(left, right), np.arange(top, bottom)
        across = np.clip(np.minimum(x + 0.5, edges[2]) - np.maximum(x - 0.5, edges[0]), 0, 1)
        down = np.clip(np.minimum(y + 0.5, edges[3]) - np.maximum(y - 0.5, edges[1]), 0, 1)
        self._lay(left, top, down[:, None] * across[None, :], colour, opacity, hides=hides)

    def ring(self, x: float, y: float, radius: float, width: float, colour: Rgb, opacity: float = 1.0) -> None:
        """Draw a circle whose line's middle has the radius."""
        reach = radius + width
        left, top, right, bottom = self._around((x - reach, y - reach, x + reach, y + reach))
        columns, rows = np.arange(left, right)[None, :] - x, np.arange(top, bottom)[:, None] - y
        off = np.abs(np.sqrt(columns**2 + rows**2) - radius)
        self._lay(left, top, np.clip(width / 2 + 0.5 - off, 0, min(1.0, width)), colour, opacity)

    def segment(self, start: tuple[float, float], end: tuple[float, float], width: float, colour: Rgb) -> None:
        """Draw a straight line."""
        (x0, y0), (x1, y1) = start, end
        length = math.hypot(x1 - x0, y1 - y0)
        if length == 0:
            return
        ux, uy = (x1 - x0) / length, (y1 - y0) / length
        corner = self._around((min(x0, x1) - width, min(y0, y1) - width, max(x0, x1) + width, max(y0, y1) + width))
        left, top, right, bottom = corner
        x, y = np.arange(left, right)[None, :] - x0, np.arange(top, bottom)[:, None] - y0
        along, across = x * ux + y * uy, np.abs(y * ux - x * uy)
        on = np.clip(width / 2 + 0.5 - across, 0, min(1.0, width))
        on = on * np.clip(along + 0.5, 0, 1) * np.clip(length - along + 0.5, 0, 1)
        self._lay(left, top, on, colour, 1.0)

    def text(self, x: float, y: float, words: str, size: float, colour: Rgb, opacity: float = 1.0) -> None:
        """Write words whose box (as `text_size` gives it) has its top left corner at a place."""
        left, top = round(x), round(y)
        self._lay(left, top, letters(words, size), colour, opacity)

    def _around(self, edges: Edges) -> tuple[int, int, int, int]:
        """Whole pixels that cover a rectangle, within the picture."""
        width, height = self.size_px
        left, top = max(0, math.floor(edges[0])), max(0, math.floor(edges[1]))
        return left, top, max(left, min(width, math.ceil(edges[2]) + 1)), max(top, min(height, math.ceil(edges[3]) + 1))

    def _lay(
        self, left: int, top: int, share: NDArray[np.floating], colour: Rgb, opacity: float, *, hides: bool = True
    ) -> None:
        """Lay a colour over pixels by their share; what lies outside of the picture is left out."""
        share = share[max(0, -top) :, max(0, -left) :]
        left, top = max(0, left), max(0, top)
        part = self.rgb[top : top + len(share), left : left + share.shape[1]]
        share = share[: part.shape[0], : part.shape[1]]
        cover = (share * opacity)[..., None]
        part[:] = np.rint(part + cover * (np.array(colour) - part)).astype(np.uint8)
        if hides:
            self.hidden[top : top + len(share), left : left + share.shape[1]] |= share >= _HIDES


@lru_cache(maxsize=16)
def _font(size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def text_size(words: str, size: float) -> tuple[int, int]:
    """Width and height in px of the box in which words of a letter size (height of a line) are written."""
    left, _, right, _ = _font(size).getbbox(words)
    return math.ceil(right - min(left, 0)), math.ceil(1.2 * size)


def letters(words: str, size: float) -> Array:
    """Share of each pixel that the letters cover, of shape `text_size` (height, width)."""
    image = Image.new("L", text_size(words, size))
    ImageDraw.Draw(image).text((0, 0), words, fill=255, font=_font(size))
    return np.asarray(image, np.float32) / np.float32(255)
