"""Find printed letters and the box they stand in."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

_LETTER_PX = (6, 60)
"""Least and greatest height of a letter."""
_CONTRAST = 45
_MOST_GLYPHS = 1500
_FEWEST_COLOURED, _FEWEST_LINED = 4, 3
_ALIKE = 1.6
_HEIGHT_SPREAD = 0.12
_EVEN_SHARE = 0.5
_EDGE = 5.0
_EDGE_AGREEMENT = 0.7
_EDGE_SHOWN = 0.45
_SHADE_SPREAD = 12

Box = tuple[int, int, int, int]
"""x0, y0, x1, y1 in px, the last two exclusive."""


@dataclass(frozen=True)
class Label:
    """Printed text with its box.

    Attributes
    ----------
    box : tuple of int
        Bounds of the box, or of the letters where there is no box.
    ink : uint8 array, shape (height, width)
        1 at the letters, of this label and of others.
    boxed : bool
        Whether a box was found.
    dark_box : bool
        Whether that box is darker than its letters: such boxes hide what is beneath.
    """

    box: Box
    ink: NDArray[np.uint8]
    boxed: bool
    dark_box: bool


@dataclass(frozen=True)
class _Row:
    """Letters side by side, or several such rows: their bounds, the heights of all letters, how many share a line."""

    box: Box
    heights: tuple[int, ...]
    lined: int

    @property
    def height(self) -> int:
        return int(np.median(self.heights))

    @property
    def even(self) -> bool:
        """Whether most letters are of one height, as specks of ink are not."""
        return bool(np.mean(np.abs(np.array(self.heights) / self.height - 1) <= _HEIGHT_SPREAD) >= _EVEN_SHARE)


def patches(mask: NDArray[np.uint8]) -> NDArray[np.int32]:
    """List the connected patches of a 0/1 mask: x, y, width, height and area of each, shape (n, 5)."""
    x0, y0, width, height = cv2.boundingRect(mask)
    part = mask[y0 : y0 + height, x0 : x0 + width]
    if not part.size:
        return np.zeros((0, 5), np.int32)
    stats = cv2.connectedComponentsWithStats(part, connectivity=8)[2][1:]
    return (stats + np.array([x0, y0, 0, 0, 0])).astype(np.int32)


def light_text(light: NDArray[np.uint8]) -> tuple[list[Label], list[Label]]:
    """Find light letters on dark boxes, and what could be such letters but stands in no box.

    Parameters
    ----------
    light : uint8 array, shape (height, width)
        Brightness.

    Returns
    -------
    boxed, unboxed : lists of Label
        The unboxed are mostly glare: only what else is printed beside them can tell.
    """
    stroke = cv2.subtract(light, cv2.morphologyEx(light, cv2.MORPH_OPEN, np.ones((11, 11), np.uint8)))
    ink = (stroke > _CONTRAST).astype(np.uint8)
    boxes: list[Box] = []
    left: list[_Row] = []
    for row in _rows(ink):
        box = _box_around(light, row, darker=True) if row.lined >= _FEWEST_LINED else None
        if box is None:
            left.append(row)
        else:
            boxes.append(box)
    boxes += _continued(left, boxes)
    loose = [_grown(row.box, row.height // 2, light.shape) for row in left if row.even]
    boxed = [Label(box, ink, boxed=True, dark_box=True) for box in boxes]
    return boxed, [Label(box, ink, boxed=False, dark_box=True) for box in loose if box not in boxes]


def coloured_text(light: NDArray[np.uint8], ink: NDArray[np.uint8]) -> list[Label]:
    """Find labels in letters of one pure colour, with or without a box.

    Parameters
    ----------
    light : uint8 array, shape (height, width)
        Brightness.
    ink : uint8 array, shape (height, width)
        1 at the pixels of that colour.
    """
    labels = []
    for row in _stacked(_rows(ink, fewest=1, widest=6)):
        if len(row.heights) < _FEWEST_COLOURED or row.lined < _FEWEST_LINED or not row.even:
            continue
        boxes = [_box_around(light, row, darker=darker) for darker in (False, True)]
        box = boxes[0] or boxes[1]
        if box is None:
            labels.append(Label(_grown(row.box, row.height // 2, light.shape), ink, boxed=False, dark_box=False))
        else:
            labels.append(Label(box, ink, boxed=True, dark_box=boxes[0] is None))
    return labels


def _rows(ink: NDArray[np.uint8], fewest: int = 3, widest: float = 4.0) -> list[_Row]:
    """Group what could be letters into rows: of like height, on one line, less than a letter apart.

    Letters that touch make one glyph, up to ``widest`` times as wide as high.
    """
    x, y, width, height, area = patches(ink).T
    letter = (height >= _LETTER_PX[0]) & (height <= _LETTER_PX[1]) & (width <= widest * height) & (area >= height)
    x, y, width, height = (values[letter][:_MOST_GLYPHS] for values in (x, y, width, height))
    if x.size < fewest:
        return []
    names = _row_names(x, y, width, height)
    rows = []
    for name in np.flatnonzero(np.bincount(names) >= fewest):
        own = names == name
        tops, bottoms = y[own], (y + height)[own]
        level = np.abs(bottoms - np.median(bottoms)) <= 1
        box = (int(x[own].min()), int(tops.min()), int((x + width)[own].max()), int(bottoms.max()))
        rows.append(_Row(box, tuple(height[own].tolist()), int(level.sum())))
    return rows


def _row_names(
    x: NDArray[np.int32], y: NDArray[np.int32], width: NDArray[np.int32], height: NDArray[np.int32]
) -> NDArray[np.int32]:
    """Name the row of each glyph: neighbours to the right on the same line share a row."""
    taller = np.maximum(height[:, None], height[None])
    overlap = np.minimum((y + height)[:, None], (y + height)[None]) - np.maximum(y[:, None], y[None])
    gap = x[None] - (x + width)[:, None]
    beside = (overlap >= 0.55 * taller) & (gap <= taller) & (x[None] > x[:, None])
    pairs = np.nonzero(beside)
    graph = coo_matrix((np.ones(pairs[0].size), pairs), shape=(x.size, x.size))
    names: NDArray[np.int32] = connected_components(graph, directed=False)[1]
    return names


def _stacked(rows: list[_Row]) -> list[_Row]:
    """Join rows that stand close above or beside one another into one block, as the lines of a label do."""
    if not rows:
        return []
    x0, y0, x1, y1 = np.array([row.box for row in rows]).T
    height = np.array([row.height for row in rows])
    lower = np.minimum(height[:, None], height)
    alike = np.maximum(height[:, None], height) <= _ALIKE * lower
    apart_x = np.maximum(x0[:, None], x0) - np.minimum(x1[:, None], x1)
    apart_y = np.maximum(y0[:, None], y0) - np.minimum(y1[:, None], y1)
    names = connected_components(alike & (np.maximum(apart_x, apart_y) <= 1.2 * lower), directed=False)[1]
    blocks = []
    for name in range(int(names.max()) + 1):
        own = names == name
        heights = tuple(tall for row, mine in zip(rows, own, strict=True) if mine for tall in row.heights)
        box = (int(x0[own].min()), int(y0[own].min()), int(x1[own].max()), int(y1[own].max()))
        blocks.append(_Row(box, heights, max(row.lined for row, mine in zip(rows, own, strict=True) if mine)))
    return blocks


def _box_around(light: NDArray[np.uint8], row: _Row, *, darker: bool) -> Box | None:
    """Find the straight-edged box in which a row of letters stands; None when there is none.

    The upper and the lower edge must show (or lie on the border of the photograph); the box ends where they end.
    """
    x0, y0, x1, y1 = row.box
    reach = row.height + 4
    inside = -1.0 if darker else 1.0
    top = _edge(light[max(0, y0 - reach) : y0 + 1, x0:x1][::-1], inside, reach)
    bottom = _edge(light[y1 - 1 : y1 + reach, x0:x1], inside, reach)
    if top is None or bottom is None:
        return None
    y0, y1 = y0 - top, y1 + bottom
    # Rows just without and within the upper and the lower edge, unless it lies on the border of the photograph.
    edges = [(y0 - 1, y0), (y1, y1 - 1)]
    steps = [_shown(light[[a, b]].astype(np.float64), x0, x1) * inside for a, b in edges if 0 <= a < len(light)]
    if not steps:
        return None
    shown = np.mean(steps, axis=0)
    if darker:  # Such a box is of one shade within, which still shows where its edges are lost on dark hair.
        shade = np.percentile(light[y0:y1], 25, axis=0)
        shown = np.maximum(shown, np.abs(shade - np.median(shade[x0:x1])) <= _SHADE_SPREAD)
    x0, x1 = _run(shown.astype(np.float32), x0, x1, row.height)
    return x0, y0, x1, y1


def _continued(rows: list[_Row], boxes: list[Box]) -> list[Box]:
    """Boxes of the rows that carry on a line of text beside them, though their own box is lost on dark hair."""
    found: list[Box] = []
    for row in sorted(rows, key=lambda row: row.box[0]) + sorted(rows, key=lambda row: -row.box[0]):
        x0, y0, x1, y1 = row.box
        for a, top, c, bottom in boxes + found:
            beside = max(a - x1, x0 - c) <= 2 * row.height
            if beside and top - 1 <= y0 and y1 <= bottom + 1 and (x0 < a or x1 > c):
                found.append((min(x0 - 3, c) if x0 > a else x0 - 3, top, max(x1 + 3, a) if x1 < c else x1 + 3, bottom))
                break
    return [(max(0, x0), y0, x1, y1) for x0, y0, x1, y1 in found]


def _edge(outwards: NDArray[np.uint8], inside: float, reach: int) -> int | None:
    """Count the rows from the letters to the straight edge of their box, walking ``outwards``; None without an edge.

    Along the edge of a box the brightness steps in the same direction (``inside`` is 1 for a box lighter than what
    is around) at most pixels, which it does along the outline of no hair. A box may also end with the photograph,
    nearer than ``reach``.
    """
    if len(outwards) < 3:  # noqa: PLR2004
        return len(outwards) - 1
    steps = (outwards[:-1].astype(np.float32) - outwards[1:]) * inside
    size = np.median(steps, axis=1)
    size[(steps > 1).mean(axis=1) < _EDGE_AGREEMENT] = 0
    if size.max() >= _EDGE:
        return int(size.argmax())
    return len(outwards) - 1 if len(outwards) <= reach else None


def _shown(rows: NDArray[np.float64], x0: int, x1: int) -> NDArray[np.float64]:
    """How clearly the step from the first to the second row shows at each column: 1 as clearly as at the letters."""
    steps = rows[1] - rows[0]
    usual = max(abs(float(np.median(steps[x0:x1]))), 1.0)
    shown: NDArray[np.float64] = np.clip(steps / usual, -1, 1)
    return shown


def _run(shown: NDArray[np.float32], x0: int, x1: int, gap: int) -> tuple[int, int]:
    """Follow an edge from where it is known to where it ends, over gaps as wide as a letter is high."""
    smooth = cv2.blur(shown.reshape(1, -1), (9, 1)).ravel()
    there = np.flatnonzero(smooth > _EDGE_SHOWN)
    while (further := there[(there >= x1) & (there <= x1 + gap)]).size:
        x1 = int(further[-1]) + 1
    while (further := there[(there < x0) & (there >= x0 - gap)]).size:
        x0 = int(further[0])
    return x0, x1


def _grown(box: Box, margin: int, shape: tuple[int, ...]) -> Box:
    x0, y0, x1, y1 = box
    return max(0, x0 - margin), max(0, y0 - margin), min(shape[1], x1 + margin), min(shape[0], y1 + margin)
