"""How well a site measures density, from the replicates of one of its results folders.

Nothing changes between photographs that were taken of one site on one day of a visit, so that all they differ by is
error: of counting each and subtracting, and of matching them hair by hair.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

from densitometer.errors import StudyError
from densitometer.settings import ChangeSettings
from densitometer.statistics.estimate import Estimate
from densitometer.statistics.repeatability import repeatability_of
from densitometer.statistics.tails import chi_square_quantile
from densitometer.study.model import Photograph, Row, Study
from densitometer.study.read import read_study

LEAST = ChangeSettings().least_replicates
"""Visits with replicates, and comparable pairs, below which no error is told: the same as for changes."""

Place = tuple[object, ...]


@dataclass(frozen=True)
class OwnError:
    """Standard errors of one measurement of density in hairs per cm2, with their intervals of 95 %.

    Attributes
    ----------
    plain : Estimate
        Of a density that is subtracted from another.
    visits, photographs : int
        Visits of a subject and site with replicates, and the photographs in them.
    matched : Estimate
        That of which two make the error of a change found hair by hair; of NaN and a reason where there is none.
    pairs : int
        Pairs of replicates that could be matched.
    copies : int
        Photographs left out because the same file stands for another replicate.
    """

    plain: Estimate
    visits: int
    photographs: int
    matched: Estimate
    pairs: int
    copies: int


def read_own_error(out: Path) -> OwnError:
    """Error of measurement from the replicates in the results folder ``out``.

    Raises
    ------
    ResultsError, StudyError
        When the folder holds no results, or too few replicates with a density.
    """
    study = read_study(out, whole=False)
    places = _places(study)
    groups = _densities(study, places)
    plain = repeatability_of((list(group.values()) for group in groups.values()), least_groups=LEAST)
    if plain.reason:
        raise StudyError(
            f"{out} does not tell how well you measure: {plain.reason}; photograph sites twice at a visit and number "
            "the photographs in the column replicate of the visits table (docs/power.md has a pilot to try it on), or "
            "state the error with --sem"
        )
    pairs = _pairs(study.repeats, study, places)
    measured = sum(place is not None and _density(one) is not None for one, place in _with_place(study, places))
    copies = measured - sum(len(group) for group in groups.values())
    return OwnError(plain.sem, plain.groups, plain.measurements, _matched(pairs, out), len(pairs), copies)


@dataclass(frozen=True)
class MatchedError:
    """Standard error of which two make the error of a change found hair by hair.

    Attributes
    ----------
    sem : Estimate
        In hairs per cm2; of NaN and a reason where there are too few pairs.
    changes : tuple of float
        Of each pair of replicates that could be matched, in hairs per cm2.
    subjects : frozenset of str
        Codes of those whose replicates they are.
    """

    sem: Estimate
    changes: tuple[float, ...]
    subjects: frozenset[str] = frozenset()


def matched_error(study: Study) -> MatchedError:
    """Error of a change found hair by hair, from the replicates of a study."""
    pairs = _pairs(study.repeats, study, _places(study))
    subjects = frozenset(str(pair.place[0]) for pair in pairs)
    return MatchedError(_matched(pairs, Path("OUT")), tuple(pair.change for pair in pairs), subjects)


def _places(study: Study) -> dict[str, Place]:
    """Where and when each photograph was taken, of those with a subject and a visit: replicates have the same."""
    return {
        one.name: (one.subject.code, one.site.number, one.visit, one.date, one.baseline)
        for one in study.photographs
        if one.subject.code and one.visit
    }


def _with_place(study: Study, places: Mapping[str, Place]) -> list[tuple[Photograph, Place | None]]:
    return [(one, places.get(one.name)) for one in study.photographs]


def _density(one: Photograph) -> float | None:
    cell = one.row.get("density_per_cm2")
    return float(cell) if one.measured and isinstance(cell, int | float) else None


def _densities(study: Study, places: Mapping[str, Place]) -> dict[Place, dict[object, float]]:
    """Densities of each place and time by file: copies would tell of an error that is too small."""
    groups: dict[Place, dict[object, float]] = {}
    for one, place in _with_place(study, places):
        density = _density(one)
        if place is not None and density is not None:
            groups.setdefault(place, {})[one.row["sha256"]] = density
    return groups


@dataclass(frozen=True)
class _Pair:
    place: Place
    files: tuple[object, object]
    change: float


def _pairs(rows: Sequence[Row], study: Study, places: Mapping[str, Place]) -> list[_Pair]:
    """Pairs of different files of one place and time that could be matched."""
    files = {one.name: one.row["sha256"] for one in study.photographs}
    pairs = []
    for row in rows:
        first, second, change = str(row["photo_1"]), str(row["photo_2"]), row["change_per_cm2"]
        place = places.get(first)
        if not row["comparable"] or not isinstance(change, int | float):
            continue
        if place is not None and place == places.get(second) and files[first] != files[second]:
            pairs.append(_Pair(place, (files[first], files[second]), float(change)))
    return pairs


def _matched(pairs: Sequence[_Pair], out: Path) -> Estimate:
    """Root mean square of the changes / sqrt 2, of which three pairs of three photographs tell as much as two."""
    if len(pairs) < LEAST:
        return Estimate.missing(
            f"{LEAST} pairs of replicates that could be matched hair by hair are needed, and there are {len(pairs)}"
            + ("" if pairs else f"; run 'densitometer compare {out}' where that was not done")
        )
    sem = repeatability_of([0.0, pair.change] for pair in pairs).sem
    if not sem.known:
        return sem
    freedom = _freedom(pairs)
    low, high = (sqrt(freedom / chi_square_quantile(p, freedom)) for p in (0.975, 0.025))
    return Estimate(sem.value, sem.value * low, sem.value * high)


def _freedom(pairs: Sequence[_Pair]) -> int:
    files: dict[Place, set[object]] = {}
    for pair in pairs:
        files.setdefault(pair.place, set()).update(pair.files)
    return min(len(pairs), sum(len(of_place) - 1 for of_place in files.values()))
