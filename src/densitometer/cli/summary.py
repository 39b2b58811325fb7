"""The table at the end of a run: each photograph of a few, or how many of each kind of many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from densitometer.results.names import printable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from densitometer.results import Record
    from densitometer.results.rows import Cell

MOST_SHOWN = 20
_WIDTH_OF_FILES = 160
_WIDE = 10_000  # more than any table is
_NAME_WIDTH = 20


@dataclass(frozen=True)
class Summary:
    """What a results folder holds after a run, in brief.

    Attributes
    ----------
    kinds : tuple of (status, reason, flags, count)
        How many photographs there are of each kind.
    rows : tuple of dict
        The row of each photograph where they are few; of many none.
    before : int
        How many had been measured by an earlier run.
    skipped : int
        How many files in the folders given were no photographs.
    place : Path
        Folder of the results.
    changed : bool
        True when the run changed anything in it.
    """

    kinds: tuple[tuple[str, str, str, int], ...]
    rows: tuple[dict[str, Cell], ...] = ()
    before: int = 0
    skipped: int = 0
    place: Path = Path()
    changed: bool = False

    @classmethod
    def of(cls, record: Record, before: int, skipped: int, place: Path, *, changed: bool = False) -> Summary:
        """Sum up what a record holds."""
        kinds = tuple((_text(status), _text(reason), _text(flags), n) for status, reason, flags, n in record.kinds())
        rows = record.photo_rows() if len(record) <= MOST_SHOWN else ()
        return cls(kinds, tuple(rows), before, skipped, place, changed)

    @property
    def total(self) -> int:
        """How many photographs there are."""
        return sum(n for *_, n in self.kinds)

    @property
    def not_measured(self) -> int:
        """How many photographs were not measured."""
        return sum(n for status, *_, n in self.kinds if status != "measured")

    def show(self) -> None:
        """Print the table, the sum, and where the report lies."""
        show_table(*(self._each() if self.rows else self._kinds()))
        refused = [row for row in self.rows if row["reason"]]
        show_lines([f"{_text(row['photo'])}: not measured: {_text(row['reason'])}" for row in refused], "photos.csv")
        click.echo(self._sentence())
        click.echo(f"Report: {printable(str(self.place / 'report.html'))}")

    def _sentence(self) -> str:
        skipped = (
            f"; {self.skipped} other file{'s' * (self.skipped > 1)} in the folders passed over" if self.skipped else ""
        )
        if self.before == self.total:
            nothing = "" if self.changed else "; nothing to do"
            return f"All {self.total} photographs were measured before{nothing}{skipped}."
        measured = self.total - self.not_measured
        before = f", {self.before} of them before" if self.before else ""
        return f"{measured} of {self.total} photographs measured{before}{skipped}."

    def _each(self) -> tuple[Sequence[str], list[Sequence[str]]]:
        heads = ("photo", "hairs", "per cm2", "95 % interval", "median width um", "look at")
        return heads, [_brief(row) for row in self.rows]

    def _kinds(self) -> tuple[Sequence[str], list[Sequence[str]]]:
        kinds: Counter[tuple[str, str]] = Counter()
        for status, reason, flags, n in self.kinds:
            kinds["status", status] += n
            if reason:
                kinds["reason", reason] += n
            for flag in flags.split(";"):
                if flag:
                    kinds["flag", flag] += n
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
        "not measured" if row["reason"] else _text(row["flags"]).replace(";", ", "),
    )


def _text(cell: Cell) -> str:
    return "" if cell is None else str(cell)


def _number(cell: Cell) -> str:
    return "" if cell is None else f"{cell:.0f}"


def show_lines(lines: Sequence[str], table: str) -> None:
    """Print sentences below a table, the first of many, each at the terminal's full width."""
    for line in lines[:MOST_SHOWN]:
        click.echo(printable(line))
    if len(lines) > MOST_SHOWN:
        click.echo(f"... and {len(lines) - MOST_SHOWN} more; see {table}.")
    if lines:
        click.echo()


def show_table(
    heads: Sequence[str], rows: Iterable[Sequence[str]], least_important: Sequence[str] = (), wrapping: str = ""
) -> None:
    """Print a table on stdout; a cell that is a number stands to the right.

    Of ``least_important`` columns, where any are named, the empty ones are left out, and on a narrow terminal one after
    the other, once ``wrapping`` is as narrow as it may be; of the others only the first column is ever broken up then.
    """
    from rich.console import Console

    console = Console()
    to_file = not console.is_terminal
    if to_file:
        console = Console(width=_WIDTH_OF_FILES)
    rows = list(rows)
    if least_important:
        empty = {head for i, head in enumerate(heads) if head in least_important and not any(row[i] for row in rows)}
        heads, rows = _without(empty, heads, rows)
    table = _table(heads, rows, wrapping)
    left_out = []
    wide = console.options.update_width(_WIDE)
    for head in least_important:
        if console.measure(table, options=wide).minimum <= console.width:
            break
        if head in heads:
            left_out.append(head)
            heads, rows = _without({head}, heads, rows)
            table = _table(heads, rows, wrapping)
    _print(console, table, to_file=to_file)
    if left_out:
        click.echo(f"Left out for want of width: {', '.join(left_out)}.\n".replace("\n/", "/"))


def _print(console: Console, table: Table, *, to_file: bool) -> None:
    if not to_file:
        console.print(table)
        return
    with console.capture() as captured:
        console.print(table)
    click.echo("\n".join(line.rstrip() for line in captured.get().splitlines()))  # blanks would only pad a file


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], wrapping: str) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0) if wrapping else (0, 1), pad_edge=not wrapping)
    for number, head in enumerate(heads):
        foldable = head == wrapping or not number
        cells = [len(row[number]) for row in rows] if foldable else []  # a short one stays on one line, if it can
        least = min(max(*map(len, head.split("\n")), 0, *cells), 12 if number else _NAME_WIDTH)
        no_wrap = bool(wrapping) and not foldable
        table.add_column(Text(head), overflow="fold", min_width=least, no_wrap=no_wrap)
    for row in rows:
        table.add_row(*(Text(printable(cell), justify="right" if _is_number(cell) else "left") for cell in row))
    return table


def _without(
    left_out: Collection[str], heads: Sequence[str], rows: Sequence[Sequence[str]]
) -> tuple[Sequence[str], list[Sequence[str]]]:
    kept = [number for number, head in enumerate(heads) if head not in left_out]
    return [heads[number] for number in kept], [[row[number] for number in kept] for row in rows]


def _is_number(cell: str) -> bool:
    return cell.lstrip("+-").replace(".", "", 1).isdigit()
