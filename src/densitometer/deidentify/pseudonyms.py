"""Random pseudonyms that nobody misreads, and that no spreadsheet takes for a number or a date."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Collection, Sequence

_LETTERS = "CDFHJKMNPQRTVWXY"
"""No vowels, so that there are no words, months and exponents, and none like a digit (B, G, I, L, O, S, U, Z)."""
_SIGNS = _LETTERS + "2346789"
_LENGTH = 5
CODE = f"[{_LETTERS}][{_SIGNS}]{{{_LENGTH - 1}}}"
"""Regular expression of a pseudonym."""

Choose = Callable[[Sequence[str]], str]
"""Takes one of several signs at random."""


def new_code(taken: Collection[str], choose: Choose = secrets.choice) -> str:
    """Return a pseudonym of five signs, the first a letter, that is not among those ``taken``."""
    while True:
        code = choose(_LETTERS) + "".join(choose(_SIGNS) for _ in range(_LENGTH - 1))
        if code not in taken:
            return code


def codes_in(text: str) -> list[str]:
    """Return all pseudonyms in a text such as the name of a copy."""
    return re.findall(rf"(?<![A-Z0-9]){CODE}(?![A-Z0-9])", text)
