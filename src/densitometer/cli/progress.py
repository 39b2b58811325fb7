"""Progress on stderr: how many photographs are done, how fast, how long it will take, and how many failed."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread, Timer
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from rich.progress import Progress, Task
    from rich.text import Text

Item = TypeVar("Item")

_FEW = 3
_PATIENCE_S = 1.0
_LINE_EVERY_S = 60.0
_FIRST_LINE_S = 2.0
_LOOK_BACK = 500
"""The rate is that of so many things that were done last: machines come and go, and photographs differ."""


class Pace:
    """How far the work is, how fast it goes and how many things failed.

    Parameters
    ----------
    total : int
        Number of things in all.
    done : int
        How many of them were done before; they tell nothing about the rate.
    clock : callable
        Seconds since some moment.
    """

    def __init__(self, total: int, done: int = 0, clock: Callable[[], float] = time.monotonic) -> None:
        self.total, self.done, self.failed = total, done, 0
        self._clock = clock
        self._last: deque[tuple[float, int]] = deque([(clock(), done)], maxlen=_LOOK_BACK)

    def step(self, *, failed: bool) -> None:
        """Count one thing that was done now."""
        self.done += 1
        self.failed += failed
        self._last.append((self._clock(), self.done))

    @property
    def per_minute(self) -> float | None:
        """Rate of late; None until something is done."""
        began, done = self._last[0]
        seconds = self._clock() - began
        return (self.done - done) / seconds * 60 if seconds > 0 and self.done > done else None

    def rate(self) -> str:
        """Rate for people; empty where it is not known yet."""
        rate = self.per_minute
        if rate is None:
            return ""
        return f"{rate:.0f} a minute" if rate >= 10 else f"{rate:.1f} a minute"

    def left(self) -> str:
        """Time left for people; empty where it is not known yet."""
        rate = self.per_minute
        return _duration((self.total - self.done) / rate * 60) + " left" if rate else ""

    def failures(self) -> str:
        """How many failed, for people; empty where none did."""
        return f"{self.failed} not measured" if self.failed else ""

    def line(self) -> str:
        """All of it in one line."""
        left = self.left() if self.done < self.total else ""
        return ", ".join(filter(None, (f"{self.done} of {self.total}", self.rate(), left, self.failures())))


def follow(
    items: Iterable[Item],
    total: int,
    *,
    quiet: bool,
    doing: str = "measuring",
    done: int = 0,
    failed: Callable[[Item], bool] | None = None,
) -> Generator[Item, None, None]:
    """Yield ``items`` and tell how far they are: a bar at a terminal, elsewhere a line every minute.

    Of a few the bar shows once they take over a second, and a line once they take over a minute.

    Parameters
    ----------
    items : iterable
        Things that are done, as they come.
    total : int
        How many there will be, with those that were ``done`` before.
    quiet : bool
        True to tell nothing.
    doing : str
        What is being done.
    done : int
        How many were done before.
    failed : callable, optional
        Tells whether one failed.
    """
    if quiet:
        yield from items
        return
    pace = Pace(total, done)
    counted = _counted(items, pace, failed or (lambda item: False))
    yield from _with_bar(counted, pace, doing) if sys.stderr.isatty() else _with_lines(counted, pace, doing)


def _counted(items: Iterable[Item], pace: Pace, failed: Callable[[Item], bool]) -> Iterator[Item]:
    for item in items:
        pace.step(failed=failed(item))
        yield item


def _with_lines(items: Iterable[Item], pace: Pace, doing: str) -> Iterator[Item]:
    """Tell by a line soon after the start, every minute, and at the end; nothing of what is done before the first."""
    few = pace.total - pace.done <= _FEW
    with _telling(lambda: f"{doing}: {pace.line()}", first_s=_LINE_EVERY_S if few else _FIRST_LINE_S) as told:
        yield from items
    if told.is_set() and not few:
        _tell(f"{doing}: {pace.line()}")


@contextmanager
def waiting(doing: str, *, quiet: bool) -> Iterator[None]:
    """Tell that something whose length is not known is under way, once it has taken a while, and for how long."""
    start = time.monotonic()
    if quiet:
        yield
    elif sys.stderr.isatty():
        bar = _spinner()
        bar.add_task(doing, total=None)
        with _shown(bar, after_s=_PATIENCE_S):
            yield
    else:
        with _telling(lambda: f"{doing}: {_duration(time.monotonic() - start)}", first_s=_FIRST_LINE_S):
            yield


@contextmanager
def _telling(line: Callable[[], str], first_s: float) -> Iterator[Event]:
    """Tell in a thread of its own: the caller may be waiting for a photograph that hangs; gives whether it did."""
    ended, told = Event(), Event()

    def tell() -> None:
        wait_s = first_s
        while not ended.wait(wait_s):
            _tell(line())
            told.set()
            wait_s = _LINE_EVERY_S

    teller = Thread(target=tell, name="progress", daemon=True)
    teller.start()
    try:
        yield told
    finally:
        ended.set()
        teller.join()


def _tell(line: str) -> None:
    with suppress(OSError, ValueError):  # nobody reads it any more
        click.echo(line, err=True)


def _with_bar(items: Iterable[Item], pace: Pace, doing: str) -> Iterator[Item]:
    bar = _bar(pace)
    task = bar.add_task(doing, total=pace.total, completed=pace.done)
    with _shown(bar, after_s=_PATIENCE_S if pace.total - pace.done <= _FEW else 0.0):
        for item in items:
            bar.advance(task)
            yield item


@contextmanager
def _shown(bar: Progress, after_s: float) -> Iterator[None]:
    """Show a bar after a while; never, where all is done before."""
    timer = Timer(after_s, bar.start)
    timer.daemon = True
    if after_s > 0:
        timer.start()
    else:
        bar.start()
    try:
        yield
    finally:
        if after_s > 0:
            timer.cancel()
            timer.join()
        if bar.live.is_started:
            bar.stop()


def _spinner() -> Progress:
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)


def _bar(pace: Pace) -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn

    class Told(ProgressColumn):
        """What a pace says."""

        def __init__(self, says: Callable[[], str]) -> None:
            super().__init__()
            self._says = says

        def render(self, task: Task) -> Text:
            from rich.text import Text

            return Text(self._says())

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Told(pace.rate), Told(pace.left))
    return Progress(*columns, Told(pace.failures), console=Console(stderr=True))


def _duration(seconds: float) -> str:
    """Time for people, in two units at most."""
    minutes, hours = round(seconds / 60), round(seconds / 3600)
    if minutes < 1:
        return f"{round(seconds)} s"
    if minutes < 60:
        return f"{minutes} min"
    if hours < 48:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{hours // 24} d {hours % 24} h"
