"""Check files against the sha256 that is known of them: overlays, the report, pictures, and the photographs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from densitometer.results.atomic import sha256_of
from densitometer.results.findings import Finding
from densitometer.results.names import storable
from densitometer.results.trail import TRAIL

Place = Path | str
Hashes = Callable[[Sequence[Place]], Iterator[str | None]]
"""Gives the sha256 of each file in turn, None for one that cannot be read."""

PHOTOGRAPHS = "photographs"
_MOST_PLACES = 3
_COMMAND = "densitometer verify OUT FOLDER"
_OF_TABLES = frozenset({".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".ods"})


@dataclass(frozen=True)
class Known:
    """A file of which the sha256 is known: its name for the user, where it lies, and who says so."""

    name: str
    path: Path
    sha256: str
    by: str


def hash_one_by_one(places: Sequence[Place]) -> Iterator[str | None]:
    """Sha256 of each file in turn; of none where it cannot be read, or is no path."""
    return (sha256_of(place) if isinstance(place, Path) else None for place in places)


def check_known(files: Sequence[Known], hashes: Hashes) -> Iterator[Finding]:
    """Find files that are missing, or not those that they were."""
    for file, sha256 in zip(files, hashes([file.path for file in files]), strict=True):
        if sha256 == file.sha256:
            continue
        if sha256 is not None:
            yield Finding("altered", file.name, "", f"it is not the file of which {file.by} tells")
        elif not os.path.lexists(file.path):
            yield Finding("missing", file.name, "", f"{file.by} tells of it, but it is not there")
        else:
            yield Finding("unchecked", file.name, "", "it cannot be read; allow reading it")


def check_photographs(
    wanted: Sequence[tuple[str, str]], sources: Sequence[Place], hashes: Hashes, *, named: bool
) -> Iterator[Finding]:
    """Find photographs that are no longer the files that were measured.

    Parameters
    ----------
    wanted : sequence of (str, str)
        Each photograph's name in the tables, and the sha256 of its file.
    sources : sequence of Path or str
        Files and folders to look for them in; a text is an address of fsspec.
    hashes : callable
    named : bool
        True when the user named the sources, False when they are where the photographs lay when they were measured.
    """
    places = _places([photo for photo, _ in wanted], sources)
    flat = [place for found in places for place in found]
    sums = dict(zip(flat, hashes(flat), strict=True))
    faults = [
        _judge(photo, sha256, {place: sums[place] for place in found})
        for (photo, sha256), found in zip(wanted, places, strict=True)
    ]
    if wanted and not any(sums.values()):
        yield _none_found(len(wanted), sources, named=named)
        return
    yield from (fault for fault in faults if fault)


def _judge(photo: str, sha256: str, found: dict[Place, str | None]) -> Finding | None:
    if sha256 in found.values():
        return None
    readable = [place for place, other in found.items() if other is not None]
    if readable:
        told = f"it was altered: {_told(readable[0])} is not the file that was measured"
        return Finding("altered", PHOTOGRAPHS, photo, told)
    if found:
        return Finding("unchecked", PHOTOGRAPHS, photo, f"{_told(next(iter(found)))} cannot be read")
    return Finding("missing", PHOTOGRAPHS, photo, "there is no such file where the photographs lie")


def _told(place: Place) -> str:
    """Name a place for the user; an address may hold a password."""
    return str(place) if isinstance(place, Path) else "what lies at its address"


def _none_found(count: int, sources: Sequence[Place], *, named: bool) -> Finding:
    places = ", ".join(_told(source) for source in sources[:_MOST_PLACES])
    places += ", ..." if len(sources) > _MOST_PLACES else ""
    told = "the only one" if count == 1 else f"none of the {count}"
    if not sources:
        told = f"{told} was looked for, as no {TRAIL} tells where they lay"
        return Finding("unchecked", PHOTOGRAPHS, "", f"{told}; name the folder of photographs: {_COMMAND}")
    advice = f"name the folder in which they lie now: {_COMMAND}"
    if named:
        return Finding("unchecked", PHOTOGRAPHS, "", f"{told} was found in {places}; {advice}")
    lay = f"{places}, where they lay when they were measured"
    return Finding("unchecked", PHOTOGRAPHS, "", f"{told} was found in {lay}; {advice}")


def _places(photos: Sequence[str], sources: Sequence[Place]) -> list[list[Place]]:
    """Where each photograph may lie: at its name in a folder given, else wherever the end of a path is its name."""
    addresses = [source for source in sources if isinstance(source, str)]
    roots = [source for source in sources if isinstance(source, Path)]
    ends = _by_last_part(_files(roots))
    return [_of_paths(photo, roots, ends) or _of_addresses(photo, addresses) for photo in photos]


def _of_addresses(photo: str, addresses: Iterable[str]) -> list[Place]:
    return [one if one.endswith(f"/{photo}") else f"{one.rstrip('/')}/{photo}" for one in addresses]


def _of_paths(photo: str, roots: Sequence[Path], ends: dict[str, list[tuple[tuple[str, ...], Path]]]) -> list[Place]:
    parts = tuple(photo.split("/"))
    candidates = [(spelt, path) for spelt, path in ends.get(parts[-1], []) if spelt[-len(parts) :] == parts]
    tops = {tuple(storable(part) for part in root.parts) + parts for root in roots}
    exact = [path for spelt, path in candidates if spelt in tops]
    return list(exact or [path for _, path in candidates])


def _by_last_part(paths: Iterable[Path]) -> dict[str, list[tuple[tuple[str, ...], Path]]]:
    found: dict[str, list[tuple[tuple[str, ...], Path]]] = {}
    for path in paths:
        spelt = tuple(storable(part) for part in path.parts)
        found.setdefault(spelt[-1], []).append((spelt, path))
    return found


def _files(roots: Iterable[Path]) -> Iterator[Path]:
    for root in roots:
        if not root.is_dir():
            if root.name and os.path.lexists(root):
                yield root
            continue
        for folder, _, names in os.walk(root):
            yield from (Path(folder) / name for name in names)


def of_photographs(sources: Sequence[Place], photos: Iterable[str]) -> list[Place]:
    """Leave out of what was given to be measured files that are no photographs, as the visits table."""
    names = {photo.rpartition("/")[2] for photo in photos}
    return [source for source in sources if _last_part(source) in names or not _may_be_table(source)]


def _last_part(source: Place) -> str:
    return storable(source.name) if isinstance(source, Path) else source.rstrip("/").rpartition("/")[2]


def _may_be_table(source: Place) -> bool:
    is_dir = isinstance(source, Path) and source.is_dir()
    return not is_dir and PurePath(_last_part(source)).suffix.lower() in _OF_TABLES


def absolute_source(source: str, out: Path) -> Place:
    """Where a source of the trail lies; it is told relative to the results folder, but for addresses of fsspec."""
    if "://" in source:
        return source
    return _as_on_disk(Path(os.path.normpath(PurePath(os.path.realpath(out)) / source)))


def _as_on_disk(path: Path) -> Path:
    """Return the file or folder of which ``path`` is the spelling in the trail, where names had to be escaped."""
    if os.path.lexists(path) or path.parent == path:
        return path
    folder = _as_on_disk(path.parent)
    try:
        return next((one for one in folder.iterdir() if storable(one.name) == path.name), folder / path.name)
    except OSError:
        return path
