"""The command as a process of its own that can be watched, interrupted and killed with all that it started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from faults.stand_in import GATE

TESTS = Path(__file__).resolve().parents[1]
PATIENCE_S = 120.0
REAL = (sys.executable, "-m", "densitometer")
STAND_IN = (sys.executable, str(TESTS / "faults" / "run.py"))


class Running:
    """A run of the command, in a session of its own; ``gate`` is the folder where the stand-in waits and tells.

    Use it as a context manager: nothing of it is left afterwards.
    """

    def __init__(self, *arguments: object, cwd: Path, program: tuple[str, ...] = STAND_IN) -> None:
        self.gate = cwd / "gate"
        self.gate.mkdir(exist_ok=True)
        self._printed = cwd / f"printed-{time.monotonic_ns()}.txt"
        environment = {**os.environ, GATE: str(self.gate), "OMP_NUM_THREADS": "1"}
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
        """Press Ctrl-C: the terminal tells every process in front."""
        os.killpg(self.process.pid, signal.SIGINT)

    def ended(self) -> int:
        """Wait for the end and give back the exit code."""
        return self.process.wait(PATIENCE_S)

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        kill_all(session(self.process.pid))
        self.process.wait(PATIENCE_S)


def session(leader: int) -> list[int]:
    """Processes that a run started and that are alive, itself included; Linux only, elsewhere just itself."""
    if not Path("/proc/self/stat").exists():
        return [leader] if _alive(leader) else []
    alive = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, of = stat.read_text().rpartition(")")[2].split()[:4]
        except OSError:
            continue
        if int(of) == leader and state not in "ZX":
            alive.append(int(stat.parent.name))
    return alive


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


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
