"""What is said of a study as a whole: numbers by arm, site, visit and parameter, each with its interval and its n."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import nan
from typing import Literal

from densitometer.statistics import Change, Difference, Estimate, Icc, Limits, Repeatability, Share, Summary
from densitometer.summary.model_row import ModelRow
from densitometer.summary.parameter import Measured, Method

EVERYBODY = ""
"""Arm of a study without arms."""


@dataclass(frozen=True)
class Place:
    """Where a number belongs: arm, site, visit and parameter.

    Attributes
    ----------
    arm : str
        Name; empty in a study without arms.
    site : str
        Label; may be empty.
    visit : str
        Label.
    visit_number : float
        Place of the visit in the order of the study.
    parameter : Measured
    """

    arm: str
    site: str
    visit: str
    visit_number: float
    parameter: Measured


@dataclass(frozen=True)
class SubjectValue:
    """One parameter of one subject, site and visit: the mean of the replicates that could be measured.

    Attributes
    ----------
    place : Place
    subject : str
        Code.
    date : str
        ISO, of the first photograph; empty where not known.
    value : float
        NaN where it could not be measured.
    baseline : float
        Value of the baseline of that subject and site; NaN where there is none.
    is_baseline, later : bool
        Whether the visit is the baseline of that subject and site, and whether it comes after it.
    change : mapping of method to float
        Change from the baseline; a method that told nothing is left out, and so are all of a visit that is not later.
    matched_baseline : float
        Value of the baseline in the skin that both visits show, of which a matched change of density is a change; NaN
        where there is none.
    photographs, measured : int
        How many photographs there are, and how many of them gave the number.
    """

    place: Place
    subject: str
    date: str
    value: float
    baseline: float
    is_baseline: bool
    later: bool
    change: dict[Method, float]
    photographs: int
    measured: int
    matched_baseline: float = nan


@dataclass(frozen=True)
class GroupValue:
    """Values of a group at a visit.

    Attributes
    ----------
    place : Place
    baseline : bool
        True where it is the baseline of all who have one there.
    expected : int
        Subjects of the arm who were photographed at that site at any visit.
    missed : int
        Those of them without a photograph of this visit.
    not_measured : int
        Those with a photograph and without a number.
    summary : densitometer.statistics.Summary
    """

    place: Place
    baseline: bool
    expected: int
    missed: int
    not_measured: int
    summary: Summary


@dataclass(frozen=True)
class GroupChange:
    """Change from baseline of a group at a later visit.

    Attributes
    ----------
    place : Place
    method : Method
    expected : int
        Subjects of the arm who were photographed at that site at any visit.
    change : densitometer.statistics.Change
        Of those with both values; a matched change has its own baseline mean (hairs that could be compared).
    controlled : bool
        False where no control was photographed at this site and visit, so that nothing tells what would have happened
        without treatment.
    """

    place: Place
    method: Method
    expected: int
    change: Change
    controlled: bool


@dataclass(frozen=True)
class GroupDifference:
    """Difference of mean changes: treated less control arm (Welch), or treated less control site (paired).

    Attributes
    ----------
    of : {'arms', 'sites'}
    first, second : str
        Arms or sites; ``second`` is the control.
    within : str
        The site in which arms differ, or the arm in which sites differ.
    visit : str
    visit_number : float
    parameter : Measured
    method : Method
    difference : densitometer.statistics.Difference
    expected_first, expected_second : int
        Subjects who were photographed at any visit, in both arms or at both sites.
    """

    of: Literal["arms", "sites"]
    first: str
    second: str
    within: str
    visit: str
    visit_number: float
    parameter: Measured
    method: Method
    difference: Difference
    expected_first: int = 0
    expected_second: int = 0


@dataclass(frozen=True)
class SubjectChange:
    """The change of density of one subject and site at a visit, beside what error may show (for waterfall plots).

    Attributes
    ----------
    arm, site, visit : str
    visit_number : float
    subject : str
    change, low, high : float
        Hair by hair, in hairs per cm2, with its interval.
    mdc95 : float
        Change that the error of measurement does not explain.
    verdict : str
        As in ``changes.csv``.
    mdc95_source : str
        ``replicates`` of this study, or ``validated`` on rendered scalps, where these were too few.
    """

    arm: str
    site: str
    visit: str
    visit_number: float
    subject: str
    change: float
    low: float
    high: float
    mdc95: float
    verdict: str
    mdc95_source: str = ""


@dataclass(frozen=True)
class Responders:
    """Who changed by more than error explains, by the verdict of the matched change.

    Attributes
    ----------
    arm, site, visit : str
    visit_number : float
    increase, decrease, within_error : Share
        Of those with a verdict.
    not_comparable : int
        Subjects with a photograph of the visit that could not be compared with the baseline.
    expected, missed : int
        Subjects of the arm who were photographed at that site at any visit, and those of them without a photograph of
        this visit: ``expected`` is ``missed``, ``not_comparable`` and those with a verdict together.
    mdc95_low, mdc95_high : float
        Smallest and largest MDC95 of those with a verdict; NaN of none.
    mdc95_source : str
        Where these come from: ``replicates``, ``validated``, or both, joined by ``;``.
    control : str
        Control arm that the share of increases is compared with; empty in that arm and where there is none.
    beside_control : Estimate or None
        Share of increases less that of the control arm at the same site and visit.
    """

    arm: str
    site: str
    visit: str
    visit_number: float
    increase: Share
    decrease: Share
    within_error: Share
    not_comparable: int
    expected: int = 0
    missed: int = 0
    mdc95_low: float = nan
    mdc95_high: float = nan
    mdc95_source: str = ""
    control: str = ""
    beside_control: Estimate | None = None


@dataclass(frozen=True)
class WithinVisit:
    """How far photographs of one site and visit differ, where nothing changed.

    Attributes
    ----------
    parameter : Measured
    method : Method
        ``matched``: the error of a change that was found hair by hair.
    repeatability : densitometer.statistics.Repeatability or None
        None for a matched change.
    matched_sem : Estimate or None
        Only for a matched change.
    mdc95 : float
        Smallest change of one subject between two single photographs that error does not explain; NaN if not known.
    icc : Icc or None
        ICC(2,1); None for a matched change.
    limits : Limits or None
        Bland-Altman, second replicate less first.
    pairs : tuple of (float, float)
        First and second replicate of each subject, site and visit that has both, for the plot.
    copies : int
        Photographs left out because the same file stands for another replicate.
    matched_pairs : int
        Pairs of replicates that could be matched hair by hair; 0 for ``subtracted``.
    subjects : int
        Of whom there are replicates.
    """

    parameter: Measured
    method: Method
    repeatability: Repeatability | None
    matched_sem: Estimate | None
    mdc95: float
    icc: Icc | None
    limits: Limits | None
    pairs: tuple[tuple[float, float], ...] = ()
    copies: int = 0
    matched_pairs: int = 0
    subjects: int = 0


@dataclass(frozen=True)
class Design:
    """What is compared with what.

    Attributes
    ----------
    control_arm, control_site : str
        Empty where there is none.
    arm_named_by, site_named_by : str
        ``stated`` by the user, or ``its name``; empty where there is none.
    """

    control_arm: str = ""
    control_site: str = ""
    arm_named_by: str = ""
    site_named_by: str = ""

    @property
    def controlled(self) -> bool:
        """Whether anything tells what would have happened without treatment."""
        return bool(self.control_arm or self.control_site)


@dataclass(frozen=True)
class StudySummary:
    """All that is said of a study.

    Attributes
    ----------
    design : Design
    subjects, photographs, measured : int
    values : tuple of SubjectValue
        What the group numbers were made of.
    groups, changes, differences, models, responders, waterfall, repeatability : tuple
        By parameter, site, arm and visit, in the order of the study.
    unphotographed : int
        Subjects of the table of subjects without any photograph.
    without_baseline : int
        Subjects and sites without a measured baseline, of which no change is told.
    notes : tuple of str
        Whole sentences that must stand beside the numbers, such as that nothing was compared.
    """

    design: Design
    subjects: int
    photographs: int
    measured: int
    values: tuple[SubjectValue, ...] = ()
    groups: tuple[GroupValue, ...] = ()
    changes: tuple[GroupChange, ...] = ()
    differences: tuple[GroupDifference, ...] = ()
    models: tuple[ModelRow, ...] = ()
    responders: tuple[Responders, ...] = ()
    waterfall: tuple[SubjectChange, ...] = ()
    repeatability: tuple[WithinVisit, ...] = ()
    without_baseline: int = 0
    unphotographed: int = 0
    notes: tuple[str, ...] = field(default=())
