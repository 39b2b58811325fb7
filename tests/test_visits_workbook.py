from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from densitometer.errors import VisitsError
from densitometer.visits.table import examine, read_visits

Rows = list[list[Any]]


def workbook(folder: Path, rows: Rows, change: Callable[[Workbook], None] | None = None) -> Path:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    if change:
        change(book)
    path = folder / "visits.xlsx"
    book.save(path)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(VisitsError) as caught:
        read_visits(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_values_are_read_as_they_are_shown(tmp_path: Path) -> None:
    head = ["Photo", "subject", "visit", "visit_date", "um_per_px", "arm", "seen"]
    rows = [
        ["v1\\a.jpg", 7, 1.0, date(2024, 1, 31), 5.56, True, datetime(2024, 1, 31, 8, 30)],
        [None] * 7,
        ["b.jpg", "007", "week 12", "2024-04-30", "5,56", None, 0.1 + 0.2],
        ["c.jpg", 12, 2, datetime(2024, 5, 1, 14, 5), 5, "x"],
    ]

    def with_zeros(book: Workbook) -> None:
        book.active["B5"].number_format = "000"

    table = read_visits(workbook(tmp_path, [head, *rows], with_zeros))
    first, second, third = table.rows
    assert (first.photo, first.subject, first.visit, first.um_per_px) == ("v1/a.jpg", "7", "1", 5.56)
    assert first.carried["visit_date"] == "2024-01-31"
    assert dict(first.further) == {"arm": "TRUE", "seen": "2024-01-31 08:30:00"}
    assert (second.subject, second.carried["visit_date"], second.um_per_px) == ("007", "2024-04-30", 5.56)
    assert second.further["seen"] == "0.3"
    assert (third.subject, third.carried["visit_date"], third.um_per_px) == ("012", "2024-05-01", 5.0)


def test_problems_name_the_cell(tmp_path: Path) -> None:
    told = refusal(workbook(tmp_path, [["photo", "visit_date"], ["a.jpg", "31.1.2024"], [None, "2024-01-31"]]))
    assert "row 2, column visit_date (B2): '31.1.2024' is not a date" in told
    assert "row 3, column photo (A3): '' is empty" in told


def test_takes_the_sheet_that_is_shown_and_names_photographs(tmp_path: Path) -> None:
    def more(book: Workbook) -> None:
        for title, photo in (("hidden", "hidden.jpg"), ("photographs", "right.jpg")):
            sheet = book.create_sheet(title)
            sheet.append([])
            sheet.append(["photo"])
            sheet.append([photo])
        book["hidden"].sheet_state = "hidden"

    path = workbook(tmp_path, [["notes"], ["of the trial"]], more)
    (line,) = examine(path).lines
    assert (line.row.photo, line.number) == ("right.jpg", 3)


def test_tells_that_a_second_sheet_is_not_read(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def more(book: Workbook) -> None:
        book.create_sheet("second").append(["photo"])

    read_visits(workbook(tmp_path, [["photo"], ["a.jpg"]], more))
    assert "only the sheet Sheet is read; a column photo is on second as well" in caplog.text


def test_refuses_a_workbook_without_the_column(tmp_path: Path) -> None:
    assert "there is no column photo in the first row, which holds 'file'" in refusal(workbook(tmp_path, [["file"]]))
    two = workbook(tmp_path, [["file"]], lambda book: book.create_sheet("second"))
    assert "no column photo in the first row of any sheet (Sheet, second)" in refusal(two)
    assert "is empty" in refusal(workbook(tmp_path, []))


def test_cells_whose_value_cannot_be_told_are_problems(tmp_path: Path) -> None:
    rows = [["photo", "subject", "site"], ["a.jpg", "1", "=B2"], ["b.jpg", None, "vertex"], ["c.jpg", "#N/A", "vertex"]]

    def merged(book: Workbook) -> None:
        book.active.merge_cells("B2:B3")
        book.active.merge_cells("A9:C9")

    told = refusal(workbook(tmp_path, rows, merged))
    assert "row 2, column site (C2): a formula without a result" in told
    assert "row 2, column subject (B2): B2:B3 are merged into one cell" in told
    assert "row 4, column subject (B4): #N/A is an error of the spreadsheet" in told
    assert "A9" not in told


def edited(path: Path, member: str, change: Callable[[bytes], bytes]) -> Path:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[member] = change(parts[member])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def test_a_formula_gives_its_result(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["photo", "subject", "arm"], ["a.jpg", "=3+4", '=""']])

    def computed(xml: bytes) -> bytes:
        with_number = xml.replace(b"<f>3+4</f><v></v>", b"<f>3+4</f><v>7</v>").replace(
            b"<f>3+4</f><v />", b"<f>3+4</f><v>7</v>"
        )
        return with_number.replace(b'<c r="C2"', b'<c r="C2" t="str"')

    (row,) = read_visits(edited(path, "xl/worksheets/sheet1.xml", computed)).rows
    assert (row.subject, row.further["arm"]) == ("7", "")


def test_many_empty_rows_with_a_format_are_no_rows(tmp_path: Path) -> None:
    def formatted(book: Workbook) -> None:
        for row in range(3, 3000):
            book.active.cell(row, 1).number_format = "0"

    assert len(read_visits(workbook(tmp_path, [["photo"], ["a.jpg"]], formatted)).rows) == 1


def archive(path: Path, **parts: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in parts.items():
            made.writestr(name.replace("__", "/"), data)
    return path


def test_refuses_other_spreadsheets_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "visits.xlsx"
    assert "an OpenDocument spreadsheet, which is not read" in refusal(
        archive(path, mimetype=b"application/vnd.oasis.opendocument.spreadsheet")
    )
    assert "a binary Excel workbook (.xlsb)" in refusal(archive(path, **{"xl/workbook.bin": b""}))
    assert "an archive or a file of another program" in refusal(archive(path, readme=b"text"))
    path.write_bytes(b"\xd0\xcf\x11\xe0" + bytes(100))
    assert "a spreadsheet of a kind that is not read; save it as an Excel workbook (.xlsx)" in refusal(path)
    path.write_bytes(b"\xd0\xcf\x11\xe0" + bytes(100) + "EncryptedPackage".encode("utf-16-le"))
    assert "is protected by a password" in refusal(path)


def test_refuses_an_archive_that_would_fill_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = archive(tmp_path / "visits.xlsx", **{"xl/workbook.xml": b"", "bomb": bytes(300_000)})
    assert path.stat().st_size < 5_000
    monkeypatch.setattr("densitometer.visits.workbook._MOST_UNPACKED", 200_000)
    assert "would unpack to more than" in refusal(path)


@pytest.mark.parametrize("cut", [40, 400, 2000, -100])
def test_a_damaged_workbook_is_told_as_such(tmp_path: Path, cut: int) -> None:
    path = workbook(tmp_path, [["photo"], ["a.jpg"]])
    path.write_bytes(path.read_bytes()[:cut])
    assert "is damaged or no Excel workbook; open it in the spreadsheet" in refusal(path)


def test_a_row_far_below_all_sheets_ends_reading(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["photo"], ["a.jpg"]])
    moved = edited(path, "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b'r="2"', b'r="99999999999"'))
    assert "is damaged" in refusal(moved)


def test_damage_within_a_part_is_told_as_such(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["photo"], ["a.jpg"]])
    data = io.BytesIO(edited(path, "xl/worksheets/sheet1.xml", lambda xml: xml[:-30]).read_bytes())
    path.write_bytes(data.getvalue())
    assert "is damaged" in refusal(path)
