"""The table at the end of a run: each photograph of a few, or how many of each kind of many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from densitometer.results.names import printable

if TYPE_CHECKING:
    from densitometer.results.rows import Cell

_MOST_SHOWN = 20
_WIDTH_OF_FILES = 160
_NAME_WIDTH = 20


@dataclass(frozen=True)
class Summary:
    """What a run yielded, in brief.

    Attributes
    ----------
    rows : tuple of dict
        The row of each photograph.
    skipped : int
        How many files in the folders given were no photographs.
    place : Path
        Folder of the results.
    """

    rows: tuple[dict[str, Cell], ...]
    skipped: int = 0
    place: Path = Path()

    @property
    def not_measured(self) -> int:
        """How many photographs were not measured."""
        return sum(row["status"] != "measured" for row in self.rows)

    def show(self) -> None:
        """Print the table, the sum, and where the report lies."""
        show_table(*(self._each() if len(self.rows) <= _MOST_SHOWN else self._kinds()))
        total = f"{len(self.rows) - self.not_measured} of {len(self.rows)} photographs measured"
        skipped = f"; {self.skipped} other files in the folders passed over" if self.skipped else ""
        click.echo(f"{total}{skipped}.")
        click.echo(f"Report: {printable(str(self.place / 'report.html'))}")

    def _each(self) -> tuple[Sequence[str], list[Sequence[str]]]:
        heads = ("photo", "hairs", "per cm2", "95 % interval", "median width um", "look at")
        return heads, [_brief(row) for row in self.rows]

    def _kinds(self) -> tuple[Sequence[str], list[Sequence[str]]]:
        kinds: Counter[tuple[str, str]] = Counter()
        for row in self.rows:
            kinds["status", _text(row["status"])] += 1
            if row["reason"]:
                kinds["reason", _text(row["reason"])] += 1
            for flag in _text(row["flags"]).split(";"):
                if flag:
                    kinds["flag", flag] += 1
        order = ("status", "reason", "flag")
        sorted_kinds = sorted(kinds.items(), key=lambda item: (order.index(item[0][0]), -item[1], item[0][1]))
        return ("", "", "photographs"), [(kind, text, str(n)) for (kind, text), n in sorted_kinds]


def _brief(row: dict[str, Cell]) -> Sequence[str]:
    low, high = _number(row["density_low_per_cm2"]), _number(row["density_high_per_cm2"])
    return (
        _text(row["photo"]),
        _text(row["hair_count"]),
        _number(row["density_per_cm2"]),
        f"{low} to {high}" if low and high else "",
        _number(row["median_width_um"]),
        _text(row["reason"]) or _text(row["flags"]).replace(";", ", "),
    )


def _text(cell: Cell) -> str:
    return "" if cell is None else str(cell)


def _number(cell: Cell) -> str:
    return "" if cell is None else f"{cell:.0f}"


def show_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table on stdout; a cell that is a number stands to the right."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    to_file = not console.is_terminal
    if to_file:
        console = Console(width=_WIDTH_OF_FILES)
    table = Table(box=SIMPLE_HEAD)
    rows = list(rows)
    names = max((len(row[0]) for row in rows), default=0)  # a short name stays on one line, however narrow the terminal
    for number, head in enumerate(heads):
        least = max(len(head), 0 if number else names)
        table.add_column(Text(head), overflow="fold", min_width=min(least, 12 if number else _NAME_WIDTH))
    for row in rows:
        table.add_row(*(Text(printable(cell), justify="right" if _is_number(cell) else "left") for cell in row))
    if not to_file:
        console.print(table)
        return
    with console.capture() as captured:
        console.print(table)
    click.echo("\n".join(line.rstrip() for line in captured.get().splitlines()))  # blanks would only pad a file


def _is_number(cell: str) -> bool:
    return cell.replace(".", "", 1).isdigit()
