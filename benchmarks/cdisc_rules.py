"""Check the CDISC data sets of a trial with CDISC's own rules engine (CORE), offline, by rules kept here.

Writes the trial of ``tests/trial_study.py``, exports it as sdtm and adam, and has the engine look at the Dataset-JSON
files. Every rule is shown to be able to fail: a fault is seeded into a copy of a smaller trial, and the engine must
find it. The engine wants Python 3.12, and is installed into a virtual environment of its own under ``build/``.
With ``--write``, rewrites the section on these rules in RESULTS.md.
"""

from __future__ import annotations

import argparse
import importlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

import cdisc_rules_files  # noqa: E402
import cdisc_rules_tables  # noqa: E402
import results_page  # noqa: E402
from cdisc_rules_files import Rule  # noqa: E402

trial_study = importlib.import_module("trial_study")  # of the tests, which are not checked for types
ENGINE = "cdisc-rules-engine==0.17.1"
NEEDED = (3, 12)
VENV = ROOT / "build" / "cdisc_rules" / "venv"
CHILD = Path(__file__).with_name("cdisc_rules_engine_child.py")
FEW_SUBJECTS = 8  # of the trial that faults are seeded into: enough for every variable to have values
_ASK_VERSION = "import sys; print(sys.version_info[0], sys.version_info[1])"
_ASK_PLACE = "import sysconfig; print(sysconfig.get_path('purelib'))"


def version_of(python: str) -> tuple[int, ...]:
    """Version of a Python; () where it cannot be run."""
    try:
        done = subprocess.run([python, "-c", _ASK_VERSION], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ()
    return tuple(int(part) for part in done.stdout.split())


def find_python(named: str | None) -> str:
    """Find a Python that the engine can run with; SystemExit with code 2 where there is none."""
    known = [named] if named else ["python3.12", sys.executable]
    for one in known:
        if version_of(one) == NEEDED:
            return one
    tried = " and ".join(known)
    print(f"{ENGINE} needs Python 3.12, and {tried} is not: name one with --python PATH", file=sys.stderr)
    sys.exit(2)


def engine_python(named: str | None, venv: Path) -> Path:
    """The Python of the engine's virtual environment, made at the first call."""
    python, done = venv / "bin" / "python", venv / "installed.txt"
    if done.exists() and done.read_text(encoding="utf-8") == ENGINE and version_of(str(python)) == NEEDED:
        return python
    base = find_python(named)
    shutil.rmtree(venv, ignore_errors=True)
    subprocess.run([base, "-m", "venv", str(venv)], check=True)
    subprocess.run([str(python), "-m", "pip", "install", "--quiet", ENGINE], check=True)
    done.write_text(ENGINE, encoding="utf-8")
    return python


def data_sets(work: Path, subjects: int) -> Path:
    """Write a trial, export it, and put the files of Dataset-JSON into one folder, which is returned."""
    place = work / f"trial{subjects}"
    (place / "json").mkdir(parents=True)
    trial_study.write_trial(place / "results", subjects=subjects)
    trial_study.write_study_file(place / "study.toml")
    trial_study.write_subjects(place / "subjects.csv", list(trial_study.subject_rows(subjects)))
    given = ["--study", "study.toml", "--subjects", "subjects.csv", "-q"]
    for form in ("sdtm", "adam"):
        command = [sys.executable, "-m", "densitometer", "export", "results", "--as", form, "-o", form, *given]
        subprocess.run(command, cwd=place, check=True)
        for path in (place / form).glob("*.json"):
            if path.name != "export.json":
                shutil.copy(path, place / "json")
    (place / "json" / "dm.json").write_text(json.dumps(demographics(subjects)), encoding="utf-8")
    return place / "json"


def demographics(subjects: int) -> dict[str, Any]:
    """The sponsor's DM, which is none of ours, made from the table of subjects: rules look up subjects there."""
    given = ("USUBJID", "RFSTDTC", "AGE", "SEX", "ARM", "ARMCD")
    names = ("STUDYID", "DOMAIN", *given)
    start = [trial_study.STUDY_ID, "DM"]
    rows = [[*start, *(one[name] for name in given)] for one in trial_study.subject_rows(subjects)]
    columns = [{"itemOID": f"IT.DM.{name}", "name": name, "label": name, "dataType": "string"} for name in names]
    head = {
        "datasetJSONCreationDateTime": "2026-01-01T00:00:00",
        "datasetJSONVersion": "1.1.0",
        "itemGroupOID": "IG.DM",
    }
    return {**head, "records": len(rows), "name": "DM", "label": "Demographics", "columns": columns, "rows": rows}


def read(folder: Path) -> dict[str, dict[str, Any]]:
    """Read the data sets of a folder."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}


def seed(rule: Rule, clean: Path, given: Mapping[str, Any], folder: Path) -> int:
    """Make a folder of data sets with the rule's fault in one of them; returns the record that has it."""
    folder.mkdir(parents=True)
    made, row = cdisc_rules_files.seeded(given[rule.fault.dataset], rule.fault)
    for name in given:
        if name != rule.fault.dataset:
            (folder / f"{name}.json").symlink_to(clean / f"{name}.json")
    (folder / f"{rule.fault.dataset}.json").write_text(json.dumps(made), encoding="utf-8")
    return row


def ask(python: Path, wanted: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Have the engine look at folders."""
    found = subprocess.run([python, "-c", _ASK_PLACE], capture_output=True, text=True, check=True)
    place = found.stdout.strip()  # the engine looks for its schema in ./resources
    given = json.dumps(wanted)
    run = subprocess.run(
        [python, CHILD], check=False, input=given, stdout=subprocess.PIPE, text=True, encoding="utf-8", cwd=place
    )
    if run.returncode:
        sys.exit(f"the engine ended with exit code {run.returncode}")
    return list(json.loads(run.stdout))


def verdicts(python: Path, rules: Sequence[Rule], work: Path) -> Iterator[cdisc_rules_tables.Verdict]:
    """Run all rules on the trial, and each on its seeded fault."""
    whole, few = work / f"trial{trial_study.SUBJECTS}" / "json", data_sets(work, FEW_SUBJECTS)
    given = read(few)
    rows = [seed(rule, few, given, work / "seeded" / rule.id) for rule in rules]
    every = [cdisc_rules_files.for_engine(rule) for rule in rules]
    folders = [{"folder": str(folder), "rules": every} for folder in (whole, few)]
    faults = [
        {"folder": str(work / "seeded" / rule.id), "rules": [made]} for rule, made in zip(rules, every, strict=True)
    ]
    outcome, clean, *faulty = ask(python, [*folders, *faults])
    for rule, told, row in zip(rules, faulty, rows, strict=True):
        found = cdisc_rules_tables.fault_found(rule, clean[rule.id], told[rule.id], row)
        ours = {name: one for name, one in outcome[rule.id].items() if name != "DM"}
        yield cdisc_rules_tables.verdict(rule, ours, found=found)


def main() -> None:
    """Run the rules, print the table, and end with exit code 1 unless every rule holds and can fail."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", help="Python 3.12 for the engine; else python3.12 on PATH")
    parser.add_argument("--venv", type=Path, default=VENV, help="virtual environment of the engine")
    parser.add_argument("--write", action="store_true", help="rewrite the section in RESULTS.md")
    options = parser.parse_args()
    python = engine_python(options.python, options.venv.resolve())
    with tempfile.TemporaryDirectory() as work:
        sets = read(data_sets(Path(work), trial_study.SUBJECTS))
        told = list(verdicts(python, cdisc_rules_files.read_rules(), Path(work)))
    body = cdisc_rules_tables.body(told, {name.upper(): one["records"] for name, one in sets.items() if name != "dm"})
    print(body)
    if options.write:
        made = f"Checked on {results_page.today()} with `python benchmarks/cdisc_rules.py --write` and `{ENGINE}`."
        results_page.write_section("cdisc_rules", f"{made}\n\n{body}")
    sys.exit(0 if all(one.passed for one in told) else 1)


if __name__ == "__main__":
    main()
