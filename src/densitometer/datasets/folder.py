"""Put the files of an export into their folder: all of them or none, and never in the place of files of others."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from densitometer.errors import ExportError
from densitometer.results.atomic import sha256_of, sync_folder, write_part

PROVENANCE = "export.json"


@contextmanager
def _named(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        advice = "allow writing to it, free some space, or choose another folder for -o"
        raise ExportError(f"{folder} cannot be written ({error.strerror}); {advice}") from error


def check_folder(folder: Path) -> None:
    """Refuse a folder in which something else than an earlier export lies.

    Raises
    ------
    ExportError
        When it is a file, cannot be read, or holds files that no export wrote, or that were altered since.
    """
    if not os.path.lexists(folder):
        return
    if not folder.is_dir():
        raise ExportError(f"{folder} is a file; name a folder for -o")
    with _named(folder):
        there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not _is_folder(path)}
    if not there:
        return
    earlier = _earlier(folder)
    if earlier is None:
        raise ExportError(f"{folder} holds files already; choose a new folder for -o, or empty this one")
    odd = sorted(there - {PROVENANCE} - earlier.keys())
    odd += sorted(name for name, sha256 in earlier.items() if name in there and sha256_of(folder / name) != sha256)
    if odd:
        what = "files that are not as an export wrote them"
        raise ExportError(f"{folder} holds {what} ({', '.join(odd[:5])}); choose another folder for -o, or move them")


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _earlier(folder: Path) -> Mapping[str, str] | None:
    """Files of an earlier export with their sha256; None where there was none."""
    try:
        files = json.loads((folder / PROVENANCE).read_bytes())["files"]
        return {str(name): str(sha256) for name, sha256 in files.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def write_export(folder: Path, files: Iterable[tuple[str, bytes]], provenance: Mapping[str, object]) -> list[str]:
    """Write all files beside the folder first, and put them in its place when all are there.

    Parameters
    ----------
    folder : Path
    files : iterable of (str, bytes)
        Names relative to the folder, with forward slashes, and contents.
    provenance : mapping
        What ``export.json`` says; the sha256 of every file is added to it.

    Returns
    -------
    list of str
        Names of the files written, ``export.json`` last.

    Raises
    ------
    ExportError
        When the folder cannot be written, or is not ours to replace. Nothing has changed then.
    """
    check_folder(folder)
    target = Path(os.path.realpath(folder))  # a link stays one
    with _named(folder):
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=f".{target.name[:40]}-", suffix=".part", dir=target.parent))
    try:
        hashes: dict[str, str] = {}
        for name, data in files:  # what makes them may raise errors of its own
            with _named(folder):
                hashes[name] = _write(aside / name, data)
        text = json.dumps({**provenance, "files": hashes}, indent=2, ensure_ascii=False) + "\n"
        with _named(folder):
            _write(aside / PROVENANCE, text.encode())
            _swap(aside, target)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return [*hashes, PROVENANCE]


def _write(path: Path, data: bytes) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_part(path, data)


def _swap(aside: Path, target: Path) -> None:
    """Put a folder in the place of another; when that fails, the other is as it was."""
    _open_up(aside)
    if not target.exists():
        os.rename(aside, target)
        sync_folder(target.parent)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{target.name[:40]}-", suffix=".old", dir=target.parent))
    try:
        os.rename(target, old / "export")
        try:
            os.rename(aside, target)
        except OSError:
            os.rename(old / "export", target)
            raise
    finally:
        if target.exists():
            shutil.rmtree(old, ignore_errors=True)
    sync_folder(target.parent)


def _open_up(folder: Path) -> None:
    """Give a folder that was made for its owner alone the rights that a new one has."""
    mask = os.umask(0)
    os.umask(mask)
    folder.chmod(0o777 & ~mask)
