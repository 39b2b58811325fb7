"""One hash of everything that a result holds, by which it can be known again a year later."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from densitometer.results.record import Kept
    from densitometer.results.rows import Cell


def result_sha256(
    made: Mapping[str, object] | None,
    row: Mapping[str, Cell],
    hairs: Iterable[Mapping[str, Cell]],
    kept: Kept | None,
    thumbnail: bytes | None,
    overlay_sha256: str | None,
) -> str:
    """Sha256, in hexadecimal, of the canonical JSON of a result; cells that are empty do not count.

    Parameters
    ----------
    made : mapping or None
        What the result was made from and with.
    row : mapping
        Cells of ``photos.csv``, unrounded, with those that were carried over from visits.csv.
    hairs : iterable of mapping
        Cells of ``hairs.csv``, unrounded, in order.
    kept : Kept or None
    thumbnail : bytes or None
    overlay_sha256 : str or None
    """
    whole = {
        "made": made,
        "row": filled(row),
        "hairs": [filled(hair) for hair in hairs],
        "kept": None if kept is None else [_sha256(kept.mask_png), _sha256(kept.view_jpeg), kept.marks_px],
        "thumbnail": _sha256(thumbnail),
        "overlay": overlay_sha256,
    }
    return hashlib.sha256(canonical(whole).encode()).hexdigest()


def filled(cells: Mapping[str, Cell]) -> dict[str, Cell]:
    """Cells without those that are empty."""
    return {name: value for name, value in cells.items() if value is not None}


def canonical(value: object) -> str:
    """JSON with sorted keys and no blanks: the same content gives the same text."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _sha256(data: bytes | None) -> str | None:
    return None if data is None else hashlib.sha256(data).hexdigest()
