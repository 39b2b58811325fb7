"""From fates to numbers: change of density with its interval, of width, and of unit sizes; and what may be said of it.

Sources: minimal detectable change as in Weir 2005, SEM = SD of the differences / sqrt 2 and MDC95 = 1.96 sqrt 2 SEM.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from densitometer.settings import ChangeSettings
from densitometer.visits.comparison import Alignment, HairMatch, Values, Verdict
from densitometer.visits.unit_change import unit_values
from densitometer.visits.view import View

FloatArray = NDArray[np.float64]
_Z95 = 1.959964
_OUTLIER_SD, _MAD_TO_SD = 4.0, 1.4826


def change_values(
    baseline: View,
    followup: View,
    alignment: Alignment,
    matches: Sequence[HairMatch],
    settings: ChangeSettings | None = None,
) -> Values:
    """Numeric columns of ``changes.csv`` that two views and their matches tell, by name; None where not measured.

    Densities are of the common field. A hair found once counts at either visit with the probability that it stood
    there: the change is the sum of the probabilities of those gained less that of those lost.
    """
    settings = settings or ChangeSettings()
    fates = [match.fate for match in matches]
    values: Values = {
        "overlap_cm2": alignment.overlap_cm2,
        "alignment_rms_um": alignment.rms_um,
        **{fate: fates.count(fate) for fate in ("persisting", "lost", "gained", "ambiguous")},
        "turn_deg": float(np.degrees(alignment.warp.turn_rad)),
        "scale_ratio": alignment.warp.scale_ratio,
        "matched_roots": alignment.matched,
        "alignment_log_odds": alignment.log_odds,
        **_plain_values(baseline, followup),
        **_width_values(matches, settings),
        **unit_values(baseline, followup, matches, settings.opening_um),
    }
    if alignment.overlap_cm2 > 0:
        values |= _density_values(_standing(baseline, followup, matches), alignment.overlap_cm2, settings)
    return values


def verdict_of(values: Values, mdc95_per_cm2: float | None) -> Verdict:
    """Say what may be said of one subject's change.

    An increase or decrease is one that measurement error does not explain: larger than the minimal detectable change,
    with an interval that leaves out 0.
    """
    change, low, high = (values.get(f"change{end}_per_cm2") for end in ("", "_low", "_high"))
    if change is None or low is None or high is None or mdc95_per_cm2 is None:
        return "not_comparable"
    if abs(float(change)) <= mdc95_per_cm2 or float(low) <= 0 <= float(high):
        return "within_error"
    return "increase" if float(change) > 0 else "decrease"


def _standing(
    baseline: View, followup: View, matches: Sequence[HairMatch]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Probability that each hair stood at the baseline, that it changed, and which way (1 gained, -1 lost); (n,) each.

    A pair that both photographs show alike has changed neither way.
    """
    sure = [dict(zip(view.hair.tolist(), view.confidence.tolist(), strict=True)) for view in (baseline, followup)]
    before = np.array([sure[0].get(match.baseline_hair, 0.0) for match in matches], float)
    after = np.array([sure[1].get(match.followup_hair, 0.0) for match in matches], float)
    said = np.array([match.probability for match in matches], float)
    chance = np.where([match.fate == "persisting" for match in matches], 1 - said, said)
    way = np.sign(after - before)
    real = np.where((before > 0) & (after > 0), 1.0, np.maximum(np.maximum(before, after), chance))
    return np.where(way > 0, real - chance, real), chance, way


def _density_values(
    standing: tuple[FloatArray, FloatArray, FloatArray], overlap_cm2: float, settings: ChangeSettings
) -> Values:
    """Densities on the common field; changes of hairs that neither photograph found are made up for."""
    stood, chance, way = standing
    before, change = float(stood.sum()), float((chance * way).sum()) / settings.found_share
    unsure = settings.unit_spread * float((chance * (1 - chance) * way**2).sum()) / settings.found_share**2
    half = _Z95 * (unsure + (settings.match_error_share * len(stood)) ** 2) ** 0.5
    return {
        "baseline_per_cm2": before / overlap_cm2,
        "followup_per_cm2": (before + change) / overlap_cm2,
        "change_per_cm2": change / overlap_cm2,
        "change_low_per_cm2": (change - half) / overlap_cm2,
        "change_high_per_cm2": (change + half) / overlap_cm2,
        "change_percent": 100 * change / before if before > 0 else None,
    }


def _plain_values(baseline: View, followup: View) -> Values:
    """What counting either photograph alone would say."""
    if not (baseline.area_cm2 and followup.area_cm2):
        return {}
    density = [np.count_nonzero(view.counted) / view.area_cm2 for view in (baseline, followup)]
    return {"plain_change_per_cm2": float(density[1] - density[0])}


def _width_values(matches: Sequence[HairMatch], settings: ChangeSettings) -> Values:
    """Mean width change of hairs measured twice, with its 95 % interval (Student's t), outliers left out.

    Light and focus widen or narrow all hairs of a photograph alike: that error is shared, and no number of hairs
    takes it away.
    """
    changes = np.array([match.width_change_um for match in matches if match.width_change_um is not None], float)
    values: Values = {"width_pairs": len(changes)}
    if len(changes) < settings.least_width_pairs:
        return values
    away = np.abs(changes - np.median(changes))
    changes = changes[away <= _OUTLIER_SD * _MAD_TO_SD * float(np.median(away))]
    mean, free = float(changes.mean()), max(1, len(changes) - 1)
    spread = float(changes.std(ddof=1)) if len(changes) > 1 else 0.0
    half = float(stdtrit(free, 0.975)) * (spread**2 / len(changes) + settings.width_error_um**2) ** 0.5
    return {
        **values,
        "width_change_um": mean,
        "width_change_low_um": mean - half,
        "width_change_high_um": mean + half,
    }
