"""``densitometer compare``: what changed from visit to visit, hair by hair."""

from __future__ import annotations

import logging
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

import click

from densitometer.cli import options
from densitometer.errors import DensitometerError, ResultsError, VisitsError

if TYPE_CHECKING:
    from densitometer.batch.comparisons import Compared, Pair
    from densitometer.results import ComparedFolder, Record
    from densitometer.results.rows import Cell
    from densitometer.settings import Settings
    from densitometer.visits.series import Plan, Planned

log = logging.getLogger(__name__)

_PAIR = 2
_MOST_WITH_MATCHES = 500
_MOST_DRAWN = 200  # letters of a label: no picture has room for more, and fitting thousands takes minutes
_NO_PAIR = (
    "holds no two visits of one subject and site; measure with --visits FILE, a table with the columns photo, subject, "
    "site, visit and visit_date that names at least two visits"
)


@click.command(short_help="Compare visits, hair by hair.")
@click.argument("places", metavar="OUT | BASELINE FOLLOWUP", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-o", "--out", metavar="OUT", type=click.Path(path_type=Path),
              help="Results folder for two photographs that are named.")  # fmt: skip
@options.um_per_px
@options.settings
@options.method
@options.workers
@options.time_limit
@options.quiet
@options.verbose
@options.user_errors
def compare(
    places: Sequence[Path],
    out: Path | None,
    um_per_px: float | None,
    settings_file: Path | None,
    method: Literal["network", "ridge"] | None,
    workers: int | None,
    time_limit: int,
    quiet: bool,
    verbose: bool,
) -> None:
    """Say what changed from visit to visit: which hairs persist, are lost or gained, and whether it exceeds the error.

    OUT is a folder that 'densitometer measure' wrote with --visits: every visit of each subject and site is compared
    with the first and with the one before. Or name two photographs of one site: they are measured into the folder
    given with -o, in the place of an earlier pair there but never of another run, and then compared.

    Tables, pictures and a part of the report are added to the folder. Comparing again replaces them; measuring again
    takes them away.

    Photographs that do not show one place of one scalp are not compared: they get a row with the reason.

    \b
    Exit codes:
      0  all comparisons were made
      1  the run was stopped, by you or by an internal error; what was measured is as it was
      2  wrong use, nothing was compared
      3  some photographs could not be compared
    """
    from densitometer.cli.measuring import chosen_settings

    count = workers or options.default_workers()
    if len(places) == 1:
        if not places[0].exists():
            raise ResultsError(f"there is no folder {places[0]}; name one that 'densitometer measure --visits' wrote")
        if places[0].is_file():
            raise click.UsageError(f"{places[0]} is a file; name one results folder, or two photographs.")
        _refuse_with_folder({"-o": out, "--um-per-px": um_per_px, "--method": method, "--time-limit": _given_limit()})
        place = places[0]
        settings = chosen_settings(settings_file, None)
    else:
        place = _place_of_pair(places, out)
        settings = chosen_settings(settings_file, method)
        _measure(places, place, settings, um_per_px, count, time_limit, quiet=quiet, verbose=verbose)
    sys.exit(_compare(place, settings, count, quiet=quiet, verbose=verbose))


def _given_limit() -> object:
    """Limit on the time where it was named and is not what goes without saying."""
    context = click.get_current_context()
    named = context.get_parameter_source("time_limit") is not click.core.ParameterSource.DEFAULT
    return context.params["time_limit"] if named else None


def _refuse_with_folder(given: Mapping[str, object]) -> None:
    for name, value in given.items():
        if value is not None:
            raise click.UsageError(f"{name} is for two photographs; a results folder holds what it was measured with.")


def _place_of_pair(places: Sequence[Path], out: Path | None) -> Path:
    if len(places) != _PAIR:
        raise click.UsageError("Name one results folder, or two photographs: the baseline and the follow-up.")
    if out is None:
        raise click.UsageError("Name a results folder for the two photographs with -o.")
    for path in places:
        if path.is_dir():
            raise click.UsageError(f"{path} is a folder; name two photographs, or one results folder alone.")
        if not path.exists():
            raise DensitometerError(f"there is no file {path}; check the name")
    _refuse_another_run(out)
    return out


def _refuse_another_run(out: Path) -> None:
    """Refuse to put a pair in the place of a run that was not itself one."""
    from densitometer.results.record import Record, is_record

    if not is_record(out / "results.sqlite"):
        return
    with closing(Record.read(out / "results.sqlite")) as record:
        if _is_pair(record):
            return
        count = f"{len(record)} photograph" + "s" * (len(record) != 1)
    raise ResultsError(f"{out} holds {count} of another run; name another folder with -o")


def _measure(
    places: Sequence[Path],
    out: Path,
    settings: Settings,
    um_per_px: float | None,
    workers: int,
    time_limit_s: float,
    *,
    quiet: bool,
    verbose: bool,
) -> None:
    """Measure baseline and follow-up into ``out`` as visits 1 and 2; ends the command where that is stopped."""
    from densitometer.batch.inputs import find_photos
    from densitometer.batch.jobs import Job
    from densitometer.cli.measuring import check_model, check_scale, measure_into, options_of_run, sources_of
    from densitometer.results import ResultsFolder

    check_scale(um_per_px)
    check_model(settings)
    found = find_photos(places, out).found
    if len(found) != _PAIR:
        raise DensitometerError(f"{places[0]} and {places[1]} are one file; name two photographs")
    visits = [{"subject": "", "site": "", "visit": visit, "visit_date": "", "replicate": ""} for visit in ("1", "2")]
    jobs = [
        Job(item.photo, item.path, um_per_px, carried=carried, reason=item.reason)
        for item, carried in zip(found, visits, strict=True)
    ]
    run_options = {**options_of_run(settings, um_per_px, None), "pair": True}
    with ResultsFolder.open(out, ()) as folder:
        sources = sources_of(places, out)
        complete, _ = measure_into(
            folder,
            jobs,
            settings,
            run_options,
            workers,
            quiet,
            sources=sources,
            time_limit_s=time_limit_s,
            verbose=verbose,
        )
    if not complete:
        sys.exit(options.STOPPED)


def _compare(out: Path, settings: Settings, workers: int, *, quiet: bool, verbose: bool) -> int:
    """Compare the visits in ``out``, write everything, put it in place, tell the user, and return the exit code."""
    from densitometer.cli.change_summary import show_changes
    from densitometer.results import ComparedFolder
    from densitometer.visits.series import plan_comparisons

    with ComparedFolder.open(out) as folder:
        photos = _rows_as_in_visits(folder.record)
        plan = plan_comparisons(photos, one_place=_is_pair(folder.record))
        for warning in plan.warnings:
            log.warning("%s", warning)
        if others := folder.differing(settings):
            told = (
                "the photographs were measured with other settings for comparing, which are not taken over; name them"
            )
            log.warning("%s: %s with --settings to use them", ", ".join(others), told)
        if not (plan.changes or plan.repeats):
            raise VisitsError(f"{out} {_NO_PAIR}")
        try:
            changes, repeats = _fill(folder, plan, photos, settings, workers, quiet=quiet)
            reported = _report(folder, changes, settings)
            folder.publish()
        except KeyboardInterrupt:
            told = "is partly new; compare again" if folder.complete else "is as it was"
            log.warning("stopped; %s %s", out, told)
            return options.STOPPED
        except DensitometerError as error:
            options.fail(error, options.STOPPED, verbose=verbose)
    if not quiet:
        show_changes(changes, repeats, photos, out, plan.note)
    if not reported:
        return options.STOPPED
    return options.SOME_NOT_MEASURED if not all(row["comparable"] for row in changes) else 0


def _is_pair(record: Record) -> bool:
    """Tell whether a run is one of two photographs that were named on the command line."""
    return bool(_options_of(record).get("pair"))


def _rows_as_in_visits(record: Record) -> list[dict[str, Cell]]:
    """Rows of photos.csv in the order in which visits.csv names them; those that it does not name are the last."""
    order = _options_of(record).get("visits_order")
    places = {photo: place for place, photo in enumerate(order if isinstance(order, list) else ())}
    return sorted(record.photo_rows(), key=lambda row: places.get(row["photo"], len(places)))


def _options_of(record: Record) -> dict[str, object]:
    found = record.run().get("options")
    return found if isinstance(found, dict) else {}


def _fill(
    folder: ComparedFolder,
    plan: Plan,
    rows: Sequence[Mapping[str, Cell]],
    settings: Settings,
    workers: int,
    *,
    quiet: bool,
) -> tuple[list[dict[str, Cell]], list[dict[str, Cell]]]:
    """Compare, and fill the tables of the record; returns those of changes and of repeatability."""
    from densitometer.batch.study import add_verdicts, comparison_rows, track_rows

    found = _compared(folder, plan, settings, workers, quiet=quiet)
    photos = {str(row["photo"]): row for row in rows}
    changes = comparison_rows(plan.changes, found, photos)
    repeats = comparison_rows(plan.repeats, found, photos)
    add_verdicts(changes, repeats, settings)
    tables = folder.record.comparisons
    tables.add("changes", changes)
    tables.add("repeatability", repeats)
    tables.add("tracks", track_rows(plan.series, changes, tables.matches, folder.record.widths_um))
    return changes, repeats


def _compared(
    folder: ComparedFolder, plan: Plan, settings: Settings, workers: int, *, quiet: bool
) -> dict[tuple[str, str], Compared]:
    """Compare all pairs that can be, and store their matches as they come."""
    from dataclasses import replace

    from densitometer.batch.comparisons import compare_pairs
    from densitometer.cli.progress import follow
    from densitometer.report.comparison_files import write_comparison

    pairs = [_pair(one, drawn=True) for one in plan.changes if not one.reason]
    pairs += [_pair(one, drawn=False) for one in plan.repeats if not one.reason]
    made = compare_pairs(
        pairs,
        settings,
        record=folder.out / "results.sqlite",
        out=folder.staging,
        workers=workers,
        draw=write_comparison,
    )
    found = {}
    tables = folder.record.comparisons
    with closing(cast("Generator[Compared, None, None]", made)):  # ends its processes, whatever happens here
        for one in follow(made, len(pairs), quiet=quiet, doing="comparing"):
            names = (one.pair.baseline, one.pair.followup)
            log.info("%s and %s: %s", *names, one.reason or f"{len(one.matches)} hairs matched")
            if one.pair.titles is not None:
                tables.add("matches", one.matches)
                tables.add_pictures(*names, one.picture, one.blink)
            found[names] = replace(one, matches=())
    return found


def _pair(planned: Planned, *, drawn: bool) -> Pair:
    from densitometer.batch.comparisons import Pair

    if not drawn:
        return Pair(planned.baseline, planned.followup)
    earlier = "Visit before" if planned.cells["against"] == "previous" else "Baseline"
    titles = (_title(planned, "baseline", earlier), _title(planned, "followup", "Follow-up"))
    return Pair(planned.baseline, planned.followup, titles)


def _title(planned: Planned, which: str, name: str) -> str:
    """Which visit a picture shows, and when it was."""
    from densitometer.report.texts import visit_called

    visit, when = (str(planned.cells.get(f"{which}_{what}") or "") for what in ("visit", "date"))
    told = ", ".join(filter(None, (visit_called(visit)[:_MOST_DRAWN], when)))
    return f"{name}: {told}" if told else name


def _report(folder: ComparedFolder, changes: Sequence[Mapping[str, Cell]], settings: Settings) -> bool:
    """Write tables and pages; the tables are kept even where a page fails in a way that was not foreseen."""
    from densitometer.cli.measuring import write_pages
    from densitometer.report.comparisons import ComparisonView

    run = folder.describe(settings)
    folder.write_tables(run)
    tables = folder.record.comparisons
    views = []
    for row in changes:
        names = str(row["baseline_photo"]), str(row["followup_photo"])
        matches = tables.matches(*names) if len(changes) <= _MOST_WITH_MATCHES else ()
        views.append(ComparisonView(row, matches, *tables.pictures_of(*names)))
    return write_pages(folder, run, views)
