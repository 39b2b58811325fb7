"""Columns of the CSV files in which the summary of a study is written."""

from __future__ import annotations

from densitometer.dictionary import Column
from densitometer.summary.parameter import CALLED

_TRUE = ("true", "false")


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
_METHOD = _text("method", "matched: hair by hair; subtracted: one value less the other.", tuple(CALLED))
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
    _number("mean_se", "Its standard error."),
    _number("mean_df", "Its degrees of freedom.", "1"),
    _text("control", "Control arm of the difference; empty where there is none."),
    *_estimate("difference", "Difference of the mean from that of the control arm."),
    _number("difference_se", "Its standard error."),
    _number("difference_df", "Its degrees of freedom.", "1"),
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
    _text("control", "Control arm that increase_share is compared with; empty where there is none."),
    *_estimate("increase_difference", "increase_share less that of the control (interval of Newcombe).", unit="1"),
    _number("mdc95_low_per_cm2", "Smallest MDC95 of those with a verdict.", "hairs/cm2"),
    _number("mdc95_high_per_cm2", "Largest of them.", "hairs/cm2"),
    _text("mdc95_source", "replicates of this study, or validated on rendered scalps; both are joined by ;."),
    _reason("reason", "the share"),
    _reason("increase_difference_reason", "increase_difference"),
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
    *_estimate("icc_2_1", "Intraclass correlation ICC(2,1) of the first pair of each subject.", unit="1"),
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
