"""Where a place of the baseline lies at the follow-up: a similarity, and a smooth bend for skin that stretches."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Warp:
    """Map from places of the baseline to places of the follow-up, both (x, y) in um.

    Attributes
    ----------
    similarity : (2, 3) float array
        Turn, scale and shift, never a mirror image.
    """

    similarity: FloatArray = field(default_factory=lambda: np.eye(2, 3))

    def forward(self, places_um: FloatArray) -> FloatArray:
        """Places of the baseline, (n, 2) um, as they lie at the follow-up."""
        return np.asarray(places_um) @ self.similarity[:, :2].T + self.similarity[:, 2]

    def backward(self, places_um: FloatArray) -> FloatArray:
        """Places of the follow-up, (n, 2) um, as they lay at the baseline."""
        return np.asarray(np.linalg.solve(self.similarity[:, :2], (np.asarray(places_um) - self.similarity[:, 2]).T).T)

    @property
    def turn_rad(self) -> float:
        """By how much the picture is turned, anticlockwise as seen on screen."""
        return float(-np.arctan2(self.similarity[1, 0], self.similarity[0, 0]))

    @property
    def scale_ratio(self) -> float:
        """Follow-up over baseline, 1 where both scales are right."""
        return float(np.hypot(*self.similarity[:, 0]))
