"""What is to be measured: each photograph with its scale and what the visits table says of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from densitometer.batch.inputs import Found
from densitometer.batch.places import Place
from densitometer.visits.table import VisitRow, Visits

_CHECK = "check the name, or measure the folder that it lies in"
_MOST_NAMES_SHOWN = 5


@dataclass(frozen=True)
class Job:
    """One photograph to be measured.

    Attributes
    ----------
    photo : str
        Its name in every table.
    path : Path or str
        Where it lies; a str is an address for fsspec.
    um_per_px : float or None
        Its scale as stated, in um per px.
    from_visits : bool
        True when that came from the visits table.
    carried : mapping of str to str
        Columns of the visits table that are carried over.
    reason : str or None
        Why it cannot be measured, when that is known already; then ``path`` is not touched.
    row : int or None
        Which row of the visits table names it, from 0.
    lost : bool
        Whether that row alone is there, and no photograph.
    """

    photo: str
    path: Place
    um_per_px: float | None = None
    from_visits: bool = False
    carried: Mapping[str, str] = field(default_factory=dict)
    reason: str | None = None
    row: int | None = None
    lost: bool = False


def plan(
    found: Sequence[Found], visits: Visits | None = None, um_per_px: float | None = None
) -> tuple[list[Job], list[str]]:
    """Join photographs with the rows of a visits table.

    The scale of a photograph's row goes before ``um_per_px``, which is for those without one.

    Returns
    -------
    jobs : list of Job
        In the order of ``found``; then those that the table names and that are not there.
    warnings : list of str
        What the user should know.
    """
    if visits is None:
        return [Job(item.photo, item.path, um_per_px, reason=item.reason) for item in found], []
    rows = _matches([item.photo for item in found], visits.rows)
    places = {row.photo: place for place, row in enumerate(visits.rows)}
    jobs = [_job(item, rows.get(item.photo), um_per_px, places) for item in found]
    matched = {row.photo for row in rows.values()}
    lost = [row for row in visits.rows if row.photo not in matched]
    not_found = f"named in {visits.name} but not found"
    jobs += [
        Job(
            row.photo,
            Path(row.photo),
            carried=row.carried,
            reason=f"{not_found}; {_CHECK}",
            row=places[row.photo],
            lost=True,
        )
        for row in lost
    ]
    unlisted = [item.photo for item in found if item.photo not in rows]
    warnings = list(visits.doubts)
    if unlisted:
        warnings.append(_warning(unlisted, f"{visits.unlisted}: their visit columns stay empty"))
    if lost:
        warnings.append(_warning([row.photo for row in lost], not_found))
    return jobs, warnings


def in_order_of_table(jobs: Iterable[Job]) -> list[str]:
    """Names of the photographs that the visits table names, in its order."""
    named = [(job.row, job.photo) for job in jobs if job.row is not None]
    return [photo for _, photo in sorted(named)]


def _job(item: Found, row: VisitRow | None, um_per_px: float | None, places: Mapping[str, int]) -> Job:
    if row is None:
        return Job(item.photo, item.path, um_per_px, reason=item.reason)
    own = row.um_per_px is not None
    return Job(
        item.photo, item.path, row.um_per_px if own else um_per_px, own, row.carried, item.reason, places[row.photo]
    )


def _matches(photos: Sequence[str], rows: Sequence[VisitRow]) -> dict[str, VisitRow]:
    """Rows by photograph: by the exact name, else by the name without regard to case where that is unambiguous."""
    exact = {row.photo: row for row in rows}
    matches = {photo: exact[photo] for photo in photos if photo in exact}
    used = {row.photo for row in matches.values()}
    free_rows = _by_folded([row.photo for row in rows if row.photo not in used])
    free_photos = _by_folded([photo for photo in photos if photo not in matches])
    for folded, names in free_photos.items():
        candidates = free_rows.get(folded, [])
        if len(names) == len(candidates) == 1:
            matches[names[0]] = exact[candidates[0]]
    return matches


def _by_folded(names: Sequence[str]) -> dict[str, list[str]]:
    folded: dict[str, list[str]] = {}
    for name in names:
        key = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold().replace("\\", "/"))
        folded.setdefault(key, []).append(name)
    return folded


def _warning(names: Sequence[str], what: str) -> str:
    shown = ", ".join(names[:_MOST_NAMES_SHOWN]) + (", ..." if len(names) > _MOST_NAMES_SHOWN else "")
    return f"{len(names)} photograph{'s' if len(names) > 1 else ''} {what}: {shown}"
