"""Write the marked sections of RESULTS.md and leave the rest of it alone."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).with_name("RESULTS.md")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lay out a Markdown table: first column to the left, numbers to the right."""
    rule = ["---"] + ["---:"] * (len(head) - 1)
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, rule, *rows))


def percent(value: float, *, sign: bool = False) -> str:
    """Show a share as a percentage with one decimal; a dash for NaN."""
    if value != value:  # NaN
        return "–"
    return f"{value:+.1%}" if sign else f"{value:.1%}"


def provenance() -> str:
    """Say when and by which command a section was written."""
    words = [
        "DIR" if before in ("--out", "--dump") else word
        for before, word in zip(sys.argv, sys.argv[1:], strict=False)  # where pictures went is nobody's business
    ]
    command = " ".join(["python", f"benchmarks/{Path(sys.argv[0]).name}", *words])
    return f"Measured on {today()} with `{command}`."


def today() -> str:
    """Date that stands beside what is measured today."""
    return f"{datetime.now(UTC):%Y-%m-%d}"


def replace_section(text: str, name: str, body: str) -> str:
    """Put `body` between the two markers of section `name`.

    Raises
    ------
    ValueError
        When the text does not hold both markers, in order, once.
    """
    begin, end = f"<!-- begin:{name} -->", f"<!-- end:{name} -->"
    if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
        raise ValueError(f"RESULTS.md has no section marked {begin} ... {end}; put both lines back")
    before, rest = text.split(begin)
    return f"{before}{begin}\n{body.strip()}\n{end}{rest.split(end)[1]}"


def write_section(name: str, body: str, path: Path = RESULTS) -> None:
    """Rewrite one marked section of the results file."""
    text = replace_section(path.read_text(encoding="utf-8"), name, body)
    path.write_text(text, encoding="utf-8", newline="\n")
