"""Tables of how well rendered visits are compared: counts, fates, verdicts, widths and skin."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from change_figures import counted, finite, mean_interval, share_cell
from change_pairs import CHANGED, NO_CHANGE
from change_scores import FATES, PairOutcome
from densitometer.evaluate import calibration_error, reliability
from results_page import percent, table

Outcomes = Sequence[PairOutcome]
Floats = NDArray[np.float64]
OTHER_SITE = "other_site"
WORST = 5
_MANY = 95


def of_pairs(outcomes: Outcomes, names: Sequence[str]) -> list[PairOutcome]:
    """Those between whose visits one of these things happened."""
    return [outcome for outcome in outcomes if outcome.pair in names]


def errors(outcomes: Outcomes, which: str = "error") -> Floats:
    """Errors of the change as shares of the baseline's hairs, of the pairs that have one."""
    return np.asarray(finite([getattr(outcome, which) for outcome in outcomes]))


def whole_error_cells(some: Floats) -> list[str]:
    """Mean error with its sign left out, bias, median, 95th percentile, worst."""
    if not some.size:
        return ["–"] * 5
    apart = np.abs(some)
    spread = [percent(float(np.percentile(apart, at))) for at in (50, _MANY, 100)]
    return [percent(float(apart.mean())), percent(float(some.mean()), sign=True), *spread]


def short_error_cells(some: Floats) -> list[str]:
    """Mean error with its sign left out, and the worst."""
    return [percent(float(np.abs(some).mean())), percent(float(np.abs(some).max()))] if some.size else ["–"] * 2


def error_row(name: str, outcomes: Outcomes) -> list[str]:
    """Lay out how far the change is off, and how far those of others are."""
    ours = whole_error_cells(errors([o for o in outcomes if o.comparable]))
    others = [cell for which in ("recount_error", "plain_error") for cell in short_error_cells(errors(outcomes, which))]
    compared = f"{sum(o.comparable for o in outcomes)} of {len(outcomes)}"
    hairs = f"{np.median([outcome.true_count for outcome in outcomes]):.0f}"
    return [name, hairs, compared, str(sum(o.misplaced for o in outcomes)), *ours, *others]


ERROR_HEAD = ("hairs (median)", "compared", "laid wrongly", "mean error", "bias", "median", "95th percentile", "worst")
PEERS_HEAD = ("counted twice, same skin: mean", "worst", "whole photographs subtracted: mean", "worst")


def error_table(title: str, groups: Sequence[tuple[str, Outcomes]]) -> str:
    """Lay out errors of the change, a row a group."""
    return table([title, *ERROR_HEAD, *PEERS_HEAD], [error_row(name, some) for name, some in groups if some])


def by_pair(outcomes: Outcomes) -> list[tuple[str, Outcomes]]:
    """Sort by what happened in between, all together first."""
    groups: list[tuple[str, Outcomes]] = [
        ("all", outcomes),
        ("nothing lost or gained", of_pairs(outcomes, NO_CHANGE)),
        ("lost or gained", of_pairs(outcomes, CHANGED)),
    ]
    return groups + [(name, of_pairs(outcomes, [name])) for name in (*NO_CHANGE, *CHANGED)]


def by_style(outcomes: Outcomes) -> list[tuple[str, Outcomes]]:
    """Sort by style."""
    names = list(dict.fromkeys(outcome.style for outcome in outcomes))
    return [(name, [outcome for outcome in outcomes if outcome.style == name]) for name in names]


def ratio(part: float, whole: float) -> str:
    """A share in per cent; a dash of nothing."""
    return percent(part / whole) if whole else "–"


def fate_row(name: str, outcomes: Outcomes) -> list[str]:
    """Lay out precision and recall by fate, hairs left open, and what wrong losses and gains are."""

    def total(part: str, fate: str) -> int:
        return sum(getattr(outcome.fates, part)[fate] for outcome in outcomes)

    shares = [
        ratio(total(*part), total(*whole))
        for fate in FATES
        for part, whole in ((("right", fate), ("named", fate)), (("recalled", fate), ("true", fate)))
    ]
    wrong = sum(total("named", fate) - total("right", fate) for fate in ("lost", "gained"))
    open_ = sum(outcome.fates.ambiguous for outcome in outcomes)
    named = sum(total("named", fate) for fate in FATES) + open_
    missed = sum(outcome.fates.missed for outcome in outcomes)
    changed = sum(outcome.fates.ambiguous_changed for outcome in outcomes)
    return [name, *shares, ratio(open_, named), ratio(changed, open_), str(wrong), ratio(missed, wrong)]


def fate_table(title: str, groups: Sequence[tuple[str, Outcomes]]) -> str:
    """Lay out fates, a row a group."""
    head = [title, *(f"{fate}: {what}" for fate in FATES for what in ("precision", "recall"))]
    head += ["left open", "of these really lost or gained", "wrongly lost or gained", "of these there in both"]
    return table(head, [fate_row(name, some) for name, some in groups if some])


def way(change: float) -> str:
    """Verdict that a true change deserves, whatever its size."""
    return "increase" if change > 0 else "decrease" if change < 0 else "within_error"


def verdict_rows(outcomes: Outcomes) -> list[list[str]]:
    """Lay out verdicts and intervals, by what happened."""
    groups = [("nothing lost or gained", of_pairs(outcomes, NO_CHANGE)), *by_pair(outcomes)[3:]]
    return [verdict_row(name, some) for name, some in groups if some]


def verdict_row(name: str, outcomes: Outcomes) -> list[str]:
    """Lay out how often the verdict is what the truth deserves, and how often the truth lies in the interval."""
    some = [outcome for outcome in outcomes if outcome.comparable]
    wrong = [o for o in some if o.verdict not in ("within_error", way(o.true_change))]
    held = finite([outcome.held for outcome in some])
    true = finite([o.true_change / o.true_count if o.true_count else np.nan for o in some])
    limits = finite([_share_of_baseline(o, "mdc95_per_cm2") for o in some])
    return [
        name,
        f"{percent(float(true.min()), sign=True)} to {percent(float(true.max()), sign=True)}" if true.size else "–",
        counted([outcome.verdict == "within_error" for outcome in some]),
        counted([outcome.verdict == way(outcome.true_change) for outcome in some]),
        str(len(wrong)),
        share_cell(int(held.sum()), held.size),
        percent(float(np.median(limits))) if limits.size else "–",
    ]


def _share_of_baseline(outcome: PairOutcome, name: str) -> float:
    value, base = outcome.values.get(name), outcome.values.get("baseline_per_cm2")
    known = isinstance(value, int | float) and isinstance(base, int | float) and base > 0
    return float(value) / float(base) if known else float("nan")  # type: ignore[arg-type]


VERDICT_HEAD = ("true change", "`within_error`", "the way of the true change", "any other", "interval holds the truth")


def verdict_table(outcomes: Outcomes) -> str:
    """Lay out verdicts and intervals."""
    return table(["verdicts", *VERDICT_HEAD, "MDC95 (median)"], verdict_rows(outcomes))


def calibration_table(outcomes: Outcomes) -> str:
    """Lay out what probabilities of fates promise and keep."""
    promised = np.concatenate([outcome.fates.probability for outcome in outcomes] or [np.empty(0)])
    kept = np.concatenate([outcome.fates.kept for outcome in outcomes] or [np.empty(0, bool)])
    bins = [one for one in reliability(promised, kept) if one.count]
    rows = [
        [f"{one.low:.1f} to {one.high:.1f}", str(one.count), percent(one.mean_confidence), percent(one.real_share)]
        for one in bins
    ]
    off = percent(calibration_error(promised, kept))
    note = f"Expected calibration error of the probabilities of fates: {off} over {promised.size} hairs."
    return table(["probability of a fate", "hairs", "promised", "kept"], rows) + "\n\n" + note


def width_table(outcomes: Outcomes) -> str:
    """Lay out the paired change of width against the true mean change."""
    rows = []
    for name, some in by_pair(outcomes):
        off = finite([o.width_change_um - o.true_width_change_um for o in some])
        if off.size:
            held = finite([o.width_held for o in some])
            mean, low, high = mean_interval(off)
            numbers = [
                f"{mean:+.2f} ({low:+.2f} to {high:+.2f})",
                f"{np.abs(off).mean():.2f}",
                f"{np.abs(off).max():.2f}",
            ]
            rows.append([name, str(off.size), *numbers, share_cell(int(held.sum()), held.size)])
    head = ["width change (µm)", "pairs", "bias", "mean error", "worst", "interval holds the truth"]
    return table(head, rows)


def skin_table(outcomes: Outcomes) -> str:
    """Lay out the change of redness and flaking where the skin flared, and where it was photographed twice."""
    rows = []
    for name in ("flare", "replicate"):
        some = of_pairs(outcomes, [name])
        cells = [cell for which in ("redness_change", "flaking_change") for cell in _skin_cells(some, which)]
        rows.append([name, *cells])
    head = ["skin", "redness (a*): median change", "5th to 95th percentile", "grew"]
    return table([*head, "flaking (share): median change", "5th to 95th percentile", "grew"], rows)


def _skin_cells(outcomes: Outcomes, which: str) -> list[str]:
    some = finite([getattr(outcome, which) for outcome in outcomes])
    if not some.size:
        return ["–"] * 3
    low, middle, high = np.percentile(some, [5, 50, _MANY])
    return [f"{middle:+.3f}", f"{low:+.3f} to {high:+.3f}", f"{int((some > 0).sum())} of {some.size}"]


def worst_sentence(outcomes: Outcomes) -> str:
    """Name the pairs that are farthest off, and those that were not compared."""
    some = sorted((o for o in outcomes if np.isfinite(o.error)), key=lambda o: -abs(o.error))[:WORST]
    worst = ", ".join(f"`{o.style}` {o.pair} {o.seed} ({percent(o.error, sign=True)})" for o in some)
    refused = ", ".join(f"`{o.style}` {o.pair} {o.seed}" for o in outcomes if not o.comparable)
    return f"Farthest off: {worst or 'none'}. Not compared though they show one place: {refused or 'none'}."


def repeatability_sentence(outcomes: Outcomes) -> str:
    """Say how far the change is off where nothing was lost or gained, in the unit of the setting ``mdc_error``."""
    cells = [
        f"{name} {np.sqrt(np.mean(off**2)):.2f}"
        for name in NO_CHANGE
        if (off := np.array([o.error * o.true_count**0.5 for o in of_pairs(outcomes, [name]) if o.comparable])).size
    ]
    quiet = [o for o in of_pairs(outcomes, NO_CHANGE) if o.comparable]
    if not quiet:
        return ""
    together = np.sqrt(np.mean([o.error**2 * o.true_count for o in quiet]))
    return (
        "Root mean square of the change where nothing was lost or gained, in parts of the square root of the hairs: "
        f"{', '.join(cells)}; together {together:.2f}. The validated MDC95 rests on this (`change.mdc_error`)."
    )


def other_site_sentence(outcomes: Outcomes) -> str:
    """Say how many photographs of other scalps were compared."""
    some = of_pairs(outcomes, [OTHER_SITE])
    return f"Photographs of another scalp in the series: {sum(o.comparable for o in some)} of {len(some)} compared."


def speed_sentence(seconds: Sequence[float]) -> str:
    """Say how long a comparison takes."""
    if not seconds:
        return ""
    return (
        f"Comparing two measured visits of 1280 × 1024 px, one thread, their pictures read from what is kept of them: "
        f"{np.median(seconds):.2f} s (median), {max(seconds):.2f} s (worst) of {len(seconds)} pairs."
    )


def rendered_tables(outcomes: Outcomes, seconds: Sequence[float]) -> str:
    """All tables of rendered pairs."""
    same = [outcome for outcome in outcomes if outcome.pair != OTHER_SITE]
    tables: list[Callable[[], str]] = [
        lambda: error_table("error of the change", by_pair(same)),
        lambda: error_table("by style", by_style(same)),
        lambda: worst_sentence(same),
        lambda: repeatability_sentence(same),
        lambda: verdict_table(same),
        lambda: fate_table("fates", by_pair(same)),
        lambda: fate_table("fates by style", by_style(same)),
        lambda: calibration_table(same),
        lambda: width_table(same),
        lambda: skin_table(same),
        lambda: other_site_sentence(outcomes),
        lambda: speed_sentence(seconds),
    ]
    return "\n\n".join(part for part in (make() for make in tables) if part)
