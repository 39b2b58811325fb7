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
from densitometer.summary.literature import EFFECTS, Effect
from densitometer.summary.model import (
    GroupChange,
    GroupDifference,
    GroupValue,
    Measured,
    ModelRow,
    Place,
    Responders,
    StudySummary,
    SubjectChange,
    SubjectValue,
    WithinVisit,
)

Row = tuple[Cell, ...]
_TRUE = ("true", "false")
_METHODS = ("matched", "subtracted")


@dataclass(frozen=True)
class Table:
    """A table: its name without ``.csv``, its columns, and its rows in their order."""

    name: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


def _text(name: str, meaning: str, allowed: tuple[str, ...] = ()) -> Column:
    return Column(name, "text", "", meaning, allowed)


def _count(name: str, meaning: str) -> Column:
    return Column(name, "integer", "1", meaning, spec="d")


def _number(name: str, meaning: str, unit: str = "as in unit") -> Column:
    return Column(name, "number", unit, meaning, spec=".6g")


def _estimate(name: str, meaning: str, stem: str = "", unit: str = "as in unit") -> tuple[Column, ...]:
    """Columns of a number and of the ends of its interval."""
    stem = stem or name
    return (
        _number(name, meaning, unit),
        _number(f"{stem}_low", f"Lower end of the 95 % interval of {name}.", unit),
        _number(f"{stem}_high", f"Upper end of the 95 % interval of {name}.", unit),
    )


def _reason(name: str, of: str) -> Column:
    return _text(name, f"Why {of} or its interval is missing; empty where both are there.")


_SITE = _text("site", "Site of the scalp, as in the visits table.")
_ARM = _text("arm", "Arm; empty in a study without arms.")
_VISIT = (
    _text("visit", "Visit, as in the visits table."),
    _number("visit_number", "Place of the visit in their order.", "1"),
)
_PARAMETER = (_text("parameter", "Column of photos.csv."), _text("unit", "Unit of the numbers; shares are in %."))
_METHOD = _text("method", "matched: hair by hair; subtracted: one value less the other.", _METHODS)
_GROUP = (_SITE, _ARM, *_VISIT, *_PARAMETER)

VALUE_COLUMNS = (
    *_GROUP,
    _text("baseline", "Whether it is the baseline.", _TRUE),
    _count("expected", "Subjects of the arm who were photographed at that site at any visit."),
    _count("missed", "Those of them without a photograph of this visit."),
    _count("not_measured", "Those with a photograph and without a number."),
    _count("n", "Those with a number, replicates averaged."),
    *_estimate("mean", "Mean."),
    _number("sd", "Standard deviation (n - 1)."),
    *_estimate("median", "Median."),
    _reason("mean_reason", "the mean"),
    _reason("median_reason", "the median"),
)
CHANGE_COLUMNS = (
    *_GROUP,
    _METHOD,
    _text("controlled", "false where nothing tells what would have happened without treatment.", _TRUE),
    _count("expected", "Subjects of the arm who were photographed at that site at any visit."),
    _count("not_measured", "Subjects with a photograph of this visit and without a change."),
    _count("n", "Subjects with a change."),
    _number(
        "baseline_mean", "Mean of the baseline of these subjects; of a matched change in the skin both visits show."
    ),
    _number("followup_mean", "Mean of this visit of the same."),
    *_estimate("change_mean", "Mean change from baseline.", "change"),
    _number("change_sd", "Standard deviation of the changes."),
    *_estimate("change_median", "Median change."),
    *_estimate("percent_of_means", "Mean change in per cent of the mean baseline.", unit="%"),
    *_estimate("mean_of_percents", "Mean of the changes in per cent of each subject's baseline.", unit="%"),
    _reason("change_reason", "the mean change"),
    _reason("change_median_reason", "the median change"),
    _reason("percent_of_means_reason", "percent_of_means"),
    _reason("mean_of_percents_reason", "mean_of_percents"),
)
DIFFERENCE_COLUMNS = (
    _text("compared", "arms of different subjects (Welch), or sites of the same subjects (paired).", ("arms", "sites")),
    _text("first", "Treated arm or site."),
    _text("second", "Control arm or site; the difference is first less second."),
    _text("within", "The site in which arms differ, or the arm in which sites differ."),
    *_VISIT,
    *_PARAMETER,
    _METHOD,
    _count("n_first", "Subjects with a change in the first."),
    _count("n_second", "Subjects with a change in the second; of sites the same pairs."),
    _count("expected_first", "Subjects photographed at any visit in the first."),
    _count("expected_second", "The same in the second (of sites: of those in the first)."),
    *_estimate("difference", "Difference of the mean changes from baseline."),
    _number("degrees_of_freedom", "Of Student's t.", "1"),
    _number("p", "Two-sided probability, not adjusted for multiplicity.", "1"),
    _reason("reason", "the difference"),
)
MODEL_COLUMNS = (
    *_GROUP,
    _METHOD,
    _count("n", "Changes in this cell."),
    _count("subjects", "Subjects in the model of this site, parameter and method."),
    *_estimate("mean", "Least-squares mean of the change from baseline, at the mean baseline of all."),
    _text("control", "Control arm of the difference; empty where there is none."),
    *_estimate("difference", "Difference of the mean from that of the control arm."),
    _number("p", "Two-sided probability of the difference, not adjusted for multiplicity.", "1"),
    _text("fitted", "What was fitted; empty where nothing could be."),
    _reason("reason", "the mean"),
    _reason("difference_reason", "the difference"),
)
_SHARES = (
    ("increase", "rose by more than error explains"),
    ("decrease", "fell by more than error explains"),
    ("within_error", "changed by no more than error explains"),
)
RESPONDER_COLUMNS = (
    _SITE,
    _ARM,
    *_VISIT,
    _count("expected", "Subjects of the arm who were photographed at that site at any visit."),
    _count("missed", "Those of them without a photograph of this visit."),
    _count("n", "Subjects with a verdict."),
    _count("not_comparable", "Subjects with a photograph that could not be compared with the baseline."),
    *(
        column
        for name, what in _SHARES
        for column in (
            _count(f"{name}_count", f"Subjects whose density {what}."),
            *_estimate(f"{name}_share", "Their share of n (interval of Wilson).", unit="1"),
        )
    ),
    _number("mdc95_low_per_cm2", "Smallest MDC95 of those with a verdict.", "hairs/cm2"),
    _number("mdc95_high_per_cm2", "Largest of them.", "hairs/cm2"),
    _text("mdc95_source", "replicates of this study, or validated on rendered scalps; both are joined by ;."),
    _reason("reason", "the share"),
)
SUBJECT_VALUE_COLUMNS = (
    _SITE,
    _ARM,
    _text("subject", "Code."),
    *_VISIT,
    _text("date", "Of the first photograph (ISO 8601)."),
    *_PARAMETER,
    _text("is_baseline", "Whether the visit is the baseline of this subject and site.", _TRUE),
    _text("later", "Whether it comes after it.", _TRUE),
    _number("value", "Mean of the replicates; empty where none was measured."),
    _number("baseline_value", "Value of the baseline of this subject and site."),
    _number("change_subtracted", "Value less that of the baseline."),
    _number("change_matched", "Change found hair by hair."),
    _number("matched_baseline", "Value of the baseline in the skin that both visits show."),
    _count("photographs", "Photographs of this subject, site and visit."),
    _count("measured", "Those that gave the number; copies of one file count once."),
)
SUBJECT_CHANGE_COLUMNS = (
    _SITE,
    _ARM,
    _text("subject", "Code."),
    *_VISIT,
    _number("change_per_cm2", "Change of density, hair by hair.", "hairs/cm2"),
    _number("change_low_per_cm2", "Lower end of its 95 % interval.", "hairs/cm2"),
    _number("change_high_per_cm2", "Upper end of its 95 % interval.", "hairs/cm2"),
    _number("mdc95_per_cm2", "Change that error of measurement does not explain.", "hairs/cm2"),
    _text("mdc95_source", "replicates of this study, or validated on rendered scalps."),
    _text("verdict", "As in changes.csv."),
)
REPEATABILITY_COLUMNS = (
    *_PARAMETER,
    _METHOD,
    *_estimate("sem", "Standard error of one measurement (within-subject standard deviation)."),
    _number("cv_logs_percent", "Coefficient of variation from logarithms.", "%"),
    _number("cv_squares_percent", "Root mean square of the coefficients of variation.", "%"),
    _number("mdc95", "Change of one subject between two single photographs that error does not explain."),
    _count("groups", "Sites and visits with two or more measured replicates."),
    _count("measurements", "Values in them."),
    _count("degrees_of_freedom", "Of the SEM."),
    _count("copies", "Photographs left out because the same file stands for another replicate."),
    *_estimate("icc_2_1", "Intraclass correlation ICC(2,1) of first and second replicate.", unit="1"),
    *_estimate("bias", "Second replicate less first (Bland-Altman)."),
    *_estimate("limit_low", "Lower limit of agreement."),
    *_estimate("limit_high", "Upper limit of agreement."),
    _count("pairs", "Pairs of first and second replicate; of matched, those that could be matched."),
    _count("subjects", "Subjects of these."),
    _reason("reason", "the SEM"),
    _reason("icc_reason", "the ICC"),
    _reason("limits_reason", "the limits of agreement"),
)
EFFECT_COLUMNS = (
    _text("trial", "First author or name, and year."),
    _text("treatment", "What the treated had."),
    _text("control", "What the others had; empty where there were none."),
    _text("design", "What tells the change apart from what happens without treatment."),
    _text("endpoint", "Which hairs were counted."),
    _count("weeks", "Of treatment; empty where not known."),
    _count("n", "Treated subjects."),
    _count("control_n", "Subjects of the control."),
    _text("unit", "Of the numbers."),
    _number("change_mean", "Mean change of the treated."),
    _number("change_sd", "Its standard deviation between subjects."),
    _number("control_change_mean", "Mean change of the control."),
    _number("control_change_sd", "Its standard deviation between subjects."),
    _number("difference", "Treated less control."),
    _text("source", "Where it was published."),
    _text("note", "What was worked out, or speaks against it."),
)  # fmt: skip


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
    difference = (one.control, *_ends(one.difference), *_known(one.p))
    reasons = (one.reason or "", *_reasons(one.difference))
    counts = (one.n, one.subjects) if one.fitted else (None, None)
    return (*place, one.method, *counts, *_ends(one.mean), *difference, one.fitted, *reasons)


def _responders(one: Responders) -> Row:
    shares = (one.increase, one.decrease, one.within_error)
    numbers = [cell for told in shares for cell in (told.count, *_ends(told.estimate))]
    where = (one.site, one.arm, one.visit, one.visit_number)
    counts = (one.expected, one.missed, one.increase.n, one.not_comparable)
    limits = (*_known(one.mdc95_low, one.mdc95_high), one.mdc95_source)
    return (*where, *counts, *numbers, *limits, *_reasons(one.increase.estimate))


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
