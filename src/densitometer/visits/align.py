"""Lay two visits on one another by the constellation of their hair roots, or say why they cannot be."""

from __future__ import annotations

import numpy as np

from densitometer.settings.align import AlignSettings
from densitometer.visits.comparison import Alignment, NotAligned
from densitometer.visits.constellation import Constellation, constellation_of
from densitometer.visits.hypotheses import Hypotheses, distinct, propose
from densitometer.visits.refine import Fit, as_stiff_as_it_may_be, refine
from densitometer.visits.view import GRID_UM, View
from densitometer.visits.warp import Warp, similarity_of

_REFINED = 12  # proposals that are followed up
_APART_UM = 300.0  # proposals nearer than this are one
_BEYOND_DOUBT = 30.0  # log odds after which no other proposal is looked at
_FEW_ROOTS = 15  # fewer seldom tell one place from another
_TURNS = 2 * np.pi
_EVERY = 6  # cells along and across, when skin is only roughly measured
_MOST_CELLS = 200_000  # looked at when it is exactly measured
_SHIFT_SD, _TURN_SD, _SCALE_SD = 0.3, 0.15, 0.02  # shift in sides of the frame, turn in radians
_BY_HAND, _UPRIGHT = 0.9, 0.5  # shares of photographs so taken; of the others any shift and turn is as likely


def align(baseline: View, followup: View, settings: AlignSettings | None = None) -> Alignment | NotAligned:
    """Find where the baseline lies on the follow-up.

    Hairs are cut, combed and lost between visits, but roots stay: pairs of roots propose turns, scales and shifts, the
    likeliest are refined, and the best is believed only if it explains far more roots than chance would.

    Parameters
    ----------
    baseline, followup : View
    settings : AlignSettings, optional

    Returns
    -------
    Alignment or NotAligned
        The latter, with one sentence, when there are too few roots, when the photographs show different skin, when one
        of them is a mirror image, or when their scales contradict each other.
    """
    settings = settings or AlignSettings()
    for view, name in ((baseline, "baseline"), (followup, "follow-up")):
        if not view.usable.any():
            return NotAligned(f"The {name} {view.photo} shows no countable skin; take it again")
    ours, theirs = constellation_of(baseline, settings), constellation_of(followup, settings)
    for points, view, name in ((ours, baseline, "baseline"), (theirs, followup, "follow-up")):
        if len(points) < settings.least_roots:
            return NotAligned(_too_few(len(points), name, view, settings))
    fit, log_odds = best_fit(ours, theirs, settings)
    # Roots that stand much as their own mirror image does fit the wrong way round too, only worse: each pair twice.
    mirrored = -np.inf if log_odds > _BEYOND_DOUBT else best_fit(ours, theirs.mirrored(), settings)[1]
    if fit is None or log_odds <= max(0.0, mirrored):
        reason = _mirror(baseline, followup) if mirrored > 0 else _refusal(baseline, followup, len(ours), len(theirs))
        return NotAligned(reason, log_odds if np.isfinite(log_odds) else np.nan)
    if abs(np.log(fit.warp.scale_ratio)) > np.log1p(settings.most_scale_error):
        return NotAligned(_wrong_scale(baseline, followup, fit.warp.scale_ratio), log_odds)
    return Alignment(
        warp=fit.warp,
        rms_um=float(np.sqrt(np.mean(fit.apart_um**2))),
        matched=len(fit.ours),
        overlap_cm2=overlap_cm2(baseline, followup, fit.warp),
        log_odds=log_odds,
    )


def best_fit(ours: Constellation, theirs: Constellation, settings: AlignSettings) -> tuple[Fit | None, float]:
    """The warp with the most evidence, and that evidence less the price of the search, above 0 where believed.

    None and -inf where no warp matches enough roots on enough common skin.
    """
    return best_of(ours, theirs, distinct(propose(ours, theirs, settings), ours, _APART_UM, _REFINED), settings)


def best_of(
    ours: Constellation, theirs: Constellation, some: Hypotheses, settings: AlignSettings
) -> tuple[Fit | None, float]:
    """Refine one similarity after the other, and choose."""
    price = _price(ours, theirs, settings) + settings.least_log_odds
    best, most = None, -np.inf
    for turn, shift, middle in zip(some.turn, some.shift, some.middle, strict=True):
        start = Warp(similarity_of(complex(turn), complex(shift)))
        fit = refine(ours, theirs, start, complex(middle), settings)
        odds = fit.evidence + _usual(fit.warp, ours, theirs, settings) - price
        if odds > most and _is_enough(fit, ours, theirs, settings):
            best, most = fit, float(odds)
        if most > _BEYOND_DOUBT:
            break
    return (None, most) if best is None else (as_stiff_as_it_may_be(ours, theirs, best, settings), most)


def _is_enough(fit: Fit, ours: Constellation, theirs: Constellation, settings: AlignSettings) -> bool:
    """Tell whether a warp matches enough roots on enough common skin to be compared."""
    enough = len(fit.ours) >= settings.least_roots
    return enough and _overlap_share(ours, theirs, fit.warp) >= settings.least_overlap_share


def overlap_cm2(baseline: View, followup: View, warp: Warp) -> float:
    """Skin that is countable in both views, as large as it is at the baseline."""
    every = max(1, int(np.sqrt(baseline.usable.size / _MOST_CELLS)))
    row, column = np.nonzero(baseline.usable[every // 2 :: every, every // 2 :: every])
    places = (np.column_stack([column, row]).astype(np.float64) * every + every // 2) * GRID_UM
    return float(np.count_nonzero(followup.shows(warp.forward(places)))) * (every * GRID_UM * 1e-4) ** 2


def _overlap_share(ours: Constellation, theirs: Constellation, warp: Warp) -> float:
    """Share of the smaller view's countable skin that the other one shows too."""
    row, column = np.nonzero(ours.usable[::_EVERY, ::_EVERY])
    landing = warp.forward(np.column_stack([column, row]).astype(np.float64) * GRID_UM * _EVERY)
    common = np.count_nonzero(theirs.shows(landing[:, 0] + 1j * landing[:, 1])) * _EVERY**2
    smaller = min(int(np.count_nonzero(view.usable)) for view in (ours, theirs))
    return float(common / max(1, smaller))


def _price(ours: Constellation, theirs: Constellation, settings: AlignSettings) -> float:
    """Logarithm of how many warps there are to choose from that put some root elsewhere."""
    error = settings.root_error_um
    reach = [_frame(view)[1] for view in (ours, theirs)]
    places = (reach[0] + reach[1]) ** 2 / (2 * np.pi * error**2)
    lever = min(reach) / 2
    turns, scales = _TURNS * lever / error, 2 * settings.most_scale_error * lever / error
    return float(np.log(places) + np.log(max(turns, 1.0)) + np.log(max(scales, 1.0)))


def _usual(warp: Warp, ours: Constellation, theirs: Constellation, settings: AlignSettings) -> float:
    """How much likelier such a shift, turn and scale is than any other that is possible, as a logarithm.

    A camera set down again by hand stands about where it stood, about upright, as far away.
    """
    (mine, size), (other, other_size) = (_frame(view) for view in (ours, theirs))
    landing = complex(*warp.forward(np.array([[mine.real, mine.imag]]))[0])
    side = (size + other_size) / 2
    near = np.exp(-0.5 * (abs(landing - other) / (_SHIFT_SD * side)) ** 2) / (2 * np.pi * (_SHIFT_SD * side) ** 2)
    upright = _bell(warp.turn_rad, _TURN_SD) * _TURNS
    alike = _bell(warp.scale_ratio - 1, _SCALE_SD) * 2 * settings.most_scale_error
    return float(
        np.log(1 - _BY_HAND + _BY_HAND * near * (2 * side) ** 2)
        + np.log(1 - _UPRIGHT + _UPRIGHT * upright)
        + np.log(0.5 + 0.5 * alike)
    )


def _bell(value: float, sd: float) -> float:
    return float(np.exp(-0.5 * (value / sd) ** 2) / (sd * np.sqrt(_TURNS)))


def _frame(view: Constellation) -> tuple[complex, float]:
    """Middle of what a view shows, and the side of a square as large."""
    height, width = view.usable.shape
    return complex(width, height) * GRID_UM / 2, float(np.sqrt(view.usable.size)) * GRID_UM


def _mirror(baseline: View, followup: View) -> str:
    return f"{followup.photo} looks like a mirror image of {baseline.photo}; save it without mirroring"


def _refusal(baseline: View, followup: View, roots: int, followup_roots: int) -> str:
    """Say that the photographs show other skin, as far as can be told from so many roots."""
    causes = "another site, another person, a wrong scale or too little common skin"
    if min(roots, followup_roots) < _FEW_ROOTS:
        causes = "another site, another person, a wrong scale, too little common skin, or too few hairs "
        causes += f"({roots} and {followup_roots} found)"
    return (
        f"The hair roots of {baseline.photo} and {followup.photo} do not agree beyond chance: {causes}; check scales "
        "and which photographs these are, or take the follow-up at the same place"
    )


def _wrong_scale(baseline: View, followup: View, ratio: float) -> str:
    return (
        f"{baseline.photo} and {followup.photo} show one place, but their scales of {baseline.um_per_px:.4g} and "
        f"{followup.um_per_px:.4g} um per px contradict each other by {abs(ratio - 1):.0%}; correct the wrong one"
    )


def _too_few(count: int, name: str, view: View, settings: AlignSettings) -> str:
    roots = "no hair roots" if not count else "only 1 hair root" if count == 1 else f"only {count} hair roots"
    return (
        f"The {name} {view.photo} shows {roots}; {settings.least_roots} or more are needed to lay visits on one "
        "another, so take it again or compare the densities by hand"
    )
