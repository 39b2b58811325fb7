"""What the report shows of comparisons between visits: ready texts and plots, made from rows alone."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from densitometer.dictionary import CHANGE_COLUMNS
from densitometer.flags import Flag
from densitometer.report.change_plots import TimelinePoint, timeline_svg, width_shift_svg
from densitometer.report.change_sentences import alignment, besides, plain_change, says, width_change
from densitometer.report.hair_rows import HairRow, hair_rows, left_out, overlooked
from densitometer.report.texts import (
    VERDICTS,
    data_uri,
    fixed,
    flag_named,
    number,
    relative_url,
    shown,
    signed,
    text,
    visit_called,
)

if TYPE_CHECKING:
    from densitometer.results import PhotoResult

Cell = str | int | float | None
Row = Mapping[str, Cell]

MOST_PLOTTED = 100
"""With more comparisons than this, plots would make a page that takes long to write and to open."""
_MOST_OPEN = 2


@dataclass(frozen=True)
class ComparisonView:
    """One comparison as it goes into the report.

    Attributes
    ----------
    row : mapping
        Its row of ``changes.csv``.
    matches : sequence of mapping
        Its rows of ``matches.csv``; may be left out for a page that lists numbers alone.
    picture, blink : str or None
        Paths of the side-by-side picture and of the animated one, relative to the results folder, with forward
        slashes; None where there is none.
    """

    row: Row
    matches: Sequence[Row] = ()
    picture: str | None = None
    blink: str | None = None


@dataclass(frozen=True)
class ChangeView:
    """One comparison as the page shows it; texts are empty where nothing was measured.

    Attributes
    ----------
    earlier, later : tuple of str
        Visit (or else photograph) and date.
    photos : tuple of (name, number)
        Baseline and follow-up; the number is that of their section, 0 where they have none.
    width_plot : str
        Address of the plot; its words are ``width``.
    hairs : tuple of HairRow
        Without those that were probably overlooked in one photograph.
    overlooked : int
        How many these are.
    left_out : str
        What they are, in words; empty for none.
    """

    number: int
    earlier: tuple[str, str]
    later: tuple[str, str]
    photos: tuple[tuple[str, int], ...]
    previous: bool
    comparable: bool
    reason: str
    counts: dict[str, str]
    change: str
    interval: str
    percent: str
    mdc95: str
    verdict: str
    says: str
    plain: str
    alignment: str
    width: str
    width_plot: str
    besides: tuple[str, ...]
    flags: tuple[Flag, ...]
    picture_url: str
    blink_url: str
    hairs: tuple[HairRow, ...]
    overlooked: int
    left_out: str
    values: tuple[tuple[str, str, str], ...]
    open: bool

    @property
    def all_stayed(self) -> bool:
        """Whether no hair was lost, gained or unsure, but for those that were probably overlooked."""
        counts = {"lost": 0, "gained": 0, "ambiguous": self.overlooked}
        return all(self.counts[name] == str(count) for name, count in counts.items())


@dataclass(frozen=True)
class SiteView:
    """All comparisons of one subject and site, with their plot over time and the same in words.

    Attributes
    ----------
    visits : int
        How many visits are compared, the baseline among them.
    last : tuple of ChangeView
        The last visit against the baseline: one for each of its photographs.
    """

    number: int
    subject: str
    site: str
    heading: str
    visits: int
    last: tuple[ChangeView, ...]
    timeline: str
    in_words: str
    changes: tuple[ChangeView, ...]


def view_sites(
    comparisons: Sequence[ComparisonView],
    results: Sequence[PhotoResult],
    places: Mapping[str, int],
    in_full: bool,
) -> tuple[SiteView, ...]:
    """Sort comparisons by subject and site, in the order in which these come, and make their texts and plots.

    Parameters
    ----------
    comparisons : sequence of ComparisonView
    results : sequence of PhotoResult
        The photographs; the hairs of those that are plotted are looked up.
    places : mapping of str to int
        Place of each photograph in ``results``, from 1.
    in_full : bool
        False for a page without plots and without the tables of single hairs.
    """
    plotted = in_full and len(comparisons) <= MOST_PLOTTED
    groups: dict[tuple[str, str], list[tuple[int, ComparisonView]]] = {}
    for place, view in enumerate(comparisons, 1):
        groups.setdefault((text(view.row, "subject"), text(view.row, "site")), []).append((place, view))
    opened = len(comparisons) <= _MOST_OPEN
    sites = []
    for place, ((subject, site), some) in enumerate(groups.items(), 1):
        rows = [view.row for _, view in some]
        several = _photographed_again(rows)
        changes = tuple(
            _change(number, view, places, _widths(view, results, places) if plotted else {}, in_full, opened, several)
            for number, view in some
        )
        heading = ", ".join(part for part in (subject, site) if part)
        visits = {_visit(row, which) for row in rows for which in ("baseline", "followup")}
        last = tuple(changes[i] for i in _last_visit(rows))
        timeline = _timeline(rows, plotted, several)
        sites.append(SiteView(place, subject, site, heading, len(visits), last, *timeline, changes))
    return tuple(sites)


def _last_visit(rows: Sequence[Row]) -> list[int]:
    """Places of the comparisons of the last visit with the baseline."""
    since = {place: _visit(row, "followup") for place, row in enumerate(rows) if row.get("against") != "previous"}
    last = next(reversed(since.values()), None)
    return [place for place, visit in since.items() if visit == last]


def _change(
    place: int,
    view: ComparisonView,
    places: Mapping[str, int],
    widths_um: Mapping[Cell, float],
    in_full: bool,
    opened: bool,
    several: Collection[tuple[str, str]],
) -> ChangeView:
    row = view.row
    comparable = row.get("comparable") == 1
    numbers: Row = row if comparable else {}
    counts = {name: fixed(numbers.get(name), 0) for name in ("persisting", "lost", "gained", "ambiguous")}
    listed = view.matches if comparable and in_full else ()
    missed = sum(map(overlooked, listed))
    return ChangeView(
        number=place,
        earlier=_visit(row, "baseline"),
        later=_later(row, several),
        photos=_photos(row, places),
        previous=row.get("against") == "previous",
        comparable=comparable,
        reason=text(row, "reason"),
        counts=counts,
        change=signed(numbers.get("change_per_cm2"), 1),
        interval=_interval(numbers),
        percent=signed(numbers.get("change_percent"), 1),
        mdc95=fixed(numbers.get("mdc95_per_cm2"), 1),
        verdict=VERDICTS.get(str(row.get("verdict") or ""), text(row, "verdict")),
        says=says(row),
        alignment=alignment(row),
        width=width_change(numbers),
        width_plot=_width_plot(view.matches, widths_um, numbers) if comparable else "",
        plain=plain_change(numbers),
        besides=tuple(besides(numbers)),
        flags=tuple(flag_named(name, "change") for name in str(row.get("flags") or "").split(";") if name),
        picture_url=relative_url(view.picture),
        blink_url=relative_url(view.blink) if comparable else "",
        hairs=tuple(hair_rows(listed)),
        overlooked=missed,
        left_out=left_out(missed, counts["ambiguous"]),
        values=tuple(_values(row)) if comparable and in_full else (),
        open=opened,
    )


def _photos(row: Row, places: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """Baseline and follow-up, those that are named, each with the number of its section."""
    names = [str(row.get(name) or "") for name in ("baseline_photo", "followup_photo")]
    return tuple((shown(name), places.get(name, 0)) for name in names if name)


def _interval(numbers: Row) -> str:
    low, high = signed(numbers.get("change_low_per_cm2"), 1), signed(numbers.get("change_high_per_cm2"), 1)
    return f"{low} to {high}" if low and high else ""


def _visit(row: Row, which: str) -> tuple[str, str]:
    """Visit and date; without these the photograph's name. A bare number is called a visit."""
    visit, when = visit_called(text(row, f"{which}_visit")), text(row, f"{which}_date")
    return (visit or when or text(row, f"{which}_photo"), when if visit else "")


def _photographed_again(rows: Sequence[Row]) -> set[tuple[str, str]]:
    """Visits of which several replicates are compared."""
    replicates: dict[tuple[str, str], set[str]] = {}
    for row in rows:
        replicates.setdefault(_visit(row, "followup"), set()).add(text(row, "replicate"))
    return {visit for visit, labels in replicates.items() if len(labels) > 1}


def _later(row: Row, several: Collection[tuple[str, str]]) -> tuple[str, str]:
    """Later visit and its date; with the replicate where that alone tells two photographs apart."""
    name, when = _visit(row, "followup")
    replicate = text(row, "replicate") if (name, when) in several else ""
    return (f"{name} ({replicate})" if replicate else name, when)


def _widths(view: ComparisonView, results: Sequence[PhotoResult], places: Mapping[str, int]) -> dict[Cell, float]:
    """Widths in um of the hairs of the baseline by their numbers; only looked up where they can be plotted."""
    place = places.get(str(view.row.get("baseline_photo") or ""))
    if place is None or not any(match.get("width_change_um") is not None for match in view.matches):
        return {}
    hairs = results[place - 1].hairs
    return {hair["hair"]: width for hair in hairs if (width := number(hair, "width_um")) is not None}


def _width_pairs(matches: Sequence[Row], widths_um: Mapping[Cell, float]) -> Iterator[tuple[float, float]]:
    """Widths of persisting hairs in um: at the baseline and at the follow-up."""
    for match in matches:
        change, before = number(match, "width_change_um"), widths_um.get(match.get("baseline_hair"))
        if match.get("fate") == "persisting" and change is not None and before is not None:
            yield before, before + change


def _width_plot(matches: Sequence[Row], widths_um: Mapping[Cell, float], row: Row) -> str:
    pairs = list(_width_pairs(matches, widths_um))
    if not pairs:
        return ""
    reported = [number(row, name) for name in ("width_change_um", "width_change_low_um", "width_change_high_um")]
    return data_uri(width_shift_svg(pairs, *reported).encode(), "svg+xml")


def _values(row: Row) -> Iterator[tuple[str, str, str]]:
    """Every number of the row that was measured: name, text and meaning."""
    for column in CHANGE_COLUMNS:
        value = row.get(column.name)
        if column.type != "text" and isinstance(value, int | float):
            unit = "" if column.unit == "1" else f" {column.unit}"
            yield column.name, format(value, column.spec) + unit, column.meaning


def _timeline(rows: Sequence[Row], plotted: bool, several: Collection[tuple[str, str]]) -> tuple[str, str]:
    """Plot of the changes against the baseline and the same in words; both empty where there is nothing to plot."""
    since = [row for row in rows if row.get("against") != "previous"]
    known = [row for row in since if row.get("comparable") == 1 and number(row, "change_per_cm2") is not None]
    if not known:
        return "", ""
    densities = [density for row in known if (density := number(row, "baseline_per_cm2")) is not None]
    name, _ = _visit(since[0], "baseline")
    points = [_point(row, several) for row in since]
    start = median(densities) if densities else None
    words = [f"{name}: {start:.0f} hairs per cm²" if start is not None else name, *map(_point_in_words, points)]
    svg = timeline_svg(name, text(since[0], "baseline_date"), start, points) if plotted else ""
    return data_uri(svg.encode(), "svg+xml"), "; ".join(words)


def _point(row: Row, several: Collection[tuple[str, str]]) -> TimelinePoint:
    comparable = row.get("comparable") == 1
    cells: Row = row if comparable else {}
    name, _ = _later(row, several)
    counts = [None if (count := number(cells, fate)) is None else int(count) for fate in ("lost", "gained")]
    return TimelinePoint(
        name=name,
        visit_date=text(row, "followup_date"),
        change_per_cm2=number(cells, "change_per_cm2"),
        low_per_cm2=number(cells, "change_low_per_cm2"),
        high_per_cm2=number(cells, "change_high_per_cm2"),
        mdc95_per_cm2=number(cells, "mdc95_per_cm2"),
        verdict=str(row.get("verdict") or ""),
        lost=counts[0],
        gained=counts[1],
    )


def _point_in_words(point: TimelinePoint) -> str:
    if point.change_per_cm2 is None:
        return f"{point.name}: not comparable"
    return f"{point.name}: {signed(point.change_per_cm2, 1)} per cm², {VERDICTS.get(point.verdict, point.verdict)}"
