"""The likelihood of a random intercept, held to the same in plain matrices."""

from __future__ import annotations

import numpy as np
import pytest

from densitometer.statistics.random_intercept import Blocks, information_and_score

SIZES = [1, 3, 2, 4, 5, 2, 3]
SUBJECT = np.repeat(np.arange(7), SIZES)
GENERATOR = np.random.default_rng(2)
DESIGN, VALUES = GENERATOR.normal(size=(20, 4)), GENERATOR.normal(size=20)
BETWEEN, RESIDUAL = 1.7, 0.6
SAME = np.equal.outer(SUBJECT, SUBJECT).astype(float)
COVARIANCE = RESIDUAL * np.eye(20) + BETWEEN * SAME


@pytest.mark.parametrize("k", [1, 2, 3])
def test_powers_of_the_covariance(k: int) -> None:
    order = GENERATOR.permutation(20)  # rows of a subject need not stand together
    blocks = Blocks(SUBJECT[order], BETWEEN, RESIDUAL)
    whole = np.linalg.matrix_power(np.linalg.inv(COVARIANCE), k)[np.ix_(order, order)]
    assert blocks.power(DESIGN, k) == pytest.approx(whole @ DESIGN)
    assert blocks.power(VALUES, k) == pytest.approx(whole @ VALUES)


def test_information_and_score_are_those_of_the_restricted_likelihood() -> None:
    inverse = np.linalg.inv(COVARIANCE)
    left = inverse - inverse @ DESIGN @ np.linalg.inv(DESIGN.T @ inverse @ DESIGN) @ DESIGN.T @ inverse
    parts = SAME, np.eye(20)
    information, score = information_and_score(Blocks(SUBJECT, BETWEEN, RESIDUAL), DESIGN, VALUES)
    assert information == pytest.approx(np.array([[np.trace(left @ a @ left @ b) / 2 for a in parts] for b in parts]))
    slope = [(VALUES @ left @ a @ left @ VALUES - np.trace(left @ a)) / 2 for a in parts]
    assert score == pytest.approx(np.array(slope))
