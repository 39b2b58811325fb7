"""Match hair to hair between two aligned photographs of one site, and say what became of each."""

from __future__ import annotations

import numpy as np

from densitometer.settings import MatchSettings
from densitometer.visits.comparison import Alignment, Fate, HairMatch
from densitometer.visits.fates import changed
from densitometer.visits.pairing import pair_hairs
from densitometer.visits.places import Places, common_places
from densitometer.visits.view import View


def match_hairs_of(
    baseline: View,
    followup: View,
    alignment: Alignment,
    settings: MatchSettings | None = None,
) -> tuple[HairMatch, ...]:
    """Match the hairs of two views one to one, and give each of the common field its fate.

    Looked for are the hairs that at least one of the photographs counts; their partners may be any that is listed. A
    hair found at both visits persists, unless one of the two is too faint or too far off to be believed; a hair found
    once is lost or gained where that is likelier than not that it was missed or no hair, and ambiguous otherwise.

    Parameters
    ----------
    baseline, followup : View
    alignment : Alignment
    settings : MatchSettings, optional

    Returns
    -------
    tuple of HairMatch
        By baseline number, then those of the follow-up alone by theirs.
    """
    settings = settings or MatchSettings()
    pairing = pair_hairs(baseline, followup, alignment, settings)
    places = common_places(baseline, followup, alignment, pairing)
    chance = changed(baseline, followup, alignment, pairing, places, settings)
    counted = np.append(baseline.counted, False)[places.baseline] | np.append(followup.counted, False)[places.followup]
    matches = [_match(baseline, followup, places, int(k), float(chance[k]), settings) for k in np.flatnonzero(counted)]
    return tuple(sorted(matches, key=_order))


def _order(match: HairMatch) -> tuple[bool, int, int]:
    return match.baseline_hair is None, match.baseline_hair or 0, match.followup_hair or 0


def _match(
    baseline: View, followup: View, places: Places, at: int, chance: float, settings: MatchSettings
) -> HairMatch:
    first, second = int(places.baseline[at]), int(places.followup[at])
    fate = _fate(first >= 0 and second >= 0, bool(places.surest_after[at]), chance, settings)
    return HairMatch(
        baseline_hair=int(baseline.hair[first]) if first >= 0 else None,
        followup_hair=int(followup.hair[second]) if second >= 0 else None,
        fate=fate,
        probability=1 - chance if fate == "persisting" else chance,
        width_change_um=_width_change(baseline, followup, first, second) if fate == "persisting" else None,
        baseline_um=(float(places.baseline_um[at, 0]), float(places.baseline_um[at, 1])),
        followup_um=(float(places.followup_um[at, 0]), float(places.followup_um[at, 1])),
    )


def _fate(paired: bool, after: bool, chance: float, settings: MatchSettings) -> Fate:
    if paired:
        return "persisting" if chance <= settings.least_ambiguous else "ambiguous"
    if chance < settings.least_changed:
        return "ambiguous"
    return "gained" if after else "lost"


def _width_change(baseline: View, followup: View, first: int, second: int) -> float | None:
    """Change of width where both photographs measured it, rather than estimate it."""
    if baseline.estimated[first] or followup.estimated[second]:
        return None
    change = float(followup.width_um[second] - baseline.width_um[first])
    return change if np.isfinite(change) else None
