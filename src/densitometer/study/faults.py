"""Everything that keeps a study from being written in one form, told in one error that names each row."""

from __future__ import annotations

from collections.abc import Sequence

from densitometer.errors import StudyError

_MOST_SHOWN = 20


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
