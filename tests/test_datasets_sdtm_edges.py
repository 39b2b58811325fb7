"""SDTM of studies that are not as they should be, or have little: what is refused, dropped, split and renamed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from densitometer.datasets.cdisc.ascii import encoded
from densitometer.datasets.cdisc.dataset import Dataset
from densitometer.datasets.cdisc.ig import ig_records
from densitometer.datasets.cdisc.long_text import parts
from densitometer.datasets.cdisc.sdtm import files, package
from densitometer.errors import StudyError
from densitometer.study.model import Lack, Photograph, Study
from densitometer.study.read import read_study
from densitometer.study.study_file import DeviceFacts


@pytest.fixture(scope="module")
def plain_study(trial_out: Path) -> Study:
    """The trial without a study file and a table of subjects."""
    return read_study(trial_out)


@pytest.fixture(scope="module")
def told_study(trial_out: Path, trial_study_file: Path, trial_subjects: Path) -> Study:
    return read_study(trial_out, trial_study_file, trial_subjects)


def domain(study: Study, name: str) -> Dataset:
    (found,) = (one for one in package(study).datasets if one.name == name)
    return found


def rows_of(dataset: Dataset) -> list[dict[str, object]]:
    names = [variable.name for variable in dataset.variables]
    return [dict(zip(names, row, strict=True)) for row in dataset.rows]


def changed(study: Study, change: Callable[[Photograph], dict[str, object]]) -> Study:
    """Study of which the first two subjects' photographs have other facts and cells."""
    some = [one for one in study.photographs if one.subject.code in ("S-01", "S-02")]
    return replace(study, photographs=tuple(replace(one, **change(one)) for one in some))


def with_cells(study: Study, **cells: str) -> Study:
    """Study with further columns, the same on every photograph."""
    few = changed(study, lambda one: {"row": {**one.row, **cells}})
    return replace(few, further=(*study.further, *cells))


def test_a_study_without_a_name_is_called_study_with_a_warning(
    plain_study: Study, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        made = package(plain_study)
    assert made.study_id == "STUDY" and "STUDYID is STUDY" in caplog.text
    assert {row["STUDYID"] for one in made.datasets for row in rows_of(one)} == {"STUDY"}
    assert {row["USUBJID"] for row in rows_of(domain(plain_study, "PR"))} >= {"STUDY-S-01", "STUDY-Jörg-07"}


def test_day_0_is_refused_by_name(told_study: Study) -> None:
    visits = tuple(replace(visit, planned_day=0) for visit in told_study.visits[:1])
    with pytest.raises(StudyError, match="'baseline' for day 0; SDTM has none"):
        package(replace(told_study, visits=visits))


def test_two_subjects_with_one_usubjid_are_refused(told_study: Study) -> None:
    study = changed(told_study, lambda one: {"subject": replace(one.subject, usubjid="HG-2026-1")})
    with pytest.raises(StudyError, match="'S-01' .*S-01/.*, 'S-02' .S-02/.* have one USUBJID, 'HG-2026-1'"):
        package(study)


def test_permissible_variables_that_stay_empty_are_left_out(plain_study: Study) -> None:
    study = changed(plain_study, lambda one: {"site": replace(one.site, number=1, label="")})
    study = replace(study, sites=study.photographs[0].site and (study.photographs[0].site,), references={})
    made = {one.name: [variable.name for variable in one.variables] for one in package(study).datasets}
    for name in ("IG", "PR", "DU"):
        assert not {"FOCID", "VISITDY", f"{name}DY", f"{name}STDY"} & set(made[name])
    assert {"IGSTAT", "IGREASND", "IGLOC", "IGDTC", "IGLOBXFL", "VISITNUM"} <= set(made["IG"])
    assert "FOCID" not in domain(study, "IG").keys


def test_whole_visit_numbers_are_integers_and_others_are_not(plain_study: Study, told_study: Study) -> None:
    kinds = {}
    for study in (plain_study, told_study):
        (number,) = (one for one in domain(study, "IG").variables if one.name == "VISITNUM")
        kinds[number.type] = {row["VISITNUM"] for row in rows_of(domain(study, "PR"))}
    assert kinds == {"integer": {1, 2, 3, 4, 5}, "float": {1, 2, 3, 3.1, 4}}


def test_last_observation_where_the_first_treatment_is_not_known(plain_study: Study) -> None:
    flagged = [one for one in ig_records(plain_study) if one.last_before_exposure]
    places = [
        (one.photograph.subject.code, one.photograph.site.label, one.parameter.code) for one in flagged if one.parameter
    ]
    assert len(set(places)) == len(flagged) > 1000
    assert {one.photograph.visit.label for one in flagged if one.photograph.visit} == {"baseline"}
    assert {one.photograph.replicate for one in flagged} == {2}
    assert all(one.number is not None for one in flagged)


def flagged(study: Study) -> set[tuple[str, str]]:
    """Names and tests of the records that are the last before exposure, of the first two subjects at one site."""
    found = (one for one in ig_records(study) if one.last_before_exposure and one.parameter)
    return {(one.photograph.name, one.parameter.code) for one in found if one.parameter}


def treated(study: Study, day: str, *, untreated: bool = False) -> Study:
    return changed(study, lambda one: {"subject": replace(one.subject, first_treatment=day, untreated=untreated)})


def test_the_last_result_before_treatment_is_flagged_whatever_visit_is_the_baseline(plain_study: Study) -> None:
    study = treated(plain_study, "2026-03-01")
    last = max(one.date for one in study.photographs if one.subject.code == "S-01" and one.date <= "2026-03-01")
    of_first = {name for name, _ in flagged(study) if "S-01" in name}
    dates = {one.date for one in study.photographs if one.name in of_first}
    assert dates == {last} and last > min(one.date for one in study.photographs)


def test_a_test_without_a_result_takes_the_one_before(plain_study: Study) -> None:
    study = treated(plain_study, "2026-03-01")
    late = max(study.photographs, key=lambda one: (one.subject.code == "S-01", one.date <= "2026-03-01", one.date))
    empty = tuple(replace(one, row={**one.row, "redness_a": None}) if one is late else one for one in study.photographs)
    assert (late.name, "SKINA") in flagged(study)
    names = {name for name, code in flagged(replace(study, photographs=empty)) if code == "SKINA"}
    assert late.name not in names
    assert any(one.name in names for one in empty if (one.subject, one.site) == (late.subject, late.site))


def test_nobody_untreated_has_a_last_result_before_treatment(plain_study: Study) -> None:
    assert flagged(treated(plain_study, "", untreated=True)) == set()
    assert flagged(treated(plain_study, "2020-01-01")) == set()


def test_devices_that_differ_in_case_alone_stand_in_one_order(plain_study: Study) -> None:
    names = ["Dermatoskop a", "dermatoskop A", "DERMATOSKOP A", "dermatoskop a"]
    study = changed(plain_study, lambda one: {"device": names[one.number % 4]})
    order = list(dict.fromkeys(row["SPDEVID"] for row in rows_of(domain(study, "DI"))))
    assert order == sorted(names)


def test_a_device_nobody_names_is_unspecified_and_one_nobody_used_is_warned_of(
    plain_study: Study, caplog: pytest.LogCaptureFixture
) -> None:
    study = changed(plain_study, lambda _: {"device": ""})
    study = replace(study, devices={"Dermatoskop C": DeviceFacts(model="D-30")})
    with caplog.at_level(logging.WARNING):
        found = rows_of(domain(study, "DI"))
    assert [(row["SPDEVID"], row["DIPARMCD"], row["DIVAL"]) for row in found] == [("UNSPECIFIED", "DEVTYPE", "CAMERA")]
    assert "'Dermatoskop C' of the study file: it is left out" in caplog.text


def test_a_device_is_found_however_its_name_is_spelt(plain_study: Study) -> None:
    study = replace(plain_study, devices={"DERMATOSKOP  a": DeviceFacts(model="D-30")})
    assert ("Dermatoskop A", "D-30") in [(row["SPDEVID"], row["DIVAL"]) for row in rows_of(domain(study, "DI"))]


def test_further_columns_get_names_of_their_own(plain_study: Study) -> None:
    names = ("Größe", "session2", "Session 2", "2nd look", "追加", "Visit", "IG seq")
    study = with_cells(plain_study, **dict.fromkeys(names, "x"))
    found = {row["QLABEL"]: row["QNAM"] for row in rows_of(domain(study, "SUPPIG"))}
    assert found["Größe"] == "GROE" and found["2nd look"] == "X2NDLOO" and found["追加"] == "X"
    assert (found["Visit"], found["IG seq"]) == ("VISIT2", "XIGSEQ")
    assert (found["session"], found["session2"], found["Session 2"]) == ("SESSION", "SESSIO2", "SESSIO3")
    assert len(set(found.values())) == len(found)
    assert not set(found.values()) & {variable.name for variable in domain(study, "IG").variables}


def test_a_column_whose_name_is_no_label_is_refused(plain_study: Study) -> None:
    long = "what the physician in charge said about it"
    with pytest.raises(StudyError, match=f"the column '{long}' has more than 40 characters"):
        package(with_cells(plain_study, **{long: "x"}))


def test_of_two_columns_that_tell_the_same_setting_both_arrive(plain_study: Study) -> None:
    study = with_cells(plain_study, Polarisation="crossed", polarized="yes", iso="400")
    told = {(row["DUTESTCD"], row["DUORRES"], row["DUSTRESN"]) for row in rows_of(domain(study, "DU"))}
    assert {("POLAR", "crossed", None), ("ISO", "400", 400.0)} <= told
    rest = {row["QNAM"]: row["QVAL"] for row in rows_of(domain(study, "SUPPIG"))}
    assert rest["POLARIZ"] == "yes" and not {"POLARIS", "ISO"} & rest.keys()


def test_replicates_without_numbers_keep_their_labels(plain_study: Study) -> None:
    study = changed(plain_study, lambda one: {"row": {**one.row, "replicate": "ab"[one.replicate - 1]}})
    found = {(row["QVAL"]) for row in rows_of(domain(study, "SUPPIG")) if row["QNAM"] == "IGREPLAB"}
    assert found == {"a", "b"}


@pytest.mark.parametrize("text", ["short", "word " * 90 + "end", "x" * 950, "flag_one;" * 60 + "end", "ü" * 300,
                                  "100%ab" * 80, "a  b " * 100 + "c"])  # fmt: skip
def test_long_texts_are_cut_so_that_nothing_is_lost(text: str) -> None:
    found = parts(text)
    assert [part for part in found if len(encoded(part)) > 200 or part != part.rstrip()] == []
    assert "".join(found) == text
    if "x" * 200 not in text:
        assert len(found) <= 1 + 2 * len(encoded(text)) // 200 + len(text) // 16


def test_long_cells_and_many_flags_go_on_under_names_of_their_own(plain_study: Study) -> None:
    remark = " ".join(f"word{number}" for number in range(120))
    study = with_cells(plain_study, comment_of_site=remark)
    first = study.photographs[0].number
    found = {
        row["QNAM"]: (row["QLABEL"], row["QVAL"])
        for row in rows_of(domain(study, "SUPPIG"))
        if row["IDVARVAL"] == f"IMG-{first:06d}" and str(row["QNAM"]).startswith("COMMENT")
    }
    assert list(found) == ["COMMENT", *(f"COMMENT{number}" for number in range(1, len(found)))] and len(found) > 3
    assert found["COMMENT2"][0] == "comment_of_site 2"
    assert "".join(str(value) for _, value in found.values()) == remark


def test_a_text_that_does_not_fit_is_named_with_photograph_and_column(plain_study: Study) -> None:
    study = with_cells(plain_study, note="one\nline")
    with pytest.raises(StudyError, match=r"SUPPIG row \d+ \(Müller/S-01/.* baseline 1.jpg, note\): QVAL"):
        list(files(study))


def test_parts_of_a_long_text_have_names_that_no_other_column_has(plain_study: Study) -> None:
    long = " ".join(f"word{number}" for number in range(60))
    study = with_cells(plain_study, remark_2=long, remark21="short")
    found = {
        str(row["QLABEL"]): row["QNAM"] for row in rows_of(domain(study, "SUPPIG")) if "REMARK" in str(row["QNAM"])
    }
    found.pop("remark", None)
    parts_of = {"remark_2": "REMARK2", "remark_2 1": "REMARK21", "remark_2 2": "REMARK22"}
    assert found == {**parts_of, "remark21": "REMARK3"}
    assert list(files(study))


def test_rows_stand_in_the_order_of_subjects(told_study: Study) -> None:
    for dataset in package(told_study).datasets:
        if "USUBJID" in {variable.name for variable in dataset.variables}:
            subjects = [str(value or "") for value in dataset.column("USUBJID")]
            assert subjects == sorted(subjects), dataset.name
    findings = rows_of(domain(told_study, "IG"))
    first = [row["IGSEQ"] for row in findings if row["USUBJID"] == findings[0]["USUBJID"]]
    assert first == list(range(1, len(first) + 1))
    assert str(findings[0]["IGREFID"]) in domain(told_study, "IG").source(0)


def test_a_label_is_as_long_as_xpt_spells_it(plain_study: Study) -> None:
    with pytest.raises(StudyError, match="the column '備考欄コメント' has more than 40 characters .as XPT spells them"):
        domain(with_cells(plain_study, 備考欄コメント="x"), "SUPPIG")


def test_what_the_reader_must_know_is_warned_of(told_study: Study, caplog: pytest.LogCaptureFixture) -> None:
    odd = replace(told_study.photographs[0].subject, usubjid="HG-Jörg")
    site = replace(told_study.sites[0], facts=told_study.sites[0].facts.model_copy(update={"laterality": "LINKS"}))
    study = changed(told_study, lambda one: {"subject": odd} if one.subject.code == "S-01" else {})
    study = replace(study, sites=(site,), without_baseline={("S-02", "x"): Lack("it was missed", False)})
    with caplog.at_level(logging.WARNING):
        package(study)
    assert "USUBJID of 'Jörg-07' is not ASCII" in caplog.text
    assert "'LINKS' is not among the terms of LAT" in caplog.text
    assert "1 subjects and sites have no baseline, the first subject 'S-02', site 'x': it was missed" in caplog.text


@pytest.mark.parametrize("cells", [("x", 1), (1, "x"), (40, 40)])
def test_parts_of_a_text_are_told_from_other_columns_in_any_order(
    plain_study: Study, cells: tuple[str | int, str | int]
) -> None:
    texts = [one if isinstance(one, str) else "word " * 59 * one + "end" for one in cells]
    names = ("note1", "note") if 1 in cells else ("comment_a", "comment_b")
    study = with_cells(plain_study, **dict(zip(names, texts, strict=True)))
    assert list(files(study))
    found: dict[str, list[str]] = {name: [] for name in names}
    first = f"IMG-{study.photographs[0].number:06d}"
    for row in rows_of(domain(study, "SUPPIG")):
        column = str(row["QLABEL"]).split(" ")[0]
        if row["IDVARVAL"] == first and column in found:
            found[column].append(str(row["QVAL"]))
    assert ["".join(found[name]) for name in names] == texts
