"""Two views of drawn hairs, for tests of matching: every hair and what became of it is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from densitometer.visits.comparison import Alignment
from densitometer.visits.view import GRID_UM, View
from densitometer.visits.warp import Warp

FloatArray = NDArray[np.float64]
SIZE_UM = (6000.0, 5000.0)


def lattice(columns: int = 8, rows: int = 6, apart_um: float = 600.0) -> FloatArray:
    """Roots (n, 2) in um that no hair of another touches, a little off a lattice."""
    x, y = np.meshgrid(np.arange(columns), np.arange(rows))
    wobble = np.random.default_rng(3).uniform(-90.0, 90.0, (columns * rows, 2))
    return np.column_stack([x.ravel(), y.ravel()]) * apart_um + 600.0 + wobble


def view(
    root_um: FloatArray,
    *,
    confidence: float | FloatArray = 0.97,
    width_um: float | FloatArray = 60.0,
    angle_deg: float = 20.0,
    length_um: float = 400.0,
    photo: str = "photo.jpg",
) -> View:
    """View with a hair at each root, all one way; those of a confidence below 0.2 do not count."""
    root = np.array(root_um, float).reshape(-1, 2)
    n, angle = len(root), np.deg2rad(angle_deg)
    sure = np.broadcast_to(np.asarray(confidence, float), (n,)).copy()
    return View(
        photo=photo,
        um_per_px=5.0,
        hair=np.arange(1, n + 1),
        root_um=root,
        tip_um=root + length_um * np.array([np.cos(angle), np.sin(angle)]),
        width_um=np.broadcast_to(np.asarray(width_um, float), (n,)).copy(),
        estimated=np.zeros(n, bool),
        confidence=sure,
        root_confidence=np.full(n, 0.99),
        counted=sure >= 0.2,
        unit=np.where(sure >= 0.2, np.arange(1, n + 1), -1),
        usable=np.ones((int(SIZE_UM[1] / GRID_UM), int(SIZE_UM[0] / GRID_UM)), bool),
        marks_um=np.zeros((0, 3)),
    )


def without(whole: View, *gone: int) -> View:
    """The view without these hairs (indices)."""
    kept = np.setdiff1d(np.arange(len(whole)), gone)
    per_hair = ("root_um", "tip_um", "width_um", "estimated", "confidence", "root_confidence", "counted")
    arrays = {name: getattr(whole, name)[kept] for name in (*per_hair, "unit")}
    return replace(whole, hair=np.arange(1, len(kept) + 1), **arrays)


def laid(overlap_cm2: float = 0.3, warp: Warp | None = None) -> Alignment:
    """An alignment that is known."""
    return Alignment(warp or Warp(), rms_um=5.0, matched=40, overlap_cm2=overlap_cm2, log_odds=50.0)
