"""Tables of plain text that fit a page of 100 columns, on a terminal, in a pipe and on paper."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from string import ascii_lowercase

from rich.cells import cell_len, get_character_cell_size

from densitometer.results.names import printable

WIDTH = 100
_GAP = 2
_INDENT = 2
_NARROWEST = 9
_LEFT = ("how",)
_BETWEEN_WORDS = re.compile(" (?!%)")


@dataclass
class Footnotes:
    """Reasons that stand below a table, each once, and the marks that lead to them."""

    reasons: list[str] = field(default_factory=list)

    def mark(self, reason: str | None) -> str:
        """Give the mark of a reason, such as ``(a)``; empty for none."""
        if not reason:
            return ""
        if reason not in self.reasons:
            self.reasons.append(reason)
        return f"({_letters(self.reasons.index(reason))})"

    def lines(self) -> Iterator[str]:
        """Give the reasons with their marks, in lines of the page's width."""
        for reason in self.reasons:
            yield from paragraph(f"{self.mark(reason)} {reason}", 4)


def _letters(number: int) -> str:
    more, last = divmod(number, len(ascii_lowercase))
    return (_letters(more - 1) if more else "") + ascii_lowercase[last]


@dataclass(frozen=True)
class Group:
    """Rows below a line of their own that says what they are of; an empty label has no line."""

    label: str
    rows: Sequence[Sequence[str]]


def fold(text: str, width: int) -> list[str]:
    """Break a text into lines of so many cells at most: between words, and in words only where these are too long."""
    lines = [""]
    for word in _BETWEEN_WORDS.split(printable(text)):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if cell_len(joined) <= width:
            lines[-1] = joined
        elif cell_len(word) <= width:
            lines.append(word)
        else:  # an address, which begins on the line that is there
            lines[-1:] = _chopped(joined, width)
    return lines


def _chopped(word: str, width: int) -> list[str]:
    pieces = [""]
    for letter in word:
        if cell_len(pieces[-1]) + get_character_cell_size(letter) > width:
            pieces.append("")
        pieces[-1] += letter
    return pieces


def paragraph(text: str, indent: int = 0) -> Iterator[str]:
    """Give a text in lines of the page's width, all but the first indented."""
    first, *others = fold(text, WIDTH - indent)
    yield first.rstrip()
    yield from ((" " * indent + line).rstrip() for line in others)


def titled(text: str) -> Iterator[str]:
    """Give the heading of a part of the page."""
    yield from ["", ""]
    lines = list(paragraph(text))
    yield from [*lines, "=" * max(map(cell_len, lines))]


def grid(heads: Sequence[str], groups: Sequence[Group], texts: Sequence[str]) -> Iterator[str]:
    """Give the lines of a table whose columns stand below each other in all groups.

    Parameters
    ----------
    heads : sequence of str
    groups : sequence of Group
    texts : sequence of str
        Heads of the columns that stand to the left, and that are broken into lines where the page is too narrow.
    """
    rows = [[printable(cell) for cell in row] for group in groups for row in group.rows]
    widths = [max(cell_len(text) for text in column) for column in zip(heads, *rows, strict=True)]
    widths = _narrowed(widths, [head in texts for head in heads])
    left = [head in texts or head in _LEFT for head in heads]
    yield from _lines(heads, widths, left)
    yield " " * _INDENT + "  ".join("-" * width for width in widths)
    for number, group in enumerate(groups):
        if group.label:
            yield from [""] * bool(number)
            yield from paragraph(group.label)
        for row in group.rows:
            yield from _lines(row, widths, left)


def _narrowed(widths: list[int], folds: Sequence[bool]) -> list[int]:
    """Take from the widest column that may be broken, until the table fits the page."""
    widths = list(widths)
    while sum(widths) + _GAP * (len(widths) - 1) + _INDENT > WIDTH:
        able = [i for i, folded in enumerate(folds) if folded and widths[i] > _NARROWEST]
        if not able:
            break
        widths[max(able, key=lambda i: widths[i])] -= 1
    return widths


def _lines(row: Sequence[str], widths: Sequence[int], left: Sequence[bool]) -> Iterator[str]:
    cells = [fold(cell, width) if is_left else [cell] for cell, width, is_left in zip(row, widths, left, strict=True)]
    for number in range(max(map(len, cells))):
        pieces = [lines[number] if number < len(lines) else "" for lines in cells]
        padded = (_padded(text, width, is_left) for text, width, is_left in zip(pieces, widths, left, strict=True))
        yield (" " * _INDENT + (" " * _GAP).join(padded)).rstrip()


def _padded(text: str, width: int, is_left: bool) -> str:
    blanks = " " * (width - cell_len(text))
    return text + blanks if is_left else blanks + text
