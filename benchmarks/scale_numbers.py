"""What follows from the times at which photographs were done: rates, and what many machines would do."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

TENTHS = 10
HOUR_S = 3600.0


def entries(trail: Path) -> list[dict[str, Any]]:
    """Entries of the last run in an audit trail."""
    everything = [json.loads(line) for line in trail.read_text(encoding="utf-8").splitlines()]
    last = max((place for place, entry in enumerate(everything) if entry["action"] == "started"), default=0)
    return everything[last:]


def times_s(run: Sequence[dict[str, Any]], action: str = "measured") -> list[float]:
    """Times of the entries of one kind, in s since the first entry of the run."""
    first = _time(run[0])
    return [_time(entry) - first for entry in run if entry["action"] == action]


def _time(entry: dict[str, Any]) -> float:
    return datetime.fromisoformat(entry["time"]).timestamp()


def rate_a_minute(done_s: Sequence[float]) -> float:
    """Photographs a minute between the first and the last that was done; NaN for fewer than two."""
    span = done_s[-1] - done_s[0] if len(done_s) > 1 else 0.0
    return (len(done_s) - 1) / span * 60 if span > 0 else math.nan


def rates_of_tenths(done_s: Sequence[float]) -> list[float]:
    """Photographs a minute in each successive tenth of those after the first."""
    edges = [round(part * (len(done_s) - 1) / TENTHS) for part in range(TENTHS + 1)]
    return [rate_a_minute(done_s[first : last + 1]) for first, last in zip(edges, edges[1:], strict=False)]


@dataclass(frozen=True)
class Costs:
    """What one photograph costs where, in s.

    Attributes
    ----------
    worker_s : float
        Of one core of a worker: reading, measuring and drawing.
    storing_s : float
        Of the process that writes the results folder, one photograph after the other.
    client_s : float
        Processor time of that process for handing the photograph out and taking the result back.
    scheduler_s : float
        Processor time of the scheduler.
    """

    worker_s: float
    storing_s: float
    client_s: float
    scheduler_s: float

    @property
    def limits_an_hour(self) -> dict[str, float]:
        """Photographs an hour that the coordinator and the scheduler can keep up with, whatever the workers."""
        return {"coordinator": HOUR_S / (self.storing_s + self.client_s), "scheduler": HOUR_S / self.scheduler_s}

    def an_hour(self, cores: int) -> tuple[float, str]:
        """Photographs an hour of a cluster with so many cores, and what holds it to that."""
        limits = {"workers": cores * HOUR_S / self.worker_s, **self.limits_an_hour}
        slowest = min(limits, key=lambda name: limits[name])
        return limits[slowest], slowest


def size_bytes(folder: Path) -> int:
    """Bytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
