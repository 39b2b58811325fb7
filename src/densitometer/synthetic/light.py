"""The light on the skin: lamps near by, their colours, the shade of the relief and the glare they leave."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from densitometer.synthetic.dice import between, stream
from densitometer.synthetic.ground import Ground
from densitometer.synthetic.relief import Relief
from densitometer.synthetic.style import CameraStyle

Array = NDArray[np.float32]
Rgb = tuple[float, float, float]

# Colour of the near and of the far side of the light: LED rings of USB microscopes are bluish where they shine
# brightest and yellow-green where only their scattered light comes.
_COLOURS: dict[str, tuple[Rgb, Rgb]] = {
    "usb": ((0.82, 0.80, 1.95), (0.99, 1.03, 0.80)),
    "ring": ((0.97, 1.0, 1.08), (1.02, 1.0, 0.95)),
    "warm": ((1.14, 1.0, 0.80), (1.20, 0.98, 0.70)),
    "flat": ((1.0, 1.0, 1.0), (1.0, 1.0, 1.0)),
}


@dataclass(frozen=True)
class Light:
    """Light over a picture.

    Attributes
    ----------
    rgb : (height, width, 3) float32 array
        Light that falls on flat skin; white of the usual strength is 1.
    glare : (height, width, 3) float32 array
        Light that skin mirrors into the camera.
    shade : (height, width) float32 array
        Factor by which the relief weakens or strengthens the light.
    towards : (2,) float array
        Direction on the scalp that the main light comes from, length 1.
    """

    rgb: Array
    glare: Array
    shade: Array
    towards: NDArray[np.float64]


def light_up(ground: Ground, relief: Relief, camera: CameraStyle, visit: int) -> Light:
    """Light the relief of a skin.

    The glare is that of a rough surface of small mirrors: bright where the slope is the one that throws a lamp's light
    into the camera (Blinn 1977), which close to a lamp changes over the picture.
    """
    dice = stream(ground.seed, "light", visit)
    height, width = ground.shape
    turn = float(dice.uniform(0, 2 * np.pi))
    towards = np.array([np.cos(turn), np.sin(turn)])
    across, down = (
        np.linspace(-side, side, n, dtype=np.float32) for side, n in ((1.0, width), (height / width, height))
    )
    nearness = np.float32(towards[0]) * across[None, :] + np.float32(towards[1]) * down[:, None]
    nearness = nearness + np.float32(0.25) * _slow(ground, visit)
    ring = across[None, :] ** 2 + down[:, None] ** 2
    ring = ring - ring.mean()  # a ring of lamps: the rim of the picture lies nearer to them than its middle
    rgb = _colour(nearness, np.float32(0.5) * nearness + np.float32(dice.uniform(0.5, 1.0)) * ring, camera, dice)
    shade = _shade(relief, towards, float(dice.uniform(0.25, 0.5)))
    strength, grain_um = between(dice, camera.glare), between(dice, camera.glare_grain_um)
    glare = _glare(ground, relief, nearness, towards, strength, grain_um, dice)
    tint = np.array(_COLOURS[camera.light][0], np.float32) ** np.float32(1.25)
    return Light(rgb, glare[..., None] * tint, shade, _on_scalp(towards, ground))


def _on_scalp(way: NDArray[np.float64], ground: Ground) -> NDArray[np.float64]:
    """Direction on the scalp of a direction on the picture."""
    middle = np.array(ground.shape[::-1]) / 2
    start, end = ground.view.unproject(np.stack([middle, middle + way]))
    return np.asarray((end - start) / np.hypot(*(end - start)))


def _slow(ground: Ground, visit: int) -> Array:
    return ground.grain(2.5, "unevenness of the light", visit)


def _colour(nearness: Array, tint: Array, camera: CameraStyle, dice: np.random.Generator) -> Array:
    near, far = (np.array(colour, np.float32) for colour in _COLOURS[camera.light])
    cast = np.float32(between(dice, camera.cast))
    near, far = 1 + (near - 1) * cast, 1 + (far - 1) * cast
    fall = float(dice.uniform(0.05, 0.22)) if camera.light != "flat" else 0.04
    share = np.clip(0.5 + 0.55 * tint, 0, 1)[..., None]
    strength = np.float32(1.0) + np.float32(fall) * nearness
    return np.asarray((far + (near - far) * share) * strength[..., None], np.float32)


def _shade(relief: Relief, towards: NDArray[np.float64], oblique: float) -> Array:
    """Lambert's cosine to first order, and the darkness of what lies deep in a line."""
    facing = np.float32(-towards[0]) * relief.slope_x + np.float32(-towards[1]) * relief.slope_y
    lit = np.clip(1 + np.float32(oblique) * facing, 0.45, 1.6)
    return np.asarray(lit * (1 - np.float32(0.22) * relief.groove), np.float32)


def _glare(
    ground: Ground,
    relief: Relief,
    nearness: Array,
    towards: NDArray[np.float64],
    strength: float,
    grain_um: float,
    dice: np.random.Generator,
) -> Array:
    """Sum over three lamps of how well each small mirror is turned to throw its light into the camera.

    Horn cells of a few um to some tens of um tilt the mirrors at random: a haze where most are turned the right way,
    glints where single ones are.
    """
    glare = np.zeros(ground.shape, np.float32)
    if strength <= 0:
        return glare
    grain_mm = max(grain_um, 1.6 * ground.um_per_px) / 1000.0
    patches = [
        np.float32(0.15) * ground.grain(0.45, "oily patches", axis)
        + np.float32(0.10) * ground.grain(0.16, "oily patches", 2 + axis, stretch=2.0, angle=relief.angles[axis])
        for axis in (0, 1)
    ]
    cells = [
        np.float32(0.12)
        * ground.grain(grain_mm, "horn cells", axis, stretch=2.0, angle=relief.angles[axis], warp=relief.warp)
        + np.float32(0.17)
        * ground.grain(3.5 * grain_mm, "horn plates", axis, stretch=1.5, angle=relief.angles[0], warp=relief.warp)
        for axis in (0, 1)
    ]
    slope_x, slope_y = relief.slope_x + patches[0], relief.slope_y + patches[1]
    rough = float(dice.uniform(0.035, 0.075))
    for lamp in range(3):
        turn = float(np.arctan2(towards[1], towards[0]) + (0.0, 1.9, -2.1)[lamp] + dice.normal(0, 0.3))
        wanted = float(dice.uniform(0.28, 0.46)) - np.float32(0.20) * nearness
        off_x = slope_x + np.float32(np.cos(turn)) * wanted
        off_y = slope_y + np.float32(np.sin(turn)) * wanted
        power = np.float32(strength * (1.0, 0.4, 0.3)[lamp])
        glare += np.float32(0.3) * power * np.exp((off_x * off_x + off_y * off_y) * np.float32(-0.5 / 0.2**2))
        off_x, off_y = off_x + cells[0], off_y + cells[1]
        glare += np.float32(1.5) * power * np.exp((off_x * off_x + off_y * off_y) * np.float32(-0.5 / rough**2))
    return glare
