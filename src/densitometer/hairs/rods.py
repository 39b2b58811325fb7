"""A hair as a rod: straight or slightly bowed, slightly tapered. Many rods as one array.

A rod is a row of seven numbers, in px of the strand map: x and y of one end, x and y of the other, width in the
middle, taper (relative change of the width from the middle to the second end) and bow (offset of the middle from the
chord, to the left of the way from the first end to the second as seen in image coordinates).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Rods = NDArray[np.float64]
"""Shape (n, 7)."""

X0, Y0, X1, Y1, WIDTH, TAPER, BOW = range(7)


def no_rods() -> Rods:
    """No rods at all."""
    return np.zeros((0, 7))


def straight_rods(ends: NDArray[np.float64], widths: NDArray[np.float64]) -> Rods:
    """Rods from end points, shape (n, 4), and widths, shape (n,)."""
    return np.concatenate([ends, widths[:, None], np.zeros((len(ends), 2))], axis=1)


def lengths(rods: Rods) -> NDArray[np.float64]:
    """Length of each chord, px."""
    return np.asarray(np.hypot(rods[:, X1] - rods[:, X0], rods[:, Y1] - rods[:, Y0]))


def angles(rods: Rods) -> NDArray[np.float64]:
    """Direction from first to second end in image coordinates (y down), radians."""
    return np.asarray(np.arctan2(rods[:, Y1] - rods[:, Y0], rods[:, X1] - rods[:, X0]))


def turns(rods: Rods, direction: float) -> NDArray[np.float64]:
    """Turn of each rod against a direction modulo a half turn, radians from -pi/2 to pi/2."""
    return np.asarray((angles(rods) - direction + np.pi / 2) % np.pi - np.pi / 2)


def cover(rods: Rods, x: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which points each rod covers: shape (n rods, n points)."""
    r = rods.astype(np.float32)
    chord = r[:, 2:4] - r[:, :2]
    length = np.sqrt((chord**2).sum(axis=1)) + np.float32(1e-6)
    ux, uy = (chord / length[:, None]).T
    along = np.outer(ux, x) + np.outer(uy, y) - (ux * r[:, X0] + uy * r[:, Y0])[:, None]
    along /= length[:, None]
    across = np.outer(ux, y) - np.outer(uy, x) - (ux * r[:, Y0] - uy * r[:, X0])[:, None]
    across -= (4 * r[:, BOW : BOW + 1]) * along * (1 - along)
    half = (r[:, WIDTH : WIDTH + 1] / 2) * (1 + r[:, TAPER : TAPER + 1] * (2 * along - 1))
    return np.asarray((along >= 0) & (along <= 1) & (np.abs(across) <= half))


def centre_line(rod: NDArray[np.float64], points: int = 9) -> NDArray[np.float64]:
    """Points (x, y) along one rod, from its first end to its second, shape (points, 2)."""
    t = np.linspace(0, 1, points)[:, None]
    chord = rod[2:4] - rod[:2]
    normal = np.array([-chord[1], chord[0]]) / (np.hypot(*chord) + 1e-9)
    return np.asarray(rod[:2] + t * chord + 4 * rod[BOW] * t * (1 - t) * normal)


def turned(rods: Rods) -> Rods:
    """The same rods with their ends exchanged."""
    other = rods[:, [X1, Y1, X0, Y0, WIDTH, TAPER, BOW]].copy()
    other[:, [TAPER, BOW]] *= -1
    return other
