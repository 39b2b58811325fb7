"""How much more the treated changed than the control: differences of arms and of sites by visit."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from densitometer.report.study.axis import VisitAxis
from densitometer.report.study.parts import Table, decimals_of, interval, table
from densitometer.summary.model import GroupDifference, StudySummary

PARAMETERS = ("density_per_cm2", "mean_width_um")
METHODS = {"matched": "hair by hair", "subtracted": "subtracted"}
_LEAST_P = 0.001


def difference_tables(summary: StudySummary, axis: VisitAxis) -> tuple[Table, ...]:
    """Tables of the differences of changes of density and of width: of arms, and of sites.

    Parameters
    ----------
    summary : StudySummary
    axis : VisitAxis
    """
    found = []
    for of, caption, within in (
        ("arms", "Treated arm less control arm", "Site"),
        ("sites", "Treated site less control site, of the same subjects", "Arm"),
    ):
        some = [one for one in summary.differences if one.of == of and one.parameter.name in PARAMETERS]
        if some:
            found.append(_table(caption, within, some, axis))
    return tuple(found)


def _table(caption: str, within: str, differences: Sequence[GroupDifference], axis: VisitAxis) -> Table:
    rows = [
        [
            f"{one.first} less {one.second}",
            one.within,
            f"{one.parameter.label}, {METHODS.get(one.method, one.method)}",
            axis.name_of(one.visit_number, one.visit),
            f"{one.difference.n_first} and {one.difference.n_second}",
            interval(one.difference.estimate, decimals_of(one.parameter.name), sign=True),
            one.parameter.unit,
            p_value(one.difference.p),
        ]
        for one in differences
    ]
    text = ("Difference of", within, "Change of", "Visit")
    return table(caption, text, ("n", "Difference of mean changes (95 % interval)", "Unit", "p"), rows)


def p_value(p: float) -> str:
    """A probability as it is written; empty where there is none."""
    if not isfinite(p):
        return ""
    return f"< {_LEAST_P}" if p < _LEAST_P else f"{p:.3f}"
