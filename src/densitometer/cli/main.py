"""The command ``densitometer`` and its verbs."""

from __future__ import annotations

import click

from densitometer.cli.agreement import agreement
from densitometer.cli.check import check
from densitometer.cli.compare import compare
from densitometer.cli.deidentify import deidentify
from densitometer.cli.export import export
from densitometer.cli.measure import measure
from densitometer.cli.power import power
from densitometer.cli.render import render
from densitometer.cli.scale import scale
from densitometer.cli.selftest import selftest
from densitometer.cli.summarise import summarise
from densitometer.cli.verify import verify


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="densitometer", prog_name="densitometer")
def main() -> None:
    """Measure hair from scalp photographs: counts, density per cm2 with its uncertainty, widths, change."""


main.add_command(check)
main.add_command(measure)
main.add_command(compare)
main.add_command(summarise)
main.add_command(export)
main.add_command(power)
main.add_command(agreement)
main.add_command(verify)
main.add_command(deidentify)
main.add_command(scale)
main.add_command(render)
main.add_command(selftest)
