"""Pages of the report with all the files that they link to, made of the trial that nobody measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from io import BytesIO
from pathlib import Path

from PIL import Image

from densitometer.dictionary import CHANGE_COLUMNS
from densitometer.report.comparisons import ComparisonView
from densitometer.report.page import render_report
from densitometer.report.subjects.page import render_subjects
from densitometer.results import PhotoResult, Record, read_results
from trial_study import Picture, Row, write_trial

MOST_WITH_MATCHES = 500
"""With more comparisons than this the command gives the page no single hairs either."""


def write_pages(
    place: Path,
    *,
    subjects: int,
    only: Callable[[Picture], bool] = lambda one: True,
    change: Callable[[Row], Row] = dict,
    name: Callable[[str], str] = lambda photo: photo,
    pictures: bool = True,
) -> Path:
    """Write ``report.html`` and ``subjects.html`` as the commands would.

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
    pictures : bool
        False to write no overlays and pictures of comparisons; the pages link to them all the same.
    """
    out = write_trial(place / "trial", subjects=subjects, only=only, change=change)
    with closing(read_results(out)) as record:
        run, comparisons = record.run(), compared(record, name)
        results = [_shown(result, name, jpeg(64, 48)) for result in record]
    return _write(place / "pages", results, run, comparisons, pictures=pictures)


def _write(
    to: Path,
    results: Sequence[PhotoResult],
    run: Mapping[str, object],
    comparisons: Sequence[ComparisonView],
    *,
    pictures: bool,
) -> Path:
    to.mkdir()
    report, each = render_report(results, run, comparisons), render_subjects(results, run, comparisons)
    for name, text in {"report.html": report, "subjects.html": each or ""}.items():
        (to / name).write_text(text, encoding="utf-8", errors="replace")
    if pictures:
        drawn = [result.overlay for result in results]
        drawn += [path for view in comparisons for path in (view.picture, view.blink)]
        for path in filter(None, drawn):
            _draw(to / path)
    return to


def compared(record: Record, name: Callable[[str], str] = lambda photo: photo) -> list[ComparisonView]:
    """Comparisons that a record holds, each with pictures."""
    columns = [column.name for column in CHANGE_COLUMNS]
    rows = [dict(zip(columns, cells, strict=True)) for cells in record.comparisons.cells("changes")]
    views = []
    for number, row in enumerate(rows, 1):
        photos = [str(row[f"{which}_photo"]) for which in ("baseline", "followup")]
        matches = list(record.comparisons.matches(*photos)) if len(rows) <= MOST_WITH_MATCHES else ()
        renamed = {f"{which}_photo": name(one) for which, one in zip(("baseline", "followup"), photos, strict=True)}
        blink = f"comparisons/{number}.gif" if row["comparable"] else None
        views.append(ComparisonView({**row, **renamed}, matches, f"comparisons/{number}.jpg", blink))
    return views


def _shown(result: PhotoResult, name: Callable[[str], str], thumbnail: bytes) -> PhotoResult:
    row = {**result.row, "photo": name(result.photo)}
    overlay = f"overlays/{result.photo}.png" if row["status"] == "measured" else None
    return replace(result, photo=str(row["photo"]), row=row, overlay=overlay, thumbnail_jpeg=thumbnail)


def _draw(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (96, 72), (200, 160, 140)).save(path)


def jpeg(width: int, height: int) -> bytes:
    """Give the content of a small picture."""
    data = BytesIO()
    Image.new("RGB", (width, height), (200, 160, 140)).save(data, "JPEG")
    return data.getvalue()
