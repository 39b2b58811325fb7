"""Settings of the strand network and of the search for hairs in what it answers."""

from __future__ import annotations

from pydantic.dataclasses import dataclass

from densitometer.settings.strict import STRICT


@dataclass(frozen=True, config=STRICT)
class NetworkSettings:
    """How a photograph is put through the strand network.

    Attributes
    ----------
    working_um_per_px : float
        Scale at which the network looks.
    tile_px, overlap_px : int, int
        Side of the square tiles of its input and how far neighbours overlap; smaller photographs go through whole.
    """

    working_um_per_px: float = 8.0
    tile_px: int = 1024
    overlap_px: int = 192


@dataclass(frozen=True, config=STRICT)
class FollowSettings:
    """How a hair is followed beyond its root segment.

    Attributes
    ----------
    least_length_um : float
        Root segments shorter than this end at the tip and are not followed.
    least_strand : float
        Response of the strand field below which nothing is followed.
    gap_um : float
        Longest stretch without response that is bridged.
    max_turn_deg_per_100_um : float
        Sharpest bend.
    """

    least_length_um: float = 850.0
    least_strand: float = 0.25
    gap_um: float = 80.0
    max_turn_deg_per_100_um: float = 30.0
