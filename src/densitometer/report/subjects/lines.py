"""The table of a site: a line for each photograph, in ready texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from densitometer.report.subjects.order import again_of
from densitometer.report.subjects.words import (
    NO_VERDICT,
    VERDICTS,
    day_named,
    not_measured_told,
    visit_named,
    why_not_compared,
)
from densitometer.report.texts import fixed, number, signed
from densitometer.study.model import Photograph, Row, Study


@dataclass(frozen=True)
class Line:
    """One photograph in the table of a site; texts are empty where nothing was measured.

    Attributes
    ----------
    visit, day, again : str
        ``again`` tells photographs of one visit apart.
    remark : str
        Why there is no density, or nothing at all.
    change, change_interval : str
        Since the baseline, in hairs per cm2.
    verdict : str
        What the change means, or why there is none.
    """

    visit: str
    day: str
    again: str
    measured: bool
    density: str
    interval: str
    remark: str
    width: str
    thick: str
    per_unit: str
    change: str
    change_interval: str
    verdict: str


def line_of(one: Photograph, study: Study, group: Sequence[Photograph]) -> Line:
    """Give the line of a photograph in the table of its subject and site, which ``group`` holds all of."""
    row = one.row
    low, high = fixed(row.get("density_low_per_cm2"), 0), fixed(row.get("density_high_per_cm2"), 0)
    change = study.changes.get(one.name, {})
    ends = signed(change.get("change_low_per_cm2"), 0), signed(change.get("change_high_per_cm2"), 0)
    return Line(
        visit=visit_named(one),
        day=day_named(one.date),
        again=again_of(one, group),
        measured=one.measured,
        density=fixed(row.get("density_per_cm2"), 0),
        interval=f"{low} to {high}" if low and high else "",
        remark=_remark(one),
        width=fixed(row.get("mean_width_um"), 0),
        thick=_thick(row),
        per_unit=fixed(row.get("hairs_per_unit"), 1),
        change=signed(change.get("change_per_cm2"), 0),
        change_interval=f"{ends[0]} to {ends[1]}" if all(ends) else "",
        verdict=_verdict(one, study, group),
    )


def _remark(one: Photograph) -> str:
    """Why there is no density, or nothing at all; what to do about it is for the clinic."""
    if not one.measured:
        return not_measured_told(one)
    if number(one.row, "density_per_cm2") is not None:
        return ""
    counted = fixed(one.row.get("hair_count"), 0)
    return f"scale not known; {counted} hairs counted" if counted else "scale not known"


def _thick(row: Row) -> str:
    """Share of the hairs that are 30 um wide and wider, in percent."""
    thick, thin = number(row, "terminal30_per_cm2"), number(row, "vellus30_per_cm2")
    if thick is None or thin is None or thick + thin <= 0:
        return ""
    return f"{100 * thick / (thick + thin):.0f}"


def _verdict(one: Photograph, study: Study, group: Sequence[Photograph]) -> str:
    if not one.measured:
        return ""
    if one.baseline:
        return "the start"
    if row := study.changes.get(one.name):
        return VERDICTS.get(str(row.get("verdict") or ""), NO_VERDICT)
    if reason := why_not_compared(one, study, group):
        return f"could not be compared: {reason}"
    return "" if one.later else "before the start"
