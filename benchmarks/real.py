"""The real photographs beside the repository: their marks, their split in two halves, and how they are scored."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from densitometer.evaluate import Matching, Score, match_hairs, midpoints, score_matching

ROOT = Path(__file__).resolve().parents[2] / "shared" / "real"
ANNOTATED = ROOT / "annotated"
KINDS = ("multi", "single", "thin")
QUADRANT_PX = (640, 512)
MARGIN_PX = 40.0
TOLERANCE_UM = 125.0
ABSENT = "No annotated photographs at ../shared/real beside this repository: nothing measured, tables left as they are."


@dataclass(frozen=True)
class MarkedPhoto:
    """One row of ``photos.csv``: a photograph whose hairs were marked by hand."""

    name: str
    path: Path
    um_per_px: float
    printed_scale: bool
    bottom_pad_px: int
    same_photo_as: tuple[str, ...]
    counted_hairs: int

    @property
    def subject(self) -> str:
        """The subject code: what follows the date in the name."""
        return self.name.split("_", 1)[1]


@dataclass(frozen=True)
class MarkedHairs:
    """Marks of one photograph: ``root_tip`` (n, 4) in px as root_x, root_y, tip_x, tip_y; ``kind`` (n,) names."""

    root_tip: NDArray[np.float64]
    kind: NDArray[np.str_]


def available() -> bool:
    """Tell whether the annotated photographs are there."""
    return (ANNOTATED / "photos.csv").is_file()


@cache
def photos() -> tuple[MarkedPhoto, ...]:
    """All annotated photographs, in the order of ``photos.csv``."""
    files = {path.stem: path for path in sorted((ANNOTATED / "photos").iterdir())}
    with (ANNOTATED / "photos.csv").open(newline="", encoding="utf-8") as lines:
        return tuple(
            MarkedPhoto(
                name=row["photo"],
                path=files[row["photo"]],
                um_per_px=float(row["um_per_px"]),
                printed_scale=row["printed_scale"] == "1",
                bottom_pad_px=int(row["bottom_pad_px"] or 0),
                same_photo_as=tuple(row["same_photo_as"].split()),
                counted_hairs=int(row["counted_hairs"]),
            )
            for row in csv.DictReader(lines)
        )


@cache
def _all_hairs() -> dict[str, MarkedHairs]:
    columns = ("root_x_px", "root_y_px", "tip_x_px", "tip_y_px")
    rows: dict[str, list[dict[str, str]]] = {photo.name: [] for photo in photos()}
    with (ANNOTATED / "hairs.csv").open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            rows[row["photo"]].append(row)
    return {
        name: MarkedHairs(
            np.array([[float(row[c]) for c in columns] for row in marks]).reshape(-1, 4),
            np.array([row["kind"] for row in marks], dtype=str),
        )
        for name, marks in rows.items()
    }


def hairs(photo: MarkedPhoto | str) -> MarkedHairs:
    """Give the marks of one photograph."""
    return _all_hairs()[photo if isinstance(photo, str) else photo.name]


def groups() -> tuple[tuple[MarkedPhoto, ...], ...]:
    """Photographs that must stay together: of one subject, or the same photograph under another name."""
    parent = {photo.name: photo.name for photo in photos()}

    def head(name: str) -> str:
        while parent[name] != name:
            name = parent[name]
        return name

    first_of: dict[str, str] = {}
    for photo in photos():
        for other in (first_of.setdefault(photo.subject, photo.name), *photo.same_photo_as):
            a, b = sorted((head(photo.name), head(other)))
            parent[b] = a
    members: dict[str, list[MarkedPhoto]] = {}
    for photo in photos():
        members.setdefault(head(photo.name), []).append(photo)
    return tuple(tuple(group) for group in members.values())


def halves() -> dict[str, tuple[MarkedPhoto, ...]]:
    """Split the photographs for good: settings are chosen on ``choose`` and reported on ``report``.

    The half of a group is the parity of the sha256 of its first subject code, so that no photograph
    changes sides when others are added to or taken from the set.
    """
    sides: dict[str, list[MarkedPhoto]] = {"choose": [], "report": []}
    for group in groups():
        key = min(photo.subject for photo in group)
        odd = hashlib.sha256(key.encode()).digest()[0] % 2
        sides["report" if odd else "choose"].extend(group)
    order = {photo.name: at for at, photo in enumerate(photos())}
    return {side: tuple(sorted(some, key=lambda photo: order[photo.name])) for side, some in sides.items()}


def group_keys() -> dict[str, str]:
    """Group of each photograph's name, to draw whole groups in a bootstrap."""
    return {photo.name: min(p.subject for p in group) for group in groups() for photo in group}


def in_margin(root_tip: ArrayLike) -> NDArray[np.bool_]:
    """Tell which hairs have their midpoint within 40 px of an edge of their quadrant, or outside the picture.

    The edges lie at x = 0, 640, 1280 and y = 0, 512, 1024, in the coordinates of the marks; the padding
    at the bottom counts as part of the lower quadrants. So read, two annotators of one photograph agree
    to the F1 of 0.953 and the count difference of 3.1 % that the set's README states.
    """
    middle = midpoints(root_tip)
    width, height = QUADRANT_PX
    out = np.zeros(len(middle), dtype=bool)
    for axis, size in enumerate((width, height)):
        at = middle[:, axis]
        outside = (at < 0) | (at > 2 * size)
        out |= outside | (np.abs(at - np.round(at / size) * size) <= MARGIN_PX)
    return out


def match(found_root_tip: ArrayLike, photo: MarkedPhoto, truth: MarkedHairs | None = None) -> Matching:
    """Match found hairs (n, 4) with a photograph's marks, as the set's own README says to."""
    marks = hairs(photo) if truth is None else truth
    return match_hairs(
        marks.root_tip,
        found_root_tip,
        TOLERANCE_UM / photo.um_per_px,
        true_ignored=(marks.kind == "loose") | in_margin(marks.root_tip),
        found_ignored=in_margin(found_root_tip),
    )


def score(found_root_tip: ArrayLike, photo: MarkedPhoto, truth: MarkedHairs | None = None) -> Score:
    """Score found hairs, root_x, root_y, tip_x, tip_y in px (n, 4), against a photograph's marks.

    From a scratch script::

        import real
        total = sum((real.score(find(p.path), p) for p in real.halves()["choose"]), real.Score())
        print(total.f1, total.count_bias, total.root_share)
    """
    marks = hairs(photo) if truth is None else truth
    return score_matching(marks.root_tip, found_root_tip, match(found_root_tip, photo, marks))


def annotator_pairs() -> tuple[tuple[MarkedPhoto, MarkedPhoto], ...]:
    """Pairs of names of one and the same photograph, each pair once."""
    by_name = {photo.name: photo for photo in photos()}
    pairs: Iterable[tuple[str, str]] = sorted(
        {tuple(sorted((p.name, other))) for p in photos() for other in p.same_photo_as}  # type: ignore[misc]
    )
    return tuple((by_name[a], by_name[b]) for a, b in pairs)
