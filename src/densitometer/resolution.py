"""Tell a scale that a microscope's software wrote into a file from the resolution that any program writes."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from PIL import Image, TiffImagePlugin

PLAUSIBLE_UM_PER_PX = (0.5, 50.0)
"""What a photograph of hair can have; 72, 96 and 300 dpi lie far outside."""

_UM_PER_INCH = 25400.0
_PRINT_DPI = (600, 720, 800, 900, 1000, 1200, 1440, 1600, 1800, 2000, 2400, 2880, 3000, 3200, 3600, 4000, 4800,
              5000, 5400, 5760, 6000, 6400, 7200, 9600)  # fmt: skip
"""Resolutions of printers and scanners inside the plausible range, which say nothing about the skin."""

_UM_PER_UNIT = {"um": 1.0, "µm": 1.0, "μm": 1.0, "micron": 1.0, "microns": 1.0, "\\u00b5m": 1.0, "mm": 1e3,
                "cm": 1e4, "nm": 1e-3}  # fmt: skip
_INCH, _CENTIMETRE = 2, 3
_X_RESOLUTION, _Y_RESOLUTION, _RESOLUTION_UNIT, _DESCRIPTION = 282, 283, 296, 270
_ANISOTROPY = 0.01


def trusted_um_per_px(image: Image.Image) -> float | None:
    """Micrometres per pixel of an opened file, or None where no trustworthy source states it.

    Trusted are, in this order: OME-TIFF ``PhysicalSizeX``, ImageJ's ``unit`` with the TIFF resolution, a TIFF
    resolution in inches or centimetres, and PNG ``pHYs``; each only with square pixels of 0.5 to 50 um, and the
    last two never at a usual resolution of printers and scanners. JFIF and EXIF resolutions are never trusted:
    phones and editors fill them with constants, and resizing a photograph leaves them as they were.
    """
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        return _plausible(_of_tiff(image))
    dpi = image.info.get("dpi") if image.format == "PNG" else None
    return _plausible(_of_dpi(*dpi)) if isinstance(dpi, tuple) else None


def _of_tiff(image: TiffImagePlugin.TiffImageFile) -> float | None:
    tags = image.tag_v2
    description = str(tags.get(_DESCRIPTION, ""))
    if "<OME" in description:
        return _of_ome(description)
    try:
        across, down = float(tags[_X_RESOLUTION]), float(tags[_Y_RESOLUTION])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    if description.startswith("ImageJ="):
        return _of_imagej(description, across, down)
    # a file without the tag means inches by the standard, but such a file was written carelessly: not trusted
    unit = {_INCH: 1.0, _CENTIMETRE: 2.54}.get(tags.get(_RESOLUTION_UNIT, 0))
    return _of_dpi(across * unit, down * unit) if unit else None


def _of_ome(description: str) -> float | None:
    try:
        root = ElementTree.fromstring(description.strip().strip("\0"))
    except ElementTree.ParseError:
        return None
    pixels = next((node for node in root.iter() if node.tag.endswith("Pixels")), None)
    if pixels is None:
        return None
    sizes = []
    for axis in "XY":
        unit = _UM_PER_UNIT.get(pixels.get(f"PhysicalSize{axis}Unit", "µm"))
        try:
            sizes.append(float(pixels.get(f"PhysicalSize{axis}", "")) * (unit or 0.0))
        except ValueError:
            return None
    return _square(*sizes)


def _of_imagej(description: str, across: float, down: float) -> float | None:
    found = re.search(r"^unit=(.+?)\s*$", description, re.MULTILINE)
    unit = _UM_PER_UNIT.get(found.group(1).lower()) if found else None
    if unit is None or across <= 0 or down <= 0:
        return None
    return _square(unit / across, unit / down)


def _of_dpi(across: float, down: float) -> float | None:
    if across <= 0 or down <= 0 or any(abs(across / usual - 1) < 2e-3 for usual in _PRINT_DPI):
        return None
    return _square(_UM_PER_INCH / across, _UM_PER_INCH / down)


def _square(across_um: float, down_um: float) -> float | None:
    if across_um <= 0 or down_um <= 0 or abs(across_um / down_um - 1) > _ANISOTROPY:
        return None
    return (across_um + down_um) / 2


def _plausible(um_per_px: float | None) -> float | None:
    low, high = PLAUSIBLE_UM_PER_PX
    return um_per_px if um_per_px is not None and low <= um_per_px <= high else None
