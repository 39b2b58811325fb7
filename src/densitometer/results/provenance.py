"""Provenance of a run: settings, model and versions, by which a second one gives the same."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from typing import TYPE_CHECKING

from densitometer.results.made import LIBRARIES, installed_version

if TYPE_CHECKING:
    from densitometer.results.record import Record
    from densitometer.settings import Settings

_DEPENDENCIES = (*LIBRARIES, "pydantic", "jinja2", "matplotlib")


def describe_run(settings: Settings, options: Mapping[str, object], record: Record) -> dict[str, object]:
    """Provenance of a run: what a second run needs to give the same bytes, and nothing that differs between the two."""
    return {
        **versions(),
        **model_of(settings),
        "options": dict(options),
        "settings": json.loads(settings.to_json()),
        "settings_sha256": settings.sha256,
        "photographs": [{"photo": photo, "sha256": sha256} for photo, sha256 in record.hashes()],
    }


def versions() -> dict[str, object]:
    """Versions of what the numbers and the pictures of a run depend on."""
    return {
        "densitometer": installed_version("densitometer"),
        "python": platform.python_version(),
        "dependencies": {name: installed_version(name) for name in _DEPENDENCIES},
    }


def model_of(settings: Settings) -> dict[str, str | None]:
    """Name, version and checksum of the weights that were used; nothing where none were."""
    if settings.method != "network":
        return {"model": None, "model_version": None, "model_sha256": None}
    from densitometer.strands.weights import packaged_model  # loads OpenCV, which most users of this module need not

    facts = packaged_model().facts
    return {"model": facts.name, "model_version": facts.version, "model_sha256": facts.sha256}
