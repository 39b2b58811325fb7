"""Progress on stderr: how many photographs are done, how fast, and how long it will take."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from rich.progress import Progress, Task
    from rich.text import Text

Item = TypeVar("Item")

_FEW = 3


def follow(items: Iterable[Item], total: int, *, quiet: bool, doing: str = "measuring") -> Iterator[Item]:
    """Yield ``items`` and show a progress bar, when there are more than a few and someone is at a terminal."""
    if quiet or total <= _FEW or not sys.stderr.isatty():
        yield from items
        return
    with _bar() as bar:
        task = bar.add_task(doing, total=total)
        for item in items:
            bar.advance(task)
            yield item


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
