"""What one photograph yielded, as it goes from the workers to the record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from densitometer.results.rows import Cell

if TYPE_CHECKING:
    from densitometer.results.record import Record


@dataclass(frozen=True)
class Kept:
    """What comparing a photograph with another visit needs beyond its rows, so that the file itself is not needed.

    Attributes
    ----------
    mask_png : bytes
        Countable skin, one bit a pixel of the photograph.
    view_jpeg : bytes
        The photograph, made smaller where it is large; without anything that the camera wrote.
    marks_px : tuple of (x, y, radius)
        Skin marks that stay, in px of the photograph.
    """

    mask_png: bytes
    view_jpeg: bytes
    marks_px: tuple[tuple[float, float, float], ...] = ()


@dataclass(frozen=True)
class PhotoResult:
    """What one photograph yielded.

    Attributes
    ----------
    photo : str
        Its name in every table.
    row : dict
        Its cells by column of ``photos.csv``; None where not measured.
    hairs : tuple of dict
        Cells by column of ``hairs.csv``, one dict a hair.
    overlay : str or None
        Path of the overlay, relative to the results folder, with forward slashes.
    thumbnail_jpeg : bytes or None
    kept : Kept or None
        Stored with the rest; read back by :meth:`Record.kept` alone, since it is large.
    made : mapping or None
        What it was made from and with, by :func:`densitometer.results.made.made_of`; None where that is not known.
    overlay_png : bytes or None
        The overlay itself, to be written to ``overlay``; not read back.
    """

    photo: str
    row: dict[str, Cell]
    hairs: tuple[dict[str, Cell], ...] = ()
    overlay: str | None = None
    thumbnail_jpeg: bytes | None = None
    kept: Kept | None = None
    made: Mapping[str, object] | None = None
    overlay_png: bytes | None = None

    @property
    def measured(self) -> bool:
        """True when the photograph was measured."""
        return self.row["status"] == "measured"


def without_hairs(record: Record) -> list[PhotoResult]:
    """Every photograph of a record in order, with its row and its overlay alone: hairs take long to read."""
    overlays = dict(record.connection.execute("SELECT photo, overlay FROM pictures"))
    return [PhotoResult(str(row["photo"]), row, overlay=overlays[row["photo"]]) for row in record.photo_rows()]
