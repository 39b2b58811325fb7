"""What a comparison of two rendered visits got right and wrong: place, fates, count, width and verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from change_truth import TruePair
from densitometer.visits.comparison import Alignment, Comparison, HairMatch, Values
from densitometer.visits.view import View
from rendered_outcomes import ROOT_UM

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

APART_UM = 60.0
"""An alignment is right where half of the roots, or more, come to lie nearer than this to their true places."""
FATES = ("persisting", "lost", "gained")
_NEVER = 1e6


@dataclass(frozen=True)
class FateTally:
    """Hairs by fate: how many the comparison names, how many rightly, how many there are, how many of these it names.

    Attributes
    ----------
    named, right, true, recalled : dict of str to int
        By fate.
    ambiguous, ambiguous_changed : int
        Hairs left open, and those of them that were really lost or gained.
    missed : int
        Of the hairs wrongly called lost or gained, those that stand in both photographs.
    probability, kept : (n,) arrays
        Of every hair that is scored, what the comparison promises and whether it is so.
    """

    named: Mapping[str, int] = field(default_factory=lambda: dict.fromkeys(FATES, 0))
    right: Mapping[str, int] = field(default_factory=lambda: dict.fromkeys(FATES, 0))
    true: Mapping[str, int] = field(default_factory=lambda: dict.fromkeys(FATES, 0))
    recalled: Mapping[str, int] = field(default_factory=lambda: dict.fromkeys(FATES, 0))
    ambiguous: int = 0
    ambiguous_changed: int = 0
    missed: int = 0
    probability: Floats = field(default_factory=lambda: np.empty(0))
    kept: Bools = field(default_factory=lambda: np.empty(0, bool))


@dataclass(frozen=True)
class PairOutcome:
    """One comparison of two rendered visits to one place.

    Attributes
    ----------
    pair, style, seed : str, str, int
        Pair: what happened in between.
    overlap : float
        True share of the baseline's field that the follow-up shows.
    comparable : bool
    reason : str
    apart_um : float
        Median distance of roots from their true places; NaN where there is no alignment.
    true_count, true_change : int
        Hairs of the baseline, and gained less lost, on the skin that both show.
    change : float
        What the comparison says of that, in hairs; NaN where it says nothing.
    plain, recount : float
        What others would say: the two densities of the whole photographs subtracted, and the hairs counted twice on
        the skin that both show, its outline known exactly.
    held, width_held : float
        1 where the interval holds the truth, 0 where not, NaN where there is none.
    width_change_um, true_width_change_um : float
    fates : FateTally
    values : dict
        Columns of ``changes.csv``.
    verdict : str
    redness_change, flaking_change : float
    """

    pair: str
    style: str
    seed: int
    overlap: float
    comparable: bool
    reason: str
    apart_um: float
    true_count: int
    true_change: int
    change: float
    plain: float
    recount: float
    held: float = float("nan")
    width_held: float = float("nan")
    width_change_um: float = float("nan")
    true_width_change_um: float = float("nan")
    fates: FateTally = field(default_factory=FateTally)
    values: Values = field(default_factory=dict)
    verdict: str = "not_comparable"
    redness_change: float = float("nan")
    flaking_change: float = float("nan")

    @property
    def aligned(self) -> bool:
        """Whether the photographs were laid on one another rightly."""
        return self.comparable and self.apart_um < APART_UM

    @property
    def misplaced(self) -> bool:
        """Whether they were laid on one another wrongly: the one error that must never happen."""
        return self.comparable and not self.apart_um < APART_UM

    @property
    def error(self) -> float:
        """Error of the change, as a share of the hairs of the baseline."""
        return self._relative(self.change)

    @property
    def plain_error(self) -> float:
        """That of the two densities subtracted."""
        return self._relative(self.plain)

    @property
    def recount_error(self) -> float:
        """That of counting twice on the same skin."""
        return self._relative(self.recount)

    def _relative(self, change: float) -> float:
        return (change - self.true_change) / self.true_count if self.true_count else float("nan")


def apart_um(alignment: Alignment, before_um: Floats, after_um: Floats) -> float:
    """Median distance of places laid onto the follow-up from where they truly lie there; NaN without any."""
    if not len(before_um):
        return float("nan")
    return float(np.median(np.hypot(*(alignment.warp.forward(before_um) - after_um).T)))


def persisting_apart_um(alignment: Alignment | None, truth: TruePair) -> float:
    """That of the hairs that stand in both photographs; NaN without an alignment."""
    stays = truth.before & truth.after & truth.common
    return float("nan") if alignment is None else apart_um(alignment, truth.before_um[stays], truth.after_um[stays])


def number(values: Mapping[str, object], name: str) -> float:
    """A value as a number; NaN where there is none."""
    value = values.get(name)
    return float(value) if isinstance(value, int | float) else float("nan")


def change_in_hairs(values: Mapping[str, object], truth: TruePair) -> float:
    """What a comparison says of the change, in hairs of the skin that both photographs show."""
    return number(values, "change_per_cm2") * truth.area_cm2


def plain_in_hairs(before: Mapping[str, object], after: Mapping[str, object], truth: TruePair) -> float:
    """What the densities of the two whole photographs say when they are subtracted, in hairs of the common skin."""
    return (number(after, "density_per_cm2") - number(before, "density_per_cm2")) * truth.area_cm2


def recount_in_hairs(before: View, after: View, truth: TruePair) -> float:
    """Hairs counted in the follow-up less those counted in the baseline, on the skin that both truly show."""
    turned = replace(truth, baseline=truth.followup, followup=truth.baseline)
    counts = [
        int(pair.in_common(view.root_um[view.counted] / view.um_per_px).sum())
        for view, pair in ((before, truth), (after, turned))
    ]
    return float(counts[1] - counts[0])


def holds(values: Mapping[str, object], low: str, high: str, truth: float) -> float:
    """1 where an interval holds the truth, 0 where not, NaN where there is no interval or no truth."""
    ends = number(values, low), number(values, high)
    if np.isnan([*ends, truth]).any():
        return float("nan")
    return float(ends[0] <= truth <= ends[1])


def distances_um(matches: Sequence[HairMatch], truth: TruePair) -> Floats:
    """How far each match (rows) lies from each true hair whose fate it names rightly, 1e6 from every other.

    A persisting hair must lie near in both photographs. One left open is judged as lost or gained, whichever it
    may be: its probability is that of a real change.
    """
    here = np.array([match.baseline_um for match in matches], float).reshape(-1, 2)
    there = np.array([match.followup_um for match in matches], float).reshape(-1, 2)
    old, new = (
        np.array([getattr(m, k) is not None for m in matches], bool) for k in ("baseline_hair", "followup_hair")
    )
    fate = np.array([match.fate for match in matches], dtype=str)
    first, second = cdist(here, truth.before_um), cdist(there, truth.after_um)
    stays, lost, gained = truth.before & truth.after, truth.before & ~truth.after, ~truth.before & truth.after
    as_lost = (fate == "lost") | ((fate == "ambiguous") & old)
    as_gained = (fate == "gained") | ((fate == "ambiguous") & new)
    apart = np.full(first.shape, _NEVER)
    for rows, columns, how_far in (
        (fate == "persisting", stays, np.maximum(first, second)),
        (as_lost, lost, first),
        (as_gained, gained, second),
    ):
        chosen = np.ix_(rows, columns)
        apart[chosen] = how_far[chosen]
    return np.where(apart <= ROOT_UM, apart, _NEVER)


def tally_fates(matches: Sequence[HairMatch], truth: TruePair) -> FateTally:
    """Score the fates of all hairs of the skin that both photographs show.

    Matches and true hairs are paired one to one so that as many as can be are right within 120 um, roots that lie
    closer being no business of the fate. What belongs to a hair that is hidden, or rooted outside, is left out.
    """
    apart = distances_um(matches, truth)
    rows, columns = linear_sum_assignment(apart)
    good = apart[rows, columns] < _NEVER
    hair = np.full(len(matches), -1)
    hair[rows[good]] = columns[good]
    scorable = truth.common & ~truth.hidden
    places = np.array([match.baseline_um for match in matches], float).reshape(-1, 2)
    inside = truth.in_common(places / truth.baseline.truth.um_per_px) if len(places) else np.empty(0, bool)
    right = hair >= 0
    scored = np.where(right, scorable[hair] if len(scorable) else False, inside)
    fate = np.array([match.fate for match in matches], dtype=str)
    firm = hair[right & (fate != "ambiguous")]
    recalled = np.isin(np.arange(len(scorable)), firm)
    true = dict(zip(FATES, _true_fates(truth), strict=True))
    return FateTally(
        named={name: int((scored & (fate == name)).sum()) for name in FATES},
        right={name: int((scored & right & (fate == name)).sum()) for name in FATES},
        true={name: int((scorable & true[name]).sum()) for name in FATES},
        recalled={name: int((scorable & true[name] & recalled).sum()) for name in FATES},
        ambiguous=int((scored & (fate == "ambiguous")).sum()),
        ambiguous_changed=int((scored & right & (fate == "ambiguous")).sum()),
        missed=_missed(matches, scored & ~right, truth),
        probability=np.array([match.probability for match in matches], float)[scored],
        kept=right[scored],
    )


def _true_fates(truth: TruePair) -> tuple[Bools, Bools, Bools]:
    return truth.before & truth.after, truth.before & ~truth.after, ~truth.before & truth.after


def _missed(matches: Sequence[HairMatch], wrong: Bools, truth: TruePair) -> int:
    """Count the hairs wrongly called lost or gained that lie where a hair stands in both photographs."""
    stays = truth.before & truth.after
    some = [match for match, is_wrong in zip(matches, wrong, strict=True) if is_wrong]
    old = [match.baseline_um for match in some if match.fate == "lost"]
    new = [match.followup_um for match in some if match.fate == "gained"]
    near = [
        (cdist(np.array(places), where[stays]).min(axis=1) <= ROOT_UM).sum()
        for places, where in ((old, truth.before_um), (new, truth.after_um))
        if places and stays.any()
    ]
    return int(sum(near))


def score_pair(
    pair: str,
    truth: TruePair,
    views: tuple[View, View],
    whole: tuple[Mapping[str, object], Mapping[str, object]],
    comparison: Comparison,
    verdict: str,
) -> PairOutcome:
    """Score a comparison against the truth of its two photographs.

    Parameters
    ----------
    pair : str
        What happened in between.
    truth : TruePair
    views : tuple of View
    whole : tuple of mapping
        Columns of ``photos.csv`` of the two photographs.
    comparison : Comparison
    verdict : str
    """
    values = comparison.values
    true_per_cm2 = truth.change / truth.area_cm2 if truth.area_cm2 else float("nan")
    true_width = truth.width_change_mean_um
    return PairOutcome(
        pair=pair,
        style=truth.baseline.truth.style,
        seed=truth.baseline.truth.seed,
        overlap=truth.overlap,
        comparable=comparison.comparable,
        reason=comparison.reason,
        apart_um=persisting_apart_um(comparison.alignment, truth),
        true_count=truth.count,
        true_change=truth.change,
        change=change_in_hairs(values, truth) if comparison.comparable else float("nan"),
        plain=plain_in_hairs(*whole, truth),
        recount=recount_in_hairs(*views, truth),
        held=holds(values, "change_low_per_cm2", "change_high_per_cm2", true_per_cm2),
        width_held=holds(values, "width_change_low_um", "width_change_high_um", true_width),
        width_change_um=number(values, "width_change_um"),
        true_width_change_um=true_width,
        fates=tally_fates(comparison.matches, truth) if comparison.comparable else FateTally(),
        values=values,
        verdict=verdict if comparison.comparable else "not_comparable",
        redness_change=number(whole[1], "redness_a") - number(whole[0], "redness_a"),
        flaking_change=number(whole[1], "flaking_share") - number(whole[0], "flaking_share"),
    )
