"""What the report shows of comparisons between visits: ready texts, made from rows alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Cell = str | int | float | None
Row = Mapping[str, Cell]


@dataclass(frozen=True)
class ComparisonView:
    """One comparison as it goes into the report.

    Attributes
    ----------
    row : mapping
        Its row of ``changes.csv``.
    matches : sequence of mapping
        Its rows of ``matches.csv``; may be left out for a page that lists numbers alone.
    picture, blink : str or None
        Paths of the side-by-side picture and of the animated one, relative to the results folder, with forward
        slashes; None where there is none.
    """

    row: Row
    matches: Sequence[Row] = ()
    picture: str | None = None
    blink: str | None = None
