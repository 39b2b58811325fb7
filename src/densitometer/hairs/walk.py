"""Walks through the lifted strand field: where a hair goes on from a place, a direction and a bend.

All walks go at once, a few px a step. Each keeps the best of its possible ways, so that what lies beyond a crossing
decides which way was right (beam search). A way earns the response along it, up to what is usual for its hair, and pays
for every change of its bend: hair is smooth, and hair that is straight stays so. On the way its place, direction and
bend are corrected by the ridge it runs on (fading-memory filter; Morrison 1969, Introduction to sequential smoothing
and prediction).
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from densitometer.hairs.lifted import Lifted

Array = NDArray[np.float64]
Whole = NDArray[np.int64]

STEP_PX = 4
"""Length of a step; ways are compared after each."""
_WAYS = 8
_CHANGES = np.array([-4.0, -1.5, -0.5, 0.0, 0.5, 1.5, 4.0])
"""Changes of bend from step to step, in the usual change of the hair."""
_STRAIGHT, _SHARE = 0.0015, 0.5
"""Usual change of bend from step to step: of straight hair in radians a px, and added to it so much of the curl."""
_CURL_KEEP = 0.85
"""Of the curl, which is the mean bend of late whichever its side, from step to step."""
_CHANGE_PRICE = 0.5
"""What the usual change costs, in px of full response; twice the change costs four times as much."""
_ENOUGH = 0.5
"""Share of a hair's usual response beyond which more does not count: a stronger hair near by must not draw it away."""
_FIRST_TURNS, _FIRST_PRICES = np.radians([0.0, -3.0, 3.0]), np.array([0.0, 0.5, 0.5])
_KEEP, _FORGET, _LEAST_KEEP = 0.9, 15.0, 0.6
"""How much of its past a straight hair keeps at a step; how much less a bent one, a radian a px; and the least."""
_LEAST_GAIN = 0.4
"""Share of the distance to the ridge that a step makes up for, at least."""
_SURE_PX = 4
"""Response is found again when it lasts so long."""
_BEHIND_PX = 12.0
"""A way that has earned so much less than the best, in px of full response, is given up."""
_CELL = {"x": 1.0, "y": 1.0, "angle": 0.05, "bend": 0.006}
"""Of ways that agree in place, direction and bend as far as this, the best is kept."""


@dataclass(frozen=True)
class Gait:
    """How walks go: sharpest bend in radians a px, lengths in px, least response."""

    most_bend: float
    gap_px: int
    most_px: int
    least: float


@dataclass(frozen=True)
class _Ways:
    """Ways of n walks, each an array of shape (n, ways): where they are, and what they have been through.

    ``earned`` is minus infinity for no way at all; ``missed`` and ``streak`` are px without and with response, up to
    here; ``good`` is how far there was response; ``parent`` is the way of the step before; ``curl`` is how much the
    hair bends of late.
    """

    x: Array
    y: Array
    angle: Array
    bend: Array
    curl: Array
    earned: Array
    missed: Whole
    streak: Whole
    good: Whole
    parent: Whole
    ended: NDArray[np.bool_]

    def take(self, rows: Whole, columns: Whole) -> _Ways:
        return _Ways(*(getattr(self, field.name)[rows, columns] for field in fields(self)))


def walk(lifted: Lifted, starts: Array, gait: Gait) -> list[Array]:
    """Ways on from starts.

    Parameters
    ----------
    lifted : Lifted
    starts : float array, shape (n, 5)
        x, y, direction, bend in radians a px, and the usual response of the hair.
    gait : Gait

    Returns
    -------
    list of float arrays, shape (m, 2)
        Points (x, y) one px apart after each start, up to the last place in the frame with response.
    """
    ways, active, usual = _first(starts), np.arange(len(starts)), starts[:, 4]
    trail: list[tuple[Whole, _Ways]] = []
    steps, good = np.zeros(len(starts), int), np.zeros(len(starts), int)
    for step in range(1, gait.most_px // STEP_PX + 1):
        if not len(active):
            break
        ways = _onto_ridge(lifted, _best(_widened(lifted, ways, usual[active], gait)))
        trail.append((active, ways))
        steps[active], good[active] = step, ways.good[:, 0]
        # A walk has come to its end when its best way has: all others went astray earlier.
        on = np.flatnonzero(~ways.ended[:, 0])
        ways = replace(ways, earned=np.where(ways.ended, -np.inf, ways.earned))
        ways, active = ways.take(on[:, None], np.arange(ways.x.shape[1])[None]), active[on]
    return [
        _every_px(points[: last + 1], count)
        for points, last, count in zip(_traced_back(trail, starts, steps), steps, good, strict=True)
    ]


def _first(starts: Array) -> _Ways:
    """One way for each direction and bend that a start may have."""
    turns, changes = (each.ravel() for each in np.meshgrid(_FIRST_TURNS, _CHANGES[1:-1], indexing="ij"))
    prices = np.repeat(_FIRST_PRICES, len(_CHANGES) - 2) + _CHANGE_PRICE * changes**2
    x, y, angle, bend, _ = starts.T[:, :, None]
    curl = np.abs(bend)
    bends = bend + changes * _usual_change(curl)
    zero = np.zeros(bends.shape, int)
    xs, ys, curls, earned = (np.broadcast_to(each, bends.shape) for each in (x, y, curl, -prices))
    return _Ways(xs, ys, angle + turns, bends, curls, earned, zero, zero + _SURE_PX, zero, zero, zero > 0)


def _usual_change(curl: Array) -> Array:
    return np.asarray(_STRAIGHT + _SHARE * curl)


def _widened(lifted: Lifted, ways: _Ways, usual: Array, gait: Gait) -> _Ways:
    """Every way on from every way, shape (n, ways x changes)."""
    unit = _usual_change(ways.curl)[..., None]
    bend = np.clip(ways.bend[..., None] + _CHANGES * unit, -gait.most_bend, gait.most_bend)
    at = np.arange(1, STEP_PX + 1)
    angle = ways.angle[..., None, None] + bend[..., None] * at
    halfway = angle - bend[..., None] / 2
    x = ways.x[..., None, None] + np.cos(halfway).cumsum(axis=-1)
    y = ways.y[..., None, None] + np.sin(halfway).cumsum(axis=-1)
    response = lifted.at(x, y, angle)
    enough = (_ENOUGH * usual)[:, None, None, None]
    earned = ways.earned[..., None] + (np.minimum(response, enough) / enough).sum(axis=-1)
    earned = earned - _CHANGE_PRICE * ((bend - ways.bend[..., None]) / unit) ** 2
    curl = _CURL_KEEP * ways.curl[..., None] + (1 - _CURL_KEEP) * np.abs(bend)
    parent = np.broadcast_to(np.arange(ways.x.shape[1])[:, None], bend.shape)
    flat = (len(bend), -1)
    ends = (each.reshape(flat) for each in (x[..., -1], y[..., -1], angle[..., -1], bend, curl, earned))
    here_x, here_y, here_angle, here_bend, here_curl, here_earned = ends
    found = (response >= gait.least) & lifted.inside(x, y)
    missed, streak, good, ended = _support(found, ways, gait.gap_px)
    ended = ended | ~lifted.inside(here_x, here_y)
    return _Ways(
        here_x, here_y, here_angle, here_bend, here_curl, here_earned, missed, streak, good, parent.reshape(flat), ended
    )  # fmt: skip


def _support(found: NDArray[np.bool_], ways: _Ways, gap_px: int) -> tuple[Whole, Whole, Whole, NDArray[np.bool_]]:
    """Bring up to date, from response found at each px of a step: missed, streak, good, and whether a gap is too long.

    A streak too short to be sure of does not end a gap, and a gap at an end is no part of the hair.
    """
    flat = (len(found), -1)
    missed, streak, good = (np.repeat(each, found.shape[2], axis=1) for each in (ways.missed, ways.streak, ways.good))
    begun = good + missed
    ended = np.zeros(missed.shape, bool)
    for px in range(STEP_PX):
        streak = np.where(found[..., px].reshape(flat), streak + 1, 0)
        missed = np.where(streak >= _SURE_PX, 0, missed + 1)
        good = np.where(missed == 0, begun + px + 1, good)
        ended |= missed - streak > gap_px
    return missed, streak, good, ended


def _best(ways: _Ways) -> _Ways:
    """The best ways of each walk, best first; of those nearly alike, one."""
    rows = np.arange(len(ways.x))[:, None]
    cell = np.zeros(ways.x.shape, np.int64)
    for name, size in _CELL.items():
        cell = cell * 4099 + np.rint(getattr(ways, name) / size).astype(np.int64)
    order = np.lexsort((-ways.earned, cell))
    again = np.zeros(ways.x.shape, bool)
    again[rows, order[:, 1:]] = np.diff(cell[rows, order], axis=1) == 0
    earned = np.where(again, -np.inf, ways.earned)
    best = np.argsort(-earned, axis=1, kind="stable")[:, :_WAYS]
    kept, earned = ways.take(rows, best), earned[rows, best]
    return replace(kept, earned=np.where(earned < earned[:, :1] - _BEHIND_PX, -np.inf, earned))


def _onto_ridge(lifted: Lifted, ways: _Ways) -> _Ways:
    """Correct place, direction and bend by the ridge beside them."""
    cos, sin = np.cos(ways.angle), np.sin(ways.angle)
    aside, _ = lifted.ridge_beside(ways.x, ways.y, ways.angle)
    keep = np.maximum(_KEEP - _FORGET * ways.curl, _LEAST_KEEP)
    here = np.maximum(1 - keep**3, _LEAST_GAIN) * aside
    return replace(
        ways,
        x=ways.x - sin * here,
        y=ways.y + cos * here,
        angle=ways.angle + 1.5 * (1 - keep) ** 2 * (1 + keep) * aside / STEP_PX,
        bend=ways.bend + (1 - keep) ** 3 * aside / STEP_PX**2,
    )


def _traced_back(trail: list[tuple[Whole, _Ways]], starts: Array, steps: Whole) -> Array:
    """Where each walk was after every step of its best way, shape (n, steps + 1, 2)."""
    points = np.zeros((len(starts), len(trail) + 1, 2))
    points[:, 0] = starts[:, :2]
    way = np.zeros(len(starts), int)
    for step in range(len(trail), 0, -1):
        active, ways = trail[step - 1]
        row = np.flatnonzero(steps[active] >= step)
        walks = active[row]
        columns = way[walks]
        points[walks, step] = np.stack([ways.x[row, columns], ways.y[row, columns]], axis=1)
        way[walks] = ways.parent[row, columns]
    return points


def _every_px(points: Array, count: int) -> Array:
    """So many points, one px apart, along the points of all steps."""
    at, known = np.arange(1, count + 1) / STEP_PX, np.arange(len(points))
    return np.stack([np.interp(at, known, points[:, axis]) for axis in (0, 1)], axis=1)
