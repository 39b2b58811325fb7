"""Which of several numbers stands for a study, where one is said first: the page and the command say the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from densitometer.summary.model import GroupChange, GroupDifference, Place, StudySummary
from densitometer.summary.parameter import Method

LEAST = 2
"""Subjects in each group of whom a difference of means has an interval."""


def are_few(matched: int, subtracted: int) -> bool:
    """Whether changes found hair by hair are of fewer than half of those whose change is known by subtraction."""
    return 2 * matched < subtracted


def few_matched(changes: Iterable[GroupChange]) -> dict[Place, tuple[int, int]]:
    """Places where few changes were found hair by hair: how many, and of how many subtraction tells."""
    n: dict[Place, dict[Method, int]] = {}
    for one in changes:
        n.setdefault(one.place, {"matched": 0, "subtracted": 0})[one.method] = one.change.n
    known = {place: (each["matched"], each["subtracted"]) for place, each in n.items()}
    return {place: counts for place, counts in known.items() if are_few(*counts)}


def quoted_changes(summary: StudySummary, parameter: str) -> list[GroupChange]:
    """Give the change of each site and arm at the last visit that has one: hair by hair, unless few there have it.

    Parameters
    ----------
    summary : StudySummary
    parameter : str
        Name of its column.
    """
    some = [one for one in summary.changes if one.place.parameter.name == parameter and one.change.n]
    few = few_matched(some)
    last: dict[tuple[str, str], float] = {}
    for one in some:
        where = one.place.site, one.place.arm
        last[where] = max(last.get(where, one.place.visit_number), one.place.visit_number)
    return [
        one
        for one in some
        if last[one.place.site, one.place.arm] == one.place.visit_number
        and one.method == ("subtracted" if one.place in few else "matched")
    ]


def can_be_told(one: GroupDifference) -> bool:
    """Whether a difference has enough subjects on both sides."""
    return one.difference.estimate.known and min(one.difference.n_first, one.difference.n_second) >= LEAST


def people_of(one: GroupDifference) -> int:
    """Subjects on both sides of a difference together."""
    return one.difference.n_first + one.difference.n_second


def quoted_difference(some: Sequence[GroupDifference]) -> GroupDifference | None:
    """Give the difference at the last visit at which it can be told: hair by hair, unless few there have it.

    Parameters
    ----------
    some : sequence of GroupDifference
        Of one place and parameter, at all visits, by both methods.

    Returns
    -------
    GroupDifference or None
        None where it can be told at no visit.
    """
    told = [one for one in some if can_be_told(one)]
    if not told:
        return None
    last = max(one.visit_number for one in told)
    at_last = {one.method: one for one in told if one.visit_number == last}
    matched, subtracted = at_last.get("matched"), at_last.get("subtracted")
    if matched and subtracted:
        return subtracted if are_few(people_of(matched), people_of(subtracted)) else matched
    return matched or subtracted


def differences_by_place(summary: StudySummary, parameter: str) -> list[list[GroupDifference]]:
    """Sort the differences of a parameter by what is compared, and where.

    Parameters
    ----------
    summary : StudySummary
    parameter : str
        Name of its column.
    """
    places: dict[tuple[str, str, str, str], list[GroupDifference]] = {}
    for one in summary.differences:
        if one.parameter.name == parameter:
            places.setdefault((one.of, one.first, one.second, one.within), []).append(one)
    return list(places.values())
