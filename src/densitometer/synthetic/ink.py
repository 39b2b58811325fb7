"""What stains skin and hair alike: a pen, hair dye, a tattooed dot."""

from __future__ import annotations

import cv2
import numpy as np

from densitometer.synthetic.dice import stream
from densitometer.synthetic.ground import Array, Ground
from densitometer.synthetic.places import (
    Patch,
    Points,
    blend,
    cover,
    dots,
    near_frame,
    patch_at,
    round_depth,
    sow,
    texture,
)

# how strongly each ink absorbs red, green and blue light
_INKS = (np.array([2.6, 1.8, 0.14], np.float32), np.array([1.6, 2.3, 0.35], np.float32))
_DYES = (np.array([0.75, 1.0, 1.25], np.float32), np.array([0.95, 1.0, 0.95], np.float32))
_TATTOO = np.array([2.3, 1.9, 1.35], np.float32)
_STROKES_PER_CM2, _SPOTS_PER_CM2, _FLECKS_PER_CM2 = 1.6, 1.2, 9.0
_STROKE_MM = 3.2


def add_ink(radiance: Array, light: Array, ground: Ground) -> None:
    """Marks of a pen: strokes that settle in the grain of the skin, spots, and dried flecks. In place."""
    dice = stream(ground.seed, "ink")
    ink = _INKS[int(dice.random() < 0.25)]
    for name, per_cm2, draw in (("strokes", _STROKES_PER_CM2, _stroke), ("spots", _SPOTS_PER_CM2, _spot)):
        places, luck = sow(ground, per_cm2, _STROKE_MM, "ink", name)
        for at, own in zip(places, luck, strict=True):
            draw(radiance, light, ground, at, own, ink)
    places, luck = sow(ground, _FLECKS_PER_CM2, 0.3, "ink", "flecks")
    for at, own in zip(places, luck, strict=True):
        _fleck(radiance, light, ground, at, own, ink)


def _stroke(radiance: Array, light: Array, ground: Ground, at: Points, luck: Points, ink: Array) -> None:
    """A short line of a pen, bent a little, of uneven pressure."""
    half, width = 500 + 1900 * luck[0], 130 + 520 * luck[1] ** 1.8
    patch = patch_at(ground, at, half + width)
    if patch is None:
        return
    dice = stream(ground.seed, "ink stroke", int(luck[2] * 2**31))
    along, across = patch.along(float(luck[3] * np.pi))
    across = across - np.float32(0.14 * dice.normal()) * along**2 / np.float32(half)
    thick = np.float32(width / 2) * np.sqrt(np.clip(1 - (np.abs(along) / np.float32(half)) ** 3, 0, 1))
    inside = thick - np.abs(across) - np.float32(0.1 * width) * (along < -half) - np.clip(np.abs(along) - half, 0, None)
    # pressure fades along the stroke, skin takes ink in its furrows and lets it go on its ridges
    pressure = 0.75 + 0.25 * np.tanh(along / np.float32(half) * 2) * np.float32(np.sign(luck[4] - 0.5))
    _stain(radiance, light, ground, patch, inside, ink, pressure * np.float32(0.35 + 1.0 * luck[5]), dice)


def _spot(radiance: Array, light: Array, ground: Ground, at: Points, luck: Points, ink: Array) -> None:
    """A dabbed dot of a pen, or a smudge of it."""
    radius = 150 + 550 * luck[0] ** 1.5
    patch = patch_at(ground, at, radius * 2.0)
    if patch is None:
        return
    dice = stream(ground.seed, "ink spot", int(luck[2] * 2**31))
    inside = round_depth(patch, radius, 0.10, dice) + np.float32(0.2 * radius) * texture(patch, 0.6 * radius, dice)
    pressure = np.full(inside.shape, np.float32(0.3 + 1.1 * luck[3]))
    _stain(radiance, light, ground, patch, inside, ink, pressure, dice)


def _stain(
    radiance: Array,
    light: Array,
    ground: Ground,
    patch: Patch,
    inside: Array,
    ink: Array,
    pressure: Array,
    dice: np.random.Generator,
) -> None:
    """Lay ink where ``inside`` is above 0: strong in the furrows, broken at the border."""
    grain = 0.5 * texture(patch, 24.0, dice) + 0.6 * texture(patch, 55.0, dice) + 0.5 * texture(patch, 160.0, dice)
    settled = 1 / (1 + np.exp(-1.7 * (grain + 0.3)))  # in the furrows; the ridges keep little
    edge = np.clip(inside + np.float32(50) * grain, -200, 200)
    full = cover(edge, 140.0, ground.um_per_px) * pressure
    amount = full * (0.12 + 0.9 * settled * settled)
    wash = np.float32(0.30) * cover(inside + np.float32(50) + 25 * grain, 200.0, ground.um_per_px) * pressure
    density = (amount + wash)[..., None]
    radiance[patch.box] *= np.exp(-density * ink)
    # thick ink sends back some light of its own: seen on dark hair
    own = np.exp(-ink * np.float32(0.9)) * np.float32(0.55)
    blend(radiance, patch, np.clip(0.45 * amount, 0, 0.5), light[patch.box] * own)


def _fleck(radiance: Array, light: Array, ground: Ground, at: Points, luck: Points, ink: Array) -> None:
    """A crumb of dried ink, on skin or hair."""
    radius = 10 + 45 * luck[0] ** 2.5
    patch = patch_at(ground, at, radius * 2)
    if patch is None:
        return
    dice = stream(ground.seed, "ink fleck", int(luck[2] * 2**31))
    inside = cover(round_depth(patch, radius, 0.22, dice), 10.0, ground.um_per_px)
    tone = np.exp(-ink * np.float32(0.75 + 0.5 * luck[3])) * np.float32(0.55)
    shade = np.clip(1 + 0.35 * texture(patch, 14.0, dice), 0.3, 1.8)
    blend(radiance, patch, inside * np.float32(0.9), light[patch.box] * tone * shade[..., None])


def add_dye(
    radiance: Array, ground: Ground, amount: float, roots_mm: Points | None = None, groove: Array | None = None
) -> None:
    """Skin stained by hair dye: its lines and openings are dark, with smears and dots between. In place."""
    dice = stream(ground.seed, "dye")
    dye = _DYES[int(dice.random() < 0.4)]
    bearing, crossing = float(dice.uniform(0, np.pi)), float(dice.uniform(0.9, 1.9))
    lines = _skin_lines(ground, (bearing, bearing + crossing)) if groove is None else groove
    patchy = 0.5 + 0.5 * ground.grain(1.4, "dye patches") + 0.3 * ground.grain(0.35, "dye patches, fine")
    patchy = np.clip(patchy, 0, 1.6)
    uneven = ground.grain(0.7, "dye smears") + 0.6 * ground.grain(0.25, "dye smears, edge", stretch=1.6, angle=bearing)
    smear = np.clip(uneven - np.float32(1.3), 0, 1.3)
    stain = lines * patchy * np.float32(0.36) + patchy * np.float32(0.14) + smear * np.float32(0.7)
    places, luck = sow(ground, 260.0 * amount, 0.3, "dye dots")
    stain += dots(ground, places, 8 + 30 * luck[:, 0] ** 2, 0.3 + 0.9 * luck[:, 1])
    if roots_mm is not None:
        roots = near_frame(ground, roots_mm, 0.4)
        stain += dots(ground, roots, np.full(len(roots), 55.0), np.full(len(roots), 0.8))
    for channel, share in enumerate(dye):
        radiance[..., channel] *= np.asarray(cv2.exp(stain * np.float32(-share * amount)))


def _skin_lines(ground: Ground, angles: tuple[float, float]) -> Array:
    """Fine lines that cross, where the relief of the skin is not known."""
    bend = np.float32(0.06) * ground.grain(0.35, "dye bend")
    lines = np.zeros(ground.shape, dtype=np.float32)
    for number, angle in enumerate(angles):
        ridge = ground.grain(0.06, "dye lines", number, stretch=5.0, angle=angle, warp=(bend, -bend))
        lines += np.exp(-np.square(ridge / np.float32(0.26)))
    return lines


def add_tattoo(radiance: Array, ground: Ground, middle_mm: Points) -> None:
    """A dot tattooed into the skin to find the place again: blue-black and soft, for it lies deep. In place."""
    dice = stream(ground.seed, "tattoo")
    at, radius = middle_mm + dice.uniform(-0.8, 0.8, 2), float(dice.uniform(150, 400))
    strength = float(dice.uniform(0.5, 0.9))
    patch = patch_at(ground, at, radius * 1.8)
    if patch is None:
        return
    inside = round_depth(patch, radius, 0.05, dice) + np.float32(10) * texture(patch, 90.0, dice)
    full = cover(inside, 0.8 * radius, ground.um_per_px) * np.clip(1 + 0.08 * texture(patch, 60.0, dice), 0, 1.3)
    radiance[patch.box] *= np.exp(-np.float32(strength) * full[..., None] * _TATTOO)
