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
    the baseline, unless that contradicts the visits in between. No hair is ever joined to two of one photograph.

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
    tracks = _joined(list(steps.values()), comparisons)
    rows: dict[Hair, dict[str, dict[str, Cell]]] = {}
    for compared in sorted(steps.values(), key=lambda c: place[c.followup]):
        for match in compared.matches:
            of_hair = rows.setdefault(tracks.of(_ends(compared, match)[0]), {})
            _tell(of_hair, compared.baseline, match, "baseline", None)
            _tell(of_hair, compared.followup, match, "followup", match["fate"])
    for compared in comparisons:  # hairs that only a comparison with the baseline shows
        for match in compared.matches:
            for photo, hair in _ends(compared, match):
                side = "baseline" if photo == compared.baseline else "followup"
                _tell(rows.setdefault(tracks.of((photo, hair)), {}), photo, match, side, None)
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


def _joined(steps: Sequence[Compared], comparisons: Sequence[Compared]) -> _Tracks:
    tracks = _Tracks()
    for compared in steps:
        for match in compared.matches:
            tracks.join(_ends(compared, match))
    for compared in steps:
        for match in compared.matches:
            tracks.miss(_ends(compared, match), (compared.baseline, compared.followup))
    for compared in comparisons:
        for match in compared.matches:
            tracks.join(_ends(compared, match))
    return tracks


def _ends(compared: Compared, match: Match) -> list[Hair]:
    ends = ((compared.baseline, match["baseline_hair"]), (compared.followup, match["followup_hair"]))
    return [(photo, int(hair)) for photo, hair in ends if hair is not None]


def _tell(rows: dict[str, dict[str, Cell]], photo: str, match: Match, side: str, fate: Cell) -> None:
    """Add what a match says of a hair in one photograph; what was said before stands."""
    hair = match[f"{side}_hair"]
    if hair is not None or fate is not None:
        x, y = match[f"{side}_x_px"], match[f"{side}_y_px"]
        rows.setdefault(photo, {"photo": photo, "hair": hair, "fate": fate, "root_x_px": x, "root_y_px": y})


def _number(row: Mapping[str, Cell]) -> tuple[bool, int]:
    return row["hair"] is None, int(row["hair"] or 0)


class _Tracks:
    """Sets of hairs that are one hair, none holding two of one photograph."""

    def __init__(self) -> None:
        self._first: dict[Hair, Hair] = {}
        self._of: dict[Hair, dict[str, int | None]] = {}

    def of(self, hair: Hair) -> Hair:
        """Hair by which the set of this one is known."""
        if hair not in self._first:
            self._first[hair] = hair
            self._of[hair] = {hair[0]: hair[1]}
        return self._first[hair]

    def join(self, hairs: Sequence[Hair]) -> None:
        """Make one set of the sets of two hairs, unless a photograph tells of both, and not that both are missing."""
        kept, gone = self.of(hairs[0]), self.of(hairs[-1])
        if kept == gone:
            return
        both = self._of[kept].keys() & self._of[gone].keys()
        if any(self._of[which][photo] is not None for which in (kept, gone) for photo in both):
            return
        for photo, number in self._of.pop(gone).items():
            self._of[kept][photo] = number
            if number is not None:
                self._first[photo, number] = kept

    def miss(self, hairs: Sequence[Hair], photos: tuple[str, str]) -> None:
        """Note that a hair which was found in one of two photographs is missing in the other."""
        known = self._of[self.of(hairs[0])]
        for photo in photos:
            known.setdefault(photo, None)
