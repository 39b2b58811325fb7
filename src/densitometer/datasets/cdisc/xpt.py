"""A data set as a SAS transport file of version 5, by pyreadstat."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from densitometer.datasets.cdisc.ascii import encoded
from densitometer.datasets.cdisc.cells import TEXTS
from densitometer.datasets.cdisc.dataset import Dataset, Value, Variable
from densitometer.errors import StudyError

if TYPE_CHECKING:
    import pandas

_TIMES = (144, 160, 464, 480)
"""Where the file states when it was created and altered: the library twice, then its one member twice (SAS TS-140)."""
_RECORD, _NAMESTR, _NUMBER = 80, 140, 8
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


def xpt_file(dataset: Dataset, created: str) -> bytes:
    """Write a data set, created at a time of UTC; texts as ``ascii.encoded`` has them, dates shown as DATE9.

    The limits of the format are not checked here (see ``limits``): pyreadstat writes what breaks them without a word.

    Raises
    ------
    StudyError
        When the folder for temporary files has no room; pyreadstat can only write to a path.
    """
    frame = _frame(dataset)
    with _named(dataset), tempfile.TemporaryDirectory(prefix="densitometer-") as folder:
        path = Path(folder) / f"{dataset.name.lower()}.xpt"
        _write(dataset, frame, path)
        data = path.read_bytes()
        if len(data) != _size(frame):
            raise OSError("the file is not whole")
    return _created(data, created)


@contextmanager
def _named(dataset: Dataset) -> Iterator[None]:
    """Tell where the file could not be written: pyreadstat says nothing when there is no room for it."""
    try:
        yield
    except OSError as error:
        where = tempfile.tempdir or "a folder for temporary files"
        advice = "free some space there, or name another folder in TMPDIR"
        raise StudyError(f"the XPT file of {dataset.name} cannot be written in {where} ({error}); {advice}") from error


def _write(dataset: Dataset, frame: pandas.DataFrame, path: Path) -> None:
    import pyreadstat

    pyreadstat.write_xport(
        frame,
        path,
        file_label=dataset.label,
        column_labels={one.name: one.label for one in dataset.variables},
        table_name=dataset.name,
        file_format_version=5,
        variable_format={one.name: "DATE9." for one in dataset.variables if one.type == "numeric date"},
    )


def _size(frame: pandas.DataFrame) -> int:
    """Bytes of the whole file: 8 records before the variables, 140 bytes for each, one record before the rows."""
    width = sum(_NUMBER if column.dtype == "float64" else max(1, column.map(len).max()) for _, column in frame.items())
    return 9 * _RECORD + _padded(_NAMESTR * frame.shape[1]) + _padded(width * frame.shape[0])


def _padded(size: int) -> int:
    return -(-size // _RECORD) * _RECORD


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
