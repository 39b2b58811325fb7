"""How much more the treated changed than the control: differences of arms and of sites by visit."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from densitometer.report.study.axis import VisitAxis
from densitometer.report.study.parts import Table, decimals_of, interval, table, titled
from densitometer.report.texts import shown
from densitometer.summary.model import GroupDifference, StudySummary

PARAMETERS = ("density_per_cm2", "mean_width_um")
METHODS = {"matched": "hair by hair", "subtracted": "subtracted"}
_LEAST = 2
"""Subjects of whom there is a difference of means."""
_LEAST_P = 0.001


def difference_tables(summary: StudySummary, axis: VisitAxis) -> tuple[Table, ...]:
    """Tables of the differences of changes of density and of width: of arms, and of sites.

    Changes are those found hair by hair, or by subtraction where there are none. Differences that rest on one subject
    are left out.

    Parameters
    ----------
    summary : StudySummary
    axis : VisitAxis
    """
    found = []
    for of, caption, within in (
        ("arms", "Treated arm less control arm", "Site"),
        ("sites", "Treated site less control site, in the same subjects", "Arm"),
    ):
        of_kind = [one for one in summary.differences if one.of == of and one.difference.estimate.known]
        for first, second in dict.fromkeys((one.first, one.second) for one in of_kind):
            some = [one for one in of_kind if (one.first, one.second) == (first, second)]
            if some := [one for one in some if _is_shown(one, some)]:
                found.append(_table(f"{caption}: {first} less {second}", within, some, axis))
    return tuple(found)


def result_sentences(summary: StudySummary, axis: VisitAxis) -> tuple[str, ...]:
    """What came out at the last visit, of density alone: a sentence for each place where there is a control."""
    density = [one for one in summary.differences if one.parameter.name == PARAMETERS[0]]
    known = [one for one in density if one.difference.estimate.known and _is_shown(one, density)]
    last: dict[tuple[str, str, str, str], GroupDifference] = {}
    for one in known:
        key = (one.of, one.first, one.second, one.within)
        if key not in last or one.visit_number >= last[key].visit_number:
            last[key] = one
    return tuple(_result(one, axis) for one in last.values())


def _result(one: GroupDifference, axis: VisitAxis) -> str:
    where = titled(f"Last visit ({axis.name_of(one.visit_number, one.visit)})", one.within)
    change = interval(one.difference.estimate, decimals_of(one.parameter.name), sign=True)
    of = f"the change of {one.parameter.label} in {shown(one.first)} less that in {shown(one.second)}"
    n = f"n {one.difference.n_first} and {one.difference.n_second}"
    found = "found hair by hair" if one.method == "matched" else "found by subtraction"
    return f"{where}: {of} is {change.replace('(', '(95 % interval ')} {one.parameter.unit}, {n}, {found}."


def _is_shown(one: GroupDifference, every: Sequence[GroupDifference]) -> bool:
    """Of the methods the better one, where there are both."""
    if one.parameter.name not in PARAMETERS or min(one.difference.n_first, one.difference.n_second) < _LEAST:
        return False
    return one.method == "matched" or not any(
        other.method == "matched" and other.parameter == one.parameter for other in every
    )


def _table(caption: str, within: str, differences: Sequence[GroupDifference], axis: VisitAxis) -> Table:
    rows = [
        [
            f"{one.parameter.label}, {one.parameter.unit} ({METHODS.get(one.method, one.method)})",
            one.within,
            axis.name_of(one.visit_number, one.visit),
            f"{one.difference.n_first} and {one.difference.n_second}",
            interval(one.difference.estimate, decimals_of(one.parameter.name), sign=True),
            p_value(one.difference.p),
        ]
        for one in differences
    ]
    text = ("Change since the baseline of", within, "Visit")
    return table(shown(caption), text, ("n", "Difference of mean changes (95 % interval)", "p"), rows)


def p_value(p: float) -> str:
    """A probability as it is written; empty where there is none."""
    if not isfinite(p):
        return ""
    return f"< {_LEAST_P}" if p < _LEAST_P else f"{p:.3f}"
