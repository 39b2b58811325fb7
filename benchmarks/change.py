"""Score how visits are laid on one another, matched and compared, on rendered visits and on photographs taken again.

Each part rewrites its own section of RESULTS.md, for the half that it was run on, after a run over everything; any
other is a quick look. Seeds and photographs of ``--half choose`` are for choosing settings, the others for reporting.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Sequence

import change_alignment
import change_compare
import change_more_tables
import change_pairs
import change_real
import change_tables
import change_trial
import real
import results_page
from change_scores import PairOutcome
from densitometer.visits.view import View
from processes import in_processes
from rendered import SEEDS

PAIRS, TIMED, STRANGERS, MIRRORED = 2, 8, 400, 40
TIMED_COURSE = "loss"
NOTES = {
    "report": "not looked at when settings were chosen",
    "choose": "settings were chosen on these: for comparison only",
}
_MOST_PAIRS = 20  # scalps of a style and course, before seeds are those of another


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=["choose", "report"], default="report", help="which seeds and photographs")
    parser.add_argument("--only", nargs="+", choices=list(PARTS), default=list(PARTS), metavar="PART")
    parser.add_argument("--pairs", type=int, default=PAIRS, metavar="N", help="scalps of a style and course")
    parser.add_argument("--styles", nargs="+", choices=change_pairs.trimmed_styles(), metavar="STYLE")
    parser.add_argument("--subjects", type=int, default=change_trial.SUBJECTS, metavar="N", help="of the trial")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="quick look: every Nth photograph")
    parser.add_argument("--strangers", type=int, default=STRANGERS, metavar="N", help="pairs of different subjects")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, metavar="N")
    parser.add_argument("--dry", action="store_true", help="print alone, leave RESULTS.md as it is")
    options = parser.parse_args(argv)
    if not 1 <= options.pairs <= _MOST_PAIRS:
        parser.error(f"--pairs is {options.pairs}; give 1 to {_MOST_PAIRS}")
    if not 2 <= options.subjects <= change_trial.SUBJECTS:
        parser.error(f"--subjects is {options.subjects}; give 2 to {change_trial.SUBJECTS}")
    options.whole = not options.dry and is_whole(options)
    options.styles = options.styles or list(change_pairs.trimmed_styles())
    return options


def is_whole(options: argparse.Namespace) -> bool:
    """Tell whether a run covers everything, so that its tables may replace the old ones."""
    usual = (options.pairs, options.subjects, options.every, options.strangers)
    return usual == (PAIRS, change_trial.SUBJECTS, 1, STRANGERS) and options.styles is None


def rendered_part(options: argparse.Namespace) -> str:
    """Compare rendered visits of every style."""
    courses = [course for course in change_pairs.COURSES if course != "moved"]
    jobs = [
        (style, course, change_pairs.seed_of(options.half, course, style, at))
        for style in options.styles
        for course in courses
        for at in range(1 if course == change_tables.OTHER_SITE else options.pairs)
    ]
    outcomes = [outcome for some in in_processes(change_compare.examine, jobs, options.workers) for outcome in some]
    again = [job for job in jobs if job[1] == TIMED_COURSE][:TIMED]
    sights = in_processes(change_compare.two_sights, again, options.workers)
    seconds = in_processes(change_compare.times, [(sights,)], 1)[0]
    heading = f"### Rendered visits, seeds to `{options.half}`: {len(outcomes)} pairs of {len(options.styles)} styles"
    return f"{heading} ({NOTES[options.half]})\n\n{change_tables.rendered_tables(outcomes, seconds)}"


def trial_part(options: argparse.Namespace) -> str:
    """Run the trial."""
    jobs = change_trial.jobs(options.half, options.subjects)
    subjects = in_processes(change_trial.examine_subject, jobs, options.workers)
    heading = f"### A trial of {len(subjects)} subjects, seeds to `{options.half}` ({NOTES[options.half]})"
    return f"{heading}\n\n{change_more_tables.trial_tables(change_trial.results(subjects))}"


def alignment_part(options: argparse.Namespace) -> str:
    """Lay photographs of one place on one another, and try it with photographs of different places."""
    jobs = change_alignment.moved_jobs(options.half, options.styles, options.pairs)
    results = in_processes(change_alignment.place_moved, jobs, options.workers)
    moved = [placing for some, _ in results for placing in some]
    scalps = [view for _, view in results]
    groups = false_groups("rendered scalps", scalps, [view.photo for view in scalps], options)
    if real.available():
        names = [photo.name for photo in real.halves()[options.half][:: options.every]]
        views = in_processes(change_real.photograph_view, [(name,) for name in names], options.workers)
        keys = real.group_keys()
        groups += false_groups("photographs", views, [keys[name] for name in names], options)
    heading = f"### Laying photographs on one another, `{options.half}`: {len(moved)} pairs of one place"
    tables = [
        change_more_tables.placing_tables(moved),
        change_more_tables.failures_sentence(moved),
        change_more_tables.false_table(groups),
    ]
    return "\n\n".join([f"{heading} ({NOTES[options.half]})", *tables])


def false_groups(
    name: str, views: Sequence[View], groups: Sequence[str], options: argparse.Namespace
) -> list[tuple[str, list[change_alignment.Placing]]]:
    """Hold views of different groups against one another, and some against their mirror images."""
    pairs = change_alignment.strangers(views, groups, options.strangers, SEEDS[options.half])
    jobs = change_alignment.chunks("strangers", pairs)
    apart = in_processes(change_alignment.place_strangers, jobs, options.workers)
    mirror = in_processes(change_alignment.place_mirrored, [("mirrored", views[:MIRRORED])], 1)[0]
    return [(f"{name} of different subjects", [one for some in apart for one in some]), (f"{name}, mirrored", mirror)]


def real_part(options: argparse.Namespace) -> str:
    """Compare photographs with themselves taken again, and marks with marks."""
    jobs = change_real.retaken_jobs(options.half, options.every)
    outcomes: list[PairOutcome] = in_processes(change_real.retaken, jobs, options.workers)
    twice = change_real.annotator_pairs(options.half)[:: options.every]
    annotators = in_processes(change_real.two_annotators, twice, options.workers)
    names = [(name,) for name, _ in jobs]
    found = in_processes(change_real.found_and_marked, names, options.workers)
    groups = [
        ("marks of two annotators", annotators),
        ("marks, and what is found (lost: missed; gained: invented)", found),
    ]
    tables = [change_more_tables.retaken_table(outcomes), change_more_tables.marks_table(groups)]
    heading = f"### Photographs, the `{options.half}` half: {len(outcomes)} taken again ({NOTES[options.half]})"
    return "\n\n".join([heading, *tables])


PARTS: dict[str, Callable[[argparse.Namespace], str]] = {
    "rendered": rendered_part,
    "trial": trial_part,
    "alignment": alignment_part,
    "real": real_part,
}


def main(argv: Sequence[str] | None = None) -> None:
    """Run the parts asked for, print their tables, and put them into RESULTS.md after a run over everything."""
    options = arguments(argv)
    for name in options.only:
        if name == "real" and not real.available():
            print(real.ABSENT)
            continue
        started = time.monotonic()
        body = PARTS[name](options)
        print(f"{body}\n\n{time.monotonic() - started:.0f} s\n", flush=True)
        if options.whole and (real.available() or name != "alignment"):
            results_page.write_section(f"change_{name}_{options.half}", f"{results_page.provenance()}\n\n{body}")


if __name__ == "__main__":
    main()
