"""Draw what a perfect strand network would answer for hairs of known centre lines.

The strand maps follow the network's targets: half resolution, 16 um a pixel, eight orientations, centre lines about two
pixels wide, each piece in the maps within three quarters of an orientation's step.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from densitometer.strands.hair_fields import FloatMap, HairFields

Line = NDArray[np.float64]

UM_PER_PX = 16.0
ORIENTATIONS = 8
SEGMENT_UM = 1000.0
SHAPE = (360, 450)


def straight(root: tuple[float, float], degrees: float, length_px: float) -> Line:
    """A straight centre line from its root, ``degrees`` from x towards y as in the maps."""
    way = np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))])
    return np.array(root) + np.arange(0.0, length_px + 1e-9, 0.25)[:, None] * way


def arc(root: tuple[float, float], degrees: float, length_px: float, radius_px: float) -> Line:
    """A centre line of constant bend that leaves its root at ``degrees``; a negative radius bends the other way."""
    at = np.arange(0.0, length_px + 1e-9, 0.25)
    along, aside = radius_px * np.sin(at / radius_px), radius_px * (1 - np.cos(at / radius_px))
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array(root) + np.stack([cos * along - sin * aside, sin * along + cos * aside], axis=1)


def through(line: Line, point: tuple[float, float]) -> Line:
    """The same line, moved so that its middle lies at a point."""
    return line + np.array(point) - line[len(line) // 2]


def without(line: Line, first_px: float, last_px: float) -> list[Line]:
    """What is left of a line when the stretch between two distances from its root is missing."""
    at = _distances(line)
    return [line[at <= first_px], line[at >= last_px]]


def root_segment(line: Line) -> NDArray[np.float64]:
    """Root and the point at most one millimetre along: x, y, x, y."""
    at = _distances(line)
    end = min(float(at[-1]), SEGMENT_UM / UM_PER_PX)
    return np.array([*line[0], np.interp(end, at, line[:, 0]), np.interp(end, at, line[:, 1])])


def draw_fields(lines: list[Line], shape: tuple[int, int] = SHAPE, strength: float = 1.0) -> HairFields:
    """Fields that hold these centre lines and nothing else; only ``strand`` is drawn."""
    strand = strength * draw_strands(lines, shape)
    nothing = np.zeros(shape, np.float32)
    two = np.zeros((2, *shape), np.float32)
    return HairFields(nothing, two, nothing, two, nothing, strand.astype(np.float32), UM_PER_PX, 2.0)


def draw_strands(lines: list[Line], shape: tuple[int, int] = SHAPE) -> FloatMap:
    """The eight strand maps of these centre lines."""
    drawn = np.zeros((ORIENTATIONS, *shape), np.float32)
    for line in lines:
        x, y, angle = _sampled(line)
        bins = angle / np.pi * ORIENTATIONS
        for aside in (-0.5, 0.5):
            column = np.round(x - aside * np.sin(angle)).astype(int)
            row = np.round(y + aside * np.cos(angle)).astype(int)
            within = (column >= 0) & (row >= 0) & (column < shape[1]) & (row < shape[0])
            for step in (0, 1):
                which = np.floor(bins).astype(int) + step
                near = within & (np.abs(bins - which) < 0.75)
                drawn[which[near] % ORIENTATIONS, row[near], column[near]] = 1
    return drawn


def _distances(line: Line) -> NDArray[np.float64]:
    return np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])


def _sampled(line: Line) -> NDArray[np.float64]:
    """Points every half px along a line with the direction there: rows x, y, angle."""
    at = _distances(line)
    where = np.arange(0.0, at[-1], 0.5)
    points = np.stack([np.interp(where, at, line[:, 0]), np.interp(where, at, line[:, 1])])
    steps = np.diff(line, axis=0)
    piece = np.clip(np.searchsorted(at, where, side="right") - 1, 0, len(steps) - 1)
    return np.vstack([points, np.arctan2(steps[piece, 1], steps[piece, 0])])
