"""Write a study as tidy tables: a long and a wide one, as CSV and Parquet, described by a Frictionless Data Package."""

from __future__ import annotations

import json
from collections.abc import Iterator

from densitometer.datasets.tidy_files import csv_file, parquet_file, resource
from densitometer.datasets.tidy_rows import long_table, wide_table
from densitometer.study.model import Study

_TABLES = {
    "long": (long_table, "One row a photograph and parameter", ["photo", "parameter"]),
    "wide": (wide_table, "One row a photograph", ["photo"]),
}
_ABOUT = (
    "Hair measured on photographs of the scalp. An empty cell means not measured or not applicable, never zero. "
    "long.parquet and wide.parquet hold the same rows, typed."
)


def files(study: Study) -> Iterator[tuple[str, bytes]]:
    """Write the tables, and last what describes them.

    Photographs without a subject or visit are kept, with those cells empty.
    """
    about = {"study": study.about.study_id, "results_written": study.written_at, "description": _ABOUT}
    resources = []
    for name, (table, title, key) in _TABLES.items():
        fields, rows = table(study)
        data = csv_file(fields, rows)
        yield f"{name}.csv", data
        yield f"{name}.parquet", parquet_file(fields, table(study)[1], about)
        keys: dict[str, object] = {"primaryKey": key}
        if name == "long":
            to = {"resource": "wide", "fields": ["photo"]}
            keys["foreignKeys"] = [{"fields": ["photo"], "reference": to}]
        resources.append(resource(name, data, fields, title, keys))
    package = {
        "name": "densitometer-tidy",
        "title": study.about.name or study.about.study_id,
        "description": _ABOUT,
        "profile": "tabular-data-package",
        "created": study.written_at,
        "resources": resources,
    }
    yield "datapackage.json", (json.dumps(package, indent=2, ensure_ascii=False) + "\n").encode()
