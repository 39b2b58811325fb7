"""What the timeline of a site plots: changes since the start, or densities."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from densitometer.report.subjects.order import visit_key
from densitometer.report.subjects.timeline import Point
from densitometer.report.subjects.words import SHAPES
from densitometer.report.texts import number
from densitometer.study.model import Photograph, Study


def points_of(group: Sequence[Photograph], study: Study) -> Iterator[Point]:
    """Changes since the baseline, where any is known; else densities. Photographs of a visit stand together."""
    change = any(one.name in study.changes for one in group)
    keys = list(dict.fromkeys(map(visit_key, group)))
    started = False
    for one in sorted(group, key=lambda one: keys.index(visit_key(one))):
        if not change:
            yield _density_point(one)
        elif not one.baseline:
            yield _change_point(one, study)
        elif not started:
            started = True
            yield Point(visit_key(one), one.date, 0.0, shape="start")


def _density_point(one: Photograph) -> Point:
    value, low, high = (number(one.row, f"density_{end}per_cm2") for end in ("", "low_", "high_"))
    return Point(visit_key(one), one.date, value, low, high)


def _change_point(one: Photograph, study: Study) -> Point:
    row = study.changes.get(one.name, {})
    change, low, high, mdc95 = (
        number(row, f"{name}_per_cm2") for name in ("change", "change_low", "change_high", "mdc95")
    )
    shape = SHAPES.get(str(row.get("verdict") or ""), "level")
    return Point(visit_key(one), one.date, change, low, high, mdc95, shape)
