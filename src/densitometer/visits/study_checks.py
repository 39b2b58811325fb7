"""What may be wrong in a table whose cells can all be read: doubles, gaps, dates, orders, devices, spellings."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from datetime import date
from typing import TypeVar

from densitometer.visits.cautions import DEVICE_COLUMNS, Row
from densitometer.visits.notices import place_of
from densitometer.visits.order import natural, plain
from densitometer.visits.problems import Problem, quoted
from densitometer.visits.series import Series, Visit, find_series
from densitometer.visits.table import Line

_Key = TypeVar("_Key", bound=Hashable)

_BEFORE_PHOTOGRAPHS = date(1970, 1, 1)
"""Empty and broken date cells of spreadsheets become days about 1900."""
_FEW_SHARE = 0.34
_LINE = "line"  # in the rows of a series: which line of the table it was
_DASHES = re.compile(r"[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_LEADING_ZEROS = re.compile(r"(?<![\d.,])0+(?=\d)")


def study_problems(lines: Sequence[Line], today: date) -> list[Problem]:
    """Everything that is wrong between the rows of a table, or the names of photographs; none where it is clean.

    Parameters
    ----------
    lines : sequence of Line
    today : date
        Later dates are in the future.
    """
    some = list(lines)
    found = [*_doubles(some), *_gaps(some), *_impossible_dates(some, today), *_orders(some)]
    return [*found, *_devices(some), *_spellings(some)]


def where(line: Line) -> str:
    """Name another row in a sentence: by its number and photograph, or by the photograph alone."""
    return f"row {line.number} ({line.row.photo})" if line.number else line.row.photo


def place_key(line: Line) -> tuple[str, str]:
    """Subject and site, as comparing takes them."""
    return line.row.subject, line.row.site


def by(lines: Iterable[Line], key: Callable[[Line], _Key]) -> dict[_Key, list[Line]]:
    """Group lines, in the order in which they stand."""
    groups: dict[_Key, list[Line]] = {}
    for line in lines:
        groups.setdefault(key(line), []).append(line)
    return groups


def device_of(line: Line) -> tuple[str, ...]:
    """All that a row says of its device, without regard to case and blanks."""
    return tuple(plain(cell) for name, cell in line.row.further.items() if name.casefold() in DEVICE_COLUMNS)


def _visit_date(line: Line) -> str:
    return line.row.visit_date.isoformat() if line.row.visit_date else ""


def _doubles(lines: list[Line]) -> Iterator[Problem]:
    """Photographs with the same subject, site, visit and replicate, between which comparing would not guess."""
    first: dict[tuple[str, ...], Line] = {}
    for line in lines:
        visit = plain(line.row.visit) or _visit_date(line)
        if not (line.row.subject and visit):
            continue
        before = first.setdefault((*place_key(line), visit, plain(line.row.replicate)), line)
        if before is not line and before.row.photo != line.row.photo:
            text = f"it has the same subject, site, visit and replicate as {where(before)}; "
            text += "give them 1 and 2 in the column replicate, or keep one of them"
            yield Problem(line.number, "replicate", line.row.photo, text)


def _gaps(lines: list[Line]) -> Iterator[Problem]:
    """Cells that others have filled in and without which a photograph is left out of comparisons."""
    if not any(line.row.subject for line in lines):
        return
    any_visit = any(line.row.visit or line.row.visit_date for line in lines)
    with_site = {line.row.subject for line in lines if line.row.site}
    with_visit = {line.row.subject for line in lines if line.row.visit}
    for line in lines:
        row = line.row
        gap = ""
        if not row.subject:
            gap, text = "subject", "there is no subject, so that it is compared with nothing; fill it in"
        elif any_visit and not (row.visit or row.visit_date or "visit_date" in line.bad):
            gap, text = (
                "visit",
                "there is neither visit nor visit_date, so that it is compared with nothing; fill it in",
            )
        elif not row.visit and row.visit_date and row.subject in with_visit:
            gap, text = "visit", "there is no visit, while other rows of the same subject have one; fill it in"
        elif not row.site and row.subject in with_site:
            gap, text = "site", "there is no site, while other rows of the same subject have one; fill it in"
        if gap:
            yield Problem(line.number, gap, row.photo, text)


def _impossible_dates(lines: list[Line], today: date) -> Iterator[Problem]:
    for line in lines:
        day = line.row.visit_date
        if day and (day > today or day < _BEFORE_PHOTOGRAPHS):
            what = "lies in the future" if day > today else "is long before there were such photographs"
            yield Problem(line.number, "visit_date", line.row.photo, f"{day} {what}; correct it", "dates")


def _orders(lines: list[Line]) -> Iterator[Problem]:
    """Visits of one subject and site whose order is unknown or contradictory, or that lack the first one."""
    rows: list[Row] = [
        {"subject": line.row.subject, "site": line.row.site, "visit": line.row.visit, "visit_date": _visit_date(line),
         "replicate": line.row.replicate, _LINE: number}
        for number, line in enumerate(lines) if line.row.subject and (line.row.visit or line.row.visit_date)
    ]  # fmt: skip
    series, _ = find_series(rows)
    usual = Counter(plain(one.visits[0].label) for one in series if "first_visit_missing" not in one.flags)
    first = usual.most_common(1)[0][0] if usual else ""
    for one in series:
        visits = [(visit, _lines_of(visit, lines)) for visit in one.visits]
        if not any("visit_date" in line.bad for _, of_visit in visits for line in of_visit):
            yield from _dates_of_one_visit(visits) if "visit_dates_differ" in one.flags else ()
            yield from _out_of_order(visits) if "visits_out_of_order" in one.flags else ()
            yield from _unknown_order(one, visits) if "order_unknown" in one.flags else ()
        if "first_visit_missing" in one.flags and len(visits) > 1:
            visit, (line, *_) = visits[0]
            text = f"{place_of(one)} has no visit {quoted(first)}, with which most begin: its changes would be counted "
            text += f"from {quoted(visit.label)}; add the missing visit, or mend its label"
            yield Problem(line.number, "visit", line.row.photo, text, "dates")


def _lines_of(visit: Visit, lines: list[Line]) -> list[Line]:
    """Rows of one visit, as they stand in the table."""
    numbers = sorted(int(row[_LINE] or 0) for slot in visit.slots.values() for row in slot.rows)
    return [lines[number] for number in numbers]


_Visits = list[tuple[Visit, list[Line]]]


def _dates_of_one_visit(visits: _Visits) -> Iterator[Problem]:
    for visit, lines in visits:
        dated = [line for line in lines if line.row.visit_date]
        for line, first in _odd_ones(dated, lambda line: line.row.visit_date):
            text = f"{quoted(visit.label)} has the date {line.row.visit_date} here and {first.row.visit_date} in "
            yield Problem(line.number, "visit_date", line.row.photo, f"{text}{where(first)}; correct one", "dates")


def _out_of_order(visits: _Visits) -> Iterator[Problem]:
    dated = sorted(((visit, lines) for visit, lines in visits if visit.date), key=lambda item: natural(item[0].label))
    for (before, first), (after, lines) in zip(dated, dated[1:], strict=False):
        if before.date > after.date:
            line = next(line for line in lines if line.row.visit_date)
            other = next(line for line in first if line.row.visit_date)
            text = f"{quoted(after.label)} has the date {after.date}, before that of {quoted(before.label)}, "
            text += f"{before.date} in {where(other)}; correct a date or a label"
            yield Problem(line.number, "visit_date", line.row.photo, text, "dates")


def _unknown_order(series: Series, visits: _Visits) -> Iterator[Problem]:
    line = next((lines[0] for visit, lines in visits if not visit.date), visits[-1][1][0])
    names = ", ".join(quoted(visit.name) for visit, _ in visits)
    text = f"neither dates nor labels tell the order of the visits of {place_of(series)}: {names}; "
    yield Problem(line.number, "visit_date", line.row.photo, f"{text}give each of them its date", "dates")


def _odd_ones(lines: Sequence[Line], value: Callable[[Line], object]) -> Iterator[tuple[Line, Line]]:
    """First line of each value that is not that of the first line, together with that one."""
    seen: set[object] = set()
    for line in lines:
        own = value(line)
        if own not in seen and seen:
            yield line, lines[0]
        seen.add(own)


def _devices(lines: list[Line]) -> Iterator[Problem]:
    """Devices that change within a subject and site, whose counts and widths do not compare."""
    names = [name for name in (lines[0].row.further if lines else ()) if name.casefold() in DEVICE_COLUMNS]
    for name in names:
        told = [line for line in lines if line.row.subject and line.row.further.get(name)]
        for of_place in by(told, place_key).values():
            yield from _differing_devices(of_place, name)


def _differing_devices(lines: Sequence[Line], name: str) -> Iterator[Problem]:
    for line, first in _odd_ones(lines, lambda line: plain(line.row.further[name])):
        text = f"{quoted(line.row.further[name])} here, but {quoted(first.row.further[name])} in {where(first)} of the "
        text += "same subject and site; correct it, or expect changes that are the device's"
        yield Problem(line.number, name, line.row.photo, text, "devices")


def _spellings(lines: list[Line]) -> Iterator[Problem]:
    """Subjects and sites, and visits, that differ only in case, blanks, dashes, leading zeros or Unicode form."""
    yield from _spelt(lines, "subject", lambda line: line.row.subject, lambda text: text)
    yield from _spelt(lines, "site", lambda line: line.row.site, lambda text: text)
    yield from _spelt(lines, "visit", lambda line: line.row.visit, plain)  # comparing overlooks what that does
    yield from _odd_replicates(lines)


def _odd_replicates(lines: list[Line]) -> Iterator[Problem]:
    """Replicates that are no numbers where nearly all are."""
    named = [line for line in lines if line.row.replicate]
    odd = [line for line in named if not line.row.replicate.isdecimal()]
    if len(odd) <= _FEW_SHARE * len(named):
        for group in by(odd, lambda line: line.row.replicate).values():
            text = (
                f"{_shown(group[0].row.replicate)} here, while most replicates are numbers; mend it, or leave it empty"
            )
            yield Problem(group[0].number, "replicate", group[0].row.photo, text, "spelling")


def _spelt(
    lines: list[Line], column: str, text_of: Callable[[Line], str], same: Callable[[str], str]
) -> Iterator[Problem]:
    named = [line for line in lines if text_of(line)]
    for alike in by(named, lambda line: _skeleton(text_of(line))).values():
        spellings = by(alike, lambda line: same(text_of(line)))
        if len(spellings) == 1:
            continue
        usual = max(spellings.values(), key=len)  # the first of those that are as common
        for odd in spellings.values():
            if odd is not usual:
                line, first = odd[0], usual[0]
                text = f"{_shown(text_of(line))} here and {_shown(text_of(first))} in {where(first)}: "
                yield Problem(
                    line.number, column, line.row.photo, f"{text}if they are one, spell them the same", "spelling"
                )


def _skeleton(text: str) -> str:
    """What is equal in texts that a person would take for one."""
    text = unicodedata.normalize("NFKC", text)
    text = "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
    text = unicodedata.normalize("NFKC", _DASHES.sub("-", text).casefold())
    return _LEADING_ZEROS.sub("", "".join(text.split()))


def _shown(text: str) -> str:
    """Quote a text so that what cannot be seen is."""
    told = quoted(text)
    hidden = unicodedata.normalize("NFC", text) != text or any(
        not sign.isascii() and not sign.isalnum() for sign in text
    )
    return ascii(text) if hidden else told
