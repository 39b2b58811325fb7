"""Check a study before it is measured: every row against every photograph, and all that is wrong at once."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from densitometer.batch.check_files import below_the_folder, file_problems
from densitometer.batch.inputs import Found
from densitometer.batch.jobs import Job, plan
from densitometer.batch.places import Place, bytes_at
from densitometer.errors import PhotoError, ScaleError
from densitometer.photo import decode_photo
from densitometer.processes import Lost, each_twice, in_children, one_thread
from densitometer.scale import Scale, find_bar
from densitometer.settings import PhotoSettings, Settings
from densitometer.visits.cautions import SCALES_DIFFER
from densitometer.visits.columns import meant_by, missing_columns
from densitometer.visits.order import plain
from densitometer.visits.problems import KINDS, Kind, Problem
from densitometer.visits.study_checks import device_of, place_key, study_problems, where
from densitometer.visits.table import Examined, Line

_FEW = 6
"""So many photographs are read before new processes would have begun."""
_NO_MEMORY = "there was not enough memory to read it; check again with --workers 1"
_KILLED = (
    "the process that read it was ended from outside, twice; the file may be damaged: copy it from the camera again"
)
_STATE = "fill in um_per_px, or give --um-per-px"


@dataclass(frozen=True)
class Facts:
    """What reading a photograph told.

    Attributes
    ----------
    photo : str
    sha256 : str
        Empty when the file could not be read.
    sides : (int, int) or None
        Width and height in px, as displayed.
    printed_um_per_px, filed_um_per_px : float or None
        From a printed bar, and from trusted metadata.
    reason : str
        Why it cannot be measured; empty where it can.
    trouble : str
        What is wrong with its printed bar.
    """

    photo: str
    sha256: str = ""
    sides: tuple[int, int] | None = None
    printed_um_per_px: float | None = None
    filed_um_per_px: float | None = None
    reason: str = ""
    trouble: str = ""


@dataclass(frozen=True)
class Checked:
    """What a check found: the problems in the order in which they are told, and what there is."""

    problems: tuple[Problem, ...]
    photographs: int
    subjects: int
    visits: int


@dataclass(frozen=True)
class _Task:
    photo: str
    path: Place
    settings: PhotoSettings


def look_at(
    found: Sequence[Found], settings: Settings, *, workers: int, stop: threading.Event | None = None
) -> Generator[Facts, None, None]:
    """Read every photograph as measuring would, in any order; nothing is written, and nothing is raised for a file.

    Once ``stop`` is set no photograph is begun.
    """
    yield from (Facts(item.photo, reason=item.reason) for item in found if item.reason is not None)
    tasks = [_Task(item.photo, item.path, settings.photo) for item in found if item.reason is None]
    stop = stop or threading.Event()
    if len(tasks) <= _FEW:
        with one_thread():
            yield from (_look(task) for task in tasks if not stop.is_set())
        return

    def crew(some: Iterable[_Task], workers: int) -> Generator[tuple[_Task, Facts | Lost], None, None]:
        return in_children(some, _look, workers=workers, stop=stop)

    with closing(each_twice(crew, tasks, min(workers, len(tasks)))) as outcomes:
        for task, outcome in outcomes:
            yield Facts(task.photo, reason=_KILLED) if isinstance(outcome, Lost) else outcome


def _look(task: _Task) -> Facts:
    sha256 = ""
    try:
        data = bytes_at(task.path)
        sha256 = hashlib.sha256(data).hexdigest()
        photo = decode_photo(data, task.settings)
        height, width = photo.rgb.shape[:2]
        printed, trouble = _printed(photo.rgb)
        return Facts(task.photo, sha256, (width, height), printed, photo.capture.um_per_px, trouble=trouble)
    except PhotoError as error:
        return Facts(task.photo, sha256, reason=error.reason)
    except MemoryError:
        return Facts(task.photo, sha256, reason=_NO_MEMORY)
    except Exception as error:  # a mistake of ours must not hide the other photographs
        return Facts(task.photo, sha256, reason=f"internal error: {type(error).__name__}: {error}; please report it")


def _printed(rgb: NDArray[np.uint8]) -> tuple[float | None, str]:
    """Scale by the printed bar, and what is wrong with that."""
    bar = find_bar(rgb)
    if bar is None:
        return None, ""
    try:
        return Scale.from_bar(bar).um_per_px, ""
    except ScaleError as error:
        return None, str(error)


@dataclass(frozen=True)
class _Pair:
    """A row with what its photograph told."""

    line: Line
    job: Job
    facts: Facts

    def problem(self, column: str | None, text: str, kind: Kind) -> Problem:
        return Problem(self.line.number, column, self.line.row.photo, text, kind)


def check_study(
    examined: Examined,
    found: Sequence[Found],
    facts: Mapping[str, Facts],
    settings: Settings,
    *,
    um_per_px: float | None,
    today: date,
    others: Mapping[str, str] | None = None,
) -> Checked:
    """Find all that is wrong with a study.

    Parameters
    ----------
    examined : Examined
        Its table, or what the names of its photographs say.
    found : sequence of Found
        Its photographs.
    facts : mapping of str to Facts
        What each photograph told, by its name.
    settings : Settings
    um_per_px : float or None
        The scale of photographs for which the table states none.
    today : date
    others : mapping of str to str, optional
        Photographs that are not read, as `check_files.not_read` found them.
    """
    visits = examined.visits
    jobs, _ = plan(found, visits, um_per_px)
    lines: dict[str, Line] = {}
    for line in examined.lines:
        lines.setdefault(line.row.photo, line)
    of_jobs = [(job, lines[visits.rows[job.row].photo] if job.row is not None else None) for job in jobs]
    there = [(job, line) for job, line in of_jobs if not job.lost]
    there.sort(key=lambda item: (item[1] is None, (item[1].number or 0) if item[1] else 0))  # as the table has them
    pairs = [_Pair(line, job, facts[job.photo]) for job, line in there if line and facts[job.photo].sides]
    of_table = below_the_folder(examined.problems, [item.photo for item in found])
    misnamed = any(meant_by(problem.column or "") == "um_per_px" for problem in examined.doubtful)
    problems = [
        *of_table,
        *examined.doubtful,
        *missing_columns(examined.columns),
        *file_problems(of_jobs, examined, of_table, others or {}),
        *_unreadable(there, facts),
        *_same_file(there, facts),
        *study_problems(examined.lines, today),
        *(() if misnamed and um_per_px is None else _scales(pairs, settings)),
        *_sizes(pairs),
    ]
    subjects = {line.row.subject for line in examined.lines if line.row.subject}
    each = {(line.row.subject, plain(line.row.visit) or line.row.visit_date) for line in examined.lines}
    named = len([visit for _, visit in each if visit])
    return Checked(tuple(_in_order(problems, examined)), len(there), len(subjects), named)


def _in_order(problems: Iterable[Problem], examined: Examined) -> list[Problem]:
    """By kind and row, each with the name of its cell."""
    named = []
    for problem in problems:
        letter = examined.letters.get(problem.column or "") if problem.row else None
        named.append(replace(problem, cell=f"{letter}{problem.row}") if letter else problem)
    return sorted(named, key=lambda problem: (KINDS.index(problem.kind), problem.row is None, problem.row or 0))


def _unreadable(there: Sequence[tuple[Job, Line | None]], facts: Mapping[str, Facts]) -> Iterator[Problem]:
    for job, line in there:
        reason = facts[job.photo].reason
        if reason:
            yield Problem(line.number if line else None, "photo", job.photo, reason, "photographs")


def _same_file(there: Sequence[tuple[Job, Line | None]], facts: Mapping[str, Facts]) -> Iterator[Problem]:
    """Photographs that are one file under several names."""
    first: dict[str, tuple[Job, Line | None]] = {}
    for job, line in there:
        sha256 = facts[job.photo].sha256
        if not sha256:
            continue
        before, its_line = first.setdefault(sha256, (job, line))
        if before is not job:
            name = where(its_line) if its_line else before.photo
            text = f"it is the same file as {name}, byte for byte: one picture under two names; "
            text += "put the right photograph in the place of the wrong one, or delete it"
            yield Problem(line.number if line else None, "photo", job.photo, text, "photographs")


def _scales(pairs: Sequence[_Pair], settings: Settings) -> Iterator[Problem]:
    """Scales that are unknown, or contradict a printed bar, or each other."""
    for pair in pairs:
        stated, printed = pair.job.um_per_px, pair.facts.printed_um_per_px
        if stated is None and printed is None and pair.facts.filed_um_per_px is None:
            if "um_per_px" not in pair.line.bad:
                text = pair.facts.trouble or f"no scale is stated, printed on it or told by the file; {_STATE}"
                yield pair.problem("um_per_px", text, "scales")
        elif stated and printed and abs(stated / printed - 1) > settings.quality.scale_disagreement:
            by_whom = "" if pair.job.from_visits else "--um-per-px says "
            text = f"{by_whom}{stated:.4g} um per px, but the bar printed on it {printed:.4g}; correct what is wrong"
            yield pair.problem("um_per_px", text, "scales")
    yield from _differing_scales(pairs)


def _differing_scales(pairs: Sequence[_Pair]) -> Iterator[Problem]:
    """Scales that differ within a subject and site, and those of one device at one size of pictures."""
    stated = [pair for pair in pairs if pair.job.from_visits]
    told: set[str] = set()
    for of_place in _grouped(stated, lambda pair: place_key(pair.line) if pair.line.row.subject else None):
        for pair, first in _apart(of_place):
            told.add(pair.job.photo)
            text = (
                f"{pair.job.um_per_px:.4g} um per px here, but {first.job.um_per_px:.4g} in {where(first.line)} of the "
            )
            text += "same subject and site; correct it, or expect the flag scale_differs"
            yield pair.problem("um_per_px", text, "scales")
    rest = [pair for pair in stated if pair.job.photo not in told]
    for of_device in _grouped(rest, _device_and_size):
        for pair, first in _apart(of_device):
            text = (
                f"{pair.job.um_per_px:.4g} um per px here, but {first.job.um_per_px:.4g} in {where(first.line)} by the "
            )
            text += "same device, with pictures of the same size; correct it, or tell the devices apart"
            yield pair.problem("um_per_px", text, "scales")


def _device_and_size(pair: _Pair) -> object:
    device = device_of(pair.line)
    return (device, _size(pair)) if any(device) else None


def _grouped(pairs: Iterable[_Pair], key: Callable[[_Pair], object]) -> Iterator[list[_Pair]]:
    """Pairs that share a key; those without are left out."""
    groups: dict[object, list[_Pair]] = {}
    for pair in pairs:
        groups.setdefault(key(pair), []).append(pair)
    groups.pop(None, None)
    yield from groups.values()


def _apart(pairs: Sequence[_Pair]) -> Iterator[tuple[_Pair, _Pair]]:
    """First pair of each scale that is unlike the first one's and those told before, together with the first."""
    known: list[float] = []
    for pair in pairs:
        scale = pair.job.um_per_px or 1.0
        if not any(max(scale, other) <= (1 + SCALES_DIFFER) * min(scale, other) for other in known):
            if known:
                yield pair, pairs[0]
            known.append(scale)


def _size(pair: _Pair) -> tuple[int, ...]:
    """Sides in px, whichever way the camera was held."""
    return tuple(sorted(pair.facts.sides or ()))


def _sizes(pairs: Sequence[_Pair]) -> Iterator[Problem]:
    """Sizes of pictures that change within a subject and site although the device does not."""
    for of_place in _grouped(pairs, lambda pair: (place_key(pair.line), device_of(pair.line))):
        seen: set[tuple[int, ...]] = set()
        for pair in of_place if of_place[0].line.row.subject else ():
            if _size(pair) not in seen and seen:
                first = of_place[0]
                text = f"it has {_shown(pair)}, but {where(first.line)} of the same subject and site {_shown(first)}; "
                text += "give the photographs as the camera saved them, neither cropped nor made smaller"
                yield pair.problem(None, text, "devices")
            seen.add(_size(pair))


def _shown(pair: _Pair) -> str:
    width, height = pair.facts.sides or (0, 0)
    return f"{width} x {height} px"
