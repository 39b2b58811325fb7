"""A data set as CSV: UTF-8, RFC 4180, lines that end in LF, dates of ISO 8601."""

from __future__ import annotations

import csv
import io

from densitometer.datasets.cdisc.cells import plain_rows
from densitometer.datasets.cdisc.dataset import Dataset, Value

_MOST_WHOLE = 1e15


def csv_file(dataset: Dataset) -> bytes:
    """Write a data set, names of its variables first; what is missing is empty.

    Text is written as it is, also where a spreadsheet would take it for a formula: other systems must get it so.
    """
    data = io.BytesIO()
    with io.TextIOWrapper(data, encoding="utf-8", newline="") as text:
        lines = csv.writer(text, lineterminator="\n")
        lines.writerow([variable.name for variable in dataset.variables])
        lines.writerows(plain_rows(dataset, _shortest))
        text.flush()
        return data.getvalue()


def _shortest(value: float) -> Value:
    """A whole number without its '.0', as other systems write it."""
    return int(value) if abs(value) < _MOST_WHOLE and value == int(value) else value
