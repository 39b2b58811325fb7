"""How far replicates of one visit differ: Bland-Altman plots, and the error of measurement in words."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

from densitometer.report.drawing import BAND, BLUE, INK, ORANGE, SOFT, figure_of, svg_of
from densitometer.report.study.parts import Plot, Table, counted, decimals_of, interval, table, titled
from densitometer.report.texts import fixed, shown, signed
from densitometer.statistics import Limits
from densitometer.summary.model import Design, GroupChange, StudySummary, WithinVisit

PLOTTED = ("density_per_cm2", "mean_width_um")
_MANY = 150
ONE_VISIT = (
    "These are errors of two photographs of one visit, taken minutes apart. Between visits hair is combed and cut anew "
    "too, so that unchanged scalps can exceed this MDC95 far more often than 1 time in 20."
)
NEARER = (
    "The SD of the change of the control is nearer to the error between visits, but holds what hair does without "
    "treatment too."
)
_NO_PAIR = "no two replicates of one visit were matched hair by hair"
_LEAST_ICC = 0.5
_LOW_ICC = " (below 0.5: subjects differ too little beside the error for one photograph to tell them apart)"


def replicate_plots(summary: StudySummary) -> tuple[Plot, ...]:
    """Plot the differences of replicates of density and of width over their means."""
    return tuple(_plot(one) for one in summary.repeatability if _is_plotted(one))


def _is_plotted(one: WithinVisit) -> bool:
    return one.method == "subtracted" and one.parameter.name in PLOTTED and bool(one.pairs)


def error_sentences(summary: StudySummary) -> tuple[str, ...]:
    """Error of what is plotted and of a change found hair by hair, a sentence each."""
    some = [one for one in summary.repeatability if one.method == "matched" or one.parameter.name in PLOTTED]
    told = [_sentence(one) for one in some]
    if any(isfinite(one.mdc95) for one in some):
        told += [ONE_VISIT, *_control_sentences(summary)]
    return tuple(told)


def _control_sentences(summary: StudySummary) -> Iterator[str]:
    """Spread of the change where nothing was treated, of each control arm and site at its last visit with a spread."""
    last: dict[tuple[str, str], GroupChange] = {}
    for one in summary.changes:
        if _is_control(one, summary.design) and isfinite(one.change.sd):
            key = (one.place.arm, one.place.site)
            if key not in last or one.place.visit_number >= last[key].place.visit_number:
                last[key] = one
    yield from map(_spread, last.values())
    if last:
        yield NEARER


def _is_control(one: GroupChange, design: Design) -> bool:
    arm = bool(design.control_arm) and one.place.arm == design.control_arm
    site = bool(design.control_site) and one.place.site == design.control_site
    return one.method == "matched" and one.place.parameter.name == PLOTTED[0] and (arm or site)


def _spread(one: GroupChange) -> str:
    where = titled(one.place.arm, one.place.site, one.place.visit)
    sd = fixed(one.change.sd, decimals_of(one.place.parameter.name))
    return f"Control ({where}): SD of the change {sd} {one.place.parameter.unit}, n {one.change.n}, hair by hair."


def _sentence(one: WithinVisit) -> str:
    label, decimals = _called(one), decimals_of(one.parameter.name)
    unit = f" {one.parameter.unit}" if one.parameter.unit else ""
    sem = one.matched_sem if one.method == "matched" else one.repeatability.sem if one.repeatability else None
    if sem is None or not sem.known:
        why = sem.reason if sem is not None and sem.reason else "there are no replicates"
        why = _NO_PAIR if one.method == "matched" and not one.matched_pairs else why
        return f"{label}: the error of measurement is not known, as {shown(why)}."
    told = [f"{label}: standard error of measurement (SEM) {interval(sem, decimals + 1)}{unit}"]
    if one.repeatability is not None and isfinite(one.repeatability.cv_logs_percent):
        told.append(f"coefficient of variation (CV) {one.repeatability.cv_logs_percent:.1f} %")
    elif one.repeatability is not None:
        told.append("no coefficient of variation (CV), as some value is not above 0")
    if isfinite(one.mdc95):
        told.append(f"smallest change of one subject beyond error (MDC95) {fixed(one.mdc95, decimals)}{unit}")
    if one.icc is not None and one.icc.estimate.known:
        low = _LOW_ICC if one.icc.estimate.value < _LEAST_ICC else ""
        told.append(f"intraclass correlation (ICC(2,1)) {interval(one.icc.estimate, 3)}, of one pair a subject{low}")
    return ", ".join(told) + _rests_on(one) + "."


def _called(one: WithinVisit) -> str:
    label = one.parameter.label[:1].upper() + one.parameter.label[1:]
    return f"{label}, change found hair by hair" if one.method == "matched" else label


def _rests_on(one: WithinVisit) -> str:
    copies = f"; {counted(one.copies, 'copy', 'copies')} of a file left out" if one.copies else ""
    subjects = f"{counted(one.subjects, 'subject')}, all sites and visits together"
    if one.repeatability is None:
        return f" (from {counted(one.matched_pairs, 'matched pair')} of {subjects}{copies})"
    some = one.repeatability
    return f" (from {some.measurements} photographs of {counted(some.groups, 'visit')} of {subjects}{copies})"


def _plot(one: WithinVisit) -> Plot:
    unit, decimals = one.parameter.unit, decimals_of(one.parameter.name)
    title = f"Replicates of one visit: {one.parameter.label}"
    limits = one.limits
    words = "" if limits is None else _limits_in_words(limits, unit, decimals)
    return Plot(
        title=title,
        svg=_svg(one),
        alt=f"{title}. Difference of {counted(len(one.pairs), 'pair')} over the mean of both. {words}",
        caption=(
            "One mark for the two first replicates of a subject, site and visit: their difference (second less first) "
            "over their mean. Solid line: bias; dashed lines: 95 % limits of agreement, between which 19 of 20 such "
            "differences are expected; shaded: the 95 % intervals of the three."
        ),
        sentences=(words,) if words else (),
        tables=(_pairs_table(one, decimals),),
    )


def _limits_in_words(limits: Limits, unit: str, decimals: int) -> str:
    if not limits.bias.known:
        return f"The limits of agreement are not known, as {limits.bias.reason}."
    ends = f"{interval(limits.low, decimals, sign=True)} and {interval(limits.high, decimals, sign=True)}"
    between = f"; 95 % limits of agreement {ends}" if limits.low.known else ""
    return f"Bias {interval(limits.bias, decimals, sign=True)}{between}{f' {unit}' if unit else ''}."


def _pairs_table(one: WithinVisit, decimals: int) -> Table:
    rows = [
        [str(number), fixed(first, decimals), fixed(second, decimals), signed(second - first, decimals)]
        for number, (first, second) in enumerate(one.pairs, start=1)
    ]
    return table("Pairs", ("No.",), ("First", "Second", "Second less first"), rows)


def _svg(one: WithinVisit) -> str:
    x = [(first + second) / 2 for first, second in one.pairs]
    y = [second - first for first, second in one.pairs]
    unit = f", {one.parameter.unit}" if one.parameter.unit else ""
    with figure_of(7.2, 3.7) as figure:
        axes = figure.subplots(gridspec_kw={"left": 0.1, "right": 0.84, "top": 0.96, "bottom": 0.15})
        axes.axhline(0, color=SOFT, lw=0.8, ls=(0, (1, 2)))
        for name, estimate, dashes in _lines(one.limits):
            if isfinite(estimate[1]):
                axes.axhspan(estimate[1], estimate[2], color=BAND, lw=0, alpha=0.75, zorder=0)
            axes.axhline(estimate[0], color=INK if name == "bias" else ORANGE, lw=1.4, ls=dashes)
            axes.annotate(f"{name}\n{signed(estimate[0], 1)}", (1.01, estimate[0]), fontsize=9, va="center",
                          xycoords=("axes fraction", "data"), annotation_clip=False)  # fmt: skip
        axes.plot(x, y, "o", ms=5 if len(x) < _MANY else 3, mfc="none", mec=BLUE, mew=1)
        axes.set_xlabel(f"mean of both{unit}")
        axes.set_ylabel(f"second less first{unit}")
        return svg_of(figure, "replicates")


def _lines(limits: Limits | None) -> list[tuple[str, tuple[float, float, float], object]]:
    if limits is None:
        return []
    named = (
        ("upper limit", limits.high, (0, (6, 3))),
        ("bias", limits.bias, "-"),
        ("lower limit", limits.low, (0, (6, 3))),
    )
    return [(name, (one.value, one.low, one.high), dashes) for name, one, dashes in named if one.known]
