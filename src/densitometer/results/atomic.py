"""Write a file so that it is there whole or not at all, whatever happens meanwhile, a loss of power included."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

PART = ".part"


def write_whole(path: Path, data: bytes | Iterable[bytes]) -> None:
    """Write a file in the place of what may be there: beside it first, on disk, and then under its name.

    Raises
    ------
    OSError
        When it cannot be written; what was there before is as it was then.
    """
    part = path.with_name(path.name + PART)
    try:
        write_part(part, data)
        replace(part, path)
    except OSError:
        _remove(part)
        raise


def write_part(part: Path, data: bytes | Iterable[bytes]) -> None:
    """Write a file, and have its content on disk when this returns."""
    with part.open("wb") as file:
        for piece in (data,) if isinstance(data, bytes) else data:
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())


def sync(path: Path) -> None:
    """Have the content of a file that something else wrote on disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def replace(source: Path, target: Path) -> None:
    """Rename a file, in the place of another where there is one, and have that on disk too."""
    os.replace(source, target)
    for folder in {source.parent, target.parent}:
        sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Have the names of the files in a folder on disk, where the system knows such a thing."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError:  # some network drives refuse it; the files themselves are on disk
        pass
    finally:
        os.close(handle)


def _remove(part: Path) -> None:
    try:
        part.unlink(missing_ok=True)
    except OSError:  # the error that brought us here says more
        pass
