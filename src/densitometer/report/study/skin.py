"""Redness and flaking of the scalp over visits, with what keeps them from being more than a hint."""

from __future__ import annotations

from densitometer.report.study.axis import VisitAxis
from densitometer.report.study.parts import Plot
from densitometer.report.study.timelines import timelines
from densitometer.summary.model import StudySummary

PARAMETERS = ("redness_a", "flaking_share")
CAVEAT = (
    "Exploratory. Redness (CIELAB a* of hair-free skin) depends on the light and on the white balance of the camera, "
    "so that it tells of a change only where the same device and settings were used at every visit, with a colour "
    "reference at best; immersion fluid and polarised light hide flakes. Neither replaces a clinical score, and itch "
    "is not to be seen on a photograph."
)


def skin_plots(summary: StudySummary, axis: VisitAxis, numbers: dict[str, int]) -> tuple[Plot, ...]:
    """Plot redness and flaking over visits, one plot a site and parameter."""
    return timelines(summary, axis, numbers, PARAMETERS)
