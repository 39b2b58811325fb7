"""A Dask scheduler and its workers as real processes of this machine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_HERE = str(Path(__file__).resolve().parent)
_PATIENCE_S = 60.0
_LOCAL = ("--host", "127.0.0.1", "--port", "0")


class LocalCluster:
    """A scheduler, and workers that come and go; each worker is one process of one thread, without a nanny."""

    def __init__(self, work: Path) -> None:
        self._work = work.resolve()
        file = self._work / "scheduler.json"
        self.scheduler = self._start("dask_scheduler", *_LOCAL, "--no-dashboard", "--scheduler-file", str(file))
        self.workers: list[subprocess.Popen[bytes]] = []
        try:
            self.address = _address(file)
        except TimeoutError:
            self.end()
            raise

    def add_worker(self, *path: str) -> subprocess.Popen[bytes]:
        """Start a worker, with folders to put before its path."""
        words = (self.address, "--no-nanny", "--no-dashboard", "--nthreads", "1", "--host", "127.0.0.1")
        self.workers.append(self._start("dask_worker", *words, path=path))
        return self.workers[-1]

    def _start(self, program: str, *words: str, path: tuple[str, ...] = ()) -> subprocess.Popen[bytes]:
        search = os.pathsep.join([*path, _HERE, os.environ.get("PYTHONPATH", "")])
        command = [sys.executable, "-W", "ignore", "-m", f"distributed.cli.{program}", *words]
        with (self._work / f"{program}.txt").open("ab") as told:
            return subprocess.Popen(
                command, cwd=self._work, env={**os.environ, "PYTHONPATH": search}, stdout=told, stderr=told
            )

    def end(self) -> None:
        """Kill all of it."""
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a process as kill -9 does."""
    process.send_signal(signal.SIGKILL)
    process.wait()


@contextmanager
def local_cluster(work: Path, workers: int) -> Iterator[LocalCluster]:
    """A cluster with so many workers, which need not have started yet."""
    work.mkdir(parents=True, exist_ok=True)
    cluster = LocalCluster(work)
    try:
        for _ in range(workers):
            cluster.add_worker()
        yield cluster
    finally:
        cluster.end()


def wait_for_workers(address: str, workers: int) -> None:
    """Wait until so many workers are there."""
    from distributed import Client

    with Client(address, set_as_default=False) as client:
        client.wait_for_workers(workers, timeout=_PATIENCE_S)


def _address(file: Path) -> str:
    import json

    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        try:
            return str(json.loads(file.read_text())["address"])
        except (OSError, ValueError):
            time.sleep(0.05)
    raise TimeoutError("the scheduler did not start")
