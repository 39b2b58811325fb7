"""How far densitometer and human readers agree, and the readers among themselves: the best that can be asked for.

Of counts and densities Bland-Altman bias and limits, ICC(2,1) and mean errors; of marks also precision, recall and F1,
hair by hair. Photographs of one subject are alike, so that intervals go by subjects where these are known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import isfinite, nan

import numpy as np
from scipy.spatial.distance import cdist

from densitometer.evaluate.bootstrap import bootstrap_interval
from densitometer.evaluate.matching import Score, match_hairs
from densitometer.evaluate.reference import FloatArray, Kind
from densitometer.evaluate.seen import Marks, Picture, Seen, Sights
from densitometer.statistics.estimate import NO_VALUE, Estimate
from densitometer.statistics.icc import icc_two_way
from densitometer.statistics.limits import limits_of_pairs

PROGRAM = "densitometer"
TOLERANCE_UM: dict[Marks, float] = {"roots": 120.0, "middles": 125.0}
"""As in the benchmarks."""
LEAST_FOR_ICC = 5
"""As of replicates: of fewer the ICC is not told."""
FEW_FOR_ICC = 30
"""Of fewer it is said that they are few (Koo and Li, J Chiropr Med 2016;15:155-163)."""
_AGREE_WHOLLY = "all photographs agree wholly, so that the interval cannot be told"
_NO_ZERO = "the reference has no hair"
_NO_HAIR = "there is no hair to tell it by"
_NO_SCALE = "no photograph has a scale, without which a tolerance in um means nothing"


@dataclass(frozen=True)
class Tolerance:
    """Largest distance of two places of one hair: in um, or in px where that is stated."""

    value: float
    unit: str = "um"

    def px(self, picture: Picture) -> float | None:
        """Tolerance in px on a photograph; None where that cannot be told without a scale."""
        if self.unit == "px":
            return self.value
        return self.value / picture.um_per_px if picture.um_per_px else None


@dataclass(frozen=True)
class Figure:
    """One figure of a comparison.

    Attributes
    ----------
    name : str
    unit : str
        Empty where it has none.
    estimate : Estimate
    photographs, groups : int
        What it rests on: photographs, and the subjects (else photographs) that its interval goes by.
    counted : bool
        True where it is a plain number of hairs, which needs no interval.
    """

    name: str
    unit: str
    estimate: Estimate
    photographs: int
    groups: int
    counted: bool = False


@dataclass(frozen=True)
class Comparison:
    """Agreement of two; differences are ``compared`` minus ``reference``.

    Attributes
    ----------
    reference : str
        A reader.
    compared : str
        Densitometer, or another reader.
    by_program : bool
        True where it is densitometer.
    figures : tuple of Figure
    """

    reference: str
    compared: str
    by_program: bool
    figures: tuple[Figure, ...]


@dataclass(frozen=True)
class _Pair:
    """What two saw on one photograph, and whom it shows."""

    picture: Picture
    group: str
    first: Seen
    second: Seen


def compare_readers(sights: Sights, tolerance: Tolerance | None = None) -> tuple[Comparison, ...]:
    """Compare densitometer with each reader, and then each reader with those after.

    Parameters
    ----------
    sights : Sights
    tolerance : Tolerance or None
        For marks.
    """
    by_subject = knows_subjects(sights)
    found = [
        Comparison(reader, PROGRAM, True, tuple(_figures(_with_program(sights, reader, by_subject), sights, tolerance)))
        for reader in sights.readers
    ]
    for reader, other in combinations(sights.readers, 2):
        both = list(_between(sights, reader, other, by_subject))
        found.append(Comparison(reader, other, False, tuple(_figures(both, sights, tolerance))))
    return tuple(found)


def knows_subjects(sights: Sights) -> bool:
    """Whether the subject of every photograph compared is known, so that intervals go by subjects."""
    return all(picture.subject for picture in sights.pictures)


def match_places(first: Seen, second: Seen, tolerance_px: float) -> Score:
    """Match hairs that two saw on one photograph, one to one by their places.

    What lies outside the counted field is never matched, missed or false; a hair inside that is left over, and that
    has such a one of the other's within the tolerance, is neither right nor wrong: the two differ on which side of
    the border it lies.
    """
    one, other = first.places_px, second.places_px
    found = match_hairs(
        np.hstack([one, one]),  # a hair without length has its middle at its place
        np.hstack([other, other]),
        tolerance_px,
        true_ignored=~first.inside,
        found_ignored=~second.inside,
    )
    missed, outside = one[found.missed], other[~second.inside]
    excused = (cdist(missed, outside) <= tolerance_px).any(axis=1) if len(outside) else np.zeros(len(missed), bool)
    return Score(len(found.pairs), len(found.false), int((~excused).sum()))


# ---- pairs


def _with_program(sights: Sights, reader: str, by_subject: bool) -> list[_Pair]:
    return [
        _Pair(one, _group(one, by_subject), one.theirs[reader], one.ours)
        for one in sights.pictures
        if reader in one.theirs
    ]


def _between(sights: Sights, reader: str, other: str, by_subject: bool) -> Iterator[_Pair]:
    for one in sights.pictures:
        if reader in one.theirs and other in one.theirs:
            yield _Pair(one, _group(one, by_subject), one.theirs[reader], one.theirs[other])


def _group(picture: Picture, by_subject: bool) -> str:
    return picture.subject if by_subject else picture.photo


# ---- figures


def _figures(pairs: Sequence[_Pair], sights: Sights, tolerance: Tolerance | None) -> Iterator[Figure]:
    yield from _of_values(pairs, sights.kind)
    if tolerance is not None and sights.kind == "marks":
        yield from _of_hairs(pairs, tolerance)


def _of_values(pairs: Sequence[_Pair], kind: Kind) -> Iterator[Figure]:
    """Bias, limits, ICC and mean errors."""
    unit = "hairs/cm2" if kind == "density_per_cm2" else "hairs"
    photographs, groups = len(pairs), len({pair.group for pair in pairs})
    for name, estimate in _limits(pairs):
        yield Figure(name, unit, estimate, photographs, groups)
    yield Figure("icc_2_1", "", _icc(pairs), photographs, groups)
    absolute, percent = _mean_errors(pairs)
    yield Figure("mean_absolute_error", unit, absolute, photographs, groups)
    with_hair = [pair for pair in pairs if pair.first.value > 0]
    rests_on = len(with_hair), len({pair.group for pair in with_hair})
    yield Figure("mean_absolute_error_percent", "%", percent, *rests_on)


def _icc(pairs: Sequence[_Pair]) -> Estimate:
    """ICC(2,1), unless there are so few photographs that it would be one or another by chance."""
    if 0 < len(pairs) < LEAST_FOR_ICC:
        return Estimate.missing(f"fewer than {LEAST_FOR_ICC} photographs tell no ICC")
    return icc_two_way(_table(pairs)).estimate


def _table(pairs: Sequence[_Pair]) -> FloatArray:
    return np.array([[pair.first.value, pair.second.value] for pair in pairs], float).reshape(-1, 2)


def _limits(pairs: Sequence[_Pair]) -> Iterator[tuple[str, Estimate]]:
    differences: dict[str, list[float]] = {}
    for pair in pairs:
        differences.setdefault(pair.group, []).append(pair.second.value - pair.first.value)
    limits = limits_of_pairs(differences.values())
    yield from (("bias", limits.bias), ("limit_low", limits.low), ("limit_high", limits.high))


def _mean_errors(pairs: Sequence[_Pair]) -> tuple[Estimate, Estimate]:
    """Mean of |difference|, and of that in per cent of the reference, where that has a hair."""
    first, second = _table(pairs).T
    apart = np.abs(second - first)
    percent = np.divide(100 * apart, first, out=np.zeros_like(apart), where=first > 0)
    items = np.column_stack([apart, np.ones_like(apart), percent, first > 0])
    absolute, relative = _bootstrapped(items, pairs, _means)
    return absolute, relative if len(pairs) == 0 or (first > 0).any() else Estimate.missing(_NO_ZERO)


def _means(sums: FloatArray) -> list[float]:
    return [sums[0] / sums[1] if sums[1] else nan, sums[2] / sums[3] if sums[3] else nan]


def _of_hairs(pairs: Sequence[_Pair], tolerance: Tolerance) -> Iterator[Figure]:
    """Precision, recall and F1, and the hairs that they rest on; photographs whose scale is wanted are left out."""
    some, scores = [], []
    for pair in pairs:
        if (tolerance_px := tolerance.px(pair.picture)) is not None:
            some.append(pair)
            scores.append(match_places(pair.first, pair.second, tolerance_px))
    rests_on = len(some), len({pair.group for pair in some})
    items = np.array([_counts(score) for score in scores], float).reshape(-1, 3)
    names = ("precision", "recall", "f1")
    why = _NO_SCALE if pairs and not some else None
    for name, estimate in zip(names, _bootstrapped(items, some, _shares), strict=True):
        yield Figure(name, "", Estimate.missing(why) if why else estimate, *rests_on)
    for name, total in zip(("matched_hairs", "false_hairs", "missed_hairs"), items.sum(axis=0), strict=True):
        estimate = Estimate.missing(why or NO_VALUE) if not some else Estimate(float(total))
        yield Figure(name, "hairs", estimate, *rests_on, counted=True)


def _counts(score: Score) -> tuple[int, int, int]:
    return score.true_positives, score.false, score.missed


def _shares(sums: FloatArray) -> list[float]:
    pooled = Score(*(round(total) for total in sums))
    return [pooled.precision, pooled.recall, pooled.f1]


def _bootstrapped(
    items: FloatArray, pairs: Sequence[_Pair], statistic: Callable[[FloatArray], list[float]]
) -> Iterable[Estimate]:
    """Statistics of sums over photographs (rows of ``items``), with intervals that draw whole subjects."""
    values = statistic(items.sum(axis=0))
    told = [at for at, value in enumerate(values) if isfinite(value)]
    sums: dict[str, FloatArray] = {}
    for pair, item in zip(pairs, items, strict=True):
        sums[pair.group] = sums.get(pair.group, np.zeros_like(item)) + item
    if len(sums) < 2 or not told:  # nothing can be drawn
        reason = "one subject, or photograph, alone tells no interval"
        return [Estimate(value, reason=reason) if isfinite(value) else _unknown(pairs) for value in values]

    def of_draw(drawn: list[FloatArray]) -> list[float]:
        every = statistic(np.sum(drawn, axis=0))
        return [every[at] for at in told]

    drawn_ends = bootstrap_interval(list(sums.values()), list(sums), of_draw)
    ends = dict(zip(told, np.column_stack(drawn_ends).tolist(), strict=True))
    return [_with_ends(value, *ends[at]) if at in ends else _unknown(pairs) for at, value in enumerate(values)]


def _unknown(pairs: Sequence[_Pair]) -> Estimate:
    return Estimate.missing(_NO_HAIR if pairs else NO_VALUE)


def _with_ends(value: float, low: float, high: float) -> Estimate:
    return Estimate(value, low, high) if low < high else Estimate(value, reason=_AGREE_WHOLLY)
