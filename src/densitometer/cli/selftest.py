"""``densitometer selftest``: does this installation measure what is known?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from densitometer.cli import options

if TYPE_CHECKING:
    from densitometer.selftest import Check, SelfTest

_FAILED = 1


@click.command(short_help="Check this installation on scenes of known truth.")
@click.option("-o", "--out", metavar="FOLDER", type=click.Path(path_type=Path, file_okay=False),
              help="Write the figures (selftest.json) and the pictures to this folder.")  # fmt: skip
@options.quiet
@options.verbose
@options.user_errors
def selftest(out: Path | None, quiet: bool, verbose: bool) -> None:
    """Render scenes of known truth on this machine, measure them, and say whether the figures keep their limits.

    The scenes are easy: this checks an installation, not how well hard photographs are measured. It takes some
    seconds. Keep selftest.json with the records of a trial site: it says when it ran (UTC), on which host, with which
    versions and what came out. A folder that holds one is refused.

    \b
    Exit codes:
      0  passed
      1  failed, or an internal error; do not measure with this installation
      2  wrong use
    """
    from densitometer.selftest import refuse_taken, run_selftest, write_selftest

    if out is not None:
        refuse_taken(out)
    if not quiet:
        click.echo("Rendering and measuring scenes of known truth; this takes some seconds.", err=True)
    outcome = run_selftest()
    if out is not None:
        write_selftest(outcome, out)
    if not quiet:
        _show(outcome)
    sys.exit(0 if outcome.passed else _FAILED)


def _show(outcome: SelfTest) -> None:
    from densitometer.cli.summary import show_table

    show_table(("check", "found", "limits", "unit", ""), [_cells(check) for check in outcome.checks])
    click.echo(", ".join(f"{name} {version}" for name, version in outcome.versions.items()))
    failed = [check.name for check in outcome.checks if not check.passed]
    click.echo(f"FAIL: {', '.join(failed)}" if failed else f"PASS: all {len(outcome.checks)} checks")


def _cells(check: Check) -> tuple[str, ...]:
    found = "none" if check.value is None else _rounded(check)
    limits = f"{check.low:g}" if check.low == check.high else f"{check.low:g} to {check.high:g}"
    return check.name, found, limits, check.unit, "pass" if check.passed else "FAIL"


def _rounded(check: Check) -> str:
    """The figure as fits its unit; with more digits where the rounded one would seem to keep limits it does not."""
    value = check.value or 0.0
    digits = {"": 0, "F1": 2, "share": 2}.get(check.unit, 1)
    text = f"{round(value, digits) + 0.0:.{digits}f}"  # adding 0 turns -0 into 0
    return text if check.passed or not check.low <= float(text) <= check.high else f"{value:.4g}"
