"""Where small things lie on the scalp, and soft shapes drawn there in the few pixels that they cover."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import exp
from zlib import crc32

import cv2
import numpy as np
from numpy.typing import NDArray

from densitometer.synthetic.dice import stream
from densitometer.synthetic.ground import Array, Ground

Points = NDArray[np.float64]
LUCK = 6  # random numbers that every sown place carries
_CELL_MM = 4.0
_CELL_ORIGIN = 1 << 15  # cells left of or above the scalp's origin still need a number that is not negative
_FINEST_PX = 0.6  # standard deviation below which a stroke only pales instead of getting thinner
_NOISE_SIDE = 512
_CLASS_STEP = 1.35  # strokes are blurred together in classes of width that lie this factor apart


@dataclass(frozen=True)
class Patch:
    """A few pixels round one place of the scalp.

    Attributes
    ----------
    box : tuple of slice
        Rows and columns of the picture.
    x_um, y_um : float32 arrays
        Where these pixels look, as seen from the place, in um on the scalp.
    """

    box: tuple[slice, slice]
    x_um: Array
    y_um: Array

    def along(self, angle: float) -> tuple[Array, Array]:
        """Coordinates along and across a direction (radians, x axis towards y), in um."""
        cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
        return self.x_um * cos + self.y_um * sin, self.y_um * cos - self.x_um * sin


def patch_at(ground: Ground, at_mm: Points, reach_um: float) -> Patch | None:
    """Pixels that lie within ``reach_um`` of a place, or None where the picture does not show any."""
    (x_px, y_px), reach = ground.view.project(at_mm[None])[0], reach_um / ground.um_per_px * 1.15 + 1.5
    height, width = ground.shape
    top, bottom = max(0, int(y_px - reach)), min(height, int(y_px + reach) + 2)
    left, right = max(0, int(x_px - reach)), min(width, int(x_px + reach) + 2)
    if top >= bottom or left >= right:
        return None
    box = (slice(top, bottom), slice(left, right))
    x, y = ((side[box] - np.float32(at)) * np.float32(1000) for side, at in zip(ground.xy_mm, at_mm, strict=True))
    return Patch(box, x, y)


def sow(ground: Ground, per_cm2: float, reach_mm: float, *names: str | int) -> tuple[Points, Points]:
    """Places strewn over the scalp, the same ones under any camera.

    Parameters
    ----------
    ground : Ground
        What the camera sees.
    per_cm2 : float
        Mean number a cm2. With a larger number the places of the smaller one stay.
    reach_mm : float
        How far outside the frame a thing may lie and still be seen inside.
    *names : str or int
        Names of the stream.

    Returns
    -------
    points_mm : (n, 2) float array
    luck : (n, 6) float array
        Random numbers from 0 to 1 that go with each place.
    """
    left, top, right, bottom = _frame_mm(ground, reach_mm)
    found = [np.empty((0, 2 + LUCK))]
    for row in range(int(top // _CELL_MM), int(bottom // _CELL_MM) + 1):
        for column in range(int(left // _CELL_MM), int(right // _CELL_MM) + 1):
            dice = stream(ground.seed, *names, max(0, row + _CELL_ORIGIN), max(0, column + _CELL_ORIGIN))
            drawn = dice.random((_poisson(dice.random(), per_cm2 * _CELL_MM**2 / 100), 2 + LUCK))
            drawn[:, :2] = (drawn[:, :2] + (column, row)) * _CELL_MM
            found.append(drawn)
    drawn = np.concatenate(found)
    x, y = drawn[:, 0], drawn[:, 1]
    seen = drawn[(x >= left) & (x <= right) & (y >= top) & (y <= bottom)]
    return seen[:, :2], seen[:, 2:]


def near_frame(ground: Ground, points_mm: Points, reach_mm: float) -> Points:
    """Those of the points (n, 2) that lie in the frame or within ``reach_mm`` of it."""
    left, top, right, bottom = _frame_mm(ground, reach_mm)
    x, y = points_mm[:, 0], points_mm[:, 1]
    return points_mm[(x >= left) & (x <= right) & (y >= top) & (y <= bottom)]


def luck_at(seed: int, points_mm: Points, name: str) -> Points:
    """Random numbers (n, 6) from 0 to 1 that go with places, whatever other places there are."""
    um = np.rint(points_mm[:, :2] * 1000).astype(np.int64).astype(np.uint64)
    base = np.uint64(crc32(name.encode()) | (seed & 0xFFFFFFFF) << 32)
    mixed = _mix(_mix(um[:, :1] ^ base) ^ um[:, 1:]) + np.arange(LUCK, dtype=np.uint64)[None] * np.uint64(0x9E3779B9)
    return (_mix(mixed) >> np.uint64(11)).astype(np.float64) / 2.0**53


def _mix(key: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of splitmix64 (Steele, Lea and Flood 2014): every bit of the key moves every bit of the answer."""
    key = (key ^ (key >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    key = (key ^ (key >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(key ^ (key >> np.uint64(31)))


def _frame_mm(ground: Ground, reach_mm: float) -> tuple[float, float, float, float]:
    height, width = ground.shape
    corners = np.array([[0, 0], [width - 1, 0], [0, height - 1], [width - 1, height - 1]], dtype=np.float64)
    at = ground.view.unproject(corners)
    (left, top), (right, bottom) = at.min(axis=0) - reach_mm, at.max(axis=0) + reach_mm
    return float(left), float(top), float(right), float(bottom)


def _poisson(luck: float, mean: float) -> int:
    """Poisson number by inversion: grows with the mean for the same luck."""
    mean = min(mean, 600.0)  # e^-mean must stay above zero
    count, share = 0, exp(-mean)
    total = share
    while luck > total and count < 2000:
        count += 1
        share *= mean / count
        total += share
    return count


def cover(depth_um: Array, soft_um: float, um_per_px: float) -> Array:
    """How far a pixel is covered (0 to 1) that lies ``depth_um`` inside an edge of the given softness."""
    share = np.clip(depth_um / np.float32(max(soft_um, um_per_px)) + np.float32(0.5), 0, 1)
    return np.asarray(share * share * (3 - 2 * share))


def round_depth(patch: Patch, radius_um: float, rough: float, dice: np.random.Generator) -> Array:
    """Depth in um inside a round shape whose outline strays from the circle by about ``rough`` of the radius."""
    distance = np.hypot(patch.x_um, patch.y_um)
    phases, sizes = dice.random(5) * 2 * np.pi, dice.normal(size=5)
    if rough <= 0:
        return np.asarray(np.float32(radius_um) - distance)
    turn = np.arctan2(patch.y_um, patch.x_um)
    stray = sum(np.float32(1.4 * size / k**1.5) * np.cos(k * turn + np.float32(phase))
                for k, (size, phase) in enumerate(zip(sizes, phases, strict=True), start=2))  # fmt: skip
    return np.asarray(np.float32(radius_um) * (1 + np.float32(rough) * stray) - distance)


def texture(patch: Patch, grain_um: float, dice: np.random.Generator) -> Array:
    """Smooth noise of mean 0 and standard deviation about 1 in a patch; it lies fast on the scalp."""
    (start_x, start_y), angle = dice.random(2) * _NOISE_SIDE, float(dice.random()) * 2 * np.pi
    # turned at random, lest the lattice shows in large shapes
    along, across = patch.along(angle)
    column, row = (
        along / np.float32(grain_um) + np.float32(start_x),
        across / np.float32(grain_um) + np.float32(start_y),
    )
    noise = cv2.remap(_noise(), column, row, cv2.INTER_CUBIC, borderMode=cv2.BORDER_WRAP)
    return np.asarray(noise) * np.float32(1.16)


@cache
def _noise() -> Array:
    """A square of random numbers that all textures are cut from."""
    return stream(0, "textures").standard_normal((_NOISE_SIDE, _NOISE_SIDE), dtype=np.float32)


def blend(picture: Array, patch: Patch, alpha: Array, colour: Array | Sequence[float]) -> None:
    """Lay a colour, (3,) or (rows, columns, 3), over the patch of a (height, width, 3) picture, in place."""
    part = picture[patch.box]
    part += alpha[..., None] * (np.asarray(colour, dtype=np.float32) - part)


def strokes(ground: Ground, points_mm: Points, sigma_um: Points, depth: Points, step_um: Points | float) -> Array:
    """Soft lines through points, as a (height, width) map that reaches ``depth`` on a line's middle.

    Parameters
    ----------
    ground : Ground
        What the camera sees.
    points_mm : (n, 2) float array
        Points of all lines together.
    sigma_um : (n,) float array
        Standard deviation of the line's profile; its width at half depth is 2.35 times as much.
    depth : (n,) float array
        Depth of the middle; where lines cross, depths add up. A line much finer than a pixel comes out paler.
    step_um : (n,) float array or float
        Distance between the points of a line, at most 1.5 times the standard deviation.
    """
    sigma_px = np.asarray(sigma_um) / ground.um_per_px
    weight = np.asarray(depth) * np.sqrt(2 * np.pi) * sigma_px * np.asarray(step_um) / ground.um_per_px
    return spread(ground.shape, ground.view.project(points_mm), weight, sigma_px)


def dots(ground: Ground, points_mm: Points, sigma_um: Points, depth: Points) -> Array:
    """Soft round dots, as a (height, width) map that reaches ``depth`` (n,) in each dot's middle."""
    sigma_px = np.asarray(sigma_um) / ground.um_per_px
    return spread(ground.shape, ground.view.project(points_mm), np.asarray(depth) * 2 * np.pi * sigma_px**2, sigma_px)


def spread(shape: tuple[int, int], at: Points, weight: Points, sigma_px: Points) -> Array:
    """Sum of round Gaussians of the given weights and standard deviations at pixels ``at`` (n, 2), of a shape."""
    height, width = shape
    whole = np.zeros((height, width), dtype=np.float32)
    if not len(at):
        return whole
    sigma_px = np.maximum(sigma_px, _FINEST_PX)
    reach = 3 * sigma_px.max() + 2
    near = ((at > -reach) & (at < np.array([width, height]) + reach)).all(axis=1)
    at, weight, sigma_px = at[near], weight[near], sigma_px[near]
    level = np.log(sigma_px / _FINEST_PX) / np.log(_CLASS_STEP)
    low = np.floor(level).astype(int)
    for k in range(int(low.min(initial=0)), int(low.max(initial=-1)) + 2):
        narrow, broad = _FINEST_PX * _CLASS_STEP**k, _FINEST_PX * _CLASS_STEP ** (k + 1)
        upper = (low == k - 1) * _share(sigma_px, narrow / _CLASS_STEP, narrow)
        share = upper + (low == k) * (1 - _share(sigma_px, narrow, broad))
        if (share > 0).any():
            used = share > 0
            whole += _gaussians(at[used], (weight * share)[used], narrow, (height, width))
    return whole


def _share(sigma: Points, narrow: float, broad: float) -> Points:
    """Share of the broad one of two Gaussians that together are as wide at half height as the one wanted."""
    return np.clip((sigma - narrow) / (broad - narrow), 0, 1)


def _gaussians(at_px: Points, weight: Points, sigma: float, shape: tuple[int, int]) -> Array:
    """Gaussians of one width: points are laid on a grid, coarse if the width allows it, which is then blurred."""
    step = max(1, int(sigma / 2))
    margin = int(3 * sigma / step) + 2
    rows, columns = shape[0] // step + 2 * margin + 2, shape[1] // step + 2 * margin + 2
    x, y = ((side + 0.5) / step - 0.5 + margin for side in at_px.T)
    inside = (x >= 0) & (y >= 0) & (x < columns - 1) & (y < rows - 1)
    x, y, weight = x[inside], y[inside], weight[inside] / step**2
    column, row = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    corner, right, below = row * columns + column, x - column, y - row
    places = np.concatenate([corner, corner + 1, corner + columns, corner + columns + 1])
    parts = ((1 - right) * (1 - below), right * (1 - below), (1 - right) * below, right * below)
    grid = np.bincount(places, np.concatenate([weight * part for part in parts]), minlength=rows * columns)
    # laying a point on four cells has spread it already, by a sixth of a cell in variance on the average
    blur = float(np.sqrt(max((sigma / step) ** 2 - 1 / 6, 0.04)))
    soft = cv2.GaussianBlur(grid.astype(np.float32).reshape(rows, columns), (0, 0), blur)
    soft = np.asarray(soft)[margin:-margin, margin:-margin]
    if step > 1:
        soft = np.asarray(cv2.resize(soft, (soft.shape[1] * step, soft.shape[0] * step), interpolation=cv2.INTER_CUBIC))
    return soft[: shape[0], : shape[1]]
