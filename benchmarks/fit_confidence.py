"""Fit hair confidence and the spread of counts to the choosing half of the annotated photographs, and print them.

Every figure is held out: from fits that did not see the subject. Nothing is written. Paste the weights into the
settings, and run again: the spread of counts that belongs to them is the one printed then.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import calibrators
import hair_table
import judged
import real
from calibrators import CONFIDENCE, Features, Held
from densitometer.evaluate import covered
from densitometer.hairs import Hair
from densitometer.measure import detection_interval
from densitometer.settings import MeasureSettings
from hair_table import HairTable
from results_page import percent, table

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
COVERAGE = 0.95
SHARES = np.arange(0.0, 1.0, 0.0025)
THRESHOLDS = np.arange(0.1, 0.75, 0.05)


def count_interval(confidence: FloatArray, counted: BoolArray, share: float) -> judged.Interval:
    """Give the interval that the package states for a count of hairs of these confidences, at a spread of counts."""
    dot = np.zeros((2, 2))
    hairs = [Hair(dot, dot[0], float(c), 1.0, counted=bool(k)) for c, k in zip(confidence, counted, strict=True)]
    return detection_interval(hairs, replace(MeasureSettings(), count_error_share=share))


def needed_share(confidence: FloatArray, counted: BoolArray, true_count: float) -> float:
    """Least spread of counts, as a share of the count, at which the interval holds the annotators' count.

    Returns
    -------
    float
        Infinite when none below 1 does.
    """
    for share in SHARES:
        low, high = count_interval(confidence, counted, float(share))
        if covered(low, high, true_count):
            return float(share)
    return float("inf")


def enough_for(needed: FloatArray, coverage: float = COVERAGE) -> float:
    """Least spread that is enough for one more photograph with this probability.

    The order statistic of rank coverage (n + 1) of what n photographs need (split conformal prediction, Vovk et al.
    2005): of n = 79, the fourth largest; the largest where n is too small.
    """
    rank = int(np.ceil(coverage * (len(needed) + 1)))
    return float(np.sort(needed)[min(rank, len(needed)) - 1])


def held_coverage(needed: FloatArray, groups: NDArray[np.str_]) -> float:
    """Share of photographs whose need is met by what the other subjects' photographs say is enough."""
    if len(np.unique(groups)) < 2:
        return float("nan")
    met = [need <= enough_for(needed[groups != group]) for need, group in zip(needed, groups, strict=True)]
    return float(np.mean(met))


def candidates(names: Sequence[str], l2: float) -> dict[str, calibrators.Fit]:
    """Ways of fitting to compare."""
    return {
        "confidence as it is": calibrators.as_it_is,
        "temperature": calibrators.temperature,
        "line in the logit": calibrators.line_in_logit,
        "isotonic": calibrators.isotonic,
        "logistic on features": calibrators.logistic(names, l2),
        "logistic, then isotonic": calibrators.logistic_then_rising(names, l2),
    }


def compared(held: Sequence[Held]) -> str:
    """Lay out how the ways of fitting do on subjects that they did not see."""
    rows = [[h.name, f"{h.log_loss:.4f}", f"{h.brier:.4f}", f"{h.calibration_error:.4f}"] for h in held]
    best = min(held, key=lambda one: one.log_loss).name
    return f"{table(['held out', 'log loss', 'Brier', 'calibration error'], rows)}\n\nBest by log loss: {best}."


def threshold_rows(p: FloatArray, hairs: HairTable) -> list[list[str]]:
    """Lay out what would be counted from each confidence on: precision, recall, F1, bias, error a photograph."""
    rows = []
    for least in THRESHOLDS:
        kept = (p >= least) & hairs.countable
        right, found, true = int((kept & hairs.real).sum()), int(kept.sum()), int(hairs.true_count.sum())
        count = np.bincount(hairs.photo[kept], minlength=len(hairs.names))
        some = hairs.true_count > 0
        error = float(np.mean(np.abs(count[some] / hairs.true_count[some] - 1))) if some.any() else np.nan
        shares = (right / found if found else np.nan, right / true if true else np.nan)
        f1 = 2 * right / (found + true) if found + true else np.nan
        cells = [f"{value:.3f}" for value in (*shares, f1)]
        bias = found / true - 1 if true else np.nan
        rows.append([f"{least:.2f}", *cells, percent(bias, sign=True), percent(error)])
    return rows


def spread_sentence(p: FloatArray, counted: BoolArray, hairs: HairTable) -> str:
    """Fit the spread of counts, and say what it covers of subjects that it was not fitted to."""
    own = [hairs.photo == at for at in range(len(hairs.names))]
    needed = np.array([needed_share(p[k], counted[k], n) for k, n in zip(own, hairs.true_count, strict=True)])
    share = enough_for(needed)
    if not np.isfinite(share):
        return "count_error_share: no value below 1 covers enough photographs."
    ends = np.array([count_interval(p[k], counted[k], share) for k in own])
    count = np.array([counted[k].sum() for k in own], dtype=float)
    width = float(np.mean((ends[:, 1] - ends[:, 0]) / np.maximum(count, 1)))
    return (
        f"count_error_share = {share:.4f}  # covers {percent(float((needed <= share).mean()))} of {len(needed)} "
        f"photographs, {percent(held_coverage(needed, hairs.groups))} held out over subjects; "
        f"{percent(float((needed == 0).mean()))} need none; mean width {percent(width)} of the count"
    )


def weights_text(weights: calibrators.Weights) -> str:
    """Write fitted weights as they are pasted into the settings."""
    return "confidence_weights = {" + ", ".join(f'"{name}": {value:.4g}' for name, value in weights.items()) + "}"


def report(hairs: HairTable, l2: float, least: float, *, keep_all: bool = False) -> str:
    """Fit everything to a table of hairs, and say what came of it."""
    features: Features = {**hairs.features, CONFIDENCE: hairs.confidence}
    fold = calibrators.folds(hairs.hair_groups)
    names = list(hairs.features)
    kept, dropped = (names, []) if keep_all else calibrators.helpful(features, names, hairs.real, fold, l2)
    held = [calibrators.held_out(name, fit, features, hairs.real, fold) for name, fit in candidates(kept, l2).items()]
    losses = calibrators.without_each(features, kept, hairs.real, fold, l2)
    p = calibrators.out_of_fold(calibrators.logistic(kept, l2), features, hairs.real, fold)
    weights = calibrators.fit_logistic({name: features[name] for name in kept}, hairs.real, l2)
    head = ["least confidence", "precision", "recall", "F1", "count bias", "count error per photograph"]
    parts = [
        f"{len(hairs.real)} hairs, {percent(float(hairs.real.mean()))} real, of {len(hairs.names)} photographs of "
        f"{len(np.unique(hairs.groups))} subjects.",
        compared(held),
        "\n".join(f"dropped {name}: log loss {loss:.4f} without it" for name, loss in dropped),
        table(["feature", "log loss without it"], [[name, f"{loss:.4f}"] for name, loss in losses.items()]),
        table(head, threshold_rows(p, hairs)),
        f"{weights_text(weights)}\nWith these, counted from {least:g} on:\n"
        f"{spread_sentence(p, hairs.countable & (p >= least), hairs)}",
        f"With the confidences as they are:\n{spread_sentence(hairs.confidence, hairs.counted, hairs)}",
    ]
    return "\n\n".join(part for part in parts if part)


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, metavar="N", help="quick look: every Nth photograph")
    parser.add_argument("--method", choices=judged.METHODS, help="another method than densitometer's own choice")
    parser.add_argument(
        "--features", default="hair_table:features", metavar="MODULE:FUNCTION",
        help="function from a measurement and its photograph to a dictionary of one array a feature, one value a hair",
    )  # fmt: skip
    parser.add_argument("--l2", type=float, default=calibrators.PRIOR, help="strength of the penalty on the weights")
    parser.add_argument(
        "--least-confidence", type=float, metavar="C", help="counted from here on; as set, if not given"
    )
    parser.add_argument("--keep-all", action="store_true", help="keep features that do not help")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, metavar="N")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--save", type=Path, metavar="FILE.npz", help="keep the hairs (outside the repository)")
    where.add_argument("--load", type=Path, metavar="FILE.npz", help="take hairs that were kept, and measure nothing")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    """Fit, and print what came of it."""
    options = arguments(argv)
    if not real.available():
        print(real.ABSENT)
        return
    if options.load:
        hairs = hair_table.load(options.load)
    else:
        hairs = hair_table.gather(options.every, options.method, options.features, options.workers)
    if options.save:
        hair_table.save(hairs, options.save)
    least = options.least_confidence
    if least is None:
        settings = judged.settings_for(options.method)
        least = (settings.vectors if settings.method == "network" else settings.hairs).least_confidence
    print(report(hairs, options.l2, least, keep_all=options.keep_all))


if __name__ == "__main__":
    main()
