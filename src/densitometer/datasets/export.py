"""Write the study in a results folder as data sets of one form."""

from __future__ import annotations

import logging
import stat
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from densitometer.datasets.folder import check_folder, write_export
from densitometer.datasets.formats import FORMATS
from densitometer.errors import StudyError
from densitometer.results.atomic import sha256_of
from densitometer.results.made import installed_version
from densitometer.results.provenance import versions
from densitometer.study.faults import refuse
from densitometer.study.model import Study
from densitometer.study.read import read_study
from densitometer.visits.problems import quoted

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Exported:
    """What was written: names of the files, and of how much of the study they tell."""

    files: tuple[str, ...]
    photographs: int
    not_measured: int
    subjects: int
    changes: int


def export_study(
    out: Path,
    form: str,
    folder: Path,
    study_file: Path | None = None,
    subjects_file: Path | None = None,
    *,
    allow_no_baseline: bool = False,
) -> Exported:
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
    Exported

    Raises
    ------
    ResultsError
        When ``out`` holds no results that can be read.
    StudyError
        When something does not fit the form, or the folder cannot be written; it is as it was then.
    """
    written = FORMATS[form]
    written.check_installed()
    check_folder(folder, out, form)
    given = {"study_file": study_file, "subjects": subjects_file}
    told = {f"{name}_sha256": sha256_given(path) for name, path in given.items()}
    study = read_study(out, study_file, subjects_file, whole=written.whole)
    if written.baseline and not allow_no_baseline:
        refuse(list(_without_baseline(study)), f"{form} needs a baseline")
    if told != {f"{name}_sha256": sha256_given(path) for name, path in given.items()}:
        raise StudyError("the study file or the table of subjects was altered while it was read; export again")
    if written.changes and not (study.changes or study.without_change) and len(study.visits) > 1:
        log.warning(
            "changes found hair by hair are missing: no visit was compared; run 'densitometer compare' on %s", out
        )
    files = write_export(
        folder, written.files(study), {"format": written.name, **made_from(study, written.libraries), **told}
    )
    return Exported(
        tuple(files),
        len(study.photographs),
        sum(not one.measured for one in study.photographs),
        len({one.subject.code for one in study.photographs if one.subject.code}),
        len(study.changes) if written.changes else 0,
    )


def sha256_given(path: Path | None) -> str | None:
    """Give the hash of a file; one that can be read only once, such as a pipe, is refused: no hash would be of it.

    Raises
    ------
    StudyError
        When it is there and no file on disk.
    """
    if path is None:
        return None
    with suppress(OSError):  # a file that is not there, or locked, is told of when it is read
        if not stat.S_ISREG(path.stat().st_mode):
            raise StudyError(f"{path} is not a file on disk; save it, and name that")
        return sha256_of(path)
    return None


def _without_baseline(study: Study) -> Iterable[str]:
    for (subject, site), lack in study.without_baseline.items():
        if not lack.photographed:  # of a photograph that could not be measured the reason is known
            first = next(one for one in study.photographs if (one.subject.code, one.site.label) == (subject, site))
            place = f"subject {quoted(subject)}" + (f", site {quoted(site)}" if site else "")
            mend = "mend the visits table or the date of first treatment"
            advice = f"{mend}, or leave BASE and CHG empty with --allow-no-baseline"
            named = "" if first.name in lack.text else f" ({first.name})"
            yield f"{place}{named}: {lack.text}; {advice}"


def made_from(study: Study, libraries: Iterable[str] = ()) -> dict[str, object]:
    """Tell what data sets were made from: no path and no time of the export, so that the same gives the same."""
    return {
        **versions(),
        "written_with": {name: installed_version(name) for name in libraries},
        "results_written": study.written_at,
        "results_sha256": study.sources,
        "measured_with": {key: study.run.get(key) for key in ("densitometer", "settings_sha256", "model_sha256")},
        "photographs": len(study.photographs),
    }
