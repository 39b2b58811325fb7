"""Lay two visits on one another by the constellation of their hair roots, or say why they cannot be."""

from __future__ import annotations

import numpy as np

from densitometer.settings.align import AlignSettings
from densitometer.visits.comparison import Alignment, NotAligned
from densitometer.visits.constellation import Constellation, constellation_of
from densitometer.visits.hypotheses import distinct, propose
from densitometer.visits.refine import Fit, refine
from densitometer.visits.view import GRID_UM, View
from densitometer.visits.warp import Warp, similarity_of

_REFINED = 12  # proposals that are followed up
_APART_UM = 300.0  # proposals nearer than this are one
_TURNS = 2 * np.pi


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
        The latter, with one sentence, when there are too few roots, when the photographs show different skin, or when
        one of them is a mirror image.
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
    if log_odds <= 0:
        return _refused(ours, theirs, baseline, followup, log_odds, settings)
    return Alignment(
        warp=fit.warp,
        rms_um=float(np.sqrt(np.mean(fit.apart_um**2))),
        matched=len(fit.ours),
        overlap_cm2=overlap_cm2(baseline, followup, fit.warp),
        log_odds=log_odds,
    )


def best_fit(ours: Constellation, theirs: Constellation, settings: AlignSettings) -> tuple[Fit, float]:
    """The warp with the most evidence, and that evidence less the price of the search, above 0 where believed."""
    some = distinct(propose(ours, theirs, settings), ours, _APART_UM, _REFINED)
    fits = [
        refine(ours, theirs, Warp(similarity_of(complex(turn), complex(shift))), complex(middle), settings)
        for turn, shift, middle in zip(some.turn, some.shift, some.middle, strict=True)
    ]
    best = max(fits, key=lambda fit: fit.evidence)
    return best, float(best.evidence - _price(ours, theirs, settings) - settings.least_log_odds)


def overlap_cm2(baseline: View, followup: View, warp: Warp) -> float:
    """Skin that is countable in both views, as large as it is at the baseline."""
    row, column = np.nonzero(baseline.usable)
    places = np.column_stack([column, row]).astype(np.float64) * GRID_UM
    return float(np.count_nonzero(followup.shows(warp.forward(places)))) * (GRID_UM * 1e-4) ** 2


def _price(ours: Constellation, theirs: Constellation, settings: AlignSettings) -> float:
    """Logarithm of how many warps there are to choose from that put some root elsewhere."""
    error = settings.root_error_um
    reach = [np.sqrt(view.usable.size) * GRID_UM for view in (ours, theirs)]
    places = (reach[0] + reach[1]) ** 2 / (2 * np.pi * error**2)
    lever = min(reach) / 2
    turns, scales = _TURNS * lever / error, 2 * settings.most_scale_error * lever / error
    return float(np.log(places) + np.log(max(turns, 1.0)) + np.log(max(scales, 1.0)))


def _refused(
    ours: Constellation,
    theirs: Constellation,
    baseline: View,
    followup: View,
    log_odds: float,
    settings: AlignSettings,
) -> NotAligned:
    """Say why: a mirror image, or other skin."""
    _, mirrored = best_fit(ours, theirs.mirrored(), settings)
    if mirrored > 0:
        return NotAligned(
            f"{followup.photo} looks like a mirror image of {baseline.photo}; save it without mirroring", log_odds
        )
    return NotAligned(
        f"The hair roots of {baseline.photo} and {followup.photo} do not agree beyond chance: another site, another "
        "person or too little overlap; check which photographs these are, or take the follow-up at the same place",
        log_odds,
    )


def _too_few(count: int, name: str, view: View, settings: AlignSettings) -> str:
    roots = "no hair roots" if not count else "only 1 hair root" if count == 1 else f"only {count} hair roots"
    return (
        f"The {name} {view.photo} shows {roots}; {settings.least_roots} or more are needed to lay visits on one "
        "another, so take it again or compare the densities by hand"
    )
