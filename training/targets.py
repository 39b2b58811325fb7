"""What the strand network shall answer for a picture whose hairs are known.

A hair's *root segment* is the chord from its root to the point one millimetre along it, or to its tip where that is
nearer. At half the picture's resolution:

- ``middle``: 1 at the middle of each root segment, falling off as a Gaussian, longer along the hair than across;
- ``axis``: cosine and sine of twice the segment's angle, the same whichever end is the root;
- ``half_length``: logarithm of half the segment's length, in units of 250 um;
- ``to_root``: unit vector towards the root;
- ``width``: logarithm of its width, in units of 60 um;
- ``strand``: eight maps, one an orientation, 1 along the centre lines that run that way ('lifted': crossing hairs lie
  in different maps).

The four in the middle are asked for around the middles only. ``counts`` and ``strand_counts`` are 0 where nothing is
asked: both outside the picture; ``counts`` at the middles of hairs that can hardly be seen or are rooted outside the
field; ``strand_counts`` along loose pieces, which have no middle.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

UM_PER_PX = 8.0
STRIDE = 2
ORIENTATIONS = 8
SEGMENT_UM = 1000.0
LENGTH_UNIT_UM = 250.0
WIDTH_UNIT_UM = 60.0
LEAST_VISIBLE = 0.15
"""Share of a hair that must be seen for it to be asked for."""
_ACROSS_PX, _ALONG_PX, _ALONG_SHARE = 1.1, 2.4, 0.12
"""Standard deviations of ``middle`` in output px: people, too, differ along a hair more than across."""
_STANDS = 0.8
"""A middle that lies in the picture is at least this high at the nearest pixel."""
_AROUND_PX = 2.3
"""Distance from a middle within which the vector is asked for, in output px."""


@dataclass(frozen=True)
class Marks:
    """Hairs of a picture: centre lines root first, in its px, and what is asked of each."""

    lines: list[NDArray[np.float64]]
    widths_um: NDArray[np.float64]
    asked: NDArray[np.bool_]
    loose: NDArray[np.bool_]


@dataclass(frozen=True)
class Targets:
    """Maps at half the picture's resolution; see the module's text."""

    middle: NDArray[np.float32]
    vector: NDArray[np.float32]
    around: NDArray[np.float32]
    counts: NDArray[np.float32]
    strand: NDArray[np.float32]
    strand_counts: NDArray[np.float32]


def make_targets(marks: Marks, inside: NDArray[np.bool_]) -> Targets:
    """Targets of a picture; ``inside`` (half resolution) is where the picture shows something."""
    shape = inside.shape
    middle, around = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    vector = np.zeros((6, *shape), np.float32)
    nearest = np.full(shape, np.inf, np.float32)
    counts = inside.astype(np.float32)
    for line, width_um, asked, loose in zip(marks.lines, marks.widths_um, marks.asked, marks.loose, strict=True):
        if loose:
            continue
        segment = _root_segment(line / STRIDE - 0.25)
        window = _window((segment[0] + segment[1]) / 2, shape)
        if window is None:
            continue
        along, across, length = _frame(segment, window)
        spread = np.clip(_ALONG_SHARE * length, _ACROSS_PX, _ALONG_PX)
        height = np.exp(-((along / spread) ** 2 + (across / _ACROSS_PX) ** 2) / 2)
        if not asked:
            counts[window] = np.where(height > 0.1, 0, counts[window])
            continue
        if height.max() > _STANDS:  # it lies within the picture, between pixels: one must stand for it
            height[np.unravel_index(height.argmax(), height.shape)] = 1
        np.maximum(middle[window], height, out=middle[window])
        distance = np.hypot(along * 0.7, across)
        mine = (distance < _AROUND_PX) & (distance < nearest[window])
        nearest[window] = np.where(mine, distance, nearest[window])
        around[window] = np.where(mine, 1, around[window])
        values = _vector(segment, length, float(width_um))
        vector[(slice(None), *window)] = np.where(mine, values[:, None, None], vector[(slice(None), *window)])
    strand = _draw([line for line, loose in zip(marks.lines, marks.loose, strict=True) if not loose], shape)
    pieces = _draw([line for line, loose in zip(marks.lines, marks.loose, strict=True) if loose], shape)
    ignored = (pieces.max(axis=0) > 0) & (strand.max(axis=0) == 0)
    return Targets(middle, vector, around, counts, strand, np.where(ignored, 0, inside).astype(np.float32))


def _root_segment(line: NDArray[np.float64]) -> NDArray[np.float64]:
    """Root and the point at most `SEGMENT_UM` along, shape (2, 2)."""
    most = SEGMENT_UM / UM_PER_PX / STRIDE
    steps = np.hypot(*np.diff(line, axis=0).T)
    at = np.concatenate([[0.0], np.cumsum(steps)])
    end = min(float(at[-1]), most)
    return np.array([line[0], [np.interp(end, at, line[:, 0]), np.interp(end, at, line[:, 1])]])


def _window(at: NDArray[np.float64], shape: tuple[int, ...]) -> tuple[slice, slice] | None:
    """Pixels around a point, or None when none lies in the picture."""
    reach = 8
    left, top = (int(np.floor(v)) - reach for v in at)
    rows = slice(max(top, 0), min(top + 2 * reach + 2, shape[0]))
    columns = slice(max(left, 0), min(left + 2 * reach + 2, shape[1]))
    return (rows, columns) if rows.start < rows.stop and columns.start < columns.stop else None


def _frame(
    segment: NDArray[np.float64], window: tuple[slice, slice]
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Distances along and across a segment from its middle, and its length, in output px."""
    chord = segment[1] - segment[0]
    length = float(np.hypot(*chord))
    unit = chord / (length + 1e-9)
    middle = segment.mean(axis=0)
    y = np.arange(window[0].start, window[0].stop)[:, None] - middle[1]
    x = np.arange(window[1].start, window[1].stop)[None] - middle[0]
    return x * unit[0] + y * unit[1], y * unit[0] - x * unit[1], length


def _vector(segment: NDArray[np.float64], length: float, width_um: float) -> NDArray[np.float64]:
    """Values of axis (2), half_length, to_root (2) and width."""
    chord = segment[0] - segment[1]
    angle = np.arctan2(chord[1], chord[0])
    half_um = max(length * STRIDE * UM_PER_PX / 2, 8.0)
    return np.array(
        [
            np.cos(2 * angle),
            np.sin(2 * angle),
            np.log(half_um / LENGTH_UNIT_UM),
            np.cos(angle),
            np.sin(angle),
            np.log(max(width_um, 5.0) / WIDTH_UNIT_UM),
        ]
    )


def _draw(lines: list[NDArray[np.float64]], shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Centre lines about two output px wide, each piece in the maps within 0.75 of an orientation's step."""
    drawn = np.zeros((ORIENTATIONS, *shape), np.float32)
    samples = [_sampled(line / STRIDE - 0.25) for line in lines]
    if not samples:
        return drawn
    x, y, angle = np.concatenate(samples, axis=1)
    bins = angle / np.pi * ORIENTATIONS
    for aside in (-0.5, 0.5):
        column = np.round(x - aside * np.sin(angle)).astype(int)
        row = np.round(y + aside * np.cos(angle)).astype(int)
        within = (column >= 0) & (row >= 0) & (column < shape[1]) & (row < shape[0])
        for step in (0, 1):
            which = np.floor(bins).astype(int) + step
            near = within & (np.abs(bins - which) < 0.75)
            drawn[which[near] % ORIENTATIONS, row[near], column[near]] = 1
    return drawn


def _sampled(line: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points every half px along a line with the direction there: rows x, y, angle."""
    steps = np.diff(line, axis=0)
    lengths = np.hypot(*steps.T)
    at = np.concatenate([[0.0], np.cumsum(lengths)])
    where = np.arange(0.0, at[-1], 0.5)
    piece = np.clip(np.searchsorted(at, where, side="right") - 1, 0, len(steps) - 1)
    along = (where - at[piece]) / np.maximum(lengths[piece], 1e-9)
    points = line[piece] + along[:, None] * steps[piece]
    return np.stack([points[:, 0], points[:, 1], np.arctan2(steps[piece, 1], steps[piece, 0])])
