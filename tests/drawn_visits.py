"""Two drawn visits of known answer: dots for roots, one turned and shifted against the other."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from densitometer.visits.comparison import Alignment, Comparison, HairMatch
from densitometer.visits.view import GRID_UM, View
from densitometer.visits.warp import Warp

UM_PER_PX = (5.0, 6.0)
SIZE_PX = (400, 300)
"""Width and height of either photograph."""
FloatArray = NDArray[np.float64]


def drawn_warp(turn_deg: float = 20.0, shift_um: tuple[float, float] = (150.0, -80.0)) -> Warp:
    turn = math.radians(turn_deg)
    matrix = [[math.cos(turn), -math.sin(turn), shift_um[0]], [math.sin(turn), math.cos(turn), shift_um[1]]]
    return Warp(np.array(matrix))


def drawn_view(photo: str, um_per_px: float, roots_um: FloatArray) -> View:
    n = len(roots_um)
    cells = [int((size - 1) * um_per_px // GRID_UM) + 1 for size in reversed(SIZE_PX)]
    return View(
        photo=photo,
        um_per_px=um_per_px,
        hair=np.arange(1, n + 1),
        root_um=roots_um.reshape(-1, 2),
        tip_um=roots_um.reshape(-1, 2) + (0.0, 150.0),
        width_um=np.full(n, 60.0),
        estimated=np.zeros(n, bool),
        confidence=np.full(n, 0.9),
        root_confidence=np.full(n, 0.9),
        counted=np.ones(n, bool),
        unit=np.arange(n),
        usable=np.ones(cells, bool),
        marks_um=np.zeros((0, 3)),
    )


def drawn_photo(view: View, ink: tuple[int, int, int] = (0, 0, 0)) -> NDArray[np.uint8]:
    """Light skin with a dark square of 5 px at each root."""
    rgb = np.full((SIZE_PX[1], SIZE_PX[0], 3), 200, np.uint8)
    for x, y in np.round(view.root_um / view.um_per_px).astype(int):
        rgb[max(0, y - 2) : max(0, y + 3), max(0, x - 2) : max(0, x + 3)] = ink
    return rgb


def drawn_visits(warp: Warp | None = None) -> tuple[tuple[View, View], Comparison]:
    """Baseline hairs 1 to 3, of which 3 is lost; follow-up hairs 1 to 3, of which 3 is gained; none is unsure."""
    warp = warp or drawn_warp()
    stay, lost, gained = np.array([[700.0, 600.0], [1100.0, 900.0]]), np.array([[1300.0, 500.0]]), [[900.0, 400.0]]
    before = np.concatenate([stay, lost])
    after = warp.forward(np.concatenate([stay, gained]))
    views = drawn_view("a.jpg", UM_PER_PX[0], before), drawn_view("b.jpg", UM_PER_PX[1], after)
    missing = warp.forward(lost)[0]

    def match(first: int | None, second: int | None, fate: str, places: tuple[FloatArray, FloatArray]) -> HairMatch:
        change = 2.0 if fate == "persisting" else None
        return HairMatch(first, second, fate, 0.9, change, tuple(places[0]), tuple(places[1]))  # type: ignore[arg-type]

    matches = (
        match(1, 1, "persisting", (before[0], after[0])),
        match(2, 2, "persisting", (before[1], after[1])),
        match(3, None, "lost", (before[2], missing)),
        match(None, 3, "gained", (np.array(gained[0]), after[2])),
    )
    return views, Comparison(True, "", Alignment(warp, 5.0, 2, 0.02, 50.0), matches)
