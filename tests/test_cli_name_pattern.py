from __future__ import annotations

import csv
import functools
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import densitometer.batch
from densitometer.cli.main import main
from fakes import fake_measure, make_photo

PATTERN = "{subject}_{visit}_{um_per_px}_{arm}"


@pytest.fixture(autouse=True)
def _fake(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    batch = functools.partial(densitometer.batch.measure_batch, measure=fake_measure)
    monkeypatch.setattr(densitometer.batch, "measure_batch", batch)
    monkeypatch.chdir(tmp_path)


def measure(*arguments: str) -> Result:
    result = CliRunner().invoke(main, ["measure", "in", "-o", "out", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_names_fill_the_columns_of_visits(tmp_path: Path) -> None:
    make_photo(tmp_path / "in" / "S1_week 0_5.5_verum.png")
    make_photo(tmp_path / "in" / "notes.png")
    result = measure("--name-pattern", PATTERN)
    assert result.exit_code == 0
    with Path("out/photos.csv").open(encoding="utf-8", newline="") as file:
        first, second = csv.DictReader(file)
    assert [first[name] for name in ("subject", "visit", "arm", "um_per_px", "scale_source")] == [
        "S1", "week 0", "verum", "5.5", "visits",
    ]  # fmt: skip
    assert [second[name] for name in ("photo", "subject", "arm", "um_per_px")] == ["notes.png", "", "", ""]
    assert "1 photograph not named as --name-pattern says: their visit columns stay empty: notes.png" in result.stderr
    run = json.loads(Path("out/run.json").read_text(encoding="utf-8"))
    assert run["options"]["name_pattern"] == PATTERN


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--name-pattern", PATTERN, "--visits", "visits.csv"), "both say what photographs show; give one of them"),
        (("--name-pattern", "{subject"), "a brace has no counterpart"),
        (("--name-pattern", "{subject}-{visit}"), "no photograph of 1 is named so; the first is 'S1_0_0_x.png'"),
        (("--name-pattern", PATTERN), "its um_per_px '0' the stated scale of 0 um per px cannot be true"),
    ],
)
def test_wrong_use(tmp_path: Path, arguments: tuple[str, ...], sentence: str) -> None:
    make_photo(tmp_path / "in" / "S1_0_0_x.png")
    result = measure(*arguments)
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert not Path("out").exists()
