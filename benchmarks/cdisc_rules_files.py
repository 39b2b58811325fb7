"""Rules for CDISC's engine, as files of TOML keep them, and the fault that each must find."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("cdisc_rule_files")
ANY_VALUE = "*"


@dataclass(frozen=True)
class Fault:
    """A fault put into one record of a data set.

    Attributes
    ----------
    dataset : str
        Name of the file without its ending, such as ``ig``.
    where : mapping of str to value
        Variables of the record; the first record that has them is taken. "*" is anything, "" nothing.
    set : mapping of str to value
        What is to stand there; "" is nothing. A variable that is not there yet is added.
    copy : bool
        True to put the fault into a copy of the record, added at the end.
    drop : str
        Variable that is taken away altogether, or "".
    """

    dataset: str
    where: Mapping[str, Any] = field(default_factory=dict)
    set: Mapping[str, Any] = field(default_factory=dict)
    copy: bool = False
    drop: str = ""


@dataclass(frozen=True)
class Rule:
    """A rule: what it says, and how the engine is to check it.

    Attributes
    ----------
    id : str
        Id of CDISC's rule ("CORE-000220"), or of ours.
    says : str
        What must hold.
    check : mapping
        The engine's condition for a record that breaks the rule.
    fault : Fault
        A fault that it must find.
    rule : str
        Id of CDISC's conformance rule; "" of ours.
    classes, domains : tuple of str
        Where it is to be looked at.
    operations, match : tuple of mappings
        The engine's `Operations` and `Match Datasets`.
    sensitivity, type : str
        The engine's words.
    """

    id: str
    says: str
    check: Mapping[str, Any]
    fault: Fault
    rule: str = ""
    classes: tuple[str, ...] = ("ALL",)
    domains: tuple[str, ...] = ("ALL",)
    operations: tuple[Mapping[str, Any], ...] = ()
    match: tuple[Mapping[str, Any], ...] = ()
    sensitivity: str = "Record"
    type: str = "Record Data"

    @property
    def source(self) -> str:
        """Whose rule it is."""
        return f"{self.id} ({self.rule})" if self.rule else f"ours, {self.id}"


def read_rules(folder: Path = FOLDER) -> tuple[Rule, ...]:
    """Read all rules, published ones first.

    Raises
    ------
    ValueError
        When two rules have the same id.
    """
    rules = [
        _rule(entry)
        for name in ("published", "sdtm", "adam")
        for entry in tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))["rules"]
    ]
    ids = [rule.id for rule in rules]
    if twice := sorted({one for one in ids if ids.count(one) > 1}):
        raise ValueError(f"rules that are there twice: {', '.join(twice)}")
    return tuple(rules)


def _rule(entry: Mapping[str, Any]) -> Rule:
    lists = {key: tuple(value) for key, value in entry.items() if isinstance(value, list)}
    return Rule(**{**entry, **lists, "fault": Fault(**entry["fault"])})


def for_engine(rule: Rule) -> dict[str, Any]:
    """The rule in the engine's own form (with blanks in its keys, as in its files)."""
    reference = {
        "Origin": "SDTM and SDTMIG Conformance Rules",
        "Rule Identifier": {"Id": rule.rule or rule.id, "Version": "1"},
        "Version": "2.0",
        "Citations": [{"Document": "IG v3.4"}],
    }
    standard = {"Name": "SDTMIG", "Version": "3.4", "References": [reference]}
    given = {
        "Authorities": [{"Organization": "CDISC" if rule.rule else "ours", "Standards": [standard]}],
        "Core": {"Id": rule.id, "Status": "Published", "Version": "1"},
        "Description": rule.says,
        "Executability": "Fully Executable",
        "Rule Type": rule.type,
        "Sensitivity": rule.sensitivity,
        "Outcome": {"Message": rule.says},
        "Scope": {"Classes": {"Include": list(rule.classes)}, "Domains": {"Include": list(rule.domains)}},
        "Check": rule.check,
    }
    more = {"Operations": list(rule.operations), "Match Datasets": list(rule.match)}
    return given | {key: value for key, value in more.items() if value}


def seeded(dataset: Mapping[str, Any], fault: Fault) -> tuple[dict[str, Any], int]:
    """Put a fault into a data set.

    Parameters
    ----------
    dataset : mapping
        A file of Dataset-JSON.
    fault : Fault

    Returns
    -------
    dict
        The data set with the fault; the one given is left as it is.
    int
        Record that has it, from 1.

    Raises
    ------
    ValueError
        When no record is as the fault wants it.
    """
    made = json.loads(json.dumps(dataset))
    names = [column["name"] for column in made["columns"]]
    rows = made["rows"]
    at = next(_matching(names, rows, fault), None)
    if at is None:
        raise ValueError(f"no record of {fault.dataset} has {dict(fault.where)}")
    if fault.copy:
        rows.append(list(rows[at]))
        at = len(rows) - 1
    for name, value in fault.set.items():
        _add(made, names, name)
        rows[at][names.index(name)] = None if value == "" else value
    _drop(made, names, fault.drop)
    made["records"] = len(rows)
    return made, at + 1


def _matching(names: list[str], rows: list[list[Any]], fault: Fault) -> Iterator[int]:
    for number, row in enumerate(rows):
        cells = dict(zip(names, row, strict=True))
        if all(_fits(cells[name], wanted) for name, wanted in fault.where.items()):
            yield number


def _fits(cell: object, wanted: object) -> bool:
    if wanted in (ANY_VALUE, ""):
        return (cell in (None, "")) is (wanted == "")
    return cell == wanted


def _add(dataset: dict[str, Any], names: list[str], name: str) -> None:
    if name in names:
        return
    item = f"IT.{dataset['name']}.{name}"
    dataset["columns"].append({"itemOID": item, "name": name, "label": name, "dataType": "string"})
    names.append(name)
    for row in dataset["rows"]:
        row.append(None)


def _drop(dataset: dict[str, Any], names: list[str], name: str) -> None:
    if not name:
        return
    place = names.index(name)
    del dataset["columns"][place]
    for row in dataset["rows"]:
        del row[place]
