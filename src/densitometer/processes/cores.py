"""How many processes this machine has room for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

_WORKER_BYTES = 1 << 30
_MEMORY = Path("/proc/meminfo")
_OWN_GROUP = Path("/proc/self/cgroup")
_CGROUP = Path("/sys/fs/cgroup")


def usable_workers() -> int:
    """As many processes as there are cores that we may use, and no more than fit into the memory that is free.

    One takes up to 1 GB. Limits that a container sets (Linux, control groups of version 2) are kept to.
    """
    memory = min([*_free_bytes(), *_group_bytes()], default=None)
    fitting = [memory // _WORKER_BYTES] if memory is not None else []
    return max(1, min([_cores(), *_group_cores(), *fitting]))


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _free_bytes() -> Iterator[int]:
    for line in _lines(_MEMORY):
        if line.startswith("MemAvailable:"):
            yield int(line.split()[1]) * 1024


def _group_bytes() -> Iterator[int]:
    """Memory that each control group we are in leaves us; file contents that it holds can be dropped."""
    for group in _groups():
        most = _number(group / "memory.max")
        used = _number(group / "memory.current")
        if most is not None and used is not None:
            kept = [int(line.split()[1]) for line in _lines(group / "memory.stat") if line.startswith("inactive_file ")]
            yield max(0, most - used + sum(kept))


def _group_cores() -> Iterator[int]:
    """Cores that the time which each control group allows amounts to."""
    for group in _groups():
        for line in _lines(group / "cpu.max"):
            quota, period = line.split()
            if quota != "max":
                yield max(1, round(int(quota) / int(period)))


def _groups() -> list[Path]:
    """Folders of the control groups that we are in, the innermost first."""
    for line in _lines(_OWN_GROUP):
        if line.startswith("0::/"):
            innermost = _CGROUP / line[len("0::/") :]
            return [group for group in (innermost, *innermost.parents) if group.is_relative_to(_CGROUP)]
    return []


def _number(path: Path) -> int | None:
    lines = _lines(path)
    return int(lines[0]) if lines and lines[0].isdigit() else None


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return []
