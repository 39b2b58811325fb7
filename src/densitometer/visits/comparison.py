"""What the comparison of two visits yields: where the one lies on the other, the fate of every hair, the change."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from densitometer.visits.warp import Warp

Fate = Literal["persisting", "lost", "gained", "ambiguous"]
Verdict = Literal["increase", "decrease", "within_error", "not_comparable"]
Values = dict[str, float | int | str | None]


@dataclass(frozen=True)
class Alignment:
    """Where the baseline lies on the follow-up, and how well that is known.

    Attributes
    ----------
    warp : Warp
    rms_um : float
        Root mean square distance of the matched roots after the warp.
    matched : int
        How many roots were matched.
    overlap_cm2 : float
        Skin that is countable in both photographs, as large as it is at the baseline.
    log_odds : float
        Evidence that this is one place of one scalp rather than chance, natural logarithm; above 0 where it is
        believed.
    """

    warp: Warp
    rms_um: float
    matched: int
    overlap_cm2: float
    log_odds: float


@dataclass(frozen=True)
class NotAligned:
    """Why two photographs could not be laid on one another: one sentence, what and what to do."""

    reason: str
    log_odds: float = float("nan")


@dataclass(frozen=True)
class HairMatch:
    """One hair of the common field: which it is in each photograph (numbers of ``hairs.csv``), and its fate.

    Attributes
    ----------
    baseline_hair, followup_hair : int or None
        None where it was not found.
    fate : {"persisting", "lost", "gained", "ambiguous"}
    probability : float
        That the fate is true; of an ambiguous hair, that a hair is really lost or gained here.
    width_change_um : float or None
        Follow-up less baseline; None but for persisting hairs whose widths can be compared.
    baseline_um, followup_um : tuple of float
        Place of its root in each photograph, (x, y) in um; where it was not found, where it would lie.
    """

    baseline_hair: int | None
    followup_hair: int | None
    fate: Fate
    probability: float
    width_change_um: float | None
    baseline_um: tuple[float, float]
    followup_um: tuple[float, float]


@dataclass(frozen=True)
class Comparison:
    """Two photographs of one site compared.

    Attributes
    ----------
    comparable : bool
    reason : str
        Why not; empty where they are.
    alignment : Alignment or None
    matches : tuple of HairMatch
    values : dict
        Columns of ``changes.csv`` by name, but for those that say which photographs these are; None where not measured.
    """

    comparable: bool
    reason: str = ""
    alignment: Alignment | None = None
    matches: tuple[HairMatch, ...] = ()
    values: Values = field(default_factory=dict)
