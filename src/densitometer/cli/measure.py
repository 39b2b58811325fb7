"""``densitometer measure``: every hair of every photograph, into a results folder."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from densitometer.cli import options
from densitometer.errors import DensitometerError, SettingsError

if TYPE_CHECKING:
    from densitometer.batch.inputs import Inputs
    from densitometer.batch.jobs import Job
    from densitometer.results import PhotoResult, ResultsFolder
    from densitometer.settings import Settings
    from densitometer.visits.table import Visits

log = logging.getLogger(__name__)

_NOT_REACHED = "the run was stopped before this photograph; measure it again"


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
    from densitometer.batch.jobs import plan
    from densitometer.results import ResultsFolder
    from densitometer.visits.table import read_visits

    settings = _settings(settings_file, method, region)
    _check_scale(um_per_px)
    _check_model(settings)
    visits = read_visits(visits_file) if visits_file else None
    inputs = find_photos(photos, out)
    jobs, warnings = plan(inputs.found, visits, um_per_px)
    for warning in [*inputs.notes, *warnings]:
        log.warning("%s", warning)
    run_options = _run_options(settings, um_per_px, visits)
    with ResultsFolder.create(out, visits.further if visits else None) as folder:
        try:
            code = _run(folder, jobs, settings, run_options, workers or options.default_workers(), quiet, inputs)
        except DensitometerError as error:
            options.fail(error, options.STOPPED, verbose=verbose)
    sys.exit(code)


def _settings(settings_file: Path | None, method: Literal["network", "ridge"] | None, region: str | None) -> Settings:
    from dataclasses import replace

    from densitometer.settings import Settings

    settings = Settings.from_toml(settings_file) if settings_file else Settings()
    settings = replace(settings, method=method) if method else settings
    if region is None:
        return settings
    try:
        return replace(settings, field=replace(settings.field, region=region))
    except (SettingsError, ValueError) as error:
        hint = "write all, or circle: and a diameter in mm, as in circle:11.3"
        raise SettingsError(f"--region {region}: it is not a region; {hint}") from error


def _check_scale(um_per_px: float | None) -> None:
    """Refuse a scale that cannot be true before anything is measured."""
    if um_per_px is not None:
        from densitometer.scale import Scale

        Scale.stated(um_per_px)


def _check_model(settings: Settings) -> None:
    """Refuse weights that are missing or damaged before anything is measured."""
    if settings.method == "network":
        from densitometer.strands.weights import packaged_model

        packaged_model()


def _run_options(settings: Settings, um_per_px: float | None, visits: Visits | None) -> dict[str, object]:
    """Options that change the numbers; the number of workers does not."""
    return {
        "um_per_px": um_per_px,
        "method": settings.method,
        "region": settings.field.region,
        "visits": visits is not None,
    }


def _run(
    folder: ResultsFolder,
    jobs: Sequence[Job],
    settings: Settings,
    run_options: Mapping[str, object],
    workers: int,
    quiet: bool,
    inputs: Inputs,
) -> int:
    """Measure, write everything, put it in place, tell the user, and return the exit code."""
    from densitometer.batch import measure_batch
    from densitometer.cli.progress import follow
    from densitometer.cli.summary import Summary
    from densitometer.report.overlay import draw_overlay
    from densitometer.results import describe_run

    results = measure_batch(jobs, settings, workers=workers, out=folder.staging, draw=draw_overlay)
    complete = _gather(folder, follow(results, len(jobs), quiet=quiet), jobs)
    run = describe_run(settings, run_options, folder.record)
    folder.write_tables(run)
    reported = _report(folder, run)
    summary = Summary.of(folder.record, inputs.skipped)
    place = folder.publish(complete=complete)
    if not quiet:
        summary.show(place)
    if not (complete and reported):
        return options.STOPPED
    return options.SOME_NOT_MEASURED if summary.not_measured else 0


def _gather(folder: ResultsFolder, results: Iterable[PhotoResult], jobs: Sequence[Job]) -> bool:
    """Store the results as they come; False when the user stopped the run, whose rest then says so."""
    from dataclasses import replace

    from densitometer.batch.work import unmeasured

    try:
        for result in results:
            folder.record.add(result)
            log.info("%s: %s", result.photo, result.row["reason"] or f"{result.row['hair_count']} hairs")
    except KeyboardInterrupt:
        for job in jobs[len(folder.record) :]:
            folder.record.add(unmeasured(replace(job, reason=_NOT_REACHED), _NOT_REACHED))
        log.warning("stopped; what was measured until then is kept")
        return False
    return True


def _report(folder: ResultsFolder, run: Mapping[str, object]) -> bool:
    """Write the report; the tables are kept even where that fails in a way that was not foreseen."""
    from densitometer.report.page import write_report

    try:
        write_report(folder.staging, folder.record, run)
    except Exception:
        log.exception("report.html could not be written; the tables are complete. Please report this error:")
        return False
    return True
