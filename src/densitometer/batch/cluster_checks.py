"""Would every worker of a cluster measure as this process does? Asked before the first photograph."""

from __future__ import annotations

import importlib.metadata
import pickle
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from densitometer.batch.jobs import Job
from densitometer.batch.places import Place, bytes_at, sha256_at
from densitometer.batch.work import work
from densitometer.errors import DensitometerError, PhotoError
from densitometer.processes import Lost
from densitometer.processes.child import value_of
from densitometer.processes.elsewhere import ask_a_child
from densitometer.results.made import installed_version, made_of
from densitometer.settings import Settings

if TYPE_CHECKING:
    from distributed import Client

_OF_THE_PHOTOGRAPH = frozenset({"sha256", "um_per_px", "scale_from"})
_CALLED = {"settings_sha256": "settings", "model_sha256": "weights of the network"}
_SHOWN = 12
_LIMIT_S = 120.0


def check_workers(client: Client, first: Job, settings: Settings) -> None:
    """Compare every worker with this process.

    Raises
    ------
    DensitometerError
        Names the worker and the difference.
    """
    _check_installed(client)
    question = (facts, (first.path if first.reason is None else None, settings), None)
    answers = client.run(ask_a_child, work.__module__, pickle.dumps(question), _LIMIT_S, on_error="return")
    here = made_of(None, None, False, settings)
    sha256 = sha256_at(first.path) if first.reason is None else None
    for worker, answer in sorted(answers.items()):
        made, read, reason = _told(worker, answer)
        if differences := differing(made, here):
            raise DensitometerError(
                f"the worker {worker} measures with other versions: {differences}; install the same on all machines"
            )
        if sha256 is not None and read != sha256:
            told = reason or "another file lies at its path there"
            raise DensitometerError(
                f"the worker {worker} cannot read {first.photo}: {told}; let the workers share the folder under "
                "the same path, or name the photographs by an address such as s3://bucket/folder"
            )


def facts(place: Place | None, settings: Settings) -> tuple[dict[str, object], str | None, str | None]:
    """What a worker measures with; the hash of a photograph as it reads it, and why it cannot where it cannot."""
    made = made_of(None, None, False, settings)
    if place is None:
        return made, None, None
    try:
        bytes_at(place)
    except PhotoError as error:
        return made, None, error.reason
    return made, sha256_at(place), None


def differing(there: Mapping[str, Any], here: Mapping[str, Any]) -> str:
    """Say in what the means of measuring differ; empty where they do not."""
    pairs = {
        name: (there.get(name), here.get(name)) for name in sorted({*there, *here} - {"libraries"} - _OF_THE_PHOTOGRAPH)
    }
    libraries = there.get("libraries", {}), here.get("libraries", {})
    pairs |= {name: (libraries[0].get(name), libraries[1].get(name)) for name in sorted({*libraries[0], *libraries[1]})}
    told = [
        f"{_CALLED.get(name, name)} {_shown(one)} there, {_shown(other)} here"
        for name, (one, other) in pairs.items()
        if one != other
    ]
    return "; ".join(told)


def _shown(value: object) -> str:
    return "absent" if value is None else str(value)[:_SHOWN]


def _check_installed(client: Client) -> None:
    """Ask with means that every worker has, whatever else it lacks."""
    here = installed_version("densitometer")
    for worker, there in sorted(client.run(importlib.metadata.version, "densitometer", on_error="return").items()):
        if isinstance(there, importlib.metadata.PackageNotFoundError):
            raise DensitometerError(f"the worker {worker} has no densitometer; install version {here} there")
        if isinstance(there, str) and there != here:
            raise DensitometerError(f"the worker {worker} has densitometer {there}, this is {here}; install the same")


def _told(worker: str, answer: object) -> tuple[dict[str, object], str | None, str | None]:
    if isinstance(answer, bytes):
        made, read, reason = value_of(answer)
        return made, read, reason
    told = "it does not answer" if isinstance(answer, Lost) else " ".join(str(answer).split())
    raise DensitometerError(f"the worker {worker} cannot measure: {told}")
