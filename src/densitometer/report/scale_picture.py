"""Draw the scale bar that was found onto a photograph, so that a person can see that it is the right one."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from densitometer.scale import ScaleBar

_ORANGE = (230, 159, 0)
"""From Okabe and Ito's colours, which are told apart by people of every colour vision."""


def draw_bar(rgb: NDArray[np.uint8], bar: ScaleBar) -> NDArray[np.uint8]:
    """Copy of a photograph with the arms of a bar and the box of its label outlined beside what was read.

    The lines run beside the bar rather than over it, so that the bar itself stays visible.

    Parameters
    ----------
    rgb : uint8 array, shape (height, width, 3)
    bar : ScaleBar
        As found in the same photograph.

    Returns
    -------
    uint8 array, shape (height, width, 3)
    """
    picture = np.ascontiguousarray(rgb).copy()
    thick = max(1, round(min(picture.shape[:2]) / 700))
    for x0, y0, x1, y1 in bar.segments:
        off = 3 + thick
        left, right = round(min(x0, x1)) - off, round(max(x0, x1)) + off
        top, bottom = round(min(y0, y1)) - off, round(max(y0, y1)) + off
        cv2.rectangle(picture, (left, top), (right, bottom), _ORANGE, thick)
    x0, y0, x1, y1 = bar.box
    cv2.rectangle(picture, (x0 - 3, y0 - 3), (x1 + 2, y1 + 2), _ORANGE, thick)
    text = f"{bar.label} = {bar.length_px:.1f} px: {bar.um_per_px:.3f} um per px"
    size = max(0.5, min(picture.shape[:2]) / 1400)
    (width, height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, size, thick)
    x = int(np.clip(x0, 2, max(picture.shape[1] - width - 2, 2)))
    y = y0 - 8 if y0 - 8 - height > 0 else y1 + 8 + height
    cv2.rectangle(picture, (x - 3, y - height - 3), (x + width + 3, y + 5), (0, 0, 0), cv2.FILLED)
    cv2.putText(picture, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, size, _ORANGE, thick, cv2.LINE_AA)
    return picture
