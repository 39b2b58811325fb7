"""Waterfall of the subjects at the last visit: one bar each, sorted, filled where the change exceeds the error."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any

from densitometer.report.drawing import GREEN, GREY, INK, ORANGE, figure_of, svg_of
from densitometer.report.study.axis import VisitAxis, printable
from densitometer.report.study.caveats import without_control
from densitometer.report.study.change_band import with_interval
from densitometer.report.study.parts import Cell, Plot, by_subject, minus, subject_cell, table, titled
from densitometer.report.texts import VERDICTS, fixed, shown, signed
from densitometer.statistics import Share
from densitometer.summary.model import EVERYBODY, Responders, StudySummary, SubjectChange

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BARS: dict[str, dict[str, Any]] = {
    "increase": {"facecolor": GREEN, "edgecolor": INK},
    "decrease": {"facecolor": "white", "edgecolor": ORANGE, "hatch": "/////"},
    "within_error": {"facecolor": "#e9edf0", "edgecolor": GREY},
}
_MOST_NAMED, _LONGEST_NAME, _LEAST_WIDE = 34, 11, 6
_SOURCES = {
    "replicates": "from the replicates of this study",
    "validated": "from rendered scalps, because replicates are too few",
}
_LEAST_PERCENT = 5
"""Of fewer subjects, a share in per cent would look more certain than it is."""


def waterfalls(summary: StudySummary, axis: VisitAxis, numbers: dict[str, int]) -> tuple[Plot, ...]:
    """Plot the change of each subject at the last visit of each site that has one.

    Parameters
    ----------
    summary : StudySummary
    axis : VisitAxis
    numbers : dict of str to int
        Numbers of the subjects' pages.
    """
    found = []
    known = [one for one in summary.waterfall if isfinite(one.change)]
    for site in dict.fromkeys(one.site for one in known):
        here = [one for one in known if one.site == site]
        last = max(one.visit_number for one in here)
        some = [one for one in here if one.visit_number == last]
        shares = [one for one in summary.responders if one.site == site and one.visit_number == last]
        bare = {one.arm for one in shares if without_control(summary, site, one.arm, last)}
        found.append(_plot(axis, some, shares, bare, numbers))
    return tuple(found)


def _plot(
    axis: VisitAxis,
    changes: Sequence[SubjectChange],
    shares: Sequence[Responders],
    bare: Collection[str],
    numbers: dict[str, int],
) -> Plot:
    """Plot the changes of one site and visit; ``bare`` are arms that had no control there."""
    visit = axis.name_of(changes[0].visit_number, changes[0].visit)
    title = titled(f"Change of each subject at the last visit, {visit}", changes[0].site)
    sentences = tuple(
        _sentence(axis.called(one.arm, one.site) + (", uncontrolled" if one.arm in bare else ""), one)
        + _beside_control(one, shares)
        for one in shares
    )
    arms = axis.arms_of(one.arm for one in changes)
    several = arms != [EVERYBODY]
    ordered = [one for arm in arms for one in _sorted(changes, arm)]
    text = ("Subject", *(["Arm"] if several else []), "Verdict")
    rows: list[list[Cell | str]] = [
        [
            subject_cell(one.subject, numbers),
            *([one.arm] if several else []),
            VERDICTS.get(one.verdict, one.verdict),
            with_interval(one),
            fixed(one.mdc95, 1),
        ]
        for one in ordered
    ]
    listed = table("By subject", text, ("Change, hairs/cm² (95 % interval)", "MDC95"), rows)
    tables, left_out = by_subject(listed, len(rows))
    return Plot(
        title=title,
        svg=_svg(axis, changes) if len(changes) > 1 else "",
        alt=f"{title}: bars from the largest rise to the largest fall. {' '.join(sentences)}",
        caption=(
            "One bar a subject, from the largest rise to the largest fall. Dark filled: increase beyond error; "
            "hatched: decrease beyond error; light: within error, as is a bar beyond MDC95 whose interval holds zero. "
            "Short lines: MDC95 of the subject, on the side of its change."
        ),
        sentences=(*sentences, *left_out),
        tables=tables,
    )


def _sorted(changes: Sequence[SubjectChange], arm: str) -> list[SubjectChange]:
    return sorted((one for one in changes if one.arm == arm), key=lambda one: (-one.change, one.subject))


def _sentence(arm: str, one: Responders) -> str:
    """Who changed by more than error, in words: of whom, and by which error."""
    if not one.increase.n:
        return f"{arm}: nobody has a verdict at this visit ({_denominators(one)})."
    return (
        f"{arm}: of those with a verdict {_share(one.increase)} had an increase beyond the error, "
        f"{_share(one.decrease)} a decrease, and {_share(one.within_error)} a change within error "
        f"({_denominators(one)}).{_mdc95(one)}"
    )


def _beside_control(one: Responders, shares: Sequence[Responders]) -> str:
    """How many more rose than in the control arm; of few nothing, as no share of them is told in per cent."""
    found, control = one.beside_control, shown(one.control)
    if found is None:
        return ""
    if not found.known:
        return f" Increases are not compared with {control}, as {shown(found.reason or 'they are not known')}."
    if min(one.increase.n, *(each.increase.n for each in shares if each.arm == one.control)) < _LEAST_PERCENT:
        return ""
    points = [minus(signed(100 * value, 0)) for value in (found.value, found.low, found.high)]
    between = f" (95 % interval {points[1]} to {points[2]})" if isfinite(found.low) else ""
    return f" The share with an increase, less that in {control}, is {points[0]} percentage points{between}."


def _denominators(one: Responders) -> str:
    """Those who are expected, and where they went."""
    return (
        f"{one.expected} expected, {one.missed} without a photograph of this visit, {one.not_comparable} not to be "
        f"compared, {one.increase.n} with a verdict"
    )


def _mdc95(one: Responders) -> str:
    """The error by which they are told, and where it comes from."""
    if not isfinite(one.mdc95_low):
        return ""
    low, high = fixed(one.mdc95_low, 1), fixed(one.mdc95_high, 1)
    sources = [_SOURCES.get(name, name) for name in one.mdc95_source.split(";") if name]
    used = f" MDC95 {low if low == high else f'{low} to {high}'} hairs/cm²"
    return f"{used}, {' or '.join(sources)}." if sources else f"{used}."


def _share(one: Share) -> str:
    estimate = one.estimate
    if one.count is None or not estimate.known:
        return "an unknown share"
    if one.n < _LEAST_PERCENT:
        return f"{one.count} of {one.n}"
    between = (
        f", 95 % interval {100 * estimate.low:.0f} to {100 * estimate.high:.0f} %" if isfinite(estimate.low) else ""
    )
    return f"{one.count} of {one.n} ({100 * estimate.value:.0f} %{between})"


def _svg(axis: VisitAxis, changes: Sequence[SubjectChange]) -> str:
    """One panel an arm, as wide as it has subjects."""
    arms = axis.arms_of(one.arm for one in changes)
    groups, named = [_sorted(changes, arm) for arm in arms], len(changes) <= _MOST_NAMED
    with figure_of(9.4, 3.6) as figure:
        inside = {"left": 0.07, "right": 0.99, "top": 0.9, "bottom": 0.24 if named else 0.11, "wspace": 0.05}
        every = figure.subplots(
            1,
            len(arms),
            sharey=True,
            squeeze=False,
            gridspec_kw=inside,
            width_ratios=[max(len(some), _LEAST_WIDE) + 2 for some in groups],
        )[0]
        for arm, some, axes in zip(arms, groups, every, strict=True):
            _draw(axes, some, named=named)
            axes.set_title(
                f"{printable(axis.called(arm, some[0].site), 28)} (n {len(some)})", fontsize=10, parse_math=False
            )
        every[0].set_ylabel("change, hairs/cm²")
        return svg_of(figure, "waterfall")


def _end_of(code: str) -> str:
    """Last letters of a code that is too long: subjects of one study mostly begin alike."""
    name = printable(code, len(code))
    return name if len(name) <= _LONGEST_NAME else "…" + name[1 - _LONGEST_NAME :]


def _draw(axes: Axes, changes: Sequence[SubjectChange], *, named: bool) -> None:
    line = 0.8 if named else 0.3
    for verdict, style in _BARS.items():
        some = [(place, one.change) for place, one in enumerate(changes) if one.verdict == verdict]
        axes.bar([x for x, _ in some], [y for _, y in some], width=0.8, lw=line, **style)
    limits = [(x, (1 if one.change >= 0 else -1) * one.mdc95) for x, one in enumerate(changes) if isfinite(one.mdc95)]
    axes.hlines([y for _, y in limits], [x - 0.45 for x, _ in limits], [x + 0.45 for x, _ in limits], color=INK, lw=1)
    axes.axhline(0, color=INK, lw=1)
    axes.set_xlim(-1, max(len(changes), _LEAST_WIDE))
    names = [_end_of(one.subject) for one in changes] if named else []
    axes.set_xticks(range(len(names)), names, rotation=90, fontsize=7.5, parse_math=False)
    if not named:
        axes.set_xlabel("subjects, sorted")
