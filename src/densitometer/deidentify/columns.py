"""Which columns of a visits table tell nobody's name, and which cells do all the same."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from densitometer.errors import DensitometerError

_HARMLESS = frozenset(
    word
    for line in (
        "arm treatment treated group cohort dose drug product vehicle blinding randomisation randomization",
        "device camera lens dermoscope magnification zoom light polarisation polarization session sequence order",
        "side region method protocol quality status day days week weeks month months since until after before",
        "baseline timepoint",
    )
    for word in line.split()
)
"""Words of columns that a trial needs and that tell nobody's name; any other column is left out unless it is kept."""
_SHORTEST_CODE = 3


def is_harmless(column: str) -> bool:
    """Tell whether a column is one that a trial needs and that tells nobody's name, by its name."""
    words = _words(column)
    return bool(words) and _HARMLESS.issuperset(words)


def _words(column: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", column)).casefold()
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return re.findall(r"[^\W\d_]+", plain)


def kept_columns(further: Sequence[str], keep: Sequence[str]) -> tuple[list[str], list[str]]:
    """Divide columns into those that are carried over and those that are left out.

    Parameters
    ----------
    further : sequence of str
        Columns of the table that densitometer does not know.
    keep : sequence of str
        Those to be kept whatever their name says.

    Raises
    ------
    DensitometerError
        When one to be kept is not there.
    """
    unknown = [name for name in keep if name not in further]
    if unknown:
        there = f"there are {', '.join(further)}" if further else "the table has no further columns"
        raise DensitometerError(f"--keep-column {unknown[0]}: there is no such column; {there}")
    kept = [name for name in further if name in keep or is_harmless(name)]
    return kept, [name for name in further if name not in kept]


def telling_columns(rows: Iterable[Mapping[str, str]], codes: Iterable[str]) -> dict[str, int]:
    """Count the cells, by column, in which a subject's original code stands.

    Codes of one or two signs are not looked for: they stand everywhere by chance.
    """
    long = sorted({code for code in codes if len(code) >= _SHORTEST_CODE}, key=len, reverse=True)
    if not long:
        return {}
    code = re.compile(rf"(?<![^\W_])(?:{'|'.join(map(re.escape, long))})(?![^\W_])", re.IGNORECASE)
    counts: dict[str, int] = {}
    seen: dict[str, bool] = {}
    for row in rows:
        for column, cell in row.items():
            if cell and seen.setdefault(cell, bool(code.search(cell))):
                counts[column] = counts.get(column, 0) + 1
    return counts
