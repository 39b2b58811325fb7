"""Score found hairs against marked ones, and pool the scores over photographs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IndexArray = NDArray[np.intp]


@dataclass(frozen=True)
class Matching:
    """What became of every true and every found hair of one photograph.

    Attributes
    ----------
    pairs : int array, shape (k, 2)
        Index of the true hair and of the found hair of each match, in the order of the true hairs.
    missed : int array
        Scored true hairs that nothing found was matched to.
    false : int array
        Scored found hairs that stand for no true hair.
    ignored : int array
        Found hairs that are neither right nor wrong: outside the scored area or on an ignored truth.
    """

    pairs: IndexArray
    missed: IndexArray
    false: IndexArray
    ignored: IndexArray


@dataclass(frozen=True)
class Score:
    """Counts of right and wrong hairs; scores of several photographs add up.

    Attributes
    ----------
    true_positives, false, missed : int
        Matched pairs, found hairs that are none, true hairs not found.
    right_roots : int
        Matched pairs whose found root lies nearer the true root than the true tip.
    """

    true_positives: int = 0
    false: int = 0
    missed: int = 0
    right_roots: int = 0

    def __add__(self, other: Score) -> Score:
        """Pool two scores."""
        return Score(
            self.true_positives + other.true_positives,
            self.false + other.false,
            self.missed + other.missed,
            self.right_roots + other.right_roots,
        )

    @property
    def true_count(self) -> int:
        """Number of scored true hairs."""
        return self.true_positives + self.missed

    @property
    def found_count(self) -> int:
        """Number of scored found hairs."""
        return self.true_positives + self.false

    @property
    def precision(self) -> float:
        """Share of the found hairs that are right; NaN when none was found."""
        return _ratio(self.true_positives, self.found_count)

    @property
    def recall(self) -> float:
        """Share of the true hairs that were found; NaN when there is none."""
        return _ratio(self.true_positives, self.true_count)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; NaN when there is neither a true nor a found hair."""
        return _ratio(2 * self.true_positives, self.true_count + self.found_count)

    @property
    def count_bias(self) -> float:
        """Found over true count, less one: 0.05 is five per cent too many; NaN when there is no true hair."""
        return _ratio(self.found_count - self.true_count, self.true_count)

    @property
    def root_share(self) -> float:
        """Share of the matched hairs with the right root end; NaN when none is matched."""
        return _ratio(self.right_roots, self.true_positives)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


def pool(scores: Iterable[Score]) -> Score:
    """Sum of the scores of several photographs: every hair weighs the same."""
    return sum(scores, Score())


def mean_count_error(scores: Iterable[Score]) -> float:
    """Mean over photographs of |found - true| / true; photographs without a true hair are left out.

    Returns
    -------
    float
        NaN when no photograph has a true hair.
    """
    errors = [abs(score.count_bias) for score in scores if score.true_count]
    return float(np.mean(errors)) if errors else float("nan")


def midpoints(root_tip: ArrayLike) -> FloatArray:
    """Middle of root and tip of each hair.

    Parameters
    ----------
    root_tip : array, shape (n, 4)
        root_x, root_y, tip_x, tip_y, in any one unit of length.

    Returns
    -------
    float array, shape (n, 2)
    """
    ends = np.asarray(root_tip, dtype=float).reshape(-1, 4)
    return (ends[:, :2] + ends[:, 2:]) / 2


def match_points(true: ArrayLike, found: ArrayLike, tolerance: float) -> IndexArray:
    """Match points one to one: as many pairs as can be, and of those the least sum of distances.

    Parameters
    ----------
    true, found : array, shape (n, 2) and (m, 2)
    tolerance : float
        Largest distance of a pair, in the unit of the points.

    Returns
    -------
    int array, shape (k, 2)
        Indices into `true` and `found`, in the order of `true`.
    """
    a, b = np.asarray(true, dtype=float).reshape(-1, 2), np.asarray(found, dtype=float).reshape(-1, 2)
    distance = cdist(a, b)
    near = distance <= tolerance
    # A pair too far apart costs more than all near pairs together, so none is taken where a near one could be.
    too_far = tolerance * (min(a.shape[0], b.shape[0]) + 1) + 1
    rows, columns = linear_sum_assignment(np.where(near, distance, too_far))
    keep = near[rows, columns]
    pairs: IndexArray = np.column_stack([rows[keep], columns[keep]]).astype(np.intp)
    return pairs


def match_hairs(
    true: ArrayLike,
    found: ArrayLike,
    tolerance: float,
    *,
    true_ignored: ArrayLike | None = None,
    found_ignored: ArrayLike | None = None,
) -> Matching:
    """Match found hairs to true hairs, one to one, by their midpoints.

    Parameters
    ----------
    true, found : array, shape (n, 4) and (m, 4)
        root_x, root_y, tip_x, tip_y of each hair, in px or in um.
    tolerance : float
        Largest distance of two midpoints of one hair, in the same unit.
    true_ignored : bool array, shape (n,), optional
        True hairs that need not be found. A found hair within the tolerance of one, and not
        matched to a scored true hair, is neither right nor wrong.
    found_ignored : bool array, shape (m,), optional
        Found hairs outside the area that is scored: never matched, never wrong.
    """
    true_mid, found_mid = midpoints(true), midpoints(found)
    scored = np.flatnonzero(~_mask(true_ignored, len(true_mid)))
    inside = np.flatnonzero(~_mask(found_ignored, len(found_mid)))
    near = match_points(true_mid[scored], found_mid[inside], tolerance)
    pairs = np.column_stack([scored[near[:, 0]], inside[near[:, 1]]]).astype(np.intp)
    left = np.setdiff1d(inside, pairs[:, 1])
    excused = left[_near_any(found_mid[left], np.delete(true_mid, scored, axis=0), tolerance)]
    outside = np.setdiff1d(np.arange(len(found_mid)), inside)
    return Matching(
        pairs=pairs,
        missed=np.setdiff1d(scored, pairs[:, 0]),
        false=np.setdiff1d(left, excused),
        ignored=np.union1d(outside, excused),
    )


def _mask(mask: ArrayLike | None, length: int) -> BoolArray:
    return np.zeros(length, dtype=bool) if mask is None else np.asarray(mask, dtype=bool)


def _near_any(points: FloatArray, others: FloatArray, tolerance: float) -> BoolArray:
    if not len(others):
        return np.zeros(len(points), dtype=bool)
    return np.asarray((cdist(points, others) <= tolerance).any(axis=1))


def right_roots(true: ArrayLike, found: ArrayLike, pairs: IndexArray) -> BoolArray:
    """Tell of each pair whether the found root lies nearer the true root than the true tip.

    Parameters
    ----------
    true, found : array, shape (n, 4) and (m, 4)
    pairs : int array, shape (k, 2)

    Returns
    -------
    bool array, shape (k,)
    """
    marked = np.asarray(true, dtype=float).reshape(-1, 4)[pairs[:, 0]]
    root = np.asarray(found, dtype=float).reshape(-1, 4)[pairs[:, 1], :2]
    to_root = np.linalg.norm(root - marked[:, :2], axis=1)
    to_tip = np.linalg.norm(root - marked[:, 2:], axis=1)
    return np.asarray(to_root < to_tip)


def score_matching(true: ArrayLike, found: ArrayLike, matching: Matching) -> Score:
    """Count what is right and wrong in a matching of the hairs `true` and `found`, arrays of shape (n, 4)."""
    return Score(
        true_positives=len(matching.pairs),
        false=len(matching.false),
        missed=len(matching.missed),
        right_roots=int(right_roots(true, found, matching.pairs).sum()),
    )
