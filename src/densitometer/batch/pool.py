"""Measure many photographs, in one process or several, in order, and lose none."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

from densitometer.batch.in_order import in_order
from densitometer.batch.jobs import Job
from densitometer.batch.work import Draw, Measure, Outcome, Task, unmeasured, work
from densitometer.pipeline import measure_photo
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
    for outcome in in_order(tasks, work, _killed, workers=workers):
        if outcome.log:
            log.error("%s: an error that was not foreseen; please report it\n%s", outcome.result.photo, outcome.log)
        yield outcome.result


def _killed(task: Task) -> Outcome:
    log.warning("%s: %s", task.job.photo, _KILLED)
    return Outcome(unmeasured(task.job, _KILLED))
