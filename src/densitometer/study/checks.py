"""What keeps the photographs of a results folder from being those of one study, and what may be a mistake in it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from unicodedata import normalize

from densitometer.results.resume import NOT_REACHED
from densitometer.study.arms import is_arm
from densitometer.study.faults import by_photograph, has_control
from densitometer.study.model import Arm, Photograph, Row
from densitometer.study.visit_plan import Place, place_of
from densitometer.visits.order import plain
from densitometer.visits.problems import quoted

log = logging.getLogger(__name__)

_ANEW = "and run the same 'densitometer measure' command again (nothing is measured twice)"
_LABELS = ("subject", "site", "visit", "replicate")


def not_reached(rows: Iterable[Row]) -> Iterator[str]:
    """Photographs that a run was stopped before."""
    for row in rows:
        if row["reason"] == NOT_REACHED:
            advice = "run the same 'densitometer measure' command again"
            yield f"{row['photo']} has not been looked at yet; {advice}"


def unwritable(rows: Sequence[Row], further: Iterable[str]) -> list[str]:
    """Control characters in what the visits table says; in further columns tabs and ends of lines may stand."""
    faults = []
    for name in dict.fromkeys((*_LABELS, *further)):
        lines = name not in _LABELS and not is_arm(name)
        for row in rows:
            text = str(row.get(name) or "")
            if has_control(text, lines=lines):
                what = f"{name} {quoted(text)} holds a control character, or half a character"
                faults.append((str(row["photo"]), f"{what}; take it out of the visits table {_ANEW}"))
    return by_photograph(faults)


def two_spellings(rows: Iterable[Row]) -> Iterator[str]:
    """Subjects and sites that are spelt in two ways, and would be two: whatever is counted would be wrong."""
    some = list(rows)
    yield from _spelt(some, "subject", lambda text: normalize("NFC", text), "with other characters that look the same")
    yield from _spelt(some, "site", plain, "in two ways")


def _spelt(rows: Iterable[Row], column: str, alike: Callable[[str], str], how: str) -> Iterator[str]:
    first: dict[str, Row] = {}
    told = set()
    for row in rows:
        text = str(row.get(column) or "")
        before = first.setdefault(alike(text), row)
        if (other := str(before.get(column) or "")) != text and text not in told:
            told.add(text)
            both = f"{quoted(other)} ({before['photo']}) and {quoted(text)} ({row['photo']})"
            yield f"the {column} {both} is spelt {how}; spell it in one {_ANEW}"


def gaps(rows: Iterable[Row]) -> Iterator[str]:
    """Photographs of nobody, or of no visit."""
    for row in rows:
        lacks = "neither visit nor visit_date" if row.get("subject") else "no subject"
        yield f"{row['photo']} has {lacks} in the visits table; fill it in {_ANEW}, or take the photograph away"


def doubles(rows: Iterable[Row]) -> Iterator[str]:
    """Photographs of one place and visit that nothing tells apart."""
    first: dict[tuple[Place, str], Row] = {}
    for row in rows:
        before = first.setdefault((place_of(row), replicate_of(row)), row)
        if before is not row:
            both = f"{before['photo']} and {row['photo']} have the same subject, site, visit and replicate"
            yield f"{both}; give them 1 and 2 in the column replicate {_ANEW}"


def replicate_of(row: Row) -> str:
    """Label of a replicate as it is told from others: 01 is 1, as both are numbered the same."""
    label = plain(str(row.get("replicate") or ""))
    return str(int(label)) if is_number(label) else label


def is_number(label: str) -> bool:
    """Tell whether the label of a replicate is its number; one of more digits than that is none."""
    return label.isdecimal() and len(label) < 10  # noqa: PLR2004


def arms_that_lack(photographs: Iterable[Photograph]) -> Iterator[str]:
    """Subjects and sites of which some photographs have an arm and others none, so that a part would be lost."""
    for subject, site, group in _by_site(photographs):
        without = [one for one in group if one.arm is None]
        if without and len(without) < len(group):
            there = next(one for one in group if one.arm)
            what = f"{without[0].name} has no arm, while {there.name} has {_name(there.arm)}"
            yield f"subject {quoted(subject)}, site {quoted(site)}: {what}; fill in the column arm {_ANEW}"


def warn_of_arms_that_change(photographs: Iterable[Photograph]) -> None:
    """Tell of subjects and sites that have several arms: in a cross-over that is meant, elsewhere a slip."""
    changing = [
        (subject, site, arms)
        for subject, site, group in _by_site(photographs)
        if len(arms := dict.fromkeys(_name(one.arm) for one in group if one.arm)) > 1
    ]
    if changing:
        subject, site, arms = changing[0]
        told = "%d subjects and sites such as %s, %s have several arms (%s); mend the arms unless subjects cross over"
        log.warning(told, len(changing), quoted(subject), quoted(site), ", ".join(arms))


def _by_site(photographs: Iterable[Photograph]) -> Iterator[tuple[str, str, list[Photograph]]]:
    groups: dict[tuple[str, str], list[Photograph]] = {}
    for one in photographs:
        if one.subject.code:
            groups.setdefault((one.subject.code, one.site.label), []).append(one)
    for (subject, site), group in groups.items():
        yield subject, site, group


def _name(arm: Arm | None) -> str:
    return quoted(arm.name) if arm else ""
