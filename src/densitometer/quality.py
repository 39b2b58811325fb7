"""Judge whether a photograph is fit to be measured, and say why not by flags."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from densitometer.field import Field
from densitometer.hairs import Hair
from densitometer.scale import Scale
from densitometer.settings import QualitySettings

_FINER, _COARSER = 1.5, 3.0
"""Standard deviations in px of the two blurs that are compared on an edge."""
_WORKING_UM_PER_PX = 5.0
_TILES = (6, 8)
_EDGE_SHARE = 0.005
_LEAST_GRADIENT = 1.5
_PRINT_MARGIN_PX = 15
_WHITE = 250
_SHINY, _SHINY_ABOVE_SKIN = 200, 40
_FEW_TO_JUDGE = 10


def photo_flags(
    rgb: NDArray[np.uint8],
    field: Field,
    scale: Scale,
    hairs: Sequence[Hair],
    settings: QualitySettings | None = None,
) -> frozenset[str]:
    """Name every reason to look twice at what was measured on a photograph.

    Parameters
    ----------
    rgb : uint8 array, shape (height, width, 3)
    field : Field
        What may be counted in it.
    scale : Scale
    hairs : sequence of Hair
        All that were found, counted or not.
    settings : QualitySettings, optional

    Returns
    -------
    frozenset of str
        Names from :mod:`densitometer.flags`.
    """
    settings = settings or QualitySettings()
    found = {
        *_scale_flags(scale, settings),
        *_field_flags(field, scale, settings),
        *_light_flags(rgb, field, hairs, settings),
        *_hair_flags(field, hairs, settings),
    }
    if _blurred(rgb, field, scale, settings):
        found.add("blurred")
    return frozenset(found)


def edge_blur_px(light: NDArray[np.uint8], usable: NDArray[np.bool_]) -> float:
    """Standard deviation in px of the blur of the sharpest edges, as the median over the tiles of the field.

    Blurring an edge again weakens it the less the more it is blurred already: from the ratio of its gradients after
    two known blurs follows its own (Zhuo and Sim 2011, Pattern Recognition 44:1852). Both blurs are wider than the
    noise of the sensor and of JPEG.

    Parameters
    ----------
    light : uint8 array, shape (height, width)
        Brightness.
    usable : bool array, shape (height, width)
        Where to look: print is sharp in any photograph.

    Returns
    -------
    float
        NaN when there is no edge anywhere.
    """
    values = light.astype(np.float32)
    fine, coarse = (_gradient(cv2.GaussianBlur(values, (0, 0), sigma)) for sigma in (_FINER, _COARSER))
    fine[~usable] = 0
    tiles = [blur for tile in _tiles(light.shape) if (blur := _tile_blur(fine[tile], coarse[tile])) is not None]
    return float(np.median(tiles)) if tiles else float("nan")


def _tiles(shape: tuple[int, ...]) -> Iterator[tuple[slice, slice]]:
    """Divide a photograph into tiles, so that one sharp corner does not speak for the whole."""
    rows, columns = (np.linspace(0, size, count + 1).astype(int) for size, count in zip(shape, _TILES, strict=False))
    for top, bottom in zip(rows[:-1], rows[1:], strict=True):
        for left, right in zip(columns[:-1], columns[1:], strict=True):
            yield slice(top, bottom), slice(left, right)


def _tile_blur(fine: NDArray[np.float32], coarse: NDArray[np.float32]) -> float | None:
    """Blur of the strongest edges in a tile, in px; None where there is no edge worth the name."""
    count = max(1, int(fine.size * _EDGE_SHARE))
    if fine.size == 0:
        return None
    least = np.partition(fine, -count, axis=None)[-count]
    if least < _LEAST_GRADIENT:
        return None
    edge = fine >= least
    ratio = max(float(np.median(fine[edge] / np.maximum(coarse[edge], 1e-3))), 1.001)
    return float(np.sqrt(max((_COARSER**2 - (ratio * _FINER) ** 2) / (ratio**2 - 1), 0.0)))


def _gradient(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Steepness in grey levels per px."""
    across = cv2.Sobel(values, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8)
    down = cv2.Sobel(values, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8)
    steepness: NDArray[np.float32] = cv2.magnitude(across, down)
    return steepness


def _blurred(rgb: NDArray[np.uint8], field: Field, scale: Scale, settings: QualitySettings) -> bool:
    """Whether the sharpest edges are softer than hair can bear; fine scales are first made coarser."""
    light = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    margin = np.ones((_PRINT_MARGIN_PX, _PRINT_MARGIN_PX), np.uint8)
    usable = cv2.erode(field.usable.astype(np.uint8), margin)
    um_per_px = scale.um_per_px
    limit_px = settings.blur_px
    if um_per_px is not None:
        zoom = min(1.0, um_per_px / _WORKING_UM_PER_PX)
        if zoom < 1:
            size = (max(1, round(light.shape[1] * zoom)), max(1, round(light.shape[0] * zoom)))
            light = cv2.resize(light, size, interpolation=cv2.INTER_AREA)
            usable = cv2.resize(usable, light.shape[::-1], interpolation=cv2.INTER_NEAREST)
        limit_px = max(limit_px, settings.blur_um / um_per_px * zoom)
    return edge_blur_px(light, usable > 0) > limit_px


def _scale_flags(scale: Scale, settings: QualitySettings) -> Iterator[str]:
    if scale.um_per_px is None:
        yield "no_scale"
    elif scale.um_per_px > settings.coarse_um_per_px:
        yield "coarse_scale"
    ratio = (scale.um_per_px or 1.0) / (scale.printed_um_per_px or scale.um_per_px or 1.0)
    if abs(ratio - 1) > settings.scale_disagreement:
        yield "scale_disagrees"


def _field_flags(field: Field, scale: Scale, settings: QualitySettings) -> Iterator[str]:
    """Text, and a field that is small or mostly masked: a round field fills 79 % of the box around it."""
    if field.text:
        yield "burned_in_text"
    usable = int(np.count_nonzero(field.usable))
    rows, columns = np.flatnonzero(field.usable.any(axis=1)), np.flatnonzero(field.usable.any(axis=0))
    box = (rows[-1] - rows[0] + 1) * (columns[-1] - columns[0] + 1) if usable else 1
    masked = usable < settings.small_share * box
    if masked or (scale.um_per_px is not None and field.area_cm2(scale.um_per_px) < settings.small_area_cm2):
        yield "small_field"


def _light_flags(
    rgb: NDArray[np.uint8], field: Field, hairs: Sequence[Hair], settings: QualitySettings
) -> Iterator[str]:
    """Exposure by the median, which hair moves little; glare by what outshines the skin around it and is no hair."""
    if not field.usable.any():
        yield "underexposed"
        return
    light = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    median = float(np.median(light[field.usable]))
    white = float((light >= _WHITE)[field.usable].mean())
    if median < settings.dark_level:
        yield "underexposed"
    if median > settings.bright_level or white > settings.clipped_share:
        yield "overexposed"
    size = (max(1, rgb.shape[1] // 8), max(1, rgb.shape[0] // 8))
    skin = cv2.medianBlur(cv2.resize(light, size, interpolation=cv2.INTER_AREA), 9)
    above = cv2.subtract(light, cv2.resize(skin, light.shape[::-1], interpolation=cv2.INTER_LINEAR))
    shiny = (light >= _SHINY) & (above >= _SHINY_ABOVE_SKIN) & ~_light_hair(above, hairs)
    if float(shiny[field.usable].mean()) > settings.glare_share:
        yield "glare"


def _light_hair(above: NDArray[np.uint8], hairs: Sequence[Hair]) -> NDArray[np.bool_]:
    """Where hair lies that is lighter than skin, from how much lighter each pixel is than the skin around it."""
    mask = np.zeros(above.shape, np.uint8)
    for hair in hairs:
        points = np.round(hair.points_px).astype(np.int32)
        if np.median(above[points[:, 1], points[:, 0]]) >= _SHINY_ABOVE_SKIN:
            width_px = hair.width_px if np.isfinite(hair.width_px) else 1.0
            cv2.polylines(mask, [points.reshape(-1, 1, 2)], False, 1, int(np.ceil(width_px)) + 2)
    return mask > 0


def _hair_flags(field: Field, hairs: Sequence[Hair], settings: QualitySettings) -> Iterator[str]:
    if not hairs:
        yield "no_hairs"
        return
    if sum(hair.counted for hair in hairs) < settings.few_hairs:
        yield "few_hairs"
    covered = sum(hair.length_px * width for hair in hairs if np.isfinite(width := hair.width_px))
    entangled = sum(bool({"bundled", "low_confidence"} & set(hair.flags)) for hair in hairs) / len(hairs)
    dense = covered > settings.crowded_cover * np.count_nonzero(field.usable)
    if dense or (len(hairs) >= _FEW_TO_JUDGE and entangled > settings.crowded_share):
        yield "crowded"
    unsure = sum(hair.root_confidence < settings.unsure_root for hair in hairs) / len(hairs)
    if unsure > settings.unsure_root_share:
        yield "root_direction_uncertain"
