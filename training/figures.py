"""Measured figures of the strand network, taken from the tables of benchmarks/RESULTS.md as they are written there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

METHOD = "densitometer"
FILE = Path(__file__).with_name("figures.json")
RESULTS = Path(__file__).resolve().parents[1] / "benchmarks" / "RESULTS.md"
PHOTOGRAPHS = ("F1", "precision", "recall", "count bias", "count error per photograph", "right root ends")
"""Columns of the table of photographs."""
RENDERED = ("scenes", "root F1", "count error; bias", "width bias (µm)", "mean width error (µm)")
"""What is told of each rendered style."""

Row = dict[str, str]


@dataclass(frozen=True)
class Figures:
    """Figures as written, with their intervals; empty where nothing is measured.

    Attributes
    ----------
    sha256 : str
        Of the weights that they are of.
    photographs : dict
        `PHOTOGRAPHS`, and ``half``: which photographs.
    rendered : dict
        `RENDERED` by style; ``all styles`` has ``root F1``, ``count error per scene`` and ``count bias``.
    upper_bound : dict
        `PHOTOGRAPHS` by what the weights, which are not shipped, have seen.
    """

    sha256: str = ""
    photographs: Row = field(default_factory=dict)
    rendered: dict[str, Row] = field(default_factory=dict)
    upper_bound: dict[str, Row] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path = FILE) -> Figures:
        """Read the figures that were taken."""
        return cls(**json.loads(path.read_text(encoding="utf-8")))

    def write(self, path: Path = FILE) -> None:
        """Write them down."""
        text = json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"
        path.write_text(text, encoding="utf-8", newline="\n")

    def of(self, sha256: str) -> Figures:
        """Figures of these weights: none where others were measured."""
        return self if self.sha256 == sha256 else Figures()


def taken(results: str, sha256: str, before: Figures) -> Figures:
    """Take the figures of the packaged weights from the text of RESULTS.md.

    What was put in for the upper bound stays.

    Raises
    ------
    ValueError
        When a table is not there, or has no row or column of `METHOD`.
    """
    heading, photographs = _table(results, "`report` half", ("method", "F1"))
    half = heading.split(":", 1)[-1].split("(")[0].strip()
    row = _row(photographs, METHOD)
    return Figures(
        sha256,
        {"half": half, **{name: row[name] for name in PHOTOGRAPHS}},
        _rendered(results),
        before.upper_bound,
    )


def _rendered(results: str) -> dict[str, Row]:
    where = "Seeds to `report`"
    _, whole = _table(results, where, ("all styles", "root F1"))
    _, f1 = _table(results, where, ("root F1", "scenes"))
    _, counts = _table(results, where, ("count error per scene; bias", METHOD))
    _, widths = _table(results, where, (METHOD, "width bias (µm)"))
    styles = {
        row["root F1"]: {
            "scenes": row["scenes"],
            "root F1": row[METHOD],
            "count error; bias": _row(counts, row["root F1"])[METHOD],
            **{name: _row(widths, row["root F1"])[name] for name in RENDERED[3:]},
        }
        for row in f1
    }
    mine = _row(whole, METHOD)
    return {"all styles": {name: mine[name] for name in ("root F1", "count error per scene", "count bias")}, **styles}


def _table(text: str, heading: str, columns: tuple[str, ...]) -> tuple[str, list[Row]]:
    """Table below a heading whose first cells are `columns`, each row by column, and the heading."""
    for title, rows in _tables(text):
        if heading in title and tuple(rows[0][: len(columns)]) == columns:
            return title, [dict(zip(rows[0], row, strict=True)) for row in rows[2:]]
    raise ValueError(
        f"no table of {', '.join(columns)} below a heading with {heading}: benchmarks/accuracy.py writes it"
    )


def _tables(text: str) -> Iterator[tuple[str, list[list[str]]]]:
    """Each Markdown table as its rows of cells, with the heading that it stands below."""
    title = ""
    for part in re.split(r"\n\s*\n", text):
        lines = part.strip().splitlines()
        if lines and lines[0].startswith("#"):
            title = lines[0].lstrip("# ")
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
        if rows:
            yield title, rows


def _row(rows: list[Row], name: str) -> Row:
    for row in rows:
        if next(iter(row.values())) == name:
            return row
    raise ValueError(f"a table of benchmarks/RESULTS.md has no row {name}")
