"""What verifying a results folder finds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["altered", "missing", "added", "unfinished", "unchecked", "note"]

_TABLE = re.compile(r"table \w+")


@dataclass(frozen=True)
class Finding:
    """One thing that verifying found.

    Attributes
    ----------
    kind : str
        What is the matter: altered, missing or added since it was written; unfinished, because a run was killed;
        unchecked, because what it would be checked against was not found; or a note, which is no fault.
    where : str
        File relative to the results folder with forward slashes, or a photograph.
    place : str
        Where in it: entry and line, row and column; empty where that is the whole file.
    told : str
        What was found, as a clause.
    """

    kind: Kind
    where: str
    place: str
    told: str

    @property
    def fault(self) -> bool:
        """True unless it is a mere note."""
        return self.kind != "note"

    @property
    def table(self) -> str:
        """Table in whose rows it is, a file or one of the record; empty where it is in none."""
        if self.where.endswith(".csv"):
            return self.where
        named = _TABLE.match(self.place)
        return f"{self.where}, {named.group()}" if named else ""

    def __str__(self) -> str:
        """Return the finding as one line."""
        place = f"{self.where}, {self.place}" if self.place else self.where
        return f"{place}: {self.told}"
