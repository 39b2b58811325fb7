"""Fine hairs: too thin to count as dark area, but lighter skin lies on both of their sides."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from densitometer.hairs import rods as rod
from densitometer.hairs.cost import Prior
from densitometer.hairs.rods import Rods, no_rods
from densitometer.settings import FineSettings
from densitometer.strands import StrandMap


def find_fine_hairs(
    strands: StrandMap, thick: Rods, prior: Prior, settings: FineSettings
) -> tuple[Rods, NDArray[np.float64]]:
    """Trace lines of two-sided contrast that no thick hair explains.

    Parameters
    ----------
    strands : StrandMap
    thick : float array, shape (n, 7)
        Hairs found already.
    prior : Prior
    settings : FineSettings

    Returns
    -------
    rods : float array, shape (m, 7)
    contrast : float array, shape (m,)
        Mean two-sided line contrast along each, in units of darkness.
    """
    line = strands.line
    weak = (line > settings.low_contrast).astype(np.uint8)
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(weak, connectivity=8)
    strong = np.zeros(count, bool)
    strong[np.unique(labels[line > settings.high_contrast])] = True
    strong[0] = False
    # The border of what is masked is a line itself.
    unseen = cv2.erode(strands.prepared.visible.astype(np.uint8), np.ones((9, 9), np.uint8)) == 0
    found, contrasts = [no_rods()], []
    least = settings.min_length_um / strands.um_per_px
    for label in np.flatnonzero(strong & (boxes[:, 4] > 0.6 * least)):
        one = _as_line(labels, boxes[label], int(label), line, strands.um_per_px, settings)
        if one is None or not _plausible(one[0], thick, prior, least, settings):
            continue
        if _mostly_in(one[0], unseen):
            continue
        if one[1] * rod.lengths(one[0])[0] * strands.um_per_px < settings.least_strength_um:
            continue
        found.append(one[0])
        contrasts.append(one[1])
    return np.concatenate(found), np.array(contrasts)


def _as_line(
    labels: NDArray[np.int32],
    box: NDArray[np.int32],
    label: int,
    line: NDArray[np.float32],
    um_per_px: float,
    settings: FineSettings,
) -> tuple[Rods, float] | None:
    """Straight line through one region, weighted by contrast; None when the region is no line."""
    left, top, width, height, _ = box
    rows, columns = np.nonzero(labels[top : top + height, left : left + width] == label)
    weight = line[rows + top, columns + left].astype(float)
    contrast = float(weight.mean())
    # The filter's line runs over the hair's ends and lies aslant beside it: at an end half of its contrast is left.
    core = weight > np.percentile(weight, 90) / 2
    if np.count_nonzero(core) < 2:  # one pixel has no direction
        return None
    x, y, weight = columns[core] + float(left), rows[core] + float(top), weight[core]
    centre = np.array([np.average(x, weights=weight), np.average(y, weights=weight)])
    spread, axes = np.linalg.eigh(np.cov(np.stack([x, y]), aweights=weight))
    if np.sqrt(max(spread[0], 0)) * um_per_px > settings.straightness_um:
        return None
    axis = axes[:, 1]
    first, last = np.percentile((x - centre[0]) * axis[0] + (y - centre[1]) * axis[1], [2, 98])
    ends = np.concatenate([centre + first * axis, centre + last * axis])
    fitted = rod.straight_rods(ends[None], np.array([settings.width_um / um_per_px]))
    return fitted, contrast


def _mostly_in(one: Rods, mask: NDArray[np.bool_]) -> bool:
    """Whether more than half of a line lies in a mask."""
    columns, rows = np.round(rod.centre_line(one[0], 15)).astype(int).T
    height, width = mask.shape
    return bool(mask[np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1)].mean() > 0.5)


def _plausible(one: Rods, thick: Rods, prior: Prior, least_px: float, settings: FineSettings) -> bool:
    """Long enough, roughly along the photograph's hairs, and not the flank of a thick hair."""
    if rod.lengths(one)[0] < least_px:
        return False
    if prior.direction is not None and abs(np.degrees(rod.turns(one, prior.direction)[0])) > settings.max_turn_deg:
        return False
    if not len(thick):
        return True
    points = rod.centre_line(one[0], 15).astype(np.float32)
    wider = thick.copy()
    wider[:, rod.WIDTH] += 2
    inside = rod.cover(wider, points[:, 0], points[:, 1]).any(axis=0)
    return bool(inside.mean() <= settings.max_inside_share)
