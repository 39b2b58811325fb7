"""The verb of the self-test: its table, its verdict, its exit code."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from densitometer import selftest as module
from densitometer.cli import selftest as cli
from densitometer.cli.main import main
from densitometer.selftest import Check, SelfTest


def selftest(*arguments: object) -> Result:
    result = CliRunner().invoke(main, ["selftest", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def outcome(*values: float | None) -> SelfTest:
    checks = tuple(Check(f"figure {k}", value, 0.0, 1.0, "um") for k, value in enumerate(values))
    return SelfTest(checks, {"densitometer": "0.0.0", "numpy": "1"}, {"a.jpg": b"picture"})


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> object:
    def use(result: SelfTest) -> None:
        monkeypatch.setattr(module, "run_selftest", lambda: result)

    return use


def test_a_pass(says, tmp_path: Path) -> None:
    says(outcome(0.5, 1.0))
    result = selftest("-o", tmp_path / "out")
    assert result.exit_code == 0
    assert result.stdout.rstrip().endswith("PASS: all 2 checks")
    assert "densitometer 0.0.0, numpy 1" in result.stdout
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"selftest.json", "a.jpg"}


@pytest.mark.parametrize("value", [1.5, -0.1, None, float("nan")])
def test_a_fail(says, value: float | None) -> None:
    says(outcome(0.5, value))
    result = selftest()
    assert result.exit_code == 1
    assert result.stdout.rstrip().endswith("FAIL: figure 1")
    assert " 0 to 1 " in result.stdout


def test_quiet(says) -> None:
    says(outcome(2.0))
    result = selftest("-q")
    assert (result.exit_code, result.output) == (1, "")


def test_one_line_says_that_it_works(says) -> None:
    says(outcome(0.5))
    assert len(selftest().stderr.splitlines()) == 1


def test_an_earlier_record_is_refused_before_anything_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "run_selftest", lambda: pytest.fail("it ran"))
    (tmp_path / "selftest.json").write_text("kept", encoding="utf-8")
    result = selftest("-o", tmp_path)
    assert result.exit_code == 2
    assert "choose another folder for -o" in result.stderr and len(result.stderr.splitlines()) == 1
    assert (tmp_path / "selftest.json").read_text(encoding="utf-8") == "kept"


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [(-2.4567, "% off", "-2.5"), (-0.04, "% off", "0.0"), (0.8567, "F1", "0.86"), (3.0, "", "3"), (5.04, "um", "5.04")],
)
def test_figures_are_rounded_as_fits_their_unit(value: float, unit: str, shown: str) -> None:
    assert cli._cells(Check("figure", value, -5.0, 5.0, unit))[1] == shown


def test_wrong_use(says, tmp_path: Path) -> None:
    says(outcome(0.5))
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert selftest("-o", tmp_path / "file" / "below").exit_code == 2
    assert selftest("--what").exit_code == 2
