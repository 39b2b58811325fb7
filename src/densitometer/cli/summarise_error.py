"""What ``densitometer summarise`` prints of responders and of the error of measurement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from densitometer.cli.summarise_layout import Footnotes, Group, grid, paragraph, titled
from densitometer.cli.summarise_words import METHODS, icc, number, place, share, told
from densitometer.summary.model import Measured, StudySummary, WithinVisit

_ZERO = "a value is 0 or less, or replicates agree wholly: no coefficient of variation"
_NO_MDC = "not known without the SEM"


def responders(summary: StudySummary) -> Iterator[str]:
    """Give the shares of those who changed by more than error explains."""
    if not summary.responders:
        return
    notes, groups = Footnotes(), []
    arms = any(one.arm for one in summary.responders)
    for (site, arm), some in groupby(summary.responders, key=lambda one: (one.site, one.arm)):
        rows = [
            (one.visit, str(one.increase.n), str(one.not_comparable), *share(one.increase, notes),
             *share(one.decrease, notes), share(one.within_error, notes)[0])
            for one in some
        ]  # fmt: skip
        groups.append(Group(place(site, arm, arms=arms), rows))
    uncontrolled = "" if summary.design.controlled else ", uncontrolled"
    yield from titled(f"Responders by MDC95{uncontrolled}")
    text = "Subjects whose density, compared hair by hair, changed by more than error of measurement explains."
    yield from paragraph(text)
    if not any(one.increase.n for one in summary.responders):
        yield "Not told: no change was found hair by hair; 'densitometer compare' does that."
        return
    heads = ("visit", "n", "not compared", "rose", "95 % interval", "fell", "95 % interval ", "within error")
    yield from grid(heads, groups, ("visit",))
    yield from notes.lines()


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
    text = "MDC95: change of one subject between two single photographs that error does not explain."
    yield from paragraph(text)
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
    visits = str(found.groups) if found else ""
    return (name, METHODS[one.method], visits, *sem, _variation(one, notes), mdc95, *correlation)


def _variation(one: WithinVisit, notes: Footnotes) -> str:
    if one.repeatability is None or not one.repeatability.sem.known:
        return ""
    cv = number(one.repeatability.cv_logs_percent)
    return notes.mark(_ZERO) if cv == "-" else cv


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
