"""What of an earlier run still holds: which photographs are done, and what becomes of every other result.

Decisions only: nothing here reads or writes a file.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from densitometer.results.made import agrees, difference
from densitometer.results.names import overlay_names

NOT_GIVEN = "not among the photographs of the command"
NOT_REACHED = "the run was stopped before this photograph; measure it again"
TRIED_AGAIN = "it could not be measured then, and was tried again"
_UNREADABLE = "its file is not there or cannot be read now"
_NO_OVERLAY = "its overlay is missing"


@dataclass(frozen=True)
class Wanted:
    """A photograph of this command.

    Attributes
    ----------
    photo : str
        Its name in every table.
    made : mapping or None
        What its result would be made from and with, by :func:`densitometer.results.made.made_of`; its ``sha256`` is
        None where the file was not looked at or cannot be read. None where it cannot be measured at all.
    carried : mapping of str to str
        Columns of visits.csv that are carried over.
    """

    photo: str
    made: Mapping[str, object] | None
    carried: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Stored:
    """A result that the record holds, or the place of one that is not there yet.

    Attributes
    ----------
    photo : str
    number : int or None
        None where the run was stopped before the photograph.
    measured : bool
    made : mapping or None
    overlay : str or None
        Path relative to the results folder, as the record has it.
    overlay_sha256 : str or None
    place : int
        In the order of the run, from 1; 0 for one that was superseded.
    carried : mapping of str to str
    """

    photo: str
    number: int | None
    measured: bool
    made: Mapping[str, object] | None = None
    overlay: str | None = None
    overlay_sha256: str | None = None
    place: int = 0
    carried: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """What stands in one place of the run from now on.

    Attributes
    ----------
    wanted : Wanted
    overlay : str
        Path of the overlay, relative to the results folder, whether there is one already or not.
    stored : Stored or None
        The result that holds; of an earlier trial that failed where ``to_measure``; None for one not there yet.
    restored : bool
        True where that was superseded before.
    to_measure : bool
    """

    wanted: Wanted
    overlay: str
    stored: Stored | None
    restored: bool = False
    to_measure: bool = False


@dataclass(frozen=True)
class Decision:
    """What becomes of everything: the places of the run in order, and results to be superseded with the reason."""

    places: tuple[Place, ...]
    superseded: tuple[tuple[Stored, str], ...]
    gone: tuple[str, ...]

    @property
    def to_measure(self) -> set[str]:
        """Names of the photographs that are to be measured."""
        return {place.wanted.photo for place in self.places if place.to_measure}


def decide(
    wanted: Sequence[Wanted],
    current: Mapping[str, Stored],
    older: Mapping[str, Sequence[Stored]],
    files: Collection[str],
) -> Decision:
    """Decide what becomes of each photograph of the command and of each result of the record.

    Parameters
    ----------
    wanted : sequence of Wanted
        The photographs of the command, in order.
    current, older : mapping
        Results of the last run, and those that were superseded, by photograph, the newest last.
    files : collection of str
        Overlays that are there, by their paths relative to the results folder.
    """
    places, superseded = [], []
    for one, overlay in zip(wanted, overlay_names(one.photo for one in wanted), strict=True):
        place = _place(one, overlay, current.get(one.photo), older.get(one.photo, ()), files)
        places.append(place)
        before = current.get(one.photo)
        if before is not None and before.number is not None and place.stored is not before:
            superseded.append((before, why(before, one.made)))
    given = {one.photo for one in wanted}
    rest = [before for photo, before in current.items() if photo not in given]
    superseded += [(before, NOT_GIVEN) for before in rest if before.number is not None]
    return Decision(tuple(places), tuple(superseded), tuple(before.photo for before in rest))


def _place(
    wanted: Wanted, overlay: str, before: Stored | None, older: Sequence[Stored], files: Collection[str]
) -> Place:
    if before is not None and holds(before, wanted.made, files):
        return Place(wanted, overlay, before)
    for one in reversed(older):
        if holds(one, wanted.made, files):
            return Place(wanted, overlay, one, restored=True)
    failed = before if before is not None and not before.measured and before.number is not None else None
    return Place(wanted, overlay, failed, to_measure=True)


def holds(stored: Stored, made: Mapping[str, object] | None, files: Collection[str]) -> bool:
    """Tell whether a result is what measuring would yield, with its overlay there."""
    if not stored.measured or stored.made is None or made is None:
        return False
    return agrees(stored.made, made) and (stored.overlay is None or stored.overlay in files)


def may_hold(stored: Stored, made: Mapping[str, object] | None) -> bool:
    """Tell whether a result would hold if the file is still the same, so that it is worth looking at the file."""
    return stored.measured and stored.made is not None and made is not None and agrees(stored.made, made, but_file=True)


def why(before: Stored, made: Mapping[str, object] | None) -> str:
    """Say in one sentence why a result does not hold any more."""
    if not before.measured:
        return TRIED_AGAIN
    if made is None:
        return _UNREADABLE
    if told := difference(before.made or {}, made):
        return told
    return _UNREADABLE if made.get("sha256") is None else _NO_OVERLAY
