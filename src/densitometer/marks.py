"""Marks of the skin that stay from visit to visit, by which photographs are laid on one another: tattooed dots."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from densitometer.bare_skin import BareSkin, around, filled, find_bare_skin
from densitometer.field import Field
from densitometer.hairs import Hair
from densitometer.settings import MarkSettings
from densitometer.srgb import linear

Mark = tuple[float, float, float]
Array = NDArray[np.float32]

_LIGHT = linear(np.arange(256) / 255).astype(np.float32)
_DIMMEST = np.float32(0.003)
"""Light below which a pixel is as good as black: it keeps the noise of the dark out of the logarithm."""
_STEP = 1.3
"""Ratio of neighbouring radii that are searched."""
_MIDDLE, _BODY, _RING = 0.6, (0.25, 0.8), (1.4, 1.9)
"""Parts of a spot, in its radius: its middle, where it must be even, and the skin around it."""
_SECTORS = 8
_FEWEST_PX = 3


@dataclass(frozen=True)
class _Spot:
    """A spot at the working scale, in px, and what tells a tattooed dot from the rest.

    Attributes
    ----------
    x, y, radius : float
        Middle of its density, and radius.
    red, blue : float
        Densities of its middle.
    seen, roundness : float
        Share of the middle that no hair hides; least over greatest extent.
    evenness, surround : float
        Density in the weakest direction, and density of the skin around, as shares of that of the middle.
    """

    x: float
    y: float
    radius: float
    red: float
    blue: float
    seen: float
    roundness: float
    evenness: float
    surround: float


def find_marks(
    rgb: NDArray[np.uint8],
    hairs: Sequence[Hair],
    field: Field,
    um_per_px: float,
    settings: MarkSettings | None = None,
) -> tuple[Mark, ...]:
    """Find dots that were tattooed to find the place again: round, blue-black, soft at the rim, by themselves.

    Spots are the maxima, over place and radius, of the normalised Laplacian of the density in red and blue light
    (Lindeberg 1998, International Journal of Computer Vision 30:79), hair filled in from the skin beside it. Freckles
    and moles are left out: most are too faint to be found again at every visit.

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
    middles = _round_maxima(red + blue, skin.um_per_px, settings)
    spots = (_spot_at(*middle, red, blue, skin.seen) for middle in middles)
    return tuple(_in_photo(spot, skin) for spot in spots if spot is not None and _is_tattoo(spot, settings))


def _density(skin: BareSkin, channel: int, settings: MarkSettings) -> Array:
    """Logarithm of the light of the skin around over that of each pixel; across hair that of the skin beside it."""
    light = cv2.LUT(np.ascontiguousarray(skin.rgb[..., channel]), _LIGHT)
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
    """Look at a spot; None where hair hides too much of it or of its surroundings to tell."""
    reach = int(np.ceil(_RING[1] * radius)) + 1
    top, left = max(0, row - reach), max(0, column - reach)
    box = slice(top, row + reach + 1), slice(left, column + reach + 1)
    red, blue, seen = red[box], blue[box], seen[box]
    down = np.arange(top, top + seen.shape[0])[:, None] - row
    across = np.arange(left, left + seen.shape[1])[None, :] - column
    far = np.hypot(down, across) / radius
    middle, ring = seen & (far <= _MIDDLE), seen & (far > _RING[0]) & (far <= _RING[1])
    if min(np.count_nonzero(middle), np.count_nonzero(ring)) < _FEWEST_PX:
        return None
    red_middle, blue_middle = float(np.median(red[middle])), float(np.median(blue[middle]))
    dense, whole = red + blue, max(red_middle + blue_middle, 1e-3)
    x, y, roundness = _shape(np.clip(dense - whole / 4, 0, None) * (far <= (1 + _RING[0]) / 2), across, down)
    body = seen & (far > _BODY[0]) & (far <= _BODY[1])
    return _Spot(
        x=column + x,
        y=row + y,
        radius=radius,
        red=red_middle,
        blue=blue_middle,
        seen=float(np.count_nonzero(middle) / np.count_nonzero(far <= _MIDDLE)),
        roundness=roundness,
        evenness=_weakest(dense, body, np.arctan2(down, across)) / whole,
        surround=float(np.median(dense[ring])) / whole,
    )


def _shape(weight: Array, across: NDArray[np.int64], down: NDArray[np.int64]) -> tuple[float, float, float]:
    """Middle of a spot (across and down), and its least over its greatest extent."""
    total = max(float(weight.sum()), 1e-6)
    x, y = float((weight * across).sum()) / total, float((weight * down).sum()) / total
    wide, high = (weight * (across - x) ** 2).sum() / total, (weight * (down - y) ** 2).sum() / total
    tilt = (weight * (across - x) * (down - y)).sum() / total
    least, most = np.linalg.eigvalsh(np.array([[wide, tilt], [tilt, high]], np.float64))
    return x, y, float(np.sqrt(max(least, 0.0) / max(most, 1e-6)))


def _weakest(dense: Array, body: NDArray[np.bool_], angle: NDArray[np.float64]) -> float:
    """Least of the mean densities by direction, of the directions that are seen."""
    sector = ((angle / (2 * np.pi) + 0.5) * _SECTORS).astype(int) % _SECTORS
    counts = np.bincount(sector[body], minlength=_SECTORS)
    sums = np.bincount(sector[body], weights=dense[body], minlength=_SECTORS)
    return float((sums[counts > 1] / counts[counts > 1]).min()) if (counts > 1).any() else 0.0


def _is_tattoo(spot: _Spot, settings: MarkSettings) -> bool:
    return (
        spot.red >= settings.least_density
        and settings.least_blue * spot.red <= spot.blue <= settings.most_blue * spot.red
        and spot.seen >= settings.least_seen_share
        and spot.roundness >= settings.least_roundness
        and spot.evenness >= settings.evenness_share
        and spot.surround <= settings.surround_share
    )


def _in_photo(spot: _Spot, skin: BareSkin) -> Mark:
    across, down = skin.px_per_px
    return (spot.x + 0.5) * across - 0.5, (spot.y + 0.5) * down - 0.5, spot.radius * across
