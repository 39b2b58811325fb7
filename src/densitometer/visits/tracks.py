"""Hairs followed across all visits of one subject and site, from the matches of its comparisons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Cell = str | int | float | None
Match = Mapping[str, Cell]
Hair = tuple[str, int]
"""A hair: its photograph, and its number there."""


@dataclass(frozen=True)
class Compared:
    """One comparison of a series, made and done.

    Attributes
    ----------
    baseline, followup : str
        Photographs by name.
    against : {"baseline", "previous"}
    matches : sequence of mapping
        Its rows of ``matches.csv``.
    """

    baseline: str
    followup: str
    against: str
    matches: Sequence[Match]


def follow_hairs(photos: Sequence[str], comparisons: Sequence[Compared]) -> list[list[dict[str, Cell]]]:
    """Follow every hair of the common fields through the visits.

    Hairs are joined from each visit to the one before; where a visit in between failed or hid a hair, by its match at
    the baseline. No hair is ever joined to two of one photograph.

    Parameters
    ----------
    photos : sequence of str
        All photographs of the series, the earliest first.
    comparisons : sequence of Compared

    Returns
    -------
    list of list of dict
        One list a hair, one dict a photograph that shows it or whose comparison tells of it: the columns photo, hair,
        fate, root_x_px, root_y_px.
    """
    place = {photo: i for i, photo in enumerate(photos)}
    steps = _steps(place, comparisons)
    tracks = _Tracks()
    for compared in [*steps.values(), *(c for c in comparisons if c.against == "baseline")]:
        for match in compared.matches:
            tracks.join(_ends(compared, match))
    rows: dict[Hair, dict[str, dict[str, Cell]]] = {}
    for compared in sorted(steps.values(), key=lambda c: place[c.followup]):
        for match in compared.matches:
            _tell(rows.setdefault(tracks.of(_ends(compared, match)[0]), {}), compared, match)
    for compared in comparisons:  # what only a comparison with the baseline tells
        for match in compared.matches:
            _tell(rows.setdefault(tracks.of(_ends(compared, match)[0]), {}), compared, match, fate=False)
    told = [[of_hair[photo] for photo in photos if photo in of_hair] for of_hair in rows.values()]
    return sorted(told, key=lambda of_hair: (place[str(of_hair[0]["photo"])], _number(of_hair[0])))


def _steps(place: Mapping[str, int], comparisons: Iterable[Compared]) -> dict[str, Compared]:
    """Comparison of each photograph with the nearest earlier visit that it was compared with."""
    steps: dict[str, Compared] = {}
    for compared in comparisons:
        other = steps.get(compared.followup)
        if other is None or place[compared.baseline] > place[other.baseline]:
            steps[compared.followup] = compared
    return steps


def _ends(compared: Compared, match: Match) -> list[Hair]:
    ends = ((compared.baseline, match["baseline_hair"]), (compared.followup, match["followup_hair"]))
    return [(photo, int(hair)) for photo, hair in ends if hair is not None]


def _tell(rows: dict[str, dict[str, Cell]], compared: Compared, match: Match, *, fate: bool = True) -> None:
    """Add what a match says of a hair in its two photographs; what was said before stands."""
    sides = (("baseline", compared.baseline, None), ("followup", compared.followup, match["fate"] if fate else None))
    for side, photo, told in sides:
        hair = match[f"{side}_hair"]
        if hair is None and (side == "baseline" or not fate):
            continue
        x, y = match[f"{side}_x_px"], match[f"{side}_y_px"]
        rows.setdefault(photo, {"photo": photo, "hair": hair, "fate": told, "root_x_px": x, "root_y_px": y})


def _number(row: Mapping[str, Cell]) -> tuple[bool, int]:
    return row["hair"] is None, int(row["hair"] or 0)


class _Tracks:
    """Sets of hairs that are one hair, none holding two of one photograph."""

    def __init__(self) -> None:
        self._first: dict[Hair, Hair] = {}
        self._of: dict[Hair, dict[str, Hair]] = {}

    def of(self, hair: Hair) -> Hair:
        """Hair by which the set of this one is known."""
        return self._first.setdefault(hair, hair)

    def join(self, hairs: Sequence[Hair]) -> None:
        """Make one set of the sets of two hairs, unless it would hold two of one photograph."""
        firsts = list(dict.fromkeys(self.of(hair) for hair in hairs))
        for first in firsts:
            self._of.setdefault(first, {first[0]: first})
        if len(firsts) == 1 or self._of[firsts[0]].keys() & self._of[firsts[1]].keys():
            return
        kept, gone = firsts
        for hair in self._of.pop(gone).values():
            self._first[hair] = kept
            self._of[kept][hair[0]] = hair
