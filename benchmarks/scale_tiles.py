"""Photographs to measure by the thousand: rendered tiles, the same again under other names; and large ones."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

DISTINCT = 100
FIRST_SEED = 710_000
STYLE = "trimmed_70x"
UM_PER_PX = 5.6
SIZES_PX = ((240, 192), (320, 256), (480, 384), (640, 512))
"""Sizes a tile may have; the largest for which the work stays within its time is taken."""
WORKING_UM_PER_PX = 8.0
"""The scale at which the network looks, where a photograph takes most memory for its pixels."""
PHOTOGRAPH_PX = (1280, 1024)
QUALITY = 92

Rgb = NDArray[np.uint8]


def render(size_px: tuple[int, int], seed: int, *, printed: bool = True) -> Rgb:
    """Render one tile; without what a camera prints into it where that is not wanted."""
    from densitometer.synthetic import render_scene
    from densitometer.synthetic.styles import find_style

    nothing = {f"{what}_chance": 0.0 for what in ("header", "bar", "circle", "watermark", "padding")}
    return render_scene(find_style(STYLE, None if printed else {"extras": nothing}), seed, size_px).rgb


def cost_s(size_px: tuple[int, int]) -> float:
    """Seconds that one core takes to measure a tile and to draw it; the least of some, in this process."""
    import cv2

    from densitometer.photo import Photo
    from densitometer.pipeline import measure_photo
    from densitometer.report.overlay import draw_overlay

    photo = Photo(render(size_px, FIRST_SEED))
    spent = []
    for _ in range(4):
        started = time.perf_counter()
        overlay = draw_overlay(photo.rgb, measure_photo(photo, stated_um_per_px=UM_PER_PX))
        cv2.imencode(".png", overlay)
        spent.append(time.perf_counter() - started)
    return min(spent)


def chosen_size(costs: dict[tuple[int, int], float], tiles: int, workers: int, within_s: float) -> tuple[int, int]:
    """Largest size of which so many tiles are measured in time; the smallest where none is."""
    fit = [size for size, cost in costs.items() if tiles * cost / workers <= within_s]
    return max(fit or [min(costs)])


def make_tiles(folder: Path, size_px: tuple[int, int]) -> list[Path]:
    """Render the distinct tiles into a folder, but for those that are there."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{size_px[0]}x{size_px[1]}-{number:03d}.png" for number in range(DISTINCT)]
    for number, path in enumerate(paths):
        if not path.exists():
            part = path.with_suffix(".part")
            Image.fromarray(render(size_px, FIRST_SEED + number)).save(part, "PNG")
            os.replace(part, path)
    return paths


def repeat(tiles: list[Path], folder: Path, count: int) -> Path:
    """Lay out ``count`` photographs, the tiles in turn under other names, as links where the system has them."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for number in range(count):
        source, target = tiles[number % len(tiles)], folder / f"{number:05d}.png"
        try:
            os.link(source, target)
        except OSError:
            shutil.copyfile(source, target)
    return folder


def make_photographs(folder: Path, size_px: tuple[int, int], count: int) -> Path:
    """Write JPEG photographs of a size, each a scene of usual size laid side by side and cut."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for number in range(count):
        one = size_px == PHOTOGRAPH_PX
        scene = render(PHOTOGRAPH_PX, FIRST_SEED + number, printed=one)  # print again and again would be read each time
        times = -(-size_px[1] // PHOTOGRAPH_PX[1]), -(-size_px[0] // PHOTOGRAPH_PX[0]), 1
        mosaic = np.tile(scene, times)[: size_px[1], : size_px[0]]
        Image.fromarray(np.ascontiguousarray(mosaic)).save(folder / f"{number:03d}.jpg", quality=QUALITY)
    return folder
