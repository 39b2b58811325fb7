"""Measure many photographs, in one process or several, in order, and lose none."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path

import cv2

from densitometer.batch.jobs import Job
from densitometer.batch.work import Draw, Measure, Outcome, Task, unmeasured, work
from densitometer.pipeline import measure_photo
from densitometer.results.names import overlay_names
from densitometer.results.record import PhotoResult
from densitometer.settings import Settings

log = logging.getLogger("densitometer.batch")

# Processes of one thread each: threads that wait for each other burn the cores that the other processes need.
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "PASSIVE",
}
_KILLED = (
    "the process that measured it was ended from outside, most likely for want of memory; "
    "measure it alone, with --workers 1"
)
_QUEUED_PER_WORKER = 3
_MOST_PROCESSES = 61  # what Windows can wait for


def measure_batch(
    jobs: Sequence[Job],
    settings: Settings,
    *,
    workers: int,
    out: Path,
    draw: Draw,
    measure: Measure = measure_photo,
) -> Iterator[PhotoResult]:
    """Measure photographs, write their overlays to ``out/overlays``, and yield the results in the order of ``jobs``.

    A photograph that cannot be measured yields a result with the reason. With more than one worker, processes are
    spawned, so a script that calls this needs the guard ``if __name__ == "__main__":``. The results are the same for
    any number of workers.

    Parameters
    ----------
    jobs : sequence of Job
    settings : Settings
    workers : int
        Number of processes; 1 measures in this one.
    out : Path
        Results folder; its folder ``overlays`` must exist.
    draw, measure : callable
        Functions of modules, so that a spawned process can import them.

    Raises
    ------
    ResultsError
        When an overlay cannot be written.
    """
    overlays = overlay_names(job.photo for job in jobs)
    tasks = [Task(job, settings, out, name, draw, measure) for job, name in zip(jobs, overlays, strict=True)]
    workers = min(workers, len(tasks))
    for outcome in _in_processes(tasks, workers) if workers > 1 else _in_this_process(tasks):
        if outcome.log:
            log.error("%s: an error that was not foreseen; please report it\n%s", outcome.result.photo, outcome.log)
        yield outcome.result


def _in_this_process(tasks: Sequence[Task]) -> Iterator[Outcome]:
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        for task in tasks:
            yield work(task)
    finally:
        cv2.setNumThreads(threads)


def _in_processes(tasks: Sequence[Task], workers: int) -> Iterator[Outcome]:
    """Run tasks in pools; when a process is killed, its pool is gone, and every task in flight is tried alone once."""
    rest = deque(tasks)
    while rest:
        suspects: list[Task] = []
        yield from _until_broken(rest, workers, suspects)
        for task in suspects:
            yield _alone(task)


def _until_broken(rest: deque[Task], workers: int, suspects: list[Task]) -> Iterator[Outcome]:
    """Take tasks off ``rest`` and yield their outcomes in order; when the pool breaks, ``suspects`` are in flight."""
    flying: deque[tuple[Task, Future[Outcome]]] = deque()
    with _pool(workers) as pool:
        while rest or flying:
            try:
                while rest and len(flying) < workers * _QUEUED_PER_WORKER:
                    flying.append((rest[0], _submit(pool, rest[0])))
                    rest.popleft()
                outcome = flying[0][1].result()
            except BrokenProcessPool:
                suspects += [task for task, _ in flying]
                return
            flying.popleft()
            yield outcome


def _alone(task: Task) -> Outcome:
    """Run one task in a process of its own, so that it can do no harm to others."""
    with _pool(1) as pool:
        try:
            return _submit(pool, task).result()
        except BrokenProcessPool:
            log.warning("%s: %s", task.job.photo, _KILLED)
            return Outcome(unmeasured(task.job, _KILLED))


@contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Pool of spawned processes of one thread each; what has not begun when it is left is dropped."""
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(ONE_THREAD)
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(min(workers, _MOST_PROCESSES), mp_context=context, initializer=_start_worker)
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _submit(pool: ProcessPoolExecutor, task: Task) -> Future[Outcome]:
    """Submit a task, which may start a process: it shall ignore Ctrl-C from its first instruction."""
    if threading.current_thread() is not threading.main_thread():  # only the main thread may set signals
        return pool.submit(work, task)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return pool.submit(work, task)
    finally:
        signal.signal(signal.SIGINT, before)


def _start_worker() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the main process stops the batch
    cv2.setNumThreads(1)
