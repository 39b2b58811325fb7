"""Copy photographs under pseudonyms: the key is on disk before a copy is, and what is done stays done."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from densitometer.deidentify.copies import Copy, Task, copy_of
from densitometer.deidentify.key import Key, opened_key
from densitometer.deidentify.naming import Named, Original, name_copies
from densitometer.deidentify.output import Output, Row, State, cannot_be_written, opened_output, shown
from densitometer.deidentify.pseudonyms import Choose
from densitometer.errors import DensitometerError, ResultsError
from densitometer.processes import Lost, each_twice, in_children, one_thread

log = logging.getLogger(__name__)

_FEW = 6
"""So many photographs are copied before new processes would have begun."""
_WRITE_EVERY_S = 5.0
_KILLED = (
    "the process that read it was ended from outside, twice; the file may be damaged: copy it from the camera again"
)

Follow = Callable[[Iterable[Copy], int, int], Iterable[Copy]]
"""Takes copies as they are made, how many there are in all, how many were made before; gives them on, and tells."""


class StoppedError(DensitometerError):
    """What stops a run that has begun; what was copied stays."""


@dataclass(frozen=True)
class Wish:
    """What is to be done with all photographs.

    Attributes
    ----------
    blank : bool
        Paint over burned-in text. Copies that were painted over stay so in any case.
    left_out, keep : sequence of str
        Columns of the table that are left out because they may identify, and those that are kept in spite of it.
    """

    blank: bool = False
    left_out: Sequence[str] = ()
    keep: Sequence[str] = ()


@dataclass(frozen=True)
class Done:
    """What came of it: numbers of photographs.

    Attributes
    ----------
    copied, before : int
        Copied now; copied by an earlier run already.
    stayed : int
        Copies of other photographs, from earlier runs.
    with_text, blanked : int
        Of the copies of the photographs given: with burned-in text, and with text that was painted over.
    text_left : tuple of str
        Copies in which text is still found after painting over.
    failures : tuple of (str, str)
        Names of the originals that could not be copied, with the reason.
    complete : bool
        False when it was stopped before the last photograph.
    """

    copied: int
    before: int
    stayed: int
    with_text: int
    blanked: int
    text_left: tuple[str, ...]
    failures: tuple[tuple[str, str], ...]
    complete: bool


def deidentify(
    originals: Sequence[Original],
    out: Path,
    key_file: Path,
    wish: Wish = Wish(),  # noqa: B008 - frozen
    *,
    workers: int = 1,
    stop: threading.Event | None = None,
    follow: Follow = lambda copies, total, before: copies,
    choose: Choose = secrets.choice,
) -> Done:
    """Copy photographs to ``out`` under pseudonyms, with two tables that say nothing of the originals.

    Parameters
    ----------
    originals : sequence of Original
    out : Path
        Folder for the copies: new, empty, or with copies of the same key.
    key_file : Path
        Gets what is new before any copy is written.
    wish : Wish
    workers : int
        Number of processes.
    stop : threading.Event, optional
        Once it is set no photograph is begun.
    follow : callable, optional
    choose : callable, optional
        The randomness, for tests.

    Raises
    ------
    DensitometerError
        When the key or the folder cannot be used; `StoppedError` when copying had begun.
    """
    stop = stop or threading.Event()
    with opened_key(key_file) as key, opened_output(out, key) as output:
        named = name_copies(originals, key, choose)
        key.save()
        run = _Run(named, key, output, wish)
        try:
            return run.all(workers, stop, follow)
        except OSError as error:
            raise StoppedError(str(cannot_be_written(out, error))) from error
        except DensitometerError as error:
            raise StoppedError(str(error)) from error


class _Run:
    """One run: the photographs with the names of their copies, and what is there already."""

    def __init__(self, named: Sequence[Named], key: Key, output: Output, wish: Wish) -> None:
        self._named = {one.name: one for one in named}
        if len(self._named) < len(named):
            raise ResultsError(f"the key {key.path} gives one name to two photographs; restore it from a copy")
        self._output, self._wish = output, wish
        self._left: list[str] = []

    def all(self, workers: int, stop: threading.Event, follow: Follow) -> Done:
        """Copy what is not there yet."""
        tasks = list(self._tasks())
        before = len(self._named) - len(tasks)
        for task in tasks:
            self._output.states.pop(task.name, None)
        self._output.write_states()  # marks the folder as ours before there is a copy in it
        done = 0
        try:
            with closing(_copies(tasks, workers, stop)) as copies:
                written = time.monotonic()
                for copy in follow(copies, len(self._named), before):
                    self._add(copy)
                    done += 1
                    if time.monotonic() - written >= _WRITE_EVERY_S:
                        self._output.write_states()
                        written = time.monotonic()
        finally:
            self._write()
        return self._summary(before, complete=done == len(tasks))

    def _tasks(self) -> Iterator[Task]:
        """Photographs to be copied, by the names of their copies: the order of the originals would tell theirs."""
        for name, one in sorted(self._named.items()):
            original, state = one.original, self._output.states.get(name)
            if state is None or not original.sha256 or self._shall_be_painted(state):
                yield Task(name, original.path, original.sha256 or "", self._wish.blank, original.reason or "")

    def _shall_be_painted(self, state: State) -> bool:
        """Tell whether text is to be painted over that was left; what was painted over never comes back."""
        return bool(state.text_regions) and self._wish.blank and not state.blanked

    def _add(self, copy: Copy) -> None:
        if copy.log:
            log.error("an error that was not foreseen; please report it\n%s", copy.log)
        if copy.png is not None:
            self._output.write_copy(copy.name, copy.png)
        state = State(copy.name, copy.reason, copy.text_regions, copy.blanked, copy.um_per_px)
        self._output.states[copy.name] = state
        if copy.text_left:
            self._left.append(copy.name)
        if state.copied:
            for former in self._named[copy.name].former:
                self._output.remove(former)

    def _write(self) -> None:
        rows = {name: self._row(one) for name, one in self._named.items() if name in self._output.states}
        self._output.write_visits(rows, self._wish.left_out, self._wish.keep)
        self._output.write_states()

    def _row(self, one: Named) -> Row:
        stated = one.original.um_per_px
        scale = stated if stated is not None else self._output.states[one.name].um_per_px
        visit = dict(one.original.visit or {})
        if visit:
            visit["subject"] = one.subject
        kept = {name: cell for name, cell in visit.items() if name not in self._wish.left_out}
        return {**kept, "photo": one.name, "um_per_px": shown(scale)}

    def _summary(self, before: int, *, complete: bool) -> Done:
        states = [self._output.states[name] for name in self._named if name in self._output.states]
        copied = [state for state in states if state.copied]
        failed = [(self._named[state.photo].original.photo, state.reason) for state in states if state.reason]
        return Done(
            copied=len(copied) - before,
            before=before,
            stayed=len(self._output.states) - len(states),
            with_text=sum(state.text_regions > 0 for state in copied),
            blanked=sum(state.blanked for state in copied),
            text_left=tuple(sorted(self._left)),
            failures=tuple(failed),
            complete=complete,
        )


def _copies(tasks: Sequence[Task], workers: int, stop: threading.Event) -> Generator[Copy, None, None]:
    """Make copies, in any order; nothing is written."""
    if len(tasks) <= _FEW:
        with one_thread():
            yield from (copy_of(task) for task in tasks if not stop.is_set())
        return

    def crew(some: Iterable[Task], workers: int) -> Generator[tuple[Task, Copy | Lost], None, None]:
        return in_children(some, copy_of, workers=workers, stop=stop)

    with closing(each_twice(crew, tasks, min(workers, len(tasks)))) as outcomes:
        for task, outcome in outcomes:
            yield Copy(task.name, reason=_KILLED) if isinstance(outcome, Lost) else outcome
