"""Run one function over many jobs in processes of one thread each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from densitometer.processes import open_pool, submit

T = TypeVar("T")


def in_processes(function: Callable[..., T], jobs: Sequence[tuple[Any, ...]], workers: int) -> list[T]:
    """Call a module's function once for the arguments of each job; results in the order of the jobs."""
    with open_pool(workers) as pool:
        return [job.result() for job in [submit(pool, function, *job) for job in jobs]]
