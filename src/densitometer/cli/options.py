"""Options, checks and habits that the verbs share. Nothing heavy is imported here before a verb runs."""

from __future__ import annotations

import errno
import functools
import logging
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from densitometer.cli.stopping import ended_as_by_ctrl_c
from densitometer.errors import DensitometerError

STOPPED, WRONG_USE, SOME_NOT_MEASURED = 1, 2, 3
_DAY_S = 86400

Command = TypeVar("Command", bound=Callable[..., Any])

_PATH = click.Path(path_type=Path)


class _Place(click.Path):
    """A path, or the address of a file or folder for fsspec, which stays text."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return value if isinstance(value, str) and "://" in value else super().convert(value, param, ctx)


photos = click.argument("photos", metavar="PHOTO_OR_FOLDER...", nargs=-1, required=True, type=_Place(path_type=Path))
um_per_px = click.option(
    "--um-per-px", type=float, metavar="F", help="Scale of the photographs, in micrometres per pixel, where known. "
    "A scale in visits.csv goes before it; without either, a printed scale bar is looked for.",
)  # fmt: skip
name_pattern = click.option(
    "--name-pattern", metavar="P", help="In the place of a visits table: what the names of the photographs tell, as in "
    '"{subject}_{site}_{visit}_{replicate}". Of a pattern with a / the folders count too.',
)  # fmt: skip
settings = click.option("--settings", "settings_file", type=_PATH, metavar="FILE", help="Settings to change, in TOML.")
method = click.option(
    "--method", type=click.Choice(["network", "ridge"]), help="How hair is found: 'network' by a neural network that "
    "comes with densitometer and learned on rendered scenes, 'ridge' by filters for dark lines. Without it, what the "
    "settings say, which is network unless changed.",
)  # fmt: skip
region = click.option(
    "--region", metavar="R", help="What to count in: 'all' for the whole usable field, or 'circle:MM' for a centred "
    "circle of that diameter, such as circle:11.3.",
)  # fmt: skip
workers = click.option(
    "--workers", type=click.IntRange(min=1), metavar="N", help="Processes to use; one takes up to 1 GB of memory. "
    "Without it, as many as there are cores, and no more than there is memory for. The results are the same for any "
    "number.",
)  # fmt: skip
time_limit = click.option(
    "--time-limit", type=click.IntRange(min=1, max=_DAY_S), default=600, show_default=True, metavar="SECONDS",
    help="Longest that one photograph may take; then it is given up, with that as the reason.",
)  # fmt: skip
scheduler = click.option(
    "--scheduler", metavar="ADDRESS", help="Measure on the Dask cluster of this scheduler, such as tcp://host:8786, in "
    "the place of processes here. Its workers must have the same versions, and find the photographs at the same paths; "
    "or name them by an address that fsspec knows, such as s3://bucket/folder.",
)  # fmt: skip
quiet = click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
verbose = click.option("-v", "--verbose", is_flag=True, help="Print what is done, and details of errors.")


def user_errors(command: Command) -> Command:
    """Let a verb end with one sentence: exit code 2 where the user can mend an error, 1 where only we can.

    SIGTERM stops a verb as Ctrl-C does, from its first step to its last.
    """

    @functools.wraps(command)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if None in (sys.stdin, sys.stdout, sys.stderr):
            from densitometer.processes.streams import open_closed_streams

            open_closed_streams()
        start_log(quiet=bool(kwargs.get("quiet")), verbose=bool(kwargs.get("verbose")))
        os.environ.setdefault("OMP_NUM_THREADS", "1")  # before NumPy is loaded: the same sums in every process
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        try:
            with ended_as_by_ctrl_c():
                return command(*args, **kwargs)
        except KeyboardInterrupt as error:
            fail(error, STOPPED, verbose=bool(kwargs.get("verbose")), sentence="stopped")
        except DensitometerError as error:
            fail(error, WRONG_USE, verbose=bool(kwargs.get("verbose")))
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                _report(error, verbose=bool(kwargs.get("verbose")))
            told = f"nothing more can be written ({error.strerror}); free some space, and do it again"
            fail(error, STOPPED, verbose=bool(kwargs.get("verbose")), sentence=told)
        except Exception as error:
            _report(error, verbose=bool(kwargs.get("verbose")))

    return guarded  # type: ignore[return-value]


def fail(error: BaseException, code: int, *, verbose: bool, sentence: str | None = None) -> None:
    """Print one sentence, the error's own by default (with its traceback when ``verbose``), and exit with ``code``."""
    if verbose:
        click.echo("".join(traceback.format_exception(error)), err=True)
    click.echo(f"densitometer: {one_line(sentence or str(error))}", err=True)
    sys.exit(code)


def _report(error: Exception, *, verbose: bool) -> None:
    """Print one sentence about an error that was not foreseen, and exit."""
    hint = "" if verbose else ", with what --verbose prints"
    reason = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    fail(error, STOPPED, verbose=verbose, sentence=f"internal error: {reason}; please report it{hint}")


def one_line(text: str) -> str:
    """Return ``text`` without anything that a terminal would obey."""
    from densitometer.results.names import printable

    return printable(" ".join(text.split()))


class _ToStderr(logging.Handler):
    """Writes to what stderr is at the time, so that lines go above a progress bar rather than through it."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        from densitometer.results.names import printable

        lines = self.format(record).split("\n")
        click.echo("\n".join(printable(line) for line in lines), err=True)


def start_log(*, quiet: bool, verbose: bool) -> None:
    """Send the log of the package to stderr: errors, and warnings unless ``quiet``, and all when ``verbose``."""
    logger = logging.getLogger("densitometer")
    handler = _ToStderr()
    handler.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
    logger.handlers[:] = [handler]
    logger.setLevel(logging.ERROR if quiet else logging.INFO if verbose else logging.WARNING)


def default_workers() -> int:
    """As many processes as there are cores for us, and memory."""
    from densitometer.processes import usable_workers

    return usable_workers()
