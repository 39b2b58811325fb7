"""Long hair: centre lines of a region's skeleton, carried on through crossings along the straightest way."""

from __future__ import annotations

from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from skimage.morphology import skeletonize

from densitometer.settings import LongSettings

Line = NDArray[np.float64]
"""Points (x, y), shape (n, 2), in px."""

_LEAST_PX = 3
"""Shorter pieces of skeleton are no branches but belong to the junction."""
_NEAR_PX = 6.0
"""Ends nearer than this at a junction are not asked in which direction they lie from one another."""
_MOST_ASIDE_DEG = 60.0
"""Largest angle between the way of two branches and the line from the end of one to the end of the other."""

_NEIGHBOURS = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1]], np.float32)


def trace_lines(mask: NDArray[np.bool_], um_per_px: float, settings: LongSettings) -> list[Line]:
    """Centre lines of the hairs in a mask, each once, crossings passed straight.

    The skeleton is cut at its junctions; at each junction the branches that continue each other best are joined, the
    straightest first.
    """
    skeleton = skeletonize(mask)
    junctions = _junctions(skeleton)
    branches, junctions = _without_bridges(
        _branches(skeleton & ~(junctions > 0), least=_LEAST_PX), junctions, 1.5 * settings.direction_um / um_per_px
    )
    spur = settings.spur_um / um_per_px
    branches = [b for b in branches if len(b) >= spur or not _has_free_end(b, junctions)]
    lines = _join(branches, junctions, settings, um_per_px)
    least = settings.min_length_um / um_per_px
    smooth = settings.smooth_um / um_per_px
    smoothed = [_smoothed(line, smooth) for line in lines if len(line) >= least]
    return [_to_the_ends(line, mask, max(2, round(smooth)), spur) for line in smoothed]


def _to_the_ends(line: Line, mask: NDArray[np.bool_], reach: int, most_px: float) -> Line:
    """Carry a line on to the edge of the mask: a skeleton stops about half a width short of a hair's ends."""
    steps = np.arange(1, int(most_px) + 1)[:, None]
    added = []
    for end in (line, line[::-1]):
        way = end[0] - end[min(reach, len(end) - 1)]
        ahead = end[0] + steps * way / (np.hypot(*way) + 1e-9)
        column, row = np.round(ahead).astype(int).T
        within = (column >= 0) & (row >= 0) & (column < mask.shape[1]) & (row < mask.shape[0])
        within[within] = mask[row[within], column[within]]
        added.append(ahead[: int(np.argmin(np.append(within, False)))])
    return np.concatenate([added[0][::-1], line, added[1]])


def _smoothed(line: Line, sigma_px: float) -> Line:
    """Every second point of a line made smooth; its two ends stay where they are, so that no length is lost."""
    room = min(len(line) - 1, int(4 * sigma_px) + 1)
    longer = np.pad(line, ((room, room), (0, 0)), mode="reflect", reflect_type="odd")
    smooth = gaussian_filter1d(longer, sigma_px, axis=0, mode="nearest")[room : room + len(line)]
    return np.concatenate([smooth[:-1:2], line[-1:]])


def _junctions(skeleton: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Label the places where more than two branches meet, one pixel widened; near ones become one."""
    degree = cv2.filter2D(skeleton.astype(np.float32), -1, _NEIGHBOURS, borderType=cv2.BORDER_CONSTANT)
    meeting = cv2.dilate((skeleton & (degree > 2)).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    pieces = (skeleton & ~meeting).astype(np.uint8)
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(pieces, connectivity=8)
    between = boxes[:, 4] < _LEAST_PX
    between[0] = False
    _, labels = cv2.connectedComponents((meeting | between[labels]).astype(np.uint8))
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


def _without_bridges(
    branches: list[Line], junctions: NDArray[np.int32], most_px: float
) -> tuple[list[Line], NDArray[np.int32]]:
    """Drop short branches between two junctions and take these for one.

    Where two wide hairs cross, their skeleton runs together for a while. Left as a branch it could belong to one of
    the two only, and the other would be cut in half.
    """
    touching = np.array([[_touching(junctions, b[i]) for i in (0, -1)] for b in branches], int).reshape(-1, 2)
    bridge = (touching > 0).all(axis=1) & (np.array([len(b) for b in branches], int) < most_px)
    count = int(junctions.max()) + 1
    links = coo_matrix((np.ones(bridge.sum()), tuple(touching[bridge].T)), (count, count))
    group = connected_components(links, directed=False)[1]
    merged = np.where(np.arange(count) > 0, group + 1, 0).astype(np.int32)
    return [branch for branch, dropped in zip(branches, bridge, strict=True) if not dropped], merged[junctions]


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
        pairs = []
        for a, b in combinations(meeting, 2):
            turn, aside = _turns_deg(branches[a[0]], a[1], branches[b[0]], b[1], reach)
            if a[0] != b[0] and turn <= settings.max_turn_deg and aside <= _MOST_ASIDE_DEG:
                pairs.append((turn + aside / 2, a, b))
        for _, a, b in sorted(pairs):
            if a not in partner and b not in partner:
                partner[a], partner[b] = b, a
    return _chains(branches, partner)


def _turns_deg(a: Line, side_a: int, b: Line, side_b: int, reach: int) -> tuple[float, float]:
    """Turn in degrees when leaving ``a`` by its end and going on into ``b``; how far aside of that way ``b`` lies."""
    leaving, entering = -_inward(a, side_a, reach), _inward(b, side_b, reach)
    gap = b[side_b] - a[side_a]
    distance = float(np.hypot(*gap))
    aside = _angle_deg(gap / distance, leaving + entering) if distance > _NEAR_PX else 0.0
    return _angle_deg(leaving, entering), aside


def _angle_deg(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    size = float(np.hypot(*one) * np.hypot(*other))
    return float(np.degrees(np.arccos(np.clip(one @ other / (size + 1e-9), -1, 1))))


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
