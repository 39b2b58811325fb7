"""What the parts of the study page are made of: tables of ready texts, and plots with the same numbers as a table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

from densitometer.report.texts import data_uri, fixed, shown, signed
from densitometer.statistics import Estimate

SUBJECTS_PAGE = "subjects.html"
MOST_LISTED = 100
_PX_PER_PT = 96 / 72


@dataclass(frozen=True)
class Cell:
    """A cell of a table: its text, and where it leads; an empty text is shown as 'not measured'."""

    text: str
    url: str = ""


@dataclass(frozen=True)
class Table:
    """A table as it is shown.

    Attributes
    ----------
    caption : str
    columns : tuple of (str, bool)
        Heading, and whether the column holds numbers.
    rows : tuple of tuple of Cell
        The first cell heads its row.
    """

    caption: str
    columns: tuple[tuple[str, bool], ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Plot:
    """A plot with its words.

    Attributes
    ----------
    title : str
    svg : str
        Empty where there is nothing to plot.
    alt : str
        What it shows, for those who do not see it.
    caption : str
        What its marks mean.
    sentences : tuple of str
        What stands below it.
    tables : tuple of Table
        The same numbers.
    """

    title: str
    svg: str
    alt: str
    caption: str
    sentences: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()

    @property
    def image(self) -> str:
        """Address that holds all of the plot; empty where there is none."""
        return data_uri(self.svg.encode(), "svg+xml")

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height, by which a browser keeps room for a plot that it has not drawn yet."""
        width, height = re.findall(r'<svg[^>]* viewBox="0 0 ([\d.]+) ([\d.]+)"', self.svg)[0]
        return round(float(width) * _PX_PER_PT), round(float(height) * _PX_PER_PT)


def table(caption: str, text: Sequence[str], numbers: Sequence[str], rows: Iterable[Sequence[Cell | str]]) -> Table:
    """Make a table whose columns of ``text`` come before those of ``numbers``."""
    columns = (*((name, False) for name in text), *((name, True) for name in numbers))
    return Table(caption, columns, tuple(tuple(map(_cell, row)) for row in rows))


def _cell(value: Cell | str) -> Cell:
    return value if isinstance(value, Cell) else Cell(shown(value))


def subject_cell(code: str, numbers: Mapping[str, int]) -> Cell:
    """A subject, leading to its own page."""
    return Cell(shown(code), subject_url(numbers.get(code, 0)))


def subject_url(number: int) -> str:
    """Where the page of a subject is; empty without one."""
    return f"{SUBJECTS_PAGE}#s{number}" if number else ""


def by_subject(one: Table, subjects: int) -> tuple[tuple[Table, ...], tuple[str, ...]]:
    """Give a table of single subjects; of too many for a page that opens fast, where they stand instead, in words."""
    if subjects <= MOST_LISTED:
        return (one,), ()
    told = (
        f"With more than {MOST_LISTED} subjects, numbers by subject are left out here: the page of each subject, "
        "photos.csv and changes.csv hold them."
    )
    return (), (told,)


def decimals_of(parameter: str) -> int:
    """So many decimals does a parameter need."""
    return {"flaking_share": 2, "hairs_per_unit": 2}.get(parameter, 1)


def interval(estimate: Estimate, decimals: int, *, sign: bool = False) -> str:
    """A value with its 95 % interval; the value alone where there is none."""
    write = signed if sign else fixed
    value = write(estimate.value, decimals)
    if not value or not (isfinite(estimate.low) and isfinite(estimate.high)):
        return minus(value)
    return minus(f"{value} ({write(estimate.low, decimals)} to {write(estimate.high, decimals)})")


def minus(written: str) -> str:
    """Write the sign of numbers below zero as typesetters do."""
    return written.replace("-", "\u2212")


def counted(number: int, what: str, several: str = "") -> str:
    """So many of something, in the singular or the plural."""
    return f"{number} {what if number == 1 else several or what + 's'}"


def titled(*parts: str) -> str:
    """What a part is of, without what has no name."""
    return ", ".join(shown(part) for part in parts if part)
