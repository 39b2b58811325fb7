"""Cameras straight above a scalp, for tests."""

from __future__ import annotations

import numpy as np

from densitometer.synthetic.ground import View


def view(
    um_per_px: float,
    at_mm: tuple[float, float] = (10.0, 8.0),
    turn: float = 0.0,
    size_px: tuple[int, int] = (320, 240),
) -> View:
    """A camera that looks at a place from straight above, turned by some radians."""
    scale = 1000 / um_per_px
    turned = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) * scale
    middle = (np.array(size_px) - 1) / 2
    to_px = np.eye(3)
    to_px[:2, :2], to_px[:2, 2] = turned, middle - turned @ np.array(at_mm)
    return View(size_px, to_px, np.zeros(2), um_per_px)
