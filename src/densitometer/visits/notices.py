"""What the user should be told of the subjects and sites of a study, beside its comparisons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from densitometer.visits.order import plain

if TYPE_CHECKING:
    from densitometer.visits.series import Series

_MOST_NAMED = 5


def guessed_orders(series: Iterable[Series]) -> list[str]:
    """Sentences on visits whose order nothing tells, one for all subjects with visits of the same names."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for one in series:
        if "order_unknown" in one.flags:
            groups.setdefault(tuple(visit.name for visit in one.visits), []).append(place_of(one))
    return [
        f"{some(places)}: nothing tells the order of {_and(names)}; '{names[0]}' was taken as the first. "
        "Fill in visit_date (YYYY-MM-DD)."
        for names, places in groups.items()
    ]


def like_names(series: Iterable[Series]) -> list[str]:
    """Sentences on subjects and sites with one visit each that are spelt alike but for case and blanks."""
    groups: dict[tuple[str, str], list[Series]] = {}
    for one in series:
        groups.setdefault((plain(one.subject), plain(one.site)), []).append(one)
    doubtful = [of_one for of_one in groups.values() if len(of_one) > 1 and all(len(one.visits) == 1 for one in of_one)]
    return [
        f"{_and([place_of(one) for one in of_one])} have one visit each. Is it one "
        f"{'subject' if len({one.subject for one in of_one}) > 1 else 'site'}? Spell it the same."
        for of_one in doubtful
    ]


def single_visits(series: Iterable[Series]) -> str:
    """One line on those with one visit only; empty where there are none."""
    places = [place_of(one) for one in series if len(one.visits) == 1]
    return f"Only one visit, so nothing to compare: {len(places)} ({some(places)})." if places else ""


def place_of(series: Series) -> str:
    """Subject and site in words."""
    return " ".join(filter(None, (series.subject, series.site))) or "The pair"


def some(names: Iterable[str], mark: str = "") -> str:
    """Name a few, each once, and say how many more there are."""
    each = list(dict.fromkeys(names))
    more = len(each) - _MOST_NAMED
    return ", ".join(f"{mark}{name}{mark}" for name in each[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _and(names: Sequence[str]) -> str:
    if len(names) > _MOST_NAMED:
        return some(names, mark="'")
    quoted = [f"'{name}'" for name in names]
    return " and ".join(filter(None, [", ".join(quoted[:-1]), quoted[-1]]))
