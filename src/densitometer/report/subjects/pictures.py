"""Pictures of a site: overlays of its visits, and the last comparison side by side with the key to its marks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from densitometer.report.subjects.order import measured_of, visit_key
from densitometer.report.subjects.words import day_named, labels, when
from densitometer.report.texts import fixed, number, relative_url
from densitometer.study.model import Photograph, Row, Study


@dataclass(frozen=True)
class Pictures:
    """Where pictures lie, relative to the results folder.

    Attributes
    ----------
    overlays : mapping of str to str
        By photograph.
    compared : mapping of (str, str) to str
        Both visits side by side, by baseline and follow-up.
    """

    overlays: Mapping[str, str]
    compared: Mapping[tuple[str, str], str]


@dataclass(frozen=True)
class Picture:
    """A picture with its address, its size in px where that is known, and what it shows in words."""

    url: str
    caption: str
    alt: str
    size_px: tuple[int, int] | None = None


@dataclass(frozen=True)
class KeyEntry:
    """A mark of a comparison by the name that the template draws it by, and what it means."""

    mark: str
    told: str


@dataclass(frozen=True)
class Comparison:
    """Both visits side by side, with a key to the marks: on paper that in the picture is too small to read."""

    url: str
    caption: str
    alt: str
    key: tuple[KeyEntry, ...]


def ends_of(group: Sequence[Photograph], study: Study) -> tuple[Photograph | None, Photograph | None]:
    """Photographs of the baseline and of the last measured visit: those that were compared, where any were."""
    measured = measured_of(group)
    if not measured:
        return None, None
    of_last = [one for one in measured if visit_key(one) == visit_key(measured[-1])]
    last = next((one for one in of_last if one.name in study.changes), of_last[0])
    row = study.changes.get(last.name, {})
    first = next((one for one in measured if one.name == row.get("baseline_photo")), None)
    first = first or next((one for one in measured if one.baseline), measured[0])
    return first, last if visit_key(first) != visit_key(last) else None


def between_of(group: Sequence[Photograph], ends: Sequence[Photograph | None], pictures: Pictures) -> Iterator[Picture]:
    """One picture of each visit that is not shown large."""
    seen = {visit_key(one) for one in ends if one}
    for one in group:
        if one.measured and visit_key(one) not in seen and (picture := overlay_of(one, pictures)):
            seen.add(visit_key(one))
            yield picture


def overlay_of(one: Photograph, pictures: Pictures) -> Picture | None:
    """Give the overlay of a photograph; None where there is no such file."""
    url = relative_url(pictures.overlays.get(one.name))
    if not url:
        return None
    caption = ", ".join(labels(one)) or "without visit and date"
    counted = fixed(one.row.get("hair_count"), 0)
    hairs = f"{counted} hair{'' if counted == '1' else 's'} counted" if counted else ""
    sides = number(one.row, "width_px"), number(one.row, "height_px")
    size = (int(sides[0]), int(sides[1])) if sides[0] and sides[1] else None
    told = f"{caption}: {hairs}" if hairs else caption
    return Picture(url, told, f"Photograph of the skin, {told}.", size)


def comparison_of(changes: Sequence[Photograph], study: Study, pictures: Pictures) -> Comparison | None:
    """The last comparison of which there is a picture."""
    for one in reversed(changes):
        row = study.changes[one.name]
        if url := relative_url(pictures.compared.get((str(row["baseline_photo"]), one.name))):
            days = day_named(str(row.get("baseline_date") or "")) or "the start", when(one)
            key = tuple(_key(row))
            alt = f"The same skin at both visits side by side. {'; '.join(entry.told for entry in key)}."
            return Comparison(url, f"The same skin twice: left {days[0]}, right {days[1]}", alt, key)
    return None


def _key(row: Row) -> Iterator[KeyEntry]:
    """Say what each mark means, leaving out those that are not there."""
    counts = {name: int(number(row, name) or 0) for name in ("persisting", "lost", "gained", "ambiguous")}
    yield KeyEntry("persisting", f"in both: {counts['persisting']}")
    yield KeyEntry("lost", f"circle, L: lost, {counts['lost']}")
    yield KeyEntry("gained", f"diamond, G: gained, {counts['gained']}")
    if counts["ambiguous"]:
        yield KeyEntry("ambiguous", "triangle, ?: unsure, counts in part")
        yield KeyEntry("overlooked", "dotted: probably overlooked in the other photograph")
    if any(counts[name] for name in ("lost", "gained", "ambiguous")):
        yield KeyEntry("missing", "dashed: where that hair is missing")
