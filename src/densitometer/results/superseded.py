"""Results that another one took the place of: out of the tables of the run, kept whole, put back as they were."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from densitometer.dictionary import HAIR_COLUMNS, PHOTO_COLUMNS
from densitometer.results.digest import canonical, filled
from densitometer.results.resume import Stored
from densitometer.results.schema import quoted

if TYPE_CHECKING:
    from densitometer.results.record import Record
    from densitometer.results.result import PhotoResult
    from densitometer.results.rows import Cell

SUPERSEDED = "superseded"
_CARRIED_OF = frozenset(column.name for column in PHOTO_COLUMNS)


def overlay_of(number: int) -> str:
    """Path of the overlay of a superseded result, relative to the results folder."""
    return f"{SUPERSEDED}/{number}.png"


def results_of(record: Record) -> dict[str, Stored]:
    """Every result of the run by its photograph, or what stands for one, in order."""
    further = [column.name for column in record.columns if column.name not in _CARRIED_OF]
    listed = "".join(f", photos.{quoted(name)}" for name in further)
    query = (
        f"SELECT photo, result, status, made, overlay, overlay_sha256, place{listed} "
        "FROM pictures JOIN photos USING (photo) ORDER BY place"
    )
    found = {}
    for photo, number, status, made, overlay, sha256, place, *cells in record.connection.execute(query):
        carried = {name: cell for name, cell in zip(further, cells, strict=True) if cell is not None}
        of = json.loads(made) if made else None
        found[photo] = Stored(photo, number, status == "measured", of, overlay, sha256, place, carried)
    return found


def result_of(record: Record, photo: str) -> Stored | None:
    """Result of one photograph of the run, without its columns of visits.csv; None where it is not in the run."""
    query = (
        "SELECT photo, result, status, made, overlay, overlay_sha256, place "
        "FROM pictures JOIN photos USING (photo) WHERE photo = ?"
    )
    found = record.connection.execute(query, (photo,)).fetchone()
    if found is None:
        return None
    _, number, status, made, *rest = found
    return Stored(photo, number, status == "measured", json.loads(made) if made else None, *rest)


def same(record: Record, stored: Stored, result: PhotoResult) -> bool:
    """Tell whether a photograph that could not be measured then could not be measured now for the same reason."""
    if result.measured or stored.measured or stored.made != (None if result.made is None else dict(result.made)):
        return False
    alike = filled(record.photo_row(stored.photo)) == filled(result.row)
    return alike and record.thumbnail(stored.number) == result.thumbnail_jpeg


def older_of(record: Record) -> dict[str, list[Stored]]:
    """Every superseded result by its photograph, the newest last."""
    query = "SELECT photo, result, status, made, overlay_sha256 FROM superseded ORDER BY result"
    found: dict[str, list[Stored]] = {}
    for photo, number, status, made, sha256 in record.connection.execute(query):
        overlay = overlay_of(number) if sha256 else None
        of = json.loads(made) if made else None
        found.setdefault(photo, []).append(Stored(photo, number, status == "measured", of, overlay, sha256))
    return found


def supersede(record: Record, stored: Stored, why: str, at: str) -> None:
    """Move a result out of the tables of the run, within a transaction.

    Parameters
    ----------
    record : Record
    stored : Stored
        A result of the run.
    why : str
        In what it differs from what takes its place.
    at : str
        When, in UTC.
    """
    row, hairs = record.photo_row(stored.photo), record.hairs(stored.photo)
    cells = (
        *(stored.number, stored.photo, row["status"], at, why, None if stored.made is None else canonical(stored.made)),
        *(canonical(filled(row)), canonical([filled(hair) for hair in hairs]), stored.overlay_sha256),
    )
    record.connection.execute(f"INSERT INTO superseded VALUES ({', '.join('?' * len(cells))})", cells)
    record.take_out(stored.photo)


def restore(record: Record, stored: Stored, carried: Mapping[str, str]) -> None:
    """Put a superseded result back into ``photos`` and ``hairs``, within a transaction; its columns of visits anew."""
    query = 'SELECT "row", hairs FROM superseded WHERE result = ?'
    row, hairs = map(json.loads, record.connection.execute(query, (stored.number,)).fetchone())
    own: dict[str, Cell] = {name: cell for name, cell in row.items() if name in _CARRIED_OF}
    record.insert("photos", record.columns, [{**own, **carried}])
    record.insert("hairs", HAIR_COLUMNS, hairs)
    record.connection.execute("DELETE FROM superseded WHERE result = ?", (stored.number,))


def write_places(record: Record, places: list[tuple[object, ...]]) -> None:
    """Write the order of the run, within a transaction: place, photo, result, overlay, its sha256, and made."""
    record.connection.execute("DELETE FROM pictures")
    record.connection.executemany("INSERT INTO pictures VALUES (?, ?, ?, ?, ?, ?)", places)
