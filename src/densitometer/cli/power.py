"""``densitometer power``: how many subjects a study needs, with a site's own repeatability."""

from __future__ import annotations

from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

import click

from densitometer.cli import options
from densitometer.cli.given import Number
from densitometer.errors import StudyError

if TYPE_CHECKING:
    from densitometer.cli.power_summary import Given
    from densitometer.study.own_error import OwnError
    from densitometer.study.planning import Answer, Way

_COMPARE = ("arms", "baseline", "sites")
_MOST_REPLICATES = 100
_MOST_SUBJECTS = 100_000
_MOST_PER_CM2 = 10_000
_FINISH = 2


@click.command(short_help="Tell how many subjects a study needs, or its power.")
@click.option("--detect", required=True, type=Number(), metavar="D",
              help="Hairs per cm2 that are to be detected: of arms and sites a difference of mean changes, of baseline "
              "a mean change.")  # fmt: skip
@click.option("--sd-change", type=Number(), metavar="SD",
              help="How much the true change differs between subjects (standard deviation, hairs per cm2), without the "
              "error of measuring, which is added. Without it, from the placebo arms of published trials.")  # fmt: skip
@click.option("--sem", type=Number(), metavar="SEM",
              help="Error of one measurement of density (SEM, hairs per cm2). Without it and --from, a published "
              "one.")  # fmt: skip
@click.option("--from", "out", metavar="OUT", type=click.Path(path_type=Path),
              help="Take the error from the replicates in this folder of 'densitometer measure --visits', and, where "
              "it was compared, also that of hairs matched one by one.")  # fmt: skip
@click.option("--replicates", type=int, metavar="N",
              help="Photographs of a site that are averaged at each visit; 1 without it.")  # fmt: skip
@click.option("--compare", type=click.Choice(_COMPARE),
              help="Two arms (without it), one arm with its own baseline, or a treated with a control site of the same "
              "subjects.")  # fmt: skip
@click.option("--power", type=Number(), metavar="P", help="Power to be reached; 0.8 without it.")
@click.option("--alpha", type=Number(), metavar="A", help="Two-sided error; 0.05 without it.")
@click.option("--dropout", type=Number(), metavar="S", help="Share of subjects who leave before the end; 0 without it.")
@click.option("--seed", type=int, metavar="N", help="Seed of the simulation; 1 without it.")
@click.option("--per-arm", type=int, metavar="N",
              help="Tell the power that so many subjects have, enrolled in each arm (of baseline and sites in "
              "all).")  # fmt: skip
@options.verbose
@options.user_errors
def power(
    detect: float,
    sd_change: float | None,
    sem: float | None,
    out: Path | None,
    replicates: int | None,
    compare: str | None,
    power: float | None,
    alpha: float | None,
    dropout: float | None,
    seed: int | None,
    per_arm: int | None,
    verbose: bool,
) -> None:
    """Tell how many subjects a study needs to detect a change of hair density, or the power that a number of them has.

    The formula is that of the two-sided t test (noncentral t); the simulation draws 10,000 studies photograph by
    photograph and counts those that detect the change. Whatever was not given is taken from the literature or by
    convention, and said. With --from the error of measurement is your own: of counting twice and subtracting, and of
    matching hair by hair.

    \b
    For example:
      densitometer power --detect 12
      densitometer power --detect 12 --from results/ --replicates 2 --dropout 0.1
      densitometer power --detect 12 --sd-change 18 --sem 7 --per-arm 40

    \b
    Exit codes:
      0  told
      1  stopped, or an internal error
      2  wrong use, or the folder does not tell how well was measured
    """
    from densitometer.cli.power_summary import Given, show

    given = Given(detect, sd_change, sem, out, replicates, compare, power, alpha, dropout, seed, per_arm)
    _check(given)
    from densitometer.cli.progress import waiting

    with waiting("planning", quiet=False):
        own = _read(given.out) if given.out is not None else None
        ways = _ways(given, own)
        answers = [_answer(given, way, simulate=True) for way in ways]
        literature = [_answer(given, way, simulate=False) for way in _published()]
    show(given, answers, literature, own)


def _check(given: Given) -> None:
    """Refuse what makes no plan, in one sentence each."""
    if given.sem is not None and given.out is not None:
        raise StudyError("--sem and --from both state the error of measurement; give one of them")
    if given.power is not None and given.per_arm is not None:
        raise StudyError("--power asks for subjects, and --per-arm for the power that they have; give one of them")
    _check_amounts(given)
    _check_shares(given)
    _check_counts(given)


def _check_amounts(given: Given) -> None:
    for name, amount, least in (
        ("--detect", given.detect, "more than 0 (a loss needs as many subjects as a gain)"),
        ("--sem", given.sem, "more than 0 (nobody measures without error)"),
        ("--sd-change", given.sd_change, "0 or more"),
    ):
        if amount is None:
            continue
        fits = isfinite(amount) and (amount > 0 or (amount == 0 and name == "--sd-change"))
        if not fits or amount > _MOST_PER_CM2:
            raise StudyError(f"{name} must be {least} and at most {_MOST_PER_CM2} hairs per cm2, not {amount:g}")


def _check_shares(given: Given) -> None:
    alpha = given.alpha_used
    if not 0 < alpha < 1:
        raise StudyError(f"--alpha must lie above 0 and below 1, such as 0.05, not {alpha:g}")
    if given.power is not None and not alpha < given.power < 1:
        raise StudyError(f"--power must lie above --alpha ({alpha:g}) and below 1, such as 0.8, not {given.power:g}")
    if given.power is None and given.per_arm is None and alpha >= given.power_used:
        raise StudyError(f"--alpha must lie below the power of {given.power_used:g}, such as 0.05, not {alpha:g}")
    if given.dropout is not None and not 0 <= given.dropout < 1:
        raise StudyError(f"--dropout must be 0 or more and below 1, such as 0.1 for 10 %, not {given.dropout:g}")


def _check_counts(given: Given) -> None:
    if given.replicates is not None and not 1 <= given.replicates <= _MOST_REPLICATES:
        raise StudyError(f"--replicates must be 1 to {_MOST_REPLICATES} photographs a visit, not {given.replicates}")
    if given.seed is not None and given.seed < 0:
        raise StudyError(f"--seed must be 0 or more, not {given.seed}")
    if given.per_arm is None:
        return
    if given.per_arm > _MOST_SUBJECTS:
        raise StudyError(f"--per-arm must be at most {_MOST_SUBJECTS} subjects, not {given.per_arm}")
    if given.finishing < _FINISH:
        left = " who finish" if given.dropout else ""
        raise StudyError(f"--per-arm must be at least {_FINISH} subjects{left}, for a spread is told by no fewer")


def _read(out: Path) -> OwnError:
    from densitometer.study.own_error import read_own_error

    return read_own_error(out)


def _ways(given: Given, own: OwnError | None) -> list[Way]:
    """Ways to measure that are planned with: the site's own, or the one that was stated or published."""
    from densitometer.statistics import Estimate
    from densitometer.study.planning import Way
    from densitometer.study.published import TWO_OPERATORS

    if own is None:
        if given.sem is not None:
            return [Way("as stated", Estimate(given.sem), "--sem")]
        return [Way("default", Estimate(TWO_OPERATORS.sem_per_cm2), TWO_OPERATORS.name)]
    pairs = f"{own.pairs} pairs of replicates matched hair by hair"
    plain = f"{own.visits} visits with replicates ({own.photographs} photographs)"
    ways = [Way("plain subtraction", own.plain, plain)]
    return ways + ([Way("hairs matched", own.matched, pairs)] if own.matched.known else [])


def _published() -> list[Way]:
    from densitometer.statistics import Estimate
    from densitometer.study.planning import Way
    from densitometer.study.published import PUBLISHED

    return [Way(one.name, Estimate(one.sem_per_cm2), one.source) for one in PUBLISHED]


def _answer(given: Given, way: Way, *, simulate: bool) -> Answer:
    from densitometer.statistics import Plan
    from densitometer.study.planning import power_reached, subjects_needed

    compare = cast(Literal["arms", "baseline", "sites"], given.compare or "arms")
    plan = Plan(given.detect, given.sd_true, way.sem.value, given.photographs, given.photographs, compare,
                given.alpha_used, given.dropout or 0.0)  # fmt: skip
    seed = given.seed_used if simulate else None
    if given.per_arm is not None:
        return power_reached(plan, way, given.finishing, seed=seed)
    return subjects_needed(plan, way, given.power_used, seed=seed)
