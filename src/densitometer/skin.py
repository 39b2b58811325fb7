"""Condition of the skin between the hairs: how red it is, and how much of it scale covers."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from densitometer.bare_skin import BareSkin, around, find_bare_skin
from densitometer.field import Field
from densitometer.hairs import Hair
from densitometer.settings import SkinSettings
from densitometer.srgb import LIGHT_OF_LEVEL

_TO_XYZ = np.array([(0.412453, 0.357580, 0.180423), (0.212671, 0.715160, 0.072169), (0.019334, 0.119193, 0.950227)])
"""From linear sRGB to CIE XYZ."""
_TO_WHITE = (_TO_XYZ / _TO_XYZ.sum(axis=1, keepdims=True)).astype(np.float32)
"""The same as shares of white."""
_DARK = np.float32(4 / 29)

_NOT_MEASURED: dict[str, float | None] = {"redness_a": None, "flaking_share": None, "skin_area_cm2": None}


def skin_values(
    rgb: NDArray[np.uint8],
    hairs: Sequence[Hair],
    field: Field,
    um_per_px: float,
    settings: SkinSettings | None = None,
    *,
    assumed: bool = False,
) -> dict[str, float | None]:
    """Redness and scale of the countable skin on which no hair lies.

    Redness is the median CIELAB a* (D65) of what is neither scale nor burnt out. Scale is lighter than the skin
    around and paler: it sends the light back as it came. Glints are that too, but finer, and mostly burnt out.

    Parameters
    ----------
    rgb : uint8 array, shape (height, width, 3)
    hairs : sequence of Hair
        All that were found, counted or not.
    field : Field
    um_per_px : float
        Micrometres per pixel, measured or (with no scale) assumed: it sizes margins and blur.
    settings : SkinSettings, optional
    assumed : bool
        True when the scale is assumed: then there is no area.

    Returns
    -------
    dict
        ``redness_a``, ``flaking_share`` (0 to 1) and ``skin_area_cm2`` on which they were judged; all None where too
        little bare skin is seen.
    """
    settings = settings or SkinSettings()
    skin = find_bare_skin(rgb, hairs, field, um_per_px, settings.working_um_per_px, settings.hair_margin_um)
    seen = skin.seen & (cv2.cvtColor(skin.rgb, cv2.COLOR_RGB2GRAY) < settings.glare_level)
    if not _enough(skin, seen, settings):
        return dict(_NOT_MEASURED)
    lab = cielab(skin.rgb)
    lighter, paler = _against_skin(lab, seen, skin.um_per_px, settings)
    seen &= lighter > -settings.darker
    if not _enough(skin, seen, settings):
        return dict(_NOT_MEASURED)
    scale = seen & (lighter > settings.lighter) & (paler > settings.paler)
    bare = seen & ~scale
    return {
        "redness_a": float(np.median(lab[..., 1][bare if bare.any() else seen])),
        "flaking_share": float(np.count_nonzero(scale) / np.count_nonzero(seen)),
        "skin_area_cm2": None if assumed else _area_cm2(seen, skin),
    }


def cielab(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """CIELAB (1976, D65) of an sRGB picture; OpenCV reads it from a coarse table that differs between versions.

    Parameters
    ----------
    rgb : uint8 array, shape (h, w, 3)

    Returns
    -------
    float32 array, shape (h, w, 3)
        L*, a*, b*.
    """
    share = cv2.transform(cv2.LUT(rgb, LIGHT_OF_LEVEL), _TO_WHITE)
    root = np.where(share > np.float32((6 / 29) ** 3), np.cbrt(share), share * np.float32((29 / 6) ** 2 / 3) + _DARK)
    x, y, z = (root[..., i] for i in range(3))
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def _area_cm2(seen: NDArray[np.bool_], skin: BareSkin) -> float:
    aspect = skin.px_per_px[1] / skin.px_per_px[0]
    return float(np.count_nonzero(seen)) * (skin.um_per_px * 1e-4) ** 2 * aspect


def _enough(skin: BareSkin, seen: NDArray[np.bool_], settings: SkinSettings) -> bool:
    least = settings.least_share * float(np.count_nonzero(skin.countable))
    return _area_cm2(seen, skin) >= settings.least_area_cm2 and bool(np.count_nonzero(seen) >= max(least, 1))


def _against_skin(
    lab: NDArray[np.float32], seen: NDArray[np.bool_], um_per_px: float, settings: SkinSettings
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """How much lighter each pixel is than the skin around it, and how much less red and yellow."""
    channels = (np.ascontiguousarray(lab[..., i]) for i in range(3))
    lightness, red, yellow = (c - around(c, seen, settings.background_um / um_per_px) for c in channels)
    sigma = settings.blur_um / um_per_px
    # Hair lends nothing of its own to the skin beside it.
    weight = cv2.GaussianBlur(seen.astype(np.float32), (0, 0), sigma)
    weight = np.maximum(weight, np.float32(1e-3))
    lighter, paler = (
        cv2.GaussianBlur(np.where(seen, side, np.float32(0)), (0, 0), sigma) / weight
        for side in (lightness, -(red + yellow))
    )
    return lighter, paler
