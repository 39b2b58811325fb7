"""``densitometer export``: data sets of a study for other systems."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from densitometer.cli import options

_FORMATS = ("tidy", "sdtm", "adam", "redcap", "fhir")
_PATH = click.Path(path_type=Path)


class _Folder(click.Path):
    """A path that is not empty: a path of no words would be the current folder."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "":
            self.fail("the name of the folder is empty", param, ctx)
        return super().convert(value, param, ctx)


@click.command(short_help="Write data sets for statistics and for trial databases.")
@click.argument("out", metavar="OUT", type=_PATH)
@click.option("--as", "form", required=True, type=click.Choice(_FORMATS), help="Form of the data sets.")
@click.option("-o", "--out", "folder", required=True, metavar="DIR", type=_Folder(path_type=Path),
              help="Folder for the data sets: a new one, or one of an earlier export, which is replaced.")  # fmt: skip
@click.option("--study", "study_file", type=_PATH, metavar="FILE",
              help="What photographs do not tell of the study, in TOML: id, arms, visits, sites, devices.")  # fmt: skip
@click.option("--subjects", "subjects_file", type=_PATH, metavar="FILE",
              help="Table of subjects (CSV or Excel): subject, and variables such as ARM, SITEID, TRTSDT.")  # fmt: skip
@click.option("--allow-no-baseline", is_flag=True,
              help="With adam: where nobody photographed the baseline, BASE and CHG stay empty.")  # fmt: skip
@options.quiet
@options.verbose
@options.user_errors
def export(
    out: Path,
    form: str,
    folder: Path,
    study_file: Path | None,
    subjects_file: Path | None,
    allow_no_baseline: bool,
    quiet: bool,
    verbose: bool,
) -> None:
    """Write the results in OUT, a folder of 'densitometer measure --visits', as data sets for other systems.

    \b
    tidy    a long and a wide table, as CSV and Parquet, with a Frictionless data package
    sdtm    domain IG, devices (DI, DU, DO), imaging (PR), RELREC, SUPPIG; with Define-XML
    adam    ADHAIR: value, baseline and change by visit; with Define-XML
    redcap  data dictionary and import file, one repeat instance a photograph
    fhir    a bundle of Observations (R4)

    Compare first, and changes found hair by hair go along. sdtm and adam are written as Dataset-JSON 1.1, XPT version 5
    and CSV. OUT is only read. All files are written or none; DIR/export.json says from what they were made.

    \b
    For example:
      densitometer export results/ --as tidy -o tidy/
      densitometer export results/ --as sdtm -o sdtm/ --study study.toml
      densitometer export results/ --as adam -o adam/ --study study.toml --subjects subjects.csv
      densitometer export results/ --as redcap -o redcap/
      densitometer export results/ --as fhir -o fhir/

    \b
    Exit codes:
      0  everything was written
      1  the run was stopped, by you or by an internal error; DIR is as it was
      2  wrong use, or something does not fit the form; nothing was written
    """
    from densitometer.cli.progress import waiting
    from densitometer.datasets.export import export_study

    if allow_no_baseline and form != "adam":
        raise click.UsageError("--allow-no-baseline is for --as adam; the other forms need no baseline.")
    with waiting(f"writing {form}", quiet=quiet):
        done = export_study(out, form, folder, study_file, subjects_file, allow_no_baseline=allow_no_baseline)
    if not quiet:
        told = f"{done.photographs} photographs of {done.subjects} subjects, {done.not_measured} of them not measured"
        changes = f", {done.changes} changes since the baseline" if done.changes else ""
        click.echo(f"{len(done.files)} files in {options.one_line(str(folder))}: {', '.join(done.files)}")
        click.echo(f"{told}{changes}")
