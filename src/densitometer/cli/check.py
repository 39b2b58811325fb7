"""``densitometer check``: what is wrong with a study, before a night's work is spent on it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from densitometer.cli import options
from densitometer.errors import DensitometerError, ResultsError, VisitsError

if TYPE_CHECKING:
    from densitometer.batch.check import Checked
    from densitometer.batch.inputs import Found
    from densitometer.batch.places import Place
    from densitometer.settings import Settings
    from densitometer.visits.problems import Problem
    from densitometer.visits.table import Examined

_HEADS = {
    "table": "The table",
    "files": "Files",
    "photographs": "Photographs",
    "dates": "Dates and order of visits",
    "scales": "Scales",
    "devices": "Devices and sizes of pictures",
    "spelling": "Spelling",
}
_TABLES = frozenset({".csv", ".tsv", ".txt", ".xlsx"})
_MOST_SHOWN = 10
_FIRST_LINE = "row,column,photo,problem"


@click.command(short_help="Find all that is wrong with a study before measuring it.")
@click.argument("paths", metavar="[VISITS] [PHOTO_OR_FOLDER]...", nargs=-1, required=True)
@options.um_per_px
@options.name_pattern
@options.settings
@options.workers
@click.option("-o", "--out", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False),
              help="Write every problem to this CSV file, with row, column and photograph.")  # fmt: skip
@options.quiet
@options.verbose
@options.user_errors
def check(
    paths: Sequence[str],
    um_per_px: float | None,
    name_pattern: str | None,
    settings_file: Path | None,
    workers: int | None,
    out: Path | None,
    quiet: bool,
    verbose: bool,
) -> None:
    """Read every row of a visits table and every photograph, and tell all that is wrong at once.

    Photographs are looked for in the folders given after the table; without any, in the folder in which the table
    lies. With --name-pattern there is no table. Nothing is measured, and nothing is written but the FILE of -o.

    Dates are written YYYY-MM-DD, or are date cells of an Excel workbook. A scale may have a decimal comma, in quotes
    where commas separate the cells.

    \b
    For example:
      densitometer check visits.csv
      densitometer check visits.xlsx photos/ -o problems.csv
      densitometer check --name-pattern "{subject}_{site}_{visit}_{replicate}" photos/

    \b
    Exit codes:
      0  nothing is wrong
      1  the check was stopped, by you or by an internal error
      2  there are problems, or wrong use
    """
    from densitometer.batch.places import is_address
    from densitometer.cli.measuring import check_scale, chosen_settings

    places = [path if is_address(path) else Path(path) for path in paths]
    settings = chosen_settings(settings_file, None)
    check_scale(um_per_px)
    if out is not None:
        _check_out(out, places)
    try:
        count = workers or options.default_workers()
        checked = _checked(places, name_pattern, settings, um_per_px, count, quiet)
    except KeyboardInterrupt as error:
        return options.fail(error, options.STOPPED, verbose=verbose, sentence="stopped; nothing was changed")
    if out is not None:
        _write(out, checked.problems)
    if not quiet:
        _show(checked, out)
    sys.exit(options.WRONG_USE if checked.problems else 0)


def _checked(
    places: Sequence[Place], pattern: str | None, settings: Settings, um_per_px: float | None, workers: int, quiet: bool
) -> Checked:
    from contextlib import closing
    from datetime import date

    from densitometer.batch.check import check_study, look_at
    from densitometer.batch.check_files import not_read
    from densitometer.cli.progress import follow
    from densitometer.cli.stopping import stopping

    if pattern is not None:
        found, examined = _by_names(places, pattern)
    else:
        found, examined = _by_table(places)
        places = places[1:] or [Path(places[0]).parent]
    others = not_read(places)
    with stopping() as stop, closing(look_at(found, settings, workers=workers, stop=stop)) as looking:
        looked = follow(looking, len(found), quiet=quiet, doing="reading", failed=lambda one: bool(one.reason))
        facts = {one.photo: one for one in looked}
        if stop.is_set():
            raise KeyboardInterrupt
    return check_study(examined, found, facts, settings, um_per_px=um_per_px, today=date.today(), others=others)


def _by_names(places: Sequence[Place], pattern: str) -> tuple[Sequence[Found], Examined]:
    from densitometer.batch.inputs import find_photos
    from densitometer.visits.name_pattern import examine_names, parse_pattern

    parse_pattern(pattern)
    table = next((place for place in places if isinstance(place, Path) and place.suffix.lower() in _TABLES), None)
    if table is not None:
        raise VisitsError(f"{table} and --name-pattern both say what photographs show; give one of them")
    found = find_photos(places).found
    return found, examine_names([item.photo for item in found], pattern)


def _by_table(places: Sequence[Place]) -> tuple[Sequence[Found], Examined]:
    from densitometer.batch.inputs import find_photos
    from densitometer.batch.places import shown_place
    from densitometer.visits.table import examine

    table, *folders = places
    if isinstance(table, str):
        raise VisitsError(f"{shown_place(table)} is an address; name the visits table first, a file on this machine")
    if table.is_dir():
        hint = 'or say with --name-pattern how its photographs are named, as in "{subject}_{site}_{visit}_{replicate}"'
        raise VisitsError(f"{table} is a folder; name the visits table first, {hint}")
    examined = examine(table)
    for folder in folders:
        if isinstance(folder, Path) and not folder.exists():
            raise VisitsError(f"{folder}: there is no such file or folder; check the name")
    try:
        return find_photos(folders or [table.parent]).found, examined
    except DensitometerError:
        if any(isinstance(folder, str) for folder in folders):  # a storage may not have answered
            raise
        return (), examined  # no photograph is there, which is a problem like others


def _check_out(out: Path, places: Iterable[Place]) -> None:
    """Refuse what would overwrite anything but the problems of an earlier check, before time is spent."""
    if not out.parent.is_dir():
        raise ResultsError(f"{out} cannot be written: there is no folder {out.parent}; make it, or choose another FILE")
    if not out.exists():
        return
    try:
        with out.open(encoding="utf-8") as file:
            ours = file.readline(len(_FIRST_LINE) + 2).rstrip("\n") == _FIRST_LINE
    except (OSError, ValueError):
        ours = False
    if not ours or any(isinstance(place, Path) and place.exists() and place.samefile(out) for place in places):
        raise ResultsError(f"{out} is there already and holds something else; choose another FILE for -o")


def _write(out: Path, problems: Sequence[Problem]) -> None:
    from densitometer.dictionary import Column
    from densitometer.results.tables import write_csv

    columns = [
        Column(
            "row", "integer", "", "Row of the table as a spreadsheet numbers it; empty where no row is meant.", spec="d"
        ),
        Column("column", "text", "", "Column of the table; empty where none is meant."),
        Column("photo", "text", "", "The photograph; empty where none is meant."),
        Column("problem", "text", "", "What is wrong, and what to do."),
    ]
    try:
        write_csv(out, columns, [(p.row, p.column, p.photo, options.one_line(p.text)) for p in problems])
    except OSError as error:
        raise ResultsError(f"{out} cannot be written: {error.strerror}; choose another FILE for -o") from error


def _show(checked: Checked, out: Path | None) -> None:
    """Print the problems by what they are about, the first ones of many, and what there is in all."""
    for line in _lines(checked.problems, out):
        click.echo(options.one_line(line))
    whom = [_counted(n, what) for n, what in ((checked.subjects, "subject"), (checked.visits, "visit")) if n]
    there = _counted(checked.photographs, "photograph") + (f" of {', '.join(whom)}" if whom else "")
    if not checked.problems:
        click.echo(f"{there}: nothing to mend.")
        return
    told = f" All of them: {out}" if out else ""
    click.echo(options.one_line(f"{there}: {_counted(len(checked.problems), 'problem')}.{told}"))


def _lines(problems: Sequence[Problem], out: Path | None) -> Iterator[str]:
    from densitometer.visits.problems import together, told_together

    for kind, head in _HEADS.items():
        some = [problem for problem in problems if problem.kind == kind]
        if some:
            yield f"{head} ({len(some)})"
            groups = together(some)
            for group in groups[:_MOST_SHOWN]:
                yield f"- {told_together(group) if len(group) > 1 else _line(group[0])}"
            more = sum(map(len, groups[_MOST_SHOWN:]))
            if more > 0:
                yield f"- and {more} more; {f'see {out}' if out else 'write all to a file with -o problems.csv'}"
            yield ""


def _line(problem: Problem) -> str:
    place = ", ".join(filter(None, (problem.place, problem.photo)))
    return f"{place}: {problem.text}" if place else problem.text


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
