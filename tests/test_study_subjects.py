"""The table of subjects: what it may look like, and how every row that cannot be used is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import Workbook

from densitometer.errors import StudyError
from densitometer.study.subjects import Subject, plain_subject, read_subjects
from trial_study import NON_ASCII, PARTIAL_DATE, subject_rows


def table(folder: Path, text: str | bytes) -> Path:
    path = folder / "subjects.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def refused(folder: Path, text: str | bytes) -> str:
    with pytest.raises(StudyError) as error:
        read_subjects(table(folder, text), "S")
    told = str(error.value)
    assert told.startswith(str(folder / "subjects.csv")) and "\n" not in told
    return told


def test_the_table_of_the_trial_is_read(trial_subjects: Path) -> None:
    subjects = read_subjects(trial_subjects, "HG-2026")
    assert [*subjects] == [row["subject"] for row in subject_rows()]
    one = subjects[NON_ASCII]
    assert (one.usubjid, one.arm, one.arm_code) == ("HG-2026-102-007", "Placebo", "PBO")
    assert {*one.cells} == {"ARM", "ARMCD", "SITEID", "AGE", "SEX", "RFSTDTC", "RFXSTDTC"}
    assert len(subjects[PARTIAL_DATE].first_treatment) == len("2026-01")
    assert len(subjects[PARTIAL_DATE].reference) == len("2026-01-01")


def test_other_names_of_arm_and_dates_are_known(tmp_path: Path) -> None:
    path = table(tmp_path, "Subject;trt01p;TRTSDT\nA; Active ;2026-02-01\n")
    (one,) = read_subjects(path, "S").values()
    assert one == Subject(
        "A", "S-A", "Active", "", "2026-02-01", "2026-02-01", {"TRT01P": "Active", "TRTSDT": "2026-02-01"}
    )


def test_who_was_never_treated_is_known_where_the_table_tells_of_treatment(tmp_path: Path) -> None:
    text = "subject,RFXSTDTC,TRTSDT\nA,2026-02-01,\nB,,\nC,2026,\nD,,2026-02-01\n"
    subjects = read_subjects(table(tmp_path, text), "S")
    assert [code for code, one in subjects.items() if one.untreated] == ["B"]
    nobody = read_subjects(table(tmp_path, "subject,RFXSTDTC\nA,\nB,\n"), "S")
    assert not any(one.untreated for one in nobody.values())
    (one,) = read_subjects(table(tmp_path, "subject,RFSTDTC\nA,\n"), "S").values()
    assert not one.untreated and not plain_subject("A", "S").untreated


@pytest.mark.parametrize("text", ["subject\nA\n", "\ufeffsubject,\nA,\n", "sep=;\r\nsubject;AGE\r\nA;\r\n\r\n"])
def test_what_spreadsheets_make_of_a_small_table_is_read(tmp_path: Path, text: str) -> None:
    (one,) = read_subjects(table(tmp_path, text), "S").values()
    assert (one.code, one.usubjid, one.arm, one.reference) == ("A", "S-A", "", "")


def test_a_workbook_is_read(tmp_path: Path) -> None:
    book = Workbook()
    book.active.append(["subject", "ARM", "RFXSTDTC", "AGE"])
    book.active.append(["Jörg-07", "Placebo", "2026-02-01", 34])
    book.save(tmp_path / "subjects.xlsx")
    (one,) = read_subjects(tmp_path / "subjects.xlsx", "S").values()
    assert (one.code, one.arm, one.first_treatment, one.cells["AGE"]) == ("Jörg-07", "Placebo", "2026-02-01", "34")


def test_the_sheet_of_the_subjects_is_read(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    book = Workbook()
    book.active.append(["photo", "visit"])
    book.active.append(["a.jpg", "baseline"])
    sheet = book.create_sheet("people")
    sheet.append(["Subject", "AGE"])
    sheet.append(["A", 34])
    book.save(tmp_path / "subjects.xlsx")
    assert read_subjects(tmp_path / "subjects.xlsx", "S")["A"].cells == {"AGE": "34"}
    sheet["A1"] = "patient"
    book.save(tmp_path / "subjects.xlsx")
    with pytest.raises(StudyError, match=r"no column subject in the first row of any sheet \(Sheet, people\)"):
        read_subjects(tmp_path / "subjects.xlsx", "S")
    assert caplog.messages == []


def test_of_several_dates_of_first_treatment_the_one_best_known_counts(tmp_path: Path) -> None:
    text = "subject,RFXSTDTC,TRTSDT\nA,2026-01,2026-01-21\nB,2026-01-21T08:00,2026-01-21\nC,2026,2026-01\n"
    told = {code: one.first_treatment for code, one in read_subjects(table(tmp_path, text), "S").items()}
    assert told == {"A": "2026-01-21", "B": "2026-01-21T08:00", "C": "2026-01"}


def test_columns_without_a_name_may_be_empty(tmp_path: Path) -> None:
    (one,) = read_subjects(table(tmp_path, "subject,AGE,,\nA,3,,\n"), "S").values()
    assert one.cells == {"AGE": "3"}
    told = refused(tmp_path, "subject,,AGE,\nA,,3,x\nB,,3,y\n")
    assert told.endswith("row 2 has 'x' in a column without a name; name it in the first row")


def test_a_date_of_a_workbook_is_read_as_one(tmp_path: Path) -> None:
    from datetime import date

    book = Workbook()
    book.active.append(["subject", "RFXSTDTC"])
    book.active.append(["A", date(2026, 2, 1)])
    book.save(tmp_path / "subjects.xlsx")
    assert read_subjects(tmp_path / "subjects.xlsx", "S")["A"].first_treatment == "2026-02-01"


def test_a_cell_of_a_workbook_without_a_value_is_named(tmp_path: Path) -> None:
    book = Workbook()
    book.active.append(["subject", "AGE"])
    book.active.append(["A", "=1+1"])
    book.save(tmp_path / "subjects.xlsx")
    with pytest.raises(StudyError, match="row 2, column AGE: "):
        read_subjects(tmp_path / "subjects.xlsx", "S")


def test_a_subject_of_whom_only_the_visits_table_tells() -> None:
    assert plain_subject("A 1", "STUDY") == Subject("A 1", "STUDY-A 1")


def test_a_subject_that_stands_twice_is_told_once(tmp_path: Path) -> None:
    assert refused(tmp_path, "subject,AGE\nA,3\nA,4\n").count("row 3") == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is empty; its first row must name the columns, one of them subject"),
        ("patient,AGE\nA,3\n", "there is no column subject in the first row; add it"),
        ("subject,AGE,age\nA,3,3\n", "column 'AGE' is there several times; keep one"),
        ("subject,STUDYID\nA,S\n", "column STUDYID is written by densitometer itself; take it out"),
        ("subject,country of birth\nA,S\n", "column 'COUNTRY OF BIRTH' cannot be a variable (A to Z, digits and _"),
        ("subject,GRÖSSE\nA,S\n", "column 'GRÖSSE' cannot be a variable"),
        ("subject,AGE\nA,3\n,4\n", "row 3 has no subject; fill it in or delete the row"),
        ("subject,AGE\nA,3\nB,3\nA,4\n", "row 4: SUBJECT 'A' stands in row 2 already; keep one"),
        ("subject,USUBJID\nA,X\nB,X\n", "row 3: USUBJID 'X' stands in row 2 already; keep one"),
        ("subject,USUBJID\nA,\nB,S-A\n", "row 3: USUBJID 'S-A' stands in row 2 already; keep one"),
        ("subject,AGE\nJ\u00f6rg,3\nJo\u0308rg,4\n", "row 3: SUBJECT 'Jo\u0308rg' stands in row 2 already; keep one"),
        ('subject,USUBJID\nA,"S\n1"\n', r"row 2, column USUBJID: 'S\n1' holds a control character; take it out"),
        ("subject,NOTE\nA,x\x07\n", r"row 2, column NOTE: 'x\x07' holds a control character"),
        ("subject,ARM,TRT01P\nA,Placebo,Other\n", "row 2: ARM 'Placebo' and TRT01P 'Other' contradict each other"),
        ("subject,TRTSDT,RFXSTDTC\nA,2026-03-01,2026-01-21\n", "row 2: RFXSTDTC '2026-01-21' and TRTSDT '2026-03-01'"),
        ("subject,TRTSDT,RFXSTDTC\nA,2026-03-01,2026-01\n", "contradict each other; mend one of them, or leave one"),
        ("subject,RFSTDTC\nA,1.2.2026\n", "row 2, column RFSTDTC: '1.2.2026' is not a date such as 2026-01-31"),
        ("subject,RFSTDTC\nA,1.2.2026\n", "Excel rewrites dates when it saves CSV: save the workbook as .xlsx"),
        ("subject,RFXSTDTC\nA,2026-02-30\n", "row 2, column RFXSTDTC: '2026-02-30' is not a date"),
        ("subject,TRTSDT\nA,24138\n", "row 2, column TRTSDT: '24138' is not a date"),
        ("subject,RFSTDTC\nA,2026-02-03T25:00\n", "row 2, column RFSTDTC: '2026-02-03T25:00' is not a date"),
        ("subject,ARM\nA,Placebo, weekly\n", "row 2 has more cells than the first row; put texts with"),
        (b"subject,ARM\nJ\xf6rg,P\n", "is not in UTF-8; save it from the spreadsheet as 'CSV UTF-8'"),
        (b"\xd0\xcf\x11\xe0old", "is a spreadsheet of a kind that is not read; save it as an Excel workbook"),
        ('subject,ARM\n"A,P\n', "is not a CSV file"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_used_is_told(tmp_path: Path, text: str | bytes, told: str) -> None:
    assert told in refused(tmp_path, text)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    told = refused(tmp_path, "subject,RFSTDTC\nA,x\nA,y\n,2026\n")
    assert all(f"row {number}" in told for number in (2, 3, 4))


def test_a_table_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"none.csv cannot be read: No such file"):
        read_subjects(tmp_path / "none.csv", "S")
