"""Treated against control: arms of different subjects (Welch), or sites of the same subjects (paired)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import nan

from densitometer.statistics import Estimate, difference, paired_difference
from densitometer.summary.groups import METHODS, by_place, subjects_of
from densitometer.summary.model import EVERYBODY, Design, GroupDifference, Place, SubjectValue
from densitometer.summary.parameter import Method


def group_differences(values: Sequence[SubjectValue], design: Design) -> tuple[GroupDifference, ...]:
    """Differences of mean changes from baseline, treated less control, by visit, parameter and method.

    Of arms by Welch's t test within each site, of sites by the paired t test of the same subjects within each arm.

    Parameters
    ----------
    values : sequence of SubjectValue
    design : Design
    """
    groups = {place: some for place, some in by_place(values).items() if any(one.later for one in some)}
    subjects = subjects_of(values)
    found = []
    for place in groups:
        methods = METHODS if place.parameter.matched else METHODS[1:]
        for method in methods:
            found += [
                *_of_arms(groups, subjects, place, method, design),
                *_of_sites(groups, subjects, place, method, design),
            ]
    return tuple(found)


Groups = dict[Place, list[SubjectValue]]
Subjects = dict[tuple[str, str], set[str]]
"""Who was photographed at any visit, by arm and site."""
CHANGED_ARMS = "subjects changed from one arm to the other, and what they had first may still act"


def _of_arms(
    groups: Groups, subjects: Subjects, place: Place, method: Method, design: Design
) -> Iterator[GroupDifference]:
    if not design.control_arm or place.arm in (design.control_arm, EVERYBODY):
        return
    control = _beside(groups, place, arm=design.control_arm)
    told = difference(list(_changes(groups[place], method).values()), list(_changes(control, method).values()))
    everyone = [subjects.get((arm, place.site), set()) for arm in (place.arm, design.control_arm)]
    if everyone[0] & everyone[1]:
        told = replace(told, estimate=Estimate.missing(CHANGED_ARMS), freedom=nan, p=nan)
    yield GroupDifference(
        "arms",
        place.arm,
        design.control_arm,
        place.site,
        place.visit,
        place.visit_number,
        place.parameter,
        method,
        told,
        len(everyone[0]),
        len(everyone[1]),
    )


def _of_sites(
    groups: Groups, subjects: Subjects, place: Place, method: Method, design: Design
) -> Iterator[GroupDifference]:
    if not design.control_site or place.site == design.control_site:
        return
    treated = _changes(groups[place], method)
    control = _changes(_control_site(groups, place, design.control_site), method)
    codes = list(dict.fromkeys([*treated, *control]))
    pairs = [[side.get(code, nan) for code in codes] for side in (treated, control)]
    here = subjects[place.arm, place.site]
    there = {code for (_, site), some in subjects.items() if site == design.control_site for code in some}
    yield GroupDifference(
        "sites",
        place.site,
        design.control_site,
        place.arm,
        place.visit,
        place.visit_number,
        place.parameter,
        method,
        paired_difference(pairs[0], pairs[1]),
        len(here),
        len(here & there),
    )


def _control_site(groups: Groups, place: Place, site: str) -> list[SubjectValue]:
    """Values of the control site in the same arm; where the halves of a head are in two arms, of the same subjects."""
    if any((other.arm, other.site) == (place.arm, site) for other in groups):
        return _beside(groups, place, site=site)
    subjects = {one.subject for one in groups[place]}
    arms = dict.fromkeys(other.arm for other in groups)
    beside = [one for arm in arms for one in _beside(groups, place, arm=arm, site=site)]
    return [one for one in beside if one.subject in subjects]


def _beside(groups: Groups, place: Place, *, arm: str | None = None, site: str | None = None) -> list[SubjectValue]:
    """Values of the same visit and parameter in another arm or site."""
    wanted = (place.arm if arm is None else arm, place.site if site is None else site)
    for other, some in groups.items():
        same = (other.visit_number, other.parameter) == (place.visit_number, place.parameter)
        if same and (other.arm, other.site) == wanted:
            return some
    return []


def _changes(values: Sequence[SubjectValue], method: Method) -> dict[str, float]:
    """Change of each subject; NaN where there is none."""
    return {one.subject: one.change.get(method, nan) for one in values if one.later}
