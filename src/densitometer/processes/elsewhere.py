"""What runs in a worker of a cluster: it passes calls on to child processes of its own, one for each of its threads.

Calls and answers pass through as bytes, so that the worker itself loads nothing heavy and nothing can end it.
"""

from __future__ import annotations

import atexit
import threading

from densitometer.processes.child import Child, Lost, start_child

_idle: list[tuple[str, Child]] = []
_lock = threading.Lock()


def ask_a_child(module: str, message: bytes, limit_s: float | None = None) -> bytes | Lost:
    """Have a call made by a child process of this one, and wait for the answer.

    Parameters
    ----------
    module : str
        Where the function is that is called.
    message : bytes
        A pickled :data:`~densitometer.processes.inside.Call`.
    limit_s : float, optional
        Longest that it may take, in seconds.

    Raises
    ------
    DensitometerError
        When no process can be started.
    """
    child = _taken(module) or start_child(module)
    try:
        return child.ask(message, limit_s)
    finally:
        _give_back(module, child)


def _taken(module: str) -> Child | None:
    with _lock:
        for place, (loaded, child) in enumerate(_idle):
            if loaded == module:
                del _idle[place]
                return child
    return None


def _give_back(module: str, child: Child) -> None:
    if not child.usable:
        child.end()
        return
    with _lock:
        _idle.append((module, child))


def _end_all() -> None:
    with _lock:
        while _idle:
            _idle.pop()[1].end()


atexit.register(_end_all)
