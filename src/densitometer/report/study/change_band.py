"""Plot of the change since the baseline of each subject, beside what measuring alone may show."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

from densitometer.report.drawing import BAND, GREEN, GREY, INK, ORANGE, SOFT, figure_of, svg_of
from densitometer.report.study.axis import VisitAxis, margins, name_visits, printable
from densitometer.report.study.parts import (
    Cell,
    Plot,
    Table,
    by_subject,
    counted,
    interval,
    subject_cell,
    table,
    titled,
)
from densitometer.report.texts import VERDICTS, fixed, signed
from densitometer.summary.model import GroupChange, StudySummary, SubjectChange
from densitometer.summary.parameter import CALLED
from densitometer.summary.quoted import few_matched

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DENSITY = "density_per_cm2"
_WIDE = 0.07
"""Half the room of a visit on its axis, where visits do not stand nearer."""
_SIZE_PT = (5.5, 2.6)
_MANY = 40
MARKS: dict[str, dict[str, Any]] = {
    "increase": {"marker": "^", "mfc": GREEN, "mec": GREEN},
    "decrease": {"marker": "v", "mfc": ORANGE, "mec": ORANGE},
    "within_error": {"marker": "o", "mfc": "none", "mec": GREY},
}


def change_plots(summary: StudySummary, axis: VisitAxis, numbers: dict[str, int]) -> tuple[Plot, ...]:
    """Plot the changes of density, one plot a site.

    Parameters
    ----------
    summary : StudySummary
        Its ``waterfall`` holds the change of each subject and later visit.
    axis : VisitAxis
    numbers : dict of str to int
        Numbers of the subjects' pages.
    """
    known = [one for one in summary.waterfall if isfinite(one.change)]
    return tuple(
        _plot(
            site,
            [one for one in known if one.site == site],
            [one for one in summary.changes if (one.place.parameter.name, one.place.site) == (_DENSITY, site)],
            axis,
            numbers,
        )
        for site in dict.fromkeys(one.site for one in known)
    )


def _plot(
    site: str,
    changes: Sequence[SubjectChange],
    groups: Sequence[GroupChange],
    axis: VisitAxis,
    numbers: dict[str, int],
) -> Plot:
    title = titled("Change of density since the baseline, hairs/cm²", site)
    matched = [one for one in groups if one.method == "matched"]
    listed = _subjects_table(changes, axis, numbers)
    tables, left_out = by_subject(listed, len({one.subject for one in changes}))
    return Plot(
        title=title,
        svg=_svg(changes, matched, axis),
        alt=f"{title}, by visit. {_in_words(matched, axis)}",
        caption=(
            "One mark a subject, hair by hair in the skin that both visits show. Filled triangle up: increase beyond "
            "error; filled triangle down: decrease beyond error; open circle: within error, as is a change outside the "
            "band whose interval holds zero. Grey band: changes of up to MDC95 "
            f"({_range([one.mdc95 for one in changes])} hairs/cm², drawn at the median of each visit), which come "
            "about by photographing twice at one visit. Diamond with a bar: mean with its 95 % interval. Above: "
            "subjects with a change at any visit."
        ),
        sentences=left_out,
        tables=(_groups_table(groups if few_matched(groups) else matched, axis), *tables),
    )


def _range(values: Sequence[float]) -> str:
    known = [value for value in values if isfinite(value)]
    low, high = (fixed(of(known), 1) if known else "" for of in (min, max))
    return "not known" if not low else low if low == high else f"{low} to {high}"


def _in_words(groups: Sequence[GroupChange], axis: VisitAxis) -> str:
    told = [
        f"{axis.called(one.place.arm, one.place.site)}, {axis.name_of(one.place.visit_number, one.place.visit)}: "
        f"mean change {interval(one.change.mean, 1, sign=True)}, n {one.change.n}"
        for one in groups
        if one.change.n
    ]
    return "; ".join(told) + "." if told else ""


# ---- drawing


def _svg(changes: Sequence[SubjectChange], groups: Sequence[GroupChange], axis: VisitAxis) -> str:
    arms = axis.arms_of(one.arm for one in changes)
    wide = 7.2 if len(arms) < 3 else 10.2  # noqa: PLR2004  three panels need more room
    with figure_of(wide, 3.9) as figure:
        every = figure.subplots(1, len(arms), sharey=True, squeeze=False, gridspec_kw=margins(axis, wide))[0]
        for arm, axes in zip(arms, every, strict=True):
            some = [one for one in changes if one.arm == arm]
            room = _room(changes, axis)
            _draw_band(axes, changes, axis)
            for number in dict.fromkeys(one.visit_number for one in some):
                _draw_visit(axes, [one for one in some if one.visit_number == number], axis.places[number], room)
            _draw_means(axes, [one for one in groups if one.place.arm == arm], axis, room)
            name, subjects = axis.called(arm, changes[0].site), counted(len({one.subject for one in some}), "subject")
            axes.set_title(f"{printable(name, 28)} ({subjects})", fontsize=10, parse_math=False)
            name_visits(axes, axis)
            axes.set_xlim(-0.1, 1.14)
            axes.margins(y=0.1)
        every[0].set_ylabel("change, hairs/cm²")
        return svg_of(figure, "change")


def _room(changes: Sequence[SubjectChange], axis: VisitAxis) -> float:
    """Half the room of a visit: less where two stand near."""
    places = sorted({axis.places[one.visit_number] for one in changes})
    return min([_WIDE, *(0.42 * (after - before) for before, after in zip(places, places[1:], strict=False))])


def _draw_band(axes: Axes, changes: Sequence[SubjectChange], axis: VisitAxis) -> None:
    """Band of the median MDC95 of each visit, which begins at the baseline with that of the first."""
    found: dict[float, list[float]] = {}
    for one in changes:
        if isfinite(one.mdc95):
            found.setdefault(one.visit_number, []).append(one.mdc95)
    if found:
        places = sorted((axis.places[number], median(some)) for number, some in found.items())
        x = [-0.1, *(place for place, _ in places), 1.14]
        half = np.array([places[0][1], *(size for _, size in places), places[-1][1]])
        axes.fill_between(x, -half, half, color=BAND, lw=0, zorder=0)
    axes.axhline(0, color=SOFT, lw=1, ls=(0, (4, 3)), zorder=1)


def _draw_visit(axes: Axes, changes: Sequence[SubjectChange], place: float, room: float) -> None:
    """Marks of a visit beside each other, in the order of their codes: no two cover one another."""
    aside = np.linspace(-room, room * 0.5, len(changes)) if len(changes) > 1 else np.array([-room / 4])
    size = _SIZE_PT[len(changes) > _MANY]
    for verdict, style in MARKS.items():
        some = [(place + x, one.change) for x, one in zip(aside, changes, strict=True) if one.verdict == verdict]
        axes.plot([x for x, _ in some], [y for _, y in some], ls="none", ms=size, mew=0.8, **style)


def _draw_means(axes: Axes, groups: Sequence[GroupChange], axis: VisitAxis, room: float) -> None:
    for one in groups:
        mean, place = one.change.mean, axis.places[one.place.visit_number] + 0.95 * room
        if isfinite(mean.low):
            axes.plot([place, place], [mean.low, mean.high], color=INK, lw=2, marker="_", ms=7)
        if one.change.n > 1:
            axes.plot([place], [mean.value], "D", color=INK, ms=6)


# ---- tables


def _groups_table(groups: Sequence[GroupChange], axis: VisitAxis) -> Table:
    """A row a group and visit; two where few changes were found hair by hair."""
    several, both = any(one.place.arm for one in groups), any(one.method == "subtracted" for one in groups)
    rows = [
        [
            *([one.place.arm] if several else []),
            axis.name_of(one.place.visit_number, one.place.visit),
            *([CALLED[one.method]] if both else []),
            str(one.change.n),
            str(one.expected - one.change.n),
            interval(one.change.mean, 1, sign=True),
            fixed(one.change.sd, 1),
            interval(one.change.mean_of_percents, 1, sign=True),
        ]
        for one in groups
    ]
    numbers = (
        "n",
        "Without",
        "Mean change, hairs/cm² (95 % interval)",
        "SD",
        "Mean of the changes in % (95 % interval)",
    )
    text = (*(["Arm"] if several else []), "Visit", *(["How"] if both else []))
    return table("Mean change by visit", text, numbers, rows)


def _subjects_table(changes: Sequence[SubjectChange], axis: VisitAxis, numbers: dict[str, int]) -> Table:
    """A row a subject and visit; the verdict in words."""
    several = any(one.arm for one in changes)
    rows: list[list[Cell | str]] = [
        [
            subject_cell(one.subject, numbers),
            *([one.arm] if several else []),
            axis.name_of(one.visit_number, one.visit),
            VERDICTS.get(one.verdict, one.verdict),
            with_interval(one),
            fixed(one.mdc95, 1),
        ]
        for one in changes
    ]
    text = ("Subject", *(["Arm"] if several else []), "Visit", "Verdict")
    return table("By subject", text, ("Change, hairs/cm² (95 % interval)", "MDC95"), rows)


def with_interval(one: SubjectChange) -> str:
    """The change of a subject with its interval."""
    low, high = signed(one.low, 1), signed(one.high, 1)
    return f"{signed(one.change, 1)} ({low} to {high})" if low and high else signed(one.change, 1)
