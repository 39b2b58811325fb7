"""The order of visits: by their dates, else by the numbers in their labels."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

_NUMBER = re.compile(r"((?:(?<!\S)[-\u2212])?\d+(?:\.\d+)?)")
"""A minus with nothing before it belongs to the number: 'week -2' is before the start, 'visit-2' is not."""
_FIRST = frozenset({"baseline", "bl", "screening", "start"})
_Key = tuple[int, tuple[tuple[int, float, str], ...]]


def natural(label: str) -> _Key:
    """Sort key of a label: numbers by their value, words for a first visit before all but what was before the start."""
    text = _plain(label)
    parts = [part for part in _NUMBER.split(text) if part]
    key = tuple((0, _value(part), "") if _NUMBER.fullmatch(part) else (1, 0.0, part) for part in parts)
    return 0 if any(value < 0 for _, value, _ in key) else 1 if text in _FIRST else 2, key


def tell_order(labels: Collection[str]) -> bool:
    """Tell whether labels show their order: all alike but for their numbers, or one word for a first visit."""
    plain = {_plain(label) for label in labels}
    others = plain - _FIRST
    kinds = {_NUMBER.sub("0", text) for text in others}
    return len(plain & _FIRST) <= 1 and len(kinds) <= 1 and all(_NUMBER.search(text) for text in others)


def in_order(visits: Sequence[tuple[str, str]]) -> tuple[list[int], frozenset[str]]:
    """Put the visits of one subject and site in order.

    Parameters
    ----------
    visits : sequence of (label, date)
        Date as YYYY-MM-DD; either may be empty.

    Returns
    -------
    order : list of int
        Places in ``visits``, the first visit first: by date where all have one; else by label, with those that have a
        date in the order of their dates.
    flags : frozenset of str
        ``visits_out_of_order`` where dates contradict labels, ``order_unknown`` where neither tells the order.
    """
    by_label = sorted(range(len(visits)), key=lambda i: natural(visits[i][0]))
    dated = [i for i in by_label if visits[i][1]]
    by_date = iter(sorted(dated, key=lambda i: visits[i][1]))  # stable: equal dates stay in the order of the labels
    order = [next(by_date) if visits[i][1] else i for i in by_label]
    labels_tell = tell_order({label for label, _ in visits if label}) and all(label for label, _ in visits)
    if labels_tell:
        return order, frozenset({"visits_out_of_order"} if order != by_label else ())
    known = len(dated) == len(visits) and len({date for _, date in visits}) == len(visits)
    return order, frozenset(() if known or len(visits) == 1 else {"order_unknown"})


def _value(number: str) -> float:
    return float(number.replace("\u2212", "-"))


def _plain(label: str) -> str:
    return " ".join(label.casefold().split())
