"""Put the files of an export into their folder: all of them or none, and never in the place of files of others.

``<kind>.json`` among them says from what they were made, and that they are ours to replace; the kind is ``export``, or
``summary`` for what 'densitometer summarise' writes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from densitometer.datasets.aside import aside_of, put_in_place, take_left_away
from densitometer.errors import StudyError
from densitometer.results.atomic import sha256_of, write_part

EXPORT = "export"


@contextmanager
def _named(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        advice = "allow writing to it, free some space, or choose another folder for -o"
        raise StudyError(f"{folder} cannot be written ({error.strerror}); {advice}") from error


def check_folder(folder: Path, out: Path | None = None, form: str | None = None, *, kind: str = EXPORT) -> None:
    """Refuse a folder in which something else than an earlier export lies, or that cannot be replaced as a whole.

    Parameters
    ----------
    folder : Path
    out : Path or None
        Results folder that is exported, and in which nothing may be written.
    form : str or None
        Form of the data sets; an earlier export of another is not replaced.
    kind : str
        What is written; what is of another kind is not replaced.

    Raises
    ------
    StudyError
        When it is a file, lies in ``out``, cannot be read, or holds files that no export wrote, or that were altered
        since.
    """
    target = Path(os.path.realpath(folder))
    for path in (*reversed(target.parents), target):
        if os.path.lexists(path) and not path.is_dir():
            raise StudyError(f"{path} is a file; name a folder for -o")
    if out is not None and target.is_relative_to(os.path.realpath(out)):
        raise StudyError(f"{folder} lies in {out}, which is only read; choose a folder beside it for -o")
    if not os.path.lexists(target):
        return
    _refuse_foreign(folder, form, kind)
    if os.path.ismount(target) or Path.cwd().is_relative_to(target):
        what = "is mounted, or is the folder you are in, and so cannot be replaced as a whole"
        raise StudyError(f"{folder} {what}; name a new folder in it for -o, such as {folder / kind}")


def _refuse_foreign(folder: Path, form: str | None, kind: str) -> None:
    with _named(folder):
        there = set(_files_in(folder))
    if not there:
        return
    earlier = _earlier(folder, kind)
    if earlier is None:
        raise StudyError(f"{folder} holds files that are no {kind}; choose a new folder for -o")
    if form and earlier["format"] != form:
        raise StudyError(f"{folder} holds an export as {earlier['format']}; choose another folder for -o")
    files = earlier["files"]
    odd = sorted(there - {_provenance(kind)} - files.keys())
    odd += sorted(name for name, sha256 in files.items() if name in there and sha256_of(folder / name) != sha256)
    if odd:
        what = f"files that are not as {'an' if kind == EXPORT else 'a'} {kind} wrote them"
        raise StudyError(f"{folder} holds {what} ({', '.join(odd[:5])}); choose another folder for -o, or move them")


def _files_in(folder: Path) -> Iterator[str]:
    """Names of everything in a folder that is no folder itself; OSError where one cannot be looked at."""
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.is_dir(follow_symlinks=False):
            yield from (f"{entry.name}/{name}" for name in _files_in(Path(entry.path)))
        else:
            yield entry.name


def _provenance(kind: str) -> str:
    return f"{kind}.json"


def _earlier(folder: Path, kind: str) -> Mapping[str, Any] | None:
    """Form of an earlier export, and its files with their sha256; None where there was none."""
    try:
        told = json.loads((folder / _provenance(kind)).read_bytes())
        files = {str(name): str(sha256) for name, sha256 in told["files"].items()}
        return {"format": str(told.get("format")), "files": files}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def write_export(
    folder: Path, files: Iterable[tuple[str, bytes]], provenance: Mapping[str, object], *, kind: str = EXPORT
) -> list[str]:
    """Write all files beside the folder first, and put them in its place when all are there.

    Parameters
    ----------
    folder : Path
    files : iterable of (str, bytes)
        Names relative to the folder, with forward slashes, and contents.
    provenance : mapping
        What ``<kind>.json`` says; the sha256 of every file is added to it.
    kind : str
        What is written.

    Returns
    -------
    list of str
        Names of the files written, ``<kind>.json`` last.

    Raises
    ------
    StudyError
        When the folder cannot be written, or is not ours to replace. Nothing has changed then.
    """
    target = Path(os.path.realpath(folder))
    take_left_away(target)
    check_folder(folder, kind=kind)
    with _parents_of(target), ExitStack() as held:
        with _named(folder):
            new = held.enter_context(aside_of(target))
        hashes: dict[str, str] = {}
        for name, data in files:  # what makes them may raise errors of its own
            with _named(folder):
                hashes[name] = _write(new / name, data)
        text = json.dumps({**provenance, "files": hashes}, indent=2, ensure_ascii=False) + "\n"
        with _named(folder):
            _write(new / _provenance(kind), text.encode())
            put_in_place(new, target)
    return [*hashes, _provenance(kind)]


@contextmanager
def _parents_of(target: Path) -> Iterator[None]:
    """Make the folders in which the target lies, and take them away again when nothing comes to lie in them."""
    missing = [path for path in target.parents if not os.path.lexists(path)]
    try:
        with _named(target):
            target.parent.mkdir(parents=True, exist_ok=True)
        yield
    finally:
        for path in missing:
            with suppress(OSError):  # not empty, as it should be
                path.rmdir()


def _write(path: Path, data: bytes) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_part(path, data)
