"""Write a study as a FHIR R4 bundle for the record system of a clinic.

Each resource is checked by the models of fhir.resources. They are those of R4B (4.3.0), which left Observation,
Device and Bundle as they are in R4 (4.0.1).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

from densitometer.datasets.fhir_parts import META, Element, identity, reference
from densitometer.datasets.fhir_resources import change, device, photograph
from densitometer.errors import StudyError
from densitometer.study.model import Study

log = logging.getLogger(__name__)


def files(study: Study) -> Iterator[tuple[str, bytes]]:
    """Write one bundle, a transaction: a Device, and an Observation a photograph and a comparison with the baseline.

    Raises
    ------
    StudyError
        When a resource is not one of FHIR; the text names the photograph.
    """
    if not study.about.id:
        told = "no study id is stated, so that STUDY stands for it; state one before two studies go to one server"
        log.warning("%s, in the study file", told)
    yield "bundle.json", _bundle(study).encode("utf-8")


def _bundle(study: Study) -> str:
    from fhir.resources.R4B.bundle import Bundle

    head = {"id": identity("bundle", study.about.study_id), "meta": META, "type": "transaction"}
    written = {"timestamp": study.written_at} if study.written_at else {}
    text: str = Bundle.model_validate({"resourceType": "Bundle", **head, **written}).model_dump_json()
    entries = ",\n".join(_entry(name, resource) for name, resource in _resources(study))
    return f'{text[:-1]},"entry":[\n{entries}\n]}}\n'


def _resources(study: Study) -> Iterator[tuple[str, Element]]:
    """Resources, with what to name where one is wrong."""
    program = device(study)
    yield "densitometer", program
    measured_by = reference("Device", program["id"], f"densitometer {study.run.get('densitometer') or ''}".strip())
    photographs = {one.name: one for one in study.photographs}
    for one in study.photographs:
        yield one.name, photograph(study, one, measured_by)
    for one in study.photographs:
        if row := study.changes.get(one.name):
            earlier = photographs[str(row["baseline_photo"])]
            yield one.name, change(study, one, earlier, row, measured_by)


def _entry(name: str, resource: Element) -> str:
    kind, number = resource["resourceType"], resource["id"]
    request = f'"request":{{"method":"PUT","url":"{kind}/{number}"}}'
    return f'{{"fullUrl":"urn:uuid:{number}","resource":{_checked(name, resource)},{request}}}'


def _checked(name: str, resource: Element) -> str:
    from fhir.resources.R4B.device import Device
    from fhir.resources.R4B.observation import Observation
    from pydantic import ValidationError

    models: dict[str, Any] = {"Device": Device, "Observation": Observation}
    try:
        models[resource["resourceType"]].model_validate(resource)
    except ValidationError as error:
        found = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()[:3])
        raise StudyError(f"{name} cannot be written for FHIR: {found}") from error
    return json.dumps(resource, ensure_ascii=False, separators=(",", ":"))
