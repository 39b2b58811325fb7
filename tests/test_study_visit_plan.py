"""Numbers of visits: as the study file says, else in the order that labels or dates tell."""

from __future__ import annotations

import pytest

from densitometer.errors import StudyError
from densitometer.study.model import Row, StudyVisit
from densitometer.study.study_file import VisitFacts
from densitometer.study.visit_plan import number_visits, place_of


def row(visit: str = "", date: str = "", subject: str = "A", site: str = "") -> Row:
    given = {"photo": f"{subject}{site}{visit}{date}.jpg", "status": "measured", "um_per_px": 4.0}
    return {**given, "subject": subject, "site": site, "visit": visit, "visit_date": date, "replicate": ""}


def numbers(rows: list[Row], **stated: VisitFacts) -> list[tuple[float, str]]:
    found = number_visits(rows, stated)
    assert {*found} == {place_of(one) for one in rows}
    return [(found[place_of(one)].number, found[place_of(one)].label) for one in rows]


def test_labels_that_tell_their_order_are_numbered_by_it() -> None:
    rows = [row("week 12"), row("Baseline"), row("week 2"), row("BASELINE ", subject="B"), row("week 12", subject="B")]
    assert numbers(rows) == [(3, "week 12"), (1, "Baseline"), (2, "week 2"), (1, "Baseline"), (3, "week 12")]


def test_other_labels_are_numbered_by_their_dates() -> None:
    rows = [row("Ende", "2026-03-01"), row("Anfang", "2026-01-01"), row("追加", "2026-02-01")]
    rows += [row("Anfang", "2026-05-01", "B"), row("Ende", "2026-06-01", "B")]
    assert [number for number, _ in numbers(rows)] == [3, 1, 2, 1, 3]


@pytest.mark.parametrize(
    "rows",
    [
        [row("Anfang"), row("Ende")],
        [row("a", "2026-01-01"), row("b", "2026-02-01"), row("b", "2026-01-01", "B"), row("a", "2026-02-01", "B")],
        [row("a", "2026-01-01"), row("b", "2026-02-01"), row("a", "2026-01-01", "B"), row("c", "2026-02-01", "B")],
    ],
)
def test_visits_of_which_nothing_tells_the_order_are_refused(rows: list[Row]) -> None:
    with pytest.raises(StudyError, match="neither labels nor dates tell the order of the visits 'A|neither labels"):
        numbers(rows)


def test_dates_alone_number_the_visits_of_a_subject_whatever_the_site() -> None:
    rows = [row("", "2026-01-01", site="x"), row("", "2026-02-01", site="x"), row("", "2026-03-01", site="x")]
    rows += [row("", "2026-01-01", site="y"), row("", "2026-03-01", site="y"), row("", "2026-04-01", "B")]
    ranks = [1, 2, 3, 1, 3, 1]
    assert numbers(rows) == [(rank, f"VISIT {rank}") for rank in ranks]


def test_dates_alone_are_warned_of_where_numbers_may_be_other_weeks(caplog: pytest.LogCaptureFixture) -> None:
    one = [row("", "2026-01-01"), row("", "2026-02-01")]
    numbers(one)
    numbers([row("", "2026-01-01"), row("", "2026-02-01", "B")])
    assert caplog.messages == []
    numbers([*one, row("", "2026-02-01", "B")])
    assert len(caplog.messages) == 1 and "the same number may be another week; go by study days" in caplog.text
    numbers(one, **{"week 4": VisitFacts(number=2)})
    assert "the study file numbers visits, but the visits table names none" in caplog.messages[1]


def test_labels_in_some_rows_and_dates_alone_in_others_are_refused() -> None:
    rows = [row("week 1", "2026-01-01"), row("", "2026-02-01", "B"), row("", "2026-03-01", "B")]
    with pytest.raises(StudyError, match=r"B2026-02-01.jpg has no visit in the visits table, while others such as "):
        numbers(rows)


def test_the_study_file_numbers_visits() -> None:
    rows = [row("追加"), row("week 4"), row("Week  4", subject="B")]
    stated = {"追加": VisitFacts(number=1.1), "WEEK 4": VisitFacts(number=1, day=29), "week 8": VisitFacts(number=2)}
    assert numbers(rows, **stated) == [(1.1, "追加"), (1, "week 4"), (1, "week 4")]
    assert number_visits(rows, stated)["A", "", "week 4"] == StudyVisit(1, "week 4", 29)


def test_a_study_file_that_numbers_some_visits_alone_is_refused() -> None:
    with pytest.raises(StudyError, match="numbers some visits, but not 'week 4', 'week 8'; give each a number"):
        numbers([row("week 4"), row("week 8"), row("week 12")], **{"week 12": VisitFacts(number=3)})


def test_a_study_file_that_gives_two_visits_one_number_is_refused() -> None:
    stated = {"week 4": VisitFacts(number=1), "week 8": VisitFacts(number=1)}
    with pytest.raises(StudyError, match="gives the visits 'week 4' and 'week 8' one number; number them apart"):
        numbers([row("week 4")], **stated)
