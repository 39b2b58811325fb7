"""What the comparison of two visits needs of one photograph: hairs, countable skin and marks, in micrometres."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from densitometer.hairs import Hair
from densitometer.hairs.finish import holds
from densitometer.measure import Measurement
from densitometer.prepare import Prepared

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

GRID_UM = 20.0
"""Side of the cells in which the countable skin is kept."""
_NONE = -1


@dataclass(frozen=True)
class View:
    """One photograph at one visit. Places are (x, y) in um, from the centre of the top-left pixel.

    Attributes
    ----------
    photo : str
        Its name in every table.
    um_per_px : float
    hair : (n,) int array
        Numbers of the hairs as in ``hairs.csv``; every hair that is listed, counted or not.
    root_um, tip_um : (n, 2) float arrays
    width_um : (n,) float array
        NaN where there is none.
    estimated : (n,) bool array
        Whether that width is the network's estimate.
    confidence, root_confidence : (n,) float arrays
    counted : (n,) bool array
    unit : (n,) int array
        Follicular unit; -1 for none.
    usable : bool array
        Countable skin, one cell of `GRID_UM` a value; cell (0, 0) has its middle at the centre of the top-left pixel.
    marks_um : (m, 3) float array
        Skin marks that stay from visit to visit: x, y and radius.
    prepared : Prepared or None
        The photograph evened out, to look at again; None where only its measurement is at hand.
    picture_um_per_px : float
        Scale of the picture that it was made from.
    """

    photo: str
    um_per_px: float
    hair: IntArray
    root_um: FloatArray
    tip_um: FloatArray
    width_um: FloatArray
    estimated: BoolArray
    confidence: FloatArray
    root_confidence: FloatArray
    counted: BoolArray
    unit: IntArray
    usable: BoolArray
    marks_um: FloatArray
    prepared: Prepared | None = None
    picture_um_per_px: float = 1.0

    def __len__(self) -> int:
        return len(self.hair)

    @property
    def area_cm2(self) -> float:
        """Countable skin, as the cells tell."""
        return float(np.count_nonzero(self.usable)) * (GRID_UM * 1e-4) ** 2

    def shows(self, places_um: FloatArray) -> BoolArray:
        """Tell which places, (..., 2) in um, lie on countable skin."""
        return holds(self.usable, np.asarray(places_um) / GRID_UM)


def view_of(photo: str, measurement: Measurement, marks_px: Sequence[tuple[float, float, float]] = ()) -> View | None:
    """View of a photograph that was just measured; None without a scale.

    Parameters
    ----------
    photo : str
    measurement : Measurement
    marks_px : sequence of (x, y, radius)
        In px.
    """
    um_per_px = measurement.scale.um_per_px
    if um_per_px is None:
        return None
    hairs = measurement.hairs
    return View(
        photo=photo,
        um_per_px=um_per_px,
        hair=np.arange(1, len(hairs) + 1),
        root_um=_places([hair.root_px for hair in hairs]) * um_per_px,
        tip_um=_places([hair.tip_px for hair in hairs]) * um_per_px,
        width_um=np.array([hair.width_px for hair in hairs], float) * um_per_px,
        estimated=_flagged(hairs, "width_estimated"),
        confidence=np.array([hair.confidence for hair in hairs], float),
        root_confidence=np.array([hair.root_confidence for hair in hairs], float),
        counted=np.array([hair.counted for hair in hairs], bool),
        unit=np.array([_NONE if hair.unit is None else hair.unit for hair in hairs], np.int64),
        usable=on_grid(measurement.field.usable, um_per_px),
        marks_um=np.array(marks_px, float).reshape(-1, 3) * um_per_px,
    )


def view_from_rows(
    photo: str,
    um_per_px: float,
    hairs: Sequence[Mapping[str, object]],
    usable: BoolArray,
    marks_px: Sequence[tuple[float, float, float]] = (),
) -> View:
    """View of a photograph from its rows of ``hairs.csv``, its countable pixels and its marks (x, y, radius) in px."""

    def numbers(name: str) -> FloatArray:
        return np.array([np.nan if row[name] is None else row[name] for row in hairs], float)

    def flagged(name: str) -> BoolArray:
        return np.array([name in str(row["flags"] or "").split(";") for row in hairs], bool)

    return View(
        photo=photo,
        um_per_px=um_per_px,
        hair=numbers("hair").astype(np.int64),
        root_um=np.column_stack([numbers("root_x_px"), numbers("root_y_px")]).reshape(-1, 2) * um_per_px,
        tip_um=np.column_stack([numbers("tip_x_px"), numbers("tip_y_px")]).reshape(-1, 2) * um_per_px,
        width_um=numbers("width_um"),
        estimated=flagged("width_estimated"),
        confidence=numbers("confidence"),
        root_confidence=numbers("root_confidence"),
        counted=numbers("counted") == 1,
        unit=np.nan_to_num(numbers("unit"), nan=_NONE).astype(np.int64),
        usable=on_grid(usable, um_per_px),
        marks_um=np.array(marks_px, float).reshape(-1, 3) * um_per_px,
    )


def on_grid(usable: BoolArray, um_per_px: float) -> BoolArray:
    """Countable pixels as cells of `GRID_UM`, each as the pixel at its middle."""
    height, width = usable.shape
    columns = np.round(np.arange(0, (width - 1) * um_per_px, GRID_UM) / um_per_px).astype(int)
    rows = np.round(np.arange(0, (height - 1) * um_per_px, GRID_UM) / um_per_px).astype(int)
    return np.ascontiguousarray(usable[np.ix_(np.minimum(rows, height - 1), np.minimum(columns, width - 1))])


def _places(places: Sequence[tuple[float, float]]) -> FloatArray:
    return np.array(places, float).reshape(-1, 2)


def _flagged(hairs: Sequence[Hair], name: str) -> BoolArray:
    return np.array([name in hair.flags for hair in hairs], bool)
