"""What others found on scalps, to stand beside the numbers of a page: for orientation, never as a limit to pass.

Each value is as its source states it, in the units of ``photos.csv``. None was measured with this program.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf

FOLLISCOPE_WIDTH_UM = 108.78
"""Mean hair diameter that a Folliscope gave."""
CALIPER_WIDTH_UM = 76.90
"""Mean diameter of the same hairs by a caliper."""
FOLLISCOPE_SOURCE = "https://e-aaps.org/journal/view.php?number=801&viewtype=pubreader"

NOT_A_LIMIT = (
    "These are values that others published, not limits to pass or fail. They differ by device, method, place on the "
    "head, age and ancestry, and none was measured with this program. Most ranges are a mean less and plus one "
    "standard deviation: about one person in three of those who were measured lies outside."
)
"""To be written wherever one of the values is shown."""
WIDTHS_DIFFER = (
    "Widths do not compare across devices: one camera (Folliscope) gave the same hairs "
    f"{FOLLISCOPE_WIDTH_UM / CALIPER_WIDTH_UM - 1:.0%} wider than a caliper did "
    f"({FOLLISCOPE_WIDTH_UM:.0f} and {CALIPER_WIDTH_UM:.0f} µm; e-aaps.org, article 801)."
).replace("%", " %")
"""To be written wherever a width of another device is shown."""

_ETHNICITIES = "Birnbaum 2017, PMC6219221"
_BARMAN = "Barman 1965, PubMed 14282465"
_RAKOWSKA = "Rakowska, PMC3157785"
_CRITERIA = "Rakowska 2009, PMC2938574"
_EGYPT = "Skin Appendage Disord 2022;8:441, https://karger.com/sad/article-abstract/8/6/441/826887/"
_COSMETIC = "J Soc Cosmet Chem 28(5):222, https://library.scconline.org/v028n05/17"
_CLINIC = "a clinic's page, https://www.hairforlife.info/en/general/follicular-units/"
_BLOG = "a clinic's page, https://baldingblog.com/page/171"


@dataclass(frozen=True)
class ReferenceValue:
    """What was found in a group of people.

    Attributes
    ----------
    column : str
        Column of ``photos.csv`` that it stands beside, in the unit of that column; a share is between 0 and 1.
    group : str
        Who was measured, and where on the head.
    low, high : float
        The range; equal where one number alone is stated, 0 or infinite on the side on which a norm is open.
    text : str
        In plain words what the range is, and of how many people.
    source : str
        Authors or journal, and where to read it.
    healthy : bool
        False for people with hair loss.
    """

    column: str
    group: str
    low: float
    high: float
    text: str
    source: str
    healthy: bool = True

    @property
    def shown(self) -> str:
        """The range as people read it, such as ``138 to 211``, ``18 to 37 %`` or ``above 53``; without the unit."""
        percent = " %" if self.column.endswith("_share") else ""
        if self.high == inf:
            return f"above {self._number(self.low)}{percent}"
        if not self.low:
            return f"below {self._number(self.high)}{percent}"
        if self.low == self.high:
            return f"about {self._number(self.low)}{percent}"
        return f"{self._number(self.low)} to {self._number(self.high)}{percent}"

    def _number(self, value: float) -> str:
        if self.column.endswith("_share"):
            return f"{100 * value:.0f}"
        return f"{value:.1f}" if self.column == "hairs_per_unit" else f"{value:.0f}"


def _spread(column: str, group: str, mean: float, sd: float, people: int, source: str) -> ReferenceValue:
    """Give one mean with its standard deviation as a range: the mean less one, and plus one."""
    value = ReferenceValue(column, group, round(mean - sd, 6), round(mean + sd, 6), "", source)
    centre, width = value._number(mean), value._number(sd)
    text = f"mean ± standard deviation ({centre} ± {width}) of {people} people"
    return ReferenceValue(column, group, value.low, value.high, text, source)


def _sites(group: str, lowest: tuple[int, int], highest: tuple[int, int], people: int) -> ReferenceValue:
    """Give the densities of several sites: the lowest mean less its standard deviation to the highest plus its own."""
    text = (
        f"means of {lowest[0]} ± {lowest[1]} to {highest[0]} ± {highest[1]} by site, of {people} people; the range is "
        "from the lowest mean less its standard deviation to the highest plus its own"
    )
    return ReferenceValue("density_per_cm2", group, lowest[0] - lowest[1], highest[0] + highest[1], text, _ETHNICITIES)


def _norm(column: str, place: str, low: float, high: float) -> ReferenceValue:
    """Give a norm that was proposed from 60 healthy women."""
    text = "a norm proposed from 60 women: one number with one side open, not a range of what was found"
    return ReferenceValue(column, f"healthy women, {place}", low, high, text, _RAKOWSKA)


REFERENCE_VALUES: tuple[ReferenceValue, ...] = (
    _sites("US adults of Hispanic descent", (169, 31), (178, 33), 99),
    _sites("US adults of African descent", (148, 25), (160, 27), 44),
    _sites("US Caucasian adults", (214, 28), (230, 33), 23),
    ReferenceValue(
        "density_per_cm2",
        "adults, whole scalp, by microscope",
        175,
        300,
        "range of what was found, mean 223 with a standard error of 4; how many people was not found",
        _BARMAN,
    ),
    _spread("density_per_cm2", "healthy Egyptian women, frontal", 190, 29, 90, _EGYPT),
    _spread("density_per_cm2", "healthy Egyptian women, temporal", 154, 25, 90, _EGYPT),
    _spread("mean_width_um", "healthy women, frontal", 61, 8, 60, _RAKOWSKA),
    _spread("mean_width_um", "healthy women, occiput", 57, 7, 60, _RAKOWSKA),
    _spread("mean_width_um", "healthy women, left temporal", 58, 8, 60, _RAKOWSKA),
    _spread("mean_width_um", "healthy women, right temporal", 59, 8, 60, _RAKOWSKA),
    _norm("mean_width_um", "frontal", 53, inf),
    _norm("mean_width_um", "occiput and temporal", 50, inf),
    _spread("mean_width_um", "healthy Egyptian women, frontal", 63, 8, 90, _EGYPT),
    _spread("mean_width_um", "healthy Egyptian women, temporal", 60, 9, 90, _EGYPT),
    replace(_spread("mean_width_um", "women with androgenetic alopecia, frontal", 47, 7, 59, _CRITERIA), healthy=False),
    replace(_spread("mean_width_um", "women with androgenetic alopecia, occiput", 52, 8, 59, _CRITERIA), healthy=False),
    _spread("cumulative_width_mm_per_cm2", "healthy Egyptian women, frontal", 12, 2, 90, _EGYPT),
    _spread("cumulative_width_mm_per_cm2", "healthy Egyptian women, temporal", 9, 2, 90, _EGYPT),
    ReferenceValue("units_per_cm2", "adults", 65, 110, "range as stated, without method or number of people", _CLINIC),
    _spread("units_per_cm2", "healthy Egyptian women, frontal", 82, 8, 90, _EGYPT),
    _spread("units_per_cm2", "healthy Egyptian women, temporal", 70, 8, 90, _EGYPT),
    ReferenceValue(
        "units_per_cm2", "adults, one site", 48, 110, "range of what was found in 20 people, mean 86", _COSMETIC
    ),
    ReferenceValue(
        "hairs_per_unit", "Caucasian", 2.2, 2.2, "one mean, stated without method or number of people", _BLOG
    ),
    ReferenceValue("hairs_per_unit", "Asian", 1.9, 1.9, "one mean, stated without method or number of people", _BLOG),
    ReferenceValue(
        "hairs_per_unit", "adults, one site", 1.8, 3.3, "range of what was found in 20 people, mean 2.4", _COSMETIC
    ),
    _spread("single_hair_unit_share", "healthy women, frontal", 0.232, 0.135, 60, _RAKOWSKA),
    _spread("single_hair_unit_share", "healthy women, occiput", 0.184, 0.121, 60, _RAKOWSKA),
    _spread("single_hair_unit_share", "healthy women, temporal", 0.291, 0.162, 60, _RAKOWSKA),
    _norm("single_hair_unit_share", "frontal", 0, 0.35),
    _norm("single_hair_unit_share", "occiput", 0, 0.30),
    _norm("single_hair_unit_share", "temporal", 0, 0.40),
    _spread("single_hair_unit_share", "healthy Egyptian women, temporal", 0.23, 0.07, 90, _EGYPT),
)
"""By column, density first."""


def reference_values(column: str, *, healthy: bool = True) -> tuple[ReferenceValue, ...]:
    """Give what is usual for a column of ``photos.csv``, in the order of the list.

    Parameters
    ----------
    column : str
        A column without a value gives none.
    healthy : bool
        Leave out people with hair loss.
    """
    return tuple(value for value in REFERENCE_VALUES if value.column == column and (value.healthy or not healthy))
