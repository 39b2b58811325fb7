"""What docs/summarise.md shows of the page is what the command prints of the same trial."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from densitometer.cli.main import main

pytest.importorskip("statsmodels", reason="the extra 'statistics' is not installed")

DOCUMENT = Path(__file__).parent.parent / "docs" / "summarise.md"
BLOCKS = re.findall(r"```text\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), flags=re.DOTALL)


@pytest.fixture(scope="module")
def printed(trial_out: Path, trial_study_file: Path, trial_subjects: Path) -> list[str]:
    words = ["summarise", trial_out, "--study", trial_study_file, "--subjects", trial_subjects]
    done = CliRunner().invoke(main, [str(word) for word in words])
    assert done.exit_code == 0, done.output
    return done.stdout.splitlines()


@pytest.mark.parametrize("block", BLOCKS, ids=[block.splitlines()[0][:30] for block in BLOCKS])
def test_an_example_is_printed_line_by_line(block: str, printed: list[str]) -> None:
    place = 0
    for line in block.splitlines():
        assert line in printed[place:], line  # lines may be left out, not altered or in another order
        place = printed.index(line, place) + 1


def test_there_are_examples() -> None:
    assert len(BLOCKS) >= 6
