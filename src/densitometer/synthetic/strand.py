"""One hair as it stands on the scalp, in millimetres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
WIDTH_LIMITS_UM = (10.0, 140.0)


@dataclass(frozen=True)
class Strand:
    """One hair. Scalp coordinates: x right, y down (as a photograph shows them), z up from the skin, all in mm.

    Attributes
    ----------
    hair, unit : int
        Numbers that stay with the hair and its follicular unit from visit to visit, from 1; loose pieces have unit 0.
    kind : str
        ``terminal``, ``fine`` or ``loose`` (a cut piece that lies on the skin: no root).
    colour : str
        One of `densitometer.synthetic.style.COLOURS`.
    points_mm : (n, 3) float array
        Centre line above the skin, root first, evenly spaced along the shaft in space.
    widths_um : (n,) float array
        Width at each of these points.
    under_mm : (m, 3) float array
        Centre line under the skin from the root (z = 0) down towards the bulb, z negative; empty for a loose piece.
    """

    hair: int
    unit: int
    kind: str
    colour: str
    points_mm: FloatArray
    widths_um: FloatArray
    under_mm: FloatArray

    @property
    def root_mm(self) -> FloatArray:
        """Where the shaft leaves the skin: x, y in mm."""
        return self.points_mm[0, :2]

    @property
    def width_um(self) -> float:
        """Mean width along the shaft: that at its points, which are evenly spaced."""
        return float(self.widths_um.mean())

    @property
    def length_mm(self) -> float:
        """Length above the skin, along the shaft in space."""
        return float(np.linalg.norm(np.diff(self.points_mm, axis=0), axis=1).sum())


@dataclass(frozen=True)
class Scalp:
    """A patch of scalp with all its hairs, larger than any one photograph of it.

    Attributes
    ----------
    seed : int
        Seed it was grown from; its skin stands on the same one.
    size_mm : tuple of float
        Width and height; coordinates run from (0, 0) to these.
    strands : tuple of Strand
        Every hair, in the order of their numbers.
    """

    seed: int
    size_mm: tuple[float, float]
    strands: tuple[Strand, ...]
