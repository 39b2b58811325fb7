"""Which of several numbers stands for the study, where one is said first: page and command say the same."""

from __future__ import annotations

from collections.abc import Sequence

from densitometer.summary.model import GroupDifference, StudySummary
from densitometer.summary.parameter import Method

LEAST = 2
"""Subjects in each group of whom a difference of means has an interval."""


def quoted(summary: StudySummary, parameter: str) -> Method:
    """Tell which change of a parameter stands for the study: hair by hair, unless few of its subjects have it.

    Parameters
    ----------
    summary : StudySummary
    parameter : str
        Name of its column.
    """
    n: dict[Method, int] = {"matched": 0, "subtracted": 0}
    for one in summary.changes:
        if one.place.parameter.name == parameter:
            n[one.method] += one.change.n
    return "subtracted" if are_few(n["matched"], n["subtracted"]) else "matched"


def are_few(matched: int, subtracted: int) -> bool:
    """Whether changes found hair by hair are of fewer than half of those whose change is known by subtraction."""
    return 2 * matched < subtracted


def can_be_told(one: GroupDifference) -> bool:
    """Whether a difference has enough subjects on both sides."""
    return one.difference.estimate.known and min(one.difference.n_first, one.difference.n_second) >= LEAST


def last_told(some: Sequence[GroupDifference]) -> GroupDifference | None:
    """Give the difference at the last visit at which it can be told; None where there is no such visit."""
    return max((one for one in some if can_be_told(one)), key=lambda one: one.visit_number, default=None)
