"""Plots over visits: each subject as a thin line, and each arm as its mean with the 95 % interval."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite, nan
from typing import TYPE_CHECKING

from densitometer.report.drawing import figure_of, svg_of
from densitometer.report.study.axis import VisitAxis, margins, name_visits, printable
from densitometer.report.study.parts import (
    Cell,
    Plot,
    Table,
    by_subject,
    counted,
    decimals_of,
    interval,
    subject_cell,
    table,
    titled,
)
from densitometer.report.texts import fixed
from densitometer.summary.model import GroupValue, StudySummary, SubjectValue

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PARAMETERS = ("density_per_cm2", "mean_width_um")
_MOST_PANELS = 4
_LEAST = 2
"""Values of which there is a mean; a line needs so many visits too."""
_THIN = "#9aa4ad"
_LEAST_RANGE = 0.3
"""Least height of a plot as a share of what it shows: a small change must not fill it."""
_MANY = 60
"""From so many subjects on their lines are thinner and have no marks, so that the mean stands out."""


@dataclass(frozen=True)
class _Series:
    """What one plot shows: one site and parameter."""

    site: str
    name: str
    label: str
    unit: str
    values: tuple[SubjectValue, ...]
    groups: tuple[GroupValue, ...]
    arms: tuple[str, ...]

    @property
    def visits(self) -> int:
        """Visits at which anybody was measured."""
        return len({one.place.visit_number for one in self.values if isfinite(one.value)})

    @property
    def decimals(self) -> int:
        return decimals_of(self.name)


def timelines(
    summary: StudySummary, axis: VisitAxis, numbers: dict[str, int], parameters: Sequence[str] = PARAMETERS
) -> tuple[Plot, ...]:
    """Plot parameters over visits, one plot a site and parameter.

    Parameters
    ----------
    summary : StudySummary
    axis : VisitAxis
    numbers : dict of str to int
        Numbers of the subjects' pages.
    parameters : sequence of str
    """
    found = []
    for name in parameters:
        values = [one for one in summary.values if one.place.parameter.name == name]
        groups = [one for one in summary.groups if one.place.parameter.name == name]
        for site in dict.fromkeys(one.place.site for one in values):
            here = tuple(one for one in values if one.place.site == site)
            if any(isfinite(one.value) for one in here):
                parameter = here[0].place.parameter
                of_site = tuple(one for one in groups if one.place.site == site)
                arms = tuple(axis.arms_of(one.place.arm for one in here))
                found.append(_Series(site, name, parameter.label, parameter.unit, here, of_site, arms))
    return tuple(_plot(one, axis, numbers) for one in found)


def _plot(series: _Series, axis: VisitAxis, numbers: dict[str, int]) -> Plot:
    unit = f", {series.unit}" if series.unit else ""
    title = titled(series.label[:1].upper() + series.label[1:] + unit, series.site)
    spaced = (
        "Each visit is drawn at the median day on which it took place."
        if axis.by_date
        else "Visits stand evenly, not by date."
    )
    caption = (
        "Thin grey lines: single subjects (mean of the replicates of a visit). Thick lines with marks: mean of the "
        "subjects who were measured at the visit; bars: its 95 % interval. A mean of fewer than half of the subjects "
        f"is not joined to the others. Above: subjects who were measured at any visit. {spaced}"
    )
    listed = _subjects_table(series, axis, numbers)
    tables, left_out = by_subject(listed, len(listed.rows))
    return Plot(
        title=title,
        svg=_svg(series, axis) if series.visits >= _LEAST else "",
        alt=f"{title} over visits. {_in_words(series, axis)}",
        caption=caption,
        sentences=left_out,
        tables=(_groups_table(series, axis), *tables),
    )


def _in_words(series: _Series, axis: VisitAxis) -> str:
    told = []
    for arm in series.arms:
        cells = [
            f"{axis.name_of(one.place.visit_number, one.place.visit)} {fixed(one.summary.mean.value, series.decimals)}"
            f" (n {one.summary.n})"
            for one in series.groups
            if one.place.arm == arm and one.summary.n
        ]
        told.append(f"Mean, {axis.called(arm, series.site)}: {', '.join(cells) or 'none'}.")
    return " ".join(told)


# ---- drawing


def _svg(series: _Series, axis: VisitAxis) -> str:
    """One panel an arm, and with several arms one of all means; with many arms the last alone."""
    arms = series.arms
    panels: list[Callable[[Axes], None]] = []
    if len(arms) < _MOST_PANELS:
        panels += [lambda axes, arm=arm: _draw_arm(axes, series, axis, arm) for arm in arms]  # type: ignore[misc]
    if len(arms) > 1:
        panels.append(lambda axes: _draw_means(axes, series, axis))
    wide = 7.2 if len(panels) < 3 else 10.2  # noqa: PLR2004  three panels need more room
    with figure_of(wide, 3.9) as figure:
        every = figure.subplots(1, len(panels), sharey=True, squeeze=False, gridspec_kw=margins(axis, wide))[0]
        for draw, axes in zip(panels, every, strict=True):
            draw(axes)
            name_visits(axes, axis)
        _widen(every[0])
        every[0].set_ylabel(series.unit or series.label)
        return svg_of(figure, "timeline")


def _widen(axes: Axes) -> None:
    low, high = axes.get_ylim()
    middle, half = (low + high) / 2, max(high - low, _LEAST_RANGE * (low + high) / 2) / 2
    axes.set_ylim(middle - half, middle + half)


def _draw_arm(axes: Axes, series: _Series, axis: VisitAxis, arm: str) -> None:
    x, y = _lines([one for one in series.values if one.place.arm == arm], axis)
    subjects = {one.subject for one in series.values if one.place.arm == arm and isfinite(one.value)}
    few = len(subjects) < _MANY
    axes.plot(x, y, color=_THIN, lw=0.8 if few else 0.4, marker="o" if few else "none", ms=3)
    _draw_mean(axes, series, axis, arm, 0.0)
    name = printable(axis.called(arm, series.site), 28)
    axes.set_title(f"{name} ({counted(len(subjects), 'subject')})", fontsize=10, parse_math=False)


def _draw_means(axes: Axes, series: _Series, axis: VisitAxis) -> None:
    arms = series.arms
    for place, arm in enumerate(arms):
        _draw_mean(axes, series, axis, arm, 0.016 * (place - (len(arms) - 1) / 2))
    handles, labels = axes.get_legend_handles_labels()
    legend = axes.legend(handles, labels, loc="best", fontsize=8, frameon=True, framealpha=0.9, edgecolor="none",
                         handlelength=3.2)  # fmt: skip
    for text in legend.get_texts():
        text.set_parse_math(False)
    axes.set_title("Means beside each other", fontsize=10)


def _draw_mean(axes: Axes, series: _Series, axis: VisitAxis, arm: str, aside: float) -> None:
    groups = [one for one in series.groups if one.place.arm == arm and one.summary.n >= _LEAST]
    most = max((one.summary.n for one in groups), default=0)
    x = [axis.places[one.place.visit_number] + aside for one in groups]
    means = [one.summary.mean for one in groups]
    style = axis.style_of(arm)
    for at, mean in zip(x, means, strict=True):
        if isfinite(mean.low):
            axes.plot([at, at], [mean.low, mean.high], color=style["color"], lw=1.8, marker="_", ms=7, mew=1.4)
    joined = [2 * one.summary.n >= most for one in groups]
    every = [mean.value for mean in means]
    line, marks = {**style, "marker": "none"}, {**style, "ls": "none"}
    axes.plot([at for at, use in zip(x, joined, strict=True) if use],
              [value for value, use in zip(every, joined, strict=True) if use], lw=2, **line)  # fmt: skip
    axes.plot(x, every, ms=6, mec="white", mew=0.7, **marks)
    axes.plot([], [], lw=2, ms=6, mec="white", mew=0.7, **style, label=printable(axis.called(arm, series.site), 24))


def _lines(values: Sequence[SubjectValue], axis: VisitAxis) -> tuple[list[float], list[float]]:
    """All subjects as one line with gaps: a path of its own for each would make the file several times as large."""
    by_subject: dict[str, list[SubjectValue]] = {}
    for one in values:
        if isfinite(one.value) and one.place.visit_number in axis.places:
            by_subject.setdefault(one.subject, []).append(one)
    x, y = [], []
    for some in by_subject.values():
        ordered = sorted(some, key=lambda one: one.place.visit_number)
        x += [*(axis.places[one.place.visit_number] for one in ordered), nan]
        y += [*(one.value for one in ordered), nan]
    return x, y


# ---- tables


def _groups_table(series: _Series, axis: VisitAxis) -> Table:
    several = series.arms != ("",)
    rows = [
        [
            *([one.place.arm] if several else []),
            axis.name_of(one.place.visit_number, one.place.visit) + (" (baseline)" if one.baseline else ""),
            str(one.summary.n),
            str(one.missed),
            str(one.not_measured),
            interval(one.summary.mean, series.decimals),
            fixed(one.summary.sd, series.decimals),
            interval(one.summary.median, series.decimals),
        ]
        for one in series.groups
    ]
    numbers = ("n", "Not photographed", "Not measured", "Mean (95 % interval)", "SD", "Median (95 % interval)")
    return table("By visit", (*(["Arm"] if several else []), "Visit"), numbers, rows)


def _subjects_table(series: _Series, axis: VisitAxis, numbers: dict[str, int]) -> Table:
    found: dict[str, dict[float, str]] = {}
    arms: dict[str, str] = {}
    for one in series.values:
        arms.setdefault(one.subject, one.place.arm)
        found.setdefault(one.subject, {})[one.place.visit_number] = fixed(one.value, series.decimals)
    visits = [n for n in axis.places if any(n in cells for cells in found.values())]
    several = series.arms != ("",)
    rows: list[list[Cell | str]] = [
        [subject_cell(code, numbers), *([arms[code]] if several else []), *(cells.get(n, "") for n in visits)]
        for code, cells in found.items()
    ]
    text = ("Subject", *(["Arm"] if several else []))
    return table("By subject", text, [axis.names[n] for n in visits], rows)
