"""Turn judged hairs into the tables of confidence and of the intervals of counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from densitometer.evaluate import (
    Bin,
    bootstrap_interval,
    brier_score,
    calibration_error,
    covered,
    reliability,
)
from judged import Interval, Judged
from results_page import percent, table

FloatArray = NDArray[np.float64]
Bounds = tuple[FloatArray, FloatArray]
NOTES = {
    "report": "not looked at when settings were chosen",
    "choose": "confidences and intervals were fitted to these: for comparison only",
}


def pooled(judged: Sequence[Judged], *, counted_only: bool = False) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Confidence and truth of the hairs of all photographs."""
    keep = [one.counted if counted_only else np.ones(len(one.real), dtype=bool) for one in judged]
    confidence = [one.confidence[some] for one, some in zip(judged, keep, strict=True)]
    real = [one.real[some] for one, some in zip(judged, keep, strict=True)]
    return np.concatenate([np.empty(0), *confidence]), np.concatenate([np.empty(0, bool), *real])


def error_by_chance(confidence: FloatArray, draws: int = 100, seed: int = 0) -> float:
    """Mean calibration error of confidences that hold perfectly, for as many hairs of the same confidences."""
    random = np.random.default_rng(seed)
    drawn = [calibration_error(confidence, random.random(len(confidence)) < confidence) for _ in range(draws)]
    return float(np.mean(drawn))


def intervals(judged: Sequence[Judged], *, alone: bool) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Interval of each count, low and high, and the annotators' count."""
    ends: list[Interval] = [one.detected if alone else one.reported for one in judged]
    low, high = np.array(ends, dtype=float).reshape(-1, 2).T
    return low, high, np.array([one.true_count for one in judged], dtype=float)


def coverage(judged: Sequence[Judged], *, alone: bool) -> FloatArray:
    """Share of intervals that hold the annotators' count, and their mean width as a share of the count."""
    low, high, true = intervals(judged, alone=alone)
    count = np.array([one.count for one in judged], dtype=float)
    width = np.mean((high - low) / np.maximum(count, 1))  # nothing counted: as if it were one
    return np.array([covered(low, high, true).mean(), width])


def bounds_over_subjects(judged: Sequence[Judged], statistic: Callable[[list[Judged]], ArrayLike]) -> Bounds:
    """95 % bootstrap interval of a statistic of a list of photographs, drawing whole groups of subjects."""
    return bootstrap_interval(judged, [one.group for one in judged], statistic)


def between(low: float, high: float) -> str:
    """Show an interval of a share."""
    return f"({percent(low)} to {percent(high)})"


def summary_row(name: str, judged: Sequence[Judged], *, counted_only: bool) -> list[str]:
    """Lay out how well confidences hold over all hairs, or over those that are counted."""

    def errors(some: Sequence[Judged]) -> list[float]:
        pair = pooled(some, counted_only=counted_only)
        return [calibration_error(*pair), brier_score(*pair)]

    confidence, real = pooled(judged, counted_only=counted_only)
    if not len(real):
        return [name, "0", "–", "–", "–", "–", "–"]
    (error, brier), (low, high) = errors(judged), bounds_over_subjects(judged, errors)
    return [
        name,
        str(len(real)),
        percent(float(confidence.mean())),
        percent(float(real.mean())),
        f"{error:.3f} ({low[0]:.3f}–{high[0]:.3f})",
        f"{error_by_chance(confidence):.3f}",
        f"{brier:.3f} ({low[1]:.3f}–{high[1]:.3f})",
    ]


def bin_rows(judged: Sequence[Judged]) -> list[list[str]]:
    """Lay out the reliability curve: one row for each bin that has hairs."""
    bins = reliability(*pooled(judged))
    filled = [at for at, one in enumerate(bins) if one.count]
    if not filled:
        return []

    def shares(some: Sequence[Judged]) -> list[float]:
        drawn = reliability(*pooled(some))
        return [drawn[at].real_share for at in filled]

    bounds = bounds_over_subjects(judged, shares)
    return [_bin_row(bins[at], low, high) for at, low, high in zip(filled, *bounds, strict=True)]


def _bin_row(one: Bin, low: float, high: float) -> list[str]:
    share = f"{percent(one.real_share)} {between(low, high)}"
    return [f"{one.low:.1f} to {one.high:.1f}", str(one.count), percent(one.mean_confidence), share]


def coverage_row(name: str, judged: Sequence[Judged], *, alone: bool) -> list[str]:
    """Lay out how often the interval of the count holds the annotators' count, and how wide it is."""

    def both(some: Sequence[Judged]) -> FloatArray:
        return coverage(some, alone=alone)

    share, width = both(judged)
    low, high = bounds_over_subjects(judged, both)
    bottom, top, true = intervals(judged, alone=alone)
    held = f"{percent(share)} {between(low[0], high[0])}"
    return [name, held, percent(width), str(int((true > top).sum())), str(int((true < bottom).sum()))]


def half_section(half: str, judged: Sequence[Judged], declined: int = 0) -> str:
    """Write the tables of one half."""
    subjects = len({one.group for one in judged})
    head = f"### The `{half}` half: {len(judged)} photographs of {subjects} subjects ({NOTES[half]})"
    parts = [head]
    if declined:
        parts.append(f"Not measured, and so left out: {declined}.")
    if judged:
        parts += [*_tables(judged)]
    return "\n\n".join(parts)


def _tables(judged: Sequence[Judged]) -> tuple[str, str, str]:
    summary = ["hairs", "number", "mean confidence", "real", "calibration error", "by chance alone", "Brier score"]
    spread = ["95 % interval of the count", "holds the annotators' count", "mean width", "too low", "too high"]
    return (
        table(
            summary,
            [
                summary_row("all that were found", judged, counted_only=False),
                summary_row("counted", judged, counted_only=True),
            ],
        ),
        table(["confidence", "hairs", "mean confidence", "real"], bin_rows(judged)),
        table(
            spread,
            [
                coverage_row("as reported", judged, alone=False),
                coverage_row("from the confidences alone", judged, alone=True),
            ],
        ),
    )
