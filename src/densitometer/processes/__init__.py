"""Processes of one thread each: threads that wait for each other burn the cores that other processes need.

``pool`` runs many equal calls that all succeed; ``crew`` runs calls any of which may hang or be killed, each in a
``child`` process of our own, whose other end is ``inside``. Nothing heavy is imported here.
"""

from __future__ import annotations

from densitometer.processes.child import Lost
from densitometer.processes.cores import usable_workers
from densitometer.processes.crew import each_twice, in_children
from densitometer.processes.pool import QUEUED_PER_WORKER, one_thread, open_pool, submit

__all__ = [
    "QUEUED_PER_WORKER",
    "Lost",
    "each_twice",
    "in_children",
    "one_thread",
    "open_pool",
    "submit",
    "usable_workers",
]
