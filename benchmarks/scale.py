"""Measure photographs by the hundred and the thousand, and rewrite the sections on scale in RESULTS.md.

What is found is kept in the working folder, so a run that is broken off goes on where it stopped, and the counts can be
measured one at a time; ``--again`` measures anew. Nothing else may run on the machine meanwhile.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import results_page
import scale_runs
import scale_tables
import scale_tiles
from densitometer.results.made import installed_version

WORK = Path(__file__).resolve().parents[1] / "build" / "scale"
COUNTS = (100, 1_000, 10_000)
PARTS = ("counts", "workers", "memory", "cluster")
MEGAPIXELS = ((1280, 1024), (2592, 1944), (4000, 3000), (6000, 4000))
SIDE_BY_SIDE = 200
WITHIN_S = 600.0
"""Processor time per worker that measuring the tiles of the largest count may take; storing them comes to that."""

Measured = dict[str, Any]


class Notes:
    """What was found, in a file, by a name for each experiment."""

    def __init__(self, path: Path, *, again: bool = False) -> None:
        self._path = path
        self._again = again
        self.found: dict[str, Measured] = json.loads(path.read_text()) if path.exists() else {}

    def take(self, name: str, experiment: Callable[[], Measured]) -> Measured:
        """Give back what is known, or find it out and note it with the day."""
        if self._again or name not in self.found:
            print(f"{name} ...", flush=True)
            stamp = {"date": results_page.today(), "version": installed_version("densitometer")}
            self.found[name] = {**experiment(), **stamp}
            self._path.write_text(json.dumps(self.found, indent=1))
        return self.found[name]


def tiles(notes: Notes, options: argparse.Namespace) -> tuple[list[Path], tuple[int, int]]:
    """Render the tiles, of the size that was asked for or that the machine can do in time."""
    if options.tile:
        width, height = map(int, options.tile.split("x"))
    else:
        found = notes.take("tile", lambda: {"size_px": scale_runs.tile_size(
            max(COUNTS), options.workers, WITHIN_S, scale_tiles.SIZES_PX)})  # fmt: skip
        width, height = found["size_px"]
    return scale_tiles.make_tiles(options.work / "tiles", (width, height)), (width, height)


def counts(notes: Notes, options: argparse.Namespace) -> None:
    """Measure so many photographs, and so many more."""
    some, size_px = tiles(notes, options)
    for count in options.counts:
        notes.take(f"count {count}", partial(scale_runs.many, some, count, options.workers, options.work))
    found = [one for name, one in notes.found.items() if name.startswith("count ")]
    write("scale", scale_tables.counts_section(sorted(found, key=lambda one: one["count"]), size_px), options)


def workers(notes: Notes, options: argparse.Namespace) -> None:
    """Hold several workers against one, and against what the machine can do."""
    some, _ = tiles(notes, options)
    found = notes.take("workers", lambda: scale_runs.side_by_side(some, SIDE_BY_SIDE, options.workers, options.work))
    write("scale_workers", scale_tables.workers_section(found), options)


def memory(notes: Notes, options: argparse.Namespace) -> None:
    """Measure photographs of several sizes."""
    found = [
        notes.take(f"memory {size[0]}x{size[1]}", partial(scale_runs.memory, size, options.work)) for size in MEGAPIXELS
    ]
    write("scale_memory", scale_tables.memory_section(found), options)


def cluster(notes: Notes, options: argparse.Namespace) -> None:
    """Find out what a photograph costs each part of a cluster."""
    some, _ = tiles(notes, options)
    photograph = notes.take("photograph", lambda: scale_runs.photograph_cost(options.work))
    storing = notes.take("storing", lambda: scale_runs.storing_cost(options.work))
    dask = notes.take("cluster", lambda: scale_runs.cluster_cost(some, options.work))
    write("scale_cluster", scale_tables.cluster_section(photograph, storing, dask), options)


def write(section: str, body: str, options: argparse.Namespace) -> None:
    """Print a section, and put it into RESULTS.md unless this was a quick look."""
    print(f"\n{body}\n", flush=True)
    if not options.dry:
        results_page.write_section(section, body)


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counts", type=int, nargs="+", default=COUNTS, metavar="N")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--workers", type=int, default=2, metavar="N")
    parser.add_argument("--tile", metavar="WxH", help="size of the tiles in px, rather than by what they cost")
    parser.add_argument("--work", type=Path, default=WORK, metavar="DIR", help="working folder")
    parser.add_argument("--again", action="store_true", help="measure anew what is known")
    parser.add_argument("--dry", action="store_true", help="print the sections and leave RESULTS.md alone")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    """Do the experiments that are asked for and not done yet, and write their sections."""
    options = arguments(argv)
    options.work = options.work.resolve()
    options.work.mkdir(parents=True, exist_ok=True)
    notes = Notes(options.work / "found.json", again=options.again)
    parts = {"counts": counts, "workers": workers, "memory": memory, "cluster": cluster}
    for part in options.only:
        parts[part](notes, options)


if __name__ == "__main__":
    main()
