"""Write a file so that it is there whole or not at all, whatever happens meanwhile, a loss of power included."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

PART = ".part"


def write_whole(path: Path, data: bytes | Iterable[bytes]) -> str:
    """Write a file in the place of what may be there: beside it first, on disk, and then under its name.

    Returns
    -------
    str
        Sha256 of what was written, in hexadecimal.

    Raises
    ------
    OSError
        When it cannot be written; what was there before is as it was then.
    """
    part = path.with_name(path.name + PART)
    try:
        sha256 = write_part(part, data)
        replace(part, path)
    except OSError:
        _remove(part)
        raise
    return sha256


def write_part(part: Path, data: bytes | Iterable[bytes]) -> str:
    """Write a file, have its content on disk when this returns, and return its sha256."""
    sha256 = hashlib.sha256()
    with part.open("wb") as file:
        for piece in (data,) if isinstance(data, bytes) else data:
            file.write(piece)
            sha256.update(piece)
        file.flush()
        os.fsync(file.fileno())
    return sha256.hexdigest()


def sha256_of(path: Path) -> str | None:
    """Sha256 of a file's content; None when there is none that can be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def sync(path: Path) -> None:
    """Have the content of a file that something else wrote on disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def replace(source: Path, target: Path) -> None:
    """Rename a file, in the place of another where there is one, and have that on disk too."""
    os.replace(source, target)
    sync_folder(target.parent)  # first: without power now, the file must have one of its names at least
    if source.parent != target.parent:
        sync_folder(source.parent)


def sync_folder(folder: Path) -> None:
    """Have the names of the files in a folder on disk, where the system knows such a thing."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network drives refuse it; the files themselves are on disk
            os.fsync(handle)
    finally:
        os.close(handle)


def _remove(part: Path) -> None:
    with suppress(OSError):  # the error that brought us here says more
        part.unlink(missing_ok=True)
