"""Settings of the second look, in one photograph, for a hair that was found in the other."""

from __future__ import annotations

from pydantic.dataclasses import dataclass

from densitometer.settings.strict import STRICT


@dataclass(frozen=True, config=STRICT)
class SecondLookSettings:
    """Where a hair that was found at one visit alone is looked for in the other photograph.

    Attributes
    ----------
    length_um : float
        Longest part of a hair, from its root on, that is looked for.
    aside_um : float
        How far aside of its place.
    turn_step_deg, most_turn_deg : float
        Steps in which directions are tried, and the farthest from where the hairs of this scalp point.
    """

    length_um: float = 300.0
    aside_um: float = 6.0
    turn_step_deg: float = 6.0
    most_turn_deg: float = 40.0
