"""Ways of turning what is known of a hair into a probability that it is real, and which of them holds best."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize, minimize_scalar
from scipy.special import expit, logit

from densitometer.evaluate import brier_score, calibration_error, log_loss

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
Features = Mapping[str, FloatArray]
Weights = dict[str, float]
Prediction = Callable[[Features], FloatArray]
Fit = Callable[[Features, BoolArray], Prediction]

INTERCEPT = "intercept"
CONFIDENCE = "confidence"  # name of the feature that is the confidence as it is now
PRIOR = 1.0  # l2: as if each weight of a feature in units of its spread were known to be about 0 +- 1
FOLDS = 10
_LEAST = 1e-6  # nearest to 0 and 1 of which a logit is taken


def fit_logistic(features: Features, labels: ArrayLike, l2: float = PRIOR) -> Weights:
    """Fit a logistic regression by penalised maximum likelihood.

    Parameters
    ----------
    features : dict of str to float array, shape (n,)
    labels : bool array, shape (n,)
    l2 : float
        Half of it times the sum of squared weights, each in units of its feature's spread, is added to the summed
        negative log-likelihood. The intercept is free.

    Returns
    -------
    dict of str to float
        ``intercept`` and a weight for each feature as it is given, not scaled.

    Raises
    ------
    ValueError
        When a feature is not finite or not of the length of the labels, or there is no label.
    """
    y = np.asarray(labels, dtype=float)
    x = _columns(features, y.size)
    centre, spread = x.mean(axis=0), x.std(axis=0)
    spread[spread < 1e-9] = 1.0  # what never changes gets no weight
    scaled = np.column_stack([np.ones(y.size), (x - centre) / spread])

    def loss(w: FloatArray) -> tuple[float, FloatArray]:
        z = scaled @ w
        value = np.logaddexp(0, z).sum() - y @ z + l2 / 2 * (w[1:] ** 2).sum()
        slope = scaled.T @ (expit(z) - y)
        slope[1:] += l2 * w[1:]
        return float(value), slope

    best = minimize(loss, np.zeros(scaled.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 2000}).x
    weights = best[1:] / spread
    return {
        INTERCEPT: float(best[0] - weights @ centre),
        **{name: float(w) for name, w in zip(features, weights, strict=True)},
    }


def _columns(features: Features, length: int) -> FloatArray:
    if not length:
        raise ValueError("nothing to fit to: there is no label")
    for name, values in features.items():
        if np.shape(values) != (length,):
            raise ValueError(f"feature {name} has shape {np.shape(values)}, and there are {length} labels")
        if not np.isfinite(values).all():
            raise ValueError(f"feature {name} is not finite for every hair; give it a number there")
    return np.column_stack([np.empty((length, 0)), *features.values()])


def apply_logistic(weights: Weights, features: Features) -> FloatArray:
    """Give the probabilities that fitted weights say; features without a weight are left aside."""
    names = [name for name in weights if name != INTERCEPT]
    length = len(next(iter(features.values())))
    z = np.full(length, weights[INTERCEPT])
    for name in names:
        z = z + weights[name] * features[name]
    return np.asarray(expit(z))


def evidence(confidence: FloatArray) -> FloatArray:
    """Logit of a confidence, kept finite."""
    return np.asarray(logit(np.clip(confidence, _LEAST, 1 - _LEAST)))


def as_it_is(features: Features, labels: BoolArray) -> Prediction:
    """Leave the confidence as it is."""
    return lambda some: some[CONFIDENCE]


def temperature(features: Features, labels: BoolArray) -> Prediction:
    """Divide the logit of the confidence by one number (Guo et al., ICML 2017)."""
    z = evidence(features[CONFIDENCE])
    best = minimize_scalar(lambda t: log_loss(expit(z * np.exp(-t)), labels), bounds=(-3, 3), method="bounded").x
    return lambda some: np.asarray(expit(evidence(some[CONFIDENCE]) * np.exp(-best)))


def line_in_logit(features: Features, labels: BoolArray) -> Prediction:
    """Scale and shift the logit of the confidence (Platt 1999)."""
    weights = fit_logistic({"evidence": evidence(features[CONFIDENCE])}, labels, l2=0.0)
    return lambda some: apply_logistic(weights, {"evidence": evidence(some[CONFIDENCE])})


def isotonic(features: Features, labels: BoolArray) -> Prediction:
    """Take any rising curve of the confidence (Zadrozny and Elkan, KDD 2002)."""
    return _rising(features[CONFIDENCE], labels, lambda some: some[CONFIDENCE])


def logistic(names: Sequence[str], l2: float = PRIOR) -> Fit:
    """Make a fit of a logistic regression on the features named."""

    def fit(features: Features, labels: BoolArray) -> Prediction:
        weights = fit_logistic({name: features[name] for name in names}, labels, l2)
        return lambda some: apply_logistic(weights, some)

    return fit


def logistic_then_rising(names: Sequence[str], l2: float = PRIOR) -> Fit:
    """Make a fit of any rising curve of what the logistic regression says."""

    def fit(features: Features, labels: BoolArray) -> Prediction:
        first = logistic(names, l2)(features, labels)
        return _rising(first(features), labels, first)

    return fit


def _rising(value: FloatArray, labels: BoolArray, of: Prediction) -> Prediction:
    from scipy.optimize import isotonic_regression  # since SciPy 1.12, later than the package asks for

    at, inverse, weight = np.unique(value, return_inverse=True, return_counts=True)
    share = np.bincount(inverse, labels) / weight
    curve = isotonic_regression(share, weights=weight).x
    return lambda some: np.interp(of(some), at, curve)


def folds(groups: Sequence[object] | NDArray[np.str_], count: int = FOLDS, seed: int = 0) -> NDArray[np.intp]:
    """Number the fold of each entry, 0 to `count` - 1, so that a group of subjects is never torn apart."""
    names, member = np.unique(np.asarray(groups), return_inverse=True)
    order = np.random.default_rng(seed).permutation(len(names))
    return np.asarray(order[member] % min(count, len(names)), dtype=np.intp)


def out_of_fold(fit: Fit, features: Features, labels: BoolArray, fold: NDArray[np.intp]) -> FloatArray:
    """Give each hair the probability from a fit that did not see its subject."""
    predicted = np.full(len(labels), np.nan)
    for one in np.unique(fold):
        held = fold == one
        fitted = fit({name: values[~held] for name, values in features.items()}, labels[~held])
        predicted[held] = fitted({name: values[held] for name, values in features.items()})
    return np.clip(predicted, 0.0, 1.0)


@dataclass(frozen=True)
class Held:
    """How well a way of fitting does on subjects that it did not see: loss, Brier score and calibration error."""

    name: str
    log_loss: float
    brier: float
    calibration_error: float


def held_out(name: str, fit: Fit, features: Features, labels: BoolArray, fold: NDArray[np.intp]) -> Held:
    """Score one way of fitting on subjects that it did not see."""
    p = out_of_fold(fit, features, labels, fold)
    return Held(name, log_loss(p, labels), brier_score(p, labels), calibration_error(p, labels))


def without_each(
    features: Features, names: Sequence[str], labels: BoolArray, fold: NDArray[np.intp], l2: float = PRIOR
) -> dict[str, float]:
    """Held-out log loss of the logistic regression without each of the features named."""
    fits = {name: logistic([other for other in names if other != name], l2) for name in names}
    return {name: log_loss(out_of_fold(fit, features, labels, fold), labels) for name, fit in fits.items()}


def helpful(
    features: Features, names: Sequence[str], labels: BoolArray, fold: NDArray[np.intp], l2: float = PRIOR
) -> tuple[list[str], list[tuple[str, float]]]:
    """Drop features, one at a time, as long as the held-out log loss does not rise.

    Returns
    -------
    list of str
        Names of the features that help.
    list of (str, float)
        What was dropped, in turn, and the held-out log loss without it.
    """
    kept, dropped = list(names), []
    loss = log_loss(out_of_fold(logistic(kept, l2), features, labels, fold), labels)
    while len(kept) > 1:
        losses = without_each(features, kept, labels, fold, l2)
        name = min(losses, key=lambda one: losses[one])
        if losses[name] > loss:
            break
        loss = losses[name]
        kept.remove(name)
        dropped.append((name, loss))
    return kept, dropped
