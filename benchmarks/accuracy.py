"""Score densitometer and its peers on annotated photographs and rendered scenes; rewrite those tables of RESULTS.md.

Only a run over all photographs, both halves and all methods rewrites the tables of the photographs, and only one over
all styles, at the usual number of scenes, and all methods those of the scenes; any other is a quick look.
Seeds below 800000 are for training, from there for choosing settings (``--half choose``), from 900000 for reporting.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import photographs
import real
import rendered
import results_page
from densitometer.synthetic.styles import styles


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--real-only", action="store_true", help="the annotated photographs alone")
    only.add_argument("--rendered-only", action="store_true", help="the rendered scenes alone")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="quick look: every Nth photograph of a half")
    parser.add_argument("--scenes", type=int, default=rendered.SCENES, metavar="N", help="rendered scenes of a style")
    parser.add_argument("--styles", nargs="+", choices=list(styles()), default=list(styles()), metavar="STYLE")
    parser.add_argument("--half", choices=["choose", "report", "both"], default="both", help="both: see README.md")
    parser.add_argument("--methods", nargs="+", choices=list(rendered.METHODS), default=list(rendered.METHODS))
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, metavar="N")
    parser.add_argument("--dump", type=Path, metavar="DIR", help="draw right, missed and invented hairs into DIR")
    options = parser.parse_args(argv)
    repository = Path(__file__).resolve().parents[1]
    if options.dump and options.dump.resolve().is_relative_to(repository):
        parser.error("--dump must name a folder outside the repository: the photographs may not enter it")
    if not 1 <= options.scenes <= rendered.MOST_SCENES:
        parser.error(f"--scenes is {options.scenes}; give 1 to {rendered.MOST_SCENES}")
    return options


def is_whole(options: argparse.Namespace) -> bool:
    """Tell whether a run covers all photographs, so that their tables may replace the old ones."""
    return options.every == 1 and options.half == "both" and set(options.methods) == set(rendered.METHODS)


def is_whole_rendered(options: argparse.Namespace) -> bool:
    """Tell whether a run covers the rendered scenes to be reported on, so that their tables may replace the old."""
    whole = options.scenes == rendered.SCENES and set(options.styles) == set(styles())
    return whole and options.half != "choose" and set(options.methods) == set(rendered.METHODS)


def score_photographs(options: argparse.Namespace) -> str:
    """Tables of the annotated photographs."""
    return photographs.tables(options.half, options.every, options.methods, options.workers, options.dump)


def score_scenes(options: argparse.Namespace) -> str:
    """Tables of the rendered scenes."""
    seeds = "choose" if options.half == "choose" else "report"
    return rendered.tables(seeds, options.styles, options.scenes, options.methods, options.workers, options.dump)


def section(name: str, score: Callable[[argparse.Namespace], str], options: argparse.Namespace, whole: bool) -> None:
    """Score, print the tables, and put them into RESULTS.md after a run over everything."""
    started = time.monotonic()
    body = score(options)
    print(f"{body}\n\n{time.monotonic() - started:.0f} s")
    if whole:
        results_page.write_section(name, f"{results_page.provenance()}\n\n{body}")


def main(argv: Sequence[str] | None = None) -> None:
    """Score the photographs, where there are any, and the rendered scenes."""
    options = arguments(argv)
    if options.dump:
        options.dump.mkdir(parents=True, exist_ok=True)
    if not options.rendered_only:
        if real.available():
            section("accuracy", score_photographs, options, is_whole(options))
        else:
            print(real.ABSENT)
    if not options.real_only:
        section("rendered", score_scenes, options, is_whole_rendered(options))


if __name__ == "__main__":
    main()
