"""Measuring as the verbs do it: settings from the options, checks before the work, and the work with its progress."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from densitometer.errors import SettingsError

if TYPE_CHECKING:
    from densitometer.batch.jobs import Job
    from densitometer.cli.summary import Summary
    from densitometer.report.comparisons import ComparisonView
    from densitometer.results import ComparedFolder, PhotoResult, ResultsFolder
    from densitometer.settings import Settings
    from densitometer.visits.table import Visits

log = logging.getLogger(__name__)

_NOT_REACHED = "the run was stopped before this photograph; measure it again"


def chosen_settings(
    settings_file: Path | None, method: Literal["network", "ridge"] | None, region: str | None = None
) -> Settings:
    """Settings of the file where there is one, with what the options change in them."""
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


def check_scale(um_per_px: float | None) -> None:
    """Refuse a scale that cannot be true before anything is measured."""
    if um_per_px is not None:
        from densitometer.scale import Scale

        Scale.stated(um_per_px)


def check_model(settings: Settings) -> None:
    """Refuse weights that are missing or damaged before anything is measured."""
    if settings.method == "network":
        from densitometer.strands.weights import packaged_model

        packaged_model()


def options_of_run(settings: Settings, um_per_px: float | None, visits: Visits | None) -> dict[str, object]:
    """Options that change the numbers; the number of workers does not."""
    return {
        "um_per_px": um_per_px,
        "method": settings.method,
        "region": settings.field.region,
        "visits": visits is not None,
    }


def measure_into(
    folder: ResultsFolder,
    jobs: Sequence[Job],
    settings: Settings,
    run_options: Mapping[str, object],
    workers: int,
    quiet: bool,
    skipped: int = 0,
) -> tuple[bool, Summary]:
    """Measure, write everything, and put it in place; tell whether all was done, and what it yielded."""
    from densitometer.batch import measure_batch
    from densitometer.cli.progress import follow
    from densitometer.cli.summary import Summary
    from densitometer.report.overlay import draw_overlay
    from densitometer.results import describe_run

    results = measure_batch(jobs, settings, workers=workers, out=folder.staging, draw=draw_overlay)
    complete = _gather(folder, follow(results, len(jobs), quiet=quiet), jobs)
    run = describe_run(settings, run_options, folder.record)
    folder.write_tables(run)
    reported = write_page(folder, run)
    rows = folder.record.photo_rows()
    return complete and reported, Summary(tuple(rows), skipped, folder.publish(complete=complete))


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


def write_page(
    folder: ResultsFolder | ComparedFolder, run: Mapping[str, object], comparisons: Sequence[ComparisonView] = ()
) -> bool:
    """Write the report; the tables are kept even where that fails in a way that was not foreseen."""
    from densitometer.report.page import write_report

    try:
        write_report(folder.staging, folder.record, run, comparisons)
    except Exception:
        log.exception("report.html could not be written; the tables are complete. Please report this error:")
        return False
    return True
