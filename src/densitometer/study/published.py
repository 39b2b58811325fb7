"""Errors of measurement and spreads of change that others published, for planning and for orientation.

Each is derived by the formulae of Weir (J Strength Cond Res 2005;19:231-240) from what its source states.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

DENSITY_SD_PER_CM2 = 40.0
"""Standard deviation of density between subjects (Shapiro 2020, PubMed 32653577)."""
DENSITY_PER_CM2 = 170.0
"""Density for which coefficients of variation are taken: near that of a healthy scalp."""
PLACEBO_ARMS = ((19.7, 172), (21.7, 78))
"""Standard deviations of the change of non-vellus hairs per cm2 in placebo arms after 16 and 48 weeks, and subjects."""
PLACEBO_SOURCE = "Olsen 2007 and 2002, PMC6691938"
LARGEST_PLACEBO_RISE_PER_CM2 = 16.0
"""Mean rise without treatment (Shapiro 2020: 151 to 166.7 hairs/cm2)."""
PLACEBO_RISE_SOURCE = "Shapiro 2020, PubMed 32653577"


@dataclass(frozen=True)
class Published:
    """An error of measurement that was published.

    Attributes
    ----------
    name : str
        How was measured.
    sem_per_cm2 : float
        Standard error of one measurement of density, in hairs per cm2.
    source : str
    """

    name: str
    sem_per_cm2: float
    source: str


ONE_OPERATOR = Published(
    "TrichoScan, one operator",
    DENSITY_SD_PER_CM2 * sqrt(1 - 0.91),
    "ICC 0.91 (Hoffmann 2001, Eur J Dermatol 11:362), SD 40 between subjects (Shapiro 2020)",
)
TWO_OPERATORS = Published(
    "TrichoScan, two operators",
    DENSITY_SD_PER_CM2 * sqrt(1 - 0.97),
    "ICC 0.97 (Hoffmann 2001, Eur J Dermatol 11:362), SD 40 between subjects (Shapiro 2020)",
)
_FOLLISCOPE = (
    "CV of one investigator, at 170 hairs/cm2: Folliscope, site found anew, 7 volunteers; it was not found whether it "
    "is that of density (https://ir.ymlib.yonsei.ac.kr/handle/22282913/158519)"
)
BEST_COUNT = Published("phototrichogram, CV 2.6 %", DENSITY_PER_CM2 * 0.026, f"lowest {_FOLLISCOPE}")
WORST_COUNT = Published("phototrichogram, CV 9.8 %", DENSITY_PER_CM2 * 0.098, f"highest {_FOLLISCOPE}")
HAIR_BY_HAIR = Published(
    "hair matched to hair",
    1 / sqrt(2),
    "error of a change of 0.4 to 0.6 % of the hairs, about 1 hair/cm2 (Bokhari 2022, Skin Appendage Disord 8:382)",
)
PUBLISHED = (ONE_OPERATOR, TWO_OPERATORS, BEST_COUNT, WORST_COUNT, HAIR_BY_HAIR)


def placebo_sd_per_cm2() -> float:
    """Standard deviation of change in placebo arms, pooled by degrees of freedom: biology and measuring together."""
    squares = sum((subjects - 1) * sd**2 for sd, subjects in PLACEBO_ARMS)
    return sqrt(squares / sum(subjects - 1 for _, subjects in PLACEBO_ARMS))


def true_sd_per_cm2(sem_per_cm2: float = TWO_OPERATORS.sem_per_cm2) -> float:
    """Standard deviation of true change: that of the placebo arms less the error of two single measurements.

    How well those trials measured was not found. The smaller the error that is taken away, the more subjects a plan
    asks for; that of two operators is one of the smaller.
    """
    return sqrt(placebo_sd_per_cm2() ** 2 - 2 * sem_per_cm2**2)
