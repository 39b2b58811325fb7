"""What densitometer finds on a marked photograph, through its public functions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import real
from densitometer.measure import Measurement
from densitometer.photo import read_photo
from densitometer.pipeline import measure_photo
from densitometer.scale import find_scale
from densitometer.settings import Settings

NAMES = {"densitometer": "densitometer", "ridge": "densitometer `--method ridge`"}
RIDGE = replace(Settings(), method="ridge")
"""Settings as shipped, but for the classical method."""


def measure(path: Path, um_per_px: float, settings: Settings | None = None) -> Measurement:
    """Read and measure one photograph at a stated scale, with the settings as shipped unless others are given."""
    return measure_photo(read_photo(path), settings or Settings(), stated_um_per_px=um_per_px)


def found(measurement: Measurement) -> NDArray[np.float64]:
    """Give the ends of the counted hairs, root_x, root_y, tip_x, tip_y in px, shape (n, 4)."""
    ends = [np.concatenate([hair.points_px[0], hair.points_px[-1]]) for hair in measurement.hairs if hair.counted]
    return np.array(ends, dtype=float).reshape(-1, 4)


def read_scale(photo: real.MarkedPhoto) -> float | None:
    """Read the scale from the photograph alone, in um per px; None where it declines."""
    return find_scale(read_photo(photo.path)).um_per_px
