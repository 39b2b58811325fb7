"""Write the agreement with readers as two CSV files, both or neither: the figures, and what they rest on."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from math import isfinite
from pathlib import Path

from densitometer.dictionary import Column
from densitometer.errors import ResultsError
from densitometer.evaluate.matching import Score
from densitometer.evaluate.readers import Comparison, Tolerance, knows_subjects, match_places
from densitometer.evaluate.seen import Picture, Sights
from densitometer.results.atomic import PART, write_part
from densitometer.results.rows import Cell
from densitometer.results.tables import csv_pieces

FIGURE_COLUMNS = (
    Column("compared", "text", "", "densitometer, or the second of two readers; differences are this minus reference."),
    Column("reference", "text", "", "The reader it is compared with."),
    Column("figure", "text", "", "What is told; see docs/agreement.md."),
    Column("unit", "text", "", "Unit of value, low and high; empty where there is none."),
    Column("value", "number", "", "Empty where it could not be told.", spec=".6g"),
    Column("low", "number", "", "Lower end of the 95 % interval.", spec=".6g"),
    Column("high", "number", "", "Upper end of the 95 % interval.", spec=".6g"),
    Column("photographs", "integer", "1", "Photographs that it rests on.", spec="d"),
    Column("subjects", "integer", "1", "Subjects of these; empty where they are not all known.", spec="d"),
    Column("reason", "text", "", "Why value or interval is missing."),
)
PHOTO_COLUMNS = (
    Column("photo", "text", "", "The photograph, as in photos.csv."),
    Column("subject", "text", "", "Whom it shows; empty where that is not known."),
    Column("reader", "text", "", "Who read it."),
    Column("left_out", "text", "", "Why nothing could be compared; empty where it was."),
    Column("unit", "text", "", "Unit of the three columns that follow."),
    Column("reader_value", "number", "", "What the reader saw; of marks those in the counted field.", spec=".6g"),
    Column("densitometer_value", "number", "", "What densitometer saw.", spec=".6g"),
    Column("difference", "number", "", "densitometer_value minus reader_value.", spec=".6g"),
    Column("marks_outside_field", "integer", "1", "Marks outside the counted field, which are not compared.", spec="d"),
    Column("matched_hairs", "integer", "1", "Hairs that both saw; empty where they were not matched.", spec="d"),
    Column("false_hairs", "integer", "1", "Hairs that densitometer alone saw.", spec="d"),
    Column("missed_hairs", "integer", "1", "Hairs that the reader alone saw.", spec="d"),
)
_FIRST_LINE = ",".join(column.name for column in FIGURE_COLUMNS)
_FIRST_LINE_OF_PHOTOS = ",".join(column.name for column in PHOTO_COLUMNS)


def photographs_file(path: Path) -> Path:
    """Name of the second file: figures.csv has figures-photographs.csv beside it."""
    return path.with_name(f"{path.stem}-photographs{path.suffix}")


def check_files(path: Path, out: Path) -> None:
    """Refuse files that would overwrite anything but those of an earlier comparison, before time is spent.

    Raises
    ------
    ResultsError
        When the folder is not there, lies in the results that are only read, or a file holds something else.
    """
    if not path.parent.is_dir():
        raise ResultsError(f"{path} cannot be written: there is no folder {path.parent}; make it, or choose another")
    if Path(os.path.realpath(path)).is_relative_to(os.path.realpath(out)):
        raise ResultsError(f"{path} lies in {out}, which is only read; choose another FILE for -o")
    for file, line in ((path, _FIRST_LINE), (photographs_file(path), _FIRST_LINE_OF_PHOTOS)):
        if os.path.lexists(file) and _first_line(file, len(line)) != line:
            raise ResultsError(f"{file} is there already and holds something else; choose another FILE for -o")


def _first_line(path: Path, length: int) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            return file.readline(length + 2).rstrip("\n")
    except (OSError, ValueError):
        return ""


def write_files(
    path: Path, comparisons: Iterable[Comparison], sights: Sights, tolerance: Tolerance | None
) -> tuple[Path, Path]:
    """Write both files, and return their paths.

    Raises
    ------
    ResultsError
        When they cannot be written; what was there before is as it was then.
    """
    figures = csv_pieces(FIGURE_COLUMNS, _figure_rows(comparisons, sights))
    photographs = csv_pieces(PHOTO_COLUMNS, _photo_rows(sights, tolerance))
    files = {path: b"".join(figures), photographs_file(path): b"".join(photographs)}
    try:
        _write_all(files)
    except OSError as error:
        raise ResultsError(f"{path} cannot be written: {error.strerror}; choose another FILE for -o") from error
    return path, photographs_file(path)


def _write_all(files: dict[Path, bytes]) -> None:
    """Write all files beside their places, then put them there; where one cannot be, take the others back."""
    before = {path: path.read_bytes() if path.exists() else None for path in files}
    parts = {path: path.with_name(path.name + PART) for path in files}
    placed: list[Path] = []
    try:
        for path, data in files.items():
            write_part(parts[path], data)
        for path, part in parts.items():
            os.replace(part, path)
            placed.append(path)
    except BaseException:
        for path in placed:
            _put_back(path, before[path])
        raise
    finally:
        for part in parts.values():
            with suppress(OSError):
                part.unlink(missing_ok=True)


def _put_back(path: Path, data: bytes | None) -> None:
    with suppress(OSError):  # the error that brought us here says more
        if data is None:
            path.unlink(missing_ok=True)
        else:
            path.write_bytes(data)


# ---- rows


def _figure_rows(comparisons: Iterable[Comparison], sights: Sights) -> Iterator[Sequence[Cell]]:
    by_subject = knows_subjects(sights)
    for one in comparisons:
        for figure in one.figures:
            estimate = figure.estimate
            numbers = (_known(number) for number in (estimate.value, estimate.low, estimate.high))
            subjects = figure.groups if by_subject else None
            head = (one.compared, one.reference, figure.name, figure.unit)
            yield (*head, *numbers, figure.photographs, subjects, estimate.reason or "")


def _known(number: float) -> float | None:
    return number if isfinite(number) else None


def _photo_rows(sights: Sights, tolerance: Tolerance | None) -> Iterator[Sequence[Cell]]:
    unit = "hairs/cm2" if sights.kind == "density_per_cm2" else "hairs"
    for one in sights.pictures:
        for reader, seen in one.theirs.items():
            values = (seen.value, one.ours.value, one.ours.value - seen.value)
            outside = int((~seen.inside).sum()) if sights.kind == "marks" else None
            score = _score(one, reader, tolerance if sights.kind == "marks" else None)
            hairs = (score.true_positives, score.false, score.missed) if score else (None, None, None)
            yield (one.photo, one.subject, reader, "", unit, *values, outside, *hairs)
    nothing = (None,) * 7
    yield from ((one.photo, "", one.reader, one.reason, "", *nothing) for one in sights.left_out)


def _score(picture: Picture, reader: str, tolerance: Tolerance | None) -> Score | None:
    tolerance_px = tolerance.px(picture) if tolerance else None
    return None if tolerance_px is None else match_places(picture.theirs[reader], picture.ours, tolerance_px)
