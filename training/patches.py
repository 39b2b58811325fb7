"""Patches to learn from: pieces of scenes, turned, scaled and toned by chance, with their targets.

Patch ``i`` depends on the seed and ``i`` alone, so that a run that was broken off goes on with the patches it would have
had. It is drawn from the first ``400 + i / 100`` scenes: training may begin while scenes are still being rendered.
"""

from __future__ import annotations

import time
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from targets import LEAST_VISIBLE, STRIDE, Marks, make_targets
from torch.utils.data import Dataset

PATCH_PX = 256
_SCENES_AT_FIRST, _PATCHES_A_SCENE = 400, 100
_WAIT_S = 1800


class Patches(Dataset):  # type: ignore[type-arg]
    """Patches ``first`` to ``last`` of an endless series."""

    def __init__(self, folder: Path, seeds: range, first: int, last: int, seed: int = 0) -> None:
        self.folder, self.seeds, self.first, self.last, self.seed = folder, seeds, first, last, seed
        self.scenes: dict[int, dict[str, NDArray[np.generic]]] = {}

    def __len__(self) -> int:
        return self.last - self.first

    def __getitem__(self, index: int) -> tuple[NDArray[np.float32], ...]:
        number = self.first + index
        rng = np.random.default_rng([self.seed, number])
        known = min(len(self.seeds), _SCENES_AT_FIRST + number // _PATCHES_A_SCENE)
        return cut_patch(self._scene(self.seeds[int(rng.integers(known))]), rng)

    def _scene(self, seed: int) -> dict[str, NDArray[np.generic]]:
        if seed not in self.scenes:
            path = self.folder / f"{seed:06d}.npz"
            began = time.monotonic()
            while not path.is_file():
                if time.monotonic() - began > _WAIT_S:
                    raise SystemExit(f"{path} is not there: render the scenes first (training/scenes.py)")
                time.sleep(2)
            with np.load(path) as arrays:
                self.scenes[seed] = {name: arrays[name] for name in arrays.files}
        return self.scenes[seed]


def cut_patch(scene: dict[str, NDArray[np.generic]], rng: np.random.Generator) -> tuple[NDArray[np.float32], ...]:
    """Picture (3, h, w) from -1 to 1, then the targets in the order of `Targets`."""
    rgb = np.asarray(scene["rgb"], np.uint8)
    turn = _chance_transform(rgb.shape[1::-1], rng)
    size = (PATCH_PX, PATCH_PX)
    picture = cv2.warpAffine(rgb, turn, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
    inside = cv2.warpAffine(np.ones(rgb.shape[:2], np.uint8), turn, size, flags=cv2.INTER_NEAREST)
    half = inside[::STRIDE, ::STRIDE] > 0
    targets = make_targets(_turned_marks(scene, turn), half)
    toned = _chance_tones(picture, rng).transpose(2, 0, 1)
    return (
        np.ascontiguousarray(toned),
        targets.middle,
        targets.vector,
        targets.around,
        targets.counts,
        targets.strand,
        targets.strand_counts,
    )


def _chance_transform(size: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float64]:
    """Half of the patches are turned by quarter turns alone, which blurs nothing; the others by any angle and scaled."""
    if rng.random() < 0.5:
        angle, scale = np.pi / 2 * rng.integers(4), 1.0
    else:
        angle, scale = rng.uniform(0, 2 * np.pi), np.exp(rng.uniform(-0.12, 0.12))
    matrix = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    if rng.random() < 0.5:
        matrix = matrix @ np.diag([-1.0, 1.0])
    reach = 0.35 * PATCH_PX
    centre = np.round([rng.uniform(min(reach, side / 2), max(side - reach, side / 2)) for side in size])
    shift = np.array([PATCH_PX / 2, PATCH_PX / 2]) - matrix @ centre
    if scale == 1.0:
        matrix, shift = np.round(matrix), np.round(shift)
    return np.column_stack([matrix, shift])


def _turned_marks(scene: dict[str, NDArray[np.generic]], turn: NDArray[np.float64]) -> Marks:
    points = np.asarray(scene["points"], float) @ turn[:, :2].T + turn[:, 2]
    widths = np.asarray(scene["widths_um"], float)
    bounds = list(zip(scene["first"][:-1], scene["first"][1:], strict=True))
    near = [
        k for k, (a, b) in enumerate(bounds) if _touches(points[a:b]) and b - a > 1
    ]
    asked = np.asarray(scene["counted"], bool) & (np.asarray(scene["visible_share"]) >= LEAST_VISIBLE)
    return Marks(
        [points[bounds[k][0] : bounds[k][1]] for k in near],
        np.array([widths[bounds[k][0] : bounds[k][1]].mean() for k in near]),
        asked[near],
        np.asarray(scene["loose"], bool)[near],
    )


def _touches(line: NDArray[np.float64]) -> bool:
    return bool((line.max(axis=0) > 0).all() and (line.min(axis=0) < PATCH_PX).all())


def _chance_tones(picture: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.float32]:
    """Other light, other camera: gamma, contrast, brightness, a colour cast, less colour, blur, noise."""
    curve = 255 * (np.arange(256) / 255.0) ** rng.uniform(0.8, 1.25)
    curve = (curve - 127) * rng.uniform(0.75, 1.2) + 127 + rng.uniform(-18, 18)
    toned = curve.astype(np.float32)[picture] + rng.uniform(-12, 12, 3).astype(np.float32)
    grey = toned.mean(axis=2, keepdims=True)
    toned = grey + (toned - grey) * np.float32(rng.uniform(0.4, 1.3) if rng.random() > 0.05 else 0.0)
    if rng.random() < 0.2:
        toned = cv2.GaussianBlur(toned, (0, 0), rng.uniform(0.4, 1.0))
    noise = rng.standard_normal(toned.shape, np.float32) * np.float32(rng.uniform(0, 4))
    return np.asarray((np.clip(toned, 0, 255) + noise) / np.float32(127.5) - 1)
