"""Do tasks in one process or several, give their outcomes in order, and lose none when a process is killed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from densitometer.processes import QUEUED_PER_WORKER, one_thread, open_pool, submit

Task = TypeVar("Task")
Outcome = TypeVar("Outcome")


def in_order(
    tasks: Sequence[Task], work: Callable[[Task], Outcome], killed: Callable[[Task], Outcome], *, workers: int
) -> Iterator[Outcome]:
    """Yield the outcome of each task, in the order of the tasks; the same for any number of workers.

    Parameters
    ----------
    tasks : sequence
        Can be pickled.
    work : callable
        A function of a module, so that a spawned process can import it.
    killed : callable
        Outcome of a task whose process was ended from outside, when it had a process to itself.
    workers : int
        Number of processes; 1 works in this one.
    """
    workers = min(workers, len(tasks))
    return _in_processes(tasks, work, killed, workers) if workers > 1 else _in_this_process(tasks, work)


def _in_this_process(tasks: Sequence[Task], work: Callable[[Task], Outcome]) -> Iterator[Outcome]:
    with one_thread():
        for task in tasks:
            yield work(task)


def _in_processes(
    tasks: Sequence[Task], work: Callable[[Task], Outcome], killed: Callable[[Task], Outcome], workers: int
) -> Iterator[Outcome]:
    """Run tasks in pools; when a process is killed, its pool is gone, and every task in flight is tried alone once."""
    rest = deque(tasks)
    while rest:
        suspects: list[Task] = []
        yield from _until_broken(rest, work, workers, suspects)
        for task in suspects:
            yield _alone(task, work, killed)


def _until_broken(
    rest: deque[Task], work: Callable[[Task], Outcome], workers: int, suspects: list[Task]
) -> Iterator[Outcome]:
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


def _alone(task: Task, work: Callable[[Task], Outcome], killed: Callable[[Task], Outcome]) -> Outcome:
    """Run one task in a process of its own, so that it can do no harm to others."""
    with open_pool(1) as pool:
        try:
            return submit(pool, work, task).result()
        except BrokenProcessPool:
            return killed(task)
