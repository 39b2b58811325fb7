"""Which photographs are to be compared, from rows of photos.csv."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from densitometer.visits.cautions import change_flags
from densitometer.visits.order import in_order
from densitometer.visits.series import Plan, Planned, plan_comparisons

Row = dict[str, str | int | float | None]


def row(photo: str, visit: str = "", date: str = "", replicate: str = "", **cells: str | float | None) -> Row:
    """Row of a photograph of subject A's vertex that was measured at 5 um per px."""
    known: Row = {"photo": photo, "sha256": photo, "status": "measured", "reason": "", "flags": "", "um_per_px": 5.0}
    visits: Row = {"subject": "A", "site": "vertex", "visit": visit, "visit_date": date, "replicate": replicate}
    return {**known, "scale_source": "visits", **visits, **cells}


def lost(photo: str, visit: str, **cells: str) -> Row:
    return row(photo, visit, status="not_measured", reason="named in visits.csv but not found", **cells)


def asked(plan: Plan) -> list[tuple[str, str, str]]:
    return [(one.baseline, one.followup, str(one.cells["against"])) for one in plan.changes]


def reasons(plan: Plan) -> dict[tuple[str, str], str]:
    return {(one.baseline, one.followup): one.reason for one in plan.changes}


def flags(one: Planned) -> set[str]:
    return set(filter(None, str(one.cells["flags"]).split(";")))


THREE = [row("a", "1", "2024-01-01"), row("b", "2", "2024-02-01"), row("c", "3", "2024-03-01")]


@pytest.mark.parametrize("rows", list(permutations(THREE)))
def test_every_visit_is_compared_with_the_first_and_the_one_before_whatever_the_order_of_rows(rows: list[Row]) -> None:
    plan = plan_comparisons(rows)
    assert asked(plan) == [("a", "b", "baseline"), ("a", "c", "baseline"), ("b", "c", "previous")]
    assert not any(one.reason for one in plan.changes)
    assert plan.warnings == plan.repeats == ()
    assert all(flags(one) == set() for one in plan.changes)
    first = plan.changes[0].cells
    assert (first["baseline_visit"], first["followup_visit"]) == ("1", "2")
    assert (first["baseline_date"], first["followup_date"]) == ("2024-01-01", "2024-02-01")


def test_subjects_and_sites_are_kept_apart() -> None:
    rows = [row(f"{subject}{site}{visit}", visit, subject=subject, site=site)
            for visit in "12" for subject in "AB" for site in ("vertex", "")]  # fmt: skip
    assert [(one.baseline, one.followup) for one in plan_comparisons(rows).changes] == [
        ("Avertex1", "Avertex2"), ("A1", "A2"), ("Bvertex1", "Bvertex2"), ("B1", "B2"),
    ]  # fmt: skip


def test_dates_go_before_labels_and_the_contradiction_is_flagged() -> None:
    rows = [row("a", "1", "2024-03-01"), row("b", "2", "2024-01-01"), row("c", "3", "2024-06-01")]
    plan = plan_comparisons(rows)
    assert asked(plan) == [("b", "a", "baseline"), ("b", "c", "baseline"), ("a", "c", "previous")]
    assert all(flags(one) == {"visits_out_of_order"} for one in plan.changes)


@pytest.mark.parametrize(
    ("visits", "order", "raised"),
    [
        ([("10", ""), ("9", ""), ("1", "")], [2, 1, 0], set()),
        ([("week 12", ""), ("Week 0", ""), ("week 6", "")], [1, 2, 0], set()),
        ([("V2", ""), ("Baseline", "")], [1, 0], set()),
        ([("week 10", ""), ("week 0", ""), ("week -2", "")], [2, 1, 0], set()),
        ([("day 7", ""), ("baseline", ""), ("day \u22127", "")], [2, 1, 0], set()),
        ([("visit-10", ""), ("visit-2", "")], [1, 0], set()),
        ([("baseline", ""), ("week 4", ""), ("Screening", "")], [2, 0, 1], set()),
        ([("start", ""), ("baseline", ""), ("week 4", "")], [0, 1, 2], {"order_unknown"}),
        ([("screening", ""), ("week 0", ""), ("week -2", "")], [0, 1, 2], {"order_unknown"}),
        ([("week 4", ""), ("month 6", "")], [0, 1], {"order_unknown"}),
        ([("y", ""), ("x", "")], [0, 1], {"order_unknown"}),
        ([("y", "2024-02-01"), ("w", ""), ("x", "2024-01-01")], [2, 1, 0], {"order_unknown"}),
        ([("before", ""), ("after", "")], [0, 1], set()),
        ([("After", ""), ("Before", "")], [1, 0], set()),
        ([("post-op", ""), ("pre_op", "")], [1, 0], set()),
        ([("Follow-up", ""), ("Baseline", "")], [1, 0], set()),
        ([("follow up 2", ""), ("follow up 1", ""), ("baseline", "")], [2, 1, 0], set()),
        ([("week 4", ""), ("follow-up", ""), ("baseline", "")], [0, 1, 2], {"order_unknown"}),
        ([("final", ""), ("week 4", ""), ("pre", "")], [2, 1, 0], set()),
        ([("after", "2024-02-01"), ("before", "2024-01-01")], [1, 0], set()),
        ([("", "2024-02-01"), ("", "2024-01-01")], [1, 0], set()),
        ([("after", "2024-01-01"), ("before", "2024-01-01")], [1, 0], set()),
        ([("after", "2024-01-01"), ("before", "2024-02-01")], [0, 1], {"visits_out_of_order"}),
        ([("y", "2024-01-01"), ("x", "2024-01-01")], [0, 1], {"order_unknown"}),
        ([("1", "2024-03-01"), ("2", ""), ("3", "2024-01-01")], [2, 1, 0], {"visits_out_of_order"}),
        ([("1", "2024-01-01"), ("2", "2024-01-01")], [0, 1], set()),
        ([("only", "")], [0], set()),
    ],
)
def test_visits_are_put_in_order(visits: list[tuple[str, str]], order: list[int], raised: set[str]) -> None:
    assert in_order(visits) == (order, raised)


def test_a_baseline_that_was_not_measured_is_said_and_the_other_visits_go_on() -> None:
    rows = [lost("a", "1"), row("b", "2"), row("c", "3")]
    why = "the baseline cannot be used: a was not measured (named in visits.csv but not found)"
    assert reasons(plan_comparisons(rows)) == {("a", "b"): why, ("a", "c"): why, ("b", "c"): ""}


def test_a_visit_in_between_that_was_not_measured_costs_its_own_comparisons_only() -> None:
    rows = [row("a", "1"), lost("b", "2"), row("c", "3")]
    plan = reasons(plan_comparisons(rows))
    assert plan["a", "c"] == ""
    assert plan["a", "b"] == "b was not measured (named in visits.csv but not found)"
    assert plan["b", "c"].startswith("the visit before cannot be used: b was not measured")


def test_a_photograph_without_a_scale_is_not_compared() -> None:
    (only,) = plan_comparisons([row("a", "1"), row("b", "2", um_per_px=None, scale_source="none")]).changes
    assert only.reason == "b has no scale; state it with --um-per-px or in visits.csv, and measure again"


def test_two_photographs_without_a_scale_are_both_named_and_a_pair_is_told_the_option() -> None:
    rows = [row(photo, photo, um_per_px=None) for photo in "12"]
    (only,) = plan_comparisons(rows).changes
    assert only.reason == "1 and 2 have no scale; state it with --um-per-px or in visits.csv, and measure again"
    (only,) = plan_comparisons(rows, one_place=True).changes
    assert only.reason == "1 and 2 have no scale; run again with --um-per-px, for instance --um-per-px 5.556"


def test_labels_and_replicates_that_differ_in_case_only_are_the_same() -> None:
    rows = [row("a", "Week 24", replicate="L"), row("b", "week  24", replicate="r"),
            row("c", "week 48", replicate="l"), row("d", "Week 48", replicate="R")]  # fmt: skip
    plan = plan_comparisons(rows)
    assert asked(plan) == [("a", "c", "baseline"), ("b", "d", "baseline")]
    assert [(one.baseline, one.followup) for one in plan.repeats] == [("a", "b"), ("c", "d")]
    assert plan.warnings == ()


@pytest.mark.parametrize(("names", "asks"), [(("Anna", "anna"), True), (("Anna", "Ann"), False)])
def test_subjects_that_are_spelt_in_two_ways_are_asked_about(names: tuple[str, str], asks: bool) -> None:
    rows = [row("a", "1", subject=names[0]), row("b", "2", subject=names[1])]
    told = "'Anna vertex' and 'anna vertex' have one visit each. Is it one subject? Spell it the same."
    assert plan_comparisons(rows).warnings == ((told,) if asks else ())


def test_subjects_that_are_spelt_alike_but_have_visits_of_their_own_are_two() -> None:
    rows = [row("a", "1", subject="Anna"), row("b", "1", subject="anna"), row("c", "2", subject="anna")]
    assert plan_comparisons(rows).warnings == ()


def test_a_site_that_is_spelt_in_two_ways_is_asked_about() -> None:
    (told,) = plan_comparisons([row("a", "1", site="Vertex"), row("b", "2", site="vertex")]).warnings
    assert told.endswith("Is it one site? Spell it the same.")


def test_an_order_that_nothing_tells_is_that_of_the_table_and_is_told() -> None:
    rows = [row("a", "y", subject=subject) for subject in ("Cora", "Dan")] + [row("b", "x", subject="Cora")]
    plan = plan_comparisons([*rows, row("b", "x", subject="Dan"), row("b", "x", subject="Eva")])
    assert [one.cells["baseline_visit"] for one in plan.changes] == ["y", "y"]
    assert all(flags(one) == {"order_unknown"} for one in plan.changes)
    assert plan.warnings == (
        "Cora vertex, Dan vertex: nothing tells the order of 'y' and 'x'; 'y' was taken as the first. "
        "Fill in visit_date (YYYY-MM-DD).",
    )


def test_two_rows_for_one_visit_are_both_named_and_none_is_lost() -> None:
    plan = plan_comparisons([row("a", "1"), row("b", "2"), row("b2", "2"), row("c", "3")])
    advice = "give them 1 and 2 in the column replicate, or keep one row"
    why = f"b and b2 have the same subject, site, visit and replicate; {advice}"
    assert reasons(plan) == {
        ("a", "b"): why,
        ("a", "b2"): why,
        ("a", "c"): "",
        ("b", "c"): f"the visit before cannot be used: {why}",
    }
    assert plan.repeats == ()


def test_two_rows_for_the_baseline_are_not_guessed_between() -> None:
    plan = plan_comparisons([row("a", "1"), row("a2", "1"), row("r", "1", replicate="x"), row("b", "2")])
    (only,) = plan.changes
    assert only.reason.startswith("the baseline cannot be used: a and a2 have the same")


def test_replicates_are_compared_with_their_like_else_with_the_first_that_was_measured() -> None:
    rows = [lost("a1", "1", replicate="1"), row("a2", "1", replicate="2"), row("a3", "1", replicate="3"),
            row("b1", "2", replicate="1"), row("b3", "2", replicate="3"), row("b4", "2", replicate="4")]  # fmt: skip
    plan = plan_comparisons(rows)
    assert asked(plan) == [("a2", "b1", "baseline"), ("a3", "b3", "baseline"), ("a2", "b4", "baseline")]
    assert [one.cells["replicate"] for one in plan.changes] == ["1", "3", "4"]
    assert [(one.baseline, one.followup, bool(one.reason)) for one in plan.repeats] == [
        ("a1", "a2", True), ("a1", "a3", True), ("a2", "a3", False),
        ("b1", "b3", False), ("b1", "b4", False), ("b3", "b4", False),
    ]  # fmt: skip
    assert {"photo_1": "a2", "photo_2": "a3", "visit": "1", "subject": "A"}.items() <= plan.repeats[2].cells.items()


def test_photographs_that_cannot_be_placed_are_told() -> None:
    rows = [row("a", "1", subject=""), row("b"), row("c", "1"), row("d", "1", subject="B"), row("e", "2", subject="B")]
    plan = plan_comparisons(rows)
    assert asked(plan) == [("d", "e", "baseline")]
    assert plan.warnings == (
        "a: without a subject in visits.csv, not compared",
        "b: without visit and visit_date in visits.csv, not compared",
    )
    assert plan.note == "Only one visit, so nothing to compare: 1 (A vertex)."


def test_two_photographs_named_as_a_pair_need_no_subject() -> None:
    rows = [row("a", "1", subject="", site=""), row("b", "2", subject="", site="")]
    assert asked(plan_comparisons(rows)) == []
    assert asked(plan_comparisons(rows, one_place=True)) == [("a", "b", "baseline")]


def test_without_visit_columns_there_is_nothing_to_compare() -> None:
    assert plan_comparisons([{"photo": "a"}]) == Plan() == plan_comparisons([])


def test_a_subject_whose_first_visit_is_missing_is_flagged() -> None:
    rows = [row(f"{subject}{visit}", visit, subject=subject) for subject in "ABC" for visit in "123"]
    plan = plan_comparisons([one for one in rows if one["photo"] != "C1"])
    assert {str(one.cells["subject"]) for one in plan.changes if "first_visit_missing" in flags(one)} == {"C"}


def test_visits_of_one_label_on_two_days_are_flagged() -> None:
    rows = [row("a", "1", "2024-01-02", "1"), row("a2", "1", "2024-01-01", "2"), row("b", "2", "2024-05-01", "1")]
    (only,) = plan_comparisons(rows).changes
    assert flags(only) == {"visit_dates_differ"}
    assert only.cells["baseline_date"] == "2024-01-01"


@pytest.mark.parametrize(
    ("one", "other", "raised"),
    [
        ({}, {}, set()),
        ({"um_per_px": 5.0}, {"um_per_px": 5.09}, set()),
        ({"um_per_px": 5.11}, {"um_per_px": 5.0}, {"scale_differs"}),
        ({"um_per_px": None}, {"um_per_px": 5.0}, set()),
        ({"scale_source": "bar"}, {}, {"scale_source_differs"}),
        ({"sha256": "1"}, {"sha256": "1"}, {"same_photograph"}),
        ({"Device": "FotoFinder "}, {"Device": "fotofinder"}, set()),
        ({"Device": "FotoFinder"}, {"Device": ""}, set()),
        ({"Magnification": "20x"}, {"Magnification": "30x"}, {"device_differs"}),
        ({"arm": "verum"}, {"arm": "placebo"}, set()),
        ({"flags": "burned_in_text;blurred"}, {}, {"one_visit_flagged"}),
        ({"flags": "burned_in_text;coarse_scale"}, {}, set()),
    ],
)
def test_flags_of_a_comparison(one: dict[str, object], other: dict[str, object], raised: set[str]) -> None:
    assert change_flags(row("a", **one), row("b", **other)) == raised  # type: ignore[arg-type]
    assert change_flags(row("b", **other), row("a", **one)) == raised  # type: ignore[arg-type]


ANY_ROW = st.fixed_dictionaries({
    "subject": st.sampled_from(["", "A", "B"]),
    "site": st.sampled_from(["", "vertex"]),
    "visit": st.sampled_from(["", "1", "2", "10", "baseline", "week 4", "Woche 8", "=1+1"]),
    "visit_date": st.sampled_from(["", "2024-01-01", "2024-02-01"]),
    "replicate": st.sampled_from(["", "1", "2"]),
    "status": st.sampled_from(["measured", "measured", "not_measured"]),
    "um_per_px": st.sampled_from([None, 5.0, 6.0]),
})  # fmt: skip


@given(st.lists(ANY_ROW, max_size=8))
def test_no_photograph_of_a_later_visit_is_lost_and_what_is_compared_can_be(cells: list[Row]) -> None:
    rows = [row(f"p{i}") | one for i, one in enumerate(cells)]
    by_name = {one["photo"]: one for one in rows}
    plan = plan_comparisons(rows)
    later = [one["photo"] for series in plan.series for visit in series.visits[1:]
             for slot in visit.slots.values() for one in slot.rows]  # fmt: skip
    assert sorted(one.followup for one in plan.changes if one.cells["against"] == "baseline") == sorted(map(str, later))
    assert len(set(asked(plan))) == len(plan.changes)
    for one in (*plan.changes, *plan.repeats):
        both = by_name[one.baseline], by_name[one.followup]
        fit = all(photo["status"] == "measured" and photo["um_per_px"] is not None for photo in both)
        assert fit or one.reason
