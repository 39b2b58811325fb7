"""Shares: Newcombe's published examples, and what cannot be told."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest

from densitometer.statistics import responders, share, share_difference

NAN = float("nan")


@pytest.mark.parametrize(
    ("count", "n", "method", "low", "high"),
    [
        # Newcombe, Stat Med 1998;17:857-872, table I, methods 3 and 5.
        (81, 263, "wilson", 0.2553, 0.3662),
        (15, 148, "wilson", 0.0624, 0.1605),
        (0, 20, "wilson", 0.0, 0.1611),
        (1, 29, "wilson", 0.0061, 0.1718),
        (81, 263, "exact", 0.2527, 0.3676),
        (15, 148, "exact", 0.0578, 0.1617),
        (0, 20, "exact", 0.0, 0.1684),
        (1, 29, "exact", 0.0009, 0.1776),
    ],
)
def test_share_of_newcombe(count: int, n: int, method: Literal["wilson", "exact"], low: float, high: float) -> None:
    found = share(count, n, method=method)
    assert found.estimate.value == count / n
    assert (found.estimate.low, found.estimate.high) == pytest.approx((low, high), abs=5.1e-5)


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [
        # Newcombe, Stat Med 1998;17:873-890, table II, method 10.
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_difference_of_newcombe(first: tuple[int, int], second: tuple[int, int], low: float, high: float) -> None:
    found = share_difference(share(*first), share(*second))
    assert found.value == pytest.approx(first[0] / first[1] - second[0] / second[1])
    assert (found.low, found.high) == pytest.approx((low, high), abs=5.1e-5)


@pytest.mark.parametrize("method", ["wilson", "exact"])
def test_all_of_a_group_is_the_mirror_image_of_none(method: Literal["wilson", "exact"]) -> None:
    every, none = share(12, 12, method=method).estimate, share(0, 12, method=method).estimate
    assert (every.value, every.high) == (1, 1)
    assert every.low == pytest.approx(1 - none.high)


def test_responders_rise_by_more_than_error_explains() -> None:
    found = responders([25, 19.9, 20, -30, NAN, None, 40], 20)  # type: ignore[list-item]
    assert (found.count, found.n, found.not_measured) == (2, 5, 2)
    assert found.estimate == share(2, 5).estimate


@pytest.mark.parametrize("detectable", [NAN, 0.0, -1.0, float("inf")])
def test_without_a_detectable_change_nobody_is_a_responder_or_none(detectable: float) -> None:
    found = responders([1, 2, NAN], detectable)
    assert (found.count, found.n, found.not_measured) == (None, 2, 1)
    assert found.estimate.reason
    assert np.isnan(found.estimate.value)


@pytest.mark.parametrize(("count", "n"), [(0, 0), (3, 2), (-1, 2)])
def test_a_share_that_cannot_be_told_has_a_reason(count: int, n: int) -> None:
    found = share(count, n)
    assert found.count is None
    assert found.estimate.reason
    assert np.isnan([found.estimate.value, found.estimate.low, found.estimate.high]).all()
    apart = share_difference(share(1, 2), found)
    assert apart.reason == found.estimate.reason
    assert np.isnan(apart.value)


def test_an_empty_group_has_no_responders_and_no_share() -> None:
    found = responders([], 20)
    assert (found.count, found.n) == (None, 0)
    assert np.isnan(found.estimate.value)
