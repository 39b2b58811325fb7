"""Take a dark blob apart into single hairs: the set of rods that explains it best.

Shafts that touch, cross or leave the skin together make one blob. Candidates are combined by beam search, the best
combination of each size is fitted to the pixel, and the one worth most is kept (see :mod:`densitometer.hairs.cost`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from densitometer.hairs import rods as rod
from densitometer.hairs.candidates import find_candidates
from densitometer.hairs.cost import Blob, Cost
from densitometer.hairs.rods import Rods, no_rods

_MOST_HAIRS = 9
_WORTH_FITTING = 1.2
"""Combinations this many hair prices below the best are not fitted."""

_TRIED = 0.8
"""Candidates that lose up to this many hair prices are still tried: fitting may turn the loss into a gain."""

_LAST_ROUNDS = 12
"""Rounds of fitting for the combination that is kept: ends move by a few pixels a round."""

_STEPS = np.array([-2.0, -1.0, 1.0, 2.0])
_END_MOVES = np.array(
    [
        [step * ax * (end != 1), step * ay * (end != 1), step * ax * (end != 0), step * ay * (end != 0)]
        for step in _STEPS
        for end in (0, 1, 2)
        for ax, ay in ((1, 0), (0, 1))
    ]
)
"""Moves of one end or both, along and across the chord."""


def explain(blob: Blob, cost: Cost) -> tuple[Rods, NDArray[np.float64]]:
    """Hairs of a blob, and what each adds to the explanation, in px2 of sure evidence.

    Returns
    -------
    rods : float array, shape (n, 7)
    worth : float array, shape (n,)
        Positive; the higher, the surer the hair.
    """
    candidates = find_candidates(blob, cost)
    combinations = _combine(candidates, blob, cost)
    best: tuple[float, Rods, NDArray[np.float64]] = (-cost.alone_px2, no_rods(), np.zeros(0))
    for chosen in combinations:
        rods = _fit(candidates[list(chosen)], blob, cost, rounds=3)
        total, worth = cost.total(rods, blob)
        if total > best[0]:
            best = (total, rods, worth)
    rods = _fit(best[1], blob, cost, rounds=_LAST_ROUNDS)
    return _prune(rods, cost.total(rods, blob)[1], blob, cost)


def _combine(candidates: Rods, blob: Blob, cost: Cost) -> list[tuple[int, ...]]:
    """Beam search: for each number of hairs the best combination of candidates, if it comes near the best of all."""
    if not len(candidates):
        return []
    covers = rod.cover(candidates, blob.x, blob.y)
    weights, price = covers.astype(np.float32), cost.price(candidates)
    beams: list[tuple[float, tuple[int, ...], NDArray[np.bool_]]] = [(0.0, (), np.zeros(len(blob.x), bool))]
    best_of_size: list[tuple[float, tuple[int, ...]]] = []
    for _ in range(_MOST_HAIRS):
        open_gain = np.stack([cost.gain_over(blob, covered) for _, _, covered in beams], axis=1)
        gain = weights @ open_gain - price[:, None]
        beams = _extend(beams, gain, covers, cost)
        if not beams:
            break
        best_of_size.append(beams[0][:2])
        if beams[0][0] < max(best_of_size)[0] - _WORTH_FITTING * cost.hair_px2:
            break
    if not best_of_size:
        return []
    least = max(best_of_size)[0] - _WORTH_FITTING * cost.hair_px2
    return [chosen for worth, chosen in best_of_size if worth >= least]


def _extend(
    beams: list[tuple[float, tuple[int, ...], NDArray[np.bool_]]],
    gain: NDArray[np.float64],
    covers: NDArray[np.bool_],
    cost: Cost,
) -> list[tuple[float, tuple[int, ...], NDArray[np.bool_]]]:
    """Each beam with one more candidate: the best few of all."""
    longer = []
    for b, (worth, chosen, _) in enumerate(beams):
        for i in np.argsort(-gain[:, b], kind="stable")[:6]:
            if gain[i, b] > -_TRIED * cost.hair_px2 and int(i) not in chosen:
                longer.append((worth + float(gain[i, b]), tuple(sorted((*chosen, int(i)))), b, int(i)))
    longer.sort(key=lambda entry: (-entry[0], entry[1]))
    kept: dict[tuple[int, ...], tuple[float, tuple[int, ...], NDArray[np.bool_]]] = {}
    for worth, chosen, b, i in longer:
        if chosen not in kept:
            kept[chosen] = (worth, chosen, beams[b][2] | covers[i])
        if len(kept) == cost.settings.beam:
            break
    return list(kept.values())


def _fit(rods: Rods, blob: Blob, cost: Cost, rounds: int) -> Rods:
    """Move, widen, taper and bow each rod in turn while the explanation gains by it."""
    rods = rods.copy()
    covers = rod.cover(rods, blob.x, blob.y)
    for round_number in range(rounds):
        changed = False
        for i in range(len(rods)):
            covered: NDArray[np.bool_] = np.asarray(np.delete(covers, i, axis=0).any(axis=0))
            variants = _variants(rods[i], step=0.8 if round_number else 1.4)
            gain = np.dot(rod.cover(variants, blob.x, blob.y).astype(np.float32), cost.gain_over(blob, covered))
            worth = np.where(rod.lengths(variants) < cost.min_length_px, -np.inf, gain - cost.price(variants))
            best = int(np.argmax(worth))
            if best:
                rods[i] = variants[best]
                covers[i] = rod.cover(rods[i : i + 1], blob.x, blob.y)[0]
                changed = True
        if not changed:
            break
    return rods


def _variants(one: NDArray[np.float64], step: float) -> Rods:
    """A rod as it is (first) and in its neighbouring shapes."""
    chord = one[2:4] - one[:2]
    ux, uy = chord / (np.hypot(*chord) + 1e-9)
    to_image = np.array([[ux, uy], [-uy, ux]])
    moves = len(_END_MOVES)
    variants = np.repeat(one[None], 1 + moves + 3 * len(_STEPS), axis=0)
    variants[1 : 1 + moves, 0:2] += step * _END_MOVES[:, :2] @ to_image
    variants[1 : 1 + moves, 2:4] += step * _END_MOVES[:, 2:] @ to_image
    width, taper, bow = variants[1 + moves :].reshape(3, len(_STEPS), 7)
    width[:, rod.WIDTH] = np.maximum(2.0, width[:, rod.WIDTH] + 0.6 * _STEPS)
    taper[:, rod.TAPER] = np.clip(taper[:, rod.TAPER] + 0.09 * _STEPS, -0.7, 0.7)
    bow[:, rod.BOW] += 0.7 * _STEPS
    return variants


def _prune(rods: Rods, worth: NDArray[np.float64], blob: Blob, cost: Cost) -> tuple[Rods, NDArray[np.float64]]:
    """Take out hairs that the others explain, one at a time, fitting the rest again.

    The last one may cost less: that a region stands alone on bare skin is evidence in itself.
    """
    while len(rods) and worth.min() < (0 if len(rods) > 1 else -cost.alone_px2):
        rods = _fit(np.delete(rods, int(worth.argmin()), axis=0), blob, cost, rounds=1)
        _, worth = cost.total(rods, blob)
    return rods, worth
