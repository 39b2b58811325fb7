"""What a cheap camera makes of the light on its sensor: tones, colour, sharpening, noise, 8-bit sRGB.

Measured on trimmed-hair photographs of a USB microscope: fine grain of about one grey level that falls off towards
the highest frequencies (demosaicing), more along the diagonals (JPEG); hardly any colour beyond a sixth of a cycle a
pixel; where the light is bluish a faint mesh of every second column and row; single hot pixels; no halo along hairs.
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
_BLOTCH_PX = 3
_BLOTCH_BLUE, _BLOTCH_RED = 0.6, 0.26
"""Colour noise in the planes of blue and red difference, relative to the grain."""
_MESH = 4.5
"""Grey levels of the mesh per unit of blue difference relative to luma, at a noise of 2."""
_LEAST_MESH, _MOST_MESH = 0.35, 1.6
_HOT_PIXELS = 1.2
"""Hot pixels a megapixel."""
_HALO_PX = 1.3
_FINE = 128
"""Steps of the sensor to a grey level."""
_CHROMA_SIGMA_PX = 1.2


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
    luma, *chroma = cv2.split(cv2.transform(_mosaicked(_toned(light, exposure, contrast)), _TO_LUMA))
    blue, red = (_soft_colour(plane, saturation) for plane in chroma)
    luma = _sharpened(luma, sharpening)
    luma += _grain(luma, noise, seed, visit) + _mesh(luma, blue, noise, seed)
    blue += _blotches(luma.shape, _BLOTCH_BLUE * noise, seed, visit, "blue")
    red += _blotches(luma.shape, _BLOTCH_RED * noise, seed, visit, "red")
    rgb = cv2.transform(cv2.merge([luma, blue, red]), np.linalg.inv(_TO_LUMA))
    _add_hot_pixels(rgb, noise, seed)
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


def _mosaicked(rgb: Array) -> Array:
    """See each pixel in one colour only and interpolate the others: false colours along edges and in glints."""
    fine = np.rint(rgb * np.float32(_FINE)).astype(np.uint16)
    mosaic = np.ascontiguousarray(fine[..., 1])
    mosaic[::2, ::2], mosaic[1::2, 1::2] = fine[::2, ::2, 0], fine[1::2, 1::2, 2]
    return np.asarray(cv2.cvtColor(mosaic, cv2.COLOR_BayerRGGB2RGB), np.float32) * np.float32(1 / _FINE)


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


def _grain(luma: Array, noise: float, seed: int, visit: int) -> Array:
    """Fine grain after demosaicing, in grey levels; less where the tone curve is flat at its ends."""
    raw = stream(seed, "grain of the sensor", visit).standard_normal(luma.shape, dtype=np.float32)
    grain = cv2.GaussianBlur(raw, (0, 0), _GRAIN_SIGMA_PX)
    level = luma * np.float32(1 / 255)
    by_level = np.float32(0.67) + np.float32(1.32) * np.maximum(level * (1 - level), 0)
    return np.asarray(grain * by_level * np.float32(noise / max(float(grain.std()), 1e-6)))


def _blotches(shape: tuple[int, ...], strength: float, seed: int, visit: int, plane: str) -> Array:
    """Coarse noise of a colour plane, in grey levels."""
    height, width = shape
    coarse = (height // _BLOTCH_PX + 2, width // _BLOTCH_PX + 2)
    raw = stream(seed, "blotches", plane, visit).standard_normal(coarse, dtype=np.float32)
    return np.asarray(cv2.resize(raw, (width, height), interpolation=cv2.INTER_CUBIC)) * np.float32(strength)


def _mesh(luma: Array, blue: Array, noise: float, seed: int) -> Array:
    """Unlike greens of a colour mosaic: every second column and row a little lighter, where the light is bluish."""
    device = stream(seed, "mesh of the sensor")
    strength = float(device.uniform(0.75, 1.5)) * min(noise / 2, 1.5)
    columns, rows = (float(part) * (1 if device.random() < 0.5 else -1) for part in device.uniform(0.5, 1.0, 2))
    depth = np.clip(_LEAST_MESH + blue / np.maximum(luma, 40) * np.float32(2 * _MESH), _LEAST_MESH, _MOST_MESH)
    depth = depth * np.float32(strength)
    across = np.where(np.arange(luma.shape[1]) % 2, columns, -columns).astype(np.float32)
    down = np.where(np.arange(luma.shape[0]) % 2, rows, -rows).astype(np.float32)
    return np.asarray(depth * (across[None, :] + down[:, None]))


def _add_hot_pixels(rgb: Array, noise: float, seed: int) -> None:
    """Light up the few pixels of a sensor that are always bright, each in its own colour of the mosaic."""
    device = stream(seed, "hot pixels")
    height, width = rgb.shape[:2]
    expected = _HOT_PIXELS * min(noise / 2, 3.0) * height * width / 1e6
    for _ in range(int(device.poisson(expected))):
        x, y, colour = (int(device.integers(limit)) for limit in (width, height, 3))
        spot = np.outer((0.3, 1.0, 0.3), (0.3, 1.0, 0.3))[: height - y, : width - x]
        rgb[y : y + 3, x : x + 3, colour] += (spot * device.uniform(40, 160)).astype(np.float32)
