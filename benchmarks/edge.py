"""What does the edge of the picture cost? Rewrites that section of RESULTS.md.

A hair that stands near the edge shows a stub, or its root alone. Scoring leaves out a margin of the annotated
photographs and so cannot see what is lost there; this needs no marks: it sets the hairs counted for each strip of skin
along the edge beside those counted further inside.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

import ours
import real
import results_page
from densitometer.measure import Measurement
from processes import in_processes

STRIPS_UM = (0, 30, 60, 120, 250)
"""Distances from the edge between which hairs are counted together; what is further inside stands for no edge."""
DRAWN = 2000
_CM_PER_UM = 1e-4


@dataclass(frozen=True)
class Strips:
    """Hairs and skin of one photograph, strip by strip, the inside last.

    Attributes
    ----------
    group : str
        Photographs that must be drawn together.
    hairs : float array, shape (strips,)
    area_cm2 : float array, shape (strips,)
    """

    group: str
    hairs: NDArray[np.float64]
    area_cm2: NDArray[np.float64]


def strips_of(measurement: Measurement, um_per_px: float, group: str) -> Strips:
    """Divide the countable skin and the roots of counted hairs by how far they are from the edge of the picture.

    The edge is that of the skin's bounding box: bars and padding at a side of the picture are left out.
    """
    usable = measurement.field.usable
    rows, columns = (np.flatnonzero(usable.any(axis=axis)) for axis in (1, 0))
    top, bottom, left, right = rows[0] - 0.5, rows[-1] + 0.5, columns[0] - 0.5, columns[-1] + 0.5

    def distance_um(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        return um_per_px * np.minimum(np.minimum(x - left, right - x), np.minimum(y - top, bottom - y))

    y, x = np.nonzero(usable)
    bins = [*STRIPS_UM, np.inf]
    pixels, _ = np.histogram(distance_um(x.astype(float), y.astype(float)), bins)
    roots = ours.found(measurement)[:, :2]
    hairs, _ = np.histogram(distance_um(roots[:, 0], roots[:, 1]), bins)
    return Strips(group, hairs.astype(float), pixels * (um_per_px * _CM_PER_UM) ** 2)


def examine(name: str) -> Strips | None:
    """Measure a photograph at its stated scale; None where it is refused."""
    photo = next(one for one in real.photos() if one.name == name)
    measurement = ours.measure(photo.path, photo.um_per_px)
    if not measurement.field.usable.any():
        return None
    return strips_of(measurement, photo.um_per_px, real.group_keys()[name])


@dataclass(frozen=True)
class Cost:
    """Density of each strip beside that of the inside, and what it makes of the whole, with 95 % intervals.

    Attributes
    ----------
    strips : float array, shape (strips, 3)
        Value, lower and upper end; the inside, which is 1, left out.
    whole : float array, shape (3,)
        Density of the whole field less that of the inside, as a share of it.
    share : float array, shape (strips,)
        Share of the skin in each strip.
    hairs : float array, shape (strips,)
    """

    strips: NDArray[np.float64]
    whole: NDArray[np.float64]
    share: NDArray[np.float64]
    hairs: NDArray[np.float64]


def cost_of(some: Sequence[Strips]) -> Cost:
    """Weigh the edge of several photographs; intervals by drawing groups of photographs (percentile bootstrap)."""
    names = sorted({one.group for one in some})
    tables = np.array(
        [[np.sum([getattr(one, of) for one in some if one.group == name], axis=0) for of in ("hairs", "area_cm2")]
         for name in names]
    )  # fmt: skip

    def told(drawn: NDArray[np.float64]) -> NDArray[np.float64]:
        hairs, area = drawn.sum(axis=0)
        density = hairs / area
        return np.append(density[:-1] / density[-1], hairs.sum() / area.sum() / density[-1] - 1)

    generator = np.random.default_rng(0)
    draws = [told(tables[generator.integers(0, len(names), len(names))]) for _ in range(DRAWN)]
    ends = np.nanpercentile(draws, [2.5, 97.5], axis=0)
    numbers = np.column_stack([told(tables), *ends])
    hairs, area = tables.sum(axis=0)
    return Cost(numbers[:-1], numbers[-1], area[:-1] / area.sum(), hairs[:-1])


def body(costs: dict[str, tuple[int, Cost]]) -> str:
    """Lay out the section."""
    parts = []
    for half, (count, cost) in costs.items():
        rows = [
            [f"{low} to {high} µm", f"{100 * share:.1f} %", f"{hairs:.0f}", "{:.2f} ({:.2f} to {:.2f})".format(*ratio)]
            for (low, high), share, hairs, ratio in zip(
                pairwise(STRIPS_UM), cost.share, cost.hairs, cost.strips, strict=True
            )
        ]
        whole, low, high = (results_page.percent(float(one), sign=True) for one in cost.whole)
        head = ["from the edge", "of the skin", "hairs", f"density beside that over {STRIPS_UM[-1]} µm inside"]
        parts += [
            f"### The `{half}` half: {count} photographs",
            results_page.table(head, rows),
            f"Density of the whole picture beside that over {STRIPS_UM[-1]} µm inside: {whole} ({low} to {high}).",
        ]
    return "\n\n".join(parts)


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=["choose", "report", "both"], default="both", help="both: see README.md")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="quick look: every Nth photograph of a half")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, metavar="N")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    """Measure the annotated photographs, where there are any, and weigh their edges."""
    options = arguments(argv)
    if not real.available():
        print(real.ABSENT)
        return
    started = time.monotonic()
    halves = ["report", "choose"] if options.half == "both" else [options.half]
    costs = {}
    for half in halves:
        names = [(photo.name,) for photo in real.halves()[half][:: options.every]]
        found = [one for one in in_processes(examine, names, options.workers) if one is not None]
        costs[half] = len(found), cost_of(found)
    text = body(costs)
    print(f"{text}\n\n{time.monotonic() - started:.0f} s")
    if options.every == 1 and options.half == "both":
        results_page.write_section("edge", f"{results_page.provenance()}\n\n{text}")


if __name__ == "__main__":
    main()
