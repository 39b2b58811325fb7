"""A table that another program saved again: one finding, unless values differ; then these, by row and column."""

from __future__ import annotations

import codecs
import csv
import io
from pathlib import Path

import pytest

from densitometer.results.check_tables import check_table

COLUMNS = ("photo", "subject", "note", "width_um", "count")
NUMBERS = {"width_um", "count"}
ROWS = [
    ("a.jpg", "007", "plain, with comma", "5.0", "12"),
    ("b.jpg", "1.10", "Müller", "0.000012", ""),
    ("c.jpg", "x", "two\nlines", "-3.40", "7"),
]


def expected() -> list[str]:
    return written(ROWS).splitlines(keepends=True)[:3] + ['c.jpg,x,"two\nlines",-3.40,7\n']


def written(
    rows: list[tuple[str, ...]], separator: str = ",", end: str = "\n", quoting: int = csv.QUOTE_MINIMAL
) -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, lineterminator=end, quoting=quoting)  # type: ignore[arg-type]
    writer.writerows([COLUMNS, *rows])
    return text.getvalue()


def respelt(point: str) -> list[tuple[str, ...]]:
    numbers = {"5.0": "5", "0.000012": "1.2E-05", "-3.40": "-3.4"}
    return [(*row[:3], numbers[row[3]].replace(".", point), row[4]) for row in ROWS]


def found(tmp_path: Path, data: bytes, *, as_written: bool = False) -> list[str]:
    (tmp_path / "photos.csv").write_bytes(data)
    findings = check_table(tmp_path / "photos.csv", expected(), as_written=as_written, numbers=NUMBERS).findings
    return [f"{finding.kind}: {finding}" for finding in findings]


def test_a_table_as_it_was_written_gives_nothing(tmp_path: Path) -> None:
    assert found(tmp_path, written(ROWS).encode()) == []


@pytest.mark.parametrize(
    ("data", "changed"),
    [
        (written(ROWS, end="\r\n").encode(), "line ends"),
        (written(ROWS).encode().rstrip(b"\n"), "line ends"),
        (written(ROWS, separator=";").encode(), "separators"),
        (written(ROWS, separator="\t", end="\r\n").encode(), "separators, line ends"),
        (written(ROWS, quoting=csv.QUOTE_ALL).encode(), "quotes"),
        (codecs.BOM_UTF8 + written(ROWS).encode(), "encoding"),
        (written(ROWS, separator="\t").encode("utf-16"), "encoding, separators"),
        (written(ROWS).encode("cp1252"), "encoding"),
        (written(respelt(".")).encode(), "spelling of numbers"),
        (written(respelt(","), separator=";").encode(), "separators, spelling of numbers"),
    ],
)
def test_mere_form_is_one_finding(tmp_path: Path, data: bytes, changed: str) -> None:
    told = f"altered: photos.csv: it was saved by another program ({changed} changed); no value differs"
    assert found(tmp_path, data) == [told]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_only_the_cells_that_differ_are_named(tmp_path: Path, separator: str) -> None:
    rows = [("a.jpg", "7", "plain, with comma", "5.1", "12"), *ROWS[1:]]
    data = codecs.BOM_UTF8 + written(rows, separator=separator, end="\r\n").encode()
    assert found(tmp_path, data) == [
        "altered: photos.csv, row 2 (a.jpg), column subject: it says 7 instead of 007",  # a text, no number
        "altered: photos.csv, row 2 (a.jpg), column width_um: it says 5.1 instead of 5.0",
    ]


def test_rows_taken_out_and_put_in_are_named_in_another_form_too(tmp_path: Path) -> None:
    rows = [ROWS[0], ROWS[2], ("d.jpg", "", "", "", "")]
    assert found(tmp_path, written(rows, separator=";", end="\r\n").encode()) == [
        "missing: photos.csv, row 3 (b.jpg): it was taken out",
        "added: photos.csv, row 4 (d.jpg): it was put in",
    ]


def test_a_header_is_row_1(tmp_path: Path) -> None:
    data = written(ROWS).replace("subject", "person").encode()
    told = "altered: photos.csv, row 1 (header), column subject: it says person instead of subject"
    assert found(tmp_path, data) == [told]


def test_a_record_is_not_said_to_be_saved_by_another_program(tmp_path: Path) -> None:
    told = ["altered: results.sqlite, table photos: other quotes or another line end"]
    assert found(tmp_path, written(ROWS, end="\r\n").encode(), as_written=True) == told
