"""Patches to learn from: pieces of scenes, turned, scaled and toned by chance, with their targets.

Patch ``i`` depends on the seed and ``i`` alone, so that a run that was broken off goes on with the patches it would
have had. Of rendered scenes it is drawn from the first ``400 + i / 100``: training may begin while others are still
being rendered.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from targets import LEAST_VISIBLE, STRIDE, Marks, make_targets

Scene = Mapping[str, NDArray[Any]]
"""Arrays of a scene by name, as `scenes.py` writes them.

Where people marked hairs and not the renderer, ``middles_asked`` and ``strands_asked`` (h, w) may say in which pixels
what is not marked is no hair.
"""
Patch = tuple[NDArray[np.float32], ...]

PATCH_PX = 256
_SCENES_AT_FIRST, _PATCHES_A_SCENE = 400, 100
_WAIT_S = 1800
_LOOK_EVERY_S = 2
_NEEDED = ("rgb", "points", "widths_um", "first", "loose", "counted", "visible_share")


class Scenes(Protocol):
    """Where patches are cut from."""

    def draw(self, number: int, rng: np.random.Generator) -> Scene:
        """Scene of a patch, by its number in the series and by chance."""
        ...


class RenderedScenes:
    """Scenes of ``seeds`` in a folder, kept once read; waits for those that are still being rendered."""

    def __init__(self, folder: Path, seeds: range) -> None:
        self.folder, self.seeds = folder, seeds
        self.scenes: dict[int, Scene] = {}

    def draw(self, number: int, rng: np.random.Generator) -> Scene:
        """Scene of a patch: one of the first few hundred at first, later one of all.

        Raises
        ------
        FileNotFoundError
            When the scene is not there and does not come within half an hour.
        """
        known = min(len(self.seeds), _SCENES_AT_FIRST + number // _PATCHES_A_SCENE)
        seed = self.seeds[int(rng.integers(known))]
        if seed not in self.scenes:
            self.scenes[seed] = self._read(self.folder / f"{seed:06d}.npz")
        return self.scenes[seed]

    @staticmethod
    def _read(path: Path) -> Scene:
        began = time.monotonic()
        while not path.is_file():
            if time.monotonic() - began > _WAIT_S:
                raise FileNotFoundError(f"{path} is not there: render the scenes first (training/scenes.py)")
            time.sleep(_LOOK_EVERY_S)
        with np.load(path) as arrays:
            return {name: arrays[name] for name in _NEEDED}


class Patches:
    """Patches ``first`` to ``last`` of the endless series of a seed, as torch's loaders take them."""

    def __init__(self, scenes: Scenes, first: int, last: int, seed: int = 0) -> None:
        self.scenes, self.first, self.last, self.seed = scenes, first, last, seed

    def __len__(self) -> int:
        return max(0, self.last - self.first)

    def __getitem__(self, index: int) -> Patch:
        number = self.first + index
        rng = np.random.default_rng([self.seed, number])
        return cut_patch(self.scenes.draw(number, rng), rng)


def cut_patch(scene: Scene, rng: np.random.Generator) -> Patch:
    """Picture (3, h, w) from -1 to 1, then the targets in the order of `Targets`."""
    rgb = np.asarray(scene["rgb"], np.uint8)
    turn = _chance_transform(rgb.shape[1::-1], rng)
    picture = cv2.warpAffine(rgb, turn, (PATCH_PX, PATCH_PX), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
    targets = make_targets(_turned_marks(scene, turn), _turned_mask(np.ones(rgb.shape[:2], np.uint8), turn))
    toned = _chance_tones(picture, rng).transpose(2, 0, 1)
    return (
        np.ascontiguousarray(toned),
        targets.middle,
        targets.vector,
        targets.around,
        _only_where(targets.counts, scene.get("middles_asked"), turn),
        targets.strand,
        _only_where(targets.strand_counts, scene.get("strands_asked"), turn),
    )


def _turned_mask(mask: NDArray[np.uint8], turn: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Mask of a scene in the pixels of a patch's targets; nothing beyond the scene."""
    turned = cv2.warpAffine(mask, turn, (PATCH_PX, PATCH_PX), flags=cv2.INTER_NEAREST)
    return np.asarray(turned[::STRIDE, ::STRIDE] > 0)


def _only_where(
    counts: NDArray[np.float32], asked: NDArray[np.uint8] | None, turn: NDArray[np.float64]
) -> NDArray[np.float32]:
    return counts if asked is None else counts * _turned_mask(asked, turn)


def _chance_transform(size: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float64]:
    """Half of the patches are turned by quarter turns alone, which blurs nothing; others by any angle, and scaled."""
    if rng.random() < 0.5:
        angle, scale = np.pi / 2 * int(rng.integers(4)), 1.0
    else:
        angle, scale = rng.uniform(0, 2 * np.pi), float(np.exp(rng.uniform(-0.12, 0.12)))
    matrix = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    if rng.random() < 0.5:
        matrix = matrix @ np.diag([-1.0, 1.0])
    reach = 0.35 * PATCH_PX
    centre = np.round([rng.uniform(min(reach, side / 2), max(side - reach, side / 2)) for side in size])
    shift = np.array([PATCH_PX / 2, PATCH_PX / 2]) - matrix @ centre
    if scale == 1.0:
        matrix, shift = np.round(matrix), np.round(shift)
    return np.column_stack([matrix, shift])


def _turned_marks(scene: Scene, turn: NDArray[np.float64]) -> Marks:
    points = np.asarray(scene["points"], float) @ turn[:, :2].T + turn[:, 2]
    # lengths grow with the picture, and so must widths
    widths = np.asarray(scene["widths_um"], float) * abs(np.linalg.det(turn[:, :2])) ** 0.5
    bounds = list(zip(scene["first"][:-1], scene["first"][1:], strict=True))
    near = [k for k, (a, b) in enumerate(bounds) if _touches(points[a:b]) and b - a > 1]
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
