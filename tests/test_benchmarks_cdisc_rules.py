"""The check by CDISC's rules engine, without the engine: rules, their seeded faults, and the table of what came."""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "benchmarks"))

import cdisc_rules  # noqa: E402
import cdisc_rules_engine_child  # noqa: E402
import cdisc_rules_files  # noqa: E402
import cdisc_rules_tables  # noqa: E402
from cdisc_rules_files import Fault, Rule  # noqa: E402

pytest.importorskip("pyreadstat")  # exports write XPT as well

RULES = cdisc_rules_files.read_rules()
RULE = Rule("HD-X", "a | b", {"all": []}, Fault("ig"))


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    return cdisc_rules.read(cdisc_rules.data_sets(tmp_path_factory.mktemp("rules"), cdisc_rules.FEW_SUBJECTS))


def ran(failed: int = 0, rows: tuple[int, ...] = ()) -> dict[str, Any]:
    return {"status": "issue reported" if failed else "success", "failed": failed, "rows": list(rows), "message": ""}


def skipped(message: str) -> dict[str, Any]:
    return {"status": "skipped", "failed": 0, "rows": [], "message": message}


def small() -> dict[str, Any]:
    columns = [{"itemOID": f"IT.IG.{name}", "name": name, "label": name, "dataType": "string"} for name in "AB"]
    return {"name": "IG", "records": 2, "columns": columns, "rows": [["1", None], ["2", "x"]]}


# ---- files of rules


def test_every_file_of_rules_is_read() -> None:
    files = sorted(cdisc_rules_files.FOLDER.glob("*"))
    assert [path.name for path in files] == ["adam.toml", "published.toml", "sdtm.toml"]
    assert len(RULES) == sum(len(tomllib.loads(path.read_text(encoding="utf-8"))["rules"]) for path in files)


def test_rules_of_cdisc_name_theirs_and_ours_do_not() -> None:
    for rule in RULES:
        assert bool(rule.rule) == rule.id.startswith("CORE-"), rule.id
        assert rule.rule == "" or rule.rule.startswith("CG"), rule.id


def test_a_rule_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    for name in ("published", "sdtm", "adam"):
        text = '[[rules]]\nid = "A"\nsays = "x"\ncheck = { all = [] }\nfault = { dataset = "ig" }\n'
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="twice: A"):
        cdisc_rules_files.read_rules(tmp_path)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_engine_gets_keys_without_blanks(rule: Rule) -> None:
    made = cdisc_rules_engine_child.underscored(json.loads(json.dumps(cdisc_rules_files.for_engine(rule))))
    assert made["Core"]["Id"] == rule.id
    assert made["Rule_Type"] == rule.type
    assert made["Scope"]["Domains"]["Include"] == list(rule.domains)
    assert ("Operations" in made, "Match_Datasets" in made) == (bool(rule.operations), bool(rule.match))


# ---- faults


def test_every_subject_has_a_record_in_the_dm_that_rules_look_into(few: dict[str, dict[str, Any]]) -> None:
    assert len(few["dm"]["rows"]) == few["dm"]["records"] == cdisc_rules.FEW_SUBJECTS
    assert {len(row) for row in few["dm"]["rows"]} == {len(few["dm"]["columns"])}
    assert {row[2] for row in few["dm"]["rows"]} >= {row[2] for row in few["ig"]["rows"]}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_fault_changes_what_it_says_and_no_more(rule: Rule, few: dict[str, dict[str, Any]]) -> None:
    fault, given = rule.fault, few[rule.fault.dataset]
    made, row = cdisc_rules_files.seeded(given, fault)
    before = [dict(zip((c["name"] for c in given["columns"]), r, strict=True)) for r in given["rows"]]
    after = [dict(zip((c["name"] for c in made["columns"]), r, strict=True)) for r in made["rows"]]
    assert made["records"] == len(after) == len(before) + fault.copy
    if fault.copy:
        before.append(next(one for one in before if {**one, **after[-1], **{k: one.get(k) for k in fault.set}} == one))
        assert row == len(after)
    changed = {
        (number, name)
        for number, (one, other) in enumerate(zip(before, after, strict=True), 1)
        for name in {*one, *other}
        if one.get(name) != other.get(name)
    }
    dropped = {(number, fault.drop) for number in range(1, len(after) + 1) if fault.drop}
    assert changed == {(row, name) for name in fault.set if before[row - 1].get(name) != after[row - 1][name]} | dropped
    assert changed or fault.copy, "a fault that changes nothing proves nothing"
    assert all(after[row - 1][name] == (None if value == "" else value) for name, value in fault.set.items())


def test_a_fault_is_put_into_the_first_record_that_fits() -> None:
    made, row = cdisc_rules_files.seeded(small(), Fault("ig", where={"B": "*"}, set={"A": "", "C": 5}))
    assert row == 2
    assert made["rows"] == [["1", None, None], [None, "x", 5]]
    assert [column["name"] for column in made["columns"]] == ["A", "B", "C"]
    assert cdisc_rules_files.seeded(small(), Fault("ig", where={"B": ""}, drop="A"))[0]["rows"] == [[None], ["x"]]


def test_the_data_set_that_was_given_stays() -> None:
    given = small()
    cdisc_rules_files.seeded(given, Fault("ig", set={"A": "9"}, copy=True, drop="B"))
    assert given == small()


def test_a_fault_that_fits_no_record_is_refused() -> None:
    with pytest.raises(ValueError, match="no record of ig"):
        cdisc_rules_files.seeded(small(), Fault("ig", where={"A": "3"}))


# ---- what came of it


def test_a_fault_counts_as_found_only_in_its_record() -> None:
    found = cdisc_rules_tables.fault_found
    assert found(RULE, {"IG": ran()}, {"IG": ran(1, (7,))}, 7)
    assert not found(RULE, {"IG": ran()}, {"IG": ran(1, (8,))}, 7)
    assert not found(RULE, {"IG": ran(1, (7,))}, {"IG": ran(1, (7,))}, 7)  # it failed without the fault as well
    assert not found(RULE, {"IG": ran()}, {"PR": ran(1, (7,))}, 7)
    of_all = Rule("HD-X", "", {}, Fault("ig"), sensitivity="Dataset")
    assert found(of_all, {"IG": ran()}, {"IG": ran(1, (1,))}, 7)


def test_the_verdict_tells_apart_what_failed_was_lacking_or_broke() -> None:
    verdict = cdisc_rules_tables.verdict
    fails = verdict(RULE, {"IG": ran(3), "PR": ran(), "DI": skipped("doesn't apply to class")}, found=True)
    assert (fails.looked_at, fails.failed, fails.passed) == (("IG", "PR"), {"IG": 3}, False)
    lacking = verdict(RULE, {"IG": skipped("IGSCAT; rule execution error")}, found=True)
    assert (lacking.lacking, lacking.errors, lacking.passed) == (True, (), True)
    broken = verdict(RULE, {"IG": {**skipped("it fell over"), "status": "execution error"}}, found=True)
    assert (broken.errors, broken.passed) == (("IG: it fell over",), False)
    assert verdict(RULE, {"IG": skipped("doesn't apply")}, found=True).errors == ("the engine looked at no data set",)
    assert not verdict(RULE, {"IG": ran()}, found=False).passed


def test_what_the_engine_tells_is_counted() -> None:
    errors = [{"row": 3, "value": {"IGSTAT": "x"}}, {"row": 9, "value": {"IGSTAT": "y"}}]
    told = cdisc_rules_engine_child.outcome([{"executionStatus": "issue reported", "message": "m", "errors": errors}])
    assert (told["status"], told["failed"], told["rows"]) == ("issue reported", 2, [3, 9])
    broke = [{"error": "Column not found in data", "message": "IGSCAT"}]
    told = cdisc_rules_engine_child.outcome([{"executionStatus": "skipped", "message": "rule", "errors": broke}])
    assert (told["status"], told["failed"], told["message"]) == ("skipped", 0, "IGSCAT; rule")


def test_the_table_says_what_came_of_each_rule() -> None:
    published = Rule("CORE-000001", "c", {}, Fault("ig"), rule="CG0001")
    verdicts = [
        cdisc_rules_tables.verdict(published, {"IG": ran(), "PR": ran()}, found=True),
        cdisc_rules_tables.verdict(RULE, {"IG": ran(1234)}, found=True),
        cdisc_rules_tables.verdict(RULE, {"IG": skipped("IGX; rule execution error")}, found=False),
    ]
    lines = cdisc_rules_tables.body(verdicts, {"IG": 6627, "PR": 306}).splitlines()
    assert lines[0] == "Records: IG 6,627, PR 306."
    assert lines[2].startswith("1 published rules of CDISC and 2 of ours. 1 of 3 hold")
    assert lines[-3:] == [
        "| CORE-000001 (CG0001) | c | IG PR | 0 | found |",
        "| ours, HD-X | a \\| b | IG | IG 1,234 | found |",
        "| ours, HD-X | a \\| b | – | none: no such variable | NOT FOUND: proves nothing |",
    ]


def test_without_the_right_python_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        cdisc_rules.find_python("/no/such/python")
    assert stop.value.code == 2
    assert "needs Python 3.12, and /no/such/python is not: name one with --python PATH" in capsys.readouterr().err
