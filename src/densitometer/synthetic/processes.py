"""Run a function over many things in spawned processes of one thread each, and give the results in order."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TypeVar

import cv2

from densitometer.errors import RenderError

Item = TypeVar("Item")
Result = TypeVar("Result")

_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
_QUEUED_PER_WORKER = 3
_MOST_PROCESSES = 61  # what Windows can wait for


def run_each(work: Callable[[Item], Result], items: Sequence[Item], workers: int) -> Iterator[Result]:
    """Yield ``work(item)`` for each item, in order.

    Parameters
    ----------
    work : callable
        A function of a module, so that a spawned process can import it.
    items : sequence
    workers : int
        Number of processes; 1 works in this one. The results are the same for any number.

    Raises
    ------
    RenderError
        A process was ended from outside. What ``work`` raises is raised here.
    """
    workers = min(workers, len(items), _MOST_PROCESSES)
    yield from _in_processes(work, items, workers) if workers > 1 else _here(work, items)


def _here(work: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        for item in items:
            yield work(item)
    finally:
        cv2.setNumThreads(threads)


def _in_processes(work: Callable[[Item], Result], items: Sequence[Item], workers: int) -> Iterator[Result]:
    rest, flying = deque(items), deque[Future[Result]]()
    with _pool(workers) as pool:
        try:
            while rest or flying:
                while rest and len(flying) < workers * _QUEUED_PER_WORKER:
                    flying.append(pool.submit(work, rest.popleft()))
                yield flying[0].result()
                flying.popleft()
        except BrokenProcessPool as error:
            raise RenderError(
                "A process was ended from outside, most likely for want of memory; use fewer --workers"
            ) from error


@contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Pool of spawned processes; what has not begun when it is left is dropped."""
    before = {name: os.environ.get(name) for name in _ONE_THREAD}
    os.environ.update(_ONE_THREAD)
    pool = ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"), initializer=_start)
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _start() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the main process stops the others
    cv2.setNumThreads(1)
