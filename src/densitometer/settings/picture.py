"""Settings of the stages that look at the whole picture: photo, field, quality, prepare, strands."""

from __future__ import annotations

import re

from pydantic import field_validator
from pydantic.dataclasses import dataclass

from densitometer.errors import SettingsError
from densitometer.settings.strict import STRICT

_CIRCLE = re.compile(r"circle:(\d*[1-9]\d*(?:\.\d*)?|\d*\.\d*[1-9]\d*)")


@dataclass(frozen=True, config=STRICT)
class PhotoSettings:
    """Limits on what is opened as a photograph.

    Attributes
    ----------
    max_megapixels : float
        Larger photographs are refused, before they are decoded.
    min_side_px : int
        Photographs with a shorter side are refused.
    """

    max_megapixels: float = 200.0
    min_side_px: int = 64


@dataclass(frozen=True, config=STRICT)
class FieldSettings:
    """What may be counted.

    Attributes
    ----------
    region : str
        "all" for the whole usable field, or "circle:<diameter in mm>" for a circle in its centre.
    dark_share : float
        Skin lit with less than this share of the well-lit part is too dark to show hair.
    bundle_um : float
        Widest bundle of hair: what is dark and narrower than this is hair, not the surround of the field.
    """

    region: str = "all"
    dark_share: float = 0.2
    bundle_um: float = 300.0

    @field_validator("region")
    @classmethod
    def _known_region(cls, region: str) -> str:
        if region != "all" and not _CIRCLE.fullmatch(region):
            raise SettingsError(
                f"field.region: {region!r} is not a region; write all or circle:<diameter in mm>, as in circle:11.3."
            )
        return region

    @property
    def circle_mm(self) -> float | None:
        """Diameter of the counting circle in mm; None for the whole field."""
        found = _CIRCLE.fullmatch(self.region)
        return float(found[1]) if found else None


@dataclass(frozen=True, config=STRICT)
class QualitySettings:
    """When a photograph is flagged as worth a second look.

    Attributes
    ----------
    coarse_um_per_px : float
        Above this the scale is too coarse for width classes.
    scale_disagreement : float
        Relative difference of a stated scale and a printed bar above which it is flagged.
    blur_um : float
        Standard deviation of the blur of the sharpest edges above which a photograph counts as blurred, in um: the
        half of a vellus hair.
    blur_px : float
        The same in px, where no scale is known; also the least that is told from the softness of pixels.
    dark_level, bright_level : float
        Limits of the median brightness (0 to 255) of the field for under- and overexposure.
    clipped_share : float
        Share of the field burnt out to white for overexposure.
    glare_share : float
        Share of the field under bright reflections for glare.
    few_hairs : int
        Fewer counted hairs than this are few.
    crowded_cover, crowded_share : float
        Share of the field covered by hair, and share of hairs that are bundled or of low confidence, for crowding.
    small_area_cm2, small_share : float
        Usable area, and its share of the box around it, below which the field is small.
    unsure_root : float
        Below this root confidence the root of a hair is uncertain.
    unsure_root_share : float
        Share of hairs with an uncertain root above which the photograph is flagged.
    """

    coarse_um_per_px: float = 6.0
    scale_disagreement: float = 0.03
    blur_um: float = 16.0
    blur_px: float = 3.0
    dark_level: float = 50.0
    bright_level: float = 225.0
    clipped_share: float = 0.05
    glare_share: float = 0.01
    few_hairs: int = 10
    crowded_cover: float = 0.3
    crowded_share: float = 0.5
    small_area_cm2: float = 0.05
    small_share: float = 0.5
    unsure_root: float = 0.7
    unsure_root_share: float = 0.3333


@dataclass(frozen=True, config=STRICT)
class PrepareSettings:
    """How light is evened out.

    Attributes
    ----------
    working_um_per_px : float
        Scale at which strands are searched.
    max_enlargement : float
        Coarser photographs are enlarged towards that scale by at most this factor.
    max_working_megapixels : float
        No photograph is enlarged beyond this size.
    background_um : float
        Window of the median that stands for the skin's brightness.
    line_um : float
        Printed lines up to about twice this width are filled in, so that hair is followed across.
    chroma_blur_um : float
        Blur of colour differences, which JPEG stores coarsely.
    blue_weight : float
        How strongly bluish shadow (the shaft under the skin) is taken off the darkness.
    glare_level : float
        Grey level from which a pixel is burnt out.
    """

    working_um_per_px: float = 8.0
    max_enlargement: float = 2.0
    max_working_megapixels: float = 10.0
    background_um: float = 1200.0
    line_um: float = 16.0
    chroma_blur_um: float = 16.0
    blue_weight: float = 2.0
    glare_level: float = 250.0


@dataclass(frozen=True, config=STRICT)
class RidgeSettings:
    """Evidence for strands. Darkness is the natural logarithm of skin over hair brightness.

    Attributes
    ----------
    edge_darkness, edge_share : float
        The edge of a hair lies where darkness falls to the larger of this value and this share of the darkest
        within reach.
    reach_um : float
        How far from a pixel the darkest is looked for.
    gain, hair_evidence, skin_evidence : float
        Slope of the evidence and its bounds.
    line_length_um, line_side_um, line_directions : float, float, int
        Length, distance of the sides and number of directions of the filter for fine hair.
    """

    edge_darkness: float = 0.22
    edge_share: float = 0.42
    reach_um: float = 64.0
    gain: float = 1.6
    hair_evidence: float = 1.4
    skin_evidence: float = -1.2
    line_length_um: float = 150.0
    line_side_um: float = 28.0
    line_directions: int = 16
