"""Run one function over many jobs in processes of one thread each."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any, TypeVar

import cv2

T = TypeVar("T")


def in_processes(function: Callable[..., T], jobs: Sequence[tuple[Any, ...]], workers: int) -> list[T]:
    """Call a module's function once for the arguments of each job; results in the order of the jobs."""
    os.environ["OMP_NUM_THREADS"] = "1"  # read when the new processes load NumPy
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), cv2.setNumThreads, (1,)) as pool:
        return [job.result() for job in [pool.submit(function, *job) for job in jobs]]
