"""Which photographs are to be compared: every visit of a subject and site with its first, and with the one before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal

from densitometer.flags import ordered
from densitometer.visits.cautions import Row, change_flags
from densitometer.visits.notices import guessed_orders, like_names, single_visits, some
from densitometer.visits.order import in_order, natural, plain, tell_order

Against = Literal["baseline", "previous"]
Cells = dict[str, str | int | float | None]

_STATE_SCALE = "state it with --um-per-px or in visits.csv, and measure again"
_STATE_SCALE_OF_PAIR = "run again with --um-per-px, for instance --um-per-px 5.556"


@dataclass(frozen=True)
class Slot:
    """The photograph of one visit with one replicate label; several rows where ``visits.csv`` names it twice."""

    rows: tuple[Row, ...]

    @property
    def trouble(self) -> str:
        """Why it cannot be compared, and what to do; empty where it can."""
        names = [str(row["photo"]) for row in self.rows]
        if len(names) > 1:
            what = " and ".join([", ".join(names[:-1]), names[-1]])
            advice = "give them 1 and 2 in the column replicate, or keep one row"
            return f"{what} have the same subject, site, visit and replicate; {advice}"
        (row,) = self.rows
        if row["status"] != "measured":
            return f"{names[0]} was not measured ({row['reason']})"
        return f"{names[0]} has no scale; {_STATE_SCALE}" if self.lacks_scale else ""

    @property
    def lacks_scale(self) -> bool:
        """True when a scale is all that is missing."""
        row = self.rows[0]
        return len(self.rows) == 1 and row["status"] == "measured" and row["um_per_px"] is None


@dataclass(frozen=True)
class Visit:
    """One visit of one subject and site: its photographs by replicate, in natural order."""

    label: str
    date: str
    slots: dict[str, Slot]

    @property
    def name(self) -> str:
        """What to call it: its label, or the date of one that has none."""
        return self.label or self.date

    def counterpart(self, replicate: str) -> Slot:
        """Photograph to compare with: of the same replicate, else the first that can be compared, else the first.

        One that the table names twice stays what is to be compared with: a guess would hide the mistake.
        """
        same = self.slots.get(plain(replicate))
        if same and (len(same.rows) > 1 or not same.trouble):
            return same
        fit = (slot for slot in self.slots.values() if not slot.trouble)
        return next(fit, same or next(iter(self.slots.values())))


@dataclass(frozen=True)
class Planned:
    """A comparison that the table asks for.

    Attributes
    ----------
    baseline, followup : str
        Photographs by name.
    cells : dict
        Columns of ``changes.csv`` (or of ``repeatability.csv``) that are known before comparing.
    reason : str
        Why it cannot be made; empty where it can.
    """

    baseline: str
    followup: str
    cells: Cells
    reason: str = ""


@dataclass(frozen=True)
class Series:
    """One subject and site: visits in order, and the flags that hold for all of them.

    A pair is two photographs that were named on the command line, which no table describes.
    """

    subject: str
    site: str
    visits: tuple[Visit, ...]
    flags: frozenset[str] = frozenset()
    pair: bool = False


@dataclass(frozen=True)
class Plan:
    """All that is to be compared.

    Attributes
    ----------
    changes : tuple of Planned
        Visits with each other, rows of ``changes.csv``.
    repeats : tuple of Planned
        Replicates of one visit with each other, rows of ``repeatability.csv``.
    warnings : tuple of str
        What the user should mend or check in visits.csv.
    series : tuple of Series
        Each subject and site.
    note : str
        What the user may want to know, in one line; empty where there is nothing.
    """

    changes: tuple[Planned, ...] = ()
    repeats: tuple[Planned, ...] = ()
    warnings: tuple[str, ...] = ()
    series: tuple[Series, ...] = ()
    note: str = ""


def plan_comparisons(rows: Sequence[Row], *, one_place: bool = False) -> Plan:
    """List the comparisons that rows of ``photos.csv`` with their visit columns ask for.

    Parameters
    ----------
    rows : sequence of mapping
        In the order of visits.csv, which is believed where neither dates nor labels tell the order of visits.
    one_place : bool
        True where all photographs are known to show one place of one subject, named or not.
    """
    if not rows or "subject" not in rows[0]:
        return Plan()
    series, warnings = find_series(rows, one_place=one_place)
    changes = tuple(change for one in series for change in _changes(one))
    repeats = tuple(repeat for one in series for repeat in _repeats(one))
    warnings += [*guessed_orders(series), *like_names(series)]
    return Plan(changes, repeats, tuple(warnings), tuple(series), single_visits(series))


def find_series(rows: Sequence[Row], *, one_place: bool = False) -> tuple[list[Series], list[str]]:
    """Sort rows into one series for each subject and site, in the order of the table, with warnings for the rest."""
    groups: dict[tuple[str, str], list[Row]] = {}
    nobody, no_visit = [], []
    for row in rows:
        subject, site = _text(row, "subject"), _text(row, "site")
        if not (subject or one_place):
            nobody.append(_text(row, "photo"))
        elif not (_text(row, "visit") or _text(row, "visit_date")):
            no_visit.append(_text(row, "photo"))
        else:
            groups.setdefault((subject, site), []).append(row)
    warnings = [f"{some(nobody)}: without a subject in visits.csv, not compared"] if nobody else []
    if no_visit:
        warnings.append(f"{some(no_visit)}: without visit and visit_date in visits.csv, not compared")
    series = [_series(subject, site, of_one, pair=one_place) for (subject, site), of_one in groups.items()]
    first = _usual_first(series)
    return [_marked(one, first) for one in series], warnings


def _series(subject: str, site: str, rows: Iterable[Row], *, pair: bool) -> Series:
    by_visit: dict[str, list[Row]] = {}
    for row in rows:
        by_visit.setdefault(plain(_text(row, "visit")) or _text(row, "visit_date"), []).append(row)
    visits = [_visit(of_one) for of_one in by_visit.values()]
    order, flags = in_order([(visit.label, visit.date) for visit in visits])
    dates = [{_text(row, "visit_date") for row in of_one} - {""} for of_one in by_visit.values()]
    if any(len(of_one) > 1 for of_one in dates):
        flags |= {"visit_dates_differ"}
    return Series(subject, site, tuple(visits[i] for i in order), flags, pair)


def _visit(rows: Sequence[Row]) -> Visit:
    by_replicate: dict[str, list[Row]] = {}
    for row in rows:
        by_replicate.setdefault(plain(_text(row, "replicate")), []).append(row)
    dates = sorted({_text(row, "visit_date") for row in rows} - {""})
    slots = {replicate: Slot(tuple(by_replicate[replicate])) for replicate in sorted(by_replicate, key=natural)}
    return Visit(_text(rows[0], "visit"), dates[0] if dates else "", slots)


def _usual_first(series: Sequence[Series]) -> str:
    """Label with which most series begin, where the labels show their order and it is the first of them."""
    labels = {plain(visit.label) for one in series for visit in one.visits}
    if not labels or "" in labels or not tell_order(labels):
        return ""
    first = min(labels, key=natural)
    having = sum(any(plain(visit.label) == first for visit in one.visits) for one in series)
    return first if 2 * having > len(series) else ""


def _marked(series: Series, first: str) -> Series:
    if not first or any(plain(visit.label) == first for visit in series.visits):
        return series
    return replace(series, flags=series.flags | {"first_visit_missing"})


def _changes(series: Series) -> Iterator[Planned]:
    baseline = series.visits[0]
    for previous, visit in zip(series.visits, series.visits[1:], strict=False):
        yield from _of_visit(series, baseline, visit, "baseline")
        if previous is not baseline:
            yield from _of_visit(series, previous, visit, "previous")


def _of_visit(series: Series, earlier: Visit, later: Visit, against: Against) -> Iterator[Planned]:
    for replicate, slot in later.slots.items():
        other = earlier.counterpart(replicate)
        reason = _scale_missing(series, other, slot) or slot.trouble
        if other.trouble and not reason:
            what = "the baseline" if against == "baseline" else "the visit before"
            reason = f"{what} cannot be used: {other.trouble}"
        for row in slot.rows:
            yield _planned(series, (earlier, other.rows[0]), (later, row), against, reason)


def _scale_missing(series: Series, one: Slot, other: Slot) -> str:
    """Which of two photographs lack nothing but a scale, and what to do; empty where that is not all."""
    lacking = [str(slot.rows[0]["photo"]) for slot in (one, other) if slot.lacks_scale]
    if not lacking or any(slot.trouble and not slot.lacks_scale for slot in (one, other)):
        return ""
    advice = _STATE_SCALE_OF_PAIR if series.pair else _STATE_SCALE
    return f"{' and '.join(lacking)} {'have' if len(lacking) > 1 else 'has'} no scale; {advice}"


def _planned(
    series: Series, earlier: tuple[Visit, Row], later: tuple[Visit, Row], against: Against, reason: str
) -> Planned:
    (before, baseline), (after, followup) = earlier, later
    flags = series.flags | change_flags(baseline, followup)
    cells: Cells = {
        "subject": series.subject,
        "site": series.site,
        "baseline_photo": _text(baseline, "photo"),
        "followup_photo": _text(followup, "photo"),
        "against": against,
        "baseline_visit": before.label,
        "followup_visit": after.label,
        "baseline_date": before.date,
        "followup_date": after.date,
        "replicate": _text(followup, "replicate"),
        "flags": ";".join(ordered(flags)),
    }
    return Planned(_text(baseline, "photo"), _text(followup, "photo"), cells, reason)


def _repeats(series: Series) -> Iterator[Planned]:
    """Pairs of replicates of one visit; those named twice are left to the table of changes."""
    for visit in series.visits:
        single = [slot for slot in visit.slots.values() if len(slot.rows) == 1]
        for one, other in combinations(single, 2):
            first, second = one.rows[0], other.rows[0]
            cells: Cells = {
                "subject": series.subject,
                "site": series.site,
                "visit": visit.label,
                "photo_1": _text(first, "photo"),
                "photo_2": _text(second, "photo"),
                "flags": ";".join(ordered(change_flags(first, second))),
            }
            reason = _scale_missing(series, one, other) or one.trouble or other.trouble
            yield Planned(_text(first, "photo"), _text(second, "photo"), cells, reason)


def _text(row: Row, name: str) -> str:
    return str(row.get(name) or "")
