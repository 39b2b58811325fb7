"""Find burned-in text for those who pass a photograph on, where one place too many is better than one too few."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from densitometer.field import find_text
from densitometer.print_mask import BLANK_RGB

Rgb = NDArray[np.uint8]
Box = tuple[int, int, int, int]

_ALIKE = 12
"""Grey levels within which a strip is of one brightness, with what a JPEG file makes of it."""
_SHARE = 0.6
"""Part of a row of a strip that is of its brightness, letters and all."""
_BESIDE = 0.3
"""Most of a row beside a strip that is of the brightness of the strip: the surround of a round field ends slowly."""
_RINGING_PX = 4
_LOWEST_PX = 8
_INK_PX = 12


def burned_in(rgb: Rgb) -> tuple[Box, ...]:
    """Find text, level or turned, light or dark, and strips along a border with something in them.

    Parameters
    ----------
    rgb : uint8 array, shape (height, width, 3)

    Returns
    -------
    tuple of (x0, y0, x1, y1)
        Boxes in px, the last two exclusive; they may overlap.
    """
    width = rgb.shape[1]
    level, turned = _found(rgb), _found(np.ascontiguousarray(np.rot90(rgb)))
    upright = [(width - y1, x0, width - y0, x1) for x0, y0, x1, y1 in turned]
    return tuple(dict.fromkeys([*level, *upright]))


def mask_of(boxes: tuple[Box, ...], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Where boxes lie in a photograph."""
    mask = np.zeros(shape[:2], bool)
    for x0, y0, x1, y1 in boxes:
        mask[y0:y1, x0:x1] = True
    return mask


def _found(rgb: Rgb) -> list[Box]:
    """Text that is level, and strips at the top and the bottom."""
    inverted = 255 - rgb
    inverted[(rgb == BLANK_RGB).all(axis=2)] = BLANK_RGB  # what was painted over is no box with text
    light = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    height, width = light.shape
    top, bottom = _strip(light), _strip(light[::-1])
    strips = [(0, 0, width, top)] if top else []
    strips += [(0, height - bottom, width, height)] if bottom else []
    return [*find_text(rgb), *find_text(inverted), *strips]


def _strip(light: NDArray[np.uint8]) -> int:
    """Count the rows of a strip before the first row of the picture; none without anything in it."""
    ground = float(np.median(light[0]))
    alike = np.abs(light.astype(np.int16) - ground) <= _ALIKE
    share = alike.mean(axis=1)
    ends = np.flatnonzero(share < _SHARE)
    height = int(ends[0]) if ends.size else len(light)
    if not _LOWEST_PX <= height <= len(light) // 3:
        return 0
    if np.median(share[height : height + 3]) > _BESIDE:
        return 0
    inked = np.count_nonzero(~alike[: height - _RINGING_PX])
    return height if inked >= _INK_PX else 0
