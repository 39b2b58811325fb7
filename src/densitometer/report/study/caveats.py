"""How changes must be read: which of two ways of finding them counts, and where no control stands beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from densitometer.report.study.axis import VisitAxis
from densitometer.report.study.parts import titled
from densitometer.report.texts import shown
from densitometer.summary.model import GroupChange, Place, StudySummary
from densitometer.summary.quoted import few_matched

PARAMETERS = ("density_per_cm2", "mean_width_um")
_MOST_LISTED = 6
_ADVICE = (
    "There, read the rows by subtraction for the group: the few whose skin could be matched may not stand for the "
    "others. Subtraction also takes hair at the edge and another place of the camera for change; the flow of "
    "photographs says why visits could not be compared. Of a single subject, read the change hair by hair."
)


def few_sentences(summary: StudySummary, axis: VisitAxis) -> tuple[str, ...]:
    """Say where few changes are known hair by hair, and what to read there; nothing where none at all are.

    Parameters
    ----------
    summary : StudySummary
    axis : VisitAxis
    """
    some = [one for one in summary.changes if one.place.parameter.name in PARAMETERS]
    if not any(one.method == "matched" and one.change.n for one in some):
        return ()
    told = list(_few(few_matched(one for one in some if one.place.parameter.matched), axis))
    if not told:
        return ()
    return (f"Few changes are known hair by hair, of those known by subtraction: {_listed(told)}. {_ADVICE}",)


def _few(found: Mapping[Place, tuple[int, int]], axis: VisitAxis) -> Iterator[str]:
    """Name them by site and arm, with their visits; of the width only where the density is not named already."""
    groups: dict[tuple[str, str, str], list[str]] = {}
    named = {_where(place) for place in found if place.parameter.name == PARAMETERS[0]}
    for place, (matched, subtracted) in found.items():
        if place.parameter.name == PARAMETERS[0] or _where(place) not in named:
            visits = groups.setdefault((place.parameter.label, place.site, place.arm), [])
            visits.append(f"{axis.name_of(place.visit_number, place.visit)}: {matched} of {subtracted}")
    yield from (f"{titled(*names)} ({', '.join(visits)})" for names, visits in groups.items())


def _where(place: Place) -> tuple[str, str, float]:
    return place.site, place.arm, place.visit_number


def _listed(told: list[str]) -> str:
    more = len(told) - _MOST_LISTED
    return "; ".join(told[:_MOST_LISTED]) + (f"; and {more} more" if more > 0 else "")


def uncontrolled_sentences(summary: StudySummary, axis: VisitAxis) -> tuple[str, ...]:
    """Say which arms and sites of a study with a control were photographed without one.

    Parameters
    ----------
    summary : StudySummary
    axis : VisitAxis
    """
    told = list(_uncontrolled(summary, axis))
    if not told:
        return ()
    return (
        f"Uncontrolled, as no control was photographed there: {_listed(told)}. Nothing tells what would have happened "
        "there without treatment.",
    )


def _uncontrolled(summary: StudySummary, axis: VisitAxis) -> Iterator[str]:
    """Name places without a control; their visits only where others of them have one."""
    groups: dict[tuple[str, str], dict[float, GroupChange]] = {}
    for one in summary.changes:
        if summary.design.controlled and one.place.parameter.name == PARAMETERS[0]:
            groups.setdefault((one.place.site, one.place.arm), {})[one.place.visit_number] = one
    for (site, arm), visits in groups.items():
        bare = [axis.name_of(number, one.place.visit) for number, one in visits.items() if not one.controlled]
        if bare:
            where = titled(site, arm)
            yield shown(where) if where and len(bare) == len(visits) else titled(site, arm, *bare)


def without_control(summary: StudySummary, site: str, arm: str, visit_number: float) -> bool:
    """Whether a group of a study with a control had none at its site and visit."""
    return summary.design.controlled and any(
        not one.controlled
        for one in summary.changes
        if (one.place.site, one.place.arm, one.place.visit_number) == (site, arm, visit_number)
    )
