"""``densitometer measure``: every hair of every photograph, into a results folder."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import click

from densitometer.cli import options
from densitometer.cli.measuring import (
    check_model,
    check_scale,
    chosen_settings,
    measure_into,
    options_of_run,
    read_named,
    sources_of,
)

log = logging.getLogger(__name__)


@click.command(short_help="Measure photographs into a results folder.")
@options.photos
@click.option("-o", "--out", required=True, metavar="OUT", type=click.Path(path_type=Path), help="Results folder.")
@options.um_per_px
@click.option("--visits", "visits_file", type=click.Path(path_type=Path), metavar="FILE",
              help="CSV or Excel file (.xlsx) that says which photograph shows whom, where and when.")  # fmt: skip
@options.name_pattern
@options.settings
@options.method
@options.region
@options.workers
@options.time_limit
@options.scheduler
@options.quiet
@options.verbose
@options.user_errors
def measure(
    photos: Sequence[Path | str],
    out: Path,
    um_per_px: float | None,
    visits_file: Path | None,
    name_pattern: str | None,
    settings_file: Path | None,
    method: Literal["network", "ridge"] | None,
    region: str | None,
    workers: int | None,
    time_limit: int,
    scheduler: str | None,
    quiet: bool,
    verbose: bool,
) -> None:
    """Count and measure the hair on photographs and write tables, overlays and a report to OUT.

    Folders are searched for photographs, with all their subfolders. Every photograph gets a row in OUT/photos.csv:
    measured, or not measured with the reason. Originals are only ever read.

    Each result is kept as it is done. However a run ends, the same command goes on from there: a photograph is not
    measured again where its file, its scale, the settings and the version are those of before. Ctrl-C finishes the
    photographs that are being measured; pressed again, it stops at once.

    Where any of these differs, or a photograph is not among those given, its earlier result is kept as superseded, in
    OUT/results.sqlite and OUT/superseded. OUT/audit.jsonl says who did what when; 'densitometer verify OUT' checks it.
    Files of others in OUT are left alone.

    \b
    Exit codes:
      0  all photographs were measured, now or before
      1  the run was stopped, by you or by an error; what was measured until then is kept
      2  wrong use, nothing was measured
      3  some photographs were not measured
    """
    from densitometer.batch.inputs import find_photos
    from densitometer.batch.jobs import in_order_of_table, plan
    from densitometer.results import ResultsFolder

    settings = chosen_settings(settings_file, method, region)
    check_scale(um_per_px)
    check_model(settings)
    named = read_named(visits_file, name_pattern)
    inputs = find_photos(photos, out)
    visits = named([item.photo for item in inputs.found])
    jobs, warnings = plan(inputs.found, visits, um_per_px)
    for warning in [*inputs.notes, *warnings]:
        log.warning("%s", warning)
    run_options = options_of_run(settings, um_per_px, visits)
    if name_pattern is not None:
        run_options["name_pattern"] = name_pattern
    if visits:
        run_options["visits_order"] = in_order_of_table(jobs)  # comparing needs it where no date and no label tells
    if scheduler is not None:
        from densitometer.batch.cluster import check_cluster

        check_cluster(scheduler, jobs, settings)
    with ResultsFolder.open(out, visits.further if visits else None) as folder:
        complete, summary = measure_into(
            folder,
            jobs,
            settings,
            run_options,
            workers or options.default_workers(),
            quiet,
            inputs.skipped,
            sources=sources_of([*photos, *([visits_file] if visits_file else [])], out),
            asked_by=[path for path in (visits_file, settings_file) if path],
            time_limit_s=time_limit,
            scheduler=scheduler,
            verbose=verbose,
        )
    if not quiet:
        summary.show()
    if not complete:
        sys.exit(options.STOPPED)
    sys.exit(options.SOME_NOT_MEASURED if summary.not_measured else 0)
