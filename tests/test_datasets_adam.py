from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace

import pytest

from densitometer.datasets.cdisc.adam import adhair, files, package
from densitometer.datasets.cdisc.dataset import Dataset, Value
from densitometer.errors import StudyError
from densitometer.study.model import Arm, Photograph, Row, Site, Study, StudyVisit
from densitometer.study.study_file import About, SiteFacts
from densitometer.study.subjects import Subject
from small_study import measured, photograph, refused, study

CHANGE: Row = {
    **{"baseline_photo": "P1-1.jpg", "change_per_cm2": 7.5, "verdict": "increase"},
    **{"mdc95_per_cm2": 4.25, "mdc95_source": "validated"},
}


def told(dataset: Dataset) -> list[dict[str, Value]]:
    names = [variable.name for variable in dataset.variables]
    return [dict(zip(names, row, strict=True)) for row in dataset.rows]


def of(dataset: Dataset, code: str) -> list[dict[str, Value]]:
    return [row for row in told(dataset) if row["PARAMCD"] == code]


def shot(subject: str, visit: int, density: float, replicate: int = 1, **changed: object) -> Photograph:
    """A photograph with this density."""
    name = f"{subject}-{visit}.jpg" if replicate == 1 else f"{subject}-{visit}-{replicate}.jpg"
    one = photograph(measured(name, density_per_cm2=density), subject, visit=visit)
    return replace(one, replicate=replicate, **changed)  # type: ignore[arg-type]


def pairs(*differences: float) -> list[Photograph]:
    """Two photographs at the baseline of each subject, so far apart."""
    shots = []
    for number, difference in enumerate(differences, start=1):
        shots += [shot(f"P{number}", 1, 100.0), shot(f"P{number}", 1, 100 + difference, 2)]
    return shots


def numbered(*photographs: Photograph, changes: Mapping[str, Row] | None = None) -> Study:
    """Study of these photographs, by subject and visit."""
    in_order = sorted(photographs, key=lambda one: (one.subject.code, one.visit.number if one.visit else 0))
    return study(*in_order, changes=dict(changes or {}))


def test_change_from_a_single_baseline() -> None:
    rows = of(adhair(numbered(shot("P1", 1, 100.0), shot("P1", 2, 112.5), shot("P1", 3, 90.1))), "HAIRDENS")
    assert [(row["AVAL"], row["BASE"], row["CHG"], row["PCHG"], row["ABLFL"]) for row in rows] == [
        (100.0, 100.0, None, None, "Y"),
        (112.5, 100.0, 12.5, 12.5, None),
        (90.1, 100.0, -9.9, -9.9, None),
    ]
    assert {row["ANL01FL"] for row in rows} == {"Y"}
    assert {row["DTYPE"] for row in rows} == {None}
    assert {(row["SRCDOM"], row["SRCVAR"]) for row in rows} == {("IG", "IGSTRESN")}


def test_one_site_keeps_the_test_codes() -> None:
    rows = told(adhair(numbered(shot("P1", 1, 100.0))))
    assert {(row["PARAMCD"], row["PARAM"]) for row in rows} >= {
        ("HAIRCNT", "Hair Count"),
        ("HAIRDENS", "Hair Density (/cm2)"),
        ("SGLFUPCT", "Follicular Units with One Hair (%)"),
    }


def test_codes_of_several_sites_end_in_their_number() -> None:
    sites = Site(1, ""), Site(2, "vertex", SiteFacts(direction="SUPERIOR"))
    shots = [replace(shot("P1", 1, 100.0 + site.number), site=site) for site in sites]
    rows = told(adhair(numbered(*shots)))
    density = {row["PARAMCD"]: row for row in rows if str(row["PARAM"]).startswith("Hair Density")}
    assert {code: row["PARAM"] for code, row in density.items()} == {
        "HDENS01": "Hair Density (/cm2)",
        "HDENS02": "Hair Density (/cm2), vertex",
    }
    assert [row["IGDIR"] for row in density.values()] == [None, "SUPERIOR"]


def test_more_sites_than_codes_are_refused() -> None:
    shots = [replace(shot("P1", 1, 100.0), site=Site(number, f"site {number}")) for number in range(1, 101)]
    with pytest.raises(StudyError, match="room for 99 sites.*'site 100'.*in parts"):
        adhair(numbered(*shots))


def test_average_is_analysed_and_replicates_stay() -> None:
    rows = of(adhair(numbered(*pairs(0.7), shot("P1", 2, 103.0))), "HAIRDENS")
    assert [(row["AVAL"], row["DTYPE"], row["ANL01FL"], row["ABLFL"], row["IGREPNUM"]) for row in rows] == [
        (100.0, None, None, None, 1),
        (100.7, None, None, None, 2),
        (100.35, "AVERAGE", "Y", "Y", None),
        (103.0, None, "Y", None, 1),
    ]
    assert {row["BASE"] for row in rows} == {100.35}
    assert rows[3]["CHG"] == 2.65, "rounded, without the dust of floating point"


def test_average_is_dated_by_the_last_photograph() -> None:
    later = shot("P1", 2, 104.0, 2, date="2026-02-14")
    rows = of(adhair(numbered(shot("P1", 1, 100.0), shot("P1", 2, 102.0), later)), "HAIRDENS")
    assert [(row["DTYPE"], row["ADT"], row["ADY"]) for row in rows[1:]] == [
        (None, 24149, 32), (None, 24151, 34), ("AVERAGE", 24151, 34),
    ]  # fmt: skip


def test_error_comes_from_five_visits_with_replicates() -> None:
    enough = numbered(*pairs(2.0, 2.0, 4.0, 2.0, 0.0), shot("P1", 2, 111.0), shot("P5", 2, 101.0))
    rows = {row["SUBJID"]: row for row in of(adhair(enough), "HAIRDENS") if row["AVISITN"] == 2}
    # Mean square (2 + 2 + 8 + 2 + 0) / 5; the baseline is the mean of two, the later visit a single photograph.
    mdc95 = 1.959964 * (14 / 5) ** 0.5 * 1.5**0.5
    assert rows["P1"]["MDC95"] == pytest.approx(mdc95)
    assert (rows["P1"]["CHG"], rows["P1"]["CRIT1FL"]) == (10.0, "Y")
    assert (rows["P5"]["CHG"], rows["P5"]["CRIT1FL"]) == (1.0, "N")
    assert {row["CRIT1"] for row in of(adhair(enough), "HAIRDENS")} == {"|CHG| >= MDC95"}


@pytest.mark.parametrize("differences", [(2.0, 2.0, 4.0, 2.0), (0.0,) * 6])
def test_no_criterion_without_a_known_error(differences: tuple[float, ...]) -> None:
    rows = of(adhair(numbered(*pairs(*differences), shot("P1", 2, 150.0))), "HAIRDENS")
    assert {(row["CRIT1"], row["CRIT1FL"], row["MDC95"]) for row in rows} == {(None, None, None)}


def test_copies_of_one_file_tell_no_error() -> None:
    shots = pairs(2.0, 2.0, 4.0, 2.0, 2.0)
    copies = [replace(one, row={**one.row, "sha256": one.subject.code}) for one in shots]
    assert {row["MDC95"] for row in of(adhair(numbered(*copies, shot("P1", 2, 150.0))), "HAIRDENS")} == {None}
    rows = of(adhair(numbered(*shots, shot("P1", 2, 150.0))), "HAIRDENS")
    assert rows[3]["MDC95"] is not None


def test_copies_of_one_file_detect_no_smaller_change() -> None:
    later = [shot("P1", 2, 149.0), shot("P1", 2, 151.0, 2)]
    copies = [replace(one, row={**one.row, "sha256": "ee" * 32}) for one in later]
    changes = {one.name: CHANGE for one in later}
    found: dict[str, list[float]] = {"HAIRDENS": [], "HAIRDENM": []}
    for shots in (later, copies):
        dataset = adhair(numbered(*pairs(*[2.0] * 5), *shots, changes=changes))
        for code, mdc95 in found.items():
            mdc95 += [float(str(row["MDC95"])) for row in of(dataset, code) if row["DTYPE"] and row["AVISITN"] == 2]
    single = 1.959964 * 2**0.5
    assert found["HAIRDENS"] == pytest.approx([single * (1 / 2 + 1 / 2) ** 0.5, single * (1 / 2 + 1) ** 0.5])
    assert found["HAIRDENM"] == pytest.approx([4.25 * ((1 + 1 / 2) / 2) ** 0.5, 4.25]), "all with one of the baseline"


def test_what_was_taken_on_another_day_is_no_replicate() -> None:
    shots = pairs(2.0, 2.0, 2.0, 2.0, 2.0)
    other_day = [*shots[:-1], replace(shots[-1], date="2026-01-13")]
    after = [*shots[:-1], replace(shots[-1], baseline=False, later=True)]
    known = [adhair(numbered(*some, shot("P1", 2, 150.0))) for some in (shots, other_day, after)]
    told = [{row["MDC95"] is not None for row in of(one, "HAIRDENS") if row["AVISITN"] == 2} for one in known]
    assert told == [{True}, {False}, {False}], "five visits with replicates, or four"


def test_replicate_without_the_number_is_left_out_of_the_average() -> None:
    unscaled = shot("P1", 2, 0.0, 2)
    unscaled = replace(unscaled, row={**unscaled.row, "density_per_cm2": None})
    rows = told(adhair(numbered(shot("P1", 1, 100.0), shot("P1", 2, 102.0), unscaled)))
    of_visit = [(row["PARAMCD"], row["AVAL"], row["DTYPE"]) for row in rows if row["AVISITN"] == 2]
    assert [row for row in of_visit if row[0] == "HAIRDENS"] == [("HAIRDENS", 102.0, None)]
    assert [row for row in of_visit if row[0] == "HAIRCNT"] == [
        ("HAIRCNT", 61.0, None), ("HAIRCNT", 61.0, None), ("HAIRCNT", 61.0, "AVERAGE"),
    ]  # fmt: skip


def test_baseline_that_was_not_measured_leaves_the_change_empty() -> None:
    lost = photograph(refused("P1-1.jpg"), "P1")
    rows = of(adhair(numbered(lost, shot("P1", 2, 111.0))), "HAIRDENS")
    assert [(row["AVAL"], row["BASE"], row["CHG"], row["ABLFL"], row["ANL01FL"]) for row in rows] == [
        (111.0, None, None, None, "Y")
    ]


def test_visit_before_the_baseline_has_no_change() -> None:
    screening = shot("P1", 1, 90.0, baseline=False)
    base = shot("P1", 2, 100.0, baseline=True, later=False)
    rows = of(adhair(numbered(screening, base, shot("P1", 3, 120.0))), "HAIRDENS")
    assert [(row["BASE"], row["CHG"], row["ABLFL"]) for row in rows] == [
        (100.0, None, None), (100.0, None, "Y"), (100.0, 20.0, None),
    ]  # fmt: skip


def test_photographs_of_the_baseline_visit_after_treatment_are_not_averaged() -> None:
    before, after = shot("P1", 1, 100.0, baseline=True), shot("P1", 1, 120.0, 2, baseline=False)
    rows = of(adhair(numbered(before, after)), "HAIRDENS")
    assert [(row["AVAL"], row["ANL01FL"], row["ABLFL"]) for row in rows] == [(100.0, "Y", "Y"), (120.0, None, None)]


def test_baseline_of_zero_has_no_percent_change() -> None:
    rows = of(adhair(numbered(shot("P1", 1, 0.0), shot("P1", 2, 9.0))), "HAIRDENS")
    assert (rows[1]["CHG"], rows[1]["PCHG"]) == (9.0, None)


def test_matched_change_is_exact() -> None:
    found = numbered(shot("P1", 1, 100.1), shot("P1", 2, 111.0), changes={"P1-2.jpg": CHANGE})
    rows = of(adhair(found), "HAIRDENM")
    names = ("AVAL", "BASE", "CHG", "PCHG", "ABLFL", "DTYPE", "ANL01FL", "MDC95", "CRIT1FL", "CHGCAT1", "IGLNKID")
    assert [tuple(row[name] for name in names) for row in rows] == [
        (100.1, 100.1, None, None, "Y", None, "Y", None, None, None, "IMG-000001"),
        (107.6, 100.1, 7.5, 7.4925074925, None, None, "Y", 4.25, "Y", "INCREASE", "IMG-000002"),
    ]
    assert {(row["SRCDOM"], row["SRCSEQ"]) for row in rows} == {(None, None)}


def test_every_detectable_change_says_what_it_comes_from() -> None:
    later = [shot("P1", 2, 149.0), shot("P1", 2, 151.0, 2)]
    of_study: Row = {**CHANGE, "mdc95_source": "replicates"}
    for change, source in ((CHANGE, "VALIDATION"), (of_study, "STUDY REPLICATES")):
        rows = told(
            adhair(numbered(*pairs(*[2.0] * 5), *later, changes=dict.fromkeys(("P1-2.jpg", "P1-2-2.jpg"), change)))
        )
        sources = {(row["PARAMCD"], row["MDC95SRC"]) for row in rows if row["MDC95"] is not None}
        assert sources == {("HAIRDENS", "STUDY REPLICATES"), ("HAIRDENM", source)}
        assert {row["MDC95SRC"] for row in rows if row["MDC95"] is None} == {None}


def test_verdict_may_be_more_careful_than_the_criterion() -> None:
    """Its interval holds 0 though the change exceeds MDC95."""
    careful = {**CHANGE, "verdict": "within_error"}
    found = numbered(shot("P1", 1, 100.0), shot("P1", 2, 111.0), changes={"P1-2.jpg": careful})
    row = of(adhair(found), "HAIRDENM")[1]
    assert (row["CRIT1FL"], row["CHGCAT1"]) == ("Y", "WITHIN ERROR")


def test_study_without_an_id_is_told(caplog: pytest.LogCaptureFixture) -> None:
    unnamed = replace(numbered(shot("P1", 1, 100.0)), about=About())
    with caplog.at_level(logging.WARNING):
        assert package(unnamed).study_id == "STUDY"
    assert "STUDYID is STUDY" in caplog.text
    assert "TRTP is empty" in caplog.text, "nor does it have arms"


def test_nothing_measured_is_refused() -> None:
    with pytest.raises(StudyError, match="no photograph was measured; look for the reasons in photos.csv"):
        adhair(numbered(photograph(refused("a.jpg"))))


def test_arms_that_differ_within_a_visit_are_refused() -> None:
    active, placebo = Arm("Active", "A"), Arm("Placebo", "P")
    shots = shot("P1", 1, 100.0, arm=active), shot("P1", 1, 101.0, 2, arm=placebo)
    with pytest.raises(StudyError, match=r"P1-1\.jpg and P1-1-2\.jpg .* arms 'Active' and 'Placebo'; give them one"):
        adhair(numbered(*shots))


def test_arm_may_differ_from_site_to_site() -> None:
    arms = Arm("Active", "A"), Arm("Placebo", "P")
    sites = Site(1, "left"), Site(2, "right")
    shots = [shot("P1", 1, 100.0, arm=arm, site=site) for arm, site in zip(arms, sites, strict=True)]
    rows = told(adhair(numbered(*shots)))
    assert {(row["FOCID"], row["TRTP"], row["TRTPN"]) for row in rows} == {
        ("left", "Active", 1),
        ("right", "Placebo", 2),
    }


def test_visit_number_with_a_fraction() -> None:
    unplanned = replace(shot("P1", 2, 101.0), visit=StudyVisit(1.5, "extra"))
    found = adhair(numbered(shot("P1", 1, 100.0), unplanned))
    assert [row["AVISITN"] for row in of(found, "HAIRDENS")] == [1, 1.5]
    assert next(one.type for one in found.variables if one.name == "AVISITN") == "float"


def test_unknown_dates_give_no_day() -> None:
    rows = of(adhair(numbered(shot("P1", 1, 100.0, date=""), shot("P1", 2, 101.0))), "HAIRDENS")
    assert [(row["ADT"], row["ADY"]) for row in rows] == [(None, None), (24149, 32)]


def test_variables_that_no_row_has_are_left_out() -> None:
    names = [variable.name for variable in adhair(numbered(shot("P1", 1, 100.0))).variables]
    assert not {"FOCID", "IGLAT", "IGDIR", "TRTPN", "TRTSDT"} & set(names)
    assert {"TRTP", "CRIT1", "CRIT1FL", "MDC95", "CHGCAT1"} <= set(names), "programs may rely on these"
    assert [name for name in names if name in ("PARAMCD", "AVISIT", "AVAL", "BASE", "CHG", "ABLFL", "ASEQ")] == [
        *("PARAMCD", "AVISIT", "AVAL", "BASE", "CHG", "ABLFL", "ASEQ"),
    ]  # fmt: skip


def test_files_of_a_small_study() -> None:
    names = [name for name, _ in files(numbered(shot("P1", 1, 100.0), shot("P1", 2, 101.0)))]
    assert names == ["adhair.json", "adhair.xpt", "adhair.csv", "define.xml"]


# ---- variables of subjects


def joined(*subjects: Subject) -> list[dict[str, Value]]:
    """First row of each subject."""
    shots = [replace(shot(one.code, 1, 100.0), subject=one) for one in subjects]
    rows = told(adhair(numbered(*shots)))
    return [row for row in rows if row["ASEQ"] == 1]


def test_numbers_texts_and_dates_of_subjects() -> None:
    cells = [
        {"AGE": "31", "BMIBL": "22.5", "SITEID": "007", "ARMCD": "1", "RANDDT": "2026-01-05", "RFICDTC": "2026"},
        {"AGE": "", "BMIBL": "24", "SITEID": "12", "ARMCD": "2", "RANDDT": "", "RFICDTC": "2025-12"},
    ]
    rows = joined(*(Subject(f"P{n}", f"S1-P{n}", cells=one) for n, one in enumerate(cells, start=1)))
    assert [[row[name] for name in cells[0]] for row in rows] == [
        [31, 22.5, "007", "1", 24111, "2026"],
        [None, 24.0, "12", "2", None, "2025-12"],
    ]
    assert list(rows[0])[:4] == ["STUDYID", "USUBJID", "SUBJID", "SITEID"]


def test_mixed_values_stay_texts() -> None:
    rows = joined(*(Subject(f"P{n}", f"S1-P{n}", cells={"SCORE": cell}) for n, cell in enumerate(("3", "n/a", "01"))))
    assert [row["SCORE"] for row in rows] == ["3", "n/a", "01"]


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("123456789012345.123456789012", "123456789012345.123456789012"),
        ("1234567890123456", "1234567890123456"),
        ("123456789012345", 123456789012345),
        ("-0.000123456789012345", -0.000123456789012345),
        ("3.14159265358979", 3.14159265358979),
        ("3.141592653589793", "3.141592653589793"),
        ("1e5", "1e5"),
    ],
)
def test_no_digit_of_a_number_is_lost(cell: str, number: Value) -> None:
    assert joined(Subject("P1", "S1-P1", cells={"SCORE": cell}))[0]["SCORE"] == number


@pytest.mark.parametrize("name", ["AGE", "BMIBL", "RANDDY", "SAFFN", "AGEGR1N", "TRT01PN", "TRTDURD", "SEXN"])
def test_what_adam_has_in_numbers_must_be_numbers(name: str) -> None:
    with pytest.raises(StudyError, match=f"subject 'P2', column {name}: 'NA' is not a number; leave it empty"):
        joined(Subject("P1", "S1-P1", cells={name: "30"}), Subject("P2", "S1-P2", cells={name: "NA"}))
    numbers = [Subject("P1", "S1-P1", cells={name: "30"}), Subject("P2", "S1-P2", cells={name: ""})]
    assert [row[name] for row in joined(*numbers)] == [30, None]


def test_names_that_only_end_like_those_of_numbers_stay_texts() -> None:
    row = joined(Subject("P1", "S1-P1", cells={"REGION": "North", "STUDY": "H-1", "ORIGIN": "2"}))[0]
    assert (row["REGION"], row["STUDY"], row["ORIGIN"]) == ("North", "H-1", 2)


def test_first_treatment_becomes_a_numeric_date() -> None:
    treated = (Subject(f"P{n}", f"S1-P{n}", first_treatment=day) for n, day in enumerate(("2026-01-12", "2026-01")))
    assert [row["TRTSDT"] for row in joined(*treated)] == [24118, None]


def test_numeric_date_in_part_is_refused() -> None:
    whole, part = ({"TRTEDT": day} for day in ("2026-05-01", "2026-05"))
    with pytest.raises(StudyError, match="subject 'P2', column TRTEDT: '2026-05' is not a whole date; no day"):
        joined(Subject("P1", "S1-P1", cells=whole), Subject("P2", "S1-P2", cells=part))


def test_time_of_a_numeric_date_is_not_cut_off() -> None:
    with pytest.raises(StudyError, match="'2026-05-01T10:00' is not a whole date"):
        joined(Subject("P1", "S1-P1", cells={"TRTEDT": "2026-05-01T10:00"}))


@pytest.mark.parametrize("name", ["AVAL", "PARAMCD", "TRTPN", "MDC95", "IGLAT"])
def test_names_of_adhair_are_refused(name: str) -> None:
    with pytest.raises(StudyError, match=f"column {name} has the name of a variable of ADHAIR; rename it"):
        joined(Subject("P1", "S1-P1", cells={name: "1"}))


def test_numeric_times_are_refused() -> None:
    with pytest.raises(StudyError, match="column TRTSDTM would have to hold numeric times"):
        joined(Subject("P1", "S1-P1", cells={"TRTSDTM": "2026-05-01T10:00"}))


def test_subject_identifier_of_the_table_is_kept() -> None:
    rows = joined(Subject("P1", "S1-P1", cells={"SUBJID": "0042"}), Subject("P2", "S1-P2", cells={"SUBJID": ""}))
    assert [row["SUBJID"] for row in rows] == ["0042", "P2"]


def test_arm_in_a_column_trtp_stands_once() -> None:
    subject = Subject("P1", "S1-P1", arm="Active", cells={"TRTP": "Active"})
    shots = numbered(replace(shot("P1", 1, 100.0, arm=Arm("Active", "A")), subject=subject))
    names = [variable.name for variable in adhair(shots).variables]
    assert names.count("TRTP") == 1
