"""Names of the files in a results folder."""

from __future__ import annotations

from pathlib import Path

from densitometer.results.record import Record
from densitometer.results.schema import COMPARISON_TABLES

RECORD = "results.sqlite"
REPORT = "report.html"
# In the order in which they are set aside: the record last, because it tells the folder for one of ours.
FILES = ("photos.csv", "hairs.csv", "run.json", REPORT, RECORD)
OVERLAYS = "overlays"
COMPARISON_FILES = tuple(f"{table}.csv" for table in COMPARISON_TABLES)
COMPARISONS = "comparisons"


def files_of_comparisons(record: Record) -> set[str]:
    """Tables and pictures of the comparisons that a record holds, by their names relative to the folder."""
    if not record.comparisons.there:
        return set()
    pictures = {name for name in record.comparisons.pictures() if name == f"{COMPARISONS}/{Path(name).name}"}
    return pictures | set(COMPARISON_FILES)
