"""Data sets of SDTM in each of their forms, read back by others than who wrote them."""

from __future__ import annotations

import csv
import datetime
import io
import json
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cdisc_package as made
from densitometer.datasets.cdisc import xpt
from densitometer.datasets.cdisc.ascii import decoded, encoded
from densitometer.datasets.cdisc.dataset import Value, Variable
from densitometer.datasets.cdisc.forms import files
from densitometer.errors import StudyError

SCHEMA = Path(__file__).parent / "schemas" / "dataset-json-1.1.schema.json"
NAMES = [variable.name for variable in made.VARIABLES]
EPOCH = datetime.date(1960, 1, 1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made.written(made.package(), tmp_path_factory.mktemp("forms"))


def expected(
    text: Callable[[str], Any], missing: object, number: Callable[[float], Any], day: Callable[[int], Any]
) -> list[list[Any]]:
    """Rows as a reader should give them back."""

    def cell(value: Value, kind: str) -> object:
        if isinstance(value, str):
            return text(value) if value else missing
        if value is None:
            return missing if kind in {"text", "date", "datetime"} else None
        return day(int(value)) if kind == "numeric date" else number(value)

    kinds = [variable.type for variable in made.VARIABLES]
    return [[cell(value, kind) for value, kind in zip(row, kinds, strict=True)] for row in made.ROWS]


def iso(day: int) -> str:
    return (EPOCH + datetime.timedelta(days=day)).isoformat()


def test_files_are_three_a_data_set_and_one_define_and_none_is_empty(folder: Path) -> None:
    names = [name for name, _ in files(made.package())]
    assert names == [f"{one}.{form}" for one in ("ig", "di", "suppig") for form in ("json", "xpt", "csv")] + [
        "define.xml"
    ]


def test_the_same_package_gives_the_same_bytes_at_any_time_and_place(folder: Path) -> None:
    code = "import cdisc_package as m, hashlib as h; print(*(h.sha256(d).hexdigest() for _, d in m.files(m.package())))"
    paths = os.pathsep.join([str(Path(__file__).parent), *filter(None, [os.environ.get("PYTHONPATH")])])
    for seed, zone in (("1", "Asia/Tokyo"), ("2", "America/Lima")):
        given = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "PYTHONPATH": paths}
        done = subprocess.run([sys.executable, "-c", code], env=given, capture_output=True, text=True, check=True)
        if seed == "1":
            first = done.stdout
    assert done.stdout == first
    assert {name: data for name, data in files(made.package())} == {
        one.name: one.read_bytes() for one in folder.iterdir()
    }


def test_pyreadstat_and_pandas_read_the_rows_of_xpt(folder: Path) -> None:
    data = (folder / "ig.xpt").read_bytes()
    rows, _ = made.by_pyreadstat(folder / "ig.xpt")
    assert str(rows[-1][6]) == "0.0"  # not -0.0
    want = expected(str, "", float, float)
    assert [[decoded(cell) if isinstance(cell, str) else cell for cell in row] for row in rows] == want
    coded = [[encoded(cell) if isinstance(cell, str) else cell for cell in row] for row in want]
    assert made.by_pandas(data) == [[None if cell == "" else cell for cell in row] for row in coded]


def test_xpt_says_what_it_is(folder: Path) -> None:
    _, about = made.by_pyreadstat(folder / "ig.xpt")
    assert (about.table_name, about.file_label) == ("IG", "Integumentary System Findings")
    assert about.column_names_to_labels == {one.name: one.label for one in made.VARIABLES}
    assert about.original_variable_types["ADT"] == "DATE9"
    assert str(about.creation_time) == str(about.modification_time) == "2026-01-02 03:04:05"
    widths = about.variable_storage_width
    assert (widths["NOTE"], widths["IGSTRESN"], widths["LOWEST"], widths["USUBJID"]) == (200, 8, 8, 5)
    assert (folder / "ig.xpt").read_bytes().startswith(b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!")


def test_a_warning_names_the_variables_that_xpt_writes_otherwise(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        list(files(made.package()))
    assert [record.getMessage() for record in caplog.records] == [
        "XPT files have only ASCII, so that text in IG.IGREFID, SUPPIG.SPDEVID is percent-encoded there; "
        "Dataset-JSON and CSV keep the text"
    ]


def test_a_full_disk_is_an_error_that_names_the_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    write = xpt._write

    def cut_off(dataset: Any, frame: Any, path: Path) -> None:  # as pyreadstat does where there is no room
        write(dataset, frame, path)
        path.write_bytes(path.read_bytes()[:-80])

    monkeypatch.setattr(xpt, "_write", cut_off)
    with pytest.raises(StudyError, match=r"XPT file of IG cannot be written in /.*; free some space there"):
        list(files(made.package()))


@pytest.mark.parametrize("count", [1, 2, 7])
@pytest.mark.parametrize("text", ["", "x", "x" * 200])
def test_an_xpt_of_any_size_is_known_to_be_whole(tmp_path: Path, count: int, text: str) -> None:
    rows = [("S1", f"{text}{number}"[-200:]) for number in range(count)]
    (tmp_path / "di.xpt").write_bytes(xpt.xpt_file(replace(made.DI, rows=rows), "2026-01-02T03:04:05Z"))
    assert made.by_pyreadstat(tmp_path / "di.xpt")[0] == [list(row) for row in rows]


def test_dataset_json_is_valid_and_holds_the_rows(folder: Path) -> None:
    schema = json.loads(SCHEMA.read_text())
    for name in ("ig", "di", "suppig"):
        jsonschema.Draft201909Validator(schema).validate(json.loads((folder / f"{name}.json").read_text("utf-8")))
    read = json.loads((folder / "ig.json").read_text("utf-8"))
    assert read["rows"] == expected(str, None, lambda value: value, iso)
    assert read["records"] == len(read["rows"]) == len(made.ROWS)
    assert {len(row) for row in read["rows"]} == {len(read["columns"])}


def test_dataset_json_says_what_it_is(folder: Path) -> None:
    read = json.loads((folder / "ig.json").read_text("utf-8"))
    assert read["sourceSystem"] == {"name": "densitometer", "version": "0.1.0"}
    assert (read["originator"], read["metaDataRef"]) == ("densitometer", "define.xml")
    assert read["datasetJSONCreationDateTime"] == "2026-01-02T03:04:05Z"
    columns = {column["name"]: column for column in read["columns"]}
    assert [column["name"] for column in read["columns"]] == NAMES
    assert {name: one["keySequence"] for name, one in columns.items() if "keySequence" in one} == {
        "STUDYID": 1,
        "USUBJID": 2,
        "IGSEQ": 3,
    }
    adt = {"itemOID": "IT.IG.ADT", "name": "ADT", "label": "Analysis Date", "dataType": "date"}
    assert columns["ADT"] == {**adt, "targetDataType": "integer", "displayFormat": "DATE9."}
    kinds = ("string", "integer", "float", "datetime", "date")
    assert tuple(columns[name]["dataType"] for name in ("NOTE", "IGSEQ", "LOWEST", "IGDTC", "VISITDTC")) == kinds
    assert "-0.0" not in (folder / "ig.json").read_text("utf-8")


def test_odmlib_reads_dataset_json(folder: Path) -> None:
    from odmlib.dataset_json_1_1.model import DatasetJSON

    read = DatasetJSON.read_json(str(folder / "ig.json"))
    assert read.to_dict() == json.loads((folder / "ig.json").read_text("utf-8"))


def test_csv_holds_the_rows_as_they_are(folder: Path) -> None:
    data = (folder / "ig.csv").read_bytes()
    assert b"\r" not in data
    head, *rows = csv.reader(io.StringIO(data.decode("utf-8"), newline=""))
    assert head == NAMES
    want = expected(str, "", float, iso)
    numbers = {place for place, one in enumerate(made.VARIABLES) if one.type in {"integer", "float"}}
    read = [[float(cell) if cell and place in numbers else cell for place, cell in enumerate(row)] for row in rows]
    assert read == [["" if cell is None else cell for cell in row] for row in want]
    assert ",=1+1," in data.decode()
    assert ",-0," in data.decode() and ",-0.0" not in data.decode()


def test_whole_numbers_have_no_decimals_in_csv(folder: Path) -> None:
    rows = list(csv.DictReader(io.StringIO((folder / "ig.csv").read_text("utf-8"))))
    assert [row["IGSTRESN"] for row in rows[:4]] == ["123.4", "0", "-17.25", "1e-09"]


def test_pandas_reads_csv_as_the_rows(folder: Path) -> None:
    import pandas

    frame = pandas.read_csv(folder / "ig.csv", keep_default_na=False, na_values={name: [""] for name in NAMES})
    assert frame["IGSTRESN"].isna().tolist() == [row[6] is None for row in made.ROWS]
    assert frame["IGREFID"].tolist() == [row[3] for row in made.ROWS]


NUMBERS = st.floats(5.4e-79, 4.5e74) | st.floats(-4.5e74, -5.4e-79) | st.just(0.0) | st.none()
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=16).filter(
    lambda text: not text.endswith(" ") and not {"\ufffe", "\uffff"} & set(text)
)


@given(st.lists(st.tuples(NUMBERS, TEXTS), min_size=1, max_size=20))
def test_any_number_and_any_text_come_back_from_every_form(cells: list[tuple[float | None, str]]) -> None:
    rows = [(place, number, text) for place, (number, text) in enumerate(cells)]
    variables = (Variable("A", "Place", "integer"), Variable("N", "Number", "float"), Variable("T", "Text"))
    got = dict(files(made.package(replace(made.DI, variables=variables, rows=rows, keys=("A",)))))
    want = [[place, number, text or None] for place, number, text in rows]
    assert json.loads(got["di.json"])["rows"] == want
    _, *lines = csv.reader(io.StringIO(got["di.csv"].decode(), newline=""))
    assert [[int(place), float(number) if number else None, text or None] for place, number, text in lines] == want
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "di.xpt").write_bytes(got["di.xpt"])
        read, _ = made.by_pyreadstat(Path(folder) / "di.xpt")
    assert [[place, number, decoded(text) or None] for place, number, text in read] == want
