"""How a picture looks, in numbers with names: its skin, its light, its noise and, with marks, its strands.

Every statistic is one float; NaN says that the picture does not show it. `MEANINGS` says what each is. Brightness and
colour are CIELAB, lengths micrometres.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.stats import skew

import look_strands
from look_regions import Array, Floats, Mask, Picture, filled_blur, hair_axis, to_lab

Statistics = dict[str, Any]
"""Numbers by name; what leaves this module is float."""

OCTAVES_PER_MM = ((2.5, 5.0), (5.0, 10.0), (10.0, 20.0), (20.0, 40.0), (40.0, 80.0))
RIDGE_WIDTHS_UM = (20, 40, 80)
PATCH_UM = 720.0
TILE_PX = 32
FINE_STEPS_PX = (0.7, 1.4, 2.8, 5.6, 11.2)

MEANINGS: dict[str, str] = {
    "skin_L": "median L* of hair-free skin",
    "skin_a": "median a* (red) of hair-free skin",
    "skin_b": "median b* (yellow; negative is blue) of hair-free skin",
    "skin_L_sd": "standard deviation of L* over hair-free skin",
    "skin_a_sd": "standard deviation of a* over hair-free skin",
    "skin_b_sd": "standard deviation of b* over hair-free skin",
    "skin_L_slope": "steepest change of L* from one side of the frame to the other (plane through hair-free skin)",
    "skin_b_slope": "the same of b*",
    "skin_L_corners": "L* in the corners less that in the centre",
    "skin_b_corners": "b* in the corners less that in the centre",
    "skin_Lb_fine": "correlation of b* with L* in what is finer than 150 um (blue glare: negative)",
    "skin_Lb_coarse": "correlation of b* with L* in what is coarser than 150 um",
    "skin_La_fine": "correlation of a* with L* in what is finer than 150 um",
    "skin_patchy_L": "standard deviation of L* between 150 um and 600 um",
    "skin_patchy_a": "the same of a* (redness in patches)",
    "skin_patchy_b": "the same of b*",
    "skin_skew": "skewness of L* in what is finer than 150 um (glare: positive; furrows, pores: negative)",
    **{
        f"frame_L_p{p:02d}": f"{p}th percentile of L* over the field, hair included" for p in (1, 5, 25, 50, 75, 95, 99)
    },
    **{f"skin_L_p{p:02d}": f"{p}th percentile of L* over hair-free skin" for p in (1, 99)},
    **{f"skin_gradient_p{p}": f"{p}th percentile of the slope of L* (per 10 um, at 8 um blur)" for p in (50, 90, 99)},
    **{f"texture_{a:g}_{b:g}": f"rms of L* at {a:g} to {b:g} cycles a mm" for a, b in OCTAVES_PER_MM},
    **{
        f"texture_{a:g}_{b:g}_across": f"log2 of the power at {a:g} to {b:g} cycles a mm that varies across the hair"
        " direction, over that which varies along it (lines that run with the hair: positive)"
        for a, b in OCTAVES_PER_MM
    },
    **{
        f"texture_{a:g}_{b:g}_oriented": f"how far the texture of a 0.7 mm patch has one direction at {a:g} to {b:g}"
        " cycles a mm: 0 none, 1 stripes (wrinkles)"
        for a, b in OCTAVES_PER_MM
    },
    **{
        f"ridge_{polarity}_{width}um_p{p}": f"{p}th percentile of the strength of {polarity} lines {width} um wide"
        for width in RIDGE_WIDTHS_UM
        for polarity in ("dark", "bright")
        for p in (95, 99)
    },
    "glint_share_10": "share of hair-free skin brighter than its median by 10 L*",
    "glint_share_20": "the same by 20 L*",
    "glint_b": "b* of skin brighter by 10 L* than the skin around, less that of the skin around",
    "glint_diameter_um": "median diameter of spots brighter by 8 L* than the skin around",
    "burnt_share": "share of hair-free skin with a channel at 250 or more",
    "dark_unmarked_share": "share of the skin that was taken off as dark as hair, though no hair is marked there",
    "noise_luma": "noise of Y in levels of 255 (Immerkaer's operator on hair-free skin)",
    "noise_chroma": "noise of Cb and Cr in levels of 255",
    "noise_correlation": "correlation of neighbouring pixels in what a 1.5 px blur takes off Y",
    "mesh_columns": "height in levels of a pattern of Y that alternates from column to column (mosaic of the sensor)",
    "mesh_rows": "the same from row to row",
    "mesh_checks": "the same in the manner of a chessboard",
    "blockiness": "step between pixels across the 8 px grid of JPEG over that elsewhere, less 1",
    **look_strands.MEANINGS,
}
FIELD_MEANINGS: dict[str, str] = {
    **{f"field_{c}": f"median {c}* of the field, hair included" for c in "Lab"},
    **{f"field_{c}_sd": f"standard deviation of {c}* over the field, hair included" for c in "Lab"},
    **{f"field_L_p{p:02d}": f"{p}th percentile of L* over the field" for p in (1, 5, 25, 75, 95, 99)},
    "field_L_corners": "L* in the corners less that in the centre",
    "field_Lb": "correlation of b* with L*",
    **{f"field_fine_{s:g}px": f"rms of L* between blurs of {s:g} and {2 * s:g} px" for s in FINE_STEPS_PX},
    **{f"field_gradient_p{p}": f"{p}th percentile of the slope of L* per px, at 1 px blur" for p in (50, 90, 99)},
    "field_noise_luma": "noise of Y in levels of 255, Immerkaer's operator on the smoother half of the field",
    "field_noise_chroma": "noise of Cb and Cr likewise",
    "field_blockiness": MEANINGS["blockiness"],
}


def statistics(picture: Picture) -> dict[str, float]:
    """All statistics of a picture with marked hairs, in the order of `MEANINGS`."""
    if picture.skin.sum() < 1000:
        raise ValueError("fewer than 1000 pixels of hair-free skin: too few to say how it looks")
    fine = picture.lab - picture.ground
    found = {
        **_colour(picture, fine),
        **_brightness(picture),
        **_gradients(picture),
        **_texture(picture, fine[..., 0]),
        **_ridges(picture),
        **_glints(picture, fine),
        **_noise(picture.rgb, picture.skin),
        **_mesh(picture.rgb, picture.skin),
        "blockiness": blockiness(picture.rgb, picture.usable),
        **look_strands.statistics(picture),
    }
    return {name: float(found[name]) for name in MEANINGS}


def field_statistics(rgb: NDArray[np.uint8], usable: Mask) -> dict[str, float]:
    """Statistics that need neither marks nor a scale, in the order of `FIELD_MEANINGS`; lengths in px."""
    lab = to_lab(rgb)
    light = np.ascontiguousarray(lab[..., 0])
    inside = lab[usable]
    found: Statistics = {f"field_{c}": np.median(inside[:, k]) for k, c in enumerate("Lab")}
    found |= {f"field_{c}_sd": inside[:, k].std() for k, c in enumerate("Lab")}
    found |= {f"field_L_p{p:02d}": np.percentile(inside[:, 0], p) for p in (1, 5, 25, 75, 95, 99)}
    found |= {"field_L_corners": _corners(light, usable), "field_Lb": _correlation(inside[:, 0], inside[:, 2])}
    filled = np.where(usable, light, np.float32(found["field_L"]))
    blurred = [cv2.GaussianBlur(filled, (0, 0), step) for step in (*FINE_STEPS_PX, 2 * FINE_STEPS_PX[-1])]
    for step, finer, coarser in zip(FINE_STEPS_PX, blurred[:-1], blurred[1:], strict=True):
        found[f"field_fine_{step:g}px"] = (finer - coarser)[usable].std()
    slope = _slope(filled, 1.0)
    found |= {f"field_gradient_p{p}": np.percentile(slope[usable], p) for p in (50, 90, 99)}
    smooth = usable & (slope <= np.median(slope[usable]))
    noise = _noise(rgb, smooth)
    found |= {"field_noise_luma": noise["noise_luma"], "field_noise_chroma": noise["noise_chroma"]}
    found["field_blockiness"] = blockiness(rgb, usable)
    return {name: float(found[name]) for name in FIELD_MEANINGS}


def _colour(picture: Picture, fine: Array) -> Statistics:
    skin = picture.lab[picture.skin]
    found: Statistics = {f"skin_{c}": np.median(skin[:, k]) for k, c in enumerate("Lab")}
    found |= {f"skin_{c}_sd": skin[:, k].std() for k, c in enumerate("Lab")}
    ground = picture.ground[picture.skin]
    detail = fine[picture.skin]
    found |= {f"skin_{c}_slope": _plane(picture.lab[..., k], picture.skin) for k, c in ((0, "L"), (2, "b"))}
    found |= {f"skin_{c}_corners": _corners(picture.lab[..., k], picture.skin) for k, c in ((0, "L"), (2, "b"))}
    found |= {
        "skin_Lb_fine": _correlation(detail[:, 0], detail[:, 2]),
        "skin_La_fine": _correlation(detail[:, 0], detail[:, 1]),
        "skin_Lb_coarse": _correlation(ground[:, 0], ground[:, 2]),
        "skin_skew": skew(detail[:, 0].astype(float)),
    }
    wide = 600 / picture.um_per_px
    for k, c in enumerate("Lab"):
        patches = picture.ground[..., k] - filled_blur(picture.lab[..., k], picture.skin, wide)
        found[f"skin_patchy_{c}"] = patches[picture.skin].std()
    return found


def _correlation(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    if first.std() == 0 or second.std() == 0:
        return float("nan")
    return float(np.corrcoef(first, second)[0, 1])


def _frame(mask: Mask) -> tuple[Floats, Floats]:
    """Places of the pixels in the mask, -1/2 to 1/2 over the frame: x, y."""
    rows, columns = np.nonzero(mask)
    return columns / mask.shape[1] - 0.5, rows / mask.shape[0] - 0.5


def _plane(values: Array, mask: Mask) -> float:
    x, y = _frame(mask)
    terms = np.stack([np.ones_like(x), x, y], axis=1)[::7]
    slopes = np.linalg.lstsq(terms, values[mask][::7].astype(float), rcond=None)[0]
    return float(np.hypot(slopes[1], slopes[2]))


def _corners(values: Array, mask: Mask) -> float:
    """Mean of the corners less the mean of the centre; radius 1 is the corner itself."""
    x, y = _frame(mask)
    radius = np.hypot(x, y) * np.sqrt(2)
    inside = values[mask]
    corner, centre = inside[radius > 0.72], inside[radius < 0.35]
    return float(corner.mean() - centre.mean()) if corner.size and centre.size else float("nan")


def _brightness(picture: Picture) -> Statistics:
    frame, skin = picture.light[picture.usable], picture.light[picture.skin]
    found: Statistics = {f"frame_L_p{p:02d}": np.percentile(frame, p) for p in (1, 5, 25, 50, 75, 95, 99)}
    return found | {f"skin_L_p{p:02d}": np.percentile(skin, p) for p in (1, 99)}


def _slope(light: Array, sigma_px: float) -> Array:
    smooth = cv2.GaussianBlur(light, (0, 0), sigma_px) if sigma_px > 0.3 else light
    down, across = np.gradient(smooth)
    return np.asarray(np.hypot(down, across), np.float32)


def _gradients(picture: Picture) -> Statistics:
    slope = _slope(picture.light, 8 / picture.um_per_px)[picture.skin] * 10 / picture.um_per_px
    return {f"skin_gradient_p{p}": np.percentile(slope, p) for p in (50, 90, 99)}


def _texture(picture: Picture, detail: Array) -> Statistics:
    """Power of the hair-free skin by octave, all ways, and along and across the hair.

    Patches of 0.7 mm, each under a Hann window and the skin's own mask with soft edges, so that no hair leaks in;
    their spectra are averaged.
    """
    side = max(16, round(PATCH_UM / picture.um_per_px))
    depth = cv2.distanceTransform(picture.skin.astype(np.uint8), cv2.DIST_L2, 5)  # without bounds where all is skin
    soft = np.minimum(depth, 40 / picture.um_per_px) * picture.um_per_px / 40
    hann = np.outer(np.hanning(side), np.hanning(side))
    spectra = list(_patch_spectra(detail, soft, hann))
    frequency = np.fft.fftfreq(side, picture.um_per_px / 1000)
    x, y = np.meshgrid(frequency, frequency)
    radius, angle = np.hypot(x, y), np.arctan2(y, x)
    across = np.abs(np.sin(angle - hair_axis(picture.root_tip))) > np.sqrt(0.5)
    found: Statistics = {}
    for low, high in OCTAVES_PER_MM:
        name = f"texture_{low:g}_{high:g}"
        band = (radius >= low) & (radius < high)
        if not spectra or high > frequency.max() * 1.02:
            found |= {name: np.nan, f"{name}_across": np.nan, f"{name}_oriented": np.nan}
            continue
        powers = np.array([power[band] for power in spectra])
        mean = powers.mean(axis=0)
        turned = np.abs((powers * np.exp(2j * angle[band])).sum(axis=1)) / np.maximum(powers.sum(axis=1), 1e-12)
        found[name] = np.sqrt(mean.sum())
        found[f"{name}_across"] = np.log2(mean[across[band]].sum() / max(mean[~across[band]].sum(), 1e-12))
        found[f"{name}_oriented"] = turned.mean()
    return found


def _patch_spectra(detail: Array, soft: Array, hann: Floats) -> list[Floats]:
    side = len(hann)
    whole = float((hann**2).sum())
    spectra = []
    for row in range(0, detail.shape[0] - side + 1, side // 2):
        for column in range(0, detail.shape[1] - side + 1, side // 2):
            here = np.s_[row : row + side, column : column + side]
            weight = hann * soft[here]
            room = float((weight**2).sum())
            if room > 0.3 * whole:
                level = (detail[here] * weight).sum() / weight.sum()
                power = np.abs(np.fft.fft2((detail[here] - level) * weight)) ** 2
                spectra.append(power / (side * side * room))
    return spectra


def line_strength(light: Array, width_um: float, um_per_px: float) -> tuple[Array, Array]:
    """Strength of dark and of bright lines of a width: how much more the Hessian bends across than along.

    The Hessian at the scale that answers most to a bar of this width, times the scale squared (Lindeberg 1998), so
    that a bar of contrast C answers with about 0.5 C at any width; a round spot with nothing.
    """
    sigma = width_um / um_per_px / 2
    smooth = cv2.GaussianBlur(light, (0, 0), max(sigma, 0.3))
    down, across = np.gradient(smooth)
    yy, _ = np.gradient(down)
    xy, xx = np.gradient(across)
    half, root = (xx + yy) / 2, np.hypot((xx - yy) / 2, xy)
    high, low = half + root, half - root
    scale = np.float32(sigma**2)
    dark = np.clip(high - np.abs(low), 0, None) * scale
    return dark, np.clip(-low - np.abs(high), 0, None) * scale


def _ridges(picture: Picture) -> Statistics:
    bare = np.where(picture.skin, picture.light, picture.ground[..., 0])
    found: Statistics = {}
    for width in RIDGE_WIDTHS_UM:
        for polarity, strength in zip(("dark", "bright"), line_strength(bare, width, picture.um_per_px), strict=True):
            inside = strength[picture.skin]
            found |= {f"ridge_{polarity}_{width}um_p{p}": np.percentile(inside, p) for p in (95, 99)}
    return found


def _glints(picture: Picture, fine: Array) -> Statistics:
    skin, light = picture.skin, picture.light[picture.skin]
    above = light - np.median(light)
    lit = skin & (fine[..., 0] > 10)
    spots = (skin & (fine[..., 0] > 8)).astype(np.uint8)
    areas = cv2.connectedComponentsWithStats(spots)[2][1:, cv2.CC_STAT_AREA]
    areas = areas[areas >= 3]
    return {
        "glint_share_10": (above > 10).mean(),
        "glint_share_20": (above > 20).mean(),
        "glint_b": fine[..., 2][lit].mean() if lit.any() else np.nan,
        "glint_diameter_um": 2 * np.sqrt(np.median(areas) / np.pi) * picture.um_per_px if areas.size else np.nan,
        "burnt_share": (picture.rgb.max(axis=-1) >= 250)[skin].mean(),
        "dark_unmarked_share": picture.dark_share,
    }


def _noise(rgb: NDArray[np.uint8], mask: Mask) -> Statistics:
    """Immerkaer (1996): the mean answer to an operator that is blind to planes, in levels of 255."""
    inside = cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    if inside.sum() < 100:
        return {"noise_luma": np.nan, "noise_chroma": np.nan, "noise_correlation": np.nan}
    planes = cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb).astype(np.float32)
    operator = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    answers = np.abs(cv2.filter2D(planes, -1, operator))[inside]
    sigma = np.sqrt(np.pi / 2) / 6 * answers.mean(axis=0)
    rest = planes[..., 0] - cv2.GaussianBlur(planes[..., 0], (0, 0), 1.5)
    right = inside[:, 1:] & inside[:, :-1]
    return {
        "noise_luma": sigma[0],
        "noise_chroma": sigma[1:].mean(),
        "noise_correlation": _correlation(rest[:, 1:][right], rest[:, :-1][right]),
    }


def _mesh(rgb: NDArray[np.uint8], mask: Mask) -> Statistics:
    """Height of patterns of two pixels' period: rms of their mean over tiles of 32 px that are at least half skin."""
    light = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    fine = np.where(mask, light - cv2.GaussianBlur(light, (0, 0), 1.5), 0)
    rows, columns = (side // TILE_PX for side in mask.shape)
    tiles = (rows, TILE_PX, columns, TILE_PX)
    y, x = np.indices(mask.shape)
    cut = np.s_[: rows * TILE_PX, : columns * TILE_PX]
    room = mask[cut].reshape(tiles).sum(axis=(1, 3))
    found = {}
    for name, place in (("columns", x), ("rows", y), ("checks", x + y)):
        sums = np.where(place % 2 == 0, fine, -fine)[cut].reshape(tiles).sum(axis=(1, 3))
        heights = sums[room >= TILE_PX**2 / 2] / room[room >= TILE_PX**2 / 2]
        found[f"mesh_{name}"] = np.sqrt((heights**2).mean()) if heights.size else np.nan
    return found


def blockiness(rgb: NDArray[np.uint8], mask: Mask) -> float:
    """How much larger steps are across the 8 px grid of JPEG than elsewhere, less 1; 0 without a grid."""
    light = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    on, off = [], []
    for values, inside in ((light, mask), (light.T, mask.T)):
        # Bending, not slope: a gradient of the light would swamp the steps.
        step = np.abs(values[:, 3:] - 3 * values[:, 2:-1] + 3 * values[:, 1:-2] - values[:, :-3])
        both = inside[:, 3:] & inside[:, :-3]
        edge = (np.arange(step.shape[1]) + 2) % 8 == 0
        on.append(step[:, edge][both[:, edge]])
        off.append(step[:, ~edge][both[:, ~edge]])
    level = float(np.concatenate(off).mean())
    return float(np.concatenate(on).mean()) / level - 1 if level > 0 else 0.0
