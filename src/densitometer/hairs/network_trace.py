"""From what the strand network answers to single hairs: the steps of this way in order."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from densitometer.hairs import rods as rod
from densitometer.hairs.confidence import confidence_of, darkness_along, hair_features
from densitometer.hairs.finish import Sureness, finish_hairs
from densitometer.hairs.follow import follow
from densitometer.hairs.hair import Hair
from densitometer.hairs.roots import root_votes
from densitometer.hairs.vectors import Vectors, find_vectors
from densitometer.prepare import Prepared
from densitometer.settings import Settings
from densitometer.strands.hair_fields import HairFields
from densitometer.strands.ridge import shaft_evidence

FloatArray = NDArray[np.float64]


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
    lines = follow(fields, np.concatenate([vectors.root, vectors.end], axis=1), settings.follow)
    paths = [
        prepared.from_photo(fields.to_photo(line if vote >= 0 else line[::-1]))
        for line, vote in zip(lines, votes, strict=True)
    ]
    rough = vectors.width_um / prepared.um_per_px
    samples = np.linspace(-0.7, 0.7, 7)[None, :, None] * vectors.half[:, None] + vectors.middle[:, None]
    light = np.median(darkness_along(samples, fields, prepared), axis=1) < 0
    sureness = Sureness(sure, 1 / (1 + np.exp(-np.abs(votes))))
    return finish_hairs(prepared, rgb, paths, rough, sureness, settings, light, estimated=True)


def _in_view(vectors: Vectors, fields: HairFields, prepared: Prepared) -> Vectors:
    """Vectors whose middle lies where the photograph shows skin."""
    column, row = np.round(prepared.from_photo(fields.to_photo(vectors.middle))).astype(int).T
    inside = (column >= 0) & (row >= 0) & (column < prepared.visible.shape[1]) & (row < prepared.visible.shape[0])
    inside[inside] = prepared.visible[row[inside], column[inside]]
    return vectors.chosen(inside)


def _votes(vectors: Vectors, fields: HairFields, prepared: Prepared, settings: Settings) -> FloatArray:
    """Evidence (logit) that the network's root is the root: its own, trails under the skin, and neighbours."""
    first, last = (prepared.from_photo(fields.to_photo(place)) for place in (vectors.root, vectors.end))
    rods = rod.straight_rods(np.concatenate([first, last], axis=1), vectors.width_um / prepared.um_per_px)
    told = settings.vectors.root_weight * vectors.root_evidence
    evidence = shaft_evidence(prepared, settings.ridge)
    return root_votes(prepared, evidence, (rods, rod.turned(rods)), rods, settings.roots, told)
