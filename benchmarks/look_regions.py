"""What a picture shows where: hair-free skin, the skin's own brightness beneath everything, values along lines."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from densitometer.field import find_field

Floats = NDArray[np.float64]
Array = NDArray[np.float32]
Mask = NDArray[np.bool_]

BESIDE_UM = 60.0
BACK_UM = 350.0
AROUND_UM = 150.0
DARK_SHARE = 0.65
_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
TO_XYZ = (_XYZ / _XYZ.sum(axis=1, keepdims=True)).astype(np.float32)
"""Linear sRGB to XYZ over that of white."""


@dataclass(frozen=True)
class Picture:
    """One picture with what is known of it.

    Attributes
    ----------
    rgb : uint8 array, shape (height, width, 3)
    um_per_px : float
    lab : float32 array, shape (height, width, 3)
        CIELAB (D65): L* 0..100, a*, b*.
    usable : bool array, shape (height, width)
        Field without print, padding and dark surround.
    skin : bool array, shape (height, width)
        Hair-free skin, a part of `usable`.
    ground : float32 array, shape (height, width, 3)
        CIELAB of the hair-free skin around each pixel, also under hairs.
    root_tip : float array, shape (n, 4)
        Marked hairs that grow: root_x, root_y, tip_x, tip_y in px.
    dark_share : float
        Share of what the marks leave as skin that was taken off because it is as dark as hair.
    """

    rgb: NDArray[np.uint8]
    um_per_px: float
    lab: Array
    usable: Mask
    skin: Mask
    ground: Array
    root_tip: Floats
    dark_share: float

    @property
    def light(self) -> Array:
        """L* of every pixel."""
        return np.ascontiguousarray(self.lab[..., 0])


def look_at(
    rgb: NDArray[np.uint8],
    um_per_px: float,
    root_tip: ArrayLike,
    *,
    loose: ArrayLike = (),
    left_out: Mask | None = None,
) -> Picture:
    """Find the hair-free skin of a picture.

    It is what lies farther than 60 um from every marked hair, lengthened by 350 um backwards for the shaft under the
    skin, inside the field that may be counted. Hairs that were not marked and debris are taken off where they are
    darker than 65 % of the L* of the skin around, with 60 um beside them; lighter ones stay, as a thing that can be
    taken for hair.

    Parameters
    ----------
    rgb : uint8 array, shape (height, width, 3)
    um_per_px : float
    root_tip : array_like, shape (n, 4)
        Hairs that grow: root_x, root_y, tip_x, tip_y in px.
    loose : array_like, shape (m, 4), optional
        Hairs that lie on the skin: no skin, and no hair to measure either.
    left_out : bool array, shape (height, width), optional
        Where marks cannot be relied upon: not used as skin.
    """
    grown, lying = (np.asarray(some, dtype=float).reshape(-1, 4) for some in (root_tip, loose))
    lab = to_lab(rgb)
    usable = find_field(rgb, um_per_px).usable
    free = _shrunk(usable, 3) & ~near_hairs(usable.shape, np.concatenate([grown, lying]), um_per_px)
    dark = lab[..., 0] < DARK_SHARE * filled_blur(lab[..., 0], free, AROUND_UM / um_per_px)
    reach = 2 * round(BESIDE_UM / um_per_px) + 1
    ellipse = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    dark_near = cv2.dilate((dark & free).astype(np.uint8), ellipse) > 0
    share = float((free & dark_near).sum() / max(free.sum(), 1))
    skin = free & ~dark_near
    ground = np.stack([filled_blur(lab[..., c], skin, AROUND_UM / um_per_px) for c in range(3)], axis=-1)
    if left_out is not None:
        skin &= ~left_out
    return Picture(rgb, um_per_px, lab, usable, skin, ground, grown, share)


def to_lab(rgb: NDArray[np.uint8]) -> Array:
    """CIELAB of an sRGB picture (IEC 61966-2-1), white D65; OpenCV's own is off by up to half a unit."""
    level = np.arange(256) / 255
    linear = np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4).astype(np.float32)
    whole = np.cbrt(cv2.transform(linear[rgb], TO_XYZ))
    small = whole < 6 / 29
    if small.any():
        whole[small] = whole[small] ** 3 * (29 / 6) ** 2 / 3 + 4 / 29
    x, y, z = cv2.split(whole)
    return np.asarray(cv2.merge([116 * y - 16, 500 * (x - y), 200 * (y - z)]))


def near_hairs(shape: tuple[int, ...], root_tip: Floats, um_per_px: float) -> Mask:
    """Where a hair, or its shaft under the skin, lies within 60 um."""
    near = np.zeros(shape[:2], np.uint8)
    thickness = max(1, round(2 * BESIDE_UM / um_per_px))
    for root, tip in zip(root_tip[:, :2], root_tip[:, 2:], strict=True):
        back = root - unit(tip - root) * BACK_UM / um_per_px
        start, end = (tuple(int(v) for v in np.round(point)) for point in (back, tip))
        cv2.line(near, start, end, 1, thickness)
    return near > 0


def unit(vector: Floats) -> Floats:
    """Vectors (..., 2) of length 1."""
    return np.asarray(vector / np.maximum(np.linalg.norm(vector, axis=-1, keepdims=True), 1e-9))


def filled_blur(values: ArrayLike, known: Mask, sigma_px: float) -> Array:
    """Blur that looks at the known pixels only and fills the others from around."""
    values = np.asarray(values, np.float32)
    if not known.any():
        return np.full(values.shape, np.nan, np.float32)
    # A quarter of the size is enough for what is smooth, and much faster.
    step = max(1, int(sigma_px / 6))
    weight = known.astype(np.float32)
    total = _small_blur(np.where(known, values, 0), step, sigma_px)
    share = _small_blur(weight, step, sigma_px)
    wide = _small_blur(np.where(known, values, 0), step, 6 * sigma_px) + 1e-6 * float(values[known].mean())
    wide /= _small_blur(weight, step, 6 * sigma_px) + 1e-6
    trust = np.clip(share / 0.05, 0, 1)
    near = trust * total / np.maximum(share, 1e-6) + (1 - trust) * wide
    size = values.shape[::-1]
    return np.asarray(near if step == 1 else cv2.resize(near, size, interpolation=cv2.INTER_CUBIC), np.float32)


def _small_blur(values: Array, step: int, sigma_px: float) -> Array:
    size = (max(1, values.shape[1] // step), max(1, values.shape[0] // step))
    small = values if step == 1 else cv2.resize(values, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(small.astype(np.float32), (0, 0), sigma_px / step))


def _shrunk(mask: Mask, radius_px: int) -> Mask:
    side = 2 * radius_px + 1
    return np.asarray(cv2.erode(mask.astype(np.uint8), np.ones((side, side), np.uint8)) > 0)


def read_at(values: Array, points: Floats) -> Floats:
    """Values at places (rows, columns, 2) as x, y in px, between pixels by straight lines; NaN outside."""
    x, y = (np.ascontiguousarray(points[..., axis], dtype=np.float32) for axis in (0, 1))
    got = cv2.remap(values, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).astype(float)
    height, width = values.shape[:2]
    got[(x < 0) | (y < 0) | (x > width - 1) | (y > height - 1)] = np.nan
    return np.asarray(got)


def hair_axis(root_tip: Floats) -> float:
    """Mean direction of hairs as an axis, in radians from x towards y; 0 without hairs."""
    way = unit(root_tip[:, 2:] - root_tip[:, :2])
    return float(np.angle(np.sum((way[:, 0] + 1j * way[:, 1]) ** 2)) / 2) if len(way) else 0.0
