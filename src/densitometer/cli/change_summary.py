"""The table at the end of comparing, and below it why some were refused and what to look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from densitometer.cli.summary import MOST_SHOWN, show_lines, show_table
from densitometer.flags import REGISTRY
from densitometer.results.names import printable
from densitometer.visits.cautions import flags_on_the_count

if TYPE_CHECKING:
    from densitometer.results.rows import Cell

_VERDICTS = ("increase", "decrease", "within_error", "not_comparable")
_HEADS = ("subject", "site", "visits", "verdict", "change\n/cm2", "interval", "lost", "gained", "unsure", "mdc95")
_LEAST_IMPORTANT = ("mdc95", "unsure", "gained", "lost", "interval", "site", "change\n/cm2", "subject")


def show_changes(
    changes: Sequence[Mapping[str, Cell]],
    repeats: Sequence[Mapping[str, Cell]],
    photos: Sequence[Mapping[str, Cell]],
    out: Path,
    note: str = "",
) -> None:
    """Print the table, what was refused or is to be looked at, the sum, and where the report lies."""
    of_photo = {_text(row["photo"]): flags_on_the_count(row) for row in photos}
    if len(changes) > MOST_SHOWN:
        show_table(*_kinds(changes))
    elif changes:
        show_table(_HEADS, [_brief(row) for row in changes], _LEAST_IMPORTANT, wrapping="visits")
    show_lines(_refusals(changes), "changes.csv")
    show_lines(_flagged(changes, of_photo), "changes.csv")
    show_lines(_meanings(changes), "changes.csv")
    if note:
        click.echo(printable(note))
    click.echo(_total(changes, repeats))
    click.echo(f"Report: {printable(str(out / 'report.html'))}")


def _total(changes: Sequence[Mapping[str, Cell]], repeats: Sequence[Mapping[str, Cell]]) -> str:
    done = sum(bool(row["comparable"]) for row in changes)
    refused = len(changes) - done
    pairs = sum(bool(row["comparable"]) for row in repeats)
    parts = (
        f"{done} of {len(changes)} comparisons made",
        f"{refused} refused, see above" if refused else "",
        f"{pairs} of {len(repeats)} pairs of replicates compared" if repeats else "",
    )
    return "; ".join(filter(None, parts)) + "."


def _brief(row: Mapping[str, Cell]) -> Sequence[str]:
    low, high = _signed(row.get("change_low_per_cm2")), _signed(row.get("change_high_per_cm2"))
    mdc95 = row.get("mdc95_per_cm2")
    return (
        _text(row["subject"]),
        _text(row["site"]),
        _visits(row),
        _text(row["verdict"]),
        _signed(row.get("change_per_cm2")),
        f"{low} to {high}" if low and high else "",
        *(_text(row.get(fate)) for fate in ("lost", "gained", "ambiguous")),
        "" if mdc95 is None else f"{mdc95:.0f}",
    )


def _visits(row: Mapping[str, Cell]) -> str:
    return f"{_visit(row, 'baseline')} to {_visit(row, 'followup')}"


def _visit(row: Mapping[str, Cell], which: str) -> str:
    return _text(row[f"{which}_visit"]) or _text(row[f"{which}_date"]) or _text(row[f"{which}_photo"])


def _title(row: Mapping[str, Cell]) -> str:
    """What was compared, in words: 'Cora vertex, week 24 to week 48'."""
    whom = " ".join(filter(None, (_text(row["subject"]), _text(row["site"]))))
    return ", ".join(filter(None, (whom, _visits(row))))


def _refusals(changes: Iterable[Mapping[str, Cell]]) -> list[str]:
    """Why each was refused; once where several rows of two visits have one reason."""
    return list(
        dict.fromkeys(f"{_title(row)}: not comparable: {_text(row['reason'])}" for row in changes if row["reason"])
    )


def _flagged(changes: Iterable[Mapping[str, Cell]], of_photo: Mapping[str, Sequence[str]]) -> list[str]:
    """What to look at in each comparison that has flags; of replicates once, with their number."""
    lines: Counter[str] = Counter()
    for row in changes:
        names = [_text(row[which]) for which in ("baseline_photo", "followup_photo")]
        own = "; ".join(f"{name}: {', '.join(of_photo[name])}" for name in names if of_photo.get(name))
        flags = [f"{flag} ({own})" if own and flag == "one_visit_flagged" else flag for flag in _flags(row)]
        if flags:
            lines[f"{_title(row)}: look at {', '.join(flags)}"] += 1
    return [line if count == 1 else f"{line} ({count} comparisons)" for line, count in lines.items()]


def _meanings(changes: Iterable[Mapping[str, Cell]]) -> list[str]:
    """What each of the flags says and asks for."""
    raised = {flag for row in changes for flag in _flags(row)}
    return [f"{flag.name}: {flag.meaning} {flag.advice}" for flag in REGISTRY if flag.name in raised]


def _flags(row: Mapping[str, Cell]) -> list[str]:
    return [flag for flag in _text(row.get("flags")).split(";") if flag]


def _kinds(changes: Sequence[Mapping[str, Cell]]) -> tuple[Sequence[str], list[Sequence[str]]]:
    counts = Counter((_text(row["against"]), _text(row["verdict"])) for row in changes)
    rows = [(f"against {which}", verdict, str(counts[which, verdict]))
            for which in ("baseline", "previous") for verdict in _VERDICTS if counts[which, verdict]]  # fmt: skip
    flags = Counter(flag for row in changes for flag in _flags(row))
    rows += [("look at", flag, str(count)) for flag, count in flags.most_common()]
    return ("", "", "comparisons"), list(rows)


def _text(cell: Cell) -> str:
    return "" if cell is None else str(cell)


def _signed(cell: Cell) -> str:
    return f"{round(cell):+d}" if isinstance(cell, int | float) else ""
