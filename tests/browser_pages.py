"""Pages of the report with all the files that they link to, made of the trial that nobody measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cache
from io import BytesIO
from pathlib import Path

from PIL import Image

from densitometer.dictionary import CHANGE_COLUMNS
from densitometer.report.comparisons import ComparisonView
from densitometer.report.page import render_report
from densitometer.report.subjects.page import render_subjects
from densitometer.results import PhotoResult, Record, read_results
from densitometer.results.rows import Cell
from densitometer.study.changes import repeat_rows
from trial_study import Picture, Row, write_trial

MOST_WITH_MATCHES = 500
"""With more comparisons than this the command gives the page no single hairs either."""


@dataclass(frozen=True)
class Given:
    """What the pages are made of."""

    results: list[PhotoResult]
    run: Mapping[str, object]
    comparisons: list[ComparisonView]
    repeats: list[Mapping[str, Cell]]


def write_pages(
    place: Path,
    *,
    subjects: int,
    only: Callable[[Picture], bool] = lambda one: True,
    change: Callable[[Row], Row] = dict,
    name: Callable[[str], str] = lambda photo: photo,
) -> Path:
    """Write ``report.html`` and ``subjects.html`` as the commands would, and small pictures.

    Parameters
    ----------
    place : Path
    subjects : int
    only : callable
        Says which photographs there are.
    change : callable
        Gives the row of a photograph that is to stand in the place of the one it is given.
    name : callable
        Gives the name under which the pages show a photograph.

    Returns
    -------
    Path
        Folder of the pages.
    """
    given = given_by(write_trial(place / "trial", subjects=subjects, only=only, change=change), name)
    (to := place / "pages").mkdir()
    (to / "report.html").write_text(report_of(given), encoding="utf-8", errors="replace")
    (to / "subjects.html").write_text(subjects_of(given), encoding="utf-8", errors="replace")
    for path in pictures_of(given):
        _draw(to / path)
    return to


def given_by(out: Path, name: Callable[[str], str] = lambda photo: photo) -> Given:
    """Read what the pages are made of from a results folder, and give photographs and comparisons their pictures."""
    with closing(read_results(out)) as record:
        results = [_shown(result, name) for result in record]
        repeats = [_renamed(row, name) for row in repeat_rows(record)]
        return Given(results, record.run(), compared(record, name), repeats)


def report_of(given: Given, *, linked: bool = True) -> str:
    """Give the text of ``report.html``."""
    return render_report(given.results, given.run, given.comparisons, given.repeats, linked=linked)


def subjects_of(given: Given) -> str:
    """Give the text of ``subjects.html``."""
    return render_subjects(given.results, given.run, given.comparisons) or ""


def pictures_of(given: Given) -> list[str]:
    """Paths of all pictures that the pages link to."""
    paths = [result.overlay for result in given.results]
    paths += [path for view in given.comparisons for path in (view.picture, view.blink)]
    return [path for path in paths if path]


def compared(record: Record, name: Callable[[str], str] = lambda photo: photo) -> list[ComparisonView]:
    """Comparisons that a record holds, each with pictures."""
    columns = [column.name for column in CHANGE_COLUMNS]
    rows = [dict(zip(columns, cells, strict=True)) for cells in record.comparisons.cells("changes")]
    views = []
    for number, row in enumerate(rows, 1):
        photos = [str(row[f"{which}_photo"]) for which in ("baseline", "followup")]
        matches = list(record.comparisons.matches(*photos)) if len(rows) <= MOST_WITH_MATCHES else ()
        blink = f"comparisons/{number}.gif" if row["comparable"] else None
        views.append(ComparisonView(_renamed(row, name), matches, f"comparisons/{number}.jpg", blink))
    return views


def _renamed(row: Mapping[str, Cell], name: Callable[[str], str]) -> dict[str, Cell]:
    photos = ("baseline_photo", "followup_photo")
    return {column: name(str(cell)) if column in photos else cell for column, cell in row.items()}


def _shown(result: PhotoResult, name: Callable[[str], str]) -> PhotoResult:
    row = {**result.row, "photo": name(result.photo)}
    overlay = f"overlays/{result.photo}.png" if row["status"] == "measured" else None
    return replace(result, photo=str(row["photo"]), row=row, overlay=overlay, thumbnail_jpeg=_thumbnail())


def _draw(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (96, 72), (200, 160, 140)).save(path)


@cache
def _thumbnail() -> bytes:
    data = BytesIO()
    Image.new("RGB", (96, 72), (200, 160, 140)).save(data, "JPEG")
    return data.getvalue()
