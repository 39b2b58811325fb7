"""What a hair's confidence is made of, feature by feature."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from densitometer.hairs.confidence import FEATURES, confidence_of, darkness_along, hair_features
from densitometer.hairs.vectors import Vectors
from densitometer.prepare import Prepared
from densitometer.settings import VectorSettings
from densitometer.strands.hair_fields import HairFields
from drawn_fields import UM_PER_PX
from drawn_vectors import draw_vectors

SHAPE = (60, 80)
Array = NDArray[np.float64]


def vectors(
    middles: list[tuple[float, float]], degrees: float | list[float] = 0.0, length_um: float = 450.0, **more: float
) -> Vectors:
    angle = np.radians(np.broadcast_to(degrees, len(middles)))
    half = np.stack([np.cos(angle), np.sin(angle)], axis=1) * length_um / 2 / UM_PER_PX
    score, width = (np.full(len(middles), more.get(name, usual)) for name, usual in (("score", 0.5), ("width", 60.0)))
    return Vectors(np.array(middles, float).reshape(-1, 2), half, score, np.ones(len(middles)), width)


def prepared(darkness: float | Array = 0.0, light_hair: bool = False) -> Prepared:
    """A photograph of twice as many px a side as the maps, for hair darker or lighter than the skin."""
    shape = (2 * SHAPE[0], 2 * SHAPE[1])
    shade = np.broadcast_to(np.float32(darkness), shape).astype(np.float32)
    seen = np.ones(shape, bool)
    return Prepared(shade, np.zeros(shape, np.float32), ~seen, seen, seen, UM_PER_PX / 2, 1.0, light_hair)


def fields(strand: float | Array = 0.0) -> HairFields:
    return replace(draw_vectors([], SHAPE), strand=np.broadcast_to(np.float32(strand), (8, *SHAPE)).astype(np.float32))


def feature(name: str, some: Vectors, **more: object) -> Array:
    return hair_features(some, more.get("fields", fields()), more.get("prepared", prepared()))[name]  # type: ignore[arg-type]


def test_every_feature_is_given_for_every_hair() -> None:
    features = hair_features(vectors([(20, 30), (50, 30)]), fields(), prepared())
    assert tuple(features) == FEATURES
    assert all(values.shape == (2,) and np.isfinite(values).all() for values in features.values())
    assert all(values.shape == (0,) for values in hair_features(vectors([]), fields(), prepared()).values())


@pytest.mark.parametrize(("score", "logit"), [(0.5, 0.0), (0.9, 2.197), (0.1, -2.197)])
def test_the_score_is_taken_as_its_logit(score: float, logit: float) -> None:
    assert feature("score", vectors([(40, 30)], score=score)) == pytest.approx(logit, abs=0.001)


def test_a_score_of_nothing_or_all_stays_finite() -> None:
    assert np.isfinite(feature("score", vectors([(40, 30)], score=1e-9))).all()
    assert np.isfinite(feature("score", vectors([(40, 30)], score=1.0))).all()


def test_strand_is_the_best_of_all_orientations_along_the_segment() -> None:
    strand = np.zeros((8, *SHAPE), np.float32)
    strand[3, 28:33] = 0.8
    some = vectors([(40, 30), (40, 30)], [0.0, 90.0])
    along, across = feature("strand", some, fields=replace(fields(), strand=strand))
    assert along == pytest.approx(0.8)
    assert 0 < across < 0.4


@pytest.mark.parametrize("light_hair", [False, True])
@pytest.mark.parametrize("darkness", [0.6, -0.6])
def test_contrast_has_no_sign(darkness: float, light_hair: bool) -> None:
    # Darkness is turned where hair is light: one white hair among dark ones, or the reverse, is as sure as another.
    assert feature("contrast", vectors([(40, 30)]), prepared=prepared(darkness, light_hair)) == pytest.approx(0.6)


def test_a_gap_in_the_hair_does_not_lower_its_contrast() -> None:
    shade = np.full((120, 160), 0.5)
    shade[:, 76:84] = 0.0
    assert feature("contrast", vectors([(40, 30)], length_um=640), prepared=prepared(shade)) == pytest.approx(0.5)


@pytest.mark.parametrize("light_hair", [False, True])
def test_darkness_along_is_positive_for_what_is_darker_than_the_skin(light_hair: bool) -> None:
    points = np.array([[[10.0, 10.0], [20.0, 10.0]]])
    found = darkness_along(points, fields(), prepared(0.4, light_hair))
    assert found == pytest.approx(np.full((1, 2), -0.4 if light_hair else 0.4))


def test_darkness_is_read_at_the_place_in_the_photograph() -> None:
    shade = np.zeros((120, 160))
    shade[60:64, 80:84] = 1.0  # px 40 and 41 of the maps, rows 30 and 31
    values = darkness_along(np.array([[[40.5, 30.5], [38.0, 30.5]]]), fields(), prepared(shade))
    assert values == pytest.approx(np.array([[1.0, 0.0]]))


def test_there_may_be_thousands_of_hairs_or_none() -> None:
    many = np.full((5000, 9, 2), 20.0)
    assert darkness_along(many, fields(), prepared(0.4)) == pytest.approx(np.full((5000, 9), 0.4))
    assert darkness_along(many[:0], fields(), prepared(0.4)).shape == (0, 9)


@pytest.mark.parametrize(("length_um", "told"), [(450.0, 0.0), (900.0, np.log(2)), (225.0, -np.log(2)), (1.0, -3.114)])
def test_length_is_a_logarithm_and_bounded_below(length_um: float, told: float) -> None:
    assert feature("length", vectors([(40, 30)], length_um=length_um)) == pytest.approx(told, abs=0.001)


@pytest.mark.parametrize("factor", [0.5, 1.0, 1.5])
def test_width_is_a_logarithm(factor: float) -> None:
    assert feature("width", vectors([(40, 30)], width=60 * factor)) == pytest.approx(np.log(factor))


def test_turn_is_0_along_and_1_across_whichever_end_is_the_root() -> None:
    degrees = [30.0] * 40 + [210.0] * 40 + [30.0, 120.0, 75.0]
    turn = feature("turn", vectors([(40, 30)] * len(degrees), degrees))
    assert turn[[0, 40, 80]] == pytest.approx(0, abs=0.01)
    assert turn[81] == pytest.approx(1, abs=0.06)  # the mean itself is turned a little by those across
    assert turn[82] == pytest.approx(0.5, abs=0.06)


def test_where_hairs_point_all_ways_no_turn_counts() -> None:
    assert feature("turn", vectors([(40, 30)] * 36, list(np.arange(0, 180, 5.0)))) == pytest.approx(0, abs=1e-9)


def test_crowd_counts_the_other_middles_within_60_um() -> None:
    near, far = 55 / UM_PER_PX, 65 / UM_PER_PX
    middles = [(40.0, 30.0), (40.0 + near, 30.0), (40.0, 30.0 + near), (40.0, 30.0 - far), (10.0, 10.0)]
    assert feature("crowd", vectors(middles)).tolist() == [2, 1, 1, 0, 0]
    assert feature("crowd", vectors(middles[::-1])).tolist() == [0, 0, 1, 1, 2]


def test_confidence_is_a_logistic_of_the_weighted_features() -> None:
    features = {name: np.array([0.1 * k, -0.2 * k]) for k, name in enumerate(FEATURES)}
    weights = (0.3, *(0.5 + k for k in range(len(FEATURES))))
    logits = [0.3 + sum((0.5 + k) * features[name][i] for k, name in enumerate(FEATURES)) for i in (0, 1)]
    assert confidence_of(features, weights) == pytest.approx([1 / (1 + np.exp(-logit)) for logit in logits])
    zero = {name: np.zeros(1) for name in FEATURES}
    assert confidence_of(zero, (0.0,) * 8) == pytest.approx(0.5)


@pytest.mark.parametrize("name", ["score", "strand", "contrast"])
def test_what_speaks_for_hair_makes_it_surer(name: str) -> None:
    weights = VectorSettings().confidence_weights
    assert weights[1 + FEATURES.index("score")] > 0
    assert weights[1 + FEATURES.index(name)] >= 0


@pytest.mark.parametrize("count", [0, 7, 9])
def test_a_wrong_number_of_weights_is_an_error(count: int) -> None:
    with pytest.raises(ValueError, match="zip"):
        confidence_of({name: np.zeros(3) for name in FEATURES}, (1.0, *(0.0,) * (count - 1)))
    with pytest.raises(ValueError, match="8 items"):
        VectorSettings(confidence_weights=(0.0,) * count)


def test_there_is_a_weight_for_every_feature() -> None:
    assert len(VectorSettings().confidence_weights) == 1 + len(FEATURES)
