"""Draw the sample images and the truth beside each: `python sample_images/make.py [FOLDER]`.

Simple scenes of known answer, the same on every run. A hair is a stroke that covers each pixel by its true share, so
that widths and ends hold to a small part of a pixel. Coordinates: (0, 0) is the centre of the top-left pixel.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

WIDTH_PX, HEIGHT_PX = 640, 512
Array = NDArray[np.float32]
Rgb = tuple[float, float, float]


@dataclass(frozen=True)
class Scene:
    """What to draw; lengths and widths in micrometres, angles in degrees anticlockwise from the x axis."""

    name: str
    seed: int
    um_per_px: float
    skin: Rgb
    hair: Rgb
    units: Sequence[int]  # hairs in each follicular unit
    width_um: tuple[float, float]
    length_um: tuple[float, float]
    direction: float
    spread: float = 8.0
    shadow: Rgb | None = None  # colour of the shaft seen through the skin, beyond the root
    fine: int = 0  # fine hairs besides, one to a unit
    crossing: int = 0  # hairs whose root lies outside the picture
    bar: bool = False


SCENES = (
    Scene("trimmed_dark.jpg", 1, 5.556, (186, 160, 150), (38, 30, 30), (1, 2, 1, 3, 2, 1, 1, 2, 1, 2),
          (60, 90), (300, 600), -48, shadow=(92, 100, 130), bar=True),
    Scene("light_on_dark.jpg", 2, 5.0, (96, 66, 52), (214, 196, 160), (1, 2, 1, 1, 2, 1, 1, 1, 2),
          (45, 75), (350, 700), -120),
    Scene("fine_and_terminal.jpg", 43, 4.0, (200, 168, 152), (64, 44, 34), (1, 2, 1, 2, 1, 1, 3, 1),
          (50, 80), (350, 800), -40, spread=30.0, shadow=(150, 138, 150), fine=6, crossing=3),
    Scene("no_scale.jpg", 4, 7.0, (190, 150, 132), (44, 34, 30), (2, 1, 1, 2, 3, 1, 2, 1, 1, 2, 1, 1),
          (60, 95), (400, 900), -20, spread=14.0, shadow=(120, 112, 130)),
)  # fmt: skip


def skin(scene: Scene, rng: np.random.Generator) -> Array:
    """Skin of (height, width, 3): slow shading, blotches, fine furrows, darker towards the corners."""
    tone = np.zeros((HEIGHT_PX, WIDTH_PX), np.float32)
    for sigma, amplitude in ((120.0, 0.05), (25.0, 0.02), (5.0, 0.012)):
        tone += amplitude * _noise(rng, sigma, sigma)
    furrows = np.exp(-np.abs(_noise(rng, 9.0, 2.5)) * 8.0) + np.exp(-np.abs(_noise(rng, 2.5, 9.0)) * 8.0)
    y, x = np.mgrid[-1.0 : 1.0 : HEIGHT_PX * 1j, -1.0 : 1.0 : WIDTH_PX * 1j]
    light = 1.0 + tone - 0.03 * furrows - 0.06 * (x * x + y * y)
    redness = 1.0 + 0.02 * _noise(rng, 40.0, 40.0)[..., None] * np.array([1.0, -0.5, -0.5], np.float32)
    return (np.array(scene.skin) * light[..., None] * redness).astype(np.float32)


def _noise(rng: np.random.Generator, sigma_x: float, sigma_y: float) -> Array:
    """Smooth noise of unit standard deviation over the picture."""
    small = max(1, int(min(sigma_x, sigma_y) / 3))
    raw = rng.standard_normal((HEIGHT_PX // small + 1, WIDTH_PX // small + 1)).astype(np.float32)
    soft = cv2.GaussianBlur(raw, (0, 0), sigma_x / small, sigmaY=sigma_y / small)
    return np.asarray(cv2.resize(soft / soft.std(), (WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_CUBIC))


def hairs(scene: Scene, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Truth of every hair: curve in px, root first, with width, kind, unit and whether it counts."""
    spots = _openings(scene, rng, len(scene.units) + scene.fine)
    found: list[dict[str, Any]] = []
    for unit, (spot, members) in enumerate(zip(spots, (*scene.units, *[1] * scene.fine), strict=True), start=1):
        fine = unit > len(scene.units)
        middle = scene.direction + rng.normal(0.0, scene.spread)
        for member in range(members):
            angle = middle + (member - (members - 1) / 2) * rng.uniform(16.0, 26.0)
            side = np.radians(angle + 90.0)
            aside = (member - (members - 1) / 2) * 75.0 / scene.um_per_px
            root = spot + aside * np.array([np.cos(side), -np.sin(side)])
            found.append(_hair(scene, rng, root, angle, unit, fine))
    for number in range(scene.crossing):
        root = np.array([-12.0, HEIGHT_PX * (number + 1) / (scene.crossing + 1)])
        found.append(_hair(scene, rng, root, rng.uniform(-25.0, 25.0), len(spots) + number + 1, False))
    return found


def _openings(scene: Scene, rng: np.random.Generator, count: int) -> list[NDArray[np.float64]]:
    """Openings well apart, inside the picture and away from the printed bar."""
    spots: list[NDArray[np.float64]] = []
    apart = 0.62 * np.sqrt(WIDTH_PX * HEIGHT_PX / count)
    for spot in rng.uniform((30.0, 30.0), (WIDTH_PX - 30.0, HEIGHT_PX - 30.0), (20000, 2)):
        in_bar = scene.bar and spot[0] < 290 and spot[1] > 270
        if len(spots) < count and not in_bar and all(np.hypot(*(spot - other)) > apart for other in spots):
            spots.append(spot)
    if len(spots) < count:
        raise ValueError(f"{scene.name}: no room for {count} openings")
    return spots


def _hair(scene: Scene, rng: np.random.Generator, root: Any, angle: float, unit: int, fine: bool) -> dict[str, Any]:
    width_um = rng.uniform(16.0, 26.0) if fine else rng.uniform(*scene.width_um)
    length_px = rng.uniform(*scene.length_um) / scene.um_per_px * (0.7 if fine else 1.0)
    t = np.linspace(0.0, 1.0, 25)
    heading = np.radians(angle + rng.normal(0.0, 14.0) * t)
    step = np.stack([np.cos(heading), -np.sin(heading)], axis=1) * length_px / (t.size - 1)
    points = root + np.concatenate([np.zeros((1, 2)), np.cumsum(step[1:], axis=0)])
    inside = int(0 <= root[0] <= WIDTH_PX - 1 and 0 <= root[1] <= HEIGHT_PX - 1)
    kind = "fine" if fine else "terminal"
    return {"points": points, "width_um": width_um, "unit": unit, "kind": kind, "counted": inside}


def coverage(points: NDArray[np.float64], widths_px: NDArray[np.float64]) -> Array:
    """Share of each pixel that a stroke of the given width along its centre line covers, 0 to 1, butt-ended."""
    reach = float(widths_px.max()) / 2.0 + 2.0
    size = (WIDTH_PX - 1, HEIGHT_PX - 1)
    x0, y0 = np.clip(np.floor(points.min(axis=0) - reach), 0, size).astype(int)
    x1, y1 = np.clip(np.ceil(points.max(axis=0) + reach), 0, size).astype(int)
    grid = np.stack(np.meshgrid(np.arange(x0, x1 + 1), np.arange(y0, y1 + 1)), axis=-1).astype(np.float64)
    steps = np.diff(points, axis=0)
    lengths = np.hypot(*steps.T)
    starts = np.concatenate([[0.0], np.cumsum(lengths)])
    nearest, along, across, pace = (np.full(grid.shape[:2], value) for value in (np.inf, 0.0, 0.0, 1.0))
    for start, step, length, offset in zip(points, steps / lengths[:, None], lengths, starts, strict=False):
        t, u = (grid - start) @ step, (grid - start) @ np.array([-step[1], step[0]])
        distance = np.hypot(t - np.clip(t, 0.0, length), u)
        closer = distance < nearest
        nearest[closer], along[closer], across[closer] = distance[closer], offset + t[closer], u[closer]
        pace[closer] = np.abs(step).max()  # from pixel to pixel across the stroke: windows this wide tile it exactly
    half = np.interp(along, starts, widths_px) / 2.0
    share = _overlap(across / pace, -half / pace, half / pace) * _overlap(along, 0.0, starts[-1])
    whole = np.zeros((HEIGHT_PX, WIDTH_PX), np.float32)
    whole[y0 : y1 + 1, x0 : x1 + 1] = share
    return whole


def _overlap(centre: Any, low: Any, high: Any) -> Any:
    """Length that the unit interval about each centre shares with low to high."""
    return np.clip(centre + 0.5, low, high) - np.clip(centre - 0.5, low, high)


def draw_shadow(picture: Array, scene: Scene, hair: dict[str, Any]) -> Array:
    """The picture with the shaft of one hair showing through the skin beyond its root."""
    if scene.shadow is None:
        return picture
    points, width_px = hair["points"], hair["width_um"] / scene.um_per_px
    back = points[0] - (points[1] - points[0]) * np.linspace(0.0, 9.0, 12)[:, None]
    under = cv2.GaussianBlur(coverage(back, np.linspace(1.1, 2.0, 12) * width_px), (0, 0), 0.5 * width_px + 1.0)
    return _blend(picture, under * (0.25 if hair["kind"] == "fine" else 0.6), scene.shadow)


def draw_shaft(picture: Array, scene: Scene, hair: dict[str, Any]) -> Array:
    """The picture with one hair on it, with a faint sheen along its middle."""
    points, fine = hair["points"], hair["kind"] == "fine"
    taper = np.interp(np.linspace(0.0, 1.0, len(points)), [0.0, 0.9, 1.0], [1.0, 1.0, 0.3 if fine else 0.75])
    widths_px = taper * hair["width_um"] / scene.um_per_px
    colour = tuple(0.45 * s + 0.55 * h for s, h in zip(scene.skin, scene.hair, strict=True)) if fine else scene.hair
    picture = _blend(picture, coverage(points, widths_px), colour)
    sheen = tuple(c + 22.0 for c in colour)
    return _blend(picture, 0.7 * coverage(points[2:-2], 0.25 * widths_px[2:-2]), sheen)


def _blend(picture: Array, share: Array, colour: Sequence[float]) -> Array:
    return picture + share[..., None] * (np.array(colour, np.float32) - picture)


def print_bar(rgb: NDArray[np.uint8], um_per_px: float) -> NDArray[np.uint8]:
    """The picture with an L-shaped bar of 1.0 mm printed at the bottom left."""
    image = Image.fromarray(rgb)
    pen = ImageDraw.Draw(image)
    length, left, bottom = round(1000.0 / um_per_px), 18, HEIGHT_PX - 38
    pen.line([(left, bottom - length), (left, bottom), (left + length, bottom)], fill=(20, 20, 20), width=1)
    pen.rectangle([left + length + 6, bottom - 12, left + length + 68, bottom + 6], fill=(70, 70, 76))
    font = ImageFont.load_default(size=16)
    pen.text((left + length + 37, bottom - 3), "1.0 mm", fill=(255, 255, 255), font=font, anchor="mm")
    return np.asarray(image)


def draw(scene: Scene) -> tuple[NDArray[np.uint8], dict[str, Any]]:
    """One scene: the picture as uint8 RGB of (height, width, 3), and its truth."""
    rng = np.random.default_rng(scene.seed)
    picture, drawn = skin(scene, rng), hairs(scene, rng)
    for layer in (draw_shadow, draw_shaft):
        for hair in drawn:
            picture = layer(picture, scene, hair)
    seen = cv2.GaussianBlur(picture, (0, 0), 0.7) + rng.normal(0.0, 2.0, picture.shape)
    rgb = np.clip(np.round(seen), 0, 255).astype(np.uint8)
    return print_bar(rgb, scene.um_per_px) if scene.bar else rgb, truth(scene, drawn)


def truth(scene: Scene, drawn: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What was drawn, for the file beside the picture; the area is that of the whole picture.

    Root and tip end what can be seen. `cut` is 1 where the hair leaves the picture, and `counted` is 0 where
    its root does.
    """
    rows = []
    for hair in drawn:
        line = np.stack([np.interp(np.linspace(0, 24, 500), np.arange(25), axis) for axis in hair["points"].T], axis=1)
        seen = line[((line >= -0.5) & (line <= (WIDTH_PX - 0.5, HEIGHT_PX - 0.5))).all(axis=1)]
        (root_x, root_y), (tip_x, tip_y) = np.round(seen[[0, -1]], 2).tolist()
        ends = {"root_x_px": root_x, "root_y_px": root_y, "tip_x_px": tip_x, "tip_y_px": tip_y}
        rest = {
            "unit": hair["unit"],
            "kind": hair["kind"],
            "counted": hair["counted"],
            "cut": int(len(seen) < len(line)),
        }
        rows.append(ends | {"width_um": round(float(hair["width_um"]), 2)} | rest)
    area_cm2 = round(WIDTH_PX * HEIGHT_PX * (scene.um_per_px * 1e-4) ** 2, 6)
    counted = sum(hair["counted"] for hair in drawn)
    head = {"photo": scene.name, "um_per_px": scene.um_per_px, "picture_area_cm2": area_cm2, "counted_hairs": counted}
    return head | {"hairs": rows}


def write_all(folder: Path) -> None:
    """Write every scene and its truth into `folder`."""
    for scene in SCENES:
        rgb, answer = draw(scene)
        Image.fromarray(rgb).save(folder / scene.name, quality=92, subsampling=0)
        (folder / scene.name).with_suffix(".json").write_text(json.dumps(answer, indent=1) + "\n", newline="\n")


if __name__ == "__main__":
    write_all(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
