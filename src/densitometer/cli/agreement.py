"""``densitometer agreement``: how far the results agree with what human readers saw."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from densitometer.cli import options
from densitometer.cli.given import NamedPath, Number
from densitometer.errors import StudyError

if TYPE_CHECKING:
    from densitometer.evaluate.readers import Comparison, Tolerance
    from densitometer.evaluate.reference import Reference
    from densitometer.evaluate.seen import Marks, Sights

_PATH = click.Path(path_type=Path)
_MARKS = ("roots", "middles")
_MOST_TOLERANCE = 10_000


@click.command(short_help="Tell how far results agree with human readers.")
@click.argument("out", metavar="OUT", type=_PATH)
@click.option("--reference", "reference_file", required=True, type=_PATH, metavar="FILE",
              help="What readers saw (CSV or Excel): photo and count, photo and density_per_cm2, or photo, x_px and "
              "y_px, one row a hair; with several readers also reader.")  # fmt: skip
@click.option("--reader", metavar="NAME", help="Compare with this reader alone.")
@click.option("--marks", type=click.Choice(_MARKS),
              help="What of a hair was marked: where it leaves the skin (without it), or its middle.")  # fmt: skip
@click.option("--tolerance-um", type=Number(), metavar="F",
              help="Largest distance of a mark and a hair that are one, in um; without it 120 for roots and 125 for "
              "middles.")  # fmt: skip
@click.option("--tolerance-px", type=Number(), metavar="F",
              help="The same in pixels, where photographs have no scale.")  # fmt: skip
@click.option("-o", "--out", "file", type=NamedPath(dir_okay=False, path_type=Path), metavar="FILE",
              help="Write the figures to this CSV file, and what they rest on, photograph by photograph, to a second "
              "one beside it.")  # fmt: skip
@options.verbose
@options.user_errors
def agreement(
    out: Path,
    reference_file: Path,
    reader: str | None,
    marks: str | None,
    tolerance_um: float | None,
    tolerance_px: float | None,
    file: Path | None,
    verbose: bool,
) -> None:
    """Tell how far the results in OUT, a folder of 'densitometer measure', agree with what human readers saw on the
    same photographs, and readers with each other.

    Of counts and densities it tells bias, limits of agreement, ICC(2,1) and mean errors, with 95 % intervals; of marks
    also precision, recall and F1, hair by hair. Photographs that OUT does not hold or that could not be measured are
    named and left out, never taken for 0. OUT is only read.

    \b
    For example:
      densitometer agreement results/ --reference counts.csv
      densitometer agreement results/ --reference marks.csv --marks middles -o agreement.csv

    \b
    Exit codes:
      0  told
      1  stopped, or an internal error
      2  wrong use, or the reference cannot be used; nothing was written
    """
    from densitometer.cli.progress import waiting
    from densitometer.evaluate.reader_tables import check_files
    from densitometer.evaluate.readers import compare_readers
    from densitometer.evaluate.reference import read_reference
    from densitometer.evaluate.seen import see

    if file is not None:
        check_files(file, out)
    reference = read_reference(reference_file)
    tolerance = _tolerance(reference, marks, tolerance_um, tolerance_px)
    reference = reference if reader is None else reference.only(reader)
    with waiting("comparing", quiet=False):
        sights = see(out, reference, cast("Marks", marks or "roots"))
        comparisons = compare_readers(sights, tolerance)
    _tell(file, comparisons, sights, tolerance, marks or "roots")


def _tell(
    file: Path | None, comparisons: Sequence[Comparison], sights: Sights, tolerance: Tolerance | None, marks: str
) -> None:
    """Write the figures where a file was named, and print them."""
    from densitometer.cli.agreement_summary import show
    from densitometer.evaluate.reader_tables import write_files

    files = write_files(file, comparisons, sights, tolerance) if file is not None else ()
    show(comparisons, sights, tolerance, marks)
    if files:
        click.echo(options.one_line(f"Written: {files[0]} (figures) and {files[1]} (photographs)."))


def _tolerance(
    reference: Reference, marks: str | None, tolerance_um: float | None, tolerance_px: float | None
) -> Tolerance | None:
    """Tolerance for marks, None for counts; what does not fit the reference is refused."""
    from densitometer.evaluate.readers import TOLERANCE_UM, Tolerance

    given = {"--marks": marks, "--tolerance-um": tolerance_um, "--tolerance-px": tolerance_px}
    named = [name for name, value in given.items() if value is not None]
    if reference.kind != "marks":
        if named:
            raise StudyError(f"{named[0]} is for marks, and {reference.name} has {reference.kind}; leave it out")
        return None
    if tolerance_um is not None and tolerance_px is not None:
        raise StudyError(
            "--tolerance-um and --tolerance-px both state how far apart one hair may lie; give one of them"
        )
    for name, value in (("--tolerance-um", tolerance_um), ("--tolerance-px", tolerance_px)):
        if value is not None and not (isfinite(value) and 0 < value <= _MOST_TOLERANCE):
            raise StudyError(f"{name} must be more than 0 and at most {_MOST_TOLERANCE}, not {value:g}")
    if tolerance_px is not None:
        return Tolerance(tolerance_px, "px")
    return Tolerance(TOLERANCE_UM[cast("Marks", marks or "roots")] if tolerance_um is None else tolerance_um)
