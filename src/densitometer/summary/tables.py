"""Rows of the CSV files in which the summary of a study is written: one table each, long rather than wide.

Units are spelt as in ``photos.csv`` (``hairs/cm2``, ``um``). What could not be told is an empty cell beside a reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from math import isfinite

from densitometer.dictionary import Column
from densitometer.results.rows import Cell
from densitometer.statistics import Estimate
from densitometer.summary.columns import (
    CHANGE_COLUMNS,
    DIFFERENCE_COLUMNS,
    EFFECT_COLUMNS,
    MODEL_COLUMNS,
    REPEATABILITY_COLUMNS,
    RESPONDER_COLUMNS,
    SUBJECT_CHANGE_COLUMNS,
    SUBJECT_VALUE_COLUMNS,
    VALUE_COLUMNS,
)
from densitometer.summary.literature import EFFECTS, Effect
from densitometer.summary.model import (
    GroupChange,
    GroupDifference,
    GroupValue,
    Place,
    Responders,
    StudySummary,
    SubjectChange,
    SubjectValue,
    WithinVisit,
)
from densitometer.summary.model_row import ModelRow
from densitometer.summary.parameter import Measured

Row = tuple[Cell, ...]


@dataclass(frozen=True)
class Table:
    """A table: its name without ``.csv``, its columns, and its rows in their order."""

    name: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


def tables_of(summary: StudySummary) -> tuple[Table, ...]:
    """Give all tables of a summary, in the order in which they are written.

    Parameters
    ----------
    summary : StudySummary
    """
    return (
        _table("group_values", VALUE_COLUMNS, map(_value, summary.groups)),
        _table("group_changes", CHANGE_COLUMNS, map(_change, summary.changes)),
        _table("group_differences", DIFFERENCE_COLUMNS, map(_difference, summary.differences)),
        _table("model", MODEL_COLUMNS, map(_model, summary.models)),
        _table("responders", RESPONDER_COLUMNS, map(_responders, summary.responders)),
        _table("subject_values", SUBJECT_VALUE_COLUMNS, map(_subject_value, summary.values)),
        _table("subject_changes", SUBJECT_CHANGE_COLUMNS, map(_subject_change, summary.waterfall)),
        _table("repeatability", REPEATABILITY_COLUMNS, map(_within_visit, summary.repeatability)),
        _table("effect_sizes", EFFECT_COLUMNS, map(_effect, EFFECTS)),
    )


def facts_of(summary: StudySummary) -> Mapping[str, object]:
    """Give what stands beside the tables: counts, what controls, and the notes that belong to the numbers.

    Parameters
    ----------
    summary : StudySummary
    """
    return {
        "subjects": summary.subjects,
        "photographs": summary.photographs,
        "measured": summary.measured,
        "subjects_without_photograph": summary.unphotographed,
        "subjects_and_sites_without_baseline": summary.without_baseline,
        "design": {**asdict(summary.design), "controlled": summary.design.controlled},
        "notes": list(summary.notes),
    }


def unit_of(parameter: Measured) -> str:
    """Unit of a parameter as tables spell it, in letters that every keyboard has."""
    return parameter.unit.replace("²", "2").replace("µ", "u")


def _table(name: str, columns: tuple[Column, ...], rows: Iterable[Row]) -> Table:
    return Table(name, columns, tuple(rows))


def _known(*numbers: float) -> Iterator[float | None]:
    yield from (number if isfinite(number) else None for number in numbers)


def _ends(*estimates: Estimate | None) -> Iterator[float | None]:
    """Value, lower and upper end of each."""
    for one in estimates:
        yield from _known(one.value, one.low, one.high) if one else (None, None, None)


def _reasons(*estimates: Estimate | None) -> Iterator[str]:
    yield from (one.reason or "" if one else "" for one in estimates)


def _bool(is_so: bool) -> str:
    return "true" if is_so else "false"


def _group(place: Place) -> Row:
    return place.site, place.arm, place.visit, place.visit_number, place.parameter.name, unit_of(place.parameter)


def _value(one: GroupValue) -> Row:
    told = one.summary
    return (
        *_group(one.place),
        _bool(one.baseline),
        one.expected,
        one.missed,
        one.not_measured,
        told.n,
        *_ends(told.mean),
        *_known(told.sd),
        *_ends(told.median),
        *_reasons(told.mean, told.median),
    )


def _change(one: GroupChange) -> Row:
    told = one.change
    estimates = (told.mean, told.median, told.percent_of_means, told.mean_of_percents)
    counts = (one.expected, told.not_measured, told.n)
    means = _known(told.baseline_mean, told.followup_mean)
    head = (*_group(one.place), one.method, _bool(one.controlled), *counts, *means)
    return (*head, *_ends(told.mean), *_known(told.sd), *_ends(*estimates[1:]), *_reasons(*estimates))


def _difference(one: GroupDifference) -> Row:
    told, parameter = one.difference, one.parameter
    where = (one.of, one.first, one.second, one.within, one.visit, one.visit_number)
    counts = (told.n_first, told.n_second, one.expected_first, one.expected_second)
    numbers = (*_ends(told.estimate), *_known(told.freedom, told.p))
    return (*where, parameter.name, unit_of(parameter), one.method, *counts, *numbers, *_reasons(told.estimate))


def _model(one: ModelRow) -> Row:
    place = (one.site, one.arm, one.visit, *_known(one.visit_number), one.parameter.name, unit_of(one.parameter))
    mean = (*_ends(one.mean), *_known(one.mean_error, one.mean_freedom))
    of_difference = _known(one.difference_error, one.difference_freedom, one.p)
    difference = (one.control, *_ends(one.difference), *of_difference)
    reasons = (one.reason or "", *_reasons(one.difference))
    counts = (one.n, one.subjects) if one.fitted else (None, None)
    return (*place, one.method, *counts, *mean, *difference, one.fitted, *reasons)


def _responders(one: Responders) -> Row:
    shares = (one.increase, one.decrease, one.within_error)
    numbers = [cell for told in shares for cell in (told.count, *_ends(told.estimate))]
    where = (one.site, one.arm, one.visit, one.visit_number)
    counts = (one.expected, one.missed, one.increase.n, one.not_comparable)
    limits = (*_known(one.mdc95_low, one.mdc95_high), one.mdc95_source)
    beside = (one.control, *_ends(one.beside_control))
    return (*where, *counts, *numbers, *beside, *limits, *_reasons(one.increase.estimate, one.beside_control))


def _subject_value(one: SubjectValue) -> Row:
    site, arm, *rest = _group(one.place)
    visit, parameter = rest[:2], rest[2:]
    changes = (one.change.get("subtracted"), one.change.get("matched"))
    numbers = (*_known(one.value, one.baseline), *changes, *_known(one.matched_baseline))
    whether = (_bool(one.is_baseline), _bool(one.later))
    return (site, arm, one.subject, *visit, one.date, *parameter, *whether, *numbers, one.photographs, one.measured)


def _subject_change(one: SubjectChange) -> Row:
    where = (one.site, one.arm, one.subject, one.visit, one.visit_number)
    return (*where, *_known(one.change, one.low, one.high, one.mdc95), one.mdc95_source, one.verdict)


def _within_visit(one: WithinVisit) -> Row:
    told, icc, limits = one.repeatability, one.icc, one.limits
    sem = told.sem if told else one.matched_sem
    variations = _known(told.cv_logs_percent, told.cv_squares_percent) if told else (None, None)
    counts = (told.groups, told.measurements, told.freedom) if told else (None, None, None)
    agreement = (limits.bias, limits.low, limits.high) if limits else (None, None, None)
    return (
        one.parameter.name,
        unit_of(one.parameter),
        one.method,
        *_ends(sem),
        *variations,
        *_known(one.mdc95),
        *counts,
        one.copies,
        *_ends(icc.estimate if icc else None, *agreement),
        limits.pairs if limits else one.matched_pairs or None,
        limits.subjects if limits else one.subjects or None,
        *_reasons(sem, icc.estimate if icc else None, limits.low if limits else None),
    )


def _effect(one: Effect) -> Row:
    who = (one.trial, one.treatment, one.control, one.design, one.endpoint, one.weeks, one.n, one.control_n)
    numbers = (one.change, one.sd, one.control_change, one.control_sd, one.difference)
    return (*who, "hairs/cm2", *numbers, one.source, one.note)
