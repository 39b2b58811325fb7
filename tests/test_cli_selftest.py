"""The verb of the self-test: its table, its verdict, its exit code."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from densitometer import selftest as module
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


def test_wrong_use(says, tmp_path: Path) -> None:
    says(outcome(0.5))
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert selftest("-o", tmp_path / "file" / "below").exit_code == 2
    assert selftest("--what").exit_code == 2
