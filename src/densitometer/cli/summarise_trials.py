"""What ``densitometer summarise`` prints of published trials, with the study's own density above them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from math import isfinite

from densitometer.cli.summarise_layout import Group, grid, paragraph, titled
from densitometer.cli.summarise_short import DENSITY, last_differences
from densitometer.cli.summarise_words import number
from densitometer.summary.literature import (
    EFFECTS,
    SEEN_BY_DERMATOLOGISTS_PER_CM2,
    SEEN_BY_PATIENTS_PER_CM2,
    SEEN_SOURCES,
    Effect,
    controlled_first,
)
from densitometer.summary.model import GroupChange, GroupDifference, StudySummary
from densitometer.summary.quoted import quoted_changes

_HEADS = ("trial", "treatment", "counted", "weeks", "change", "control", "change ", "diff.", "")
_TEXTS = ("trial", "treatment", "counted", "control")
_ALL_HAIR = ("hair density", "all hair")
_ORIENTATION = (
    "Other hairs, people and devices: no control of this study. Without a control a change is no effect. "
    "diff.: treated less control; -: no number was found, and the source below says what was."
)
_MORE = (
    "Only trials with a control that counted all hair. {} rows more, of non-vellus or terminal hair, or without a "
    "control: --literature prints them, and effect_sizes.csv (-o) holds them."
)
_SEEN = (
    f"Seen reliably in photographs of the head: differences from {SEEN_BY_DERMATOLOGISTS_PER_CM2:.0f} hairs/cm² on "
    f"by dermatologists, {SEEN_BY_PATIENTS_PER_CM2:.0f} by patients ({SEEN_SOURCES[0]}; {SEEN_SOURCES[1]})."
)


def effects(summary: StudySummary, *, whole: bool = False) -> Iterator[str]:
    """Give changes that trials published, below those of the study itself.

    Parameters
    ----------
    summary : StudySummary
    whole : bool
        All trials, in the place of those closest to the study.
    """
    told_of = controlled_first(EFFECTS) if whole else closest()
    yield from titled("For orientation: mean changes of published trials, hairs/cm²")
    yield from paragraph(_ORIENTATION)
    sources = list(dict.fromkeys(map(_source, told_of)))
    by = groupby(told_of, key=lambda one: one.design)
    groups = [Group(design.capitalize(), [_effect_row(one, sources) for one in some]) for design, some in by]
    if own := list(_own(summary)):
        control = "" if summary.design.controlled else ", uncontrolled"
        groups.insert(0, Group(f"This study, at its last visit{control}", own))
    yield from grid(_HEADS, groups, _TEXTS)
    for place, source in enumerate(sources, 1):
        yield from paragraph(f"[{place}] {source}", 5)
    if more := len(EFFECTS) - len(told_of):
        yield from paragraph(_MORE.format(more))
    yield from paragraph(_SEEN)


def closest() -> tuple[Effect, ...]:
    """Give the trials that counted what density is here, all hair, and had a control; with or without a gain."""
    against = (one for one in controlled_first(EFFECTS) if one.design == "against control")
    return tuple(one for one in against if one.endpoint.startswith(_ALL_HAIR))


def _source(one: Effect) -> str:
    return f"{one.source}; {one.note}" if one.note else one.source


def _effect_row(one: Effect, sources: Sequence[str]) -> tuple[str, ...]:
    changes = [_change(value) for value in (one.change, one.control_change, one.difference)]
    weeks = "-" if one.weeks is None else str(one.weeks)
    source = f"[{sources.index(_source(one)) + 1}]"
    return (one.trial, one.treatment, one.endpoint, weeks, changes[0], one.control or "none", *changes[1:], source)


def _change(value: float | None) -> str:
    return "-" if value is None else number(value, signed=True)


def _own(summary: StudySummary) -> Iterator[tuple[str, ...]]:
    """Rows of the study: of each treated arm or site at the last visit that has a change."""
    if not summary.design.controlled:
        yield from (_uncontrolled_row(one) for one in quoted_changes(summary, DENSITY))
    known = {
        (one.place.site, one.place.arm, one.place.visit_number, one.method): one
        for one in summary.changes
        if one.place.parameter.name == DENSITY and one.change.n
    }
    for difference in last_differences(summary):
        sides = [known.get((*key, difference.method)) for key in _sides(difference)]
        yield _own_row(difference, [one.change.mean.value if one else None for one in sides])


def _sides(one: GroupDifference) -> tuple[tuple[str, str, float], ...]:
    if one.of == "arms":
        return (one.within, one.first, one.visit_number), (one.within, one.second, one.visit_number)
    return (one.first, one.within, one.visit_number), (one.second, one.within, one.visit_number)


def _own_row(one: GroupDifference, changes: Sequence[float | None]) -> tuple[str, ...]:
    value = one.difference.estimate.value
    site = one.within if one.of == "arms" else one.first
    treatment, control = (one.first, one.second) if one.of == "arms" else (one.within or "-", f"site {one.second}")
    cells = [_change(change) for change in (*changes, value if isfinite(value) else None)]
    visit = f"{one.visit} (n {one.difference.n_first}, {one.difference.n_second})"
    return (visit, treatment, _counted(site), "-", cells[0], control, *cells[1:], "")


def _uncontrolled_row(one: GroupChange) -> tuple[str, ...]:
    change = _change(one.change.mean.value)
    visit = f"{one.place.visit} (n {one.change.n})"
    return (visit, one.place.arm or "-", _counted(one.place.site), "-", change, "none", "-", "-", "")


def _counted(site: str) -> str:
    return f"all hair, {site}" if site else "all hair"
