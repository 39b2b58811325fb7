"""Stand-ins for the slow stages: what they do is written in the top-left pixel of the photograph."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from densitometer.errors import PhotoError
from densitometer.field import Field
from densitometer.hairs import Hair
from densitometer.measure import Measurement
from densitometer.photo import Photo
from densitometer.scale import Scale
from densitometer.settings import Settings

FINE, BUG, KILL, UNFIT, GREEDY, STOP = (0, 0, 0), (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (0, 255, 255)
HANG = (255, 0, 255)


def make_photo(path: Path, order: tuple[int, int, int] = FINE, grey: int = 128) -> Path:
    """Write a PNG of 80 x 70 px whose first pixel tells the stand-in what to do."""
    rgb = np.full((70, 80, 3), grey, np.uint8)
    rgb[10:20, 30:60] = grey // 2
    rgb[0, 0] = order
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(rgb).save(path, "PNG")
    return path


def fake_measure(
    photo: Photo, settings: Settings | None = None, *, stated_um_per_px: float | None = None, from_visits: bool = False
) -> Measurement:
    """Two hairs whose place depends on the picture, or what the first pixel orders."""
    order = tuple(int(value) for value in photo.rgb[0, 0])
    if order == BUG:
        raise ValueError("something\nbroke")
    if order == KILL:
        os._exit(9)
    if order == UNFIT:
        raise PhotoError("it cannot be measured; take it again")
    if order == GREEDY:
        raise MemoryError
    if order == HANG:
        time.sleep(3600)
    if order == STOP:
        raise KeyboardInterrupt
    grey = float(photo.rgb[-1, -1, 0])
    line = np.array([[grey / 7, 10.0], [grey / 7, 40.0]])
    nowhere = np.full(2, np.nan)
    hairs = (
        Hair(line, np.array([4.0, 5.0]), 0.98765, 0.75, unit=1),
        Hair(line + 9.0, nowhere, 0.4, 0.5, counted=False, flags=("root_unclear", "low_confidence")),
    )
    scale = Scale.stated(stated_um_per_px, from_visits=from_visits) if stated_um_per_px else Scale.unknown()
    usable = np.ones(photo.rgb.shape[:2], bool)
    values: dict[str, float | int | None] = {"hair_count": np.int64(1), "mean_width_um": float("nan")}  # type: ignore[dict-item]
    if scale.um_per_px:
        values |= {"area_cm2": usable.size * (scale.um_per_px * 1e-4) ** 2, "density_per_cm2": np.float64(grey / 3)}
    flags = () if scale.um_per_px else ("no_scale", "few_hairs")
    return Measurement(hairs, Field(usable, ~usable), scale, values, flags)


def fake_draw(rgb: NDArray[np.uint8], measurement: Measurement) -> NDArray[np.uint8]:
    """Negative of the photograph."""
    return 255 - rgb
