"""One run at a time in a results folder: the second is refused, and told who the first one is."""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from densitometer.errors import ResultsError
from densitometer.results.atomic import write_whole
from densitometer.results.trail import now_utc, who

LOCK = ".lock"
RUNNING = ".running.json"
_PATIENCE_S = 0.5


@contextmanager
def locked(out: Path) -> Iterator[None]:
    """Keep a results folder to this process; the system gives it free when the process ends, however it ends.

    Raises
    ------
    ResultsError
        When another run is writing to the folder, or the folder cannot be written.
    """
    lock = FileLock(out / LOCK)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a drive without locks gets a file that says that there is one
            lock.acquire(blocking=False)
    except Timeout as error:
        raise ResultsError(_taken(out)) from error
    except (OSError, NotImplementedError) as error:
        raise cannot_be_written(out, error) from error
    try:
        _say_who(out)
        yield
    finally:
        with suppress(OSError):
            (out / RUNNING).unlink(missing_ok=True)
        lock.release()


def cannot_be_written(out: Path, error: Exception) -> ResultsError:
    """Say that a results folder cannot be written, and what to do."""
    why = getattr(error, "strerror", None) or str(error) or "it cannot be locked"
    return ResultsError(f"{out} cannot be written ({why}); choose another folder for -o")


def _say_who(out: Path) -> None:
    me = who()
    since = now_utc().isoformat(timespec="seconds").replace("+00:00", "Z")
    told = {"pid": me.pid, "host": me.host, "user": me.user, "since": since}
    try:
        write_whole(out / RUNNING, (json.dumps(told) + "\n").encode())
    except OSError as error:
        raise cannot_be_written(out, error) from error


def writer_of(out: Path) -> str | None:
    """Tell which run says that it writes to a folder; None where none does. One that was killed cannot take it back."""
    try:
        told = json.loads((out / RUNNING).read_text(encoding="utf-8"))
        since = str(told["since"]).replace("T", " ").removesuffix("Z")
        return f"process {told['pid']} of {told['user']} on {told['host']}, since {since} UTC"
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _taken(out: Path) -> str:
    """Sentence about the run that holds the folder; it may just have begun and not yet have said who it is."""
    until = time.monotonic() + _PATIENCE_S
    while (one := writer_of(out)) is None and time.monotonic() < until:
        time.sleep(_PATIENCE_S / 10)
    told = f": {one}" if one else ""
    return f"another run is writing to {out}{told}; wait for it to end, or use another folder"
