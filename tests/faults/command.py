"""The command as a process of its own that can be watched, interrupted and killed with all that it started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from faults.stand_in import GATE

TESTS = Path(__file__).resolve().parents[1]
PATIENCE_S = 120.0
REAL = (sys.executable, "-m", "densitometer")
MARK = "DENSITOMETER_TEST_RUN"
INSIDE = b"densitometer.processes.inside"
STAND_IN = (sys.executable, str(TESTS / "faults" / "run.py"))


class Running:
    """A run of the command, in a session of its own; ``gate`` is the folder where the stand-in waits and tells.

    Use it as a context manager: nothing of it is left afterwards.
    """

    def __init__(self, *arguments: object, cwd: Path, program: tuple[str, ...] = STAND_IN) -> None:
        self.gate = cwd / "gate"
        self.gate.mkdir(exist_ok=True)
        self._printed = cwd / f"printed-{time.monotonic_ns()}.txt"
        self._mark = uuid.uuid4().hex
        environment = {**os.environ, GATE: str(self.gate), MARK: self._mark, "OMP_NUM_THREADS": "1"}
        with self._printed.open("wb") as printed:
            self.process = subprocess.Popen(
                [*program, *map(str, arguments)], cwd=cwd, env=environment, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=printed, stderr=subprocess.STDOUT,
            )  # fmt: skip

    @property
    def text(self) -> str:
        """What it printed until now."""
        return self._printed.read_text(errors="replace")

    def until(self, happened: Callable[[], bool]) -> None:
        """Wait until something happened; it is an error when the run ends before."""
        wait_until(lambda: happened() or self.process.poll() is not None, self.text)
        assert happened(), self.text

    def begun(self, *greys: int) -> None:
        """Wait until photographs are being measured, or were."""
        self.until(lambda: all((self.gate / f"begun-{grey}").exists() for grey in greys))

    def go(self) -> None:
        """Let the photographs that wait go on."""
        (self.gate / "go").touch()

    def interrupt(self) -> None:
        """Press Ctrl-C: the terminal tells every process of the group."""
        os.killpg(self.process.pid, signal.SIGINT)

    def alive(self, *, workers: bool = False) -> list[int]:
        """Processes of it that are alive, even where it is not any more; empty where the system lists none."""
        return started_with(self._mark, workers=workers)

    def ended(self) -> int:
        """Wait for the end and give back the exit code."""
        return self.process.wait(PATIENCE_S)

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait(PATIENCE_S)
        kill_all(self.alive())


def started_with(mark: str, *, workers: bool = False) -> list[int]:
    """Processes that are alive and inherited a mark, whoever is their parent now; the workers alone or all."""
    marker = f"{MARK}={mark}".encode()
    alive = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            mine = marker in (folder / "environ").read_bytes().split(b"\0")
            if mine and (not workers or INSIDE in (folder / "cmdline").read_bytes()):
                alive.append(int(folder.name))
        except OSError:  # it ended meanwhile, or it is another user's
            continue
    return alive


def kill_all(pids: list[int]) -> None:
    """Kill processes, some of which may be gone already."""
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def wait_until(happened: Callable[[], bool], otherwise: str = "") -> None:
    """Wait until something happened."""
    deadline = time.monotonic() + PATIENCE_S
    while not happened():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.01)


def lines(path: Path) -> int:
    """How many lines a file has until now."""
    return path.read_bytes().count(b"\n") if path.exists() else 0
