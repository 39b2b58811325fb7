"""The skin between the hairs, at one working scale: what the stages that look at the skin itself begin with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from densitometer.field import Field
from densitometer.hairs import Hair

_ASSUMED_WIDTH_UM = 60.0
"""For hairs without a width."""
_SHIFT = 4
"""Bits of the fractions of a pixel that hairs are drawn with."""
_WINDOW_CELLS = 25
_LEAST_COVER = 0.3
_LEAST_NEAR = np.float32(0.1)


@dataclass(frozen=True)
class BareSkin:
    """Countable skin without hair, reduced to a working scale.

    Attributes
    ----------
    rgb : uint8 array, shape (h, w, 3)
    seen : bool array, shape (h, w)
        True where there is countable skin and no hair on it or near by.
    countable : bool array, shape (h, w)
        Countable skin, hair or not.
    um_per_px : float
        Of these arrays.
    px_per_px : tuple of float
        Pixels of the photograph in one pixel of these arrays, across and down.
    """

    rgb: NDArray[np.uint8]
    seen: NDArray[np.bool_]
    countable: NDArray[np.bool_]
    um_per_px: float
    px_per_px: tuple[float, float]


def find_bare_skin(
    rgb: NDArray[np.uint8],
    hairs: Sequence[Hair],
    field: Field,
    um_per_px: float,
    working_um_per_px: float,
    margin_um: float,
) -> BareSkin:
    """Reduce a photograph to a working scale, and find the countable skin on which no hair lies.

    Parameters
    ----------
    rgb : uint8 array, shape (height, width, 3)
    hairs : sequence of Hair
        All that were found, counted or not.
    field : Field
    um_per_px : float
        Micrometres per pixel of ``rgb``, measured or assumed.
    working_um_per_px : float
        Coarser photographs are left as they are.
    margin_um : float
        Skin nearer than this to the edge of a hair is left out.
    """
    height, width = rgb.shape[:2]
    factor = min(1.0, um_per_px / working_um_per_px)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA) if factor < 1 else rgb
    # A cell counts only where all of it does: the rim of print is soft.
    whole = cv2.resize(field.usable.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    countable = np.asarray(whole > 0.99)  # noqa: PLR2004
    px_per_px = (width / size[0], height / size[1])
    hidden = np.zeros(countable.shape, np.uint8)
    for hair in hairs:
        _hide(hidden, hair, px_per_px, margin_um / um_per_px, _ASSUMED_WIDTH_UM / um_per_px)
    return BareSkin(small, countable & (hidden == 0), countable, um_per_px * px_per_px[0], px_per_px)


def _hide(
    hidden: NDArray[np.uint8], hair: Hair, px_per_px: tuple[float, float], margin_px: float, assumed_px: float
) -> None:
    """Draw one hair with its margin; widths and margin in px of the photograph."""
    points = (hair.points_px + 0.5) / px_per_px - 0.5
    width_px = hair.width_px if np.isfinite(hair.width_px) else assumed_px
    thick = max(1, int(np.ceil((width_px + 2 * margin_px) / px_per_px[0])))
    fixed = np.round(points * (1 << _SHIFT)).astype(np.int32).reshape(-1, 1, 2)
    cv2.polylines(hidden, [fixed], False, 1, thick, cv2.LINE_8, _SHIFT)


def around(channel: NDArray[np.float32], seen: NDArray[np.bool_], window_px: float) -> NDArray[np.float32]:
    """Running median of a channel of the bare skin.

    Parameters
    ----------
    channel : float32 array, shape (h, w)
    seen : bool array, shape (h, w)
        Where it counts; True somewhere.
    window_px : float
        Side of the window.

    Returns
    -------
    float32 array, shape (h, w)
    """
    step = max(1.0, window_px / _WINDOW_CELLS)
    height, width = channel.shape
    size = (max(1, round(width / step)), max(1, round(height / step)))
    cover = cv2.resize(seen.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    total = cv2.resize(np.where(seen, channel, np.float32(0)), size, interpolation=cv2.INTER_AREA)
    middle = np.float32(np.median(channel[seen]))
    cells = np.where(cover > _LEAST_COVER, total / np.maximum(cover, _LEAST_COVER), middle).astype(np.float32)
    low, high = float(cells.min()), float(cells.max())
    steps = max(high - low, 1e-3) / 255  # cv2.medianBlur takes wide windows of bytes alone
    level = cv2.medianBlur(np.round((cells - low) / steps).astype(np.uint8), _WINDOW_CELLS).astype(np.float32)
    smooth = cv2.GaussianBlur(level * np.float32(steps) + np.float32(low), (0, 0), 2)
    return np.asarray(cv2.resize(smooth, (width, height), interpolation=cv2.INTER_LINEAR))


def filled(channel: NDArray[np.float32], seen: NDArray[np.bool_], reach_px: float) -> NDArray[np.float32]:
    """Fill what is hidden from the skin beside it, and from ever farther away where there is none; 0 beyond.

    Parameters
    ----------
    channel : float32 array, shape (h, w)
    seen : bool array, shape (h, w)
    reach_px : float
        Standard deviation of the finest of the means that are taken.

    Returns
    -------
    float32 array, shape (h, w)
    """
    weight, result = seen.astype(np.float32), np.where(seen, channel, np.float32(0))
    total, known = result, seen
    for sigma in (reach_px, 2 * reach_px, 4 * reach_px):
        cover, near = (cv2.GaussianBlur(values, (0, 0), sigma) for values in (weight, total))
        filling = ~known & (cover > _LEAST_NEAR)
        result = np.where(filling, near / np.maximum(cover, _LEAST_NEAR), result)
        known = known | filling
    return np.asarray(result)
