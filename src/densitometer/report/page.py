"""The report of a batch: one HTML file that opens offline, with the study, every photograph, and their numbers."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from densitometer.dictionary import PHOTO_COLUMNS, VISIT_COLUMNS, Column
from densitometer.errors import ResultsError
from densitometer.flags import REGISTRY, Flag
from densitometer.report.comparisons import MOST_PLOTTED, ComparisonView, view_sites
from densitometer.report.histogram import Histogram, width_histogram
from densitometer.report.study.build import study_of_results, subject_numbers
from densitometer.report.study.parts import subject_url
from densitometer.report.study.view import StudyView, view_study
from densitometer.report.texts import data_uri, fixed, flag_named, is_number, relative_url, shown, text
from densitometer.report.web import asset, policy, templates

if TYPE_CHECKING:
    from densitometer.results import PhotoResult
    from densitometer.study.model import Study

Row = Mapping[str, str | int | float | None]
FILE_NAME = "report.html"
# Beyond so many, thumbnails and a section for each would make a file that browsers open slowly; a table of all values
# in each section does so earlier.
MOST_IN_FULL = 500
MOST_WITH_VALUES = 200

_MOST_LISTED = 12
_UNITS = {"1": "", "um": "µm", "um/px": "µm/px", "cm2": "cm²", "1/cm2": "per cm²", "mm/cm2": "mm/cm²"}


@dataclass(frozen=True)
class Value:
    """One number of a photograph as it is shown; ``text`` is empty where it was not measured."""

    name: str
    text: str
    unit: str
    meaning: str


@dataclass(frozen=True)
class PhotoView:
    """A photograph as the page shows it: ready texts, and the sort keys of its row.

    Attributes
    ----------
    subject, site, visit, visit_date, replicate : str
        As in the visits table; empty without one.
    overlay_url : str
        Relative to the page and percent-encoded; empty without an overlay.
    thumbnail_url : str
        A data URI; empty without a thumbnail.
    keys : dict of str to str
        What the columns hairs, density, width and units are sorted by; empty where not measured.
    """

    number: int
    name: str
    subject: str
    site: str
    visit: str
    visit_date: str
    replicate: str
    measured: bool
    reason: str
    hairs: str
    density: str
    interval: str
    width: str
    units: str
    keys: dict[str, str]
    flags: tuple[Flag, ...]
    overlay_url: str
    thumbnail_url: str
    size_px: tuple[int, int] | None
    histogram: Histogram | None
    values: tuple[Value, ...]


def write_report(
    out: Path,
    results: Sequence[PhotoResult],
    run: Mapping[str, object],
    comparisons: Sequence[ComparisonView] = (),
    repeats: Sequence[Row] = (),
) -> Path:
    """Write ``out/report.html``, which needs nothing else but the overlays beside it.

    Parameters
    ----------
    out : Path
        The results folder; it exists.
    results : sequence of PhotoResult
        Every photograph, in the order of the table.
    run : mapping
        What ``run.json`` holds; its ``densitometer``, the version, is shown at the top and all of it at the end.
    comparisons : sequence of ComparisonView
        Every comparison between visits, in the order of the table.
    repeats : sequence of mapping
        Rows of ``repeatability.csv``.

    Returns
    -------
    Path
        The file written. The same results and run give the same bytes.

    Raises
    ------
    ResultsError
        When the file cannot be written.
    """
    path = out / FILE_NAME
    part = out / (FILE_NAME + ".part")
    try:
        part.write_bytes(render_report(results, run, comparisons, repeats).encode("utf-8", "replace"))
        os.replace(part, path)
    except OSError as error:
        raise ResultsError(f"{path} cannot be written ({error.strerror}); free it or choose another folder") from error
    return path


def render_report(
    results: Sequence[PhotoResult],
    run: Mapping[str, object],
    comparisons: Sequence[ComparisonView] = (),
    repeats: Sequence[Row] = (),
    *,
    linked: bool = True,
) -> str:
    """Give the page as text; see :func:`write_report`. Without ``linked`` nothing leads to the page of subjects."""
    in_full, with_values = len(results) <= MOST_IN_FULL, len(results) <= MOST_WITH_VALUES
    photos, places, rows = [], {}, []
    for number, result in enumerate(results, 1):  # once: a record looks each of them up
        photos.append(_view(number, result, in_full, with_values))
        places[result.photo] = number
        rows.append(result.row)
    study, reason = study_of_results(rows, [one.row for one in comparisons], repeats)
    subjects = subject_numbers(study) if study and linked else {}
    style, script = asset("report.css"), asset("report.js")
    return (
        templates()
        .get_template("report.html.j2")
        .render(
            photos=photos,
            study=_study(study, places, subjects),
            no_study=shown(reason),
            subjects={shown(code): subject_url(number) for code, number in subjects.items()},
            named=any(photo.subject for photo in photos),
            dates=_dates(photos),
            sites=view_sites(comparisons, results, places, in_full),
            plotted=len(comparisons) <= MOST_PLOTTED,
            most_plotted=MOST_PLOTTED,
            in_full=in_full,
            most_in_full=MOST_IN_FULL,
            most_with_values=MOST_WITH_VALUES,
            measured=sum(photo.measured for photo in photos),
            reasons=_reasons(photos),
            flags=_flag_counts(photos),
            version=shown(str(run.get("densitometer") or "")),
            run=[(shown(name), shown(value)) for name, value in _flat(run)],
            style=Markup(style),  # our own file, never data
            script=Markup(script),
            policy=policy(style, script, embedded=True),
        )
    )


def _study(study: Study | None, places: Mapping[str, int], subjects: dict[str, int]) -> StudyView | None:
    """The study page, where somebody was photographed at a visit."""
    if study is None:
        return None
    from densitometer.summary.summarise import summarise  # loads SciPy, which a page without a study need not

    return view_study(study, summarise(study, models=False), places, subjects)


def _dates(photos: Sequence[PhotoView]) -> tuple[str, str] | None:
    """First and last date of a visit; when photographs were measured stands in the audit trail alone."""
    known = sorted(photo.visit_date for photo in photos if photo.visit_date)
    return (known[0], known[-1]) if known else None


def _view(number: int, result: PhotoResult, in_full: bool, with_values: bool) -> PhotoView:
    row = result.row
    low, high = fixed(row.get("density_low_per_cm2"), 0), fixed(row.get("density_high_per_cm2"), 0)
    size = row.get("width_px"), row.get("height_px")
    return PhotoView(
        number=number,
        name=shown(result.photo),
        subject=text(row, "subject"),
        site=text(row, "site"),
        visit=text(row, "visit"),
        visit_date=text(row, "visit_date"),
        replicate=text(row, "replicate"),
        measured=row.get("status") == "measured",
        reason=shown(str(row.get("reason") or "")),
        hairs=fixed(row.get("hair_count"), 0),
        density=fixed(row.get("density_per_cm2"), 0),
        interval=f"{low} to {high}" if low and high else "",
        width=fixed(row.get("median_width_um"), 0),
        units=fixed(row.get("unit_count"), 0),
        keys={name: _key(row.get(name)) for name in ("hair_count", "density_per_cm2", "median_width_um", "unit_count")},
        flags=tuple(flag_named(name) for name in str(row.get("flags") or "").split(";") if name),
        overlay_url=relative_url(result.overlay),
        thumbnail_url=data_uri(result.thumbnail_jpeg, "jpeg") if in_full else "",
        size_px=(int(size[0]), int(size[1])) if size[0] and size[1] else None,
        histogram=width_histogram(_counted_widths_um(result.hairs)) if in_full else None,
        values=tuple(_values(row)) if with_values else (),
    )


def _counted_widths_um(hairs: Sequence[Mapping[str, object]]) -> Iterator[float]:
    for hair in hairs:
        width = hair.get("width_um")
        if hair.get("counted") and isinstance(width, int | float):
            yield float(width)


def _values(row: Mapping[str, object]) -> Iterator[Value]:
    """Every column of the dictionary but those that stand at the head of the section."""
    for column in PHOTO_COLUMNS:
        if column.name not in ("photo", "status", "reason", "flags"):
            unit = _UNITS.get(column.unit, column.unit)
            yield Value(column.name, shown(_formatted(row.get(column.name), column)), unit, column.meaning)
    ours = {column.name for column in PHOTO_COLUMNS}
    visits = {column.name: column.meaning for column in VISIT_COLUMNS}
    for name, value in row.items():
        if name not in ours and value not in (None, ""):
            yield Value(shown(name), shown(str(value)), "", visits.get(name, "Carried over from visits.csv."))


def _formatted(value: object, column: Column) -> str:
    if not is_number(value):
        return "" if value is None or isinstance(value, float) else str(value)
    return format(value, column.spec)


def _key(value: object) -> str:
    return f"{value:.9g}" if is_number(value) else ""


def _reasons(photos: Sequence[PhotoView]) -> list[tuple[str, list[PhotoView], int]]:
    """Group what was not measured by its reason, the most frequent first: reason, the first few, how many more."""
    groups: dict[str, list[PhotoView]] = {}
    for photo in photos:
        if not photo.measured:
            groups.setdefault(photo.reason or "no reason was given", []).append(photo)
    ordered = sorted(groups.items(), key=lambda group: -len(group[1]))
    return [(reason, some[:_MOST_LISTED], max(0, len(some) - _MOST_LISTED)) for reason, some in ordered]


def _flag_counts(photos: Sequence[PhotoView]) -> list[tuple[Flag, int]]:
    """Count on how many photographs each flag was raised, in registry order."""
    counts = Counter(flag for photo in photos for flag in photo.flags)
    places = {flag.name: place for place, flag in enumerate(REGISTRY)}
    return sorted(counts.items(), key=lambda item: (places.get(item[0].name, len(places)), item[0].name))


def _flat(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Flatten what run.json holds to dotted names and texts; long lists are named by their length."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(inner, f"{name}.{key}" if name else str(key))
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        short = len(value) <= _MOST_LISTED and not any(isinstance(inner, Mapping) for inner in value)
        yield name, ", ".join(map(str, value)) if short else f"{len(value)} entries, listed in run.json"
    else:
        yield name, "" if value is None else str(value)
