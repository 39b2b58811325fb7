"""A data set as a SAS transport file of version 5, by pyreadstat."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from densitometer.datasets.cdisc.ascii import encoded
from densitometer.datasets.cdisc.cells import TEXTS
from densitometer.datasets.cdisc.dataset import Dataset, Value, Variable

if TYPE_CHECKING:
    import pandas

_TIMES = (144, 160, 464, 480)
"""Where the file states when it was created and altered: the library twice, then its one member twice (SAS TS-140)."""
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


def xpt_file(dataset: Dataset, created: str) -> bytes:
    """Write a data set, created at a time of UTC; texts as ``ascii.encoded`` has them, dates shown as DATE9.

    The limits of the format are not checked here (see ``limits``): pyreadstat writes what breaks them without a word.
    """
    import pyreadstat

    with tempfile.TemporaryDirectory(prefix="densitometer-") as folder:
        path = Path(folder) / f"{dataset.name.lower()}.xpt"
        pyreadstat.write_xport(
            _frame(dataset),
            path,
            file_label=dataset.label,
            column_labels={one.name: one.label for one in dataset.variables},
            table_name=dataset.name,
            file_format_version=5,
            variable_format={one.name: "DATE9." for one in dataset.variables if one.type == "numeric date"},
        )
        return _created(path.read_bytes(), created)


def _frame(dataset: Dataset) -> pandas.DataFrame:
    import pandas

    columns = {one.name: _series(one, dataset.column(one.name)) for one in dataset.variables}
    return pandas.DataFrame(columns, copy=False)


def _series(variable: Variable, values: Sequence[Value]) -> pandas.Series[object]:
    import pandas

    if variable.type not in TEXTS:
        return pandas.Series(values, dtype="float64")
    texts = {value: encoded(str(value or "")) for value in set(values)}
    return pandas.Series([texts[value] for value in values], dtype="object")


def _created(data: bytes, created: str) -> bytes:
    """Put the time of creation where the clock of this computer stands."""
    time = datetime.fromisoformat(created)
    stamp = f"{time:%d}{_MONTHS[time.month - 1]}{time:%y:%H:%M:%S}".encode()
    whole = bytearray(data)
    for start in _TIMES:
        whole[start : start + len(stamp)] = stamp
    return bytes(whole)
