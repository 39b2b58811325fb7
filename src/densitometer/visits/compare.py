"""Compare two visits: lay one on the other, match hair to hair, and say what changed."""

from __future__ import annotations

from densitometer.settings import Settings
from densitometer.visits.align import align
from densitometer.visits.change import change_values
from densitometer.visits.comparison import Comparison, NotAligned
from densitometer.visits.match import match_hairs_of
from densitometer.visits.view import View


def compare_views(baseline: View, followup: View, settings: Settings | None = None) -> Comparison:
    """Compare two photographs of one site.

    The values lack ``mdc95_per_cm2`` and ``verdict``: both need the whole study.
    """
    settings = settings or Settings()
    alignment = align(baseline, followup, settings.align)
    if isinstance(alignment, NotAligned):
        return Comparison(False, alignment.reason, values={"alignment_log_odds": alignment.log_odds})
    matches = match_hairs_of(baseline, followup, alignment, settings.match)
    values = change_values(baseline, followup, alignment, matches, settings.change)
    return Comparison(True, "", alignment, matches, values)
