"""What the forms of SDTM and ADaM can hold, checked before anything is written: all faults in one error."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from densitometer.datasets.cdisc.cells import encoded_variables
from densitometer.datasets.cdisc.dataset import Codelist, Dataset, Method, Package, Value, Variable
from densitometer.datasets.cdisc.values import is_number, kinds, rule_of
from densitometer.study.faults import has_control, refuse

_log = logging.getLogger(__name__)

_NAME = re.compile(r"[A-Z][A-Z0-9_]{0,7}")
_LABEL = re.compile(r"[ -~]{1,40}")

_NAME_ADVICE = "needs a name of at most 8 capitals, digits and underscores, a letter first"
_LABEL_ADVICE = "needs a label of 1 to 40 characters of ASCII"


def check(package: Package) -> None:
    """Refuse data sets that any of the forms could not hold whole.

    Raises
    ------
    StudyError
        Of every fault, named by row (and photograph) and variable.
    """
    written = [dataset for dataset in package.datasets if dataset.rows]
    faults = [*_of_package(package, written), *(fault for dataset in written for fault in _of_dataset(dataset))]
    refuse(faults, f"the data sets of {package.standard} cannot be written")
    _warn_of_encoding(written)


def _of_package(package: Package, written: list[Dataset]) -> Iterator[str]:
    if not written:
        yield "no data set has a row; measure some photographs first"
    names = [dataset.name for dataset in written]
    yield from (f"data set {name} is there twice" for name in sorted(set(names)) if names.count(name) > 1)
    told = {"study_id": package.study_id, "name": package.name, "description": package.description}
    for key, text in {**told, "protocol": package.protocol, **package.facts}.items():
        if has_control(text):
            yield f"{key} of the study holds a control character; take it out of the study file"
    yield from _of_lists([variable for dataset in written for variable in dataset.variables])
    methods: dict[str, Method] = {}
    for method in (method for dataset in written for method in _methods(dataset)):
        if methods.setdefault(method.key, method) != method:
            yield f"method {method.key} is told in two ways"


def _methods(dataset: Dataset) -> Iterator[Method]:
    yield from (one.method for one in dataset.variables if one.method)
    yield from (one.method for one in dataset.values if one.method)


def _of_lists(variables: Sequence[Variable]) -> Iterator[str]:
    lists: dict[str, Codelist] = {}
    for one in (variable.codelist for variable in variables if variable.codelist):
        if one.key in lists:
            if lists[one.key] != one:
                yield f"codelist {one.key} is told in two ways"
            continue
        lists[one.key] = one
        values = [term.value for term in one.terms]
        yield from (
            f"codelist {one.key} has {value!r} twice" for value in sorted(set(values)) if values.count(value) > 1
        )
        for text in (text for term in one.terms for text in (term.value, term.meaning) if has_control(text)):
            yield f"codelist {one.key}: {text!r} holds a control character; take it out"


def _of_dataset(dataset: Dataset) -> Iterator[str]:
    if not _NAME.fullmatch(dataset.name):
        yield f"data set {dataset.name!r} {_NAME_ADVICE}"
    if not _LABEL.fullmatch(dataset.label):
        yield f"data set {dataset.name} {_LABEL_ADVICE}, not {dataset.label!r}"
    heads = [*_of_heads(dataset)]
    yield from heads
    if not heads:  # else columns cannot be told apart
        yield from _of_rows(dataset)


def _of_heads(dataset: Dataset) -> Iterator[str]:
    names = [variable.name for variable in dataset.variables]
    for variable in dataset.variables:
        if not _NAME.fullmatch(variable.name):
            yield f"{dataset.name}: variable {variable.name!r} {_NAME_ADVICE}"
        if not _LABEL.fullmatch(variable.label):
            yield f"{dataset.name}: variable {variable.name} {_LABEL_ADVICE}, not {variable.label!r}"
    yield from (
        f"{dataset.name}: variable {name} is there twice" for name in sorted(set(names)) if names.count(name) > 1
    )
    used = {*dataset.keys, *(name for one in dataset.values for name in (one.variable, one.where))}
    yield from (f"{dataset.name}: there is no variable {name}" for name in sorted(used - set(names)))
    levels = [(one.variable, one.where, one.equals) for one in dataset.values]
    for name, where, equals in sorted({level for level in levels if levels.count(level) > 1}):
        yield f"{dataset.name}: {name} is told twice where {where} is {equals}"
    for row, cells in enumerate(dataset.rows):
        if len(cells) != len(names):
            yield f"{dataset.source(row)}: {len(cells)} values for {len(names)} variables"


def _of_rows(dataset: Dataset) -> list[str]:
    faults = [(row, -1, fault) for row, fault in _repeated(dataset)]
    for place, variable in enumerate(dataset.variables):
        faults += ((row, place, f"{variable.name} {fault}") for row, fault in _of_column(dataset, variable))
    faults += ((row, len(dataset.variables), fault) for row, fault in _of_levels(dataset))
    return [f"{dataset.source(row)}: {fault}" for row, _, fault in sorted(faults)]


def _of_levels(dataset: Dataset) -> Iterator[tuple[int, str]]:
    """Rows with a text that should be a number, as its variable is one where another has some value."""
    numeric = {one: one.type for one in dataset.values if one.type in {"integer", "float"}}
    for variable, where in {(one.variable, one.where): None for one in numeric}:
        values = {one.equals: kind for one, kind in numeric.items() if (one.variable, one.where) == (variable, where)}
        for row, (value, at) in enumerate(zip(dataset.column(variable), dataset.column(where), strict=True)):
            if at in values and value and not is_number(value, whole=values[str(at)] == "integer"):
                yield (
                    row,
                    f"{variable} is {value!r}, and {where} is {at}, of which values are of type {values[str(at)]}",
                )


def _of_column(dataset: Dataset, variable: Variable) -> Iterator[tuple[int, str]]:
    """First row of each value with a fault; each is judged once, since a column of many rows has few values."""
    column = dataset.column(variable.name)
    good = kinds(variable)
    if not good.issuperset(map(type, column)):
        for row, value in enumerate(column):
            if type(value) not in good:
                yield row, f"is {value!r}, which is not of type {variable.type}"
        return
    rule = rule_of(variable)
    bad = {value: fault for value in set(column) if (fault := rule(value))}
    if bad:
        counts = Counter(value for value in column if value in bad)
        first = {value: row for row, value in reversed([*enumerate(column)]) if value in bad}
        for value, row in first.items():
            more = f" (and in {counts[value] - 1} more rows)" if counts[value] > 1 else ""
            yield row, bad[value] + more


def _repeated(dataset: Dataset) -> Iterator[tuple[int, str]]:
    """Rows whose keys an earlier row has."""
    first: dict[tuple[Value, ...], int] = {}
    columns = ([None if cell == "" else cell for cell in dataset.column(name)] for name in dataset.keys)
    for row, keys in enumerate(zip(*columns, strict=True)):
        if (earlier := first.setdefault(keys, row)) != row:
            told = ", ".join(f"{name} {value!r}" for name, value in zip(dataset.keys, keys, strict=True))
            yield row, f"has the keys of {dataset.source(earlier)} ({told}); one of the two must go or differ"


def _warn_of_encoding(written: list[Dataset]) -> None:
    """Say once which variables are not in XPT as they are elsewhere."""
    names = [f"{dataset.name}.{name}" for dataset in written for name in encoded_variables(dataset)]
    if names:
        text = (
            "XPT files have only ASCII, so that text in %s is percent-encoded there; Dataset-JSON and CSV keep the text"
        )
        _log.warning(text, ", ".join(names))
