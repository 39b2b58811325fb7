"""What stands on the study page beside its changes: few found hair by hair, no control there, the control's share."""

from __future__ import annotations

from dataclasses import replace
from math import nan

from densitometer.report.study.axis import axis_of
from densitometer.report.study.caveats import few_sentences, uncontrolled_sentences
from densitometer.report.study.change_band import change_plots
from densitometer.report.study.differences import difference_tables, result_sentences
from densitometer.report.study.view import view_study
from densitometer.report.study.waterfall import waterfalls
from densitometer.statistics import Estimate, change, difference, share, share_difference
from densitometer.summary.model import Design, GroupChange, GroupDifference, StudySummary
from densitometer.summary.notes import NO_CONTROL_NAMED
from densitometer.summary.parameter import Measured, Method
from test_report_study import DENSITY, cells, falls, place, rows, study, summed, words

AXIS = axis_of(study())
WIDTH = Measured("mean_width_um", "mean hair width", "µm", "width_change_um")


def group(n: int, method: Method, arm: str = "treated", visit: str = "week 24", site: str = "vertex") -> GroupChange:
    found = change([100.0] * n, [100.0 + step for step in range(n)])
    return GroupChange(place(arm, visit, site=site), method, 20, found, True)


def both(matched: int, subtracted: int, arm: str = "treated", visit: str = "week 24") -> tuple[GroupChange, ...]:
    return group(matched, "matched", arm, visit), group(subtracted, "subtracted", arm, visit)


def between(
    n: int, method: Method = "matched", visit: str = "week 24", n_control: int | None = None
) -> GroupDifference:
    control = [step / 2 for step in range(n if n_control is None else n_control)]
    found = difference([10.0 + step for step in range(n)], control)
    number = place("treated", visit).visit_number
    return GroupDifference("arms", "treated", "placebo", "vertex", visit, number, DENSITY, method, found)


# ---- few found hair by hair


def test_few_found_hair_by_hair_are_named_with_what_to_read():
    some = summed(changes=(*both(3, 11), *both(6, 11, "placebo")))
    (told,) = few_sentences(some, AXIS)
    assert ": hair density, vertex, treated (week 24: 3 of 11). There, read the rows by subtraction" in told
    assert "placebo" not in told
    assert few_sentences(summed(changes=both(6, 12)), AXIS) == ()


def test_many_such_places_are_counted_and_visits_that_were_not_compared_are_told_elsewhere():
    some = [one for arm in "abcdefghi" for visit in ("week 12", "week 24") for one in both(1, 9, arm, visit)]
    assert "; and 3 more. There" in few_sentences(summed(changes=tuple(some)), AXIS)[0]
    assert "vertex, a (week 12: 1 of 9, week 24: 1 of 9);" in few_sentences(summed(changes=tuple(some)), AXIS)[0]
    assert few_sentences(summed(changes=both(0, 9)), AXIS) == ()


def test_width_is_named_where_density_is_not():
    def of_width(one: GroupChange) -> GroupChange:
        return replace(one, place=replace(one.place, parameter=WIDTH))

    widths = tuple(map(of_width, both(3, 11)))
    (told,) = few_sentences(summed(changes=(*both(3, 11), *widths)), AXIS)
    assert "hair width" not in told
    (told,) = few_sentences(summed(changes=(*both(8, 11), *widths)), AXIS)
    assert ": mean hair width, vertex, treated (week 24: 3 of 11). There," in told


def test_table_of_means_holds_both_changes_where_few_were_found_hair_by_hair():
    few = replace(falls(), changes=both(3, 11))
    (plot,) = change_plots(few, AXIS, {})
    assert plot.tables[0].columns[2] == ("How", False)
    assert [row[2:4] for row in cells(plot.tables[0])] == [["hair by hair", "3"], ["subtracted", "11"]]
    assert "n 11" not in plot.alt
    (plot,) = change_plots(replace(falls(), changes=both(6, 11)), AXIS, {})
    assert [row[2] for row in cells(plot.tables[0])] == ["6"]


def test_table_of_differences_holds_both_where_few_were_found_hair_by_hair():
    some = (between(2), between(5, "subtracted"), between(3, visit="week 12"), between(6, "subtracted", "week 12"))
    (table,) = difference_tables(summed(differences=some), AXIS)
    assert [(row[0].split("(")[1], row[2]) for row in cells(table)] == [
        ("hair by hair)", "week 24"),
        ("subtracted)", "week 24"),
        ("hair by hair)", "week 12"),
    ]


# ---- the result


def result(some: tuple[GroupDifference, ...], changes: tuple[GroupChange, ...] = ()) -> str:
    (told,) = result_sentences(summed(differences=some, changes=changes), AXIS)
    return told


def test_result_is_of_the_last_visit_with_two_in_both_groups():
    last = between(3, n_control=1)
    told = result((between(4, visit="week 12"), last))
    assert told.startswith(
        "Last visit with 2 subjects or more in both (week 12), vertex: the change of hair density in"
    )
    assert "n 4 and 4, found hair by hair." in told
    assert result((between(4, visit="week 12"), between(2))).startswith("Last visit (week 24), vertex: ")


def test_where_no_visit_has_two_in_both_groups_words_say_so():
    told = result((between(5, visit="week 12", n_control=1), between(3, n_control=0)))
    assert told == (
        "vertex: the change of hair density in treated less that in placebo is not told, as no visit has such a change "
        "of 2 subjects or more in both."
    )
    crossed = between(4)
    missing = replace(crossed.difference, estimate=Estimate.missing("subjects changed arms"))
    assert result((replace(crossed, difference=missing),)).endswith("is not told, as subjects changed arms.")


def test_result_is_by_subtraction_where_few_were_found_hair_by_hair():
    few, most = (between(3), between(8, "subtracted")), (between(4), between(8, "subtracted"))
    assert "n 8 and 8, found by subtraction, as few changes are known hair by hair." in result(few, both(3, 8))
    assert "n 4 and 4, found hair by hair." in result(most, both(4, 8))


# ---- control


def with_bare(*visits: str) -> StudySummary:
    """A study with a control, of which the treated arm had none at some visits."""
    some = [group(4, "matched", visit=visit) for visit in ("week 12", "week 24")]
    return replace(falls(), changes=tuple(replace(one, controlled=one.place.visit not in visits) for one in some))


def test_a_place_without_a_control_is_called_uncontrolled():
    (told,) = uncontrolled_sentences(with_bare("week 12", "week 24"), AXIS)
    assert told.startswith("Uncontrolled, as no control was photographed there: vertex, treated. ")
    (told,) = uncontrolled_sentences(with_bare("week 12"), AXIS)
    assert ": vertex, treated, week 12. " in told
    assert uncontrolled_sentences(with_bare(), AXIS) == ()
    nothing = replace(with_bare("week 12"), design=Design())
    assert uncontrolled_sentences(nothing, AXIS) == ()  # said of the whole page
    assert told in view_study(study(), with_bare("week 12")).sections[0].sentences


def test_responders_without_a_control_at_their_visit_are_called_so():
    (plot,) = waterfalls(with_bare("week 24"), AXIS, {})
    assert plot.sentences[0].startswith("treated, uncontrolled: of those")
    (plot,) = waterfalls(with_bare("week 12"), AXIS, {})
    assert plot.sentences[0].startswith("treated: of those")


def test_share_that_rose_stands_beside_that_of_the_control():
    treated, placebo = share(9, 12), share(2, 10)
    first = falls().responders[0]
    found = replace(first, increase=treated, control="placebo", beside_control=share_difference(treated, placebo))
    control = replace(first, arm="placebo", increase=placebo)
    (plot,) = waterfalls(replace(falls(), responders=(found, control)), AXIS, {})
    assert plot.sentences[0].endswith(
        "The share with an increase, less that in placebo, is +55 percentage points (95 % interval +13 to +77)."
    )
    assert "less that" not in plot.sentences[1]
    few = replace(control, increase=share(1, 4))
    (plot,) = waterfalls(replace(falls(), responders=(found, few)), AXIS, {})
    assert "less that" not in plot.sentences[0]
    crossed = replace(found, beside_control=Estimate.missing("subjects changed arms"))
    (plot,) = waterfalls(replace(falls(), responders=(crossed, control)), AXIS, {})
    assert plot.sentences[0].endswith("Increases are not compared with placebo, as subjects changed arms.")


def test_options_are_named_with_their_command():
    note = NO_CONTROL_NAMED.format("site (a, b)")
    (told,) = view_study(study(), summed(notes=(note,))).notes
    assert "'densitometer summarise OUT --control ARM'" in told
    assert "with --control" not in told


def test_panels_of_a_study_without_arms_name_the_site():
    some = replace(
        falls(),
        waterfall=tuple(replace(one, arm="") for one in falls().waterfall),
        changes=(),
        responders=(replace(falls().responders[0], arm="", mdc95_low=nan),),
    )
    axis = axis_of(study([{**one, "arm": ""} for one in rows()]))
    (plot,) = change_plots(some, axis, {})
    assert "vertex (3 subjects)" in words(plot)
    (plot,) = waterfalls(some, axis, {})
    assert "vertex (n 3)" in words(plot)
    assert plot.sentences[0].startswith("vertex: of those")


def test_caption_tells_why_a_change_beyond_the_error_can_be_within_it():
    for plot in (*change_plots(falls(), AXIS, {}), *waterfalls(falls(), AXIS, {})):
        assert "whose interval holds zero" in plot.caption


def test_table_of_differences_has_no_empty_column():
    one = replace(between(4), of="sites", within="")
    (table,) = difference_tables(summed(differences=(one,)), AXIS)
    assert [name for name, _ in table.columns][:2] == ["Change since the baseline of", "Visit"]
    assert all(cell for row in cells(table) for cell in row)
