"""From a rough similarity to the warp: which root is which, and the turn, scale, shift and bend that they agree on."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import betaln, logsumexp

from densitometer.settings.align import AlignSettings
from densitometer.visits.constellation import ComplexArray, Constellation, xy
from densitometer.visits.view import FloatArray, IntArray
from densitometer.visits.warp import POWERS, Warp, bend_terms, similarity_of

_SHRINKING = (2.2, 1.6, 1.2)  # rounds of the similarity: roots so many times `reach_um` apart may be the same
_BENDING_ROUNDS = 4
_STRAIN_SHARES = (0.05, 0.15, 0.4, 1.0, 2.0)
_FIRST_REACH_UM = 3000.0  # around the place where a similarity is most exact that it is first made better from
_FREEDOM = 4.0  # of Student's t, which the distances of matched roots follow: most agree, some do not
_FIELD_UM = 3500.0  # half a usual field: `most_strain` holds for a bend as large as that
_BY_DEGREE = (1.0, 0.5, 0.2)  # how large the bend may be by its degree, beside the stretch
_APART = ((0.4, 0.5), (0.5, 1.0), (0.1, 3.0))
"""Shares of matched roots, each with how far apart these lie, in parts of `root_error_um`."""
_FOUND_AGAIN = (5.0, 2.5)  # beta distribution of the share of roots found again
_NEIGHBOURLY = 0.5
"""Taken from the evidence of every root: units fall on units by chance, so that roots do not come alone."""
_SHARES = (np.arange(64) + 0.5) / 64
_LEAST_RADIUS_UM = 500.0


@dataclass(frozen=True)
class Fit:
    """A warp with the roots it matches.

    Attributes
    ----------
    warp : Warp
    ours, theirs : (m,) int arrays
        Numbers of the matched points of the baseline and the follow-up.
    apart_um : (m,) float array
        How far the one lies from the other after the warp.
    shared : tuple of int
        Points of the baseline and of the follow-up that lie where both can be seen.
    evidence : float
        Log likelihood ratio of this warp against roots strewn by chance; its bend is paid for, its place not yet.
    """

    warp: Warp
    ours: IntArray
    theirs: IntArray
    apart_um: FloatArray
    shared: tuple[int, int]
    evidence: float


def refine(
    baseline: Constellation,
    followup: Constellation,
    start: Warp,
    middle: complex,
    settings: AlignSettings,
) -> Fit:
    """Find the warp near a rough similarity: match, fit, and again, first stiff, then bent.

    Parameters
    ----------
    baseline, followup : Constellation
    start : Warp
    middle : complex
        Where at the baseline it is most exact: the search spreads from there.
    settings : AlignSettings
    """
    warp, far = start, np.abs(baseline.points - middle)
    spreading = _FIRST_REACH_UM * 2.0 ** np.arange(max(0, np.ceil(np.log2(max(far.max(), 1.0) / _FIRST_REACH_UM))))
    for wide, within in [*((_SHRINKING[0], reach) for reach in spreading), *((wide, np.inf) for wide in _SHRINKING)]:
        ours, theirs, apart = _matched(baseline, followup, warp, wide * settings.reach_um)
        near = far[ours] <= within
        if np.count_nonzero(near) < settings.least_roots:
            break
        warp, _ = _fit(baseline, followup, ours[near], theirs[near], apart[near], settings, wide=wide)
    stiff = _judged(baseline, followup, warp, 0.0, settings)
    bent = _bent(baseline, followup, warp, settings.most_strain, settings)
    return replace(bent, evidence=max(bent.evidence, stiff.evidence))


def as_stiff_as_it_may_be(baseline: Constellation, followup: Constellation, fit: Fit, settings: AlignSettings) -> Fit:
    """Bend the warp as much as the roots speak for: of several limits to the stretch, the one with most evidence.

    The evidence of the fit itself is kept, since it was not chosen from so many.
    """
    strains = [settings.most_strain * share for share in _STRAIN_SHARES]
    fits = [_bent(baseline, followup, fit.warp, strain, settings) for strain in strains]
    return replace(max(fits, key=lambda some: some.evidence), evidence=fit.evidence)


def _bent(baseline: Constellation, followup: Constellation, warp: Warp, strain: float, settings: AlignSettings) -> Fit:
    price = 0.0
    for _ in range(_BENDING_ROUNDS):
        ours, theirs, apart = _matched(baseline, followup, warp, settings.reach_um)
        if len(ours) < settings.least_roots:
            break
        warp, price = _fit(baseline, followup, ours, theirs, apart, settings, strain=strain)
    return _judged(baseline, followup, warp, price, settings)


def _matched(
    baseline: Constellation, followup: Constellation, warp: Warp, reach_um: float
) -> tuple[IntArray, IntArray, FloatArray]:
    """Points that are each other's nearest, within reach."""
    landing = warp.forward(xy(baseline.points))
    far, nearest = followup.tree.query(landing, distance_upper_bound=reach_um)
    ours = np.flatnonzero(np.isfinite(far))
    theirs = nearest[ours]
    order = np.lexsort((ours, far[ours]))
    _, first = np.unique(theirs[order], return_index=True)
    kept = np.sort(order[first])
    return ours[kept], theirs[kept], far[ours][kept]


def _fit(
    baseline: Constellation,
    followup: Constellation,
    ours: IntArray,
    theirs: IntArray,
    apart_um: FloatArray,
    settings: AlignSettings,
    *,
    wide: float = 1.0,
    strain: float = 0.0,
) -> tuple[Warp, float]:
    """Least squares in complex numbers; far pairs count less, and the bend only as much as they call for it.

    The second is what the bend costs as a logarithm (MacKay 1992, Neural Comput. 4, 415): how far it goes, and how
    much was left to the roots to choose.
    """
    here, there = baseline.points[ours], followup.points[theirs]
    error = settings.root_error_um * wide
    trust = np.minimum(baseline.weight[ours], followup.weight[theirs])
    trust = trust * (_FREEDOM + 2) / (_FREEDOM + (apart_um / error) ** 2)
    middle = complex(np.average(here, weights=trust))
    radius = max(float(np.abs(here - middle).max()), _LEAST_RADIUS_UM)
    terms = bend_terms(here, middle, radius) if strain else np.zeros((len(here), 0))
    root = np.sqrt(trust)[:, None]
    columns = np.hstack([((here - middle) / radius)[:, None], np.ones((len(here), 1)), terms]) * root
    stiff = np.zeros((terms.shape[1], columns.shape[1]))
    stiff[:, 2:] = np.diag(error / _freedom(radius, strain)[: terms.shape[1]])
    # What is fitted is the difference from the start, so that equal constellations give the identity and no rounding.
    aim = np.concatenate([(there - here)[:, None] * root, np.zeros((len(stiff), 1))])
    found = np.linalg.lstsq(np.concatenate([columns, stiff]), aim, rcond=None)[0][:, 0]
    turn = 1 + found[0] / radius
    shift = middle + found[1] - turn * middle
    bend = found[2:] if strain else np.zeros(len(POWERS), complex)
    price = _price_of_bend(np.asarray(columns, complex), stiff, bend, error) if strain else 0.0
    return Warp(similarity_of(complex(turn), complex(shift)), bend, middle, radius), price


def _price_of_bend(columns: ComplexArray, stiff: FloatArray, bend: ComplexArray, error_um: float) -> float:
    """Half the squared size of the bend, and the logarithm of the volume that it was chosen from."""
    given = np.diag(stiff[:, 2:])
    both = columns.conj().T @ columns
    rigid = np.linalg.slogdet(both[:2, :2])[1]
    loose = np.linalg.slogdet(both + stiff.T @ stiff)[1] - rigid - 2 * np.log(given).sum()
    return float(0.5 * np.sum(np.abs(bend * given / error_um) ** 2) + loose)


def _freedom(radius_um: float, strain: float) -> FloatArray:
    """Standard deviation of each term of the bend at the rim, in um, as it is thought before any root is seen."""
    degree = np.array([m + n for m, n in POWERS])
    by_degree = np.array(_BY_DEGREE)[degree - 1]
    return np.asarray(strain * _FIELD_UM * (radius_um / _FIELD_UM) ** degree * by_degree)


def _judged(
    baseline: Constellation, followup: Constellation, warp: Warp, bend_price: float, settings: AlignSettings
) -> Fit:
    """The warp with what it matches and how much that says."""
    ours, theirs, apart = _matched(baseline, followup, warp, settings.reach_um)
    there, back = warp.forward(xy(baseline.points)), warp.backward(xy(followup.points))
    seen = followup.shows(there[:, 0] + 1j * there[:, 1])
    seen_back = baseline.shows(back[:, 0] + 1j * back[:, 1])
    seen[ours] = seen_back[theirs] = False
    missed, new = np.flatnonzero(seen), np.flatnonzero(seen_back)
    shared = len(ours) + len(missed), len(ours) + len(new)
    evidence = -np.inf
    if len(ours):
        evidence = (
            _nearness(followup, theirs, apart, settings)
            + _found_again(baseline.weight[ours], baseline.weight[missed])
            + _strewn(shared[1], len(ours))
            - bend_price
        )
    return Fit(warp, ours, theirs, apart, shared, evidence)


def _nearness(followup: Constellation, theirs: IntArray, apart_um: FloatArray, settings: AlignSettings) -> float:
    """How much likelier roots lie so near to where they are sought than by chance, more so where they do not crowd."""
    close = sum(share * _gauss(apart_um, settings.root_error_um * wide) for share, wide in _APART)
    return float(np.sum(np.log(close / followup.crowding[theirs]) - _NEIGHBOURLY))


def _found_again(matched: FloatArray, missed: FloatArray) -> float:
    """Likelihood that of the hairs with these confidences the first were found again, the second not.

    The share of true hairs that is found again is itself uncertain: a beta distribution.
    """
    share = _SHARES[:, None]
    likely = np.log(share * np.minimum(matched, 1.0)).sum(axis=1)
    likely = likely + np.log(1 - share * np.minimum(missed, 0.99)).sum(axis=1)
    return _over_shares(likely)


def _strewn(count: int, matched: int) -> float:
    """Likelihood of the other roots of the follow-up, strewn more thinly by the share that is matched."""
    return _over_shares(count * _SHARES + (count - matched) * np.log(1 - _SHARES))


def _over_shares(likelihood: FloatArray) -> float:
    a, b = _FOUND_AGAIN
    known = (a - 1) * np.log(_SHARES) + (b - 1) * np.log(1 - _SHARES) - betaln(a, b)
    return float(logsumexp(likelihood + known) - np.log(len(_SHARES)))


def _gauss(apart_um: FloatArray, sd_um: float) -> FloatArray:
    return np.asarray(np.exp(-0.5 * (apart_um / sd_um) ** 2) / (2 * np.pi * sd_um**2))
