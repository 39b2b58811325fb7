"""Sheets of pictures side by side: whole pictures, a blind test of shuffled crops, and crops round single hairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from look_regions import Floats, Mask

Rgb = NDArray[np.uint8]

GAP_PX = 8
GROUND = 235
CROP_PX = (400, 320)
HAIR_MM = 0.62
HAIR_PX = 224
TRIES = 200
CLEAR_SHARE = 0.999


@dataclass(frozen=True)
class Shown:
    """One picture for a sheet.

    Attributes
    ----------
    name : str
        What the key calls it.
    rendered : bool
    rgb : uint8 array, shape (height, width, 3)
    usable : bool array, shape (height, width)
        Field without print, so that no crop shows print.
    um_per_px : float or None
    root_tip : float array, shape (n, 4)
        Its hairs, root_x, root_y, tip_x, tip_y in px; empty where none are marked.
    """

    name: str
    rendered: bool
    rgb: Rgb
    usable: Mask
    um_per_px: float | None
    root_tip: Floats


def grid(tiles: Sequence[Rgb], columns: int) -> Rgb:
    """Put pictures into rows on a light ground, each in the corner of a cell of the largest one's size."""
    height, width = (max(tile.shape[axis] for tile in tiles) for axis in (0, 1))
    rows = -(-len(tiles) // columns)
    size = (rows * (height + GAP_PX) + GAP_PX, columns * (width + GAP_PX) + GAP_PX, 3)
    sheet = np.full(size, GROUND, np.uint8)
    for at, tile in enumerate(tiles):
        y, x = GAP_PX + at // columns * (height + GAP_PX), GAP_PX + at % columns * (width + GAP_PX)
        sheet[y : y + tile.shape[0], x : x + tile.shape[1]] = tile
    return sheet


def whole(real: Sequence[Shown], rendered: Sequence[Shown], width_px: int = 520) -> Rgb:
    """Whole pictures at reduced size: real ones in the upper row, renders in the lower."""
    columns = min(len(real), len(rendered))
    return grid([_reduced(one.rgb, width_px) for one in (*real[:columns], *rendered[:columns])], columns)


def _reduced(rgb: Rgb, width_px: int) -> Rgb:
    if rgb.shape[1] <= width_px:
        return rgb
    size = (width_px, round(rgb.shape[0] * width_px / rgb.shape[1]))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)


def blind(some: Sequence[Shown], seed: int, columns: int = 3) -> tuple[Rgb, list[str]]:
    """Shuffled, numbered crops of native size, one from each picture, and the key: one line a crop.

    Crops show no print: a place is drawn until it lies in the usable field, else the best of 200 is taken.
    """
    rng = np.random.default_rng(seed)
    tiles, key = [], []
    for number, at in enumerate(rng.permutation(len(some)), start=1):
        shown = some[at]
        x, y = _place(shown, rng)
        tile = shown.rgb[y : y + CROP_PX[1], x : x + CROP_PX[0]].copy()
        _write(tile, str(number))
        tiles.append(tile)
        kind = "rendered" if shown.rendered else "real"
        key.append(f"{number:3d}  {kind:8s}  {shown.name}  x {x} y {y}")
    return grid(tiles, columns), key


def _place(shown: Shown, rng: np.random.Generator) -> tuple[int, int]:
    """Draw the corner of a crop without print."""
    room = [max(0, side - crop) for side, crop in zip(shown.rgb.shape[1::-1], CROP_PX, strict=True)]
    best, best_share = (0, 0), -1.0
    for _ in range(TRIES):
        x, y = (int(rng.integers(0, side + 1)) for side in room)
        share = float(shown.usable[y : y + CROP_PX[1], x : x + CROP_PX[0]].mean())
        if share > best_share:
            best, best_share = (x, y), share
        if share >= CLEAR_SHARE:
            break
    return best


def _write(tile: Rgb, text: str) -> None:
    """Write a number into the corner, the same on every tile."""
    cv2.rectangle(tile, (0, 0), (30, 20), (GROUND,) * 3, -1)
    cv2.putText(tile, text, (3, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 1, cv2.LINE_AA)


def hairs(real: Sequence[Shown], rendered: Sequence[Shown], seed: int, pairs: int = 12) -> Rgb:
    """Crops of 0.62 mm round single hairs: real ones in the left of each pair of columns, renders in the right.

    Each real hair has beside it the rendered one whose length and direction come nearest.
    """
    rng = np.random.default_rng(seed)
    theirs = [(shown, hair) for shown in rendered for hair in _whole_hairs(shown)]
    ours = [(shown, hair) for shown in real for hair in _whole_hairs(shown)]
    tiles: list[Rgb] = []
    for at in rng.permutation(len(ours))[:pairs]:
        if not theirs:
            break
        shown, hair = ours[at]
        want = _shape_um(shown, hair)
        near = min(range(len(theirs)), key=lambda k: float(np.linalg.norm(_shape_um(*theirs[k]) - want)))
        tiles += [_round_hair(shown, hair), _round_hair(*theirs.pop(near))]
    if not tiles:
        raise ValueError("no hair lies whole inside both sets of pictures: nothing to set side by side")
    return grid(tiles, 6)


def _shape_um(shown: Shown, hair: Floats) -> Floats:
    return np.asarray((hair[2:] - hair[:2]) * (shown.um_per_px or 1.0))


def _half_px(shown: Shown) -> int:
    return max(4, round(HAIR_MM * 1000 / (shown.um_per_px or 1.0) / 2))


def _whole_hairs(shown: Shown) -> list[Floats]:
    """Hairs whose crop lies inside the picture and shows no print."""
    half = _half_px(shown)
    kept = []
    for hair in shown.root_tip:
        x, y = (round(float(v)) for v in (hair[:2] + hair[2:]) / 2)
        here = shown.usable[max(0, y - half) : y + half, max(0, x - half) : x + half]
        if here.shape == (2 * half, 2 * half) and here.all() and np.hypot(*(hair[2:] - hair[:2])) < 1.8 * half:
            kept.append(hair)
    return kept


def _round_hair(shown: Shown, hair: Floats) -> Rgb:
    half = _half_px(shown)
    x, y = (round(float(v)) for v in (hair[:2] + hair[2:]) / 2)
    crop = shown.rgb[y - half : y + half, x - half : x + half]
    return np.asarray(cv2.resize(crop, (HAIR_PX, HAIR_PX), interpolation=cv2.INTER_CUBIC), np.uint8)
