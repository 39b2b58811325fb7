"""Measure many photographs, on this machine or on a cluster, and lose none."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager

from densitometer.batch.jobs import Job
from densitometer.batch.places import sha256_at
from densitometer.batch.work import Draw, Measure, Outcome, Task, stamped, unmeasured, work
from densitometer.pipeline import measure_photo
from densitometer.processes import Lost, each_twice, in_children
from densitometer.results.record import PhotoResult
from densitometer.settings import Settings

log = logging.getLogger("densitometer.batch")

_DIED = (
    "the process that measured it was ended from outside, twice, most likely for want of memory; "
    "free some memory, or use a machine with more, and measure it again"
)
_CRASHED = (
    "the process that measured it crashed, twice; the file may be damaged: copy it from the camera again, "
    "and please report it"
)
_NO_MEMORY = (
    "there was not enough memory for it, even while nothing else was measured; "
    "free some memory, or use a machine with more, and measure it again"
)


_Crew = Callable[[Iterable[Task], int], Generator[tuple[Task, Outcome | Lost], None, None]]
"""Does tasks, so many at a time at most."""


def measure_batch(
    jobs: Sequence[Job],
    settings: Settings,
    *,
    workers: int,
    draw: Draw,
    measure: Measure = measure_photo,
    time_limit_s: float | None = None,
    stop: threading.Event | None = None,
    scheduler: str | None = None,
) -> Generator[PhotoResult, None, None]:
    """Measure photographs and yield the results in the order in which they are done; nothing is written.

    A photograph that cannot be measured yields a result with the reason, also where its process was killed (it is
    tried once more, alone, after all others) or took too long. Each result is the same for any number of workers, and
    on a cluster of machines alike with the same versions. Close the generator to end all processes at once.

    Parameters
    ----------
    jobs : sequence of Job
    settings : Settings
    workers : int
        Number of processes on this machine; on a cluster its workers are counted instead.
    draw, measure : callable
        Functions of modules, so that another process can import them.
    time_limit_s : float, optional
        Longest that one photograph may take, in seconds.
    stop : threading.Event, optional
        Once it is set no photograph is begun; those that were begun are finished and yielded.
    scheduler : str, optional
        Address of the scheduler of a Dask cluster, as in ``tcp://host:8786``.

    Raises
    ------
    DensitometerError
        When no process can be started, or the cluster cannot be used or is lost.
    """
    stop = stop or threading.Event()
    for job in jobs:
        if job.reason is not None and not stop.is_set():
            yield stamped(unmeasured(job, job.reason), job, settings, None)
    tasks = [Task(job, settings, draw, measure) for job in jobs if job.reason is None]
    if not tasks or stop.is_set():
        return
    with (
        _hired(tasks, settings, time_limit_s, stop, scheduler) as crew,
        closing(each_twice(crew, tasks, len(tasks) if scheduler else min(workers, len(tasks)), _put_off)) as outcomes,
    ):
        for task, outcome in outcomes:
            yield _told(task, _lost(task, outcome, time_limit_s) if isinstance(outcome, Lost) else outcome)


def _hired(
    tasks: Sequence[Task],
    settings: Settings,
    time_limit_s: float | None,
    stop: threading.Event,
    scheduler: str | None,
) -> AbstractContextManager[_Crew]:
    """Who does the work: child processes here, or a cluster."""
    if scheduler is None:
        return _here(time_limit_s, stop)
    from densitometer.batch.cluster import on_cluster

    return on_cluster(scheduler, [task.job for task in tasks], settings, time_limit_s, stop)


@contextmanager
def _here(time_limit_s: float | None, stop: threading.Event) -> Iterator[_Crew]:
    def crew(tasks: Iterable[Task], workers: int) -> Generator[tuple[Task, Outcome | Lost], None, None]:
        return in_children(tasks, work, workers=workers, time_limit_s=time_limit_s, stop=stop)

    yield crew


def _put_off(task: Task) -> None:
    log.warning("%s: the process that measured it ended; it is tried again after the others", task.job.photo)


def _told(task: Task, outcome: Outcome) -> PhotoResult:
    if outcome.log:
        log.error("%s: an error that was not foreseen; please report it\n%s", task.job.photo, outcome.log)
    return outcome.result


def _lost(task: Task, lost: Lost, time_limit_s: float | None) -> Outcome:
    """Outcome of a photograph whose process did not answer."""
    slow = f"it took longer than {time_limit_s or 0:g} s; allow more with --time-limit, or leave it out"
    reason = {"died": _DIED, "crashed": _CRASHED, "no_memory": _NO_MEMORY, "too_slow": slow}[lost.why]
    log.warning("%s: %s", task.job.photo, reason)
    sha256 = sha256_at(task.job.path)
    return Outcome(stamped(unmeasured(task.job, reason, sha256), task.job, task.settings, sha256))
