"""What an explanation of a dark blob by rods is worth: evidence covered, less the price of every hair."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from densitometer.hairs import rods as rod
from densitometer.hairs.rods import Rods
from densitometer.settings import BundleSettings


@dataclass(frozen=True)
class Prior:
    """What a photograph's clear hairs say of all its hairs.

    Attributes
    ----------
    width_px : float
        Typical width, px of the strand map.
    direction : float or None
        Typical direction modulo a half turn, radians in image coordinates; None where there is none.
    length_px: float or None
        Typical length of the hairs that stand alone, px of the strand map; None where too few do.
    """

    width_px: float
    direction: float | None
    length_px: float | None = None


@dataclass(frozen=True)
class Blob:
    """The pixels around one connected dark region.

    Attributes
    ----------
    evidence : float32 array, shape (h, w)
        Of the window, other regions in it counted as skin.
    x, y, values : float32 arrays, shape (n,)
        The pixels that matter, and their evidence.
    """

    evidence: NDArray[np.float32]
    x: NDArray[np.float32]
    y: NDArray[np.float32]
    values: NDArray[np.float32]


@dataclass(frozen=True)
class Cost:
    """Price of rods and gain of explanations, all in px2 of sure evidence.

    The idea is minimum description length: each hair costs a fixed area of evidence, more where it is wider than the
    photograph's hairs, lies across them, tapers or bends; a pixel's evidence is gained once, however many hairs cover
    it, and covering it twice costs a little.
    """

    prior: Prior
    settings: BundleSettings
    um_per_px: float

    @property
    def hair_px2(self) -> float:
        """Price of one more ordinary hair."""
        return self.settings.hair_cost_um2 / self.um_per_px**2

    @property
    def alone_px2(self) -> float:
        """What a hair that stands alone in its blob is let off."""
        return self.hair_px2 * self.settings.alone_discount

    @property
    def min_length_px(self) -> float:
        """Shortest hair."""
        return self.settings.min_length_um / self.um_per_px

    def price(self, rods: Rods) -> NDArray[np.float64]:
        """Price of each rod, shape (n,)."""
        s = self.settings
        excess = np.log(rods[:, rod.WIDTH] / self.prior.width_px) / s.width_spread
        relative = s.width_cost * np.where(excess > 0, 1.0, s.thin_share) * excess**2
        relative += s.shape_cost * (rods[:, rod.TAPER] / s.taper_spread) ** 2
        relative += s.shape_cost * (rods[:, rod.BOW] / (rod.lengths(rods) + 1e-6) / s.bow_spread) ** 2
        if self.prior.direction is not None:
            beyond = np.degrees(np.abs(rod.turns(rods, self.prior.direction))) - s.free_turn_deg
            relative += s.turn_cost * np.clip(beyond / 30, 0, 2)
        if self.prior.length_px is not None:
            # Trimmed hairs are about equally long: a rod twice as long runs along two hairs in line.
            longer = np.log(np.maximum(rod.lengths(rods) / self.prior.length_px, 1.0)) / s.length_spread
            relative += s.length_cost * longer**2
        return np.asarray(self.hair_px2 * (1 + relative))

    def gain_over(self, blob: Blob, covered: NDArray[np.bool_]) -> NDArray[np.float32]:
        """Evidence still to be gained at each pixel when some are covered already, shape (n,)."""
        return np.where(covered, np.float32(-self.settings.overlap_cost), blob.values)

    def total(self, rods: Rods, blob: Blob) -> tuple[float, NDArray[np.float64]]:
        """Worth of rods together, and what each of them adds to it, shape (n,)."""
        covers = rod.cover(rods, blob.x, blob.y)
        times = covers.sum(axis=0)
        price = self.price(rods)
        overlap = self.settings.overlap_cost
        total = blob.values[times > 0].sum() - overlap * np.clip(times - 1, 0, None).sum() - price.sum()
        alone = (covers & (times == 1)) @ blob.values
        shared = (covers & (times > 1)).sum(axis=1)
        return float(total), np.asarray(alone - overlap * shared - price)
