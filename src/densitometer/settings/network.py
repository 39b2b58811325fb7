"""Settings of the strand network and of the search for hairs in what it answers."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from densitometer.errors import SettingsError
from densitometer.settings.strict import STRICT

ConfidenceWeights = Annotated[tuple[float, ...], Field(min_length=8, max_length=8)]
"""A constant and a weight for each feature. Bounded so, a list of another length is one error and not one a number."""


@dataclass(frozen=True, config=STRICT)
class NetworkSettings:
    """How a photograph is put through the strand network.

    Attributes
    ----------
    working_um_per_px : float
        Scale at which the network looks.
    max_working_megapixels : float
        No photograph is enlarged beyond this size.
    tile_px, overlap_px : int, int
        Largest side of the tiles of its input and how far neighbours overlap; smaller photographs go through whole. The
        network looks 153 px far: with an overlap of 320 tiles answer as the whole photograph would.
    """

    working_um_per_px: float = 8.0
    max_working_megapixels: float = 10.0
    tile_px: int = 1280
    overlap_px: int = 320

    def __post_init__(self) -> None:
        if self.tile_px < max(64, 2 * self.overlap_px):
            raise SettingsError("network.tile_px: must be at least 64 and at least twice network.overlap_px")


@dataclass(frozen=True, config=STRICT)
class VectorSettings:
    """How root segments are read from the network's answer.

    Attributes
    ----------
    smooth_um : float
        Standard deviation by which the scores of middles are smoothed.
    least_score : float
        Score of a middle below which nothing is looked at.
    same_across_um, same_along_share, same_turn_deg : float, float, float
        Two segments tell of one hair when their middles lie nearer than this across, nearer along than this share of
        the sum of their half lengths, and their angles differ by less.
    confidence_weights : tuple of 8 floats
        Confidence of a hair as a logistic regression: constant, then a weight for each of `hairs.confidence.FEATURES`.
        Fitted to the choosing half of the annotated photographs.
    least_confidence, least_listed : float, float
        Hairs less sure than the first are not counted, and less sure than the second not even listed.
    root_weight : float
        Evidence (logit) of a network that is certain which end is the root.
    """

    smooth_um: float = 6.0
    least_score: float = 0.04
    same_across_um: float = 30.0
    same_along_share: float = 0.5
    same_turn_deg: float = 20.0
    confidence_weights: ConfidenceWeights = (1.37, 2.30, 0.92, 0.68, 0.54, -1.07, -0.85, -0.93)
    least_confidence: float = 0.2
    least_listed: float = 0.05
    root_weight: float = 1.0


@dataclass(frozen=True, config=STRICT)
class FollowSettings:
    """How a hair is followed beyond its root segment.

    Attributes
    ----------
    least_length_um : float
        Root segments shorter than this end at the tip and are not followed.
    least_confidence : float
        Hairs less sure than this are not followed, whatever their length.
    least_strand : float
        Response of the strand field below which nothing is followed.
    gap_um : float
        Longest stretch without response that is bridged.
    max_turn_deg_per_100_um : float
        Sharpest bend.
    most_bow_share : float
        Farthest that the centre line of a root segment lies from its chord, in parts of the chord.
    most_length_um : float
        Longest way beyond the root segment.
    merged_um : float
        Two hairs that run on along one line for longer than this are one from where they met.
    """

    least_length_um: float = 850.0
    least_confidence: float = 0.15
    least_strand: float = 0.2
    gap_um: float = 200.0
    max_turn_deg_per_100_um: float = 30.0
    most_bow_share: float = 0.3
    most_length_um: float = 15000.0
    merged_um: float = 150.0
