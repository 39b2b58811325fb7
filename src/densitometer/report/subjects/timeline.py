"""Geometry of a site's small timeline, which the template draws: change since the baseline, or density, by visit."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from densitometer.report.texts import signed
from densitometer.study.dates import day_of

NARROW, WIDE = 360.0, 720.0
HEIGHT = 150.0
_MOST_NARROW = 4
_MOST_NAMED = 9
"""With more visits than this only every second, third... is named: names would overlap."""
_LONGEST_NAME = 11
_LEAST_GAP = 76.0
"""Visits nearer than this are set evenly, so that their names do not overlap."""
_MARGIN = 30.0
_APART = 11.0
_TICKS = 5


@dataclass(frozen=True)
class Point:
    """One photograph on the timeline.

    Attributes
    ----------
    visit : str
        Its visit; photographs of one visit stand beside one another.
    day : str
        ISO 8601; empty where it is not known.
    value, low, high : float or None
        Change since the baseline or density, in hairs per cm2, with its 95 % interval; None where not known.
    mdc95 : float or None
        Up to which a change may come from measuring alone.
    shape : str
        ``start``, ``up``, ``down`` or ``level``.
    """

    visit: str
    day: str
    value: float | None
    low: float | None = None
    high: float | None = None
    mdc95: float | None = None
    shape: str = "level"


@dataclass(frozen=True)
class Tick:
    """A value of the axis and where it stands."""

    y: float
    label: str


@dataclass(frozen=True)
class Name:
    """The name of a visit under the axis, in lines."""

    x: float
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Mark:
    """A photograph: its place, the path of its shape around that, and its interval where there is one."""

    x: float
    y: float
    shape: str
    path: str
    bar: tuple[float, float] | None


@dataclass(frozen=True)
class Timeline:
    """What the template draws, in px of its own.

    Attributes
    ----------
    width, height : float
    wide : bool
        True where it takes the whole width of the sheet.
    band : str
        Corners of the band of changes that may come from measuring alone; empty without one.
    line : str
        Corners of the line through the photographs, the first of each visit.
    zero : float or None
        Height of no change; None where densities are plotted.
    even : bool
        True where visits are not spaced by date.
    """

    width: float
    height: float
    wide: bool
    ticks: tuple[Tick, ...]
    names: tuple[Name, ...]
    marks: tuple[Mark, ...]
    band: str
    line: str
    zero: float | None
    even: bool


def timeline_of(points: Sequence[Point], names: Sequence[tuple[str, ...]], *, change: bool) -> Timeline | None:
    """Lay out a timeline; None where fewer than two visits have a value.

    Parameters
    ----------
    points : sequence of Point
        In order; those of one visit one after the other.
    names : sequence of tuple of str
        Lines of the name of each visit.
    change : bool
        True where values are changes since the baseline, of which the start is 0.
    """
    visits = list(dict.fromkeys(point.visit for point in points))
    known = [point for point in points if point.value is not None]
    if len({point.visit for point in known}) < 2:  # noqa: PLR2004  a line
        return None
    wide = len(visits) > _MOST_NARROW
    width = WIDE if wide else NARROW
    days = [next(point.day for point in points if point.visit == visit) for visit in visits]
    room = width - 2 * _MARGIN
    shares, even = _shares(days, _LEAST_GAP / room)
    low, high, step = _scale(list(_reach(known, change)))
    centres = {visit: _MARGIN + share * room for visit, share in zip(visits, shares, strict=True)}
    placed = list(_placed(known, centres))

    def height(value: float) -> float:
        return round(HEIGHT * (high - value) / (high - low), 1)

    return Timeline(
        width=width,
        height=HEIGHT,
        wide=wide,
        ticks=tuple(Tick(height(value), _label(value, change)) for value in _values(low, high, step)),
        names=tuple(_named(names, list(centres.values()))),
        marks=tuple(_mark(x, point, height) for x, point in placed),
        band=_band(placed, height) if change else "",
        line=" ".join(f"{x:g},{height(p.value or 0):g}" for x, p in placed if x == round(centres[p.visit], 1)),
        zero=height(0) if change else None,
        even=even,
    )


def _reach(known: Sequence[Point], change: bool) -> Iterator[float]:
    """Every value that has to be in the plot."""
    for point in known:
        yield from (value for value in (point.value, point.low, point.high) if value is not None)
        if change:
            yield from (0.0, *((-point.mdc95, point.mdc95) if point.mdc95 is not None else ()))


def _scale(values: Sequence[float]) -> tuple[float, float, float]:
    """Round ends of the axis around all values, and the step between its ticks."""
    least, most = min(values), max(values)
    span = max(most - least, 4.0)
    size = 10.0 ** math.floor(math.log10(span / _TICKS))
    step = next(size * factor for factor in (1, 2, 5, 10) if span / (size * factor) <= _TICKS)
    low, high = step * math.floor(least / step), step * math.ceil(most / step)
    return low, high if high > low else low + step, step


def _values(low: float, high: float, step: float) -> Iterator[float]:
    for number in range(round((high - low) / step) + 1):
        yield low + number * step


def _label(value: float, change: bool) -> str:
    return signed(value, 0) if change else f"{value:.0f}"


def _shares(days: Sequence[str], least: float) -> tuple[list[float], bool]:
    """Places of visits from 0 to 1: by date where dates are known and let the names stand apart, else evenly."""
    even = [number / (len(days) - 1) for number in range(len(days))]
    ordinals = [day.toordinal() for text in days if (day := day_of(text))]
    if len(ordinals) < len(days):
        return even, True
    span = ordinals[-1] - ordinals[0]
    if any(later - earlier < least * span or later <= earlier for earlier, later in pairwise(ordinals)):
        return even, True
    return [(ordinal - ordinals[0]) / span for ordinal in ordinals], False


def _placed(known: Sequence[Point], centres: dict[str, float]) -> Iterator[tuple[float, Point]]:
    """Photographs with their places: the first of a visit in the middle, the others beside it."""
    seen: dict[str, int] = {}
    for point in known:
        number = seen[point.visit] = seen.get(point.visit, -1) + 1
        yield round(centres[point.visit] + _APART * number, 1), point


def _named(names: Sequence[tuple[str, ...]], centres: Sequence[float]) -> Iterator[Name]:
    every = -(-len(names) // _MOST_NAMED)
    for x, lines in list(zip(centres, names, strict=True))[::every]:
        short = (text if len(text) <= _LONGEST_NAME else text[: _LONGEST_NAME - 1] + "…" for text in lines)
        yield Name(round(x, 1), tuple(short))


def _band(placed: Sequence[tuple[float, Point]], height: Callable[[float], float]) -> str:
    """Corners of the band around no change: out along its upper edge and back along the lower one."""
    limits = [(x, point.mdc95) for x, point in placed if point.mdc95 is not None]
    if not limits:
        return ""
    limits = [(placed[0][0], limits[0][1]), *limits]
    upper = [f"{x:g},{height(limit):g}" for x, limit in limits]
    return " ".join([*upper, *(f"{x:g},{height(-limit):g}" for x, limit in reversed(limits))])


_PATHS = {
    "start": "M0 -6L6 0L0 6L-6 0Z",
    "up": "M0 -6.5L6 5L-6 5Z",
    "down": "M0 6.5L6 -5L-6 -5Z",
    "level": "M-5 0A5 5 0 1 0 5 0A5 5 0 1 0 -5 0Z",
}


def _mark(x: float, point: Point, height: Callable[[float], float]) -> Mark:
    known = point.low is not None and point.high is not None
    bar = (height(point.high or 0.0), height(point.low or 0.0)) if known else None
    return Mark(x, height(point.value or 0.0), point.shape, _PATHS[point.shape], bar)
