"""SDTM of the trial says what its tables say: read back by pyreadstat and csv, and compared without our own helpers."""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest

from densitometer.datasets.export import export_study
from trial_study import LONG_REASON, PARTIAL_DATE, REFUSED_BASELINE, VISITS
from written_folders import cells

pyreadstat = pytest.importorskip("pyreadstat")

TESTS = {
    "HAIRCNT": "hair_count", "HAIRDENS": "density_per_cm2", "TERMD30": "terminal30_per_cm2",
    "VELLD30": "vellus30_per_cm2", "TERMD40": "terminal40_per_cm2", "VELLD40": "vellus40_per_cm2",
    "HAIRWID": "mean_width_um", "HAIRWIDM": "median_width_um", "HAIRWSD": "width_sd_um",
    "CUMWID": "cumulative_width_mm_per_cm2", "HAIRLEN": "mean_length_mm", "FUCNT": "unit_count",
    "FUDENS": "units_per_cm2", "HPERFU": "hairs_per_unit", "SGLFUPCT": "single_hair_unit_share", "SKINA": "redness_a",
    "SCALEPCT": "flaking_share", "SKINAREA": "skin_area_cm2", "AOIAREA": "area_cm2", "HAIROUT": "crossing_count",
    "HAIRUNC": "uncertain_root_count", "HAIRWCNT": "measured_width_count",
}  # fmt: skip
SETTINGS = {"UMPERPX": "um_per_px", "UMPXSD": "um_per_px_sd", "SCALESRC": "scale_source", "WIDTHPX": "width_px",
            "HEIGHTPX": "height_px", "MAGNIF": "magnification"}  # fmt: skip
OF_PHOTOGRAPH = {"IGFLAGS": "flags", "IGSHA256": "sha256", "ARM": "arm", "SESSION": "session",
                 "DAYSSIN": "days_since_treatment", "REMARK": "remark"}  # fmt: skip
OF_TEST = {
    ("HAIRCNT", "IGLOW95"): "hair_count_low", ("HAIRCNT", "IGHIGH95"): "hair_count_high",
    ("HAIRDENS", "IGLOW95"): "density_low_per_cm2", ("HAIRDENS", "IGHIGH95"): "density_high_per_cm2",
    ("HAIRDENS", "IGDETLOW"): "density_detection_low_per_cm2",
    ("HAIRDENS", "IGDETHI"): "density_detection_high_per_cm2",
    ("HAIRDENS", "IGSMPLOW"): "density_sampling_low_per_cm2", ("HAIRDENS", "IGSMPHI"): "density_sampling_high_per_cm2",
}  # fmt: skip
IN_IG = {"photo", "status", "reason", "subject", "site", "visit", "visit_date", "replicate", "device"}
ORDER = {  # of the model: identifiers, topic and qualifiers, timing
    "pr": "STUDYID DOMAIN USUBJID SPDEVID FOCID PRSEQ PRREFID PRLNKID PRTRT PRDECOD PRLOC PRLAT PRDIR VISITNUM VISIT "
    "VISITDY PRSTDTC PRSTDY",
    "ig": "STUDYID DOMAIN USUBJID SPDEVID FOCID IGSEQ IGREFID IGLNKID IGTESTCD IGTEST IGCAT IGORRES IGORRESU IGSTRESC "
    "IGSTRESN IGSTRESU IGSTAT IGREASND IGLOC IGLAT IGDIR IGMETHOD IGLOBXFL IGREPNUM VISITNUM VISIT VISITDY IGDTC IGDY",
    "du": "STUDYID DOMAIN USUBJID SPDEVID FOCID DUSEQ DUREFID DULNKID DUTESTCD DUTEST DUORRES DUORRESU DUSTRESC "
    "DUSTRESN DUSTRESU VISITNUM VISIT VISITDY DUDTC DUDY",
    "di": "STUDYID DOMAIN SPDEVID DISEQ DIPARMCD DIPARM DIVAL",
    "do": "STUDYID DOMAIN SPDEVID DOSEQ DOTESTCD DOTEST DOORRES DOORRESU DOSTRESC",
    "relrec": "STUDYID RDOMAIN USUBJID IDVAR IDVARVAL RELTYPE RELID",
    "suppig": "STUDYID RDOMAIN USUBJID IDVAR IDVARVAL QNAM QLABEL QVAL QORIG QEVAL",
}
Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def written(
    trial_out: Path, trial_study_file: Path, trial_subjects: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    folder = tmp_path_factory.mktemp("sdtm") / "sdtm"
    export_study(trial_out, "sdtm", folder, trial_study_file, trial_subjects)
    return folder


@pytest.fixture(scope="module")
def domains(written: Path) -> dict[str, Rows]:
    return {path.stem: cells(path) for path in written.glob("*.csv")}


@pytest.fixture(scope="module")
def photos(trial_out: Path) -> dict[str, dict[str, str]]:
    return {row["photo"]: row for row in cells(trial_out / "photos.csv")}


@pytest.fixture(scope="module")
def people(trial_subjects: Path) -> dict[str, dict[str, str]]:
    return {row["subject"]: row for row in cells(trial_subjects)}


def by_photo(rows: Rows, name: str) -> dict[str, Rows]:
    found = defaultdict(list)
    for row in rows:
        found[row[name]].append(row)
    return found


def plain(text: str) -> str:
    """Cell of photos.csv without the ' that guards it from spreadsheets."""
    return text[1:] if text.startswith("'") else text


def number_of(test: str, photo: dict[str, str]) -> float | None:
    text = photo[TESTS[test]]
    if not text:
        return None
    return round(float(text) * 100, 6) if test in ("SGLFUPCT", "SCALEPCT") else float(text)


def test_every_number_of_every_photograph_arrives(domains: dict[str, Rows], photos: dict[str, dict[str, str]]) -> None:
    found = by_photo(domains["ig"], "IGREFID")
    assert found.keys() == photos.keys()
    for name, photo in photos.items():
        if photo["status"] == "measured":
            told = {row["IGTESTCD"]: float(row["IGSTRESN"]) if row["IGSTRESN"] else None for row in found[name]}
            assert told == {test: number_of(test, photo) for test in TESTS}, name
            assert len(found[name]) == len(TESTS)


def test_results_and_reasons_exclude_each_other(domains: dict[str, Rows]) -> None:
    results = ("IGORRES", "IGORRESU", "IGSTRESC", "IGSTRESN", "IGSTRESU", "IGLOBXFL")
    undone = [row for row in domains["ig"] if row["IGSTAT"]]
    assert len(undone) > 100
    assert {row["IGSTAT"] for row in undone} == {"NOT DONE"}
    assert {row[name] for row in undone for name in results} == {""}
    assert all(row["IGREASND"] for row in undone)
    done = [row for row in domains["ig"] if not row["IGSTAT"]]
    assert all(row["IGORRES"] == row["IGSTRESC"] and float(row["IGSTRESC"]) == float(row["IGSTRESN"]) for row in done)
    assert {row["IGREASND"] for row in done} == {""}
    assert any(float(row["IGSTRESN"]) == 0 for row in done)  # 0 is a number


def test_a_photograph_that_was_not_measured_is_one_record_with_its_reason(
    domains: dict[str, Rows], photos: dict[str, dict[str, str]]
) -> None:
    refused = {name: photo["reason"] for name, photo in photos.items() if photo["status"] != "measured"}
    found = [row for row in domains["ig"] if row["IGTESTCD"] == "IGALL"]
    rest = {(row["USUBJID"], row["IDVARVAL"], row["QNAM"]): row["QVAL"] for row in domains["suppig"]}
    assert {row["IGREFID"] for row in found} == refused.keys() and len(found) == len(refused) == 5
    for row in found:
        more = rest.get((row["USUBJID"], row["IGSEQ"], "IGREASN1"))
        assert row["IGREASND"] + (more or "") == refused[row["IGREFID"]]
        assert len(by_photo(domains["ig"], "IGREFID")[row["IGREFID"]]) == 1
    (long,) = (row for row in domains["suppig"] if row["QNAM"].startswith("IGREASN"))
    assert (long["IDVAR"], long["QLABEL"]) == ("IGSEQ", "Reason Not Done 1")
    assert LONG_REASON.endswith(long["QVAL"])


def test_a_record_says_whom_where_and_when(
    domains: dict[str, Rows], photos: dict[str, dict[str, str]], people: dict[str, dict[str, str]]
) -> None:
    numbers = {"baseline": 1, "week 6": 2, "week 12": 3, "追加": 3.1, "week 24": 4}
    planned = {"baseline": "1", "week 6": "43", "week 12": "85", "追加": "", "week 24": "169"}
    places = {"Scheitel": ("SCALP", "", "MIDLINE"), "left temporal": ("SCALP", "LEFT", "TEMPORAL")}
    assert numbers.keys() == VISITS.keys()
    for row in domains["ig"]:
        photo = photos[row["IGREFID"]]
        person = people[photo["subject"]]
        days = (date.fromisoformat(photo["visit_date"]) - date.fromisoformat(person["RFSTDTC"])).days
        assert row["STUDYID"] == "HG-2026" and row["USUBJID"] == person["USUBJID"]
        assert (row["FOCID"], row["SPDEVID"]) == (photo["site"], photo["device"])
        assert (row["VISIT"], float(row["VISITNUM"])) == (photo["visit"], numbers[photo["visit"]])
        assert row["VISITDY"] == planned[photo["visit"]]
        assert (row["IGREPNUM"], row["IGDTC"]) == (photo["replicate"], photo["visit_date"])
        assert int(row["IGDY"]) == (days + 1 if days >= 0 else days) != 0
        assert (row["IGLOC"], row["IGLAT"], row["IGDIR"]) == places[photo["site"]]


def test_units_are_those_of_the_columns(domains: dict[str, Rows]) -> None:
    found = {row["IGTESTCD"]: (row["IGORRESU"], row["IGSTRESU"]) for row in domains["ig"] if row["IGSTRESN"]}
    ends = {"per_cm2": "/cm2", "_um": "um", "_mm": "mm", "mm_per_cm2": "mm/cm2", "_cm2": "cm2", "_share": "%"}
    for test, column in TESTS.items():
        unit = next((ends[end] for end in sorted(ends, key=len, reverse=True) if column.endswith(end)), "")
        assert found[test] == (unit, unit), test


@pytest.mark.parametrize(("domain", "seq"), [("ig", "IGSEQ"), ("pr", "PRSEQ"), ("du", "DUSEQ")])
def test_sequence_numbers_count_within_a_subject(domains: dict[str, Rows], domain: str, seq: str) -> None:
    for rows in by_photo(domains[domain], "USUBJID").values():
        assert [int(row[seq]) for row in rows] == list(range(1, len(rows) + 1))


def test_the_last_observation_before_exposure_is_flagged_once(
    domains: dict[str, Rows], photos: dict[str, dict[str, str]], people: dict[str, dict[str, str]]
) -> None:
    wanted: dict[tuple[str, ...], tuple[float, int, str]] = {}
    for row in domains["ig"]:
        photo = photos[row["IGREFID"]]
        treated = people[photo["subject"]]["RFXSTDTC"]
        early = row["IGDTC"] <= treated if len(treated) == 10 else photo["visit"] == "baseline"
        if row["IGSTRESN"] and early:
            key = (row["USUBJID"], row["FOCID"], row["IGTESTCD"])
            rank = (float(row["VISITNUM"]), int(row["IGREPNUM"]), row["IGSEQ"])
            wanted[key] = max(wanted.get(key, rank), rank)
    flagged = [row for row in domains["ig"] if row["IGLOBXFL"]]
    assert {row["IGLOBXFL"] for row in flagged} == {"Y"}
    found = {(row["USUBJID"], row["FOCID"], row["IGTESTCD"]): row["IGSEQ"] for row in flagged}
    assert len(found) == len(flagged) > 1000
    assert found == {key: seq for key, (_, _, seq) in wanted.items()}
    assert any(key[0] == people[PARTIAL_DATE]["USUBJID"] for key in found)
    subject, site = REFUSED_BASELINE
    assert not any(key[:2] == (people[subject]["USUBJID"], site) for key in found)


def test_replicates_are_records_of_their_own(domains: dict[str, Rows], photos: dict[str, dict[str, str]]) -> None:
    second = {photo for photo, row in photos.items() if row["replicate"] == "2"}
    assert len(second) > 60
    assert {row["IGREFID"] for row in domains["ig"] if row["IGREPNUM"] == "2"} == second


def test_relationships_resolve(domains: dict[str, Rows], photos: dict[str, dict[str, str]]) -> None:
    pairs = defaultdict(dict)
    for row in domains["relrec"]:
        assert (row["USUBJID"], row["IDVARVAL"]) == ("", "")
        pairs[row["RELID"]][row["RELTYPE"]] = [one[row["IDVAR"]] for one in domains[row["RDOMAIN"].lower()]]
    assert len(pairs) == 2
    for sides in pairs.values():
        assert len(set(sides["ONE"])) == len(sides["ONE"]) == len(photos)
        assert set(sides["MANY"]) == set(sides["ONE"])
    name = {row["PRLNKID"]: row["PRREFID"] for row in domains["pr"]}
    assert all(name[row["IGLNKID"]] == row["IGREFID"] for row in domains["ig"])
    assert all(name[row["DULNKID"]] == row["DUREFID"] for row in domains["du"])


def parents(domains: dict[str, Rows]) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """Each supplemental qualifier with a record to which it belongs."""
    there = {(name, row["USUBJID"], row[name]): row for row in domains["ig"] for name in ("IGSEQ", "IGLNKID")}
    for row in domains["suppig"]:
        yield row, there[row["IDVAR"], row["USUBJID"], row["IDVARVAL"]]


def test_supplemental_qualifiers_belong_to_records_and_carry_the_rest(
    domains: dict[str, Rows], photos: dict[str, dict[str, str]]
) -> None:
    found: dict[str, dict[object, str]] = {name: {} for name in photos}
    for row, parent in parents(domains):
        assert row["QVAL"] and row["QORIG"] in ("Collected", "Derived")
        if not row["QNAM"].startswith("IGREASN"):
            key = row["QNAM"] if row["IDVAR"] == "IGLNKID" else (parent["IGTESTCD"], row["QNAM"])
            assert key not in found[parent["IGREFID"]]
            found[parent["IGREFID"]][key] = row["QVAL"]
    for name, photo in photos.items():
        wanted = {**OF_PHOTOGRAPH, **OF_TEST}
        assert found[name] == {key: plain(photo[column]) for key, column in wanted.items() if photo[column]}, name


def test_no_column_of_the_tables_is_left_behind(photos: dict[str, dict[str, str]]) -> None:
    told = {*TESTS.values(), *SETTINGS.values(), *OF_PHOTOGRAPH.values(), *OF_TEST.values(), *IN_IG}
    assert told == set(next(iter(photos.values())))


def test_settings_of_the_device_in_use(domains: dict[str, Rows], photos: dict[str, dict[str, str]]) -> None:
    found = by_photo(domains["du"], "DUREFID")
    assert found.keys() == photos.keys()
    for name, photo in photos.items():
        told = {row["DUTESTCD"]: row["DUORRES"] for row in found[name]}
        assert told == {test: photo[column] for test, column in SETTINGS.items() if photo[column]}
    for row in domains["du"]:
        assert (
            row["DUSTRESN"] == "" if row["DUTESTCD"] == "SCALESRC" else float(row["DUSTRESN"]) == float(row["DUORRES"])
        )
    units = {row["DUTESTCD"]: row["DUORRESU"] for row in domains["du"]}
    assert (units["UMPERPX"], units["WIDTHPX"], units["MAGNIF"]) == ("um/PIXEL", "PIXEL", "")


def test_devices_and_the_program_are_told_once(trial_out: Path, domains: dict[str, Rows]) -> None:
    devices = {(row["SPDEVID"], row["DIPARMCD"]): row["DIVAL"] for row in domains["di"]}
    assert devices["Dermatoskop B", "SERIAL"] == "0815-B" and devices["Dermatoskop A", "MANUF"] == "Lichtbau GmbH"
    assert {name for name, _ in devices} == {row["SPDEVID"] for row in domains["ig"]}
    run = json.loads((trial_out / "run.json").read_text())
    told = {row["DOTESTCD"]: row["DOORRES"] for row in domains["do"] if row["SPDEVID"] == "Dermatoskop A"}
    assert told["SFTWRNAM"] == "densitometer" and told["SFTWRVER"] == run["densitometer"]
    assert (told["MODELSHA"], told["SETSHA"]) == (run["model_sha256"], run["settings_sha256"])
    assert not any("USUBJID" in domains[name][0] for name in ("di", "do"))


@pytest.mark.parametrize("domain", ORDER)
def test_variables_stand_in_the_order_of_the_model(domains: dict[str, Rows], domain: str) -> None:
    assert list(domains[domain][0]) == ORDER[domain].split()


def test_transport_files_say_the_same(written: Path, domains: dict[str, Rows]) -> None:
    frame, told = pyreadstat.read_xport(written / "ig.xpt")
    assert list(frame.columns) == ORDER["ig"].split() and len(frame) == len(domains["ig"])
    for name in ("IGTESTCD", "IGSTAT", "IGORRES", "IGDTC"):
        assert list(frame[name]) == [row[name] for row in domains["ig"]]
    numbers = [None if value != value else value for value in frame["IGSTRESN"]]
    assert numbers == [float(row["IGSTRESN"]) if row["IGSTRESN"] else None for row in domains["ig"]]
    labels = told.column_names_to_labels
    assert labels["FOCID"] == "Focus of Study-Specific Interest"
    assert labels["IGSTRESN"] == "Numeric Result/Finding in Standard Units"
    assert labels["IGLOBXFL"] == "Last Observation Before Exposure Flag"


def test_define_tells_the_counting_rule_and_the_terms(written: Path) -> None:
    text = (written / "define.xml").read_text(encoding="utf-8")
    for words in ("its root, the place where the shaft leaves the skin", "30 um and again at 40 um", "exact Poisson"):
        assert words in text
    root = ElementTree.fromstring(text)
    odm = "{http://www.cdisc.org/ns/odm/v1.3}"
    extended = "{http://www.cdisc.org/ns/def/v2.1}ExtendedValue"
    codes = {}
    for item in root.iter():
        if item.tag in (f"{odm}CodeListItem", f"{odm}EnumeratedItem"):
            alias = item.find(f"{odm}Alias")
            codes[item.get("CodedValue")] = (alias.get("Name") if alias is not None else None, item.get(extended))
    assert codes["SCALP"] == ("C89807", None) and codes["NOT DONE"] == ("C49484", None)
    assert codes["HAIRDENS"] == codes["/cm2"] == (None, "Yes")
    assert codes["um"][0] == "C48510" and codes["TEMPORAL"][0] == "C117754"
    methods = " ".join("".join(one.itertext()) for one in root.iter(f"{odm}MethodDef"))
    assert "HAIRCNT by AOIAREA" in methods and "Density of hairs of 30 um and wider" in methods


def test_nothing_that_stands_twice_has_the_same_keys(domains: dict[str, Rows]) -> None:
    keys = {"ig": ("USUBJID", "FOCID", "IGTESTCD", "VISITNUM", "IGREPNUM"), "du": ("USUBJID", "DULNKID", "DUTESTCD"),
            "pr": ("USUBJID", "PRLNKID"), "di": ("SPDEVID", "DIPARMCD"), "do": ("SPDEVID", "DOTESTCD"),
            "suppig": ("USUBJID", "IDVAR", "IDVARVAL", "QNAM")}  # fmt: skip
    for domain, names in keys.items():
        assert set(Counter(tuple(row[name] for name in names) for row in domains[domain]).values()) == {1}, domain


def test_the_same_results_give_the_same_bytes(
    written: Path, trial_out: Path, trial_study_file: Path, trial_subjects: Path, tmp_path: Path
) -> None:
    names = export_study(trial_out, "sdtm", tmp_path / "again", trial_study_file, trial_subjects).files
    assert len(names) == 23
    assert [name for name in names if (tmp_path / "again" / name).read_bytes() != (written / name).read_bytes()] == []


def test_text_outside_ascii_stays_but_in_transport_files(written: Path, domains: dict[str, Rows]) -> None:
    assert any(row["VISIT"] == "追加" for row in domains["ig"])
    rows = json.loads((written / "pr.json").read_text(encoding="utf-8"))["rows"]
    assert any("Jörg-07" in str(cell) for row in rows for cell in row)
    with (written / "pr.csv").open(encoding="utf-8", newline="") as file:
        assert len(list(csv.reader(file))) == len(rows) + 1
    frame, _ = pyreadstat.read_xport(written / "pr.xpt")
    assert any("J%C3%B6rg-07" in name for name in frame["PRREFID"])
