"""What Define-XML and Dataset-JSON tell of the columns of a data set: types and lengths, from the values themselves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from densitometer.datasets.cdisc.cells import date_type, digits, length
from densitometer.datasets.cdisc.dataset import Dataset, Type, Value, ValueLevel, Variable

_DAYS = "DATE9."
_WIDTH_OF_DAYS = 8


@dataclass(frozen=True)
class Shape:
    """What values look like.

    Attributes
    ----------
    type : str
        As ODM has it.
    length : int or None
        Bytes of texts, digits of numbers; None for dates in text.
    decimals : int or None
        Of floats.
    format : str
        Display format; empty where there is none.
    """

    type: str
    length: int | None = None
    decimals: int | None = None
    format: str = ""


def columns(dataset: Dataset) -> list[tuple[Variable, Shape]]:
    """Describe all variables in order."""
    return [(one, _shape(one.type, set(dataset.column(one.name)))) for one in dataset.variables]


def _shape(stated: Type, values: Iterable[Value]) -> Shape:
    if stated == "text":
        return Shape("text", length(values))
    if stated == "numeric date":
        return Shape("integer", _WIDTH_OF_DAYS, format=_DAYS)
    if stated in {"date", "datetime"}:
        return Shape(date_type(values, stated))
    count, decimals = digits(values)
    return Shape("integer", count) if stated == "integer" else Shape("float", count, decimals)


def value_shapes(dataset: Dataset) -> dict[ValueLevel, Shape]:
    """Describe values level by level; levels without a row are left out."""
    values: dict[tuple[str, str, str], set[Value]] = {}
    for variable, where in {(one.variable, one.where): None for one in dataset.values}:
        for value, at in zip(dataset.column(variable), dataset.column(where), strict=True):
            values.setdefault((variable, where, str(at)), set()).add(value)
    return {
        one: _level(one, found)
        for one in dataset.values
        if (found := values.get((one.variable, one.where, one.equals))) is not None
    }


def _level(level: ValueLevel, values: set[Value]) -> Shape:
    shape = _shape(level.type, values)
    if shape.decimals is None or shape.length is None:
        return shape
    decimals = max(shape.decimals, level.decimals)
    return Shape(shape.type, shape.length - shape.decimals + decimals, decimals, shape.format)
