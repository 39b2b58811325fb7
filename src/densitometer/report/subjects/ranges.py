"""What others found on healthy scalps, to stand beside a subject's numbers: with its source, and never as a limit."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import inf

from densitometer.report.reference_values import NOT_A_LIMIT, WIDTHS_DIFFER, ReferenceValue, reference_values

_COLUMNS = {"density_per_cm2": "Hairs per cm²", "mean_width_um": "Hair width, µm"}
_PLACES = {"occiput": "back of the head", "left temporal": "left temple", "right temporal": "right temple",
           "temporal": "temple", "frontal": "front"}  # fmt: skip


@dataclass(frozen=True)
class Ranges:
    """Ranges of one number.

    Attributes
    ----------
    name : str
    found : tuple of (source, tuple of str)
        What each source found, group by group; addresses stand in the documentation, for a sheet of paper opens none.
    """

    name: str
    found: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Orientation:
    """All that a page says of other people: the ranges, and what has to stand beside them."""

    ranges: tuple[Ranges, ...] = ()
    notes: tuple[str, ...] = ()


def orientation(columns: Collection[str]) -> Orientation:
    """Give the ranges of those columns of ``photos.csv`` of which a subject has a number.

    Norms with one side open are left out: a patient would take them for a limit to pass.
    """
    known = [name for name in _COLUMNS if name in columns]
    if not known:
        return Orientation()
    notes = (NOT_A_LIMIT, *([WIDTHS_DIFFER] if "mean_width_um" in known else []))
    return Orientation(tuple(_ranges(name) for name in known), notes)


def _ranges(column: str) -> Ranges:
    by_source: dict[str, list[str]] = {}
    for value in filter(_closed, reference_values(column)):
        by_source.setdefault(value.source.split(", http")[0], []).append(f"{_plain(value.group)}: {value.shown}")
    return Ranges(_COLUMNS[column], tuple((source, _begun(found)) for source, found in by_source.items()))


def _plain(group: str) -> str:
    """Name places on the head as a patient would."""
    for term, word in _PLACES.items():
        group = group.replace(term, word)
    return group


def _begun(found: Sequence[str]) -> tuple[str, ...]:
    """Begin a sentence."""
    return (found[0][:1].upper() + found[0][1:], *found[1:])


def _closed(value: ReferenceValue) -> bool:
    return 0 < value.low < value.high < inf
