"""Score found hairs against marked ones, pool the scores over photographs, and state how far two counts agree."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

FloatArray = NDArray[np.float64]
T = TypeVar("T")
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


def bootstrap_interval(
    items: Sequence[T],
    groups: Sequence[object],
    statistic: Callable[[list[T]], ArrayLike],
    *,
    draws: int = 2000,
    seed: int = 0,
) -> tuple[FloatArray, FloatArray]:
    """95 % percentile bootstrap interval, drawing whole subjects with replacement.

    Hairs of one photograph, and photographs of one subject, are alike, so subjects are what is drawn
    (Efron and Tibshirani 1993, ch. 8 and 13).

    Parameters
    ----------
    items : sequence of length n
        One entry a photograph, e.g. its :class:`Score`.
    groups : sequence of length n
        The subject of each entry.
    statistic : callable
        From a list of entries to a number or an array of numbers.
    draws, seed : int
        Number of draws and seed of the generator: the same seed, the same interval.

    Returns
    -------
    low, high : float array, of the statistic's shape

    Raises
    ------
    ValueError
        When there is no item, or not one group for each.
    """
    if not items or len(items) != len(groups):
        raise ValueError(f"need one group for each item and at least one: {len(items)} items, {len(groups)} groups")
    members: dict[object, list[T]] = {}
    for item, group in zip(items, groups, strict=True):
        members.setdefault(group, []).append(item)
    subjects = list(members.values())
    random = np.random.default_rng(seed)
    drawn = random.integers(len(subjects), size=(draws, len(subjects)))
    values = np.array([statistic([item for at in draw for item in subjects[at]]) for draw in drawn], dtype=float)
    # A draw whose statistic cannot be told (no matched hair, say) has no say in the interval.
    low, high = np.nanquantile(values, [0.025, 0.975], axis=0)
    return np.asarray(low), np.asarray(high)


@dataclass(frozen=True)
class Agreement:
    """Bland-Altman agreement of two methods, in the unit of the measurements.

    Attributes
    ----------
    bias : float
        Mean of second minus first.
    sd : float
        Standard deviation of the differences (n - 1).
    low, high : float
        95 % limits of agreement, bias -+ 1.96 sd.
    """

    bias: float
    sd: float
    low: float
    high: float


def bland_altman(first: ArrayLike, second: ArrayLike) -> Agreement:
    """Bias and 95 % limits of agreement of two methods on the same subjects (Bland and Altman, Lancet 1986).

    Parameters
    ----------
    first, second : array, shape (n,)
        n >= 2 paired measurements without NaN.

    Raises
    ------
    ValueError
        When the arrays differ in length or hold fewer than two pairs.
    """
    a, b = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if a.ndim != 1 or a.shape != b.shape or a.size < 2:  # a spread needs two
        raise ValueError(f"need two lists of the same length, two or more: got {a.shape} and {b.shape}")
    difference = b - a
    bias, sd = float(difference.mean()), float(difference.std(ddof=1))
    return Agreement(bias, sd, bias - 1.96 * sd, bias + 1.96 * sd)


def icc_agreement(ratings: ArrayLike) -> float:
    """Intraclass correlation ICC(2,1): two-way random effects, absolute agreement, single rating.

    Shrout and Fleiss, Psychological Bulletin 86 (1979) 420-428:
    (BMS - EMS) / (BMS + (k - 1) EMS + k (JMS - EMS) / n).

    Parameters
    ----------
    ratings : array, shape (n, k)
        n subjects by k raters or methods, both >= 2, without gaps.

    Returns
    -------
    float
        1 for perfect agreement; NaN when all ratings are the same.

    Raises
    ------
    ValueError
        When there are fewer than two subjects or two raters, or a rating is missing.
    """
    x = np.asarray(ratings, dtype=float)
    if x.ndim != 2 or min(x.shape) < 2 or not np.isfinite(x).all():  # a table of two by two or more
        raise ValueError(f"need a table of two or more subjects by two or more raters without gaps: got {x.shape}")
    n, k = x.shape
    subject, rater, mean = x.mean(axis=1), x.mean(axis=0), x.mean()
    between = k * ((subject - mean) ** 2).sum() / (n - 1)
    raters = n * ((rater - mean) ** 2).sum() / (k - 1)
    error = ((x - subject[:, None] - rater + mean) ** 2).sum() / ((n - 1) * (k - 1))
    whole = between + (k - 1) * error + k * (raters - error) / n
    return float((between - error) / whole) if whole else float("nan")
