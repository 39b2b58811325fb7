"""Read a study from a results folder, with what its study file and its table of subjects add."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from unicodedata import normalize

from densitometer.errors import StudyError
from densitometer.results.folder import read_results
from densitometer.results.trail import TRAIL, read_lines
from densitometer.study.build import study_of
from densitometer.study.changes import change_rows, repeat_rows
from densitometer.study.model import Study
from densitometer.study.study_file import StudyFile, read_study_file
from densitometer.study.subjects import Subject, read_subjects

_WRITING = (b'"action": "tables_written"', b'"action": "compared"')


def read_study(
    out: Path, study_file: Path | None = None, subjects_file: Path | None = None, *, whole: bool = True
) -> Study:
    """Read the study in the results folder ``out``.

    Parameters
    ----------
    out : Path
    study_file, subjects_file : Path or None
    whole : bool
        True where every photograph must have a subject and a visit; otherwise those without stand at the end.

    Raises
    ------
    ResultsError
        When the folder holds no results that can be read.
    StudyError
        When there is no study in them; the text names every offending photograph or row.
    """
    facts = read_study_file(study_file) if study_file else StudyFile()
    known = _known(subjects_file, facts) if subjects_file else None
    with closing(read_results(out)) as record:
        if not record.rows_intact:
            raise StudyError(f"{out / 'results.sqlite'} is damaged; measure the photographs again")
        sources = record.written()
        if not sources:
            advice = "run the same 'densitometer measure' command again"
            raise StudyError(
                f"{out} is of a run that is under way or was ended before its tables were written; {advice}"
            )
        rows, compared, run = record.photo_rows(), list(change_rows(record)), record.run()
        repeats = tuple(repeat_rows(record))
    study = study_of(rows, compared, facts=facts, known=known, whole=whole, name=str(out))
    sources = dict(sorted(sources.items()))
    return replace(study, repeats=repeats, run=run, written_at=_written_at(out), sources=sources)


def _known(subjects_file: Path, facts: StudyFile) -> dict[str, Subject]:
    """Subjects of the table, by their codes with every ö spelt in one way: systems spell it in two."""
    subjects = read_subjects(subjects_file, facts.study.study_id)
    return {normalize("NFC", code): subject for code, subject in subjects.items()}


def _written_at(out: Path) -> str:
    """When tables were last written, as the trail says: the same results give the same data sets."""
    lines = [line for line in read_lines(out / TRAIL) if any(mark in line.raw for mark in _WRITING)]
    entry = lines[-1].entry if lines else None
    if entry is None:
        raise StudyError(f"{out / TRAIL} does not say when the tables were written; see 'densitometer verify {out}'")
    return str(entry.facts["time"])[:19] + "Z"
