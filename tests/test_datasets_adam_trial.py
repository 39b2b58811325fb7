"""ADHAIR of the trial of 30 subjects: every number worked out anew from photos.csv and changes.csv with pandas."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import numpy as np
import odmlib
import pandas as pd
import pyreadstat
import pytest
from lxml import etree

import trial_study
from densitometer.datasets.cdisc.findings import findings
from densitometer.datasets.cdisc.ig import ig_records
from densitometer.datasets.export import export_study
from densitometer.datasets.parameters import PARAMETERS
from densitometer.errors import StudyError
from densitometer.study.read import read_study

VISIT_NUMBERS = {"baseline": 1, "week 6": 2, "week 12": 3, trial_study.UNPLANNED: 3.1, "week 24": 4}
SITE_NUMBERS = {"left temporal": "01", "Scheitel": "02"}
KEYS = ["USUBJID", "PARAMCD", "AVISITN"]
Z95 = 1.959964


def read_csv(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, keep_default_na=False, na_values=[""], dtype={"SITEID": str})


@pytest.fixture(scope="module")
def exported(
    trial_out: Path, trial_subjects: Path, trial_study_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    folder = tmp_path_factory.mktemp("adam") / "adam"
    export_study(trial_out, "adam", folder, trial_study_file, trial_subjects)
    return folder


@pytest.fixture(scope="module")
def adhair(exported: Path) -> pd.DataFrame:
    return read_csv(exported / "adhair.csv")


@pytest.fixture(scope="module")
def photos(trial_out: Path, trial_subjects: Path) -> pd.DataFrame:
    """Every number of photos.csv as a row, with its mean over the replicates and its baseline."""
    table = pd.read_csv(trial_out / "photos.csv", keep_default_na=False, na_values=[""])
    table["USUBJID"] = table["subject"].map(read_csv(trial_subjects).set_index("subject")["USUBJID"])
    table["AVISITN"] = table["visit"].map(VISIT_NUMBERS)
    columns = {one.column.name: one for one in PARAMETERS}
    long = table.melt(
        ["photo", "USUBJID", "site", "AVISITN", "replicate"], list(columns), "column", "value"
    ).dropna(subset=["value"])  # fmt: skip
    long["value"] = long["value"].astype(float).mul(long["column"].map(lambda name: 1 + 99 * columns[name].percent))
    long["test"] = long["column"].map(lambda name: columns[name].code)
    stems = long["column"].map(lambda name: columns[name].stem)
    long["PARAMCD"] = stems + long["site"].map(SITE_NUMBERS)
    return long


@pytest.fixture(scope="module")
def expected(photos: pd.DataFrame) -> pd.DataFrame:
    """Analysed rows as they must be, by subject, parameter and visit."""
    groups = photos.groupby(["test", *KEYS])["value"].agg(["mean", "var", "count"]).reset_index()
    several = groups[groups["count"] > 1]
    squares = (several["var"] * (several["count"] - 1)).groupby(several["test"]).sum()
    freedom = (several["count"] - 1).groupby(several["test"]).sum()
    enough = several.groupby("test").size() >= 5
    sem = np.sqrt(squares / freedom).where(enough).replace(0, np.nan)
    first = groups[groups["AVISITN"] == 1].set_index(["USUBJID", "PARAMCD"])
    wanted = groups.join(first[["mean", "count"]].add_prefix("base_"), on=["USUBJID", "PARAMCD"])
    later = wanted["AVISITN"] > 1
    wanted["CHG"] = (wanted["mean"] - wanted["base_mean"]).where(later)
    wanted["PCHG"] = (100 * wanted["CHG"] / wanted["base_mean"]).where(wanted["base_mean"] != 0)
    spread = np.sqrt(1 / wanted["base_count"] + 1 / wanted["count"])
    wanted["MDC95"] = (Z95 * wanted["test"].map(sem) * spread).where(later)
    return wanted.set_index(KEYS).sort_index()


def analysed(adhair: pd.DataFrame, *, matched: bool = False) -> pd.DataFrame:
    is_matched = adhair["PARAMCD"].str.startswith("HDENM")
    return adhair[(adhair["ANL01FL"] == "Y") & (is_matched == matched)].set_index(KEYS).sort_index()


def test_analysed_rows_are_the_means_of_photos_csv(adhair: pd.DataFrame, expected: pd.DataFrame) -> None:
    found = analysed(adhair)
    assert found.index.tolist() == expected.index.tolist()
    assert len(found) > 4000
    for name, column in {"AVAL": "mean", "BASE": "base_mean", "CHG": "CHG", "PCHG": "PCHG", "MDC95": "MDC95"}.items():
        np.testing.assert_allclose(found[name], expected[column], rtol=0, atol=1e-8, err_msg=name)


def test_every_photograph_has_its_own_row(adhair: pd.DataFrame, photos: pd.DataFrame) -> None:
    single = adhair[adhair["DTYPE"].isna() & (adhair["SRCDOM"] == "IG")]
    found = single.set_index([*KEYS, "IGREPNUM"])["AVAL"].sort_index()
    wanted = photos.set_index([*KEYS, "replicate"])["value"].sort_index()
    assert found.index.tolist() == wanted.index.tolist()
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-9)


def test_averages_stand_where_a_visit_has_several(adhair: pd.DataFrame, expected: pd.DataFrame) -> None:
    found = analysed(adhair)
    assert (found["DTYPE"].eq("AVERAGE") == (expected["count"] > 1)).all()
    assert found.loc[found["DTYPE"].eq("AVERAGE"), ["IGREPNUM", "IGLNKID", "SRCSEQ"]].isna().all(axis=None)


def test_criterion_says_whether_the_change_exceeds_the_error(adhair: pd.DataFrame) -> None:
    told = adhair["CRIT1FL"].notna()
    assert (told == (adhair["CHG"].notna() & adhair["MDC95"].notna())).all()
    assert (adhair.loc[told, "CRIT1FL"].eq("Y") == (adhair["CHG"].abs() >= adhair["MDC95"])[told]).all()
    assert set(adhair.loc[told, "CRIT1FL"]) == {"Y", "N"}
    judged = told.groupby(adhair["PARAMCD"]).transform("any")
    assert (adhair["CRIT1"].eq("|CHG| >= MDC95") == judged).all()


def test_baseline_is_constant_and_flagged_once(adhair: pd.DataFrame) -> None:
    series = adhair.groupby(["USUBJID", "PARAMCD"])
    assert (series["BASE"].nunique(dropna=False) == 1).all()
    flags = adhair["ABLFL"].eq("Y").groupby([adhair["USUBJID"], adhair["PARAMCD"]]).sum()
    assert flags.max() == 1
    assert (flags.eq(1) == series["BASE"].first().notna()).all()
    flagged = adhair[adhair["ABLFL"] == "Y"]
    assert (flagged["AVAL"] == flagged["BASE"]).all()
    assert (flagged["AVISITN"] == 1).all()
    assert (flagged["ANL01FL"] == "Y").all()


def test_one_row_of_each_visit_is_to_be_analysed(adhair: pd.DataFrame) -> None:
    assert (adhair["ANL01FL"].eq("Y").groupby([adhair[key] for key in KEYS]).sum() == 1).all()


def test_change_follows_from_value_and_baseline(adhair: pd.DataFrame) -> None:
    later = adhair["AVISITN"] > 1
    assert adhair.loc[~later, ["CHG", "PCHG", "MDC95", "CRIT1FL", "CHGCAT1"]].isna().all(axis=None)
    assert (adhair["CHG"].notna() == (later & adhair["BASE"].notna())).all()
    np.testing.assert_allclose(adhair["CHG"], (adhair["AVAL"] - adhair["BASE"]).where(later), rtol=0, atol=1e-9)
    based = adhair["CHG"].notna() & (adhair["BASE"] != 0)
    assert (adhair["PCHG"].notna() == based).all()
    assert (adhair["CHG"].notna() & (adhair["BASE"] == 0)).any(), "the trial has a bald baseline"


def test_no_dust_of_floating_point_is_written(exported: Path) -> None:
    text = pd.read_csv(exported / "adhair.csv", dtype=str, keep_default_na=False)
    for name in ("AVAL", "BASE", "CHG", "PCHG", "MDC95"):
        numbers = [Decimal(cell) for cell in text[name] if cell]
        assert min(int(one.as_tuple().exponent) for one in numbers) >= -10


def test_parameters_are_told_one_to_one(adhair: pd.DataFrame) -> None:
    names = adhair[["PARAMCD", "PARAM", "PARAMN"]].drop_duplicates()
    assert all(names[name].is_unique for name in names)
    assert names["PARAMCD"].str.len().max() <= 8
    assert len(names) == 2 * (len(PARAMETERS) + 1)
    names = names.set_index("PARAMCD")["PARAM"]
    assert names["HDENS02"] == "Hair Density (/cm2), Scheitel"
    assert names["HDENM01"] == "Hair Density by Matched Hairs (/cm2), left temporal"
    assert names["HCNT01"] == "Hair Count, left temporal"


def test_matched_change_is_that_of_changes_csv(adhair: pd.DataFrame, trial_out: Path, trial_subjects: Path) -> None:
    changes = pd.read_csv(trial_out / "changes.csv")
    changes = changes[(changes["against"] == "baseline") & (changes["comparable"] == 1)]
    changes["USUBJID"] = changes["subject"].map(read_csv(trial_subjects).set_index("subject")["USUBJID"])
    changes["PARAMCD"] = "HDENM" + changes["site"].map(SITE_NUMBERS)
    changes["AVISITN"] = changes["followup_visit"].map(VISIT_NUMBERS)
    changes["CHGCAT1"] = changes["verdict"].str.upper().str.replace("_", " ")
    based = adhair[adhair["BASE"].notna()].set_index(["USUBJID", "PARAMCD"]).index
    plain = changes.set_index(["USUBJID", changes["PARAMCD"].str.replace("HDENM", "HDENS")]).index
    wanted = changes[plain.isin(based)].set_index([*KEYS, "replicate"]).sort_index()
    is_matched = adhair["PARAMCD"].str.startswith("HDENM")
    found = adhair[is_matched & adhair["CHG"].notna() & adhair["DTYPE"].isna()].set_index([*KEYS, "IGREPNUM"])
    found = found.sort_index()
    assert found.index.tolist() == wanted.index.tolist()
    assert len(found) > 150
    assert (found["CHG"] == wanted["change_per_cm2"]).all()
    assert (found["MDC95"] == wanted["mdc95_per_cm2"]).all()
    assert (found["CHGCAT1"] == wanted["CHGCAT1"]).all()
    assert set(wanted["mdc95_source"]) == {"replicates"} and set(found["MDC95SRC"]) == {"STUDY REPLICATES"}


def test_matched_rows_of_a_visit_are_averaged(adhair: pd.DataFrame) -> None:
    rows = adhair[adhair["PARAMCD"].str.startswith("HDENM") & adhair["CHG"].notna()]
    single = rows[rows["DTYPE"].isna()].groupby(KEYS)
    means, counts, errors = single["CHG"].mean(), single.size(), single["MDC95"].first()
    found = rows[rows["DTYPE"] == "AVERAGE"].set_index(KEYS).sort_index()
    assert found.index.tolist() == counts[counts > 1].index.tolist()
    np.testing.assert_allclose(found["CHG"], means[counts > 1], rtol=0, atol=1e-9)
    assert found["CHGCAT1"].isna().all()
    # The error of the study is one number here, and replicates meet replicates: two pairs halve the variance.
    np.testing.assert_allclose(found["MDC95"], errors[counts > 1] / 2**0.5, rtol=0, atol=1e-8)


def test_baseline_of_matched_density_is_that_of_plain_density(adhair: pd.DataFrame) -> None:
    flagged = adhair[adhair["ABLFL"] == "Y"].set_index(["USUBJID", "PARAMCD"])["AVAL"]
    for number in SITE_NUMBERS.values():
        plain, matched = (flagged.xs(f"{stem}{number}", level="PARAMCD") for stem in ("HDENS", "HDENM"))
        pd.testing.assert_series_equal(plain, matched)


def test_sources_are_records_of_ig(
    adhair: pd.DataFrame, trial_out: Path, trial_subjects: Path, trial_study_file: Path
) -> None:
    study = read_study(trial_out, trial_study_file, trial_subjects)
    domain = findings(study, ig_records(study))
    ig = pd.DataFrame(domain.rows, columns=[variable.name for variable in domain.variables])
    traced = adhair.dropna(subset=["SRCSEQ"]).merge(
        ig, left_on=["USUBJID", "SRCSEQ"], right_on=["USUBJID", "IGSEQ"], suffixes=("", "_IG"), validate="one_to_one"
    )
    assert len(traced) == ig["IGSTRESN"].notna().sum()
    assert (traced["AVAL"] == traced["IGSTRESN"]).all()
    assert (traced["AVISIT"] == traced["VISIT"]).all()
    assert (traced["IGLNKID"] == traced["IGLNKID_IG"]).all()
    assert (traced["ADT"] == traced["IGDTC"]).all()
    assert (traced["ADY"] == traced["IGDY"]).all()


def test_refused_photographs_have_no_row(adhair: pd.DataFrame) -> None:
    subject, site = trial_study.REFUSED_BASELINE
    of_site = adhair[(adhair["SUBJID"] == subject) & (adhair["FOCID"] == site)]
    assert set(of_site["AVISITN"]) == {2, 3, 4}
    assert of_site[["BASE", "CHG", "PCHG", "ABLFL", "CRIT1FL", "MDC95"]].isna().all(axis=None)
    subject, site, visit, refused = trial_study.ONE_REFUSED
    of_visit = adhair[(adhair["SUBJID"] == subject) & (adhair["FOCID"] == site) & (adhair["AVISIT"] == visit)]
    assert set(of_visit["IGREPNUM"]) == {3 - refused}
    assert of_visit["DTYPE"].isna().all()


def test_rows_are_numbered_and_keyed(adhair: pd.DataFrame) -> None:
    keys = ["STUDYID", "USUBJID", "PARAMN", "AVISITN", "DTYPE", "IGREPNUM"]
    pd.testing.assert_frame_equal(adhair, adhair.sort_values(keys, na_position="first", kind="stable"))
    counts = adhair.groupby("USUBJID")["ASEQ"]
    assert (counts.max() == counts.size()).all()
    assert not adhair.duplicated(["USUBJID", "ASEQ"]).any()
    assert not adhair.duplicated([*KEYS, "DTYPE", "IGREPNUM"]).any()
    in_order = adhair.groupby("USUBJID", sort=False)[["PARAMN", "AVISITN"]]
    assert all(rows.apply(tuple, axis=1).is_monotonic_increasing for _, rows in in_order)


def test_subjects_are_joined(adhair: pd.DataFrame, trial_subjects: Path) -> None:
    given = read_csv(trial_subjects).set_index("USUBJID")
    each = adhair.groupby("USUBJID")
    for ours, theirs in {"SUBJID": "subject", "TRTP": "ARM", "AGE": "AGE", "SEX": "SEX", "SITEID": "SITEID"}.items():
        assert (each[ours].nunique() == 1).all()
        found = each[ours].first()
        assert (found == given.loc[found.index, theirs]).all(), ours
    numbers = {"Lösung 5 %": 1, "Placebo": 2}
    assert (adhair["TRTPN"] == adhair["TRTP"].map(numbers)).all()
    treated = each["TRTSDT"].first()
    whole = given["RFXSTDTC"].where(given["RFXSTDTC"].str.len() == 10)
    assert treated.isna().sum() == 1, "of one the day is not known, and none is made up"
    # pandas before 3 has None for the one and NaN for the other.
    pd.testing.assert_series_equal(treated.fillna(""), whole.loc[treated.index].fillna(""), check_names=False)


def test_other_readers_get_the_same(exported: Path, adhair: pd.DataFrame) -> None:
    """The transport file as pyreadstat reads it, and Dataset-JSON as its text says."""
    xpt, meta = pyreadstat.read_xport(exported / "adhair.xpt")
    text = json.loads((exported / "adhair.json").read_text(encoding="utf-8"))
    frame = pd.DataFrame(text["rows"], columns=[column["name"] for column in text["columns"]])
    assert (meta.table_name, text["name"]) == ("ADHAIR", "ADHAIR")
    assert meta.column_labels == [column["label"] for column in text["columns"]]
    for name in ("AVISITN", "PARAMN", "AVAL", "BASE", "CHG", "PCHG", "MDC95", "SRCSEQ", "ASEQ", "AGE"):
        wanted = adhair[name].astype(float)
        pd.testing.assert_series_equal(xpt[name].astype(float), wanted)
        pd.testing.assert_series_equal(frame[name].astype(float), wanted)
    assert (pd.to_datetime(xpt["ADT"]) == pd.to_datetime(adhair["ADT"])).all()
    assert (frame["TRTP"] == adhair["TRTP"]).all()
    assert set(xpt["TRTP"]) == {"L%C3%B6sung 5 %", "Placebo"}


def test_define_xml_is_valid_and_tells_every_parameter(exported: Path, adhair: pd.DataFrame) -> None:
    schema = Path(odmlib.__file__).parent / "schemas/define/2.1/define2-1-0.xsd"
    tree = etree.parse(exported / "define.xml")
    etree.XMLSchema(etree.parse(schema, etree.XMLParser(no_network=True))).assertValid(tree)
    odm = "{http://www.cdisc.org/ns/odm/v1.3}"
    listed = {item.get("CodedValue") for item in tree.iterfind(f".//{odm}CodeListItem")}
    assert set(adhair["PARAMCD"]) <= listed
    methods = " ".join("".join(method.itertext()) for method in tree.iterfind(f".//{odm}MethodDef"))
    for told in ("pooled by degrees of freedom", "hair by hair", "AVAL less BASE", "Y where the absolute value of CHG"):
        assert told in methods


def test_baseline_that_nobody_took(trial_subjects: Path, trial_study_file: Path, tmp_path: Path) -> None:
    out = trial_study.write_trial(tmp_path / "out", without_baseline=True)
    with pytest.raises(StudyError, match=f"'{trial_study.NO_BASELINE}', site 'Scheitel'.*--allow-no-baseline"):
        export_study(out, "adam", tmp_path / "adam", trial_study_file, trial_subjects)
    assert not (tmp_path / "adam").exists()
    export_study(out, "adam", tmp_path / "adam", trial_study_file, trial_subjects, allow_no_baseline=True)
    rows = read_csv(tmp_path / "adam" / "adhair.csv")
    lacking = rows[(rows["SUBJID"] == trial_study.NO_BASELINE) & (rows["FOCID"] == "Scheitel")]
    assert len(lacking) > 50
    assert lacking[["BASE", "CHG", "ABLFL", "CRIT1FL"]].isna().all(axis=None)
    assert not lacking["PARAMCD"].str.startswith("HDENM").any()


def test_same_results_give_the_same_bytes(
    exported: Path, trial_out: Path, trial_subjects: Path, trial_study_file: Path, tmp_path: Path
) -> None:
    export_study(trial_out, "adam", tmp_path / "again", trial_study_file, trial_subjects)
    for path in exported.iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes(), path.name
