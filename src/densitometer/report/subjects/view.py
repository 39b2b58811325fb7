"""What the page shows of each subject: ready texts, pictures and the layout of timelines, from rows alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from densitometer.report.study.build import subject_numbers
from densitometer.report.subjects.concerns import Concern, concerns_of
from densitometer.report.subjects.course import points_of
from densitometer.report.subjects.findings import findings_of
from densitometer.report.subjects.lines import Line, line_of
from densitometer.report.subjects.order import visits_of
from densitometer.report.subjects.pictures import (
    Comparison,
    Picture,
    Pictures,
    between_of,
    comparison_of,
    ends_of,
    overlay_of,
)
from densitometer.report.subjects.ranges import Orientation, orientation
from densitometer.report.subjects.timeline import Timeline, timeline_of
from densitometer.report.texts import number, shown
from densitometer.study.model import Photograph, Study

_ORIENTED = ("density_per_cm2", "mean_width_um")


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
    change : bool
        True where the timeline shows changes; False for densities.
    compared : bool
        True where visits were compared.
    concerns : tuple of Concern
        What the clinic should mind, which is no part of the patient's sheet.
    """

    label: str
    finding: tuple[str, ...]
    first: Picture | None
    last: Picture | None
    between: tuple[Picture, ...]
    comparison: Comparison | None
    lines: tuple[Line, ...]
    timeline: Timeline | None
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

    @property
    def changed(self) -> bool:
        """Whether any visit could be compared."""
        return any(site.change for site in self.sites)

    @property
    def concerned(self) -> bool:
        """Whether there is anything for the clinic to mind."""
        return any(site.concerns for site in self.sites)


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
    first, last = ends_of(group, study)
    names = visits_of(group)
    return SiteView(
        label=shown(group[0].site.label),
        finding=tuple(findings_of(group, study)),
        first=overlay_of(first, pictures) if first else None,
        last=overlay_of(last, pictures) if last else None,
        between=tuple(between_of(group, (first, last), pictures)),
        comparison=comparison_of(changes, study, pictures),
        lines=tuple(line_of(one, study, group) for one in group),
        timeline=timeline_of(list(points_of(group, study)), names, change=bool(changes)),
        change=bool(changes),
        compared=compared,
        concerns=tuple(concerns_of(group, study)),
    )
