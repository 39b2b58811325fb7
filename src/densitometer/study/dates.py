"""Dates as trial data sets have them: ISO 8601, perhaps in part, and days counted from a reference date."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date

_TIME = r"(?:[01]\d|2[0-3])(?::[0-5]\d(?::[0-5]\d)?)?"
_PARTIAL = re.compile(rf"(\d{{4}})(?:-(\d{{2}})(?:-(\d{{2}})(?:T{_TIME})?)?)?", re.ASCII)
_SAS_EPOCH = date(1960, 1, 1)


def is_iso(text: str) -> bool:
    """Tell whether a text is a date of ISO 8601, whole or cut off after year or month, perhaps with a time."""
    match = _PARTIAL.fullmatch(text)
    if not match:
        return False
    year, month, day = (int(part) if part else 1 for part in match.groups())
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def day_of(text: str) -> date | None:
    """Return the day of a whole date; None for one that is empty or known in part: no day is made up."""
    match = _PARTIAL.fullmatch(text)
    if not (match and match[3]):
        return None
    return date(int(match[1]), int(match[2]), int(match[3]))


def last_day_of(text: str) -> date | None:
    """Return the last day that a date, perhaps known in part, may mean; None where it is empty."""
    match = _PARTIAL.fullmatch(text)
    if not match:
        return None
    year, month = int(match[1]), int(match[2] or 12)
    return date(year, month, int(match[3] or monthrange(year, month)[1]))


def study_day(text: str, reference: str) -> int | None:
    """Days from a reference date, which is day 1; the day before is day -1, and there is no day 0 (SDTMIG 4.4.4).

    None where either date is empty or known in part.
    """
    day, start = day_of(text), day_of(reference)
    if day is None or start is None:
        return None
    days = (day - start).days
    return days + 1 if days >= 0 else days


def sas_day(text: str) -> int | None:
    """Days since 1960-01-01, as ADaM's numeric dates count; None for a date that is empty or known in part."""
    day = day_of(text)
    return None if day is None else (day - _SAS_EPOCH).days
