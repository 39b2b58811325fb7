"""Diameter of a hair from brightness profiles across its shaft, to a part of a pixel.

The edge on either side is where the profile crosses the level half-way between shaft and skin. For a shaft wider than
the blur this is unbiased whatever the blur (full width at half maximum); thinner shafts read too wide. Where no skin
is reached within reason a neighbour touches, and the width is not measured there.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_STEP_PX = 0.25


def measure_widths(
    brightness: NDArray[np.float32], line: NDArray[np.float64], expected_px: float, reach_px: float
) -> NDArray[np.float64]:
    """Diameter at each point of a centre line, in px; NaN where a neighbour touches.

    Parameters
    ----------
    brightness : float32 array, shape (height, width)
        Dark hair on light skin.
    line : float array, shape (n, 2)
        Centre line (x, y) in px.
    expected_px : float
        Rough width, within which no skin is expected.
    reach_px : float
        How far beyond the expected edge an edge is looked for.
    """
    half = expected_px / 2 + reach_px
    offsets = np.arange(-half, half + _STEP_PX, _STEP_PX)
    tangent = np.gradient(line, axis=0)
    tangent /= np.hypot(tangent[:, 0], tangent[:, 1])[:, None] + 1e-9
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], axis=1)
    points = line[:, None] + offsets[None, :, None] * normal[:, None]
    inside_frame = (points > 0).all(axis=(1, 2)) & (points < np.array(brightness.shape[::-1]) - 1).all(axis=(1, 2))
    profiles = cv2.remap(brightness, points.astype(np.float32), None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    widths = _between_half_levels(profiles.astype(float), offsets, expected_px)
    widths[~inside_frame] = np.nan
    return widths


def _between_half_levels(
    profiles: NDArray[np.float64], offsets: NDArray[np.float64], expected_px: float
) -> NDArray[np.float64]:
    """Distance between the crossings of the half level on either side of the darkest place near the middle."""
    core = np.abs(offsets) <= max(0.3 * expected_px, 0.5)
    shaft = np.percentile(profiles[:, core], 20, axis=1)
    left, right = offsets < 0, offsets >= 0
    skin = np.stack([np.percentile(profiles[:, side], 85, axis=1) for side in (left, right)], axis=1)
    # The darker flank may be a neighbour's: each side has its own level, both must stand out from the shaft.
    level = (shaft[:, None] + skin) / 2
    contrast = skin - shaft[:, None]
    middle = int(np.argmin(np.abs(offsets)))
    edges = [
        _first_crossing(profiles[:, middle::-1], level[:, 0]),
        _first_crossing(profiles[:, middle:], level[:, 1]),
    ]
    width = (edges[0] + edges[1]) * _STEP_PX
    clear = contrast.min(axis=1) > np.maximum(4.0, 0.5 * contrast.max(axis=1))
    return np.where(clear, width, np.nan)


def _first_crossing(profiles: NDArray[np.float64], level: NDArray[np.float64]) -> NDArray[np.float64]:
    """Samples (interpolated) from the middle to where each profile first exceeds its level; NaN when it never does."""
    above = profiles > level[:, None]
    above[:, 0] = False
    first = above.argmax(axis=1)
    each = np.arange(len(profiles))
    before, after = profiles[each, np.maximum(first - 1, 0)], profiles[each, first]
    part = (level - before) / np.where(after > before, after - before, 1.0)
    return np.where(first > 0, first - 1 + np.clip(part, 0, 1), np.nan)
