"""Whether photographs of one place are laid on one another rightly, and photographs of different places not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import degrees
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from change_pairs import COURSES, rendered_visits, seed_of
from change_scores import APART_UM, persisting_apart_um
from change_truth import TruePair, true_pair
from densitometer.synthetic.dice import stream
from densitometer.visits.align import align
from densitometer.visits.comparison import Alignment
from densitometer.visits.view import GRID_UM, View

LEAST_OVERLAP = 0.4
"""Pairs that share this much of the baseline's field, or more, must be laid on one another rightly."""
_CHUNK = 20


@dataclass(frozen=True)
class Placing:
    """How two photographs were laid on one another.

    Attributes
    ----------
    kind : str
        ``moved``, ``strangers`` or ``mirrored``; of the photographs, ``photographs`` stands before it.
    name : str
        Style, or both photographs.
    overlap, turn_deg, gone : float
        True share of the baseline's field that both show, turn between them without its sign, and share of
        hairs that is gone or new, whichever is more; NaN where they show different places.
    aligned : bool
        Whether the package says that they show one place.
    apart_um, rms_um, log_odds : float
        Median distance from the true places; what the package says; NaN where it says nothing.
    area_ratio : float
        Overlap as it says over the true overlap.
    seconds : float
    """

    kind: str
    name: str
    overlap: float
    turn_deg: float
    gone: float
    aligned: bool
    apart_um: float
    rms_um: float
    log_odds: float
    area_ratio: float
    seconds: float

    @property
    def right(self) -> bool:
        """Whether they were laid on one another where they belong."""
        return self.aligned and self.apart_um < APART_UM

    @property
    def misplaced(self) -> bool:
        """Whether they were laid on one another where they do not belong."""
        return self.aligned and not self.apart_um < APART_UM


def place(kind: str, name: str, baseline: View, followup: View, truth: TruePair | None = None) -> Placing:
    """Lay two photographs on one another, and judge that by their truth where they show one place."""
    started = perf_counter()
    answer = align(baseline, followup)
    seconds = perf_counter() - started
    found = answer if isinstance(answer, Alignment) else None
    nothing = float("nan")
    return Placing(
        kind=kind,
        name=name,
        overlap=truth.overlap if truth else nothing,
        turn_deg=turn_deg(truth) if truth else nothing,
        gone=gone_or_new(truth) if truth else nothing,
        aligned=found is not None,
        apart_um=persisting_apart_um(found, truth) if truth else nothing,
        rms_um=found.rms_um if found else nothing,
        log_odds=answer.log_odds,
        area_ratio=found.overlap_cm2 / truth.area_cm2 if found and truth and truth.area_cm2 else nothing,
        seconds=seconds,
    )


def turn_deg(truth: TruePair) -> float:
    """By how much the one photograph is turned against the other at its middle, 0 to 180 degrees."""
    stays = truth.common
    if stays.sum() < 2:  # a direction needs two places
        return float("nan")
    before, after = (places[stays] - places[stays].mean(axis=0) for places in (truth.before_um, truth.after_um))
    cross = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
    return float(abs(degrees(np.arctan2(cross.sum(), (before * after).sum()))))


def gone_or_new(truth: TruePair) -> float:
    """Share of the baseline's hairs that is gone, or of the follow-up's that is new, whichever is more."""
    old, new = truth.common & truth.before, truth.common & truth.after
    if not (old.any() and new.any()):
        return float("nan")
    return float(max((~truth.after[old]).mean(), (~truth.before[new]).mean()))


def place_moved(style: str, seed: int) -> tuple[list[Placing], View]:
    """Place every pair of a scalp's visits; with the baseline's view, to be held against other scalps."""
    visits = rendered_visits(style, "moved", seed)
    placings = [
        place(kind, style, visits[i].view, visits[j].view, true_pair(visits[i].scene, visits[j].scene))
        for kind, i, j in COURSES["moved"].pairs
    ]
    return placings, visits[0].sight.view


def place_strangers(kind: str, pairs: Sequence[tuple[View, View]]) -> list[Placing]:
    """Try to place photographs of different scalps on one another."""
    return [place(kind, f"{a.photo} {b.photo}", a, b) for a, b in pairs]


def place_mirrored(kind: str, views: Sequence[View]) -> list[Placing]:
    """Try to place photographs on their mirror images."""
    return [place(kind, view.photo, view, mirrored(view)) for view in views]


def mirrored(view: View) -> View:
    """A view as if its photograph had been mirrored left to right and found the same hairs."""
    right_um = (view.usable.shape[1] - 1) * GRID_UM

    def turned(places: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack([right_um - places[:, 0], places[:, 1:]])

    return replace(
        view,
        root_um=turned(view.root_um),
        tip_um=turned(view.tip_um),
        usable=np.ascontiguousarray(view.usable[:, ::-1]),
        marks_um=turned(view.marks_um),
    )


def moved_jobs(half: str, styles: Sequence[str], pairs: int) -> list[tuple[str, int]]:
    """Scalps whose visits are far apart and turned any way, as the arguments of `place_moved`."""
    return [(style, seed_of(half, "moved", style, at)) for style in styles for at in range(pairs)]


def strangers(views: Sequence[View], groups: Sequence[str], most: int, seed: int) -> list[tuple[View, View]]:
    """Pairs of views of different groups, at most so many, drawn from a seed."""
    every = [(i, j) for i, j in combinations(range(len(views)), 2) if groups[i] != groups[j]]
    drawn = stream(seed, "benchmark", "strangers").permutation(len(every))[:most]
    return [(views[every[at][0]], views[every[at][1]]) for at in sorted(drawn)]


def chunks(kind: str, pairs: Sequence[tuple[View, View]]) -> list[tuple[str, Sequence[tuple[View, View]]]]:
    """Pairs as the arguments of `place_strangers`, some at a time."""
    return [(kind, pairs[at : at + _CHUNK]) for at in range(0, len(pairs), _CHUNK)]
