"""Where on the scalp each pixel looks, and noise that belongs to the scalp rather than to the picture."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from densitometer.synthetic.dice import stream

Array = NDArray[np.float32]
_PERIOD = 512  # grains after which noise repeats itself
_PAD = 3  # lattice points that interpolation reaches beyond the place it reads
_SAMPLES = 6  # places read per coarse grain: cv2.remap rounds places to 1/32 of a grain


@dataclass(frozen=True)
class View:
    """A camera above the scalp: a plane homography between mm on the skin and pixels, and what height does to it.

    Attributes
    ----------
    size_px : tuple of int
        Width and height of the picture.
    to_px : (3, 3) float array
        From (x_mm, y_mm, 1) on the skin to homogeneous pixels; (0, 0) is the centre of the top-left pixel.
    lean_px_per_mm : (2,) float array
        How far a point one mm above the skin is shifted in the picture by the camera's tilt.
    um_per_px : float
        Scale at the middle of the picture.
    """

    size_px: tuple[int, int]
    to_px: NDArray[np.float64]
    lean_px_per_mm: NDArray[np.float64]
    um_per_px: float

    def project(self, points_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Pixels (n, 2) of points (n, 2) on the skin or (n, 3) above it, in mm."""
        flat = np.column_stack([points_mm[:, :2], np.ones(len(points_mm))]) @ self.to_px.T
        at = flat[:, :2] / flat[:, 2:]
        return at + points_mm[:, 2:] * self.lean_px_per_mm if points_mm.shape[1] == 3 else at

    def px_per_um(self, place_mm: NDArray[np.float64]) -> float:
        """Pixels in one um across a hair that lies at a place (2,): the nearer to a tilted camera, the more."""
        middle = self.unproject((np.array([self.size_px]) - 1) / 2)[0]
        here, aim = (float(self.to_px[2] @ [*place, 1.0]) for place in (place_mm, middle))
        return aim / here / self.um_per_px

    def unproject(self, points_px: NDArray[np.float64]) -> NDArray[np.float64]:
        """Places on the skin in mm, (n, 2), that pixels (n, 2) look at."""
        flat = np.column_stack([points_px, np.ones(len(points_px))]) @ np.linalg.inv(self.to_px).T
        return np.asarray(flat[:, :2] / flat[:, 2:])


@dataclass(frozen=True)
class Ground:
    """The scalp as one camera sees it: mm of every pixel, and noise on the scalp sampled there.

    The same seed gives the same skin under any camera.
    """

    seed: int
    view: View

    @property
    def um_per_px(self) -> float:
        """Scale at the middle of the picture."""
        return self.view.um_per_px

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the picture."""
        return self.view.size_px[1], self.view.size_px[0]

    @cached_property
    def xy_mm(self) -> tuple[Array, Array]:
        """Places on the scalp, x and y in mm, of every pixel: two (height, width) arrays."""
        height, width = self.shape
        inverse = np.linalg.inv(self.view.to_px)
        x, y = np.arange(width, dtype=np.float64)[None, :], np.arange(height, dtype=np.float64)[:, None]
        below = inverse[2, 0] * x + inverse[2, 1] * y + inverse[2, 2]
        across = (inverse[0, 0] * x + inverse[0, 1] * y + inverse[0, 2]) / below
        down = (inverse[1, 0] * x + inverse[1, 1] * y + inverse[1, 2]) / below
        return across.astype(np.float32), down.astype(np.float32)

    def grain(
        self,
        grain_mm: float,
        *names: str | int,
        stretch: float = 1.0,
        angle: float = 0.0,
        warp: tuple[Array, Array] | None = None,
    ) -> Array:
        """Smooth noise of mean 0 and standard deviation about 1 whose grains are ``grain_mm`` across.

        Parameters
        ----------
        grain_mm : float
            Distance of the lattice that the noise is drawn on; grains below about 1.5 px come out as plain noise.
        *names : str or int
            Names of the stream, see `densitometer.synthetic.dice.stream`.
        stretch, angle : float
            Grains are ``stretch`` times longer along ``angle`` (radians, x axis towards y) than across it.
        warp : two arrays, optional
            Shift of every pixel in mm before the noise is read: bends straight grains.
        """
        step = max(1, min(int(grain_mm * 1000 / self.um_per_px / _SAMPLES), min(self.shape) // 2))
        x, y = (side[step // 2 :: step, step // 2 :: step] for side in self.xy_mm)
        if warp is not None:
            x, y = (
                side + shift[step // 2 :: step, step // 2 :: step] for side, shift in zip((x, y), warp, strict=True)
            )
        cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
        along, across = (x * cos + y * sin) / np.float32(grain_mm * stretch), (y * cos - x * sin) / np.float32(grain_mm)
        noise = self._lattice(np.asarray(along, np.float32), np.asarray(across, np.float32), names)
        return noise if step == 1 else self._enlarge(noise, step)

    def _lattice(self, column: Array, row: Array, names: tuple[str | int, ...]) -> Array:
        """Read a lattice of random numbers that repeats itself after `_PERIOD` grains."""
        raw = stream(self.seed, "grain", *names).standard_normal((_PERIOD, _PERIOD), dtype=np.float32)
        around = np.pad(raw, _PAD, mode="wrap")
        column, row = column % np.float32(_PERIOD) + np.float32(_PAD), row % np.float32(_PERIOD) + np.float32(_PAD)
        return np.asarray(cv2.remap(around, column, row, cv2.INTER_CUBIC)) * np.float32(1.16)

    def _enlarge(self, noise: Array, step: int) -> Array:
        """From every ``step``-th pixel to all of them; cv2.remap alone would show steps in coarse grains."""
        height, width = self.shape
        size = (noise.shape[1] * step, noise.shape[0] * step)
        whole = np.asarray(cv2.resize(noise, size, interpolation=cv2.INTER_CUBIC))
        short = ((0, max(0, height - size[1])), (0, max(0, width - size[0])))
        return np.pad(whole, short, mode="edge")[:height, :width]
