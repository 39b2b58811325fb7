"""Draw skin and hairs of known answer, in micrometres, at any scale.

The origin is the outer corner of the picture, so that the same scene drawn at two scales shows the same skin. Strokes
are supersampled: each pixel is covered by its true share, and widths hold to a small part of a pixel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from densitometer.hairs import Hair
from densitometer.measure import Measurement
from densitometer.photo import Photo
from densitometer.pipeline import measure_photo
from densitometer.settings import Settings
from densitometer.srgb import linear

Array = NDArray[np.float32]
Points = NDArray[np.float64]
Rgb = tuple[float, float, float]

SKIN: Rgb = (196, 164, 150)
HAIR: Rgb = (42, 34, 32)
DARK_SKIN: Rgb = (96, 66, 52)
LIGHT_HAIR: Rgb = (218, 200, 166)
BLUISH: Rgb = (104, 108, 136)
_FINER = 4


@dataclass(frozen=True)
class Stroke:
    """One hair: centre line in um (root first), width in um, and the colour of its trail under the skin, if any."""

    points_um: Points
    width_um: float = 60.0
    trail: Rgb | None = None
    colour: Rgb = HAIR

    @property
    def length_um(self) -> float:
        return float(np.hypot(*np.diff(self.points_um, axis=0).T).sum())


def straight(
    middle_um: tuple[float, float], degrees: float, length_um: float, width_um: float = 60.0, **more: object
) -> Stroke:
    """A straight hair, root first, that points ``degrees`` anticlockwise from the x axis as seen."""
    half = np.array([np.cos(np.radians(degrees)), -np.sin(np.radians(degrees))]) * length_um / 2
    points = np.array(middle_um) + np.linspace(-1, 1, 9)[:, None] * half
    return Stroke(points, width_um, **more)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Scene:
    """A picture to be drawn; all lengths in um."""

    hairs: Sequence[Stroke] = ()
    size_um: tuple[float, float] = (1700.0, 1300.0)
    um_per_px: float = 5.556
    skin: Rgb = SKIN
    texture: float = 1.0
    blur_px: float = 0.7
    noise: float = 1.5
    seed: int = 1
    spots: Sequence[tuple[float, float, float, float, Rgb]] = field(default=())
    """Ellipses: x, y, radius, softness, colour."""

    @property
    def shape(self) -> tuple[int, int]:
        return round(self.size_um[1] / self.um_per_px), round(self.size_um[0] / self.um_per_px)

    def to_px(self, points_um: Points) -> Points:
        """Points in um as pixels of the picture: (0, 0) is the centre of the top-left pixel."""
        return np.asarray(points_um) / self.um_per_px - 0.5


def draw(scene: Scene) -> NDArray[np.uint8]:
    """The scene as uint8 RGB."""
    picture = _skin(scene)
    for x, y, radius, softness, colour in scene.spots:
        picture = _blend(picture, _spot(scene, x, y, radius, softness), colour)
    for hair in scene.hairs:
        picture = _blend(picture, 0.69 * _trail(scene, hair), hair.trail or scene.skin)
    for hair in scene.hairs:
        picture = _blend(picture, stroke(scene, hair.points_um, hair.width_um), hair.colour)
    if scene.blur_px:
        picture = cv2.GaussianBlur(picture, (0, 0), scene.blur_px)
    picture = _grey_levels(picture)
    noise = np.random.default_rng(scene.seed + 1000).normal(0, scene.noise, picture.shape)
    return np.clip(np.round(picture + noise), 0, 255).astype(np.uint8)


def stroke(scene: Scene, points_um: Points, width_um: float) -> Array:
    """Share of each pixel that a butt-ended stroke covers."""
    height, width = scene.shape
    whole = np.zeros((height, width), np.float32)
    reach = width_um / 2 + 2 * scene.um_per_px
    low = np.clip(np.floor((points_um.min(axis=0) - reach) / scene.um_per_px), 0, (width, height)).astype(int)
    high = np.clip(np.ceil((points_um.max(axis=0) + reach) / scene.um_per_px), 0, (width, height)).astype(int)
    if (high <= low).any():
        return whole
    fine_um = scene.um_per_px / _FINER
    inside = np.zeros(tuple((high - low)[::-1] * _FINER), np.float32)
    for number, (start, end) in enumerate(zip(points_um[:-1], points_um[1:], strict=True)):
        # Segments overlap by a little at the bends, never at the two ends of the hair.
        room = width_um / 8 * np.array([number > 0, number < len(points_um) - 2])
        _draw_segment(
            inside, start / fine_um - low * _FINER, end / fine_um - low * _FINER, width_um / fine_um, room / fine_um
        )
    whole[low[1] : high[1], low[0] : high[0]] = cv2.resize(inside, tuple(high - low), interpolation=cv2.INTER_AREA)
    return whole


def _draw_segment(inside: Array, start: Points, end: Points, width: float, room: Points) -> None:
    """Draw one straight piece into a picture, lengths in its pixels, places from its outer corner."""
    corners = np.stack([start, end])
    size = np.array(inside.shape[::-1])
    x0, y0 = np.clip(np.floor(corners.min(axis=0) - width - 2), 0, size).astype(int)
    x1, y1 = np.clip(np.ceil(corners.max(axis=0) + width + 2), 0, size).astype(int)
    x, y = np.meshgrid(np.arange(x0, x1, dtype=np.float32) + 0.5, np.arange(y0, y1, dtype=np.float32) + 0.5)
    length = float(np.hypot(*(end - start)))
    ux, uy = (end - start) / length
    along = (x - start[0]) * ux + (y - start[1]) * uy
    across = np.abs((y - start[1]) * ux - (x - start[0]) * uy)
    on = np.clip(width / 2 - across + 0.5, 0, 1)
    on *= np.clip(along + room[0] + 0.5, 0, 1) * np.clip(length + room[1] - along + 0.5, 0, 1)
    np.maximum(inside[y0:y1, x0:x1], on, out=inside[y0:y1, x0:x1])


def _trail(scene: Scene, hair: Stroke) -> Array:
    """The shaft under the skin, beyond the root: wider, soft."""
    if hair.trail is None:
        return np.zeros(scene.shape, np.float32)
    back = hair.points_um[0] - hair.points_um[1]
    points = hair.points_um[0] + np.array([[0.0], [160.0]]) * back / np.hypot(*back)
    return cv2.GaussianBlur(stroke(scene, points, 1.3 * hair.width_um), (0, 0), 20 / scene.um_per_px)


def _skin(scene: Scene) -> Array:
    """Skin with shading, blotches, furrows and pores, the same in um whatever the scale."""
    rng = np.random.default_rng(scene.seed)
    tone = np.zeros(scene.shape, np.float32)
    for grain_um, amplitude in ((700.0, 0.05), (140.0, 0.02), (30.0, 0.015)):
        tone += amplitude * _grain(rng, scene, grain_um)
    furrow = np.exp(-8 * np.abs(_grain(rng, scene, 60.0)))
    light = 1 + scene.texture * (tone - 0.03 * furrow)
    return _light(np.array(scene.skin, np.float32) * light[..., None])


def _light(levels: Array) -> Array:
    """Linear light of sRGB grey levels: hairs cover light, and lenses blur it, not grey levels."""
    return linear(np.clip(levels / 255, 0, 1)).astype(np.float32)


def _grey_levels(light: Array) -> Array:
    """Grey levels in sRGB of linear light."""
    light = np.clip(light, 0, 1)
    return (255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)).astype(np.float32)


def _grain(rng: np.random.Generator, scene: Scene, grain_um: float) -> Array:
    """Smooth noise of unit standard deviation whose grains are ``grain_um`` large."""
    across, down = (int(np.ceil(side / grain_um)) + 4 for side in scene.size_um)
    raw = rng.standard_normal((down, across)).astype(np.float32)
    height, width = scene.shape
    step = scene.um_per_px / grain_um
    x, y = np.meshgrid((np.arange(width) + 0.5) * step + 1, (np.arange(height) + 0.5) * step + 1)
    return cv2.remap(raw, x.astype(np.float32), y.astype(np.float32), cv2.INTER_CUBIC) / 0.7


def _spot(scene: Scene, x: float, y: float, radius: float, softness: float) -> Array:
    height, width = scene.shape
    columns, rows = np.meshgrid((np.arange(width) + 0.5) * scene.um_per_px, (np.arange(height) + 0.5) * scene.um_per_px)
    distance = np.hypot(columns - x, rows - y)
    return np.clip((radius - distance) / max(softness, scene.um_per_px) + 0.5, 0, 1).astype(np.float32)


def _blend(picture: Array, share: Array, colour: Rgb) -> Array:
    return picture + share[..., None] * (_light(np.array(colour, np.float32)) - picture)


def measure(
    scene: Scene | NDArray[np.uint8], um_per_px: float | None = None, method: Literal["network", "ridge"] = "ridge"
) -> Measurement:
    """The whole measurement of a scene at its scale, or of a picture at a stated one, by ridge filters unless said."""
    if isinstance(scene, Scene):
        return measure_photo(Photo(draw(scene)), Settings(method=method), stated_um_per_px=scene.um_per_px)
    return measure_photo(Photo(scene), Settings(method=method), stated_um_per_px=um_per_px)


def counted(measurement: Measurement) -> list[Hair]:
    return [hair for hair in measurement.hairs if hair.counted]


def nearest_ends_px(hair: Hair, root: Points, tip: Points) -> float:
    """Largest distance of a hair's two ends from where they were drawn, whichever end is called the root."""
    ends = hair.points_px[[0, -1]]
    there = max(np.hypot(*(ends[0] - root)), np.hypot(*(ends[1] - tip)))
    back = max(np.hypot(*(ends[1] - root)), np.hypot(*(ends[0] - tip)))
    return float(min(there, back))


def arc(start_um: tuple[float, float], end_um: tuple[float, float], bow_um: float) -> Points:
    """Points along a bowed line."""
    start, end = np.array(start_um, float), np.array(end_um, float)
    t = np.linspace(0, 1, 40)[:, None]
    normal = np.array([start[1] - end[1], end[0] - start[0]]) / np.hypot(*(end - start))
    return np.asarray(start + t * (end - start) + 4 * bow_um * t * (1 - t) * normal)


def fan(members: int, spread_deg: float, width_um: float = 60.0, trail: Rgb | None = BLUISH) -> list[Stroke]:
    """Hairs of 600 um from one opening."""
    angles = 40 + spread_deg * (np.arange(members) - (members - 1) / 2)
    root = np.array([600.0, 850.0])
    ways = np.stack([np.cos(np.radians(angles)), -np.sin(np.radians(angles))], axis=1)
    return [Stroke(root + np.linspace(0, 600, 9)[:, None] * way, width_um, trail) for way in ways]


def meadow(um_per_px: float = 5.556, trail: Rgb | None = BLUISH) -> Scene:
    """Twelve hairs well apart that point one way, four of them wide and two of them in one opening."""
    rng = np.random.default_rng(11)
    hairs = []
    for place in range(11):
        middle = (350.0 + 560 * (place % 4), 330.0 + 560 * (place // 4))
        width = 85.0 if place % 3 == 0 else float(rng.uniform(50, 65))
        hairs.append(straight(middle, 35 + rng.normal(0, 8), float(rng.uniform(300, 420)), width, trail=trail))
    twin = hairs[5].points_um - hairs[5].points_um[0]
    turn = np.radians(30)
    twin = twin @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    hairs.append(Stroke(hairs[5].points_um[0] + twin + [0.0, 60.0], 60.0, trail))
    return Scene(hairs, size_um=(2400.0, 1800.0), um_per_px=um_per_px)
