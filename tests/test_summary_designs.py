"""The summary of studies whose design is not the common one: halves of a head, baselines in two parts, no control."""

from __future__ import annotations

from math import isnan

import pytest
from scipy import stats

from densitometer.results.rows import Cell, unmeasured_row
from densitometer.study.build import study_of
from densitometer.study.model import Row
from densitometer.study.subjects import Subject
from densitometer.summary.design import ITS_NAME
from densitometer.summary.model import GroupDifference, StudySummary
from densitometer.summary.summarise import summarise
from small_study import measured

DENSITY = "density_per_cm2"


def photo(subject: str, visit: int, density: float, *, site: str = "crown", **cells: Cell) -> Row:
    where = {"subject": subject, "site": site, "visit": str(visit), "visit_date": f"2026-0{visit}-01", "replicate": "1"}
    where |= {"arm": "", **{name: str(cells[name]) for name in where if name in cells}}
    return {**measured("-".join(where.values()), density_per_cm2=density), **where, **cells}


def summary_of(rows: list[Row], changes: tuple[Row, ...] = (), *, site: str = "", models: bool = False) -> StudySummary:
    return summarise(study_of(rows, changes, whole=False), control_site=site, models=models)


def differences(summary: StudySummary, of: str) -> list[GroupDifference]:
    found = [one for one in summary.differences if one.of == of and one.parameter.name == DENSITY]
    return [one for one in found if one.method == "subtracted"]


GAINS = {"S1": (12.0, 1.0), "S2": (9.0, 4.0), "S3": (15.0, -2.0), "S4": (6.0, 3.0)}


def halves_of_heads() -> list[Row]:
    """The left side is treated, the right side has a placebo."""
    return [
        photo(subject, visit, 100.0 + gain * (visit == 2), site=site, arm=arm)
        for subject, gains in GAINS.items()
        for (site, arm), gain in zip((("left", "A"), ("right", "Placebo")), gains, strict=True)
        for visit in (1, 2)
    ]


def test_sites_in_two_arms_are_compared_in_the_same_subjects() -> None:
    (one,) = differences(summary_of(halves_of_heads(), site="right"), "sites")
    treated, control = zip(*GAINS.values(), strict=True)
    told = stats.ttest_rel(treated, control)
    assert (one.first, one.second, one.within) == ("left", "right", "A")
    assert one.difference.estimate.value == pytest.approx(9.0)  # 11, 5, 17, 3
    assert one.difference.p == pytest.approx(told.pvalue)
    assert (one.difference.n_first, one.difference.not_measured) == (4, 0)


def test_sites_of_two_arms_of_different_subjects_stay_in_their_arms() -> None:
    rows = [
        photo(f"{arm}{n}", visit, 100.0 + n * (visit == 2) * (site == "left"), site=site, arm=arm)
        for arm in ("A", "B")
        for n in (1, 2, 3)
        for site in ("left", "right")
        for visit in (1, 2)
    ]
    found = differences(summary_of(rows, site="right"), "sites")
    assert [(one.within, one.difference.n_first, one.difference.not_measured) for one in found] == [
        ("A", 3, 0),
        ("B", 3, 0),
    ]


def test_arms_of_two_sites_are_no_two_groups() -> None:
    (one,) = differences(summary_of(halves_of_heads()), "arms")
    assert isnan(one.difference.estimate.value)
    assert one.difference.estimate.reason


def test_a_model_of_a_site_without_the_control_compares_nothing() -> None:
    pytest.importorskip("statsmodels")
    gains = {"A": (3, 5, 9, 4), "B": (1, 7, 2, 2), "Placebo": (0, 1, 4, 2)}
    rows = [
        photo(f"{arm}{n}", visit, 100.0 + 5 * n + gain * (visit == 2), site="r" if arm == "Placebo" else "l", arm=arm)
        for arm, some in gains.items()
        for n, gain in enumerate(some)
        for visit in (1, 2)
    ]
    summary = summary_of(rows, models=True)
    cells = [one for one in summary.models if (one.parameter.name, one.method) == (DENSITY, "subtracted")]
    assert summary.design.control_arm == "Placebo"
    assert {(one.site, one.arm) for one in cells} == {("l", "A"), ("l", "B"), ("r", "Placebo")}
    assert all(one.mean.known for one in cells)
    assert [one.difference for one in cells] == [None] * 3
    assert {one.control for one in cells} == {""}


def in_two_parts() -> StudySummary:
    """The second photograph of the first visit was taken ten days after the first dose."""
    rows = [
        photo("S1", 1, 100.0),
        photo("S1", 1, 140.0, replicate="2", visit_date="2026-01-12"),
        photo("S1", 2, 120.0),
    ]
    known = {"S1": Subject("S1", "S1", reference="2026-01-01", first_treatment="2026-01-02")}
    return summarise(study_of(rows, known=known, whole=False), models=False)


def test_a_baseline_holds_no_photograph_of_after_the_first_treatment() -> None:
    summary = in_two_parts()
    before, after = (one for one in summary.values if one.place.parameter.name == DENSITY)
    assert (before.value, before.photographs, before.is_baseline) == (100.0, 1, True)
    assert after.change == {"subtracted": 20.0}
    assert any(note.startswith("1 photograph of a baseline visit, taken after the first") for note in summary.notes)


def test_replicates_of_one_day_leave_no_such_note() -> None:
    rows = [photo("S1", 1, 100.0), photo("S1", 1, 104.0, replicate="2"), photo("S1", 2, 120.0)]
    assert not any("of a baseline visit" in note for note in summary_of(rows).notes)


def test_a_baseline_that_one_could_not_give_is_still_the_baseline() -> None:
    refused = {**photo("S2", 1, 0.0), **unmeasured_row("S2-1", "blurred")}
    rows = [photo("S1", 1, 100.0), photo("S1", 2, 104.0), refused, photo("S2", 2, 90.0)]
    groups = [one for one in summary_of(rows).groups if one.place.parameter.name == DENSITY]
    assert [(one.place.visit, one.baseline, one.not_measured) for one in groups] == [("1", True, 1), ("2", False, 0)]


def test_photographs_that_cannot_be_read_are_no_copies_of_each_other() -> None:
    refused = [{**photo("S1", 1, 0.0, replicate=str(n)), **unmeasured_row(f"S1-1-{n}", "no file", "")} for n in (2, 3)]
    rows = [photo("S1", 1, 100.0), *refused, photo("S1", 2, 104.0)]
    assert {one.copies for one in summary_of(rows).repeatability} == {0}


def test_a_photograph_without_a_verdict_takes_none_from_the_other() -> None:
    rows = [photo("S1", 1, 100.0), photo("S1", 2, 112.0), photo("S1", 2, 110.0, replicate="2")]
    ends: dict[str, Cell] = {"change_low_per_cm2": 8.0, "change_high_per_cm2": 16.0, "mdc95_per_cm2": 8.0}
    changes = tuple(
        {"baseline_photo": rows[0]["photo"], "followup_photo": row["photo"], "comparable": 1, "reason": "",
         "change_per_cm2": change, "verdict": verdict, **(ends if verdict else {})}
        for row, change, verdict in ((rows[1], 12.0, "increase"), (rows[2], 10.0, ""))
    )  # fmt: skip
    summary = summary_of(rows, changes)
    (told,) = summary.waterfall
    assert (told.change, told.low, told.verdict) == (12.0, 8.0, "increase")
    (found,) = summary.responders
    assert (found.increase.count, found.increase.n, found.not_comparable) == (1, 1, 0)


@pytest.mark.parametrize("site", ["Kontrollareal", "control half", "Unbehandelte Seite", "Vehikel"])
def test_a_control_site_is_known_by_its_name(site: str) -> None:
    rows = [photo("S1", visit, 100.0, site=place) for place in ("crown", site) for visit in (1, 2)]
    design = summary_of(rows).design
    assert (design.control_site, design.site_named_by, design.controlled) == (site, ITS_NAME, True)


@pytest.mark.parametrize("site", ["kontrollierte Dosis", "shampoo", "controlled", "Scheitel"])
def test_a_site_that_sounds_like_a_control_is_none(site: str) -> None:
    rows = [photo("S1", visit, 100.0, site=place) for place in ("crown", site) for visit in (1, 2)]
    summary = summary_of(rows)
    assert not summary.design.controlled
    assert not any(one.controlled for one in summary.changes)


def test_a_control_that_is_the_only_site_is_none() -> None:
    assert not summary_of([photo("S1", visit, 100.0, site="control") for visit in (1, 2)]).design.controlled


def test_visits_with_dates_alone_are_those_of_their_number() -> None:
    rows = [
        photo(subject, visit, 100.0 + 10 * n * (visit > 1), visit_date=f"2026-0{visit + n}-05")
        for n, subject in enumerate(("S1", "S2"), start=1)
        for visit in (1, 2)
    ]
    for row in rows:
        row["visit"] = ""  # type: ignore[index]
    (found,) = (
        one for one in summary_of(rows).changes if (one.place.parameter.name, one.method) == (DENSITY, "subtracted")
    )
    assert (found.place.visit, found.change.n, found.change.mean.value) == ("VISIT 2", 2, 15.0)


def test_a_study_without_a_later_visit_says_so() -> None:
    summary = summary_of([photo("S1", 1, 100.0), photo("S2", 1, 90.0)])
    assert not any((summary.changes, summary.differences, summary.waterfall, summary.responders))
    assert summary.notes == ("No photograph is later than a baseline, so that no change is told.",)


def test_visits_that_were_not_compared_are_told() -> None:
    rows = [photo("S1", 1, 100.0), photo("S1", 2, 104.0)]
    assert any("run 'densitometer compare'" in note for note in summary_of(rows).notes)
