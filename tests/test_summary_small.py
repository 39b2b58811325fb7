"""The summary of studies so small that every number is known, or that there is none."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan

import pytest

from densitometer.dictionary import PHOTO_COLUMNS
from densitometer.errors import StudyError
from densitometer.results.rows import Cell, unmeasured_row
from densitometer.study.build import study_of
from densitometer.study.model import Row, Study
from densitometer.study.subjects import Subject
from densitometer.summary.design import ITS_NAME, STATED
from densitometer.summary.differences import CHANGED_ARMS
from densitometer.summary.measured import PARAMETERS, parameters_named
from densitometer.summary.model import GroupChange, StudySummary, SubjectValue, WithinVisit
from densitometer.summary.models import NOT_INSTALLED
from densitometer.summary.notes import UNCONTROLLED
from densitometer.summary.summarise import summarise

DAYS = {"screening": "2026-01-01", "1": "2026-02-01", "2": "2026-03-01", "3": "2026-04-01"}


def photo(subject: str, visit: str, density: float | None, **cells: Cell) -> Row:
    """Row of photos.csv of a photograph that was measured; without a density it has no scale."""
    where = {"subject": subject, "site": "vertex", "visit": visit, "visit_date": DAYS.get(visit, ""), "replicate": "1"}
    where |= {"arm": "", "device": "A", **{name: str(cells[name]) for name in where if name in cells}}
    name = "-".join([*where.values()])
    row: dict[str, Cell] = {column.name: None for column in PHOTO_COLUMNS}
    row |= {"photo": name, "sha256": name, "status": "measured", "reason": "", "flags": "", "hair_count": 50}
    row |= {"um_per_px": 4.0 if density is not None else None, "density_per_cm2": density}
    return {**row, **where, **cells}


def refused(subject: str, visit: str) -> Row:
    return {**photo(subject, visit, None), **unmeasured_row(f"{subject}-{visit}", "blurred"), "subject": subject,
            "site": "vertex", "visit": visit, "visit_date": DAYS[visit], "replicate": "1"}  # fmt: skip


def compared(first: Row, second: Row, change: float, verdict: str = "within_error", **cells: Cell) -> Row:
    ends = {"change_low_per_cm2": change - 3, "change_high_per_cm2": change + 3, "mdc95_per_cm2": 8.0}
    told = {"change_per_cm2": change, "verdict": verdict, "baseline_per_cm2": 100.0, "width_change_um": 1.5, **ends}
    names = {"baseline_photo": first["photo"], "followup_photo": second["photo"]}
    return {"comparable": 1, "reason": "", "against": "baseline", **names, **told, **cells}


def read(rows: Sequence[Row], changes: Sequence[Row] = ()) -> Study:
    return study_of(rows, changes, whole=False)


def density_change(summary: StudySummary, method: str, visit: str = "2") -> GroupChange:
    (found,) = (
        one
        for one in summary.changes
        if (one.place.parameter.name, one.method, one.place.visit) == ("density_per_cm2", method, visit)
    )
    return found


def density_values(summary: StudySummary) -> list[SubjectValue]:
    return [one for one in summary.values if one.place.parameter.name == "density_per_cm2"]


def test_one_subject_with_two_photographs() -> None:
    before, after = photo("S1", "1", 100.0), photo("S1", "2", 112.0)
    summary = summarise(read([before, after], [compared(before, after, 9.5, "increase")]))
    assert (summary.subjects, summary.photographs, summary.measured) == (1, 2, 2)
    matched, plain = density_change(summary, "matched").change, density_change(summary, "subtracted").change
    assert (matched.n, matched.mean.value, plain.mean.value) == (1, 9.5, 12.0)
    assert isnan(matched.mean.low)
    assert matched.mean.reason
    assert (matched.percent_of_means.value, plain.percent_of_means.value) == pytest.approx((9.5, 12.0))
    (told,) = summary.waterfall
    assert (told.change, told.low, told.high, told.mdc95, told.verdict) == (9.5, 6.5, 12.5, 8.0, "increase")
    assert all(one.reason for one in summary.models)
    assert all(one.repeatability is None or one.repeatability.reason for one in summary.repeatability)
    assert summary.notes[0] == UNCONTROLLED
    assert not density_change(summary, "matched").controlled


def test_replicates_count_once_a_subject_and_copies_not_at_all() -> None:
    rows = [
        photo("S1", "1", 100.0),
        photo("S1", "1", 110.0, replicate="2"),
        photo("S1", "1", 100.0, replicate="3", sha256="S1-vertex-1-2026-02-01-1--A"),
        photo("S1", "2", 120.0),
    ]
    rows[2]["sha256"] = rows[0]["sha256"]
    summary = summarise(read(rows))
    first, second = density_values(summary)
    assert (first.value, first.photographs, first.measured) == (105.0, 3, 2)
    assert second.change == {"subtracted": 15.0}
    (error,) = (
        one for one in summary.repeatability if (one.parameter.name, one.method) == ("density_per_cm2", "subtracted")
    )
    assert error.copies == 1
    assert error.pairs == ((100.0, 110.0),)
    assert (error.repeatability and error.repeatability.measurements, error.subjects) == (2, 1)


def test_five_visits_with_replicates_tell_an_error_and_four_none() -> None:
    def errors(subjects: int) -> list[WithinVisit]:
        rows = [
            photo(f"S{n}", "1", 100.0 + 10 * n + 4 * again, replicate=str(again + 1))
            for n in range(subjects)
            for again in (0, 1)
        ]
        return [
            one
            for one in summarise(read(rows), models=False).repeatability
            if (one.parameter.name, one.method) == ("density_per_cm2", "subtracted")
        ]

    (told,), (too_few,) = errors(5), errors(4)
    assert told.repeatability is not None
    assert told.icc is not None
    assert told.repeatability.sem.value == pytest.approx(8**0.5)
    assert told.subjects == 5
    assert too_few.repeatability is not None
    assert too_few.repeatability.reason
    assert too_few.icc is None
    assert isnan(too_few.mdc95)


def test_missed_and_not_measured_are_told_apart() -> None:
    rows = [photo("S1", "1", 100.0), photo("S1", "2", 104.0), photo("S2", "1", 90.0), photo("S3", "1", 80.0),
            refused("S3", "2")]  # fmt: skip
    summary = summarise(read(rows), models=False)
    (later,) = (
        one for one in summary.groups if (one.place.parameter.name, one.place.visit) == ("density_per_cm2", "2")
    )
    assert (later.expected, later.missed, later.not_measured, later.summary.n) == (3, 1, 1, 1)
    assert density_change(summary, "subtracted").change.not_measured == 1


def test_a_photograph_without_a_scale_has_no_density_and_no_zero() -> None:
    summary = summarise(read([photo("S1", "1", 100.0), photo("S1", "2", None)]), models=False)
    assert isnan(density_values(summary)[1].value)
    assert density_values(summary)[1].change == {}
    change = density_change(summary, "subtracted").change
    assert change.n == 0
    assert isnan(change.mean.value)
    assert change.mean.reason


def test_nothing_measured() -> None:
    summary = summarise(read([refused("S1", "1"), refused("S1", "2")]))
    assert summary.measured == 0
    assert summary.without_baseline == 1
    assert all(isnan(one.summary.mean.value) for one in summary.groups)
    assert summary.waterfall == ()
    assert any("No baseline" in note for note in summary.notes)


def test_photographs_without_a_subject_are_left_out_and_counted() -> None:
    rows = [photo("S1", "1", 100.0), photo("S1", "2", 100.0), photo("", "", 90.0)]
    summary = summarise(read(rows), models=False)
    assert (summary.subjects, summary.photographs) == (1, 3)
    assert any(note.startswith("1 photograph without subject or visit") for note in summary.notes)


def test_a_screening_has_values_and_no_change() -> None:
    from densitometer.study.study_file import About, StudyFile

    rows = [photo("S1", "screening", 95.0), photo("S1", "1", 100.0), photo("S1", "2", 107.0)]
    study = study_of(rows, facts=StudyFile(study=About(baseline="1")), whole=False)
    values = density_values(summarise(study, models=False))
    assert [(one.value, one.is_baseline, one.later) for one in values] == [
        (95.0, False, False),
        (100.0, True, False),
        (107.0, False, True),
    ]
    assert [one.change for one in values] == [{}, {}, {"subtracted": 7.0}]


def test_changes_that_are_all_the_same_have_no_interval() -> None:
    rows = [photo(subject, visit, 100.0 + 5 * (visit == "2")) for subject in ("S1", "S2", "S3") for visit in "12"]
    change = density_change(summarise(read(rows)), "subtracted").change
    assert change.mean.value == 5.0
    assert isnan(change.mean.low)
    assert change.mean.reason


def test_photographs_of_a_visit_that_disagree_are_within_error() -> None:
    before, one, two = photo("S1", "1", 100.0), photo("S1", "2", 112.0), photo("S1", "2", 104.0, replicate="2")
    changes = [compared(before, one, 12.0, "increase"), compared(before, two, 4.0)]
    (told,) = summarise(read([before, one, two], changes), models=False).waterfall
    assert (told.change, told.verdict) == (8.0, "within_error")


def test_who_could_not_be_compared_is_counted_apart() -> None:
    rows = [photo(subject, visit, 100.0) for subject in ("S1", "S2", "S3") for visit in "12"]
    changes = [
        compared(rows[0], rows[1], 12.0, "increase"),
        {**compared(rows[2], rows[3], 0.0), "comparable": 0, "reason": "another place", "change_per_cm2": None},
    ]
    summary = summarise(read(rows, changes), models=False)
    (found,) = summary.responders
    assert (found.increase.count, found.increase.n, found.not_comparable) == (1, 1, 2)
    assert "1 later photograph could not be compared with the baseline." in summary.notes


def test_a_change_without_a_verdict_is_not_comparable() -> None:
    before, after = photo("S1", "1", 100.0), photo("S1", "2", 112.0)
    bare = compared(before, after, 12.0, "", mdc95_per_cm2=None, change_low_per_cm2=None, change_high_per_cm2=None)
    summary = summarise(read([before, after], [bare]), models=False)
    (found,) = summary.responders
    assert (found.increase.n, found.not_comparable, summary.waterfall) == (0, 1, ())


def test_the_model_tells_nothing_of_a_visit_of_one_subject() -> None:
    densities = {"A1": (100, 108, 121), "A2": (90, 97, None), "A3": (120, 124, None), "A4": (105, 118, None),
                 "B1": (95, 96, 97), "B2": (99, 98, 104), "B3": (110, 113, 119), "B4": (93, 90, 88)}  # fmt: skip
    rows = [
        photo(subject, visit, float(density), arm="A" if subject < "B" else "Placebo")
        for subject, some in densities.items()
        for visit, density in zip("123", some, strict=True)
        if density is not None
    ]
    cells = {
        (one.arm, one.visit): one
        for one in summarise(read(rows)).models
        if (one.parameter.name, one.method) == ("density_per_cm2", "subtracted")
    }
    assert cells["A", "2"].difference is not None
    assert cells["A", "2"].p > 0
    alone = cells["A", "3"]
    assert alone.n == 1
    assert alone.difference is not None
    assert alone.difference.reason == alone.mean.reason == alone.reason
    assert isnan(alone.difference.low)
    assert isnan(alone.p)


def two_arms(first: str, second: str) -> list[Row]:
    return [
        photo(f"{arm[:2]}{n}", visit, 100.0 + n * (visit == "2") * (arm == first), arm=arm)
        for arm in (first, second)
        for n in (1, 2, 3)
        for visit in "12"
    ]


@pytest.mark.parametrize("name", ["Placebo", "vehicle only", "Untreated", "SHAM", "Kontrolle"])
def test_a_control_is_known_by_its_name(name: str) -> None:
    summary = summarise(read(two_arms("Minoxidil", name)), models=False)
    assert (summary.design.control_arm, summary.design.arm_named_by) == (name, ITS_NAME)
    assert summary.design.controlled
    assert UNCONTROLLED not in summary.notes
    assert {(one.first, one.second) for one in summary.differences} == {("Minoxidil", name)}


@pytest.mark.parametrize(
    "arms", [("A", "B"), ("placebo then A", "B"), ("uncontrolled", "B"), ("A in vehicle", "B"), ("A + placebo", "B")]
)
def test_a_control_is_not_guessed(arms: tuple[str, str]) -> None:
    rows = two_arms(*arms)
    for row in rows:
        row["subject"] = f"{arms.index(str(row['arm']))}-{row['subject']}"
    summary = summarise(read(rows), models=False)
    assert summary.design.control_arm == ""
    assert summary.differences == ()


def test_an_arm_that_is_left_out_at_a_visit_is_that_of_the_others() -> None:
    rows = two_arms("A", "Placebo")
    whole = summarise(read(rows))
    rows[3]["arm"] = ""
    summary = summarise(read(rows))
    assert summary.groups == whole.groups
    assert summary.differences == whole.differences
    assert any(note.startswith("1 photograph without an arm") for note in summary.notes)


def test_subjects_in_no_arm_are_in_no_comparison() -> None:
    rows = [*two_arms("A", "Placebo"), photo("X", "1", 100.0), photo("X", "2", 300.0)]
    summary = summarise(read(rows))
    assert {one.first for one in summary.differences} == {"A"}
    assert {one.arm for one in summary.models} <= {"A", "Placebo", ""}
    assert all(one.n <= 3 for one in summary.models)
    assert "1 subject in no arm: in no comparison of arms, and in no model." in summary.notes


def test_who_was_never_photographed_is_told_by_arm() -> None:
    rows = two_arms("A", "Placebo")
    arms = {str(row["subject"]): str(row["arm"]) for row in rows}
    known = {
        code: Subject(code, code, arm=arm) for code, arm in {**arms, "X10": "A", "X9": "A", "Y": "Placebo"}.items()
    }
    study = study_of(rows, known=known, whole=False)
    assert [one.code for one in study.unphotographed] == ["X9", "X10", "Y"]
    summary = summarise(study, models=False)
    assert summary.unphotographed == 3
    (note,) = (note for note in summary.notes if "without any photograph" in note)
    assert note.startswith("3 subjects of the table of subjects without any photograph (A: 2, Placebo: 1):")
    assert not any("without any" in note for note in summarise(read(rows), models=False).notes)


def test_arms_that_subjects_change_are_not_compared() -> None:
    rows = [
        photo(f"S{n}", visit, 100.0 + n * int(visit), arm="A" if (visit == "2") == (n % 2 == 0) else "Placebo")
        for n in range(6)
        for visit in "123"
    ]
    summary = summarise(read(rows))
    assert summary.differences
    assert {one.difference.estimate.reason for one in summary.differences} == {CHANGED_ARMS}
    assert all(isnan(one.difference.p) for one in summary.differences)
    assert CHANGED_ARMS in {one.reason for one in summary.models}
    assert any(note.startswith("More than one arm: 6 sites") for note in summary.notes)


def test_halves_of_a_head_are_told() -> None:
    rows = [
        photo("S1", visit, 100.0, site=site, arm=arm) for site, arm in (("l", "A"), ("r", "Placebo")) for visit in "12"
    ]
    notes = summarise(read(rows), models=False).notes
    assert any(note.startswith("Another arm at another site: 1 subject") for note in notes)
    assert not any("arm at another site" in note for note in summarise(read(two_arms("A", "B")), models=False).notes)


def test_a_site_without_the_control_is_uncontrolled() -> None:
    rows = [*two_arms("A", "Placebo"), photo("A1", "1", 90.0, site="crown"), photo("A1", "2", 95.0, site="crown")]
    rows[-2]["arm"] = rows[-1]["arm"] = "A"
    found = {
        one.place.site: one.controlled
        for one in summarise(read(rows), models=False).changes
        if one.place.parameter.name == "density_per_cm2" and one.place.arm == "A"
    }
    assert found == {"vertex": True, "crown": False}


def test_a_control_nobody_named_is_asked_for() -> None:
    note = summarise(read(two_arms("A", "Bx")), models=False).notes[0]
    assert note.startswith("Uncontrolled: no arm (A, Bx) was named as control with --control")


def test_redness_has_no_per_cent() -> None:
    rows = [photo("S1", "1", 100.0, redness_a=2.0), photo("S1", "2", 100.0, redness_a=3.0)]
    (found,) = (one for one in summarise(read(rows), models=False).changes if one.place.parameter.name == "redness_a")
    assert found.change.mean.value == 1.0
    assert isnan(found.change.percent_of_means.value)
    assert "no true zero" in str(found.change.percent_of_means.reason)


def test_two_days_under_one_label_are_told() -> None:
    rows = [photo("S1", "1", 100.0), photo("S1", "1", 140.0, replicate="2", visit_date="2026-02-20"),
            photo("S1", "2", 110.0)]  # fmt: skip
    notes = summarise(read(rows), models=False).notes
    assert any(note.startswith("Photographs of one visit were taken on different days: 1 site") for note in notes)


def test_visits_with_dates_alone_are_told() -> None:
    rows = [photo("S1", "1", 100.0), photo("S1", "2", 110.0)]
    for row in rows:
        row["visit"] = ""
    assert any(note.startswith("Visits have dates alone") for note in summarise(read(rows), models=False).notes)


def test_what_was_compared_with_another_visit_is_not_called_a_failure() -> None:
    from densitometer.study.study_file import About, StudyFile

    rows = [photo("S1", "screening", 95.0), photo("S1", "1", 100.0), photo("S1", "2", 107.0)]
    study = study_of(rows, [compared(rows[0], rows[2], 9.0)], facts=StudyFile(study=About(baseline="1")), whole=False)
    notes = summarise(study, models=False).notes
    assert any(note.startswith("1 later photograph compared with other visits") for note in notes)
    assert not any("could not be compared" in note for note in notes)


def test_responders_have_their_denominators_and_their_limit() -> None:
    rows = [photo(subject, visit, 100.0) for subject in ("S1", "S2", "S3") for visit in "12"]
    del rows[-1]  # S3 did not come
    changes = [compared(rows[0], rows[1], 12.0, "increase", mdc95_source="replicates")]
    (found,) = summarise(read(rows, changes), models=False).responders
    assert (found.expected, found.missed, found.not_comparable, found.increase.n) == (3, 1, 1, 1)
    assert (found.mdc95_low, found.mdc95_high, found.mdc95_source) == (8.0, 8.0, "replicates")


def test_differences_tell_how_many_there_could_be() -> None:
    rows = two_arms("A", "Placebo")
    del rows[-1]
    (found,) = (
        one
        for one in summarise(read(rows), models=False).differences
        if (one.parameter.name, one.method) == ("density_per_cm2", "subtracted")
    )
    assert (found.expected_first, found.expected_second) == (3, 3)
    assert (found.difference.n_first, found.difference.n_second) == (3, 2)


def test_a_control_that_is_stated_wins_and_a_strange_one_is_refused() -> None:
    study = read(two_arms("A", "Bx"))
    assert summarise(study, control_arm="bX", models=False).design.control_arm == "Bx"
    assert summarise(study, control_arm="Bx", models=False).design.arm_named_by == STATED
    with pytest.raises(StudyError, match="no arm 'C' to serve as control; there are 'A', 'Bx'"):
        summarise(study, control_arm="C")
    with pytest.raises(StudyError, match="no site 'crown' to serve as control; there are 'vertex'"):
        summarise(study, control_site="crown")
    with pytest.raises(StudyError, match="there are 'Minoxidil', 'Placebo'; is 'Placebo' meant\\?"):
        summarise(read(two_arms("Minoxidil", "Placebo")), control_arm="placeboo")
    with pytest.raises(StudyError, match="'vertex' is the only site"):
        summarise(study, control_site="vertex")
    with pytest.raises(StudyError, match="it names none: arms stand in a column arm of"):
        summarise(read([photo("S1", "1", 1.0)]), control_arm="A")


def test_another_scale_and_another_device_are_told() -> None:
    rows = [photo("S1", "1", 100.0), photo("S1", "2", 100.0, um_per_px=4.2, device="B"),
            photo("S2", "1", 100.0), photo("S2", "2", 100.0, um_per_px=4.05)]  # fmt: skip
    notes = summarise(read(rows), models=False).notes
    assert any(note.startswith("Scale of a later visit") and "1 site of one subject" in note for note in notes)
    assert "More than one device: 1 site of one subject." in notes


def test_without_statsmodels_the_model_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("densitometer.summary.models.find_spec", lambda _: None)
    summary = summarise(read(two_arms("A", "Placebo")))
    assert {one.reason for one in summary.models} == {NOT_INSTALLED}
    assert {one.change.n for one in summary.changes if one.place.parameter.name == "density_per_cm2"} == {0, 3}


def test_the_report_fits_no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    def fit(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("densitometer.summary.summarise.model_rows", fit)
    assert summarise(read(two_arms("A", "Placebo")), models=False).models == ()
    with pytest.raises(AssertionError):
        summarise(read(two_arms("A", "Placebo")))


def test_parameters_are_found_by_column_and_others_refused() -> None:
    assert [one.name for one in parameters_named(["mean_width_um", "density_per_cm2"])] == [
        "density_per_cm2",
        "mean_width_um",
    ]
    with pytest.raises(StudyError, match="'hair_colour' is no parameter of a summary; there are density_per_cm2"):
        parameters_named(["hair_colour"])
    with pytest.raises(StudyError, match="'densty_per_cm2' is no .*; is density_per_cm2 meant\\? There are density"):
        parameters_named(["densty_per_cm2"])


def test_parameters_are_columns() -> None:
    assert {one.name for one in PARAMETERS} <= {column.name for column in PHOTO_COLUMNS}


def test_shares_are_in_per_cent() -> None:
    rows = [photo("S1", "1", 100.0, flaking_share=0.05), photo("S1", "2", 100.0, flaking_share=0.08)]
    (found,) = (
        one for one in summarise(read(rows), models=False).changes if one.place.parameter.name == "flaking_share"
    )
    assert found.change.mean.value == pytest.approx(3.0)
    assert found.place.parameter.unit == "%"
