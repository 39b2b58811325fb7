"""Identifiers by which Dataset-JSON and Define-XML mean the same thing."""

from __future__ import annotations

import re

from densitometer.datasets.cdisc.dataset import Dataset, Package


def study_oid(package: Package) -> str:
    """Of the study."""
    return f"ST.{_safe(package.study_id)}"


def version_oid(package: Package) -> str:
    """Of all that is told of the study's data sets under one standard."""
    return f"MDV.{_safe(package.study_id)}.{package.standard}"


def group_oid(dataset: Dataset) -> str:
    """Of a data set."""
    return f"IG.{dataset.name}"


def item_oid(dataset: Dataset, variable: str, value: str | None = None) -> str:
    """Of a variable; with a value, of the variable where another has that value."""
    return f"IT.{dataset.name}.{variable}" + ("" if value is None else f".{_safe(value)}")


def list_oid(dataset: Dataset, variable: str) -> str:
    """Of what holds of a variable value by value."""
    return f"VL.{dataset.name}.{variable}"


def where_oid(dataset: Dataset, variable: str, value: str) -> str:
    """Of the condition that a variable has a value."""
    return f"WC.{dataset.name}.{variable}.{_safe(value)}"


def _safe(text: str) -> str:
    """Letters, digits and '_' as they are, all else by its number: two texts never have the same."""
    return re.sub(r"[^A-Za-z0-9_]", lambda match: f"-{ord(match[0]):X}-", text)
