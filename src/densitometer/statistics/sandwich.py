"""Errors of a fitted model that hold though its variances do not: cluster-robust, with the subjects as clusters.

A random intercept and one residual variance are the working model alone. Where one visit or arm spreads more than
another, the errors that it gives are too small there and too large elsewhere. The sandwich takes each subject's own
residuals in their place, corrected to be without bias where the working model is right (CR2: Bell and McCaffrey,
Survey Methodology 2002;28:169-181; Pustejovsky and Tipton, J Bus Econ Stat 2018;36:672-683), and its degrees of freedom
are Satterthwaite's, from the same papers. For the mean of one visit they are those of Student, s/sqrt(n) with n - 1;
for a single row a subject they are those of HC2.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from densitometer.statistics.estimate import FloatArray

ALONE = "a single subject decides it, whose own error cannot be told"
NO_RESIDUALS = "the values behind it are the same, so that its error cannot be told"
_MISSED = 0.05
"""Share of the variance under the working model that residuals may miss; where more, a subject decides it alone."""
_NO_ERROR = 1e-20
"""Variance, as a share of that under the working model, that is rounding alone."""
_RANK = 1e-10
"""Eigenvalue, relative to the largest, that is none: the subject decides that direction alone."""


@dataclass(frozen=True)
class Sandwich:
    """What the errors of any sum of coefficients are made of.

    Attributes
    ----------
    bread : float array, shape (p, p)
        Covariance of the coefficients under the working model.
    weights : float array, shape (N, p)
        Of each row: adjusted inverse covariance of its subject's values, times the design.
    design : float array, shape (N, p)
    residuals : float array, shape (N,)
    subject : int array, shape (N,)
    between, residual : float
        Variances of the working model.
    units : float array, shape (p,)
        By which a contrast is multiplied first, since the model was fitted in units of its own.
    """

    bread: FloatArray
    weights: FloatArray
    design: FloatArray
    residuals: FloatArray
    subject: NDArray[np.int64]
    between: float
    residual: float
    units: FloatArray

    def in_units(self, units: FloatArray) -> Sandwich:
        """Take contrasts of coefficients that were multiplied by ``units``, shape (p,)."""
        return replace(self, units=self.units * units)

    def error(self, contrast: FloatArray) -> tuple[float, float] | str:
        """Tell variance and degrees of freedom of a sum of coefficients.

        Parameters
        ----------
        contrast : float array, shape (p,)

        Returns
        -------
        tuple of float, or str
            The reason where the error cannot be told.
        """
        pull = self.weights @ (self.bread @ (contrast * self.units))
        spread = self._spread_under_the_model(pull)
        expected = float(contrast * self.units @ self.bread @ (contrast * self.units))
        total = float(np.trace(spread))
        if total < (1 - _MISSED) * expected:
            return ALONE
        variance = float((np.bincount(self.subject, pull * self.residuals) ** 2).sum())
        if variance <= _NO_ERROR * expected:
            return NO_RESIDUALS
        return variance, total**2 / float((spread**2).sum())

    def _spread_under_the_model(self, pull: FloatArray) -> FloatArray:
        """Covariance of what subjects add to the sum, were the working model right: shape (subjects, subjects)."""
        own = self.residual * np.bincount(self.subject, pull**2) + self.between * np.bincount(self.subject, pull) ** 2
        columns = self.design.T * pull
        reach = np.column_stack([np.bincount(self.subject, column) for column in columns])
        return np.asarray(np.diag(own) - reach @ self.bread @ reach.T, dtype=float)


def sandwich(
    design: FloatArray,
    residuals: FloatArray,
    subject: NDArray[np.int64],
    bread: FloatArray,
    between: float,
    residual: float,
) -> Sandwich:
    """Prepare the errors of a fit.

    Parameters
    ----------
    design : float array, shape (N, p)
    residuals : float array, shape (N,)
    subject : int array, shape (N,)
        From 0 up without gaps.
    bread : float array, shape (p, p)
        Covariance of the coefficients under the working model.
    between, residual : float
        Variances of the working model: between subjects (0 for least squares), and what is left.

    Returns
    -------
    Sandwich
    """
    weights = np.zeros_like(design)
    for one in range(int(subject.max()) + 1):
        rows = np.flatnonzero(subject == one)
        weights[rows] = _weights(design[rows], bread, between, residual)
    return Sandwich(bread, weights, design, residuals, subject, between, residual, np.ones(design.shape[1]))


def _weights(design: FloatArray, bread: FloatArray, between: float, residual: float) -> FloatArray:
    """Adjust one subject's rows for how far the fit drew their residuals in (B and A of Pustejovsky and Tipton)."""
    covariance = residual * np.eye(design.shape[0]) + between
    root = np.linalg.cholesky(covariance).T
    left = root @ (covariance - design @ bread @ design.T) @ root.T
    values, vectors = np.linalg.eigh((left + left.T) / 2)
    kept = values > _RANK * float(np.linalg.norm(root @ covariance @ root.T))
    powers = np.where(kept, np.where(kept, values, 1.0) ** -0.5, 0.0)
    adjust = root.T @ (vectors * powers) @ vectors.T @ root
    return np.asarray(adjust.T @ np.linalg.solve(covariance, design), dtype=float)
