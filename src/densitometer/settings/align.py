"""Settings by which two visits are laid on one another."""

from __future__ import annotations

from pydantic.dataclasses import dataclass

from densitometer.settings.strict import STRICT


@dataclass(frozen=True, config=STRICT)
class AlignSettings:
    """How the constellation of hair roots at one visit is found again at another.

    Attributes
    ----------
    least_confidence : float
        Hairs below this are no points of a constellation.
    least_roots : int
        Fewer points than this in either view, or matched between them, are no constellation.
    least_overlap_share : float
        Views that share less of the smaller one's countable skin are not compared.
    most_scale_error : float
        The scales of the two photographs may disagree by this share.
    least_pair_um, most_pair_um : float
        How far apart the two roots may lie that propose a place, a turn and a scale together.
    most_pairs, most_proposals : int
        At most so many pairs of the baseline, and so many proposals in all, are tried.
    tolerance_um : float
        Standard deviation of a root's place while proposals are sifted, bend of the skin included.
    root_error_um : float
        Standard deviation, along x and along y, of the distance between one root's places at two visits.
    reach_um : float
        Roots farther than this from one another after the warp are never the same.
    most_strain : float
        Standard deviation of the stretch that the warp may show beyond turn, scale and shift, as a share.
    least_log_odds : float
        Evidence beyond chance that is asked for, natural logarithm; calibrated on photographs of different scalps.
    """

    least_confidence: float = 0.2
    least_roots: int = 5
    least_overlap_share: float = 0.15
    most_scale_error: float = 0.07
    least_pair_um: float = 500.0
    most_pair_um: float = 3000.0
    most_pairs: int = 300
    most_proposals: int = 200_000
    tolerance_um: float = 60.0
    root_error_um: float = 22.0
    reach_um: float = 110.0
    most_strain: float = 0.02
    least_log_odds: float = 5.0
