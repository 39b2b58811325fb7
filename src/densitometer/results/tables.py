"""Write cells as CSV: fixed number formats, empty for not measured, nothing that a spreadsheet would run."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

from densitometer.dictionary import Column
from densitometer.results.atomic import write_whole
from densitometer.results.rows import Cell

# What spreadsheets take for a formula, with the full-width forms that some of them accept as well.
_FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
_PLAIN_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_LINES_A_PIECE = 1000
_NEEDS_QUOTES = re.compile(r'[",\r\n]|^\s|\s$')


def safe_text(text: str) -> str:
    """Return ``text`` with a ' before it where a spreadsheet would run it as a formula.

    That is a text that starts with = + - @, a tab or a line break and is not a plain number (rule of OWASP, "CSV
    injection").
    """
    return f"'{text}" if _FORMULA.match(text) and not _PLAIN_NUMBER.fullmatch(text) else text


def format_cell(value: Cell, column: Column) -> str:
    """Return one cell as text: a number by the column's format, an empty string for not measured."""
    if value is None:
        return ""
    if column.type == "text":
        return safe_text(str(value))
    text = format(int(value) if column.type == "integer" else float(value), column.spec)
    return text.removeprefix("-") if not text.strip("-0.") else text  # no negative zero


def csv_lines(columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """Lines of a CSV file (RFC 4180 quotes), each with its LF; cells stand in the order of ``columns``."""
    yield _line(safe_text(column.name) for column in columns)
    for row in rows:
        yield _line(format_cell(value, column) for value, column in zip(row, columns, strict=True))


def csv_pieces(columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """Give a CSV file in UTF-8, in pieces of many lines."""
    lines = csv_lines(columns, rows)
    while piece := "".join(islice(lines, _LINES_A_PIECE)):
        yield piece.encode("utf-8")


def write_csv(path: Path, columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> str:
    """Write a table as UTF-8 CSV, whole or not at all, and return the sha256 of the file; OSError when it cannot be."""
    return write_whole(path, csv_pieces(columns, rows))


def run_text(run: Mapping[str, object]) -> str:
    """Text of ``run.json`` from what the record holds."""
    return json.dumps(run, indent=2, ensure_ascii=False) + "\n"


def _line(cells: Iterable[str]) -> str:
    # csv.writer of Python 3.11 leaves a lone carriage return without quotes where lines end in LF
    quoted = ('"{}"'.format(cell.replace('"', '""')) if _NEEDS_QUOTES.search(cell) else cell for cell in cells)
    return ",".join(quoted) + "\n"
