"""Time the renderer on every style and rewrite its table in RESULTS.md: seconds a scene on one core, scenes on many."""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Sequence

import results_page
from densitometer.synthetic import render_scene
from densitometer.synthetic.styles import styles
from processes import in_processes

FIRST_SEED = 700_000
SCENES = 4


def seconds(style: str, seed: int) -> float:
    """Render one scene and tell how long it took, in s."""
    started = time.perf_counter()
    render_scene(style, seed)
    return time.perf_counter() - started


def times(names: Sequence[str], scenes: int) -> dict[str, list[float]]:
    """Time the styles in turn, one process of one thread, after one scene to load the libraries."""
    jobs = [(name, FIRST_SEED + number) for number in range(scenes) for name in names]
    spent = in_processes(seconds, [(names[0], 1), *jobs], 1)[1:]
    return {name: [s for (of, _), s in zip(jobs, spent, strict=True) if of == name] for name in names}


def scenes_a_second(names: Sequence[str], workers: int) -> float:
    """Scenes rendered in a second by several processes at once, one of each style and starting them included."""
    started = time.perf_counter()
    in_processes(seconds, [(name, FIRST_SEED + 1000) for name in names], workers)
    return len(names) / (time.perf_counter() - started)


def main(argv: Sequence[str] | None = None) -> None:
    """Time, print the table, and put it into RESULTS.md after a whole run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenes", type=int, default=SCENES, metavar="N", help="quick look: N scenes of each style")
    parser.add_argument("--workers", type=int, default=2, metavar="N")
    options = parser.parse_args(argv)
    names = list(styles())
    spent = times(names, options.scenes)
    rows = [
        [name, f"{statistics.median(some):.2f}", f"{min(some):.2f}–{max(some):.2f}"] for name, some in spent.items()
    ]
    everything = [s for some in spent.values() for s in some]
    rate = scenes_a_second(names, options.workers)
    body = (
        f"{options.scenes} scenes of 1280 × 1024 px of each style, one thread, after loading the libraries. All "
        f"styles: median {statistics.median(everything):.2f} s, slowest {max(everything):.2f} s. "
        f"{options.workers} processes at once rendered {rate:.2f} scenes a second, their start included.\n\n"
        + results_page.table(["style", "s/scene (median)", "range"], rows)
    )
    print(body)
    if options.scenes >= SCENES:
        results_page.write_section("render_speed", f"{results_page.provenance()}\n\n{body}")


if __name__ == "__main__":
    main()
