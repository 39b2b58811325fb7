"""What the page shows of each subject: ready texts, pictures and the layout of timelines, from rows alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from densitometer.report.study.build import subject_numbers
from densitometer.report.subjects.concerns import Concern, concerns_of
from densitometer.report.subjects.ranges import Orientation, orientation
from densitometer.report.subjects.timeline import Point, Timeline, timeline_of
from densitometer.report.subjects.words import (
    NO_VERDICT,
    SHAPES,
    SHORT,
    VERDICTS,
    change_told,
    day_named,
    density_told,
    labels,
    visit_named,
    when,
    why_not_compared,
)
from densitometer.report.texts import fixed, number, relative_url, shown, signed
from densitometer.study.model import Photograph, Row, Study

_SIDE_BY_SIDE = (
    "A circle (L) marks a lost hair, a square on its corner (G) a gained one, a triangle (?) one that is unsure. "
    "Dashed: where the hair is missing."
)
_ORIENTED = ("density_per_cm2", "mean_width_um")


@dataclass(frozen=True)
class Pictures:
    """Where pictures lie, relative to the results folder.

    Attributes
    ----------
    overlays : mapping of str to str
        By photograph.
    compared : mapping of (str, str) to str
        Both visits side by side, by baseline and follow-up.
    """

    overlays: Mapping[str, str]
    compared: Mapping[tuple[str, str], str]


@dataclass(frozen=True)
class Picture:
    """A picture with its address, its size in px where that is known, and what it shows in words."""

    url: str
    caption: str
    alt: str
    size_px: tuple[int, int] | None = None


@dataclass(frozen=True)
class Line:
    """One photograph in the table of a site; texts are empty where nothing was measured.

    Attributes
    ----------
    visit, day, again : str
        ``again`` tells photographs of one visit apart.
    remark : str
        Why there is no density.
    change, change_interval : str
        Since the baseline, in hairs per cm2.
    verdict : str
        What the change means, or why there is none.
    """

    visit: str
    day: str
    again: str
    measured: bool
    density: str
    interval: str
    remark: str
    width: str
    thick: str
    per_unit: str
    change: str
    change_interval: str
    verdict: str


@dataclass(frozen=True)
class SiteView:
    """One site of a subject.

    Attributes
    ----------
    finding : tuple of str
        What was found, a sentence or two each.
    first, last : Picture or None
        Overlays of the baseline and of the last measured visit.
    between : tuple of Picture
        Overlays of the visits between.
    comparison : Picture or None
        Both visits of the last comparison, side by side.
    timeline_told : tuple of str
        What the timeline shows, visit by visit.
    change : bool
        True where the timeline shows changes; False for densities.
    compared : bool
        True where visits were compared.
    """

    label: str
    finding: tuple[str, ...]
    first: Picture | None
    last: Picture | None
    between: tuple[Picture, ...]
    comparison: Picture | None
    lines: tuple[Line, ...]
    timeline: Timeline | None
    timeline_told: tuple[str, ...]
    change: bool
    compared: bool
    concerns: tuple[Concern, ...]


@dataclass(frozen=True)
class SubjectView:
    """One subject: its number on the page, its code, its sites in the order of the study, and ranges of others."""

    number: int
    code: str
    sites: tuple[SiteView, ...]
    photographs: int
    measured: int
    others: Orientation


def view_subjects(study: Study, pictures: Pictures) -> Iterator[SubjectView]:
    """Give every subject of a study as the page shows it, in order; photographs of nobody are left out.

    Parameters
    ----------
    study : Study
    pictures : Pictures
    """
    numbers = subject_numbers(study)
    groups: dict[str, list[Photograph]] = {code: [] for code in numbers}
    for one in study.photographs:
        groups.get(one.subject.code, []).append(one)
    for code, group in groups.items():
        sites: dict[int, list[Photograph]] = {}
        for one in group:  # those without a visit stand at the end, whatever their site
            sites.setdefault(one.site.number, []).append(one)
        views = tuple(_site(sites[key], study, pictures) for key in sorted(sites))
        known = [name for name in _ORIENTED if any(number(one.row, name) is not None for one in group)]
        measured = sum(one.measured for one in group)
        yield SubjectView(numbers[code], shown(code), views, len(group), measured, orientation(known))


def _site(group: Sequence[Photograph], study: Study, pictures: Pictures) -> SiteView:
    changes = [one for one in group if one.name in study.changes]
    compared = any(one.name in study.changes or one.name in study.without_change for one in group)
    first, last = _ends(group, study)
    names = _visits(group)
    return SiteView(
        label=shown(group[0].site.label),
        finding=tuple(_finding(group, study)),
        first=_overlay(first, pictures) if first else None,
        last=_overlay(last, pictures) if last else None,
        between=tuple(_between(group, (first, last), pictures)),
        comparison=_comparison(changes, study, pictures),
        lines=tuple(_line(one, study, group) for one in group),
        timeline=timeline_of(list(_points(group, study)), names, change=bool(changes)),
        timeline_told=tuple(_told(group, study)),
        change=bool(changes),
        compared=compared,
        concerns=tuple(concerns_of(group, study)),
    )


# ---- which photographs are shown


def _visit_key(one: Photograph) -> str:
    return f"{one.visit.number:g}" if one.visit else ""


def _measured(group: Sequence[Photograph]) -> list[Photograph]:
    """Photographs with numbers, in the order of visits; those of no visit where there are no others."""
    measured = [one for one in group if one.measured]
    return [one for one in measured if one.visit] or measured


def _visits(group: Sequence[Photograph]) -> list[tuple[str, ...]]:
    """Names of the visits in lines, for the axis of the timeline."""
    firsts = {_visit_key(one): one for one in reversed(group)}
    keys = dict.fromkeys(map(_visit_key, group))
    return [labels(firsts[key]) for key in keys]


def _ends(group: Sequence[Photograph], study: Study) -> tuple[Photograph | None, Photograph | None]:
    """Photographs of the baseline and of the last measured visit: those that were compared, where any were."""
    measured = _measured(group)
    if not measured:
        return None, None
    of_last = [one for one in measured if _visit_key(one) == _visit_key(measured[-1])]
    last = next((one for one in of_last if one.name in study.changes), of_last[0])
    row = study.changes.get(last.name, {})
    first = next((one for one in measured if one.name == row.get("baseline_photo")), None)
    first = first or next((one for one in measured if one.baseline), measured[0])
    return first, last if _visit_key(first) != _visit_key(last) else None


def _between(group: Sequence[Photograph], ends: Sequence[Photograph | None], pictures: Pictures) -> Iterator[Picture]:
    """One picture of each visit that is not shown large."""
    seen = {_visit_key(one) for one in ends if one}
    for one in group:
        if one.measured and _visit_key(one) not in seen and (picture := _overlay(one, pictures)):
            seen.add(_visit_key(one))
            yield picture


def _overlay(one: Photograph, pictures: Pictures) -> Picture | None:
    url = relative_url(pictures.overlays.get(one.name))
    if not url:
        return None
    caption = ", ".join(labels(one)) or "without visit and date"
    counted = fixed(one.row.get("hair_count"), 0)
    hairs = f" {counted} counted hairs are marked." if counted else ""
    sides = number(one.row, "width_px"), number(one.row, "height_px")
    size = (int(sides[0]), int(sides[1])) if sides[0] and sides[1] else None
    return Picture(url, caption, f"Photograph of the skin, {caption}.{hairs}", size)


def _comparison(changes: Sequence[Photograph], study: Study, pictures: Pictures) -> Picture | None:
    """The last comparison of which there is a picture."""
    for one in reversed(changes):
        row = study.changes[one.name]
        if url := relative_url(pictures.compared.get((str(row["baseline_photo"]), one.name))):
            lost, gained = fixed(row.get("lost"), 0), fixed(row.get("gained"), 0)
            counts = f" Hairs lost: {lost}; gained: {gained}." if lost and gained else ""
            days = " and ".join(filter(None, (day_named(str(row.get("baseline_date") or "")), when(one))))
            alt = f"The same skin at both visits side by side, with lost and gained hairs marked.{counts}"
            return Picture(url, f"The same skin side by side, {days}.{counts} {_SIDE_BY_SIDE}", alt)
    return None


# ---- the table


def _line(one: Photograph, study: Study, group: Sequence[Photograph]) -> Line:
    row = one.row
    low, high = fixed(row.get("density_low_per_cm2"), 0), fixed(row.get("density_high_per_cm2"), 0)
    change = study.changes.get(one.name, {})
    ends = signed(change.get("change_low_per_cm2"), 0), signed(change.get("change_high_per_cm2"), 0)
    return Line(
        visit=visit_named(one),
        day=day_named(one.date),
        again=_again(one, group),
        measured=one.measured,
        density=fixed(row.get("density_per_cm2"), 0),
        interval=f"{low} to {high}" if low and high else "",
        remark=_remark(one),
        width=fixed(row.get("mean_width_um"), 0),
        thick=_thick(row),
        per_unit=fixed(row.get("hairs_per_unit"), 1),
        change=signed(change.get("change_per_cm2"), 0),
        change_interval=f"{ends[0]} to {ends[1]}" if all(ends) else "",
        verdict=_verdict(one, study, group),
    )


def _remark(one: Photograph) -> str:
    """Why there is no density."""
    if not one.measured or number(one.row, "density_per_cm2") is not None:
        return ""
    counted = fixed(one.row.get("hair_count"), 0)
    return f"scale not known; {counted} hairs counted" if counted else "scale not known"


def _thick(row: Row) -> str:
    """Share of the hairs that are 30 um wide and wider, in percent."""
    thick, thin = number(row, "terminal30_per_cm2"), number(row, "vellus30_per_cm2")
    if thick is None or thin is None or thick + thin <= 0:
        return ""
    return f"{100 * thick / (thick + thin):.0f}"


def _verdict(one: Photograph, study: Study, group: Sequence[Photograph]) -> str:
    if not one.measured:
        return ""
    if one.baseline:
        return "the start"
    if row := study.changes.get(one.name):
        return VERDICTS.get(str(row.get("verdict") or ""), NO_VERDICT)
    if reason := why_not_compared(one, study, group):
        return f"could not be compared: {reason}"
    return "" if one.later else "before the start"


# ---- what was found


def _finding(group: Sequence[Photograph], study: Study) -> Iterator[str]:
    """Say what the last visit showed, and what could not be told."""
    measured = _measured(group)
    if not measured:
        yield "No photograph of this site could be measured."
        return
    changed = [one for one in measured if one.name in study.changes]
    last = [one for one in changed if _visit_key(one) == _visit_key(changed[-1])]
    if last:
        yield from _changes_told(last, study, group)
    else:
        yield density_told(measured[-1])
    reason = why_not_compared(measured[-1], study, group)
    if not last and reason:
        yield f"It could not be compared with the start: {reason}."
    elif last and _visit_key(measured[-1]) != _visit_key(last[0]):
        yield f"The last visit, {when(measured[-1])}, could not be compared{': ' + reason if reason else ''}."
    placed = [one for one in group if one.visit]
    if placed and _visit_key(placed[-1]) not in map(_visit_key, measured):
        yield f"The last visit, {when(placed[-1])}, could not be measured."


def _changes_told(last: Sequence[Photograph], study: Study, group: Sequence[Photograph]) -> Iterator[str]:
    """Say what the photographs of the last visit that was compared show."""
    rows = [study.changes[one.name] for one in last]
    yield change_told(_start(rows[0], group), when(last[0]), rows[0])
    if len({row.get("verdict") for row in rows}) > 1:
        yield "The photographs of this visit do not agree; the table has each of them."


def _start(row: Row, group: Sequence[Photograph]) -> str:
    return next((when(one) for one in group if one.name == row["baseline_photo"]), "the start")


# ---- the timeline


def _points(group: Sequence[Photograph], study: Study) -> Iterator[Point]:
    """Changes since the baseline, where any is known; else densities. Photographs of a visit stand together."""
    change = any(one.name in study.changes for one in group)
    keys = list(dict.fromkeys(map(_visit_key, group)))
    started = False
    for one in sorted(group, key=lambda one: keys.index(_visit_key(one))):
        if not change:
            yield _density_point(one)
        elif not one.baseline:
            yield _change_point(one, study)
        elif not started:
            started = True
            yield Point(_visit_key(one), one.date, 0.0, shape="start")


def _density_point(one: Photograph) -> Point:
    value, low, high = (number(one.row, f"density_{end}per_cm2") for end in ("", "low_", "high_"))
    return Point(_visit_key(one), one.date, value, low, high)


def _change_point(one: Photograph, study: Study) -> Point:
    row = study.changes.get(one.name, {})
    change, low, high, mdc95 = (
        number(row, f"{name}_per_cm2") for name in ("change", "change_low", "change_high", "mdc95")
    )
    shape = SHAPES.get(str(row.get("verdict") or ""), "level")
    return Point(_visit_key(one), one.date, change, low, high, mdc95, shape)


def _told(group: Sequence[Photograph], study: Study) -> Iterator[str]:
    """Say what the timeline shows."""
    change = any(one.name in study.changes for one in group)
    for one in group:
        told = _change_told(one, study) if change else fixed(one.row.get("density_per_cm2"), 0)
        if told:
            yield f"{_which(one, group)}: {told}"


def _change_told(one: Photograph, study: Study) -> str:
    if row := study.changes.get(one.name):
        verdict = SHORT.get(str(row.get("verdict") or ""), NO_VERDICT)
        return f"{signed(row.get('change_per_cm2'), 0)}, {verdict}"
    return "could not be compared" if one.name in study.without_change else ""


def _which(one: Photograph, group: Sequence[Photograph]) -> str:
    again = _again(one, group)
    return f"{when(one)}, {again}" if again else when(one)


def _again(one: Photograph, group: Sequence[Photograph]) -> str:
    """Tell which photograph of its visit it is, where there are several."""
    several = sum(_visit_key(other) == _visit_key(one) for other in group) > 1
    return f"photograph {one.replicate}" if several else ""
