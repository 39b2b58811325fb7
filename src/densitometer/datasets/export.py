"""Write the study in a results folder as data sets of one form."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from densitometer.datasets.folder import check_folder, write_export
from densitometer.datasets.formats import FORMATS, Format
from densitometer.results.atomic import sha256_of
from densitometer.results.provenance import versions
from densitometer.study.faults import refuse
from densitometer.study.model import Study
from densitometer.study.read import read_study
from densitometer.visits.problems import quoted


def export_study(
    out: Path,
    form: str,
    folder: Path,
    study_file: Path | None = None,
    subjects_file: Path | None = None,
    *,
    allow_no_baseline: bool = False,
) -> list[str]:
    """Write data sets to ``folder``, all of their files or none.

    Parameters
    ----------
    out : Path
        Results folder; it is only read.
    form : str
        One of ``FORMATS``.
    folder : Path
        A new folder, or one of an earlier export.
    study_file, subjects_file : Path or None
    allow_no_baseline : bool
        True to leave baseline and change empty where nobody photographed the baseline.

    Returns
    -------
    list of str
        Names of the files.

    Raises
    ------
    ResultsError
        When ``out`` holds no results that can be read.
    StudyError
        When something does not fit the form, or the folder cannot be written; it is as it was then.
    """
    written = FORMATS[form]
    written.check_installed()
    check_folder(folder, out)
    study = read_study(out, study_file, subjects_file, whole=written.whole)
    if written.baseline and not allow_no_baseline:
        refuse(list(_without_baseline(study)), f"{form} needs a baseline")
    given = {"study_file_sha256": study_file, "subjects_sha256": subjects_file}
    told = {name: sha256_of(path) if path else None for name, path in given.items()}
    return write_export(folder, written.files(study), {**_provenance(study, written), **told})


def _without_baseline(study: Study) -> Iterable[str]:
    for (subject, site), lack in study.without_baseline.items():
        if not lack.photographed:  # of a photograph that could not be measured the reason is known
            first = next(one for one in study.photographs if (one.subject.code, one.site.label) == (subject, site))
            place = f"subject {quoted(subject)}" + (f", site {quoted(site)}" if site else "")
            advice = "add it to the visits table, or leave BASE and CHG empty with --allow-no-baseline"
            yield f"{place} ({first.name}): {lack.text}; {advice}"


def _provenance(study: Study, written: Format) -> dict[str, object]:
    """What the data sets were made from: no path and no time of the export, so that the same gives the same."""
    return {
        "format": written.name,
        **versions(),
        "results_written": study.written_at,
        "results_sha256": study.sources,
        "measured_with": {key: study.run.get(key) for key in ("densitometer", "settings_sha256", "model_sha256")},
        "photographs": len(study.photographs),
    }
