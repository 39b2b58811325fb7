"""What a check says of files: those that only the table knows, those that it does not know, those that are not read."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from densitometer.batch.inputs import left_out
from densitometer.batch.jobs import Job
from densitometer.batch.places import Place
from densitometer.photo import SUFFIXES
from densitometer.visits.order import plain
from densitometer.visits.problems import Problem, quoted
from densitometer.visits.table import Examined, Line, normal_name

_RAW = frozenset({".cr2", ".cr3", ".nef", ".arw", ".dng", ".raf", ".orf", ".rw2", ".pef", ".srw"})
_DICOM = frozenset({".dcm", ".dicom", ".ima"})
_DICOM_MARK_AT, _DICOM_MARK = 128, b"DICM"
_NOT_READ = {"raw": "is a raw photograph, which is not read", "dicom": "is a DICOM file, which is not read"}
_LEADS_OUT = "leads out of the folder; write only the part below the photographs folder"
_EXPORT = "export it as JPEG or TIFF"
_TO_BE_GIVEN = "check the name, or give the folder it lies in"

Of = tuple[Job, Line | None]
"""A photograph and its row."""


def not_read(places: Sequence[Place]) -> dict[str, str]:
    """Photographs in folders that are in a form that is not read, by name, with what they are.

    Where a photograph of the same name lies beside one, it was exported already.
    """
    found: dict[str, str] = {}
    for place in places:
        if isinstance(place, Path) and place.is_dir():
            for folder, names, files in os.walk(place):
                here = Path(folder)
                names[:] = sorted(name for name in names if not left_out(here / name, None))
                for name, what in _not_read_here(here, sorted(files)):
                    found[(here / name).relative_to(place).as_posix()] = what
    return found


def _not_read_here(folder: Path, files: Sequence[str]) -> Iterator[tuple[str, str]]:
    exported = {Path(name).stem.casefold() for name in files if Path(name).suffix.lower() in SUFFIXES}
    for name in files:
        path = folder / name
        kind = "raw" if path.suffix.lower() in _RAW else "dicom" if _is_dicom(path) else ""
        if kind and not name.startswith(".") and path.stem.casefold() not in exported:
            yield name, _NOT_READ[kind]


def _is_dicom(path: Path) -> bool:
    """Tell by the name, or by the mark in a file without an ending, as devices write them."""
    if path.suffix:
        return path.suffix.lower() in _DICOM
    try:
        with path.open("rb") as file:
            return file.read(_DICOM_MARK_AT + len(_DICOM_MARK))[_DICOM_MARK_AT:] == _DICOM_MARK
    except OSError:
        return False


def below_the_folder(problems: Sequence[Problem], photos: Iterable[str]) -> list[Problem]:
    """Say of names that lead out of the folder which photograph of it is probably meant."""
    known = {photo.casefold(): photo for photo in photos}
    meant = [_end_of(problem, known) for problem in problems]
    example = next(filter(None, meant), "")
    fault = f"{_LEADS_OUT}, such as {example}"
    return [
        replace(
            problem,
            photo=name,
            text=f"{quoted(problem.value)} {_LEADS_OUT}: {name}",
            fault=fault,
        )
        if name
        else problem
        for problem, name in zip(problems, meant, strict=True)
    ]


def _end_of(problem: Problem, known: Mapping[str, str]) -> str | None:
    """The photograph with which a name ends that cannot be used: the longest part of it that is one."""
    if problem.column != "photo" or not problem.value or problem.photo:
        return None
    parts = normal_name(problem.value).casefold().split("/")
    ends = ("/".join(parts[at:]) for at in range(1, len(parts)))
    return next((known[end] for end in ends if end in known), None)


def file_problems(of_jobs: Sequence[Of], examined: Examined, told: Sequence[Problem], others: Mapping[str, str],
                  ) -> Iterator[Problem]:  # fmt: skip
    """Photographs that only the table knows, those that it does not know, and those that are not read.

    Parameters
    ----------
    of_jobs : sequence of (Job, Line or None)
    examined : Examined
    told : sequence of Problem
        What is said of photographs already.
    others : mapping of str to str
        What `not_read` found.
    """
    lost = [(line, job.photo) for job, line in of_jobs if line is not None and job.lost]
    there = any(not job.lost for job, _ in of_jobs)
    named = {photo.casefold() for _, photo in lost}
    for name, what in others.items():
        if name.casefold() not in named:
            yield Problem(None, None, name, f"it {what}; {_EXPORT}", "files")
    if not examined.lines:  # the table cannot be used: whatever it lacks would be told again for each photograph
        return
    known = {photo.photo for photo in told}
    unlisted = [job.photo for job, line in of_jobs if line is None and job.photo not in known]
    yield from _lost(lost, unlisted if there else [], {name.casefold(): what for name, what in others.items()}, there)
    for photo in unlisted if there else ():
        yield Problem(None, None, photo, "the table has no row for it; add one, or take it out of the folder", "files")


def _lost(
    lost: Sequence[tuple[Line, str]], unlisted: Iterable[str], others: Mapping[str, str], there: bool
) -> Iterator[Problem]:
    """Rows whose photograph is not there."""
    alike: dict[str, list[str]] = {}
    for photo in unlisted:
        alike.setdefault(_stem(photo), []).append(photo)
    missing = False
    for line, photo in lost:
        near = alike.get(_stem(photo), [])
        hint = f"is {quoted(near[0])} meant?" if len(near) == 1 else _TO_BE_GIVEN
        what = others.get(photo.casefold())
        missing = missing or not what
        text = f"it {what}; {_EXPORT}, and name that here" if what else f"there is no such photograph; {hint}"
        if what or there:
            yield Problem(line.number, "photo", photo, text, "files")
    if missing and not there:
        text = "none of the photographs that the table names is there; give the folder in which they lie after it"
        yield Problem(None, None, None, text, "files")


def _stem(photo: str) -> str:
    return plain(PurePosixPath(photo).stem)
