"""Plots of change: a site over its visits, and how much wider or narrower the hairs became that stayed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from densitometer.report.drawing import BAND, BLUE, GREEN, GREY, INK, ORANGE, SOFT, figure_of, svg_of
from densitometer.report.texts import VERDICTS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MARKS = {"increase": ("^", GREEN), "decrease": ("v", ORANGE), "within_error": ("o", GREY)}
_LEAST_GAP = 0.13
"""Visits nearer than this share of the axis are set evenly, so that their names do not overlap."""
_LONGEST_NAME = 16
_MOST_LEVEL = 7
_MOST_NAMED = 16
"""With more visits than this only every second, third... is named, and hairs are not numbered: they would overlap."""
_PAIR = {"left": 0.085, "right": 0.98, "top": 0.97, "bottom": 0.15, "wspace": 0.24}


@dataclass(frozen=True)
class TimelinePoint:
    """A visit beside its baseline; numbers are None where not comparable.

    Attributes
    ----------
    name : str
        Of the visit.
    visit_date : str
        ISO; empty if not known.
    change_per_cm2, low_per_cm2, high_per_cm2 : float or None
        Against the baseline, with its 95 % interval.
    mdc95_per_cm2 : float or None
    verdict : str
    lost, gained : int or None
    """

    name: str
    visit_date: str
    change_per_cm2: float | None
    low_per_cm2: float | None
    high_per_cm2: float | None
    mdc95_per_cm2: float | None
    verdict: str
    lost: int | None
    gained: int | None


def timeline_svg(
    baseline: str, baseline_date: str, baseline_per_cm2: float | None, points: Sequence[TimelinePoint]
) -> str:
    """Plot the density of a site over its visits: the baseline plus the change since, as SVG text.

    The grey band is the change that measuring twice alone may show (MDC95); the bars are the 95 % intervals of the
    changes. Below stand the hairs lost and gained since the baseline.

    Parameters
    ----------
    baseline, baseline_date : str
    baseline_per_cm2 : float or None
        None to plot changes alone, from zero on.
    points : sequence of TimelinePoint
        Visits after the baseline, in order.

    Returns
    -------
    str
        The same input gives the same text.
    """
    places, even = _places([baseline_date, *(point.visit_date for point in points)])
    names = [_name(baseline, baseline_date), *(_name(point.name, point.visit_date) for point in points)]
    slanted, every = len(names) > _MOST_LEVEL, -(-len(names) // _MOST_NAMED)
    with figure_of(7.2, 4.4) as figure:
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1), gridspec_kw=_inside(slanted))
        _plot_density(upper, baseline_per_cm2 or 0.0, places, points)
        _plot_turnover(lower, places, points)
        upper.set_ylabel("change, hairs per cm²" if baseline_per_cm2 is None else "hairs per cm²")
        slant: dict[str, Any] = {"rotation": 35, "ha": "right"} if slanted else {}
        lower.set_xticks(places[::every], names[::every], parse_math=False, **slant)
        lower.set_xlim(places[0] - 0.08, places[-1] + 0.08)
        if even:
            lower.set_xlabel("visits, not spaced by date", color=SOFT)
        return svg_of(figure, "timeline")


def width_shift_svg(
    pairs_um: Sequence[tuple[float, float]], mean_um: float | None, low_um: float | None, high_um: float | None
) -> str:
    """Plot the widths of the hairs that stayed, as SVG text: follow-up over baseline, and their changes.

    Parameters
    ----------
    pairs_um : sequence of (baseline width, follow-up width)
        At least one pair.
    mean_um, low_um, high_um : float or None
        The reported change with its 95 % interval.
    """
    pairs = np.asarray(pairs_um, float).reshape(-1, 2)
    with figure_of(7.6, 3.5) as figure:
        left, right = figure.subplots(1, 2, width_ratios=(1, 1.25), gridspec_kw=_PAIR)
        _plot_pairs(left, pairs)
        _plot_changes(right, pairs[:, 1] - pairs[:, 0], mean_um, low_um, high_um)
        return svg_of(figure, "widths")


def _plot_density(axes: Axes, start: float, places: NDArray[np.float64], points: Sequence[TimelinePoint]) -> None:
    shown = [(x, p) for x, p in zip(places[1:], points, strict=True) if p.change_per_cm2 is not None]
    band = [(x, p.mdc95_per_cm2) for x, p in shown if p.mdc95_per_cm2 is not None]
    if band:
        x = np.array([places[0], *(x for x, _ in band)])
        half = np.array([band[0][1], *(size for _, size in band)], float)
        axes.fill_between(x, start - half, start + half, color=BAND, lw=0, label="change of up to MDC95")
    axes.axhline(start, color=SOFT, lw=1, ls=(0, (4, 3)))
    axes.plot([places[0], *(x for x, _ in shown)], [start, *(start + (p.change_per_cm2 or 0) for _, p in shown)],
              color=SOFT, lw=1)  # fmt: skip
    axes.plot([places[0]], [start], marker="D", ms=7, color=INK, ls="none", label="baseline")
    said = set()
    for x, point in shown:
        marker, colour = _MARKS.get(point.verdict, ("o", GREY))
        word = VERDICTS.get(point.verdict, "")
        y = start + (point.change_per_cm2 or 0.0)
        if point.low_per_cm2 is not None and point.high_per_cm2 is not None:
            axes.plot([x, x], [start + point.low_per_cm2, start + point.high_per_cm2], color=colour, lw=1.8)
        label = None if word in said or not word else word
        axes.plot([x], [y], marker=marker, ms=9, color=colour, ls="none", label=label)
        said.add(word)
    for x, point in zip(places[1:], points, strict=True):
        if point.change_per_cm2 is None:
            axes.text(x, 0.03, "not\ncomparable", transform=axes.get_xaxis_transform(), ha="center", va="bottom",
                      color=INK, fontsize=9)  # fmt: skip
    axes.margins(y=0.2)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=5, frameon=False, fontsize=9, borderaxespad=0.2,
                handletextpad=0.4, columnspacing=1.2)  # fmt: skip


def _plot_turnover(axes: Axes, places: NDArray[np.float64], points: Sequence[TimelinePoint]) -> None:
    """Bars of the hairs gained, upwards, and lost, downwards and hatched, with their numbers."""
    most = max([1, *(count for p in points for count in (p.lost, p.gained) if count is not None)])
    wide = min(0.035, 0.6 / max(1, len(points)))
    for x, point in zip(places[1:], points, strict=True):
        if point.lost is None or point.gained is None:
            continue
        axes.bar([x], [point.gained], width=wide, color=GREEN)
        axes.bar([x], [-point.lost], width=wide, color="white", edgecolor=ORANGE, hatch="////", lw=1)
        if len(points) < _MOST_NAMED:
            axes.text(x + 0.025, 0.5 * most, f"+{point.gained}", va="center", fontsize=9)
            axes.text(x + 0.025, -0.5 * most, f"\u2212{point.lost}", va="center", fontsize=9)
    axes.axhline(0, color=INK, lw=1)
    axes.set_ylim(-1.15 * most, 1.15 * most)
    axes.set_yticks([])
    axes.set_ylabel("hairs gained,\nlost (hatched)")


def _plot_pairs(axes: Axes, pairs: NDArray[np.float64]) -> None:
    top = 10.0 * np.ceil(1.05 * pairs.max() / 10.0)
    axes.fill_between([0, top], [0, top], color="#f3f5f7", lw=0)
    axes.plot([0, top], [0, top], color=SOFT, lw=1, ls=(0, (4, 3)))
    axes.plot(pairs[:, 0], pairs[:, 1], "o", ms=4, mfc="none", mec=BLUE, mew=1)
    axes.text(0.04, 0.95, "thicker", transform=axes.transAxes, va="top", color=SOFT)
    axes.text(0.96, 0.05, "thinner", transform=axes.transAxes, ha="right", color=SOFT)
    axes.set_xlim(0, top)
    axes.set_ylim(0, top)
    axes.set_aspect("equal")
    axes.set_xlabel("width at the baseline, µm")
    axes.set_ylabel("at the follow-up, µm")


def _plot_changes(
    axes: Axes, changes: NDArray[np.float64], mean_um: float | None, low_um: float | None, high_um: float | None
) -> None:
    """Histogram of the changes, with the mean and its interval above."""
    reach = max(10.0, float(np.abs(changes).max()))
    step = next((size for size in (2.0, 2.5, 5.0, 10.0, 20.0) if reach / size <= 10), 50.0)  # noqa: PLR2004  ten a side
    edges = step * (np.arange(-np.ceil(reach / step) - 0.5, np.ceil(reach / step) + 1))
    counts, _, _ = axes.hist(changes, list(edges), color=BLUE, edgecolor="white", lw=0.8)
    most = float(np.max(counts))
    axes.axvline(0, color=INK, lw=1.2)
    if mean_um is not None:
        if low_um is not None and high_um is not None:
            axes.plot([low_um, high_um], [1.12 * most] * 2, color=ORANGE, lw=3, solid_capstyle="butt")
        axes.plot([mean_um], [1.12 * most], "D", color=ORANGE, ms=7)
        axes.text(0.5, 0.99, _mean_text(mean_um, low_um, high_um), transform=axes.transAxes, ha="center", va="top",
                  bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5})  # fmt: skip
    axes.set_ylim(0, 1.38 * most)
    axes.set_xlabel("change of width, µm (left: thinner, right: thicker)")
    axes.set_ylabel("hairs")


def _mean_text(mean_um: float, low_um: float | None, high_um: float | None) -> str:
    interval = "" if low_um is None or high_um is None else f" ({low_um:+.1f} to {high_um:+.1f})"
    return f"mean {mean_um:+.1f} µm{interval}".replace("-", "\u2212")


def _places(dates: Sequence[str]) -> tuple[NDArray[np.float64], bool]:
    """Places of visits from 0 to 1, by date where dates are known and let the names stand apart, else evenly."""
    even = np.linspace(0, 1, len(dates)) if len(dates) > 1 else np.array([0.5])
    try:
        days = np.array([date.fromisoformat(text).toordinal() for text in dates], float)
    except ValueError:
        return even, True
    gaps = np.diff(days)
    if len(days) < 2 or gaps.min() <= 0 or gaps.min() / (days[-1] - days[0]) < _LEAST_GAP:  # noqa: PLR2004  a line
        return even, True
    return (days - days[0]) / (days[-1] - days[0]), False


def _name(name: str, visit_date: str) -> str:
    text = "".join(sign if sign.isprintable() else "\ufffd" for sign in name)
    text = text if len(text) <= _LONGEST_NAME else text[: _LONGEST_NAME - 1] + "…"
    return "\n".join(part for part in (text, visit_date if visit_date != name else "") if part)


def _inside(slanted: bool) -> dict[str, float]:
    """Margins of the timeline; set by hand, as fitting them takes as long as all the rest."""
    return {"left": 0.115, "right": 0.97, "top": 0.93, "bottom": 0.27 if slanted else 0.18, "hspace": 0.12}
