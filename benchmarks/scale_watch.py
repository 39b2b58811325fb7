"""Run a command and watch it: how long, how much memory and processor time each of its processes took."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

EVERY_S = 0.2
MARK = "SCALE_RUN"
INSIDE = b"densitometer.processes.inside"
"""What the command line of a worker holds."""
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


@dataclass(frozen=True)
class Process:
    """What one process took until it was last seen.

    Attributes
    ----------
    peak_mib : float
        Most resident memory.
    cpu_s : float
        Processor time.
    worker : bool
        True for a worker of densitometer.
    """

    peak_mib: float
    cpu_s: float
    worker: bool


@dataclass(frozen=True)
class Watched:
    """A command that ended: its exit code, its time, the process itself and its workers."""

    code: int
    seconds: float
    coordinator: Process
    workers: tuple[Process, ...]

    @property
    def worker_mib(self) -> float:
        """Most memory that any worker took; the command's own where it had none."""
        return max((process.peak_mib for process in self.workers), default=self.coordinator.peak_mib)


def watch(arguments: Sequence[str], cwd: Path, *, python: Sequence[str] = ("-m", "densitometer")) -> Watched:
    """Run Python with a program and its arguments to the end."""
    return watch_all([arguments], cwd, python=python)[0]


def watch_all(
    commands: Sequence[Sequence[str]], cwd: Path, *, python: Sequence[str] = ("-m", "densitometer")
) -> list[Watched]:
    """Run several at once."""
    began = time.perf_counter()
    running = [start([sys.executable, *python, *words], cwd) for words in commands]
    seen: list[dict[int, Process]] = [{} for _ in running]
    ended: dict[int, float] = {}
    while len(ended) < len(running):
        time.sleep(EVERY_S)
        for number, one in enumerate(running):
            seen[number].update(one.processes())
            if one.process.poll() is not None:
                ended.setdefault(number, time.perf_counter() - began)
    return [_watched(one.process, seen[number], ended[number]) for number, one in enumerate(running)]


@dataclass(frozen=True)
class Started:
    """A command that runs, and what its environment and that of all its processes hold to know them by."""

    process: subprocess.Popen[bytes]
    mark: str

    def processes(self) -> dict[int, Process]:
        """Its processes that are alive, by number; none where the system does not tell as Linux does."""
        return processes_with(self.mark)


def start(command: Sequence[str], cwd: Path, more: Mapping[str, str] | None = None) -> Started:
    """Start a command; what it prints goes beside its work."""
    mark = uuid.uuid4().hex
    environment = {**os.environ, **ONE_THREAD, **(more or {}), MARK: mark}
    with (cwd / "printed.txt").open("ab") as printed:
        process = subprocess.Popen(
            command, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, stdout=printed, stderr=printed
        )
    return Started(process, mark)


def _watched(process: subprocess.Popen[bytes], seen: Mapping[int, Process], seconds: float) -> Watched:
    workers = tuple(found for pid, found in seen.items() if pid != process.pid and found.worker)
    nothing = Process(float("nan"), float("nan"), worker=False)
    return Watched(process.returncode, seconds, seen.get(process.pid, nothing), workers)


def processes_with(mark: str) -> dict[int, Process]:
    """Processes whose environment holds a mark."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"{MARK}={mark}".encode() not in (folder / "environ").read_bytes().split(b"\0"):
                continue
            words = (folder / "stat").read_text().rpartition(")")[2].split()
            worker = INSIDE in (folder / "cmdline").read_bytes()
            cpu_s = (int(words[11]) + int(words[12])) / _TICKS_A_SECOND
            found[int(folder.name)] = Process(peak_mib((folder / "status").read_text()), cpu_s, worker)
        except (OSError, ValueError):  # it ended meanwhile, or it is another user's
            continue
    return found


def peak_mib(status: str) -> float:
    """Most resident memory of a process in MiB, from what the system says of it.

    Raises
    ------
    ValueError
        When it does not say, as of a process that has ended.
    """
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 2**10
    raise ValueError("no VmHWM")
