"""``densitometer scale``: which scale is found for each photograph, and from what."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from densitometer.cli import options
from densitometer.errors import PhotoError, ResultsError

if TYPE_CHECKING:
    from densitometer.batch.inputs import Found

log = logging.getLogger(__name__)

_HEADS = ("photo", "um per px", "sd", "source", "bar", "length px", "note")


@click.command(short_help="Show the scale found for each photograph.")
@options.photos
@click.option("-o", "--out", metavar="FOLDER", type=click.Path(path_type=Path, file_okay=False),
              help="Draw the bars that were found, one picture a photograph, in this folder.")  # fmt: skip
@options.quiet
@options.verbose
@options.user_errors
def scale(photos: Sequence[Path | str], out: Path | None, quiet: bool, verbose: bool) -> None:
    """Show which scale is found for each photograph: micrometres per pixel, and where they come from.

    \b
    Exit codes:
      0  all photographs could be read, whether or not they show a scale
      1  an internal error
      2  wrong use
      3  some photographs could not be read
    """
    from densitometer.batch.inputs import find_photos
    from densitometer.cli.summary import show_table
    from densitometer.results.names import overlay_names

    found = find_photos(photos, out).found
    names = [Path(name).name for name in overlay_names(item.photo for item in found)]
    if out is not None:
        _make(out)
    rows = [_row(item, out / name if out else None) for item, name in zip(found, names, strict=True)]
    if not quiet:
        show_table(_HEADS, [cells for cells, _ in rows])
    sys.exit(0 if all(readable for _, readable in rows) else options.SOME_NOT_MEASURED)


def _make(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ResultsError(f"{out} cannot be written ({error.strerror}); choose another folder for -o") from error


def _write(picture: Path, data: bytes) -> None:
    from densitometer.results.atomic import write_whole

    try:
        write_whole(picture, data)
    except OSError as error:
        raise ResultsError(f"{picture} cannot be written: {error.strerror}; is the disk full?") from error


def _row(item: Found, picture: Path | None) -> tuple[tuple[str, ...], bool]:
    """Cells of one photograph, and whether it could be read."""
    try:
        if item.reason is not None:
            raise PhotoError(item.reason)
        return _found_scale(item, picture), True
    except PhotoError as error:
        return (item.photo, "", "", "", "", "", error.reason), False
    except ResultsError:
        raise
    except Exception as error:
        log.exception("%s: an error that was not foreseen; please report it:", item.photo)
        return (item.photo, "", "", "", "", "", f"internal error: {type(error).__name__}; please report it"), False


def _found_scale(item: Found, picture: Path | None) -> tuple[str, ...]:
    from densitometer.batch.places import bytes_at
    from densitometer.photo import decode_photo
    from densitometer.scale import find_bar, find_scale

    photo = decode_photo(bytes_at(item.path))
    scale = find_scale(photo)
    bar = find_bar(photo.rgb) if scale.source == "bar" else None
    note = "" if scale.um_per_px is not None else "none found; state it with --um-per-px"
    if bar is not None and picture is not None:
        from densitometer.batch.work import png_of
        from densitometer.report.scale_picture import draw_bar

        _write(picture, png_of(draw_bar(photo.rgb, bar)))
        note = f"drawn in {picture.name}"
    numbers = (
        "" if n is None else format(n, spec) for n, spec in ((scale.um_per_px, ".4f"), (scale.um_per_px_sd, ".4f"))
    )
    drawn = (bar.label, f"{bar.length_px:.1f}") if bar else ("", "")
    return (item.photo, *numbers, scale.source, *drawn, note)
