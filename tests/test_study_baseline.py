"""The baseline of a subject and site: by the date of first treatment, else by the visit."""

from __future__ import annotations

from densitometer.study.baseline import mark_baselines
from densitometer.study.model import Lack, Photograph, Site, StudyVisit
from densitometer.study.subjects import Subject

VISITS = {"screening": StudyVisit(1, "screening"), "day 0": StudyVisit(2, "day 0"), "week 4": StudyVisit(3, "week 4")}


def photograph(
    visit: str | None, date: str = "", treated: str = "", *, site: str = "x", measured: bool = True
) -> Photograph:
    row = {"status": "measured" if measured else "not_measured"}
    subject = Subject("A", "S-A", first_treatment=treated)
    where = (Site(1, site), VISITS[visit] if visit else None)
    return Photograph(0, f"{site} {visit}.jpg", row, subject, *where, date, 1, None, False)


def baselines(
    *photographs: Photograph, number: float = 1, stated: bool = False
) -> tuple[list[str], dict[tuple[str, str], Lack]]:
    marked, lacking = mark_baselines(photographs, number, stated=stated)
    return [one.name for one in marked if one.baseline], lacking


def later(*photographs: Photograph, number: float = 1) -> list[str]:
    return [one.name for one in mark_baselines(photographs, number)[0] if one.later]


def test_without_a_date_of_treatment_the_visit_of_that_number_is_the_baseline() -> None:
    some = [photograph("screening"), photograph("day 0"), photograph("day 0", site="y")]
    assert baselines(*some, number=2) == (["x day 0.jpg", "y day 0.jpg"], {})
    assert baselines(photograph("day 0", "2026-01-02", "2026-01"), number=2) == (["x day 0.jpg"], {})


def test_the_last_visit_measured_up_to_the_first_treatment_is_the_baseline() -> None:
    treated = "2026-01-10"
    early, same, late = (f"2026-01-{day}" for day in ("02", "10", "11"))
    some = (photograph("screening", early, treated), photograph("day 0", same, treated))
    assert baselines(*some, photograph("week 4", late, treated))[0] == ["x day 0.jpg"]
    refused = photograph("day 0", same, treated, measured=False)
    assert baselines(some[0], refused, photograph("week 4", late, treated))[0] == ["x screening.jpg"]


def test_every_photograph_of_the_baseline_is_marked_refused_ones_too() -> None:
    some = [photograph("day 0"), photograph("day 0", measured=False), photograph("week 4")]
    assert baselines(*some, number=2)[0] == ["x day 0.jpg", "x day 0.jpg"]


def test_why_there_is_no_baseline() -> None:
    _, lacking = baselines(photograph("week 4"), photograph("screening", site="y", measured=False))
    assert lacking == {
        ("A", "x"): Lack("there is no photograph of the baseline visit", False),
        ("A", "y"): Lack("y screening.jpg at the visit 'screening' could not be measured", True),
    }
    treated = "2026-01-10"
    _, lacking = baselines(
        photograph("week 4", "2026-02-10", treated),
        photograph("screening", "2026-01-10", treated, site="y", measured=False),
    )
    assert lacking == {
        ("A", "x"): Lack("there is no photograph up to the first treatment on 2026-01-10", False),
        ("A", "y"): Lack("no photograph up to the first treatment on 2026-01-10 could be measured", True),
    }


def test_photographs_without_dates_have_the_baseline_of_the_visit() -> None:
    some = [photograph("screening", "", "2026-01-10"), photograph("week 4", "", "2026-01-10")]
    assert baselines(*some) == (["x screening.jpg"], {})


def test_a_photograph_of_no_visit_is_never_the_baseline() -> None:
    assert baselines(photograph(None))[0] == []


def test_later_is_told_by_the_day_whatever_number_a_visit_has() -> None:
    treated = "2026-01-10"
    unplanned = photograph("week 4", "2026-01-09", treated)  # the last before treatment, with the highest number
    some = [photograph("screening", "2026-01-02", treated), photograph("day 0", "2026-01-20", treated), unplanned]
    assert baselines(*some) == (["x week 4.jpg"], {})
    assert later(*some) == ["x day 0.jpg"]


def test_later_is_told_by_the_number_where_there_are_no_days() -> None:
    some = [photograph("screening"), photograph("day 0"), photograph("week 4")]
    assert later(*some, number=2) == ["x week 4.jpg"]
    same_day = [photograph("day 0", "2026-01-10"), photograph("week 4", "2026-01-10")]
    assert later(*same_day, number=2) == ["x week 4.jpg"]


def test_the_visit_that_the_study_states_is_the_baseline_unless_it_came_after_treatment() -> None:
    treated, late = "2026-01-10", "2026-01-11"
    some = [photograph("day 0", "2026-01-10", treated), photograph("week 4", "2026-01-10", treated)]
    assert baselines(*some, number=3)[0] == ["x day 0.jpg"]
    assert baselines(*some, number=3, stated=True)[0] == ["x week 4.jpg"]
    none, lacking = baselines(photograph("day 0", late, treated), number=2, stated=True)
    text = "x day 0.jpg, of the baseline visit, was taken on 2026-01-11, after the first treatment on 2026-01-10"
    assert (none, lacking) == ([], {("A", "x"): Lack(text, False)})


def test_of_two_visits_on_the_day_of_treatment_the_first_is_the_baseline_and_before_it_the_last() -> None:
    for day, name in (("2026-01-10", "x screening.jpg"), ("2026-01-09", "x day 0.jpg")):
        some = [photograph(visit, day, "2026-01-10") for visit in ("day 0", "screening")]
        assert baselines(*some, photograph("week 4", "2026-02-10", "2026-01-10"))[0] == [name]


def test_a_date_of_treatment_known_in_part_tells_what_is_surely_after_it() -> None:
    assert baselines(photograph("screening", "2026-01-01", "2025-12"))[0] == []
    assert baselines(photograph("screening", "2025-12-31", "2025-12"))[0] == ["x screening.jpg"]
    assert baselines(photograph("screening", "2025-12-31", "2025"))[0] == ["x screening.jpg"]


def test_a_baseline_without_a_date_is_one_where_no_other_photograph_precedes_treatment() -> None:
    treated = "2026-01-10"
    some = [photograph("screening", "", treated), photograph("week 4", "2026-02-10", treated)]
    assert baselines(*some) == (["x screening.jpg"], {})
    assert later(*some) == ["x week 4.jpg"]
