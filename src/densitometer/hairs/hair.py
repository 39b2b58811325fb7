"""One hair, as every later stage sees it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Hair:
    """One hair, in the pixels of the photograph as displayed.

    Attributes
    ----------
    points_px : float array, shape (n, 2)
        Centre line as (x, y), from the root (first) to the tip (last), n >= 2.
    widths_px : float array, shape (n,)
        Diameter at each point, in px; NaN where a neighbour touches and it cannot be measured; the
        network's estimate, the same all along, where the hair is flagged ``width_estimated``.
    confidence : float
        Probability, 0 to 1, that this is one real hair.
    root_confidence : float
        Probability, 0.5 to 1, that the first point is the root rather than the tip.
    unit : int or None
        Number of its follicular unit, 1-based; None before units are formed.
    counted : bool
        True when the hair counts: its root can be told and lies in the usable field.
    flags : tuple of str
        Why it does not count or should be looked at: names from :mod:`densitometer.flags`.
    """

    points_px: NDArray[np.float64]
    widths_px: NDArray[np.float64]
    confidence: float
    root_confidence: float
    unit: int | None = None
    counted: bool = True
    flags: tuple[str, ...] = ()

    @property
    def root_px(self) -> tuple[float, float]:
        """Where the shaft leaves the skin, (x, y) in px."""
        return float(self.points_px[0, 0]), float(self.points_px[0, 1])

    @property
    def tip_px(self) -> tuple[float, float]:
        """The free end, (x, y) in px."""
        return float(self.points_px[-1, 0]), float(self.points_px[-1, 1])

    @property
    def length_px(self) -> float:
        """Length along the centre line, in px."""
        return float(np.hypot(*np.diff(self.points_px, axis=0).T).sum())

    @property
    def width_px(self) -> float:
        """Median diameter along the shaft, in px; NaN when it could be measured nowhere."""
        finite = self.widths_px[np.isfinite(self.widths_px)]
        return float(np.median(finite)) if finite.size else float("nan")
