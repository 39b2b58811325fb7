"""Pieces of FHIR R4 resources: identities, codes, quantities and references, as plain mappings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid5

from densitometer.study.model import Photograph, Study

Element = dict[str, Any]

_NAMESPACE = UUID("5b0a3a0e-6f0c-4e0e-9d3c-0f6b6a1f6c55")
_OURS = "urn:x-densitometer"
TESTS = f"{_OURS}:test"
"""Code system of what is measured: of the sponsor, since neither LOINC nor SNOMED CT has it."""
VERDICTS = f"{_OURS}:verdict"
HASHES = f"{_OURS}:photograph-sha256"
_UCUM = "http://unitsofmeasure.org"
_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
_RESEARCH = "For research use only; not for diagnosis."
RESEARCH_NOTE: Element = {"text": _RESEARCH}
META: Element = {
    "tag": [{"system": f"{_OURS}:tag", "code": "research-use", "display": "For research use only"}],
}


def identity(*parts: str) -> str:
    """Id that the same parts always have, so that a second import overwrites the first."""
    return str(uuid5(_NAMESPACE, "\n".join(parts)))


def photograph_id(study: Study, one: Photograph) -> str:
    """Id of the Observation of a photograph: of the study, the name and the content of the file."""
    return identity("photograph", study.about.study_id, one.name, str(one.row.get("sha256") or ""))


def reference(kind: str, number: str, display: str = "") -> Element:
    """Reference to a resource of the bundle."""
    return {"reference": f"urn:uuid:{number}", "type": kind} | ({"display": display} if display else {})


def subject(study: Study, one: Photograph) -> Element:
    """Whom it is about: a patient that the server knows by the code of the study."""
    system = f"{_OURS}:study:{quote(study.about.study_id, safe='')}:subject"
    return {"type": "Patient", "identifier": {"system": system, "value": one.subject.code}}


def identifier(study: Study, kind: str, value: str) -> Element:
    """Business identifier within a study."""
    return {"system": f"{_OURS}:study:{quote(study.about.study_id, safe='')}:{kind}", "value": value}


def concept(code: str, name: str) -> Element:
    """Return what is measured, coded by the sponsor."""
    return {"coding": [{"system": TESTS, "code": code, "display": name}], "text": name}


def published(system: str, code: str, display: str, text: str = "") -> Element:
    """Concept of a code system of HL7."""
    coding = {"system": f"{_TERMINOLOGY}/{system}", "code": code, "display": display}
    return {"coding": [coding], "text": text or display}


def absent(code: str, display: str, why: str) -> Element:
    """Why there is no value."""
    return {"dataAbsentReason": published("data-absent-reason", code, display, why)}


def quantity(text: str, ucum: str) -> Element:
    """Value with its unit in UCUM; a number without a unit has the unit 1.

    Parameters
    ----------
    text : str
        The number as tables have it, so that no digit is made up.
    ucum : str
    """
    value = float(text) if "." in text or "e" in text else int(text)
    return {"valueQuantity": {"value": value, "unit": ucum, "system": _UCUM, "code": ucum}}


def component(code: str, name: str, value: Mapping[str, Any]) -> Element:
    """One of several values of an Observation."""
    return {"code": concept(code, name), **value}


def body_site(one: Photograph) -> Element:
    """Return the scalp, with the site as the visits table names it."""
    coding = {"system": "http://snomed.info/sct", "code": "41695006", "display": "Scalp structure"}
    return {"coding": [coding], "text": one.site.label or "Scalp"}


def when(study: Study, one: Photograph) -> Element:
    """Day of the visit, where it is known, and when the results were last written."""
    told = {"effectiveDateTime": one.date, "issued": study.written_at}
    return {key: text for key, text in told.items() if text}
