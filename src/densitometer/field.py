"""Find what may be counted: the skin that is in view, without print, padding and black rim."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from densitometer.errors import PhotoError
from densitometer.print_mask import find_print
from densitometer.print_text import Box
from densitometer.settings import FieldSettings

_ASSUMED_UM_PER_PX = 6.0
"""Only to size the search for the black surround when no scale is known."""
_RIM_PX = 3


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
    seen : bool array, shape (height, width), or None
        Where skin can be seen, inside the counting region or not, so that a hair is followed beyond it; None when
        that is ``usable``.
    """

    usable: NDArray[np.bool_]
    obscured: NDArray[np.bool_]
    text: bool = False
    seen: NDArray[np.bool_] | None = None

    def area_cm2(self, um_per_px: float) -> float:
        """Area of the usable field in cm2 at a scale of ``um_per_px`` micrometres per pixel."""
        return float(np.count_nonzero(self.usable)) * (um_per_px * 1e-4) ** 2


def find_field(rgb: NDArray[np.uint8], um_per_px: float | None, settings: FieldSettings | None = None) -> Field:
    """Find the skin that may be counted in a photograph.

    Taken off are uniform padding on any side, the black surround and what is too dark to show hair, printed text with
    its box, scale bars, measuring circles and their leader lines. A measuring circle printed by another program
    never sets the field: only ``settings.region`` does.

    Parameters
    ----------
    rgb : uint8 array, shape (height, width, 3)
    um_per_px : float or None
        Micrometres per pixel, where known.
    settings : FieldSettings, optional

    Raises
    ------
    PhotoError
        When a circle in mm is asked for and there is no scale, or it does not fit into the field.
    """
    settings = settings or FieldSettings()
    diameter_mm = settings.circle_mm
    if diameter_mm is not None and um_per_px is None:
        raise PhotoError(
            f"A counting circle of {diameter_mm:g} mm needs a scale and none is known: state it with --um-per-px."
        )
    usable, obscured = np.zeros(rgb.shape[:2], bool), np.zeros(rgb.shape[:2], bool)
    inner = _without_padding(rgb)
    lit = ~_surround(rgb[inner], um_per_px or _ASSUMED_UM_PER_PX, settings)
    printed = find_print(rgb[inner])
    usable[inner] = lit
    circle = None if diameter_mm is None or um_per_px is None else _circle(usable, diameter_mm, um_per_px)
    usable[inner] &= ~printed.covered
    obscured[inner] = printed.obscured
    if circle is None:
        return Field(usable, obscured & ~usable, bool(printed.texts))
    return Field(usable & circle, obscured & ~usable, bool(printed.texts), usable)


def find_text(rgb: NDArray[np.uint8]) -> tuple[Box, ...]:
    """Find burned-in text that may identify a patient: where `find_field` says that there is any, and only there.

    Parameters
    ----------
    rgb : uint8 array, shape (height, width, 3)

    Returns
    -------
    tuple of (x0, y0, x1, y1)
        Boxes in px, the last two exclusive.
    """
    rows, columns = inner = _without_padding(rgb)
    left, top = columns.start, rows.start
    return tuple((x0 + left, y0 + top, x1 + left, y1 + top) for x0, y0, x1, y1 in find_print(rgb[inner]).texts)


def _without_padding(rgb: NDArray[np.uint8]) -> tuple[slice, slice]:
    """Rows and columns of a photograph without the uniform padding at its four sides."""
    light = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    top, bottom = _padding_at_ends(light)
    left, right = _padding_at_ends(light[top : rgb.shape[0] - bottom].T)
    return slice(top, rgb.shape[0] - bottom), slice(left, rgb.shape[1] - right)


def _padding_at_ends(light: NDArray[np.uint8]) -> tuple[int, int]:
    """Padding before the first and behind the last row; none where it would leave nothing of the picture."""
    first, last = _padding_rows(light), _padding_rows(light[::-1])
    return (first, last) if first + last < len(light) else (0, 0)


def _padding_rows(light: NDArray[np.uint8], spread: float = 3.0, step: float = 6.0) -> int:
    """Count the leading rows that are of one brightness and are set off by a step from what follows.

    Without the step, flat skin between two hairs would pass for padding.
    """
    count = 0
    first = float(light[0].mean())
    for row in light:
        if row.std() > spread or abs(float(row.mean()) - first) > spread:
            break
        count += 1
    if count in (0, len(light)):
        return 0
    inside = float(np.median(light[count : count + 3]))
    return count if abs(inside - first) >= step else 0


def _surround(rgb: NDArray[np.uint8], um_per_px: float, settings: FieldSettings) -> NDArray[np.bool_]:
    """Where it is too dark to see hair: the surround of a round field, or a strong vignette.

    Hair is as dark as a surround but thin. What is dark must be wider than a bundle of hair and reach the border;
    opening it by the width of a bundle then cuts off the hairs that run into it.
    """
    light = cv2.GaussianBlur(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), (5, 5), 0)
    lit_level = float(np.percentile(light[::4, ::4], 90))
    dark = (light < settings.dark_share * lit_level).astype(np.uint8)
    radius = max(4, round(settings.bundle_um / um_per_px / 2))
    # Beyond the border it is taken as dark, else the opening would round off the corners of the photograph.
    padded = cv2.copyMakeBorder(dark, radius, radius, radius, radius, cv2.BORDER_CONSTANT, value=1)
    side = max(1, int(radius * 1.4))
    if not cv2.erode(padded[radius:-radius, radius:-radius], np.ones((side, side), np.uint8)).any():
        return np.zeros(dark.shape, bool)
    depth = cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    core = (depth > radius).astype(np.uint8)
    seeds = _reaching_border(core, radius)
    if not seeds.any():
        return np.zeros(dark.shape, bool)
    reach = cv2.distanceTransform(1 - seeds, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    reach = reach[radius:-radius, radius:-radius]
    # A sharp rim lies where half the light is lost, a little inside of where it is too dark.
    half = float(np.median(light[dark == 0])) / 2
    surround: NDArray[np.bool_] = ((reach <= radius) & (dark > 0)) | ((reach <= radius + _RIM_PX) & (light < half))
    return surround


def _reaching_border(core: NDArray[np.uint8], margin: int) -> NDArray[np.uint8]:
    """Keep the parts of ``core`` that reach the border of the photograph, ``margin`` pixels inside the array."""
    _, labels = cv2.connectedComponents(core)
    inner = labels[margin:-margin, margin:-margin]
    rim = np.concatenate([inner[0], inner[-1], inner[:, 0], inner[:, -1]])
    kept = np.zeros(int(labels.max()) + 1, np.uint8)
    kept[np.unique(rim)] = 1
    kept[0] = 0
    return kept[labels]


def _circle(usable: NDArray[np.bool_], diameter_mm: float, um_per_px: float) -> NDArray[np.bool_]:
    """Draw a counting circle in the centre of the box around the usable field.

    Raises
    ------
    PhotoError
        When the circle is larger than that box.
    """
    rows, columns = np.flatnonzero(usable.any(axis=1)), np.flatnonzero(usable.any(axis=0))
    if not rows.size:
        raise PhotoError("No part of the photograph is light enough to count on: take it again with more light.")
    diameter_px = diameter_mm * 1000 / um_per_px
    height, width = rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1
    if diameter_px > min(height, width) + 1:
        fits = min(height, width) * um_per_px / 1000
        raise PhotoError(
            f"The counting circle of {diameter_mm:g} mm is larger than the field, which is {fits:.2g} mm across: "
            "ask for a smaller circle or check the scale."
        )
    y, x = np.ogrid[: usable.shape[0], : usable.shape[1]]
    centre_y, centre_x = (rows[0] + rows[-1]) / 2, (columns[0] + columns[-1]) / 2
    inside: NDArray[np.bool_] = (x - centre_x) ** 2 + (y - centre_y) ** 2 <= (diameter_px / 2) ** 2
    return inside
