"""Write a trial of 30 subjects, and one of some 10,000 photographs, in every form; time, memory and size of each.

The trials are those of ``tests/trial_study.py``: drawn numbers, nothing measured. Rewrites the section on data sets in
RESULTS.md.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

import results_page  # noqa: E402
import trial_study  # type: ignore[import-not-found] # noqa: E402
from densitometer.datasets.formats import FORMATS  # noqa: E402
from scale_watch import Watched, watch  # noqa: E402

WORK = ROOT / "build" / "data_sets"
SUBJECTS = (30, 980)
HEAD = ("subjects", "photographs", "form", "files", "size (MiB)", "time (s)", "most memory (MiB)")
_MIB = 2**20


def trial(subjects: int, work: Path) -> Path:
    """Write the results folder of a trial, with its study file and its table of subjects; returns where they lie."""
    place = work / str(subjects)
    if not (place / "subjects.csv").exists():
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        trial_study.write_trial(place / "results", subjects=subjects)
        trial_study.write_study_file(place / "study.toml")
        trial_study.write_subjects(place / "subjects.csv", list(trial_study.subject_rows(subjects)))
    return place


def exported(place: Path, form: str) -> Watched:
    """Run the command as a user does; SystemExit where it fails."""
    shutil.rmtree(place / form, ignore_errors=True)
    given = ["--study", "study.toml", "--subjects", "subjects.csv", "-q"]
    done = watch(["export", "results", "--as", form, "-o", form, *given], place)
    if done.code:
        sys.exit(f"--as {form} ended with exit code {done.code}")
    return done


def rows(subjects: int, work: Path) -> Iterator[tuple[str, ...]]:
    """Rows of the table, one a form."""
    place = trial(subjects, work)
    photographs = len(list(trial_study.pictures(subjects=subjects)))
    for form in FORMATS:
        done = exported(place, form)
        files = [path for path in (place / form).iterdir() if path.is_file()]
        size = sum(path.stat().st_size for path in files) / _MIB
        figures = (f"{size:.1f}", f"{done.seconds:.1f}", f"{done.coordinator.peak_mib:.0f}")
        yield (str(subjects), f"{photographs:,}", f"`{form}`", str(len(files)), *figures)
        print(f"{photographs} photographs as {form}: {' / '.join(figures)} MiB / s / MiB of memory", flush=True)


def main() -> None:
    """Measure, and rewrite the section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=WORK)
    options = parser.parse_args()
    table = results_page.table(HEAD, [row for subjects in SUBJECTS for row in rows(subjects, options.work)])
    results_page.write_section("data_sets", f"{results_page.provenance()}\n\n{table}")


if __name__ == "__main__":
    main()
