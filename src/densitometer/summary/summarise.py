"""Summarise a study: its stages in order."""

from __future__ import annotations

from densitometer.study.model import Study
from densitometer.summary.design import design_of
from densitometer.summary.differences import group_differences
from densitometer.summary.groups import group_changes, group_values
from densitometer.summary.model import StudySummary
from densitometer.summary.models import model_rows
from densitometer.summary.notes import notes_of
from densitometer.summary.repeatability import within_visits
from densitometer.summary.responders import responders_of, subject_changes
from densitometer.summary.values import subject_values


def summarise(study: Study, *, control_arm: str = "", control_site: str = "", models: bool = True) -> StudySummary:
    """Give the numbers of a study by arm, site, visit and parameter.

    Parameters
    ----------
    study : Study
    control_arm, control_site : str
        What serves as control, by name (an arm also by its code); where empty, what is named so.
    models : bool
        False to leave out the mixed models, which take time and need statsmodels.

    Raises
    ------
    StudyError
        When the control that was stated is not in the study.
    """
    design = design_of(study, control_arm, control_site)
    values = subject_values(study)
    changes = subject_changes(study)
    return StudySummary(
        design=design,
        subjects=len({one.subject for one in values}),
        photographs=len(study.photographs),
        measured=sum(one.measured for one in study.photographs),
        values=values,
        groups=group_values(values),
        changes=group_changes(values, design),
        differences=group_differences(values, design),
        models=model_rows(values, design) if models else (),
        responders=responders_of(study, changes, design),
        waterfall=changes,
        repeatability=within_visits(study),
        without_baseline=len(study.without_baseline),
        unphotographed=len(study.unphotographed),
        notes=notes_of(study, design),
    )
