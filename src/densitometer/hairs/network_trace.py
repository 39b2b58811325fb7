"""From what the strand network answers to single hairs: the steps of this way in order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from densitometer.hairs import rods as rod
from densitometer.hairs.confidence import confidence_of, darkness_along, hair_features
from densitometer.hairs.finish import Sureness, finish_hairs, holds
from densitometer.hairs.follow import follow
from densitometer.hairs.hair import Hair
from densitometer.hairs.roots import root_votes
from densitometer.hairs.vectors import Vectors, find_vectors
from densitometer.prepare import Prepared
from densitometer.settings import Settings
from densitometer.strands.hair_fields import HairFields
from densitometer.strands.ridge import shaft_evidence

FloatArray = NDArray[np.float64]
_LEAST_SEEN = 0.3
"""Share of a root segment that must lie on visible skin: the network is asked nothing of what is under print."""


def trace_vectors(
    fields: HairFields, prepared: Prepared, rgb: NDArray[np.uint8], settings: Settings
) -> tuple[Hair, ...]:
    """Trace single hairs from the network's vectors and strand field.

    The network proposes root segments; the photograph's own contrast has its say in how sure each is; what is longer
    than a root segment is followed on through the strand field; trails under the skin and neighbours help to tell the
    root.

    Parameters
    ----------
    fields : HairFields
    prepared : Prepared
        The same photograph, evened out.
    rgb : uint8 array, shape (height, width, 3)
        The photograph, in which widths are measured.
    settings : Settings
    """
    vectors = _in_view(find_vectors(fields, settings.vectors), fields, prepared)
    sure = confidence_of(hair_features(vectors, fields, prepared), settings.vectors.confidence_weights)
    likely = sure >= settings.vectors.least_listed
    vectors, sure = vectors.chosen(likely), sure[likely]
    votes = _votes(vectors, fields, prepared, settings)
    vectors = _turned(vectors, votes < 0)
    lines = follow(fields, np.concatenate([vectors.root, vectors.end], axis=1), settings.follow, sure)
    shown = prepared.visible if prepared.shown is None else prepared.shown
    paths = [_within(prepared.from_photo(fields.to_photo(line)), shown) for line in lines]
    rough = vectors.width_um / prepared.um_per_px
    samples = np.linspace(-0.7, 0.7, 7)[None, :, None] * vectors.half[:, None] + vectors.middle[:, None]
    light = np.median(darkness_along(samples, fields, prepared), axis=1) < 0
    sureness = Sureness(sure, 1 / (1 + np.exp(-np.abs(votes))), settings.vectors.least_confidence)
    return finish_hairs(prepared, rgb, paths, rough, sureness, settings, light, estimated=True)


def _in_view(vectors: Vectors, fields: HairFields, prepared: Prepared) -> Vectors:
    """Vectors of which enough lies where the photograph shows skin."""
    along = np.linspace(-1, 1, 15)[None, :, None] * vectors.half[:, None] + vectors.middle[:, None]
    seen = holds(prepared.visible, prepared.from_photo(fields.to_photo(along)))
    return vectors.chosen(seen.mean(axis=1) >= _LEAST_SEEN)


def _within(path: FloatArray, shown: NDArray[np.bool_]) -> FloatArray:
    """Longest stretch of a centre line that lies in the picture: the network carries hairs on beyond its edges."""
    inside = np.concatenate([[False], holds(shown, path), [False]])
    changes = np.flatnonzero(inside[1:] != inside[:-1])
    first, last = changes[::2], changes[1::2]
    if not len(first) or (last - first).max() < 2:
        return path
    longest = int(np.argmax(last - first))
    return path[first[longest] : last[longest]]


def _turned(vectors: Vectors, which: NDArray[np.bool_]) -> Vectors:
    """Some of the vectors with their ends exchanged."""
    return replace(vectors, half=np.where(which[:, None], -vectors.half, vectors.half))


def _votes(vectors: Vectors, fields: HairFields, prepared: Prepared, settings: Settings) -> FloatArray:
    """Evidence (logit) that the network's root is the root: its own, trails under the skin, and neighbours.

    A root segment that was cut ends in the middle of a hair, where there is nothing to see: there the network's word
    stands, and the others may only make it surer.
    """
    first, last = (prepared.from_photo(fields.to_photo(place)) for place in (vectors.root, vectors.end))
    rods = rod.straight_rods(np.concatenate([first, last], axis=1), vectors.width_um / prepared.um_per_px)
    told = settings.vectors.root_weight * vectors.root_evidence
    evidence = shaft_evidence(prepared, settings.ridge)
    votes = root_votes(prepared, evidence, (rods, rod.turned(rods)), rods, settings.roots, told)
    cut = 2 * np.hypot(*vectors.half.T) * fields.um_per_px >= settings.follow.least_length_um
    return np.where(cut, np.maximum(votes, told), votes)
