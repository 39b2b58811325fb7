"""Turn the samples of any decoded picture into RGB with 8 bits each."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from densitometer.errors import PhotoError

_CONTAINED_BITS = (8, 12)
"""Sample depths that are met inside 16-bit files; all others are taken to fill their 16 bits."""

_STRIP_PX = 2**20


def to_rgb(image: Image.Image) -> NDArray[np.uint8]:
    """RGB samples of a Pillow image of any mode.

    Transparent parts turn black. They were not photographed, as the surround of a round dermoscope picture, which
    is black too and is masked as such; white would look like burnt-out skin. Where the alpha channel is zero
    everywhere it was never filled in, and is ignored.

    Returns
    -------
    uint8 array, shape (height, width, 3)

    Raises
    ------
    PhotoError
        When the kind of samples (such as CIE Lab) is not read.
    """
    if image.mode in {"I", "F"} or image.mode.startswith("I;16"):
        return array_to_rgb(np.asarray(image))
    if image.mode == "LAB":
        raise PhotoError("the picture is stored as CIE Lab colours, which are not read; save it as RGB")
    if image.mode in {"RGBA", "LA", "PA", "RGBa", "La"} or "transparency" in image.info:
        strips = (np.asarray(strip.convert("RGBA").getchannel("A")) for _, strip in _strips_of(image))
        if any(alpha.any() for alpha in strips):
            return _in_strips(image, lambda strip: _on_black(np.asarray(strip.convert("RGBA"))))
        return _in_strips(image, lambda strip: np.asarray(strip.convert("RGBA"))[..., :3])
    return _in_strips(image, lambda strip: np.asarray(strip.convert("RGB")))


def _in_strips(image: Image.Image, convert: Callable[[Image.Image], NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Convert a few rows at a time: a copy or two of a whole picture would take more memory than the picture."""
    rgb = np.empty((image.height, image.width, 3), np.uint8)
    for rows, strip in _strips_of(image):
        rgb[rows] = convert(strip)
    return rgb


def _strips_of(image: Image.Image) -> Iterator[tuple[slice, Image.Image]]:
    for rows in _strips(image.height, image.width):
        yield rows, image.crop((0, rows.start, image.width, rows.stop))


def _strips(height: int, width: int) -> Iterator[slice]:
    """Rows in strips of about a megapixel."""
    step = max(1, _STRIP_PX // max(width, 1))
    return (slice(top, min(top + step, height)) for top in range(0, height, step))


def array_to_rgb(samples: NDArray[np.generic]) -> NDArray[np.uint8]:
    """RGB from samples of any type; each pixel holds grey, grey and alpha, RGB, or RGB and alpha.

    16-bit samples are divided by 257, whatever the picture holds, so that two visits stay comparable; only where
    none exceeds 255 or 4095 are they read as the 8 or 12 bits that microscope cameras put into 16-bit files.

    Parameters
    ----------
    samples : array, shape (height, width) or (height, width, 1 to 4)

    Raises
    ------
    PhotoError
        For numbers that follow no common range, or that are not finite.
    """
    pixels = samples[..., np.newaxis] if samples.ndim == 2 else samples
    depth = pixels.shape[2]
    if depth in {2, 4}:
        colour = np.broadcast_to(_to_8_bit(pixels[..., :-1]), (*pixels.shape[:2], 3))
        alpha = _to_8_bit(pixels[..., -1])
        if not alpha.any():
            return np.ascontiguousarray(colour)
        rgb = np.empty(colour.shape, np.uint8)
        for rows in _strips(*alpha.shape):
            rgb[rows] = _on_black(np.dstack((colour[rows], alpha[rows])))
        return rgb
    return np.ascontiguousarray(np.broadcast_to(_to_8_bit(pixels), (*pixels.shape[:2], 3)))


def _to_8_bit(samples: NDArray[np.generic]) -> NDArray[np.uint8]:
    if samples.dtype == np.uint8:
        return samples.astype(np.uint8)
    factor = np.float32(255.0 / _full_scale(samples))
    whole = np.empty(samples.shape, np.uint8)
    for rows in _strips(*samples.shape[:2]):
        whole[rows] = np.rint(samples[rows].astype(np.float32) * factor)
    return whole


def _full_scale(samples: NDArray[np.generic]) -> float:
    low, high = float(samples.min()), float(samples.max())
    if not (np.isfinite(low) and np.isfinite(high)) or low < 0 or high > 65535:
        raise PhotoError("the samples of the picture follow no common range; save it as 8-bit or 16-bit RGB")
    if samples.dtype.kind == "f" and high <= 1:
        return 1.0
    return next((2.0**bits - 1 for bits in _CONTAINED_BITS if high < 2**bits), 65535.0)


def _on_black(rgba: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.rint(rgba[..., :3] * (rgba[..., 3:].astype(np.float32) / 255)).astype(np.uint8)
