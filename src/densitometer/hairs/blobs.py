"""Connected dark regions of a strand map, and what the clear ones say of the photograph's hairs."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from densitometer.hairs.cost import Blob, Prior
from densitometer.settings import BundleSettings
from densitometer.strands import StrandMap

_SPOT_BOX, _SPOT_LENGTH, _SPOT_FILLED = 1.5, 1.25, 0.97
"""A spot's box and the bar with its moments are at most this long for their width, and the bar is this much filled."""

_ENOUGH_LENGTHS = 6


@dataclass(frozen=True)
class Regions:
    """Connected regions of positive evidence that hold at least one clear hair's darkness.

    Attributes
    ----------
    labels : int32 array, shape (h, w)
        0 is background.
    boxes : int array, shape (n, 5)
        Left, top, width, height and area of each label, the background's included.
    kept : tuple of int
        Labels that are dark and large enough to hold hair.
    """

    labels: NDArray[np.int32]
    boxes: NDArray[np.int32]
    kept: tuple[int, ...]

    def pixels(self, label: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Columns and rows of a region's pixels."""
        left, top, width, height, _ = self.boxes[label]
        rows, columns = np.nonzero(self.labels[top : top + height, left : left + width] == label)
        return columns + left, rows + top

    def extent_px(self, label: int) -> float:
        """Diagonal of a region's box."""
        return float(np.hypot(self.boxes[label][2], self.boxes[label][3]))


def find_regions(strands: StrandMap, settings: BundleSettings) -> Regions:
    """Label the regions where the evidence is for hair."""
    mask = (strands.evidence > settings.mask_evidence).astype(np.uint8)
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    peak = np.zeros(count)
    np.maximum.at(peak, labels.ravel(), cv2.blur(strands.prepared.darkness, (3, 3)).ravel())
    least_px2 = settings.min_area_um2 / strands.um_per_px**2
    kept = [i for i in range(1, count) if peak[i] >= settings.seed_darkness and boxes[i][4] >= least_px2]
    regions = Regions(labels, boxes, tuple(kept))
    return replace(regions, kept=tuple(label for label in kept if not _is_spot(regions, label)))


def _is_spot(regions: Regions, label: int) -> bool:
    """Tell a freckle or a clot from hair: as wide as long, and filled; hairs that cross leave gaps between them."""
    _, _, width, height, area = regions.boxes[label]
    if max(width, height) > _SPOT_BOX * min(width, height):
        return False
    length, across, _ = _as_bar(*regions.pixels(label))
    return bool(length < _SPOT_LENGTH * across and area > _SPOT_FILLED * length * across)


def blob_of(strands: StrandMap, regions: Regions, label: int, margin: int = 3) -> tuple[Blob, NDArray[np.float64]]:
    """One region's window, other regions in it blanked, and the window's offset (x, y)."""
    left, top, width, height, _ = (int(v) for v in regions.boxes[label])
    rows = slice(max(0, top - margin), top + height + margin)
    columns = slice(max(0, left - margin), left + width + margin)
    evidence = strands.evidence[rows, columns].copy()
    owner = regions.labels[rows, columns]
    skin = float(strands.evidence.min())
    evidence[(owner != label) & (owner > 0)] = skin
    near = cv2.dilate((evidence > skin + 0.01).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    y, x = np.nonzero(near)
    blob = Blob(evidence, x.astype(np.float32), y.astype(np.float32), evidence[y, x])
    return blob, np.array([columns.start, rows.start], float)


def prior_of(strands: StrandMap, regions: Regions, settings: BundleSettings) -> Prior:
    """Usual width, and the typical direction of the regions that are longer than wide.

    A width taken from each photograph's own bar-shaped regions was tried and did worse on the annotated photographs:
    two hairs side by side make as good a bar as one.
    """
    double_angles, total = 0j, 0.0
    least_px2 = 1.5 * settings.min_area_um2 / strands.um_per_px**2
    for label in regions.kept:
        if regions.boxes[label][4] < least_px2:
            continue
        length, width, angle = _as_bar(*regions.pixels(label))
        if length > 1.8 * width:
            weight = min(length, 640 / strands.um_per_px)
            double_angles += np.exp(2j * angle) * weight
            total += weight
    # Hair that lies in every direction has no typical one.
    coherent = abs(double_angles) > settings.least_coherence * total
    direction = float(np.angle(double_angles) / 2) if coherent else None
    return Prior(settings.usual_width_um / strands.um_per_px, direction)


def with_length(prior: Prior, lone_lengths_px: list[float]) -> Prior:
    """Add the typical length of the hairs that stood alone so far, when they are enough to tell."""
    if len(lone_lengths_px) < _ENOUGH_LENGTHS:
        return prior
    lengths = np.sort(lone_lengths_px)
    # Half of all the length lies in longer hairs: debris is short and weighs little.
    typical = lengths[np.searchsorted(np.cumsum(lengths), lengths.sum() / 2)]
    return replace(prior, length_px=float(typical))


def _as_bar(x: NDArray[np.intp], y: NDArray[np.intp]) -> tuple[float, float, float]:
    """Length, width and direction of the bar with the same second moments as the pixels."""
    values, vectors = np.linalg.eigh(np.cov(np.stack([x, y])))
    length, width = np.sqrt(12 * max(values[1], 0.1)), np.sqrt(12 * max(values[0], 0.1))
    return float(length), float(width), float(np.arctan2(vectors[1, 1], vectors[0, 1]))
