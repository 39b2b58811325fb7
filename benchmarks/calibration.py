"""Do confidences and intervals of counts hold on the annotated photographs? Rewrites that section of RESULTS.md.

Only a run over all photographs of both halves, with the method that densitometer uses by default, rewrites the tables;
any other is a quick look. Use ``--half choose`` while choosing anything.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Sequence

import judged
import real
import results_page
from calibration_tables import half_section
from processes import in_processes


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=["choose", "report", "both"], default="both", help="both: see README.md")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="quick look: every Nth photograph of a half")
    parser.add_argument("--method", choices=judged.METHODS, help="another method than densitometer's own choice")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, metavar="N")
    options = parser.parse_args(argv)
    try:
        judged.settings_for(options.method)
    except ValueError as error:
        parser.error(str(error))
    return options


def is_whole(options: argparse.Namespace) -> bool:
    """Tell whether a run covers everything, so that its tables may replace the old ones."""
    return options.every == 1 and options.half == "both" and options.method is None


def tables(half: str, every: int, method: str | None, workers: int) -> str:
    """Judge the hairs of a half of the photographs, or of ``both``, and lay out what came of it."""
    names = ["report", "choose"] if half == "both" else [half]
    some = {name: real.halves()[name][::every] for name in names}
    jobs = [(photo.name, method) for photos in some.values() for photo in photos]
    results = iter(in_processes(judged.examine, jobs, workers))
    sections = []
    for name, photos in some.items():
        measured = [one for one in (next(results) for _ in photos) if one is not None]
        sections.append(half_section(name, measured, declined=len(photos) - len(measured)))
    return "\n\n".join(sections)


def main(argv: Sequence[str] | None = None) -> None:
    """Judge the hairs found on the photographs, where there are any."""
    options = arguments(argv)
    if not real.available():
        print(real.ABSENT)
        return
    started = time.monotonic()
    body = tables(options.half, options.every, options.method, options.workers)
    print(f"{body}\n\n{time.monotonic() - started:.0f} s")
    if is_whole(options):
        results_page.write_section("calibration", f"{results_page.provenance()}\n\n{body}")


if __name__ == "__main__":
    main()
