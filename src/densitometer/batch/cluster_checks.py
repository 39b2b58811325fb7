"""Would every worker of a cluster measure as this process does? Asked before its first photograph."""

from __future__ import annotations

import importlib.metadata
import pickle
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
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
_MOST_LOOKED_AT = 20


@dataclass(frozen=True)
class Probe:
    """A photograph that every worker must be able to read, and its hash as this process reads it."""

    photo: str
    place: Place | None
    sha256: str | None

    @staticmethod
    def of(jobs: Iterable[Job]) -> Probe:
        """The first photograph that can be read here; of some that cannot be, none is asked for."""
        for job in islice((job for job in jobs if job.reason is None), _MOST_LOOKED_AT):
            if sha256 := sha256_at(job.path):
                return Probe(job.photo, job.path, sha256)
        return Probe("", None, None)


def problems(
    client: Client, probe: Probe, settings: Settings, workers: Collection[str] | None = None
) -> dict[str, str]:
    """Why each worker would not measure as this process does, in a sentence; empty for one that would.

    Parameters
    ----------
    client : Client
    probe : Probe
    settings : Settings
    workers : collection of str, optional
        Those to ask; all that there are, without it.
    """
    asked = None if workers is None else list(workers)
    found = _problems_of_versions(client, asked)
    able = [worker for worker, problem in found.items() if not problem]
    if not able:
        return found
    question = pickle.dumps((facts, (probe.place, settings), None))
    answers = client.run(ask_a_child, work.__module__, question, _LIMIT_S, workers=able, on_error="return")
    here = made_of(None, None, False, settings)
    return found | {worker: _problem(worker, answer, probe, here) for worker, answer in answers.items()}


def _problem(worker: str, answer: object, probe: Probe, here: Mapping[str, Any]) -> str:
    try:
        made, read, reason = _told(worker, answer)
    except Exception as error:
        return str(error) if isinstance(error, DensitometerError) else f"the worker {worker} cannot measure: {error}"
    if differences := differing(made, here):
        return f"the worker {worker} measures with other versions: {differences}; install the same on all machines"
    if probe.sha256 is not None and read != probe.sha256:
        told = reason or "another file lies at its path there"
        return (
            f"the worker {worker} cannot read {probe.photo}: {told}; let the workers share the folder under "
            "the same path, or name the photographs by an address such as s3://bucket/folder"
        )
    return ""


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


def _problems_of_versions(client: Client, workers: list[str] | None) -> dict[str, str]:
    """Ask with means that every worker has, whatever else it lacks."""
    here = installed_version("densitometer")
    found = {}
    answers = client.run(importlib.metadata.version, "densitometer", workers=workers, on_error="return")
    for worker, there in sorted(answers.items()):
        found[worker] = ""
        if isinstance(there, importlib.metadata.PackageNotFoundError):
            found[worker] = f"the worker {worker} has no densitometer; install version {here} there"
        elif isinstance(there, str) and there != here:
            found[worker] = f"the worker {worker} has densitometer {there}, this is {here}; install the same"
    return found


def _told(worker: str, answer: object) -> tuple[dict[str, object], str | None, str | None]:
    if isinstance(answer, bytes):
        made, read, reason = value_of(answer)
        return made, read, reason
    told = "it does not answer" if isinstance(answer, Lost) else " ".join(str(answer).split())
    raise DensitometerError(f"the worker {worker} cannot measure: {told}")
