"""Rows of the tidy tables as text: the CSV files hold it as it is, the Parquet files the same in types."""

from __future__ import annotations

from collections.abc import Iterator

from densitometer.datasets.parameters import PARAMETERS, Parameter, why_empty
from densitometer.datasets.tidy_fields import (
    COMPARED_ENDS,
    Field,
    Named,
    cell_text,
    change_row,
    compared_columns,
    further_columns,
    place_columns,
    value_fields,
    wide_columns,
)
from densitometer.dictionary import CHANGE_COLUMNS, Column
from densitometer.study.model import Photograph, Row, Study

Rows = Iterator[list[str]]
_CHANGES = {column.name: column for column in CHANGE_COLUMNS}
_WHY_EMPTY = {
    "change_percent": "no hair at the baseline",
    "width_change_um": "too few hairs with a width in both photographs",
}


def wide_table(study: Study) -> tuple[list[Field], Rows]:
    """Fields and rows of the wide table: one a photograph."""
    columns = wide_columns(study)
    return [field for field, _ in columns], ([cell(one) for _, cell in columns] for one in study.photographs)


def long_table(study: Study) -> tuple[list[Field], Rows]:
    """Fields and rows of the long table: one a photograph and parameter."""
    place, values = place_columns(study), value_fields(study)
    further = further_columns(study, [*place, *((field, str) for field in values)])
    fields = [*(field for field, _ in place), *values, *(field for field, _ in further)]
    return fields, _long_rows(study, place, further)


def _long_rows(study: Study, place: list[Named], further: list[Named]) -> Rows:
    for one in study.photographs:
        before, after = [cell(one) for _, cell in place], [cell(one) for _, cell in further]
        for parameter in PARAMETERS:
            yield [*before, *_measured(one, parameter), *after]
        if row := change_row(study, one):
            for column in compared_columns(study):
                yield [*before, *_compared(row, column), *after]


def _measured(one: Photograph, parameter: Parameter) -> list[str]:
    """Cells of a parameter of one photograph: a number as in ``photos.csv``, shares included."""
    column, row = parameter.column, one.row
    value = cell_text(row.get(column.name), column)
    ends = [cell_text(row.get(end.name), end) if end and value else "" for end in (parameter.low, parameter.high)]
    why = str(row["reason"] or "") if not one.measured else "" if value else why_empty(parameter, row).lower()
    return _cells(column, value, ends, why, str(row.get("flags") or ""), "")


def _compared(row: Row, column: Column) -> list[str]:
    """Cells of a change since the baseline."""
    value = cell_text(row.get(column.name), column)
    ends = [cell_text(row.get(end), _CHANGES[end]) for end in COMPARED_ENDS.get(column.name, ())] or ["", ""]
    why = str(row.get("reason") or "") or ("" if value else _WHY_EMPTY.get(column.name, "it could not be judged"))
    verdict = str(row.get("verdict") or "") if column.name == "change_per_cm2" else ""
    return _cells(column, value, ends, why, str(row.get("flags") or ""), verdict)


def _cells(column: Column, value: str, ends: list[str], why: str, flags: str, verdict: str) -> list[str]:
    status = "measured" if value else "not_measured"
    return [column.name, value, column.unit, *ends, status, "" if value else why, flags, verdict]
