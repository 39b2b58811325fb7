"""What Ctrl-C does: the first press lets a run finish what it has begun, the second ends it at once."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType

import click

_TOLD = "stopping: finishing the photographs that are being measured; press Ctrl-C again to stop now"
_STDERR = 2


@contextlib.contextmanager
def stopping() -> Iterator[threading.Event]:
    """Let Ctrl-C, or a polite request to end (SIGTERM), set an event; a second one raises KeyboardInterrupt.

    The event is never set from outside where this does not run in the main thread, which alone hears signals.
    """
    stop = threading.Event()

    def heard(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        _tell()

    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = {number: signal.signal(number, heard) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def ended_as_by_ctrl_c() -> Iterator[None]:
    """Have a polite request to end (SIGTERM) raise KeyboardInterrupt, so that nothing is left half done."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class _EndedError(KeyboardInterrupt):
    """A request to end; Python gives exit codes of its own to KeyboardInterrupt itself where it passed ``exec``."""


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise _EndedError


def _tell() -> None:
    try:
        click.echo(_TOLD, err=True)
    except RuntimeError:  # the signal came while something else was being written
        os.write(_STDERR, f"\n{_TOLD}\n".encode())
