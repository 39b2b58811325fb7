"""Values and changes of groups: arm by arm, site by site, visit by visit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import isnan, nan

from densitometer.statistics import Change, Estimate, change, summary
from densitometer.summary.model import Design, GroupChange, GroupValue, Place, SubjectValue
from densitometer.summary.parameter import CALLED, Measured, Method

_NO_BASELINE = "a change hair by hair has no baseline of the whole group"
_NO_ZERO = "the scale has no true zero, so that no per cent of it can be told"

METHODS: tuple[Method, ...] = tuple(CALLED)


def by_place(values: Iterable[SubjectValue]) -> dict[Place, list[SubjectValue]]:
    """Sort values by parameter, site and arm, in the order in which these come, and by visit."""
    groups: dict[Place, list[SubjectValue]] = {}
    for one in values:
        groups.setdefault(one.place, []).append(one)
    parameters, sites, arms = (
        list(dict.fromkeys(getattr(place, name) for place in groups)) for name in ("parameter", "site", "arm")
    )
    places = sorted(
        groups,
        key=lambda place: (
            parameters.index(place.parameter),
            sites.index(place.site),
            arms.index(place.arm),
            place.visit_number,
        ),
    )
    return {place: groups[place] for place in places}


def subjects_of(values: Iterable[SubjectValue]) -> dict[tuple[str, str], set[str]]:
    """Subjects who were photographed at any visit, by arm and site."""
    found: dict[tuple[str, str], set[str]] = {}
    for one in values:
        found.setdefault((one.place.arm, one.place.site), set()).add(one.subject)
    return found


def group_values(values: Sequence[SubjectValue]) -> tuple[GroupValue, ...]:
    """Number, mean, standard deviation and median of each group at each visit."""
    expected = subjects_of(values)
    found = []
    for place, some in by_place(values).items():
        everyone = len(expected[place.arm, place.site])
        found.append(
            GroupValue(
                place=place,
                baseline=_is_baseline(some),
                expected=everyone,
                missed=everyone - len({one.subject for one in some}),
                not_measured=sum(isnan(one.value) for one in some),
                summary=summary([one.value for one in some]),
            )
        )
    return tuple(found)


def _is_baseline(values: Sequence[SubjectValue]) -> bool:
    """Whether a visit is the baseline of all who have one; those without have none anywhere."""
    return any(one.is_baseline for one in values) and all(one.is_baseline or isnan(one.baseline) for one in values)


def group_changes(values: Sequence[SubjectValue], design: Design) -> tuple[GroupChange, ...]:
    """Change from baseline of each group at each later visit, hair by hair and by subtraction.

    Parameters
    ----------
    values : sequence of SubjectValue
    design : Design
    """
    expected, controls = subjects_of(values), _controls(values, design)
    found = []
    for place, some in by_place(values).items():
        later = [one for one in some if one.later]
        methods = METHODS if place.parameter.matched else METHODS[1:]
        everyone = len(expected[place.arm, place.site])
        beside = {(place.site, place.visit_number), *((one.subject, place.visit_number, "pair") for one in later)}
        controlled = _is_control(place, design) or bool(controls & beside)
        found += [
            GroupChange(place, method, everyone, _with_bare(_change(later, method, place.parameter), some), controlled)
            for method in methods
            if later
        ]
    return tuple(found)


def _with_bare(found: Change, some: Sequence[SubjectValue]) -> Change:
    """Count those without a baseline among those without a change: they were photographed."""
    bare = sum(isnan(one.baseline) and not (one.later or one.is_baseline) for one in some)
    return replace(found, not_measured=found.not_measured + bare)


def _is_control(place: Place, design: Design) -> bool:
    return (design.control_arm != "" and place.arm == design.control_arm) or (
        design.control_site != "" and place.site == design.control_site
    )


def _controls(values: Iterable[SubjectValue], design: Design) -> set[object]:
    """Sites and visits at which the control arm was photographed, and subjects and visits with the control site."""
    there: set[object] = set()
    for one in values:
        if one.later and design.control_arm and one.place.arm == design.control_arm:
            there.add((one.place.site, one.place.visit_number))
        if one.later and design.control_site and one.place.site == design.control_site:
            there.add((one.subject, one.place.visit_number, "pair"))
    return there


def _change(later: Sequence[SubjectValue], method: Method, parameter: Measured) -> Change:
    """Change of those who have one; a matched change without a baseline of its own is told without per cent."""
    if method == "subtracted":
        found = change([one.baseline for one in later], [one.value for one in later])
        return found if parameter.ratio else _without_percents(found, _NO_ZERO)
    changes = [one.change.get("matched", nan) for one in later]
    baselines = [one.matched_baseline for one in later]
    if all(map(isnan, baselines)) and not all(map(isnan, changes)):
        return _without_baseline(changes)
    return change(baselines, [start + step for start, step in zip(baselines, changes, strict=True)])


def _without_baseline(changes: Sequence[float]) -> Change:
    """Change of hairs that stayed: each is compared with itself, so that there is no baseline mean to set it beside."""
    plain = change([0.0] * len(changes), changes)
    return _without_percents(replace(plain, baseline_mean=nan, followup_mean=nan), _NO_BASELINE)


def _without_percents(found: Change, reason: str) -> Change:
    none = Estimate.missing(reason)
    return replace(found, mean_of_percents=none, percent_of_means=none)
