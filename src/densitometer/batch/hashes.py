"""Hashes of many files: what tells whether a photograph is still the one that was measured."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from densitometer.batch.places import Place, sha256_at

_THREADS = 8
_AHEAD = 64


def hashes(places: Sequence[Place]) -> Generator[str | None, None, None]:
    """Yield the sha256 of each file, in order; None for one that cannot be read.

    Files are read in pieces and in several threads, most of whose time goes to waiting for the disk or the network.
    """
    pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="hashes")
    flying: deque[Future[str | None]] = deque()
    try:
        for place in places:
            flying.append(pool.submit(sha256_at, place))
            if len(flying) >= _AHEAD:
                yield flying.popleft().result()
        while flying:
            yield flying.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
