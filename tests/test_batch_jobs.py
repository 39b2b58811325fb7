from __future__ import annotations

from pathlib import Path

from densitometer.batch.inputs import Found
from densitometer.batch.jobs import in_order_of_table, plan
from densitometer.visits.table import VisitRow, Visits


def found(*names: str) -> list[Found]:
    return [Found(name, Path("in") / name) for name in names]


def rows(*names: str, **cells: object) -> Visits:
    return Visits(tuple(VisitRow(photo=name, **cells) for name in names))  # type: ignore[arg-type]


def test_without_a_visits_table_every_photograph_has_the_stated_scale() -> None:
    jobs, warnings = plan(found("a.jpg", "b.jpg"), None, 5.5)
    assert [(job.photo, job.um_per_px, job.from_visits, dict(job.carried)) for job in jobs] == [
        ("a.jpg", 5.5, False, {}),
        ("b.jpg", 5.5, False, {}),
    ]
    assert warnings == []


def test_the_scale_of_a_row_goes_before_the_one_for_all() -> None:
    visits = Visits((VisitRow(photo="a.jpg", um_per_px=4.0), VisitRow(photo="b.jpg")))  # type: ignore[arg-type]
    jobs, _ = plan(found("a.jpg", "b.jpg"), visits, 5.5)
    assert [(job.um_per_px, job.from_visits) for job in jobs] == [(4.0, True), (5.5, False)]


def test_nothing_is_lost_on_either_side() -> None:
    jobs, warnings = plan(found("a.jpg", "new.jpg"), rows("gone.jpg", "a.jpg", subject="7"))
    assert [(job.photo, job.reason, job.carried.get("subject")) for job in jobs] == [
        ("a.jpg", None, "7"),
        ("new.jpg", None, None),
        ("gone.jpg", "named in visits.csv but not found; check the name, or measure the folder that it lies in", "7"),
    ]
    assert warnings == [
        "1 photograph not in visits.csv: their visit columns stay empty: new.jpg",
        "1 photograph named in visits.csv but not found: gone.jpg",
    ]


def test_the_order_of_the_table_is_known() -> None:
    jobs, _ = plan(found("after.jpg", "Before.JPG", "new.jpg"), rows("gone.jpg", "before.jpg", "after.jpg"))
    assert [job.photo for job in jobs] == ["after.jpg", "Before.JPG", "new.jpg", "gone.jpg"]
    assert in_order_of_table(jobs) == ["gone.jpg", "Before.JPG", "after.jpg"]
    assert in_order_of_table(plan(found("a.jpg"))[0]) == []


def test_case_and_accents_may_be_written_otherwise_where_that_is_unambiguous() -> None:
    jobs, warnings = plan(found("V1/A.JPG", "cafe\u0301.jpg"), rows("v1/a.jpg", "caf\u00e9.jpg", subject="7"))
    assert [(job.photo, job.carried["subject"]) for job in jobs] == [("V1/A.JPG", "7"), ("cafe\u0301.jpg", "7")]
    assert warnings == []


def test_an_exact_name_goes_before_another_case() -> None:
    visits = Visits((VisitRow(photo="A.jpg", subject="upper"), VisitRow(photo="a.jpg", subject="lower")))
    jobs, _ = plan(found("a.jpg", "A.jpg"), visits)
    assert [(job.photo, job.carried["subject"]) for job in jobs] == [("a.jpg", "lower"), ("A.jpg", "upper")]


def test_an_ambiguous_name_is_not_guessed() -> None:
    jobs, _ = plan(found("a.jpg", "A.jpg"), rows("A.JPG", subject="7"))
    assert [job.lost for job in jobs] == [False, False, True]
    assert all("subject" not in job.carried for job in jobs[:2])


def test_a_reason_known_before_is_kept() -> None:
    (job,), _ = plan([Found("a.jpg", Path("a.jpg"), "it is broken")], rows("a.jpg"))
    assert job.reason == "it is broken"


def test_the_table_is_called_by_its_own_name() -> None:
    visits = Visits((VisitRow(photo="gone.jpg"),), (), "not in Visite 3.xlsx", "Visite 3.xlsx", ("is it meant?",))
    jobs, warnings = plan(found("a.jpg"), visits)
    assert str(jobs[1].reason).startswith("named in Visite 3.xlsx but not found; check the name")
    assert warnings == [
        "is it meant?",
        "1 photograph not in Visite 3.xlsx: their visit columns stay empty: a.jpg",
        "1 photograph named in Visite 3.xlsx but not found: gone.jpg",
    ]
