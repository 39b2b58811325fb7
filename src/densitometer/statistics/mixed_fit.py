"""A linear model with a random intercept for each subject, fitted by restricted maximum likelihood (REML).

statsmodels estimates the two variances (Laird and Ware, Biometrics 1982;38:963-974). They weigh the values; errors,
tests and intervals are those of the sandwich, with Student's t, since one variance for all visits and arms need not
hold, and statsmodels' normal intervals would be too narrow for 30 subjects.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from math import nan, sqrt

import numpy as np
from numpy.typing import NDArray

from densitometer.statistics.estimate import LARGEST, NO_SPREAD, Estimate, FloatArray, spreads
from densitometer.statistics.random_intercept import Blocks, information_and_score
from densitometer.statistics.sandwich import Sandwich, sandwich
from densitometer.statistics.tails import t_two_sided

NEEDS_EXTRA = "the mixed model needs more libraries; install them with: pip install 'densitometer[statistics]'"
SINGULAR = "the columns of the model cannot be told apart in these data"
ALIKE = "the spread between subjects and that within them cannot be told apart in these data"
NOT_CONVERGED = "the fit of the mixed model did not converge"
_SINGULAR = 1e-5
"""Variance between subjects, relative to the residual one, that is as good as none: least squares, then."""
_ALIKE = 1e-8
"""Share of the information of one variance that is left when the other is unknown, below which there is none."""
_NEAR = 1e-6
"""Standard errors of the variances by which a next step may still lead on where the search has arrived."""
_MOST_STEPS = 30


@dataclass(frozen=True)
class Told:
    """A sum of coefficients with its error.

    Attributes
    ----------
    estimate : Estimate
        With a reason in place of the interval where the error cannot be told.
    error, freedom, p : float
        Standard error, degrees of freedom, and the two-sided probability of a value as far from 0; NaN without error.
    """

    estimate: Estimate
    error: float = nan
    freedom: float = nan
    p: float = nan


@dataclass(frozen=True)
class Fit:
    """A fitted model.

    Attributes
    ----------
    coefficients : float array, shape (p,)
    covariance : float array, shape (p, p)
        Of the coefficients, were the model's variances right.
    subject_variance : float
        0 where no spread between subjects was found, NaN where too few subjects have two rows: both least squares.
    residual_variance : float
    errors : Sandwich
    """

    coefficients: FloatArray
    covariance: FloatArray
    subject_variance: float
    residual_variance: float
    errors: Sandwich

    def estimate(self, contrast: FloatArray, level: float = 0.95) -> Told:
        """Estimate a sum of coefficients, ``contrast`` of shape (p,)."""
        value = float(contrast @ self.coefficients)
        found = self.errors.error(contrast)
        if isinstance(found, str):
            return Told(Estimate(value, reason=found))
        error, freedom = sqrt(found[0]), found[1]
        return Told(Estimate.by_t(value, error, freedom, level), error, freedom, t_two_sided(value / error, freedom))


def fit_random_intercept(values: FloatArray, design: FloatArray, subject: NDArray[np.int64]) -> Fit | str:
    """Fit a model with a random intercept for each subject.

    Where no subject has two rows the two variances cannot be told apart and need not be: the fit is then one of least
    squares, which for a baseline and one visit is the analysis of covariance. It is least squares, too, where
    restricted maximum likelihood finds no spread between subjects, or where too few subjects have two rows to tell.

    Parameters
    ----------
    values : float array, shape (N,)
    design : float array, shape (N, p)
        With its column for the intercept, or columns that amount to it.
    subject : int array, shape (N,)
        From 0 up without gaps.

    Returns
    -------
    Fit or str
        The reason where there is no fit that can be trusted.
    """
    rows, columns = design.shape
    units = np.maximum(np.abs(design).max(axis=0, initial=0.0), 1 / LARGEST)
    design = design / units
    if rows < columns + 2 or np.linalg.matrix_rank(design) < columns:
        return SINGULAR if rows >= columns + 2 else f"{rows} values are too few for a model of {columns} coefficients"
    size = max(float(np.abs(values).max()), 1 / LARGEST)
    try:
        fit = _fit(values / size, design, subject)
    except np.linalg.LinAlgError:
        return NOT_CONVERGED
    return fit if isinstance(fit, str) else _in_units(fit, size, units)


def _fit(values: FloatArray, design: FloatArray, subject: NDArray[np.int64]) -> Fit | str:
    plain = _least_squares(values, design, subject)
    spread = sqrt(float(np.mean(plain.errors.residuals**2)))
    if not spreads(spread, values):
        return NO_SPREAD
    if subject.max() + 1 == subject.size:
        return plain
    # Residuals about 1 are where the search is at its best.
    found = _variances(values / spread, design, subject)
    if found == ALIKE:
        return plain  # whose errors hold whatever the variances
    if isinstance(found, str):
        return found
    if not found[0]:
        return replace(plain, subject_variance=0.0)
    fit = _weighted(values / spread, design, subject, *found)
    return _in_units(fit, spread, np.ones(design.shape[1]))


def _least_squares(values: FloatArray, design: FloatArray, subject: NDArray[np.int64]) -> Fit:
    rows, columns = design.shape
    inverse = _inverse(design.T @ design)
    coefficients = inverse @ (design.T @ values)
    residuals = values - design @ coefficients
    variance = max(float(residuals @ residuals) / (rows - columns), 1 / LARGEST)
    errors = sandwich(design, residuals, subject, inverse * variance, 0.0, variance)
    return Fit(coefficients, inverse * variance, nan, variance, errors)


def _weighted(
    values: FloatArray, design: FloatArray, subject: NDArray[np.int64], between: float, residual: float
) -> Fit:
    """Weigh the values by their covariance."""
    blocks = Blocks(subject, between, residual)
    projected = blocks.power(design, 1)
    covariance = _inverse(design.T @ projected)
    coefficients = covariance @ (projected.T @ values)
    errors = sandwich(design, values - design @ coefficients, subject, covariance, between, residual)
    return Fit(coefficients, covariance, between, residual, errors)


def _variances(values: FloatArray, design: FloatArray, subject: NDArray[np.int64]) -> tuple[float, float] | str:
    """Find the variances by restricted maximum likelihood; that between subjects is 0 where there is no spread."""
    found = _searched(values, design, subject)
    # Where statsmodels stopped short of the top, or near no spread at all, a few steps of scoring tell which it was.
    for _ in range(_MOST_STEPS):
        if isinstance(found, str):
            return found
        between, residual = found
        if residual <= 0:
            return NOT_CONVERGED
        if between <= _SINGULAR * residual:
            return 0.0, residual
        information, score = information_and_score(Blocks(subject, between, residual), design, values)
        if information[0, 1] ** 2 > (1 - _ALIKE) * information[0, 0] * information[1, 1]:
            return ALIKE
        components = _inverse(information)
        step = components @ score
        if (np.abs(step) <= _NEAR * np.sqrt(np.diag(components))).all():
            return between, residual
        found = float(between + step[0]), float(residual + step[1])
    return NOT_CONVERGED


def _in_units(fit: Fit, unit: float, units: FloatArray) -> Fit:
    """Turn a fit of values and columns in some units into one of the values and the columns."""
    return replace(
        fit,
        coefficients=fit.coefficients * unit / units,
        covariance=fit.covariance * unit**2 / np.outer(units, units),
        subject_variance=fit.subject_variance * unit**2,
        residual_variance=fit.residual_variance * unit**2,
        errors=fit.errors.in_units(unit / units),
    )


def _inverse(matrix: FloatArray) -> FloatArray:
    return np.asarray(np.linalg.inv(matrix), dtype=float)


def _searched(values: FloatArray, design: FloatArray, subject: NDArray[np.int64]) -> tuple[float, float] | str:
    try:
        from statsmodels.regression.mixed_linear_model import MixedLM
    except ImportError:
        return NEEDS_EXTRA
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what they tell is asked for below
        try:
            found = MixedLM(values, design, groups=subject).fit(reml=True)
        except (np.linalg.LinAlgError, ValueError):
            return NOT_CONVERGED
    # The variance stands in cov_re; among the parameters it is a multiple of the residual one.
    between, residual = float(np.asarray(found.cov_re)[0, 0]), float(found.scale)
    return (between, residual) if np.isfinite([between, residual]).all() and residual > 0 else NOT_CONVERGED
