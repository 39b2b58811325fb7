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
    """

    row: int | None
    column: str | None
    photo: str | None
    text: str
    kind: Kind = "table"
    cell: str = ""

    @property
    def place(self) -> str:
        """Row and column in words; empty where there are none."""
        parts = [f"row {self.row}" if self.row else "", f"column {self.column}" if self.column and self.row else ""]
        return ", ".join(filter(None, parts)) + (f" ({self.cell})" if self.cell else "")

    def __str__(self) -> str:
        return f"{self.place}: {self.text}" if self.place else self.text


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
    """Return a cell as it is quoted in a sentence, at most a line of it."""
    text = str(value)
    return repr(text if len(text) <= _LINE else text[: _LINE - 3] + "...")
