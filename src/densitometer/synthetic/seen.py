"""What of a scene lies in the picture and in its field: the one place where that is decided."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


def in_picture(points_px: FloatArray, size_px: tuple[int, int]) -> BoolArray:
    """Tell which points (..., 2) lie in a picture of that width and height; (0, 0) is its first pixel's centre."""
    return np.asarray(((points_px >= -0.5) & (points_px < np.array(size_px) - 0.5)).all(axis=-1))


def in_field(points_px: FloatArray, field: BoolArray) -> BoolArray:
    """Tell which points (..., 2) lie in a pixel of the field (height, width)."""
    height, width = field.shape
    at = np.clip(np.round(points_px), 0, [width - 1, height - 1]).astype(int)
    return np.asarray(in_picture(points_px, (width, height)) & field[at[..., 1], at[..., 0]])


def seen_part(points_px: FloatArray, size_px: tuple[int, int]) -> slice:
    """Which points of a line (n, 2) a picture shows: the first in it to the last, or the first of all if none is."""
    inside = np.flatnonzero(in_picture(points_px, size_px))
    return slice(int(inside[0]), int(inside[-1]) + 1) if len(inside) else slice(0, 1)
