"""``densitometer measure``: every hair of every photograph, into a results folder."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import click

from densitometer.cli import options
from densitometer.cli.measuring import check_model, check_scale, chosen_settings, measure_into, options_of_run
from densitometer.errors import DensitometerError

log = logging.getLogger(__name__)


@click.command(short_help="Measure photographs into a results folder.")
@options.photos
@click.option("-o", "--out", required=True, metavar="OUT", type=click.Path(path_type=Path), help="Results folder.")
@options.um_per_px
@click.option("--visits", "visits_file", type=click.Path(path_type=Path), metavar="FILE",
              help="CSV file that says which photograph shows whom, where and when.")  # fmt: skip
@options.settings
@options.method
@options.region
@options.workers
@options.quiet
@options.verbose
@options.user_errors
def measure(
    photos: Sequence[Path],
    out: Path,
    um_per_px: float | None,
    visits_file: Path | None,
    settings_file: Path | None,
    method: Literal["network", "ridge"] | None,
    region: str | None,
    workers: int | None,
    quiet: bool,
    verbose: bool,
) -> None:
    """Count and measure the hair on photographs and write tables, overlays and a report to OUT.

    Folders are searched for photographs, with all their subfolders. Every photograph gets a row in OUT/photos.csv:
    measured, or not measured with the reason.

    Results of an earlier run in OUT are replaced when the new run is complete; files of others are left alone. A run
    that is stopped with Ctrl-C keeps what is done: in OUT, or in OUT/stopped where OUT holds an earlier run.

    \b
    Exit codes:
      0  all photographs were measured
      1  the run was stopped, by you or by an internal error
      2  wrong use, nothing was measured
      3  some photographs were not measured
    """
    from densitometer.batch.inputs import find_photos
    from densitometer.batch.jobs import in_order_of_table, plan
    from densitometer.results import ResultsFolder
    from densitometer.visits.table import read_visits

    settings = chosen_settings(settings_file, method, region)
    check_scale(um_per_px)
    check_model(settings)
    visits = read_visits(visits_file) if visits_file else None
    inputs = find_photos(photos, out)
    jobs, warnings = plan(inputs.found, visits, um_per_px)
    for warning in [*inputs.notes, *warnings]:
        log.warning("%s", warning)
    run_options = options_of_run(settings, um_per_px, visits)
    if visits:
        run_options["visits_order"] = in_order_of_table(jobs)  # comparing needs it where no date and no label tells
    with ResultsFolder.create(out, visits.further if visits else None) as folder:
        try:
            count = workers or options.default_workers()
            complete, summary = measure_into(folder, jobs, settings, run_options, count, quiet, inputs.skipped)
        except DensitometerError as error:
            options.fail(error, options.STOPPED, verbose=verbose)
    if not quiet:
        summary.show()
    if not complete:
        sys.exit(options.STOPPED)
    sys.exit(options.SOME_NOT_MEASURED if summary.not_measured else 0)
