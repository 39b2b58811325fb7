"""Tidy tables: what other programs read from them is what the results folder says."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from densitometer.cli.main import main
from densitometer.datasets import tidy_files
from densitometer.datasets.parameters import PARAMETERS
from densitometer.datasets.tidy import files
from densitometer.datasets.tidy_fields import Field
from densitometer.datasets.tidy_files import csv_file, parquet_file
from densitometer.dictionary import CHANGE_COLUMNS, PHOTO_COLUMNS
from densitometer.study.read import read_study
from trial_study import BALD, FURTHER, LONG_REASON, NON_ASCII, UNPLANNED, write_study_file, write_trial
from written_folders import cells, failed, result, snapshot, write

pandas = pytest.importorskip("pandas")
parquet = pytest.importorskip("pyarrow.parquet")
frictionless = pytest.importorskip("frictionless")

NAMES = ["long.csv", "long.parquet", "wide.csv", "wide.parquet", "datapackage.json"]
CHANGED = {"change_per_cm2", "change_percent", "mdc95_per_cm2", "width_change_um"}
KEY = ["subject", "site", "visit", "replicate", "parameter"]


@pytest.fixture(scope="module")
def tidy(
    tmp_path_factory: pytest.TempPathFactory, trial_out: Path, trial_study_file: Path, trial_subjects: Path
) -> Path:
    """The trial as tidy tables; not to be changed."""
    folder = tmp_path_factory.mktemp("tidy") / "tidy"
    words = ["export", trial_out, "--as", "tidy", "-o", folder, "--study", trial_study_file]
    done = CliRunner().invoke(main, [*map(str, words), "--subjects", str(trial_subjects)])
    assert done.exit_code == 0, done.output
    return folder


def texts(path: Path) -> Any:
    """A table as text, as any program that knows CSV reads it."""
    return pandas.read_csv(path, dtype=str, keep_default_na=False)


def tables(out: Path) -> dict[str, Any]:
    """Tables of a results folder as text."""
    made = dict(files(read_study(out, whole=False)))
    assert [*made] == NAMES
    return {name: pandas.read_csv(io.BytesIO(data), dtype=str, keep_default_na=False)
            for name, data in made.items() if name.endswith(".csv")}  # fmt: skip


# ---- the package


def test_frictionless_finds_the_package_valid(tidy: Path) -> None:
    report = frictionless.validate(str(tidy / "datapackage.json"))
    assert report.valid, report.flatten(["title", "fieldName", "message"])
    assert [(task.name, task.stats["rows"]) for task in report.tasks] == [
        ("long", len(texts(tidy / "long.csv"))), ("wide", 306),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("column", "cell", "error"),
    [
        ("flaking_share", "1.5", "constraint"),
        ("hair_count", "many", "type"),
        ("status", "", "constraint"),
        ("status", "so so", "constraint"),
        ("flags", "no_scale;sharp", "constraint"),
        ("visit_date", "31.01.2026", "type"),
        ("photo", "Müller/Jörg-07/Scheitel baseline 2.jpg", "primary"),
    ],
)
def test_frictionless_finds_what_was_altered(tidy: Path, tmp_path: Path, column: str, cell: str, error: str) -> None:
    package = json.loads((tidy / "datapackage.json").read_text("utf-8"))
    table = texts(tidy / "wide.csv")
    table.loc[0, column] = cell
    table.to_csv(tmp_path / "wide.csv", index=False, lineterminator="\n")
    wide = {key: value for key, value in package["resources"][1].items() if key not in ("hash", "bytes")}
    (tmp_path / "datapackage.json").write_text(json.dumps({**package, "resources": [wide]}), "utf-8")
    report = frictionless.validate(str(tmp_path / "datapackage.json"))
    assert any(error in kind for (kind,) in report.flatten(["type"])), report.flatten(["type", "message"])


def test_hashes_and_foreign_keys_are_checked(tidy: Path, tmp_path: Path) -> None:
    for name, data in snapshot(tidy).items():
        (tmp_path / name).write_bytes(data)
    with (tmp_path / "wide.csv").open("a") as file:
        file.write("\n")
    report = frictionless.validate(str(tmp_path / "datapackage.json"))
    assert {kind for (kind,) in report.flatten(["type"])} >= {"hash-count", "byte-count"}


def test_every_column_is_described_as_in_the_dictionary(tidy: Path) -> None:
    package = json.loads((tidy / "datapackage.json").read_text("utf-8"))
    fields = {field["name"]: field for field in package["resources"][1]["schema"]["fields"]}
    for column in PHOTO_COLUMNS[1:]:
        told = fields[column.name]
        assert (told["description"], told.get("unit", "")) == (column.meaning, column.unit)
        constraints = told.get("constraints", {})
        assert (constraints.get("minimum"), constraints.get("maximum")) == (column.low, column.high)
        if column.allowed and not column.several:
            assert constraints["enum"] == [*column.allowed]
    assert fields["change_per_cm2"]["description"].startswith("Against the baseline: followup_per_cm2 less ")
    assert all(field["description"] for one in package["resources"] for field in one["schema"]["fields"])
    assert all(one["schema"]["missingValues"] == [""] for one in package["resources"])
    assert [one["schema"]["primaryKey"] for one in package["resources"]] == [["photo", "parameter"], ["photo"]]
    assert package["created"] == json.loads((tidy / "export.json").read_text())["results_written"]


# ---- the tables agree


def test_the_wide_table_says_what_photos_csv_says(tidy: Path, trial_out: Path) -> None:
    wide = {row["photo"]: row for row in texts(tidy / "wide.csv").to_dict("records")}
    rows = cells(trial_out / "photos.csv")
    assert len(wide) == len(rows)
    for row in rows:
        assert {name: wide[row["photo"]][name] for name in row if name != "arm"} == {
            name: cell for name, cell in row.items() if name != "arm"
        }
        assert wide[row["photo"]]["arm"] == row["arm"]


def test_the_wide_table_says_what_changes_csv_says(tidy: Path, trial_out: Path) -> None:
    wide = {row["photo"]: row for row in texts(tidy / "wide.csv").to_dict("records")}
    rows = {row["followup_photo"]: row for row in cells(trial_out / "changes.csv") if row["against"] == "baseline"}
    for name, row in rows.items():
        assert wide[name]["change_reason"] == row["reason"] and wide[name]["comparable"] == row["comparable"]
        if row["comparable"] == "1":
            same = [column.name for column in CHANGE_COLUMNS if column.name in wide[name]]
            same = [column for column in same if column not in ("subject", "site", "reason", "flags", "replicate")]
            assert {column: wide[name][column] for column in same} == {column: row[column] for column in same}
            assert wide[name]["change_flags"] == row["flags"]
    assert all(row["comparable"] == "" for name, row in wide.items() if name not in rows)


def test_the_long_table_says_what_the_wide_one_says(tidy: Path) -> None:
    long, wide = texts(tidy / "long.csv"), texts(tidy / "wide.csv").set_index("photo")
    across = long.pivot(index="photo", columns="parameter", values="value").fillna("").loc[wide.index]
    assert {*across.columns} == {parameter.column.name for parameter in PARAMETERS} | CHANGED
    for column in across.columns:
        assert across[column].tolist() == wide[column].tolist()
    ends = {"hair_count": ("hair_count_low", "hair_count_high"),
            "density_per_cm2": ("density_low_per_cm2", "density_high_per_cm2"),
            "change_per_cm2": ("change_low_per_cm2", "change_high_per_cm2"),
            "width_change_um": ("width_change_low_um", "width_change_high_um")}  # fmt: skip
    for parameter, group in long.groupby("parameter"):
        for end, names in zip(("low", "high"), zip(*ends.values(), strict=True), strict=True):
            name = dict(zip(ends, names, strict=True)).get(parameter)
            assert group[end].tolist() == (wide.loc[group["photo"], name].tolist() if name else [""] * len(group))


@pytest.mark.parametrize("name", ["long", "wide"])
def test_parquet_holds_the_same_as_csv_typed(tidy: Path, name: str) -> None:
    read = frictionless.Resource(path=f"{name}.csv", basepath=str(tidy))
    package = json.loads((tidy / "datapackage.json").read_text("utf-8"))
    described = next(one for one in package["resources"] if one["name"] == name)["schema"]
    described.pop("foreignKeys", None)  # the other table is not at hand here
    read.schema = frictionless.Schema.from_descriptor(described)
    from_csv = [row.to_dict() for row in read.read_rows()]
    table = parquet.read_table(tidy / f"{name}.parquet")
    types = {"string": "string", "integer": "int64", "number": "double", "date": "date32[day]", "boolean": "bool"}
    assert [str(one.type) for one in table.schema] == [types[field["type"]] for field in described["fields"]]
    for csv_row, row in zip(from_csv, table.to_pylist(), strict=True):
        assert {key: float(cell) if type(row[key]) is float else cell for key, cell in csv_row.items()} == row


def test_pandas_reads_both_alike(tidy: Path) -> None:
    from_csv = pandas.read_csv(tidy / "long.csv", keep_default_na=False, na_values=[""])
    from_parquet = pandas.read_parquet(tidy / "long.parquet")
    for column in ("value", "low", "high", "visit_number", "study_day", "replicate"):
        assert from_csv[column].dtype.kind in "if"
        pandas.testing.assert_series_equal(from_csv[column], from_parquet[column], check_dtype=False)
    assert from_parquet["baseline"].dtype == bool and from_csv["baseline"].dtype == bool
    assert (from_csv["reason"].fillna("") == from_parquet["reason"].fillna("")).all()


def test_units_and_meanings_are_in_the_parquet_files(tidy: Path) -> None:
    schema = parquet.read_schema(tidy / "wide.parquet")
    for column in PHOTO_COLUMNS:
        told = schema.field(column.name).metadata
        assert told.get(b"unit", b"").decode() == column.unit
        assert told[b"description"].decode() == column.meaning or column.name == "photo"
    assert schema.metadata[b"study"] == b"HG-2026"


# ---- what was not measured, and texts


def test_what_was_not_measured_is_empty_and_has_a_reason(tidy: Path) -> None:
    long = texts(tidy / "long.csv")
    empty = long[long["value"] == ""]
    assert {*empty["status"]} == {"not_measured"} and {*long[long["value"] != ""]["status"]} == {"measured"}
    assert (empty["reason"] != "").all() and (long[long["value"] != ""]["reason"] == "").all()
    assert (empty[["low", "high"]] == "").all(axis=None)
    zeros = long[(long["value"] == "0") & (long["parameter"] == "hair_count")]
    assert {tuple(pair) for pair in zeros[["subject", "site"]].to_numpy()} == {BALD}
    of_bald = long[(long["photo"] == zeros["photo"].iloc[0]) & (long["parameter"] == "mean_width_um")]
    assert of_bald["reason"].tolist() == ["no hair found"]


def test_reasons_of_all_kinds_are_told(tidy: Path) -> None:
    told = {*texts(tidy / "long.csv")["reason"]}
    assert {LONG_REASON, "no scale", "scale too coarse to tell terminal from vellus", "no hair found"} <= told
    assert any(reason.startswith("the baseline cannot be used: Müller/S-11/") for reason in told)
    assert "no hair at the baseline" in told


def test_a_row_is_told_by_subject_site_visit_replicate_and_parameter(tidy: Path) -> None:
    long = texts(tidy / "long.csv")
    assert not long.duplicated(KEY).any() and (long[KEY] != "").all(axis=None)
    assert len(long[~long["parameter"].isin(CHANGED)]) == 306 * len(PARAMETERS)
    assert {NON_ASCII} <= {*long["subject"]} and {UNPLANNED} <= {*long["visit"]}
    assert {*long[long["visit"] == UNPLANNED]["visit_number"]} == {"3.1"}
    assert {*FURTHER} - {"arm"} <= {*long.columns} and {"AGE", "SEX", "SITEID"} <= {*texts(tidy / "wide.csv").columns}
    verdicts = long[long["verdict"] != ""]
    assert {*verdicts["parameter"]} == {"change_per_cm2"}
    assert {*verdicts["verdict"]} == {"increase", "decrease", "within_error", "not_comparable"}


def test_the_same_results_give_the_same_bytes(tidy: Path, trial_out: Path) -> None:
    study = read_study(trial_out, whole=False)
    assert dict(files(study)) == dict(files(study))
    assert [*dict(files(study))] == NAMES


def test_texts_are_kept_as_they_are(tmp_path: Path) -> None:
    odd = '=cmd|"x"; 1,5\nand more '

    def change(row: dict[str, Any]) -> dict[str, Any]:
        return {**row, "remark": odd if row["replicate"] == "2" else "NA"}

    out = write_trial(tmp_path / "out", compared=False, only=lambda one: one.number == 2, change=change)
    made = tables(out)
    for table in made.values():
        assert {*table[table["replicate"] == "2"]["remark"]} == {odd}
        assert {*table[table["replicate"] == "1"]["remark"]} == {"NA"}
    rows = parquet.read_table(io.BytesIO(dict(files(read_study(out)))["wide.parquet"])).to_pylist()
    assert {row["remark"] for row in rows} == {odd, "NA"}


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=8)


@given(st.lists(st.tuples(TEXTS, TEXTS, st.floats(allow_nan=False, allow_infinity=False)), min_size=1, max_size=5))
def test_any_text_and_number_comes_back(some: list[tuple[str, str, float]]) -> None:
    fields = [Field("a", "string", "A."), Field("b", "string", "B."), Field("x", "number", "X.")]
    rows = [[a, b, repr(x)] for a, b, x in some]
    data = csv_file(fields, rows)
    assert [*csv.reader(io.StringIO(data.decode(), newline=""))] == [["a", "b", "x"], *rows]
    table = parquet.read_table(io.BytesIO(parquet_file(fields, rows, {}))).to_pylist()
    assert [(row["a"], row["b"], row["x"]) for row in table] == some


def test_tables_longer_than_a_group_of_rows_are_written_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tidy_files, "_ROWS_A_GROUP", 3)
    for count in (0, 1, 3, 7):
        data = parquet_file([Field("n", "integer", "N.")], [[str(n)] for n in range(count)], {})
        assert parquet.read_table(io.BytesIO(data))["n"].to_pylist() == [*range(count)]


# ---- other results folders


def test_a_study_that_was_not_compared_has_no_changes(tmp_path: Path) -> None:
    out = write_trial(tmp_path / "out", compared=False, only=lambda one: one.number == 2)
    made = tables(out)
    assert not CHANGED & {*made["long.csv"]["parameter"]} and not CHANGED & {*made["wide.csv"].columns}


def test_a_run_without_visits_is_written_all_the_same(tmp_path: Path) -> None:
    made = tables(write(tmp_path / "out", result("a.jpg"), failed("b.jpg", "it is blurred")))
    wide = made["wide.csv"].set_index("photo")
    assert (wide[["subject", "site", "visit", "replicate", "visit_date", "arm", "usubjid"]] == "").all(axis=None)
    assert wide["status"].tolist() == ["measured", "not_measured"]
    long = made["long.csv"]
    assert len(long) == 2 * len(PARAMETERS)
    assert {*long[long["photo"] == "b.jpg"]["reason"]} == {"it is blurred"}


def test_photographs_without_a_subject_are_kept_at_the_end(tmp_path: Path) -> None:
    def change(row: dict[str, Any]) -> dict[str, Any]:
        return {**row, "subject": "" if row["visit"] == "week 6" else row["subject"]}

    out = write_trial(tmp_path / "out", only=lambda one: one.number == 2, change=change)
    wide = tables(out)["wide.csv"]
    assert wide["subject"].tolist() == ["S-02"] * 8 + [""] * 2
    assert wide["density_per_cm2"].tolist()[-1] != "" and wide["replicate"].tolist()[-1] == ""


def test_names_that_are_taken_are_told_apart(tmp_path: Path) -> None:
    def change(row: dict[str, Any]) -> dict[str, Any]:
        renamed = {"session": "Study_Day", "magnification": "value", "remark": "visits_value"}
        row = {renamed.get(name, name): cell for name, cell in row.items()}
        return {**row, "arm": str(row["arm"]).upper(), "replicate": {"1": "a", "2": "b"}[row["replicate"]]}

    out = write_trial(tmp_path / "out", compared=False, only=lambda one: one.number == 2, change=change)
    study = read_study(out, write_study_file(tmp_path / "study.toml"))
    made = {name: pandas.read_csv(io.BytesIO(data), dtype=str, keep_default_na=False)
            for name, data in files(study) if name.endswith(".csv")}  # fmt: skip
    long = made["long.csv"]
    names = [name.casefold() for name in long.columns]
    assert len(set(names)) == len(names)
    assert {"visits_Study_Day", "visits_value", "visits_visits_value", "visits_arm", "visits_replicate"} <= {*long}
    assert {*long["arm"]} == {"Placebo"} and {*long["visits_arm"]} == {"PLACEBO"}
    assert {*long["visits_value"]} == {"20"} and {*long["visits_replicate"]} == {"a", "b"}
    assert "value" in made["wide.csv"] and {*made["wide.csv"]["value"]} == {"20"}


# ---- the page


PAGE = Path(__file__).parent.parent / "docs" / "export-tidy.md"


def test_the_python_of_the_page_does_what_it_says(
    tidy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tidy.parent)
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)
    told = names["by_subject"].groupby(["site", "arm", "visit_number"]).describe()
    assert len(told) == 2 * 2 * 5  # sites, arms and visits
    assert told["mean"].between(100, 220).all() and told["count"].max() == 15  # subjects, not photographs
    assert capsys.readouterr().out.strip() == told.to_string().strip()


def test_the_page_names_every_column_of_the_long_table(tidy: Path) -> None:
    page = PAGE.read_text("utf-8")
    for column in texts(tidy / "long.csv"):
        assert f"`{column}`" in page or column in FURTHER
    assert f"the {len(PARAMETERS)} numbers" in page and all(f"`{name}`" in page for name in CHANGED)
