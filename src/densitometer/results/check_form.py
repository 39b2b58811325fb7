"""Read a CSV file row by row whatever program saved it, and tell values from the form in which they are spelt."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from io import TextIOWrapper
from typing import BinaryIO

_SEPARATORS = ",;\t|"
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")


@dataclass(frozen=True)
class Row:
    """One row of a table.

    Attributes
    ----------
    text : str
        As it stands in the file, with its line end.
    number : int
        As a spreadsheet counts rows: the header is row 1.
    separator : str
        What stands between its cells.
    foreign : bool
        True when it was not in UTF-8, or the file begins with a byte order mark.
    """

    text: str
    number: int
    separator: str = ","
    foreign: bool = False

    @cached_property
    def cells(self) -> list[str]:
        """Its cells; all of it as one where they cannot be told."""
        return _cells(self.text, self.separator)

    @property
    def plain(self) -> bool:
        """True when it is spelt as densitometer spells, encoding and separators at least."""
        return self.separator == "," and not self.foreign


def rows_given(lines: Iterable[str]) -> Iterator[Row]:
    """Rows of the lines that a record gives."""
    return (Row(line, number) for number, line in enumerate(lines, start=1))


def rows_of(file: BinaryIO) -> Iterator[Row]:
    """Rows of a CSV file as they stand in it, those that hold line breaks in quotes included."""
    begin = file.read(3)
    file.seek(0)
    wide = begin.startswith(_UTF_16)
    marked = wide or begin == codecs.BOM_UTF8
    encoding, errors = ("utf-16", "replace") if wide else ("utf-8-sig", "surrogateescape")
    separator = ""
    with TextIOWrapper(file, encoding, errors, newline="") as lines:
        for number, text in enumerate(_records(lines), start=1):
            separator = separator or _separator(text)
            readable = _readable(text)
            yield Row(readable, number, separator, foreign=marked or readable != text)


def _separator(header: str) -> str:
    """Return what separates the cells of a header: that which makes most of them."""
    return max(_SEPARATORS, key=lambda one: len(_cells(header, one)))


def _records(lines: Iterable[str]) -> Iterator[str]:
    begun: list[str] = []
    quotes = 0
    for line in lines:
        begun.append(line)
        quotes += line.count('"')
        if quotes % 2 == 0:
            yield "".join(begun)
            begun, quotes = [], 0
    if begun:
        yield "".join(begun)


def _readable(text: str) -> str:
    """Return a row as it is in UTF-8, else as spreadsheets of Windows save it."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogateescape").decode("cp1252", "backslashreplace")
    return text


def _cells(text: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([text], delimiter=separator, strict=False), [])
    except csv.Error:
        return [text]


def same_number(a: str, b: str, separator: str) -> bool:
    """Tell whether two cells are spellings of one number; a comma may be its point where none separates cells."""
    if separator != ",":
        a, b = a.replace(",", "."), b.replace(",", ".")
    return bool(_NUMBER.fullmatch(a) and _NUMBER.fullmatch(b)) and Decimal(a) == Decimal(b)


def changes_of_form(is_: Row, should: Row) -> Iterator[str]:
    """Tell in what the form of a row differs of which the values do not."""
    if is_.foreign:
        yield "encoding"
    if is_.separator != should.separator:
        yield "separators"
    if _end(is_.text) != _end(should.text):
        yield "line ends"
    if is_.cells != should.cells:
        yield "spelling of numbers"
    elif is_.plain and is_.text.rstrip("\r\n") != should.text.rstrip("\r\n"):
        yield "quotes"


def _end(text: str) -> str:
    return text[len(text.rstrip("\r\n")) :]
