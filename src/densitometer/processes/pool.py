"""A pool of processes for many equal calls, none of which is expected to hang or to be killed."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

Result = TypeVar("Result")

QUEUED_PER_WORKER = 3
"""Calls to keep in a pool for each of its processes, so that none waits and few results pile up."""
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "PASSIVE",
}
"""Environment of a process that shall do its sums in one thread."""
_MOST_PROCESSES = 61  # what Windows can wait for


@contextmanager
def one_thread() -> Iterator[None]:
    """Let OpenCV work in one thread of this process meanwhile, as it does in those of `open_pool`."""
    import cv2

    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(threads)


@contextmanager
def open_pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Pool of spawned processes of one thread each; what has not begun when it is left is dropped."""
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(ONE_THREAD)  # read when the new processes load NumPy
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(min(workers, _MOST_PROCESSES), mp_context=context, initializer=_start)
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def submit(pool: ProcessPoolExecutor, work: Callable[..., Result], *arguments: object) -> Future[Result]:
    """Submit a call, which may start a process: it shall ignore Ctrl-C from its first instruction."""
    if threading.current_thread() is not threading.main_thread():  # only the main thread may set signals
        return pool.submit(work, *arguments)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return pool.submit(work, *arguments)
    finally:
        signal.signal(signal.SIGINT, before)


def _start() -> None:
    import cv2

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the main process stops the others
    cv2.setNumThreads(1)
