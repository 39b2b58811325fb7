"""A study of a few photographs, put together without measuring, for what the trial study does not hold."""

from __future__ import annotations

from dataclasses import replace

from densitometer.dictionary import PHOTO_COLUMNS
from densitometer.results.rows import Cell, unmeasured_row
from densitometer.study.model import Arm, Photograph, Row, Site, Study, StudyVisit
from densitometer.study.study_file import About
from densitometer.study.subjects import plain_subject

RUN = {
    "densitometer": "1.2.3",
    "model": "strand_network",
    "model_version": "1",
    "model_sha256": "ab" * 32,
    "settings_sha256": "cd" * 32,
}
_MEASURED: dict[str, Cell] = {
    "status": "measured",
    "reason": "",
    "flags": "",
    "um_per_px": 5.0,
    "um_per_px_sd": 0.0123456,
    "scale_source": "bar",
    "area_cm2": 0.5,
    "hair_count": 61,
    "density_per_cm2": 123.4,
    "density_low_per_cm2": 100.005,
    "density_high_per_cm2": 150.0,
    "single_hair_unit_share": 0.143,
    "flaking_share": 0.0007,
    "redness_a": -1.25,
}


def measured(name: str = "a.jpg", **cells: Cell) -> Row:
    """Row of photos.csv of a photograph that was measured."""
    row = {column.name: None for column in PHOTO_COLUMNS}
    return {**row, **_MEASURED, "photo": name, "sha256": name.encode().hex().ljust(64, "0")[:64], **cells}


def photograph(row: Row, subject: str = "P1", *, visit: int = 1, arm: Arm | None = None, site: str = "") -> Photograph:
    """A photograph of a subject at a visit; the first visit is the baseline."""
    name = str(row["photo"])
    day = f"2026-0{visit}-12"
    who, where, when = plain_subject(subject, "S1"), Site(1, site), StudyVisit(visit, f"Visit {visit}")
    return Photograph(1, name, row, who, where, when, day, 1, arm, visit == 1, visit > 1)


def refused(name: str = "b.jpg", reason: str = "cannot be read") -> Row:
    """Row of photos.csv of a photograph that was not measured."""
    return unmeasured_row(name, reason)


def study(*photographs: Photograph, changes: dict[str, Row] | None = None, further: tuple[str, ...] = ()) -> Study:
    """A study of these photographs, in this order."""
    numbered = tuple(replace(one, number=number) for number, one in enumerate(photographs, start=1))
    arms = tuple({one.arm: None for one in numbered if one.arm})
    return Study(
        about=About(id="S1"),
        photographs=numbered,
        visits=tuple({one.visit: None for one in numbered if one.visit}),
        sites=tuple({one.site: None for one in numbered}),
        arms=arms,
        references={one.subject.code: "2026-01-12" for one in numbered},
        changes=changes or {},
        further=further,
        run=RUN,
        written_at="2026-07-01T10:00:00Z",
    )
