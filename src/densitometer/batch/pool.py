"""Measure many photographs, in one process or several, in order, and lose none."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from densitometer.batch.jobs import Job
from densitometer.batch.work import Draw, Measure, Outcome, Task, unmeasured, work
from densitometer.pipeline import measure_photo
from densitometer.processes import QUEUED_PER_WORKER, one_thread, open_pool, submit
from densitometer.results.names import overlay_names
from densitometer.results.record import PhotoResult
from densitometer.settings import Settings

log = logging.getLogger("densitometer.batch")

_KILLED = (
    "the process that measured it was ended from outside, most likely for want of memory; "
    "measure it alone, with --workers 1"
)


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
    with one_thread():
        for task in tasks:
            yield work(task)


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
    with open_pool(workers) as pool:
        while rest or flying:
            try:
                while rest and len(flying) < workers * QUEUED_PER_WORKER:
                    flying.append((rest[0], submit(pool, work, rest[0])))
                    rest.popleft()
                outcome = flying[0][1].result()
            except BrokenProcessPool:
                suspects += [task for task, _ in flying]
                return
            flying.popleft()
            yield outcome


def _alone(task: Task) -> Outcome:
    """Run one task in a process of its own, so that it can do no harm to others."""
    with open_pool(1) as pool:
        try:
            return submit(pool, work, task).result()
        except BrokenProcessPool:
            log.warning("%s: %s", task.job.photo, _KILLED)
            return Outcome(unmeasured(task.job, _KILLED))
