"""Intraclass correlations: Shrout and Fleiss, and what cannot be told."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from densitometer.statistics import Icc, icc_agreement, icc_consistency, icc_one_way, icc_two_way

# Shrout and Fleiss, Psychol Bull 1979;86:420-428, table 2: six targets, four judges.
RATINGS = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
NAN = float("nan")


@pytest.mark.parametrize(
    ("kind", "value", "low", "high"),
    [(icc_one_way, 0.17, -0.133, 0.723), (icc_two_way, 0.29, 0.019, 0.761), (icc_consistency, 0.71, 0.342, 0.946)],
)
def test_icc_of_shrout_and_fleiss(kind: Callable[..., Icc], value: float, low: float, high: float) -> None:
    # The values are their table 4; the intervals those of R's psych and irr on the same table.
    found = kind(RATINGS)
    assert found.estimate.value == pytest.approx(value, abs=0.005)
    assert found.estimate.low == pytest.approx(low, abs=0.0005)
    assert found.estimate.high == pytest.approx(high, abs=0.0005)
    assert (found.subjects, found.measurements, found.not_measured) == (6, 24, 0)


@pytest.mark.parametrize(
    ("kind", "value", "low", "high"),
    [
        (icc_one_way, 0.943872590, 0.7780, 0.9934),
        (icc_two_way, 0.944575960, 0.5843, 0.9940),
        (icc_consistency, 0.981474474, 0.9109, 0.9979),
    ],
)
def test_icc_of_another_table_is_that_of_pingouin(
    kind: Callable[..., Icc], value: float, low: float, high: float
) -> None:
    # intraclass_corr of pingouin 0.7.0: ICC(1,1), ICC(A,1) and ICC(C,1).
    table = [[7.1, 8.4, 7.7], [3.2, 4.4, 2.9], [5.5, 6.8, 6.1], [9.0, 9.7, 9.9], [1.4, 3.1, 1.2]]
    found = kind(table).estimate
    assert found.value == pytest.approx(value, abs=1e-9)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5.1e-5)


def test_a_constant_difference_lowers_agreement_but_not_consistency() -> None:
    counts = np.array([10.0, 21, 29, 42])
    shifted = np.column_stack([counts, counts + [10, 9, 11, 10]])
    assert icc_consistency(shifted).estimate.value > 0.99
    assert icc_two_way(shifted).estimate.value < 0.9
    assert icc_two_way(shifted).estimate.value == pytest.approx(icc_agreement(shifted))


def test_replicates_of_unequal_number() -> None:
    # Analysis of variance by hand: means 2, 6, 9 of 2, 3, 1; within 2 + 2 of 3 degrees of freedom.
    groups = [[1, 3], [5, 6, 7], [9]]
    mean = 31 / 6
    between = (2 * (2 - mean) ** 2 + 3 * (6 - mean) ** 2 + (9 - mean) ** 2) / 2
    size = (6 - 14 / 6) / 2
    expected = (between - 4 / 3) / (between + (size - 1) * 4 / 3)
    found = icc_one_way(groups)
    assert found.estimate.value == pytest.approx(expected)
    assert found.estimate.low < expected < found.estimate.high < 1
    assert (found.subjects, found.measurements) == (3, 6)


def test_replicates_without_an_order_do_not_care_for_one() -> None:
    assert icc_one_way([row[::-1] for row in RATINGS]).estimate.value == icc_one_way(RATINGS).estimate.value


def test_a_subject_with_a_gap_is_left_out_of_a_table_and_counted() -> None:
    found = icc_two_way([*RATINGS, [1, NAN, 2, 3]])
    assert found.estimate == icc_two_way(RATINGS).estimate
    assert found.not_measured == 1
    one_way = icc_one_way([*RATINGS, [NAN, None]])
    assert one_way.estimate == icc_one_way(RATINGS).estimate
    assert (one_way.subjects, one_way.not_measured) == (6, 2)


@pytest.mark.parametrize("kind", [icc_one_way, icc_two_way, icc_consistency])
@pytest.mark.parametrize("table", [[], [[1, 2]], [[1], [2]], [[5, 5], [5, 5]], [[NAN, NAN], [1, NAN]]])
def test_what_cannot_be_told_has_a_reason(kind: Callable[..., Icc], table: list[list[float]]) -> None:
    found = kind(table).estimate
    assert found.reason
    assert np.isnan([found.value, found.low, found.high]).all()


@pytest.mark.parametrize("kind", [icc_one_way, icc_two_way, icc_consistency])
def test_whole_agreement_is_1_without_an_interval(kind: Callable[..., Icc]) -> None:
    found = kind([[10, 10], [20, 20], [35, 35]]).estimate
    assert found.value == 1
    assert found.reason is not None
    assert np.isnan([found.low, found.high]).all()
