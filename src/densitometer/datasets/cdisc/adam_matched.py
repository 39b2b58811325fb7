"""Rows of ADHAIR that no record of IG holds: density by hairs found again, as ``densitometer compare`` finds them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import fsum

from densitometer.datasets.cdisc.adam_parameters import AnalysisParameter
from densitometer.datasets.cdisc.adam_rows import REPLICATES, Row, Value, percent_of, tidy, visit_number
from densitometer.datasets.cdisc.repeatability import detectable_mean_change
from densitometer.dictionary import CHANGE_COLUMNS
from densitometer.results.rows import Cell
from densitometer.results.tables import format_cell
from densitometer.study.model import Photograph, Study

_COLUMNS = {column.name: column for column in CHANGE_COLUMNS}
VERDICTS = {"increase": "INCREASE", "decrease": "DECREASE", "within_error": "WITHIN ERROR"}
"""CHGCAT1 by the verdict of ``changes.csv``."""
SOURCES = {"replicates": REPLICATES, "validated": "VALIDATION"}
"""MDC95SRC by mdc95_source of ``changes.csv``."""


@dataclass(frozen=True, slots=True)
class Change:
    """A later photograph compared with one of the baseline.

    Attributes
    ----------
    files : tuple of (object, object)
        The earlier and the later photograph, by sha256.
    change, mdc95 : float
        In hairs per cm2, as ``changes.csv`` writes them.
    source : str
        What MDC95 comes from.
    verdict : str
        CHGCAT1.
    """

    files: tuple[object, object]
    change: float
    mdc95: float
    source: str
    verdict: str


def changes_of(study: Study) -> dict[str, Change]:
    """Comparisons with the baseline of the study, by the later photograph."""
    files = {one.name: one.row["sha256"] for one in study.photographs}
    return {name: _change(row, (files[str(row["baseline_photo"])], files[name])) for name, row in study.changes.items()}


def _change(row: Mapping[str, Cell], files: tuple[object, object]) -> Change:
    names = ("change_per_cm2", "mdc95_per_cm2")  # there in every comparison that could be made
    change, mdc95 = (float(format_cell(row[name], _COLUMNS[name])) for name in names)
    return Change(files, change, mdc95, SOURCES[str(row["mdc95_source"])], VERDICTS[str(row["verdict"])])


def matched_rows(
    parameter: AnalysisParameter, base: Value, photographs: Iterable[Photograph], changes: Mapping[str, Change]
) -> list[Row]:
    """Rows of one subject and site: the baseline, and every later photograph that was compared with it.

    Parameters
    ----------
    parameter : AnalysisParameter
    base : Value
        Analysed density of the baseline.
    photographs : iterable of Photograph
        Of this subject and site, in the order of the study.
    changes : mapping of str to Change
        As ``changes_of`` gives them.

    Returns
    -------
    list of Row
        Their CHG is change_per_cm2, and AVAL is BASE + CHG. Where several of a visit were compared, a row with
        their mean is added and analysed.
    """
    rows = [Row(parameter, Value(base.photograph, base.value, base.count), True, True, base.value)]
    visits: dict[float, list[Photograph]] = {}
    for one in photographs:
        if one.name in changes and one.later:
            visits.setdefault(visit_number(one), []).append(one)
    for number in sorted(visits):
        rows += _visit_rows(parameter, base, visits[number], [changes[one.name] for one in visits[number]])
    return rows


def _visit_rows(
    parameter: AnalysisParameter, base: Value, group: Sequence[Photograph], found: Sequence[Change]
) -> list[Row]:
    pairs = zip(group, found, strict=True)
    rows = [_row(parameter, base, (one, 1), change, analysed=len(group) == 1) for one, change in pairs]
    if len(group) > 1:
        latest = max(group, key=lambda one: one.date)
        rows.append(_row(parameter, base, (latest, len(group)), _mean(found), analysed=True))
    return rows


def _mean(found: Sequence[Change]) -> Change:
    """Mean of the comparisons of one visit; nothing gives its interval, so that it has no verdict."""
    before, after = zip(*(one.files for one in found), strict=True)
    mdc95 = detectable_mean_change([one.mdc95 for one in found], before, after)
    source = max(one.source for one in found)  # all have the same; else the one that is not of this study
    return Change(("", ""), tidy(fsum(one.change for one in found) / len(found)), tidy(mdc95), source, "")


def _row(
    parameter: AnalysisParameter, base: Value, of: tuple[Photograph, int], found: Change, *, analysed: bool
) -> Row:  # fmt: skip
    photograph, count = of
    value = Value(photograph, tidy(base.value + found.change), count)
    percent = percent_of(found.change, base.value)
    judged = (found.mdc95, found.source, found.verdict)
    return Row(parameter, value, analysed, False, base.value, found.change, percent, *judged)
