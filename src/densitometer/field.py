"""Find what may be counted: the skin that is in view, without print, padding and black rim."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Field:
    """The part of a photograph in which hair is counted.

    Attributes
    ----------
    usable : bool array, shape (height, width)
        True where skin may be counted.
    obscured : bool array, shape (height, width)
        True where something printed lies on the skin (letters, bars, circles and leader lines) so that what is
        beneath cannot be seen; always False where ``usable`` is True.
    text : bool
        True when burned-in text was found, which may identify a patient.
    """

    usable: NDArray[np.bool_]
    obscured: NDArray[np.bool_]
    text: bool = False

    def area_cm2(self, um_per_px: float) -> float:
        """Area of the usable field in cm2 at a scale of ``um_per_px`` micrometres per pixel."""
        return float(np.count_nonzero(self.usable)) * (um_per_px * 1e-4) ** 2
