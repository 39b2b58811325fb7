"""Lay photographs of one site on one frame, so that the same skin is at the same place in every panel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from densitometer.visits.comparison import Comparison
from densitometer.visits.view import View

Rgb = NDArray[np.uint8]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

_EMPTY_RGB, _HATCH_RGB = (45, 45, 45), (80, 80, 80)
_NODE_PX = 8
_SHRINK_FROM = 1.3
_HALF = 0.5


@dataclass(frozen=True)
class Frame:
    """A rectangle of the baseline's skin that is drawn; places are (x, y) in um of the baseline.

    Attributes
    ----------
    left_um, top_um : float
        Place of the centre of its top-left pixel.
    um_per_px : float
    width, height : int
        In px.
    """

    left_um: float
    top_um: float
    um_per_px: float
    width: int
    height: int

    def px(self, places_um: FloatArray) -> FloatArray:
        """Pixels at which places lie, (n, 2)."""
        return (np.asarray(places_um, float).reshape(-1, 2) - (self.left_um, self.top_um)) / self.um_per_px

    def um(self, places_px: FloatArray) -> FloatArray:
        """Places at which pixels lie, (..., 2)."""
        return np.asarray(places_px, float) * self.um_per_px + (self.left_um, self.top_um)

    def resized(self, width: int) -> Frame:
        """Give the same skin in ``width`` px."""
        factor = self.width / width
        half = 0.5 * self.um_per_px * (factor - 1)
        return Frame(
            self.left_um + half,
            self.top_um + half,
            self.um_per_px * factor,
            width,
            max(1, round(self.height / factor)),
        )


@dataclass(frozen=True)
class Panels:
    """Two photographs on one frame.

    Attributes
    ----------
    frame : Frame
    baseline, followup : uint8 array, shape (height, width, 3)
        Dark and hatched where the photograph shows nothing.
    common : bool array, shape (height, width)
        Skin that is countable in both.
    """

    frame: Frame
    baseline: Rgb
    followup: Rgb
    common: BoolArray


def whole_frame(rgb: Rgb, um_per_view_px: float, um_per_px: float) -> Frame:
    """Frame of all that a photograph shows, pixel for pixel.

    Parameters
    ----------
    rgb : uint8 array, shape (height, width, 3)
        The photograph, perhaps reduced.
    um_per_view_px : float
        Scale of ``rgb``.
    um_per_px : float
        Scale of the photograph as it was measured; places count from the centre of its top-left pixel.
    """
    start = 0.5 * (um_per_view_px - um_per_px)
    return Frame(start, start, um_per_view_px, rgb.shape[1], rgb.shape[0])


def lay_panels(
    pictures: tuple[Rgb, Rgb],
    um_per_view_px: tuple[float, float],
    views: tuple[View, View],
    comparison: Comparison,
    frame: Frame,
) -> Panels:
    """Lay baseline and follow-up on a frame of the baseline; ``comparison`` holds their alignment."""
    places = _places(comparison, frame)
    laid = [
        lay(rgb, at, scale, view.um_per_px, frame.um_per_px)
        for rgb, at, scale, view in zip(pictures, places, um_per_view_px, views, strict=True)
    ]
    countable = [view.shows(at) & seen for view, at, (_, seen) in zip(views, places, laid, strict=True)]
    return Panels(frame, laid[0][0], laid[1][0], countable[0] & countable[1])


def common_frame(
    baseline_rgb: Rgb,
    um_per_view_px: float,
    views: tuple[View, View],
    comparison: Comparison,
    margin_um: float,
    side_px: tuple[int, int],
) -> Frame:
    """Frame of the skin that is countable in both photographs, with a margin; all of the baseline where there is none.

    It is as large as the photograph shows it but for its longer side, which has at least and at most so many px.
    """
    whole = whole_frame(baseline_rgb, um_per_view_px, views[0].um_per_px)
    coarse = whole.resized(max(1, whole.width // _NODE_PX))
    places = _places(comparison, coarse)
    common = views[0].shows(places[0]) & views[1].shows(places[1])
    box = _box(common, round(margin_um / coarse.um_per_px))
    frame = whole if box is None else _part(whole, box, whole.width / coarse.width)
    side = max(frame.width, frame.height)
    wanted = min(max(side, side_px[0]), side_px[1])
    return frame if wanted == side else frame.resized(max(1, round(frame.width * wanted / side)))


def _places(comparison: Comparison, frame: Frame) -> tuple[FloatArray, FloatArray]:
    """Place of every pixel at the baseline and at the follow-up, (height, width, 2) um each."""
    if comparison.alignment is None:
        raise ValueError("two photographs that were not aligned cannot be laid on one another")
    pixels = np.stack(np.meshgrid(np.arange(frame.width), np.arange(frame.height)), -1)
    return frame.um(pixels.astype(float)), _bent(comparison.alignment.warp.forward, frame)


def _bent(forward: Callable[[FloatArray], FloatArray], frame: Frame) -> FloatArray:
    """Place of every pixel at the follow-up, (height, width, 2) um: exact at every eighth pixel, linear between."""
    columns, rows = (np.arange(0, size + _NODE_PX, _NODE_PX) for size in (frame.width, frame.height))
    nodes = frame.um(np.stack(np.meshgrid(columns, rows), -1).astype(float))
    moved = np.asarray(forward(nodes.reshape(-1, 2)), float).reshape(nodes.shape)
    across = _between(moved, frame.width, axis=1)
    return _between(across, frame.height, axis=0)


def _between(values: FloatArray, size: int, axis: int) -> FloatArray:
    """Fill in between the nodes along one axis."""
    at, part = np.divmod(np.arange(size), _NODE_PX)
    weight = (part / _NODE_PX).reshape(-1, *[1] * (values.ndim - 1 - axis))
    return np.take(values, at, axis) * (1 - weight) + np.take(values, at + 1, axis) * weight


def lay(
    rgb: Rgb, places_um: FloatArray, um_per_view_px: float, um_per_px: float, frame_um_per_px: float
) -> tuple[Rgb, BoolArray]:
    """Photograph as seen at places of its own, (height, width, 2) um; dark and hatched where it shows nothing.

    Returns
    -------
    uint8 array, shape (height, width, 3)
    bool array, shape (height, width)
        True where the photograph shows something.
    """
    factor = frame_um_per_px / um_per_view_px
    if factor > _SHRINK_FROM:  # averaged first, else fine hair would break up
        height, width = (max(1, round(size / factor)) for size in rgb.shape[:2])
        um_per_view_px *= rgb.shape[1] / width
        rgb = np.asarray(cv2.resize(rgb, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    at = ((places_um + 0.5 * um_per_px) / um_per_view_px - 0.5).astype(np.float32)
    laid = cv2.remap(rgb, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    x, y = at[..., 0], at[..., 1]
    outside = (x < -_HALF) | (y < -_HALF) | (x > rgb.shape[1] - _HALF) | (y > rgb.shape[0] - _HALF)
    if outside.any():
        laid[outside] = hatch(outside.shape)[outside]
    return np.asarray(laid, np.uint8), ~outside


def hatch(shape: tuple[int, ...]) -> Rgb:
    """Dark grey with slanted lines: nothing was photographed here."""
    period, width = 14, 2
    row, column = np.ogrid[:period, :period]
    stripes = (row + column) % period < width
    tile = np.where(stripes[..., None], np.array(_HATCH_RGB, np.uint8), np.array(_EMPTY_RGB, np.uint8))
    repeats = (shape[0] // period + 1, shape[1] // period + 1, 1)
    return np.tile(tile, repeats)[: shape[0], : shape[1]]


def _box(mask: BoolArray, margin_px: int) -> tuple[int, int, int, int] | None:
    """Box (x0, y0, x1, y1) of all of a mask and a margin, within its picture; None for an empty mask."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not rows.size:
        return None
    height, width = mask.shape
    left, top = max(0, int(columns[0]) - margin_px), max(0, int(rows[0]) - margin_px)
    return left, top, min(width, int(columns[-1]) + 1 + margin_px), min(height, int(rows[-1]) + 1 + margin_px)


def _part(frame: Frame, box: tuple[int, int, int, int], factor: float) -> Frame:
    """Part of a frame in a box that is stated in pixels so many times as large."""
    x0, y0, x1, y1 = (round(side * factor) for side in box)
    left_um, top_um = frame.um(np.array([x0, y0], float))
    width, height = min(x1, frame.width) - x0, min(y1, frame.height) - y0
    return Frame(float(left_um), float(top_um), frame.um_per_px, width, height)
