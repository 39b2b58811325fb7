"""Which pixels a strand covers, and by how much: exact to a small part of a pixel."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

Array = NDArray[np.float32]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Footprint:
    """Pixels near a strand, each once (twice where a strand crosses itself).

    Attributes
    ----------
    pixel : (k,) int array
        Flat index into the picture.
    along, across : (k,) float32 arrays
        Place along the strand in px from its first point (beyond its ends: below 0, above ``length``), and distance
        from its centre line in px, signed.
    half : (k,) float32 array
        Half the strand's width there, in px.
    height : (k,) float32 array
        Third coordinate of the strand there, in its own unit.
    pace : (k,) float32 array
        Larger component of the strand's unit direction: windows of this size across it tile it exactly.
    length : float
        Length of the strand in px.
    """

    pixel: IntArray
    along: Array
    across: Array
    half: Array
    height: Array
    pace: Array
    length: float

    def coverage(self) -> Array:
        """Share of each pixel that the strand covers, 0 to 1; butt ends; sums to its area in px."""
        side = overlap(self.across / self.pace, -self.half / self.pace, self.half / self.pace)
        return np.clip(side * overlap(self.along, 0.0, self.length), 0, 1)

    @cached_property
    def layers(self) -> list[IntArray]:
        """Indices of pixels that come once each, from the strand's first turn over them to its last."""
        order = np.argsort(self.pixel, kind="stable")
        again = np.concatenate([[False], np.diff(self.pixel[order]) == 0])
        if not again.any():
            return [np.arange(len(self.pixel))]
        place = np.arange(len(order))
        first = np.maximum.accumulate(np.where(again, 0, place))
        turn = np.empty(len(order), np.int64)
        turn[order] = place - first
        return [np.flatnonzero(turn == number) for number in range(int(turn.max()) + 1)]


def soft_stripe(across: Array, half: Array | float, soft: Array) -> Array:
    """Share of a stripe ``2 * half`` wide that is seen ``across`` its middle line through a blur of ``soft`` (all px).

    The difference of two logistic steps, which stay within 0.01 of the normal integral.
    """
    slope = np.float32(LOGISTIC) / soft
    return np.asarray(
        np.float32(0.5) * (np.tanh(slope * (half - across)) + np.tanh(slope * (half + across))), np.float32
    )


LOGISTIC = 0.851
"""Slope at which tanh(x) comes nearest to the normal integral: 1.702 / 2 (Johnson, Kotz and Balakrishnan 1995)."""


def overlap(centre: Array, low: Array | float, high: Array | float) -> Array:
    """Length that the unit interval about each centre shares with the interval from low to high."""
    return np.asarray(np.clip(centre + 0.5, low, high) - np.clip(centre - 0.5, low, high), np.float32)


def footprint(
    points: FloatArray,
    half_px: FloatArray,
    shape: tuple[int, int],
    margin_px: float,
    cap_px: float = 1.0,
    sagitta_px: float = 0.04,
) -> Footprint:
    """Find the pixels within half a width and ``margin_px`` of a strand.

    Every pixel belongs to the piece of the strand between whose two bisecting lines it lies, so that pieces meet
    without gap or overlap.

    Parameters
    ----------
    points : (n, 3) float array
        Centre line: x and y in px, and any third coordinate to carry along.
    half_px : (n,) float array
        Half width at the points, in px.
    shape : tuple of int
        Rows and columns of the picture.
    margin_px, cap_px : float
        How far beyond the strand's sides and ends pixels are wanted.
    sagitta_px : float
        How far the straight pieces that stand for a bent strand may lie from it.

    Returns
    -------
    Footprint
        Empty where the strand lies outside the picture.
    """
    reach = float(half_px.max()) + margin_px
    line, half = _resample(points, half_px, max(3.0, 1.5 * reach), sagitta_px)
    near = _near(line, shape, reach + cap_px)
    if not near.any():
        return _EMPTY
    return _collect(line, half, near, shape, reach, cap_px)


_NONE = np.empty(0, np.float32)
_EMPTY = Footprint(np.empty(0, np.int64), _NONE, _NONE, _NONE, _NONE, _NONE, 1.0)


def _resample(
    points: FloatArray, half_px: FloatArray, step_px: float, sagitta_px: float
) -> tuple[FloatArray, FloatArray]:
    """Points of a smooth curve through the given ones, about ``step_px`` apart, and the half widths there."""
    steps = np.hypot(*np.diff(points[:, :2], axis=0).T)
    keep = np.concatenate([[True], steps > 1e-6])
    points, half_px = points[keep], half_px[keep]
    if len(points) < 2:
        points, half_px = np.vstack([points[:1], points[:1] + [1e-3, 0.0, 0.0]]), np.repeat(half_px[:1], 2)
    at = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points[:, :2], axis=0).T))])
    if len(points) == 2:
        where = _spaced(at[-1], step_px)
        return _straight(where, at, points), np.interp(where, at, half_px)
    curve = CubicSpline(at, points, bc_type="natural")
    where = _spaced(at[-1], min(step_px, _longest_chord(curve, at, sagitta_px)))
    return curve(where), np.interp(where, at, half_px)


def _spaced(length: float, step_px: float) -> FloatArray:
    return np.linspace(0.0, length, max(2, int(np.ceil(length / step_px)) + 1))


def _longest_chord(curve: CubicSpline, at: FloatArray, sagitta_px: float) -> float:
    """Length of the chords that stay within ``sagitta_px`` of the curve where it bends most."""
    along = np.unique(np.concatenate([at, (at[1:] + at[:-1]) / 2]))
    (dx, dy), (bx, by) = curve(along, 1)[:, :2].T, curve(along, 2)[:, :2].T
    bend = np.abs(dx * by - dy * bx) / np.maximum(np.hypot(dx, dy), 1e-6) ** 3
    return float(np.sqrt(8.0 * sagitta_px / max(float(bend.max()), 1e-6)))


def _straight(where: FloatArray, at: FloatArray, points: FloatArray) -> FloatArray:
    return np.column_stack([np.interp(where, at, column) for column in points.T])


def _near(line: FloatArray, shape: tuple[int, int], reach: float) -> NDArray[np.bool_]:
    """Tell which pieces of a line lie within reach of the picture."""
    low, high = np.minimum(line[:-1, :2], line[1:, :2]) - reach, np.maximum(line[:-1, :2], line[1:, :2]) + reach
    inside = (high >= 0) & (low <= np.array([shape[1] - 1, shape[0] - 1]))
    return np.asarray(inside.all(axis=1))


def _collect(
    line: FloatArray, half: FloatArray, near: NDArray[np.bool_], shape: tuple[int, int], reach: float, cap: float
) -> Footprint:
    steps = np.diff(line[:, :2], axis=0)
    lengths = np.hypot(*steps.T)
    ways = steps / lengths[:, None]
    starts = np.concatenate([[0.0], np.cumsum(lengths)])
    joints = np.vstack([ways[:1], ways[:-1] + ways[1:], ways[-1:]])
    joints /= np.maximum(np.hypot(*joints.T), 1e-9)[:, None]

    which = np.flatnonzero(near)
    side = int(np.ceil(lengths[which].max() + 2 * (reach + cap))) + 2
    corner = np.floor((line[which, :2] + line[which + 1, :2] - side) / 2).astype(np.int64) + 1
    x = corner[:, 0, None, None] + np.arange(side)[None, None, :]
    y = corner[:, 1, None, None] + np.arange(side)[None, :, None]

    def plane(at: IntArray, way: FloatArray) -> Array:
        """Distance of every pixel of every box beyond a line through a point of the strand."""
        offset = line[at, 0] * way[:, 0] + line[at, 1] * way[:, 1]
        return np.asarray(x * way[:, 0, None, None] + y * way[:, 1, None, None] - offset[:, None, None], np.float32)

    normal = np.stack([-ways[which, 1], ways[which, 0]], axis=1)
    across, behind, ahead = plane(which, normal), plane(which, joints[which]), -plane(which + 1, joints[which + 1])
    first, last = (which == 0)[:, None, None], (which == len(ways) - 1)[:, None, None]
    mine = (np.abs(across) <= reach) & (behind >= np.where(first, -cap, 0.0)) & (ahead > np.where(last, -cap, 0.0))
    mine &= (x >= 0) & (x < shape[1]) & (y >= 0) & (y < shape[0])
    piece, row, column = np.nonzero(mine)
    share = behind[mine] / (behind[mine] + ahead[mine])
    segment = which[piece]
    inner = np.clip(share, 0.0, 1.0)

    def along(values: FloatArray) -> Array:
        return np.asarray(values[segment] + inner * (values[segment + 1] - values[segment]), np.float32)

    return Footprint(
        pixel=(corner[piece, 1] + row) * shape[1] + corner[piece, 0] + column,
        along=np.asarray(starts[segment] + share * lengths[segment], np.float32),
        across=across[mine],
        half=along(half),
        height=along(line[:, 2]),
        pace=np.asarray(np.abs(ways).max(axis=1)[segment], np.float32),
        length=float(starts[-1]),
    )
