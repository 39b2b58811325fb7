"""Find the photographs in the files and folders given, and name each once, never by an absolute path."""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from densitometer.batch.places import Place, exists, files_below, is_address, is_folder, name_parts, shown_place
from densitometer.errors import DensitometerError
from densitometer.photo import SUFFIXES
from densitometer.results.names import storable


@dataclass(frozen=True)
class Found:
    """A photograph that was given, or what stood in the place of one.

    Attributes
    ----------
    photo : str
        Its name in every table, unique: relative to the folder given, with forward slashes.
    path : Path or str
        Where it lies; a str is an address for fsspec.
    reason : str or None
        Why it cannot be measured, when that is known already.
    """

    photo: str
    path: Place
    reason: str | None = None


@dataclass(frozen=True)
class Inputs:
    """What was found: photographs in order, how many other files were passed over, and what to tell the user."""

    found: tuple[Found, ...]
    skipped: int = 0
    notes: tuple[str, ...] = ()


@dataclass
class _Search:
    """What a walk through folders gathers."""

    found: list[tuple[PurePath, Found]] = field(default_factory=list)
    skipped: int = 0
    notes: list[str] = field(default_factory=list)


def find_photos(paths: Sequence[Place], out: Path | None = None) -> Inputs:
    """Find every photograph in ``paths``; folders are walked recursively, in sorted order.

    A str that holds ``://`` is the address of a file or folder for fsspec; anything else is a path.

    In a folder a file is a photograph by its suffix; hidden files and all others are passed over and counted. Links to
    folders are not followed. The results folder ``out``, the overlays, superseded ones and comparisons of any earlier
    one, and the masks of rendered scenes are left out. A file that is named itself is always in the result.

    Raises
    ------
    DensitometerError
        When nothing of what was named exists, or no photograph is there; when a storage cannot be reached.
    """
    places: list[Place] = [path if is_address(path) else Path(path) for path in paths]
    if not any(exists(place) if isinstance(place, str) else os.path.lexists(place) for place in places):
        raise DensitometerError(f"{_listed(places)}: there is no such file or folder; check the name")
    search = _Search()
    for place in places:
        if isinstance(place, str):
            _search_address(place, search)
        elif place.is_dir():
            _search_folder(place, out, search)
        else:
            search.found.append((PurePath(place.name), Found("", place, _trouble(place))))
    if not search.found:
        kinds = " ".join(sorted(SUFFIXES))
        raise DensitometerError(f"{_listed(places)}: there are no photographs in it; known are {kinds}")
    return Inputs(tuple(_named(search.found)), search.skipped, tuple(search.notes))


def _listed(paths: Iterable[Place]) -> str:
    return ", ".join(shown_place(path) for path in paths)


def _search_address(address: str, search: _Search) -> None:
    if not is_folder(address):
        trouble = None if exists(address) else "there is no such file; check the name"
        search.found.append((PurePath(name_parts(address)[-1]), Found("", address, trouble)))
        return
    files = sorted(files_below(address), key=lambda file: file[0].parts)
    seen = [(name, place) for name, place in files if not any(part.startswith(".") for part in name.parts[:-1])]
    photos = [row for row in seen if not row[0].name.startswith(".") and _looks_like_photo(row[0].name)]
    search.skipped += len(seen) - len(photos)
    search.found += [(PurePath(name), Found("", place)) for name, place in photos]


def _search_folder(root: Path, out: Path | None, search: _Search) -> None:
    rows: list[tuple[PurePath, Found]] = []
    unreadable: list[OSError] = []
    for folder, names, files in os.walk(root, onerror=unreadable.append):
        here = Path(folder)
        names[:] = [name for name in names if not left_out(here / name, out)]
        photos = [name for name in files if not name.startswith(".") and _looks_like_photo(name)]
        search.skipped += len(files) - len(photos)
        search.notes += [f"{root.name}/{_within(root, here / name)} is a link to a folder and was not followed"
                         for name in names if (here / name).is_symlink()]  # fmt: skip
        photos += [name for name in names if _looks_like_photo(name)]
        paths = [here / name for name in photos]
        rows += [(_within(root, path), Found("", path, _trouble(path))) for path in paths]
    rows += [_unreadable(root, error) for error in unreadable]
    search.found += sorted(rows, key=lambda row: row[0].parts)


def _looks_like_photo(name: str) -> bool:
    return Path(name).suffix.lower() in SUFFIXES


def _within(root: Path, path: Path) -> PurePath:
    return PurePath(path).relative_to(root)


def left_out(folder: Path, out: Path | None) -> bool:
    """Tell whether a folder within a folder given is not to be searched."""
    if folder.name.startswith("."):
        return True
    if out is not None and _same_place(folder, out):
        return True
    parent = folder.parent
    of_earlier = (parent / "results.sqlite").exists()
    if folder.name == "comparisons":  # of 'densitometer compare'
        return of_earlier and (parent / "changes.csv").exists()
    if folder.name == "masks" and (parent / "render.json").exists():  # of 'densitometer render'
        return True
    return folder.name in {"overlays", "superseded"} and (of_earlier or (out is not None and _same_place(parent, out)))


def _same_place(a: Path, b: Path) -> bool:
    return os.path.realpath(a) == os.path.realpath(b)


def _unreadable(root: Path, error: OSError) -> tuple[PurePath, Found]:
    """Give a folder that cannot be listed a row of its own, so that what lies in it does not vanish unseen."""
    path = Path(os.fsdecode(error.filename))
    name = PurePath(os.path.abspath(path)).name if path == root else path.relative_to(root)
    reason = f"the folder cannot be read ({error.strerror}); allow reading it, then measure again"
    return PurePath(name), Found("", path, reason)


def _trouble(path: Path) -> str | None:
    """Why ``path`` cannot be a photograph, by what kind of thing it is."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        if path.is_symlink():
            return "it is a link that leads to no file; restore what it points to"
        if isinstance(error, FileNotFoundError):
            return "there is no such file; check the name"
        return f"it cannot be reached: {getattr(error, 'strerror', None) or error}"
    if stat.S_ISDIR(mode):
        return "it is a folder with the name of a photograph; rename it"
    return None if stat.S_ISREG(mode) else "it is not a regular file"


def _named(found: list[tuple[PurePath, Found]]) -> Iterator[Found]:
    """Give each file one name; a file that was given twice is there once."""
    once: dict[str, tuple[PurePath, Found]] = {}
    for name, item in found:
        once.setdefault(_same_file(item.path), (name, item))
    names = [name.parts for name, _ in once.values()]
    whole = [_parts_of(item.path) for _, item in once.values()]
    for photo, (_, item) in zip(_unique(names, whole), once.values(), strict=True):
        yield Found(photo, item.path, item.reason)


def _same_file(place: Place) -> str:
    """What is equal where two places are one file."""
    if isinstance(place, str):
        return place
    return os.path.join(os.path.realpath(place.parent), place.name)


def _parts_of(path: Place) -> tuple[str, ...]:
    """Parts of the absolute path, without root or drive; of an address, without whatever is secret."""
    if isinstance(path, str):
        return name_parts(path)
    absolute = PurePath(os.path.abspath(path))
    return absolute.parts[1:] if absolute.anchor else absolute.parts


def _unique(names: list[tuple[str, ...]], whole: list[tuple[str, ...]]) -> list[str]:
    """Names with as few parent folders put before them as make them unique."""
    paths = [path.split("/") for path in _numbered([storable("/".join(parts)) for parts in whole])]
    lengths = [len(name) for name in names]
    while True:
        joined = ["/".join(parts[-n:]) for parts, n in zip(paths, lengths, strict=True)]
        counts = Counter(joined)
        longer = [i for i, name in enumerate(joined) if counts[name] > 1]
        if not longer:
            return joined
        for i in longer:
            lengths[i] += 1


def _numbered(names: list[str]) -> list[str]:
    """Number names that are equal as written: they differ in bytes that cannot be shown, or in the drive."""
    taken: set[str] = set()
    unique = []
    for name in names:
        candidate, number = name, 1
        while candidate in taken:
            number += 1
            candidate = f"{name} ({number})"
        taken.add(candidate)
        unique.append(candidate)
    return unique
