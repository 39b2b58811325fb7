"""Draw what was counted onto the photograph, so that a person can check it hair by hair."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from densitometer.hairs import Hair
from densitometer.measure import Measurement
from densitometer.report import plates

# Okabe and Ito's palette: told apart with every common colour blindness. Dashes say the same without colour.
COUNTED_RGB = (86, 180, 233)
UNCOUNTED_RGB = (240, 228, 66)

_MASK_BRIGHTNESS = 0.6
_HATCH_GREY = 205
_HALO_STRENGTH = 0.55
_REFERENCE_SIDE_PX = 1024.0
_SUBPIXEL_BITS = 4

Rgb = NDArray[np.uint8]


def draw_overlay(rgb: Rgb, measurement: Measurement) -> Rgb:
    """Draw the hairs, the masked area, the numbers and a scale bar onto a copy of the photograph.

    Counted hairs are solid sky-blue lines, others dashed yellow ones, each along its centre line, about a third as
    wide as the hair so that the hair shows on both sides, with a ring around its root. What was masked is dimmed
    and hatched.

    Parameters
    ----------
    rgb : uint8 array, shape (height, width, 3)
        The photograph as measured.
    measurement : Measurement
        What was found on it; ``measurement.field.usable`` has the photograph's height and width.

    Returns
    -------
    uint8 array, shape (height, width, 3)
        Same size as ``rgb``, which is left as it is. Where the field's usable part carries no drawing, its pixels
        are those of the photograph.
    """
    pen = pen_scale(rgb.shape)
    canvas = np.array(rgb, dtype=np.uint8, order="C")
    _shade(canvas, measurement.field.usable, pen)
    halo = _halo(canvas.shape, measurement.hairs, pen)
    _darken(canvas, halo)
    # Counted hairs last, so that where the two cross the claim that enters the density stays in one piece.
    for hair in sorted(measurement.hairs, key=lambda one: one.counted):
        _draw_hair(canvas, hair, pen)
    rows = legend_rows(measurement)
    bar = plates.draw_scale_bar(canvas, measurement.scale.um_per_px, pen)
    plates.draw_rows(canvas, rows, pen, busy=halo, avoid=bar)
    return canvas


def pen_scale(shape: Sequence[int]) -> float:
    """Size of pens and letters relative to a photograph whose shorter side has 1024 px."""
    return min(shape[0], shape[1]) / _REFERENCE_SIDE_PX


def headline(measurement: Measurement) -> str:
    """Count and density with its interval, as they stand on the overlay."""
    values = measurement.values
    count = values.get("hair_count")
    if count is None:
        return "count not measured"
    hairs = f"{int(count)} hair" + ("" if count == 1 else "s")
    density, low, high = (values.get(f"density_{part}per_cm2") for part in ("", "low_", "high_"))
    if density is None:
        why = ": no scale" if measurement.scale.um_per_px is None else ""
        return f"{hairs}, density not measured{why}"
    interval = "" if low is None or high is None else f" ({low:.0f} to {high:.0f})"
    return f"{hairs}, {density:.0f} /cm²{interval}"


def legend_rows(measurement: Measurement) -> list[plates.Row]:
    """Give the headline and a key to what is drawn, leaving out what this photograph does not have."""
    counted = sum(hair.counted for hair in measurement.hairs)
    uncounted = len(measurement.hairs) - counted
    rows = [plates.Row(headline(measurement))]
    if counted:
        rows.append(plates.Row(f"counted: {counted}", plates.Swatch(COUNTED_RGB)))
    if uncounted:
        rows.append(plates.Row(f"not counted: {uncounted}", plates.Swatch(UNCOUNTED_RGB, dashed=True)))
    if not measurement.field.usable.all():
        rows.append(plates.Row("masked, not measured", plates.Swatch((_HATCH_GREY,) * 3, hatched=True)))
    return rows


def _shade(canvas: Rgb, usable: NDArray[np.bool_], pen: float) -> None:
    """Dim and hatch what was masked, and edge it, so that neither a black rim nor white padding hides the mask."""
    masked = ~usable
    if not masked.any():
        return
    cv2.copyTo(cv2.convertScaleAbs(canvas, alpha=_MASK_BRIGHTNESS), masked.astype(np.uint8), canvas)
    height, width = usable.shape
    period = max(8, round(16 * pen))
    stripe = max(1, round(pen))
    y, x = np.ogrid[:height, :width]  # the same sum of x and y along each stripe
    hatch = ((x + y) % period < stripe) & masked
    edge = cv2.dilate(usable.astype(np.uint8), np.ones((2 * stripe + 1,) * 2, np.uint8)).astype(bool) & masked
    canvas[hatch | edge] = _HATCH_GREY


def line_width_px(hair: Hair, pen: float) -> float:
    """Width of the drawn line: a third of the hair, more on big pictures, never more than half of the hair."""
    width = hair.width_px
    if not np.isfinite(width):
        return max(1.0, 2.4 * pen)
    return max(1.0, min(max(width / 3.0, pen), width / 2.0))


def _thickness(width_px: float) -> int:
    """Give OpenCV's thickness for a width: smooth lines of thickness 1, 2, 3, 5 ... come out 1.3, 3.3, 5.3, 7.3 ..."""
    if width_px < 2.3:
        return 1
    return 2 if width_px < 4.3 else 2 * int((width_px - 4.3) / 2.0) + 3


def _ring_px(hair: Hair, pen: float) -> float:
    """Radius of the ring around the root: wide enough to see the hair leave the skin inside it."""
    width = hair.width_px
    return max(3.0, 3.5 * pen, 0.8 * width) if np.isfinite(width) else max(3.0, 5.0 * pen)


def _ring_width_px(hair: Hair, pen: float) -> float:
    return max(1.0, min(2.4 * pen, _ring_px(hair, pen) / 3.0))


def _halo(shape: Sequence[int], hairs: Sequence[Hair], pen: float) -> NDArray[np.uint8]:
    """Coverage, 0 to 255, of all lines and rings with their dark seam."""
    halo = np.zeros(shape[:2], np.uint8)
    seams = 2.0 * max(1.0, pen)
    for hair in hairs:
        for stroke in _strokes(hair, pen):
            _line(halo, stroke, 255, line_width_px(hair, pen) + seams)
        _ring(halo, hair, 255, _ring_width_px(hair, pen) + seams, pen)
    return halo


def _darken(canvas: Rgb, halo: NDArray[np.uint8]) -> None:
    keep = 255 - cv2.convertScaleAbs(halo, alpha=_HALO_STRENGTH)
    cv2.multiply(canvas, cv2.merge([keep] * 3), dst=canvas, scale=1.0 / 255.0)


def _draw_hair(canvas: Rgb, hair: Hair, pen: float) -> None:
    colour = COUNTED_RGB if hair.counted else UNCOUNTED_RGB
    for stroke in _strokes(hair, pen):
        _line(canvas, stroke, colour, line_width_px(hair, pen))
    _ring(canvas, hair, colour, _ring_width_px(hair, pen), pen)


def _strokes(hair: Hair, pen: float) -> Iterator[NDArray[np.float64]]:
    """Give the centre line from the ring's rim on, whole when counted, else cut into dashes; (n, 2) px each."""
    length = hair.length_px
    start = min(_ring_px(hair, pen), length / 2.0)
    if hair.counted:
        yield _part(hair.points_px, start, length)
        return
    width = line_width_px(hair, pen)
    dash = max(4.0, min(8.0 * pen, (length - start) / 4.0), 2.0 * width)
    gap = max(3.0, 0.75 * dash) + width
    for begin in np.arange(start, length, dash + gap):
        yield _part(hair.points_px, float(begin), min(float(begin) + dash, length))


def _part(points_px: NDArray[np.float64], start_px: float, end_px: float) -> NDArray[np.float64]:
    """Give the stretch of a line between two distances along it, with its own corners kept."""
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points_px, axis=0).T))])
    inner = along[(along > start_px) & (along < end_px)]
    at = np.concatenate([[start_px], inner, [end_px]])
    return np.column_stack([np.interp(at, along, points_px[:, axis]) for axis in (0, 1)])


def _fixed(points_px: NDArray[np.float64]) -> NDArray[np.int32]:
    """Pixels as OpenCV's fixed-point numbers, by which it draws between pixel centres."""
    return np.round(points_px * (1 << _SUBPIXEL_BITS)).astype(np.int32)


def _line(canvas: Rgb, points_px: NDArray[np.float64], colour: int | tuple[int, ...], width_px: float) -> None:
    corners = [_fixed(points_px).reshape(-1, 1, 2)]
    cv2.polylines(canvas, corners, False, colour, _thickness(width_px), cv2.LINE_AA, _SUBPIXEL_BITS)


def _ring(canvas: Rgb, hair: Hair, colour: int | tuple[int, ...], width_px: float, pen: float) -> None:
    x, y = (int(value) for value in _fixed(hair.points_px[0]))
    radius = round(_ring_px(hair, pen) * (1 << _SUBPIXEL_BITS))
    cv2.circle(canvas, (x, y), radius, colour, _thickness(width_px), cv2.LINE_AA, _SUBPIXEL_BITS)
