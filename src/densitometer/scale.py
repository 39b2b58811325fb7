"""Find the scale of a photograph: how many micrometres one pixel spans, and how we know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ScaleSource = Literal["stated", "visits", "bar", "metadata", "none"]


@dataclass(frozen=True)
class Scale:
    """Micrometres per pixel, with its standard deviation and its source.

    Attributes
    ----------
    um_per_px : float or None
        None when no scale is known: then no density, area or width is reported.
    um_per_px_sd : float or None
        Standard deviation of ``um_per_px``, in um per px.
    source : {"stated", "visits", "bar", "metadata", "none"}
    """

    um_per_px: float | None
    um_per_px_sd: float | None
    source: ScaleSource
