"""What ``densitometer summarise`` prints of responders and of the error of measurement."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from math import isfinite

from densitometer.cli.summarise_layout import Footnotes, Group, grid, paragraph, titled
from densitometer.cli.summarise_words import LEAST_SHARE, icc, number, place, points, share, told
from densitometer.summary.model import Responders, StudySummary, WithinVisit
from densitometer.summary.parameter import CALLED, Measured

_ZERO = "a value is 0 or less, or replicates agree wholly: no coefficient of variation"
_RULE = (
    "Compared hair by hair: a change beyond MDC95, with an interval that leaves out 0. Shares are of n, those with "
    "such a verdict; all: photographed there at any visit; not comp.: at this visit, and not comparable."
)
_OWN = "from this study's replicates."
_RENDERED = "where replicates are too few from rendered scalps, which are kinder than a clinic."
_OF_REPLICATES = (
    "All sites and visits together; ICC(2,1): of one pair of replicates a subject. MDC95: difference of two single "
    "photographs of one visit that error does not explain. Visits are further apart: hair is cut and combed anew in "
    "between, which this error does not hold."
)
_FEW = f"fewer than {LEAST_SHARE} subjects with a verdict in one of the arms; their numbers stand above"
_NO_MDC = "not known without the SEM"


def responders(summary: StudySummary) -> Iterator[str]:
    """Give the shares of those who changed by more than error explains."""
    if not summary.responders:
        return
    notes, groups = Footnotes(), []
    arms = any(one.arm for one in summary.responders)
    for (site, arm), some in groupby(summary.responders, key=lambda one: (one.site, one.arm)):
        rows = [_responder_row(one, notes) for one in some]
        groups.append(Group(place(site, arm, arms=arms), rows))
    uncontrolled = "" if summary.design.controlled else ", uncontrolled"
    yield from titled(f"Who changed by more than error{uncontrolled}")
    yield from paragraph(_RULE)
    if not any(one.increase.n for one in summary.responders):
        yield "Not told: no change was found hair by hair; 'densitometer compare' does that."
        return
    heads = (
        "visit",
        "all",
        "no photo",
        "not comp.",
        "n",
        "rose",
        "95 % interval",
        "fell",
        "95 % interval ",
        "neither",
    )
    yield from grid(heads, groups, ("visit",))
    yield from notes.lines()
    if any(isfinite(one.mdc95_low) for one in summary.responders):
        yield from paragraph(_limits_used(summary))
    yield from _beside_control(summary)


def _responder_row(one: Responders, notes: Footnotes) -> tuple[str, ...]:
    counts = (one.expected, one.missed, one.not_comparable, one.increase.n)
    shares = (*share(one.increase, notes), *share(one.decrease, notes), str(one.within_error.count or 0))
    return (one.visit, *map(str, counts), *shares)


def _beside_control(summary: StudySummary) -> Iterator[str]:
    """Give the shares of those who rose less that of the control arm, where arms are compared."""
    some = [one for one in summary.responders if one.beside_control is not None]
    if not some:
        return
    notes, groups = Footnotes(), []
    people = {(one.site, one.arm, one.visit): one.increase.n for one in summary.responders}
    for (site, arm, control), found in groupby(some, key=lambda one: (one.site, one.arm, one.control)):
        rows = [(one.visit, *_points(one, people, notes)) for one in found]
        groups.append(Group(f"{place(site, '', arms=False)}: {arm} less {control}", rows))
    yield from ["", "Share of those who rose, less that of the control arm, in percentage points"]
    yield from grid(("visit", "difference", "95 % interval"), groups, ("visit",))
    yield from notes.lines()


def _points(one: Responders, people: Mapping[tuple[str, str, str], int], notes: Footnotes) -> tuple[str, str]:
    """Give a difference of shares; none of a few, as no share of them is told."""
    found, fewest = one.beside_control, min(one.increase.n, people.get((one.site, one.control, one.visit), 0))
    if found is None or (found.known and fewest < LEAST_SHARE):
        return notes.mark(_FEW), ""
    return points(found, notes)


def _limits_used(summary: StudySummary) -> str:
    """Say which MDC95 decided, and where it comes from."""
    some = [one for one in summary.responders if isfinite(one.mdc95_low)]
    low, high = min(one.mdc95_low for one in some), max(one.mdc95_high for one in some)
    told_of = f"MDC95 used: {number(low)}" + (f" to {number(high)}" if number(high) != number(low) else "")
    rendered = any("validated" in one.mdc95_source for one in some)
    return f"{told_of} hairs/cm², {_RENDERED if rendered else _OWN}"


def repeatability(summary: StudySummary, parameters: Sequence[Measured]) -> Iterator[str]:
    """Give the error of measurement from replicates."""
    some = [one for one in summary.repeatability if one.parameter in parameters]
    if not some:
        return
    yield from titled("Repeatability: replicates of one visit")
    notes = Footnotes()
    rows = [_error_row(one, notes) for one in some]
    heads = ("parameter", "how", "visits", "SEM", "95 % interval", "CV %", "MDC95", "ICC(2,1)", "95 % interval ")
    yield from grid(heads, [Group("", rows)], ("parameter",))
    yield from notes.lines()
    yield from paragraph(_OF_REPLICATES)
    yield from paragraph(_between_visits(summary))
    yield from _limits(some)
    if copies := max(one.copies for one in some):
        yield f"{copies} photographs left out: the same file stands for another replicate."


def _error_row(one: WithinVisit, notes: Footnotes) -> tuple[str, ...]:
    parameter, found = one.parameter, one.repeatability
    name = f"{parameter.label}, {parameter.unit}" if parameter.unit else parameter.label
    estimate = found.sem if found else one.matched_sem
    sem = told(estimate, notes, parameter) if estimate else ("-", "")
    mdc95 = number(one.mdc95, parameter)
    mdc95 = notes.mark(_NO_MDC) if mdc95 == "-" else mdc95
    correlation = icc(one.icc.estimate, notes) if one.icc else ("", "")
    visits = str(found.groups) if found else f"{one.matched_pairs} pairs"
    return (name, CALLED[one.method], visits, *sem, _variation(one, notes), mdc95, *correlation)


def _variation(one: WithinVisit, notes: Footnotes) -> str:
    if one.repeatability is None or not one.repeatability.sem.known:
        return ""
    cv = number(one.repeatability.cv_logs_percent)
    return notes.mark(_ZERO) if cv == "-" else cv


def _between_visits(summary: StudySummary) -> str:
    """Give the spread of change in the control, which holds what lies between visits; nothing without a control."""
    design = summary.design
    told_of = [
        f"{place(one.place.site, one.place.arm, arms=bool(one.place.arm))}, {one.place.visit}: "
        f"{number(one.change.sd)}"
        for one in summary.changes
        if one.method == "matched" and one.place.parameter.name == "density_per_cm2" and isfinite(one.change.sd)
        and ((design.control_site and one.place.site == design.control_site)
             or (design.control_arm and one.place.arm == design.control_arm))
    ]  # fmt: skip
    if not told_of:
        return ""
    return f"Nearer to it is the SD of the change hair by hair in the control (hairs/cm²): {'; '.join(told_of)}."


def _limits(some: Sequence[WithinVisit]) -> Iterator[str]:
    notes, rows = Footnotes(), []
    for one in some:
        if one.limits is not None:
            estimates = (one.limits.bias, one.limits.low, one.limits.high)
            cells = [cell for each in estimates for cell in told(each, notes, one.parameter, signed=True)]
            rows.append((one.parameter.label, str(one.limits.pairs), *cells))
    if rows:
        interval = "95 % interval"
        heads = ("parameter", "pairs", "bias", interval, "lower", f"{interval} ", "upper", f"{interval}  ")
        yield from ["", "Bland-Altman limits of agreement, second replicate less first"]
        yield from grid(heads, [Group("", rows)], ("parameter",))
        yield from notes.lines()
