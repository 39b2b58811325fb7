"""Views of drawn scalps, for tests: where every root lies is known exactly."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from densitometer.visits.view import GRID_UM, View

FloatArray = NDArray[np.float64]
Pose = Callable[[FloatArray], FloatArray]

SIZE_UM = (7000.0, 5600.0)
"""Width and height of what a camera sees."""
WIDE_UM = (28_000.0, 22_000.0)
"""And of a whole clipped area."""


def scalp(seed: int, per_cm2: float = 250.0, side_um: float = 20_000.0) -> FloatArray:
    """Roots (n, 2) in um of a square scalp, the middle at (0, 0), in units of one to three hairs."""
    dice = np.random.default_rng(seed)
    units = int(per_cm2 / 1.9 * (side_um * 1e-4) ** 2)
    middles = dice.uniform(-side_um / 2, side_um / 2, (units, 2))
    hairs = dice.choice([1, 2, 3], units, p=[0.3, 0.5, 0.2])
    return np.repeat(middles, hairs, axis=0) + dice.normal(0, 80.0, (hairs.sum(), 2))


def posed(
    shift_um: tuple[float, float] = (0.0, 0.0),
    turn_deg: float = 0.0,
    scale: float = 1.0,
    *,
    mirror: bool = False,
    size_um: tuple[float, float] = SIZE_UM,
) -> Pose:
    """Camera: places on the scalp to places in its picture, turned about and looking at ``shift_um``."""
    turn = np.deg2rad(turn_deg)
    by = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    by = by @ np.diag([-1.0 if mirror else 1.0, 1.0])
    return lambda places: (places - np.array(shift_um)) @ by.T + np.array(size_um) / 2


def seen(
    roots: FloatArray,
    pose: Pose | None = None,
    *,
    missed: float = 0.0,
    invented: float = 0.0,
    error_um: float = 0.0,
    seed: int = 0,
    photo: str = "photo.jpg",
    marks: FloatArray | None = None,
    size_um: tuple[float, float] = SIZE_UM,
) -> View:
    """What is measured of a scalp through a camera, with the errors of a detector."""
    dice = np.random.default_rng([seed, 7])
    places = (pose or posed(size_um=size_um))(roots)
    places = places[dice.random(len(places)) >= missed]
    inside = ((places >= 0) & (places < np.array(size_um))).all(axis=1)
    false = dice.uniform(0, 1, (round(invented * inside.sum()), 2)) * np.array(size_um)
    found = np.concatenate([places[inside] + dice.normal(0, 1, (inside.sum(), 2)) * error_um, false])
    found = dice.permutation(found)
    shown = np.zeros((0, 2)) if marks is None else (pose or posed(size_um=size_um))(marks)
    return view_at(found, photo, np.column_stack([shown, np.full(len(shown), 150.0)]), size_um)


def view_at(
    roots: FloatArray,
    photo: str = "photo.jpg",
    marks_um: FloatArray | None = None,
    size_um: tuple[float, float] = SIZE_UM,
) -> View:
    """View of roots that are told as sure, each hair 500 um long."""
    n = len(roots)
    return View(
        photo=photo,
        um_per_px=5.5,
        hair=np.arange(1, n + 1),
        root_um=roots,
        tip_um=roots + np.array([300.0, 400.0]),
        width_um=np.full(n, 60.0),
        estimated=np.zeros(n, bool),
        confidence=np.full(n, 0.9),
        root_confidence=np.full(n, 0.9),
        counted=np.ones(n, bool),
        unit=np.full(n, -1),
        usable=np.ones((int(size_um[1] / GRID_UM), int(size_um[0] / GRID_UM)), bool),
        marks_um=np.zeros((0, 3)) if marks_um is None else marks_um,
    )
