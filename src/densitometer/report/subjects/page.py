"""The page of every subject, which a clinician prints for the patient: one file, of which one subject is shown."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup

from densitometer.report.comparisons import ComparisonView
from densitometer.report.study.build import study_of_results
from densitometer.report.subjects.pictures import Pictures
from densitometer.report.subjects.view import view_subjects
from densitometer.report.texts import shown
from densitometer.report.web import asset, policy, templates
from densitometer.results.resume import NOT_REACHED

if TYPE_CHECKING:
    from densitometer.results import PhotoResult
    from densitometer.study.model import Row, Study

log = logging.getLogger(__name__)

FILE_NAME = "subjects.html"


def render_subjects(
    results: Sequence[PhotoResult], run: Mapping[str, object], comparisons: Sequence[ComparisonView] = ()
) -> str | None:
    """Give the page as text.

    It holds an ``<article>`` for each subject, with the id ``s`` and the place of the subject's code in the order of
    the study, from 1. Only the one that the address names is shown and printed.

    Parameters
    ----------
    results : sequence of PhotoResult
        Every photograph; their hairs are not looked at.
    run : mapping
        What ``run.json`` holds; its ``densitometer``, the version, is shown.
    comparisons : sequence of ComparisonView
        Every comparison between visits; their matches are not looked at.

    Returns
    -------
    str or None
        The same results and run give the same text. None where no photograph has a subject, where not all were
        looked at, and where the visits are not those of a study, which is then told in the log.
    """
    results = list(results)
    study = study_to_show([result.row for result in results], [view.row for view in comparisons])
    if study is None:
        return None
    style = asset("subjects.css")
    return (
        templates()
        .get_template("subjects.html.j2")
        .render(
            subjects=list(view_subjects(study, _pictures(results, comparisons))),
            version=shown(str(run.get("densitometer") or "")),
            style=Markup(style),  # our own file, never data
            policy=policy(style),
        )
    )


def study_to_show(rows: Sequence[Row], changes: Sequence[Row]) -> Study | None:
    """Give the study whose subjects the page shows, from rows of ``photos.csv`` and ``changes.csv``; None without one.

    There is a page exactly where there is such a study.
    """
    if not any(row.get("subject") for row in rows) or any(row["reason"] == NOT_REACHED for row in rows):
        return None
    study, reason = study_of_results(rows, changes)
    if study is None:
        log.info("%s, with a page for each subject, is left out: %s", FILE_NAME, reason)
    return study


def _pictures(results: Sequence[PhotoResult], comparisons: Sequence[ComparisonView]) -> Pictures:
    """Where the overlays lie, and the pictures of comparisons."""
    return Pictures(
        overlays={result.photo: result.overlay for result in results if result.overlay},
        compared={
            (str(view.row["baseline_photo"]), str(view.row["followup_photo"])): view.picture
            for view in comparisons
            if view.picture
        },
    )
