"""Tables of the trial, of where photographs are laid, and of the annotated photographs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from change_alignment import LEAST_OVERLAP, Placing
from change_figures import counted, finite, mean_interval, share_cell
from change_real import MarksOutcome
from change_scores import PairOutcome
from change_tables import ERROR_HEAD, PEERS_HEAD, error_row, ratio
from change_trial import TrialResult
from results_page import percent, table

_OVERLAPS = ((0.0, 0.2), (0.2, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 1.01))
_TURNS = ((0.0, 45.0), (45.0, 90.0), (90.0, 135.0), (135.0, 180.1))
_MOST_GONE = 0.4


def trial_tables(results: Sequence[TrialResult]) -> str:
    """Lay out the group's mean change and the verdicts, beside those of subtracting densities."""
    limit = plain_limit([outcome for outcome in results[0].outcomes])
    rows = [trial_row(result, limit) for result in results]
    head = ["trial", "true mean change", "measured", "less the true change, subject by subject"]
    head += ["counted twice, same skin", "whole photographs subtracted", "truth in the measured interval"]
    head += ["verdict right", "right by subtraction"]
    note = (
        f"MDC95 of the study, from {results[0].source}: {results[0].mdc95_per_cm2:.1f} hairs/cm² (median); that of "
        f"subtracted densities, from the same replicates: {percent(limit)} of the baseline."
    )
    return table(head, rows) + "\n\n" + note


def plain_limit(replicates: Sequence[PairOutcome]) -> float:
    """MDC95 of subtracted densities as a share of the baseline: 1.96 times the root mean square between replicates."""
    off = finite([outcome.plain_error for outcome in replicates])
    return float(1.96 * np.sqrt(np.mean(off**2))) if off.size else float("nan")


def trial_row(result: TrialResult, limit: float) -> list[str]:
    """Lay out one time of the trial."""
    quiet = result.pair == "replicate"
    wanted = "within_error" if quiet else "increase"
    mean, low, high = result.mean("change")
    true = result.mean("true_change")[0]
    plain = [o.plain / o.true_count if o.true_count else 0.0 for o in result.outcomes]
    by_plain = [abs(one) <= limit if quiet else one > limit for one in plain]
    return [
        result.pair,
        percent(true, sign=True),
        _mean_cell((mean, low, high)),
        _mean_cell(mean_interval([outcome.error for outcome in result.outcomes])),
        _mean_cell(result.mean("recount")),
        _mean_cell(result.mean("plain")),
        "yes" if low <= true <= high else "no",
        counted([verdict == wanted for verdict in result.verdicts]),
        counted(by_plain),
    ]


def _mean_cell(interval: tuple[float, float, float]) -> str:
    mean, low, high = interval
    return f"{percent(mean, sign=True)} ({percent(low, sign=True)} to {percent(high, sign=True)})"


def placing_row(name: str, some: Sequence[Placing]) -> list[str]:
    """Lay out how many photographs of one place were laid rightly, wrongly, not at all, and how near."""
    right = [placing for placing in some if placing.right]
    apart, area = finite([p.apart_um for p in right]), finite([p.area_ratio for p in right])
    refused = sum(not placing.aligned for placing in some)
    wrong = str(sum(placing.misplaced for placing in some))
    near = [f"{np.median(apart):.1f}", f"{apart.max():.1f}"] if apart.size else ["–"] * 2
    skin = f"{np.median(area):.3f}" if area.size else "–"
    return [name, share_cell(len(right), len(some)), wrong, str(refused), *near, skin]


def placing_tables(moved: Sequence[Placing]) -> str:
    """Lay out photographs of one place by overlap and by turn."""
    enough = [placing for placing in moved if placing.overlap >= LEAST_OVERLAP]
    groups = [
        (f"overlap of {LEAST_OVERLAP:.0%} or more", enough),
        ("and at most 40 % gone or new", [p for p in enough if not p.gone > _MOST_GONE]),
        *((f"overlap {a:.0%} to {min(b, 1):.0%}", _between(moved, "overlap", a, b)) for a, b in _OVERLAPS),
        *((f"of enough overlap, turned {a:.0f}° to {b:.0f}°", _between(enough, "turn_deg", a, b)) for a, b in _TURNS),
    ]
    head = ["one place", "laid rightly", "wrongly", "refused", "roots off (µm, median)", "worst"]
    return table([*head, "overlap over the true one"], [placing_row(name, some) for name, some in groups if some])


def _between(placings: Sequence[Placing], which: str, low: float, high: float) -> list[Placing]:
    return [placing for placing in placings if low <= getattr(placing, which) < high]


def failures_sentence(moved: Sequence[Placing]) -> str:
    """Name the pairs of enough overlap that were not laid rightly."""
    some = [p for p in moved if p.overlap >= LEAST_OVERLAP and not p.right]
    named = ", ".join(f"`{p.name}` (overlap {p.overlap:.0%}, {percent(p.gone)} gone or new)" for p in some)
    return f"Not laid rightly in spite of enough overlap: {named or 'none'}."


def false_table(groups: Sequence[tuple[str, Sequence[Placing]]]) -> str:
    """Lay out photographs of different places: any that is laid on another is an error."""
    rows = []
    for name, some in groups:
        odds = finite([placing.log_odds for placing in some])
        nearest = f"{odds.max():+.1f}" if odds.size else "–"
        rows.append([name, str(len(some)), str(sum(placing.aligned for placing in some)), nearest])
    wrong = [placing for _, some in groups for placing in some if placing.aligned]
    laid = ", ".join(f"`{p.name}` ({p.log_odds:+.1f})" for p in wrong if "/" in p.name)  # no photographs of patients
    note = f"Rendered scalps laid on one another though they must not be: {laid or 'none'}."
    return table(["different places", "pairs", "laid on one another", "highest log odds"], rows) + "\n\n" + note


def retaken_table(outcomes: Sequence[PairOutcome]) -> str:
    """Lay out photographs compared with themselves taken again."""
    enough = [outcome for outcome in outcomes if outcome.overlap >= LEAST_OVERLAP]
    groups = [("all", outcomes), (f"overlap of {LEAST_OVERLAP:.0%} or more", enough)]
    first = table(
        ["photographs taken again", *ERROR_HEAD, *PEERS_HEAD], [error_row(name, some) for name, some in groups if some]
    )
    rows = [retaken_row(name, some) for name, some in groups if some]
    head = ["", "laid rightly", "roots off (µm, median)", "worst", "`within_error`", "interval holds 0"]
    return first + "\n\n" + table(head, rows)


def retaken_row(name: str, outcomes: Sequence[PairOutcome]) -> list[str]:
    """Lay out where they were laid and what was said of them."""
    right = [outcome for outcome in outcomes if outcome.aligned]
    apart, held = finite([o.apart_um for o in right]), finite([o.held for o in right])
    near = [f"{np.median(apart):.1f}", f"{apart.max():.1f}"] if apart.size else ["–"] * 2
    said = counted([outcome.verdict == "within_error" for outcome in outcomes if outcome.comparable])
    return [name, counted([o.aligned for o in outcomes]), *near, said, share_cell(int(held.sum()), held.size)]


def marks_table(groups: Sequence[tuple[str, Sequence[MarksOutcome]]]) -> str:
    """Lay out the fates between two sets of hairs of one photograph."""
    rows = []
    for name, some in groups:
        if not some:
            continue
        numbers = {
            which: sum(getattr(o, which) for o in some) for which in ("persisting", "lost", "gained", "ambiguous")
        }
        total = sum(numbers.values())
        aligned = f"{sum(outcome.aligned for outcome in some)} of {len(some)}"
        off = finite([abs(outcome.change) for outcome in some])
        mean = percent(float(off.mean())) if off.size else "–"
        rows.append([name, aligned, *(ratio(numbers[which], total) for which in numbers), mean])
    head = ["one photograph, two sets of hairs", "aligned", "persisting", "lost", "gained", "left open"]
    return table([*head, "mean change of the count"], rows)
