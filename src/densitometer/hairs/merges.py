"""Two hairs that run on along one line: from where they met, the line belongs to one of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

Array = NDArray[np.float64]

_EVERY_PX = 3
"""Only every third point of a line is compared with those of others."""
_NEAR_PX = 2.2
"""Points of two lines are at one place when they lie nearer, half a step along the line included."""
_ANGLE_PX = 4.0
"""Half the distance, in the lifted field, between directions at right angles: 15 degrees count as two px."""
_BREAK_PX = 12
"""So much of a stretch may be missing."""
_END_PX = 8
"""A stretch that stops nearer to the end of a line goes on to its end. Where both lines go on apart, hairs cross."""
_AS_SURE = 0.7
"""A line that is less sure than this share of another's certainty takes nothing from it."""
_FIRST_PX = 0.5
"""So much less a line seems to misfit where it begins: there it was before one that comes upon it."""
_LOOK_PX = 20
"""How far before and beyond a place its misfit is looked for."""


@dataclass(frozen=True)
class _Stretch:
    """Where two lines, or one with itself, run together: of each its number, and the first and last point."""

    lines: tuple[int, int]
    first: tuple[int, int]
    last: tuple[int, int]
    same_way: bool


@dataclass(frozen=True)
class _Loss:
    """That a line ends where another, or itself earlier, has the place: how clearly, and the stretch on the other."""

    line: int
    end: int
    clear: float
    winner: int
    first: int
    last: int


def unshared(lines: list[Array], own: list[int], merged_px: float, sure: Array | None = None) -> list[int]:
    """How many points of each line are its own.

    Where two lines come together and run on as one to an end, the one that fits worse where they met ends there; so
    does a line that comes upon itself. Lines that leave their roots side by side both stay.
    The answer does not depend on the order of the lines.

    Parameters
    ----------
    lines : list of float arrays, shape (m, 2)
        Points (x, y), about one px apart, root first.
    own : list of int
        How many points of each, from its root, are known to be its own.
    merged_px : float
        Shorter stretches do not matter.
    sure : float array, shape (n,), optional
        How sure each line is a hair: one much less sure than another takes nothing from it.
    """
    sure = np.ones(len(lines)) if sure is None else sure
    ends = [(*line[0], *line[-1]) for line in lines]
    keep = [len(line) for line in lines]
    losses = [_loss(lines, own, sure, stretch, merged_px) for stretch in _stretches(lines, merged_px)]
    known = [loss for loss in losses if loss is not None]
    for loss in sorted(known, key=lambda loss: (-loss.clear, ends[loss.line], loss.end)):
        last = min(keep[loss.winner] - 1, loss.last)  # the winner may itself have lost this stretch
        if last - loss.first >= merged_px:
            keep[loss.line] = min(keep[loss.line], loss.end)
    return keep


def _loss(lines: list[Array], own: list[int], sure: Array, stretch: _Stretch, merged_px: float) -> _Loss | None:
    """Who loses a stretch, if anyone."""
    (a, b), first, last = stretch.lines, stretch.first, stretch.last
    if a == b:
        return _Loss(a, max(first[1], own[a]), np.inf, a, first[0], last[0])
    ends = [max(place, own[i]) for i, place in zip(stretch.lines, first, strict=True)]
    begins = [place < own[i] for i, place in zip(stretch.lines, first, strict=True)]
    goes_on = all(place < len(lines[i]) - _END_PX for i, place in zip(stretch.lines, last, strict=True))
    if goes_on or (all(begins) and stretch.same_way):
        return None
    doubt = [sure[a] < _AS_SURE * sure[b], sure[b] < _AS_SURE * sure[a]]
    may = [last[k] - ends[k] >= merged_px and not doubt[1 - k] for k in (0, 1)]
    if not any(may):
        return None
    loser, clear = may.index(True), np.inf
    if all(may):
        worse = [_misfit(lines[i], end) - _FIRST_PX * begun for i, end, begun in zip((a, b), ends, begins, strict=True)]
        ties = [(*lines[i][0], *lines[i][-1]) for i in (a, b)]
        loser, clear = int((worse[1], ties[1]) > (worse[0], ties[0])), abs(worse[0] - worse[1])
    winner = 1 - loser
    return _Loss(stretch.lines[loser], ends[loser], clear, stretch.lines[winner], first[winner], last[winner])


def _misfit(line: Array, place: int) -> float:
    """How far a line leaves, around a place, the bend on which it came: the most, px."""
    at = np.arange(max(place - _LOOK_PX, 2 * _LOOK_PX), min(place + _LOOK_PX // 2, len(line) - 1 - _LOOK_PX) + 1)
    if not len(at):
        return 0.0
    expected = 3 * line[at] - 3 * line[at - _LOOK_PX] + line[at - 2 * _LOOK_PX]  # the parabola through these three
    return float(np.hypot(*(line[at + _LOOK_PX] - expected).T).max())


def _stretches(lines: list[Array], merged_px: float) -> Iterator[_Stretch]:
    """All stretches, long enough, along which two lines run together."""
    owner, place, lifted = _lifted_points(lines)
    if not len(owner):
        return
    a, b = np.sort(cKDTree(lifted).query_pairs(_NEAR_PX, output_type="ndarray"), axis=1).T
    order = np.lexsort((place[b], place[a], owner[b], owner[a]))
    a, b = a[order], b[order]
    breaks = (np.diff(owner[a]) != 0) | (np.diff(owner[b]) != 0) | (np.diff(place[a]) > _BREAK_PX)
    bounds = [0, *(np.flatnonzero(breaks) + 1), len(a)]
    for begin, end in zip(bounds[:-1], bounds[1:], strict=True):
        along_a, along_b = place[a[begin:end]], place[b[begin:end]]
        if len(along_a) and min(np.ptp(along_a), np.ptp(along_b)) >= merged_px:
            yield _Stretch(
                (int(owner[a[begin]]), int(owner[b[begin]])),
                (int(along_a.min()), int(along_b.min())),
                (int(along_a.max()), int(along_b.max())),
                bool(along_b[-1] > along_b[0]),
            )


def _lifted_points(lines: list[Array]) -> tuple[NDArray[np.int64], NDArray[np.int64], Array]:
    """Of every third point of every line: the line, the point, and x, y and direction in which points may be near."""
    owner, place, points = [np.zeros(0, int)], [np.zeros(0, int)], [np.zeros((0, 4))]
    for number, line in enumerate(lines):
        at = np.arange(0, len(line), _EVERY_PX)
        way = line[np.minimum(at + _EVERY_PX, len(line) - 1)] - line[np.maximum(at - _EVERY_PX, 0)]
        twice = 2 * np.arctan2(way[:, 1], way[:, 0])
        owner.append(np.full(len(at), number))
        place.append(at)
        points.append(np.column_stack([line[at], _ANGLE_PX * np.cos(twice), _ANGLE_PX * np.sin(twice)]))
    return np.concatenate(owner), np.concatenate(place), np.concatenate(points)
