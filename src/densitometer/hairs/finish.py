"""Traced centre lines become hairs: widths are measured, and it is told which count and why others do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from densitometer.hairs.hair import Hair
from densitometer.hairs.widths import measure_widths
from densitometer.prepare import Prepared
from densitometer.settings import Settings
from densitometer.srgb import linear

Line = NDArray[np.float64]
"""Points (x, y), shape (n, 2), in px."""

_REACH_UM = 28.0
"""How far beyond a hair's rough edge the skin is looked for when its width is measured."""
_LEAST_WIDTHS = 3
"""Places at which a width must be measured for the hair to have one."""
_AGREEING = 1.25
"""Ratio up to which a measured width and an estimated one are of the same shaft. Half-levels find another edge where
shafts are translucent, glare runs along them or a neighbour touches."""
_LINEAR = (255 * linear(np.arange(256) / 255.0)).astype(np.float32)
"""Linear light of the grey levels of sRGB. A lens blurs light, not grey levels: half-way between the
levels of shaft and skin, a blurred edge would lie inside the shaft."""


@dataclass(frozen=True)
class Sureness:
    """Of each hair, shape (n,): probability that it is one real hair, and that its first point is its root.

    ``least`` is the probability below which a hair is not counted.
    """

    hair: NDArray[np.float64]
    root: NDArray[np.float64]
    least: float


def finish_hairs(
    prepared: Prepared,
    rgb: NDArray[np.uint8],
    paths: Sequence[Line],
    rough_px: NDArray[np.float64],
    sureness: Sureness,
    settings: Settings,
    light: NDArray[np.bool_] | None = None,
    estimated: bool = False,
) -> tuple[Hair, ...]:
    """Hairs in the pixels of the photograph, with measured widths, flags, and whether they count.

    Parameters
    ----------
    prepared : Prepared
    rgb : uint8 array, shape (height, width, 3)
        The photograph, in which widths are measured.
    paths : sequence of (m, 2) float arrays
        Centre lines, root first, in px of ``prepared``.
    rough_px : float array, shape (n,)
        Rough width of each, in px of ``prepared``.
    sureness : Sureness
    settings : Settings
    light : bool array, shape (n,), optional
        Which hairs are lighter than the skin around; by default all or none, as `prepared` says.
    estimated : bool
        Whether the rough widths are estimates good enough to stand where none can be measured, or where what is
        measured is far from them.
    """
    brightness = _LINEAR[cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)]
    if light is None:
        light = np.full(len(paths), prepared.light_hair)
    open_skin = away_from_border(prepared, settings.hairs.border_um)
    root_counts = open_skin & prepared.countable.astype(np.uint8)
    reach_px = _REACH_UM / prepared.um_per_px * prepared.px_per_px
    frame = np.array(rgb.shape[1::-1]) - 1.0
    lines = [np.clip(prepared.to_photo(path), 0, frame) for path in paths]
    expected = rough_px * prepared.px_per_px
    pictures = {True: 255 - brightness, False: brightness} if light.any() else {False: brightness}
    widths = [
        measure_widths(pictures[bool(lit)], line, width, reach_px)
        for line, width, lit in zip(lines, expected, light, strict=True)
    ]
    hairs = []
    for path, line, measured, rough, sure, root_sure in zip(
        paths, lines, widths, expected, sureness.hair, sureness.root, strict=True
    ):
        flags, counted = _status(
            path, open_skin, root_counts, (float(sure), float(root_sure)), sureness.least, settings
        )
        width, width_flags = _width(measured, float(rough) if estimated else None)
        hairs.append(Hair(line, width, float(sure), float(root_sure), counted=counted, flags=flags + width_flags))
    return tuple(sorted(hairs, key=lambda hair: (round(hair.root_px[1], 3), round(hair.root_px[0], 3), hair.tip_px)))


def _status(
    path: Line,
    open_skin: NDArray[np.uint8],
    root_counts: NDArray[np.uint8],
    sure: tuple[float, float],
    least_confidence: float,
    settings: Settings,
) -> tuple[tuple[str, ...], bool]:
    """Flags of a hair, and whether it counts: its root lies in the field, whichever end that is."""
    confidence, root_confidence = sure
    root_inside, tip_inside = (bool(held) for held in holds(root_counts, path[[0, -1]]))
    unclear = root_confidence < settings.roots.least_confidence
    flags = []
    if unclear:
        flags.append("root_unclear")
    if not root_inside:
        flags.append("root_outside")
    if not holds(open_skin, path[[0, -1]]).all():
        flags.append("touches_border")
    if confidence < least_confidence:
        flags.append("low_confidence")
    counted = root_inside and (tip_inside or not unclear) and confidence >= least_confidence
    return tuple(flags), counted


def _width(measured: NDArray[np.float64], estimate: float | None) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Width along a hair, and its flags: what is measured, or the estimate where it is not or is far from it."""
    enough = np.isfinite(measured).sum() >= _LEAST_WIDTHS
    flags: tuple[str, ...] = () if enough else ("bundled",)
    if estimate is None:
        return (measured if enough else np.full(len(measured), np.nan)), flags
    if enough and estimate / _AGREEING < np.nanmedian(measured) < estimate * _AGREEING:
        return measured, flags
    return np.full(len(measured), estimate), (*flags, "width_estimated")


def away_from_border(prepared: Prepared, distance_um: float) -> NDArray[np.uint8]:
    """1 where the border of what is visible is farther away than a distance."""
    width = max(1, round(distance_um / prepared.um_per_px))
    visible = cv2.copyMakeBorder(prepared.visible.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    eroded = cv2.erode(visible, np.ones((2 * width + 1, 2 * width + 1), np.uint8))
    return np.asarray(eroded[1:-1, 1:-1])


def holds(mask: NDArray[np.bool_] | NDArray[np.uint8], points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Value of a mask at (x, y) points of any shape (..., 2); False outside."""
    column, row = np.moveaxis(np.round(points).astype(int), -1, 0)
    inside = (column >= 0) & (row >= 0) & (column < mask.shape[1]) & (row < mask.shape[0])
    held = np.zeros(inside.shape, bool)
    held[inside] = mask[row[inside], column[inside]]
    return held


def reaches(inner: NDArray[np.uint8], path: Line) -> bool:
    """Whether a path leaves the border: what only runs along it is the cut edge of something."""
    return bool(holds(inner, path).any())
