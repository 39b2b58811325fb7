"""FHIR R4 resources of a study: the program as a Device, and an Observation a photograph and a comparison."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from densitometer.datasets.fhir_parts import (
    HASHES,
    META,
    RESEARCH_NOTE,
    VERDICTS,
    Element,
    absent,
    body_site,
    component,
    concept,
    identifier,
    identity,
    photograph_id,
    published,
    quantity,
    reference,
    subject,
    when,
)
from densitometer.datasets.parameters import PARAMETERS, Parameter, why_empty
from densitometer.dictionary import CHANGE_COLUMNS, PHOTO_COLUMNS
from densitometer.flags import REGISTRY
from densitometer.results.tables import format_cell
from densitometer.study.model import Photograph, Row, Study

_METHOD = {"text": "Single hairs traced on a photograph; a hair counts if and only if its root lies in the field"}
_MATCHED = {"text": "Photographs laid on one another by the roots, and hairs matched one by one"}
_FLAGS = {flag.name: f"{flag.name}: {flag.meaning} {flag.advice}" for flag in REGISTRY}
_COLUMNS = {column.name: column for column in (*PHOTO_COLUMNS, *CHANGE_COLUMNS)}
_UCUM = {"1/cm2": "/cm2", "um/px": "um/{pixel}"}
_LOWER, _UPPER = "Lower End of 95 % Interval", "Upper End of 95 % Interval"
_CHANGE = ("HAIRDCHG", "Hair Density, Change from Baseline by Matched Hairs")
_CHANGES = (
    ("change_low_per_cm2", "HAIRDCHG-LOW95", f"{_CHANGE[1]}, {_LOWER}"),
    ("change_high_per_cm2", "HAIRDCHG-HIGH95", f"{_CHANGE[1]}, {_UPPER}"),
    ("mdc95_per_cm2", "HAIRDMDC", "Hair Density, Smallest Change beyond Measurement Error at 95 %"),
    ("change_percent", "HAIRDPCT", "Hair Density, Change in per Cent of Baseline"),
    ("baseline_per_cm2", "HAIRDBAS", "Hair Density on the Common Field, Baseline"),
    ("followup_per_cm2", "HAIRDFUP", "Hair Density on the Common Field, Follow-up"),
    ("overlap_cm2", "OVERLAP", "Area of the Common Field"),
    ("persisting", "HAIRPERS", "Hairs in Both Photographs"),
    ("lost", "HAIRLOST", "Hairs Lost since Baseline"),
    ("gained", "HAIRGAIN", "Hairs Gained since Baseline"),
    ("ambiguous", "HAIRAMBI", "Hairs of Which It Cannot Be Told"),
    ("width_change_um", "HAIRWCHG", "Hair Width, Mean Change of Persisting Hairs"),
    ("width_change_low_um", "HAIRWCHG-LOW95", f"Hair Width, Mean Change of Persisting Hairs, {_LOWER}"),
    ("width_change_high_um", "HAIRWCHG-HIGH95", f"Hair Width, Mean Change of Persisting Hairs, {_UPPER}"),
    ("width_pairs", "HAIRWPRS", "Persisting Hairs Measured in Both Photographs"),
)
_SIGNIFICANT = {"increase": ("U", "Significant change up"), "decrease": ("D", "Significant change down")}
_VERDICTS = {
    "increase": "Increase beyond measurement error",
    "decrease": "Decrease beyond measurement error",
    "within_error": "Within measurement error, which does not mean that there is no change",
}


def device(study: Study) -> Element:
    """Return the program that measured: its version, and the model and settings that numbers hang on."""
    facts = {key: str(study.run.get(key) or "") for key in ("densitometer", "model_sha256", "settings_sha256")}
    kinds = {"densitometer": "software", "model_sha256": "model sha256", "settings_sha256": "settings sha256"}
    return {
        "resourceType": "Device",
        "id": identity("device", *facts.values()),
        "meta": META,
        "status": "active",
        "deviceName": [{"name": "densitometer", "type": "model-name"}],
        "type": {"text": "Software that measures hair on photographs"},
        "version": [{"type": {"text": kinds[key]}, "value": text} for key, text in facts.items() if text],
        "note": [RESEARCH_NOTE],
    }


def photograph(study: Study, one: Photograph, measured_by: Element) -> Element:
    """Observation of one photograph, with a component a parameter; cancelled where it was not measured."""
    common = {
        **_head(study, one, photograph_id(study, one), "photograph"),
        "status": "final" if one.measured else "cancelled",
        "code": concept("HAIRPHOT", "Hair Findings on a Scalp Photograph"),
        "method": _METHOD,
        "device": measured_by,
        "derivedFrom": [_file(study, one)],
        "component": [*_visit(one), *(_measured(one) if one.measured else ())],
        "note": [RESEARCH_NOTE, *({"text": text} for text in _remarks(one))],
    }
    if one.measured:
        return common
    return common | absent("not-performed", "Not Performed", f"Not measured: {one.row.get('reason') or 'unknown'}")


def change(study: Study, later: Photograph, earlier: Photograph, row: Row, measured_by: Element) -> Element:
    """Observation of the change between a photograph and that of the baseline."""
    pair = (photograph_id(study, earlier), photograph_id(study, later))
    value = _quantity(row, "change_per_cm2") or absent("unknown", "Unknown", "not stated")
    return {
        **_head(study, later, identity("change", *pair), "comparison"),
        "status": "final",
        "code": concept(*_CHANGE),
        "method": _MATCHED,
        "device": measured_by,
        "derivedFrom": [reference("Observation", number) for number in pair],
        **value,
        "interpretation": list(_interpretation(str(row.get("verdict") or ""))),
        "component": [component(code, told, value) for name, code, told in _CHANGES if (value := _quantity(row, name))],
        "note": [RESEARCH_NOTE, *({"text": text} for text in _told(row.get("flags")))],
    }


def _head(study: Study, one: Photograph, number: str, kind: str) -> Element:
    return {
        "resourceType": "Observation",
        "id": number,
        "meta": META,
        "identifier": [identifier(study, kind, one.name)],
        "category": [published("observation-category", "imaging", "Imaging")],
        "subject": subject(study, one),
        "bodySite": body_site(one),
        **when(study, one),
    }


def _file(study: Study, one: Photograph) -> Element:
    """Return the photograph itself, which is not in the bundle: by the hash of its file, else by its name."""
    sha256 = str(one.row.get("sha256") or "")
    named = {"system": HASHES, "value": sha256} if sha256 else identifier(study, "file", one.name)
    return {"type": "Media", "identifier": named, "display": one.name}


def _visit(one: Photograph) -> Iterator[Element]:
    if one.visit:
        yield component("VISIT", "Visit", {"valueString": one.visit.label})
    yield component("REPLICATE", "Replicate", {"valueInteger": one.replicate})


def _measured(one: Photograph) -> Iterator[Element]:
    if scale := _quantity(one.row, "um_per_px"):
        yield component("UMPERPX", "Scale", scale)
    for parameter in PARAMETERS:
        yield from _parameter(one, parameter)


def _parameter(one: Photograph, parameter: Parameter) -> Iterator[Element]:
    """Return a value and the ends of its interval; a value that is lacking says why."""
    text, ucum = parameter.text(one.row), parameter.unit.ucum
    if not text:
        yield component(parameter.code, parameter.name, _lacking(why_empty(parameter, one.row)))
        return
    yield component(parameter.code, parameter.name, quantity(text, ucum))
    for end, code, told in ((parameter.low, "LOW95", _LOWER), (parameter.high, "HIGH95", _UPPER)):
        if end and (text := parameter.text(one.row, end)):
            yield component(f"{parameter.code}-{code}", f"{parameter.name}, {told}", quantity(text, ucum))


def _lacking(why: str) -> Element:
    if why == "NO HAIR FOUND":
        return absent("not-applicable", "Not Applicable", why.capitalize())
    return absent("unknown", "Unknown", why.capitalize())


def _quantity(row: Row, name: str) -> Element:
    column = _COLUMNS[name]
    text = format_cell(row.get(name), column)
    return quantity(text, _UCUM.get(column.unit, column.unit)) if text else {}


def _interpretation(verdict: str) -> Iterator[Element]:
    if verdict in _VERDICTS:
        yield {"coding": [{"system": VERDICTS, "code": verdict}], "text": _VERDICTS[verdict]}
    if verdict in _SIGNIFICANT:
        yield published("v3-ObservationInterpretation", *_SIGNIFICANT[verdict])


def _remarks(one: Photograph) -> Iterable[str]:
    return _told(one.row.get("flags")) if one.measured else [f"Not measured: {one.row.get('reason') or 'unknown'}"]


def _told(flags: object) -> Iterable[str]:
    return [_FLAGS[name] for name in str(flags or "").split(";") if name]
