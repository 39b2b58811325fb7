"""Numbers from hairs: counts, densities with their intervals, widths and follicular units."""

from __future__ import annotations

from dataclasses import dataclass

from densitometer.field import Field
from densitometer.hairs import Hair
from densitometer.scale import Scale


@dataclass(frozen=True)
class Measurement:
    """Everything that one photograph yields.

    Attributes
    ----------
    hairs : tuple of Hair
        All hairs, counted or not.
    field : Field
    scale : Scale
    values : dict of str to float or int or None
        The numeric columns of ``photos.csv`` by name; None where not measured.
    flags : tuple of str
        Names from :mod:`densitometer.flags`, in registry order.
    """

    hairs: tuple[Hair, ...]
    field: Field
    scale: Scale
    values: dict[str, float | int | None]
    flags: tuple[str, ...]
