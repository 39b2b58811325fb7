"""Which hair of one photograph is which of the other: one-to-one, by where roots lie, then by direction and length."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from densitometer.settings import MatchSettings
from densitometer.visits.comparison import Alignment
from densitometer.visits.view import View

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
ComplexArray = NDArray[np.complex128]

_MAD_TO_SD = 1.4826
_FEW = 8
_USUAL_TURN, _USUAL_LENGTH = np.radians(30.0), 0.5


@dataclass(frozen=True)
class Strokes:
    """Hairs as strokes from root to tip, in the follow-up's frame: (n, 2) um each."""

    root: FloatArray
    tip: FloatArray

    @property
    def along(self) -> ComplexArray:
        """Root to tip as complex numbers, (n,); never 0."""
        along = (self.tip - self.root) @ np.array([1, 1j])
        return np.asarray(np.where(along == 0, 1.0, along))

    @property
    def reversed(self) -> Strokes:
        """The same with root and tip exchanged."""
        return Strokes(self.tip, self.root)

    def changed(self, turn: float, longer: float) -> Strokes:
        """The same roots with shafts turned by an angle (rad) and longer by a factor (logarithm)."""
        along = self.along * np.exp(longer + 1j * turn)
        return Strokes(self.root, self.root + np.column_stack([along.real, along.imag]))


@dataclass(frozen=True)
class Habit:
    """How hairs that are one differ between two photographs: mean and spread of turn (rad) and of log length."""

    along_um: float
    across_um: float
    turn: float
    turn_spread: float
    longer: float
    longer_spread: float


@dataclass(frozen=True)
class Pairing:
    """Pairs by index into either view, and how well they fit (log odds)."""

    baseline: IntArray
    followup: IntArray
    fit: FloatArray
    habit: Habit


def pair_hairs(baseline: View, followup: View, alignment: Alignment, settings: MatchSettings) -> Pairing:
    """Pair all listed hairs of two views, one to one.

    The counted hairs alone say how far roots scatter, and whether hair was combed or cut in between; all listed ones
    are then assigned so that the sum of the log odds of being one hair, against lying there by chance, is largest.
    """
    before = Strokes(alignment.warp.forward(baseline.root_um), alignment.warp.forward(baseline.tip_um))
    after = Strokes(followup.root_um, followup.tip_um)
    habit = _habit(before, after, baseline.counted, followup.counted, settings)
    fit = _fit(before, after, baseline, followup, habit, settings)
    cost = -np.maximum(fit, 0.0)
    first, second = linear_sum_assignment(cost)
    good = fit[first, second] > 0
    first, second = first[good], second[good]
    return Pairing(first, second, fit[first, second], habit)


def _distance(a: FloatArray, b: FloatArray) -> FloatArray:
    return np.asarray(np.linalg.norm(a[:, None] - b[None], axis=2))


def _habit(
    before: Strokes, after: Strokes, sure_before: BoolArray, sure_after: BoolArray, settings: MatchSettings
) -> Habit:
    """Read from mutual nearest counted roots how hairs differ between the photographs."""
    least = Habit(settings.root_um, settings.root_um, 0.0, np.radians(settings.turn_deg), 0.0, settings.length_log)
    ours, theirs = np.flatnonzero(sure_before), np.flatnonzero(sure_after)
    if not (len(ours) and len(theirs)):
        return least
    far = _distance(before.root[ours], after.root[theirs])
    near = far.argmin(axis=1)
    mutual = (far.argmin(axis=0)[near] == np.arange(len(ours))) & (far.min(axis=1) < settings.reach_um)
    ours, theirs = ours[mutual], theirs[near[mutual]]
    if len(ours) < _FEW:
        return Habit(3 * settings.root_um, 2 * settings.root_um, 0.0, _USUAL_TURN, 0.0, _USUAL_LENGTH)
    change = after.along[theirs] / before.along[ours]
    turn = _middle_turn(change)
    away = np.abs(np.angle(change * np.exp(-1j * turn)))
    longer = np.log(np.abs(change))
    error = (after.root[theirs] - before.root[ours]) @ np.array([1, 1j]) * after.along[theirs].conj()
    error /= np.abs(after.along[theirs])
    return Habit(
        along_um=max(settings.root_um, _spread(error.real)),
        across_um=max(settings.root_um, _spread(error.imag)),
        turn=turn,
        turn_spread=max(least.turn_spread, _MAD_TO_SD * float(np.median(away))),
        longer=float(np.median(longer)),
        longer_spread=max(least.longer_spread, _spread(longer - np.median(longer))),
    )


def _spread(deviations: FloatArray) -> float:
    """Robust standard deviation about 0."""
    return float(_MAD_TO_SD * np.median(np.abs(deviations)))


def _middle_turn(change: ComplexArray) -> float:
    """Angle from which the turns lie nearest, by median about their circular mean."""
    mean = np.angle((change / np.abs(change)).sum())
    return float(mean + np.median(np.angle(change * np.exp(-1j * mean))))


def _fit(
    before: Strokes, after: Strokes, baseline: View, followup: View, habit: Habit, settings: MatchSettings
) -> FloatArray:
    """Log odds that two hairs are one against chance, (n, m); -inf beyond reach."""
    wrong = [np.log(np.maximum(1 - view.root_confidence, 0.02)) for view in (baseline, followup)]
    wrong_end = np.logaddexp(wrong[0][:, None], wrong[1][None])
    straight, apart = _same(before, after, habit, settings)
    ways = [(straight, apart)]
    for ours, theirs in ((before.reversed, after), (before, after.reversed)):
        fit, far = _same(ours, theirs, habit, settings)
        ways.append((fit + wrong_end, far))
    best = np.argmax([fit for fit, _ in ways], axis=0)
    fit = np.choose(best, [fit for fit, _ in ways])
    apart = np.choose(best, [far for _, far in ways])
    sure = np.log(0.1 + baseline.confidence)[:, None] + np.log(0.1 + followup.confidence)[None]
    return np.where(apart < settings.reach_um, fit + sure, -np.inf)


def _same(before: Strokes, after: Strokes, habit: Habit, settings: MatchSettings) -> tuple[FloatArray, FloatArray]:
    apart = _distance(before.root, after.root)
    per_um2 = 6e-6  # listed hairs: some 600 a cm2 where hairs crowd
    change = after.along[None] / before.along[:, None]
    turn = np.angle(change * np.exp(-1j * habit.turn)) / habit.turn_spread
    longer = (np.log(np.abs(change)) - habit.longer) / habit.longer_spread
    place = _place(before, after, habit, 1.0)
    far = _place(before, after, habit, settings.stray_reach)
    place = np.logaddexp(np.log(1 - settings.stray_share) + place, np.log(settings.stray_share) + far) - np.log(per_um2)
    return place + _heavy(turn, habit.turn_spread, 2 * np.pi, settings) + _heavy(
        longer, habit.longer_spread, 2.5, settings
    ), apart


def _place(before: Strokes, after: Strokes, habit: Habit, wider: float) -> FloatArray:
    """Log density (per um2) of roots that lie so far apart; each errs along its own shaft more than across it."""
    gap = after.root[None] - before.root[:, None]
    along2 = max(habit.along_um**2 - habit.across_um**2, 0.0) * wider**2 / 2
    ours, theirs = _unit(before.along), _unit(after.along)
    xx, yy, xy = (
        along2 * (ours[:, i] * ours[:, j])[:, None] + along2 * (theirs[:, i] * theirs[:, j])[None]
        for i, j in ((0, 0), (1, 1), (0, 1))
    )
    xx, yy = xx + (wider * habit.across_um) ** 2, yy + (wider * habit.across_um) ** 2
    determinant = xx * yy - xy**2
    square = (yy * gap[..., 0] ** 2 - 2 * xy * gap[..., 0] * gap[..., 1] + xx * gap[..., 1] ** 2) / determinant
    return np.asarray(-0.5 * square - 0.5 * np.log(determinant) - np.log(2 * np.pi))


def _unit(along: ComplexArray) -> FloatArray:
    angle = np.angle(along)
    return np.column_stack([np.cos(angle), np.sin(angle)])


def _heavy(deviation: FloatArray, spread: float, chance: float, settings: MatchSettings) -> FloatArray:
    """Log odds of a deviation (in spreads) against chance that is even over a range, with a share of strays."""
    normal = np.exp(-0.5 * deviation**2) / (np.sqrt(2 * np.pi) * spread) * chance
    return np.asarray(np.log((1 - settings.stray_share) * normal + settings.stray_share))
