"""Which visit of a subject and site is its baseline, where change is counted from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from densitometer.study.dates import day_of, last_day_of
from densitometer.study.model import Lack, Photograph
from densitometer.visits.problems import quoted

Key = tuple[str, str]


def mark_baselines(
    photographs: Iterable[Photograph], baseline_number: float, *, stated: bool = False
) -> tuple[tuple[Photograph, ...], dict[Key, Lack]]:
    """Mark the photographs of each baseline and those after it, and tell of which subjects and sites there is none.

    With a whole date of first treatment the baseline is the last visit on or before that day of which a photograph
    was measured (as SDTM's --LOBXFL), and of two visits on that very day the first, as the other may be after the dose.
    Otherwise, where no photograph up to that day has a date, or where the study states which visit it is, it is the
    visit with ``baseline_number``. A photograph that is surely of a day after the first treatment is never of the
    baseline.

    Parameters
    ----------
    photographs : iterable of Photograph
    baseline_number : float
        Number of a visit.
    stated : bool
        True where the study file says that this visit is the baseline.

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
        groups.setdefault(_key(one), []).append(one)
    chosen: dict[Key, _Baseline] = {}
    lacking: dict[Key, Lack] = {}
    for key, group in groups.items():
        found = _found(group, baseline_number, stated=stated)
        if isinstance(found, Lack):
            lacking[key] = found
        else:
            chosen[key] = _Baseline(found, [one for one in group if _is_of(one, found) and not _after_treatment(one)])
    return tuple(chosen[_key(one)].mark(one) if _key(one) in chosen else one for one in in_order), lacking


class _Baseline:
    """The baseline of one subject and site: the number of its visit, and its last day where that is known."""

    def __init__(self, number: float, photographs: Sequence[Photograph]) -> None:
        self._number = number
        self._photographs = {one.name for one in photographs}
        self._day = max((day for one in photographs if (day := day_of(one.date))), default=None)

    def mark(self, one: Photograph) -> Photograph:
        baseline = one.name in self._photographs
        return replace(one, baseline=baseline, later=not baseline and self._is_before(one))

    def _is_before(self, one: Photograph) -> bool:
        """Tell by the day, else by the number of the visit: one that was not planned may have any number."""
        day = day_of(one.date)
        if day and self._day and day != self._day:
            return day > self._day
        return one.visit is not None and (one.visit.number > self._number or _after_treatment(one))


def _key(one: Photograph) -> Key:
    return one.subject.code, one.site.label


def _is_of(one: Photograph, number: float) -> bool:
    return one.visit is not None and one.visit.number == number


def _after_treatment(one: Photograph) -> bool:
    """Tell whether a photograph is surely of a day after the first treatment, whose date may be known in part."""
    day, limit = day_of(one.date), last_day_of(one.subject.first_treatment)
    return day is not None and limit is not None and day > limit


def _found(group: Sequence[Photograph], number: float, *, stated: bool) -> float | Lack:
    """Number of the visit that is the baseline, or why there is none."""
    of_visit = _of_visit(group, number)
    if stated or not day_of(group[0].subject.first_treatment):
        return of_visit
    by_date = _before_treatment(group)
    undated = any(_is_of(one, number) and not one.date for one in group)
    return of_visit if isinstance(by_date, Lack) and undated else by_date


def _before_treatment(group: Sequence[Photograph]) -> float | Lack:
    treated = group[0].subject.first_treatment
    before = [(day, one) for one in group if (day := day_of(one.date)) and not _after_treatment(one)]
    measured = [(day, one.visit.number) for day, one in before if one.measured and one.visit]
    if measured:
        last = max(day for day, _ in measured)
        numbers = [number for day, number in measured if day == last]
        return min(numbers) if last == day_of(treated) else max(numbers)
    if before:
        return Lack(f"no photograph up to the first treatment on {treated} could be measured", True)
    return Lack(f"there is no photograph up to the first treatment on {treated}", False)


def _of_visit(group: Sequence[Photograph], number: float) -> float | Lack:
    there = [one for one in group if _is_of(one, number)]
    in_time = [one for one in there if not _after_treatment(one)]
    if any(one.measured for one in in_time):
        return number
    if there and not in_time:
        what = f"{there[0].name}, of the baseline visit, was taken on {there[0].date}"
        return Lack(f"{what}, after the first treatment on {there[0].subject.first_treatment}", False)
    if there:
        what = f"{in_time[0].name} at the visit {quoted(in_time[0].visit.label if in_time[0].visit else '')}"
        return Lack(f"{what} could not be measured", True)
    return Lack("there is no photograph of the baseline visit", False)
