"""What a lens does to the light of a scene: blur, motion, darker corners, a round field; and the file in the end."""

from __future__ import annotations

import io
import math

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from densitometer.errors import RenderError
from densitometer.srgb import linear
from densitometer.synthetic.dice import between, chance, stream
from densitometer.synthetic.sensor import develop
from densitometer.synthetic.style import CameraStyle

Array = NDArray[np.float32]
Picture = NDArray[np.uint8]

_VEIL = 0.02
"""Share of all light that scatters in the lens and lies over the picture, so that black hair is never quite black."""
_FINER = 8
_FULL_COLOUR = 96
_LEAST_PX = 0.2
"""Blur that is smaller than this is not seen."""
_OFF_MIDDLE = 0.2
_WEIGHTS = (0.2126, 0.7152, 0.0722)


def photograph(
    radiance: Array, camera: CameraStyle, um_per_px: float, seed: int, visit: int, skin: Array | None = None
) -> Picture:
    """Take the photograph of a scene.

    Parameters
    ----------
    radiance : float32 array, shape (height, width, 3)
        Linear light, R G B; its overall level does not matter, since the exposure is set by its median.
    camera : CameraStyle
    um_per_px : float
        Scale, for blur that is stated in um.
    seed, visit : int
    skin : float32 array, shape (height, width, 3), optional
        Light of the bare skin: its median sets the exposure, where hair covers much of the scene.

    Returns
    -------
    uint8 array, shape (height, width, 3)
        sRGB.

    Raises
    ------
    RenderError
        The scene has no light, or is no (height, width, 3) array of finite numbers; the scale makes no sense.
    """
    _check(radiance, um_per_px)
    size_px = (radiance.shape[1], radiance.shape[0])
    exposure = between(stream(seed, "exposure", visit), camera.exposure)
    metered = _metered(radiance if skin is None else skin)
    seen = through_lens(np.ascontiguousarray(radiance, np.float32), camera, um_per_px, seed, visit)
    seen += np.float32(_VEIL * metered)
    seen *= (_falloff(camera, size_px, seed, visit) * np.float32(linear(exposure) / metered))[..., None]
    return develop(seen, camera, exposure, seed, visit)


def through_lens(radiance: Array, camera: CameraStyle, um_per_px: float, seed: int, visit: int) -> Array:
    """Blur light as the lens, the focus and the motion of one exposure do; a new array.

    Parameters
    ----------
    radiance : float32 array, shape (height, width, 3)
    camera, um_per_px, seed, visit
        As for `photograph`.
    """
    dice = stream(seed, "lens", visit)
    sigma_px = between(dice, camera.blur_um) / um_per_px
    defocus_px, motion_px = between(dice, camera.defocus_px), between(dice, camera.motion_px)
    angle = float(dice.uniform(0, math.pi))
    seen = cv2.GaussianBlur(radiance, (0, 0), sigma_px) if sigma_px > _LEAST_PX else radiance.copy()
    for kernel in (_disc(defocus_px), _line(motion_px, angle)):
        if kernel is not None:
            seen = cv2.filter2D(seen, -1, kernel, borderType=cv2.BORDER_REFLECT_101)
    return np.asarray(seen)


def field_mask(camera: CameraStyle, size_px: tuple[int, int], seed: int, visit: int) -> NDArray[np.bool_]:
    """Where skin is seen, (height, width): all of the picture, or a disc where the scene's camera has a round field."""
    rim = _beyond_rim(camera, size_px, seed, visit)
    return np.ones(size_px[::-1], bool) if rim is None else rim < 0


def compress(rgb: Picture, quality: float) -> bytes:
    """JPEG file of a picture, without metadata; below quality 96 with colour at half resolution, as cameras do.

    Raises
    ------
    RenderError
        Quality outside 5 to 100.
    """
    if not 5 <= quality <= 100:
        raise RenderError(f"a JPEG quality of {quality:g} cannot be written; take one from 5 to 100")
    file = io.BytesIO()
    colour = "4:4:4" if quality >= _FULL_COLOUR else "4:2:0"
    Image.fromarray(rgb).save(file, "JPEG", quality=round(quality), subsampling=colour)
    return file.getvalue()


def decode(jpeg: bytes) -> Picture:
    """Give the picture of a JPEG file as uint8 array (height, width, 3)."""
    with Image.open(io.BytesIO(jpeg)) as image:
        return np.asarray(image.convert("RGB"))


def _metered(radiance: Array) -> float:
    """Median luminance, from every fourth pixel."""
    sample = radiance[::4, ::4] if min(radiance.shape[:2]) > 64 else radiance
    level = float(np.median(sample @ np.array(_WEIGHTS, np.float32)))
    if not math.isfinite(level) or level <= 0:
        raise RenderError("the scene has no light to photograph; at least half of it must be brighter than 0")
    return level


def _falloff(camera: CameraStyle, size_px: tuple[int, int], seed: int, visit: int) -> Array:
    """Share of the light that arrives at every pixel: less towards the corners, none beyond a round field."""
    dice = stream(seed, "vignette", visit)
    strength = between(dice, camera.vignette)
    # the ring of lamps of one device always stands off the same way, and its distance differs a little
    middle = stream(seed, "middle of the light").uniform(-_OFF_MIDDLE, _OFF_MIDDLE, 2) + dice.normal(0, 0.03, 2)
    left = vignette(size_px, strength, (float(middle[0]), float(middle[1])))
    rim = _beyond_rim(camera, size_px, seed, visit)
    if rim is not None:
        soft = 0.8 + float(dice.uniform(0.0005, 0.003)) * min(size_px)
        left *= 1 / (1 + np.exp(np.clip(rim / np.float32(soft), -30, 30)))
    return left


def vignette(size_px: tuple[int, int], strength: float, centre: tuple[float, float] = (0.0, 0.0)) -> Array:
    """Light that is left at every pixel, (height, width), 1 at the centre.

    Parameters
    ----------
    size_px : tuple of int
        Width and height.
    strength : float
        Share of the light that the corners of a centred picture lose, 0 to 1.
    centre : tuple of float
        Offset of the brightest place from the middle, in half diagonals.
    """
    width, height = size_px
    half = math.hypot(width, height) / 2
    x = (np.arange(width, dtype=np.float32) - np.float32((width - 1) / 2)) / np.float32(half) - np.float32(centre[0])
    y = (np.arange(height, dtype=np.float32) - np.float32((height - 1) / 2)) / np.float32(half) - np.float32(centre[1])
    square = x[None, :] ** 2 + y[:, None] ** 2
    return np.asarray(np.maximum(1 - np.float32(strength) * square ** np.float32(1.15), 0), np.float32)


def _beyond_rim(camera: CameraStyle, size_px: tuple[int, int], seed: int, visit: int) -> Array | None:
    """Px by which each pixel lies outside a round field, negative inside; None for a camera without one."""
    device = stream(seed, "round field")
    if not chance(device, camera.round_field_chance):
        return None
    radius = float(device.uniform(0.46, 0.56)) * min(size_px)
    off = stream(seed, "round field", visit).normal(0, 0.015, 2) * min(size_px)
    x = np.arange(size_px[0], dtype=np.float32) - np.float32((size_px[0] - 1) / 2 + off[0])
    y = np.arange(size_px[1], dtype=np.float32) - np.float32((size_px[1] - 1) / 2 + off[1])
    return np.asarray(np.sqrt(x[None, :] ** 2 + y[:, None] ** 2) - np.float32(radius), np.float32)


def _disc(radius_px: float) -> Array | None:
    """Disc of one brightness, as a point out of focus is seen; None where it is smaller than shows."""
    if radius_px < _LEAST_PX:
        return None
    x, y = _fine_grid(radius_px)
    return _kernel(x**2 + y**2 <= radius_px**2)


def _line(length_px: float, angle: float) -> Array | None:
    """Short line of one brightness, as a moving point is seen; None where it is shorter than shows."""
    if length_px < _LEAST_PX:
        return None
    x, y = _fine_grid(length_px / 2)
    along, across = x * math.cos(angle) + y * math.sin(angle), y * math.cos(angle) - x * math.sin(angle)
    return _kernel((np.abs(along) <= length_px / 2) & (np.abs(across) <= 0.6 / _FINER))


def _fine_grid(reach_px: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Places round a pixel, in px, `_FINER` a side of each pixel; of whole pixels, with the middle in one's centre."""
    pixels = 2 * math.ceil(reach_px - 0.5) + 1
    at = (np.arange(pixels * _FINER) + 0.5) / _FINER - pixels / 2
    return at[None, :], at[:, None]


def _kernel(inside: NDArray[np.bool_]) -> Array:
    """Share of each pixel that is inside, of sum 1."""
    side = len(inside) // _FINER
    share = inside.reshape(side, _FINER, side, _FINER).mean(axis=(1, 3))
    return np.asarray(share / share.sum(), np.float32)


def _check(radiance: Array, um_per_px: float) -> None:
    if radiance.ndim != 3 or radiance.shape[2] != 3 or min(radiance.shape[:2]) < 2:
        raise RenderError(f"a scene of shape {radiance.shape} cannot be photographed; it must be (height, width, 3)")
    if not (math.isfinite(um_per_px) and um_per_px > 0):
        raise RenderError(f"a scale of {um_per_px:g} um per px cannot be rendered; it must be above 0")
