"""What is summarised of a study: a parameter, and how its change was found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Method = Literal["subtracted", "matched"]
"""How a change was found: one visit's value less another's, or hair by hair in the skin that both visits show."""

CALLED: dict[Method, str] = {"matched": "hair by hair", "subtracted": "subtracted"}
"""What people read for each."""


@dataclass(frozen=True)
class Measured:
    """A parameter that is summarised.

    Attributes
    ----------
    name : str
        Column of ``photos.csv``.
    label : str
        In plain words, without its unit.
    unit : str
        As people read it, such as ``hairs/cm²``; empty for a number without one.
    matched : str
        Column of ``changes.csv`` that tells its change hair by hair; empty where none does.
    factor : float
        From the column to the unit: 100 for a share that people read in per cent.
    ratio : bool
        False for a scale without a true zero, of which no change in per cent can be told.
    """

    name: str
    label: str
    unit: str
    matched: str = ""
    factor: float = 1.0
    ratio: bool = True
