"""Marks of the skin that stay from visit to visit, by which photographs are laid on one another: tattooed dots."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from densitometer.bare_skin import BareSkin, around, filled, find_bare_skin
from densitometer.field import Field
from densitometer.hairs import Hair
from densitometer.settings import MarkSettings
from densitometer.srgb import LIGHT_OF_LEVEL

Mark = tuple[float, float, float]
Array = NDArray[np.float32]

_DIMMEST = np.float32(0.003)
"""Light below which a pixel is as good as black: it keeps the noise of the dark out of the logarithm."""
_STEP = 1.35
"""Ratio of neighbouring radii that are searched."""
_MIDDLE, _REACH = 0.6, 2.0
"""The middle of a spot, and how far it is looked at, in its radius."""
_SOFTNESS = 0.18
"""Softness of the rim of a dot, in its radius: light scatters in the skin above the ink."""
_FEWEST_PX = 20
_MOST_PX = 600
"""As many pixels of a spot as suffice to fit a dot to it."""


@dataclass(frozen=True)
class _Spot:
    """What the search found, at the working scale and in px.

    Attributes
    ----------
    x, y, radius : float
    red, blue : float
        Densities of its middle.
    seen, roundness : float
        Share of it that no hair hides; least over greatest extent.
    """

    x: float
    y: float
    radius: float
    red: float
    blue: float
    seen: float
    roundness: float


@dataclass(frozen=True)
class _Dot:
    """A soft round dot fitted to a spot: middle and radius in px, density, and mean misfit as a share of that."""

    x: float
    y: float
    radius: float
    density: float
    misfit: float


def find_marks(
    rgb: NDArray[np.uint8],
    hairs: Sequence[Hair],
    field: Field,
    um_per_px: float,
    settings: MarkSettings | None = None,
) -> tuple[Mark, ...]:
    """Find dots that were tattooed to find the place again: round, blue-black, soft at the rim.

    Spots are the maxima, over place and radius, of the normalised Laplacian of the density in red and blue light
    (Lindeberg 1998, International Journal of Computer Vision 30:79), hair filled in from the skin beside it. To those
    of the colour of carbon in skin a dot is fitted, which tells them from the shadow of shafts under the skin.
    Freckles and moles are left out: most are too faint to be found again at every visit.

    Parameters
    ----------
    rgb : uint8 array, shape (height, width, 3)
    hairs : sequence of Hair
        All that were found, counted or not.
    field : Field
    um_per_px : float
        Micrometres per pixel, measured or (with no scale) assumed.
    settings : MarkSettings, optional

    Returns
    -------
    tuple of (x, y, radius)
        In px of the photograph, in the order of their places.
    """
    settings = settings or MarkSettings()
    sure = [hair for hair in hairs if hair.confidence >= settings.least_confidence]
    skin = find_bare_skin(rgb, sure, field, um_per_px, settings.working_um_per_px, settings.hair_margin_um)
    if not skin.seen.any():
        return ()
    red, blue = (_density(skin, channel, settings) for channel in (0, 2))
    found = []
    for middle in _round_maxima(red + blue, skin.um_per_px, settings):
        spot = _spot_at(*middle, red, blue, skin.seen)
        dot = _fit_dot(spot, red + blue, skin.seen) if spot and _is_of_ink(spot, settings) else None
        if dot is not None and _is_dot(dot, skin, settings):
            found.append(dot)
    return tuple(sorted(_in_photo(dot, skin) for dot in _apart(found)))


def _density(skin: BareSkin, channel: int, settings: MarkSettings) -> Array:
    """Logarithm of the light of the skin around over that of each pixel; across hair that of the skin beside it."""
    light = cv2.LUT(np.ascontiguousarray(skin.rgb[..., channel]), LIGHT_OF_LEVEL)
    dark = -np.log(np.maximum(light, _DIMMEST))
    density = dark - around(dark, skin.seen, settings.background_um / skin.um_per_px)
    return filled(density, skin.seen, 2 * settings.hair_margin_um / skin.um_per_px)


def _round_maxima(density: Array, um_per_px: float, settings: MarkSettings) -> Iterator[tuple[int, int, float]]:
    """Column, row and radius in px of what stands out as a round spot."""
    steps = int(np.ceil(np.log(settings.most_radius_um / settings.least_radius_um) / np.log(_STEP)))
    radii = [settings.least_radius_um * _STEP**step / um_per_px for step in range(-1, steps + 2)]
    responses = np.stack([_laplacian(density, radius) for radius in radii])
    highest = np.stack([cv2.dilate(response, np.ones((3, 3), np.uint8)) for response in responses])
    for index in range(1, len(radii) - 1):
        here = responses[index]
        peak = (here >= settings.least_response) & (here >= highest[index - 1 : index + 2].max(axis=0))
        for row, column in np.argwhere(peak):
            yield int(column), int(row), radii[index]


def _laplacian(density: Array, radius: float) -> Array:
    """Response to spots of a radius, as strong for large ones as for small ones."""
    sigma = radius / np.sqrt(2)
    blurred = cv2.GaussianBlur(density, (0, 0), sigma)
    return np.asarray(cv2.Laplacian(blurred, cv2.CV_32F, ksize=1) * np.float32(-(sigma**2)))


def _spot_at(column: int, row: int, radius: float, red: Array, blue: Array, seen: NDArray[np.bool_]) -> _Spot | None:
    """Look at a spot; None where hair hides its middle."""
    box, across, down = _around(column, row, _REACH * radius, seen.shape)
    red, blue, seen = red[box], blue[box], seen[box]
    far = np.hypot(across, down) / radius
    middle = seen & (far <= _MIDDLE)
    if not middle.any():
        return None
    red_middle, blue_middle = float(np.median(red[middle])), float(np.median(blue[middle]))
    above = np.clip(red + blue - (red_middle + blue_middle) / 4, 0, None)
    x, y, roundness = _shape(above * (far <= (1 + _REACH) / 2), across, down)
    share = float(np.count_nonzero(seen & (far <= 1)) / np.count_nonzero(far <= 1))
    return _Spot(column + x, row + y, radius, red_middle, blue_middle, share, roundness)


def _around(
    column: int, row: int, reach: float, shape: tuple[int, ...]
) -> tuple[tuple[slice, slice], NDArray[np.float64], NDArray[np.float64]]:
    """Box around a pixel, cut at the border of the array, and how far across and down its pixels lie from there."""
    reach_px = int(np.ceil(reach)) + 1
    top, left = max(0, row - reach_px), max(0, column - reach_px)
    bottom, right = min(shape[0], row + reach_px + 1), min(shape[1], column + reach_px + 1)
    across = np.arange(left, right, dtype=float)[None, :] - column
    down = np.arange(top, bottom, dtype=float)[:, None] - row
    return (slice(top, bottom), slice(left, right)), across, down


def _shape(weight: Array, across: NDArray[np.float64], down: NDArray[np.float64]) -> tuple[float, float, float]:
    """Middle of a spot (across and down), and its least over its greatest extent."""
    total = max(float(weight.sum()), 1e-6)
    x, y = float((weight * across).sum()) / total, float((weight * down).sum()) / total
    wide, high = (weight * (across - x) ** 2).sum() / total, (weight * (down - y) ** 2).sum() / total
    tilt = (weight * (across - x) * (down - y)).sum() / total
    least, most = np.linalg.eigvalsh(np.array([[wide, tilt], [tilt, high]], np.float64))
    return x, y, float(np.sqrt(max(least, 0.0) / max(most, 1e-6)))


def _is_of_ink(spot: _Spot, settings: MarkSettings) -> bool:
    """Whether a spot is dense, blue-black, round, and not hidden."""
    return (
        spot.red >= settings.least_density
        and settings.least_blue * spot.red <= spot.blue <= settings.most_blue * spot.red
        and spot.seen >= settings.least_seen_share
        and spot.roundness >= settings.least_roundness
    )


def _fit_dot(spot: _Spot, density: Array, seen: NDArray[np.bool_]) -> _Dot | None:
    """Fit a dot with a soft rim to what is seen of a spot; None where that is too little."""
    column, row = round(spot.x), round(spot.y)
    box, across, down = _around(column, row, _REACH * spot.radius, seen.shape)
    near = seen[box] & (np.hypot(across, down) <= _REACH * spot.radius)
    rows, columns = np.nonzero(near)
    if len(rows) < _FEWEST_PX:
        return None
    chosen = np.linspace(0, len(rows) - 1, min(len(rows), _MOST_PX)).astype(int)
    x, y = columns[chosen] + box[1].start, rows[chosen] + box[0].start
    measured = density[y, x].astype(np.float64)

    def misfit(dot: NDArray[np.float64]) -> NDArray[np.float64]:
        middle_x, middle_y, radius, height, level = dot
        outside = (np.hypot(x - middle_x, y - middle_y) - radius) / (_SOFTNESS * max(radius, 1e-3))
        return np.asarray(level + height / (1 + np.exp(np.clip(outside, -30, 30))) - measured)

    height = spot.red + spot.blue
    start = [spot.x, spot.y, spot.radius, height, 0.0]
    fitted = least_squares(misfit, start, loss="soft_l1", f_scale=0.15 * height, max_nfev=20).x
    middle_x, middle_y, radius, height, _ = (float(value) for value in fitted)
    inside = np.hypot(x - middle_x, y - middle_y) < (1 + _REACH) / 2 * radius
    error = float(np.abs(misfit(fitted)[inside]).mean()) if inside.any() else np.inf
    return _Dot(middle_x, middle_y, radius, height, error / max(height, 1e-3))


def _is_dot(dot: _Dot, skin: BareSkin, settings: MarkSettings) -> bool:
    """Whether the fit is good, of a size that is tattooed, and lies within the photograph."""
    height, width = skin.seen.shape
    return (
        settings.least_radius_um <= dot.radius * skin.um_per_px <= settings.most_radius_um
        and dot.density >= settings.least_density
        and dot.misfit <= settings.most_misfit
        and dot.radius <= dot.x <= width - 1 - dot.radius
        and dot.radius <= dot.y <= height - 1 - dot.radius
    )


def _apart(dots: Sequence[_Dot]) -> list[_Dot]:
    """One dot of each place, the one that fits best: a spot may stand out at more than one radius."""
    kept: list[_Dot] = []
    for dot in sorted(dots, key=lambda dot: (dot.misfit, dot.x, dot.y)):
        if all(np.hypot(dot.x - other.x, dot.y - other.y) > other.radius for other in kept):
            kept.append(dot)
    return kept


def _in_photo(dot: _Dot, skin: BareSkin) -> Mark:
    across, down = skin.px_per_px
    return (dot.x + 0.5) * across - 0.5, (dot.y + 0.5) * down - 0.5, dot.radius * across
