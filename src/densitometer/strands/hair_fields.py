"""What the strand network answers: hairs as vectors, and a strand field lifted by orientation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatMap = NDArray[np.float32]


@dataclass(frozen=True)
class HairFields:
    """Maps of one photograph, all at one scale.

    A hair's *root segment* is the chord from its root to the point one millimetre along it, or to its tip where that is
    nearer. Vectors hold near the middles of root segments only.

    Attributes
    ----------
    middle : float32 array, shape (h, w)
        Score, 0 to 1, that the middle of a root segment lies here; no calibrated probability.
    axis : float32 array, shape (2, h, w)
        Cosine and sine of twice the segment's angle in the picture (x right, y down): the same whichever end is the
        root.
    half_length_um : float32 array, shape (h, w)
        Half of the segment's length.
    to_root : float32 array, shape (2, h, w)
        Mean unit vector (x, y) from the middle to the root; shorter the less it is known.
    width_um : float32 array, shape (h, w)
        Width of the hair.
    strand : float32 array, shape (8, h, w)
        Score, 0 to 1, that a centre line runs through here at the angle k pi / 8 of map k (x right, y down). Hairs that
        cross lie in different maps.
    um_per_px : float
        Of these maps.
    px_per_px : float
        Pixels of the photograph in one pixel of these maps.
    """

    middle: FloatMap
    axis: FloatMap
    half_length_um: FloatMap
    to_root: FloatMap
    width_um: FloatMap
    strand: FloatMap
    um_per_px: float
    px_per_px: float

    def to_photo(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Turn (x, y) points of these maps into pixels of the photograph."""
        return (points + 0.5) * self.px_per_px - 0.5

    def from_photo(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Turn (x, y) pixels of the photograph into points of these maps."""
        return (points + 0.5) / self.px_per_px - 0.5
