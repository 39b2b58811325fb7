"""Measure on the machines of a Dask cluster: the same calls as here, made by child processes of its workers.

Photographs are sent few at a time and results fetched as they are done, so that neither piles up. A call may be made
twice, where a worker is lost: it writes nothing, so that this costs time only.
"""

from __future__ import annotations

import asyncio
import logging
import pickle
import queue
import threading
import time
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from densitometer.batch.cluster_checks import Probe, differing, problems
from densitometer.batch.jobs import Job
from densitometer.batch.work import Outcome, Task, work
from densitometer.errors import DensitometerError
from densitometer.processes import Lost
from densitometer.processes.child import value_of
from densitometer.processes.elsewhere import ask_a_child
from densitometer.results.made import made_of
from densitometer.settings import Settings

if TYPE_CHECKING:
    from distributed import Client, Future

log = logging.getLogger("densitometer.batch")

_CONNECT_S = 10
_HEED_S = 0.5
_LOOK_EVERY_S = 2.0
_WORKERS_BACK_S = 600.0
"""How long to wait for a worker when all are gone: they may be restarting."""
_CLOSE_S = 2
_ASK_AGAIN_S = 60.0
_AHEAD = 2
_NOISY = frozenset({"distributed", "tornado", "asyncio"})
_GOES_ON = "what was measured until then is kept, and the same command goes on from there"

_Crew = Callable[[Iterable[Task], int], Generator[tuple[Task, Outcome | Lost], None, None]]


@contextmanager
def on_cluster(
    address: str,
    jobs: Iterable[Job],
    settings: Settings,
    time_limit_s: float | None = None,
    stop: threading.Event | None = None,
) -> Iterator[_Crew]:
    """Connect to a Dask cluster, check its workers, and give what has them do tasks.

    Parameters
    ----------
    address : str
        Of the scheduler, as in ``tcp://host:8786``.
    jobs : iterable of Job
        What is to be measured; every worker must be able to read the first photograph that this process can read.
    settings : Settings
    time_limit_s, stop
        As of :func:`densitometer.batch.measure_batch`.

    Raises
    ------
    DensitometerError
        When it cannot be reached, has no workers, or one of them would not measure as this process does.
    """
    with _quiet(), _connected(address) as client:
        if not _threads(client, address):
            raise DensitometerError(f"the scheduler at {address} has no workers; start some: dask worker {address}")
        workers = _Workers(client, address, Probe.of(map(_shared, jobs)), settings)
        if problem := workers.first_problem():
            raise DensitometerError(problem)
        yield partial(_outcomes, client, workers, settings, time_limit_s, stop or threading.Event())


def check_cluster(address: str, jobs: Iterable[Job], settings: Settings) -> None:
    """Connect to a Dask cluster and check its workers, before anything is begun; raises as `on_cluster`."""
    todo = [job for job in jobs if job.reason is None]
    if todo:
        with on_cluster(address, todo, settings):
            pass


def _outcomes(
    client: Client,
    crew: _Workers,
    settings: Settings,
    time_limit_s: float | None,
    stop: threading.Event,
    tasks: Iterable[Task],
    workers: int,
) -> Generator[tuple[Task, Outcome | Lost], None, None]:
    """Yield tasks with their outcomes in the order in which they are done; at most ``workers`` at a time."""
    waiting, more = iter(tasks), True
    flying: dict[str, _Sent] = {}
    done: queue.SimpleQueue[Future] = queue.SimpleQueue()

    def send(task: Task) -> None:
        sent = _Sent(task, _submitted(client, task, time_limit_s, crew.good), crew.good)
        flying[sent.future.key] = sent
        sent.future.add_done_callback(done.put)

    try:
        while flying or (more and not stop.is_set()):
            most = min(workers, crew.room())
            if most:
                for stranded in [sent for sent in flying.values() if not sent.to & crew.good]:
                    del flying[stranded.future.key]
                    stranded.future.release()
                    send(stranded.task)
            while more and not stop.is_set() and len(flying) < most:
                task = next(waiting, None)
                if more := task is not None:
                    send(task)
            if not (flying or more):
                return
            with suppress(queue.Empty):
                future = done.get(timeout=_HEED_S)
                if future.key not in flying:  # it was sent again
                    continue
                outcome = _outcome(future, crew.scheduler)
                task = flying.pop(future.key).task
                future.release()
                _check_versions(task, outcome, settings)
                yield task, outcome
    finally:
        if flying and client.status == "running":
            with suppress(Exception):
                client.cancel([sent.future for sent in flying.values()])


@dataclass(frozen=True)
class _Sent:
    """A task on its way, and the workers that may do it."""

    task: Task
    future: Future
    to: frozenset[str]


class _Workers:
    """Those of a cluster that may be sent tasks: each is asked, before its first, whether it measures as we do.

    They come and go; one that would not measure as we do is left out, and asked again after a while.

    Attributes
    ----------
    scheduler : str
        Its address.
    good : frozenset of str
        Addresses of those that may be sent tasks.
    """

    def __init__(self, client: Client, scheduler: str, probe: Probe, settings: Settings) -> None:
        self.scheduler, self.good = scheduler, frozenset[str]()
        self._client, self._probe, self._settings = client, probe, settings
        self._refused: dict[str, float] = {}
        self._told: set[str] = set()
        self._room, self._looked, self._seen = 1, float("-inf"), time.monotonic()

    def first_problem(self) -> str:
        """Ask all that there are; empty when each of them may be sent tasks."""
        found = problems(self._client, self._probe, self._settings)
        self.good = frozenset(worker for worker, problem in found.items() if not problem)
        return next((problem for _, problem in sorted(found.items()) if problem), "")

    def room(self) -> int:
        """Most tasks that may be on their way, some for each thread; raises when the cluster is lost."""
        now = time.monotonic()
        if now - self._looked < _LOOK_EVERY_S:
            return self._room
        threads = _threads(self._client, self.scheduler)
        self._ask({worker for worker in threads if worker not in self.good}, now)
        self.good &= threads.keys()
        self._looked = time.monotonic()  # asking takes a while
        if self.good:
            self._seen = self._looked
        elif now - self._seen > _WORKERS_BACK_S:
            raise DensitometerError(f"all workers of the scheduler at {self.scheduler} are gone; {_GOES_ON}")
        elif self._room:
            log.warning("all workers of the cluster are gone; waiting for one to come back")
        self._room = _AHEAD * sum(threads[worker] for worker in self.good)
        return self._room

    def _ask(self, others: set[str], now: float) -> None:
        """Ask those that came since, and those that were refused a while ago."""
        asked = {worker for worker in others if now - self._refused.get(worker, float("-inf")) > _ASK_AGAIN_S}
        try:
            found = problems(self._client, self._probe, self._settings, asked) if asked else {}
        except Exception as error:  # of the connection, of whatever kind
            if self._client.status != "running":
                raise _lost(self.scheduler) from error
            found = {}  # one went while it was asked; we look again soon
        for worker, problem in sorted(found.items()):
            if not problem:
                self.good |= {worker}
                continue
            self._refused[worker] = time.monotonic()
            if worker not in self._told:
                self._told.add(worker)
                log.warning("%s; it is left out", problem)


def _submitted(client: Client, task: Task, time_limit_s: float | None, to: Iterable[str]) -> Future:
    job = _shared(task.job)
    message = pickle.dumps((work, (replace(task, job=job),), time_limit_s), pickle.HIGHEST_PROTOCOL)
    return client.submit(ask_a_child, work.__module__, message, time_limit_s, pure=False, key=None, workers=sorted(to))


def _shared(job: Job) -> Job:
    """A job whose path means the same on another machine that shares the folder."""
    return replace(job, path=job.path.absolute()) if isinstance(job.path, Path) else job


def _outcome(future: Future, address: str) -> Outcome | Lost:
    """What came of a call.

    Raises
    ------
    DensitometerError
        When the cluster is lost, or a worker cannot do what it was asked.
    """
    from distributed import KilledWorker

    if future.cancelled():
        raise _lost(address)
    try:
        answer = future.result()
    except KilledWorker:
        return Lost("died")
    except (CancelledError, asyncio.CancelledError) as error:
        raise _lost(address) from error
    except DensitometerError as error:
        raise DensitometerError(f"on a worker of the cluster {error}; {_GOES_ON}") from error
    except (OSError, TimeoutError) as error:
        raise _lost(address) from error
    except Exception as error:
        told = " ".join(f"{type(error).__name__}: {error}".split())
        raise DensitometerError(f"a worker of the cluster cannot measure ({told}); {_GOES_ON}") from error
    return answer if isinstance(answer, Lost) else value_of(answer)


def _check_versions(task: Task, outcome: Outcome | Lost, settings: Settings) -> None:
    """Refuse what a worker measured with other versions, one that came later than the others."""
    if isinstance(outcome, Lost):
        return
    job, made = task.job, outcome.result.made
    here = made_of(None, job.um_per_px, job.from_visits, settings)
    differences = differing(made, here) if isinstance(made, Mapping) else ""
    if differences:
        raise DensitometerError(f"a worker of the cluster measures with other versions: {differences}; {_GOES_ON}")


def _threads(client: Client, address: str) -> dict[str, int]:
    """How many threads each worker has."""
    if client.status != "running":
        raise _lost(address)
    try:
        return dict(client.nthreads())
    except Exception as error:  # of the connection, of whatever kind
        raise _lost(address) from error


def _lost(address: str) -> DensitometerError:
    return DensitometerError(f"the scheduler at {address} was lost; {_GOES_ON}")


@contextmanager
def _connected(address: str) -> Iterator[Client]:
    try:
        from distributed import Client
    except ImportError as error:
        hint = "run: pip install densitometer[cluster]"
        raise DensitometerError(f"measuring on a cluster needs further libraries; {hint}") from error
    try:
        client = Client(address, timeout=_CONNECT_S, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        hint = "check the address, and that it runs: dask scheduler"
        raise DensitometerError(f"there is no Dask scheduler at {address}; {hint}") from error
    try:
        yield client
    finally:
        with suppress(Exception):  # it may be gone
            client.close(timeout=_CLOSE_S)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what Dask says of connections and versions to itself; what matters is told in sentences of ours."""
    with suppress(ImportError):
        import distributed  # noqa: F401  (gives its loggers levels of their own)
    names = [name for name in logging.root.manager.loggerDict if name.partition(".")[0] in _NOISY]
    loggers = [logging.getLogger(name) for name in names]
    levels = [logger.level for logger in loggers]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for logger in loggers:
            logger.setLevel(logging.CRITICAL + 1)
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
