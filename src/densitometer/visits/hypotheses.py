"""Where the baseline might lie on the follow-up: turn, scale and shift proposed by pairs of roots, sifted in bulk.

Pairs of roots of equal length, as star fields are matched (Groth 1986, Astron. J. 91, 1244), but with every proposal
judged by the likelihood of what falls on the other view, misses included (Lang et al. 2010, Astron. J. 139, 1782).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from densitometer.settings.align import AlignSettings
from densitometer.visits.constellation import ComplexArray, Constellation, xy
from densitometer.visits.view import GRID_UM, FloatArray, IntArray

_FOUND = 0.6  # share of roots found again while sifting
_FIRST_JUDGES, _JUDGES = 16, 100  # roots around a pair that judge it: an error of its turn moves those farther away
_AFTER_FIRST_SIFT = 3000  # proposals that more roots judge then
_MOST_NEIGHBOURS = 10_000  # pairs of one view
_SCALE_SD = 0.02  # of the ratio of two calibrations
_CHUNK = 50_000


@dataclass(frozen=True)
class Hypotheses:
    """Similarities z -> turn * z + shift, best first, each with the place at the baseline where it was proposed.

    ``score`` is what the sift thinks of it. The farther from that place, the less exact it is.
    """

    turn: ComplexArray
    shift: ComplexArray
    middle: ComplexArray
    score: FloatArray


@dataclass(frozen=True)
class _Pairs:
    """Pairs of points of one view: numbers of both ends, and the way from the first to the second."""

    first: IntArray
    second: IntArray
    way: ComplexArray


def propose(baseline: Constellation, followup: Constellation, settings: AlignSettings) -> Hypotheses:
    """Similarities under which many roots of the baseline fall on roots of the follow-up, the likeliest first."""
    ours = _spread_out(_pairs(baseline, settings), settings.most_pairs)
    theirs = _both_ways(_pairs(followup, settings))
    at, mate = _of_equal_length(ours, theirs, settings)
    turn = _calm(theirs.way[mate] / ours.way[at], np.abs(ours.way[at]), settings)
    middle = _middle(baseline, ours)
    shift = _middle(followup, theirs)[mate] - turn * middle[at]
    worth = followup.worth(settings.tolerance_um, _FOUND)
    judges = _nearest(baseline, middle)
    kept = _best(_score(judges[:, :_FIRST_JUDGES], at, turn, shift, worth), _AFTER_FIRST_SIFT)
    at, turn, shift = at[kept], turn[kept], shift[kept]
    score = _score(judges, at, turn, shift, worth)
    order = np.argsort(-score, kind="stable")
    return Hypotheses(turn[order], shift[order], middle[at[order]], score[order])


def distinct(some: Hypotheses, view: Constellation, apart_um: float, most: int) -> Hypotheses:
    """The best of those that put the view's field to different places: its middle or its sides ``apart_um`` away."""
    height, width = (side * GRID_UM for side in view.usable.shape)
    markers = np.array([0.5 * width + 0.5j * height, 0.5j * height, width + 0.5j * height])
    landing = some.turn[:, None] * markers + some.shift[:, None]
    left = np.ones(len(some.score), bool)
    kept: list[int] = []
    while len(kept) < most and left.any():
        at = int(np.argmax(left))
        kept.append(at)
        left &= np.abs(landing - landing[at]).max(axis=1) > apart_um
    return Hypotheses(some.turn[kept], some.shift[kept], some.middle[kept], some.score[kept])


def _pairs(view: Constellation, settings: AlignSettings) -> _Pairs:
    """All pairs of fit length, the most trusted points first; in a large view only of points near one another."""
    reach = settings.most_pair_um
    pairs = view.tree.query_pairs(reach, output_type="ndarray")
    while len(pairs) > _MOST_NEIGHBOURS and reach > 1.5 * settings.least_pair_um:
        reach *= max(0.6, float(np.sqrt(0.9 * _MOST_NEIGHBOURS / len(pairs))))
        pairs = view.tree.query_pairs(reach, output_type="ndarray")
    pairs = np.sort(np.asarray(pairs, np.int64).reshape(-1, 2), axis=1)
    way = view.points[pairs[:, 1]] - view.points[pairs[:, 0]]
    fit = np.abs(way) >= settings.least_pair_um
    pairs, way = pairs[fit], way[fit]
    order = np.lexsort((pairs[:, 0], pairs[:, 1]))
    return _Pairs(pairs[order, 0], pairs[order, 1], way[order])


def _spread_out(pairs: _Pairs, most: int) -> _Pairs:
    """At most so many of the pairs, evenly through their order."""
    if len(pairs.first) <= most:
        return pairs
    kept = _evenly(len(pairs.first), most)
    return _Pairs(pairs.first[kept], pairs.second[kept], pairs.way[kept])


def _both_ways(pairs: _Pairs) -> _Pairs:
    """Every pair twice, once from each end."""
    return _Pairs(
        np.concatenate([pairs.first, pairs.second]),
        np.concatenate([pairs.second, pairs.first]),
        np.concatenate([pairs.way, -pairs.way]),
    )


def _middle(view: Constellation, pairs: _Pairs) -> ComplexArray:
    return np.asarray((view.points[pairs.first] + view.points[pairs.second]) / 2)


def _nearest(view: Constellation, places: ComplexArray) -> ComplexArray:
    """Points around each place, the nearest first; all rows as long as there are points for."""
    count = min(_JUDGES, len(view))
    _, near = view.tree.query(xy(places), k=range(1, count + 1))
    return np.asarray(view.points[near])


def _of_equal_length(ours: _Pairs, theirs: _Pairs, settings: AlignSettings) -> tuple[IntArray, IntArray]:
    """Numbers of pairs, one of either view, that can be the same two roots; at most so many, evenly thinned."""
    length = np.abs(theirs.way)
    order = np.argsort(length, kind="stable")
    sought = np.abs(ours.way)
    slack = sought * settings.most_scale_error + 2 * settings.root_error_um
    low = np.searchsorted(length[order], sought - slack)
    counts = np.searchsorted(length[order], sought + slack) - low
    total = int(counts.sum())
    every = np.arange(total) if total <= settings.most_proposals else _evenly(total, settings.most_proposals)
    ends = np.cumsum(counts)
    at = np.searchsorted(ends, every, side="right")
    return at, order[low[at] + every - (ends - counts)[at]]


def _calm(turn: ComplexArray, length_um: FloatArray, settings: AlignSettings) -> ComplexArray:
    """The turn of a pair with its scale drawn towards 1: a short pair tells it worse than the calibrations do."""
    noise = 2 * settings.root_error_um / length_um
    trust = _SCALE_SD**2 / (_SCALE_SD**2 + noise**2)
    size = np.abs(turn)
    return np.asarray(turn / size * size**trust)


def _score(
    judges: ComplexArray, at: IntArray, turn: ComplexArray, shift: ComplexArray, worth: NDArray[np.floating]
) -> FloatArray:
    """Summed worth of the cells that the judging points, row ``at`` of ``judges``, fall on."""
    judges = (judges / GRID_UM).astype(np.complex64)
    turn, shift = turn.astype(np.complex64), (shift / GRID_UM + (1.5 + 1.5j)).astype(np.complex64)
    height, width = worth.shape
    flat = worth.ravel()
    score = np.empty(len(turn))
    for start in range(0, len(turn), _CHUNK):
        some = slice(start, start + _CHUNK)
        landing = turn[some, None] * judges[at[some]] + shift[some, None]
        column = np.clip(landing.real, 0, width - 1).astype(np.int32)
        row = np.clip(landing.imag, 0, height - 1).astype(np.int32)
        score[some] = flat[row * width + column].sum(axis=1)
    return score


def _best(score: FloatArray, most: int) -> IntArray:
    """Numbers of the best, in the order in which they were proposed."""
    return np.sort(np.argsort(-score, kind="stable")[:most])


def _evenly(total: int, most: int) -> IntArray:
    return np.linspace(0, total - 1, most).astype(np.int64)
