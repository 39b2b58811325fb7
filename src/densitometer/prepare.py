"""Even out the light and turn colour into darkness, at one working scale for every photograph."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from densitometer.field import Field
from densitometer.settings import PrepareSettings

_ASSUMED_STRAND_UM = 80.0
"""Width that the median dark structure is taken to have when no scale is known: hair of 60 um and bundles of it."""
_OFFSET = 8.0
"""Grey levels added before the logarithm, so that noise in the dark is not blown up."""
_MOST_SIDE_PX = 32_000
"""Nothing is enlarged beyond this: OpenCV samples from no longer side."""
_GLARE_UM = 130.0
"""Light spots shorter than this say nothing of the colour of hair."""
_MOST_FILLED = 0.32
"""Largest share of its squared diagonal that a region of hair fills."""


@dataclass(frozen=True)
class Prepared:
    """A photograph ready for the search for strands.

    Attributes
    ----------
    darkness : float32 array, shape (h, w)
        Natural logarithm of skin over hair brightness; about 0 on skin, 0.3 to 1.5 on hair, whatever the light.
        For light hair on dark skin the sign is turned, so that hair is always positive.
    blueness : float32 array, shape (h, w)
        How much bluer than its surroundings; positive over shafts that still lie under the skin.
    glare : bool array, shape (h, w)
        Burnt-out pixels, which tell nothing.
    visible : bool array, shape (h, w)
        Where the photograph shows skin or hair, thin printed lines filled in.
    countable : bool array, shape (h, w)
        Where a root counts: what is visible, within the counting region.
    um_per_px : float
        Of these arrays.
    px_per_px : float
        Pixels of the photograph in one pixel of these arrays.
    light_hair : bool
        True when the hair is lighter than the skin.
    shown : bool array, shape (h, w), or None
        Where the photograph shows the scalp or print upon it, but not its padding or black surround; None when that is
        ``visible``.
    """

    darkness: NDArray[np.float32]
    blueness: NDArray[np.float32]
    glare: NDArray[np.bool_]
    visible: NDArray[np.bool_]
    countable: NDArray[np.bool_]
    um_per_px: float
    px_per_px: float
    light_hair: bool = False
    shown: NDArray[np.bool_] | None = None

    def to_photo(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Turn (x, y) points of these arrays into pixels of the photograph."""
        return (points + 0.5) * self.px_per_px - 0.5

    def from_photo(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Turn (x, y) pixels of the photograph into points of these arrays."""
        return (points + 0.5) / self.px_per_px - 0.5


def prepare(
    rgb: NDArray[np.uint8], field: Field, um_per_px: float, settings: PrepareSettings | None = None
) -> Prepared:
    """Even out the light of a photograph and bring it to the working scale.

    Darkness is an optical density: the logarithm of the brightness of the skin around over that of the pixel, the
    mean over luminance and blue. Melanin absorbs blue most, while a shaft that lies under the skin looks blue
    (Tyndall effect): the difference between red and blue density takes it off.

    Parameters
    ----------
    rgb : uint8 array, shape (height, width, 3)
    field : Field
    um_per_px : float
        Micrometres per pixel of ``rgb``, measured or (with no scale) assumed.
    settings : PrepareSettings, optional
    """
    settings = settings or PrepareSettings()
    small = _resized(rgb, _working_factor(rgb.shape, um_per_px, settings))
    factor = rgb.shape[1] / small.shape[1]
    working_um = um_per_px * factor
    line_px = max(1, round(settings.line_um / working_um))
    seen = _shrunk(field.usable if field.seen is None else field.seen, small.shape)
    visible, filled = _fill_thin_gaps(small, seen, line_px)
    countable = visible if field.seen is None else _closed(_shrunk(field.usable, small.shape), line_px)
    red, green, blue = (filled[..., i] for i in range(3))
    grey = 0.299 * red + 0.587 * green + 0.114 * blue
    step = max(1, round(settings.background_um / working_um / 25))
    densities = [_density(channel, visible, step) for channel in (grey, blue, red)]
    luminance, blue_density, red_density = densities
    blueness = cv2.GaussianBlur(red_density - blue_density, (0, 0), settings.chroma_blur_um / working_um)
    plain = (luminance + cv2.GaussianBlur(blue_density, (0, 0), settings.chroma_blur_um / working_um / 4)) / 2
    light_hair = _hair_is_light(plain, visible, working_um)
    shade = np.float32(0.5 * settings.blue_weight) * np.clip(blueness - 0.03, 0, None)
    darkness = -plain if light_hair else plain - shade
    darkness[~visible] = 0
    # Light hair may be burnt out itself.
    glare = (filled.max(axis=2) > settings.glare_level) & np.bool_(not light_hair)
    shown = _closed(
        _shrunk((field.usable if field.seen is None else field.seen) | field.obscured, small.shape), line_px
    )
    return Prepared(darkness, blueness, glare, visible, countable, working_um, factor, light_hair, shown)


def assumed_um_per_px(rgb: NDArray[np.uint8], field: Field) -> float:
    """Guess a scale from the strands themselves, to work at when none is known. Never a measurement.

    The median width of what is darker (or lighter) than its surroundings is taken for 80 um.
    """
    scale = min(1.0, 2048 / max(rgb.shape[:2]))
    small = _resized(rgb, scale)
    usable = cv2.resize(field.usable.astype(np.uint8), small.shape[1::-1], interpolation=cv2.INTER_NEAREST) > 0
    density = _density(small.mean(axis=2), usable, max(1, min(small.shape[:2]) // 80))
    if _hair_is_light(density, usable, 6.0):
        density = -density
    strands = ((density > 0.3) & usable).astype(np.uint8)
    depth = cv2.distanceTransform(strands, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    ridge = (depth >= cv2.dilate(depth, np.ones((3, 3)))) & (depth > 1)
    width_px = 2 * float(np.median(depth[ridge])) if ridge.sum() > 50 else 10.0
    return _ASSUMED_STRAND_UM / width_px * scale


def _working_factor(shape: tuple[int, ...], um_per_px: float, settings: PrepareSettings) -> float:
    """Enlargement that brings a photograph to the working scale, within bounds of sharpness and of memory."""
    room = max(1.0, (settings.max_working_megapixels * 1e6 / (shape[0] * shape[1])) ** 0.5)
    room = min(room, max(1.0, _MOST_SIDE_PX / max(shape[:2])))
    return min(um_per_px / settings.working_um_per_px, settings.max_enlargement, room)


def _shrunk(mask: NDArray[np.bool_], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Mask at the working scale: where most of it is true."""
    return np.asarray(cv2.resize(mask.astype(np.float32), shape[1::-1], interpolation=cv2.INTER_AREA) > 0.5)


def _closed(mask: NDArray[np.bool_], width: int) -> NDArray[np.bool_]:
    """Mask with gaps up to twice ``width`` filled."""
    kernel = np.ones((2 * width + 1, 2 * width + 1), np.uint8)
    return np.asarray(cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, kernel) > 0)


def _resized(rgb: NDArray[np.uint8], factor: float) -> NDArray[np.float32]:
    size = (max(1, round(rgb.shape[1] * factor)), max(1, round(rgb.shape[0] * factor)))
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return np.clip(cv2.resize(rgb.astype(np.float32), size, interpolation=way), 0, 255)


def _fill_thin_gaps(
    rgb: NDArray[np.float32], usable: NDArray[np.bool_], width: int
) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """Fill thin printed lines from both sides, so that a hair can be followed across; return what is visible then."""
    visible = _closed(usable, width)
    gap = visible & ~usable
    if not gap.any():
        return visible, rgb
    weight = usable.astype(np.float32)
    blurred = cv2.GaussianBlur(rgb * weight[..., None], (0, 0), width)
    total = cv2.GaussianBlur(weight, (0, 0), width)
    filled = rgb.copy()
    filled[gap] = blurred[gap] / np.maximum(total[gap], 1e-6)[:, None]
    return visible, filled


def _density(channel: NDArray[np.float32], visible: NDArray[np.bool_], step: int) -> NDArray[np.float32]:
    """Logarithm of the skin's brightness around each pixel over the pixel's own."""
    size = (max(1, channel.shape[1] // step), max(1, channel.shape[0] // step))
    seen = np.where(visible, channel, np.float32(np.median(channel[visible]) if visible.any() else 0))
    coarse = cv2.resize(seen, size, interpolation=cv2.INTER_AREA)
    median = cv2.medianBlur(np.clip(coarse, 0, 255).astype(np.uint8), 25).astype(np.float32)
    # Where hair covers half of the skin the median is hair: leave out what is darker and average the rest.
    skin = (np.log(median + _OFFSET) - np.log(coarse + _OFFSET) < 0.25).astype(np.float32)
    weight = cv2.GaussianBlur(skin, (0, 0), 6) + 1e-3
    level = (cv2.GaussianBlur(coarse * skin, (0, 0), 6) + 1e-3 * median) / weight
    background = cv2.resize(level, channel.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.log(background + _OFFSET) - np.log(channel + _OFFSET), np.float32)


def _hair_is_light(density: NDArray[np.float32], visible: NDArray[np.bool_], um_per_px: float) -> bool:
    """Tell whether thin structures are lighter than the skin, by area of clear contrast on either side.

    Glare on wet or oily skin is light and thin as well, but round: only what is longer than it is wide can be hair.
    """
    size = max(3, round(200 / um_per_px)) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    smooth = cv2.GaussianBlur(density, (0, 0), max(0.5, 8 / um_per_px))
    dark = cv2.morphologyEx(smooth, cv2.MORPH_TOPHAT, kernel)
    light = cv2.morphologyEx(smooth, cv2.MORPH_BLACKHAT, kernel)
    dark_area = np.count_nonzero((dark > 0.3) & visible)
    light_area = _elongated_area((light > 0.3) & visible, _GLARE_UM / um_per_px)
    return bool(light_area > 1.5 * dark_area and light_area > 0.005 * np.count_nonzero(visible))


def _elongated_area(mask: NDArray[np.bool_], least_px: float) -> int:
    """Number of pixels in regions that are no round spots and longer than ``least_px``."""
    _, _, boxes, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    width, height, area = boxes[1:, 2:5].astype(float).T
    diagonal2 = width**2 + height**2
    # A disc fills 0.39 of its squared diagonal, a bar three times as long as wide 0.30, one of 5:1 0.19.
    return int(area[(diagonal2 > least_px**2) & (area < _MOST_FILLED * diagonal2)].sum())
