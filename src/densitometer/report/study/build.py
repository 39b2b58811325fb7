"""The study that a report is of, from the rows that the report has."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from densitometer.errors import StudyError
from densitometer.study.build import study_of
from densitometer.study.model import Row, Study


def study_of_results(
    rows: Sequence[Row], changes: Iterable[Row] = (), repeats: Iterable[Row] = ()
) -> tuple[Study | None, str]:
    """Build the study of which there are results; what there is to warn of is told where it is summarised or exported.

    Parameters
    ----------
    rows, changes, repeats : iterable of mapping
        Of ``photos.csv``, ``changes.csv`` and ``repeatability.csv``, unrounded.

    Returns
    -------
    study : Study or None
    reason : str
        Why there is none, in a sentence; empty where there is one, and where no photograph says whom it shows.
    """
    if not any(row.get("subject") for row in rows):
        return None, ""
    try:
        with _quiet():
            study = study_of(rows, changes, whole=False, name="this folder")
    except StudyError as error:
        return None, f"{error}"
    return replace(study, repeats=tuple(repeats)), ""


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep warnings back: every page builds the study anew, and each would tell them again."""
    logger = logging.getLogger("densitometer.study")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def subject_numbers(study: Study) -> dict[str, int]:
    """Place of each subject in the order of the study, from 1, by its code."""
    codes = dict.fromkeys(one.subject.code for one in study.photographs if one.subject.code)
    return {code: number for number, code in enumerate(codes, start=1)}
