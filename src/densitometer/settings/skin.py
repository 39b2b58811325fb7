"""Settings of the stages that look at the skin between the hairs: its condition, and the marks in it."""

from __future__ import annotations

from pydantic.dataclasses import dataclass

from densitometer.errors import SettingsError
from densitometer.settings.strict import STRICT


@dataclass(frozen=True, config=STRICT)
class SkinSettings:
    """How redness and scale of the skin between the hairs are judged.

    Attributes
    ----------
    working_um_per_px : float
        Scale at which the skin is judged; finer photographs are reduced to it, which evens out noise.
    hair_margin_um : float
        Skin nearer than this to the edge of a hair is left out.
    background_um : float
        Window of the median that stands for the skin around.
    blur_um : float
        Blur (standard deviation) before scale is looked for: wider than a glint, finer than a flake.
    lighter : float
        Scale is lighter than the skin around by at least this much, in CIELAB L*.
    paler : float
        And its a* and b* together are lower by at least this much: scale has the colour of the light.
    darker : float
        What is darker than the skin around by more than this, in CIELAB L*, is ink, a mark, dirt or hair that was not
        found: left out.
    glare_level : float
        Grey level from which a pixel is burnt out: left out.
    least_area_cm2, least_share : float
        Bare skin, and its share of the countable skin, below which nothing is said of it.
    """

    working_um_per_px: float = 10.0
    hair_margin_um: float = 40.0
    background_um: float = 800.0
    blur_um: float = 20.0
    lighter: float = 8.0
    paler: float = 5.0
    darker: float = 12.0
    glare_level: float = 248.0
    least_area_cm2: float = 0.02
    least_share: float = 0.05


@dataclass(frozen=True, config=STRICT)
class MarkSettings:
    """Which spots are taken for dots that were tattooed into the skin to find the place again.

    Densities are optical: the natural logarithm of the light of the skin around over the light of the spot.

    Attributes
    ----------
    working_um_per_px : float
        Scale at which spots are searched; finer photographs are reduced to it.
    least_confidence : float
        Of a hair that hides what lies beneath: a dot itself may be taken for hairs of low confidence.
    hair_margin_um : float
        Skin nearer than this to the edge of a hair tells nothing of spots.
    background_um : float
        Window of the median that stands for the skin around.
    least_radius_um, most_radius_um : float
        Radius of the spots that are kept.
    least_density : float
        Of the middle of a dot in red light.
    least_response : float
        Of the search: how far a spot stands out from what lies around it, in red and blue light together.
    least_blue, most_blue : float
        Density of the middle in blue light, by that in red: pen ink lets blue light pass, melanin and blood swallow
        more of it than of red.
    least_seen_share : float
        Of a dot that no hair hides.
    least_roundness : float
        Least over greatest extent.
    most_misfit : float
        Mean difference from a soft round dot, as a share of its density.
    """

    working_um_per_px: float = 20.0
    least_confidence: float = 0.5
    hair_margin_um: float = 20.0
    background_um: float = 2500.0
    least_radius_um: float = 140.0
    most_radius_um: float = 520.0
    least_density: float = 0.85
    least_response: float = 0.8
    least_blue: float = 0.4
    most_blue: float = 0.76
    least_seen_share: float = 0.7
    least_roundness: float = 0.7
    most_misfit: float = 0.12

    def __post_init__(self) -> None:
        if self.least_radius_um > self.most_radius_um:
            raise SettingsError("marks.least_radius_um: must not be above marks.most_radius_um")
