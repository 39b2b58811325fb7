from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from densitometer.errors import VisitsError
from densitometer.visits.table import VisitRow, examine, normal_name, read_visits


def visits(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "visits.csv"
    path.write_bytes(text.encode(encoding))
    return path


def refusal(folder: Path, text: str, encoding: str = "utf-8") -> str:
    with pytest.raises(VisitsError) as caught:
        read_visits(visits(folder, text, encoding))
    assert "\n" not in str(caught.value)
    return str(caught.value)


FULL = """photo,subject,site,visit,visit_date,replicate,um_per_px,arm,days
v1/a.jpg,007,vertex,baseline,2024-01-31,1,5.5,verum,-3
v2/a.jpg,007,vertex,week 12,,2,,"a, b",84
"""


def test_reads_every_column(tmp_path: Path) -> None:
    table = read_visits(visits(tmp_path, FULL))
    first, second = table.rows
    assert table.further == ("arm", "days")
    assert (first.photo, first.subject, first.visit_date, first.um_per_px) == (
        "v1/a.jpg",
        "007",
        date(2024, 1, 31),
        5.5,
    )
    assert first.carried == {
        "subject": "007", "site": "vertex", "visit": "baseline", "visit_date": "2024-01-31", "replicate": "1",
        "arm": "verum", "days": "-3",
    }  # fmt: skip
    assert (second.visit_date, second.um_per_px, second.further["arm"]) == (None, None, "a, b")


def test_only_the_photo_is_needed(tmp_path: Path) -> None:
    table = read_visits(visits(tmp_path, "photo\na.jpg\n\nb.jpg\n"))
    assert [row.photo for row in table.rows] == ["a.jpg", "b.jpg"]
    assert set(table.rows[0].carried.values()) == {""}


@pytest.mark.parametrize("separator", [";", "\t"])
def test_reads_what_spreadsheets_of_other_countries_write(tmp_path: Path, separator: str) -> None:
    text = separator.join(["photo", "Subject", "um_per_px"]) + "\r\n" + separator.join(["ä.jpg", "1", "5,56"]) + "\r\n"
    (row,) = read_visits(visits(tmp_path, text, "utf-8-sig")).rows
    assert (row.photo, row.subject, row.um_per_px) == ("ä.jpg", "1", 5.56)


def test_reads_unicode_text_as_excel_writes_it(tmp_path: Path) -> None:
    (row,) = read_visits(visits(tmp_path, "photo\tsubject\r\nä.jpg\t001\r\n", "utf-16")).rows
    assert (row.photo, row.subject) == ("ä.jpg", "001")


def test_reads_below_empty_rows_and_a_line_that_names_the_separator(tmp_path: Path) -> None:
    assert [row.photo for row in read_visits(visits(tmp_path, "\n,\nphoto\na.jpg\n")).rows] == ["a.jpg"]
    told = refusal(tmp_path, "sep=;\r\nphoto;um_per_px\r\na,b.jpg;x\r\n")
    assert "row 2, column um_per_px: 'x'" in told


@pytest.mark.parametrize("text", ['photo,arm\n"a.jpg,1\nb.jpg,2\n', 'photo,arm\na.jpg,"5" or 6\nb.jpg,2\n'])
def test_a_quote_that_is_not_closed_swallows_no_row_unseen(tmp_path: Path, text: str) -> None:
    assert "is not a CSV file (line " in refusal(tmp_path, text)


def test_refuses_a_name_with_a_line_break(tmp_path: Path) -> None:
    assert "row 2, column photo: 'a\\nb.jpg' holds a line break" in refusal(tmp_path, 'photo\n"a\nb.jpg"\n')


def test_a_table_without_rows_is_no_table(tmp_path: Path) -> None:
    assert "there is no row below the first" in refusal(tmp_path, "photo,subject\n\n")


def test_what_can_be_used_is_kept_beside_what_cannot(tmp_path: Path) -> None:
    text = "photo,subject,visit_date,um_per_px\na.jpg,1,31.1.2024,x\na.jpg,2,2024-01-31,5\n,3,,\n"
    examined = examine(visits(tmp_path, text))
    first, second = examined.lines
    assert (first.number, first.row.subject, first.row.visit_date, first.row.um_per_px) == (2, "1", None, None)
    assert first.bad == {"visit_date", "um_per_px"}
    assert (second.number, second.bad) == (3, frozenset())
    assert [(p.row, p.column, p.photo, p.kind) for p in examined.problems] == [
        (2, "visit_date", "a.jpg", "dates"),
        (2, "um_per_px", "a.jpg", "scales"),
        (3, "photo", "a.jpg", "table"),
        (4, "photo", None, "table"),
    ]
    assert examined.visits.rows == (first.row,)


def test_too_large_a_table_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("densitometer.visits.table_file.MOST_ROWS", 3)
    assert len(read_visits(visits(tmp_path, "photo\na\nb\nc\n")).rows) == 3
    assert "more than 3 rows" in refusal(tmp_path, "photo\na\nb\nc\nd\n")
    monkeypatch.setattr("densitometer.visits.table_file._MOST_BYTES", 5)
    assert "which no table of visits has" in refusal(tmp_path, "photo\n")


@pytest.mark.parametrize(
    ("given", "normal"),
    [("v1\\a.jpg", "v1/a.jpg"), ("./a.jpg", "a.jpg"), (".\\v1\\\\a.jpg", "v1/a.jpg"), (" a b.jpg ", "a b.jpg")],
)
def test_names_are_written_in_one_way(given: str, normal: str) -> None:
    assert normal_name(given) == normal
    assert VisitRow(photo=given).photo == normal


def test_all_errors_are_told_at_once_with_row_and_column(tmp_path: Path) -> None:
    text = "photo,visit_date,um_per_px\na.jpg,31.01.2024,5.5\n\n,,4\nb.jpg,2024-02-30,five\nc.jpg,,-1\na.jpg,,0\n"
    told = refusal(tmp_path, text)
    assert "row 2, column visit_date: '31.01.2024' is not a date of the form YYYY-MM-DD" in told
    assert "row 4, column photo: '' is empty" in told
    assert "row 5, column visit_date: '2024-02-30'" in told
    assert "row 5, column um_per_px: 'five' is not a number" in told
    assert "row 6, column um_per_px: '-1'" in told
    assert "row 7, column um_per_px: '0'" in told
    assert "row 7, column photo: 'a.jpg' is named in row 2 already; keep one row" in told


@pytest.mark.parametrize("number", ["nan", "inf", "5,5,5", "1,234.5", "1e9", "0", "5.5 um", "0x5"])
def test_refuses_scales_that_cannot_be_true(tmp_path: Path, number: str) -> None:
    assert "row 2, column um_per_px" in refusal(tmp_path, f'photo,um_per_px\na.jpg,"{number}"\n')


@pytest.mark.parametrize("photo", ["/data/a.jpg", "C:\\data\\a.jpg", "../a.jpg", "v1/../../a.jpg", "\\\\server\\a.jpg"])
def test_refuses_paths_that_lead_out_of_the_folder(tmp_path: Path, photo: str) -> None:
    assert "row 2, column photo" in refusal(tmp_path, f"photo\n{photo}\n")


def test_the_same_photograph_in_two_spellings_is_there_twice(tmp_path: Path) -> None:
    told = refusal(tmp_path, "photo\nv1/a.jpg\nv1\\a.jpg\n")
    assert "row 3, column photo: 'v1/a.jpg' is named in row 2 already" in told


@pytest.mark.parametrize("name", ["hair_count", "Hair_Count", "sha256", "status", "flags", "rowid"])
def test_refuses_columns_with_names_of_ours(tmp_path: Path, name: str) -> None:
    told = refusal(tmp_path, f"photo,{name},area_cm2\na.jpg,1,2\n")
    assert f"column {name}" in told
    assert "column area_cm2" in told


def test_refuses_a_header_that_does_not_name_each_column_once(tmp_path: Path) -> None:
    told = refusal(tmp_path, "file,subject\na.jpg,1\n")
    assert "there is no column photo in the first row, which holds 'file, subject'; rename 'file' to photo" in told
    assert "which holds 'code, arm'; add it" in refusal(tmp_path, "code,arm\n1,2\n")
    assert "column arm is there 2 times" in refusal(tmp_path, "photo,arm,Arm\na.jpg,1,2\n")
    assert "column 2 has no name" in refusal(tmp_path, "photo,,arm\na.jpg,1,2\n")


def test_a_column_without_name_and_content_is_passed_over(tmp_path: Path) -> None:
    assert read_visits(visits(tmp_path, "photo,,arm\na.jpg,,2\n")).further == ("arm",)


def test_refuses_a_row_with_more_cells_than_the_header(tmp_path: Path) -> None:
    assert "row 2: has more cells" in refusal(tmp_path, "photo,arm\na.jpg,left, front\n")


def test_a_short_row_is_filled_up(tmp_path: Path) -> None:
    assert read_visits(visits(tmp_path, "photo,subject,arm\na.jpg\n")).rows[0].carried["arm"] == ""


def test_refuses_what_is_no_csv_file_in_utf8(tmp_path: Path) -> None:
    assert "UTF-8" in refusal(tmp_path, "photo,subject\nä.jpg,1\n", "cp1252")
    assert "UTF-8" in refusal(tmp_path, "photo,subject\na.jpg,1\n", "utf-16-le")
    assert "UTF-8" in refusal(tmp_path, "photo,subject\na.jpg,1\n", "utf-32")
    assert "is damaged or no Excel workbook" in refusal(tmp_path, "PK\x03\x04rest")
    assert "is empty" in refusal(tmp_path, "")
    assert "not a CSV file" in refusal(tmp_path, 'photo\n"' + "x" * 200_000)


def test_a_missing_file_is_an_error_of_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(VisitsError, match="cannot be read: No such file"):
        read_visits(tmp_path / "none.csv")
    with pytest.raises(VisitsError, match="cannot be read: Is a directory" if os.name == "posix" else "cannot be read"):
        read_visits(tmp_path)


def test_many_errors_are_cut_short(tmp_path: Path) -> None:
    text = "photo,um_per_px\n" + "".join(f"{i}.jpg,x\n" for i in range(500))
    told = refusal(tmp_path, text)
    assert "and 480 more" in told
    assert len(told) < 3000


def test_cells_are_text_whatever_they_look_like(tmp_path: Path) -> None:
    (row,) = read_visits(visits(tmp_path, "photo,subject,arm\na.jpg,001,=cmd()\n")).rows
    assert row.carried["subject"] == "001"
    assert row.carried["arm"] == "=cmd()"


def test_a_decimal_comma_in_quotes_is_read_where_commas_separate_cells(tmp_path: Path) -> None:
    (row,) = read_visits(visits(tmp_path, 'photo,um_per_px,arm\na.jpg,"7,09402","1,5"\n')).rows
    assert (row.um_per_px, row.carried["arm"]) == (7.09402, "1,5")
    assert "put texts that hold the separator in quotes, and numbers" in refusal(tmp_path, "photo,um_per_px\na,7,09\n")


def test_the_table_keeps_its_own_name_without_the_path(tmp_path: Path) -> None:
    path = tmp_path / "Visite 3.csv"
    path.write_text("photo\na.jpg\n", encoding="utf-8")
    read = read_visits(path)
    assert (read.name, read.unlisted) == ("Visite 3.csv", "not in Visite 3.csv")


def test_a_backslash_is_shown_once(tmp_path: Path) -> None:
    told = refusal(tmp_path, "photo\nC:\\Study\\a.jpg\n")
    assert "'C:\\Study\\a.jpg' must be a path within the folder that is measured" in told
