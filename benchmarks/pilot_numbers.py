"""What a pilot says of its groups, worked out from ``changes.csv`` and ``photos.csv`` alone, beside what is true."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from change_figures import mean_interval
from pilot_study import SITES, VISITS, Truth

LATER = tuple(VISITS)[1:]
Row = dict[str, str]


@dataclass(frozen=True)
class Told:
    """What was found of one subject, site and later visit, replicates averaged, beside what is true.

    Attributes
    ----------
    subject, site, visit : str
    change, true_change : float
        Hair by hair, in hairs per cm2 of the skin that both photographs show.
    subtracted : float
        Density of the whole photographs, less that of the baseline.
    before : float
        Hairs per cm2 at the baseline, by the comparison.
    true_before : float
        Hairs per cm2 that stood at the baseline on the skin that both show.
    mdc95 : float
    verdict : str
        That of all replicates where they agree, else ``within_error``.
    """

    subject: str
    site: str
    visit: str
    change: float
    true_change: float
    subtracted: float
    before: float
    true_before: float
    mdc95: float
    verdict: str


@dataclass(frozen=True)
class Mean:
    """Mean over subjects with its 95 % t-interval."""

    n: int
    value: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Mean:
        """Of some values, one a subject."""
        some = list(values)
        return cls(len(some), *mean_interval(some))

    def holds(self, value: float) -> bool:
        """Tell whether a value lies in the interval."""
        return self.low <= value <= self.high


@dataclass(frozen=True)
class Group:
    """One site at one later visit: change found and true, change of subtracted densities, and verdicts.

    Attributes
    ----------
    found, error, subtracted : Mean
        ``error`` is what was found less what is true, subject by subject.
    true : float
        Mean true change of the same subjects.
    before, true_before : float
        Mean hairs per cm2 at the baseline.
    verdicts : tuple of str
    mdc95 : float
        Mean.
    """

    found: Mean
    error: Mean
    subtracted: Mean
    true: float
    before: float
    true_before: float
    verdicts: tuple[str, ...]
    mdc95: float


def read_rows(path: Path) -> list[Row]:
    """Rows of a table, as text."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def told(results: Path, truth: Sequence[Truth]) -> list[Told]:
    """What ``changes.csv`` tells of every subject, site and later visit; those not compared at all are left out."""
    densities = {row["photo"]: float(row["density_per_cm2"] or "nan") for row in read_rows(results / "photos.csv")}
    true = {one.photo: one for one in truth}
    pairs: dict[tuple[str, str, str], list[Row]] = {}
    for row in read_rows(results / "changes.csv"):
        if row["against"] == "baseline" and row["comparable"] == "1":
            pairs.setdefault((row["subject"], row["site"], row["followup_visit"]), []).append(row)
    return [_told(where, rows, true, densities) for where, rows in pairs.items()]


def _told(
    where: tuple[str, str, str], rows: Sequence[Row], true: dict[str, Truth], densities: dict[str, float]
) -> Told:
    truths = [true[row["followup_photo"]] for row in rows]
    verdicts = {row["verdict"] for row in rows}
    subtracted = [densities[row["followup_photo"]] - densities[row["baseline_photo"]] for row in rows]
    return Told(
        *where,
        change=_mean(rows, "change_per_cm2"),
        true_change=float(np.mean([one.change_per_cm2 for one in truths])),
        subtracted=float(np.mean(subtracted)),
        before=_mean(rows, "baseline_per_cm2"),
        true_before=float(np.mean([one.common_before_per_cm2 for one in truths])),
        mdc95=_mean(rows, "mdc95_per_cm2"),
        verdict=verdicts.pop() if len(verdicts) == 1 else "within_error",
    )


def _mean(rows: Sequence[Row], column: str) -> float:
    return float(np.mean([float(row[column]) for row in rows]))


def group(some: Iterable[Told], site: str, visit: str) -> Group:
    """Put the subjects together at one site and visit."""
    here = [one for one in some if (one.site, one.visit) == (site, visit)]
    return Group(
        found=Mean.of(one.change for one in here),
        error=Mean.of(one.change - one.true_change for one in here),
        subtracted=Mean.of(one.subtracted for one in here),
        true=float(np.mean([one.true_change for one in here])),
        before=float(np.mean([one.before for one in here])),
        true_before=float(np.mean([one.true_before for one in here])),
        verdicts=tuple(one.verdict for one in here),
        mdc95=float(np.mean([one.mdc95 for one in here])),
    )


def less_control(some: Iterable[Told], visit: str) -> tuple[Mean, float]:
    """Change at the treated site less that at the control site of the same subject, and what is true of it."""
    by_site: dict[str, dict[str, Told]] = {site: {} for site in SITES}
    for one in some:
        if one.visit == visit:
            by_site[one.site][one.subject] = one
    treated, control = (by_site[site] for site in SITES)
    both = [(treated[who], control[who]) for who in treated if who in control]
    true = float(np.mean([one.true_change - other.true_change for one, other in both]))
    return Mean.of(one.change - other.change for one, other in both), true
