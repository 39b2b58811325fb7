"""How much of a hair found at one visit alone is still seen, in the other photograph, where it would lie.

What astronomers call forced photometry: a source known from one picture is measured at its place in another, whether
or not a search finds it there. Other hairs found there are painted out first: a neighbour that lies over the place says
nothing of the hair that is looked for.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from densitometer.prepare import Prepared
from densitometer.visits.pairing import Habit, Strokes
from densitometer.visits.view import View

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

_STOPS = np.linspace(0.1, 0.8, 8)
_LEAST_STOPS = 4
_PAINTED_UM = 70.0
_ASIDE = (-1.5, -0.75, 0.0, 0.75, 1.5)  # in spreads of roots across hair
_ALONG = (-1.0, 0.0, 1.0)  # and along it
_LEAST_SPREAD_UM = 10.0
_OWN_ASIDE_UM = (-20.0, -10.0, 0.0, 10.0, 20.0)
_STEADY_TURN, _MOST_TURN, _STEADY_STEP = np.radians(8.0), np.radians(25.0), np.radians(6.0)
_TURNS = 9
_LEAST_DARKNESS = 0.02
_MOST_POINTS = 32_000
"""OpenCV's remap takes no more rows than fit into 16 bits."""


def darkness_left(
    here: View, there: View, hairs: IntArray, laid: Strokes, others: Strokes, painted: BoolArray, habit: Habit
) -> FloatArray:
    """Darkness of some hairs' places at the other visit, in parts of their own.

    Parameters
    ----------
    here, there : View
        That show the hairs, and that they are looked for in.
    hairs : (n,) int array
        Indices into ``here``.
    laid : Strokes
        All hairs of ``here`` as they would lie in ``there``.
    others, painted : Strokes, bool array
        Hairs of ``there``, and which of them are painted out.
    habit : Habit

    Returns
    -------
    (n,) float array
        About 1 where the hair still stands and 0 where skin is bare; NaN where that cannot be told.
    """
    left = np.full(len(hairs), np.nan)
    if here.prepared is None or there.prepared is None or not len(hairs):
        return left
    mine = _lines(here.root_um[hairs], here.tip_um[hairs], np.zeros(1), np.array(_OWN_ASIDE_UM), np.zeros(1))
    darkness = np.median(_sampled(here.prepared.darkness, here, mine), axis=2)
    own = darkness.max(axis=1)
    across, along = (max(spread, _LEAST_SPREAD_UM) for spread in (habit.across_um, habit.along_um))
    tried = _lines(
        laid.root[hairs], laid.tip[hairs], _turns(habit), np.array(_ASIDE) * across, np.array(_ALONG) * along
    )
    sign = 1.0 if here.prepared.light_hair == there.prepared.light_hair else -1.0
    seen = sign * _sampled(there.prepared.darkness, there, tried)
    free = _sampled(_painted(there, others, painted), there, tried) < 0.5  # noqa: PLR2004  more free than painted
    told = np.count_nonzero(free, axis=2) >= _LEAST_STOPS
    middle = np.nanmedian(np.where(free | ~told[..., None], seen, np.nan), axis=2)
    best = np.where(told, middle, -np.inf).max(axis=1)
    known = np.isfinite(best) & (own >= _LEAST_DARKNESS)
    left[known] = best[known] / own[known]
    return left


def _turns(habit: Habit) -> FloatArray:
    """Angles to try: a little where hair lies as it lay, as widely as it does where it was combed or cut."""
    if habit.turn_spread < _STEADY_TURN:
        return np.array([-_STEADY_STEP, 0.0, _STEADY_STEP])
    return np.linspace(-2, 2, _TURNS) * min(habit.turn_spread, _MOST_TURN)


def _lines(root: FloatArray, tip: FloatArray, turns: FloatArray, aside: FloatArray, along: FloatArray) -> FloatArray:
    """Points of every line that each hair may take, (n, lines, stops, 2) um."""
    shaft = (tip - root) @ np.array([1, 1j])
    unit = shaft / np.maximum(np.abs(shaft), 1.0)
    start = (root @ np.array([1, 1j]))[:, None, None] + unit[:, None, None] * (along[:, None] + 1j * aside)
    turned = shaft[:, None] * np.exp(1j * turns)
    points = start.reshape(len(root), 1, -1, 1) + turned[:, :, None, None] * _STOPS
    points = points.reshape(len(root), -1, len(_STOPS))
    return np.stack([points.real, points.imag], axis=-1)


def _painted(view: View, strokes: Strokes, chosen: BoolArray) -> NDArray[np.float32]:
    """1 where one of these hairs lies, as large as the prepared picture."""
    prepared = _prepared(view)
    mask = np.zeros(prepared.darkness.shape, np.uint8)
    thick = max(1, round(_PAINTED_UM / prepared.um_per_px))
    ends = [_in_prepared(view, end[chosen]) for end in (strokes.root, strokes.tip)]
    for first, last in zip(*(np.round(np.clip(end, -1e4, 1e5)).astype(int).tolist() for end in ends), strict=True):
        cv2.line(mask, first, last, 1, thick)
    return mask.astype(np.float32)


def _sampled(image: NDArray[np.float32], view: View, lines_um: FloatArray) -> FloatArray:
    points = _in_prepared(view, lines_um.reshape(-1, 1, 2)).astype(np.float32)
    found = [
        cv2.remap(image, points[k : k + _MOST_POINTS], None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        for k in range(0, len(points), _MOST_POINTS)
    ]
    return np.concatenate(found).reshape(lines_um.shape[:-1]).astype(float)


def _in_prepared(view: View, places_um: FloatArray) -> FloatArray:
    return np.asarray(_prepared(view).from_photo(places_um / view.picture_um_per_px))


def _prepared(view: View) -> Prepared:
    assert view.prepared is not None  # callers have looked
    return view.prepared
