"""From a strand map to single hairs: the steps of this room in order."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from densitometer.hairs import rods as rod
from densitometer.hairs.blobs import Regions, blob_of, find_regions, prior_of, with_length
from densitometer.hairs.bundles import explain
from densitometer.hairs.cost import Cost, Prior
from densitometer.hairs.fine import find_fine_hairs
from densitometer.hairs.finish import Sureness, away_from_border, finish_hairs, reaches
from densitometer.hairs.hair import Hair
from densitometer.hairs.long import Line, trace_lines
from densitometer.hairs.rods import Rods, no_rods
from densitometer.hairs.roots import root_votes
from densitometer.settings import Settings
from densitometer.strands import StrandMap


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
    inner = away_from_border(strands.prepared, settings.hairs.along_border_um)
    reaching = np.array([reaches(inner, rod.centre_line(one)) for one in rods], bool)
    rods, confidence = rods[reaching], confidence[reaching]
    lines = [line for line in lines if reaches(inner, line)]
    paths = [*(rod.centre_line(one) for one in rods), *lines]
    votes = _votes(strands, rods, lines, settings)
    paths = [path if vote >= 0 else path[::-1] for path, vote in zip(paths, votes, strict=True)]
    root_confidence = 1 / (1 + np.exp(-np.abs(votes)))
    confidence = np.concatenate([confidence, np.full(len(lines), settings.hairs.long_confidence)])
    rough = np.concatenate([rods[:, rod.WIDTH], np.full(len(lines), prior.width_px)])
    return finish_hairs(
        strands.prepared,
        rgb,
        paths,
        rough,
        Sureness(confidence, root_confidence, settings.hairs.least_confidence),
        settings,
    )


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
        strands.prepared,
        strands.evidence,
        (np.concatenate([rods, first]), np.concatenate([rod.turned(rods), last])),
        np.concatenate([rods, chords]),
        settings.roots,
    )


def _piece(line: Line, reach: int) -> NDArray[np.float64]:
    """The beginning of a line as a rod."""
    return np.concatenate([line[0], line[min(reach, len(line) - 1)], [6.0, 0, 0]])
