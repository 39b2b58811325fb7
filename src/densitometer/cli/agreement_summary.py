"""What ``densitometer agreement`` prints: the figures of each comparison, and what was left out and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite

import click

from densitometer.cli.summary import show_table
from densitometer.evaluate.readers import FEW_FOR_ICC, Comparison, Figure, Tolerance, knows_subjects
from densitometer.evaluate.seen import MOST_LIKENED, LeftOut, Sights
from densitometer.results.names import printable

_NAMES = {
    "bias": "bias",
    "limit_low": "lower limit of agreement",
    "limit_high": "upper limit of agreement",
    "icc_2_1": "ICC(2,1)",
    "mean_absolute_error": "mean absolute error",
    "mean_absolute_error_percent": "mean absolute error in %",
    "precision": "precision",
    "recall": "recall",
    "f1": "F1",
    "matched_hairs": "hairs matched",
    "false_hairs": "seen by {compared} alone",
    "missed_hairs": "seen by {reference} alone",
}
_SIGNED = ("bias", "limit_low", "limit_high")
_HEADS = ("figure", "value", "95 % interval", "unit", "photographs")
_WHAT = {"count": "counts", "density_per_cm2": "densities", "marks": "hairs marked one by one"}
_MOST_NAMED = MOST_LIKENED


def show(comparisons: Sequence[Comparison], sights: Sights, tolerance: Tolerance | None, marks: str) -> None:
    """Print everything."""
    for line in _left_out(sights):
        _line(f"! {line}")
    by_subject = knows_subjects(sights)
    for one in comparisons:
        _line(_head(one, sights, by_subject=by_subject))
        show_table(_HEADS, [_cells(one, figure) for figure in one.figures])
        for line in (*_reasons(one), *_few(one, by_subject=by_subject)):
            _line(line)
        click.echo()
    for line in _remarks(comparisons, sights, tolerance, marks):
        _line(line)


def _line(text: str) -> None:
    click.echo(printable(text))


def _head(one: Comparison, sights: Sights, *, by_subject: bool) -> str:
    photographs, groups = one.figures[0].photographs, one.figures[0].groups
    whom = f" of {_number(groups, 'subject')}" if by_subject else ""
    kind = "" if one.by_program else ", both readers"
    two = f"{one.compared} against {one.reference}{kind}"
    return f"{two}: {_WHAT[sights.kind]}, {_number(photographs, 'photograph')}{whom}"


def _name(one: Comparison, figure: Figure) -> str:
    return _NAMES[figure.name].format(compared=one.compared, reference=one.reference)


def _cells(one: Comparison, figure: Figure) -> Sequence[str]:
    estimate = figure.estimate
    value = _shown(figure, estimate.value) if estimate.known else "not known"
    ends = ""
    if isfinite(estimate.low) and isfinite(estimate.high):
        ends = f"{_shown(figure, estimate.low)} to {_shown(figure, estimate.high)}"
    few = ", few" * _rests_on_few(figure)
    return _name(one, figure) + few, value, ends, figure.unit, str(figure.photographs)


def _shown(figure: Figure, number: float) -> str:
    if figure.counted:
        return f"{number:.0f}"
    if not figure.unit:
        return f"{number:.3f}"
    text = f"{number:+.1f}" if figure.name in _SIGNED else f"{number:.1f}"
    return text[1:] if not text.strip("+-0.") and text[0] in "+-" else text  # no signed zero


def _reasons(one: Comparison) -> Iterator[str]:
    """Why numbers or intervals are missing, each reason once."""
    reasons: dict[str, list[str]] = {}
    for figure in one.figures:
        if figure.estimate.reason:
            what = "" if figure.estimate.known else " and value"
            reasons.setdefault(f"no interval{what}: {figure.estimate.reason}", []).append(_name(one, figure))
    yield from (f"{', '.join(names)}: {reason}." for reason, names in reasons.items())


def _remarks(
    comparisons: Sequence[Comparison], sights: Sights, tolerance: Tolerance | None, marks: str
) -> Iterator[str]:
    yield "Differences are of the one named first minus the one after 'against'."
    if knows_subjects(sights):
        told = "whose photographs are alike; that of the ICC alone takes photographs for independent"
        yield f"Intervals go by subjects, {told}."
    else:
        told = "since not all subjects are known: too narrow where a subject has several"
        yield f"Intervals take photographs for independent, {told}."
    if tolerance is not None:
        outside = sum(int((~seen.inside).sum()) for one in sights.pictures for seen in one.theirs.values())
        within = f"Matched one to one by {marks} that lie within {tolerance.value:g} {tolerance.unit}"
        yield f"{within}; marks outside the counted field, which were not compared: {outside}."
        yield from _without_scale(sights, tolerance)
    if sights.not_named:
        yield f"Not compared, for the reference does not name them: {_number(sights.not_named, 'measured photograph')}."
    if not all(one.by_program for one in comparisons):
        yield "How far two readers agree is what can be asked of densitometer at best."


def _without_scale(sights: Sights, tolerance: Tolerance) -> Iterator[str]:
    if names := [one.photo for one in sights.pictures if tolerance.px(one) is None]:
        what = "without a scale, where hairs were counted and not matched; state --tolerance-px"
        yield f"{_number(len(names), 'photograph')} {what}: {_named(names)}."


def _left_out(sights: Sights) -> Iterator[str]:
    """Photographs that could not be compared, by the reason; names that may be misspelt with what may be meant."""
    reasons: dict[str, dict[str, LeftOut]] = {}
    for one in sights.left_out:
        reasons.setdefault(one.reason, {})[one.photo] = one
    for reason, some in reasons.items():
        unknown = any(one.unknown for one in some.values())
        advice = " Name photographs as in photos.csv." if unknown else ""
        names = [f"{one.photo} (is {one.meant} meant?)" if one.meant else one.photo for one in some.values()]
        yield f"{_number(len(some), 'photograph')} left out, {reason}: {_named(names)}.{advice}"


def _few(one: Comparison, *, by_subject: bool) -> Iterator[str]:
    """Say of an ICC that it rests on few subjects, or photographs where those are not known."""
    for figure in filter(_rests_on_few, one.figures):
        what = "subject" if by_subject else "photograph"
        few = f"few: {_number(figure.groups, what)}, and {FEW_FOR_ICC} are advised (Koo and Li 2016)"
        yield f"ICC(2,1): {few}; read its interval, and the limits of agreement first."


def _rests_on_few(figure: Figure) -> bool:
    return figure.name == "icc_2_1" and figure.estimate.known and figure.groups < FEW_FOR_ICC


def _named(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _number(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
