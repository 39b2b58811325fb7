"""How the shaft of a hair looks: what it lets through, gives back and mirrors, across and along it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from densitometer.synthetic.dice import stream
from densitometer.synthetic.footprint import LOGISTIC, Footprint, soft_stripe
from densitometer.synthetic.strand import Strand

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Pigment:
    """What a hair does with red, green and blue light.

    Attributes
    ----------
    absorbs : tuple of float
        Absorption per um of hair passed through.
    returns : tuple of float
        Share of the light that a thick hair scatters back.
    """

    absorbs: tuple[float, float, float]
    returns: tuple[float, float, float]


# The order of magnitude is that of eumelanin and pheomelanin in hair (d'Eon et al. 2011, An Energy-Conserving Hair
# Reflectance Model), with the numbers set by eye on photographs of single hairs.
PIGMENTS = {
    "black": Pigment((0.085, 0.10, 0.12), (0.018, 0.017, 0.017)),
    "dark_brown": Pigment((0.050, 0.060, 0.084), (0.022, 0.019, 0.014)),
    "brown": Pigment((0.019, 0.027, 0.050), (0.062, 0.046, 0.025)),
    "light_brown": Pigment((0.008, 0.016, 0.031), (0.14, 0.092, 0.050)),
    "blond": Pigment((0.0028, 0.0060, 0.015), (0.36, 0.27, 0.15)),
    "red": Pigment((0.0055, 0.022, 0.046), (0.21, 0.080, 0.030)),
    "grey": Pigment((0.0070, 0.0072, 0.0078), (0.30, 0.295, 0.285)),
    "white": Pigment((0.0008, 0.0009, 0.0012), (0.46, 0.45, 0.42)),
}
_SCATTER_PER_UM = 0.022
_MOST_BLUR_PX = 9.0  # hair farther out of focus is hardly seen, and would cost most of the time


@dataclass(frozen=True)
class Appearance:
    """One shaft in its footprint.

    Attributes
    ----------
    cover : (k,) float32 array
        Share of each pixel that it takes.
    through : (k, 3) float32 array
        Share of the light from behind that it lets through.
    returned : (k, 3) float32 array
        What it gives back itself, in shares of the light.
    """

    cover: Array
    through: Array
    returned: Array


@dataclass(frozen=True)
class Finish:
    """What all shafts of a picture share: shine, debris, and the direction on the scalp that the light comes from."""

    um_per_px: float
    shine: float
    debris: float
    amber: float
    towards: NDArray[np.float64]
    focus_mm: float
    depth_mm: float

    def blur_px(self, height_mm: Array) -> Array:
        """Blur by distance from the plane in focus: standard deviation in px."""
        out_of_focus = np.abs(height_mm - np.float32(self.focus_mm)) * np.float32(10.0 / self.depth_mm / self.um_per_px)
        return np.asarray(np.hypot(np.float32(0.35), np.minimum(out_of_focus, _MOST_BLUR_PX)), np.float32)


def look_of(strand: Strand, foot: Footprint, finish: Finish, seed: int) -> Appearance:
    """How one shaft looks in its footprint."""
    dice = stream(seed, "shaft", strand.hair, strand.kind)
    um = np.float32(finish.um_per_px)
    half = foot.half * (1 + _rough(foot, finish, dice))
    soft = finish.blur_px(foot.height)
    emerge = 0.0 if strand.kind == "loose" else float(dice.uniform(0.8, 2.4))
    cover = soft_stripe(foot.across, half, soft) * _ends(foot, soft, emerge, float(dice.normal(0, 0.4)))
    across = np.clip(foot.across / np.maximum(half, 0.2), -1, 1)
    thick = 2 * half * um * np.sqrt(np.maximum(1 - across * across, 0.04))
    pigment, dose = _pigment(strand, finish, dice)
    rim = 1 - np.float32(0.45) * np.clip((np.abs(across) - 0.55) / 0.45, 0, 1)  # a cylinder bends light away at its rim
    through = np.stack([rim * np.exp(-thick * np.float32(a * dose)) for a in pigment.absorbs], -1)
    given = (1 - np.exp(-thick * np.float32(_SCATTER_PER_UM))) * (1 + 0.35 * across * np.float32(_side(strand, finish)))
    returned = given[:, None] * np.array(pigment.returns, np.float32)
    returned = returned + _shine(foot, across, finish, dice)[:, None]
    return _with_debris(Appearance(cover, through, returned), foot, finish, strand, dice)


def _pigment(strand: Strand, finish: Finish, dice: np.random.Generator) -> tuple[Pigment, float]:
    """What colours a hair, and how much of it: some dark hairs have so little that they shine amber."""
    dose, thin = float(np.exp(dice.normal(0, 0.35))), float(dice.uniform(0.3, 0.9))
    if dice.random() < finish.amber and strand.colour in ("black", "dark_brown"):
        return PIGMENTS["brown"], thin
    return PIGMENTS[strand.colour], dose


def _ends(foot: Footprint, soft: Array, emerge: float, oblique: float) -> Array:
    """Tip cut ``oblique`` half widths off square; the root comes out of the skin within ``emerge`` half widths."""
    slope = np.float32(LOGISTIC) / soft
    start = np.float32(LOGISTIC) / (soft + np.float32(emerge) * foot.half)
    side = np.clip(foot.across / np.maximum(foot.half, 0.2), -1, 1)
    cut = (side**4 * np.float32(0.35) + side * np.float32(oblique)) * foot.half
    tip = np.tanh(slope * (foot.length - foot.along - cut))
    return np.float32(0.25) * (1 + tip) * (1 + np.tanh(start * foot.along))


def _rough(foot: Footprint, finish: Finish, dice: np.random.Generator) -> Array:
    """Roughness of both borders, a few percent of the half width, of mean 0: to be seen, not to be measured."""
    length_um = foot.length * finish.um_per_px
    rough = np.zeros(foot.along.shape)
    for grain_um in (18.0, 65.0):
        both = dice.normal(0, 0.02 + 0.045 * finish.debris, (2, max(4, int(length_um / grain_um) + 2)))
        places = np.sort(dice.uniform(0, foot.length, both.shape[1]))
        left, right = (np.interp(foot.along, places, side - side.mean()) for side in both)
        rough += np.where(foot.across < 0, left, right)
    return np.asarray(rough, np.float32)


def _side(strand: Strand, finish: Finish) -> float:
    """How much of the main light falls on the strand's left side (across > 0)."""
    way = strand.points_mm[-1, :2] - strand.points_mm[0, :2]
    way = way / max(float(np.hypot(*way)), 1e-9)
    return float(-way[1] * finish.towards[0] + way[0] * finish.towards[1])


def _shine(foot: Footprint, across: Array, finish: Finish, dice: np.random.Generator) -> Array:
    """A broken line of light along the shaft."""
    if finish.shine <= 0:
        return np.zeros(foot.along.shape, np.float32)
    place, wide = float(dice.uniform(-0.85, 0.85)), float(dice.uniform(0.06, 0.16))
    grains = max(4, int(foot.length * finish.um_per_px / 45.0) + 2)
    broken = np.clip(dice.normal(0.1, 0.8, grains), 0, None) * (np.abs(dice.normal(0, 0.7)) + 0.15)
    lit = np.interp(foot.along, np.linspace(0, foot.length, grains), broken).astype(np.float32)
    profile = np.exp(-(((across - np.float32(place)) / np.float32(wide)) ** 2))
    return np.asarray(np.float32(0.28 * finish.shine) * lit * profile, np.float32)


def _with_debris(
    look: Appearance, foot: Footprint, finish: Finish, strand: Strand, dice: np.random.Generator
) -> Appearance:
    """Lumps that cling to a shaft, more of them light ones near the root."""
    length_mm = foot.length * finish.um_per_px / 1000.0
    number = int(min(dice.poisson(9.0 * finish.debris * min(length_mm, 3.0)), 25))
    cover, through, returned = look.cover, look.through.copy(), look.returned.copy()
    for _ in range(number):
        light = strand.kind != "loose" and dice.random() < 0.45
        at = dice.beta(0.7, 5.0 if light else 1.2) * foot.length
        radius = dice.uniform(4.0, 15.0) / finish.um_per_px
        long, aside = dice.uniform(0.8, 4.0), dice.normal(0, 0.8)
        distance = np.hypot(
            (foot.along - np.float32(at)) / np.float32(long), foot.across - np.float32(aside) * foot.half
        )
        lump = np.clip((np.float32(radius) - distance) / 3.0 + 0.5, 0, 1) * np.float32(dice.uniform(0.2, 0.8))
        tone = np.float32(dice.uniform(0.10, 0.35) if light else dice.uniform(0.02, 0.12))
        cover = np.maximum(cover, lump)
        through *= (1 - lump)[:, None]
        returned += lump[:, None] * (tone - returned)
    return Appearance(cover, through, returned)
