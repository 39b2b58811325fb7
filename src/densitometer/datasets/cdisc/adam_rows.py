"""The rows of ADHAIR that follow from the records of IG: replicates, their averages, baseline, change, criterion."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import fsum

from densitometer.datasets.cdisc.adam_parameters import AnalysisParameter
from densitometer.datasets.cdisc.ig import IgRecord
from densitometer.datasets.cdisc.repeatability import detectable_change, independent
from densitometer.study.model import Photograph

_DECIMALS = 10
"""So many are written of a derived number: far more than are measured, and none of them dust of floating point."""


REPLICATES = "STUDY REPLICATES"
"""Of an MDC95 that the study's own photographs show."""


@dataclass(frozen=True, slots=True)
class Value:
    """One value to analyse, and how it came about.

    Attributes
    ----------
    photograph : Photograph
        Of which it is; of an average the one taken last.
    value : float
        AVAL.
    count : int
        Photographs averaged; 1 for that of one photograph.
    independent : float
        The same, but copies of one file count once: they say nothing more of it.
    seq : int or None
        IGSEQ; None where it is not that of one record.
    """

    photograph: Photograph
    value: float
    count: int = 1
    independent: float = 1
    seq: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One row of ADHAIR.

    Attributes
    ----------
    parameter : AnalysisParameter
    value : Value
    analysed : bool
        ANL01FL: the average of a visit, or its only value.
    baseline : bool
        ABLFL.
    base, change, percent : float or None
        BASE, CHG and PCHG.
    mdc95 : float or None
        Minimal detectable change of this row's CHG, in the unit of AVAL.
    source : str
        What told of the error of measurement in ``mdc95``; empty where that is None.
    verdict : str
        CHGCAT1; empty where there is none.
    """

    parameter: AnalysisParameter
    value: Value
    analysed: bool
    baseline: bool = False
    base: float | None = None
    change: float | None = None
    percent: float | None = None
    mdc95: float | None = None
    source: str = ""
    verdict: str = ""

    @property
    def averaged(self) -> bool:
        """True for a derived row (DTYPE is AVERAGE)."""
        return self.value.count > 1

    @property
    def beyond_error(self) -> bool | None:
        """CRIT1FL: whether the change is at least MDC95; None where that cannot be told."""
        if self.change is None or self.mdc95 is None:
            return None
        return abs(self.change) >= self.mdc95


def tidy(number: float) -> float:
    """Round a derived number to ten decimals; zero has no sign."""
    return round(number, _DECIMALS) + 0.0


def percent_of(change: float, base: float) -> float | None:
    """PCHG; None where the baseline is 0."""
    return tidy(100 * change / base) if base else None


def average(values: Sequence[Value]) -> Value:
    """Give the mean of the values of one visit; the only one as it is."""
    if len(values) == 1:
        return values[0]
    latest = max(values, key=lambda one: one.photograph.date).photograph
    files = [one.photograph.row["sha256"] for one in values]
    return Value(latest, tidy(fsum(one.value for one in values) / len(values)), len(values), independent(files))


def series_rows(
    parameter: AnalysisParameter, records: Iterable[IgRecord], sem: float | None
) -> tuple[list[Row], Value | None]:
    """Rows of one subject and parameter.

    Parameters
    ----------
    parameter : AnalysisParameter
    records : iterable of IgRecord
        With a number, in the order of the study.
    sem : float or None
        Standard error of measurement of the test, in its unit.

    Returns
    -------
    rows : list of Row
        By visit; the derived row of a visit stands after those it was derived from.
    base : Value or None
        The analysed value of the baseline.
    """
    visits = _by_visit(Value(one.photograph, one.number, seq=one.seq) for one in records if one.number is not None)
    before = [one for group in visits for one in group if one.photograph.baseline]
    base = average(before) if before else None
    return [row for group in visits for row in _visit_rows(parameter, group, base, sem)], base


def _by_visit(values: Iterable[Value]) -> list[list[Value]]:
    groups: dict[float, list[Value]] = {}
    for one in values:
        groups.setdefault(visit_number(one.photograph), []).append(one)
    return [groups[number] for number in sorted(groups)]


def visit_number(photograph: Photograph) -> float:
    """AVISITN of a photograph."""
    if photograph.visit is None:
        raise ValueError(f"{photograph.name} has no visit")  # a study read whole has none such
    return photograph.visit.number


def _visit_rows(
    parameter: AnalysisParameter, group: Sequence[Value], base: Value | None, sem: float | None
) -> list[Row]:
    # Of a visit on both sides of the first treatment, the photographs before it alone are the baseline.
    used = [one for one in group if one.photograph.baseline] or group
    chosen = average(used)
    values = [*group, chosen] if len(used) > 1 else group
    return [_row(parameter, one, chosen, base, sem) for one in values]


def _row(
    parameter: AnalysisParameter, one: Value, chosen: Value, base: Value | None, sem: float | None
) -> Row:  # fmt: skip
    analysed = one is chosen
    if base is None:
        return Row(parameter, one, analysed)
    if not one.photograph.later:
        return Row(parameter, one, analysed, analysed and one.photograph.baseline, base.value)
    change = tidy(one.value - base.value)
    mdc95 = None if sem is None else tidy(detectable_change(sem, base.independent, one.independent))
    percent = percent_of(change, base.value)
    source = "" if mdc95 is None else REPLICATES
    return Row(parameter, one, analysed, False, base.value, change, percent, mdc95, source)
