"""What the page of a subject says, in words for the patient: days, visits, changes and reasons."""

from __future__ import annotations

import re
from collections.abc import Sequence

from densitometer.report.texts import fixed, number, shown, visit_called
from densitometer.study.dates import day_of
from densitometer.study.model import Photograph, Row, Study

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
VERDICTS = {
    "increase": "more hair than measuring alone explains",
    "decrease": "less hair than measuring alone explains",
    "within_error": "no difference that measuring can tell",
}
SHAPES = {"increase": "up", "decrease": "down", "within_error": "level"}
_AS_BEFORE = "as many hairs per cm² as before"
_REFUSALS = {
    "do not agree beyond chance": "the two photographs do not seem to show the same place",
    "contradict each other": "the scales of the two photographs contradict each other",
    "mirror image": "one of the two photographs looks like a mirror image",
    "hair root": "too few hairs were found to lay the two photographs on one another",
}
"""What comparing says of two photographs that it refuses, by a part of it that tells: the clinic has the whole."""
NO_VERDICT = "the change or its error could not be told"


def day_named(text: str) -> str:
    """Give a date as people write it, the month as a word; one that is known in part as it is."""
    day = day_of(text)
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}" if day else shown(text)


def visit_named(one: Photograph) -> str:
    """Label of the visit of a photograph; empty where it has none."""
    return visit_called(shown(str(one.row.get("visit") or "")))


def labels(one: Photograph) -> tuple[str, ...]:
    """Visit and day of a photograph, as far as they are known."""
    return tuple(filter(None, (visit_named(one), day_named(one.date))))


def isolated(text: str) -> str:
    """Keep a label that may run from right to left from turning round the sentence around it."""
    return text if text.isascii() else f"\u2068{text}\u2069"


def when(one: Photograph) -> str:
    """Day of a photograph for a sentence, else its visit."""
    return day_named(one.date) or isolated(visit_named(one)) or "a visit without a date"


def hairs_changed(row: Row) -> str:
    """Give a change of density, which is known, as a patient would say it, with its interval."""
    change = number(row, "change_per_cm2") or 0.0
    count = round(abs(change))
    hairs = f"{count} {_way(change)} hair{'' if count == 1 else 's'} per cm²" if count else _AS_BEFORE
    interval = _interval(number(row, "change_low_per_cm2"), number(row, "change_high_per_cm2"))
    return f"{hairs} (95 % interval: {interval})" if interval else hairs


def _way(change: float) -> str:
    return "more" if change > 0 else "fewer"


def _interval(low: float | None, high: float | None) -> str:
    """Give both ends of a change in words; empty where they are not known."""
    if low is None or high is None:
        return ""
    least, most = round(low), round(high)
    if least >= 0:
        return f"{least} to {most} more"
    if most <= 0:
        return f"{-most} to {-least} fewer"
    return f"{-least} fewer to {most} more"


def change_told(baseline: str, later: str, row: Row) -> str:
    """Say in a sentence or two what a comparison with the baseline found."""
    change = number(row, "change_per_cm2")
    verdict = VERDICTS.get(str(row.get("verdict") or ""), NO_VERDICT)
    span = f"From {baseline} to {later}"
    if change is None:
        return f"{span}: {NO_VERDICT}."
    if row.get("verdict") == "within_error":
        return f"{span}: {verdict}. {_why_no_difference(change, row)}"
    return f"{span}: {hairs_changed(row)}. This is {verdict}."


def _why_no_difference(change: float, row: Row) -> str:
    mdc95 = number(row, "mdc95_per_cm2")
    counted = f"The photographs show {hairs_changed(row)}"
    if mdc95 is not None and abs(change) > mdc95:
        return f"{counted}. That may still be chance, as no change at all lies within the interval."
    if mdc95 is not None:
        return f"{counted}; measuring twice alone can make a difference of up to {mdc95:.0f}."
    return f"{counted}."


def shared_skin_told(row: Row) -> str:
    """Say how many hairs a change is from and to, and why the table counts others; empty where that is not known."""
    before, after = fixed(row.get("baseline_per_cm2"), 0), fixed(row.get("followup_per_cm2"), 0)
    if not before or not after:
        return ""
    percent = number(row, "change_percent")
    share = f" ({abs(percent):.0f} % {_way(percent)})" if percent is not None and abs(percent) >= 1 else ""
    return (
        f"On the skin that both photographs show: {before} hairs per cm² at the start, {after} at this visit{share}. "
        "The table counts whole photographs, each with other skin too; so its counts differ by another number."
    )


def not_measured_told(one: Photograph) -> str:
    """Say that a photograph could not be measured, and why."""
    why = shown(str(one.row.get("reason") or "no reason was given")).partition("; ")[0]
    return f"could not be measured: {with_signs(why)}"


def with_signs(text: str) -> str:
    """Give the units of a reason as people write them; tables and terminals keep to plain letters."""
    return re.sub(r"(?<=\d )cm2\b", "cm²", re.sub(r"(?<=\d )um per px\b", "µm per pixel", text))


def density_told(one: Photograph) -> str:
    """Say in a sentence what was measured on one photograph."""
    density, hairs = fixed(one.row.get("density_per_cm2"), 0), fixed(one.row.get("hair_count"), 0)
    if not density:
        counted = f" {hairs} hairs were counted on it." if hairs else ""
        return (
            f"The photograph of {when(one)} has no known scale, so the number of hairs per cm² is not known.{counted}"
        )
    low, high = fixed(one.row.get("density_low_per_cm2"), 0), fixed(one.row.get("density_high_per_cm2"), 0)
    interval = f" (95 % interval {low} to {high})" if low and high else ""
    return f"On {when(one)}: {density} hairs per cm²{interval}."


def why_not_compared(one: Photograph, study: Study, group: Sequence[Photograph]) -> str:
    """Why a later photograph has no change since the baseline; empty where visits were not compared at all.

    Parameters
    ----------
    one : Photograph
    study : Study
    group : sequence of Photograph
        All of the subject and site.
    """
    if one.name not in study.without_change:
        return ""
    if plain := _plain_reason(one, study, group):
        return plain
    reason = shown(study.without_change[one.name])
    return next((plain for part, plain in _REFUSALS.items() if part in reason), reason.partition("; ")[0])


def _plain_reason(one: Photograph, study: Study, group: Sequence[Photograph]) -> str:
    """Reason that a photograph itself shows; empty where only comparing could tell."""
    if not one.measured:
        return "it could not be measured"
    if one.row.get("um_per_px") is None:
        return "the scale of this photograph is not known"
    if lack := study.without_baseline.get((one.subject.code, one.site.label)):
        start = "the photograph of the start could not be measured"
        return start if lack.photographed else "there is no photograph of the start"
    if all(other.row.get("um_per_px") is None for other in group if other.baseline and other.measured):
        return "the scale of the first photograph is not known"
    return ""


def advice_on_comparing(one: Photograph, study: Study, group: Sequence[Photograph]) -> tuple[str, str]:
    """What comparing said of a photograph that it refused, and what to do; empty where photographs alone tell why."""
    if one.name not in study.without_change or _plain_reason(one, study, group):
        return "", ""
    reason, _, advice = with_signs(shown(study.without_change[one.name])).partition("; ")
    return reason, sentence(advice)


def sentence(text: str) -> str:
    """Make a clause a sentence; empty where there is none."""
    return f"{text[:1].upper()}{text[1:]}." if text else ""
