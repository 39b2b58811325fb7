"""Write the pictures of one comparison."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from densitometer.report.blink import write_blink
from densitometer.report.comparison_picture import draw_comparison, write_picture
from densitometer.visits.comparison import Comparison
from densitometer.visits.view import View

Rgb = NDArray[np.uint8]


def write_comparison(
    place: Path,
    pictures: tuple[Rgb, Rgb],
    um_per_view_px: tuple[float, float],
    comparison: Comparison,
    views: tuple[View, View],
    titles: tuple[str, str],
) -> list[Path]:
    """Write both visits side by side and, where they are comparable, by turns, beside ``place``, a path without suffix.

    Returns
    -------
    list of Path
        The side-by-side picture, and the animated one where there is one.
    """
    side_by_side, blink = (place.with_name(place.name + suffix) for suffix in (".jpg", ".gif"))
    write_picture(side_by_side, draw_comparison(*pictures, um_per_view_px, comparison, views, titles))
    blinks = write_blink(blink, *pictures, um_per_view_px, comparison, views, titles)
    return [side_by_side, blink] if blinks else [side_by_side]
