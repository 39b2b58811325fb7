"""What the self-test gives on other seeds, to take its limits from: `python benchmarks/selftest_limits.py`.

A limit belongs outside the worst of these sets, by about as much again as the worst lies from the mean.
"""

from __future__ import annotations

import sys

import numpy as np

from densitometer.selftest import cases, run_selftest

FIRST_SEED, SETS = 100, 24


def figures(sets: int) -> dict[str, list[float | None]]:
    """Every figure of the self-test, once for each set of seeds of its own."""
    step = 1 + max(case.seed for case in cases())
    found: dict[str, list[float | None]] = {}
    for number in range(sets):
        for check in run_selftest(FIRST_SEED + number * step).checks:
            found.setdefault(f"{check.name} [{check.low:g}, {check.high:g}]", []).append(check.value)
    return found


if __name__ == "__main__":
    for name, values in figures(int(sys.argv[1]) if len(sys.argv) > 1 else SETS).items():
        known = np.array([value for value in values if value is not None])
        print(
            f"{name:62s} {known.min():8.3f} to {known.max():7.3f}, mean {known.mean():7.3f}, sd {known.std():6.3f}"
            + (f", none {len(values) - len(known)} times" if len(known) < len(values) else "")
        )
