from __future__ import annotations

import csv
import io
from dataclasses import replace
from math import nan
from pathlib import Path

import pytest
from scipy.stats import ttest_ind

from densitometer.results.rows import Cell
from densitometer.results.tables import csv_pieces
from densitometer.statistics import Estimate, change, difference, limits_of_pairs, repeatability_of, share, summary
from densitometer.statistics.icc import icc_two_way
from densitometer.summary.literature import EFFECTS
from densitometer.summary.measured import PARAMETERS
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
from densitometer.summary.model_row import ModelRow
from densitometer.summary.tables import facts_of, tables_of, unit_of

DOCUMENT = Path(__file__).parent.parent / "docs" / "summarise.md"
DENSITY = PARAMETERS[0]
WIDTH = next(one for one in PARAMETERS if one.name == "mean_width_um")
WEEK_24 = Place("Verum", "=Stirn", "week 24", 4.0, DENSITY)
FIRST, SECOND = [100.0, 120.0, nan, 140.0], [110.0, 126.0, 130.0, 149.0]
CELL = ModelRow("Stirn", "Verum", "week 24", 4.0, DENSITY, "matched", 3, 7, Estimate(8, 6, 10), Estimate(5, 1, 9),
                "Placebo", "mixed model", None, 0.9, 4.5, 1.8, 7.25, 0.02)  # fmt: skip
NOT_FITTED = replace(CELL, arm="", visit="", visit_number=nan, n=0, subjects=0, mean=Estimate.missing("singular"),
                     difference=None, control="", fitted="", reason="singular", mean_error=nan, mean_freedom=nan,
                     difference_error=nan, difference_freedom=nan, p=nan)  # fmt: skip
REPLICATES = [[100.0, 104.0], [120.0, 118.0], [140.0, 147.0]]
STUDY = StudySummary(
    Design("Placebo", "", "stated", ""), 4, 9, 8,
    values=(SubjectValue(WEEK_24, "S-1", "2026-01-02", 110.0, 100.0, False, True, {"subtracted": 10.0}, 2, 1),),
    groups=(GroupValue(WEEK_24, False, 5, 1, 1, summary(FIRST)),),
    changes=(GroupChange(WEEK_24, "subtracted", 5, change(FIRST, SECOND), False),),
    differences=(GroupDifference("arms", "Verum", "Placebo", "Stirn", "week 24", 4.0, DENSITY, "matched",
                                 difference([10, 12, 17], [1, 0])),),
    models=(CELL, NOT_FITTED),
    responders=(Responders("Verum", "Stirn", "week 24", 4.0, share(1, 4), share(0, 4), share(3, 4), 2),),
    waterfall=(SubjectChange("Verum", "Stirn", "week 24", 4.0, "S-1", 10.0, 2.0, 18.0, 9.5, "increase"),),
    repeatability=(
        WithinVisit(DENSITY, "matched", None, Estimate(4, 3, 5), 11.1, None, None),
        WithinVisit(DENSITY, "subtracted", repeatability_of(REPLICATES), None, 9.0, icc_two_way(REPLICATES),
                    limits_of_pairs([[4.0], [-2.0], [7.0]]), copies=3),
    ),
    without_baseline=2,
    notes=("Mind this.",),
)  # fmt: skip


def rows(name: str, study: StudySummary = STUDY) -> list[dict[str, Cell]]:
    table = next(one for one in tables_of(study) if one.name == name)
    names = [column.name for column in table.columns]
    return [dict(zip(names, row, strict=True)) for row in table.rows]


@pytest.mark.parametrize("study", [STUDY, StudySummary(Design(), 0, 0, 0)], ids=["whole", "empty"])
def test_every_row_has_a_cell_for_every_column(study: StudySummary) -> None:
    for table in tables_of(study):
        names = [column.name for column in table.columns]
        assert len(names) == len(set(names)), table.name
        assert {len(row) for row in table.rows} <= {len(names)}, table.name
        text = b"".join(csv_pieces(table.columns, table.rows)).decode()
        assert list(csv.reader(io.StringIO(text)))[0] == names
        assert "nan" not in text and "None" not in text, table.name


def test_texts_are_of_those_that_are_allowed() -> None:
    for table in tables_of(STUDY):
        for place, column in enumerate(table.columns):
            found = {row[place] for row in table.rows}
            assert not column.allowed or found <= set(column.allowed), (table.name, column.name)


def test_values_of_a_group() -> None:
    (row,) = rows("group_values")
    assert (row["n"], row["expected"], row["missed"], row["not_measured"]) == (3, 5, 1, 1)
    assert (row["mean"], row["sd"], row["median"]) == (120.0, 20.0, 120.0)
    assert row["mean_low"] == pytest.approx(120 - 4.30265 * 20 / 3**0.5, abs=1e-3)
    assert (row["median_low"], row["median_reason"]) == (None, "too few values for an interval of the median")
    assert (row["unit"], row["parameter"], row["baseline"]) == ("hairs/cm2", "density_per_cm2", "false")


def test_changes_of_a_group() -> None:
    (row,) = rows("group_changes")
    assert (row["n"], row["not_measured"], row["expected"], row["controlled"]) == (3, 1, 5, "false")
    assert (row["baseline_mean"], row["change_mean"]) == (120.0, pytest.approx(25 / 3))
    assert row["percent_of_means"] == pytest.approx(100 * 25 / 360)
    assert row["mean_of_percents"] == pytest.approx((10 + 5 + 100 * 9 / 140) / 3)
    assert (row["change_reason"], row["change_median_low"]) == ("", None)
    assert row["change_low"] < row["change_mean"] < row["change_high"]  # type: ignore[operator]


def test_a_difference() -> None:
    (row,) = rows("group_differences")
    assert (row["compared"], row["first"], row["second"], row["within"]) == ("arms", "Verum", "Placebo", "Stirn")
    assert (row["n_first"], row["n_second"], row["difference"]) == (3, 2, 12.5)
    assert (row["p"], row["reason"]) == (pytest.approx(ttest_ind([10, 12, 17], [1, 0], equal_var=False).pvalue), "")


def test_a_model_and_one_that_could_not_be_fitted() -> None:
    fitted, none = rows("model")
    assert (fitted["mean"], fitted["mean_low"], fitted["mean_high"]) == (8, 6, 10)
    assert (fitted["difference"], fitted["difference_low"], fitted["p"], fitted["control"]) == (5, 1, 0.02, "Placebo")
    assert (fitted["mean_se"], fitted["mean_df"]) == (0.9, 4.5)
    assert (fitted["difference_se"], fitted["difference_df"]) == (1.8, 7.25)
    assert none["mean_se"] is none["mean_df"] is none["difference_se"] is none["difference_df"] is None
    assert none["reason"] == "singular" and none["mean"] is none["difference"] is none["p"] is None
    assert none["visit_number"] is None and none["difference_reason"] == ""


def test_responders_and_what_they_are_counted_from() -> None:
    (row,) = rows("responders")
    assert (row["n"], row["not_comparable"]) == (4, 2)
    assert (row["increase_count"], row["increase_share"], row["within_error_count"]) == (1, 0.25, 3)
    assert (row["decrease_count"], row["decrease_share"]) == (0, 0.0)  # of those who were measured nobody fell
    nobody = replace(STUDY, responders=(Responders("", "", "v", 2.0, share(0, 0), share(0, 0), share(0, 0), 2),))
    (row,) = rows("responders", nobody)
    assert row["increase_count"] is row["increase_share"] is row["decrease_count"] is None and row["reason"]


def test_a_subject() -> None:
    (value,), (changed,) = rows("subject_values"), rows("subject_changes")
    assert (value["value"], value["baseline_value"], value["change_subtracted"]) == (110.0, 100.0, 10.0)
    assert value["change_matched"] is value["matched_baseline"] is None
    assert (value["photographs"], value["measured"], value["later"]) == (2, 1, "true")
    assert (changed["change_per_cm2"], changed["change_low_per_cm2"], changed["mdc95_per_cm2"]) == (10.0, 2.0, 9.5)


def test_the_error_of_measurement() -> None:
    matched, plain = rows("repeatability")
    assert (matched["sem"], matched["mdc95"], matched["icc_2_1"], matched["pairs"]) == (4, 11.1, None, None)
    squares = 4**2 / 2 + 2**2 / 2 + 7**2 / 2
    assert plain["sem"] == pytest.approx((squares / 3) ** 0.5)
    assert (plain["groups"], plain["measurements"], plain["degrees_of_freedom"]) == (3, 6, 3)
    assert (plain["bias"], plain["pairs"], plain["copies"]) == (3.0, 3, 3)
    half = 1.96 * 21**0.5
    assert (plain["limit_low"], plain["limit_high"]) == pytest.approx((3 - half, 3 + half))


def test_published_effects_are_all_there() -> None:
    found = rows("effect_sizes")
    assert [row["trial"] for row in found] == [one.trial for one in EFFECTS]
    assert all(row["source"] for row in found)


def test_units_are_spelt_as_in_photos_csv() -> None:
    assert (unit_of(DENSITY), unit_of(WIDTH)) == ("hairs/cm2", "um")
    assert all(unit_of(one).isascii() for one in PARAMETERS)


def test_a_label_that_a_spreadsheet_would_run_is_text() -> None:
    table = tables_of(STUDY)[0]
    assert b"\n'=Stirn,Verum,week 24,4," in b"".join(csv_pieces(table.columns, table.rows))


def test_facts_hold_design_and_notes() -> None:
    facts = facts_of(STUDY)
    assert (facts["notes"], facts["subjects_and_sites_without_baseline"]) == (["Mind this."], 2)
    assert facts["design"] == {
        "control_arm": "Placebo", "control_site": "", "arm_named_by": "stated", "site_named_by": "", "controlled": True,
    }  # fmt: skip


def test_the_documents_tell_every_column() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    for table in tables_of(STUDY):
        part = text[text.index(f"### {table.name}.csv") :].split("\n### ")[0]
        told = [line.split("|")[1:5] for line in part.splitlines() if line.startswith("| `")]
        assert [name.strip(" `") for name, *_ in told] == [column.name for column in table.columns]
        for (_, kind, _, meaning), column in zip(told, table.columns, strict=True):
            assert kind.strip() == column.type and column.meaning in meaning, column.name
