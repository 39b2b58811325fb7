"""The strand field lifted by orientation: what is read at a place *and* in a direction.

Hairs that cross run through the same place in different directions, and so do not touch in the lifted field (Duits and
Franken 2010, orientation scores). A strand lies in every map within three quarters of an orientation's step, so the
nearest map holds it; between two maps nothing is mixed, since a mixture of two hairs is a hair where there is none.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_BLUR_PX = 0.8
"""Standard deviation. Less shows the steps of the pixels; more joins hairs that lie side by side."""
_ASIDE_PX = 0.6 * np.arange(-3, 4)  # no halves, which round to even numbers and so to one side
_ASIDE_WEIGHTS = np.exp(-((_ASIDE_PX / 1.5) ** 2) / 2)


@dataclass(frozen=True)
class Lifted:
    """Scores of a strand in every direction at every place.

    Attributes
    ----------
    values : float32 array, shape (orientations, height, width)
        Score, 0 to 1; orientation k is ``k pi / orientations``, x right, y down.
    """

    values: NDArray[np.float32]

    def at(self, x: Array, y: Array, angle: Array) -> NDArray[np.float32]:
        """Scores at places in directions (arrays of one shape); beyond the frame as at its border."""
        count, height, width = self.values.shape
        which = np.rint(angle * angle.dtype.type(count / np.pi)).astype(np.int32) % count
        row = np.clip(np.rint(y).astype(np.int32), 0, height - 1)
        column = np.clip(np.rint(x).astype(np.int32), 0, width - 1)
        return np.take(self.values, (which * height + row) * width + column)

    def ridge_beside(self, x: Array, y: Array, angle: Array) -> tuple[Array, Array]:
        """How far aside of places a ridge lies that runs in these directions, px, and how much of it there is."""
        sin, cos = np.sin(angle)[..., None], np.cos(angle)[..., None]
        across = np.broadcast_to(angle[..., None], (*angle.shape, len(_ASIDE_PX)))
        weight = self.at(x[..., None] - sin * _ASIDE_PX, y[..., None] + cos * _ASIDE_PX, across) * _ASIDE_WEIGHTS
        total = weight.sum(axis=-1)
        return weight @ _ASIDE_PX / (total + 0.1), total

    def inside(self, x: Array, y: Array) -> NDArray[np.bool_]:
        """Which places lie in the frame."""
        _, height, width = self.values.shape
        return np.asarray((x > -0.5) & (y > -0.5) & (x < width - 0.5) & (y < height - 0.5))


def lift(strand: NDArray[np.float32]) -> Lifted:
    """Lifted field of the strand maps, shape (orientations, height, width), blurred a little."""
    values = np.empty(strand.shape, np.float32)
    for raw, blurred in zip(strand, values, strict=True):
        cv2.GaussianBlur(np.ascontiguousarray(raw), (0, 0), _BLUR_PX, dst=blurred, borderType=cv2.BORDER_REPLICATE)
    return Lifted(values)
