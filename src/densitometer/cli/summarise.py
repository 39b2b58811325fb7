"""``densitometer summarise``: what a study says, by arm, site and visit."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING

import click

from densitometer.cli import options
from densitometer.cli.given import NamedPath
from densitometer.errors import StudyError

if TYPE_CHECKING:
    from densitometer.study.model import Study
    from densitometer.summary.model import StudySummary
    from densitometer.summary.parameter import Measured

_PATH = click.Path(path_type=Path)
_KIND = "summary"
_PRINTED = ("density_per_cm2", "terminal30_per_cm2", "mean_width_um", "cumulative_width_mm_per_cm2")
_PLAIN = str.maketrans({"²": "2", "µ": "u", "±": "+/-"})


@click.command(short_help="Tell what a study says, by arm, site and visit.")
@click.argument("out", metavar="OUT", type=_PATH)
@click.option("--study", "study_file", type=_PATH, metavar="FILE",
              help="What photographs do not tell of the study, in TOML: id, arms, visits, sites, devices.")  # fmt: skip
@click.option("--subjects", "subjects_file", type=_PATH, metavar="FILE",
              help="Table of subjects (CSV or Excel): subject, and variables such as ARM.")  # fmt: skip
@click.option("--control", "control_arm", metavar="ARM",
              help="Arm that serves as control. Without it, the only one whose name says so, such as "
              "placebo.")  # fmt: skip
@click.option("--control-site", metavar="SITE",
              help="Site that serves as control, being left untreated. Without it, the only one whose name says "
              "so.")  # fmt: skip
@click.option("--parameter", "names", multiple=True, metavar="NAME",
              help="Print this column of photos.csv as well as density; may be repeated. Without it terminal hair, "
              "mean width and cumulative width. Files hold all.")  # fmt: skip
@click.option("--literature", is_flag=True,
              help="Print all published trials with their sources, rather than those closest to density.")  # fmt: skip
@click.option("-o", "--out", "folder", metavar="DIR", type=NamedPath(path_type=Path),
              help="Write tables (CSV) to this folder: a new one, or one of an earlier summary, which is "
              "replaced.")  # fmt: skip
@options.quiet
@options.verbose
@options.user_errors
def summarise(
    out: Path,
    study_file: Path | None,
    subjects_file: Path | None,
    control_arm: str | None,
    control_site: str | None,
    names: tuple[str, ...],
    literature: bool,
    folder: Path | None,
    quiet: bool,
    verbose: bool,
) -> None:
    """Tell what the study in OUT, a folder of 'densitometer measure --visits', says: values and changes with intervals
    by arm, site and visit, mixed models, arms or sites compared, responders, and the error of measurement.

    Compare first, and changes found hair by hair stand beside those by subtraction. What was not measured is left out
    and counted, never taken for 0. OUT is only read. Mixed models need the extra 'statistics'.

    \b
    For example:
      densitometer summarise results/
      densitometer summarise results/ --subjects subjects.csv --control Placebo -o summary/
      densitometer summarise results/ --control-site "left temple" --parameter vellus30_per_cm2

    \b
    Exit codes:
      0  told, and written where DIR was named
      1  stopped, or an internal error; DIR is as it was
      2  wrong use, or no study can be read; nothing was written
    """
    from densitometer.cli.progress import waiting
    from densitometer.datasets.folder import check_folder
    from densitometer.summary.measured import parameters_named

    _check_names(control_arm, control_site)
    parameters = parameters_named([_PRINTED[0], *(names or _PRINTED[1:])])
    if folder is not None:
        check_folder(folder, out, kind=_KIND)
    with waiting("summarising", quiet=quiet):
        study, found, hashes = _summarised(out, study_file, subjects_file, control_arm or "", control_site or "")
    files = _write(folder, study, found, hashes) if folder is not None else ()
    if not quiet:
        _tell(study, found, parameters, folder, files, literature=literature)


def _summarised(
    out: Path, study_file: Path | None, subjects_file: Path | None, control_arm: str, control_site: str
) -> tuple[Study, StudySummary, dict[str, str | None]]:
    """Read and summarise, and give the hashes of both files as they were read."""
    from densitometer.datasets.export import sha256_given
    from densitometer.study.read import read_study
    from densitometer.summary.summarise import summarise as summarise_study

    given = {"study_file": study_file, "subjects": subjects_file}
    hashes = {f"{name}_sha256": sha256_given(path) for name, path in given.items()}
    study = read_study(out, study_file, subjects_file, whole=False)
    _check_study(study, out)
    found = summarise_study(study, control_arm=control_arm, control_site=control_site)
    if hashes != {f"{name}_sha256": sha256_given(path) for name, path in given.items()}:
        raise StudyError("the study file or the table of subjects was altered while it was read; summarise again")
    return study, found, hashes


def _tell(
    study: Study,
    found: StudySummary,
    parameters: Sequence[Measured],
    folder: Path | None,
    files: Sequence[str],
    *,
    literature: bool,
) -> None:
    from densitometer.cli.summarise_layout import paragraph
    from densitometer.cli.summarise_page import page

    lines = [*page(study, found, parameters, literature=literature)]
    if files:
        text = f"{len(files)} files in {options.one_line(str(folder))}: {', '.join(files)}"
        lines += ["", *paragraph(text)]
    _print("\n".join(lines))


def _print(text: str) -> None:
    """Print in the letters that stdout has, which in a pipe may be few: a page with cm2 is better than none."""
    from densitometer.cli.summarise_layout import WIDTH

    encoding = sys.stdout.encoding or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = text.translate(_PLAIN).encode(encoding, "backslashreplace").decode(encoding)
    click.echo(text)
    columns = get_terminal_size().columns
    if sys.stdout.isatty() and columns < max(map(len, text.splitlines())):
        advice = "widen the window, or add | less -S and move with the arrow keys"
        click.echo(f"The page is {WIDTH} columns wide, and this terminal {columns}: {advice}.", err=True)


def _check_names(control_arm: str | None, control_site: str | None) -> None:
    for option, name in (("--control", control_arm), ("--control-site", control_site)):
        if name is not None and not name.strip():
            raise StudyError(f"{option} names nothing; leave it out, or name the control")


def _check_study(study: Study, out: Path) -> None:
    """Refuse photographs of which nobody knows whom they show: there is nothing to summarise by."""
    if not any(one.subject.code and one.visit for one in study.photographs):
        raise StudyError(
            f"{out} does not tell whom its photographs show and at which visit; measure again with --visits, a table "
            "with the columns photo, subject, site, visit and visit_date"
        )


def _write(folder: Path, study: Study, found: StudySummary, hashes: dict[str, str | None]) -> Sequence[str]:
    """Write all tables, or none."""
    from densitometer.datasets.export import made_from
    from densitometer.datasets.folder import write_export
    from densitometer.results.tables import csv_pieces
    from densitometer.summary.tables import facts_of, tables_of

    files = ((f"{one.name}.csv", b"".join(csv_pieces(one.columns, one.rows))) for one in tables_of(found))
    told = {"study_id": study.about.study_id, **facts_of(found), **made_from(study, ("statsmodels",)), **hashes}
    return write_export(folder, files, told, kind=_KIND)
