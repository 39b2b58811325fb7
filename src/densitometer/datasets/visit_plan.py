"""Number the visits of a study: as its study file says, else in the order that labels or dates tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from densitometer.datasets.study import Row, StudyVisit
from densitometer.datasets.study_file import VisitFacts
from densitometer.errors import ExportError
from densitometer.visits.order import natural, plain, tell_order
from densitometer.visits.problems import quoted
from densitometer.visits.series import Series, find_series

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
    ExportError
        When some visits are numbered and others not, two have one number, or nothing tells their order.
    """
    series, _ = find_series(rows)
    spelt: dict[str, str] = {}
    for row in rows:
        if label := str(row.get("visit") or ""):
            spelt.setdefault(plain(label), label)
    named = _stated(spelt, stated) if stated else _numbered(spelt, series)
    return {(one.subject, one.site, key): visit for one in series for key, visit in _of_series(one, named)}


def _of_series(series: Series, named: Mapping[str, StudyVisit]) -> Iterable[tuple[str, StudyVisit]]:
    for rank, visit in enumerate(series.visits, start=1):
        if visit.label:
            yield plain(visit.label), named[plain(visit.label)]
        else:
            yield visit.date, StudyVisit(rank, f"VISIT {rank}")


def _stated(spelt: Mapping[str, str], stated: Mapping[str, VisitFacts]) -> dict[str, StudyVisit]:
    facts = {plain(label): fact for label, fact in stated.items()}
    if missing := [label for key, label in spelt.items() if key not in facts]:
        names = ", ".join(map(quoted, missing))
        raise ExportError(f"the study file numbers some visits, but not {names}; give each a number, or none")
    by_number: dict[float, str] = {}
    for label, fact in stated.items():
        if by_number.setdefault(fact.number, label) != label:
            both = f"{quoted(by_number[fact.number])} and {quoted(label)}"
            raise ExportError(f"the study file gives the visits {both} one number; number them apart")
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
            raise ExportError(f"neither labels nor dates tell the order of the visits {names}; {advice}")
        order += free
    return order
