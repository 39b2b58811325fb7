"""A data set as Dataset-JSON 1.1 (CDISC, 2024-12-05), one row a line."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator

from densitometer.datasets.cdisc.cells import plain_rows
from densitometer.datasets.cdisc.dataset import Dataset, Package, Variable
from densitometer.datasets.cdisc.describe import Shape, columns
from densitometer.datasets.cdisc.oids import group_oid, item_oid, study_oid, version_oid

_TYPES = {"text": "string", "partialDate": "date", "partialDatetime": "datetime"}
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def dataset_json(dataset: Dataset, package: Package) -> bytes:
    """Write a data set with what the standard asks to be told of it; ``define.xml`` tells the rest."""
    data = io.BytesIO()
    with io.TextIOWrapper(data, encoding="utf-8", newline="") as text:
        head = json.dumps({**_about(dataset, package), "columns": _columns(dataset)}, indent=2, ensure_ascii=False)
        text.write(head.removesuffix("\n}") + ',\n  "rows": [')
        text.writelines(_lines(dataset))
        text.write("\n  ]\n}\n")
        text.flush()
        return data.getvalue()


def _lines(dataset: Dataset) -> Iterator[str]:
    before = "\n    "
    for cells in plain_rows(dataset):
        yield before + _ENCODER.encode(cells)
        before = ",\n    "


def _about(dataset: Dataset, package: Package) -> dict[str, object]:
    """Attributes in the order that the standard recommends for reading in one pass."""
    return {
        "datasetJSONCreationDateTime": package.created,
        "datasetJSONVersion": "1.1.0",
        "fileOID": f"{study_oid(package)}.{dataset.name}",
        "dbLastModifiedDateTime": package.created,
        "originator": "densitometer",
        "sourceSystem": {"name": "densitometer", "version": package.version},
        "studyOID": study_oid(package),
        "metaDataVersionOID": version_oid(package),
        "metaDataRef": "define.xml",
        "itemGroupOID": group_oid(dataset),
        "records": len(dataset.rows),
        "name": dataset.name,
        "label": dataset.label,
    }


def _columns(dataset: Dataset) -> list[dict[str, object]]:
    return [_column(dataset, variable, shape) for variable, shape in columns(dataset)]


def _column(dataset: Dataset, variable: Variable, shape: Shape) -> dict[str, object]:
    told: dict[str, object] = {
        "itemOID": item_oid(dataset, variable.name),
        "name": variable.name,
        "label": variable.label,
        "dataType": _TYPES.get(shape.type, shape.type),
    }
    if variable.type == "numeric date":  # in ISO 8601 here; who loads it makes a number of it again
        told |= {"dataType": "date", "targetDataType": "integer", "displayFormat": shape.format}
    if variable.type == "text":
        told["length"] = shape.length
    if variable.name in dataset.keys:
        told["keySequence"] = dataset.keys.index(variable.name) + 1
    return told
