"""Which change is quoted, and what is said of groups that stand without a control or without a baseline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from densitometer.cli.summarise_page import page
from densitometer.report.study.differences import result_sentences
from densitometer.statistics import Change, change, difference
from densitometer.study.model import Row
from densitometer.summary.measured import DENSITY
from densitometer.summary.model import Design, GroupChange, GroupDifference, Place, StudySummary
from densitometer.summary.parameter import Method
from densitometer.summary.quoted import quoted_changes, quoted_difference
from densitometer.summary.summarise import summarise
from test_report_study_caveats import AXIS
from test_summary_small import photo, read, two_arms

NAME = DENSITY.name


def changed(n: int, method: Method, visit: int = 2, site: str = "left") -> GroupChange:
    told: Change = change([100.0] * n, [101.0 + at for at in range(n)])
    return GroupChange(Place("", site, str(visit), float(visit), DENSITY), method, 12, told, False)


def trial() -> list[Row]:
    """Two arms of four subjects, and a visit after the baseline, at which no two changed alike."""
    gains = {"A": (3, 5, 9, 4), "Placebo": (0, 1, 4, 2)}
    return [
        photo(f"{arm[0]}{n}", visit, 100.0 + 5 * n + gain * (visit == "2"), arm=arm)
        for arm, some in gains.items()
        for n, gain in enumerate(some)
        for visit in "12"
    ]


def differs(n: int, method: Method, visit: int = 2, control_n: int | None = None) -> GroupDifference:
    told = difference([5.0 + at for at in range(n)], [0.0 + at for at in range(n if control_n is None else control_n)])
    return GroupDifference("sites", "left", "right", "", str(visit), float(visit), DENSITY, method, told)


def summed(changes: Sequence[GroupChange] = (), differences: Sequence[GroupDifference] = ()) -> StudySummary:
    return StudySummary(Design(), 12, 48, 48, changes=tuple(changes), differences=tuple(differences))


@pytest.mark.parametrize(("matched", "method"), [(5, "subtracted"), (6, "matched"), (0, "subtracted")])
def test_a_change_is_quoted_hair_by_hair_unless_few_at_its_place_have_it(matched: int, method: str) -> None:
    elsewhere = [changed(12, "matched", site="right"), changed(12, "subtracted", site="right")]
    here = [changed(matched, "matched"), changed(12, "subtracted")]
    left, right = quoted_changes(summed([*here, *elsewhere]), NAME)
    assert (left.place.site, left.method, right.method) == ("left", method, "matched")


def test_the_change_of_the_last_visit_is_quoted() -> None:
    some = [changed(9, "matched"), changed(9, "subtracted"), changed(0, "matched", 3), changed(0, "subtracted", 3)]
    (found,) = quoted_changes(summed(some), NAME)
    assert found.place.visit == "2"


def test_the_difference_is_of_the_last_visit_with_two_on_both_sides_and_by_the_method_that_most_have() -> None:
    some = [
        differs(9, "matched"),
        differs(9, "subtracted"),
        differs(9, "matched", 3, 1),
        differs(9, "subtracted", 3, 1),
    ]
    found = quoted_difference(some)
    assert found is some[0]
    assert quoted_difference(some[2:]) is None
    assert quoted_difference([differs(2, "matched"), some[1]]) is some[1]
    assert quoted_difference([some[0]]) is some[0]


def test_page_and_command_quote_the_same_difference() -> None:
    rows: list[Row] = [
        photo(f"S{n}", visit, 100.0 + 3 * n * (visit == "2") * (site == "left"), site=site)
        for n in range(1, 10)
        for visit in "12"
        for site in ("left", "control")
    ]
    study = read(rows)
    summary = summarise(study, models=False)
    one = next(each for each in summary.differences if each.method == "matched" and each.parameter == DENSITY)
    few = replace(one, difference=difference([5.0], [0.0, 1.0]))
    summary = replace(summary, differences=tuple(few if each is one else each for each in summary.differences))
    (told,) = result_sentences(summary, AXIS)
    assert "is +15.0 (95 % interval" in told and "found by subtraction" in told
    last = "\n".join(page(study, summary, [DENSITY])).partition("In short")[2]
    (line,) = (line for line in last.splitlines() if "left less control" in line)
    assert "+15.0" in line and "At the last visit of each; subtracted." in last


def test_a_difference_without_an_interval_says_why() -> None:
    told = difference([5.0, 5.0], [0.0, 0.0])
    (sentence,) = result_sentences(summed(differences=[replace(differs(2, "matched"), difference=told)]), AXIS)
    assert "without an interval, as all values are the same" in sentence


def test_who_has_no_baseline_was_photographed_all_the_same() -> None:
    rows = [photo(f"S{n}", visit, 100.0 + n * int(visit)) for n in range(6) for visit in "123" if n > 1 or visit > "1"]
    summary = summarise(read(rows), models=False)
    changes = [one for one in summary.changes if one.place.parameter == DENSITY and one.method == "subtracted"]
    assert [(one.expected, one.change.n, one.change.not_measured) for one in changes] == [(6, 4, 2), (6, 4, 2)]
    assert [(one.expected, one.missed, one.not_comparable, one.increase.n) for one in summary.responders] == [
        (6, 0, 6, 0),
        (6, 0, 6, 0),
    ]


def test_a_group_is_uncontrolled_at_the_visits_without_a_control() -> None:
    late = [photo(f"A{n}", "3", 103.0 + n, arm="A") for n in (1, 2, 3)]
    study = read([*two_arms("A", "Placebo"), *late])
    text = "\n".join(page(study, summarise(study, models=False), [DENSITY]))
    assert "Site vertex, arm A, uncontrolled at 3\n" in text
    assert "arm Placebo, uncontrolled" not in text


def test_a_control_site_of_others_controls_nobody() -> None:
    rows = [
        photo(f"{arm}{n}", visit, 100.0 + n * int(visit), site=site, arm=arm)
        for arm in ("A", "B")
        for n in (1, 2, 3)
        for visit in "12"
        for site in (("left", "control") if arm == "B" else ("left",))
    ]
    study = read(rows)
    summary = summarise(study, models=False)
    controlled = {(one.place.site, one.place.arm): one.controlled for one in summary.changes}
    assert controlled == {("left", "A"): False, ("left", "B"): True, ("control", "B"): True}
    text = "\n".join(page(study, summary, [DENSITY]))
    assert "no subject has a value of both" in text
    assert "Site left less control in arm A" in text.partition("In short")[2]


def test_the_model_says_why_a_difference_is_not_told() -> None:
    pytest.importorskip("statsmodels")
    late = [photo(f"A{n}", "3", 103.0 + 2 * n * n, arm="A") for n in range(4)]
    cells = [one for one in summarise(read([*trial(), *late])).models if one.parameter == DENSITY]
    (bare,) = (one for one in cells if (one.arm, one.visit, one.method) == ("A", "3", "subtracted"))
    assert bare.difference is not None
    assert (bare.control, bare.difference.reason) == ("Placebo", "the control arm has no value at this visit")


def test_what_was_fitted_is_what_is_said() -> None:
    pytest.importorskip("statsmodels")
    study = read(trial())
    text = "\n".join(page(study, summarise(study), [DENSITY]))
    assert "Least squares: there is one visit alone" in text
    assert "random intercept" not in text
