"""The end of what ``densitometer summarise`` prints: responders, error of measurement, published trials."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from densitometer.cli.summarise_layout import Footnotes, Group, grid, paragraph
from densitometer.cli.summarise_words import METHODS, icc, number, place, share, told
from densitometer.summary.literature import EFFECTS, Effect, controlled_first
from densitometer.summary.model import Measured, StudySummary, WithinVisit

_ZERO = "a value is 0 or less, or replicates agree wholly: no coefficient of variation"
_NO_MDC = "not known without the SEM"


def _title(text: str) -> Iterator[str]:
    yield from ["", "", text, "=" * len(text)]


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
    yield from _title(f"Responders by MDC95{uncontrolled}")
    text = "Subjects whose density, compared hair by hair, changed by more than error of measurement explains."
    yield from paragraph(text)
    heads = ("visit", "n", "not compared", "rose", "95 % interval", "fell", "95 % interval ", "within error")
    yield from grid(heads, groups, ("visit",))
    yield from notes.lines()


def repeatability(summary: StudySummary, parameters: Sequence[Measured]) -> Iterator[str]:
    """Give the error of measurement from replicates."""
    some = [one for one in summary.repeatability if one.parameter in parameters]
    if not some:
        return
    yield from _title("Repeatability: replicates of one visit")
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


def effects() -> Iterator[str]:
    """Give changes that trials published, those with a control first."""
    told_of = [one for one in controlled_first(EFFECTS) if one.change is not None or one.difference is not None]
    yield from _title("For orientation: mean changes of published trials, hairs/cm²")
    yield from paragraph(
        "Other hairs, people and devices: no control of this study. Without a control a change is no effect."
    )
    sources = list(dict.fromkeys(map(_source, told_of)))
    by = groupby(told_of, key=lambda one: one.design)
    groups = [Group(design.capitalize(), [_effect_row(one, sources) for one in some]) for design, some in by]
    heads = ("trial", "treatment", "counted", "weeks", "change", "control", "change ", "difference", "source")
    yield from grid(heads, groups, ("trial", "treatment", "counted", "control"))
    for number_, source in enumerate(sources, 1):
        yield from paragraph(f"[{number_}] {source}", 5)
    if left_out := len(EFFECTS) - len(told_of):
        yield f"Trials of which no number was found are left out here: {left_out}."


def _source(one: Effect) -> str:
    return f"{one.source}; {one.note}" if one.note else one.source


def _effect_row(one: Effect, sources: Sequence[str]) -> tuple[str, ...]:
    changes = [_change(number_) for number_ in (one.change, one.control_change, one.difference)]
    weeks = "-" if one.weeks is None else str(one.weeks)
    source = f"[{sources.index(_source(one)) + 1}]"
    return (one.trial, one.treatment, one.endpoint, weeks, changes[0], one.control or "none", *changes[1:], source)


def _change(value: float | None) -> str:
    return "-" if value is None else number(value, signed=True)
