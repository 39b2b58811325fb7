"""Cells of a data set as its files hold them, and what is common to a whole column."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

from densitometer.datasets.cdisc.ascii import encoded
from densitometer.datasets.cdisc.dataset import Dataset, Type, Value

TEXTS = frozenset({"text", "date", "datetime"})
"""Types whose values are texts; those of others are numbers."""

_EPOCH = date(1960, 1, 1)
_WHOLE_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_WHOLE_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}")


@cache
def day_text(day: int) -> str:
    """Write a numeric date, days since 1960-01-01, as YYYY-MM-DD."""
    return (_EPOCH + timedelta(days=day)).isoformat()


def plain_rows(dataset: Dataset, number: Callable[[float], Value] = float) -> Iterator[list[Value]]:
    """Rows for files of text, one at a time: dates as ISO 8601, an empty text as missing, and no negative zero.

    Parameters
    ----------
    dataset : Dataset
    number : callable
        How the values of float variables are given.
    """
    days = [place for place, one in enumerate(dataset.variables) if one.type == "numeric date"]
    floats = [place for place, one in enumerate(dataset.variables) if one.type == "float"]
    for row in dataset.rows:
        cells: list[Value] = [None if cell == "" else cell for cell in row]
        for place in days:
            if (day := cells[place]) is not None:
                cells[place] = day_text(int(day))
        for place in floats:
            if (value := cells[place]) is not None:
                cells[place] = number(float(value) + 0.0)  # -0.0 + 0.0 is 0.0
        yield cells


def encoded_variables(dataset: Dataset) -> list[str]:
    """Variables with a text that XPT does not hold as it is."""
    texts = (one.name for one in dataset.variables if one.type == "text")
    return [
        name for name in texts if any(value and encoded(str(value)) != value for value in set(dataset.column(name)))
    ]


def length(values: Iterable[Value]) -> int:
    """Bytes that the longest text takes in XPT, at least 1."""
    return max((len(encoded(value)) for value in values if isinstance(value, str)), default=1) or 1


def digits(values: Iterable[Value]) -> tuple[int, int]:
    """Digits of the longest number (at least 1), and the most decimals that one has."""
    whole, decimals = 1, 0
    for value in values:
        if value is not None and value != "":
            one = Decimal(str(value)).normalize()
            exponent = int(one.as_tuple().exponent)
            decimals = max(decimals, -exponent)
            whole = max(whole, one.adjusted() + 1)
    return whole + decimals, decimals


def date_type(values: Iterable[Value], stated: Type) -> str:
    """Type of dates as ODM has it: one in part makes all of them partial, and one with a time makes all of them times.

    Where there are no values it is as stated.
    """
    texts = [value for value in values if isinstance(value, str) and value]
    if not texts:
        return stated
    if all(_WHOLE_DATE.fullmatch(text) for text in texts):
        return "date"
    if all(_WHOLE_TIME.fullmatch(text) for text in texts):
        return "datetime"
    return "partialDatetime" if any("T" in text or _WHOLE_TIME.match(text) for text in texts) else "partialDate"
