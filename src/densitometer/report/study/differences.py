"""How much more the treated changed than the control: differences of arms and of sites by visit."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from densitometer.report.study.axis import VisitAxis
from densitometer.report.study.caveats import PARAMETERS
from densitometer.report.study.parts import Table, decimals_of, interval, table, titled
from densitometer.report.texts import shown
from densitometer.summary.model import GroupDifference, StudySummary
from densitometer.summary.parameter import CALLED
from densitometer.summary.quoted import (
    LEAST,
    are_few,
    can_be_told,
    differences_by_place,
    people_of,
    quoted_difference,
)

_LEAST_P = 0.001


def difference_tables(summary: StudySummary, axis: VisitAxis) -> tuple[Table, ...]:
    """Tables of the differences of changes of density and of width: of arms, and of sites.

    Changes are those found hair by hair; where there are none or few, those by subtraction too. Differences that rest
    on one subject are left out.

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
        of_kind = _shown([one for one in summary.differences if one.of == of])
        for first, second in dict.fromkeys((one.first, one.second) for one in of_kind):
            some = [one for one in of_kind if (one.first, one.second) == (first, second)]
            found.append(_table(f"{caption}: {first} less {second}", within, some, axis))
    return tuple(found)


def _shown(every: Sequence[GroupDifference]) -> list[GroupDifference]:
    """Differences found hair by hair, and those by subtraction that rest on more than twice as many subjects."""
    told = [one for one in every if one.parameter.name in PARAMETERS and can_be_told(one)]
    matched = {_place(one): people_of(one) for one in told if one.method == "matched"}
    return [one for one in told if one.method == "matched" or are_few(matched.get(_place(one), 0), people_of(one))]


def _place(one: GroupDifference) -> tuple[object, ...]:
    return one.of, one.first, one.second, one.within, one.visit_number, one.parameter


def result_sentences(summary: StudySummary, axis: VisitAxis) -> tuple[str, ...]:
    """What came out, of density alone: a sentence for each place, of the last visit that can be told.

    Parameters
    ----------
    summary : StudySummary
    axis : VisitAxis
    """
    return tuple(_result(some, axis) for some in differences_by_place(summary, PARAMETERS[0]))


def _result(some: Sequence[GroupDifference], axis: VisitAxis) -> str:
    """Tell of one place, at the last visit that can be told."""
    last = quoted_difference(some)
    if last is None:
        return _no_result(some[-1])
    at = "" if last.visit_number == max(one.visit_number for one in some) else f" with {LEAST} subjects or more in both"
    where = titled(f"Last visit{at} ({axis.name_of(last.visit_number, last.visit)})", last.within)
    change = interval(last.difference.estimate, decimals_of(last.parameter.name), sign=True)
    n = f"n {last.difference.n_first} and {last.difference.n_second}"
    reason = last.difference.estimate.reason
    bare = f", without an interval, as {shown(reason)}" if reason else ""
    return (
        f"{where}: {_what(last)} is {change.replace('(', '(95 % interval ')} {last.parameter.unit}, {n}, "
        f"{_found(last, some)}{bare}."
    )


def _found(told: GroupDifference, some: Sequence[GroupDifference]) -> str:
    if told.method == "matched":
        return "found hair by hair"
    few = any(one.method == "matched" and people_of(one) for one in some)
    return "found by subtraction" + (", as few changes are known hair by hair" if few else "")


def _what(one: GroupDifference) -> str:
    return f"the change of {one.parameter.label} in {shown(one.first)} less that in {shown(one.second)}"


def _no_result(one: GroupDifference) -> str:
    """Say why there is nothing to tell: too few at any visit, or groups that must not be compared."""
    few = min(one.difference.n_first, one.difference.n_second) < LEAST
    why = f"no visit has such a change of {LEAST} subjects or more in both" if few else one.difference.estimate.reason
    told = f"{_what(one)} is not told, as {shown(why or 'it is not known')}."
    return f"{shown(one.within)}: {told}" if one.within else told[:1].upper() + told[1:]


def _table(caption: str, within: str, differences: Sequence[GroupDifference], axis: VisitAxis) -> Table:
    several = any(one.within for one in differences)
    rows = [
        [
            f"{one.parameter.label}, {one.parameter.unit} ({CALLED[one.method]})",
            *([one.within] if several else []),
            axis.name_of(one.visit_number, one.visit),
            f"{one.difference.n_first} and {one.difference.n_second}",
            interval(one.difference.estimate, decimals_of(one.parameter.name), sign=True),
            p_value(one.difference.p),
        ]
        for one in differences
    ]
    text = ("Change since the baseline of", *([within] if several else []), "Visit")
    return table(shown(caption), text, ("n", "Difference of mean changes (95 % interval)", "p"), rows)


def p_value(p: float) -> str:
    """A probability as it is written; empty where there is none."""
    if not isfinite(p):
        return ""
    return f"< {_LEAST_P}" if p < _LEAST_P else f"{p:.3f}"
