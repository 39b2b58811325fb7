"""The stages in order: the table of contents of a measurement."""

from __future__ import annotations

from densitometer.measure import Measurement
from densitometer.photo import Photo
from densitometer.settings import Settings


def measure_photo(photo: Photo, settings: Settings, *, stated_um_per_px: float | None = None,
                  from_visits: bool = False) -> Measurement:
    """Measure one photograph."""
    raise NotImplementedError
