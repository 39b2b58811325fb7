"""Candidate hairs of a dark blob: the best run of evidence along every line of every direction."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from densitometer.hairs.cost import Blob, Cost
from densitometer.hairs.rods import Rods, no_rods, straight_rods

_SCANNED = 400
"""Candidates looked at before near twins are dropped."""


def find_candidates(blob: Blob, cost: Cost) -> Rods:
    """Straight rods worth considering, best first, near twins dropped.

    For every direction the evidence is turned, averaged over a hair's width, and each line searched for its run of
    highest sum (Kadane's maximum subarray); lines that beat their neighbours become candidates.
    """
    found = [_in_direction(blob.evidence, k, cost) for k in range(cost.settings.directions)]
    scores = np.concatenate([score for _, score in found])
    rods = np.concatenate([rods for rods, _ in found])
    if not len(rods):
        return no_rods()
    order = np.argsort(-scores, kind="stable")[:_SCANNED]
    return _without_twins(rods[order], cost.settings.max_candidates)


def _in_direction(evidence: NDArray[np.float32], k: int, cost: Cost) -> tuple[Rods, NDArray[np.float64]]:
    """Candidates along direction number ``k`` and the evidence that each covers."""
    matrix, side = _turn(evidence.shape, np.pi * k / cost.settings.directions)
    skin = float(evidence.min())
    turned = cv2.warpAffine(evidence, matrix, (side, side), flags=cv2.INTER_LINEAR, borderValue=skin)
    back = cv2.invertAffineTransform(matrix)
    rods, scores = [no_rods()], [np.zeros(0)]
    for share in cost.settings.width_shares:
        width = max(2, round(cost.prior.width_px * share))
        start, end, score = _best_runs(cv2.blur(turned, (1, width)))
        score = score * width
        rows = _peaks(score, cost.prior.width_px)
        rows &= (score > 0.25 * cost.hair_px2) & (end - start > cost.min_length_px)
        row = np.flatnonzero(rows)
        # A mean over an even number of rows is centred half a row above.
        centre = row - (0.0 if width % 2 else 0.5)
        first = np.stack([start[row], centre], axis=1) @ back[:, :2].T + back[:, 2]
        second = np.stack([end[row] - 1.0, centre], axis=1) @ back[:, :2].T + back[:, 2]
        rods.append(straight_rods(np.concatenate([first, second], axis=1), np.full(len(row), float(width))))
        scores.append(score[row])
    return np.concatenate(rods), np.concatenate(scores)


def _turn(shape: tuple[int, ...], angle: float) -> tuple[NDArray[np.float64], int]:
    """Rotation of a window about its centre into a square that holds it whole."""
    side = int(np.ceil(np.hypot(shape[0], shape[1]))) + 4
    cos, sin = np.cos(angle), np.sin(angle)
    matrix = np.array([[cos, sin, 0.0], [-sin, cos, 0.0]])
    centre = np.array([(shape[1] - 1) / 2, (shape[0] - 1) / 2])
    matrix[:, 2] = (side - 1) / 2 - matrix[:, :2] @ centre
    return matrix, side


def _best_runs(
    rows: NDArray[np.float32],
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Run of highest sum in each row: first column, column after the last, sum."""
    sums = np.zeros((rows.shape[0], rows.shape[1] + 1))
    np.cumsum(rows, axis=1, out=sums[:, 1:])
    lowest = np.minimum.accumulate(sums, axis=1)
    gain = sums - lowest
    each = np.arange(len(rows))
    end = gain.argmax(axis=1)
    columns = np.arange(sums.shape[1])
    at_lowest = (sums == lowest[each, end][:, None]) & (columns <= end[:, None])
    start = np.where(at_lowest, columns, -1).max(axis=1)
    return start, end, gain[each, end]


def _peaks(score: NDArray[np.float64], width_px: float) -> NDArray[np.bool_]:
    """Rows whose score no row within a third of a hair's width exceeds."""
    reach = max(3, int(width_px * 0.35) | 1)
    highest = cv2.dilate(score[:, None], np.ones((reach, 1)), borderType=cv2.BORDER_REPLICATE).ravel()
    # A row here and there across flat scores as well (hairs side by side) gave better explanations by the price, and
    # worse hairs on the annotated photographs (choosing half).
    return np.asarray(score >= highest - 1e-6)


def _without_twins(rods: Rods, most: int) -> Rods:
    """Drop rods whose both ends and width lie within about two pixels of a better one's."""
    ends = rods[:, :4]
    same_way = np.abs(ends[:, None] - ends[None]).max(axis=2)
    other_way = np.abs(ends[:, None, [2, 3, 0, 1]] - ends[None]).max(axis=2)
    twin = (np.minimum(same_way, other_way) < 2.2) & (np.abs(rods[:, None, 4] - rods[None, :, 4]) < 1.1)
    kept: list[int] = []
    dropped = np.zeros(len(rods), bool)
    for i in range(len(rods)):
        if not dropped[i]:
            kept.append(i)
            dropped |= twin[i]
        if len(kept) == most:
            break
    return rods[kept]
