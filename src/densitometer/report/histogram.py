"""How wide the hairs of a photograph are, as a small drawing that needs no other file."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

BIN_UM = 5.0
MARKS_UM = (30.0, 40.0)

_LEAST_SPAN_UM = 100.0
_PLOT_WIDTH, _PLOT_HEIGHT = 480.0, 150.0


@dataclass(frozen=True)
class Bar:
    """One bin as a rectangle in the drawing's units, with what it stands for."""

    low_um: float
    high_um: float
    count: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Tick:
    """A labelled place on an axis, in the drawing's units."""

    label: str
    at: float


@dataclass(frozen=True)
class Histogram:
    """Widths in bins of 5 um, ready to be drawn.

    Attributes
    ----------
    bars : tuple of Bar
        All bins from 0 um on, empty ones too; their counts add up to ``total``.
    x_ticks, y_ticks, marks : tuple of Tick
        ``marks`` are the lines at 30 and 40 um between vellus and terminal hair.
    total : int
        Hairs whose width was measured.
    summary : str
        How many hairs are on each side of the marks, in words.
    in_words : str
        Every bin that is not empty, in words, for those who do not see the drawing.
    """

    bars: tuple[Bar, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    marks: tuple[Tick, ...]
    total: int
    summary: str
    in_words: str
    width: float = _PLOT_WIDTH
    height: float = _PLOT_HEIGHT


def width_histogram(widths_um: Iterable[float]) -> Histogram | None:
    """Count widths in bins of 5 um: [0, 5), [5, 10) and so on.

    Parameters
    ----------
    widths_um : iterable of float
        Widths in um; those that are not finite or below zero are left out.

    Returns
    -------
    Histogram or None
        None when no width was measured.
    """
    widths = [width for width in widths_um if math.isfinite(width) and width >= 0]
    if not widths:
        return None
    bins = math.ceil(max(_LEAST_SPAN_UM, math.floor(max(widths) / BIN_UM) * BIN_UM + BIN_UM) / BIN_UM)
    counts = [0] * bins
    for width in widths:
        counts[int(width // BIN_UM)] += 1
    step = _round_step(max(counts))
    top = step * math.ceil(max(counts) / step)
    return Histogram(
        bars=_bars(counts, top),
        x_ticks=_x_ticks(bins * BIN_UM),
        y_ticks=tuple(Tick(str(n), _y(n, top)) for n in range(0, top + 1, step)),
        marks=tuple(Tick(f"{mark:g}", _x(mark, bins * BIN_UM)) for mark in MARKS_UM),
        total=len(widths),
        summary=_summary(widths),
        in_words="; ".join(f"{i * BIN_UM:g} to {(i + 1) * BIN_UM:g} µm: {n}" for i, n in enumerate(counts) if n),
    )


def _bars(counts: list[int], top: int) -> tuple[Bar, ...]:
    span_um = len(counts) * BIN_UM
    width = round(_PLOT_WIDTH / len(counts), 2)
    bars = []
    for number, count in enumerate(counts):
        low, y = number * BIN_UM, _y(count, top)
        bars.append(Bar(low, low + BIN_UM, count, _x(low, span_um), y, width, round(_PLOT_HEIGHT - y, 2)))
    return tuple(bars)


def _x(um: float, span_um: float) -> float:
    return round(um / span_um * _PLOT_WIDTH, 2)


def _y(count: int, top: int) -> float:
    return round(_PLOT_HEIGHT * (1 - count / top), 2)


def _round_step(most: int) -> int:
    """Give a step of 1, 2, 5, 10 and so on by which at most five reach ``most``."""
    decade: int = 10 ** max(0, len(str(most)) - 2)
    return next(step * decade for step in (1, 2, 5, 10, 20) if most <= 5 * step * decade)


def _x_ticks(span_um: float) -> tuple[Tick, ...]:
    step = 10 * _round_step(math.ceil(span_um / 20))
    return tuple(Tick(str(um), _x(um, span_um)) for um in range(0, int(span_um) + 1, step))


def _summary(widths: list[float]) -> str:
    low, high = MARKS_UM
    fine, middle = sum(width < low for width in widths), sum(low <= width < high for width in widths)
    hairs = f"{len(widths)} counted hair" + ("s" if len(widths) != 1 else "")
    classes = f"{fine} below {low:g} µm, {middle} from {low:g} to {high:g} µm"
    return f"{hairs} with a width: {classes}, {len(widths) - fine - middle} of {high:g} µm or more"
