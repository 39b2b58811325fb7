"""A child process of our own, whose fate is always known: it answers, it dies, or it takes too long and is ended."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from subprocess import Popen
from typing import Any, Literal

from densitometer.errors import DensitometerError
from densitometer.processes.inside import NO_MEMORY, RAISED, READY, RETURNED, read_message, write_message
from densitometer.processes.pool import ONE_THREAD

_BOOT = (
    "import pickle, sys; sys.path[:], module = pickle.load(sys.stdin.buffer); "
    "from densitometer.processes.inside import main; main(module)"
)
_START_LIMIT_S = 300.0
_PAUSES_S = (0.0, 1.0, 4.0)
"""Before each try to start a child again: what took the memory of the one before may be over soon."""
_REMEDY = "free some memory, or use fewer --workers"
_CRASHES = ("SIGSEGV", "SIGABRT", "SIGBUS", "SIGILL", "SIGFPE")


@dataclass(frozen=True)
class Lost:
    """A call that was not answered.

    Attributes
    ----------
    why : str
        ``died``: its process was ended from outside; ``crashed``: its process ended in a fault of its own;
        ``no_memory``: its process ran out of memory; ``too_slow``: it took longer than it may.
    """

    why: Literal["died", "crashed", "no_memory", "too_slow"]


class Child:
    """A process that calls functions for us, one at a time.

    It has one thread, ignores Ctrl-C and a polite request to end, which are for us to obey, and ends itself as soon
    as this process is gone. Unlike the processes of multiprocessing it may be started by any process and any script.

    Parameters
    ----------
    module : str
        Where the function is that it will be asked to call: loaded before the first call.

    Raises
    ------
    DensitometerError
        When no process can be started.
    """

    def __init__(self, module: str) -> None:
        self._module = module
        self._ended = False
        self._expired = False
        self._process = _start()

    def greet(self) -> None:
        """Wait until it is ready; to be called once, before it is asked anything.

        Raises
        ------
        DensitometerError
            When it ends instead. What loading the module raised is raised here.
        """
        with self._limited(_START_LIMIT_S):
            try:
                assert self._process.stdin is not None
                pickle.dump(
                    (sys.path, self._module), self._process.stdin
                )  # and no more until it is ready: it reads ahead
                self._process.stdin.flush()
                answer = self._read()
            except OSError:
                answer = None
        if answer == READY and self.usable:
            return
        self.end()
        if answer is not None and answer != READY:
            value_of(answer)
        raise DensitometerError(f"a process to work in could not be started: it ended at once; {_REMEDY}")

    def ask(self, message: bytes, limit_s: float | None = None) -> bytes | Lost:
        """Have a call made (a pickled :data:`~densitometer.processes.inside.Call`) and wait for the answer."""
        with self._limited(limit_s):
            try:
                assert self._process.stdin is not None
                write_message(self._process.stdin, message)
                answer = self._read()
            except OSError:
                answer = None
        if answer is not None:
            return answer
        expired = self._expired
        self.end()
        return Lost("too_slow") if expired else self._fate()

    @property
    def usable(self) -> bool:
        """False once it was ended."""
        return not (self._ended or self._expired)

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid

    def kill(self) -> None:
        """End it at once; what waits for its answer learns so. May be called from any thread."""
        with contextlib.suppress(OSError):
            self._process.kill()

    def end(self) -> None:
        """End it and leave nothing of it behind."""
        self._ended = True
        self.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):  # what is left in the buffer has nobody to go to
                if stream:
                    stream.close()

    def _read(self) -> bytes | None:
        assert self._process.stdout is not None
        return read_message(self._process.stdout)

    @contextlib.contextmanager
    def _limited(self, limit_s: float | None) -> Any:
        """End the process when what is done meanwhile takes too long."""
        if limit_s is None:
            yield
            return
        timer = threading.Timer(limit_s, self._expire)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()  # so that it is certain whether it went off

    def _expire(self) -> None:
        self._expired = True
        self.kill()

    def _fate(self) -> Lost:
        faults = {-getattr(signal, name) for name in _CRASHES if hasattr(signal, name)}
        code = self._process.returncode
        return Lost("no_memory" if code == NO_MEMORY else "crashed" if code in faults else "died")


def start_child(module: str, enlist: Callable[[Child], None] | None = None) -> Child:
    """Start a child process, and try again where that fails: memory may be short for a moment.

    Parameters
    ----------
    module : str
        As of `Child`.
    enlist : callable, optional
        Is told of each child before it is waited for; what it raises ends the starting.

    Raises
    ------
    DensitometerError
        When it fails again and again.
    """
    for pause_s in (*_PAUSES_S, None):
        try:
            child = Child(module)
            if enlist:
                enlist(child)
            child.greet()
            return child
        except DensitometerError:
            if pause_s is None:
                raise
            time.sleep(pause_s)
    raise AssertionError("not reached")


def value_of(answer: bytes) -> Any:
    """What a call returned; what it raised is raised here."""
    if answer.startswith(RAISED):
        raise pickle.loads(answer[len(RAISED) :])
    return pickle.loads(answer[len(RETURNED) :])


def _start() -> Popen[bytes]:
    apart: dict[str, Any] = {"start_new_session": True}  # Ctrl-C at the terminal goes to all of a group
    if os.name == "nt":
        apart = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}  # type: ignore[attr-defined,unused-ignore]
    try:
        return Popen(
            [sys.executable, "-P", "-c", _BOOT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **ONE_THREAD},
            **apart,
        )
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise DensitometerError(f"a process to work in could not be started: {reason}; {_REMEDY}") from error
