"""Devices and scales of a study: what each was found to be, and where the photographs of one site do not agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from densitometer.report.study.parts import Cell, Table, counted, subject_cell, table
from densitometer.report.texts import number, shown, signed
from densitometer.study.model import Photograph, Study

MOST_APART = 0.02
"""Scales of one subject and site that differ by more than this share make their densities differ by twice as much."""
_SOURCES = {
    "bar": "scale bar",
    "stated": "stated for all",
    "visits": "visits table",
    "metadata": "metadata of the file",
}
_NOT_STATED = "not stated"
_MOST_LISTED = 60


@dataclass(frozen=True)
class Devices:
    """What the page says of devices and scales.

    Attributes
    ----------
    devices : Table
    sentences : tuple of str
        What was found, also where all is well.
    differing, mixed : Table or None
        Photographs with another scale than their baseline; subjects and sites with several devices.
    """

    devices: Table
    sentences: tuple[str, ...]
    differing: Table | None
    mixed: Table | None


def devices_of(study: Study, numbers: Mapping[str, int], photos: Mapping[str, int]) -> Devices:
    """Check devices and scales.

    Parameters
    ----------
    study : Study
    numbers : mapping of str to int
        Numbers of the subjects' pages.
    photos : mapping of str to int
        Places of photographs on the page.
    """
    measured = [one for one in study.photographs if one.measured]
    differing, mixed = list(_differing(measured)), list(_mixed(study.photographs))
    bare = sum(_scale(one) is None for one in measured)
    told = [
        f"{counted(bare, 'measured photograph')} without a scale, so without a density."
        if bare
        else "Every measured photograph has a scale.",
        f"{counted(len(differing), 'photograph')} with a scale that differs by more than {100 * MOST_APART:.0f} % from "
        "the baseline of the same subject and site."
        if differing
        else f"No scale differs by more than {100 * MOST_APART:.0f} % from the baseline of the same subject and site.",
        f"{counted(len(mixed), 'subject and site', 'subjects and sites')} photographed with several devices: widths of "
        "different devices cannot be compared."
        if mixed
        else "No subject and site was photographed with several devices."
        if any(one.device for one in study.photographs)
        else "The visits table names no device, so that nobody can tell whether it was always the same.",
    ]
    told += _ranges(measured)
    return Devices(
        _by_device(study.photographs),
        tuple(told),
        _differing_table(differing, numbers, photos) if differing else None,
        _mixed_table(mixed, numbers) if mixed else None,
    )


def _scale(one: Photograph) -> float | None:
    return number(one.row, "um_per_px")


def _place(one: Photograph) -> tuple[str, str]:
    return one.subject.code, one.site.label


def _by_device(photographs: Sequence[Photograph]) -> Table:
    groups: dict[str, list[Photograph]] = {}
    for one in photographs:
        groups.setdefault(one.device, []).append(one)
    rows = []
    for device in sorted(groups):
        measured = [one for one in groups[device] if one.measured]
        scales = sorted(scale for one in measured if (scale := _scale(one)) is not None)
        cells = [f"{value:.4g}" for value in (scales[0], median(scales), scales[-1])] if scales else ["", "", ""]
        counts = [str(len(groups[device])), str(len(measured)), str(len(measured) - len(scales))]
        rows.append([device or _NOT_STATED, _sources(measured), *counts, *cells])
    numbers = ("Photographs", "Measured", "Of these without a scale", "Least µm/px", "Median µm/px", "Most µm/px")
    return table("Devices and their scales", ("Device", "Where scales came from"), numbers, rows)


def _ranges(measured: Sequence[Photograph]) -> list[str]:
    """Devices that were used at several scales, a sentence each."""
    scales: dict[str, list[float]] = {}
    for one in measured:
        if (scale := _scale(one)) is not None:
            scales.setdefault(one.device, []).append(scale)
    return [
        f"{shown(device) or 'A device that is not named'} was used at scales from {min(some):.4g} to {max(some):.4g} "
        "µm/px: compare widths and densities within a subject and site alone."
        for device, some in sorted(scales.items())
        if max(some) > (1 + MOST_APART) * min(some)
    ]


def _sources(measured: Iterable[Photograph]) -> str:
    counts = Counter(str(one.row.get("scale_source") or "none") for one in measured)
    ordered = sorted(counts.items(), key=lambda item: (item[0] == "none", item[0]))
    return ", ".join(f"{_SOURCES.get(name, name)} {count}" for name, count in ordered)


def _differing(measured: Iterable[Photograph]) -> Iterable[tuple[Photograph, float, float]]:
    """Photographs with a scale far from the median of their baseline, with both in um per px."""
    at_baseline: dict[tuple[str, str], list[float]] = {}
    some = [(one, scale) for one in measured if one.subject.code and (scale := _scale(one)) is not None]
    for one, scale in some:
        if one.baseline:
            at_baseline.setdefault(_place(one), []).append(scale)
    for one, scale in some:
        if _place(one) in at_baseline:
            before = median(at_baseline[_place(one)])
            if abs(scale / before - 1) > MOST_APART:
                yield one, before, scale


def _mixed(photographs: Iterable[Photograph]) -> Iterable[tuple[tuple[str, str], dict[str, int]]]:
    """Subjects and sites with photographs of several devices, and how many of each."""
    found: dict[tuple[str, str], Counter[str]] = {}
    for one in photographs:
        if one.subject.code:
            found.setdefault(_place(one), Counter())[one.device or _NOT_STATED] += 1
    return ((place, dict(counts)) for place, counts in found.items() if len(counts) > 1)


def _differing_table(
    found: Sequence[tuple[Photograph, float, float]], numbers: Mapping[str, int], photos: Mapping[str, int]
) -> Table:
    rows: list[list[Cell | str]] = [
        [
            subject_cell(one.subject.code, numbers),
            one.site.label,
            one.visit.label if one.visit else "",
            Cell(shown(one.name), f"#r{photos[one.name]}" if one.name in photos else ""),
            f"{before:.4g}",
            f"{scale:.4g}",
            signed(100 * (scale / before - 1), 1),
        ]
        for one, before, scale in found[:_MOST_LISTED]
    ]
    head = "Scales that differ from the baseline"
    text = ("Subject", "Site", "Visit", "Photograph")
    return table(_of_many(head, len(found)), text, ("Baseline, µm/px", "Photograph, µm/px", "Difference, %"), rows)


def _mixed_table(found: Sequence[tuple[tuple[str, str], dict[str, int]]], numbers: Mapping[str, int]) -> Table:
    rows: list[list[Cell | str]] = [
        [subject_cell(code, numbers), site, ", ".join(f"{device}: {count}" for device, count in sorted(counts.items()))]
        for (code, site), counts in found[:_MOST_LISTED]
    ]
    return table(_of_many("Several devices", len(found)), ("Subject", "Site", "Photographs by device"), (), rows)


def _of_many(caption: str, count: int) -> str:
    return f"{caption} (the first {_MOST_LISTED} of {count})" if count > _MOST_LISTED else caption
