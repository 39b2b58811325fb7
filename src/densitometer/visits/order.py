"""The order of visits: by their dates, else by the numbers and the usual words in their labels."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from unicodedata import normalize

_NUMBER = re.compile(r"((?:(?<!\S)[-\u2212])?\d+(?:\.\d+)?)")
"""A minus with nothing before it belongs to the number: 'week -2' is before the start, 'visit-2' is not."""
_NO_LETTER = re.compile(r"[\W_]+")
_SCREENING, _FIRST, _OTHER, _AFTER, _LAST = range(5)
_WORDS = {
    _SCREENING: ("screening", "screen", "prescreening"),
    _FIRST: ("baseline", "bl", "start", "initial", "before", "beforetreatment", "pre", "preop", "pretreatment",
             "vorher", "avant", "antes"),
    _AFTER: ("after", "aftertreatment", "post", "postop", "posttreatment", "followup", "fu", "nachher", "apr\u00e8s",
             "despu\u00e9s"),
    _LAST: ("final", "last", "end", "endoftreatment", "endofstudy", "eot", "eos"),
}  # fmt: skip
_RANKS = {word: rank for rank, words in _WORDS.items() for word in words}
_Key = tuple[bool, int, tuple[tuple[int, float, str], ...]]


def plain(label: str) -> str:
    """A label as it is compared with others: without regard to case, to blanks, and to how systems spell an ö."""
    return " ".join(normalize("NFC", normalize("NFC", label).casefold()).split())


def natural(label: str) -> _Key:
    """Sort key of a label: numbers by their value, the usual words before and after them, negative numbers first."""
    text = plain(label)
    parts = [part for part in _NUMBER.split(text) if part]
    key = tuple((0, _value(part), "") if _NUMBER.fullmatch(part) else (1, 0.0, part) for part in parts)
    return not any(value < 0 for _, value, _ in key), _rank(text), key


def tell_order(labels: Collection[str]) -> bool:
    """Tell whether labels show their order: words of which it is known, and others that are alike but for a number."""
    texts = {plain(label) for label in labels}
    ranks = Counter(map(_rank, texts))
    others = {text for text in texts if _rank(text) == _OTHER}
    if not all(_NUMBER.search(text) for text in others) or len({_NUMBER.sub("0", text) for text in others}) > 1:
        return False
    if any(ranks[rank] > 1 for rank in _WORDS) or (others and ranks[_AFTER]):  # 'week 4' and 'follow-up'
        return False
    return not (ranks[_SCREENING] and any(not natural(text)[0] for text in others))  # 'week -2' and 'screening'


def in_order(visits: Sequence[tuple[str, str]]) -> tuple[list[int], frozenset[str]]:
    """Put the visits of one subject and site in order.

    Parameters
    ----------
    visits : sequence of (label, date)
        As the table names them; date as YYYY-MM-DD; either may be empty.

    Returns
    -------
    order : list of int
        Places in ``visits``, the first visit first: by date where all have one; else by label, or as they are given
        where labels do not tell, with those that have a date in the order of their dates.
    flags : frozenset of str
        ``visits_out_of_order`` where dates contradict labels, ``order_unknown`` where neither tells the order.
    """
    labels_tell = all(label for label, _ in visits) and tell_order({label for label, _ in visits})
    as_named = list(range(len(visits)))
    if labels_tell:
        as_named.sort(key=lambda i: natural(visits[i][0]))
    dated = [i for i in as_named if visits[i][1]]
    by_date = iter(sorted(dated, key=lambda i: visits[i][1]))  # stable: equal dates stay as the labels have them
    order = [next(by_date) if visits[i][1] else i for i in as_named]
    if labels_tell:
        return order, frozenset({"visits_out_of_order"} if order != as_named else ())
    known = len(dated) == len(visits) and len({date for _, date in visits}) == len(visits)
    return order, frozenset(() if known or len(visits) == 1 else {"order_unknown"})


def _rank(text: str) -> int:
    return _RANKS.get(_NO_LETTER.sub("", text), _OTHER)


def _value(number: str) -> float:
    return float(number.replace("\u2212", "-"))
