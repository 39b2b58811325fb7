"""Score densitometer and its peers on the annotated photographs and rewrite the accuracy tables of RESULTS.md.

Only a run over all photographs, both halves and all methods rewrites the tables; any other is a quick look.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

import ours
import outcomes
import peers
import real
import results_page
import summary
from densitometer.errors import PhotoError
from outcomes import Outcome

Method = Callable[[real.MarkedPhoto], tuple[NDArray[np.float64], float | None]]


def densitometer(photo: real.MarkedPhoto) -> tuple[NDArray[np.float64], None]:
    """Find hairs as the package does; a photograph it declines has none."""
    try:
        return ours.found(ours.measure(photo.path, photo.um_per_px)), None
    except PhotoError:
        return np.empty((0, 4)), None


def pieces(photo: real.MarkedPhoto) -> tuple[NDArray[np.float64], None]:
    """Peer 1."""
    return peers.components(peers.grey(photo.path)), None


def one_width(photo: real.MarkedPhoto) -> tuple[NDArray[np.float64], None]:
    """Peer 1 at one width of hair."""
    return peers.components(peers.grey(photo.path), peers.ONE_WIDTH), None


def half_tips(photo: real.MarkedPhoto) -> tuple[NDArray[np.float64], float]:
    """Peer 2, with its own count."""
    found, tips = peers.half_tips(peers.grey(photo.path))
    return found, peers.half_tip_count(tips, photo)


METHODS: dict[str, Method] = {"densitometer": densitometer, "pieces": pieces, "one_width": one_width, "tips": half_tips}


def examine(name: str, methods: Sequence[str], dump: Path | None) -> tuple[dict[str, Outcome], float | None]:
    """Run the methods on one photograph; beside them, the scale that densitometer reads from it."""
    photo = next(photo for photo in real.photos() if photo.name == name)
    by_method = {}
    for method in methods:
        found, count = METHODS[method](photo)
        by_method[method] = outcomes.outcome(photo, found, count)
        if dump is not None:
            picture = outcomes.draw(photo, found)
            cv2.imwrite(str(dump / f"{photo.name}_{method}.png"), picture)
    scale = ours.read_scale(photo) if "densitometer" in methods else None
    return by_method, scale


def examine_all(
    some: Sequence[real.MarkedPhoto], methods: Sequence[str], workers: int, dump: Path | None
) -> list[tuple[dict[str, Outcome], float | None]]:
    """Examine photographs in processes of one thread each; results in the order given."""
    os.environ["OMP_NUM_THREADS"] = "1"  # read when the new processes load NumPy
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), cv2.setNumThreads, (1,))
    with pool:
        jobs = [pool.submit(examine, photo.name, methods, dump) for photo in some]
        return [job.result() for job in jobs]


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, metavar="N", help="quick look: every Nth photograph of a half")
    parser.add_argument("--half", choices=["choose", "report", "both"], default="both")
    parser.add_argument("--methods", nargs="+", choices=list(METHODS), default=list(METHODS))
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, metavar="N")
    parser.add_argument("--dump", type=Path, metavar="DIR", help="draw right, missed and invented hairs into DIR")
    options = parser.parse_args(argv)
    repository = Path(__file__).resolve().parents[1]
    if options.dump and options.dump.resolve().is_relative_to(repository):
        parser.error("--dump must name a folder outside the repository: the photographs may not enter it")
    return options


def is_whole(options: argparse.Namespace) -> bool:
    """Tell whether a run covers everything, so that its tables may replace the old ones."""
    return options.every == 1 and options.half == "both" and set(options.methods) == set(METHODS)


def main(argv: Sequence[str] | None = None) -> None:
    """Score, print the tables, and put them into RESULTS.md after a run over everything."""
    options = arguments(argv)
    if not real.available():
        print(real.ABSENT)
        return
    if options.dump:
        options.dump.mkdir(parents=True, exist_ok=True)
    names = ["report", "choose"] if options.half == "both" else [options.half]
    halves = {name: real.halves()[name][:: options.every] for name in names}
    started = time.monotonic()
    results = iter(examine_all(sum(halves.values(), ()), options.methods, options.workers, options.dump))
    found = {half: [(photo, *next(results)) for photo in some] for half, some in halves.items()}
    body = summary.accuracy(found, options.methods)
    print(body)
    print(f"\n{time.monotonic() - started:.0f} s")
    if is_whole(options):
        results_page.write_section("accuracy", f"{results_page.provenance()}\n\n{body}")


if __name__ == "__main__":
    main()
