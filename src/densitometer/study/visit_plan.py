"""Number the visits of a study: as its study file says, else in the order that labels or dates tell."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence

from densitometer.errors import StudyError
from densitometer.study.faults import refuse
from densitometer.study.model import Row, StudyVisit
from densitometer.study.study_file import VisitFacts
from densitometer.visits.order import natural, plain, tell_order
from densitometer.visits.problems import quoted
from densitometer.visits.series import Series, find_series

log = logging.getLogger(__name__)

Place = tuple[str, str, str]
"""Subject, site and visit (its label in plain, or its date) of a photograph."""


def place_of(row: Row) -> Place:
    """Return where the row of a photograph belongs."""
    label, date = (str(row.get(name) or "") for name in ("visit", "visit_date"))
    return str(row.get("subject") or ""), str(row.get("site") or ""), plain(label) or date


def number_visits(rows: Sequence[Row], stated: Mapping[str, VisitFacts]) -> dict[Place, StudyVisit]:
    """Give each photograph's visit its number in the study.

    Parameters
    ----------
    rows : sequence of mapping
        Of ``photos.csv``, of photographs with a subject and a visit.
    stated : mapping of str to VisitFacts
        What the study file says of visits, by label.

    Raises
    ------
    StudyError
        When some visits have a label and others a date alone, some are numbered and others not, two have one number, or
        nothing tells their order.
    """
    refuse(list(_mixed(rows)), "the visits cannot be numbered")
    series, _ = find_series(rows)
    spelt: dict[str, str] = {}
    for row in rows:
        if label := str(row.get("visit") or ""):
            spelt.setdefault(plain(label), label)
    if not spelt:
        _warn_of_dates_alone(rows, stated)
        return _dated(rows)
    named = _stated(spelt, stated) if stated else _numbered(spelt, series)
    return {place: named[place[2]] for place in map(place_of, rows)}


def _mixed(rows: Sequence[Row]) -> Iterator[str]:
    """Photographs with a date alone, where others have the label of a visit: whether any is meant cannot be told."""
    labelled = next((row["photo"] for row in rows if row.get("visit")), None)
    for row in rows if labelled else ():
        if not row.get("visit"):
            yield f"{row['photo']} has no visit in the visits table, while others such as {labelled} have; fill it in"


def _warn_of_dates_alone(rows: Sequence[Row], stated: Mapping[str, VisitFacts]) -> None:
    """Tell that a visit of the same name need not be the same week, where there are several subjects and visits."""
    subjects = {place_of(row)[0] for row in rows}
    if stated:
        log.warning("the study file numbers visits, but the visits table names none; they are numbered by their dates")
    if len(subjects) > 1 and len({(subject, date) for subject, _, date in map(place_of, rows)}) > len(subjects):
        what = "visits have dates alone, and are numbered within each subject: the same number may be another week"
        log.warning("%s; go by study days, or label the visits in the visits table", what)


def _dated(rows: Sequence[Row]) -> dict[Place, StudyVisit]:
    """Visits of which dates alone are known, numbered for each subject, whatever the site."""
    dates: dict[str, set[str]] = {}
    for subject, _, date in map(place_of, rows):
        dates.setdefault(subject, set()).add(date)
    ranks = {(subject, date): n for subject, those in dates.items() for n, date in enumerate(sorted(those), start=1)}
    numbers = {place: ranks[place[0], place[2]] for place in map(place_of, rows)}
    return {place: StudyVisit(number, f"VISIT {number}") for place, number in numbers.items()}


def _stated(spelt: Mapping[str, str], stated: Mapping[str, VisitFacts]) -> dict[str, StudyVisit]:
    facts = {plain(label): fact for label, fact in stated.items()}
    if missing := [label for key, label in spelt.items() if key not in facts]:
        names = ", ".join(map(quoted, missing))
        raise StudyError(f"the study file numbers some visits, but not {names}; give each a number, or none")
    by_number: dict[float, str] = {}
    for label, fact in stated.items():
        if by_number.setdefault(fact.number, label) != label:
            both = f"{quoted(by_number[fact.number])} and {quoted(label)}"
            raise StudyError(f"the study file gives the visits {both} one number; number them apart")
    return {key: StudyVisit(facts[key].number, label, facts[key].day) for key, label in spelt.items()}


def _numbered(spelt: Mapping[str, str], series: Sequence[Series]) -> dict[str, StudyVisit]:
    order = sorted(spelt, key=natural) if tell_order(spelt.values()) else _as_series_have_them(spelt, series)
    return {key: StudyVisit(number, spelt[key]) for number, key in enumerate(order, start=1)}


def _as_series_have_them(spelt: Mapping[str, str], series: Sequence[Series]) -> list[str]:
    """Order of labels in which no series has them the other way round."""
    before: dict[str, set[str]] = {key: set() for key in spelt}
    for one in series:
        labels = [plain(visit.label) for visit in one.visits if visit.label]
        sure = "order_unknown" not in one.flags
        for earlier, later in zip(labels, labels[1:], strict=False):
            if sure:
                before[later].add(earlier)
    order: list[str] = []
    while len(order) < len(spelt):
        free = [key for key in spelt if key not in order and before[key] <= set(order)]
        if len(free) != 1:
            names = ", ".join(quoted(label) for label in spelt.values())
            advice = 'number them in the study file, as in [visits."week 4"] and number = 2'
            raise StudyError(f"neither labels nor dates tell the order of the visits {names}; {advice}")
        order += free
    return order
