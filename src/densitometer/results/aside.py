"""Files that comparing writes aside and puts in place when all are complete, and takes away again."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path

from densitometer.errors import ResultsError
from densitometer.results.record import Record, is_record
from densitometer.results.schema import COMPARISON_TABLES
from densitometer.results.tables import run_text

RECORD = "results.sqlite"
COMPARISON_FILES = tuple(f"{table}.csv" for table in COMPARISON_TABLES)
COMPARISONS = "comparisons"
UNFINISHED = ".unfinished"


def write_run(staging: Path, run: Mapping[str, object]) -> None:
    """Write the provenance of a run as ``run.json``."""
    (staging / "run.json").write_text(run_text(run), encoding="utf-8", newline="\n")


def not_replaced(error: OSError, target: Path, staging: Path) -> ResultsError:
    """Say which file could not be put in place, and where the new results lie meanwhile."""
    name = Path(error.filename2 or error.filename or "").name
    advice = f"close it where it is open; the new results lie in {staging}"
    return ResultsError(f"{name} in {target} cannot be replaced ({error.strerror}); {advice}")


def remove_stale(out: Path, names: Iterable[str]) -> None:
    """Take away files of an earlier run, and its folder of comparisons where nothing is left in it."""
    for name in names:
        (out / name).unlink(missing_ok=True)
    folder = out / COMPARISONS
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def clear(staging: Path) -> None:
    """Take away what a run that was killed left behind."""
    if os.path.lexists(staging):
        shutil.rmtree(staging)


def comparison_files(out: Path) -> set[str]:
    """Tables and pictures of an earlier comparing, by their names relative to the folder; only such as lie in it."""
    if not is_record(out / RECORD):
        return set()
    with closing(Record.read(out / RECORD)) as record:
        return files_of_comparisons(record)


def files_of_comparisons(record: Record) -> set[str]:
    """Tables and pictures of the comparisons that a record holds, by their names relative to the folder."""
    if not record.comparisons.there:
        return set()
    pictures = {name for name in record.comparisons.pictures() if name == f"{COMPARISONS}/{Path(name).name}"}
    return pictures | set(COMPARISON_FILES)
