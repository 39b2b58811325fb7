"""Hairs as vectors: from what the strand network answers to root segments, each once."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from densitometer.settings import VectorSettings
from densitometer.strands.hair_fields import HairFields

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Vectors:
    """Root segments, best first; lengths n. Places are (x, y) in px of the maps they were found in.

    Attributes
    ----------
    middle : (n, 2) float array
        Half-way between root and end.
    half : (n, 2) float array
        From the middle to the root.
    score : (n,) float array
        The network's score of the middle, 0 to 1.
    root_evidence : (n,) float array
        How well the network knows which end is the root, 0 to 1.
    width_um : (n,) float array
        Width that the network gives.
    """

    middle: FloatArray
    half: FloatArray
    score: FloatArray
    root_evidence: FloatArray
    width_um: FloatArray

    def __len__(self) -> int:
        return len(self.score)

    @property
    def root(self) -> FloatArray:
        """Root ends, (n, 2)."""
        return self.middle + self.half

    @property
    def end(self) -> FloatArray:
        """Other ends, (n, 2)."""
        return self.middle - self.half

    def chosen(self, which: NDArray[np.bool_] | NDArray[np.intp]) -> Vectors:
        """Some of them."""
        return Vectors(
            self.middle[which], self.half[which], self.score[which], self.root_evidence[which], self.width_um[which]
        )


def find_vectors(fields: HairFields, settings: VectorSettings | None = None) -> Vectors:
    """Root segments whose middles stand out, without those that tell of a hair a second time.

    Parameters
    ----------
    fields : HairFields
    settings : VectorSettings, optional
    """
    settings = settings or VectorSettings()
    score = cv2.GaussianBlur(fields.middle, (0, 0), settings.smooth_um / fields.um_per_px)
    rows, columns = np.nonzero((score == cv2.dilate(score, np.ones((3, 3)))) & (score > settings.least_score))
    order = np.lexsort((columns, rows, -score[rows, columns]))
    rows, columns = rows[order], columns[order]
    vectors = _read(fields, score, rows, columns)
    return vectors.chosen(_first_tellings(vectors, fields.um_per_px, settings))


def _read(fields: HairFields, score: NDArray[np.float32], rows: NDArray[np.intp], columns: NDArray[np.intp]) -> Vectors:
    """Vectors at these peaks, each the mean over its 3 x 3 px weighted by score."""

    def around(image: NDArray[np.float32]) -> FloatArray:
        padded = np.pad(image, 1, mode="edge")
        shifts = [padded[rows + dy, columns + dx] for dy in range(3) for dx in range(3)]
        return np.array(shifts, float)

    weight = around(score)
    weight /= weight.sum(axis=0)
    axis_x, axis_y, to_x, to_y, half_um, width_um = (
        (weight * around(one)).sum(axis=0)
        for one in (*fields.axis, *fields.to_root, np.log(fields.half_length_um), np.log(fields.width_um))
    )
    angle = np.arctan2(axis_y, axis_x) / 2
    unit = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    along = unit[:, 0] * to_x + unit[:, 1] * to_y
    unit *= np.where(along < 0, -1.0, 1.0)[:, None]
    half = unit * (np.exp(half_um) / fields.um_per_px)[:, None]
    middle = np.stack([columns + _summit(score, rows, columns, 1), rows + _summit(score, rows, columns, 0)], axis=1)
    peak = score[rows, columns].astype(float)
    return Vectors(middle, half, peak, np.minimum(np.abs(along), 1.0), np.exp(width_um))


def _summit(score: NDArray[np.float32], rows: NDArray[np.intp], columns: NDArray[np.intp], axis: int) -> FloatArray:
    """Where between the pixels the peak lies along one axis: summit of the parabola through three pixels."""
    padded = np.pad(score, 1, mode="edge").astype(float)
    dy, dx = (1, 0) if axis == 0 else (0, 1)
    before, here, after = (padded[rows + 1 + k * dy, columns + 1 + k * dx] for k in (-1, 0, 1))
    bend = before - 2 * here + after
    return np.clip(np.where(bend < 0, (before - after) / (2 * np.minimum(bend, -1e-9)), 0.0), -0.5, 0.5)


def _first_tellings(vectors: Vectors, um_per_px: float, settings: VectorSettings) -> NDArray[np.bool_]:
    """Which vectors, best first, are not told already by a better one: as near, and pointing the same way or back."""
    kept = np.zeros(len(vectors), bool)
    length = np.hypot(*vectors.half.T) + 1e-9
    unit = vectors.half / length[:, None]
    for k in range(len(vectors)):
        better = np.nonzero(kept[:k])[0]
        apart = vectors.middle[better] - vectors.middle[k]
        mean_unit = unit[better]
        along = np.abs((apart * mean_unit).sum(axis=1))
        across = np.abs(apart[:, 0] * mean_unit[:, 1] - apart[:, 1] * mean_unit[:, 0])
        turned = np.abs((mean_unit * unit[k]).sum(axis=1)) < np.cos(np.radians(settings.same_turn_deg))
        same = (across * um_per_px < settings.same_across_um) & ~turned
        same &= along < settings.same_along_share * (length[better] + length[k])
        kept[k] = not same.any()
    return kept
