"""Put files that belong together in place all or none: whatever ends it half way, the next to come completes it.

The files are written to a folder aside. Renaming that folder is what decides: before it nothing has happened, after
it the files will be put in place, by this process or by the next one that opens the results folder.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePath

from densitometer.errors import ResultsError
from densitometer.results.atomic import replace, sync, sync_folder, write_part
from densitometer.results.trail import Trail

ASIDE = ".unfinished"
DECIDED = ".compared"
_PLAN = "plan.json"


def decide(out: Path, files: Sequence[str], stale: Iterable[str], line: str) -> None:
    """Decide that what lies in ``out/.unfinished`` is to be put in place; all of it is on disk then.

    Parameters
    ----------
    out : Path
    files : sequence of str
        Names of the files relative to the folder, in the order in which they are put in place.
    stale : iterable of str
        Names of files to be taken away.
    line : str
        What the audit trail is to say of it.

    Raises
    ------
    OSError
        When it cannot be written; nothing has changed then.
    """
    aside = out / ASIDE
    for name in files:
        sync(aside / name)
    plan = {"files": list(files), "stale": sorted(stale), "line": line}
    write_part(aside / _PLAN, json.dumps(plan).encode())
    for folder in {(aside / name).parent for name in [*files, _PLAN]}:
        sync_folder(folder)
    replace(aside, out / DECIDED)


def is_decided(out: Path) -> bool:
    """Tell whether files of ``out`` are still to be put in place."""
    return (out / DECIDED).is_dir()


def finish(out: Path, trail: Trail) -> None:
    """Put in place what was decided, where anything was; done twice, it does no more than done once.

    The folder must be locked, the record closed, and the trail complete up to there.

    Raises
    ------
    ResultsError
        When a file cannot be replaced, for one because another program holds it open.
    """
    if not is_decided(out):
        return
    decided = out / DECIDED
    try:
        plan = json.loads((decided / _PLAN).read_bytes())
        files, stale = ([_inside(name) for name in plan[which]] for which in ("files", "stale"))
        _move(decided, out, files)
        _delete(out, stale)
        trail.append([plan["line"]])
        _take_away(out, decided)
    except OSError as error:
        name = Path(str(error.filename2 or error.filename or "a file")).name
        advice = "close it where it is open, then compare again"
        raise ResultsError(f"{name} in {out} cannot be replaced ({error.strerror}); {advice}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ResultsError(f"{decided} was altered; move it away, then compare again") from error


def _move(decided: Path, out: Path, files: Sequence[str]) -> None:
    for name in files:
        if (decided / name).exists():
            (out / name).parent.mkdir(exist_ok=True)
            os.replace(decided / name, out / name)
    for folder in {(out / name).parent for name in files}:
        sync_folder(folder)


def _delete(out: Path, names: Sequence[str]) -> None:
    """Take files away, and folders in the results folder in which nothing is left then."""
    for name in names:
        (out / name).unlink(missing_ok=True)
    for folder in {(out / name).parent for name in names} - {out}:
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def _inside(name: str) -> str:
    """Return a name that leads nowhere out of the folder; ValueError for another."""
    parts = PurePath(name).parts
    if not parts or PurePath(name).is_absolute() or ".." in parts:
        raise ValueError(name)
    return name


def _take_away(out: Path, decided: Path) -> None:
    """Remove the folder aside, under a name under which half of it means nothing."""
    done = decided.with_name(ASIDE)
    shutil.rmtree(done, ignore_errors=True)
    os.replace(decided, done)
    sync_folder(out)
    shutil.rmtree(done, ignore_errors=True)
