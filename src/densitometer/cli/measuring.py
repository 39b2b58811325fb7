"""Measuring as the verbs do it: settings from the options, checks before the work, and the work with its progress."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from densitometer.cli import options
from densitometer.dictionary import CHANGE_COLUMNS
from densitometer.errors import DensitometerError, ResultsError, SettingsError, VisitsError

if TYPE_CHECKING:
    from densitometer.batch.jobs import Job
    from densitometer.cli.summary import Summary
    from densitometer.report.comparisons import ComparisonView
    from densitometer.results import ComparedFolder, Record, ResultsFolder, Wanted
    from densitometer.settings import Settings
    from densitometer.visits.table import Visits

log = logging.getLogger(__name__)

MOST_WITH_MATCHES = 500
_GOES_ON = "what was measured until then is kept, and the same command goes on from there"
_NO_REPORT = "report.html could not be written; the tables are complete. Please report this error:"
_FAILED = ""
_NO_SUBJECTS = "subjects.html could not be written; all the rest is complete. Please report this error:"


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


def read_named(visits_file: Path | None, name_pattern: str | None) -> Callable[[Sequence[str]], Visits | None]:
    """Read what says whom photographs show, before they are looked for; it gives the visits of those found.

    Raises
    ------
    VisitsError
        When the table or the pattern cannot be used, or there are both; also from what is returned, where names that
        follow the pattern cannot be used.
    """
    from densitometer.visits.name_pattern import parse_pattern, visits_of_names
    from densitometer.visits.table import read_visits

    if visits_file is not None and name_pattern is not None:
        raise VisitsError("--visits and --name-pattern both say what photographs show; give one of them")
    if name_pattern is not None:
        parse_pattern(name_pattern)
        return partial(visits_of_names, pattern=name_pattern)
    visits = read_visits(visits_file) if visits_file else None
    return lambda _: visits


def options_of_run(settings: Settings, um_per_px: float | None, visits: Visits | None) -> dict[str, object]:
    """Options that change the numbers; the number of workers does not."""
    return {
        "um_per_px": um_per_px,
        "method": settings.method,
        "region": settings.field.region,
        "visits": visits is not None,
    }


def sources_of(places: Iterable[Path | str], out: Path) -> list[str]:
    """What was given, for the audit trail: seen from the results folder, and addresses without what is secret."""
    import os

    from densitometer.batch.places import is_address, shown_place

    told = []
    for place in places:
        if is_address(place):
            told.append(shown_place(place))
            continue
        try:
            relative = os.path.relpath(os.path.realpath(place), os.path.realpath(out))
        except ValueError:  # on another drive
            relative = os.path.realpath(place)
        told.append(Path(relative).as_posix())
    return told


def measure_into(
    folder: ResultsFolder,
    jobs: Sequence[Job],
    settings: Settings,
    run_options: Mapping[str, object],
    workers: int,
    quiet: bool,
    skipped: int = 0,
    *,
    sources: Sequence[str] = (),
    asked_by: Sequence[Path] = (),
    time_limit_s: float | None = None,
    scheduler: str | None = None,
    verbose: bool = False,
) -> tuple[bool, Summary]:
    """Measure what is not done yet and write everything; tell whether all was done, and what the folder holds then."""
    from densitometer.cli.summary import Summary
    from densitometer.results import describe_run

    def describe(record: Record) -> dict[str, object]:
        return describe_run(settings, run_options, record)

    _warn_without_table(folder.record, run_options)
    to_measure = folder.plan(
        _wanted(folder, jobs, settings, quiet), _facts(settings, run_options, sources, asked_by), describe
    )
    with _ending_cleanly(verbose):
        todo = [job for job in jobs if job.photo in to_measure]
        how = {"workers": workers, "time_limit_s": time_limit_s, "scheduler": scheduler}
        complete = not todo or _measure(folder, todo, len(jobs) - len(todo), settings, quiet, **how)
        run = describe(folder.record)
        reported = (folder.is_up_to_date(run) and not _lacks_subjects(folder.record)) or _write(folder, run)
        folder.finish(stopped=not complete)
        return complete and reported, Summary.of(
            folder.record, len(jobs) - len(todo), skipped, folder.out, changed=folder.changed
        )


def _warn_without_table(record: Record, run_options: Mapping[str, object]) -> None:
    """Say so where the earlier run knew whom the photographs show, and this one does not."""
    then = record.run().get("options")
    if isinstance(then, dict) and then.get("visits") and not run_options["visits"]:
        log.warning("the earlier run had a table of visits, and this one has none: give --visits to keep its columns")


@contextmanager
def _ending_cleanly(verbose: bool) -> Iterator[None]:
    """End the command where it cannot go on, or where the user has it stop at once; the record is whole then too."""
    try:
        yield
    except DensitometerError as error:
        options.fail(error, options.STOPPED, verbose=verbose)
    except KeyboardInterrupt:
        log.warning("stopped at once; %s", _GOES_ON)
        sys.exit(options.STOPPED)


def _facts(
    settings: Settings, run_options: Mapping[str, object], sources: Sequence[str], asked_by: Sequence[Path]
) -> dict[str, object]:
    """What the audit trail says of the command: with the sha256 of its visits table and settings file."""
    from densitometer.results.atomic import sha256_of
    from densitometer.results.provenance import model_of

    return {
        "files": {path.name: sha256_of(path) for path in asked_by},
        "options": dict(run_options),
        "settings_sha256": settings.sha256,
        "settings": json.loads(settings.to_json()),
        "model_sha256": model_of(settings)["model_sha256"],
        "sources": list(sources),
    }


def _wanted(folder: ResultsFolder, jobs: Sequence[Job], settings: Settings, quiet: bool) -> list[Wanted]:
    """What is wanted of each photograph; only files that may be done already are read, for their hashes."""
    from dataclasses import replace

    from densitometer.batch.hashes import hashes
    from densitometer.cli.progress import follow
    from densitometer.results import Wanted
    from densitometer.results.made import made_of

    wanted = [
        Wanted(
            job.photo,
            None if job.reason is not None else made_of(None, job.um_per_px, job.from_visits, settings),
            job.carried,
        )
        for job in jobs
    ]
    candidates = folder.candidates(wanted)
    looked_at = [job for job in jobs if job.photo in candidates]
    found = follow(hashes([job.path for job in looked_at]), len(looked_at), quiet=quiet, doing="checking")
    sha256 = dict(zip((job.photo for job in looked_at), found, strict=True))
    return [
        replace(one, made={**(one.made or {}), "sha256": sha256[one.photo]}) if one.photo in sha256 else one
        for one in wanted
    ]


def _measure(
    folder: ResultsFolder, jobs: Sequence[Job], before: int, settings: Settings, quiet: bool, **how: Any
) -> bool:
    """Measure photographs and store each result as it comes; False when it was stopped before all were done."""
    from densitometer.batch import measure_batch
    from densitometer.cli.progress import follow
    from densitometer.cli.stopping import stopping
    from densitometer.report.overlay import draw_overlay

    done, total = 0, before + len(jobs)
    try:
        with stopping() as stop, closing(measure_batch(jobs, settings, draw=draw_overlay, stop=stop, **how)) as results:
            for result in follow(results, total, quiet=quiet, done=before, failed=lambda result: not result.measured):
                folder.add(result)
                done += 1
                log.info("%s: %s", result.photo, result.row["reason"] or f"{result.row['hair_count']} hairs")
    except ResultsError:
        raise
    except DensitometerError as error:  # no process can be had, or the cluster is lost: what is done is written
        log.error("%s", error)
        return False
    if done < len(jobs):
        log.warning("stopped; %s", _GOES_ON)
    return done == len(jobs)


def _write(folder: ResultsFolder, run: Mapping[str, object]) -> bool:
    """Write tables and pages; the tables are kept even where a page fails in a way that was not foreseen."""
    folder.write_tables(run)
    return write_pages(folder, folder.record.run(), _comparisons(folder.record))


def _lacks_subjects(record: Record) -> bool:
    """Tell whether there could be a page for each subject and is none, as where it failed before."""
    from densitometer.results.files import SUBJECTS

    if SUBJECTS in record.written() or "subject" not in {column.name for column in record.columns}:
        return False
    from densitometer.report.subjects.page import study_to_show
    from densitometer.study.changes import change_rows

    try:
        return study_to_show(record.photo_rows(), list(change_rows(record))) is not None
    except Exception:  # told where it is written
        return True


def write_pages(
    folder: ResultsFolder | ComparedFolder, run: Mapping[str, object], comparisons: Sequence[ComparisonView]
) -> bool:
    """Write the report, and the page of each subject where photographs have any; False where one failed unforeseen.

    All the rest is kept then. The report links to the other page only where that is put in place with it.
    """
    from densitometer.report.subjects.page import render_subjects
    from densitometer.results import without_hairs

    subjects = _rendered(lambda: render_subjects(without_hairs(folder.record), run, comparisons), _NO_SUBJECTS)
    report = _rendered(lambda: _report_page(folder.record, run, comparisons, linked=bool(subjects)), _NO_REPORT)
    if report:
        folder.write_report(report)
    if subjects:
        folder.write_subjects(subjects)
    return _FAILED not in (report, subjects)


def _rendered(render: Callable[[], str | None], failed: str) -> str | None:
    """Give a page, or nothing where there is to be none; an empty text where that failed, which the user is told."""
    try:
        return render()
    except Exception:
        log.exception(failed)
        return _FAILED


def _report_page(
    record: Record, run: Mapping[str, object], comparisons: Sequence[ComparisonView], *, linked: bool
) -> str:
    from densitometer.report.page import render_report
    from densitometer.study.changes import repeat_rows

    return render_report(record, run, comparisons, list(repeat_rows(record)), linked=linked)


def _comparisons(record: Record) -> list[ComparisonView]:
    """Comparisons that the record holds, for the report."""
    from densitometer.report.comparisons import ComparisonView

    tables = record.comparisons
    if not tables.there:
        return []
    columns = [column.name for column in CHANGE_COLUMNS]
    rows = [dict(zip(columns, cells, strict=True)) for cells in tables.cells("changes")]
    views = []
    for row in rows:
        names = str(row["baseline_photo"]), str(row["followup_photo"])
        matches = tables.matches(*names) if len(rows) <= MOST_WITH_MATCHES else ()
        views.append(ComparisonView(row, matches, *tables.pictures_of(*names)))
    return views
