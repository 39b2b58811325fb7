"""What densitometer and human readers saw on the same photographs."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Literal
from unicodedata import normalize

import cv2
import numpy as np
from numpy.typing import NDArray

from densitometer.errors import ResultsError, StudyError
from densitometer.evaluate.matching import midpoints
from densitometer.evaluate.reference import FloatArray, Kind, Reading, Reference
from densitometer.hairs.finish import holds
from densitometer.results.folder import read_results
from densitometer.results.record import Record
from densitometer.results.rows import Cell
from densitometer.study.faults import refuse
from densitometer.visits.problems import quoted

BoolArray = NDArray[np.bool_]
Marks = Literal["roots", "middles"]
MOST_LIKENED = 5
"""So many unknown names are told with one that is like them: of more, the whole table is of other photographs."""
_ALIKE = 0.75
_ENDS = ("root_x_px", "root_y_px", "tip_x_px", "tip_y_px")
_VALUES: Mapping[Kind, str] = {"count": "hair_count", "density_per_cm2": "density_per_cm2", "marks": "hair_count"}


@dataclass(frozen=True)
class Seen:
    """What densitometer or a reader saw on one photograph.

    Attributes
    ----------
    value : float
        Count, or density in hairs per cm2; of marks the number of those in the counted field.
    places_px : float array, shape (n, 2)
        Roots or middles, in px; none where hairs were not marked one by one.
    inside : bool array, shape (n,)
        Whether each counts; one that lies outside the counted field does not, and excuses what is near it there.
    """

    value: float
    places_px: FloatArray
    inside: BoolArray


@dataclass(frozen=True)
class Picture:
    """A measured photograph that somebody read.

    Attributes
    ----------
    photo : str
        Its name in ``photos.csv``.
    subject : str
        Empty where nobody knows.
    um_per_px : float or None
    ours : Seen
    theirs : mapping of str to Seen
        By reader.
    """

    photo: str
    subject: str
    um_per_px: float | None
    ours: Seen
    theirs: Mapping[str, Seen]


@dataclass(frozen=True)
class LeftOut:
    """A photograph of the reference with which nothing can be compared, and why.

    Attributes
    ----------
    photo, reader, reason : str
    unknown : bool
        Whether the results hold no photograph of that name.
    meant : str
        Name of a photograph that may be meant in its place; empty where none is like it.
    """

    photo: str
    reader: str
    reason: str
    unknown: bool = False
    meant: str = ""


@dataclass(frozen=True)
class Sights:
    """All that can be compared.

    Attributes
    ----------
    kind : {"count", "density_per_cm2", "marks"}
    readers : tuple of str
    pictures : tuple of Picture
        In the order of the results.
    left_out : tuple of LeftOut
        In the order of the reference.
    not_named : int
        Measured photographs that the reference does not name.
    """

    kind: Kind
    readers: tuple[str, ...]
    pictures: tuple[Picture, ...]
    left_out: tuple[LeftOut, ...]
    not_named: int


def see(out: Path, reference: Reference, marks: Marks = "roots") -> Sights:
    """Put side by side what the results in ``out`` and a reference tell of the same photographs.

    Parameters
    ----------
    out : Path
        Results folder; it is only read.
    reference : Reference
    marks : {"roots", "middles"}
        What of a hair the readers marked; of no meaning for counts.

    Raises
    ------
    ResultsError
        When the folder holds no results that can be read.
    StudyError
        When no photograph can be compared, or a mark lies outside its photograph; the text names the row.
    """
    with closing(read_results(out)) as record:
        if not record.rows_intact:
            raise StudyError(f"{out / 'results.sqlite'} is damaged; measure the photographs again")
        rows = {normalize("NFC", str(row["photo"])): row for row in record.photo_rows()}
        reasons = {one.photo: _lack(rows.get(one.photo), reference.kind, out) for one in reference.readings}
        free = [name for name in rows if name not in reasons]
        _refuse_nothing(reference, free, reasons, out)
        readings = [one for one in reference.readings if not reasons[one.photo]]
        refuse(list(_outside_of_picture(readings, rows)), f"{reference.name} cannot be used")
        pictures = tuple(_pictures(record, readings, rows, reference.kind, marks))
    left_out = _left_out(reference, rows, free, reasons)
    measured = sum(row["status"] == "measured" for row in rows.values())
    named = sum(row is not None and row["status"] == "measured" for row in map(rows.get, reasons))
    return Sights(reference.kind, reference.readers, pictures, tuple(left_out), measured - named)


def _lack(row: Mapping[str, Cell] | None, kind: Kind, out: Path) -> str:
    """Say why a photograph cannot be compared; empty where it can."""
    if row is None:
        return f"not in {out}"
    if row["status"] != "measured":
        return f"not measured: {row['reason']}"
    return "" if row[_VALUES[kind]] is not None else "it has no density, for no scale is known"


def _left_out(
    reference: Reference, rows: Container[str], free: Sequence[str], reasons: Mapping[str, str]
) -> list[LeftOut]:
    """Readings that cannot be compared; of the first unknown names also those that may be meant."""
    unknown = [photo for photo in reasons if photo not in rows]
    meant = {photo: like(photo, free) for photo in unknown[:MOST_LIKENED]}
    return [
        LeftOut(one.photo, one.reader, told, one.photo not in rows, meant.get(one.photo, ""))
        for one in reference.readings
        if (told := reasons[one.photo])
    ]


def like(photo: str, names: Sequence[str]) -> str:
    """Name of a photograph that is spelt nearly like another: first without folders and suffix, then by its letters."""
    for key in (_last, _stem):
        same = [name for name in names if key(name) == key(photo)]
        if len(same) == 1:
            return same[0]
    by_letters = {name.casefold(): name for name in names}
    near = get_close_matches(photo.casefold(), by_letters, n=1, cutoff=_ALIKE)
    return by_letters[near[0]] if near else ""


def _last(name: str) -> str:
    return name.casefold().rpartition("/")[2]


def _stem(name: str) -> str:
    last = _last(name)
    return last.rpartition(".")[0] or last


def _refuse_nothing(reference: Reference, free: Sequence[str], reasons: Mapping[str, str], out: Path) -> None:
    if not all(reasons.values()):
        return
    first = reference.readings[0]
    meant = like(first.photo, free) or next(iter(free), "")
    names = f", which has {quoted(meant)}" if meant else ""
    told = f"row {first.rows[0]} names {quoted(first.photo)}: {reasons[first.photo]}{names}"
    advice = "name photographs as in photos.csv"
    raise StudyError(f"nothing of {reference.name} can be compared with {out}: {told}; {advice}")


def _outside_of_picture(readings: Iterable[Reading], rows: Mapping[str, Mapping[str, Cell]]) -> Iterator[str]:
    """Marks that lie outside their photograph: then its size or way up was another when they were made."""
    for one in readings:
        width, height = (rows[one.photo][name] for name in ("width_px", "height_px"))
        if one.marks_px is None or not isinstance(width, int) or not isinstance(height, int):
            continue
        for row, (x, y) in zip(one.rows, one.marks_px.tolist(), strict=False):
            if not (-0.5 <= x <= width and -0.5 <= y <= height):  # some programs count from the corner of a pixel
                where = f"at {x:g}, {y:g} outside {quoted(one.photo)}, which is {width} px wide and {height} high"
                yield f"row {row} lies {where}; mark the photograph as displayed, in its own pixels"


def _pictures(
    record: Record, readings: Iterable[Reading], rows: Mapping[str, Mapping[str, Cell]], kind: Kind, marks: Marks
) -> Iterator[Picture]:
    by_photo: dict[str, list[Reading]] = {}
    for one in readings:
        by_photo.setdefault(one.photo, []).append(one)
    for name, row in rows.items():
        if name not in by_photo:
            continue
        photo, scale = str(row["photo"]), row["um_per_px"]
        skin = _countable_skin(record, photo) if kind == "marks" else None
        yield Picture(
            photo=photo,
            subject=normalize("NFC", str(row.get("subject") or "")),
            um_per_px=float(scale) if isinstance(scale, int | float) else None,
            ours=_ours(float(row[_VALUES[kind]] or 0), record.hairs(photo) if skin is not None else (), skin, marks),
            theirs={one.reader: _theirs(one, skin) for one in by_photo[name]},
        )


def _countable_skin(record: Record, photo: str) -> BoolArray:
    data = np.frombuffer(record.kept(photo).mask_png, np.uint8)
    mask = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE) if data.size else None
    if mask is None:
        raise ResultsError(f"what was kept of {photo} is damaged; measure the photographs again")
    return np.asarray(mask > 0)


def _ours(value: float, hairs: Iterable[Mapping[str, Cell]], skin: BoolArray | None, marks: Marks) -> Seen:
    """Hairs that densitometer is sure enough of; those that it does not count lie, or may lie, outside the field."""
    sure = [hair for hair in hairs if hair["counted"] or "low_confidence" not in str(hair["flags"] or "").split(";")]
    ends = np.array([[hair[name] for name in _ENDS] for hair in sure], float).reshape(-1, 4)
    places = ends[:, :2] if marks == "roots" else midpoints(ends)
    counted = np.array([hair["counted"] == 1 for hair in sure], bool)
    return Seen(value, places, counted if skin is None else counted & _on(skin, places))


def _theirs(reading: Reading, skin: BoolArray | None) -> Seen:
    if reading.marks_px is None or skin is None:
        return Seen(reading.value, np.empty((0, 2)), np.zeros(0, bool))
    inside = _on(skin, reading.marks_px)
    return Seen(float(inside.sum()), reading.marks_px, inside)


def _on(skin: BoolArray, places: FloatArray) -> BoolArray:
    """Whether places lie on skin; one on the outer half of the last pixel lies on it."""
    height, width = skin.shape
    return holds(skin, np.clip(places, 0, (width - 1, height - 1))) if len(places) else np.zeros(0, bool)
