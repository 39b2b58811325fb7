"""Long hair: centre lines of a region's skeleton, carried on through crossings along the straightest way."""

from __future__ import annotations

from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from skimage.morphology import skeletonize

from densitometer.settings import LongSettings

Line = NDArray[np.float64]
"""Points (x, y), shape (n, 2), in px."""

_NEIGHBOURS = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1]], np.float32)


def trace_lines(mask: NDArray[np.bool_], um_per_px: float, settings: LongSettings) -> list[Line]:
    """Centre lines of the hairs in a mask, each once, crossings passed straight.

    The skeleton is cut at its junctions; at each junction the branches that continue each other best are joined, the
    straightest first.
    """
    skeleton = skeletonize(mask)
    junctions = _junctions(skeleton)
    branches = _branches(skeleton & ~(junctions > 0), least=3)
    spur = settings.spur_um / um_per_px
    branches = [b for b in branches if len(b) >= spur or not _has_free_end(b, junctions)]
    lines = _join(branches, junctions, settings, um_per_px)
    least = settings.min_length_um / um_per_px
    smooth = settings.smooth_um / um_per_px
    return [gaussian_filter1d(line, smooth, axis=0, mode="nearest")[::2] for line in lines if len(line) >= least]


def _junctions(skeleton: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Label the places where more than two branches meet, one pixel widened."""
    degree = cv2.filter2D(skeleton.astype(np.float32), -1, _NEIGHBOURS, borderType=cv2.BORDER_CONSTANT)
    meeting = (skeleton & (degree > 2)).astype(np.uint8)
    _, labels = cv2.connectedComponents(cv2.dilate(meeting, np.ones((3, 3), np.uint8)))
    return np.asarray(labels, np.int32)


def _branches(pieces: NDArray[np.bool_], least: int) -> list[Line]:
    """Pixels of each piece of skeleton in walking order."""
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(pieces.astype(np.uint8), connectivity=8)
    found = []
    for label in range(1, count):
        left, top, width, height, area = boxes[label]
        if area >= least:
            rows, columns = np.nonzero(labels[top : top + height, left : left + width] == label)
            found.append(_walk(np.stack([columns + left, rows + top], axis=1).astype(float)))
    return found


def _walk(pixels: Line) -> Line:
    """Order the pixels of one branch from one of its ends to the other."""
    index = {(int(x), int(y)): i for i, (x, y) in enumerate(pixels)}
    near = [
        [
            index[key]
            for dx in (-1, 0, 1)
            for dy in (-1, 0, 1)
            if (dx or dy) and (key := (int(x) + dx, int(y) + dy)) in index
        ]
        for x, y in pixels
    ]
    start = next((i for i, others in enumerate(near) if len(others) == 1), 0)
    order, seen = [start], {start}
    while True:
        ahead = [i for i in near[order[-1]] if i not in seen]
        if not ahead:
            return pixels[order]
        here = pixels[order[-1]]
        order.append(min(ahead, key=lambda i: (float(np.abs(pixels[i] - here).sum()), i)))
        seen.add(order[-1])


def _touching(junctions: NDArray[np.int32], point: NDArray[np.float64]) -> int:
    """Label of the junction next to a point, 0 if none."""
    x, y = int(point[0]), int(point[1])
    return int(junctions[max(0, y - 2) : y + 3, max(0, x - 2) : x + 3].max())


def _has_free_end(branch: Line, junctions: NDArray[np.int32]) -> bool:
    at = [_touching(junctions, branch[i]) for i in (0, -1)]
    return any(at) and not all(at)


def _join(branches: list[Line], junctions: NDArray[np.int32], settings: LongSettings, um_per_px: float) -> list[Line]:
    """Join branches at junctions, straightest pairs first, each end once."""
    reach = max(4, round(settings.direction_um / um_per_px))
    ends: dict[int, list[tuple[int, int]]] = {}
    for i, branch in enumerate(branches):
        for side in (0, -1):
            junction = _touching(junctions, branch[side])
            if junction:
                ends.setdefault(junction, []).append((i, side))
    partner: dict[tuple[int, int], tuple[int, int]] = {}
    for meeting in ends.values():
        pairs = [
            (_turn_deg(branches[a[0]], a[1], branches[b[0]], b[1], reach), a, b)
            for a, b in combinations(meeting, 2)
            if a[0] != b[0]
        ]
        for turn, a, b in sorted(pairs):
            if turn <= settings.max_turn_deg and a not in partner and b not in partner:
                partner[a], partner[b] = b, a
    return _chains(branches, partner)


def _turn_deg(a: Line, side_a: int, b: Line, side_b: int, reach: int) -> float:
    """Turn in degrees when leaving ``a`` by its end and going on into ``b``."""
    leaving, entering = -_inward(a, side_a, reach), _inward(b, side_b, reach)
    return float(np.degrees(np.arccos(np.clip(leaving @ entering, -1, 1))))


def _inward(line: Line, side: int, reach: int) -> NDArray[np.float64]:
    """Unit direction from an end into the line."""
    part = line[:reach] if side == 0 else line[::-1][:reach]
    step = part[-1] - part[0]
    return np.asarray(step / (np.hypot(*step) + 1e-9))


def _chains(branches: list[Line], partner: dict[tuple[int, int], tuple[int, int]]) -> list[Line]:
    """Follow the joined ends from branch to branch."""
    lines, used = [], set()
    heads = [(i, side) for i in range(len(branches)) for side in (0, -1) if (i, side) not in partner]
    for head in heads + [(i, 0) for i in range(len(branches))]:
        if head[0] in used:
            continue
        parts, at = [], head
        while at[0] not in used:
            used.add(at[0])
            branch = branches[at[0]]
            parts.append(branch if at[1] == 0 else branch[::-1])
            at = partner.get((at[0], -1 if at[1] == 0 else 0), at)
        lines.append(np.concatenate(parts))
    return lines
