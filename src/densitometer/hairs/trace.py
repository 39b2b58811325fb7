"""From a strand map to single hairs: the steps of this room in order."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from densitometer.hairs import rods as rod
from densitometer.hairs.blobs import Regions, blob_of, find_regions, prior_of
from densitometer.hairs.bundles import explain
from densitometer.hairs.cost import Cost, Prior
from densitometer.hairs.fine import find_fine_hairs
from densitometer.hairs.hair import Hair
from densitometer.hairs.long import Line, trace_lines
from densitometer.hairs.rods import Rods, no_rods
from densitometer.hairs.roots import point_rods, trails
from densitometer.hairs.widths import measure_widths
from densitometer.settings import Settings
from densitometer.strands import StrandMap

_REACH_UM = 28.0
"""How far beyond a hair's rough edge the skin is looked for when its width is measured."""
_LEAST_WIDTHS = 3
"""Places at which a width must be measured for the hair to have one."""


def trace_hairs(strands: StrandMap, rgb: NDArray[np.uint8], settings: Settings) -> tuple[Hair, ...]:
    """Trace single hairs.

    Short hair is explained blob by blob as rods, fine hair found as lines, long hair followed along its skeleton.

    Parameters
    ----------
    strands : StrandMap
    rgb : uint8 array, shape (height, width, 3)
        The photograph, in which widths are measured.
    settings : Settings
    """
    regions = find_regions(strands, settings.bundles)
    prior = prior_of(strands, regions, settings.bundles)
    thick, worth, lines = _thick_and_long(strands, regions, prior, settings)
    sure = _from_worth(worth, settings) >= settings.hairs.least_confidence
    fine, contrast = find_fine_hairs(strands, _with_lines(thick[sure], lines), prior, settings.fine)
    # A fine hair may be dark enough for a rod of little worth, which must neither hide it nor stand beside it.
    kept = sure | ~_lie_along(thick, fine)
    thick, worth = thick[kept], worth[kept]
    confidence = np.concatenate([_from_worth(worth, settings), _from_contrast(contrast, settings)])
    rods, root_confidence = point_rods(strands, np.concatenate([thick, fine]), settings.roots)
    paths = [rod.centre_line(one) for one in rods]
    long_paths, long_root = _point_lines(strands, lines, settings)
    confidence = np.concatenate([confidence, np.full(len(lines), settings.hairs.long_confidence)])
    root_confidence = np.concatenate([root_confidence, long_root])
    rough = np.concatenate([rods[:, rod.WIDTH], np.full(len(lines), prior.width_px)])
    return _as_hairs(strands, rgb, [*paths, *long_paths], rough, confidence, root_confidence, settings)


def _thick_and_long(
    strands: StrandMap, regions: Regions, prior: Prior, settings: Settings
) -> tuple[Rods, NDArray[np.float64], list[Line]]:
    """Rods with their worth in hair prices, and centre lines of long hair."""
    cost = Cost(prior, settings.bundles, strands.um_per_px)
    rods, worths, lines = [no_rods()], [np.zeros(0)], []
    for label in regions.kept:
        blob, offset = blob_of(strands, regions, label)
        if regions.extent_px(label) * strands.um_per_px > settings.bundles.long_um:
            found = trace_lines(blob.evidence > 0, strands.um_per_px, settings.long)
            lines += [line + offset for line in found]
            continue
        found_rods, worth = explain(blob, cost)
        found_rods[:, :4] += np.tile(offset, 2)
        rods.append(found_rods)
        worths.append(worth / cost.hair_px2)
    return np.concatenate(rods), np.concatenate(worths), lines


def _with_lines(rods: Rods, lines: list[Line]) -> Rods:
    """Rods and pieces of long hair together, as what fine hairs must not lie in."""
    pieces = [np.concatenate([line[:-3:3], line[3::3]], axis=1) for line in lines if len(line) > 3]
    if not pieces:
        return rods
    ends = np.concatenate(pieces)
    return np.concatenate([rods, rod.straight_rods(ends, np.full(len(ends), 6.0))])


def _lie_along(rods: Rods, others: Rods) -> NDArray[np.bool_]:
    """Whether most of each rod's middle line lies in one of the others, a pixel more on either side."""
    wider = others.copy()
    wider[:, rod.WIDTH] += 2
    lines = [rod.centre_line(one, 15).astype(np.float32) for one in rods]
    inside = [bool((rod.cover(wider, line[:, 0], line[:, 1]).mean(axis=1) > 0.5).any()) for line in lines]
    return np.array(inside, bool)


def _from_worth(worth: NDArray[np.float64], settings: Settings) -> NDArray[np.float64]:
    s = settings.hairs
    slope = s.worth_scale * (np.log(np.maximum(worth, 1e-3)) - np.log(s.worth_middle))
    return np.asarray(1 / (1 + np.exp(-slope)))


def _from_contrast(contrast: NDArray[np.float64], settings: Settings) -> NDArray[np.float64]:
    s = settings.hairs
    return np.asarray(1 / (1 + np.exp(-s.contrast_scale * (contrast - s.contrast_middle))))


def _point_lines(strands: StrandMap, lines: list[Line], settings: Settings) -> tuple[list[Line], NDArray[np.float64]]:
    """Long hairs with the root first: an end cut by the border is no root, else the trail under the skin tells."""
    reach = max(2, round(settings.long.direction_um / strands.um_per_px / 2))
    pointed, confidence = [], []
    open_skin = _away_from_border(strands, settings)
    for line in lines:
        inside = [_at(open_skin, line[i]) for i in (0, -1)]
        ends = np.concatenate([line[0], line[min(reach, len(line) - 1)], [6.0, 0, 0]])
        other = np.concatenate([line[-1], line[max(-reach - 1, -len(line))], [6.0, 0, 0]])
        both = np.stack([ends, other])
        if inside[0] != inside[1]:
            first, sure = inside[0], 0.9
        else:
            trail = _end_trails(strands, both, settings)
            first, sure = trail >= 0, 1 / (1 + np.exp(-abs(trail)))
        pointed.append(line if first else line[::-1])
        confidence.append(sure)
    return pointed, np.array(confidence)


def _end_trails(strands: StrandMap, ends: Rods, settings: Settings) -> float:
    """Evidence (logit) that the first of two ends is a root rather than the second."""
    first, second = trails(strands, ends, settings.roots)
    if not (np.isfinite(first) and np.isfinite(second)):
        return 0.0
    return float(np.clip((first - second) / settings.roots.trail_scale, -3, 3))


def _away_from_border(strands: StrandMap, settings: Settings) -> NDArray[np.uint8]:
    """1 where an end is not cut off by the border of what is visible."""
    width = max(1, round(settings.hairs.border_um / strands.um_per_px))
    visible = cv2.copyMakeBorder(strands.prepared.visible.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    eroded = cv2.erode(visible, np.ones((2 * width + 1, 2 * width + 1), np.uint8))
    return np.asarray(eroded[1:-1, 1:-1])


def _at(mask: NDArray[np.uint8], point: NDArray[np.float64]) -> bool:
    """Value of a mask at a point (x, y); False outside."""
    x, y = (round(float(v)) for v in point)
    return 0 <= y < mask.shape[0] and 0 <= x < mask.shape[1] and bool(mask[y, x])


def _as_hairs(
    strands: StrandMap,
    rgb: NDArray[np.uint8],
    paths: list[Line],
    rough_px: NDArray[np.float64],
    confidence: NDArray[np.float64],
    root_confidence: NDArray[np.float64],
    settings: Settings,
) -> tuple[Hair, ...]:
    """Hairs in the pixels of the photograph, with measured widths, flags, and whether they count."""
    prepared = strands.prepared
    brightness = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    if prepared.light_hair:
        brightness = 255 - brightness
    open_skin = _away_from_border(strands, settings)
    reach_px = _REACH_UM / prepared.um_per_px * prepared.px_per_px
    lines = [prepared.to_photo(path) for path in paths]
    expected = rough_px * prepared.px_per_px
    widths = [measure_widths(brightness, line, w, reach_px) for line, w in zip(lines, expected, strict=True)]
    hairs = []
    for path, line, measured, sure, root_sure in zip(paths, lines, widths, confidence, root_confidence, strict=True):
        flags, counted = _status(path, open_skin, float(sure), float(root_sure), settings)
        enough = np.isfinite(measured).sum() >= _LEAST_WIDTHS
        if not enough:
            flags = (*flags, "bundled")
        width = measured if enough else np.full(len(line), np.nan)
        hairs.append(Hair(line, width, float(sure), float(root_sure), counted=counted, flags=flags))
    return tuple(sorted(hairs, key=lambda hair: (round(hair.root_px[1], 3), round(hair.root_px[0], 3), hair.tip_px)))


def _status(
    path: Line, open_skin: NDArray[np.uint8], confidence: float, root_confidence: float, settings: Settings
) -> tuple[tuple[str, ...], bool]:
    """Flags of a hair, and whether it counts: its root lies in the field, whichever end that is."""
    root_inside, tip_inside = _at(open_skin, path[0]), _at(open_skin, path[-1])
    unclear = root_confidence < settings.roots.least_confidence
    flags = []
    if unclear:
        flags.append("root_unclear")
    if not root_inside:
        flags.append("root_outside")
    if not (root_inside and tip_inside):
        flags.append("touches_border")
    if confidence < settings.hairs.least_confidence:
        flags.append("low_confidence")
    counted = root_inside and (tip_inside or not unclear) and confidence >= settings.hairs.least_confidence
    return tuple(flags), counted
