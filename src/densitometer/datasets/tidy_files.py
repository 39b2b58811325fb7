"""The files of a tidy table: CSV, Parquet, and what a Frictionless Data Package says of them."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from hashlib import sha256
from typing import Any

from densitometer.datasets.tidy_fields import Field

_ROWS_A_GROUP = 50_000
_NEEDS_QUOTES = re.compile(r'[",\r\n]|^\s|\s$')
_READ: Mapping[str, Callable[[str], object]] = {
    "string": str,
    "integer": int,
    "number": float,
    "date": date.fromisoformat,
    "boolean": lambda text: text == "true",
}


def csv_file(fields: Sequence[Field], rows: Iterable[Sequence[str]]) -> bytes:
    """Write a table as CSV: UTF-8 without a mark, commas, quotes as of RFC 4180, line ends LF."""
    file = io.BytesIO()
    file.write(_line([field.name for field in fields]))
    file.writelines(map(_line, rows))
    return file.getvalue()


def _line(texts: Sequence[str]) -> bytes:
    """One row; the csv module of Python 3.11 leaves a lone carriage return without quotes, which ends a row."""
    quoted = ('"' + text.replace('"', '""') + '"' if _NEEDS_QUOTES.search(text) else text for text in texts)
    return (",".join(quoted) + "\n").encode()


def parquet_file(fields: Sequence[Field], rows: Iterable[Sequence[str]], about: Mapping[str, str]) -> bytes:
    """Write a table as Parquet, typed, with unit and description of each column in its metadata.

    The same rows give the same bytes under one version of pyarrow. An empty text is null.
    """
    import pyarrow
    from pyarrow import parquet

    schema = pyarrow.schema([_arrow_field(field) for field in fields], metadata=dict(about))
    file = io.BytesIO()
    with parquet.ParquetWriter(file, schema, compression="snappy") as writer:
        for group in _groups(rows):
            cells = zip(*group, strict=True)
            arrays = [
                pyarrow.array(_values(field, texts), of.type)
                for field, of, texts in zip(fields, schema, cells, strict=True)
            ]
            writer.write_table(pyarrow.Table.from_arrays(arrays, schema=schema))
    return file.getvalue()


def _groups(rows: Iterable[Sequence[str]]) -> Iterator[list[Sequence[str]]]:
    group: list[Sequence[str]] = []
    for row in rows:
        group.append(row)
        if len(group) == _ROWS_A_GROUP:
            yield group
            group = []
    if group:
        yield group


def _values(field: Field, texts: Iterable[str]) -> list[object]:
    read = _READ[field.type]
    return [read(text) if text else None for text in texts]


def _arrow_field(field: Field) -> Any:
    import pyarrow

    types = {
        "string": pyarrow.string(),
        "integer": pyarrow.int64(),
        "number": pyarrow.float64(),
        "date": pyarrow.date32(),
        "boolean": pyarrow.bool_(),
    }
    told = {"description": field.meaning, **({"unit": field.unit} if field.unit else {})}
    return pyarrow.field(field.name, types[field.type], metadata=told)


def resource(name: str, data: bytes, fields: Sequence[Field], title: str, keys: Mapping[str, object]) -> dict[str, Any]:
    """Describe a CSV file as a tabular data resource; ``keys`` are the primary and the foreign ones."""
    return {
        "name": name,
        "type": "table",
        "title": title,
        "path": f"{name}.csv",
        "profile": "tabular-data-resource",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(data),
        "hash": f"sha256:{sha256(data).hexdigest()}",
        "dialect": {"delimiter": ",", "lineTerminator": "\n", "quoteChar": '"', "doubleQuote": True},
        "schema": {"fields": [_schema_field(field) for field in fields], "missingValues": [""], **keys},
    }


def _schema_field(field: Field) -> dict[str, Any]:
    told = {"name": field.name, "type": field.type, "description": field.meaning}
    constraints = dict(_constraints(field))
    return {
        **told,
        **({"unit": field.unit} if field.unit else {}),
        **({"constraints": constraints} if constraints else {}),
    }


def _constraints(field: Field) -> Iterator[tuple[str, object]]:
    if field.required:
        yield "required", True
    if field.allowed and field.several:
        one = "|".join(map(re.escape, field.allowed))
        yield "pattern", f"({one})(;({one}))*"
    elif field.allowed:
        yield "enum", [_READ[field.type](value) for value in field.allowed]
    for name, bound in (("minimum", field.low), ("maximum", field.high)):
        if bound is not None:
            yield name, int(bound) if field.type == "integer" else bound
