"""Limits of agreement: published examples, their intervals, and what cannot be told."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest

from densitometer.statistics import bland_altman, limits_of_agreement, limits_of_pairs, repeatability_of

# Bland and Altman, Lancet 1986;i:307-310, table 1, first readings in l/min; published: mean difference -2.1, standard
# deviation 38.8, of the differences large minus mini; interval of the bias -22.0 to 17.8.
WRIGHT = [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427]
MINI = [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451]
# Bland and Altman, Stat Methods Med Res 1999;8:135-160, table 4: cardiac output of 12 subjects, by radionuclide
# ventriculography and by impedance cardiography.
CARDIAC = {
    1: [(7.83, 6.57), (7.42, 5.62), (7.89, 6.9), (7.12, 6.57), (7.88, 6.35)],
    2: [(6.16, 4.06), (7.26, 4.29), (6.71, 4.26), (6.54, 4.09)],
    3: [(4.75, 4.71), (5.24, 5.5), (4.86, 5.08), (4.78, 5.02), (6.05, 6.01), (5.42, 5.67)],
    4: [(4.21, 4.14), (3.61, 4.2), (3.72, 4.61), (3.87, 4.68), (3.92, 5.04)],
    5: [(3.13, 3.03), (2.98, 2.86), (2.85, 2.77), (3.17, 2.46), (3.09, 2.32), (3.12, 2.43)],
    6: [(5.92, 5.9), (6.42, 5.81), (5.92, 5.7), (6.27, 5.76)],
    7: [(7.13, 5.09), (6.62, 4.63), (6.58, 4.61), (6.93, 5.09)],
    8: [(4.54, 4.72), (4.81, 4.61), (5.11, 4.36), (5.29, 4.2), (5.39, 4.36), (5.57, 4.2)],
    9: [(4.48, 3.17), (4.92, 3.12), (3.97, 2.96)],
    10: [(4.22, 4.35), (4.65, 4.62), (4.74, 3.16), (4.44, 3.53), (4.5, 3.53)],
    11: [(6.78, 7.2), (6.07, 6.09), (6.52, 7.0), (6.42, 7.1), (6.41, 7.4), (5.76, 6.8)],
    12: [(5.06, 4.5), (4.72, 4.2), (4.9, 3.8), (4.8, 3.8), (4.9, 4.2), (5.1, 4.5)],
}
NAN = float("nan")


def test_limits_of_peak_flow() -> None:
    found = limits_of_agreement(MINI, WRIGHT)
    plain = bland_altman(MINI, WRIGHT)
    assert (found.bias.value, found.sd, found.low.value, found.high.value) == (
        plain.bias,
        plain.sd,
        plain.low,
        plain.high,
    )
    assert found.bias.value == pytest.approx(-2.1, abs=0.05)
    assert found.sd == pytest.approx(38.8, abs=0.05)
    assert found.bias.low == pytest.approx(-22.0, abs=0.06)
    assert found.bias.high == pytest.approx(17.8, abs=0.06)
    assert (found.pairs, found.subjects, found.not_measured, found.reason) == (17, 17, 0, None)


def test_approximate_intervals_of_blood_pressure() -> None:
    # Bland and Altman 1999, sections 2 and 2.2: 85 subjects, mean difference -16.29, standard deviation 19.61 mmHg;
    # limits -54.7 and 22.1, their intervals -61.9 to -47.5 and 14.9 to 29.3, that of the bias -20.5 to -12.1.
    difference = np.random.default_rng(0).normal(size=85)
    difference = -16.29 + 19.61 * (difference - difference.mean()) / difference.std(ddof=1)
    found = limits_of_agreement(np.zeros(85), difference, method="approximate")
    assert (found.low.value, found.high.value) == pytest.approx((-54.7, 22.1), abs=0.06)
    # The published half width, 7.2, is rounded, and of 1.96 in place of Student's 1.99.
    assert (found.low.low, found.low.high) == pytest.approx((-61.9, -47.5), abs=0.11)
    assert (found.high.low, found.high.high) == pytest.approx((14.9, 29.3), abs=0.11)
    assert (found.bias.low, found.bias.high) == pytest.approx((-20.5, -12.1), abs=0.06)


def test_exact_intervals_cover_in_small_samples_where_approximate_ones_do_not() -> None:
    generator = np.random.default_rng(1)
    hits = {"exact": 0, "approximate": 0}
    for _ in range(1500):
        difference = generator.normal(size=8)
        for method in ("exact", "approximate"):
            high = limits_of_agreement(np.zeros(8), difference, method=method).high  # type: ignore[arg-type]
            hits[method] += high.low <= 1.96 <= high.high
    assert 0.935 < hits["exact"] / 1500 < 0.965
    assert hits["approximate"] / 1500 < 0.925


def test_both_limits_are_mirror_images() -> None:
    found, mirrored = limits_of_agreement(MINI, WRIGHT), limits_of_agreement(WRIGHT, MINI)
    assert found.low.low == pytest.approx(-mirrored.high.high)
    assert found.low.high == pytest.approx(-mirrored.high.low)


def test_pairs_of_cardiac_output() -> None:
    # Bland and Altman, J Biopharm Stat 2007;17:571-582, section 3: bias 0.6021667, standard deviation 0.99062408,
    # limits -1.3394565 and 2.5437899.
    found = limits_of_pairs([[rv - ic for rv, ic in pairs] for pairs in CARDIAC.values()])
    assert found.bias.value == pytest.approx(0.6021667, abs=1e-7)
    assert found.sd == pytest.approx(0.99062408, abs=1e-7)
    assert (found.low.value, found.high.value) == pytest.approx((-1.3394565, 2.5437899), abs=1e-6)
    assert (found.pairs, found.subjects) == (60, 12)
    assert found.low.low < found.low.value < found.low.high < found.bias.low
    assert found.high.high - found.high.value == pytest.approx(found.low.value - found.low.low)


def test_repeatability_of_cardiac_output() -> None:
    # Bland and Altman 1999, section 5.2: within-subject variances 0.1072 and 0.1379.
    for place, variance in ((0, 0.1072), (1, 0.1379)):
        found = repeatability_of([[pair[place] for pair in pairs] for pairs in CARDIAC.values()])
        assert found.sem.value**2 == pytest.approx(variance, abs=5e-5)


def test_intervals_of_pairs_cover() -> None:
    generator = np.random.default_rng(2)
    hits = 0
    for _ in range(600):
        subjects = [generator.normal(0, 1) + generator.normal(0, 0.7, generator.integers(1, 5)) for _ in range(15)]
        high = limits_of_pairs(subjects).high
        hits += high.low <= 1.96 * sqrt(1.49) <= high.high
    assert 0.925 < hits / 600 < 0.98


def test_one_pair_a_subject_is_the_plain_case() -> None:
    found = limits_of_pairs([[b - a] for a, b in zip(MINI, WRIGHT, strict=True)])
    plain = limits_of_agreement(MINI, WRIGHT)
    assert found.sd == pytest.approx(plain.sd)
    assert found.high.high == pytest.approx(plain.high.high)


def test_subjects_that_do_not_differ_leave_the_variance_within() -> None:
    found = limits_of_pairs([[-1, 1], [1, -1], [-1, 1]])
    assert found.sd == pytest.approx(sqrt(2))  # that between is less than 0, which no variance is
    assert found.low.reason is None


def test_interval_of_limits_where_all_spread_is_within_subjects() -> None:
    # Zou (2013) by hand: variance within 1 of 6 degrees of freedom (chi square 1.2373), of which the share 1 - 1/3
    # counts beside the variance of the subjects' means, 0; Student's t of 2 degrees of freedom is 4.3027.
    found = limits_of_pairs([[-1, 0, 1], [1, -1, 0], [0, 1, -1]])
    assert found.sd == pytest.approx(1)
    half = 4.3027 * sqrt(1 / 9)
    assert found.bias.high == pytest.approx(half, rel=1e-4)
    larger = sqrt(1 + 2 / 3 * (6 / 1.2373 - 1))
    assert found.high.high == pytest.approx(1.96 + sqrt(half**2 + (1.96 * (larger - 1)) ** 2), rel=1e-4)


def test_bias_of_subjects_with_many_pairs_and_few_is_as_sure_as_its_weights() -> None:
    groups = [[middle - 1e-6, middle + 1e-6] * half for middle, half in ((1, 1), (4, 20), (-2, 3), (3, 2))]
    sizes = np.array([len(group) for group in groups])
    found = limits_of_pairs(groups)
    weight = sqrt(float((sizes**2).sum())) / sizes.sum()
    assert found.bias.high - found.bias.value == pytest.approx(3.18245 * found.sd * weight, rel=1e-4)


def test_what_was_not_measured_is_left_out_and_counted() -> None:
    found = limits_of_agreement([*MINI, NAN, 3], [*WRIGHT, 5, None])  # type: ignore[list-item]
    assert found.not_measured == 2
    assert found.high == limits_of_agreement(MINI, WRIGHT).high
    pairs = limits_of_pairs([[1.0, NAN, 2], [NAN], [3, 5]])
    assert (pairs.pairs, pairs.subjects, pairs.not_measured) == (4, 2, 2)


@pytest.mark.parametrize(
    ("first", "second", "bias"), [([], [], NAN), ([1], [3], 2), ([1, 2], [4, 5], 3), ([NAN, 1], [1, NAN], NAN)]
)
def test_limits_that_cannot_be_told_have_a_reason(first: list[float], second: list[float], bias: float) -> None:
    found = limits_of_agreement(first, second)
    assert found.reason
    assert found.bias.value == pytest.approx(bias, nan_ok=True)
    assert np.isnan([found.sd, found.low.value, found.high.value, found.bias.low]).all()


@pytest.mark.parametrize("subjects", [[], [[]], [[1, 2, 3]], [[2], [2, 2]], [[NAN], [1]]])
def test_limits_of_pairs_that_cannot_be_told_have_a_reason(subjects: list[list[float]]) -> None:
    found = limits_of_pairs(subjects)
    assert found.reason
    assert np.isnan([found.sd, found.low.value, found.high.value]).all()


def test_lists_of_different_length_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="same length"):
        limits_of_agreement([1, 2], [1, 2, 3])
