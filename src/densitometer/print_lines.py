"""Find printed circles, their leader lines, and scale bars, by their exact geometry."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from densitometer.print_text import Box, patches

Segment = tuple[float, float, float, float]
"""x0, y0, x1, y1 in px of the middle of a straight line."""

_FEWEST_ON_CIRCLE = 150
_TRIALS = 400
_MOST_POINTS = 3000
_NEAR_PX = 1.5
_LEAST_RADIUS_PX = 40.0
_LEAST_COVER = 0.5
_LEAST_LINE_PX = 40
_LINK_PX = 12
_BAR_CONTRAST = 8
_EVEN = 12.0
_OVER_HAIR_PX = 100
"""As far as a dark line may be lost on dark hair."""


@dataclass(frozen=True)
class Circle:
    """A printed circle in px, and whether a dot marks its centre."""

    x: float
    y: float
    radius: float
    dotted: bool = False


def circle_and_leaders(ink: NDArray[np.uint8], labels: list[Box]) -> tuple[Circle | None, list[Segment]]:
    """Find one circle in the pixels of one colour and the straight lines that run to it or to a label.

    Parameters
    ----------
    ink : uint8 array, shape (height, width)
        1 at pixels of one pure colour.
    labels : list of boxes
        Where text stands: a lone straight line that leads to nothing is taken for hair.
    """
    strokes = ink & (1 - cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((6, 6), np.uint8)))
    y, x = np.nonzero(strokes)
    points = np.column_stack([x, y]).astype(np.float32)
    circle = _fit_circle(points, strokes.shape)
    if circle is None and not labels:
        return None, []
    for x0, y0, x1, y1 in labels:  # The strokes of the letters are no lines.
        strokes[max(0, y0 - 2) : y1 + 2, max(0, x0 - 2) : x1 + 2] = 0
    if circle is not None:
        distance = np.abs(np.hypot(x - circle.x, y - circle.y) - circle.radius)
        strokes[y[distance <= 4], x[distance <= 4]] = 0  # noqa: PLR2004
    found = cv2.HoughLinesP(strokes, 0.5, np.pi / 720, 30, minLineLength=_LEAST_LINE_PX, maxLineGap=8)
    segments = [] if found is None else [tuple(map(float, line)) for line in found.reshape(-1, 4)]
    return circle, [segment for segment in segments if _leads(segment, circle, labels)]  # type: ignore[misc,arg-type]


def _fit_circle(points: NDArray[np.float32], shape: tuple[int, int]) -> Circle | None:
    """Fit a circle to points of which only some lie on one: random triples vote, then least squares."""
    if len(points) < _FEWEST_ON_CIRCLE:
        return None
    random = np.random.default_rng(0)
    sample = points if len(points) <= _MOST_POINTS else random.permutation(points)[:_MOST_POINTS]
    x, y, radius = _through(sample[random.integers(0, len(sample), (_TRIALS, 3))])
    fair = (radius >= _LEAST_RADIUS_PX) & (radius < max(shape))
    if not fair.any():
        return None
    x, y, radius = x[fair], y[fair], radius[fair]
    votes = [np.count_nonzero(_off(sample, *circle) <= _NEAR_PX) for circle in zip(x, y, radius, strict=True)]
    best = int(np.argmax(votes))
    circle = (float(x[best]), float(y[best]), float(radius[best]))
    for _ in range(3):
        near = points[_off(points, *circle) <= 2 * _NEAR_PX]
        if len(near) < _FEWEST_ON_CIRCLE:
            return None
        circle = _least_squares(near)
    near = points[_off(points, *circle) <= _NEAR_PX]
    if _cover(near, circle, shape) < _LEAST_COVER:
        return None
    centre = np.count_nonzero(np.hypot(points[:, 0] - circle[0], points[:, 1] - circle[1]) <= 4)  # noqa: PLR2004
    return Circle(*circle, dotted=bool(centre))


def _through(triples: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Centres and radii of the circles through triples of points, shape (n, 3, 2); infinite for points in a line."""
    a, b, c = triples.astype(np.float64).transpose(1, 0, 2)
    b, c = b - a, c - a
    cross = 2 * (b[:, 0] * c[:, 1] - b[:, 1] * c[:, 0])
    square_b, square_c = (b**2).sum(axis=1), (c**2).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        x = (c[:, 1] * square_b - b[:, 1] * square_c) / cross
        y = (b[:, 0] * square_c - c[:, 0] * square_b) / cross
        radius = np.hypot(x, y)
    radius[~np.isfinite(radius)] = np.inf
    return x + a[:, 0], y + a[:, 1], radius


def _off(points: NDArray[np.float32], x: float, y: float, radius: float) -> NDArray[np.float32]:
    """Distance of points from a circle."""
    off: NDArray[np.float32] = np.abs(np.hypot(points[:, 0] - np.float32(x), points[:, 1] - np.float32(y)) - radius)
    return off


def _least_squares(points: NDArray[np.float32]) -> tuple[float, float, float]:
    """Fit a circle by Kasa's linear least squares."""
    middle = points.mean(axis=0).astype(np.float64)
    x, y = (points - middle).T.astype(np.float64)
    design = np.column_stack([x, y, np.ones_like(x)])
    (a, b, c), *_ = np.linalg.lstsq(design, x**2 + y**2, rcond=None)
    return float(a / 2 + middle[0]), float(b / 2 + middle[1]), float(np.sqrt(max(c + (a**2 + b**2) / 4, 0.0)))


def _cover(points: NDArray[np.float32], circle: tuple[float, float, float], shape: tuple[int, int]) -> float:
    """Share of the part of a circle in the photograph that has points on it."""
    x, y, radius = circle
    angles = (np.arange(360) + 0.5) * np.pi / 180
    on_x, on_y = x + radius * np.cos(angles), y + radius * np.sin(angles)
    inside = (on_x >= 0) & (on_y >= 0) & (on_x < shape[1]) & (on_y < shape[0])
    degrees = np.degrees(np.arctan2(points[:, 1] - y, points[:, 0] - x)).astype(int) % 360
    hit = np.bincount(degrees, minlength=360)[:360] > 0
    if inside.sum() < 90:  # noqa: PLR2004
        return 0.0
    return float(hit[inside].mean())


def _leads(segment: Segment, circle: Circle | None, labels: list[Box]) -> bool:
    """Whether an end of a line lies at a circle, at its centre or at a label."""
    for x, y in (segment[:2], segment[2:]):
        if circle is not None:
            from_centre = float(np.hypot(x - circle.x, y - circle.y))
            if min(from_centre, abs(from_centre - circle.radius)) <= _LINK_PX:
                return True
        if any(_beside(x, y, box, _LINK_PX) for box in labels):
            return True
    return False


def _beside(x: float, y: float, box: Box, margin: float) -> bool:
    return box[0] - margin <= x <= box[2] + margin and box[1] - margin <= y <= box[3] + margin


def scale_bars(light: NDArray[np.uint8], labels: list[Box], maybe: list[Box]) -> tuple[list[Segment], set[Box]]:
    """Find thin black or white level and upright lines that meet in an L or end at a label.

    Parameters
    ----------
    light : uint8 array, shape (height, width)
        Brightness.
    labels : list of boxes
        Where text stands.
    maybe : list of boxes
        Where text could stand; it does where an L ends beside it.

    Returns
    -------
    bars : list of Segment
    named : set of boxes
        Those of ``maybe`` that an L ends at.
    """
    bars: list[Segment] = []
    named: set[Box] = set()
    for image in (light, cv2.bitwise_not(light)):
        level = _outside(_level_lines(image), labels)
        upright = [(x, y, x, end) for y, x, end, _ in _level_lines(np.ascontiguousarray(image.T))]
        for line in level:
            arms = [arm for arm in upright if _meet(image, line, arm)]
            if arms:
                named |= {box for box in maybe if _points_at(line, box, _OVER_HAIR_PX)}
            if arms or any(_points_at(line, box, 1.5 * (box[3] - box[1])) for box in labels):
                bars += [line, *arms, *[leg for arm in arms for leg in _legs(line, arm)]]
    return bars, named


def _outside(lines: list[Segment], labels: list[Box]) -> list[Segment]:
    """Leave out the lines that lie in a label or along its edge."""
    return [line for line in lines if not any(_beside((line[0] + line[2]) / 2, line[1], box, 6) for box in labels)]


def _level_lines(light: NDArray[np.uint8]) -> list[Segment]:
    """Dark lines of one to three pixels that keep to their row; pieces of one line are joined over dark hair."""
    if light.shape[0] < 7:  # noqa: PLR2004
        return []
    above, below = np.roll(light, 3, axis=0), np.roll(light, -3, axis=0)
    dark = cv2.subtract(cv2.min(above, below), light)
    thin = (dark > _BAR_CONTRAST).astype(np.uint8)
    thin[:3], thin[-3:] = 0, 0
    thin = cv2.morphologyEx(thin, cv2.MORPH_CLOSE, np.ones((1, 5), np.uint8))
    thin = cv2.morphologyEx(thin, cv2.MORPH_OPEN, np.ones((1, _LEAST_LINE_PX), np.uint8))
    found = patches(thin)
    flat = found[found[:, 3] <= 4]  # noqa: PLR2004
    lines = [(float(x), y + (h - 1) / 2, float(x + w - 1), y + (h - 1) / 2) for x, y, w, h, _ in flat.tolist()]
    return _joined_pieces([line for line in lines if _even(light[round(line[1]), round(line[0]) : round(line[2]) + 1])])


def _even(shades: NDArray[np.uint8]) -> bool:
    """Whether a line is of one shade, as print is and hair is not."""
    quarter, three_quarters = np.percentile(shades, [25, 75])
    return bool(three_quarters - quarter <= _EVEN)


def _joined_pieces(lines: list[Segment]) -> list[Segment]:
    joined: list[Segment] = []
    for line in sorted(lines):
        for number, other in enumerate(joined):
            if abs(line[1] - other[1]) <= 1 and -3 <= line[0] - other[2] <= _OVER_HAIR_PX:  # noqa: PLR2004
                joined[number] = (other[0], other[1], max(other[2], line[2]), other[3])
                break
        else:
            joined.append(line)
    return joined


def _meet(dark: NDArray[np.uint8], level: Segment, upright: Segment) -> bool:
    """Whether a level and an upright line meet as the arms of an L do, at their ends or where both run into hair."""
    x0, y0, x1, y1 = (round(value) for value in _corner(level, upright))
    if max(abs(x1 - x0), abs(y1 - y0)) > _OVER_HAIR_PX:
        return False
    shade = float(np.median(dark[round(level[1]), round(level[0]) : round(level[2]) + 1]))
    gaps = np.concatenate([dark[y0, min(x0, x1) : max(x0, x1) + 1], dark[min(y0, y1) : max(y0, y1) + 1, x1]])
    return gaps.size <= 10 or bool(np.percentile(gaps, 90) <= shade + 40)  # noqa: PLR2004


def _corner(level: Segment, upright: Segment) -> Segment:
    """From the end of the level line nearest the upright one to the end of that nearest the level one."""
    x = min(level[0], level[2], key=lambda end: abs(end - upright[0]))
    y = min(upright[1], upright[3], key=lambda end: abs(end - level[1]))
    return x, level[1], upright[0], y


def _legs(level: Segment, upright: Segment) -> tuple[Segment, Segment]:
    """Give the two pieces by which the arms of an L reach their corner."""
    x0, y0, x1, y1 = _corner(level, upright)
    return (x0, y0, x1, y0), (x1, y0, x1, y1)


def _points_at(level: Segment, box: Box, near: float) -> bool:
    """Whether a level line ends beside a label, at its height."""
    height = box[3] - box[1]
    if not box[1] - height / 4 <= level[1] <= box[3] + height / 4:
        return False
    return min(abs(box[0] - level[2]), abs(level[0] - box[2])) <= near
