"""What the strand network and the photograph say of each hair: the features that hair confidence is fitted to.

As in ``python benchmarks/fit_confidence.py --features network_features:features --keep-all``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

import real
from densitometer.field import find_field
from densitometer.hairs.confidence import FEATURES, hair_features
from densitometer.hairs.vectors import find_vectors
from densitometer.measure import Measurement
from densitometer.photo import read_photo
from densitometer.prepare import prepare
from densitometer.settings import Settings
from densitometer.strands.network import find_fields


def features(measurement: Measurement, photo: real.MarkedPhoto) -> dict[str, NDArray[np.float64]]:
    """Features of each hair of a measurement by the network, by the names of `FEATURES`."""
    settings, rgb = Settings(), read_photo(photo.path).rgb
    prepared = prepare(rgb, find_field(rgb, photo.um_per_px, settings.field), photo.um_per_px, settings.prepare)
    fields = find_fields(rgb, photo.um_per_px, settings.network)
    vectors = find_vectors(fields, settings.vectors)
    values = hair_features(vectors, fields, prepared)
    ends = np.concatenate([fields.to_photo(vectors.root), fields.to_photo(vectors.end)], axis=1)
    both_ways = cKDTree(np.concatenate([ends, ends[:, [2, 3, 0, 1]]]))
    hairs = np.array([[*hair.root_px, *hair.tip_px] for hair in measurement.hairs]).reshape(-1, 4)
    which = both_ways.query(hairs)[1] % max(len(ends), 1)
    return {name: values[name][which] for name in FEATURES}
