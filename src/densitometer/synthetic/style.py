"""What a style of scene may look like: ranges that every scene draws its own values from.

A pair of numbers is a range to draw evenly from, once a scene; a single number whose name ends in ``_share`` or
``_chance`` is a share of cases. Lengths carry their unit in their name.
"""

from __future__ import annotations

from dataclasses import field, fields
from typing import Any, ClassVar, Self

from pydantic import ValidationError, model_validator
from pydantic.dataclasses import dataclass

from densitometer.errors import RenderError
from densitometer.settings.strict import STRICT
from densitometer.synthetic.dice import Range

COLOURS = ("black", "dark_brown", "brown", "light_brown", "blond", "red", "grey", "white")


class Ranges:
    """Checks that hold for every part of a style: a range runs upwards, a share lies between 0 and 1."""

    signed: ClassVar[frozenset[str]] = frozenset()
    """Ranges that may start below 0."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        for item in fields(self):  # type: ignore[arg-type]
            value = getattr(self, item.name)
            is_range = isinstance(value, tuple) and len(value) == 2 and not item.name.endswith("_weights")
            if is_range and all(isinstance(v, float) for v in value):
                if value[0] > value[1]:
                    raise ValueError(
                        f"{item.name} runs from {value[0]:g} to {value[1]:g}; put the smaller number first"
                    )
                if value[0] < 0 and item.name not in self.signed:
                    raise ValueError(f"{item.name} starts at {value[0]:g}; it cannot be negative")
            if item.name.endswith(("_share", "_chance")):
                for part in value if isinstance(value, tuple) else (value,):
                    if not 0 <= part <= 1:
                        raise ValueError(f"{item.name} is {part:g}; a share lies between 0 and 1")
        return self


@dataclass(frozen=True, config=STRICT)
class HairStyle(Ranges):
    """How hair grows in a style.

    Attributes
    ----------
    density_per_cm2 : Range
        Hairs per cm2 of skin.
    unit_weights : tuple of float
        How often a follicular unit has 1, 2, 3, 4, 5 hairs.
    regularity : float
        0: openings lie at random; 1: as evenly as can be.
    width_um, width_spread, fine_share, fine_width_um : Range
        Usual width of a terminal hair, its spread within one scalp (in logarithm), the share of fine hairs, and the
        limits between which a fine hair's width lies.
    length_mm, length_spread : Range
        Length above the skin, and its relative spread within one scalp. Long hair leaves the picture.
    lift_deg : Range
        Angle between hair and skin at the opening.
    comb_deg : Range
        Direction that the hair points, from x towards y as the picture is seen.
    comb_spread_deg, fan_deg : Range
        Spread of directions between units, and among the hairs of a unit.
    amber_share : Range
        Share of dark hairs with so little pigment that light shines through them.
    opening_um : Range
        Distance between neighbouring hairs of a unit where they leave the skin.
    bend_per_mm : Range
        Curvature of a hair, in radians a mm (standard deviation between hairs).
    curl_mm : Range or None
        Radius of the curls, None for hair without curls.
    gravity_per_mm : Range
        How fast a long hair lies down on the skin, in radians a mm.
    taper : Range
        Width at the tip as a share of the width at the root (a clipped hair hardly tapers).
    unevenness : Range
        Relative swelling and thinning along the shaft.
    colours : tuple of str
        Hair colours, of `COLOURS`; a scene draws one.
    grey_share : Range
        Share of hairs that are white besides.
    under_mm : Range
        Length over which the shaft is still seen under the skin.
    under_strength : Range
        How clearly it is seen there, 0 to 1.
    """

    density_per_cm2: Range = (120.0, 260.0)
    unit_weights: tuple[float, ...] = (0.34, 0.40, 0.19, 0.05, 0.02)
    regularity: float = 0.75
    width_um: Range = (60.0, 85.0)
    width_spread: Range = (0.12, 0.25)
    fine_share: Range = (0.03, 0.15)
    fine_width_um: Range = (12.0, 32.0)
    length_mm: Range = (0.4, 0.9)
    length_spread: Range = (0.10, 0.25)
    lift_deg: Range = (15.0, 40.0)
    comb_deg: Range = (0.0, 360.0)
    comb_spread_deg: Range = (4.0, 12.0)
    fan_deg: Range = (3.0, 10.0)
    opening_um: Range = (50.0, 110.0)
    bend_per_mm: Range = (0.02, 0.15)
    curl_mm: Range | None = None
    gravity_per_mm: Range = (0.0, 0.05)
    taper: Range = (0.75, 1.0)
    unevenness: Range = (0.01, 0.05)
    amber_share: Range = (0.0, 0.15)
    colours: tuple[str, ...] = ("black", "dark_brown")
    grey_share: Range = (0.0, 0.0)
    under_mm: Range = (0.25, 0.5)
    under_strength: Range = (0.4, 0.9)

    @model_validator(mode="after")
    def _check_hair(self) -> Self:
        unknown = sorted(set(self.colours) - set(COLOURS))
        if unknown or not self.colours:
            raise ValueError(f"colours holds {', '.join(unknown) or 'nothing'}; choose from {', '.join(COLOURS)}")
        if not self.unit_weights or min(self.unit_weights) < 0 or sum(self.unit_weights) <= 0:
            raise ValueError("unit_weights needs one weight or more, none negative and not all zero")
        if not 0 < self.width_um[0] <= self.width_um[1] <= 200 or self.length_mm[0] <= 0:
            raise ValueError("width_um must lie above 0 and up to 200, and length_mm above 0")
        if not 0 <= self.regularity <= 1 or self.taper[1] > 1:
            raise ValueError("regularity and taper lie between 0 and 1")
        if self.unevenness[1] > 0.4:
            raise ValueError("unevenness lies between 0 and 0.4: beyond, a shaft would thin to nothing")
        if self.lift_deg[1] > 90:
            raise ValueError("lift_deg lies between 0 and 90")
        if not 0 <= self.density_per_cm2[0] <= self.density_per_cm2[1] <= 1000:
            raise ValueError("density_per_cm2 lies between 0 and 1000")
        return self


@dataclass(frozen=True, config=STRICT)
class SkinStyle(Ranges):
    """How the skin of a style looks; amounts are 0 for none and about 1 for plenty.

    Attributes
    ----------
    fitzpatrick : Range
        Skin type from 1 (palest) to 6 (darkest).
    redness, mottle : Range
        Redness as a whole, and its patchiness.
    vessels, pigment_network, freckles, yellow_dots : Range
        Amounts of each.
    pores : Range
        Amount of openings without hair.
    lines, wrinkles, wrinkle_mm : Range
        Depth of the fine lines of the skin, amount of wrinkles and folds with their shadows, and the width of these.
    scale, halo : Range
        White scale and blue-grey halo round the openings.
    """

    fitzpatrick: Range = (1.5, 4.0)
    redness: Range = (0.0, 0.4)
    mottle: Range = (0.05, 0.35)
    vessels: Range = (0.0, 0.5)
    pigment_network: Range = (0.0, 0.2)
    freckles: Range = (0.0, 0.2)
    yellow_dots: Range = (0.0, 0.2)
    pores: Range = (0.0, 0.3)
    lines: Range = (0.4, 1.0)
    wrinkles: Range = (0.0, 0.6)
    wrinkle_mm: Range = (0.08, 0.35)
    scale: Range = (0.0, 0.5)
    halo: Range = (0.2, 0.8)

    @model_validator(mode="after")
    def _check_skin(self) -> Self:
        if self.wrinkle_mm[0] <= 0:
            raise ValueError("wrinkle_mm must lie above 0")
        if not 1 <= self.fitzpatrick[0] <= self.fitzpatrick[1] <= 6:
            raise ValueError("fitzpatrick lies between 1 and 6")
        return self


@dataclass(frozen=True, config=STRICT)
class CameraStyle(Ranges):
    """How a style is photographed.

    Attributes
    ----------
    um_per_px : Range
        Scale.
    tilt_deg : Range
        Angle between the camera and the skin's normal.
    light : str
        ``usb`` (bluish LED ring), ``ring`` (neutral ring), ``warm``, or ``flat`` (contact plate).
    glare : Range
        Shine of the skin, 0 (crossed polarisers or immersion) to 1.
    glare_grain_um : Range
        Size of the single glints.
    hair_shine : Range
        Shine along the shafts.
    shadow : Range
        Shadows that hairs cast on the skin.
    focus_mm, depth_mm : Range
        Height above the skin that is in focus, and how far from it a blur of 10 um arises.
    blur_um : Range
        Blur of the lens (standard deviation on the skin).
    defocus_px, motion_px : Range
        Blur of the whole picture.
    vignette : Range
        Darkening towards the corners, 0 to 1 (1: black).
    round_field_chance : float
        Share of pictures with a round field in a black frame.
    cast : Range
        Strength of the light's colour cast.
    exposure : Range
        Brightness of the skin in the picture, 0 to 1.
    white_balance : Range
        How far the camera evens out the mean colour of what it sees (0 not at all, 1 to grey).
    contrast, saturation : Range
        1 leaves them as they are.
    noise, sharpening : Range
        Noise in grey levels at mid-grey, and unsharp masking (0 none).
    jpeg_quality : Range
        5 to 100.
    """

    um_per_px: Range = (4.5, 7.5)
    tilt_deg: Range = (0.0, 6.0)
    light: str = "ring"
    glare: Range = (0.03, 0.3)
    glare_grain_um: Range = (8.0, 18.0)
    hair_shine: Range = (0.05, 0.4)
    shadow: Range = (0.2, 0.5)
    focus_mm: Range = (0.0, 0.2)
    depth_mm: Range = (0.2, 0.6)
    blur_um: Range = (3.0, 6.0)
    defocus_px: Range = (0.0, 0.6)
    motion_px: Range = (0.0, 0.0)
    vignette: Range = (0.05, 0.35)
    round_field_chance: float = 0.0
    cast: Range = (0.0, 0.4)
    exposure: Range = (0.5, 0.7)
    white_balance: Range = (0.0, 0.5)
    contrast: Range = (0.9, 1.15)
    saturation: Range = (0.7, 1.1)
    noise: Range = (1.0, 3.0)
    sharpening: Range = (0.0, 0.8)
    jpeg_quality: Range = (75.0, 94.0)

    @model_validator(mode="after")
    def _check_camera(self) -> Self:
        if not 1 <= self.um_per_px[0] <= self.um_per_px[1] <= 40:
            raise ValueError("um_per_px lies between 1 and 40")
        if self.depth_mm[0] <= 0:
            raise ValueError("depth_mm must lie above 0")
        if not 0 < self.exposure[0] <= self.exposure[1] < 1 or self.contrast[0] <= 0:
            raise ValueError("exposure must lie between 0 and 1, and contrast above 0")
        if self.vignette[1] > 1:
            raise ValueError("vignette lies between 0 and 1")
        if self.light not in LIGHTS:
            raise ValueError(f"light is {self.light!r}; choose from {', '.join(LIGHTS)}")
        if not 0 <= self.tilt_deg[0] <= self.tilt_deg[1] <= 30:
            raise ValueError("tilt_deg lies between 0 and 30")
        if not 5 <= self.jpeg_quality[0] <= self.jpeg_quality[1] <= 100:
            raise ValueError("jpeg_quality lies between 5 and 100")
        return self


LIGHTS = ("usb", "ring", "warm", "flat")


@dataclass(frozen=True, config=STRICT)
class ExtrasStyle(Ranges):
    """What disturbs the picture, and what is printed into it.

    Attributes
    ----------
    flakes_per_cm2, bubbles_per_cm2, clippings_per_cm2, debris_per_cm2 : Range
        Loose scale, air bubbles of an immersion fluid, loose cut hairs, and dark specks of dust.
    shaft_debris : Range
        Debris that clings to the shafts (0 to 1).
    ink_chance, dye, tattoo_chance : float, Range, float
        Marks of a pen, dye left on the skin (0 to 1), a tattooed dot.
    header_chance, bar_chance, circle_chance, watermark_chance : float
        A printed line of text at the top, an L-shaped scale bar, a measuring circle with its label, a camera's mark.
    padding_chance : float
        Light rows below the picture.
    """

    flakes_per_cm2: Range = (0.0, 40.0)
    bubbles_per_cm2: Range = (0.0, 0.0)
    clippings_per_cm2: Range = (0.0, 10.0)
    debris_per_cm2: Range = (0.0, 40.0)
    shaft_debris: Range = (0.0, 0.4)
    ink_chance: float = 0.0
    dye: Range = (0.0, 0.0)
    tattoo_chance: float = 0.0
    header_chance: float = 0.0
    bar_chance: float = 0.0
    circle_chance: float = 0.0
    watermark_chance: float = 0.0
    padding_chance: float = 0.0


@dataclass(frozen=True, config=STRICT)
class Style:
    """A named style: what it shows, and its four parts."""

    name: str
    about: str
    shows: str = ""
    """The failure mode of automatic counters that it puts to the test, if one."""
    hair: HairStyle = field(default_factory=HairStyle)
    skin: SkinStyle = field(default_factory=SkinStyle)
    camera: CameraStyle = field(default_factory=CameraStyle)
    extras: ExtrasStyle = field(default_factory=ExtrasStyle)


def build(kind: type[Any], **values: Any) -> Any:
    """Make a style or a part of one from values.

    Raises
    ------
    RenderError
        A name that is unknown or a value that makes no sense; the text names it and says what would.
    """
    try:
        return kind(**values)
    except ValidationError as error:
        wrong = "; ".join(_plain(item) for item in error.errors())
        raise RenderError(f"{kind.__name__}: {wrong}") from error


def _plain(item: Any) -> str:
    place = ".".join(str(part) for part in item["loc"])
    message = item["msg"].removeprefix("Value error, ")
    return f"{place}: {message}" if place else message
