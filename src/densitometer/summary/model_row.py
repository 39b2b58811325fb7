"""A row of the mixed model of a study."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

from densitometer.statistics import Estimate
from densitometer.summary.parameter import Measured, Method


@dataclass(frozen=True)
class ModelRow:
    """A least-squares mean of the mixed model of the change from baseline, and its difference from the control arm.

    Attributes
    ----------
    site, arm, visit : str
    visit_number : float
    parameter : Measured
    method : Method
    n, subjects : int
        Values in this cell; subjects in the model.
    mean : Estimate
        Change from baseline, at the mean baseline of all.
    mean_error, mean_freedom : float
        Its standard error and degrees of freedom; NaN where they cannot be told.
    difference : Estimate or None
        From the control arm; None in the control arm itself and where there is none.
    difference_error, difference_freedom, p : float
        NaN where there is no difference.
    control : str
        Empty where there is none.
    fitted : str
        ``mixed model`` or ``least squares``; empty where nothing could be fitted.
    reason : str or None
        Why there is no number.
    """

    site: str
    arm: str
    visit: str
    visit_number: float
    parameter: Measured
    method: Method
    n: int
    subjects: int
    mean: Estimate
    difference: Estimate | None
    control: str
    fitted: str
    reason: str | None
    mean_error: float = nan
    mean_freedom: float = nan
    difference_error: float = nan
    difference_freedom: float = nan
    p: float = nan
