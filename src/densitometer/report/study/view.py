"""The study page as a whole: ready texts, plots and tables, made of a study and its summary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from densitometer.report.study.axis import axis_of
from densitometer.report.study.build import subject_numbers
from densitometer.report.study.caveats import few_sentences, uncontrolled_sentences
from densitometer.report.study.change_band import change_plots
from densitometer.report.study.devices import Devices, devices_of
from densitometer.report.study.differences import difference_tables, result_sentences
from densitometer.report.study.flow import Step, flow_of
from densitometer.report.study.parts import Plot, Table, counted
from densitometer.report.study.replicates import error_sentences, replicate_plots
from densitometer.report.study.skin import CAVEAT, skin_plots
from densitometer.report.study.timelines import timelines
from densitometer.report.study.waterfall import waterfalls
from densitometer.report.texts import shown
from densitometer.study.model import Study
from densitometer.summary.model import StudySummary

UNCONTROLLED = ", uncontrolled"


@dataclass(frozen=True)
class Section:
    """A part of the study page: its heading, what stands first, its plots, and tables below them."""

    name: str
    title: str
    sentences: tuple[str, ...]
    plots: tuple[Plot, ...]
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True)
class StudyView:
    """What the study page shows.

    Attributes
    ----------
    gist : tuple of str
        Whole sentences: who was photographed, where, when.
    results : tuple of str
        What came out, a sentence each.
    notes : tuple of str
        What must stand beside the numbers.
    flow : tuple of Step
    sections : tuple of Section
        Those that have anything to show.
    devices : Devices
    """

    gist: tuple[str, ...]
    results: tuple[str, ...]
    notes: tuple[str, ...]
    flow: tuple[Step, ...]
    sections: tuple[Section, ...]
    devices: Devices


def view_study(
    study: Study,
    summary: StudySummary,
    photos: Mapping[str, int] | None = None,
    subjects: dict[str, int] | None = None,
) -> StudyView:
    """Put the study page together.

    Parameters
    ----------
    study : Study
    summary : StudySummary
    photos : mapping of str to int or None
        Places of photographs on the page, for links.
    subjects : dict of str to int, or None
        Numbers of subjects on their own page, for links; of all if not given.
    """
    numbers, axis = subject_numbers(study) if subjects is None else subjects, axis_of(study)
    label = "" if summary.design.controlled else UNCONTROLLED
    sections = (
        Section("over-time", "Density and width over the visits", (), timelines(summary, axis, numbers)),
        Section(
            "since-baseline",
            f"Change since the baseline{label}",
            (_WITHIN, *uncontrolled_sentences(summary, axis), *few_sentences(summary, axis)),
            change_plots(summary, axis, numbers),
            difference_tables(summary, axis),
        ),
        Section(
            "responders", f"Who changed by more than error{label}", (_CHANGED,), waterfalls(summary, axis, numbers)
        ),
        Section("repeatability", "Repeatability", error_sentences(summary), replicate_plots(summary)),
        Section("skin", "Redness and flaking of the scalp", (CAVEAT,), skin_plots(summary, axis, numbers)),
    )
    return StudyView(
        gist=tuple(_gist(study)),
        results=result_sentences(summary, axis),
        notes=tuple(shown(_with_command(note)) for note in summary.notes),
        flow=flow_of(study),
        sections=tuple(
            one for one in sections if one.plots or one.tables or (one.name == "repeatability" and one.sentences)
        ),
        devices=devices_of(study, numbers, photos or {}),
    )


_OPTIONS = "with --control or --control-site"
_OF_COMMAND = "(name one with 'densitometer summarise OUT --control ARM' or '--control-site SITE')"
_WITHIN = (
    "Change within a group is no effect of treatment; only the difference from a control can be, where arms or sites "
    "were drawn by lot."
)
_CHANGED = (
    "A subject has changed by more than error where the change exceeds MDC95 and its interval leaves out zero. MDC95 "
    "from replicates is the error of two photographs of one visit; between visits more differs, such as combing and "
    "cutting, so that unchanged scalps can exceed it far more often than 1 time in 20. It does not say what caused the "
    "change, nor that anybody would see it."
)


def _with_command(note: str) -> str:
    """Say of which command an option is: this page has none."""
    return note.replace(_OPTIONS, _OF_COMMAND)


def _gist(study: Study) -> Iterable[str]:
    """Who, where and when, a sentence each."""
    subjects = len(subject_numbers(study))
    where = ", ".join(shown(site.label) for site in study.sites if site.label)
    visits = ", ".join(shown(visit.label) for visit in study.visits)
    yield f"{counted(len(study.photographs), 'photograph')} of {counted(subjects, 'subject')}."
    if study.arms:
        yield f"Arms: {', '.join(shown(arm.name) for arm in study.arms)}."
    if where:
        yield f"Sites: {where}."
    if visits:
        yield f"Visits: {visits}."
    dates = sorted(one.date for one in study.photographs if one.date)
    if dates:
        yield f"Dates of the visits: {dates[0]} to {dates[-1]}." if dates[0] != dates[-1] else f"Date: {dates[0]}."
