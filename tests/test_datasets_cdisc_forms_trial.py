"""All forms of a whole trial, of SDTM and of ADaM, are valid and say the same, cell by cell."""

from __future__ import annotations

import csv
import datetime
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import cdisc_package as made
from densitometer.datasets.cdisc.ascii import decoded
from densitometer.datasets.export import export_study

SCHEMA = Path(__file__).parent / "schemas" / "dataset-json-1.1.schema.json"
EPOCH = datetime.date(1960, 1, 1)


@pytest.fixture(scope="module", params=["sdtm", "adam"])
def folder(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    trial_out: Path,
    trial_study_file: Path,
    trial_subjects: Path,
) -> Path:
    folder = tmp_path_factory.mktemp("forms") / request.param
    export_study(trial_out, request.param, folder, trial_study_file, trial_subjects, allow_no_baseline=True)
    return folder


def read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text("utf-8"))


def sets(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.json") if path.name != "export.json")


def by_type(text: str | float | None, column: dict[str, Any]) -> str | float | None:
    """A cell of CSV or XPT as Dataset-JSON has it."""
    if text is None or text == "":
        return None
    if column["dataType"] in {"integer", "float"}:
        return float(text)
    if column.get("targetDataType") == "integer" and isinstance(text, float):
        return (EPOCH + datetime.timedelta(days=text)).isoformat()
    return str(text)


def test_every_data_set_is_valid_dataset_json(folder: Path) -> None:
    validator = jsonschema.Draft201909Validator(read(SCHEMA))
    assert sets(folder)
    for path in sets(folder):
        data = read(path)
        validator.validate(data)
        assert {len(row) for row in data["rows"]} == {len(data["columns"])}
        assert data["records"] == len(data["rows"])


def test_csv_and_xpt_hold_what_dataset_json_holds(folder: Path) -> None:
    for path in sets(folder):
        data = read(path)
        columns = data["columns"]
        with path.with_suffix(".csv").open(encoding="utf-8", newline="") as lines:
            head, *rows = csv.reader(lines)
        assert head == [column["name"] for column in columns]
        assert [[by_type(cell, column) for cell, column in zip(row, columns, strict=True)] for row in rows] == data[
            "rows"
        ]
        rows, about = made.by_pyreadstat(path.with_suffix(".xpt"))
        assert about.column_names == head
        read_back = [[by_type(cell, column) for cell, column in zip(row, columns, strict=True)] for row in rows]
        assert [[decoded(cell) if isinstance(cell, str) else cell for cell in row] for row in read_back] == data["rows"]


def test_pandas_reads_every_xpt_as_pyreadstat_does(folder: Path) -> None:
    for path in sets(folder):
        rows, about = made.by_pyreadstat(path.with_suffix(".xpt"))
        if sum(about.variable_storage_width.values()) >= 80:  # pandas takes the blanks after shorter rows for rows
            again = made.by_pandas(path.with_suffix(".xpt").read_bytes())
            assert again == [[None if cell == "" else cell for cell in row] for row in rows]


def test_define_is_valid_and_knows_every_column(folder: Path) -> None:
    import defineutils
    from lxml import etree

    path = Path(defineutils.__file__).parent / "validate/schema/cdisc-define-2.1/define2-1-0.xsd"
    valid = etree.XMLSchema(etree.parse(path, etree.XMLParser(no_network=True)))
    define = etree.parse(folder / "define.xml")
    assert valid.validate(define), valid.error_log
    oids = {element.get("OID") for element in define.iter() if element.get("OID")}
    for data in map(read, sets(folder)):
        assert {data["itemGroupOID"], data["studyOID"], data["metaDataVersionOID"]} <= oids
        assert {column["itemOID"] for column in data["columns"]} <= oids


def test_define_is_of_one_piece(folder: Path) -> None:
    from odmlib import create_oid_checker, open_define
    from odmlib.define_2_1.rules.metadata_schema import MetadataSchema

    with open_define(str(folder / "define.xml")) as define:
        checker = create_oid_checker("define_2_1")
        assert define.verify_oids(checker)
        assert not checker.check_unreferenced_oids()
        assert define.verify_order()
        assert define.verify_conformance(MetadataSchema())


def test_lengths_are_enough_for_every_text(folder: Path) -> None:
    for data in map(read, sets(folder)):
        for place, column in enumerate(data["columns"]):
            if "length" in column:
                assert max(len(row[place] or "") for row in data["rows"]) <= column["length"] <= 200
