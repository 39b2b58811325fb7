"""What is wrong with a visits table or with the photographs that it names: where it stands, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from densitometer.errors import VisitsError

Kind = Literal["table", "files", "photographs", "dates", "scales", "devices", "spelling"]
"""What a problem is about, in the order in which problems are told."""
KINDS: tuple[Kind, ...] = get_args(Kind)

_MOST_SHOWN = 20
_LINE = 60
_SEVERAL = 3
_MOST_RUNS = 6
_CELLS = {"visit_date": "dates", "um_per_px": "scales", "photo": "names of photographs"}


@dataclass(frozen=True)
class Problem:
    """One thing to mend.

    Attributes
    ----------
    row : int or None
        Row of the table as a spreadsheet numbers it; None where no row is meant.
    column : str or None
        Name of the column.
    photo : str or None
        The photograph, by its name in every table.
    text : str
        What is wrong and what to do, to be read after the place.
    kind : str
    cell : str
        What a spreadsheet calls the cell, such as E5; empty where the table is none.
    value : str
        The cell as it stands, where it cannot be used.
    fault : str
        What is wrong with that, without the cell itself: equal where cells have the same fault.
    """

    row: int | None
    column: str | None
    photo: str | None
    text: str
    kind: Kind = "table"
    cell: str = ""
    value: str = ""
    fault: str = ""

    @property
    def place(self) -> str:
        """Row and column in words; empty where there are none."""
        parts = [f"row {self.row}" if self.row else "", f"column {self.column}" if self.column and self.row else ""]
        return ", ".join(filter(None, parts)) + (f" ({self.cell})" if self.cell else "")

    def __str__(self) -> str:
        return f"{self.place}: {self.text}" if self.place else self.text


def together(problems: Sequence[Problem]) -> list[list[Problem]]:
    """Group problems: cells of one column with the same fault where there are several; any other alone."""
    groups: dict[object, list[Problem]] = {}
    for problem in problems:
        groups.setdefault((problem.column, problem.fault) if problem.fault else id(problem), []).append(problem)
    grouped = []
    for group in groups.values():
        grouped += [group] if len(group) >= _SEVERAL else [[problem] for problem in group]
    return grouped


def told_together(problems: Sequence[Problem]) -> str:
    """Return one line for cells with the same fault: how many, one of them, where they stand and what to do."""
    first = problems[0]
    what = _CELLS.get(first.column or "", f"cells of column {first.column}")
    rows = [problem.row for problem in problems if problem.row]
    place = _rows(rows) if rows else f"{first.photo} and {len(problems) - 1} more"
    *_, todo = first.fault.split("; ", 1)
    return f"{len(problems)} {what} like {quoted(first.value)} ({place}): {todo}"


def _rows(rows: Sequence[int]) -> str:
    """Row numbers in words, those that follow on each other as 'a to b'."""
    runs: list[list[int]] = []
    for row in sorted(set(rows)):
        if runs and row == runs[-1][1] + 1:
            runs[-1][1] = row
        else:
            runs.append([row, row])
    named = [f"{a} to {b}" if b > a else f"{a}" for a, b in runs[:_MOST_RUNS]]
    more = sum(b - a + 1 for a, b in runs[_MOST_RUNS:])
    named += [f"{more} more"] if more else []
    return "rows " + (f"{', '.join(named[:-1])} and {named[-1]}" if len(named) > 1 else named[0])


def refuse(problems: Sequence[Problem], what: object) -> None:
    """Raise one error for all problems, when there are any.

    Raises
    ------
    VisitsError
        Of one sentence, which names the first twenty and counts the rest.
    """
    if problems:
        more = len(problems) - _MOST_SHOWN
        shown = [str(problem) for problem in problems[:_MOST_SHOWN]] + ([f"and {more} more"] if more > 0 else [])
        raise VisitsError(f"{what} cannot be used: " + "; ".join(shown))


def quoted(value: object) -> str:
    """Return a cell as it is quoted in a sentence, at most a line of it; a backslash stands there once."""
    text = str(value)
    return repr(text if len(text) <= _LINE else text[: _LINE - 3] + "...").replace("\\\\", "\\")
