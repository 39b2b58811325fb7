from __future__ import annotations

import unicodedata
from datetime import date
from pathlib import Path

import pytest

from densitometer.visits.problems import Problem
from densitometer.visits.study_checks import study_problems
from densitometer.visits.table import examine

TODAY = date(2026, 6, 1)

CLEAN = """photo,subject,site,visit,visit_date,replicate,device,arm
a1.jpg,S-001,vertex,baseline,2026-01-05,1,medicam,verum
a2.jpg,S-001,vertex,baseline,2026-01-05,2,medicam,verum
b1.jpg,S-001,vertex,week 12,2026-04-02,1,Medicam ,verum
b2.jpg,S-001,vertex,week 12,2026-04-02,2,medicam,verum
c1.jpg,S-001,occiput,baseline,2026-01-05,,handheld,verum
d1.jpg,S-002,vertex,baseline,2026-01-06,1,medicam,placebo
e1.jpg,S-011,vertex,screening,,1,,placebo
e2.jpg,S-011,vertex,Baseline,,1,,placebo
e3.jpg,S-011,vertex,week 12,2026-04-02,1,,placebo
"""


def problems(folder: Path, text: str) -> list[Problem]:
    path = folder / "visits.csv"
    path.write_text(text, encoding="utf-8")
    return study_problems(examine(path).lines, TODAY)


def with_cell(row: int, column: str, cell: str) -> str:
    rows = [line.split(",") for line in CLEAN.splitlines()]
    rows[row - 1][rows[0].index(column)] = cell
    return "\n".join(map(",".join, rows)) + "\n"


def test_a_clean_trial_has_none(tmp_path: Path) -> None:
    assert problems(tmp_path, CLEAN) == []


def test_a_table_of_scales_alone_has_none(tmp_path: Path) -> None:
    assert problems(tmp_path, "photo,um_per_px\na.jpg,5\nb.jpg,6\n") == []
    assert problems(tmp_path, "photo\n") == []


@pytest.mark.parametrize(
    ("row", "column", "cell", "at", "told"),
    [
        (3, "replicate", "1", (3, "replicate"), "the same subject, site, visit and replicate as row 2 (a1.jpg)"),
        (3, "subject", "", (3, "subject"), "there is no subject"),
        (6, "site", "", (6, "site"), "there is no site, while other rows of the same subject have one"),
        (6, "visit_date", "2026-06-02", (6, "visit_date"), "2026-06-02 lies in the future; correct it"),
        (6, "visit_date", "1900-01-01", (6, "visit_date"), "1900-01-01 is long before"),
        (3, "visit_date", "2026-01-07", (3, "visit_date"), "has the date 2026-01-07 here and 2026-01-05 in row 2"),
        (4, "device", "handheld", (4, "device"), "'handheld' here, but 'medicam' in row 2 (a1.jpg)"),
        (7, "subject", "S-002", None, ""),
        (3, "site", "Vertex", (3, "site"), "'Vertex' here and 'vertex' in row 2 (a1.jpg): if they are one"),
        (3, "visit", "Baseline", None, ""),
        (7, "subject", "S-7", None, ""),
    ],
)
def test_each_problem_is_told_at_its_row_and_column(
    tmp_path: Path, row: int, column: str, cell: str, at: tuple[int, str] | None, told: str
) -> None:
    found = problems(tmp_path, with_cell(row, column, cell))
    assert [(problem.row, problem.column) for problem in found if told in problem.text] == ([at] if at else [])
    assert len(found) == len([at] if at else [])


def test_a_row_without_any_visit(tmp_path: Path) -> None:
    text = CLEAN + "x.jpg,S-002,vertex,,,1,medicam,placebo\n"
    (problem,) = problems(tmp_path, text)
    assert (problem.row, problem.column) == (11, "visit")
    assert "neither visit nor visit_date" in problem.text
    assert problems(tmp_path, "photo,subject\na.jpg,1\nb.jpg,1\n") == []


def test_visits_whose_dates_contradict_their_labels(tmp_path: Path) -> None:
    head = "photo,subject,site,visit,visit_date\n"
    rows = "a.jpg,1,v,week 0,2026-01-01\nb.jpg,1,v,week 4,2026-05-01\nc.jpg,1,v,week 12,2026-03-26\n"
    (problem,) = problems(tmp_path, head + rows)
    assert (problem.row, problem.column, problem.kind) == (4, "visit_date", "dates")
    assert "'week 12' has the date 2026-03-26, before that of 'week 4', 2026-05-01 in row 3 (b.jpg)" in problem.text


@pytest.mark.parametrize(("first", "second"), [("", ""), ("2026-01-01", ""), ("2026-01-01", "2026-01-01")])
def test_visits_whose_order_nothing_tells(tmp_path: Path, first: str, second: str) -> None:
    head = "photo,subject,site,visit,visit_date\n"
    (problem,) = problems(tmp_path, f"{head}a.jpg,1,v,red,{first}\nb.jpg,1,v,blue,{second}\n")
    assert problem.column == "visit_date"
    assert "neither dates nor labels tell the order of the visits of 1 v: 'red', 'blue'" in problem.text
    assert problems(tmp_path, f"{head}a.jpg,1,v,red,2026-01-01\nb.jpg,1,v,blue,2026-01-02\n") == []


def test_a_date_that_cannot_be_read_is_told_once(tmp_path: Path) -> None:
    head = "photo,subject,site,visit,visit_date\n"
    assert problems(tmp_path, f"{head}a.jpg,1,v,red,2026-01-01\nb.jpg,1,v,blue,1.2.2026\nc.jpg,1,v,,1.2.2026\n") == []


def test_a_first_visit_that_most_have(tmp_path: Path) -> None:
    head = "photo,subject,visit\n"
    rows = "".join(f"{s}{v}.jpg,{s},week {v}\n" for s in "ABC" for v in (0, 4))
    (problem,) = problems(tmp_path, f"{head}{rows}d4.jpg,D,week 4\nd8.jpg,D,week 8\ne4.jpg,E,week 4\n")
    assert (problem.row, problem.column) == (8, "visit")
    assert "D has no visit 'week 0', with which most begin" in problem.text
    assert "from 'week 4'" in problem.text


@pytest.mark.parametrize(
    "odd", ["S 01", "s01", "S1", "S\u200b01", "S\uff101", "\u017f01", "S01 ".replace(" ", "\u00ad")]
)
def test_subjects_that_a_person_would_take_for_one(tmp_path: Path, odd: str) -> None:
    (problem,) = problems(tmp_path, f"photo,subject\na.jpg,{odd}\nb.jpg,S01\nc.jpg,S01\nd.jpg,S11\n")
    assert (problem.row, problem.column, problem.photo, problem.kind) == (2, "subject", "a.jpg", "spelling")
    assert "'S01' in row 3 (b.jpg)" in problem.text


def test_unicode_forms_and_dashes_are_shown(tmp_path: Path) -> None:
    decomposed = unicodedata.normalize("NFD", "Müller")
    (problem,) = problems(tmp_path, f"photo,subject\na.jpg,Müller\nb.jpg,{decomposed}\n")
    assert r"'Mu\u0308ller' here and 'Müller' in row 2" in problem.text
    (problem,) = problems(tmp_path, "photo,subject\na.jpg,S-1\nb.jpg,S\u20131\n")
    assert r"'S\u20131' here" in problem.text


def test_visits_are_compared_as_comparing_does(tmp_path: Path) -> None:
    head = "photo,subject,visit\n"
    assert problems(tmp_path, f"{head}a.jpg,1,Week 12\nb.jpg,2,week  12\n") == []
    (problem,) = problems(tmp_path, f"{head}a.jpg,1,week 12\nb.jpg,2,week12\n")
    assert (problem.row, problem.column) == (3, "visit")


def test_many_rows_that_are_all_alike_in_one_way(tmp_path: Path) -> None:
    rows = "".join(f"{i}.jpg,S,v,baseline,2031-01-01,1,dev {i}\n" for i in range(5000))
    found = problems(tmp_path, "photo,subject,site,visit,visit_date,replicate,device\n" + rows)
    assert len(found) == 4999 + 5000 + 4999  # doubles, the future, devices


def test_a_date_without_a_visit_where_the_subject_has_visits(tmp_path: Path) -> None:
    only = next(problem for problem in problems(tmp_path, with_cell(5, "visit", "")) if problem.column == "visit")
    assert only.row == 5
    assert only.text.startswith("there is no visit, while other rows of the same subject have one")
    dated = "photo,subject,visit_date\na.jpg,1,2026-01-05\nb.jpg,1,2026-02-05\n"
    assert problems(tmp_path, dated) == []


def test_a_replicate_that_is_no_number_among_numbers(tmp_path: Path) -> None:
    head = "photo,subject,site,visit,replicate\n"
    rows = [f"{i}.jpg,1,vertex,1,{label}\n" for i, label in enumerate(("1", "2", "x"))]
    (only,) = problems(tmp_path, head + "".join(rows))
    assert (only.row, only.column, only.kind) == (4, "replicate", "spelling")
    letters = [f"{i}.jpg,1,vertex,1,{label}\n" for i, label in enumerate("abc1")]
    assert problems(tmp_path, head + "".join(letters)) == []
