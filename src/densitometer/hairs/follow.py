"""Hairs from their roots to their tips: a walk through the strand field, lifted by orientation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from densitometer.hairs.bows import Play, bow_lines, evenly
from densitometer.hairs.lifted import Lifted, lift
from densitometer.hairs.merges import unshared
from densitometer.hairs.walk import Gait, walk
from densitometer.settings import FollowSettings
from densitometer.strands.hair_fields import HairFields

Array = NDArray[np.float64]

_REACH_PX = 8
"""Stretch of a line that tells its direction at its end; two of them, its bend."""
_SMOOTH_PX = 2.0
_KNOWN_SHARE = 0.7
"""Of a root segment that was cut: from there a hair is followed, for its end is known less well than its middle."""
_PLAY = Play(root_px=6.0, end_px=8.0)
"""The ends of a root segment that was cut are known no better than this across the hair."""


def follow(
    fields: HairFields, segments: NDArray[np.float64], settings: FollowSettings, sure: NDArray[np.float64] | None = None
) -> list[Array]:
    """Centre lines of hairs whose root segments are known.

    A short segment ends at the tip, and its line runs from end to end of it, along the ridge of the strand field. A
    longer one was cut, and the hair is followed on from there, straight through crossings and over short gaps, until
    the field knows of it no more. Where two would run on along one line, one of them ends.

    Parameters
    ----------
    fields : HairFields
    segments : float array, shape (n, 4)
        Root segments in px of the maps: x and y of the root, x and y of the end.
    settings : FollowSettings
    sure : float array, shape (n,), optional
        How sure each segment is a hair, 0 to 1. One much less sure than another takes nothing from it, and one that is
        hardly sure at all is not followed.

    Returns
    -------
    list of float arrays, shape (m, 2)
        One a segment, in their order: points (x, y) in px of the maps, root first, evenly spaced, at most one px apart.
    """
    segments = np.asarray(segments, np.float64).reshape(-1, 4)
    lifted = lift(fields.strand)
    lines = bow_lines(lifted, segments, settings.most_bow_share)
    lengths = (np.array([len(line) for line in lines]) - 1) * fields.um_per_px
    sure = np.ones(len(segments)) if sure is None else sure
    long = np.flatnonzero((lengths >= settings.least_length_um) & (sure >= settings.least_confidence))
    if len(long):
        loose = bow_lines(lifted, segments[long], settings.most_bow_share, _PLAY)
        followed = _walked_on(lifted, loose, _gait(settings, fields.um_per_px))
        for i, line in zip(long, followed, strict=True):
            lines[i] = line
    own = [round(length / fields.um_per_px) + 1 for length in lengths]
    keep = unshared(lines, own, settings.merged_um / fields.um_per_px, sure)
    return [line[:count] for line, count in zip(lines, keep, strict=True)]


def _walked_on(lifted: Lifted, lines: list[Array], gait: Gait) -> list[Array]:
    """Lines of root segments, carried on from where they are known best; as they are where a walk comes less far."""
    known = [line[: max(round(_KNOWN_SHARE * len(line)), 3)] for line in lines]
    most = gait.most_px + max(len(line) - len(first) for line, first in zip(lines, known, strict=True))
    starts = np.array([_start(lifted, first, gait.least) for first in known])
    whole = []
    for line, first, rest in zip(lines, known, walk(lifted, starts, replace(gait, most_px=most)), strict=True):
        farther = len(first) + len(rest) > len(line)
        whole.append(np.concatenate([first, rest])[: len(line) + gait.most_px] if farther else line)
    return [_in_frame(lifted, line) for line in _smoothed(lifted, whole)]


def _in_frame(lifted: Lifted, line: Array) -> Array:
    """A line up to where it leaves the frame; two points at least."""
    outside = ~lifted.inside(*line.T)
    outside[:2] = False
    return line[: int(np.argmax(np.append(outside, True)))]


def _gait(settings: FollowSettings, um_per_px: float) -> Gait:
    return Gait(
        most_bend=np.radians(settings.max_turn_deg_per_100_um) * um_per_px / 100,
        gap_px=round(settings.gap_um / um_per_px),
        most_px=round(settings.most_length_um / um_per_px),
        least=settings.least_strand,
    )


def _start(lifted: Lifted, line: Array, least: float) -> Array:
    """Where a walk begins: x, y, direction and bend at the end of a line, and the usual response along it."""
    x, y = line.T
    response = lifted.at(x, y, np.arctan2(np.gradient(y), np.gradient(x)))
    reach = min(_REACH_PX, (len(line) - 1) // 2)
    pieces = np.diff(line[[-1 - 2 * reach, -1 - reach, -1]], axis=0)
    before, last = np.arctan2(pieces[:, 1], pieces[:, 0])
    bend = ((last - before + np.pi) % (2 * np.pi) - np.pi) / reach
    return np.array([x[-1], y[-1], last + bend * reach / 2, bend, max(float(np.median(response)), least)])


def _smoothed(lifted: Lifted, lines: list[Array]) -> list[Array]:
    """Lines moved onto the ridge beside them, without the small steps of a walk; their roots stay."""
    ways = [np.gradient(line, axis=0) for line in lines]
    x, y = np.concatenate(lines).T
    angle = np.concatenate([np.arctan2(way[:, 1], way[:, 0]) for way in ways])
    aside, weight = lifted.ridge_beside(x, y, angle)
    smoothed = []
    ends = np.cumsum([0, *(len(line) for line in lines)])
    for line, first, last in zip(lines, ends[:-1], ends[1:], strict=True):
        part = slice(first, last)
        total = gaussian_filter1d(weight[part], _SMOOTH_PX, mode="nearest")
        shift = gaussian_filter1d(weight[part] * aside[part], _SMOOTH_PX, mode="nearest") / (total + 1e-6)
        shift[0] = 0.0
        moved = line + shift[:, None] * np.stack([-np.sin(angle[part]), np.cos(angle[part])], axis=1)
        smoothed.append(_smooth(moved))
    return smoothed


def _smooth(line: Array) -> Array:
    """A line without the small steps of a walk; its two ends stay."""
    room = min(len(line) - 1, int(4 * _SMOOTH_PX) + 1)
    longer = np.pad(line, ((room, room), (0, 0)), mode="reflect", reflect_type="odd")
    return evenly(gaussian_filter1d(longer, _SMOOTH_PX, axis=0)[room : room + len(line)])
