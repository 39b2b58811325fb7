"""Names of the files in a results folder."""

from __future__ import annotations

from pathlib import Path

from densitometer.results.atomic import PART
from densitometer.results.record import Record
from densitometer.results.schema import COMPARISON_TABLES

RECORD = "results.sqlite"
REPORT = "report.html"
SUBJECTS = "subjects.html"
"""Only there where it is known whom photographs show."""
# In the order in which they are set aside: the record last, because it tells the folder for one of ours.
FILES = ("photos.csv", "hairs.csv", "run.json", REPORT, SUBJECTS, RECORD)
OVERLAYS = "overlays"
COMPARISON_FILES = tuple(f"{table}.csv" for table in COMPARISON_TABLES)
COMPARISONS = "comparisons"
PICTURES = (OVERLAYS, "superseded", COMPARISONS)
"""Folders in which pictures lie."""
_TABLES = frozenset({*FILES, *COMPARISON_FILES} - {RECORD})


def may_move(source: object, target: object) -> bool:
    """Tell whether a run may rename one file to the other, or delete it where there is no ``target``."""
    return _is_ours(source) and (target is None or _is_ours(target))


def _is_ours(name: object) -> bool:
    """Tell whether a name, relative to the results folder, is that of a table or picture, complete or in part."""
    if not isinstance(name, str):
        return False
    folder, _, last = name.rpartition("/")
    if not folder:
        return name.removesuffix(PART) in _TABLES
    return folder in PICTURES and last not in ("", ".", "..") and not {"\\", "\0"} & set(last)


OF_RECORD = (*FILES[:-1], *COMPARISON_FILES)
"""Files that are written from the record, but for the pictures of comparisons."""


def is_picture(name: str) -> bool:
    """Tell whether a name relative to the folder is that of a picture in the folder of comparisons itself."""
    return name == f"{COMPARISONS}/{Path(name).name}"


def files_of_comparisons(record: Record) -> set[str]:
    """Tables and pictures of the comparisons that a record holds, by their names relative to the folder."""
    if not record.comparisons.there:
        return set()
    pictures = {name for name in record.comparisons.pictures() if is_picture(name)}
    return pictures | set(COMPARISON_FILES)
