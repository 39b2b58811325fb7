"""Statistics of calibration on cases that can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from densitometer.evaluate import brier_score, calibration_error, covered, log_loss, reliability


def drawn(count: int = 100_000) -> tuple[np.ndarray, np.ndarray]:
    """Hairs whose confidence is their probability of being real."""
    random = np.random.default_rng(0)
    confidence = random.uniform(size=count)
    return confidence, random.uniform(size=count) < confidence


def test_bins_by_hand() -> None:
    bins = reliability([0.1, 0.3, 0.5, 0.75, 1.0], [False, True, True, False, True], bins=2)
    assert [(one.low, one.high, one.count) for one in bins] == [(0, 0.5, 2), (0.5, 1, 3)]
    assert bins[0].mean_confidence == pytest.approx(0.2) and bins[0].real_share == 0.5
    assert bins[1].mean_confidence == pytest.approx(0.75) and bins[1].real_share == pytest.approx(2 / 3)


def test_calibration_error_by_hand() -> None:
    # Two hairs at 0.2 of which half are real, three at 0.75 of which two thirds are.
    error = calibration_error([0.1, 0.3, 0.5, 0.75, 1.0], [False, True, True, False, True], bins=2)
    assert error == pytest.approx((2 * 0.3 + 3 * (0.75 - 2 / 3)) / 5)


def test_confidences_that_hold_have_next_to_no_calibration_error() -> None:
    assert calibration_error(*drawn()) < 0.006
    for one in reliability(*drawn()):
        assert one.real_share == pytest.approx(one.mean_confidence, abs=0.02)


def test_confidences_that_promise_too_much_are_found_out() -> None:
    confidence, real = drawn()
    assert calibration_error(np.sqrt(confidence), real) == pytest.approx(2 / 3 - 1 / 2, abs=0.01)
    assert brier_score(np.sqrt(confidence), real) > brier_score(confidence, real)
    assert log_loss(np.sqrt(confidence), real) > log_loss(confidence, real)


def test_brier_score_and_log_loss_by_hand() -> None:
    assert brier_score([1.0, 0.5, 0.0], [True, False, True]) == pytest.approx((0 + 0.25 + 1) / 3)
    assert brier_score(*drawn()) == pytest.approx(1 / 6, abs=0.005)
    assert log_loss([0.5, 0.5], [True, False]) == pytest.approx(np.log(2))
    assert log_loss([0.0], [True], least=0.01) == pytest.approx(-np.log(0.01))


def test_no_hair_has_no_score() -> None:
    assert all(np.isnan(score([], [])) for score in (calibration_error, brier_score, log_loss))
    assert [one.count for one in reliability([], [], bins=3)] == [0, 0, 0]
    assert np.isnan(reliability([], [])[0].real_share)


@pytest.mark.parametrize("wrong", [[1.1], [-0.1], [np.nan]])
def test_what_is_no_probability_is_refused(wrong: list[float]) -> None:
    with pytest.raises(ValueError, match="0 to 1"):
        reliability(wrong, [True])


def test_lists_of_two_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="same length"):
        brier_score([0.5, 0.5], [True])


def test_an_interval_holds_its_ends() -> None:
    assert covered([1, 1, 1, 1], [3, 3, 3, 3], [1, 3, 0.9, 3.1]).tolist() == [True, True, False, False]
