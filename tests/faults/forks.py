"""Run the command many times: a process that has loaded everything forks one process for each run.

As a script it is that process: a line of JSON on stdin is a run, a line of JSON on stdout how it ended.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1]
if __name__ == "__main__":
    sys.path.insert(0, str(TESTS))

from faults import stand_in  # noqa: E402
from faults.disk import Disk  # noqa: E402


@dataclass(frozen=True)
class Ended:
    """How a run ended: its exit code (or minus the signal), what it printed, its changes, and how long it took."""

    code: int
    text: str
    steps: tuple[str, ...]
    seconds: float


class Forks:
    """The process that forks; use it as a context manager, or take the one that all tests share.

    ``prefix`` is the command that the process is given to, as in ``("unshare", "--mount")``.
    """

    def __init__(self, prefix: Sequence[str] = ()) -> None:
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(sys.path[1:])}
        command = [*prefix, sys.executable, str(Path(__file__).resolve())]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )

    def run(
        self, *arguments: object, cwd: Path, fault: tuple[str, str, int] | None = None,
        kill_after_s: float | None = None, file_bytes: int | None = None,
    ) -> Ended:  # fmt: skip
        """Run the command in a folder to its end: until the fault (folder, kind, which change), or until it is killed.

        ``file_bytes``: no file may grow beyond that. The gate is the folder ``gate`` in ``cwd``.
        """
        (cwd / "gate").mkdir(exist_ok=True)
        order = {"arguments": [str(word) for word in arguments], "cwd": str(cwd), "fault": fault,
                 "kill_after_s": kill_after_s, "file_bytes": file_bytes}  # fmt: skip
        answer = self._ask(order)
        return Ended(answer["code"], answer["text"], tuple(answer["steps"]), answer["seconds"])

    def shell(self, script: str) -> None:
        """Run a script where the runs are."""
        assert self._ask({"shell": script})["code"] == 0, script

    def _ask(self, order: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(60)
        self._process.stdout.close()

    def __enter__(self) -> Forks:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@functools.cache
def shared() -> Forks:
    """One such process for all tests: loading everything takes longer than most of the runs."""
    forks = Forks()
    atexit.register(forks.close)
    return forks


# ---- what follows happens in the processes


def stand_ins() -> None:
    """Let the command measure by the stand-in."""
    import densitometer.batch

    batch = functools.partial(densitometer.batch.measure_batch, measure=stand_in.measure)
    densitometer.batch.measure_batch = batch  # type: ignore[assignment]


def _in_this_process(
    tasks: Iterable[Any], function: Callable[[Any], Any], *, stop: threading.Event, **_: object
) -> Generator[tuple[Any, Any], None, None]:
    """Stand in for child processes, whose start takes long: these runs are about the process that writes."""
    for task in tasks:
        if stop.is_set():
            return
        yield task, function(task)


def _load() -> None:
    """Load what a run needs, so that the forks have it."""
    import cv2

    import densitometer.batch.pool
    import densitometer.cli.main
    import densitometer.cli.measuring
    import densitometer.report.overlay
    import densitometer.report.page
    import densitometer.results  # noqa: F401

    cv2.setNumThreads(1)
    stand_ins()
    densitometer.batch.pool.in_children = _in_this_process  # type: ignore[assignment]


def _serve() -> None:
    _load()
    answers = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        order = json.loads(line)
        answer = {"code": subprocess.call(["sh", "-ec", order["shell"]])} if "shell" in order else _forked(order)
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def _forked(order: dict[str, Any]) -> dict[str, Any]:
    """Fork a run and wait for its end, or kill it."""
    printed, told = Path(order["cwd"], "printed.txt"), Path(order["cwd"], "steps.json")
    told.unlink(missing_ok=True)
    printed.write_text("")
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        os._exit(_run(order, printed, told))
    if order["kill_after_s"] is not None:
        time.sleep(order["kill_after_s"])
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    steps = json.loads(told.read_text()) if told.exists() else []
    seconds = time.monotonic() - began
    text = printed.read_text(errors="replace")
    return {"code": os.waitstatus_to_exitcode(status), "text": text, "steps": steps, "seconds": seconds}


def _run(order: dict[str, Any], printed: Path, told: Path) -> int:
    """Be one run; give back its exit code."""
    os.setsid()
    os.chdir(order["cwd"])
    descriptor = os.open(printed, os.O_WRONLY)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for target, source in ((0, nothing), (1, descriptor), (2, descriptor)):
        os.dup2(source, target)
    os.environ[stand_in.GATE] = os.path.join(order["cwd"], "gate")
    if order["file_bytes"]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (order["file_bytes"], resource.RLIM_INFINITY))
    disk = Disk(*_fault(order["fault"])) if order["fault"] else None
    if disk:
        disk.install()
    code = _command(order["arguments"])
    atexit._run_exitfuncs()
    if disk:
        told.write_text(json.dumps(disk.steps))
    return code


def _fault(fault: Sequence[Any]) -> tuple[Path, str, int]:
    root, kind, at = fault
    return Path(root), kind, at


def _command(arguments: list[str]) -> int:
    from densitometer.cli.main import main

    try:
        main(arguments, standalone_mode=True)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        return 99
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


if __name__ == "__main__":
    _serve()
