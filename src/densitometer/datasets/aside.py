"""The hidden folder beside an export in which all of it is written first; one that a killed export left is taken away.

It is ``.<name>-xxxxxxxx.part`` and holds ``new``, what is to be put in place, ``old``, what was there before, and a
file that is locked while an export works in it, so that the next one can tell whether it is still wanted.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from densitometer.results.atomic import PART, sync_folder

NEW, OLD = "new", "old"
_LOCK = ".densitometer-export"
_LONGEST = 40  # of the folder's name: with what is added, no system finds it too long


@contextmanager
def aside_of(target: Path) -> Iterator[Path]:
    """Make a folder beside ``target``, give the folder ``new`` in it to be filled, and take all of it away at the end.

    Raises
    ------
    OSError
        When it cannot be made.
    """
    aside = Path(tempfile.mkdtemp(prefix=_prefix(target), suffix=PART, dir=target.parent))
    try:
        with _locked(aside):
            (aside / NEW).mkdir()
            yield aside / NEW
    finally:
        if os.path.lexists(target) or not (aside / OLD).exists():
            shutil.rmtree(aside, ignore_errors=True)


def put_in_place(new: Path, target: Path) -> None:
    """Put the folder ``new`` in the place of ``target``, whose rights it gets; when that fails, that is as it was.

    Raises
    ------
    OSError
        When it cannot be put there.
    """
    sync_folder(new)
    if not os.path.lexists(target):
        os.rename(new, target)
    else:
        _give_rights(target, new)
        old = new.with_name(OLD)
        os.rename(target, old)
        try:
            os.rename(new, target)
        except BaseException:  # Ctrl-C too
            os.rename(old, target)
            raise
    sync_folder(target.parent)


def _give_rights(target: Path, new: Path) -> None:
    """Nobody may read what comes who could not read what was there: it may tell of patients."""
    before = target.stat()
    mode = stat.S_IMODE(before.st_mode)
    if before.st_gid != new.stat().st_gid:
        try:
            os.chown(new, -1, before.st_gid)
        except PermissionError:  # only members may give a folder to a group: then no other gets in
            mode &= ~stat.S_IRWXG
    new.chmod(mode)


def take_left_away(target: Path) -> None:
    """Take away what killed exports left beside ``target``; one ended while it replaced ``target`` is undone first.

    Only what is surely theirs is touched: a folder of that name and content in which no export is at work.
    """
    if not target.parent.is_dir():
        return
    named = re.compile(re.escape(_prefix(target)) + r"[a-z0-9_]{8}" + re.escape(PART))
    with suppress(OSError):  # what cannot be looked at or taken away stays: it is in nobody's way
        for aside in sorted(path for path in target.parent.iterdir() if named.fullmatch(path.name)):
            if _is_ours(aside):
                with suppress(Timeout), _locked(aside):
                    if (aside / OLD).is_dir() and not os.path.lexists(target):
                        os.rename(aside / OLD, target)
                    shutil.rmtree(aside, ignore_errors=True)


def _prefix(target: Path) -> str:
    return f".{target.name[:_LONGEST]}-"


def _is_ours(aside: Path) -> bool:
    if aside.is_symlink() or not aside.is_dir():
        return False
    names = {path.name for path in aside.iterdir()}
    return _LOCK in names and names <= {_LOCK, NEW, OLD}


@contextmanager
def _locked(aside: Path) -> Iterator[None]:
    """Hold the lock of a folder; Timeout when another process does. On a drive without locks there is none to hold."""
    lock = FileLock(aside / _LOCK)
    with warnings.catch_warnings(), suppress(NotImplementedError):
        warnings.simplefilter("ignore")
        lock.acquire(blocking=False)
    try:
        yield
    finally:
        lock.release()
