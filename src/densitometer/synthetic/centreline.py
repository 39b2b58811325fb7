"""Centre lines of hair in space: how a shaft bends, lies down, curls and ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
_STRAIGHTENS_MM = 6.0  # a bend fades over this length: combed hair runs on, it doesn't run in circles
_STEEP = 0.6  # radians; hair long enough to be cut off at the border lies down at least to this
_FINEST, _LONG_STEP_MM, _LEAST_POINTS = 8, 0.15, 9
_MARGIN_MM = 0.5
_UNEVEN, _MOST_ROUNDS = 1e-3, 20


@dataclass(frozen=True)
class Course:
    """What shapes the shafts of n hairs; every array has n rows, angles in radians, lengths in mm.

    Attributes
    ----------
    root : (n, 2) float array
        Where they leave the skin.
    azimuth, lift : (n,) float arrays
        Direction at the root: on the skin from x towards y, and above the skin.
    length, half_width : (n,) float arrays
        Length along the shaft and half its width.
    bend : (n, 2) float array
        Curvature at the root, sideways and upwards, 1/mm.
    wave : (n, 2, 3) float array
        Slow change of that curvature: amplitude (1/mm), wavelength (mm), phase.
    gravity : float
        How fast hair lies down, radians a mm.
    layer : (n,) float array
        Height above the skin (besides half the width) at which it comes to rest on other hair.
    curl : float
        Radius of the curls, 0 for none.
    coil : (n, 4) float array
        Turns (radians of phase per mm of axis, the sense of turning as sign), tilt of the loops away from the skin, and
        two phases of their irregularity.
    """

    root: FloatArray
    azimuth: FloatArray
    lift: FloatArray
    length: FloatArray
    half_width: FloatArray
    bend: FloatArray
    wave: FloatArray
    gravity: float
    layer: FloatArray
    curl: float
    coil: FloatArray


def trace(course: Course, size_mm: FloatArray) -> list[FloatArray]:
    """Centre lines (k, 3) of the hairs, root first, evenly spaced, in mm.

    Hair that leaves the patch ends a little way outside it; hair that is longer than the patch always does.
    """
    if not len(course.root):
        return []
    stretch = _stretch(course)
    enough = (1.3 * np.hypot(*size_mm) + 6) * stretch
    length = np.minimum(course.length, enough)
    step = course.curl / _FINEST if course.curl else _LONG_STEP_MM
    most = max(2 * _LEAST_POINTS, int(1.4 * length.max() / step) + 2)
    along = np.linspace(0, 1, most) * (length * 1.2 / stretch)[:, None]
    axis, heading, rise = _axis(course, along, course.length > enough)
    lines = _rest(course, along, _coiled(course, along, axis, heading, rise))
    arcs = _arc(lines)
    margin = _MARGIN_MM + course.curl
    outside = np.any((lines[..., :2] < -margin) | (lines[..., :2] > size_mm + margin), axis=2)
    left = np.where(outside.any(axis=1), np.take_along_axis(arcs, outside.argmax(axis=1)[:, None], 1)[:, 0], np.inf)
    ends = np.minimum(left, course.length)
    return [_finish(line, arc, end, step, size_mm) for line, arc, end in zip(lines, arcs, ends, strict=True)]


def under_skin(root: FloatArray, azimuth: FloatArray, lift: FloatArray, length: FloatArray) -> FloatArray:
    """Centre lines (n, 7, 3) of shafts under the skin from the roots (n, 2) downwards, ever steeper, mm."""
    along = np.linspace(0, 1, 7) * length[:, None]
    middle = (along[:, 1:] + along[:, :-1]) / 2
    steep = np.minimum(lift[:, None] + 0.12 + 0.25 * middle / length.max(initial=1e-9), 1.55)
    steps = np.diff(along, axis=1)
    flat, down = (np.pad(np.cumsum(steps * part, axis=1), ((0, 0), (1, 0))) for part in (np.cos(steep), np.sin(steep)))
    x, y = (root[:, i, None] - flat * part(azimuth)[:, None] for i, part in enumerate((np.cos, np.sin)))
    return np.stack([x, y, -down], axis=2)


def _stretch(course: Course) -> FloatArray:
    """Length of a hair over that of the axis it winds round, nearly."""
    return np.asarray(np.hypot(1, course.curl * course.coil[:, 0]))


def _axis(course: Course, along: FloatArray, endless: NDArray[np.bool_]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Axis (n, k, 3) that hair follows, its heading and its rise (n, k)."""
    size, span, phase = (course.wave[:, :, i, None] for i in range(3))
    fade = np.exp(-along / _STRAIGHTENS_MM)
    curvature = course.bend[:, :, None] * fade[:, None] + size * np.sin(2 * np.pi * along[:, None] / span + phase)
    curvature[:, 1] -= course.gravity * (1 - np.exp(-along))
    turn = _sum(curvature, along[:, None])
    heading = course.azimuth[:, None] + turn[:, 0]
    lift = course.lift[:, None]
    falling = _STEEP + np.maximum(lift - _STEEP, 0) * np.exp(-along / 1.5)
    steepest = np.where(endless[:, None], falling, np.maximum(lift, 1.5))
    rise = np.clip(lift + turn[:, 1], -0.2, steepest)
    flat = np.cos(rise)
    course_xyz = (flat * np.cos(heading), flat * np.sin(heading), np.sin(rise))
    axis = np.stack([_sum(part, along) for part in course_xyz], axis=2)
    axis[..., :2] += course.root[:, None]
    return axis, heading, rise


def _coiled(course: Course, along: FloatArray, axis: FloatArray, heading: FloatArray, rise: FloatArray) -> FloatArray:
    """Wind the hair in loops that drift along its axis.

    A loop starts forwards from the root, so that even a short curly hair leaves the skin in its follicle's direction
    and bends as it should; its plane holds the axis and tilts away from the skin.
    """
    if not course.curl:
        return axis
    turns, tilt, one, two = (course.coil[:, i, None] for i in range(4))
    radius = course.curl
    phase = turns * along + 0.5 * np.sign(turns) * (np.sin(along / (0.9 * radius) + one) - np.sin(one))
    wide = radius * (1 + 0.2 * np.sin(along / (1.3 * radius) + two))
    ahead, aside = wide * np.sin(np.abs(phase)), wide * (1 - np.cos(phase)) * np.sign(turns)
    side, up = aside * np.cos(tilt), np.abs(aside) * np.sin(tilt)
    flat = ahead * np.cos(rise) - up * np.sin(rise)
    offset = (
        np.cos(heading) * flat - np.sin(heading) * side,
        np.sin(heading) * flat + np.cos(heading) * side,
        np.sin(rise) * ahead + np.cos(rise) * up,
    )
    return axis + np.stack(offset, axis=2)


def _rest(course: Course, along: FloatArray, lines: FloatArray) -> FloatArray:
    """Keep hair on the skin, or on the hair that it lies on: a smooth maximum of its height and that of its bed."""
    half = course.half_width[:, None]
    steep = np.sin(course.lift) * _stretch(course)
    floor = half * (1 - np.exp(-along * steep[:, None] / half))
    floor += course.layer[:, None] * (1 - np.exp(-((along / 1.5) ** 2)))
    above = lines[..., 2] - floor
    soft = np.minimum(0.01, 0.3 * floor)
    lines[..., 2] = floor + (above + np.hypot(above, soft)) / 2
    return lines


def _finish(line: FloatArray, arc: FloatArray, end: float, step: float, size_mm: FloatArray) -> FloatArray:
    """Cut a line at its end and space its points evenly; drawn on straight if it is too short for its length."""
    if end > arc[-1] + 1e-9:
        ahead = line[-1] - line[-2]
        ahead = np.array([*ahead[:2], 0.0]) / max(float(np.hypot(*ahead[:2])), 1e-9)
        more = min(end - arc[-1], float(np.hypot(*size_mm)) + 1)
        line, arc = np.vstack([line, line[-1] + more * ahead]), np.append(arc, arc[-1] + more)
        end = float(arc[-1])
    return _space(line, arc, np.linspace(0, end, max(_LEAST_POINTS, int(np.ceil(end / step)) + 1)))


def _space(line: FloatArray, arc: FloatArray, at: FloatArray) -> FloatArray:
    """Take points of a line at lengths along it, moved until they lie evenly: steps cut the corners of curls short."""
    for _ in range(_MOST_ROUNDS):
        points = np.stack([np.interp(at, arc, line[:, i]) for i in range(3)], axis=1)
        along = _arc(points[None])[0]
        even = np.linspace(0, along[-1], len(at))
        if np.ptp(np.diff(along)) <= _UNEVEN * even[1]:
            break
        at = np.interp(even, along, at)
    return points


def _sum(values: FloatArray, along: FloatArray) -> FloatArray:
    """Integral from the root on, by trapezia, along the last axis."""
    parts = (values[..., 1:] + values[..., :-1]) / 2 * np.diff(along, axis=-1)
    return np.concatenate([np.zeros_like(values[..., :1]), np.cumsum(parts, axis=-1)], axis=-1)


def _arc(lines: FloatArray) -> FloatArray:
    """Length along the lines (n, k, 3) at their points, (n, k)."""
    steps = np.sqrt((np.diff(lines, axis=1) ** 2).sum(axis=2))
    return np.pad(np.cumsum(steps, axis=1), ((0, 0), (1, 0)))
