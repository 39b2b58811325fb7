from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from fhirclient.models.bundle import Bundle
from hypothesis import given
from hypothesis import strategies as st

from densitometer.datasets.fhir import files
from densitometer.datasets.parameters import PARAMETERS
from densitometer.dictionary import CHANGE_COLUMNS, PHOTO_COLUMNS
from densitometer.errors import StudyError
from densitometer.results.tables import format_cell
from densitometer.study.model import Study
from densitometer.study.read import read_study
from densitometer.study.study_file import About
from small_study import measured, photograph, refused, study

TESTS = "urn:x-densitometer:test"
UCUM_UNITS = {"1", "%", "/cm2", "um", "mm", "mm/cm2", "cm2", "um/{pixel}"}
CHANGES = {
    "HAIRDCHG-LOW95": "change_low_per_cm2",
    "HAIRDCHG-HIGH95": "change_high_per_cm2",
    "HAIRDMDC": "mdc95_per_cm2",
    "HAIRDBAS": "baseline_per_cm2",
    "HAIRDFUP": "followup_per_cm2",
    "HAIRDPCT": "change_percent",
    "OVERLAP": "overlap_cm2",
    "HAIRPERS": "persisting",
    "HAIRLOST": "lost",
    "HAIRGAIN": "gained",
    "HAIRAMBI": "ambiguous",
    "HAIRWCHG": "width_change_um",
    "HAIRWCHG-LOW95": "width_change_low_um",
    "HAIRWCHG-HIGH95": "width_change_high_um",
    "HAIRWPRS": "width_pairs",
}
Resource = dict[str, Any]


def bundle_of(made: Study) -> Resource:
    content = dict(files(made))
    assert list(content) == ["bundle.json"]
    return json.loads(content["bundle.json"], parse_float=Decimal)


def observations(bundle: Resource, code: str) -> list[Resource]:
    resources = [entry["resource"] for entry in bundle["entry"]]
    return [one for one in resources if one["resourceType"] == "Observation" and code_of(one) == code]


def code_of(element: Resource) -> str:
    (coding,) = element["code"]["coding"]
    assert coding["system"] == TESTS
    return coding["code"]


def components(one: Resource) -> dict[str, Resource]:
    found = {code_of(part): part for part in one["component"]}
    assert len(found) == len(one["component"])
    return found


def every(element: object, key: str) -> Iterator[Any]:
    """Values of a key at any depth."""
    if isinstance(element, dict):
        yield from (element[key] for _ in range(1) if key in element)
        for part in element.values():
            yield from every(part, key)
    elif isinstance(element, list):
        for part in element:
            yield from every(part, key)


@pytest.fixture(scope="module")
def trial(trial_out: Path, trial_study_file: Path, trial_subjects: Path) -> Study:
    return read_study(trial_out, trial_study_file, trial_subjects)


@pytest.fixture(scope="module")
def bundle(trial: Study) -> Resource:
    return bundle_of(trial)


def test_another_library_reads_the_trial_strictly_and_says_the_same(trial: Study) -> None:
    told = json.loads(dict(files(trial))["bundle.json"])
    assert Bundle(told, strict=True).as_json() == told  # models of R4, 4.0.1


def test_fhir_resources_says_the_same_of_each_resource(bundle: Resource) -> None:
    from fhir.resources.R4B import get_fhir_model_class

    for entry in bundle["entry"][:3] + bundle["entry"][-3:]:
        told = entry["resource"]
        model = get_fhir_model_class(told["resourceType"]).model_validate(told)
        assert json.loads(model.model_dump_json(), parse_float=Decimal) == told


def test_every_entry_has_an_id_of_its_own_and_is_put_there(bundle: Resource) -> None:
    assert bundle["type"] == "transaction"
    urls = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(set(urls)) == len(urls)
    for entry in bundle["entry"]:
        kind, number = entry["resource"]["resourceType"], entry["resource"]["id"]
        assert entry["fullUrl"] == f"urn:uuid:{number}"
        assert entry["request"] == {"method": "PUT", "url": f"{kind}/{number}"}


def test_every_reference_is_to_a_resource_of_its_kind_in_the_bundle(bundle: Resource) -> None:
    kinds = {entry["fullUrl"]: entry["resource"]["resourceType"] for entry in bundle["entry"]}
    references = [ref for name in ("device", "derivedFrom") for ref in every(bundle, name)]
    flat = [one for ref in references for one in (ref if isinstance(ref, list) else [ref])]
    inside = [one for one in flat if "reference" in one]
    assert len(inside) >= len(bundle["entry"]) - 1
    assert all(kinds[one["reference"]] == one["type"] for one in inside)
    assert all(one["type"] == "Media" and one["identifier"]["value"] for one in flat if "reference" not in one)


def test_there_is_an_observation_a_photograph_and_a_change(trial: Study, bundle: Resource) -> None:
    photographs, changes = observations(bundle, "HAIRPHOT"), observations(bundle, "HAIRDCHG")
    assert [one["identifier"][0]["value"] for one in photographs] == [one.name for one in trial.photographs]
    assert {one["identifier"][0]["value"] for one in changes} == set(trial.changes)
    assert len(bundle["entry"]) == 1 + len(photographs) + len(changes)


def test_numbers_are_those_of_photos_csv(trial: Study, bundle: Resource) -> None:
    columns = {column.name: column for column in PHOTO_COLUMNS}
    for one, told in zip(trial.photographs, observations(bundle, "HAIRPHOT"), strict=True):
        found = components(told)
        for parameter in PARAMETERS if one.measured else ():
            text = format_cell(one.row[parameter.column.name], columns[parameter.column.name])
            part = found[parameter.code]
            if text:
                share = 100 if parameter.percent else 1
                assert part["valueQuantity"]["value"] == Decimal(text) * share
                assert "dataAbsentReason" not in part
            else:
                assert "valueQuantity" not in part
                assert part["dataAbsentReason"]["text"]


def test_ends_of_intervals_are_components() -> None:
    row = measured(density_low_per_cm2=100.25, density_high_per_cm2=150.5, hair_count_low=50.0, hair_count_high=None)
    found = components(observations(bundle_of(study(photograph(row))), "HAIRPHOT")[0])
    assert found["HAIRDENS-LOW95"]["valueQuantity"]["value"] == Decimal("100.25")
    assert found["HAIRDENS-HIGH95"]["valueQuantity"]["value"] == Decimal("150.5")
    assert found["HAIRCNT-LOW95"]["valueQuantity"]["value"] == 50
    assert "HAIRCNT-HIGH95" not in found


def test_why_a_number_is_lacking_is_said() -> None:
    found = components(observations(bundle_of(study(photograph(measured(um_per_px=None)))), "HAIRPHOT")[0])
    assert "UMPERPX" not in found
    assert found["HAIRWID"]["dataAbsentReason"]["text"] == "No scale"
    bald = components(observations(bundle_of(study(photograph(measured(hair_count=0)))), "HAIRPHOT")[0])
    assert bald["HAIRCNT"]["valueQuantity"]["value"] == 0
    assert bald["HAIRWID"]["dataAbsentReason"]["coding"][0]["code"] == "not-applicable"


def test_numbers_have_no_dust_and_no_digit_that_was_not_there() -> None:
    made = study(photograph(measured(density_per_cm2=123.4, density_low_per_cm2=0.1 + 0.2, hair_count=61)))
    text = dict(files(made))["bundle.json"].decode()
    assert '"value":123.4,"unit":"/cm2"' in text
    assert '"value":0.3,"unit":"/cm2"' in text
    assert '"value":61,"unit":"1"' in text
    assert '"value":14.3,"unit":"%"' in text


def test_units_are_of_ucum(bundle: Resource) -> None:
    quantities = list(every(bundle, "valueQuantity"))
    assert {one["system"] for one in quantities} == {"http://unitsofmeasure.org"}
    assert {one["code"] for one in quantities} <= UCUM_UNITS


def test_a_photograph_that_was_not_measured_is_cancelled_and_says_why(trial: Study, bundle: Resource) -> None:
    reasons = {one.name: one.row["reason"] for one in trial.photographs if not one.measured}
    found = [one for one in observations(bundle, "HAIRPHOT") if one["status"] == "cancelled"]
    assert {one["identifier"][0]["value"] for one in found} == set(reasons) != set()
    for one in found:
        reason = str(reasons[one["identifier"][0]["value"]])
        assert reason in one["dataAbsentReason"]["text"]
        assert any(reason in note["text"] for note in one["note"])
        assert set(components(one)) <= {"VISIT", "REPLICATE"}


def test_a_change_has_its_two_photographs_interval_and_verdict(trial: Study, bundle: Resource) -> None:
    names = {f"urn:uuid:{one['id']}": one["identifier"][0]["value"] for one in observations(bundle, "HAIRPHOT")}
    columns = {column.name: column for column in CHANGE_COLUMNS}
    seen = set()
    for one in observations(bundle, "HAIRDCHG"):
        row = trial.changes[one["identifier"][0]["value"]]
        pair = [names[part["reference"]] for part in one["derivedFrom"]]
        assert pair == [row["baseline_photo"], row["followup_photo"]]
        assert one["valueQuantity"]["value"] == round(Decimal(float(row["change_per_cm2"] or 0)), 2)
        found = components(one)
        for code, name in CHANGES.items():
            text = format_cell(row[name], columns[name])
            assert (code in found) is bool(text)
            assert not text or found[code]["valueQuantity"]["value"] == Decimal(text)
        assert set(found) - CHANGES.keys() <= {"VISIT", "REPLICATE"}
        verdicts = [coding["code"] for concept in one["interpretation"] for coding in concept["coding"]]
        assert (
            verdicts
            == {
                "increase": ["increase", "U"],
                "decrease": ["decrease", "D"],
                "within_error": ["within_error"],
            }[str(row["verdict"])]
        )
        seen.add(row["verdict"])
    assert {"increase", "within_error"} <= seen


def test_flags_are_notes_with_what_to_do() -> None:
    (one,) = observations(bundle_of(study(photograph(measured(flags="blurred")))), "HAIRPHOT")
    assert any(note["text"].startswith("blurred: The photograph is out of focus") for note in one["note"])


def test_research_use_is_said_of_every_resource(bundle: Resource) -> None:
    for entry in bundle["entry"]:
        assert entry["resource"]["meta"]["tag"][0]["code"] == "research-use"
        assert entry["resource"]["note"][0]["text"].startswith("For research use only")


def test_who_where_and_when() -> None:
    (one,) = observations(bundle_of(study(photograph(measured(), "Jörg-07", visit=2, site="Wirbel"))), "HAIRPHOT")
    assert one["subject"]["identifier"] == {"system": "urn:x-densitometer:study:S1:subject", "value": "Jörg-07"}
    assert one["effectiveDateTime"] == "2026-02-12"
    assert one["bodySite"]["text"] == "Wirbel"
    assert components(one)["VISIT"]["valueString"] == "Visit 2"


def test_the_device_is_the_program_with_model_and_settings() -> None:
    (device,) = [
        entry["resource"]
        for entry in bundle_of(study(photograph(measured())))["entry"]
        if entry["resource"]["resourceType"] == "Device"
    ]
    assert [one["value"] for one in device["version"]] == ["1.2.3", "ab" * 32, "cd" * 32]


def test_a_study_day_that_is_not_known_is_left_out() -> None:
    made = study(replace(photograph(measured()), date=""), replace(photograph(measured("c.jpg")), date="2026-03"))
    days = [one.get("effectiveDateTime") for one in observations(bundle_of(made), "HAIRPHOT")]
    assert days == [None, "2026-03"]


def test_a_file_that_could_not_be_read_is_known_by_its_name() -> None:
    (one,) = observations(bundle_of(study(photograph(refused("x.jpg")))), "HAIRPHOT")
    assert one["derivedFrom"][0]["identifier"]["value"] == "x.jpg"


def test_ids_hang_on_study_name_and_content_alone() -> None:
    def number(made: Study) -> str:
        return observations(bundle_of(made), "HAIRPHOT")[0]["id"]

    first = study(photograph(measured()))
    assert number(first) == number(study(photograph(measured(hair_count=7, density_per_cm2=1.0))))
    assert number(first) != number(study(photograph(measured(sha256="f" * 64))))
    assert number(first) != number(replace(first, about=About(id="S2")))


def test_a_study_without_an_id_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        bundle_of(replace(study(photograph(measured())), about=About()))
    assert "no study id" in caplog.text


def test_what_fhir_does_not_take_is_told_in_full() -> None:
    made = study(replace(photograph(measured("bad.jpg")), replicate=2**31))
    with pytest.raises(StudyError, match=r"bad\.jpg cannot.*valueInteger: Input should be .* 2147483647$"):
        bundle_of(made)


def test_what_fhir_does_not_take_is_told_with_the_photograph() -> None:
    made = study(replace(photograph(measured("bad.jpg")), date="12.01.2026"))
    with pytest.raises(StudyError, match=r"bad\.jpg cannot be written for FHIR.*effectiveDateTime"):
        list(files(made))


_TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)


@given(_TEXT, _TEXT, _TEXT, _TEXT)
def test_any_text_stays_as_it_is_or_is_refused(name: str, subject: str, site: str, reason: str) -> None:
    made = study(
        photograph(measured(f"{name}.jpg"), subject, site=site), photograph(refused(f"{name}.png", reason), subject)
    )
    try:
        told = json.loads(dict(files(made))["bundle.json"])
    except StudyError:
        return
    assert Bundle(told, strict=True).as_json() == told
    one, other = observations(told, "HAIRPHOT")
    assert one["subject"]["identifier"]["value"] == subject
    assert (one["identifier"][0]["value"], one["bodySite"]["text"]) == (f"{name}.jpg", site)
    assert str(made.photographs[1].row["reason"]) in other["dataAbsentReason"]["text"]


def test_the_same_study_gives_the_same_bytes(
    trial: Study, trial_out: Path, trial_study_file: Path, trial_subjects: Path
) -> None:
    assert list(files(trial)) == list(files(read_study(trial_out, trial_study_file, trial_subjects)))
