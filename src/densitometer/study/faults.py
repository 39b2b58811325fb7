"""Everything that keeps a study from being written in one form, told in one error that names each row."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from densitometer.errors import StudyError

_MOST_SHOWN = 20
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_LINES = str.maketrans("", "", "\t\n\r")


def refuse(faults: Sequence[str], what: str) -> None:
    """Raise one error for all faults, when there are any.

    Parameters
    ----------
    faults : sequence of str
        Each names the row, what is wrong with it and what to do.
    what : str
        Begins the sentence: what cannot be done.

    Raises
    ------
    StudyError
        Of one sentence, which tells the first twenty and counts the rest.
    """
    if faults:
        more = len(faults) - _MOST_SHOWN
        shown = [*faults[:_MOST_SHOWN], *([f"and {more} more"] if more > 0 else [])]
        raise StudyError(f"{what}: {'; '.join(shown)}")


def by_photograph(faults: Iterable[tuple[str, str]]) -> list[str]:
    """Tell a fault once that several photographs have: the first of them, and how many others.

    Parameters
    ----------
    faults : iterable of (str, str)
        Name of the photograph, and what is wrong with it.

    Returns
    -------
    list of str
        In the order in which faults first occur.
    """
    photos: dict[str, list[str]] = {}
    for photo, fault in faults:
        photos.setdefault(fault, []).append(photo)
    return [f"{_first_of(names)}: {fault}" for fault, names in photos.items()]


def _first_of(names: Sequence[str]) -> str:
    if len(names) == 1:
        return names[0]
    return f"{names[0]} and {len(names) - 1} more" if len(names) > 2 else f"{names[0]} and {names[1]}"  # noqa: PLR2004


def has_control(text: str, *, lines: bool = False) -> bool:
    """Tell whether a text holds control characters or halves of characters, which XML, FHIR and others cannot.

    Parameters
    ----------
    text : str
    lines : bool
        True where tabs and ends of lines may stand in it.
    """
    return _CONTROL.search(text.translate(_LINES) if lines else text) is not None
