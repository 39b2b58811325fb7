"""``densitometer render``: scalp photographs whose every hair is known, into a folder."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from densitometer.cli import options
from densitometer.errors import RenderError

if TYPE_CHECKING:
    from densitometer.synthetic.folder import Order
    from densitometer.synthetic.style import Style

_ALL = "all"
_SIZE = "1280x1024"


@click.command(short_help="Render photographs whose every hair is known.", options_metavar="-o OUT [OPTIONS]")
@click.argument("styles", metavar="STYLE...", nargs=-1)
@click.option("-o", "--out", metavar="OUT", type=click.Path(path_type=Path),
              help="Folder to write to; needed, but for --list.")  # fmt: skip
@click.option("--list", "show", is_flag=True,
              help="List the styles (those named, or all) and the scenarios of visits, and stop.")  # fmt: skip
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, metavar="N",
              help="Seed of the first scene of each style; the same seed gives the same bytes.")  # fmt: skip
@click.option("--count", type=click.IntRange(min=1), default=1, show_default=True, metavar="N",
              help="Scenes of each style, with seeds that follow one another.")  # fmt: skip
@click.option(
    "--size", default=_SIZE, show_default=True, metavar="WxH", help="Width and height in px, 64 to 8000 each."
)
@click.option("--visits", "scenario", metavar="SCENARIO",
              help="Render a series of visits to each scalp, with the fate of every hair.")  # fmt: skip
@click.option("--set", "changes", multiple=True, metavar="PART.NAME=V[,V]",
              help="Change a value of the styles, as in camera.um_per_px=4,5; may be given again.")  # fmt: skip
@click.option("--no-mask", is_flag=True, help="Write no masks.")
@click.option("--overwrite", is_flag=True, help="Delete the earlier run in OUT first: all its files.")
@options.workers
@options.quiet
@options.verbose
@options.user_errors
def render(
    styles: Sequence[str],
    out: Path | None,
    show: bool,
    seed: int,
    count: int,
    size: str,
    scenario: str | None,
    changes: Sequence[str],
    no_mask: bool,
    overwrite: bool,
    workers: int | None,
    quiet: bool,
    verbose: bool,
) -> None:
    """Render scalp photographs of known truth, in one style or several; 'all' for every style.

    OUT gets NAME.jpg, NAME.json with the truth of every hair, masks/NAME_mask.png with the share of each pixel that
    hair covers, and visits.csv, which 'densitometer measure --visits' takes. A series of visits has fates.csv too.
    The names that --set takes, with their limits, stand in docs/styles.md.

    \b
    Examples:
      densitometer render --list
      densitometer render --list curly
      densitometer render trimmed_70x -o renders/ --count 20
      densitometer render all -o renders/ --size 640x512
      densitometer render blond fine_hair -o pairs/ --visits gain
      densitometer render curly -o close/ --set camera.um_per_px=4,5 --set hair.colours=red

    \b
    Exit codes:
      0  all were rendered
      1  stopped, or an internal error; what was rendered until then is kept
      2  wrong use
    """
    if show:
        _list(styles)
        return
    if not styles:
        raise RenderError("No style is named; name one or more, or all; 'densitometer render --list' shows them")
    if out is None:
        raise RenderError("No folder is named to render into; name one with -o")
    orders = _orders(styles, range(seed, seed + count), _size(size), scenario, changes)
    sys.exit(_render(orders, out, workers or options.default_workers(), not no_mask, overwrite, quiet))


def _list(names: Sequence[str]) -> None:
    from densitometer.cli.summary import show_table
    from densitometer.synthetic.scenario import scenarios
    from densitometer.synthetic.styles import styles

    heads = ("style", "what it is", "what it puts to the test")
    wanted = _named(names) if names else tuple(styles())
    show_table(heads, [(name, styles()[name].about, styles()[name].purpose) for name in wanted])
    if not names:
        show_table(("scenario of --visits", "what happens"), [(one.name, one.about) for one in scenarios().values()])
        click.echo("What --set changes, with units and limits: docs/styles.md")


def _orders(
    names: Sequence[str], seeds: range, size_px: tuple[int, int], scenario: str | None, changes: Sequence[str]
) -> list[Order]:
    """What is to be rendered; every name and value is checked before anything is."""
    from densitometer.synthetic.folder import Order
    from densitometer.synthetic.scenario import scenarios

    if scenario is not None:
        _known(scenario, tuple(scenarios()), "scenario")
    return [Order(style, seed, size_px, scenario) for style in _styles(names, changes) for seed in seeds]


def _styles(names: Sequence[str], changes: Sequence[str]) -> list[Style]:
    from densitometer.synthetic.changes import read_changes
    from densitometer.synthetic.styles import find_style

    wanted = _named(names)
    values = read_changes(changes)
    return [find_style(name, values) for name in wanted]


def _named(names: Sequence[str]) -> tuple[str, ...]:
    """The styles that are named, each once; every style for ``all``."""
    from densitometer.synthetic.styles import styles

    for name in names:
        _known(name, (*styles(), _ALL), "style")
    return tuple(styles()) if _ALL in names else tuple(dict.fromkeys(names))


def _known(name: str, known: Sequence[str], kind: str) -> None:
    if name not in known:
        from densitometer.synthetic.changes import close_to, either

        near = close_to(name, known)
        guess = f"did you mean {either(near)}? " if near else ""
        raise RenderError(f"There is no {kind} {name!r}; {guess}'densitometer render --list' shows them")


def _size(text: str) -> tuple[int, int]:
    from densitometer.synthetic.camera import SIDES_PX

    match = re.fullmatch(r"(\d{1,6})[x×](\d{1,6})", text.strip().lower())
    low, high = SIDES_PX
    if match is None or not all(low <= int(side) <= high for side in match.groups()):
        raise RenderError(f"--size {text}: it is not a size from {low} to {high} px a side; write it as in {_SIZE}")
    return int(match[1]), int(match[2])


def _render(orders: Sequence[Order], out: Path, workers: int, masks: bool, overwrite: bool, quiet: bool) -> int:
    """Render all, tell the user, and return the exit code."""
    from densitometer.cli.progress import follow
    from densitometer.synthetic.folder import render_folder

    counts: list[int] = []
    scenes = render_folder(orders, out, workers=workers, masks=masks, overwrite=overwrite)
    try:
        for written in follow(scenes, len(orders), quiet=quiet, doing="rendering"):
            counts += written.hair_counts
        code = 0
    except KeyboardInterrupt:
        code = options.STOPPED
    finally:
        scenes.close()
    if not quiet:
        _sum_up(counts, out, stopped=bool(code))
    return code


def _sum_up(hair_counts: Sequence[int], out: Path, *, stopped: bool) -> None:
    """Print what was written, what is odd about it, and what to do next."""
    photos, bare = len(hair_counts), list(hair_counts).count(0)
    before = "Stopped; " if stopped else ""
    click.echo(f"{before}{photos} photograph{' with its' if photos == 1 else 's with their'} truth in {_shown(out)}.")
    if bare:
        click.echo(f"{bare} photograph{' shows' if bare == 1 else 's show'} no hair that counts.")
    if photos:
        words = f"measure {_shown(out)} --visits {_shown(out / 'visits.csv')} -o results/"
        click.echo(f"measure {'it' if photos == 1 else 'them'}: densitometer {words}")


def _shown(path: Path) -> str:
    """A path as it can be typed."""
    from densitometer.results.names import printable

    text = printable(str(path))
    return f'"{text}"' if " " in text else text
