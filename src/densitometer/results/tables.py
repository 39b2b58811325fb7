"""Write cells as CSV: fixed number formats, empty for not measured, nothing that a spreadsheet would run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from densitometer.dictionary import Column

# What spreadsheets take for a formula, with the full-width forms that some of them accept as well.
_FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
_PLAIN_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_NEEDS_QUOTES = re.compile(r'[",\r\n]|^\s|\s$')


def safe_text(text: str) -> str:
    """Return ``text`` with a ' before it where a spreadsheet would run it as a formula.

    That is a text that starts with = + - @, a tab or a line break and is not a plain number (rule of OWASP, "CSV
    injection").
    """
    return f"'{text}" if _FORMULA.match(text) and not _PLAIN_NUMBER.fullmatch(text) else text


def format_cell(value: str | int | float | None, column: Column) -> str:
    """Return one cell as text: a number by the column's format, an empty string for not measured."""
    if value is None:
        return ""
    if column.type == "text":
        return safe_text(str(value))
    text = format(int(value) if column.type == "integer" else float(value), column.spec)
    return text.removeprefix("-") if not text.strip("-0.") else text  # no negative zero


def write_csv(path: Path, columns: Sequence[Column], rows: Iterable[Sequence[str | int | float | None]]) -> None:
    """Write a table as UTF-8 CSV (RFC 4180 quotes, LF line ends); cells stand in the order of ``columns``."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(_line(safe_text(column.name) for column in columns))
        for row in rows:
            file.write(_line(format_cell(value, column) for value, column in zip(row, columns, strict=True)))


def _line(cells: Iterable[str]) -> str:
    # csv.writer of Python 3.11 leaves a lone carriage return without quotes where lines end in LF
    quoted = ('"{}"'.format(cell.replace('"', '""')) if _NEEDS_QUOTES.search(cell) else cell for cell in cells)
    return ",".join(quoted) + "\n"
