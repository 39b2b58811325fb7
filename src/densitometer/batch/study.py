"""The tables of a study of visits: changes with their verdicts, repeatability, and hairs followed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from densitometer.batch.comparisons import Compared
from densitometer.flags import ordered
from densitometer.results.rows import Cell
from densitometer.settings import Settings
from densitometer.visits.cautions import found_flags
from densitometer.visits.change import verdict_of
from densitometer.visits.repeatability import Repeatability
from densitometer.visits.series import Planned, Series
from densitometer.visits.tracks import Compared as Matched
from densitometer.visits.tracks import follow_hairs

Rows = list[dict[str, Cell]]
Found = Mapping[tuple[str, str], Compared]
"""What was compared, by the names of both photographs."""

_DIFFERENCES = (
    ("plain_change_per_cm2", "density_per_cm2"),
    ("redness_change", "redness_a"),
    ("flaking_change", "flaking_share"),
)
_IDENTITY = frozenset(
    {"subject", "site", "baseline_photo", "followup_photo", "against", "replicate", "flags"}
    | {"baseline_visit", "followup_visit", "baseline_date", "followup_date"}
)
_NOTHING_IN_COMMON = "they share no countable skin; photograph the same site again"


def comparison_rows(planned: Iterable[Planned], found: Found, photos: Mapping[str, Mapping[str, Cell]]) -> Rows:
    """Rows of ``changes.csv`` or of ``repeatability.csv``, without verdict and smallest detectable change."""
    return [_row(one, found.get((one.baseline, one.followup)), photos) for one in planned]


def _row(planned: Planned, compared: Compared | None, photos: Mapping[str, Mapping[str, Cell]]) -> dict[str, Cell]:
    reason = planned.reason or (compared.reason if compared else "")
    if compared is None or not compared.comparable:
        return {**planned.cells, "comparable": 0, "reason": " ".join(reason.split()), "verdict": "not_comparable"}
    before, after = photos[planned.baseline], photos[planned.followup]
    differences = {name: _difference(before.get(column), after.get(column)) for name, column in _DIFFERENCES}
    known = {name: value for name, value in differences.items() if value is not None}
    values = compared.values or {}
    flags = {*str(planned.cells["flags"]).split(";"), *found_flags(values)} - {""}
    return {**planned.cells, "comparable": 1, "reason": "", **values, **known, "flags": ";".join(ordered(flags))}


def _difference(before: Cell, after: Cell) -> float | None:
    if isinstance(before, int | float) and isinstance(after, int | float):
        return float(after) - float(before)
    return None


def add_verdicts(changes: Rows, repeats: Rows, settings: Settings) -> None:
    """Add to each change what the measurement error explains, and the verdict.

    The error comes from the study's own replicates where there are enough, else from the validated repeatability.
    """
    of_study = Repeatability.of_replicates((row for row in repeats if row["comparable"]), settings.change)
    for row in changes:
        if not row["comparable"]:
            continue
        mdc95 = of_study.mdc95_per_cm2(row)
        verdict = verdict_of(row, mdc95)
        row |= {"mdc95_per_cm2": mdc95, "mdc95_source": of_study.source, "verdict": verdict}
        if verdict == "not_comparable":
            known = {name: value for name, value in row.items() if name in _IDENTITY}
            row.clear()
            row |= {**known, "comparable": 0, "reason": _NOTHING_IN_COMMON, "verdict": verdict}


def track_rows(
    series: Iterable[Series],
    changes: Sequence[Mapping[str, Cell]],
    matches_of: Callable[[str, str], Sequence[Mapping[str, Cell]]],
    widths_of: Callable[[str], Mapping[int, Cell]],
) -> Iterator[dict[str, Cell]]:
    """Rows of ``tracks.csv``, series by series.

    Parameters
    ----------
    series : iterable of Series
    changes : sequence of mapping
        Rows of ``changes.csv``.
    matches_of : callable
        Gives the rows of ``matches.csv`` of a baseline and a follow-up.
    widths_of : callable
        Gives the widths in um of the hairs of a photograph, by number.
    """
    of_series: dict[tuple[Cell, Cell], list[Mapping[str, Cell]]] = {}
    for row in changes:
        of_series.setdefault((row["subject"], row["site"]), []).append(row)
    for one in series:
        made = [row for row in of_series.get((one.subject, one.site), ()) if row["comparable"]]
        visits = {
            str(row["photo"]): visit for visit in one.visits for slot in visit.slots.values() for row in slot.rows
        }
        pairs = [(str(row["baseline_photo"]), str(row["followup_photo"]), str(row["against"])) for row in made]
        tracks = follow_hairs(list(visits), [Matched(*pair, matches_of(pair[0], pair[1])) for pair in pairs])
        widths = {photo: widths_of(photo) for photo in {photo for pair in pairs for photo in pair[:2]}}
        for number, track in enumerate(tracks, start=1):
            for row in track:
                photo, hair = str(row["photo"]), row["hair"]
                width = None if hair is None else widths[photo].get(int(hair))
                yield {"subject": one.subject, "site": one.site, "track": number, "visit": visits[photo].label, **row,
                       "width_um": width}  # fmt: skip
