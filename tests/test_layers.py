"""Imports go downwards only, Click stays in the command line, and nothing heavy is loaded before it is needed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import densitometer
import densitometer.synthetic

ROOT = Path(__file__).resolve().parent.parent
VERBS = (
    "measure",
    "compare",
    "check",
    "deidentify",
    "summarise",
    "export",
    "power",
    "agreement",
    "verify",
    "scale",
    "render",
    "selftest",
)
HEAVY = (
    "pandas",
    "pyarrow",
    "odmlib",
    "fhir",
    "openpyxl",
    "distributed",
    "fsspec",
    "numpy",
    "cv2",
    "pydantic",
    "skimage",
    "scipy",
    "PIL",
    "jinja2",
)


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, text=True, check=False)


def loaded_after(code: str) -> set[str]:
    """Heavy libraries that a fresh interpreter has loaded once it has run the code."""
    done = run("-c", f"import sys\n{code}\nprint('loaded:', *sorted(set({HEAVY!r}) & set(sys.modules)))")
    assert done.returncode == 0, done.stderr
    last = done.stdout.splitlines()[-1].split()
    assert last[0] == "loaded:"
    return set(last[1:])


def test_imports_go_downwards_only() -> None:
    done = run("-c", "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_check_for_heavy_libraries_can_fail() -> None:
    assert loaded_after("import numpy") >= {"numpy"}


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert loaded_after("import densitometer") == set()


@pytest.mark.parametrize(
    "words",
    ["--help", "--version", *(f"{verb} --help" for verb in VERBS)],
)
def test_help_loads_nothing_heavy(words: str) -> None:
    code = (
        f"from densitometer.cli.main import main\nsys.argv = ['densitometer', *{words.split()!r}]\n"
        "try:\n    main()\nexcept SystemExit as stop:\n    assert not stop.code, stop.code"
    )
    assert loaded_after(code) == set()


@pytest.mark.parametrize("name", densitometer.__all__)
def test_public_names_are_there(name: str) -> None:
    assert getattr(densitometer, name).__name__ == name


def test_public_names_are_documented() -> None:
    assert [name for name in densitometer.__all__ if not getattr(densitometer, name).__doc__] == []


def test_version_is_that_of_the_package() -> None:
    assert f'version = "{densitometer.__version__}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_unknown_names_are_refused() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        densitometer.nonsense  # noqa: B018
    assert set(densitometer.__all__) <= set(dir(densitometer))


@pytest.mark.parametrize("name", densitometer.synthetic.__all__)
def test_public_names_of_the_renderer_are_there(name: str) -> None:
    assert getattr(densitometer.synthetic, name).__name__ == name
    assert getattr(densitometer.synthetic, name).__doc__
    assert name in dir(densitometer.synthetic)


def test_importing_the_renderer_loads_nothing_heavy() -> None:
    assert loaded_after("import densitometer.synthetic") == set()
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        densitometer.synthetic.nonsense  # noqa: B018
