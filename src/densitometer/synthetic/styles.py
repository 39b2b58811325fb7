"""The named styles: what is photographed in them, and which failure of automatic counters they put to the test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from functools import cache
from typing import Any

from densitometer.errors import RenderError
from densitometer.synthetic.style import CameraStyle, ExtrasStyle, HairStyle, SkinStyle, Style, build

_PARTS: dict[str, type[Any]] = {"hair": HairStyle, "skin": SkinStyle, "camera": CameraStyle, "extras": ExtrasStyle}

# A USB microscope at 70x: bluish light from a ring of lamps, glare on dry skin, little depth.
_USB = {
    "um_per_px": (5.4, 5.7), "light": "usb", "cast": (0.9, 1.5), "glare": (0.2, 0.8), "glare_grain_um": (7.0, 11.0),
    "hair_shine": (0.05, 0.4), "shadow": (0.3, 0.7), "vignette": (0.2, 0.4), "exposure": (0.545, 0.59),
    "white_balance": (0.75, 1.0), "jpeg_quality": (90.0, 94.0), "blur_um": (4.0, 6.0), "defocus_px": (0.0, 1.0),
    "saturation": (0.85, 1.15), "noise": (1.8, 2.6), "sharpening": (0.0, 0.3), "contrast": (0.92, 1.08),
    "focus_mm": (0.0, 0.25), "depth_mm": (0.10, 0.30),
}  # fmt: skip
_USB_SKIN = {
    "fitzpatrick": (1.0, 2.4), "redness": (0.0, 0.25), "vessels": (0.0, 0.35), "wrinkles": (0.0, 0.6),
    "scale": (0.0, 0.3), "halo": (0.5, 1.6), "lines": (0.15, 0.45), "mottle": (0.15, 0.45),
}  # fmt: skip
_PRINT = {"header_chance": 0.75, "bar_chance": 0.8, "circle_chance": 0.45, "padding_chance": 0.3}
_LONG = {"length_mm": (15.0, 40.0), "taper": (0.9, 1.0), "gravity_per_mm": (0.2, 0.6), "bend_per_mm": (0.02, 0.12)}


def _style(name: str, about: str, shows: str = "", **parts: Mapping[str, Any]) -> Style:
    built = {part: build(_PARTS[part], **values) for part, values in parts.items()}
    return Style(name=name, about=about, shows=shows, **built)


@cache
def styles() -> dict[str, Style]:
    """All named styles, by name, in the order in which they are listed."""
    return {
        style.name: style
        for style in (
            _style(
                "trimmed_70x", "Hair trimmed to half a millimetre under the bluish light of a USB microscope",
                hair={"length_mm": (0.34, 0.68), "length_spread": (0.25, 0.45), "width_um": (66.0, 92.0),
                      "colours": ("black", "black", "dark_brown"), "density_per_cm2": (90.0, 195.0),
                      "comb_deg": (15.0, 110.0), "amber_share": (0.05, 0.35), "lift_deg": (10.0, 28.0),
                      "opening_um": (95.0, 220.0), "unevenness": (0.03, 0.08), "under_strength": (0.45, 0.85),
                      "under_mm": (0.35, 0.7), "fan_deg": (5.0, 11.0)},
                skin=_USB_SKIN, camera=_USB,
                extras=_PRINT | {"shaft_debris": (0.2, 0.9), "clippings_per_cm2": (0.0, 22.0), "ink_chance": 0.08,
                                 "debris_per_cm2": (10.0, 80.0), "flakes_per_cm2": (0.0, 10.0)},
            ),
            _style(
                "clipped_wide", "A whole clipped area at low power, clippings lying on the skin, dark corners",
                "optics: the same hair at low magnification",
                hair={"length_mm": (0.5, 1.0), "colours": ("black", "dark_brown"), "density_per_cm2": (130.0, 260.0),
                      "regularity": 0.9, "opening_um": (80.0, 180.0)},
                skin={"fitzpatrick": (1.0, 2.5), "redness": (0.0, 0.2), "lines": (0.2, 0.5), "scale": (0.0, 0.3),
                      "halo": (0.1, 0.5)},
                camera={"um_per_px": (9.0, 16.0), "vignette": (0.5, 0.95), "saturation": (0.15, 0.6),
                        "exposure": (0.55, 0.78), "defocus_px": (0.0, 1.4), "jpeg_quality": (60.0, 85.0),
                        "shadow": (0.3, 0.6), "sharpening": (0.3, 1.0), "glare": (0.0, 0.12)},
                extras={"clippings_per_cm2": (60.0, 220.0), "watermark_chance": 0.5, "debris_per_cm2": (20.0, 120.0)},
            ),
            _style(
                "untrimmed_dermoscope", "Untrimmed hair at the roots, warm light, glints between the lines of the skin",
                "crossing hair; glare",
                hair=_LONG | {"colours": ("black", "dark_brown", "brown"), "density_per_cm2": (60.0, 150.0),
                              "lift_deg": (25.0, 55.0), "comb_spread_deg": (6.0, 22.0)},
                skin={"fitzpatrick": (2.0, 4.0), "lines": (0.6, 1.0), "scale": (0.0, 0.4), "wrinkles": (0.0, 0.4)},
                camera={"um_per_px": (4.5, 8.5), "light": "warm", "cast": (0.5, 1.0), "glare": (0.3, 0.9),
                        "glare_grain_um": (20.0, 45.0), "depth_mm": (0.5, 1.3), "saturation": (0.9, 1.2),
                        "exposure": (0.45, 0.6)},
            ),
            _style(
                "untrimmed_crossing", "Long straight hair that crosses and lies on one another, some out of focus",
                "crossing and overlapping hair merged or split",
                hair=_LONG | {"colours": ("black", "dark_brown"), "comb_spread_deg": (8.0, 25.0),
                              "density_per_cm2": (50.0, 130.0), "lift_deg": (12.0, 30.0)},
                skin={"fitzpatrick": (1.5, 3.0), "scale": (0.1, 0.5), "lines": (0.1, 0.4)},
                camera={"um_per_px": (4.5, 9.0), "glare": (0.0, 0.12), "depth_mm": (0.3, 0.9), "focus_mm": (0.0, 0.1),
                        "saturation": (0.3, 0.9)},
            ),
            _style(
                "trimmed_crossing", "Trimmed hair that crosses within and between units",
                "crossing and overlapping hair merged or split",
                hair={"length_mm": (0.8, 1.5), "comb_spread_deg": (25.0, 60.0), "fan_deg": (15.0, 35.0),
                      "density_per_cm2": (160.0, 280.0)},
            ),
            _style(
                "crowded_units", "Three to five hairs leave one opening side by side",
                "several hairs of one opening counted as one; errors where hair leaves the opening",
                hair={"unit_weights": (0.05, 0.15, 0.35, 0.28, 0.17), "fan_deg": (2.0, 7.0), "opening_um": (35.0, 75.0),
                      "density_per_cm2": (150.0, 300.0)},
            ),
            _style(
                "fine_hair", "Miniaturised hair: many fine hairs between few terminal ones",
                "light and thin hair missed; terminal and vellus hair told apart badly",
                hair={"fine_share": (0.35, 0.65), "fine_width_um": (10.0, 34.0), "width_um": (42.0, 65.0),
                      "width_spread": (0.25, 0.4), "unit_weights": (0.7, 0.24, 0.06), "density_per_cm2": (80.0, 180.0),
                      "colours": ("dark_brown", "brown", "light_brown")},
                skin={"yellow_dots": (0.1, 0.8), "fitzpatrick": (1.0, 3.5)},
                camera={"um_per_px": (2.5, 5.6)},
            ),
            _style(
                "blond", "Blond hair on fair skin", "light hair of low contrast missed",
                hair={"colours": ("blond", "light_brown"), "width_um": (48.0, 70.0)},
                skin={"fitzpatrick": (1.0, 2.2), "redness": (0.1, 0.7)},
                camera={"um_per_px": (4.0, 6.5)},
            ),
            _style(
                "red_hair", "Red hair on freckled fair skin", "light hair of low contrast missed",
                hair={"colours": ("red",), "width_um": (55.0, 78.0)},
                skin={"fitzpatrick": (1.0, 1.8), "freckles": (0.3, 1.0), "redness": (0.2, 0.8)},
            ),
            _style(
                "grey_mixed", "White hair among dark hair", "white hair missed beside dark hair",
                hair={"grey_share": (0.3, 0.8), "colours": ("black", "dark_brown", "grey")},
                skin={"fitzpatrick": (1.5, 4.0)},
            ),
            _style(
                "dark_skin", "Black hair on dark skin with its pigment network", "dark hair on dark skin",
                hair={"colours": ("black",), "under_strength": (0.0, 0.3), "density_per_cm2": (100.0, 200.0)},
                skin={"fitzpatrick": (4.8, 6.0), "pigment_network": (0.3, 1.0), "redness": (0.0, 0.1),
                      "scale": (0.0, 0.35), "lines": (0.3, 0.8)},
                camera={"exposure": (0.3, 0.5), "glare": (0.01, 0.12), "hair_shine": (0.0, 0.15)},
            ),
            _style(
                "white_on_dark", "White and grey hair on brown and dark skin", "hair lighter than the skin",
                hair={"colours": ("white", "grey"), "grey_share": (0.3, 0.9), "under_strength": (0.0, 0.2)},
                skin={"fitzpatrick": (4.2, 6.0), "pigment_network": (0.1, 0.8), "scale": (0.0, 0.35)},
                camera={"exposure": (0.3, 0.5), "glare": (0.01, 0.12)},
            ),
            _style(
                "curly", "Tightly curled hair on dark skin", "curls split into pieces, dark on dark",
                hair={"curl_mm": (0.7, 2.0), "length_mm": (1.5, 6.0), "colours": ("black", "dark_brown"),
                      "density_per_cm2": (60.0, 150.0), "lift_deg": (25.0, 60.0), "under_strength": (0.0, 0.3)},
                skin={"fitzpatrick": (3.5, 6.0), "pigment_network": (0.1, 0.7)},
                camera={"um_per_px": (5.0, 9.0), "exposure": (0.35, 0.55), "depth_mm": (0.5, 1.2),
                        "glare": (0.01, 0.15)},
            ),
            _style(
                "oily_glare", "Oily skin under light that is not polarised", "glare splits hairs along their axis",
                hair={"length_mm": (0.5, 1.2)},
                skin={"lines": (0.7, 1.0)},
                camera={"glare": (0.5, 1.1), "glare_grain_um": (14.0, 40.0), "hair_shine": (0.8, 1.8)},
            ),
            _style(
                "immersion", "Immersion fluid under a contact plate, with air bubbles",
                "rings of bubbles counted as hair",
                hair={"lift_deg": (4.0, 15.0), "length_mm": (0.6, 3.0)},
                skin={"lines": (0.1, 0.35), "vessels": (0.3, 1.0), "scale": (0.0, 0.2)},
                camera={"light": "flat", "glare": (0.0, 0.05), "hair_shine": (0.0, 0.15), "shadow": (0.0, 0.15),
                        "depth_mm": (0.8, 1.6), "round_field_chance": 0.5, "saturation": (0.9, 1.25)},
                extras={"bubbles_per_cm2": (5.0, 60.0)},
            ),
            _style(
                "flaking", "Scaling scalp: white scale on skin and round the openings",
                "scale and flakes counted or hiding hair",
                hair={"length_mm": (0.4, 1.2)},
                skin={"scale": (0.8, 1.8), "redness": (0.3, 1.0)},
                extras={"flakes_per_cm2": (80.0, 500.0), "shaft_debris": (0.3, 1.0)},
            ),
            _style(
                "dyed", "Hair dyed for the phototrichogram: stained skin, pen marks, a tattooed dot",
                "dye on skin and the tattoo counted as hair",
                hair={"colours": ("black",), "fine_share": (0.1, 0.35)},
                extras={"dye": (0.2, 1.0), "tattoo_chance": 0.6, "ink_chance": 0.5},
            ),
            _style(
                "clippings", "Loose cut hairs lie between the trimmed ones", "cut hair counted as growing hair",
                extras={"clippings_per_cm2": (60.0, 300.0), "debris_per_cm2": (40.0, 200.0)},
            ),
            _style(
                "wrinkled", "Deep lines and folds with their shadows", "folds counted as hair",
                skin={"wrinkles": (0.7, 1.3), "lines": (0.8, 1.3), "wrinkle_mm": (0.06, 0.45), "vessels": (0.2, 0.9)},
                camera={"glare": (0.1, 0.6)},
            ),
            _style(
                "blurred", "Out of focus, or the camera moved", "blurred hair missed, or measured too wide",
                camera={"defocus_px": (1.2, 3.0), "motion_px": (0.0, 7.0), "depth_mm": (0.1, 0.3), "noise": (1.5, 5.0)},
            ),
            _style(
                "uneven_shafts", "Shafts that swell and thin along their length",
                "hair of non-uniform width broken up, or put into the wrong class",
                hair={"unevenness": (0.15, 0.35), "taper": (0.3, 0.9), "length_mm": (0.8, 2.5)},
            ),
            _style(
                "dense_stubble", "Stubble of 0.2 to 0.5 mm, as dense as scalp hair gets",
                "edge effects: many hairs cut by the frame",
                hair={"length_mm": (0.2, 0.5), "density_per_cm2": (240.0, 300.0), "lift_deg": (25.0, 60.0)},
                camera={"um_per_px": (2.0, 4.5)},
            ),
            _style(
                "round_field", "A dermoscope's round field in a black frame, neutral light",
                "edge effects: many hairs cut by the rim",
                hair={"length_mm": (0.5, 4.0), "colours": ("black", "dark_brown", "brown", "light_brown")},
                camera={"um_per_px": (6.0, 12.0), "round_field_chance": 1.0},
            ),
        )
    }  # fmt: skip


def find_style(name: str, changes: Mapping[str, Mapping[str, Any]] | None = None) -> Style:
    """A named style, with values of its parts changed if asked: ``{"camera": {"um_per_px": (5, 5)}}``.

    Raises
    ------
    RenderError
        A name that is not a style, or a part or value that makes no sense.
    """
    if name not in styles():
        raise RenderError(f"There is no style {name!r}; choose from {', '.join(styles())}")
    style = styles()[name]
    for part, values in (changes or {}).items():
        if part not in _PARTS:
            raise RenderError(f"A style has no part {part!r}; its parts are {', '.join(_PARTS)}")
        now = {item.name: getattr(getattr(style, part), item.name) for item in fields(_PARTS[part])}
        style = replace(style, **{part: build(_PARTS[part], **(now | dict(values)))})
    return style
