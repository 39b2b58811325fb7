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
from densitometer.synthetic.limits import ABOVE_0, NOT_NEGATIVE, SHARE, Limits

COLOURS = ("black", "dark_brown", "brown", "light_brown", "blond", "red", "grey", "white")


class Ranges:
    """Checks that hold for every part of a style: a range runs upwards, and each number lies within its limits."""

    part: ClassVar[str] = ""
    """What the part is called where its values are changed: ``camera.um_per_px=5``."""
    limits: ClassVar[dict[str, Limits]] = {}
    """Limits of values by name, where they are other than `limits_of` says."""

    @classmethod
    def limits_of(cls, name: str) -> Limits:
        """Limits of a number: those of the part, else 0 to 1 for a share or chance and 0 or more for the rest."""
        return cls.limits.get(name, SHARE if name.endswith(("_share", "_chance")) else NOT_NEGATIVE)

    @model_validator(mode="after")
    def _check(self) -> Self:
        for item in fields(self):  # type: ignore[arg-type]
            self._check_value(item.name, getattr(self, item.name))
        return self

    def _check_value(self, name: str, value: object) -> None:
        values = value if isinstance(value, tuple) else (value,)
        numbers = [number for number in values if isinstance(number, float)]
        is_range = len(numbers) == 2 and not name.endswith("_weights")  # noqa: PLR2004  a range has two ends
        if is_range and numbers[0] > numbers[1]:
            raise ValueError(f"{name} runs from {numbers[0]:g} to {numbers[1]:g}; put the smaller number first")
        limits = self.limits_of(name)
        if outside := [number for number in numbers if not limits.hold(number)]:
            raise ValueError(f"{name} cannot be {outside[0]:g}; it must be {limits}")


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
    width_um : Range
        Usual width of a terminal hair.
    width_spread : Range
        Spread of that width within one scalp, as standard deviation of its logarithm.
    fine_share : Range
        Share of hairs that are fine.
    fine_width_um : Range
        Limits between which the width of each fine hair lies.
    length_mm : Range
        Length above the skin. Long hair leaves the picture.
    length_spread : Range
        Spread of the length within one scalp, as a share of it.
    lift_deg : Range
        Angle between hair and skin at the opening.
    comb_deg : Range
        Direction that the hair points, from x towards y as the picture is seen.
    comb_spread_deg : Range
        Spread of directions between units.
    fan_deg : Range
        Spread of directions among the hairs of a unit.
    amber_share : Range
        Share of dark hairs with so little pigment that light shines through them.
    opening_um : Range
        Distance between neighbouring hairs of a unit where they leave the skin.
    bend_per_mm : Range
        Curvature of a hair, in radians a mm (standard deviation between hairs).
    curl_mm : Range or None
        Radius of the curls; none for hair without curls.
    gravity_per_mm : Range
        How fast a long hair lies down on the skin, in radians a mm.
    taper : Range
        Width at the tip as a share of the width at the root (a clipped hair hardly tapers).
    unevenness : Range
        Relative swelling and thinning along the shaft.
    colours : tuple of str
        Colours of hair; a scene draws one. Named twice, a colour is drawn twice as often.
    grey_share : Range
        Share of hairs that are white besides.
    under_mm : Range
        Length over which the shaft is still seen under the skin.
    under_strength : Range
        How clearly it is seen there, 0 to 1.
    """

    part: ClassVar[str] = "hair"
    limits: ClassVar[dict[str, Limits]] = {
        "density_per_cm2": Limits(0.0, 1000.0), "width_um": Limits(0.0, 200.0, low_is_out=True), "length_mm": ABOVE_0,
        "lift_deg": Limits(0.0, 90.0), "taper": SHARE, "regularity": SHARE,
        "unevenness": Limits(0.0, 0.4),  # beyond, a shaft would thin to nothing
    }  # fmt: skip

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
            which = " or ".join(repr(colour) for colour in unknown)
            raise ValueError(
                f"colours: {f'no {which}' if unknown else 'none is named'}; choose from {', '.join(COLOURS)}"
            )
        if not sum(self.unit_weights) > 0:
            raise ValueError("unit_weights needs one weight or more that is not zero")
        return self


@dataclass(frozen=True, config=STRICT)
class SkinStyle(Ranges):
    """How the skin of a style looks; amounts are 0 for none and about 1 for plenty.

    Attributes
    ----------
    fitzpatrick : Range
        Skin type from 1 (palest) to 6 (darkest).
    redness : Range
        Redness as a whole.
    mottle : Range
        Patchiness of the redness.
    vessels : Range
        Amount of vessels that shine through.
    pigment_network : Range
        Strength of the pigment network.
    freckles : Range
        Amount of freckles.
    yellow_dots : Range
        Amount of yellow dots at the openings.
    pores : Range
        Amount of openings without hair.
    lines : Range
        Depth of the fine lines of the skin.
    wrinkles : Range
        Amount of wrinkles and folds with their shadows.
    wrinkle_mm : Range
        Width of the wrinkles.
    scale : Range
        White scale round the openings.
    halo : Range
        Blue-grey halo round the openings.
    """

    part: ClassVar[str] = "skin"
    limits: ClassVar[dict[str, Limits]] = {"fitzpatrick": Limits(1.0, 6.0), "wrinkle_mm": ABOVE_0}

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


@dataclass(frozen=True, config=STRICT)
class CameraStyle(Ranges):
    """How a style is photographed.

    Attributes
    ----------
    um_per_px : Range
        Scale of the picture.
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
    focus_mm : Range
        Height above the skin that is in focus.
    depth_mm : Range
        How far from that height a blur of 10 um arises.
    blur_um : Range
        Blur of the lens (standard deviation on the skin).
    defocus_px : Range
        Blur of the whole picture out of focus.
    motion_px : Range
        Blur of the whole picture along the way of a moving camera.
    vignette : Range
        Darkening towards the corners (1: black).
    round_field_chance : float
        Share of pictures with a round field in a black frame.
    cast : Range
        Strength of the light's colour cast.
    exposure : Range
        Brightness of the skin in the picture.
    white_balance : Range
        How far the camera evens out the mean colour of what it sees (0 not at all, 1 to grey).
    contrast : Range
        Steepness of the tone curve; 1 leaves the picture as it is.
    saturation : Range
        Strength of colours; 1 leaves the picture as it is.
    noise : Range
        Noise in grey levels at mid-grey.
    sharpening : Range
        Unsharp masking (0: none).
    jpeg_quality : Range
        Quality of the JPEG file.
    """

    part: ClassVar[str] = "camera"
    limits: ClassVar[dict[str, Limits]] = {
        "um_per_px": Limits(1.0, 40.0), "tilt_deg": Limits(0.0, 30.0), "depth_mm": ABOVE_0, "contrast": ABOVE_0,
        "exposure": Limits(0.0, 1.0, low_is_out=True, high_is_out=True), "vignette": SHARE,
        "jpeg_quality": Limits(5.0, 100.0),
    }  # fmt: skip

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
        if self.light not in LIGHTS:
            raise ValueError(f"light: no {self.light!r}; choose from {', '.join(LIGHTS)}")
        return self


LIGHTS = ("usb", "ring", "warm", "flat")


@dataclass(frozen=True, config=STRICT)
class ExtrasStyle(Ranges):
    """What disturbs the picture, and what is printed into it.

    Attributes
    ----------
    flakes_per_cm2 : Range
        Flakes of loose scale.
    bubbles_per_cm2 : Range
        Air bubbles of an immersion fluid.
    clippings_per_cm2 : Range
        Loose cut hairs.
    debris_per_cm2 : Range
        Dark specks of dust.
    shaft_debris : Range
        Debris that clings to the shafts (0 to 1).
    ink_chance : float
        Marks of a pen.
    dye : Range
        Dye left on the skin (0 to 1).
    tattoo_chance : float
        A tattooed dot.
    header_chance : float
        A printed line of text at the top.
    bar_chance : float
        A printed L-shaped scale bar.
    circle_chance : float
        A printed measuring circle with its label.
    watermark_chance : float
        A camera's mark.
    padding_chance : float
        Light rows below the picture.
    """

    part: ClassVar[str] = "extras"

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

    @property
    def purpose(self) -> str:
        """What it puts to the test, in words for every style."""
        return self.shows or "the plain case: nothing in particular"


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
        prefix = f"{kind.part}." if getattr(kind, "part", "") else ""
        raise RenderError("; ".join(prefix + _plain(item) for item in error.errors())) from error


def _plain(item: Any) -> str:
    """What is wrong with one value, its name first."""
    name = str(item["loc"][0]) if item["loc"] else ""
    message = item["msg"].removeprefix("Value error, ")
    if item["type"] == "unexpected_keyword_argument":
        return f"{name} is not known"
    return f"{name}: {message}, not {item['input']!r}" if name else message
