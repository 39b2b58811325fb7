"""What ``densitometer summarise`` prints last: density of the study at its last visit, which stays on the screen."""

from __future__ import annotations

from collections.abc import Iterator

from densitometer.cli.summarise_layout import Footnotes, Group, grid, paragraph, titled
from densitometer.cli.summarise_words import arm_named, place, probability, share, told
from densitometer.summary.model import GroupChange, GroupDifference, Responders, StudySummary
from densitometer.summary.parameter import CALLED
from densitometer.summary.quoted import differences_by_place, quoted_changes, quoted_difference

DENSITY = "density_per_cm2"
_HEADS = ("of", "visit", "how", "n", "change", "95 % interval", "p", "rose", "fell")
_HOW = _HEADS.index("how")
_TEXTS = ("of", "visit", "how")
_RESPONDERS = "rose, fell: those beyond error, of n with such a verdict."


def last_differences(summary: StudySummary) -> list[GroupDifference]:
    """Give treated less control at the last visit with enough subjects on both sides; else one that says why not."""
    return [quoted_difference(some) or some[-1] for some in differences_by_place(summary, DENSITY)]


def compared(one: GroupDifference, *, arms: bool) -> str:
    """Name what is compared, and where: two arms at a site, or two sites in an arm."""
    if one.of == "arms":
        return f"{place(one.within, '', arms=False)}: {one.first} less {one.second}"
    where = f" in {arm_named(one.within)}" if arms else ""
    return f"Site {one.first} less {one.second}{where}"


def short(summary: StudySummary) -> Iterator[str]:
    """Give the result of the study in a few lines.

    Parameters
    ----------
    summary : StudySummary
    """
    controlled = summary.design.controlled
    yield from titled(f"In short: {'' if controlled else 'uncontrolled '}change of density since baseline, hairs/cm²")
    notes, changes = Footnotes(), quoted_changes(summary, DENSITY)
    if not changes:
        yield "No subject has a density at the baseline and at a later visit."
        return
    has_arms = any(one.place.arm for one in summary.values)
    rows = [_change_row(one, summary, notes, arms=has_arms) for one in changes]
    rows += [_difference_row(one, notes, arms=has_arms) for one in last_differences(summary)]
    how = {row[_HOW] for row in rows}
    heads: tuple[str, ...] = _HEADS
    if len(how) == 1:  # said once below, the table is narrower and stays on the screen
        heads, *rows = ((*row[:_HOW], *row[_HOW + 1 :]) for row in (_HEADS, *rows))
    yield from grid(heads, [Group("", rows)], _TEXTS)
    yield from notes.lines()
    responders = f" {_RESPONDERS}" if any(row[-1] for row in rows) else ""
    yield from paragraph(f"At the last visit of each{f'; {how.pop()}' if len(how) == 1 else ''}.{responders}")
    for note in summary.notes:
        if note.startswith("Uncontrolled"):
            yield from paragraph(f"! {note}", 2)


def _change_row(one: GroupChange, summary: StudySummary, notes: Footnotes, *, arms: bool) -> tuple[str, ...]:
    where, change = one.place, one.change
    alone = ", uncontrolled" if summary.design.controlled and not one.controlled else ""
    mean = told(change.mean, notes, where.parameter, signed=True)
    verdicts = _verdicts(summary, one)
    counts = [share(each, notes)[0] for each in (verdicts.increase, verdicts.decrease)] if verdicts else ["", ""]
    how = CALLED[one.method]
    return (place(where.site, where.arm, arms=arms) + alone, where.visit, how, str(change.n), *mean, "", *counts)


def _verdicts(summary: StudySummary, one: GroupChange) -> Responders | None:
    """Responders of a group at a visit; None where changes were not found hair by hair."""
    here = (one.place.site, one.place.arm, one.place.visit_number)
    some = (each for each in summary.responders if (each.site, each.arm, each.visit_number) == here)
    return next((each for each in some if each.increase.n), None)


def _difference_row(one: GroupDifference, notes: Footnotes, *, arms: bool) -> tuple[str, ...]:
    found = one.difference
    estimate = told(found.estimate, notes, one.parameter, signed=True)
    numbers = (_people(one), *estimate, probability(found.p))
    return (compared(one, arms=arms), one.visit, CALLED[one.method], *numbers, "", "")


def _people(one: GroupDifference) -> str:
    """Say how many are compared: of arms two groups, of sites the same people."""
    found = one.difference
    return f"{found.n_first}, {found.n_second}" if one.of == "arms" else str(found.n_first)
