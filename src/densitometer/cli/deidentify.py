"""``densitometer deidentify``: copies of photographs without metadata, under pseudonyms."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from densitometer.cli import options
from densitometer.cli.measuring import check_scale, read_named
from densitometer.errors import DensitometerError, ResultsError

if TYPE_CHECKING:
    from densitometer.batch.inputs import Found
    from densitometer.batch.jobs import Job
    from densitometer.deidentify import Done, Original
    from densitometer.deidentify.copies import Copy
    from densitometer.visits.table import Visits

log = logging.getLogger(__name__)

_MOST_SHOWN = 20
_MISSING = "the table names it, and there is no such file in the folder; check the name"
_NO_PROOF = "That no text is reported is no proof that there is none: look at the copies before you pass them on."


@click.command(short_help="Copy photographs without metadata, under pseudonyms.")
@click.argument("folder", metavar="FOLDER", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("-o", "--out", required=True, metavar="OUT", type=click.Path(path_type=Path),
              help="Folder for the copies; a new one, or one with copies of the same key.")  # fmt: skip
@click.option("--visits", "visits_file", type=click.Path(path_type=Path), metavar="FILE",
              help="CSV or Excel file (.xlsx) that says which photograph shows whom, where and when.")  # fmt: skip
@options.name_pattern
@click.option("--key", "key_file", type=click.Path(path_type=Path), metavar="KEY",
              help="Table of who has which pseudonym, added to. Without it, FOLDER-key.csv beside FOLDER.")  # fmt: skip
@click.option("--blank-text", is_flag=True, help="Paint over burned-in text that is found; a scale bar with its "
              "length is spared. Nothing is counted there.")  # fmt: skip
@click.option("--um-per-px", type=float, metavar="F", help="Scale of the photographs, in micrometres per pixel, for "
              "the table of the copies. A scale in the visits table goes before it.")  # fmt: skip
@click.option("--keep-column", "keep", multiple=True, metavar="NAME", help="Carry this further column of the visits "
              "table over; of others only such as arm, device or session are. May be given again.")  # fmt: skip
@click.option("--unlisted", is_flag=True, help="Copy photographs too that the visits table or the pattern does not "
              "name; without it they stay behind.")  # fmt: skip
@options.workers
@options.quiet
@options.verbose
@options.user_errors
def deidentify(
    folder: Path,
    out: Path,
    visits_file: Path | None,
    name_pattern: str | None,
    key_file: Path | None,
    blank_text: bool,
    um_per_px: float | None,
    keep: Sequence[str],
    unlisted: bool,
    workers: int | None,
    quiet: bool,
    verbose: bool,
) -> None:
    """Copy the photographs in FOLDER to OUT without metadata and under pseudonyms, with a table that belongs to them.

    Each copy is a PNG file made anew from the pixels alone, so that nothing else of the original is in it, and
    measuring it gives the same numbers. Originals are only ever read.

    With --visits or --name-pattern copies are named after the pseudonym of the subject, the site, the visit and the
    replicate; OUT/visits.csv says the same. Of further columns only such as arm, device and session go along.
    Without either, photographs and folders get pseudonyms of their own. OUT/deidentified.csv lists the copies, and
    which of them show burned-in text.

    KEY says who is who. It stays with you, away from the copies; the next visit with the same KEY gives each subject
    the same pseudonym. A run that was stopped is finished by the same command.

    \b
    For example:
      densitometer deidentify photographs/ --visits visits.csv -o study/ --key clinic-key.csv
      densitometer deidentify photographs/ --name-pattern "{subject}_{site}_{visit}" -o study/ --blank-text

    \b
    Exit codes:
      0  all photographs were copied, now or before
      1  the run was stopped, by you or by an error; what was copied until then stays
      2  wrong use, nothing was copied
      3  some photographs were not copied
    """
    from densitometer.batch.inputs import find_photos
    from densitometer.deidentify import StoppedError

    key_file = key_file or _beside(folder)
    _check_places(folder, out, key_file)
    check_scale(um_per_px)
    if keep and visits_file is None and name_pattern is None:
        raise click.UsageError("--keep-column names a column of the visits table; give that with --visits.")
    named = read_named(visits_file, name_pattern)
    inputs = find_photos([folder])
    visits = named([item.photo for item in inputs.found])
    jobs = _jobs(inputs.found, visits, um_per_px, inputs.notes, unlisted=unlisted)
    left_out = _left_out(visits, keep, jobs)
    try:
        done = _copied(jobs, visits is not None, out, key_file, blank_text, left_out, keep, workers, quiet)
    except StoppedError as error:
        return options.fail(error, options.STOPPED, verbose=verbose)
    except KeyboardInterrupt as error:
        sentence = "stopped; what was copied stays, and the same command goes on from there"
        return options.fail(error, options.STOPPED, verbose=verbose, sentence=sentence)
    _show(done, out, key_file, quiet=quiet)
    if not done.complete:
        sys.exit(options.STOPPED)
    sys.exit(options.SOME_NOT_MEASURED if done.failures else 0)


def _beside(folder: Path) -> Path:
    path = Path(os.path.abspath(folder))
    if not path.name:
        raise DensitometerError(f"{folder} has no folder above it for the key; say with --key where it shall lie")
    return path.with_name(f"{path.name}-key.csv")


def _check_places(folder: Path, out: Path, key_file: Path) -> None:
    """Refuse places for copies and key that would mix what must stay apart."""
    source, target, key = (Path(os.path.realpath(path)) for path in (folder, out, key_file))
    if target == source or target.is_relative_to(source):
        raise ResultsError(f"{out} lies in {folder}, among the originals; choose a folder outside for -o")
    if source.is_relative_to(target):
        raise ResultsError(f"{folder} lies in {out}, where only copies belong; choose another folder for -o")
    if key.is_relative_to(target):
        raise ResultsError(
            f"the key {key_file} would lie in {out} and travel with the copies, so that everybody who has them would "
            "know who is who; choose another place with --key"
        )


def _jobs(
    found: Sequence[Found], visits: Visits | None, um_per_px: float | None, notes: Iterable[str], *, unlisted: bool
) -> Sequence[Job]:
    """Join photographs with the rows of the table, and say what does not fit."""
    from densitometer.batch.jobs import plan

    jobs, warnings = plan(found, visits, um_per_px)
    for warning in [*notes, *warnings]:
        log.warning("%s", warning)
    if visits is None or unlisted:
        return jobs
    listed = [job for job in jobs if job.row is not None]
    if behind := len(jobs) - len(listed):
        told = f"{_counted(behind, 'photograph')} without a row of the table"
        log.warning("%s stay%s behind; --unlisted copies them, too", told, "s" * (behind == 1))
    return listed


def _left_out(visits: Visits | None, keep: Sequence[str], jobs: Sequence[Job]) -> list[str]:
    """Columns that are not carried over; says which, and where else a subject's code stands."""
    from densitometer.deidentify.columns import kept_columns, telling_columns

    if visits is None:
        return []
    kept, left_out = kept_columns(visits.further, keep)
    if left_out:
        log.warning(
            "left out of visits.csv, for they may say who somebody is: %s; keep one with --keep-column NAME",
            ", ".join(left_out),
        )
    if kept:
        log.warning("carried over to visits.csv as they are: %s", ", ".join(kept))
    columns = ("site", "visit", "replicate", *kept)
    rows = [{name: job.carried.get(name, "") for name in columns} for job in jobs]
    for column, count in telling_columns(rows, (job.carried.get("subject", "") for job in jobs)).items():
        cells = f"{count} cell{'' if count == 1 else 's'}"
        log.warning(
            "column %s holds the original code of a subject in %s, copied as it is%s; take it out of the table and run "
            "the command again",
            column,
            cells,
            "" if column in kept else ", into the names of the copies too",
        )
    return left_out


def _copied(
    jobs: Sequence[Job],
    table: bool,
    out: Path,
    key_file: Path,
    blank: bool,
    left_out: Sequence[str],
    keep: Sequence[str],
    workers: int | None,
    quiet: bool,
) -> Done:
    from densitometer.cli.progress import follow
    from densitometer.cli.stopping import stopping
    from densitometer.deidentify import Wish
    from densitometer.deidentify import deidentify as run

    def followed(copies: Iterable[Copy], total: int, before: int) -> Iterable[Copy]:
        return follow(copies, total, quiet=quiet, doing="copying", done=before)

    originals = _originals(jobs, table, quiet)
    with stopping() as stop:
        return run(
            originals,
            out,
            key_file,
            Wish(blank, left_out, keep),
            workers=workers or options.default_workers(),
            stop=stop,
            follow=followed,
        )


def _originals(jobs: Sequence[Job], table: bool, quiet: bool) -> list[Original]:
    """The photographs with the hash of each, which tells whether a copy is there already."""
    from densitometer.batch.hashes import hashes
    from densitometer.cli.progress import follow
    from densitometer.deidentify import Original

    reasons = [_MISSING if job.lost else job.reason for job in jobs]
    sums = follow(hashes([job.path for job in jobs]), len(jobs), quiet=quiet, doing="reading")
    return [
        Original(
            job.photo, Path(job.path), None if reason else sha256, job.carried if table else None, job.um_per_px, reason
        )
        for job, sha256, reason in zip(jobs, sums, reasons, strict=True)
    ]


def _show(done: Done, out: Path, key_file: Path, *, quiet: bool) -> None:
    """Print what was done, and what the user should look at."""
    say: Callable[[str], None] = (lambda text: None) if quiet else lambda text: click.echo(options.one_line(text))
    for photo, reason in done.failures[:_MOST_SHOWN]:
        log.warning("%s was not copied: %s", photo, reason)
    if len(done.failures) > _MOST_SHOWN:
        log.warning("and %d more were not copied", len(done.failures) - _MOST_SHOWN)
    for name in done.text_left[:_MOST_SHOWN]:
        log.warning("%s: text is found in the copy though it was painted over; look at it", name)
    told = [f"{_counted(done.copied, 'photograph')} copied to {out}"]
    told += [f"{done.before} there already"] if done.before else []
    told += [f"{len(done.failures)} not copied"] if done.failures else []
    told += [f"{done.stayed} of earlier runs stay"] if done.stayed else []
    say(", ".join(told) + ("." if done.complete else "; stopped, and the same command goes on from there."))
    if done.blanked:
        say(f"Burned-in text was painted over in {done.blanked}; {out / 'deidentified.csv'} says where to look.")
    elif done.with_text:
        say(
            f"Burned-in text was found in {done.with_text}, which {out / 'deidentified.csv'} names: look at them, or "
            "give the same command with --blank-text."
        )
    say(f"Key: {key_file}. It says who is who: keep it where the copies do not go.")
    log.warning("%s", _NO_PROOF)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
