"""Statistics of studies: arrays go in, frozen dataclasses come out.

This room stands low in the house, beside ``processes``: it knows nothing of photographs, results or settings, so that
results, exports, reports and benchmarks compute the same number in the same way. NumPy and SciPy serve; statsmodels,
which comes with the extra ``statistics``, is imported when a mixed model is fitted.

=================  =====================================================================================
``repeatability``  error of measurement from replicates (SEM, CV), minimal detectable change
``icc``            intraclass correlations ICC(1,1), ICC(2,1), ICC(3,1)
``limits``         Bland-Altman limits of agreement, of one pair a subject and of several
``groups``         mean, median, change and per cent change of a group; differences of arms and of sites
``shares``         responders and other shares, differences of shares
``mixed``          mixed model for repeated measures: least-squares means and differences of arms by visit
``power``          subjects needed, by formula and by simulation
=================  =====================================================================================

What cannot be told is NaN with a reason in plain words, never 0 and never an exception; lists that do not fit each
other are a mistake of the caller and a ``ValueError``. Values that were not measured (NaN, None) are left out and
counted. Differences are first minus second in ``groups`` and ``shares``, as treated minus control, but second minus
first in ``limits``, as in the literature of agreement.
"""

from densitometer.statistics.estimate import Estimate
from densitometer.statistics.groups import (
    Change,
    Difference,
    Summary,
    change,
    difference,
    mean,
    median,
    paired_difference,
    summary,
)
from densitometer.statistics.icc import Icc, icc_agreement, icc_consistency, icc_one_way, icc_two_way
from densitometer.statistics.limits import Agreement, Limits, bland_altman, limits_of_agreement, limits_of_pairs
from densitometer.statistics.mixed import Cell, Contrast, RepeatedMeasures, repeated_measures
from densitometer.statistics.power import (
    Needed,
    Plan,
    power_by_formula,
    power_by_simulation,
    subjects_by_formula,
    subjects_by_simulation,
)
from densitometer.statistics.repeatability import Repeatability, detectable_change, repeatability_of
from densitometer.statistics.shares import Share, responders, share, share_difference

__all__ = [
    "Agreement",
    "Cell",
    "Change",
    "Contrast",
    "Difference",
    "Estimate",
    "Icc",
    "Limits",
    "Needed",
    "Plan",
    "Repeatability",
    "RepeatedMeasures",
    "Share",
    "Summary",
    "bland_altman",
    "change",
    "detectable_change",
    "difference",
    "icc_agreement",
    "icc_consistency",
    "icc_one_way",
    "icc_two_way",
    "limits_of_agreement",
    "limits_of_pairs",
    "mean",
    "median",
    "paired_difference",
    "power_by_formula",
    "power_by_simulation",
    "repeatability_of",
    "repeated_measures",
    "responders",
    "share",
    "share_difference",
    "subjects_by_formula",
    "subjects_by_simulation",
    "summary",
]
