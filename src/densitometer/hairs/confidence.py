"""How sure a hair that the strand network proposes is: what network and photograph say of it, put together.

A logistic regression over a few plain features, its weights fitted to the choosing half of the annotated photographs.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from densitometer.hairs.vectors import Vectors
from densitometer.prepare import Prepared
from densitometer.strands.hair_fields import HairFields

FloatArray = NDArray[np.float64]

FEATURES = ("score", "strand", "contrast", "length", "width", "turn", "crowd")
"""What is looked at, in the order of the settings' weights; see `hair_features`."""
_SAMPLES = 9
_NEAR_UM = 60.0
_MOST_ROWS = 32_000
"""OpenCV's remap takes no more rows than fit into 16 bits."""


def hair_features(vectors: Vectors, fields: HairFields, prepared: Prepared) -> dict[str, FloatArray]:
    """Features of each hair, shape (n,), by the names of `FEATURES`.

    ``score`` is the logit of the network's score; ``strand`` the mean response of the strand field along the root
    segment; ``contrast`` the median difference in darkness from the skin, darker or lighter; ``length`` and ``width``
    are logarithms, in units of 450 and 60 um; ``turn`` is the turn against the other hairs' mean direction (0 along, 1
    across); ``crowd`` the number of other middles within 60 um.
    """
    if not len(vectors):
        return {name: np.zeros(0) for name in FEATURES}
    path = np.linspace(-0.85, 0.85, _SAMPLES)[None, :, None] * vectors.half[:, None] + vectors.middle[:, None]
    length_um = 2 * np.hypot(*vectors.half.T) * fields.um_per_px
    score = np.clip(vectors.score, 1e-4, 1 - 1e-4)
    return {
        "score": np.log(score / (1 - score)),
        "strand": _sampled(fields.strand.max(axis=0), path).mean(axis=1),
        "contrast": np.median(np.abs(darkness_along(path, fields, prepared)), axis=1),
        "length": np.log(np.maximum(length_um, 20.0) / 450.0),
        "width": np.log(vectors.width_um / 60.0),
        "turn": _turn(vectors),
        "crowd": _crowd(vectors, _NEAR_UM / fields.um_per_px),
    }


def confidence_of(features: dict[str, FloatArray], weights: tuple[float, ...]) -> FloatArray:
    """Probability of being one real hair: first weight constant, then one for each of `FEATURES`."""
    logit = weights[0] + sum(w * features[name] for w, name in zip(weights[1:], FEATURES, strict=True))
    return np.asarray(1 / (1 + np.exp(-logit)))


def darkness_along(path: FloatArray, fields: HairFields, prepared: Prepared) -> FloatArray:
    """Darkness at points of the fields, shape (n, m): positive where darker than the skin around, whatever the hair."""
    values = _sampled(prepared.darkness, prepared.from_photo(fields.to_photo(path)))
    return -values if prepared.light_hair else values


def _sampled(image: NDArray[np.float32], points: FloatArray) -> FloatArray:
    """Values of a map at (x, y) points, shape (n, m, 2); hairs in rows, since OpenCV takes no more than 32766 a row."""
    if not points.size:
        return np.zeros(points.shape[:2])
    sampled = np.empty(points.shape[:2])
    for first in range(0, len(points), _MOST_ROWS):
        some = points[first : first + _MOST_ROWS].astype(np.float32)
        sampled[first : first + _MOST_ROWS] = cv2.remap(
            image, some, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
    return sampled


def _turn(vectors: Vectors) -> FloatArray:
    """Sine of the angle to the mean axis of all hairs, weighted by score, times how much they have one."""
    angle = np.arctan2(vectors.half[:, 1], vectors.half[:, 0])
    mean = (vectors.score * np.exp(2j * angle)).sum() / vectors.score.sum()
    return np.asarray(np.abs(mean) * (1 - np.cos(2 * angle - np.angle(mean))) / 2)


def _crowd(vectors: Vectors, reach_px: float) -> FloatArray:
    order = np.argsort(vectors.middle[:, 0], kind="stable")
    x = vectors.middle[order, 0]
    first, last = np.searchsorted(x, x - reach_px), np.searchsorted(x, x + reach_px)
    near = [
        (np.hypot(*(vectors.middle[order[a:b]] - vectors.middle[order[k]]).T) < reach_px).sum() - 1
        for k, (a, b) in enumerate(zip(first, last, strict=True))
    ]
    crowd = np.empty(len(vectors))
    crowd[order] = near
    return crowd
