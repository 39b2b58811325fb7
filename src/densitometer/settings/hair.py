"""Settings of the stages that find and measure single hairs: hairs, units, measure."""

from __future__ import annotations

from pydantic.dataclasses import dataclass

from densitometer.settings.strict import STRICT


@dataclass(frozen=True, config=STRICT)
class BundleSettings:
    """How a dark blob is taken apart into hairs. Prices are in areas of sure evidence or in parts of a hair's price.

    Attributes
    ----------
    mask_evidence, seed_darkness, min_area_um2 : float
        A region is searched when its evidence exceeds the first, its peak darkness the second, its area the third.
    hair_cost_um2 : float
        Area of sure evidence that one more hair must explain.
    alone_discount : float
        Share of that price that a hair which stands alone in its region is let off.
    usual_width_um : float
        Usual width of one hair.
    width_spread, width_cost, thin_share : float
        Price of a width that differs from it (in logarithm), and the share of it for thinner hairs.
    taper_spread, bow_spread, shape_cost : float
        Price of a taper and of a bow (relative to length).
    least_coherence : float
        Length of the mean of the doubled directions of all regions (1: all one way) below which a photograph has no
        typical direction.
    free_turn_deg, turn_cost : float
        Turn against the photograph's direction that costs nothing, and the price of 30 degrees more.
    length_spread, length_cost : float
        Price of a length beyond that of the hairs that stand alone (in logarithm).
    overlap_cost : float
        Price of covering a pixel twice.
    min_length_um : float
        Shortest hair.
    long_um : float
        Regions of a larger extent are traced as long hair instead.
    directions, max_candidates, beam, width_shares : int, int, int, tuple of float
        Breadth of the search.
    """

    mask_evidence: float = -0.16
    seed_darkness: float = 0.38
    min_area_um2: float = 2560.0
    hair_cost_um2: float = 4200.0
    alone_discount: float = 0.3
    usual_width_um: float = 70.0
    width_spread: float = 0.45
    width_cost: float = 0.5
    thin_share: float = 0.05
    taper_spread: float = 0.35
    bow_spread: float = 0.04
    shape_cost: float = 0.2
    least_coherence: float = 0.5
    free_turn_deg: float = 25.0
    turn_cost: float = 0.8
    length_spread: float = 0.25
    length_cost: float = 0.1
    overlap_cost: float = 0.15
    min_length_um: float = 130.0
    long_um: float = 2500.0
    directions: int = 24
    max_candidates: int = 80
    beam: int = 8
    width_shares: tuple[float, ...] = (0.5, 0.8, 1.15)


@dataclass(frozen=True, config=STRICT)
class FineSettings:
    """Fine hairs, found as lines.

    Attributes
    ----------
    low_contrast, high_contrast : float
        A line is followed where its two-sided contrast exceeds the first and accepted where it reaches the second.
    min_length_um, least_strength_um, straightness_um : float
        Shortest line, least product of its length and contrast, and largest standard deviation across it.
    max_turn_deg : float
        Largest turn against the photograph's direction.
    max_inside_share : float
        Largest share of its length inside a thick hair.
    width_um : float
        Width taken for it until it is measured.
    """

    low_contrast: float = 0.10
    high_contrast: float = 0.16
    min_length_um: float = 120.0
    least_strength_um: float = 24.0
    straightness_um: float = 13.0
    max_turn_deg: float = 30.0
    max_inside_share: float = 0.45
    width_um: float = 21.0


@dataclass(frozen=True, config=STRICT)
class RootSettings:
    """How root is told from tip.

    Attributes
    ----------
    trail_um : (float, float)
        Where beyond an end the trail of the shaft under the skin is looked for.
    blue_weight : float
        Weight of blueness beside darkness in the trail.
    hair_evidence : float
        Evidence from which a pixel of the trail is another hair.
    trail_scale : float
        Difference of trails that is one unit of evidence (logit).
    neighbour_weight, reach_um : float
        Weight of the neighbours' mean evidence, and how far neighbours reach.
    least_confidence : float
        Below this the root is not told.
    """

    trail_um: tuple[float, float] = (24.0, 160.0)
    blue_weight: float = 1.0
    hair_evidence: float = 0.2
    trail_scale: float = 0.08
    neighbour_weight: float = 4.0
    reach_um: float = 2000.0
    least_confidence: float = 0.7


@dataclass(frozen=True, config=STRICT)
class LongSettings:
    """How long hair is traced.

    Attributes
    ----------
    spur_um : float
        Side branches of the skeleton shorter than this are dropped.
    direction_um : float
        Length over which the direction of a branch is taken at a crossing.
    max_turn_deg : float
        Largest turn of a hair at a crossing.
    min_length_um, smooth_um : float
        Shortest long hair, and how much its centre line is smoothed.
    """

    spur_um: float = 80.0
    direction_um: float = 240.0
    max_turn_deg: float = 35.0
    min_length_um: float = 400.0
    smooth_um: float = 40.0


@dataclass(frozen=True, config=STRICT)
class HairSettings:
    """What makes a traced line a counted hair.

    Attributes
    ----------
    by_worth, by_contrast : (float, float, float)
        Confidence of a hair by its worth (in hair prices), and of a fine hair by its line contrast, as a logistic
        curve: its logit at 0, its slope and its highest logit. Fitted to the choosing half of the annotated
        photographs.
    long_confidence : float
        Confidence given to a long hair.
    least_confidence : float
        Below this a hair is not counted.
    border_um : float
        An end this near to the border of what is visible is taken as cut off there.
    along_border_um : float
        What never gets farther from that border is the cut edge of something and no hair.
    """

    by_worth: tuple[float, float, float] = (0.3, 0.37, 3.35)
    by_contrast: tuple[float, float, float] = (-1.5, 11.0, 1.4)
    long_confidence: float = 0.7
    least_confidence: float = 0.3
    border_um: float = 14.0
    along_border_um: float = 72.0


@dataclass(frozen=True, config=STRICT)
class UnitSettings:
    """Follicular units.

    Attributes
    ----------
    opening_um : float
        Hairs whose roots lie within this of one another share an opening.
    """

    opening_um: float = 250.0


@dataclass(frozen=True, config=STRICT)
class MeasureSettings:
    """How numbers are made.

    Attributes
    ----------
    class_um_per_px : float
        Above this scale terminal and vellus hair cannot be told.
    count_error_share, ridge_count_error_share : float, float
        Standard deviation of the count's error beyond what the hairs' confidences say, as a share of the count; the
        second is that of ``--method ridge``.
    """

    class_um_per_px: float = 6.0
    count_error_share: float = 0.105
    ridge_count_error_share: float = 0.11
