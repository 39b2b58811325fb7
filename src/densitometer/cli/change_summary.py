"""The table at the end of comparing: each comparison of a few, or how many of each verdict of many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from densitometer.cli.summary import show_table
from densitometer.results.names import printable

if TYPE_CHECKING:
    from densitometer.results.rows import Cell

_MOST_SHOWN = 20
_VERDICTS = ("increase", "decrease", "within_error", "not_comparable")


def show_changes(changes: Sequence[Mapping[str, Cell]], repeats: Sequence[Mapping[str, Cell]], out: Path) -> None:
    """Print the table, the sum, and where the report lies."""
    if changes:
        show_table(*(_each(changes) if len(changes) <= _MOST_SHOWN else _kinds(changes)))
    done = sum(bool(row["comparable"]) for row in changes)
    total = f"{done} of {len(changes)} comparisons made"
    pairs = sum(bool(row["comparable"]) for row in repeats)
    click.echo(total + (f"; {pairs} of {len(repeats)} pairs of replicates compared." if repeats else "."))
    click.echo(f"Report: {printable(str(out / 'report.html'))}")


def _each(changes: Sequence[Mapping[str, Cell]]) -> tuple[Sequence[str], list[Sequence[str]]]:
    heads = (
        "subject",
        "site",
        "visits",
        "persist",
        "lost",
        "gained",
        "change per cm2",
        "95 % interval",
        "mdc95",
        "verdict",
    )
    return heads, [_brief(row) for row in changes]


def _brief(row: Mapping[str, Cell]) -> Sequence[str]:
    low, high = _signed(row.get("change_low_per_cm2")), _signed(row.get("change_high_per_cm2"))
    mdc95 = row.get("mdc95_per_cm2")
    return (
        _text(row["subject"]),
        _text(row["site"]),
        f"{_visit(row, 'baseline')} to {_visit(row, 'followup')}",
        *(_text(row.get(fate)) for fate in ("persisting", "lost", "gained")),
        _signed(row.get("change_per_cm2")),
        f"{low} to {high}" if low and high else "",
        "" if mdc95 is None else f"{mdc95:.0f}",
        _text(row["reason"]) or _text(row["verdict"]),
    )


def _visit(row: Mapping[str, Cell], which: str) -> str:
    return _text(row[f"{which}_visit"]) or _text(row[f"{which}_date"]) or _text(row[f"{which}_photo"])


def _kinds(changes: Sequence[Mapping[str, Cell]]) -> tuple[Sequence[str], list[Sequence[str]]]:
    counts = Counter((_text(row["against"]), _text(row["verdict"])) for row in changes)
    rows = [(f"against {which}", verdict, str(counts[which, verdict]))
            for which in ("baseline", "previous") for verdict in _VERDICTS if counts[which, verdict]]  # fmt: skip
    reasons = Counter(_text(row["reason"]) for row in changes if row["reason"])
    rows += [("reason", reason, str(count)) for reason, count in reasons.most_common(_MOST_SHOWN)]
    return ("", "", "comparisons"), list(rows)


def _text(cell: Cell) -> str:
    return "" if cell is None else str(cell)


def _signed(cell: Cell) -> str:
    return f"{round(cell):+d}" if isinstance(cell, int | float) else ""
