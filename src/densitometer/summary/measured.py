"""Which parameters of photographs are summarised, and what people call them."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from densitometer.errors import StudyError
from densitometer.summary.parameter import Measured
from densitometer.visits.problems import quoted

_PER_CM2 = "hairs/cm²"

DENSITY = Measured("density_per_cm2", "hair density", _PER_CM2, "change_per_cm2")
PARAMETERS: tuple[Measured, ...] = (
    DENSITY,
    Measured("terminal30_per_cm2", "terminal hair, 30 µm or wider", _PER_CM2),
    Measured("vellus30_per_cm2", "vellus hair, below 30 µm", _PER_CM2),
    Measured("terminal40_per_cm2", "terminal hair, 40 µm or wider", _PER_CM2),
    Measured("vellus40_per_cm2", "vellus hair, below 40 µm", _PER_CM2),
    Measured("mean_width_um", "mean hair width", "µm", "width_change_um"),
    Measured("median_width_um", "median hair width", "µm"),
    Measured("cumulative_width_mm_per_cm2", "cumulative hair width", "mm/cm²"),
    Measured("units_per_cm2", "follicular units", "units/cm²"),
    Measured("hairs_per_unit", "hairs per follicular unit", ""),
    Measured("single_hair_unit_share", "follicular units of one hair", "%", factor=100.0),
    Measured("redness_a", "redness of the skin", "CIELAB a*", ratio=False),
    Measured("flaking_share", "skin under white scale", "%", factor=100.0),
)


def parameters_named(names: Sequence[str]) -> tuple[Measured, ...]:
    """Parameters by their columns, in the order of the study.

    Raises
    ------
    StudyError
        When one is not summarised; the text names the nearest of those that are, and all of them.
    """
    known = {one.name: one for one in PARAMETERS}
    if unknown := [name for name in names if name not in known]:
        told = ", ".join(quoted(name) for name in unknown)
        near = get_close_matches(unknown[0], known, n=1)
        meant = f"is {near[0]} meant? There" if near else "there"
        raise StudyError(f"{told} is no parameter of a summary; {meant} are {', '.join(known)}")
    return tuple(one for one in PARAMETERS if one.name in names)
