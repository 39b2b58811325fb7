"""What every method of finding strands answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from densitometer.prepare import Prepared


@dataclass(frozen=True)
class StrandMap:
    """Where hair is, at the working scale.

    Attributes
    ----------
    evidence : float32 array, shape (h, w)
        For each pixel, how much it speaks for hair (positive) or skin (negative); bounded, 0 at a hair's edge.
    line : float32 array, shape (h, w)
        Contrast of a fine line through the pixel against both of its sides, in units of darkness.
    prepared : Prepared
        What it was found in.
    """

    evidence: NDArray[np.float32]
    line: NDArray[np.float32]
    prepared: Prepared

    @property
    def um_per_px(self) -> float:
        """Micrometres per pixel of the arrays."""
        return self.prepared.um_per_px
