"""How far two sets of pictures lie apart: statistic by statistic, and whether a simple classifier tells them apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from look_regions import Floats
from results_page import table

NORMAL_90 = 3.29
"""5 to 95 % range of a normal distribution in standard deviations."""
LEAST_KNOWN = 0.5
LEAST_PICTURES = 8
"""Fewer real photographs than this have no spread to count distances in."""
PENALTY = 3.0
MOST_PAIRS = 400
FAMILIES = {
    "skin_gradient": "texture of skin",
    "texture": "texture of skin",
    "skin_skew": "texture of skin",
    "skin_": "colour of skin",
    "ridge": "lines on skin",
    "glint": "glints",
    "burnt": "glints",
    "dark_unmarked": "debris",
    "noise": "noise and JPEG",
    "mesh": "noise and JPEG",
    "block": "noise and JPEG",
    "hair": "layout of hair",
    "root_gap": "layout of hair",
    "width": "width of hair",
    "edge": "edges of shafts",
    "contrast": "shafts",
    "shaft": "shafts",
    "trail": "round the root and tip",
    "ring": "round the root and tip",
    "tip": "round the root and tip",
}
"""Beginnings of names, the first that fits; anything else belongs to the frame as a whole."""


@dataclass(frozen=True)
class Row:
    """One statistic over the real photographs and over the others.

    Attributes
    ----------
    name : str
    real, other : tuple of float
        5th percentile, median, 95th percentile.
    distance : float
        Difference of the medians, in standard deviations of the real photographs (their 5 to 95 % range / 3.29);
        NaN with fewer than eight of these.
    auc : float
        Chance that a picture of the others has more of it than a real one: 0.5 tells nothing, 0 or 1 tells all.
    known : tuple of int
        Pictures of each set that show it.
    """

    name: str
    real: tuple[float, float, float]
    other: tuple[float, float, float]
    distance: float
    auc: float
    known: tuple[int, int]


def matrix(some: Sequence[dict[str, float]], names: Sequence[str]) -> Floats:
    """Statistics as (pictures, names), NaN where a picture does not show one."""
    return np.array([[one[name] for name in names] for one in some], dtype=float).reshape(len(some), len(names))


def compare(real: Floats, other: Floats, names: Sequence[str]) -> list[Row]:
    """One row for each statistic, in the order of the names."""
    rows = []
    for name, ours, theirs in zip(names, real.T, other.T, strict=True):
        a, b = ours[np.isfinite(ours)], theirs[np.isfinite(theirs)]
        low, middle, high = _range(a)
        spread = (high - low) / NORMAL_90
        there = _range(b)
        distance = (there[1] - middle) / spread if spread > 0 and len(a) >= LEAST_PICTURES else np.nan
        rows.append(Row(name, (low, middle, high), there, distance, auc(a, b), (len(a), len(b))))
    return rows


def _range(values: Floats) -> tuple[float, float, float]:
    if not values.size:
        return float("nan"), float("nan"), float("nan")
    low, middle, high = np.percentile(values, (5, 50, 95))
    return float(low), float(middle), float(high)


def auc(first: Floats, second: Floats) -> float:
    """Chance that one of the second is larger than one of the first, ties counted half; NaN if either is empty."""
    if not len(first) or not len(second):
        return float("nan")
    ranks = rankdata(np.concatenate([first, second]))[len(first) :]
    return float((ranks.mean() - (len(second) + 1) / 2) / len(first))


def separability(
    real: Floats, other: Floats, real_keys: Sequence[str], other_keys: Sequence[str], seed: int = 0
) -> float:
    """Chance that a classifier that has seen neither calls a picture of the others more so than a real one.

    Ridge-penalised logistic regression on the statistics, each turned to normal scores. A pair of one picture of each
    set, with all others of their subjects, is left out, the rest learnt from and the pair asked about; the share of
    right answers over up to 400 pairs drawn is an AUC without the bias of leaving out one at a time (Airola et al.
    2011). 0.5 or less: cannot be told apart; 1: always. NaN with fewer than three pictures, or one subject, in a set.
    """
    if min(len(real), len(other)) < 3 or min(len(set(real_keys)), len(set(other_keys))) < 2:
        return float("nan")
    values = _scores(np.concatenate([real, other]))
    label = np.repeat([0.0, 1.0], [len(real), len(other)])
    keys = np.array([*real_keys, *other_keys])
    rng = np.random.default_rng(seed)
    pairs = rng.permutation(len(real) * len(other))[:MOST_PAIRS]
    won = 0.0
    for a, b in zip(pairs // len(other), pairs % len(other) + len(real), strict=True):
        kept = (keys != keys[a]) & (keys != keys[b])
        weight = logistic(values[kept], label[kept])
        gap = float((values[b] - values[a]) @ weight)
        won += 1.0 if gap > 0 else 0.5 if gap == 0 else 0.0
    return won / len(pairs)


def _scores(values: Floats) -> Floats:
    """Ranks over both sets within each column, -1.7 to 1.7 (standard deviation 1); unknown ones in the middle."""
    out = np.zeros_like(values)
    for column in range(values.shape[1]):
        known = np.isfinite(values[:, column])
        if known.mean() >= LEAST_KNOWN:
            ranks = rankdata(values[known, column])
            out[known, column] = (ranks - (known.sum() + 1) / 2) / max(known.sum(), 1) * np.sqrt(12)
    return out


def logistic(values: Floats, label: Floats, penalty: float = PENALTY) -> Floats:
    """Weights of a logistic regression with a ridge penalty and both classes weighted alike, by Newton's steps.

    Parameters
    ----------
    values : float array, shape (n, k)
    label : float array, shape (n,)
        0 or 1.
    """
    share = label.mean()
    balance = np.where(label > 0, 0.5 / share, 0.5 / (1 - share))
    terms = np.column_stack([values, np.ones(len(values))])
    ridge = np.full(terms.shape[1], penalty)
    ridge[-1] = 1e-6
    weight = np.zeros(terms.shape[1])
    for _ in range(6):
        chance = 1 / (1 + np.exp(-np.clip(terms @ weight, -30, 30)))
        slope = terms.T @ (balance * (chance - label)) + ridge * weight
        bend = (terms * (balance * np.maximum(chance * (1 - chance), 1e-4))[:, None]).T @ terms + np.diag(ridge)
        weight -= np.linalg.solve(bend, slope)
    return np.asarray(weight[:-1])


def as_table(rows: Sequence[Row], other_name: str) -> str:
    """Table of all statistics; `?` before the count where a picture does not show one."""
    head = [
        "statistic",
        "real median",
        "real 5–95 %",
        f"{other_name} median",
        f"{other_name} 5–95 %",
        "distance",
        "AUC",
    ]
    lines = [
        [
            row.name,
            _number(row.real[1]),
            f"{_number(row.real[0])} to {_number(row.real[2])}",
            _number(row.other[1]),
            f"{_number(row.other[0])} to {_number(row.other[2])}",
            "–" if np.isnan(row.distance) else f"{row.distance:+.2f}",
            "–" if np.isnan(row.auc) else f"{row.auc:.2f}",
        ]
        for row in rows
    ]
    return table(head, lines)


def _number(value: float) -> str:
    if np.isnan(value):
        return "–"
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def giveaways(rows: Sequence[Row], most: int = 15) -> list[Row]:
    """The statistics that tell the sets apart best on their own, best first."""
    known = [row for row in rows if not np.isnan(row.auc)]
    return sorted(known, key=lambda row: (-abs(row.auc - 0.5), -abs(np.nan_to_num(row.distance))))[:most]


def rms_distance(rows: Sequence[Row]) -> float:
    """Root mean square of the distances, each cut at 10 so that one statistic does not stand for all."""
    known = np.array([row.distance for row in rows if not np.isnan(row.distance)])
    return float(np.sqrt(np.mean(np.clip(known, -10, 10) ** 2))) if known.size else float("nan")


def median_distance(rows: Sequence[Row]) -> float:
    """Median of the distances without their signs."""
    known = [abs(row.distance) for row in rows if not np.isnan(row.distance)]
    return float(np.median(known)) if known else float("nan")


def family(name: str) -> str:
    """Family of a statistic: what in a renderer it hangs on."""
    return next((about for start, about in FAMILIES.items() if name.startswith(start)), "frame")


def family_table(rows: Sequence[Row], real: Floats, other: Floats, keys: tuple[Sequence[str], Sequence[str]]) -> str:
    """How far apart the sets are by each family of statistics alone."""
    names = np.array([family(row.name) for row in rows])
    lines = []
    for about in dict.fromkeys(names):
        own = names == about
        own_rows = [row for row, mine in zip(rows, own, strict=True) if mine]
        chance = separability(real[:, own], other[:, own], *keys)
        lines.append([about, str(own.sum()), f"{rms_distance(own_rows):.2f}", f"{chance:.3f}"])
    return table(["family", "statistics", "rms distance", "AUC"], lines)


def lacking(rows: Sequence[Row], sizes: tuple[int, int]) -> list[str]:
    """Say of each statistic that some pictures do not show, how many do."""
    return [
        f"{row.name}: shown by {row.known[0]} of {sizes[0]} and {row.known[1]} of {sizes[1]} pictures"
        for row in rows
        if row.known != sizes
    ]


def interval(count: int, other: int) -> float:
    """Half width of the 95 % interval of an AUC of 0.5 between sets of these sizes (Hanley and McNeil 1982)."""
    return float(1.96 * np.sqrt((count + other + 1) / (12 * count * other)))
