"""Turn the outcomes on single photographs into the accuracy tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

import ours
import peers
import real
from densitometer.evaluate import Score, bland_altman, bootstrap_interval, icc_agreement, mean_count_error, pool
from outcomes import Outcome
from results_page import percent, table

NAMES = {**ours.NAMES, **peers.NAMES}
SCALE_TOLERANCE = 0.02
Examined = Sequence[tuple[real.MarkedPhoto, Mapping[str, Outcome], float | None]]


def figures(outcomes: Sequence[Outcome]) -> NDArray[np.float64]:
    """F1, precision, recall, count bias, mean count error per photograph and share of right roots."""
    whole = pool(outcome.score for outcome in outcomes)
    true = np.array([outcome.score.true_count for outcome in outcomes], dtype=float)
    count = np.array([outcome.count for outcome in outcomes])
    some = true > 0
    bias = count[some].sum() / true[some].sum() - 1 if some.any() else np.nan
    error = np.mean(np.abs(count[some] / true[some] - 1)) if some.any() else np.nan
    return np.array([whole.f1, whole.precision, whole.recall, bias, error, whole.root_share])


def figure_row(
    name: str, values: NDArray[np.float64], bounds: tuple[NDArray[np.float64], NDArray[np.float64]]
) -> list[str]:
    """Lay out one row of the main table: each figure with its 95 % interval."""
    cells = [name]
    for at, (value, low, high) in enumerate(zip(values, *bounds, strict=True)):
        if at < 3:  # F1, precision and recall are shown as numbers, the rest in per cent
            cells.append("–" if np.isnan(value) else f"{value:.3f} ({low:.3f}–{high:.3f})")
        else:
            sign = at == 3  # the bias
            one = percent(value, sign=sign)
            cells.append(one if np.isnan(value) else f"{one} ({percent(low, sign=sign)} to {percent(high, sign=sign)})")
    return cells


def method_row(name: str, examined: Examined) -> list[str]:
    """Score one method over photographs, with intervals over subjects."""
    outcomes = [outcome[name] for _, outcome, _ in examined]
    keys = real.group_keys()
    bounds = bootstrap_interval(outcomes, [keys[photo.name] for photo, _, _ in examined], figures)
    values = figures(outcomes)
    if name not in ours.NAMES:
        values[-1] = np.nan  # the peers do not tell a root from a tip
    return figure_row(NAMES[name], values, bounds)


def ceiling() -> tuple[Score, float]:
    """Score one annotator against another where a photograph was marked twice; with the mean count difference."""
    scores = []
    for first, second in real.annotator_pairs():
        marks = real.hairs(second)
        scores.append(real.score(marks.root_tip[marks.kind != "loose"], first))
    return pool(scores), mean_count_error(scores)


def ceiling_row() -> list[str]:
    """Lay out the human ceiling as a row of the main table."""
    whole, error = ceiling()
    numbers = [f"{value:.3f}" for value in (whole.f1, whole.precision, whole.recall)]
    shares = [percent(whole.count_bias, sign=True), percent(error), percent(whole.root_share)]
    return ["another annotator (23 pairs, both halves)", *numbers, *shares]


def agreement_row(name: str, examined: Examined) -> list[str]:
    """Say how far a method's counts and the annotators' agree over photographs."""
    true = [outcome[name].score.true_count for _, outcome, _ in examined]
    count = [outcome[name].count for _, outcome, _ in examined]
    if len(true) < 2:  # a spread needs two
        return [NAMES[name], "–", "–", "–"]
    limits = bland_altman(true, count)
    icc = icc_agreement(np.column_stack([true, count]))
    return [NAMES[name], f"{limits.bias:+.1f}", f"{limits.low:+.1f} to {limits.high:+.1f}", f"{icc:.3f}"]


def kind_row(name: str, examined: Examined) -> list[str]:
    """Say what a method misses by kind and by closeness of the next root, and what it invents."""
    outcomes = [outcome[name] for _, outcome, _ in examined]
    kind, close, hit = (np.concatenate([getattr(o, part) for o in outcomes]) for part in ("kind", "close", "hit"))
    groups = [kind == one for one in real.KINDS] + [close, ~close]
    recall = [f"{percent(hit[g].mean() if g.any() else np.nan)} of {g.sum()}" for g in groups]
    invented = sum(o.score.false for o in outcomes)
    doubled = sum(o.doubled for o in outcomes)
    return [NAMES[name], *recall, str(invented), str(doubled)]


def scale_sentence(examined: Examined) -> str:
    """Say how often the printed scale is read, and how often a wrong value is given."""
    printed = [(photo.um_per_px, scale) for photo, _, scale in examined if photo.printed_scale]
    plain = [(photo.um_per_px, scale) for photo, _, scale in examined if not photo.printed_scale]

    def right(true: float, read: float | None) -> bool:
        return read is not None and abs(read / true - 1) <= SCALE_TOLERANCE

    good = sum(right(*pair) for pair in printed)
    wrong = sum(read is not None and not right(true, read) for true, read in printed + plain)
    return (
        f"Printed scale, from the picture alone: read within 2 % on {good} of {len(printed)} photographs that carry "
        f"one; wrong values given: {wrong} (on all {len(examined)}, {len(plain)} of them without a printed scale)."
    )


def half_section(half: str, examined: Examined, methods: Sequence[str]) -> str:
    """Write the tables of one half."""
    note = {
        "report": "not looked at when settings were chosen",
        "choose": "settings were chosen on these: for comparison only",
    }[half]
    subjects = len({real.group_keys()[photo.name] for photo, _, _ in examined})
    kinds = [*(f"recall, {kind}" for kind in real.KINDS), "recall, next root < 150 µm", "recall, farther"]
    main = ["method", "F1", "precision", "recall", "count bias", "count error per photograph", "right root ends"]
    parts = [
        f"### The `{half}` half: {len(examined)} photographs of {subjects} subjects ({note})",
        table(main, [*(method_row(name, examined) for name in methods), ceiling_row()]),
        table(
            ["counts per photograph", "bias (hairs)", "95 % limits of agreement", "ICC(2,1)"],
            [agreement_row(name, examined) for name in methods],
        ),
        table(
            ["missed and invented", *kinds, "invented", "of these along a marked hair"],
            [kind_row(name, examined) for name in methods],
        ),
    ]
    if "densitometer" in methods:
        parts.append(scale_sentence(examined))
    return "\n\n".join(parts)


def accuracy(found: Mapping[str, Examined], methods: Sequence[str]) -> str:
    """Write the tables of all halves given."""
    return "\n\n".join(half_section(half, examined, methods) for half, examined in found.items())
