"""The parts of the study page, from studies and summaries that are made by hand."""

from __future__ import annotations

import base64
import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import replace
from math import nan

from densitometer.dictionary import PHOTO_COLUMNS
from densitometer.report.study.axis import STYLES, axis_of
from densitometer.report.study.build import study_of_results, subject_numbers
from densitometer.report.study.change_band import change_plots
from densitometer.report.study.devices import devices_of
from densitometer.report.study.differences import difference_tables, p_value, result_sentences
from densitometer.report.study.flow import flow_of
from densitometer.report.study.parts import Plot, Table, interval
from densitometer.report.study.replicates import NEARER, ONE_VISIT, error_sentences, replicate_plots
from densitometer.report.study.skin import skin_plots
from densitometer.report.study.timelines import timelines
from densitometer.report.study.view import view_study
from densitometer.report.study.waterfall import waterfalls
from densitometer.results.rows import Cell
from densitometer.statistics import (
    Estimate,
    change,
    difference,
    icc_two_way,
    limits_of_agreement,
    repeatability_of,
    share,
    summary,
)
from densitometer.study.model import Study
from densitometer.summary.model import (
    Design,
    GroupChange,
    GroupDifference,
    GroupValue,
    Place,
    Responders,
    StudySummary,
    SubjectChange,
    SubjectValue,
    WithinVisit,
)
from densitometer.summary.parameter import Measured

DENSITY = Measured("density_per_cm2", "hair density", "hairs/cm²", "change_per_cm2")
REDNESS = Measured("redness_a", "redness of the skin", "CIELAB a*")
VISITS = {"baseline": 1.0, "week 12": 2.0, "week 24": 3.0}
DAYS = {"baseline": "2026-01-05", "week 12": "2026-03-30", "week 24": "2026-06-22"}
SVG = "{http://www.w3.org/2000/svg}"

Row = dict[str, Cell]


def row(subject: str, visit: str, site: str = "vertex", **cells: Cell) -> Row:
    """Row of photos.csv of a photograph that was measured."""
    name = f"{subject}/{site} {visit} {cells.get('replicate', '1')}.jpg"
    found: Row = {column.name: None for column in PHOTO_COLUMNS} | {
        "photo": name, "sha256": name, "status": "measured", "reason": "", "flags": "", "um_per_px": 4.0,
        "scale_source": "bar", "density_per_cm2": 150.0, "subject": subject, "site": site, "visit": visit,
        "visit_date": DAYS[visit], "replicate": "1", "arm": "treated" if subject < "S-2" else "placebo", "device": "A",
    }  # fmt: skip
    return found | cells


def rows() -> list[Row]:
    """Two subjects in two arms, three visits."""
    return [row(subject, visit) for subject in ("S-1", "S-2") for visit in VISITS]


def study(given: Sequence[Row] | None = None, changes: Sequence[Row] = ()) -> Study:
    found, reason = study_of_results(rows() if given is None else given, changes)
    assert found is not None, reason
    return found


def compared(subject: str, visit: str, comparable: int = 1, reason: str = "") -> Row:
    """Row of changes.csv."""
    names = {"baseline_photo": f"{subject}/vertex baseline 1.jpg", "followup_photo": f"{subject}/vertex {visit} 1.jpg"}
    return {**names, "comparable": comparable, "reason": reason, "change_per_cm2": 12.5 if comparable else None}


def place(arm: str, visit: str, parameter: Measured = DENSITY, site: str = "vertex") -> Place:
    return Place(arm, site, visit, VISITS[visit], parameter)


def value(subject: str, arm: str, visit: str, number: float, parameter: Measured = DENSITY) -> SubjectValue:
    first = visit == "baseline"
    return SubjectValue(place(arm, visit, parameter), subject, DAYS[visit], number, nan, first, not first, {}, 1, 1)


def changed(
    subject: str, arm: str, size: float, verdict: str, visit: str = "week 24", mdc95: float = 9.5
) -> SubjectChange:
    return SubjectChange(arm, "vertex", visit, VISITS[visit], subject, size, size - 4, size + 4, mdc95, verdict)


def summed(**parts: object) -> StudySummary:
    return replace(StudySummary(Design("placebo", "", "stated", ""), 2, 6, 6), **parts)  # type: ignore[arg-type]


def drawn(plot: Plot) -> ET.Element:
    """The plot as XML; it must be well formed, hold no style attribute and not be large."""
    svg = base64.b64decode(plot.image.removeprefix("data:image/svg+xml;base64,"))
    assert len(svg) < 300_000
    assert b"style=" not in svg
    return ET.fromstring(svg)


def words(plot: Plot) -> str:
    return " ".join("".join(one.itertext()) for one in drawn(plot).iter(f"{SVG}text"))


def cells(table: Table) -> list[list[str]]:
    return [[cell.text for cell in one] for one in table.rows]


# ---- building the study


def test_no_study_without_subjects_and_none_with_a_reason():
    bare = [{name: cell for name, cell in one.items() if name != "subject"} for one in rows()]
    assert study_of_results(bare) == (None, "")
    assert study_of_results([{**one, "subject": ""} for one in rows()]) == (None, "")
    found, reason = study_of_results([row("S-1", "baseline"), row("S-1", "week 12", "Vertex")])
    assert found is None
    assert reason.startswith("the study cannot be read: the site")
    assert "'vertex'" in reason and "'Vertex'" in reason


def test_subjects_are_numbered_in_the_order_of_the_study():
    some = study([row("S-10", "baseline"), row("S-9", "baseline"), row("S-2", "week 12"), row("S-2", "baseline")])
    assert subject_numbers(some) == {"S-2": 1, "S-9": 2, "S-10": 3}


# ---- flow


def test_flow_loses_photographs_step_by_step_and_says_why():
    given = rows()
    given[0] |= {"status": "not_measured", "reason": "it is blurred"}
    given.append({**row("S-3", "baseline"), "subject": "", "photo": "stray.jpg"})
    changes = [compared("S-2", "week 12"), compared("S-2", "week 24", 0, "S-2/vertex baseline 1.jpg has no scale")]
    steps = flow_of(study(given, changes))
    assert [(step.count, step.lost) for step in steps] == [(7, 0), (6, 1), (5, 1), (2, 3), (2, 0), (1, 1)]
    assert steps[1].reasons == (("it is blurred", 1),)
    assert dict(steps[3].reasons) == {
        "of the baseline itself": 1,
        "of a site without a measured baseline": 2,
    }
    assert steps[5].reasons == (("a photograph has no scale", 1),)
    for before, after in zip(steps, steps[1:], strict=False):
        assert before.count == after.count + after.lost


def test_flow_says_that_visits_were_not_compared():
    step = flow_of(study())[4]
    assert (step.count, step.lost) == (0, 4)
    assert step.reasons == (("visits have not been compared: run densitometer compare", 4),)


def test_rare_reasons_of_many_are_told_together():
    given = [row(f"S-{n}", "baseline", status="not_measured", reason=f"reason {n}") for n in range(100, 112)]
    reasons = flow_of(study(given))[1].reasons
    assert len(reasons) == 8
    assert reasons[-1] == ("5 other reasons, in the table of photographs", 5)


# ---- axis


def test_visits_stand_by_their_day_and_arms_keep_their_style():
    axis = axis_of(study())
    assert axis.by_date
    assert axis.places == {1.0: 0.0, 2.0: 0.5, 3.0: 1.0}
    assert axis.arms_of(["treated", "placebo"]) == [arm for arm in axis.arms if arm]
    assert axis.style_of("placebo") != axis.style_of("treated")
    assert len({(one["marker"], str(one["ls"])) for one in STYLES}) == len(STYLES)


def test_those_in_no_arm_are_called_so_where_there_are_arms():
    assert axis_of(study()).called("") == "In no arm"
    assert axis_of(study()).called("placebo") == "placebo"
    assert axis_of(study([{**one, "arm": ""} for one in rows()])).called("") == "All subjects"
    assert axis_of(study([{**one, "arm": ""} for one in rows()])).called("", "vertex") == "vertex"


def test_visits_without_dates_stand_evenly():
    axis = axis_of(study([{**one, "visit_date": ""} for one in rows()]))
    assert not axis.by_date
    assert list(axis.places.values()) == [0.0, 0.5, 1.0]


# ---- timelines


def lines(parameter: Measured = DENSITY) -> StudySummary:
    numbers = {"S-1": (150.25, 160.5, 171.0), "S-2": (140.0, nan, 139.0)}
    arms = {"S-1": "treated", "S-2": "placebo"}
    values = [
        value(subject, arms[subject], visit, number, parameter)
        for subject, some in numbers.items()
        for visit, number in zip(VISITS, some, strict=True)
    ]
    groups = [
        GroupValue(one.place, one.is_baseline, 1, 0, int(one.value != one.value), summary([one.value]))
        for one in values
    ]
    return summed(values=tuple(values), groups=tuple(groups))


def test_timelines_hold_every_number_in_words_and_tables():
    (plot,) = timelines(lines(), axis_of(study()), {"S-1": 1, "S-2": 2})
    assert plot.title == "Hair density, hairs/cm², vertex"
    assert "Mean, treated: baseline 150.2 (n 1), week 12 160.5 (n 1), week 24 171.0 (n 1)." in plot.alt
    by_visit, by_subject = plot.tables
    assert cells(by_subject) == [
        ["S-1", "treated", "150.2", "160.5", "171.0"],
        ["S-2", "placebo", "140.0", "", "139.0"],
    ]
    assert by_subject.rows[1][0].url == "subjects.html#s2"
    assert ["treated", "week 24", "1", "0", "0", "171.0", "", "171.0"] in cells(by_visit)
    assert ["placebo", "week 12", "0", "0", "1", "", "", ""] in cells(by_visit)
    for word in ("treated (1 subject)", "placebo (1 subject)", "baseline", "week 24"):
        assert word in words(plot)


def test_arms_differ_by_marker_and_dashes_not_by_colour_alone():
    (plot,) = timelines(lines(), axis_of(study()), {})
    paths = [one.attrib for one in drawn(plot).iter(f"{SVG}path") if "stroke-dasharray" in one.attrib]
    assert paths


def test_nothing_measured_is_not_plotted():
    nothing = summed(values=(value("S-1", "treated", "baseline", nan),))
    assert timelines(nothing, axis_of(study()), {}) == ()


def test_skin_is_plotted_from_its_own_parameters_alone():
    assert skin_plots(lines(), axis_of(study()), {}) == ()
    (plot,) = skin_plots(lines(REDNESS), axis_of(study()), {})
    assert plot.title.startswith("Redness of the skin, CIELAB a*")


def test_plots_of_many_subjects_stay_small_and_leave_out_their_tables():
    many = 300
    values, falls = [], []
    for number in range(many):
        code, arm = f"S-{number:03d}", "treated" if number % 2 else "placebo"
        values += [value(code, arm, visit, 100 + number / 7) for visit in VISITS]
        verdict = ("increase", "within_error", "decrease")[number % 3]
        falls += [changed(code, arm, number / 9 - 10, verdict, visit) for visit in list(VISITS)[1:]]
    axis = axis_of(study())
    whole = summed(values=tuple(values), waterfall=tuple(falls))
    for plot in (*timelines(whole, axis, {}), *change_plots(whole, axis, {}), *waterfalls(whole, axis, {})):
        drawn(plot)
        assert "By subject" not in [one.caption for one in plot.tables]
        assert "by subject" in plot.sentences[-1]


# ---- changes and responders


def falls() -> StudySummary:
    some = (
        changed("S-1", "treated", 14.25, "increase"),
        changed("S-3", "treated", -11.0, "decrease"),
        changed("S-5", "treated", 3.0, "within_error", mdc95=7.0),
        changed("S-1", "treated", 6.0, "within_error", "week 12"),
        changed("S-7", "treated", nan, "not_comparable"),
    )
    mean = GroupChange(place("treated", "week 24"), "matched", 4, change([100] * 3, [114.25, 89, 103]), True)
    shares = [share(count, 3) for count in (1, 1, 1)]
    told = Responders(
        "treated", "vertex", "week 24", 3.0, *shares, not_comparable=1, expected=6, missed=2, mdc95_low=7.0,
        mdc95_high=9.5, mdc95_source="replicates",
    )  # fmt: skip
    return summed(waterfall=some, changes=(mean,), responders=(told,))


def test_change_plot_tells_each_change_with_its_verdict():
    (plot,) = change_plots(falls(), axis_of(study()), {"S-1": 1})
    assert "MDC95 (7.0 to 9.5 hairs/cm²" in plot.caption
    means, subjects = plot.tables
    assert cells(means) == [["treated", "week 24", "3", "1", "+2.1 (−29.3 to +33.5)", "12.6", "+2.1 (−29.3 to +33.5)"]]
    assert ["S-1", "treated", "week 24", "increase", "+14.2 (+10.2 to +18.2)", "9.5"] in cells(subjects)
    assert len(subjects.rows) == 4


def test_waterfall_is_of_the_last_visit_and_sorted():
    (plot,) = waterfalls(falls(), axis_of(study()), {})
    assert [one[0] for one in cells(plot.tables[0])] == ["S-1", "S-5", "S-3"]
    assert plot.sentences == (
        "treated: of those with a verdict 1 of 3 had an increase beyond the error, 1 of 3 a decrease, and 1 of 3 a "
        "change within error (6 expected, 2 without a photograph of this visit, 1 not to be compared, 3 with a "
        "verdict). MDC95 7.0 to 9.5 hairs/cm², from the replicates of this study.",
    )
    rendered = replace(falls().responders[0], mdc95_high=7.0, mdc95_source="validated")
    (plot,) = waterfalls(replace(falls(), responders=(rendered,)), axis_of(study()), {})
    assert plot.sentences[0].endswith("MDC95 7.0 hairs/cm², from rendered scalps, because replicates are too few.")
    nobody = replace(rendered, increase=share(0, 0), not_comparable=4, mdc95_low=nan)
    (plot,) = waterfalls(replace(falls(), responders=(nobody,)), axis_of(study()), {})
    assert plot.sentences == (
        "treated: nobody has a verdict at this visit (6 expected, 2 without a photograph of this visit, 4 not to be "
        "compared, 0 with a verdict).",
    )
    many = [share(count, 12) for count in (9, 0, 3)]
    told = replace(falls(), responders=(replace(falls().responders[0], increase=many[0], decrease=many[1]),))
    (plot,) = waterfalls(told, axis_of(study()), {})
    assert "9 of 12 (75 %, 95 % interval 47 to 91 %) had an increase" in plot.sentences[0]
    assert "0 of 12 (0 %, 95 % interval 0 to 24 %) a decrease" in plot.sentences[0]


def test_one_bar_is_no_waterfall_and_one_visit_no_timeline():
    one = replace(falls(), waterfall=(changed("S-1", "treated", 14.25, "increase"),))
    (plot,) = waterfalls(one, axis_of(study()), {})
    assert plot.image == ""
    assert len(plot.tables[0].rows) == 1
    values = tuple(some for some in lines().values if some.is_baseline)
    (plot,) = timelines(replace(lines(), values=values), axis_of(study()), {})
    assert plot.image == ""
    assert plot.tables[1].rows


def test_waterfall_names_subjects_by_the_end_of_their_codes():
    some = tuple(replace(one, subject=f"TRIAL-0815-{one.subject}") for one in falls().waterfall)
    (plot,) = waterfalls(replace(falls(), waterfall=some), axis_of(study()), {})
    assert "…L-0815-S-5" in words(plot)
    assert any("url(#" in one.get("fill", "") for one in drawn(plot).iter(f"{SVG}path"))


def test_differences_stand_in_tables_with_their_p():
    found = difference([14.0, 16.0, 18.0], [1.0, 2.0, 3.5])
    one = GroupDifference("arms", "treated", "placebo", "vertex", "week 24", 3.0, DENSITY, "matched", found)
    rest = replace(one, method="subtracted"), replace(one, difference=difference([14.0], [1.0]), visit="week 12")
    (table,) = difference_tables(summed(differences=(one, *rest)), axis_of(study()))
    value_of = found.estimate
    assert table.caption == "Treated arm less control arm: treated less placebo"
    assert cells(table) == [
        ["hair density, hairs/cm² (hair by hair)", "vertex", "week 24", "3 and 3",
         interval(value_of, 1, sign=True), p_value(found.p)]
    ]  # fmt: skip
    assert result_sentences(summed(differences=(one, *rest)), axis_of(study())) == (
        "Last visit (week 24), vertex: the change of hair density in treated less that in placebo is "
        f"{interval(value_of, 1, sign=True).replace('(', '(95 % interval ')} hairs/cm², n 3 and 3, found hair by hair.",
    )
    (table,) = difference_tables(summed(differences=rest[:1]), axis_of(study()))
    assert [row[0] for row in cells(table)] == ["hair density, hairs/cm² (subtracted)"]
    assert re.fullmatch(r"\+13\.8 \(\+\d+\.\d to \+\d+\.\d\)", interval(value_of, 1, sign=True))
    assert p_value(0.0001) == "< 0.001"
    assert p_value(nan) == ""


# ---- replicates


def test_replicates_are_told_in_words_and_plotted():
    first, second = [100.0, 120.0, 140.0, 90.0], [104.0, 117.0, 141.0, 96.0]
    pairs = tuple(zip(first, second, strict=True))
    found = repeatability_of(pairs)
    one = WithinVisit(
        DENSITY, "subtracted", found, None, found.mdc95, icc_two_way(pairs), limits_of_agreement(first, second), pairs,
        subjects=3,
    )  # fmt: skip
    lone = WithinVisit(DENSITY, "matched", None, Estimate.missing("3 pairs are needed"), nan, None, None)
    some = summed(repeatability=(one, lone))
    told, missing, one_visit = error_sentences(some)
    assert one_visit == ONE_VISIT
    for words_of in (
        "SEM) 2.78 (",
        "CV) 2.9 %",
        "MDC95) 7.7 hairs/cm²",
        "ICC(2,1)) 0.9",
        "), of one pair a subject (from 8 photographs of 4 visits of 3 subjects, all sites and visits together",
    ):
        assert words_of in told
    assert missing.endswith("is not known, as no two replicates of one visit were matched hair by hair.")
    few = replace(some, repeatability=(replace(lone, matched_pairs=2),))
    assert error_sentences(few)[0].endswith("is not known, as 3 pairs are needed.")
    (plot,) = replicate_plots(some)
    assert "Bias +2.0 (" in plot.sentences[0]
    assert cells(plot.tables[0])[1] == ["2", "120.0", "117.0", "−3.0"]
    assert "lower limit" in words(plot)


def test_spread_of_a_control_stands_beside_the_error_of_one_visit():
    sem = Estimate(2.0, 1.5, 3.0)
    one = WithinVisit(DENSITY, "matched", None, sem, 5.5, None, None, matched_pairs=12, subjects=10)
    spread = change([100] * 3, [104.0, 96.0, 100.0])
    control = GroupChange(place("placebo", "week 12"), "matched", 4, spread, True)
    alone = replace(control, place=place("placebo", "week 24"), change=change([100], [104.0]))
    treated = replace(control, place=place("treated", "week 12"))
    some = summed(repeatability=(one,), changes=(control, alone, treated, replace(control, method="subtracted")))
    told, *rest = error_sentences(some)
    assert "MDC95) 5.5 hairs/cm² (from 12 matched pairs of 10 subjects, all sites and visits together)." in told
    where = "Control (placebo, vertex, week 12)"
    assert rest == [ONE_VISIT, f"{where}: SD of the change 4.0 hairs/cm², n 3, hair by hair.", NEARER]
    assert error_sentences(replace(some, design=Design()))[1:] == (ONE_VISIT,)
    by_site = replace(some, design=Design(control_site="vertex"))
    assert len([line for line in error_sentences(by_site) if line.startswith("Control (")]) == 2


# ---- devices


def test_devices_and_scales_that_do_not_agree_are_named():
    given = rows()
    given[1] |= {"um_per_px": 4.2, "device": "B"}
    given[2] |= {"um_per_px": 4.07}
    given[4] |= {"um_per_px": None, "scale_source": "none"}
    found = devices_of(study(given), {"S-1": 1}, {"S-1/vertex week 12 1.jpg": 7})
    assert cells(found.devices) == [
        ["A", "scale bar 4, none 1", "5", "5", "1", "4", "4", "4.07"],
        ["B", "scale bar 1", "1", "1", "0", "4.2", "4.2", "4.2"],
    ]
    assert found.differing is not None and found.mixed is not None
    assert cells(found.differing) == [["S-1", "vertex", "week 12", "S-1/vertex week 12 1.jpg", "4", "4.2", "+5.0"]]
    assert found.differing.rows[0][3].url == "#r7"
    assert cells(found.mixed) == [["S-1", "vertex", "A: 2, B: 1"]]
    assert found.sentences[0] == "1 measured photograph without a scale, so without a density."
    given[4] |= {"um_per_px": 8.2, "scale_source": "bar"}
    assert "A was used at scales from 4 to 8.2 µm/px" in devices_of(study(given), {}, {}).sentences[-1]


def test_devices_that_agree_are_said_to():
    found = devices_of(study(), {}, {})
    assert found.differing is None and found.mixed is None
    assert found.sentences[0] == "Every measured photograph has a scale."
    unnamed = devices_of(study([{**one, "device": ""} for one in rows()]), {}, {})
    assert "names no device" in unnamed.sentences[2]


# ---- the whole


def test_uncontrolled_is_said_where_nothing_is_a_control():
    bare = replace(falls(), design=Design(), notes=("A note.",))
    titles = [part.title for part in view_study(study(), bare).sections]
    assert titles == ["Change since the baseline, uncontrolled", "Who changed by more than error, uncontrolled"]
    assert view_study(study(), bare).notes == ("A note.",)
    assert any(
        "only the difference from a control can be" in line for line in view_study(study(), bare).sections[0].sentences
    )
    assert [part.title for part in view_study(study(), falls()).sections] == [
        "Change since the baseline",
        "Who changed by more than error",
    ]


def test_parts_without_anything_to_show_are_left_out():
    view = view_study(study(), summed())
    assert view.sections == ()
    assert "Visits: baseline, week 12, week 24." in view.gist
    assert "Dates of the visits: 2026-01-05 to 2026-06-22." in view.gist


def test_same_study_gives_the_same_view():
    assert view_study(study(), falls()) == view_study(study(), falls())


def test_hostile_labels_do_not_stop_a_plot():
    arm = "$x^{2 \x07<b>\u202e"
    some = replace(falls(), waterfall=tuple(replace(one, arm=arm) for one in falls().waterfall))
    given = study([{**one, "arm": arm.replace("\x07", "")} for one in rows()])
    axis = replace(axis_of(given), arms=(arm, ""))
    (plot,) = waterfalls(some, axis, {})
    assert "$x^{2" in words(plot)
    assert "\u202e" not in words(plot)
