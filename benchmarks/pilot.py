"""Run a rendered pilot of thirty subjects through the commands, and hold what they tell against the truth.

``--render DIR`` writes the photographs and tables of such a pilot and stops: docs/tutorial.md begins with it. Those
are of the seeds for choosing, which may be looked at. A run without it renders, measures and compares the pilot of the
seeds for reporting, and rewrites its section of RESULTS.md.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import pilot_tables
import results_page
from pilot_numbers import LATER, Row, Told, read_rows, told
from pilot_study import SITES, SMALL, WHOLE, Truth, read_truth, render_pilot
from rendered import SEEDS

NOTES = {
    "report": "not looked at when settings were chosen",
    "choose": "settings were chosen on such seeds: for comparison only",
}


@dataclass(frozen=True)
class Outcome:
    """A pilot that was run through the commands.

    Attributes
    ----------
    truth : tuple of Truth
    photos, repeats : list of mapping
        Rows of ``photos.csv`` and ``repeatability.csv``.
    told : list of Told
    seconds : mapping of str to float
        What each step took.
    """

    truth: tuple[Truth, ...]
    photos: list[Row]
    repeats: list[Row]
    told: list[Told]
    seconds: dict[str, float]


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--render", type=Path, metavar="DIR", help="write photographs and tables to DIR and stop")
    parser.add_argument("--half", choices=["choose", "report"], default="report", help="which seeds")
    parser.add_argument("--small", action="store_true", help="a few subjects and smaller photographs: a quick look")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, metavar="N")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="keep photographs and results in DIR, and go on with photographs there"
    )
    parser.add_argument("--dry", action="store_true", help="print alone, leave RESULTS.md as it is")
    options = parser.parse_args(argv)
    options.whole = options.half == "report" and not (options.small or options.dry)
    return options


def run_pilot(folder: Path, options: argparse.Namespace) -> Outcome:
    """Render a pilot into a folder, measure and compare it by the commands."""
    pilot, results = folder / "pilot", folder / "results"
    seconds = {}
    if (pilot / "study.toml").exists():  # the last that is written: a run broken off goes on with the same photographs
        truth = read_truth(pilot)
    else:
        started = time.monotonic()
        truth = render_pilot(pilot, SMALL if options.small else WHOLE, SEEDS[options.half], options.workers)
        seconds["render"] = time.monotonic() - started
    workers = ["--workers", str(options.workers)]
    for words in (
        ["check", str(pilot / "visits.csv")],
        ["measure", str(pilot), "--visits", str(pilot / "visits.csv"), "-o", str(results), *workers],
        ["compare", str(results), *workers],
    ):
        seconds[words[0]] = densitometer(words)
    photos, repeats = read_rows(results / "photos.csv"), read_rows(results / "repeatability.csv")
    return Outcome(truth, photos, repeats, told(results, truth), seconds)


def densitometer(words: Sequence[str]) -> float:
    """Run a command of densitometer; the seconds that it took.

    Raises
    ------
    subprocess.CalledProcessError
        When it fails.
    """
    started = time.monotonic()
    subprocess.run([sys.executable, "-m", "densitometer", *words], check=True)
    return time.monotonic() - started


def body(outcome: Outcome, half: str) -> str:
    """Lay out the section of RESULTS.md."""
    subjects = len({one.subject for one in outcome.truth})
    heading = f"### A pilot of {subjects} subjects, seeds to `{half}` ({NOTES[half]})"
    return "\n\n".join([heading, account(outcome), *pilot_tables.tables(outcome.told), repeatability(outcome)])


def account(outcome: Outcome) -> str:
    """Say what became of every photograph, what was counted, and how long it took."""
    measured = [row for row in outcome.photos if row["status"] == "measured"]
    counts = np.array([one.hair_count for one in outcome.truth])
    true = {one.photo: one.density_per_cm2 for one in outcome.truth}
    found = np.mean([float(row["density_per_cm2"]) for row in measured])
    bias = found / np.mean([true[row["photo"]] for row in measured]) - 1
    took = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in outcome.seconds.items())
    return (
        f"{len(outcome.truth)} photographs with {np.median(counts):.0f} hairs each (median; {counts.min()} to "
        f"{counts.max()}): {len(measured)} measured, {len(outcome.truth) - len(measured)} not. Density is counted "
        f"{results_page.percent(float(bias), sign=True)} beside the truth. Time: {took}."
    )


def repeatability(outcome: Outcome) -> str:
    """Say what two photographs of one visit differ by."""
    made = [row for row in outcome.repeats if row["comparable"] == "1"]
    matched, plain = (1.96 * 2**0.5 * sem(made, column) for column in ("change_per_cm2", "plain_change_per_cm2"))
    limit = float(np.mean([one.mdc95 for one in outcome.told]))
    scatter = np.std([one.change for one in outcome.told if (one.site, one.visit) == (SITES[1], LATER[-1])], ddof=1)
    return (
        f"Replicates: {len(made)} of {len(outcome.repeats)} pairs compared. Smallest change of one site beyond error "
        f"(MDC95): {limit:.1f} hairs/cm² as the command gives it (mean), {matched:.1f} from the changes found between "
        f"replicates, and {plain:.1f} from their counts on the same skin. Replicates do not tell what cutting and "
        f"combing between sessions adds: at the control sites changes until {LATER[-1]} have an SD of {scatter:.1f} "
        "hairs/cm²."
    )


def sem(rows: Sequence[Row], column: str) -> float:
    """Standard error of measurement, from the differences of replicates."""
    differences = np.array([float(row[column]) for row in rows])
    return float(np.sqrt(np.mean(differences**2) / 2))


def main(argv: Sequence[str] | None = None) -> None:
    """Render a pilot and stop, or run it, print its tables, and put them into RESULTS.md after a whole run."""
    options = arguments(argv)
    if options.render:
        truth = render_pilot(options.render, SMALL if options.small else WHOLE, SEEDS["choose"], options.workers)
        print(f"{len(truth)} photographs of {len({one.subject for one in truth})} subjects in {options.render}")
        return
    with tempfile.TemporaryDirectory() as folder:
        outcome = run_pilot(options.out or Path(folder), options)
    text = body(outcome, options.half)
    print(text)
    if options.whole:
        results_page.write_section("pilot", f"{results_page.provenance()}\n\n{text}")


if __name__ == "__main__":
    main()
