"""Which visit of a subject and site is its baseline, where change is counted from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from densitometer.datasets.dates import day_of
from densitometer.datasets.study import Lack, Photograph
from densitometer.visits.problems import quoted

Key = tuple[str, str]


def mark_baselines(
    photographs: Iterable[Photograph], baseline_number: float
) -> tuple[tuple[Photograph, ...], dict[Key, Lack]]:
    """Mark the photographs of each baseline, and tell of which subjects and sites there is none.

    With a whole date of first treatment the baseline is the last visit on or before that day of which a photograph
    was measured (as SDTM's --LOBXFL); otherwise, or where no photograph has a date, the visit with ``baseline_number``.

    Returns
    -------
    photographs : tuple of Photograph
        In the order given.
    lacking : dict
        By code of the subject and label of the site.
    """
    groups: dict[Key, list[Photograph]] = {}
    in_order = tuple(photographs)
    for one in in_order:
        groups.setdefault((one.subject.code, one.site.label), []).append(one)
    chosen: dict[Key, float] = {}
    lacking: dict[Key, Lack] = {}
    for key, group in groups.items():
        dated = day_of(group[0].subject.first_treatment) and any(day_of(one.date) for one in group)
        found = _before_treatment(group) if dated else _of(group, baseline_number)
        if isinstance(found, Lack):
            lacking[key] = found
        else:
            chosen[key] = found
    return tuple(_marked(one, chosen) for one in in_order), lacking


def _marked(one: Photograph, chosen: Mapping[Key, float]) -> Photograph:
    number = chosen.get((one.subject.code, one.site.label))
    return replace(one, baseline=one.visit is not None and one.visit.number == number and not _after_treatment(one))


def _after_treatment(one: Photograph) -> bool:
    day, limit = day_of(one.date), day_of(one.subject.first_treatment)
    return day is not None and limit is not None and day > limit


def _before_treatment(group: Sequence[Photograph]) -> float | Lack:
    treated = group[0].subject.first_treatment
    limit = day_of(treated)
    before = [(day, one) for one in group if (day := day_of(one.date)) and limit and day <= limit]
    measured = [(day, one.visit.number) for day, one in before if one.measured and one.visit]
    if measured:
        return max(measured)[1]
    if before:
        return Lack(f"no photograph up to the first treatment on {treated} could be measured", True)
    return Lack(f"there is no photograph up to the first treatment on {treated}", False)


def _of(group: Sequence[Photograph], number: float) -> float | Lack:
    there = [one for one in group if one.visit and one.visit.number == number]
    if any(one.measured for one in there):
        return number
    if there:
        what = f"{there[0].name} at the visit {quoted(there[0].visit.label if there[0].visit else '')}"
        return Lack(f"{what} could not be measured", True)
    return Lack("there is no photograph of the baseline visit", False)
