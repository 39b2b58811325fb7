"""Run a function over many things in processes, and give the results in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from densitometer.errors import RenderError
from densitometer.processes import QUEUED_PER_WORKER, one_thread, open_pool, submit

Item = TypeVar("Item")
Result = TypeVar("Result")


def run_each(work: Callable[[Item], Result], items: Sequence[Item], workers: int) -> Generator[Result, None, None]:
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
    workers = min(workers, len(items))
    if workers > 1:
        yield from _in_processes(work, items, workers)
        return
    with one_thread():
        for item in items:
            yield work(item)


def _in_processes(work: Callable[[Item], Result], items: Sequence[Item], workers: int) -> Iterator[Result]:
    rest, flying = deque(items), deque[Future[Result]]()
    with open_pool(workers) as pool:
        try:
            while rest or flying:
                while rest and len(flying) < workers * QUEUED_PER_WORKER:
                    flying.append(submit(pool, work, rest.popleft()))
                yield flying[0].result()
                flying.popleft()
        except BrokenProcessPool as error:
            raise RenderError(
                "A process was ended from outside, most likely for want of memory; use fewer --workers"
            ) from error
