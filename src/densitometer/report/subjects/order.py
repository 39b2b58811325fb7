"""The photographs of a site in order: their visits, and what tells those of one visit apart."""

from __future__ import annotations

from collections.abc import Sequence

from densitometer.report.subjects.words import labels
from densitometer.study.model import Photograph


def visit_key(one: Photograph) -> str:
    """Tell visits apart; empty where a photograph has none."""
    return f"{one.visit.number:g}" if one.visit else ""


def measured_of(group: Sequence[Photograph]) -> list[Photograph]:
    """Photographs with numbers, in the order of visits; those of no visit where there are no others."""
    measured = [one for one in group if one.measured]
    return [one for one in measured if one.visit] or measured


def visits_of(group: Sequence[Photograph]) -> list[tuple[str, ...]]:
    """Names of the visits in lines, for the axis of the timeline."""
    firsts = {visit_key(one): one for one in reversed(group)}
    keys = dict.fromkeys(map(visit_key, group))
    return [labels(firsts[key]) for key in keys]


def again_of(one: Photograph, group: Sequence[Photograph]) -> str:
    """Tell which photograph of its visit it is, where there are several."""
    several = sum(visit_key(other) == visit_key(one) for other in group) > 1
    return f"photograph {one.replicate}" if several else ""
