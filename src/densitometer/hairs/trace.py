"""From a strand map to single hairs: the steps of this room in order."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from densitometer.hairs import rods as rod
from densitometer.hairs.blobs import Regions, blob_of, find_regions, prior_of, with_length
from densitometer.hairs.bundles import explain
from densitometer.hairs.cost import Cost, Prior
from densitometer.hairs.fine import find_fine_hairs
from densitometer.hairs.hair import Hair
from densitometer.hairs.long import Line, trace_lines
from densitometer.hairs.rods import Rods, no_rods
from densitometer.hairs.roots import root_votes
from densitometer.hairs.widths import measure_widths
from densitometer.settings import Settings
from densitometer.srgb import linear
from densitometer.strands import StrandMap

_REACH_UM = 28.0
"""How far beyond a hair's rough edge the skin is looked for when its width is measured."""
_LEAST_WIDTHS = 3
"""Places at which a width must be measured for the hair to have one."""
_LINEAR = (255 * linear(np.arange(256) / 255.0)).astype(np.float32)
"""Linear light of the grey levels of sRGB. A lens blurs light, not grey levels: half-way between the
levels of shaft and skin, a blurred edge would lie inside the shaft."""


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
    fine, contrast = find_fine_hairs(strands, _with_lines(thick, lines), prior, settings.fine)
    confidence = np.concatenate(
        [_confidence(worth, settings.hairs.by_worth), _confidence(contrast, settings.hairs.by_contrast)]
    )
    rods = np.concatenate([thick, fine])
    inner = _away_from_border(strands, settings.hairs.along_border_um)
    reaching = np.array([_reaches(inner, rod.centre_line(one)) for one in rods], bool)
    rods, confidence = rods[reaching], confidence[reaching]
    lines = [line for line in lines if _reaches(inner, line)]
    paths = [*(rod.centre_line(one) for one in rods), *lines]
    votes = _votes(strands, rods, lines, settings)
    paths = [path if vote >= 0 else path[::-1] for path, vote in zip(paths, votes, strict=True)]
    root_confidence = 1 / (1 + np.exp(-np.abs(votes)))
    confidence = np.concatenate([confidence, np.full(len(lines), settings.hairs.long_confidence)])
    rough = np.concatenate([rods[:, rod.WIDTH], np.full(len(lines), prior.width_px)])
    return _as_hairs(strands, rgb, paths, rough, confidence, root_confidence, settings)


def _thick_and_long(
    strands: StrandMap, regions: Regions, prior: Prior, settings: Settings
) -> tuple[Rods, NDArray[np.float64], list[Line]]:
    """Rods with their worth in hair prices, and centre lines of long hair."""
    rods, worths, lines = [no_rods()], [np.zeros(0)], []
    lone_lengths: list[float] = []
    # Small regions first: the lengths of hairs that stand alone help with the bundles.
    for label in sorted(regions.kept, key=lambda label: (int(regions.boxes[label][4]), label)):
        blob, offset = blob_of(strands, regions, label)
        if regions.extent_px(label) * strands.um_per_px > settings.bundles.long_um:
            found = trace_lines(blob.evidence > 0, strands.um_per_px, settings.long)
            lines += [line + offset for line in found]
            continue
        cost = Cost(with_length(prior, lone_lengths), settings.bundles, strands.um_per_px)
        found_rods, worth = explain(blob, cost)
        if len(found_rods) == 1:
            lone_lengths.append(float(rod.lengths(found_rods)[0]))
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


def _confidence(strength: NDArray[np.float64], curve: tuple[float, float, float]) -> NDArray[np.float64]:
    """Probability of being one real hair: a logistic curve of given value at 0, slope and highest value (logits)."""
    start, slope, highest = curve
    return np.asarray(1 / (1 + np.exp(-np.minimum(start + slope * strength, highest))))


def _votes(strands: StrandMap, rods: Rods, lines: list[Line], settings: Settings) -> NDArray[np.float64]:
    """Evidence (logit) that the first end of each rod, then of each line, is the root."""
    reach = max(2, round(settings.long.direction_um / strands.um_per_px / 2))
    ends = [[_piece(one, reach) for one in (line, line[::-1], line[[0, -1]])] for line in lines]
    first, last, chords = np.array(ends).reshape(-1, 3, 7).transpose(1, 0, 2)
    return root_votes(
        strands,
        np.concatenate([rods, first]),
        np.concatenate([rod.turned(rods), last]),
        np.concatenate([rods, chords]),
        settings.roots,
    )


def _piece(line: Line, reach: int) -> NDArray[np.float64]:
    """The beginning of a line as a rod."""
    return np.concatenate([line[0], line[min(reach, len(line) - 1)], [6.0, 0, 0]])


def _away_from_border(strands: StrandMap, distance_um: float) -> NDArray[np.uint8]:
    """1 where the border of what is visible is farther away than a distance."""
    width = max(1, round(distance_um / strands.um_per_px))
    visible = cv2.copyMakeBorder(strands.prepared.visible.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    eroded = cv2.erode(visible, np.ones((2 * width + 1, 2 * width + 1), np.uint8))
    return np.asarray(eroded[1:-1, 1:-1])


def _at(mask: NDArray[np.uint8], point: NDArray[np.float64]) -> bool:
    """Value of a mask at a point (x, y); False outside."""
    x, y = (round(float(v)) for v in point)
    return 0 <= y < mask.shape[0] and 0 <= x < mask.shape[1] and bool(mask[y, x])


def _reaches(inner: NDArray[np.uint8], path: Line) -> bool:
    """Whether a path leaves the border: what only runs along it is the cut edge of something."""
    return any(_at(inner, point) for point in path)


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
    brightness = _LINEAR[cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)]
    if prepared.light_hair:
        brightness = 255 - brightness
    open_skin = _away_from_border(strands, settings.hairs.border_um)
    root_counts = open_skin & prepared.countable.astype(np.uint8)
    reach_px = _REACH_UM / prepared.um_per_px * prepared.px_per_px
    frame = np.array(rgb.shape[1::-1]) - 1.0
    lines = [np.clip(prepared.to_photo(path), 0, frame) for path in paths]
    expected = rough_px * prepared.px_per_px
    widths = [measure_widths(brightness, line, w, reach_px) for line, w in zip(lines, expected, strict=True)]
    hairs = []
    for path, line, measured, sure, root_sure in zip(paths, lines, widths, confidence, root_confidence, strict=True):
        flags, counted = _status(path, open_skin, root_counts, float(sure), float(root_sure), settings)
        enough = np.isfinite(measured).sum() >= _LEAST_WIDTHS
        if not enough:
            flags = (*flags, "bundled")
        width = measured if enough else np.full(len(line), np.nan)
        hairs.append(Hair(line, width, float(sure), float(root_sure), counted=counted, flags=flags))
    return tuple(sorted(hairs, key=lambda hair: (round(hair.root_px[1], 3), round(hair.root_px[0], 3), hair.tip_px)))


def _status(
    path: Line,
    open_skin: NDArray[np.uint8],
    root_counts: NDArray[np.uint8],
    confidence: float,
    root_confidence: float,
    settings: Settings,
) -> tuple[tuple[str, ...], bool]:
    """Flags of a hair, and whether it counts: its root lies in the field, whichever end that is."""
    root_inside, tip_inside = _at(root_counts, path[0]), _at(root_counts, path[-1])
    unclear = root_confidence < settings.roots.least_confidence
    flags = []
    if unclear:
        flags.append("root_unclear")
    if not root_inside:
        flags.append("root_outside")
    if not (_at(open_skin, path[0]) and _at(open_skin, path[-1])):
        flags.append("touches_border")
    if confidence < settings.hairs.least_confidence:
        flags.append("low_confidence")
    counted = root_inside and (tip_inside or not unclear) and confidence >= settings.hairs.least_confidence
    return tuple(flags), counted
