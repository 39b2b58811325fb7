from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import densitometer
from densitometer.cli.main import main

HEAVY = ("numpy", "cv2", "pydantic", "PIL", "scipy", "skimage", "rich", "sqlite3", "jinja2")


def test_help_names_every_verb() -> None:
    result = CliRunner().invoke(main, ["--help"])
    assert result.exit_code == 0
    for verb in ("measure", "scale", "render", "selftest"):
        assert f"\n  {verb} " in result.output


MEASURE = ("--out", "--um-per-px", "--visits", "--settings", "--region", "--workers", "--quiet", "--verbose")


@pytest.mark.parametrize(("verb", "names"), [("measure", MEASURE), ("scale", ("--out", "--quiet", "--verbose"))])
def test_help_of_a_verb_explains_its_options_and_exit_codes(verb: str, names: tuple[str, ...]) -> None:
    result = CliRunner().invoke(main, [verb, "--help"])
    assert result.exit_code == 0
    assert result.output.startswith(f"Usage: main {verb} [OPTIONS] PHOTO_OR_FOLDER...\n")
    for name in names:
        assert re.search(rf"{name}( [A-Z]+)? +\S", result.output), name
    assert "Exit codes:\n    0  all photographs" in result.output


def test_version() -> None:
    result = CliRunner().invoke(main, ["--version"])
    assert result.output == f"densitometer, version {densitometer.__version__}\n"


@pytest.mark.parametrize("verb", [[], ["measure"], ["scale"], ["render"], ["selftest"]])
def test_help_loads_nothing_heavy(verb: list[str]) -> None:
    code = (
        "import sys\nfrom densitometer.cli.main import main\n"
        f"main({[*verb, '--help']!r}, standalone_mode=False)\n"
        f"loaded = [name for name in {HEAVY!r} if name in sys.modules]\nassert not loaded, loaded"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


@pytest.mark.parametrize(
    "arguments", [["count"], ["measure"], ["measure", "x.jpg"], ["scale"], ["scale", "--what", "x"]]
)
def test_wrong_use_has_exit_code_2(arguments: list[str], tmp_path: Path) -> None:
    assert CliRunner().invoke(main, arguments).exit_code == 2


def test_runs_as_a_module() -> None:
    done = subprocess.run([sys.executable, "-m", "densitometer", "--help"], check=True, capture_output=True, text=True)
    assert done.stdout.startswith("Usage: densitometer ")
