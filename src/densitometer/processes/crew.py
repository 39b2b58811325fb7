"""Have a function called for many tasks in child processes, and lose no task when one hangs or is killed."""

from __future__ import annotations

import contextlib
import pickle
import queue
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Generic, TypeVar

from densitometer.processes.child import Child, Lost, start_child, value_of

Task = TypeVar("Task")
Result = TypeVar("Result")

_HEED_S = 0.5
"""How long to wait before looking whether somebody pressed Ctrl-C, where waiting itself does not notice."""


def in_children(
    tasks: Iterable[Task],
    function: Callable[[Task], Result],
    *,
    workers: int,
    time_limit_s: float | None = None,
    stop: threading.Event | None = None,
) -> Generator[tuple[Task, Result | Lost], None, None]:
    """Yield each task with what ``function`` returned for it, in the order in which they are done.

    A task whose process dies, or takes longer than it may, is yielded as `Lost`; the others do not notice. As many
    results as there are workers wait at most for the consumer. When the generator is closed, or an exception leaves
    it, all processes are ended at once.

    Parameters
    ----------
    tasks : iterable
        Can be pickled; taken one by one, when a process is free.
    function : callable
        Of a module that can be imported, not of a script.
    workers : int
        Number of processes.
    time_limit_s : float, optional
        Longest that one task may take, in seconds.
    stop : threading.Event, optional
        Once it is set no task is begun; those that were begun are finished and yielded.

    Raises
    ------
    DensitometerError
        When no process can be started. What ``function`` raises is raised here too.
    """
    crew = _Crew(iter(tasks), function, workers, time_limit_s, stop or threading.Event())
    try:
        yield from crew.outcomes()
    finally:
        crew.disband()


def each_twice(
    run: Callable[[Iterable[Task], int], Generator[tuple[Task, Result | Lost], None, None]],
    tasks: Iterable[Task],
    workers: int,
    put_off: Callable[[Task], None] | None = None,
) -> Generator[tuple[Task, Result | Lost], None, None]:
    """Yield as ``run(tasks, workers)`` does, but try what died once more, alone, after all others.

    What was too slow would be too slow again. Memory that many workers used up may suffice for one. ``put_off`` is
    told of each task that is to be tried once more.
    """
    died = []
    with contextlib.closing(run(tasks, workers)) as outcomes:
        for task, outcome in outcomes:
            if isinstance(outcome, Lost) and outcome.why != "too_slow":
                died.append(task)
                if put_off:
                    put_off(task)
            else:
                yield task, outcome
    if died:
        with contextlib.closing(run(died, 1)) as outcomes:
            yield from outcomes


class _Gone:
    """Told by a thread that has no more to do."""


class _DisbandedError(Exception):
    """Nothing is to be started any more."""


class _Crew(Generic[Task, Result]):
    """One thread for each worker; it owns one child process at a time and waits for its answers."""

    def __init__(
        self,
        tasks: Iterator[Task],
        function: Callable[[Task], Result],
        workers: int,
        limit_s: float | None,
        stop: threading.Event,
    ) -> None:
        self._tasks, self._function, self._limit_s, self._stop = tasks, function, limit_s, stop
        self._lock = threading.Lock()  # for the tasks and the children
        self._room = threading.Semaphore(2 * workers)
        self._results: queue.SimpleQueue[tuple[Task, Result | Lost] | BaseException | _Gone] = queue.SimpleQueue()
        self._children: set[Child] = set()
        self._disbanded = False
        self._threads = [threading.Thread(target=self._serve, daemon=True) for _ in range(workers)]
        for thread in self._threads:
            thread.start()

    def outcomes(self) -> Iterator[tuple[Task, Result | Lost]]:
        """Yield tasks as they are done, until every thread has no more."""
        gone = 0
        while gone < len(self._threads):
            try:
                outcome = self._results.get(timeout=_HEED_S)
            except queue.Empty:
                continue
            if isinstance(outcome, _Gone):
                gone += 1
            elif isinstance(outcome, BaseException):
                raise outcome
            else:
                self._room.release()
                yield outcome

    def disband(self) -> None:
        """End all processes at once, and wait for the threads to notice."""
        with self._lock:
            self._disbanded = True
            for child in self._children:
                child.kill()
        for _ in self._threads:
            self._room.release()
        for thread in self._threads:
            thread.join()

    def _serve(self) -> None:
        with contextlib.ExitStack() as leaving:
            leaving.callback(lambda: self._results.put(_Gone()))
            child: Child | None = None
            try:
                for task in self._taken():
                    message = pickle.dumps((self._function, (task,), self._limit_s), pickle.HIGHEST_PROTOCOL)
                    if child is None or not child.usable:
                        child = self._replaced(child)
                    answer = child.ask(message, self._limit_s)
                    if self._disbanded:
                        return
                    self._results.put((task, answer if isinstance(answer, Lost) else value_of(answer)))
            except BaseException as error:
                self._results.put(error)
            finally:
                self._dismiss(child)

    def _taken(self) -> Iterator[Task]:
        """Take tasks as long as there are any and the consumer keeps up."""
        while True:
            self._room.acquire()
            with self._lock:
                if self._disbanded or self._stop.is_set():
                    return
                try:
                    task = next(self._tasks)
                except StopIteration:
                    return
            yield task

    def _replaced(self, before: Child | None) -> Child:
        self._dismiss(before)
        return start_child(self._function.__module__, self._enlist)

    def _enlist(self, child: Child) -> None:
        with self._lock:
            self._children.add(child)
            disbanded = self._disbanded
        if disbanded:
            self._dismiss(child)
            raise _DisbandedError

    def _dismiss(self, child: Child | None) -> None:
        if child is not None:
            with self._lock:
                self._children.discard(child)
            child.end()
