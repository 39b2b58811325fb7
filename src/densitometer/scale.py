"""Find the scale of a photograph: how many micrometres one pixel spans, and how we know."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

from densitometer.errors import ScaleError
from densitometer.photo import Photo
from densitometer.scale_bar import ScaleBar, find_bar

__all__ = ["Scale", "ScaleBar", "ScaleSource", "find_bar", "find_scale"]

ScaleSource = Literal["stated", "visits", "bar", "metadata", "none"]

_PLAUSIBLE_UM_PER_PX = (0.1, 200.0)
_METADATA_RELATIVE_SD = 0.01
"""Files give a spacing without its error; 1 % is what calibration with a stage micrometer reaches."""


@dataclass(frozen=True)
class Scale:
    """Micrometres per pixel, with its standard deviation and its source.

    Attributes
    ----------
    um_per_px : float or None
        None when no scale is known: then no density, area or width is reported.
    um_per_px_sd : float or None
        Standard deviation of ``um_per_px``, in um per px; None too where a stated scale came without one.
    source : {"stated", "visits", "bar", "metadata", "none"}
    printed_um_per_px : float or None
        What a printed bar says beside a stated scale; None where none could be read.
    """

    um_per_px: float | None
    um_per_px_sd: float | None
    source: ScaleSource
    printed_um_per_px: float | None = None

    @classmethod
    def stated(cls, um_per_px: float, *, from_visits: bool = False) -> Scale:
        """Scale that the user states, on the command line or in ``visits.csv``.

        Raises
        ------
        ScaleError
            When ``um_per_px`` is not a number between 0.1 and 200.
        """
        low, high = _PLAUSIBLE_UM_PER_PX
        if not (math.isfinite(um_per_px) and low <= um_per_px <= high):
            raise ScaleError(
                f"the stated scale of {um_per_px:g} um per px cannot be true; state micrometres per pixel, "
                f"between {low:g} and {high:g}"
            )
        return cls(float(um_per_px), None, "visits" if from_visits else "stated")

    @classmethod
    def from_bar(cls, bar: ScaleBar) -> Scale:
        """Scale from a printed bar; its standard deviation is that of the bar's two ends.

        Raises
        ------
        ScaleError
            When the bar implies a scale outside 0.1 to 200 um per px.
        """
        um_per_px = bar.um_per_px
        low, high = _PLAUSIBLE_UM_PER_PX
        if not low <= um_per_px <= high:
            raise ScaleError(
                f"the printed bar implies {um_per_px:g} um per px, which cannot be true; state the scale instead"
            )
        return cls(um_per_px, um_per_px * bar.length_sd_px / bar.length_px, "bar")

    @classmethod
    def unknown(cls) -> Scale:
        """No scale: nothing in micrometres can be reported."""
        return cls(None, None, "none")


def find_scale(photo: Photo, stated_um_per_px: float | None = None, *, from_visits: bool = False) -> Scale:
    """Scale of a photograph from the best source: stated, else printed bar, else trustworthy metadata, else none.

    Parameters
    ----------
    photo : Photo
    stated_um_per_px : float, optional
        From the user; taken as it is, but a printed bar is read beside it.
    from_visits : bool
        Whether it was stated in ``visits.csv``.

    Raises
    ------
    ScaleError
        When the stated scale cannot be true.
    """
    bar = find_bar(photo.rgb)
    if stated_um_per_px is not None:
        stated = Scale.stated(stated_um_per_px, from_visits=from_visits)
        return stated if bar is None else replace(stated, printed_um_per_px=bar.um_per_px)
    if bar is not None:
        return Scale.from_bar(bar)
    um_per_px = photo.capture.um_per_px
    if um_per_px is not None:
        return Scale(um_per_px, um_per_px * _METADATA_RELATIVE_SD, "metadata")
    return Scale.unknown()
