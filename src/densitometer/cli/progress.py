"""Progress on stderr: how many photographs are done, how fast, and how long it will take."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import Timer
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from rich.progress import Progress, Task
    from rich.text import Text

Item = TypeVar("Item")

_FEW = 3
_PATIENCE_S = 1.0


def follow(items: Iterable[Item], total: int, *, quiet: bool, doing: str = "measuring") -> Iterator[Item]:
    """Yield ``items`` and show a progress bar to someone at a terminal; of a few, once they take over a second."""
    if quiet or not sys.stderr.isatty():
        yield from items
        return
    bar = _bar()
    task = bar.add_task(doing, total=total)
    with _shown(bar, after_s=_PATIENCE_S if total <= _FEW else 0.0):
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


def _bar() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn

    class Rate(ProgressColumn):
        """Photographs per minute."""

        def render(self, task: Task) -> Text:
            from rich.text import Text

            speed = task.finished_speed or task.speed
            return Text("" if speed is None else f"{speed * 60:.0f} a minute")

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate())
    left = (TextColumn("time left"), TimeRemainingColumn())
    return Progress(*columns, *left, console=Console(stderr=True))
