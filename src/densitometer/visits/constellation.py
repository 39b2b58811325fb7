"""Roots of one photograph as a constellation: points on the plane of complex numbers, and where they could be seen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from densitometer.hairs.finish import holds
from densitometer.settings.align import AlignSettings
from densitometer.visits.view import GRID_UM, BoolArray, FloatArray, View

ComplexArray = NDArray[np.complex128]

_MARK_WEIGHT = 3.0
"""A mole or a tattoo dot tells as much as so many roots."""
_NEAR_UM = 400.0
"""Roots are denser near others, as follicular units are: looked at within this."""


@dataclass(frozen=True)
class Constellation:
    """Points of a view as x + iy in um, by which a turn, a scale and a shift are one product and one sum.

    Attributes
    ----------
    points : (n,) complex array
    weight : (n,) float array
        How far each is trusted to be a root that stays; 1 for a hair seen clearly.
    usable : bool array
        Cells of `GRID_UM` in which a root would have been seen, as `View.usable`.
    """

    points: ComplexArray
    weight: FloatArray
    usable: BoolArray

    def __len__(self) -> int:
        return len(self.points)

    @cached_property
    def tree(self) -> cKDTree:
        """The points for looking up neighbours."""
        return cKDTree(xy(self.points).reshape(-1, 2))

    @cached_property
    def per_um2(self) -> float:
        """Points on a square micrometre of countable skin."""
        return len(self) / max(float(np.count_nonzero(self.usable)) * GRID_UM**2, 1.0)

    @cached_property
    def crowding(self) -> FloatArray:
        """Points on a square micrometre around each point, itself left out, and never less than on average."""
        within = np.array([len(near) for near in self.tree.query_ball_point(xy(self.points), _NEAR_UM)], float)
        return np.maximum((within - 1) / (np.pi * _NEAR_UM**2), self.per_um2)

    def shows(self, points: ComplexArray) -> BoolArray:
        """Tell at which points a root would have been seen."""
        return holds(self.usable, xy(points) / GRID_UM)

    def mirrored(self) -> Constellation:
        """The constellation as a mirrored photograph would show it: of the same statistics, and never the same."""
        width = (self.usable.shape[1] - 1) * GRID_UM
        points = (width - self.points.real) + 1j * self.points.imag
        return replace(self, points=points, usable=np.ascontiguousarray(self.usable[:, ::-1]))

    def worth(self, sigma_um: float, found: float) -> NDArray[np.float32]:
        """What a point is worth as evidence that falls on each cell: a log likelihood ratio against chance.

        Parameters
        ----------
        sigma_um : float
            By how much roots of the same hair differ, along each axis.
        found : float
            Share of the points that are found again.

        Returns
        -------
        (height + 2, width + 2) float32 array
            On the cells of `usable` with a rim of zeros, where nothing could have been seen.
        """
        height, width = self.usable.shape
        dots = np.zeros((height, width), np.float32)
        column = np.clip(np.rint(self.points.real / GRID_UM).astype(int), 0, width - 1)
        row = np.clip(np.rint(self.points.imag / GRID_UM).astype(int), 0, height - 1)
        np.add.at(dots, (row, column), np.minimum(self.weight, 1.0).astype(np.float32))
        spread = cv2.GaussianBlur(dots, (0, 0), sigma_um / GRID_UM, borderType=cv2.BORDER_CONSTANT)
        ratio = spread / (self.per_um2 * GRID_UM**2)
        worth = np.where(self.usable, np.log(1 - found + found * ratio), 0.0)
        return np.pad(worth, 1).astype(np.float32)


def xy(points: ComplexArray) -> FloatArray:
    """Points as (..., 2) x and y."""
    return np.stack([points.real, points.imag], axis=-1)


def constellation_of(view: View, settings: AlignSettings) -> Constellation:
    """The roots of a view that are sure enough, and its skin marks, the most trusted first."""
    kept = view.confidence >= settings.least_confidence
    kept &= np.isfinite(view.root_um).all(axis=1)
    roots = view.root_um[kept]
    marks = view.marks_um[:, :2]
    places = np.concatenate([roots, marks]).reshape(-1, 2)
    weight = np.concatenate([view.confidence[kept], np.full(len(marks), _MARK_WEIGHT)])
    order = np.lexsort((places[:, 1], places[:, 0], -weight))
    return Constellation(places[order, 0] + 1j * places[order, 1], weight[order], view.usable)
