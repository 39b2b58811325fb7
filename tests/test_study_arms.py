"""Arms of a study: which there are, and to which a photograph belongs."""

from __future__ import annotations

import pytest

from densitometer.study.arms import Arms
from densitometer.study.model import Arm
from densitometer.study.subjects import Subject

STATED = {"ACT": "Lösung 5 %", "PBO": "Placebo"}
ACTIVE, PLACEBO = Arm("Lösung 5 %", "ACT"), Arm("Placebo", "PBO")


def subject(arm: str = "", code: str = "") -> Subject:
    return Subject("A", "S-A", arm, code)


@pytest.mark.parametrize(
    ("cell", "one", "arm"),
    [
        ("Placebo", subject(), PLACEBO),
        ("pbo", subject(), PLACEBO),
        ("", subject("LÖSUNG  5 %"), ACTIVE),
        ("", subject("", "ACT"), ACTIVE),
        ("ACT", subject("Lösung 5 %", "ACT"), ACTIVE),
        ("", subject(), None),
        (None, subject(), None),
    ],
)
def test_arms_of_the_study_file_are_told_by_name_or_code(cell: str | None, one: Subject, arm: Arm | None) -> None:
    arms = Arms(STATED, [one], [])
    assert arms.all == (ACTIVE, PLACEBO)
    assert arms.of({"Arm": cell}, one) == (arm, "")


@pytest.mark.parametrize(
    ("cell", "one", "fault"),
    [
        ("Vehicle", subject(), "the arm 'Vehicle' of subject 'A' is not one of the study file ('Lösung 5 %', "),
        ("", subject("Vehicle"), "the arm 'Vehicle' of subject 'A' is not one of the study file"),
        ("", subject("Placebo", "P"), "the arm 'P' of subject 'A' is not one of the study file"),
        ("ACT", subject("Placebo"), "the arm of subject 'A' is 'ACT' in the visits table and 'Placebo' in the"),
        ("", subject("Placebo", "ACT"), "is 'Placebo' in the table of subjects and 'ACT' as its code there; mend one"),
    ],
)  # fmt: skip
def test_arms_that_are_not_known_or_contradict_are_told(cell: str, one: Subject, fault: str) -> None:
    arm, told = Arms(STATED, [one], []).of({"arm": cell}, one)
    assert arm is None and fault in told


def test_without_a_study_file_the_table_of_subjects_names_the_arms() -> None:
    some = [subject("Placebo", "PBO"), subject("Active"), subject("placebo", "PBO")]
    arms = Arms({}, some, [{"arm": "Other"}])
    assert arms.all == (Arm("Active", "Active"), PLACEBO)
    assert "is not one of the table of subjects ('Active', 'Placebo')" in arms.of({"arm": "Other"}, some[0])[1]
    assert "the arm 'P2' of subject" in arms.of({}, subject("Placebo", "P2"))[1]


def test_without_both_the_visits_table_names_them() -> None:
    arms = Arms({}, [subject()], [{"arm": "b"}, {"ARM": "a"}, {"arm": "B"}, {"arm": None}])
    assert arms.all == (Arm("a", "a"), Arm("b", "b"))
    assert arms.of({"arm": "B"}, subject()) == (Arm("b", "b"), "")


def test_a_code_that_nothing_names_asks_for_the_name() -> None:
    for rows in ([{"arm": "Placebo"}], []):
        arm, told = Arms({}, [subject("", "ACT")], rows).of({}, subject("", "ACT"))
        assert arm is None and told == (
            "subject 'A' has the code 'ACT' of an arm that nothing names; "
            "add a column ARM to the table of subjects, or [arms] to the study file"
        )
    _, told = Arms({}, [], [{"arm": "Placebo"}]).of({"arm": "x"}, subject())
    assert "is not one of the visits table ('Placebo')" in told


def test_sides_of_one_head_may_differ_where_the_table_of_subjects_leaves_arms_out() -> None:
    some, rows = [subject("Placebo")], [{"arm": "ACT"}, {"arm": "PBO"}]
    _, told = Arms(STATED, some, rows).of(rows[0], some[0])
    assert told.endswith("; mend one of them, or, where the sides of one head differ, leave ARM and ARMCD out of the "
                         "table of subjects")  # fmt: skip
    arms = Arms(STATED, [subject()], rows)
    assert [arms.of(row, subject()) for row in rows] == [(ACTIVE, ""), (PLACEBO, "")]


def test_a_letter_that_is_spelt_in_two_ways_names_one_arm() -> None:
    arms = Arms(STATED, [], [])
    assert arms.of({"arm": "Lo\u0308sung 5 %"}, subject()) == (ACTIVE, "")
