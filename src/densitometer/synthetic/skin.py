"""Bare skin: what share of red, green and blue light it gives back, before vessels and spots."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from densitometer.srgb import linear
from densitometer.synthetic.dice import between, stream
from densitometer.synthetic.ground import Ground
from densitometer.synthetic.style import SkinStyle

Array = NDArray[np.float32]

# sRGB of scalp skin of Fitzpatrick type 1 to 6, between the palettes in use for these types.
_TYPES = np.array(
    [(226, 196, 180), (212, 178, 156), (192, 154, 126), (160, 118, 90), (112, 78, 58), (70, 48, 39)], np.float64
)
MELANIN = np.array([0.5, 0.8, 1.2], np.float32)
_HORN = np.array([0.12, 0.2, 0.9], np.float32)  # horn is yellow: where it lies thick, blue is lost
BLOOD = np.array([0.15, 1.0, 0.85], np.float32)


def skin_colour(ground: Ground, skin: SkinStyle) -> Array:
    """Reflectance of the skin in linear light, (height, width, 3): its type, redness and blotches."""
    dice = stream(ground.seed, "skin")
    kind = between(dice, skin.fitzpatrick)
    base = linear(np.array([np.interp(kind, np.arange(1, 7), channel) for channel in _TYPES.T]) / 255.0)
    base = base * np.exp(dice.normal(0, [0.03, 0.03, 0.05]))
    redness, mottle = between(dice, skin.redness), between(dice, skin.mottle)
    blood = 0.5 * redness + mottle * (0.16 * ground.grain(1.1, "blood") + 0.10 * ground.grain(0.25, "blood", 1))
    melanin = mottle * (0.06 * ground.grain(0.8, "melanin") + 0.05 * ground.grain(0.12, "melanin", 1))
    horn = 0.05 * ground.grain(0.14, "horn") + 0.04 * ground.grain(0.045, "horn", 1)
    yellow = mottle * (0.17 * ground.grain(0.5, "yellow", 2) + 0.18 * ground.grain(0.16, "yellow"))
    yellow += mottle * 0.12 * ground.grain(0.05, "yellow", 1) + horn
    density = [
        np.float32(b) * blood + np.float32(m) * melanin + np.float32(y) * yellow
        for b, m, y in zip(BLOOD, MELANIN, _HORN, strict=True)
    ]
    return np.stack(
        [np.float32(c) * np.exp(-np.asarray(d, np.float32)) for c, d in zip(base, density, strict=True)], -1
    )
