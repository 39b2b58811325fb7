"""What ``densitometer power`` prints: what was planned with and why, the answers, and what they do not say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

import click

from densitometer.cli.summary import show_table
from densitometer.results.names import printable
from densitometer.statistics import Needed
from densitometer.statistics.power import MOST
from densitometer.study.own_error import OwnError
from densitometer.study.planning import STUDIES, Answer, finishing
from densitometer.study.published import (
    BEST_COUNT,
    LARGEST_PLACEBO_RISE_PER_CM2,
    ONE_OPERATOR,
    PLACEBO_ARMS,
    PLACEBO_RISE_SOURCE,
    PLACEBO_SOURCE,
    PUBLISHED,
    TWO_OPERATORS,
    placebo_sd_per_cm2,
    true_sd_per_cm2,
)

POWER, ALPHA = 0.8, 0.05
_INTERVAL, _ENDS = "interval", "range"
_WHAT = {
    "arms": "a difference of {} hairs/cm2 between the mean changes of two arms",
    "baseline": "a mean change of {} hairs/cm2 from baseline, in one arm",
    "sites": "a difference of {} hairs/cm2 between the mean changes of a treated and a control site of the same "
    "subjects",
}


@dataclass(frozen=True)
class Given:
    """The options of the command as they were given; None where they were not."""

    detect: float
    sd_change: float | None = None
    sem: float | None = None
    out: Path | None = None
    replicates: int | None = None
    compare: str | None = None
    power: float | None = None
    alpha: float | None = None
    dropout: float | None = None
    seed: int | None = None
    per_arm: int | None = None

    @property
    def design(self) -> str:
        """What is compared."""
        return self.compare or "arms"

    @property
    def sd_true(self) -> float:
        """Standard deviation of true change between subjects, in hairs per cm2."""
        return true_sd_per_cm2() if self.sd_change is None else self.sd_change

    @property
    def power_used(self) -> float:
        """Power to be reached."""
        return POWER if self.power is None else self.power

    @property
    def alpha_used(self) -> float:
        """Two-sided error."""
        return ALPHA if self.alpha is None else self.alpha

    @property
    def photographs(self) -> int:
        """Photographs of a site at each visit."""
        return 1 if self.replicates is None else self.replicates

    @property
    def seed_used(self) -> int:
        """Seed of the simulation."""
        return 1 if self.seed is None else self.seed

    @property
    def finishing(self) -> int:
        """Subjects who finish of those enrolled in each arm; 0 where no number was given."""
        return finishing(self.per_arm or 0, self.dropout or 0.0)

    @property
    def whom(self) -> str:
        """What subjects are counted in."""
        return " per arm" if self.design == "arms" else ""


def show(given: Given, answers: Sequence[Answer], literature: Sequence[Answer], own: OwnError | None) -> None:
    """Print everything, the answer last: it is what shall stand on the screen."""
    click.echo(f"To be detected: {_WHAT[given.design].format(f'{given.detect:g}')}.")
    show_table(("planned with", "value", "from"), _premises(given))
    _show_literature(given, literature)
    click.echo("\nYour study, planned as above:")
    show_table(_heads(given), [_cells(given, answer) for answer in answers], (_ENDS, _INTERVAL), wrapping="measured")
    for line in _remarks(given, answers, own):
        click.echo(printable(line))


def _show_literature(given: Given, literature: Sequence[Answer]) -> None:
    click.echo(
        "For orientation, by formula, with errors that others published: not yours, derived from abstracts, some "
        "across studies."
    )
    rows = [_cells(given, answer, simulated=False) for answer in literature]
    show_table(_heads(given, simulated=False), rows, (_ENDS,), wrapping="measured")
    for one in PUBLISHED:
        click.echo(f"{one.name}: {one.source}.")
    click.echo(
        "Placebo arms, biology and method together: SD of change "
        f"{' and '.join(f'{sd:g}' for sd, _ in PLACEBO_ARMS)} hairs/cm2 ({PLACEBO_SOURCE})."
    )


def _premises(given: Given) -> Iterable[tuple[str, str, str]]:
    if given.per_arm is None:
        yield "power", f"{100 * given.power_used:g} %", _source(given.power, "--power")
    else:
        yield f"subjects enrolled{given.whom}", f"{given.per_arm}", "--per-arm"
        yield f"of whom finish{given.whom}", f"{given.finishing}", "dropout"
    yield "two-sided error", f"{100 * given.alpha_used:g} %", _source(given.alpha, "--alpha")
    dropout = f"{100 * (given.dropout or 0):g} %"
    yield "dropout", dropout, "--dropout" if given.dropout is not None else "default: nobody leaves; trials lose some"
    photographs = f"{given.photographs} photograph{'s' * (given.photographs > 1)} a site and visit"
    yield "replicates", photographs, _source(given.replicates, "--replicates", "default")
    yield "SD of true change", f"{given.sd_true:.1f} hairs/cm2", _source_of_sd(given)
    yield "error (SEM)", "see the end", _source_of_sem(given)


def _source(value: object, option: str, default: str = "default: by convention") -> str:
    return default if value is None else option


def _source_of_sd(given: Given) -> str:
    if given.sd_change is not None:
        return "--sd-change; the error of measuring is added to it"
    arms = " and ".join(f"{sd:g} (n {subjects})" for sd, subjects in PLACEBO_ARMS)
    ends = (true_sd_per_cm2(one.sem_per_cm2) for one in (ONE_OPERATOR, BEST_COUNT))
    text = (
        f"default: derived from the SD of change in placebo arms, {arms}, pooled {placebo_sd_per_cm2():.1f} "
        f"({PLACEBO_SOURCE}), less an error of measuring of {TWO_OPERATORS.sem_per_cm2:.1f} ({TWO_OPERATORS.name}; "
        "that of those trials was not found): sqrt(SD^2 - 2 SEM^2). With errors of "
        f"{ONE_OPERATOR.sem_per_cm2:.1f} and {BEST_COUNT.sem_per_cm2:.1f} it would be "
        f"{' and '.join(f'{end:.1f}' for end in ends)}"
    )
    if given.design == "sites":
        text += ". Taken for the difference of two sites as well, which supposes a correlation of 0.5; no source"
    return text


def _source_of_sem(given: Given) -> str:
    if given.out is not None:
        return f"replicates in {given.out}"
    if given.sem is not None:
        return "--sem"
    return f"default: {TWO_OPERATORS.name}, {TWO_OPERATORS.source}; --from takes your own"


def _heads(given: Given, *, simulated: bool = True) -> tuple[str, ...]:
    if given.per_arm is not None:
        heads = ("power %,\nformula", _ENDS, "power %,\nsimulated")
    else:
        unit = "per arm" if given.design == "arms" else "subjects"
        heads = (f"{unit},\nformula", _ENDS, f"{unit},\nsimulated")
    enrolled = ("to enrol",) if given.per_arm is None and given.dropout else ()
    if not simulated:
        return ("measured", "SEM\n/cm2", "MDC95\n/cm2", heads[0], *enrolled)
    return ("measured", "SEM\n/cm2", _INTERVAL, "MDC95\n/cm2", *heads, *enrolled)


def _cells(given: Given, answer: Answer, *, simulated: bool = True) -> tuple[str, ...]:
    sem = answer.way.sem
    told = _of_subjects(answer) if given.per_arm is None else _of_power(answer)
    enrolled = (_number(answer.formula, enrolled=True),) if given.per_arm is None and given.dropout else ()
    if not simulated:
        return (answer.way.name, f"{sem.value:.1f}", f"{answer.mdc95:.1f}", told[0], *enrolled)
    interval = f"{sem.low:.1f} to {sem.high:.1f}" if isfinite(sem.low) else ""
    return (answer.way.name, f"{sem.value:.1f}", interval, f"{answer.mdc95:.1f}", *told, *enrolled)


def _of_subjects(answer: Answer) -> tuple[str, ...]:
    simulated = "not done" if answer.simulated is None else _number(answer.simulated)
    ends = "" if answer.low is None else f"{_number(answer.low)} to {_number(answer.high)}"
    return _number(answer.formula), ends, simulated


def _number(needed: Needed | None, *, enrolled: bool = False) -> str:
    number = None if needed is None else needed.enrolled_per_arm if enrolled else needed.per_arm
    return f"over {MOST}" if number is None else str(number)


def _of_power(answer: Answer) -> tuple[str, ...]:
    simulated = "not done" if answer.counted is None else _percent(answer.counted.value)
    known = isfinite(answer.power_low)
    ends = f"{_percent(answer.power_low)} to {_percent(answer.power_high)}" if known else ""
    return _percent(answer.power), ends, simulated


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _remarks(given: Given, answers: Sequence[Answer], own: OwnError | None) -> Iterable[str]:
    yield (
        f"Formula: two-sided t test, noncentral t. Simulated: {STUDIES} studies for each number, seed "
        f"{given.seed_used}; counting them tells a power to within 1 %."
    )
    if own is not None:
        yield "Interval: of the SEM, 95 %; range: what it would be, by formula, at the ends of that interval."
    else:
        yield "The SEM is taken as though it were known without doubt; --from tells your own, with its interval."
    if any(answer.simulated is None and answer.counted is None for answer in answers):
        yield "Simulating was not done: with so many photographs it would take minutes."
    if own is not None:
        yield from _remarks_on_own(given, answers, own)
    averaged = f" between means of {given.photographs} photographs" if given.photographs > 1 else ""
    yield f"MDC95: what error of measurement alone may do, 95 times in 100, to the change of one subject{averaged}."
    if given.design == "baseline":
        yield (
            "A single arm has no control: without treatment means rose by up to "
            f"{LARGEST_PLACEBO_RISE_PER_CM2:g} hairs/cm2 ({PLACEBO_RISE_SOURCE})."
        )


def _remarks_on_own(given: Given, answers: Sequence[Answer], own: OwnError) -> Iterable[str]:
    yield from (f"{answer.way.name}: SEM from {answer.way.source}." for answer in answers)
    if own.copies:
        yield f"{own.copies} photographs left out: the same file stands for another replicate."
    if not own.matched.known:
        yield f"hairs matched: not known: {own.matched.reason}."
    elif given.per_arm is None:
        yield _more(given, answers)
    yield (
        "Replicates of one visit do not show what differs between visits besides hair, such as finding the site again "
        "after weeks; where it is not marked, expect more error."
    )


def _more(given: Given, answers: Sequence[Answer]) -> str:
    plain, matched = (answer.formula.per_arm if answer.formula else None for answer in answers)
    if plain is None or matched is None:
        return "How many more subjects one way needs than the other cannot be told."
    both = f"({plain} against {matched}, by formula)"
    more = plain - matched
    if not more:
        return f"Plain subtraction needs as many subjects{given.whom} as matching hairs {both}."
    word = "more" if more > 0 else "fewer"
    subjects = f"{abs(more)} {word} subject{'s' * (abs(more) > 1)}{given.whom}"
    return f"Plain subtraction needs {subjects} than matching hairs {both}."
