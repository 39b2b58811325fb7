"""Centre lines of root segments: a bowed hair does not lie on the chord from its root to its end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from densitometer.hairs.lifted import Lifted

Array = NDArray[np.float64]

_COARSELY, _FINELY = 12, 24
"""Places along a curve at which the field is read."""
_AT_ONCE = 128
"""Segments that are searched together, which bounds the memory."""
_MOST_SKEW_SHARE = 0.06
_ENOUGH = 0.6
"""Share of the highest mean response beyond which more does not count: all of a ridge's top is equally good."""
_PRICES = np.array([0.5, 2.0, 1.0, 1.0])
"""Share of the response that each shape must win over the chord, if as large as the chord: of curves alike the
smoothest, and the nearest to the ends as told."""
_ROOT_PX = 4
"""Beyond this a line lies on its curve; before, it comes from the root as told."""


@dataclass(frozen=True)
class Play:
    """How far, in px, the ends of a segment may lie aside of the hair."""

    root_px: float
    end_px: float


def bow_lines(lifted: Lifted, segments: Array, most_bow_share: float, play: Play | None = None) -> list[Array]:
    """Centre lines of segments, on the ridge of the field where there is one.

    Each is the curve of its family - a parabola over the chord, skewed by a cubic - with the highest mean score along
    it, the smoothest of those alike. Both ends stay where they are, unless they are given play: then the line still
    begins at the root as told, and comes to the ridge within a few px.

    Parameters
    ----------
    lifted : Lifted
    segments : float array, shape (n, 4)
        x and y of both ends in px.
    most_bow_share : float
        Largest distance from the chord in parts of its length.
    play : Play, optional

    Returns
    -------
    list of float arrays, shape (m, 2)
        Points (x, y) evenly spaced, one px apart at most.
    """
    lines = []
    for first in range(0, len(segments), _AT_ONCE):
        some = segments[first : first + _AT_ONCE]
        shapes = _best_shapes(lifted, some, most_bow_share, play or Play(0.0, 0.0))
        lines += [_drawn(segment, shape) for segment, shape in zip(some, shapes, strict=True)]
    return lines


def evenly(line: Array, spacing_px: float = 1.0) -> Array:
    """Points evenly spaced along a line, at most so far apart; both ends are kept."""
    at = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    where = np.linspace(0, at[-1], int(np.ceil(at[-1] / spacing_px - 1e-9)) + 1) if at[-1] > 0 else at
    return np.stack([np.interp(where, at, line[:, 0]), np.interp(where, at, line[:, 1])], axis=1)


def _drawn(segment: Array, shape: Array) -> Array:
    """The curve of a segment as evenly spaced points."""
    count = 4 * (int(np.hypot(*(segment[2:] - segment[:2]))) + 2)
    x, y, _ = _curves(segment[None], shape[None, None], np.linspace(0, 1, count))
    line = np.stack([x[0, 0], y[0, 0]], axis=1)
    if shape[3]:
        line = np.concatenate([segment[None, :2], line[4 * _ROOT_PX :]])
    return evenly(line)


def _best_shapes(lifted: Lifted, segments: Array, most: float, play: Play) -> Array:
    """Bow, skew, end and root aside of each segment, in parts of its length, (n, 4): coarsely, then finely around."""
    loose = play != Play(0.0, 0.0)
    px = 1 / np.maximum(np.hypot(*(segments[:, 2:] - segments[:, :2]).T), 1.0)[:, None, None]
    scale = np.concatenate(
        [np.full_like(px, most), np.full_like(px, _MOST_SKEW_SHARE), play.end_px * px, play.root_px * px], axis=2
    )
    none = np.zeros(1)
    if loose:
        coarse = _grid(np.linspace(-1, 1, 17), none, _steps(play.end_px), _steps(play.root_px))
        fine = _grid(
            np.linspace(-0.1, 0.1, 5), np.linspace(-1, 1, 5), np.linspace(-0.15, 0.15, 3), np.linspace(-0.25, 0.25, 3)
        )
    else:
        coarse = _grid(np.linspace(-1, 1, 25), np.linspace(-1, 1, 5), none, none)
        fine = _grid(np.linspace(-0.06, 0.06, 5), np.linspace(-0.25, 0.25, 3), none, none)
    best = _best_of(lifted, segments, coarse * scale, _COARSELY)
    return _best_of(lifted, segments, best[:, None] + fine * scale, _FINELY)


def _steps(most_px: float) -> Array:
    """From -1 to 1 in steps of two px of the most."""
    return np.linspace(-1, 1, 2 * int(np.ceil(most_px / 2)) + 1)


def _grid(*values: Array) -> Array:
    """All combinations of values, shape (m, number of values)."""
    return np.stack(np.meshgrid(*values, indexing="ij"), axis=-1).reshape(-1, len(values))


def _best_of(lifted: Lifted, segments: Array, shapes: Array, samples: int) -> Array:
    """The best of the shapes (n, m, 4) of each segment."""
    t = (np.arange(samples) + 0.5) / samples
    # Half the digits are enough to find a pixel, and twice as fast.
    response = lifted.at(*_curves(segments.astype(np.float32), shapes.astype(np.float32), t.astype(np.float32)))
    enough = _ENOUGH * response.mean(axis=2).max(axis=1)[:, None, None] + 1e-6
    score = (np.minimum(response, enough) / enough).mean(axis=2) - np.abs(shapes) @ _PRICES
    return np.asarray(shapes[np.arange(len(shapes)), score.argmax(axis=1)])


def _curves(segments: Array, shapes: Array, t: Array) -> tuple[Array, Array, Array]:
    """x, y and direction along curves of shapes (n, m, 4) at parameters t: each (n, m, len(t))."""
    chord = segments[:, 2:] - segments[:, :2]
    bow, skew, end, root = (shapes[..., k, None] for k in range(4))
    hump, lean = 4 * t * (1 - t), 10.4 * t * (1 - t) * (1 - 2 * t)  # either is 1 at its highest
    aside = bow * hump + skew * lean + end * t + root * (1 - t)
    slope = bow * (4 - 8 * t) + skew * 10.4 * (1 - 6 * t + 6 * t * t) + end - root
    dx, dy = chord[:, 0, None, None], chord[:, 1, None, None]
    x = segments[:, 0, None, None] + dx * t - dy * aside
    y = segments[:, 1, None, None] + dy * t + dx * aside
    return x, y, np.arctan2(dy, dx) + np.arctan(slope)
