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
    seconds. Keep selftest.json with the records of a trial site.

    \b
    Exit codes:
      0  passed
      1  failed, or an internal error; do not measure with this installation
      2  wrong use
    """
    from densitometer.selftest import run_selftest, write_selftest

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
    found = "none" if check.value is None else f"{check.value:.4g}"
    limits = f"{check.low:g}" if check.low == check.high else f"{check.low:g} to {check.high:g}"
    return check.name, found, limits, check.unit, "pass" if check.passed else "FAIL"
