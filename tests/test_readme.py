"""What the README and the documentation say is true: commands, options, files, links and settings."""

from __future__ import annotations

import importlib.util
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
TEXTS = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in PAGES}
README = TEXTS["README.md"]


def command_lines(text: str) -> list[list[str]]:
    """Command lines of the indented blocks, without what a terminal does not see."""
    lines = re.findall(r"^    (\S.*)$", text, re.MULTILINE)
    return [shlex.split(line.replace("\\", "/"), comments=True) for line in lines]


def densitometer_commands() -> list[list[str]]:
    found = [words for text in TEXTS.values() for words in command_lines(text) if Path(words[0]).name == "densitometer"]
    return [["densitometer", *words[1:]] for words in found]


def densitometer(*words: str) -> subprocess.CompletedProcess[str]:
    code = "from densitometer.cli.main import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )


def test_the_readme_opens_with_the_two_commands() -> None:
    assert [" ".join(words) for words in command_lines(README)[:2]] == ["make demo", "make test"]


@pytest.mark.parametrize("page", TEXTS)
def test_links_lead_somewhere(page: str) -> None:
    here = (ROOT / page).parent
    targets = [target.partition("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", TEXTS[page])]
    local = [target for target in targets if target and "://" not in target]
    assert [target for target in local if not (here / target).exists()] == []


def test_make_verbs_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    known = set(re.findall(r"^([a-z][a-z0-9-]*):", makefile, re.MULTILINE))
    named = {words[1] for text in TEXTS.values() for words in command_lines(text) if words[0] == "make"}
    named |= set(re.findall(r"`make ([a-z0-9-]+)", "\n".join(TEXTS.values())))
    assert {"demo", "test", "check", "format", "bench", "clean", "help"} <= known
    assert named - known == set()
    helped = set(re.findall(r'@echo "make ([a-z0-9-]+)', makefile))
    assert helped == {verb for verb in known - {"help"} if not verb.startswith("check-")}


def test_commands_use_options_that_exist() -> None:
    commands = densitometer_commands()
    assert {words[1] for words in commands} >= {"measure", "scale", "render", "selftest"}
    for verb in {words[1] for words in commands}:
        help_text = densitometer(verb, "--help")
        assert help_text.returncode == 0, help_text.stderr
        options = {word for words in commands if words[1] == verb for word in words[2:] if word.startswith("-")}
        for option in options:
            assert re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", help_text.stdout), f"{verb} {option}"


def test_the_results_folder_holds_what_the_readme_says(tmp_path: Path) -> None:
    visits = ROOT / "sample_images" / "visits.csv"
    done = densitometer(
        "measure", "sample_images", "--visits", str(visits), "-o", str(tmp_path / "out"), "--workers", "1"
    )
    assert done.returncode == 0, done.stderr
    promised = set(re.findall(r"^\| `([^`]+)` \|", README, re.MULTILINE))
    assert {name.rstrip("/") for name in promised} | {".lock"} == {path.name for path in (tmp_path / "out").iterdir()}
    overlays = {path.name.split(".")[0] for path in (tmp_path / "out" / "overlays").iterdir()}
    assert overlays == {path.stem for path in (ROOT / "sample_images").glob("*.jpg")}


def test_the_python_example_runs() -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    done = subprocess.run([sys.executable, "-c", example], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[0]) > 0


def test_the_pages_from_the_code_are_up_to_date() -> None:
    spec = importlib.util.spec_from_file_location("make_pages", ROOT / "docs" / "make_pages.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert TEXTS["docs/settings.md"] == module.settings_page(), "out of date: run make docs"
    assert TEXTS["docs/rendering.md"] == module.rendering_page(TEXTS["docs/rendering.md"]), "out of date: run make docs"
    assert TEXTS["docs/export.md"] == module.export_page(TEXTS["docs/export.md"]), "out of date: run make docs"
    with pytest.raises(ValueError, match="lost the comments round its styles"):
        module.rendering_page("no tables")


def test_the_python_example_of_visits_runs() -> None:
    (example,) = re.findall(r"```python\n(.*?)```", TEXTS["docs/rendering.md"], re.DOTALL)
    done = subprocess.run([sys.executable, "-c", example], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("[")


def test_the_python_example_of_comparing_runs() -> None:
    (example,) = re.findall(r"```python\n(.*?)```", TEXTS["docs/compare.md"], re.DOTALL)
    done = subprocess.run([sys.executable, "-c", example], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("True")


def test_versions_are_pinned_by_name_and_version_alone() -> None:
    for path in sorted(ROOT.glob("constraints*.txt")):
        lines = path.read_text(encoding="utf-8").splitlines()
        assert [line for line in lines if not re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*", line)] == []
        names = [line.partition("==")[0] for line in lines]
        assert names == sorted(set(names)), path.name


def test_every_dependency_is_pinned() -> None:
    from importlib.metadata import requires

    pins = {line.partition("==")[0] for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()}
    named = {re.match(r"[A-Za-z0-9_.-]+", line).group().lower() for line in requires("densitometer") or []}  # type: ignore[union-attr]
    assert named - pins == set()
