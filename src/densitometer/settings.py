"""Every setting, in physical units, as one frozen dataclass that a TOML file may change."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from dataclasses import asdict
from pathlib import Path

from pydantic import ConfigDict, TypeAdapter, ValidationError, field_validator
from pydantic.dataclasses import dataclass

from densitometer.errors import SettingsError

_STRICT = ConfigDict(extra="forbid", allow_inf_nan=False)
_CIRCLE = re.compile(r"circle:(\d*[1-9]\d*(?:\.\d*)?|\d*\.\d*[1-9]\d*)")


@dataclass(frozen=True, config=_STRICT)
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


@dataclass(frozen=True, config=_STRICT)
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


@dataclass(frozen=True, config=_STRICT)
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


@dataclass(frozen=True, config=_STRICT)
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


@dataclass(frozen=True, config=_STRICT)
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


@dataclass(frozen=True, config=_STRICT)
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


@dataclass(frozen=True, config=_STRICT)
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


@dataclass(frozen=True, config=_STRICT)
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


@dataclass(frozen=True, config=_STRICT)
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


@dataclass(frozen=True, config=_STRICT)
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


@dataclass(frozen=True, config=_STRICT)
class UnitSettings:
    """Follicular units.

    Attributes
    ----------
    opening_um : float
        Hairs whose roots lie within this of one another share an opening.
    """

    opening_um: float = 250.0


@dataclass(frozen=True, config=_STRICT)
class MeasureSettings:
    """How numbers are made.

    Attributes
    ----------
    class_um_per_px : float
        Above this scale terminal and vellus hair cannot be told.
    count_error_share : float
        Standard deviation of the count's error beyond what the hairs' confidences say, as a share of the count.
    """

    class_um_per_px: float = 6.0
    count_error_share: float = 0.11


@dataclass(frozen=True, config=_STRICT)
class Settings:
    """All settings of a measurement, one section a stage."""

    photo: PhotoSettings = PhotoSettings()
    field: FieldSettings = FieldSettings()
    prepare: PrepareSettings = PrepareSettings()
    ridge: RidgeSettings = RidgeSettings()
    bundles: BundleSettings = BundleSettings()
    fine: FineSettings = FineSettings()
    roots: RootSettings = RootSettings()
    long: LongSettings = LongSettings()
    hairs: HairSettings = HairSettings()
    units: UnitSettings = UnitSettings()
    measure: MeasureSettings = MeasureSettings()
    quality: QualitySettings = QualitySettings()

    @classmethod
    def from_toml(cls, path: str | Path) -> Settings:
        """Read settings from a TOML file; what it leaves out keeps its default.

        Raises
        ------
        SettingsError
            When the file cannot be read, is not TOML, or holds an unknown key or a wrong value: all are named.
        """
        try:
            table = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        except OSError as error:
            raise SettingsError(f"settings file {path} cannot be read: {error.strerror}") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingsError(f"settings file {path} is not valid TOML: {error}") from error
        try:
            settings = TypeAdapter(cls).validate_python(table)
        except ValidationError as error:
            problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
            raise SettingsError(f"settings file {path}: {problems}") from error
        wrong = _out_of_range(settings)
        if wrong:
            raise SettingsError(f"settings file {path}: {'; '.join(wrong)}")
        return settings

    def to_json(self) -> str:
        """All settings as canonical JSON: sorted keys, no blanks."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    @property
    def sha256(self) -> str:
        """Hash of the canonical JSON, by which two runs with equal settings are known."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()


def _out_of_range(settings: Settings) -> list[str]:
    """Say which values cannot be meant: not above 0 where the default is, shares above 1, empty lists."""
    usual, wrong = asdict(Settings()), []
    for section, values in asdict(settings).items():
        for name, value in values.items():
            least = min(usual[section][name]) if isinstance(value, tuple) else usual[section][name]
            numbers = value if isinstance(value, tuple) else (value,)
            if not numbers:
                wrong.append(f"{section}.{name}: needs at least one number")
            elif isinstance(least, str):
                continue
            elif least > 0 and min(numbers) <= 0:
                wrong.append(f"{section}.{name}: must be above 0")
            elif name.endswith(("_share", "_confidence")) and max(numbers) > 1:
                wrong.append(f"{section}.{name}: is a share and must not exceed 1")
    return wrong
