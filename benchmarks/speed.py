"""Time densitometer against the Sato + skeleton peer on one core, take its peak memory, and rewrite the speed table.

Only a run with the default settings rewrites the table; any other is a quick look.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import real
import results_page

PHOTOGRAPHS = 12
LARGE_PX, LARGE_UM_PER_PX = (4000, 3000), 8.0
METHODS = ("densitometer", "ridge", "pieces", "one_width")
PEER = "pieces"
LARGE = "large"


def work(method: str, photo: real.MarkedPhoto) -> None:
    """Read and measure one photograph; the libraries load here, late, so that a fresh process holds one method."""
    if method in ("densitometer", "ridge"):
        import ours

        ours.measure(photo.path, photo.um_per_px, ours.RIDGE if method == "ridge" else None)
    else:
        import peers

        settings = peers.COMPONENTS if method == "pieces" else peers.ONE_WIDTH
        peers.components(peers.grey(photo.path), settings)


def sample(every: int) -> tuple[real.MarkedPhoto, ...]:
    """Take a dozen photographs spread over the set, or every Nth of these."""
    everything = real.photos()
    step = max(1, len(everything) // PHOTOGRAPHS)
    return everything[::step][:PHOTOGRAPHS][::every]


def one_thread() -> None:
    """Hold OpenCV to one thread; NumPy's is held by the environment that the process was born with."""
    import cv2

    cv2.setNumThreads(1)


def times(methods: Sequence[str], some: Sequence[real.MarkedPhoto]) -> dict[str, list[float]]:
    """Time the methods in turn on each photograph, in s, after one round to load the libraries."""
    seconds: dict[str, list[float]] = {method: [] for method in methods}
    for method in methods:
        work(method, some[0])
    for photo in some:
        for method in methods:
            started = time.perf_counter()
            work(method, photo)
            seconds[method].append(time.perf_counter() - started)
    return seconds


def on_one_core(function: Callable[..., dict[str, list[float]]], *arguments: object) -> dict[str, list[float]]:
    """Call a function in a fresh process of one thread."""
    os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), one_thread) as pool:
        return pool.submit(function, *arguments).result()


def peak_mib() -> float | None:
    """Peak resident memory of this process in MiB; None where the system does not tell."""
    try:
        import resource  # not on Windows
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def work_large(photo: real.MarkedPhoto) -> None:
    """Measure 12 megapixels, photographs side by side, at the very scale at which the network looks."""
    import numpy as np

    from densitometer.photo import Photo, read_photo
    from densitometer.pipeline import measure_photo

    rgb = read_photo(photo.path).rgb
    mosaic = np.tile(rgb, (3, 4, 1))[: LARGE_PX[1], : LARGE_PX[0]]
    measure_photo(Photo(np.ascontiguousarray(mosaic)), stated_um_per_px=LARGE_UM_PER_PX)


def memory_mib(method: str, photo: real.MarkedPhoto) -> float | None:
    """Peak memory of a fresh process that measures one photograph, or ``large``, in MiB."""
    command = [sys.executable, str(Path(__file__)), "--memory-of", method, photo.name]
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    return None if answer == "None" else float(answer)


def speed_table(seconds: dict[str, list[float]], memory: dict[str, float | None]) -> str:
    """Lay out median times, the ratio to the first peer and peak memory."""
    import ours
    import peers

    names = {**ours.NAMES, **peers.NAMES}
    rows = []
    for method, some in seconds.items():
        ratio = "–"
        if PEER in seconds:
            ratio = f"{statistics.median(a / b for a, b in zip(some, seconds[PEER], strict=True)):.2f}"
        peak = memory[method]
        rows.append(
            [
                names[method],
                f"{statistics.median(some):.2f}",
                f"{min(some):.2f}–{max(some):.2f}",
                ratio,
                "–" if peak is None else f"{peak:.0f}",
            ]
        )
    head = ["one core", "s/photograph (median)", "range", "median ratio to the first peer", "peak memory (MiB)"]
    return table_note(len(next(iter(seconds.values())))) + "\n\n" + results_page.table(head, rows)


def table_note(photographs: int) -> str:
    """Say what was timed."""
    return (
        f"Reading and measuring {photographs} photographs of 1280 × 1024 px, the methods in turn on each, "
        "one thread, after loading the libraries. Memory: a fresh process that measures one photograph."
    )


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, metavar="N", help="quick look: every Nth of the photographs")
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=METHODS)
    parser.add_argument("--memory-of", nargs=2, metavar=("METHOD", "PHOTO"), help=argparse.SUPPRESS)
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    """Time, print the table, and put it into RESULTS.md after a whole run."""
    options = arguments(argv)
    if not real.available():
        print(real.ABSENT)
        return
    if options.memory_of:
        method, name = options.memory_of
        photo = next(photo for photo in real.photos() if photo.name == name)
        if method == LARGE:
            work_large(photo)
        else:
            work(method, photo)
        print(peak_mib())
        return
    some = sample(options.every)
    memory = {method: memory_mib(method, some[0]) for method in options.methods}
    body = speed_table(on_one_core(times, options.methods, some), memory)
    large = memory_mib(LARGE, some[0])
    if large is not None:
        body += f"\n\nPeak memory of densitometer on 12 megapixels at {LARGE_UM_PER_PX:g} µm/px: {large:.0f} MiB."
    print(body)
    if options.every == 1 and set(options.methods) == set(METHODS):
        results_page.write_section("speed", f"{results_page.provenance()}\n\n{body}")


if __name__ == "__main__":
    main()
