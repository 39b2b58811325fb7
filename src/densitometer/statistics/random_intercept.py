"""Likelihood of a random intercept: the covariance of the values, and how their restricted likelihood bends.

The covariance V has a block for each subject, r on the diagonal and b added everywhere. A power of it keeps the mean of
a subject and what is left apart, r + n b for the one and r for the other, so that no matrix of all values is needed.
The information of the variances is the expected one (Searle, Casella and McCulloch, Variance Components, 1992, 6.6).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from densitometer.statistics.estimate import FloatArray


@dataclass(frozen=True)
class Blocks:
    """Covariance of values with a random intercept.

    Attributes
    ----------
    subject : int array, shape (N,)
        From 0 up without gaps.
    between, residual : float
        Variance between subjects, and of what is left.
    """

    subject: NDArray[np.int64]
    between: float
    residual: float

    @cached_property
    def sizes(self) -> FloatArray:
        """Values of each subject."""
        return np.bincount(self.subject).astype(float)

    @cached_property
    def of_means(self) -> FloatArray:
        """Eigenvalue of each subject's block that belongs to its mean; the others are the residual variance."""
        return self.residual + self.sizes * self.between

    def sums(self, columns: FloatArray) -> FloatArray:
        """Sum over each subject: of shape (N, p) or (N,) to (subjects, p) or (subjects,)."""
        found = np.zeros((self.sizes.size, *columns.shape[1:]))
        np.add.at(found, self.subject, columns)
        return found

    def power(self, columns: FloatArray, k: int) -> FloatArray:
        """Inverse of V, to the power ``k``, times columns of shape (N, p) or (N,)."""
        means = (self.sums(columns).T / self.sizes).T[self.subject]
        scales = self.of_means[self.subject] ** -k
        return np.asarray((columns - means) / self.residual**k + (means.T * scales).T, dtype=float)


def information_and_score(blocks: Blocks, design: FloatArray, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Expected information of the variances between subjects and within, and the slope of the likelihood along them.

    Parameters
    ----------
    blocks : Blocks
    design : float array, shape (N, p)
    values : float array, shape (N,)

    Returns
    -------
    information : float array, shape (2, 2)
    score : float array, shape (2,)
    """
    once, twice, thrice = (blocks.power(design, k) for k in (1, 2, 3))
    bread = np.linalg.inv(design.T @ once)
    second, third = bread @ (design.T @ twice), bread @ (design.T @ thrice)
    sums, sums_twice = blocks.sums(once), blocks.sums(twice)
    crossed = bread @ (sums.T @ sums)
    n, of_means, residual = blocks.sizes, blocks.of_means, blocks.residual
    own = n / of_means
    drawn = np.einsum("ij,ij->i", sums @ bread, sums)  # what the fit takes from each subject's own part
    square = float((own**2).sum() - 2 * own @ drawn + np.trace(crossed @ crossed))
    both = float((n / of_means**2).sum() - 2 * np.trace(bread @ (sums_twice.T @ sums)) + np.trace(crossed @ second))
    rest = float(((n - 1) / residual**2 + of_means**-2.0).sum() - 2 * np.trace(third) + np.trace(second @ second))
    left = blocks.power(values, 1) - once @ (bread @ (once.T @ values))
    of_subjects = blocks.sums(left)
    traces = own.sum() - drawn.sum(), ((n - 1) / residual + 1 / of_means).sum() - np.trace(second)
    score = np.array([of_subjects @ of_subjects - traces[0], left @ left - traces[1]]) / 2
    return np.array([[square, both], [both, rest]]) / 2, score
