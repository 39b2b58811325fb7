"""Compare photographs of a record in pairs, in one process or several, in order, and lose none."""

from __future__ import annotations

import logging
import pickle
import sqlite3
import traceback
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from densitometer.errors import DensitometerError, ResultsError
from densitometer.processes import Lost, each_twice, in_children, one_thread
from densitometer.results.keep import Sight, sight
from densitometer.results.names import comparison_names
from densitometer.results.record import Record
from densitometer.results.rows import Cell, plain_cell
from densitometer.settings import PrepareSettings, Settings
from densitometer.visits.compare import compare_views
from densitometer.visits.comparison import Comparison
from densitometer.visits.view import View

Rgb = NDArray[np.uint8]
Compare = Callable[[View, View, Settings], Comparison]
Draw = Callable[
    [Path, tuple[Rgb, Rgb], tuple[float, float], Comparison, tuple[View, View], tuple[str, str]], Sequence[Path]
]
"""Writes the pictures of a comparison beside a path without suffix; the side-by-side one first, then the animated."""

log = logging.getLogger("densitometer.batch")

_FEW = 6
"""So many comparisons are done before new processes would have begun."""
_NO_MEMORY = "there was not enough memory to compare them; compare again with --workers 1"
_KILLED = (
    "the process that compared them was ended from outside, twice, most likely for want of memory; "
    "free some memory, and compare again"
)


@dataclass(frozen=True)
class Pair:
    """Two photographs of a record to compare; ``titles``, of their pictures, are empty where none is to be drawn."""

    baseline: str
    followup: str
    titles: tuple[str, str] | None = None


@dataclass(frozen=True)
class Compared:
    """What comparing two photographs yielded, as rows.

    Attributes
    ----------
    pair : Pair
    comparable : bool
    reason : str
        Why they could not be compared; empty where they could.
    values : dict
        Columns of ``changes.csv`` that come from comparing; empty where they could not be compared.
    matches : tuple of dict
        Rows of ``matches.csv``.
    picture, blink : str or None
        Paths relative to the results folder.
    """

    pair: Pair
    comparable: bool
    reason: str = ""
    values: dict[str, Cell] | None = None
    matches: tuple[dict[str, Cell], ...] = ()
    picture: str | None = None
    blink: str | None = None


@dataclass(frozen=True)
class _Task:
    place: int
    pair: Pair
    name: str
    record: Path
    out: Path
    settings: Settings
    draw: Draw
    compare: Compare


@dataclass(frozen=True)
class _Outcome:
    compared: Compared
    log: str = ""


def compare_pairs(
    pairs: Sequence[Pair],
    settings: Settings,
    *,
    record: Path,
    out: Path,
    workers: int,
    draw: Draw,
    compare: Compare = compare_views,
) -> Iterator[Compared]:
    """Compare pairs of photographs that were measured, and draw them; yields in the order of ``pairs``.

    Two photographs that cannot be compared yield the reason. The results are the same for any number of workers.

    Parameters
    ----------
    pairs : sequence of Pair
    settings : Settings
    record : Path
        The file ``results.sqlite`` that holds what was measured; only read.
    out : Path
        Folder to which the pictures go, in its folder ``comparisons``, which must exist.
    workers : int
        Most processes to use; a few pairs are compared in this one.
    draw, compare : callable
        Functions of modules, so that a spawned process can import them.

    Raises
    ------
    ResultsError
        When a picture cannot be written, or the record not be read any more.
    """
    names = comparison_names((pair.baseline, pair.followup) for pair in pairs)
    tasks = [
        _Task(place, pair, name, record, out, settings, draw, compare)
        for place, (pair, name) in enumerate(zip(pairs, names, strict=True))
    ]
    for outcome in _in_processes(tasks, workers) if len(tasks) > _FEW else _in_this_process(tasks):
        if outcome.log:
            pair = outcome.compared.pair
            told = "an error that was not foreseen; please report it"
            log.error("%s and %s: %s\n%s", pair.baseline, pair.followup, told, outcome.log)
        yield outcome.compared


def _in_this_process(tasks: Sequence[_Task]) -> Iterator[_Outcome]:
    with one_thread():
        for task in tasks:
            yield _work(task)


def _in_processes(tasks: Sequence[_Task], workers: int) -> Iterator[_Outcome]:
    """Outcomes in the order of the tasks; those that are done early wait, packed, for their turn."""

    def crew(some: Iterable[_Task], workers: int) -> Generator[tuple[_Task, _Outcome | Lost], None, None]:
        return in_children(some, _work, workers=workers)

    early: dict[int, bytes] = {}
    place = 0
    with closing(each_twice(crew, tasks, min(workers, len(tasks)))) as outcomes:
        for task, outcome in outcomes:
            early[task.place] = pickle.dumps(_killed(task) if isinstance(outcome, Lost) else outcome)
            while place in early:
                yield pickle.loads(early.pop(place))
                place += 1


def _killed(task: _Task) -> _Outcome:
    log.warning("%s and %s: %s", task.pair.baseline, task.pair.followup, _KILLED)
    return _Outcome(Compared(task.pair, False, _KILLED))


class _UnreadableError(DensitometerError):
    """The record is gone or damaged: no pair can be compared any more."""


def _work(task: _Task) -> _Outcome:
    """Compare one pair and draw it; whatever goes wrong in comparing becomes the reason.

    Raises
    ------
    ResultsError
        When the record cannot be read any more, or a picture not be written: the run cannot go on then.
    """
    pair = task.pair
    try:
        stamp, prepare = _stamp(task.record), task.settings.prepare
        before, after = (_seen(task.record, stamp, photo, prepare) for photo in (pair.baseline, pair.followup))
        comparison = task.compare(before.view, after.view, task.settings)
        compared = _as_rows(pair, comparison, (before.view, after.view))
    except (_UnreadableError, sqlite3.DatabaseError) as error:
        raise ResultsError(f"{task.record} cannot be read any more: {error}") from error
    except DensitometerError as error:
        return _Outcome(Compared(pair, False, str(error)))
    except MemoryError:
        return _Outcome(Compared(pair, False, _NO_MEMORY))
    except Exception as error:
        reason = f"internal error: {type(error).__name__}: {error}; please report it"
        return _Outcome(Compared(pair, False, " ".join(reason.split())), "".join(traceback.format_exception(error)))
    return _drawn(task, compared, comparison, before, after)


def _stamp(record: Path) -> int:
    try:
        return record.stat().st_mtime_ns
    except OSError as error:
        raise _UnreadableError(str(error.strerror)) from error


@lru_cache(maxsize=4)
def _seen(record: Path, stamp: int, photo: str, settings: PrepareSettings) -> Sight:
    """Photograph from the record as it was at ``stamp``; a baseline is looked at by one comparison after the other."""
    try:
        found = Record.read(record)
    except ResultsError as error:
        raise _UnreadableError(str(error)) from error
    with closing(found) as opened:
        return sight(opened, photo, settings)


def _drawn(task: _Task, compared: Compared, comparison: Comparison, before: Sight, after: Sight) -> _Outcome:
    """Draw a comparison; its numbers stand even where that fails in a way that was not foreseen."""
    titles = task.pair.titles
    if titles is None:
        return _Outcome(compared)
    pictures, views = (before.rgb, after.rgb), (before.view, after.view)
    try:
        place = task.out / task.name
        paths = task.draw(place, pictures, (before.um_per_px, after.um_per_px), comparison, views, titles)
    except OSError as error:
        raise ResultsError(f"{task.name} cannot be written: {error.strerror}; is the disk full?") from error
    except Exception as error:
        return _Outcome(compared, "".join(traceback.format_exception(error)))
    names = [path.relative_to(task.out).as_posix() for path in paths]
    side_by_side, blink, *_ = [*names, None, None]
    return _Outcome(replace(compared, picture=side_by_side, blink=blink))


def _as_rows(pair: Pair, comparison: Comparison, views: tuple[View, View]) -> Compared:
    if not comparison.comparable:
        return Compared(pair, False, comparison.reason)
    values = {name: plain_cell(value) for name, value in comparison.values.items()}
    return Compared(pair, True, "", values, tuple(_match_rows(pair, comparison, views)))


def _match_rows(pair: Pair, comparison: Comparison, views: tuple[View, View]) -> Iterator[dict[str, Cell]]:
    um_per_px = views[0].um_per_px, views[1].um_per_px
    for match in comparison.matches:
        row = {
            "baseline_photo": pair.baseline,
            "followup_photo": pair.followup,
            "baseline_hair": match.baseline_hair,
            "followup_hair": match.followup_hair,
            "fate": match.fate,
            "probability": match.probability,
            "width_change_um": match.width_change_um,
            "baseline_x_px": match.baseline_um[0] / um_per_px[0],
            "baseline_y_px": match.baseline_um[1] / um_per_px[0],
            "followup_x_px": match.followup_um[0] / um_per_px[1],
            "followup_y_px": match.followup_um[1] / um_per_px[1],
        }
        yield {name: plain_cell(value) for name, value in row.items()}
