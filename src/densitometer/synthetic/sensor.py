"""What a cheap camera makes of the light on its sensor: tones, colour, sharpening, noise, 8-bit sRGB.

Measured on trimmed-hair photographs of a USB microscope: fine grain of about one grey level that falls off towards
the highest frequencies (demosaicing), more along the diagonals (JPEG); hardly any colour beyond a sixth of a cycle a
pixel; a faint fixed stripe in every second column; black hair at grey level 20 to 30.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from densitometer.synthetic.dice import between, stream
from densitometer.synthetic.style import CameraStyle

Array = NDArray[np.float32]

_STEPS = 8192
_BRIGHTEST = 6.0
"""Light, relative to white, beyond which all is white."""
_KNEE, _TOE = 0.86, 0.06
_TO_LUMA = np.array([[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]])
_GRAIN_SIGMA_PX = 0.55
_BLOTCH_PX = 4
_CHROMA_NOISE = 0.55
_STRIPE = 0.12
_HALO_PX = 1.3
_CHROMA_SIGMA_PX = 1.6


def linear(display: float) -> float:
    """Linear light of an sRGB value, both 0 to 1."""
    return display / 12.92 if display <= 0.04045 else ((display + 0.055) / 1.055) ** 2.4


def develop(light: Array, camera: CameraStyle, exposure: float, seed: int, visit: int) -> NDArray[np.uint8]:
    """Turn light on the sensor into the camera's picture.

    Parameters
    ----------
    light : float32 array, shape (height, width, 3)
        Linear, 1 is white. Changed in place.
    camera : CameraStyle
    exposure : float
        Display value round which contrast turns.
    seed, visit : int

    Returns
    -------
    uint8 array, shape (height, width, 3)
    """
    dice = stream(seed, "sensor", visit)
    contrast, saturation = between(dice, camera.contrast), between(dice, camera.saturation)
    noise, sharpening = between(dice, camera.noise), between(dice, camera.sharpening)
    light *= _balance(seed, visit)
    luma, *chroma = cv2.split(cv2.transform(_toned(light, exposure, contrast), _TO_LUMA))
    grain, blotches = _noise((light.shape[0], light.shape[1]), noise, seed, visit)
    luma = _sharpened(luma, sharpening)
    luma += grain * _noise_by_level(luma)
    colours = [_soft_colour(plane, saturation) + blotch for plane, blotch in zip(chroma, blotches, strict=True)]
    rgb = cv2.transform(cv2.merge([luma, *colours]), np.linalg.inv(_TO_LUMA))
    return np.clip(np.rint(rgb), 0, 255).astype(np.uint8)


def _balance(seed: int, visit: int) -> Array:
    """Gains of R, G and B by which the camera misses the white of the light, of mean 1."""
    gains = 1 + stream(seed, "white balance", visit).normal(0, 0.012, 3)
    return np.asarray(gains / gains.mean(), np.float32)


def _toned(light: Array, exposure: float, contrast: float) -> Array:
    """Grey levels 0 to 255 of linear light: sRGB, contrast round the exposure, soft ends. Read from one table."""
    at = np.linspace(0, np.sqrt(_BRIGHTEST), _STEPS) ** 2
    display = np.where(at <= 0.0031308, 12.92 * at, 1.055 * np.maximum(at, 1e-9) ** (1 / 2.4) - 0.055)
    display = exposure + contrast * (display - exposure)
    over, under = np.maximum(display - _KNEE, 0) / (1 - _KNEE), np.minimum(display - _TOE, 0) / _TOE
    display = np.where(display > _KNEE, _KNEE + (1 - _KNEE) * (1 - np.exp(-over)), display)
    display = np.where(display < _TOE, _TOE * np.exp(under), display)
    table = (255 * display).astype(np.float32)
    step = np.sqrt(np.clip(light, 0, _BRIGHTEST))
    step *= np.float32((_STEPS - 1) / np.sqrt(_BRIGHTEST))
    return np.asarray(table[np.rint(step).astype(np.uint16)])


def _sharpened(luma: Array, amount: float) -> Array:
    """Unsharp masking, with the halo that it leaves along edges."""
    if amount <= 0:
        return luma
    return np.asarray(cv2.addWeighted(luma, 1 + amount, cv2.GaussianBlur(luma, (0, 0), _HALO_PX), -amount, 0))


def _soft_colour(plane: Array, saturation: float) -> Array:
    """Colour as a cheap camera keeps it: interpolated from few pixels and smoothed against noise."""
    height, width = plane.shape
    small = cv2.resize(plane, ((width + 1) // 2, (height + 1) // 2), interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), _CHROMA_SIGMA_PX / 2) * np.float32(saturation)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR))


def _noise(shape: tuple[int, int], noise: float, seed: int, visit: int) -> tuple[Array, list[Array]]:
    """Grain of luma and blotches of the two colour planes, in grey levels at mid-grey."""
    dice = stream(seed, "noise", visit)
    grain = cv2.GaussianBlur(dice.standard_normal(shape, dtype=np.float32), (0, 0), _GRAIN_SIGMA_PX)
    grain *= np.float32(noise / max(float(grain.std()), 1e-6))
    grain[:, ::2] += np.float32(_STRIPE * min(noise, 2.0))
    coarse = (shape[0] // _BLOTCH_PX + 2, shape[1] // _BLOTCH_PX + 2)
    blotches = [dice.standard_normal(coarse, dtype=np.float32) for _ in range(2)]
    strength = np.float32(_CHROMA_NOISE * noise)
    return grain, [cv2.resize(one, shape[::-1], interpolation=cv2.INTER_CUBIC) * strength for one in blotches]


def _noise_by_level(luma: Array) -> Array:
    """Noise relative to that at mid-grey: shot noise after the tone curve, less where the curve is flat at its ends."""
    level = luma * np.float32(1 / 255)
    return np.asarray(np.float32(0.67) + np.float32(1.32) * np.maximum(level * (1 - level), 0))
