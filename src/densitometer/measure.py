"""Numbers from hairs: counts, densities with their intervals, widths and follicular units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv

from densitometer.field import Field
from densitometer.hairs import Hair
from densitometer.scale import Scale
from densitometer.settings import MeasureSettings, Settings

Values = dict[str, float | int | None]
Interval = tuple[float, float]

_Z95 = 1.959964


@dataclass(frozen=True)
class Measurement:
    """Everything that one photograph yields.

    Attributes
    ----------
    hairs : tuple of Hair
        All hairs, counted or not.
    field : Field
    scale : Scale
    values : dict of str to float or int or None
        The numeric columns of ``photos.csv`` by name; None where not measured.
    flags : tuple of str
        Names from :mod:`densitometer.flags`, in registry order.
    marks : tuple of (x, y, radius)
        Dots in the skin that stay from visit to visit, in px of the photograph.
    """

    hairs: tuple[Hair, ...]
    field: Field
    scale: Scale
    values: Values
    flags: tuple[str, ...]
    marks: tuple[tuple[float, float, float], ...] = ()


def measure_hairs(hairs: Sequence[Hair], field: Field, scale: Scale, settings: MeasureSettings | None = None) -> Values:
    """Numeric columns of one photograph, by name; None where not measured.

    Parameters
    ----------
    hairs : sequence of Hair
        All that were found, counted or not, with their units.
    field : Field
    scale : Scale
        Without a scale there are counts alone.
    settings : MeasureSettings, optional
    """
    settings = settings or MeasureSettings()
    counted = [hair for hair in hairs if hair.counted]
    detection = detection_interval(hairs, settings)
    values: Values = {
        "hair_count": len(counted),
        "hair_count_low": detection[0],
        "hair_count_high": detection[1],
        "crossing_count": sum("root_outside" in hair.flags for hair in hairs),
        "uncertain_root_count": sum(_may_root_here(hair) for hair in hairs),
    }
    if scale.um_per_px is None:
        return values
    area_cm2 = field.area_cm2(scale.um_per_px)
    values["area_cm2"] = area_cm2
    if area_cm2 == 0:
        return values
    density = len(counted) / area_cm2
    relative_scale_sd = (scale.um_per_px_sd or 0.0) / scale.um_per_px
    return {
        **values,
        **_density_values(len(counted), detection, area_cm2, relative_scale_sd),
        **_width_values(counted, density, scale.um_per_px, settings),
        **_unit_values(counted, area_cm2),
    }


def how_measured(settings: Settings) -> MeasureSettings:
    """Settings of this stage for the method by which hair was found: counts by one spread more than by the other."""
    if settings.method == "network":
        return settings.measure
    return replace(settings.measure, count_error_share=settings.measure.ridge_count_error_share)


def detection_interval(hairs: Sequence[Hair], settings: MeasureSettings) -> Interval:
    """95 % interval of the count from unsure detection alone.

    Each hair found, counted or not, is real with its confidence: the count's variance is at least the sum of
    c (1 - c). Hairs of one bundle err together, and some are never found: the spread of the error that the
    annotated photographs show in addition is added as a share of the count (``settings.count_error_share``).
    """
    confidence = np.array([hair.confidence for hair in hairs if _may_count(hair)])
    count = sum(hair.counted for hair in hairs)
    variance = float((confidence * (1 - confidence)).sum()) + (settings.count_error_share * count) ** 2
    half = _Z95 * variance**0.5
    return max(0.0, count - half), count + half


def sampling_interval(count: int) -> Interval:
    """95 % interval of the count that another patch of the same size and scalp would give.

    Exact Poisson limits (Garwood 1936). Hairs stand in units, which widens the spread, and units stand regularly,
    which narrows it: Poisson is the usual reference between the two.
    """
    low = float(gammaincinv(count, 0.025)) if count else 0.0
    return low, float(gammaincinv(count + 1, 0.975))


def _may_root_here(hair: Hair) -> bool:
    return not hair.counted and "root_unclear" in hair.flags and "low_confidence" not in hair.flags


def _may_count(hair: Hair) -> bool:
    return hair.counted or "root_outside" not in hair.flags


def _density_values(count: int, detection: Interval, area_cm2: float, relative_scale_sd: float) -> Values:
    """Density with the intervals of its sources, apart and together (added in squares, the scale's included)."""
    sampling = sampling_interval(count)
    scale_half = _Z95 * 2 * relative_scale_sd * count
    low = count - np.sqrt((count - detection[0]) ** 2 + (count - sampling[0]) ** 2 + scale_half**2)
    high = count + np.sqrt((detection[1] - count) ** 2 + (sampling[1] - count) ** 2 + scale_half**2)
    return {
        "density_per_cm2": count / area_cm2,
        "density_low_per_cm2": max(0.0, float(low)) / area_cm2,
        "density_high_per_cm2": float(high) / area_cm2,
        "density_detection_low_per_cm2": detection[0] / area_cm2,
        "density_detection_high_per_cm2": detection[1] / area_cm2,
        "density_sampling_low_per_cm2": sampling[0] / area_cm2,
        "density_sampling_high_per_cm2": sampling[1] / area_cm2,
    }


def _width_values(counted: Sequence[Hair], density: float, um_per_px: float, settings: MeasureSettings) -> Values:
    """Widths of the hairs that have one, and densities by class as their shares of all hairs."""
    widths = np.array([hair.width_px for hair in counted]) * um_per_px
    widths = widths[np.isfinite(widths)]
    estimated = sum("width_estimated" in hair.flags for hair in counted)
    values: Values = {"measured_width_count": len(widths) - estimated}
    if counted:
        values["mean_length_mm"] = float(np.mean([hair.length_px for hair in counted])) * um_per_px / 1000
    if not len(widths):
        return values
    values |= {
        "mean_width_um": float(widths.mean()),
        "median_width_um": float(np.median(widths)),
        "width_sd_um": float(widths.std(ddof=1)) if len(widths) > 1 else None,
        # Hairs without a width are taken to be as wide as the mean of those with one.
        "cumulative_width_mm_per_cm2": density * float(widths.mean()) / 1000,
    }
    if um_per_px <= settings.class_um_per_px:
        for limit in (30, 40):
            values |= _class_values(widths, density, limit)
    return values


def _class_values(widths_um: NDArray[np.float64], density: float, limit_um: int) -> Values:
    terminal = float((widths_um >= limit_um).mean())
    return {
        f"terminal{limit_um}_per_cm2": density * terminal,
        f"vellus{limit_um}_per_cm2": density * (1 - terminal),
    }


def _unit_values(counted: Sequence[Hair], area_cm2: float) -> Values:
    """Follicular units: how many, how dense, how large."""
    units = [hair.unit for hair in counted if hair.unit is not None]
    sizes = np.unique(units, return_counts=True)[1]
    values: Values = {"unit_count": len(sizes), "units_per_cm2": len(sizes) / area_cm2}
    if len(sizes):
        values["hairs_per_unit"] = float(sizes.mean())
        values["single_hair_unit_share"] = float((sizes == 1).mean())
    return values
