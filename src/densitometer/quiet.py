"""Keep off the terminal what libraries say of a damaged file: the user gets one sentence, the reason."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from PIL import Image

_LOGGERS = ("PIL", "tifffile")
_STDERR = 2


class _Shared:
    """Something that is so for the whole process while at least one of its threads wants it."""

    def __init__(self, begin: Callable[[], Callable[[], None]]) -> None:
        self._begin, self._lock, self._wanted = begin, threading.Lock(), 0
        self._end: Callable[[], None] = lambda: None

    @contextmanager
    def __call__(self) -> Iterator[None]:
        with self._lock:
            if not self._wanted:
                self._end = self._begin()
            self._wanted += 1
        try:
            yield
        finally:
            with self._lock:
                self._wanted -= 1
                if not self._wanted:
                    self._end()


def _hush_libraries() -> Callable[[], None]:
    """Switch off warnings, the logs of Pillow and tifffile, and Pillow's size guard, which only warns."""
    loggers = [(logging.getLogger(name), logging.getLogger(name).level) for name in _LOGGERS]
    most, caught = Image.MAX_IMAGE_PIXELS, warnings.catch_warnings()
    caught.__enter__()
    warnings.simplefilter("ignore")
    Image.MAX_IMAGE_PIXELS = None
    for logger, _ in loggers:
        logger.setLevel(logging.CRITICAL + 1)

    def end() -> None:
        for logger, level in loggers:
            logger.setLevel(level)
        Image.MAX_IMAGE_PIXELS = most
        caught.__exit__(None, None, None)

    return end


def _hush_stderr() -> Callable[[], None]:
    """Send standard error nowhere, that of C libraries too."""
    with contextlib.suppress(Exception):  # there may be none, or one that a notebook put in its place
        sys.stderr.flush()
    try:
        before, nowhere = os.dup(_STDERR), os.open(os.devnull, os.O_WRONLY)
    except OSError:
        return lambda: None
    os.dup2(nowhere, _STDERR)
    os.close(nowhere)

    def end() -> None:
        os.dup2(before, _STDERR)
        os.close(before)

    return end


quiet_libraries = _Shared(_hush_libraries)
"""Context in which libraries neither warn nor log, and Pillow opens pictures of any size."""

quiet_stderr = _Shared(_hush_stderr)
"""Context in which nothing reaches standard error, for libtiff and libpng, which write to it from C.

It is so for all threads of the process: keep it to the call of the library.
"""
